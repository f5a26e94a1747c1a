//! The mounts of this program's namespace, from `/proc/self/mountinfo` (proc(5)).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use crate::linux::tree::Tree;

/// What is read of the list at most, in bytes. Hosts of many containers have thousands of lines,
/// and a key that was mounted last stands last.
const LIST: u64 = 4 * 1024 * 1024;

/// One mount, unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    /// The number by which statx(2) names it.
    pub(super) id: u64,
    /// `8:17`, or `0:…` for a file system that shows no block device of its own (FUSE, btrfs).
    pub(super) device: String,
    /// What of the file system is mounted: `/`, or a folder in it.
    pub(super) root: PathBuf,
    /// Where it is mounted.
    pub(super) at: PathBuf,
    pub(super) file_system: String,
    /// What was mounted, in the words of whoever did: `/dev/sdb1`.
    pub(super) source: PathBuf,
    pub(super) read_only: bool,
}

/// All mounts, in the order in which they were made.
pub(super) fn mounts(tree: &Tree) -> Vec<Mount> {
    let list = tree.bytes("proc/self/mountinfo", LIST).unwrap_or_default();
    parse(&list)
}

fn parse(list: &[u8]) -> Vec<Mount> {
    list.split(|&byte| byte == b'\n')
        .filter_map(parse_line)
        .collect()
}

/// Those that can be seen: of two on one place only the later one can.
pub(super) fn visible(mounts: Vec<Mount>) -> Vec<Mount> {
    let mut visible: Vec<Mount> = Vec::new();
    for mount in mounts {
        visible.retain(|earlier| earlier.at != mount.at);
        visible.push(mount);
    }
    visible
}

/// `36 35 98:0 /root /at rw,noatime shared:1 - ext3 /dev/root rw,errors=continue`, with any number
/// of optional fields before the dash.
fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|&byte| byte == b' ');
    let id = text(fields.next()?)?.parse().ok()?;
    let device = text(fields.nth(1)?)?;
    let root = path(fields.next()?);
    let at = path(fields.next()?);
    let options = fields.next()?;
    fields.find(|field| *field == b"-")?;
    let file_system = text(fields.next()?)?;
    let source = path(fields.next()?);
    // The options of the mount, and those of the file system itself.
    let read_only = [options, fields.next().unwrap_or_default()]
        .iter()
        .any(|options| options.split(|&byte| byte == b',').any(|one| one == b"ro"));
    Some(Mount {
        id,
        device,
        root,
        at,
        file_system,
        source,
        read_only,
    })
}

fn text(field: &[u8]) -> Option<String> {
    String::from_utf8(field.to_vec()).ok()
}

/// White space, `#` and backslashes are written as three octal digits.
fn path(field: &[u8]) -> PathBuf {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = escaped(rest).unwrap_or((byte, after));
        plain.push(byte);
        rest = after;
    }
    PathBuf::from(OsString::from_vec(plain))
}

fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'\\', digits @ ..] = text else {
        return None;
    };
    let (digits, after) = digits.split_at_checked(3)?;
    let digits = std::str::from_utf8(digits).ok()?;
    Some((u8::from_str_radix(digits, 8).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Mount {
        parse(line.as_bytes()).remove(0)
    }

    #[test]
    fn a_line_is_read_with_any_number_of_optional_fields() {
        for optional in ["", "shared:5 ", "shared:5 master:1 propagate_from:2 "] {
            let mount = one(&format!(
                "97 28 8:17 / /media/anna/KEY rw,nosuid,nodev {optional}- vfat /dev/sdb1 rw,flush,errors=remount-ro"
            ));
            assert_eq!((mount.id, mount.device.as_str()), (97, "8:17"));
            assert_eq!(mount.root, PathBuf::from("/"));
            assert_eq!(mount.at, PathBuf::from("/media/anna/KEY"));
            assert_eq!(mount.file_system, "vfat");
            assert_eq!(mount.source, PathBuf::from("/dev/sdb1"));
            assert!(!mount.read_only);
        }
    }

    #[test]
    fn escapes_are_undone_and_a_lone_backslash_stays() {
        let mount = one(r"1 1 8:1 / /media/my\040key\011\134n\12 rw - vfat /dev/a\040b rw");
        assert_eq!(mount.at, PathBuf::from("/media/my key\t\\n\\12"));
        assert_eq!(mount.source, PathBuf::from("/dev/a b"));
    }

    #[test]
    fn read_only_is_said_by_the_mount_or_by_its_file_system() {
        assert!(one("1 1 8:1 / /a ro,nosuid - vfat /dev/sda1 rw").read_only);
        assert!(one("1 1 8:1 / /a rw - vfat /dev/sda1 ro").read_only);
        assert!(!one("1 1 8:1 / /ro rw - vfat /dev/ro rw,errors=ro").read_only);
    }

    #[test]
    fn a_place_that_is_not_unicode_hides_no_other_mount() {
        let mounts = parse(
            b"1 1 8:1 / /m/\xe9 rw - vfat /dev/sda1 rw\n2 1 8:2 / /n rw - vfat /dev/sda2 rw\n",
        );
        assert_eq!(mounts.len(), 2);
        assert_eq!(mounts[0].at.as_os_str().as_encoded_bytes(), b"/m/\xe9");
    }

    #[test]
    fn of_two_mounts_on_one_place_the_later_is_seen() {
        let mounts = visible(parse(
            b"1 1 8:1 / /mnt rw - vfat /dev/sda1 rw\n2 1 8:17 / /mnt rw - vfat /dev/sdb1 rw\n",
        ));
        assert_eq!(mounts.len(), 1);
        assert_eq!(mounts[0].device, "8:17");
    }

    #[test]
    fn lines_that_are_none_are_left_out() {
        for line in [
            "",
            "1",
            "1 1 8:1 / /a rw",
            "1 1 8:1 / /a rw - vfat",
            "x 1 8:1 / /a rw - a b c",
        ] {
            assert_eq!(parse(line.as_bytes()), [], "{line:?}");
        }
    }
}
