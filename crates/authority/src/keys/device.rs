//! A signing key in a device of its own: whatever speaks PKCS#11, such as an HSM. It is made there
//! and never leaves it; here is what it takes to find it again and to let it sign.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::{
        Mechanism, MechanismType,
        rsa::{PkcsMgfType, PkcsPssParams},
    },
    object::{Attribute, AttributeType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use data_encoding::HEXLOWER;
use keyferry_catalogue::Code;
use keyferry_token::{KeyId, SignerFault, VendorPublicKey, VendorSigner};

use super::pin_once::PinOnce;
use crate::{FileFault, Passphrase, entropy, keyring::KeptKey};

const BITS: u64 = 4096;
/// 65537, as PKCS#11 writes it.
const EXPONENT: [u8; 3] = [1, 0, 1];
/// Bytes of a salt (RFC 8230 §2).
const SALT: u64 = 32;
/// What is signed to see whether the key is there: no token of any kind begins like it.
const PROBE: &[u8] = b"keyferry: is the signing key there?";
/// Larger files are none of ours.
const MAX_FILE: usize = 8 * 1024;

/// A device that keeps keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDevice {
    /// The library that speaks PKCS#11 to it.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
}

/// A key in a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceKey {
    pub(crate) device: KeyDevice,
    /// What the device knows it by (`CKA_ID`).
    id: Vec<u8>,
}

impl DeviceKey {
    /// Makes a key in a device; its public half is a SubjectPublicKeyInfo (DER).
    ///
    /// # Errors
    /// `key_device_missing`, `key_device_pin_missing`, `key_device_pin_wrong`, `key_device_locked`,
    /// `key_device_failed`.
    pub(crate) fn make(
        device: KeyDevice,
        pin: Option<&Passphrase>,
    ) -> Result<(Self, Vec<u8>), SignerFault> {
        let (module, slot) = slot_of(&device)?;
        let session = module.open_rw_session(slot).map_err(of_device)?;
        log_in(&session, pin)?;
        let id = entropy::random::<16>()
            .map_err(|fault| SignerFault::failed(fault.to_string()))?
            .to_vec();
        let label = Attribute::Label(b"keyferry signing".to_vec());
        let public = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::ModulusBits(BITS.into()),
            Attribute::PublicExponent(EXPONENT.to_vec()),
            Attribute::Id(id.clone()),
            label.clone(),
        ];
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Id(id.clone()),
            label,
        ];
        let (public, _) = session
            .generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private)
            .map_err(of_device)?;
        let spki = public_half(&session, public)?;
        Ok((Self { device, id }, spki))
    }

    /// As it is kept in the authority's folder: no secret.
    pub(crate) fn to_text(&self) -> String {
        format!(
            "module {}\ntoken {}\nid {}\n",
            self.device.module.display(),
            self.device.token,
            HEXLOWER.encode(&self.id)
        )
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// `file_not_found`, `file_unreadable`.
    pub(crate) fn read(path: &Path) -> Result<Self, FileFault> {
        let unreadable = || FileFault::Unreadable {
            path: path.to_owned(),
        };
        let text =
            std::fs::read_to_string(path).map_err(|fault| FileFault::reading(path, &fault))?;
        if text.len() > MAX_FILE {
            return Err(unreadable());
        }
        let mut lines = text.lines();
        let mut value = |name: &str| {
            let (found, value) = lines.next()?.split_once(' ')?;
            (found == name).then_some(value)
        };
        let (module, token, id) = (value("module"), value("token"), value("id"));
        let id = id.and_then(|id| HEXLOWER.decode(id.as_bytes()).ok());
        match (module, token, id) {
            (Some(module), Some(token), Some(id)) => Ok(Self {
                device: KeyDevice {
                    module: PathBuf::from(module),
                    token: token.to_owned(),
                },
                id,
            }),
            _ => Err(unreadable()),
        }
    }
}

/// Signs inside the device. It is asked for when the first signature is, so that what signs nothing
/// works without it.
pub(crate) struct DeviceSigner {
    key: DeviceKey,
    kid: KeyId,
    /// The public half that customers know.
    spki: Vec<u8>,
    pin: Option<Passphrase>,
    state: Mutex<State>,
}

