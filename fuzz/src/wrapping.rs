//! Claims signed, and tokens sealed, without the crate's own writers, which only write good ones.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use data_encoding::BASE64;
use keyferry_token::{
    ContentKey, DeviceId, DeviceSigningKey, ExchangePublicKey, ExchangeSecretKey, KeyId,
    OpenedToken, ParseFault, SealedToken, SignedProfile, SignerFault, TokenKind, VendorId,
    VendorKeys, VendorPublicKey, VendorSigner, VerifyFault,
};
use p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::DecodePrivateKey as _,
};

use crate::WeakRsa;

/// Who signs and reads in the targets: the published device, and a vendor with the published one's
/// id and a weak key.
pub struct Cast {
    /// Signs as the vendor.
    pub weak: WeakRsa,
    /// Verifies what the vendor signed.
    pub keys: VendorKeys,
    /// Signs as the device.
    pub device: DeviceSigningKey,
    /// What requests are sealed to.
    pub exchange: ExchangePublicKey,
    signing: SigningKey,
    kid: KeyId,
}

impl Cast {
    /// The cast, the same in every run.
    pub fn new() -> Self {
        let weak = WeakRsa::new();
        let public = VendorPublicKey::from_spki(weak.spki()).expect("a key of 4,096 bits");
        assert!(public.verifies(b"sound", &weak.sign(b"sound")));
        let vendor: VendorId = "z3svx78bbdnwbbk803gm0mq6a8"
            .parse()
            .expect("the published id");
        let scalar = scalar(include_str!("../../tests/vectors/keys/device-signing.pem"));
        let exchange = scalar_of_vendor();
        Self {
            kid: public.id(),
            keys: VendorKeys::new(vendor, vec![public]),
            weak,
            device: DeviceSigningKey::from_bytes(&scalar).expect("a scalar"),
            signing: SigningKey::from(SecretKey::from_slice(&scalar).expect("a scalar")),
            exchange: exchange.public(),
        }
    }

    /// The device's id.
    pub fn device_id(&self) -> DeviceId {
        self.device.public().device_id()
    }
}

impl Default for Cast {
    fn default() -> Self {
        Self::new()
    }
}

impl VendorSigner for Cast {
    fn key_id(&self) -> KeyId {
        self.kid
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        Ok(self.weak.sign(message))
    }
}

fn scalar(pem: &str) -> [u8; 32] {
    let body = pem
        .split("KEY-----\n")
        .nth(1)
        .and_then(|rest| rest.split("-----").next());
    let der = BASE64.decode(body.unwrap_or_default().replace('\n', "").as_bytes());
    SecretKey::from_pkcs8_der(&der.expect("base64"))
        .expect("PKCS #8")
        .to_bytes()
        .into()
}

fn scalar_of_vendor() -> ExchangeSecretKey {
    let scalar = scalar(include_str!("../../tests/vectors/keys/vendor-exchange.pem"));
    ExchangeSecretKey::from_bytes(&scalar).expect("a scalar")
}

/// Who signs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The device, ES256.
    Device,
    /// The vendor, PS256.
    Vendor,
}

/// A kind's `typ` as it is encoded in headers.
fn typ(kind: TokenKind) -> [u8; 3] {
    let [.., high, low] = kind.typ().to_be_bytes();
    [0x19, high, low]
}

/// Any payload, signed as a token of this kind by whoever signs such tokens.
pub fn signed_token(cast: &Cast, kind: TokenKind, payload: &[u8]) -> Vec<u8> {
    let signer = if kind.from_device() {
        Signer::Device
    } else {
        Signer::Vendor
    };
    signed(cast, signer, &typ(kind), payload)
}

