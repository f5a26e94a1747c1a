//! The last profile that this folder saw, kept beside the keys: whoever can write to the database alone
//! cannot take the vendor back to before it.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use keyferry_token::{SignedProfile, VendorProfile};

use super::ProfileFault;
use crate::{
    DatabaseFault, FileFault,
    columns::{self, get, int},
    database::{Connection, query},
    folder,
};

/// Larger files are none of ours.
const MAX_FILE: usize = 1024;

/// Where the last profile is written down.
#[derive(Clone, Debug)]
pub(crate) struct Pin(PathBuf);

/// The last profile: its number, and a digest of all of it.
#[derive(Debug, PartialEq, Eq)]
struct Pinned {
    number: u64,
    digest: [u8; 32],
}

impl Pinned {
    fn of(number: u64, bytes: &[u8]) -> Self {
        let mut own = [0; 32];
        own.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self {
            number,
            digest: own,
        }
    }

    fn to_text(&self) -> String {
        let digest = HEXLOWER.encode(&self.digest);
        format!("number {}\nsha256 {digest}\n", self.number)
    }

    fn read(text: &str) -> Option<Self> {
        let (number, rest) = text.strip_prefix("number ")?.split_once('\n')?;
        let digest = rest.strip_prefix("sha256 ")?.strip_suffix('\n')?;
        let digest = HEXLOWER.decode(digest.as_bytes()).ok()?;
        Some(Self {
            number: number.parse().ok()?,
            digest: digest.try_into().ok()?,
        })
    }
}

impl Pin {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Whether a profile was written down.
    pub(super) fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Makes sure that the database still holds the profile that was written down, and that the vendor's
    /// own keys lead from it to the latest one.
    pub(super) async fn check(&self, connection: &mut Connection) -> Result<(), ProfileFault> {
        const CHANGED: DatabaseFault = DatabaseFault::Corrupt { what: "profiles" };
        let Some(pinned) = read(&self.0)? else {
            return Ok(());
        };
        let rows = query("SELECT number, bytes FROM profiles WHERE number >= $1 ORDER BY number")
            .bind(int(pinned.number))
            .fetch_all(connection)
            .await?;
        let mut before: Option<VendorProfile> = None;
        for row in &rows {
            let number = columns::number(row, "number")?;
            let bytes: Vec<u8> = get(row, "bytes")?;
            let signed = SignedProfile::parse(&bytes)?;
            let profile = match before {
                None if Pinned::of(number, &bytes) == pinned => signed.verify_whole()?,
                None => return Err(CHANGED.into()),
                Some(before) => signed.verify_successor(&before).map_err(|_| CHANGED)?,
            };
            before = Some(profile.into_claims());
        }
        before.map(|_| ()).ok_or_else(|| CHANGED.into())
    }

    /// Writes a profile down that is committed. Gives whether it is the last one: another program of this
    /// folder may have been faster with a later one.
    pub(super) fn renew(&self, number: u64, bytes: &[u8]) -> Result<bool, FileFault> {
        let pinned = Pinned::of(number, bytes);
        match read(&self.0)? {
            Some(there) if there.number >= number => Ok(there.number == number),
            _ => folder::write_private(&self.0, pinned.to_text().as_bytes()).map(|()| true),
        }
    }
}

fn read(path: &Path) -> Result<Option<Pinned>, FileFault> {
    let text = match std::fs::read_to_string(path) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|fault| FileFault::reading(path, &fault))?,
    };
    let pinned = (text.len() <= MAX_FILE).then(|| Pinned::read(&text));
    match pinned.flatten() {
        Some(pinned) => Ok(Some(pinned)),
        None => Err(FileFault::Unreadable {
            path: path.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_reads_back_and_never_falls() {
        let dir = tempfile::tempdir().unwrap();
        let pin = Pin::new(dir.path().join("last-profile"));
        assert!(!pin.exists());
        assert!(pin.renew(7, b"seven").unwrap());
        assert!(!pin.renew(6, b"six").unwrap());
        assert!(pin.renew(7, b"seven").unwrap());
        assert_eq!(read(&pin.0).unwrap(), Some(Pinned::of(7, b"seven")));
        std::fs::write(&pin.0, "number 7\n").unwrap();
        assert_eq!(
            pin.renew(8, b"eight").unwrap_err().code().as_str(),
            "file_unreadable"
        );
    }
}
