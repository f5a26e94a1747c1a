//! What udev found out about a volume, from its files under `/run/udev/data`, which everyone can
//! read. Not from the links under `/dev/disk`, of which keys with one UUID or label share one.

use crate::linux::tree::Tree;
use crate::usb::key::tidied;

/// What is known of a volume's content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) file_system: Option<String>,
    pub(super) uuid: Option<String>,
    pub(super) label: Option<String>,
}

/// The content of the block device with this number (`8:17`).
pub(super) fn content(tree: &Tree, device: &str) -> Option<Content> {
    let text = tree.list(format!("run/udev/data/b{device}"))?;
    let content = parse(&text);
    (content != Content::default()).then_some(content)
}

fn parse(text: &str) -> Content {
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.strip_prefix("E:")?.split_once('=')?;
            (key == name && !value.is_empty()).then_some(value)
        })
    };
    Content {
        file_system: field("ID_FS_TYPE").and_then(tidied),
        uuid: field("ID_FS_UUID").and_then(tidied),
        // The plain form has underscores for spaces.
        label: field("ID_FS_LABEL_ENC")
            .and_then(decoded)
            .or_else(|| field("ID_FS_LABEL").map(str::to_owned))
            .and_then(|label| tidied(&label)),
    }
}

/// `My\x20key`: what udev does not take for safe is written as `\x` and two digits.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split("\\x");
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_uuid_and_label_are_read() {
        let found = parse(
            "S:disk/by-uuid/CAFE-1234\nI:1234567\nE:ID_FS_LABEL=My_key\nE:ID_FS_LABEL_ENC=My\\x20key\n\
             E:ID_FS_UUID=CAFE-1234\nE:ID_FS_TYPE=vfat\nE:ID_FS_USAGE=filesystem\nG:systemd\n",
        );
        assert_eq!(found.file_system.as_deref(), Some("vfat"));
        assert_eq!(found.uuid.as_deref(), Some("CAFE-1234"));
        assert_eq!(found.label.as_deref(), Some("My key"));
    }

    #[test]
    fn a_label_is_decoded_or_taken_as_it_stands() {
        let label = |text: &str| parse(text).label;
        assert_eq!(
            label("E:ID_FS_LABEL_ENC=Sch\\xc3\\xbcssel\\x5c\n").as_deref(),
            Some("Schüssel\\")
        );
        assert_eq!(
            label("E:ID_FS_LABEL=old\nE:ID_FS_LABEL_ENC=\\xzz\n").as_deref(),
            Some("old")
        );
        assert_eq!(label("E:ID_FS_LABEL_ENC=a\\x2\n"), None);
        assert_eq!(label("E:ID_FS_LABEL=\n"), None);
    }
}