/// Any payload, signed, under this encoded `typ`.
pub fn signed(cast: &Cast, signer: Signer, typ: &[u8], payload: &[u8]) -> Vec<u8> {
    let protected = match signer {
        Signer::Device => [&[0xa2, 1, 0x26, 0x10], typ].concat(),
        Signer::Vendor => {
            let kid = cast.kid;
            [
                &[0xa3, 1, 0x38, 0x24, 4, 0x48],
                &kid.as_bytes()[..],
                &[0x10],
                typ,
            ]
            .concat()
        }
    };
    let mut message = [&[0x84, 0x6a], &b"Signature1"[..]].concat();
    bstr(&mut message, &protected);
    bstr(&mut message, b"");
    bstr(&mut message, payload);
    let signature = match signer {
        Signer::Device => {
            let signature: Signature = cast.signing.sign(&message);
            signature.to_bytes().to_vec()
        }
        Signer::Vendor => cast.weak.sign(&message),
    };
    sign1(&protected, payload, &signature)
}

fn sign1(protected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut out = vec![0xd2, 0x84];
    bstr(&mut out, protected);
    out.push(0xa0);
    bstr(&mut out, payload);
    bstr(&mut out, signature);
    out
}

/// Whether a payload is CBOR that any reader of claims looks into. The others are refused alike, and
/// no vendor's signature need be made and checked to see that: a profile is read before its
/// signature is.
pub fn is_readable(payload: &[u8]) -> bool {
    let protected = [
        &[0xa3, 1, 0x38, 0x24, 4, 0x48][..],
        &[0; 8],
        &[0x10, 0x78, 28],
        b"application/keyferry-profile",
    ]
    .concat();
    let profile = SignedProfile::parse(&sign1(&protected, payload, &[]));
    let Ok(Err(VerifyFault::Content(fault))) = profile.map(|profile| profile.verify_whole()) else {
        return true;
    };
    !matches!(
        fault,
        ParseFault::Malformed {
            what: "cbor" | "duplicate key"
        }
    )
}

/// Any content, sealed as a device's token of this kind to the published vendor and opened again with
/// its content key, which leaves out the costly key agreement.
///
/// # Errors
/// The reader's, of the content.
pub fn opened(cast: &Cast, kind: TokenKind, content: &[u8]) -> Result<OpenedToken, ParseFault> {
    let protected = [&[0xa2, 1, 3, 0x10][..], &typ(kind)].concat();
    let (key, iv) = ([9; 32], [8; 12]);
    let mut aad = [&[0x83, 0x67], &b"Encrypt"[..]].concat();
    bstr(&mut aad, &protected);
    bstr(&mut aad, b"");
    let content = Payload {
        msg: content,
        aad: &aad,
    };
    let content = Aes256Gcm::new(&key.into())
        .encrypt(&iv.into(), content)
        .expect("memory");

    let mut out = vec![0xd8, 0x60, 0x84];
    bstr(&mut out, &protected);
    out.extend([0xa1, 5]);
    bstr(&mut out, &iv);
    bstr(&mut out, &content);
    out.extend([0x81, 0x83, 0x44, 0xa1, 1, 0x38, 0x18, 0xa2, 4]);
    bstr(&mut out, cast.exchange.id().as_bytes());
    // Any point serves as the ephemeral key; the exchange key's own is at hand.
    let spki = cast.exchange.spki();
    let (x, y) = spki[spki.len() - 64..].split_at(32);
    out.extend([0x20, 0xa4, 1, 2, 0x20, 1, 0x21]);
    bstr(&mut out, x);
    out.push(0x22);
    bstr(&mut out, y);
    out.push(0x40);
    let token = SealedToken::parse(&out)?;
    token
        .open_with_content_key(&ContentKey::new(key))
        .map_err(|fault| match fault {
            keyferry_token::OpenFault::Content(fault) => fault,
            other => panic!("the envelope itself is good: {other}"),
        })
}

/// Appends a byte string with the shortest head.
fn bstr(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len().to_be_bytes();
    match bytes.len() {
        0..=23 => out.push(0x40 | length[7]),
        24..=0xff => out.extend([0x58, length[7]]),
        0x100..=0xffff => out.extend([0x59, length[6], length[7]]),
        _ => out.extend([0x5a, length[4], length[5], length[6], length[7]]),
    }
    out.extend(bytes);
}
