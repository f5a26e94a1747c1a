//! Private keys on disk: one per file, as PEM; under a passphrase in a sealed container.
//!
//! `docs/spec/authority-folder.md` has the container byte for byte.

use std::{fs, io, path::Path};

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::{EntropyFault, FileFault, Passphrase, SetupFault, entropy, folder};

const PLAIN: &str = "PRIVATE KEY";
const PLAIN_LOOKUP: &str = "KEYFERRY LOOKUP KEY";
const SEALED: &str = "KEYFERRY SEALED KEY";

const MAGIC: &[u8; 4] = b"KFK1";
const SALT: usize = 16;
const NONCE: usize = 12;
const HEADER: usize = MAGIC.len() + 12 + SALT + NONCE;
/// Larger files are none of ours: an RSA-4096 key takes 2.4 KiB.
const MAX_FILE: u64 = 64 * 1024;

/// What opening a sealed key costs (RFC 9106 §3.1). Stated in each file, so that it can rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The second choice that RFC 9106 §4 recommends: 64 MiB and three passes.
const COST: Cost = Cost {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 4,
};
/// A file that asks for more than this would only keep the machine from its work.
const HIGHEST: Cost = Cost {
    memory_kib: 1024 * 1024,
    passes: 16,
    lanes: 16,
};

/// What a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// PKCS#8, DER.
    Pkcs8,
    /// 32 random bytes.
    Lookup,
}

/// Seals and opens the key files of one folder. Files with the same salt and cost share the work
/// of stretching the passphrase.
pub(crate) struct KeyCabinet {
    passphrase: Option<Passphrase>,
    stretched: Option<(Cost, [u8; SALT], Zeroizing<[u8; 32]>)>,
    found_plain: bool,
}

impl KeyCabinet {
    pub(crate) fn new(passphrase: Option<Passphrase>) -> Self {
        Self {
            passphrase,
            stretched: None,
            found_plain: false,
        }
    }

    /// Whether a key was found or stored without a passphrase.
    pub(crate) fn found_plain(&self) -> bool {
        self.found_plain
    }

    /// Writes a key: on the disk before this returns, readable by its owner alone.
    pub(crate) fn store(
        &mut self,
        path: &Path,
        form: KeyForm,
        secret: &[u8],
    ) -> Result<(), SetupFault> {
        self.store_elsewhere(path, path, form, secret)
    }

    /// Writes a key to a file that may be called anything: sealed, it opens under the name of `own`.
    pub(crate) fn store_elsewhere(
        &mut self,
        path: &Path,
        own: &Path,
        form: KeyForm,
        secret: &[u8],
    ) -> Result<(), SetupFault> {
        let text = if self.passphrase.is_some() {
            let salt = match &self.stretched {
                Some((_, salt, _)) => *salt,
                None => entropy::random()?,
            };
            let key = self.stretch(COST, salt)?;
            pem(SEALED, &seal(&key, &salt, own, form, secret)?)
        } else {
            self.found_plain = true;
            pem(plain_label(form), secret)
        };
        Ok(folder::write_private(path, text.as_bytes())?)
    }

    /// Reads a key that lies under its own name.
    ///
    /// # Errors
    /// `key_file_exposed` when others than its owner may read it; `file_not_found`,
    /// `file_unreadable`, `passphrase_missing`, `passphrase_wrong`.
    pub(crate) fn load(
        &mut self,
        path: &Path,
        form: KeyForm,
    ) -> Result<Zeroizing<Vec<u8>>, SetupFault> {
        let text = read(path, Exposure::Refused)?;
        if let Some(secret) = unpem(plain_label(form), &text) {
            self.found_plain = true;
            return Ok(secret);
        }
        self.unseal(path, path, form, &text)
    }

    /// Reads a sealed key from a file that may be called anything and lie anywhere: what its name is
    /// in the folder of the authority is covered by its seal.
    ///
    /// # Errors
    /// `file_not_found`, `file_unreadable`, `passphrase_missing`, `passphrase_wrong`.
    pub(crate) fn load_elsewhere(
        &mut self,
        path: &Path,
        own: &Path,
        form: KeyForm,
    ) -> Result<Zeroizing<Vec<u8>>, SetupFault> {
        // Media that carry files know no owners, and it is the seal that protects it.
        let text = read(path, Exposure::Allowed)?;
        self.unseal(path, own, form, &text)
    }