/// What there is of a device while its key is open.
#[derive(Default)]
struct State {
    open: Option<(Session, ObjectHandle)>,
    pin: PinOnce,
}

impl DeviceSigner {
    pub(crate) fn new(key: DeviceKey, spki: Vec<u8>, pin: Option<Passphrase>) -> Self {
        Self {
            key,
            kid: KeyId::of_key(&spki),
            spki,
            pin,
            state: Mutex::default(),
        }
    }

    fn session(&self) -> Result<(Session, ObjectHandle), SignerFault> {
        let (module, slot) = slot_of(&self.key.device)?;
        let session = module.open_ro_session(slot).map_err(of_device)?;
        log_in(&session, self.pin.as_ref())?;
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(self.key.id.clone()),
        ];
        let found = session.find_objects(&wanted).map_err(of_device)?;
        let key = found.first().copied();
        let key = key.ok_or_else(|| missing(format!("key {}", self.kid)))?;
        Ok((session, key))
    }
}

impl VendorSigner for DeviceSigner {
    fn key_id(&self) -> KeyId {
        self.kid
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        let mechanism = Mechanism::Sha256RsaPkcsPss(PkcsPssParams {
            hash_alg: MechanismType::SHA256,
            mgf: PkcsMgfType::MGF1_SHA256,
            s_len: SALT.into(),
        });
        let mut state = locked(&self.state);
        if let Some((session, key)) = &state.open
            && let Ok(signature) = session.sign(&mechanism, *key, message)
        {
            return Ok(signature);
        }
        // Not open yet, or the device was away meanwhile.
        state.open = None;
        let (session, key) = state.pin.open(|| self.session())?;
        let signature = session.sign(&mechanism, key, message).map_err(of_device)?;
        // What has this id in the device may be another key: nobody would believe what it signs.
        let own = VendorPublicKey::from_spki(&self.spki);
        if !own.is_ok_and(|own| own.verifies(message, &signature)) {
            let reason = format!("what signs there is not key {}", self.kid);
            return Err(fault(Code::KeyDeviceFailed, reason));
        }
        state.open = Some((session, key));
        Ok(signature)
    }
}

impl KeptKey for DeviceSigner {
    fn open(&self) -> Result<(), SignerFault> {
        self.sign(PROBE).map(|_| ())
    }
}

impl fmt::Debug for DeviceSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceSigner({})", self.kid)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A library, loaded once: PKCS#11 has one state in each process.
fn module(path: &Path) -> Result<Pkcs11, SignerFault> {
    static MODULES: Mutex<Option<HashMap<PathBuf, Pkcs11>>> = Mutex::new(None);
    let mut modules = locked(&MODULES);
    let modules = modules.get_or_insert_with(HashMap::new);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(path).map_err(|_| missing(path.display().to_string()))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(fault) => return Err(of_device(fault)),
    }
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

fn slot_of(device: &KeyDevice) -> Result<(Pkcs11, Slot), SignerFault> {
    let module = module(&device.module)?;
    for slot in module
        .get_slots_with_initialized_token()
        .map_err(of_device)?
    {
        let token = module.get_token_info(slot).map_err(of_device)?;
        if token.label().trim_end() == device.token {
            return Ok((module, slot));
        }
    }
    Err(missing(device.token.clone()))
}

fn log_in(session: &Session, pin: Option<&Passphrase>) -> Result<(), SignerFault> {
    let pin = pin.ok_or_else(|| fault(Code::KeyDevicePinMissing, "no PIN"))?;
    let pin = std::str::from_utf8(pin.expose())
        .map(|pin| AuthPin::new(pin.into()))
        .map_err(|_| fault(Code::KeyDevicePinWrong, "not a text"))?;
    match session.login(UserType::User, Some(&pin)) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(fault) => Err(of_device(fault)),
    }
}