    fn unseal(
        &mut self,
        path: &Path,
        own: &Path,
        form: KeyForm,
        text: &str,
    ) -> Result<Zeroizing<Vec<u8>>, SetupFault> {
        let unreadable = || FileFault::Unreadable {
            path: path.to_owned(),
        };
        let container = unpem(SEALED, text).ok_or_else(unreadable)?;
        let (cost, salt) = header(&container).ok_or_else(unreadable)?;
        let key = self.stretch(cost, salt)?;
        open(&key, own, form, &container).ok_or(SetupFault::PassphraseWrong)
    }

    fn stretch(&mut self, cost: Cost, salt: [u8; SALT]) -> Result<Zeroizing<[u8; 32]>, SetupFault> {
        if let Some((known_cost, known_salt, key)) = &self.stretched
            && (*known_cost, *known_salt) == (cost, salt)
        {
            return Ok(key.clone());
        }
        let passphrase = self
            .passphrase
            .as_ref()
            .ok_or(SetupFault::PassphraseMissing)?;
        let mut key = Zeroizing::new([0; 32]);
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(key.len()))
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .and_then(|argon| argon.hash_password_into(passphrase.expose(), &salt, &mut *key))
            .map_err(|fault| EntropyFault {
                reason: fault.to_string(),
            })?;
        self.stretched = Some((cost, salt, key.clone()));
        Ok(key)
    }
}

/// What the seal of a file covers beside the key: the container's header, what the key is, and the
/// file's name, so that two files cannot change places.
fn covered(header: &[u8], path: &Path, form: KeyForm) -> Vec<u8> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    [header, plain_label(form).as_bytes(), &[0], name].concat()
}

fn seal(
    key: &Zeroizing<[u8; 32]>,
    salt: &[u8; SALT],
    path: &Path,
    form: KeyForm,
    secret: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SetupFault> {
    let nonce: [u8; NONCE] = entropy::random()?;
    let mut container = Vec::with_capacity(HEADER + secret.len() + 16);
    container.extend_from_slice(MAGIC);
    for number in [COST.memory_kib, COST.passes, COST.lanes] {
        container.extend_from_slice(&number.to_be_bytes());
    }
    container.extend_from_slice(salt);
    container.extend_from_slice(&nonce);
    let aad = covered(&container, path, form);
    let sealed = Aes256Gcm::new((&**key).into())
        .encrypt(
            &nonce.into(),
            Payload {
                msg: secret,
                aad: &aad,
            },
        )
        .map_err(|_| FileFault::Unwritable {
            path: path.to_owned(),
        })?;
    container.extend_from_slice(&sealed);
    Ok(Zeroizing::new(container))
}

fn open(
    key: &Zeroizing<[u8; 32]>,
    path: &Path,
    form: KeyForm,
    container: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (header, sealed) = container.split_at_checked(HEADER)?;
    let nonce: [u8; NONCE] = header[HEADER - NONCE..].try_into().ok()?;
    Aes256Gcm::new((&**key).into())
        .decrypt(
            &nonce.into(),
            Payload {
                msg: sealed,
                aad: &covered(header, path, form),
            },
        )
        .ok()
        .map(Zeroizing::new)
}

fn header(container: &[u8]) -> Option<(Cost, [u8; SALT])> {
    let rest = container.get(..HEADER)?.strip_prefix(MAGIC)?;
    let number = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    let cost = Cost {
        memory_kib: number(0)?,
        passes: number(4)?,
        lanes: number(8)?,
    };
    let bearable = cost.memory_kib <= HIGHEST.memory_kib
        && cost.passes <= HIGHEST.passes
        && cost.lanes <= HIGHEST.lanes;
    let salt = rest.get(12..12 + SALT)?.try_into().ok()?;
    bearable.then_some((cost, salt))
}

const fn plain_label(form: KeyForm) -> &'static str {
    match form {
        KeyForm::Pkcs8 => PLAIN,
        KeyForm::Lookup => PLAIN_LOOKUP,
    }
}

/// Whether a file may be open to others than its owner.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exposure {
    Allowed,
    Refused,
}

fn read(path: &Path, exposure: Exposure) -> Result<Zeroizing<String>, SetupFault> {
    let failed = |fault: io::Error| FileFault::reading(path, &fault);
    let file = fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if exposure == Exposure::Refused && folder::is_exposed(&metadata) {
        return Err(SetupFault::KeyFileExposed {
            path: path.to_owned(),
        });
    }
    if !metadata.is_file() || metadata.len() > MAX_FILE {
        return Err(failed(io::ErrorKind::InvalidData.into()).into());
    }
    Ok(Zeroizing::new(io::read_to_string(file).map_err(failed)?))
}

/// Whether a key file is sealed; `None` where it cannot be told.
pub(crate) fn is_sealed(path: &Path) -> Option<bool> {
    let text = read(path, Exposure::Allowed).ok()?;
    Some(unpem(SEALED, &text).is_some())
}

/// Writes PEM (RFC 7468 §3).
pub(crate) fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let content = Zeroizing::new(BASE64.encode(der));
    // Made at its full size at once: growing would leave copies of a key behind.
    let mut text = Zeroizing::new(String::with_capacity(content.len() * 66 / 64 + 128));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for (at, symbol) in content.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(symbol);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

pub(crate) fn unpem(label: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let body = text
        .trim()
        .strip_prefix("-----BEGIN ")?
        .strip_prefix(label)?
        .strip_prefix("-----")?
        .strip_suffix("-----")?
        .strip_suffix(label)?
        .strip_suffix("-----END ")?;
    let mut content = Zeroizing::new(String::with_capacity(body.len()));
    content.extend(body.chars().filter(|symbol| !symbol.is_ascii_whitespace()));
    BASE64.decode(content.as_bytes()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cabinet(passphrase: Option<&str>) -> KeyCabinet {
        KeyCabinet::new(passphrase.map(|text| Passphrase::new(text).unwrap()))
    }

    #[test]
    fn a_key_is_read_back_sealed_and_plain() {
        let dir = tempfile::tempdir().unwrap();
        for passphrase in [None, Some("correct horse")] {
            let path = dir.path().join("signing.key");
            cabinet(passphrase)
                .store(&path, KeyForm::Pkcs8, &[7; 100])
                .unwrap();
            let mut reader = cabinet(passphrase);
            assert_eq!(*reader.load(&path, KeyForm::Pkcs8).unwrap(), [7; 100]);
            assert_eq!(reader.found_plain(), passphrase.is_none());
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(
                text.contains(&BASE64.encode(&[7; 30])),
                passphrase.is_none()
            );
        }
    }

    #[test]
    fn a_sealed_key_opens_with_its_passphrase_and_under_its_name_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lookup.key");
        let other = dir.path().join("signing.key");
        cabinet(Some("right"))
            .store(&path, KeyForm::Lookup, &[7; 32])
            .unwrap();
        fs::copy(&path, &other).unwrap();
        let load = |passphrase, path: &Path, form| {
            cabinet(passphrase)
                .load(path, form)
                .map_err(|fault| fault.code().as_str())
        };
        for (passphrase, path, form, code) in [
            (None, &path, KeyForm::Lookup, "passphrase_missing"),
            (Some("wrong"), &path, KeyForm::Lookup, "passphrase_wrong"),
            (Some("right"), &other, KeyForm::Lookup, "passphrase_wrong"),
            (Some("right"), &path, KeyForm::Pkcs8, "passphrase_wrong"),
        ] {
            assert_eq!(load(passphrase, path, form), Err(code));
        }
        assert!(load(Some("right"), &path, KeyForm::Lookup).is_ok());
    }

    #[test]
    fn a_damaged_or_greedy_key_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.key");
        let greedy = [MAGIC.as_slice(), &[0xff; 12], &[0; 64]].concat();
        let huge = vec![b'A'; 100_000];
        for content in [
            b"".as_slice(),
            b"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
            pem(SEALED, b"KFK1").as_bytes(),
            pem(SEALED, &greedy).as_bytes(),
            &huge,
        ] {
            folder::write_private(&path, content).unwrap();
            let fault = cabinet(Some("any"))
                .load(&path, KeyForm::Pkcs8)
                .unwrap_err();
            assert_eq!(fault.code().as_str(), "file_unreadable");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.key");
        cabinet(None).store(&path, KeyForm::Pkcs8, &[7]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let fault = cabinet(None).load(&path, KeyForm::Pkcs8).unwrap_err();
        assert_eq!(fault.code().as_str(), "key_file_exposed");
    }
}