/// The public half of a key as a SubjectPublicKeyInfo.
fn public_half(session: &Session, key: ObjectHandle) -> Result<Vec<u8>, SignerFault> {
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
    let (mut modulus, mut exponent) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(key, &wanted).map_err(of_device)? {
        match attribute {
            Attribute::Modulus(bytes) => modulus = bytes,
            Attribute::PublicExponent(bytes) => exponent = bytes,
            _ => {}
        }
    }
    Ok(spki(&modulus, &exponent))
}

/// `SubjectPublicKeyInfo` of an RSA key (RFC 3279 §2.3.1), DER.
fn spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let key = der(0x30, &[integer(modulus), integer(exponent)].concat());
    let bits = der(0x03, &[&[0], key.as_slice()].concat());
    der(0x30, &[RSA_ENCRYPTION.as_slice(), &bits].concat())
}

/// A positive INTEGER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut content = bytes[zeros..].to_vec();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    der(0x02, &content)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().skip_while(|byte| **byte == 0);
    let mut out = vec![tag];
    if content.len() < 0x80 {
        out.extend(significant.copied().chain(content.is_empty().then_some(0)));
    } else {
        let bytes: Vec<u8> = significant.copied().collect();
        out.push(0x80 | bytes.len().to_le_bytes()[0]);
        out.extend(bytes);
    }
    out.extend_from_slice(content);
    out
}

fn fault(code: Code, reason: impl Into<String>) -> SignerFault {
    SignerFault {
        code,
        reason: reason.into(),
    }
}

fn missing(what: impl Into<String>) -> SignerFault {
    fault(Code::KeyDeviceMissing, what)
}

/// What a device says, by its cause. The reason is the name of its answer: no PIN is ever in it.
fn of_device(error: Error) -> SignerFault {
    let code = match &error {
        Error::Pkcs11(answer, _) => match answer {
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
                Code::KeyDevicePinWrong
            }
            RvError::PinLocked => Code::KeyDeviceLocked,
            RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::DeviceRemoved
            | RvError::SlotIdInvalid => Code::KeyDeviceMissing,
            _ => Code::KeyDeviceFailed,
        },
        Error::PinNotSet => Code::KeyDevicePinMissing,
        _ => Code::KeyDeviceFailed,
    };
    let reason = match error {
        Error::Pkcs11(answer, function) => format!("{answer:?} ({function:?})"),
        other => other.to_string(),
    };
    fault(code, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    #[test]
    fn a_public_half_is_the_one_that_others_write() {
        let key = crate::keyring::RsaSigner::make().unwrap();
        let bytes = key.spki();
        // 0x30 len4 algorithm(15) 0x03 len4 0 0x30 len4 0x02 len4 0 modulus(512) 0x02 3 exponent
        let modulus = &bytes[bytes.len() - 5 - 512..bytes.len() - 5];
        assert_eq!(spki(modulus, &[0, 1, 0, 1]), bytes);
        assert!(VendorPublicKey::from_spki(&spki(modulus, &EXPONENT)).is_ok());
    }

    #[test]
    fn what_a_device_answers_is_told_by_its_cause() {
        let code = |answer| of_device(Error::Pkcs11(answer, Function::Login)).code;
        assert_eq!(code(RvError::PinIncorrect), Code::KeyDevicePinWrong);
        assert_eq!(code(RvError::PinLocked), Code::KeyDeviceLocked);
        assert_eq!(code(RvError::DeviceRemoved), Code::KeyDeviceMissing);
        assert_eq!(code(RvError::FunctionFailed), Code::KeyDeviceFailed);
    }

    #[test]
    fn where_a_key_is_can_be_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.device");
        let key = DeviceKey {
            device: KeyDevice {
                module: PathBuf::from("/usr/lib/some where/module.so"),
                token: "Acme signing".to_owned(),
            },
            id: vec![1, 2, 3],
        };
        std::fs::write(&path, key.to_text()).unwrap();
        assert_eq!(DeviceKey::read(&path).unwrap(), key);
        for wrong in [
            "",
            "module a\n",
            "token a\nmodule b\nid 00\n",
            "module a\ntoken b\nid x\n",
        ] {
            std::fs::write(&path, wrong).unwrap();
            assert_eq!(
                DeviceKey::read(&path).unwrap_err().code(),
                Code::FileUnreadable
            );
        }
    }
}
