//! COSE (RFC 9052) as Keyferry uses it: `COSE_Sign1` and one-recipient `COSE_Encrypt`.
//!
//! Received structures are read over checked CBOR with an allow-list of labels for every header
//! map, because `coset` ignores `crit` and takes labels it does not know. What is signed and what
//! is authenticated is built by `coset`.

mod header;
mod key;

use core::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use ciborium::Value;
use coset::{
    AsCborValue as _, CborSerializable as _, CoseEncryptBuilder, CoseKdfContextBuilder,
    CoseKeyBuilder, CoseRecipientBuilder, CoseSign1Builder, EncryptionContext, Header,
    HeaderBuilder, Label, ProtectedHeader, SignatureContext, SuppPubInfo,
    TaggedCborSerializable as _, enc_structure_data, iana, sig_structure_data,
};
use p256::{PublicKey, elliptic_curve::rand_core::CryptoRng};
use sha2::Sha256;

use header::{
    ALG, EPHEMERAL_KEY, IV, KID, TYP, expect_algorithm, header, kind_of_typ, read_header,
    signature_algorithm,
};
use key::read_ephemeral;
pub(crate) use key::{device_key, read_device_key};

use crate::{
    ArtefactKind, ContentKey, ExchangePublicKey, ExchangeSecretKey, KeyId, OpenFault, ParseFault,
    TokenKind, VendorPublicKey, VerifyFault, cbor,
};

const IV_LEN: usize = 12;
const TAG_LEN: usize = 16;

fn fields<const N: usize>(value: Value, what: &'static str) -> Result<[Value; N], ParseFault> {
    let Value::Array(fields) = value else {
        return Err(ParseFault::Malformed { what });
    };
    fields
        .try_into()
        .map_err(|_| ParseFault::Malformed { what })
}

fn byte_field(value: Value, what: &'static str) -> Result<Vec<u8>, ParseFault> {
    value
        .into_bytes()
        .map_err(|_| ParseFault::Malformed { what })
}

/// The content of the tag that [`cbor::check`] has seen.
fn untagged(bytes: &[u8], tag: u64) -> Result<Value, ParseFault> {
    cbor::check(bytes, Some(tag))?;
    match ciborium::from_reader(bytes) {
        Ok(Value::Tag(found, value)) if found == tag => Ok(*value),
        _ => Err(ParseFault::Malformed { what: "cbor tag" }),
    }
}

fn protected(bytes: Vec<u8>) -> ProtectedHeader {
    ProtectedHeader {
        original_data: Some(bytes),
        header: Header::default(),
    }
}

/// A `COSE_Sign1` whose form is right; nothing is known of its signature yet.
#[derive(Clone)]
pub(crate) struct Sign1 {
    pub(crate) kind: ArtefactKind,
    pub(crate) kid: Option<KeyId>,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    /// The `Sig_structure` over the received bytes (RFC 9052 §4.4).
    pub(crate) to_be_signed: Vec<u8>,
}

impl Sign1 {
    /// Reads a tagged `COSE_Sign1`. The vendor's signatures name their key, a device's do not: it
    /// stands in the claims.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ParseFault> {
        const WHAT: &str = "COSE_Sign1";
        let [head, unprotected, payload, signature] =
            fields(untagged(bytes, iana::CborTag::CoseSign1 as u64)?, WHAT)?;
        let head = byte_field(head, WHAT)?;
        let read = read_header("protected header", cbor::read(&head)?, &[ALG, KID, TYP])?;
        read_header("unprotected header", unprotected, &[])?;
        let kind = kind_of_typ(&read.typ.ok_or(ParseFault::Malformed { what: "typ" })?)?;
        let algorithm = signature_algorithm(kind);
        expect_algorithm(read.alg, algorithm)?;
        if read.kid.is_some() != (algorithm == iana::Algorithm::PS256) {
            return Err(ParseFault::Malformed { what: "kid" });
        }
        let payload = byte_field(payload, WHAT)?;
        let to_be_signed = sig_structure_data(
            SignatureContext::CoseSign1,
            protected(head),
            None,
            b"",
            &payload,
        );
        let signature = byte_field(signature, WHAT)?;
        Ok(Self {
            kind,
            kid: read.kid,
            payload,
            signature,
            to_be_signed,
        })
    }

    /// Reads one of this kind, within the kind's limit.
    pub(crate) fn read_as(wanted: ArtefactKind, bytes: &[u8]) -> Result<Self, ParseFault> {
        let limit = wanted.limit();
        if bytes.len() > limit {
            return Err(ParseFault::TooLarge { limit });
        }
        let read = Self::read(bytes)?;
        if read.kind == wanted {
            Ok(read)
        } else {
            let (found, wanted) = (read.kind.name(), wanted.name());
            Err(ParseFault::Kind { found, wanted })
        }
    }

    /// Checks a vendor's signature with a key that it names.
    pub(crate) fn verify_vendor(&self, key: &VendorPublicKey) -> Result<(), VerifyFault> {
        match self.kid {
            Some(named) if named != key.id() => Err(VerifyFault::UntrustedKey { key: named }),
            Some(_) if key.verifies(&self.to_be_signed, &self.signature) => Ok(()),
            Some(_) | None => Err(VerifyFault::Signature),
        }
    }

    /// Signs a payload and writes the tagged structure.
    pub(crate) fn write<E>(
        kind: ArtefactKind,
        kid: Option<KeyId>,
        payload: Vec<u8>,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let signed = CoseSign1Builder::new()
            .protected(header(signature_algorithm(kind), kid, Some(kind)))
            .payload(payload)
            .try_create_signature(b"", sign)?
            .build();
        // Only CBOR that ciborium cannot write would fail, and there is none in here.
        Ok(signed.to_tagged_vec().unwrap_or_default())
    }
}

impl fmt::Debug for Sign1 {
    /// Without the payload: a request's has an activation code in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sign1")
            .field("kind", &self.kind)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A `COSE_Encrypt` with one ECDH-ES + HKDF-256 recipient whose form is right.
#[derive(Clone, Debug)]
pub(crate) struct Encrypted {
    pub(crate) kind: TokenKind,
    pub(crate) recipient: KeyId,
    head: Vec<u8>,
    recipient_head: Vec<u8>,
    ephemeral: PublicKey,
    iv: [u8; IV_LEN],
    ciphertext: Vec<u8>,
}

impl Encrypted {
    /// Reads a tagged `COSE_Encrypt`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ParseFault> {
        const WHAT: &str = "COSE_Encrypt";
        const RECIPIENT: &str = "recipient";
        let malformed = || ParseFault::Malformed { what: WHAT };
        let [head, unprotected, ciphertext, recipients] =
            fields(untagged(bytes, iana::CborTag::CoseEncrypt as u64)?, WHAT)?;
        let head = byte_field(head, WHAT)?;
        let read = read_header("protected header", cbor::read(&head)?, &[ALG, TYP])?;
        let ArtefactKind::Token(kind) = kind_of_typ(&read.typ.ok_or_else(malformed)?)? else {
            return Err(malformed());
        };
        expect_algorithm(read.alg, iana::Algorithm::A256GCM)?;
        let unprotected = read_header("unprotected header", unprotected, &[IV])?;
        let iv = unprotected
            .iv
            .and_then(|iv| iv.try_into().ok())
            .ok_or_else(malformed)?;
        let ciphertext = byte_field(ciphertext, WHAT)?;
        if ciphertext.len() < TAG_LEN {
            return Err(malformed());
        }

        let [recipient] = fields(recipients, RECIPIENT)?;
        let [recipient_head, unprotected, no_key] = fields(recipient, RECIPIENT)?;
        let recipient_head = byte_field(recipient_head, RECIPIENT)?;
        let read = read_header(RECIPIENT, cbor::read(&recipient_head)?, &[ALG])?;
        expect_algorithm(read.alg, iana::Algorithm::ECDH_ES_HKDF_256)?;
        let unprotected = read_header(RECIPIENT, unprotected, &[KID, EPHEMERAL_KEY])?;
        let recipient = unprotected.kid.ok_or_else(malformed)?;
        let ephemeral = read_ephemeral(unprotected.ephemeral.ok_or_else(malformed)?)?;
        if !byte_field(no_key, RECIPIENT)?.is_empty() {
            return Err(malformed());
        }
        Ok(Self {
            kind,
            recipient,
            head,
            recipient_head,
            ephemeral,
            iv,
            ciphertext,
        })
    }

    /// The content key that the recipient's private key gives.
    pub(crate) fn content_key(&self, key: &ExchangeSecretKey) -> Result<ContentKey, OpenFault> {
        if key.public().id() != self.recipient {
            return Err(OpenFault::OtherRecipient {
                recipient: self.recipient,
            });
        }
        derive_content_key(key, &self.ephemeral, self.recipient_head.clone())
            .ok_or(OpenFault::Closed)
    }

    /// The content.
    pub(crate) fn decrypt(&self, key: &ContentKey) -> Result<Vec<u8>, OpenFault> {
        let aad = enc_structure_data(
            EncryptionContext::CoseEncrypt,
            protected(self.head.clone()),
            b"",
        );
        Aes256Gcm::new(key.expose().into())
            .decrypt(
                &self.iv.into(),
                Payload {
                    msg: &self.ciphertext,
                    aad: &aad,
                },
            )
            .map_err(|_| OpenFault::Closed)
    }
}

/// Encrypts `content` for one recipient and gives the tagged structure with the content key.
pub(crate) fn encrypt(
    kind: TokenKind,
    content: &[u8],
    recipient: &ExchangePublicKey,
    rng: &mut impl CryptoRng,
) -> Option<(Vec<u8>, ContentKey)> {
    let ephemeral = ExchangeSecretKey::make(rng);
    let mut iv = [0; IV_LEN];
    rng.fill_bytes(&mut iv);

    let recipient_header = header(iana::Algorithm::ECDH_ES_HKDF_256, None, None);
    let recipient_head = recipient_header.clone().to_vec().ok()?;
    let content_key = derive_content_key(&ephemeral, recipient.point(), recipient_head)?;

    let sec1 = ephemeral.uncompressed_public();
    let (x, y) = (sec1.get(1..33)?.to_vec(), sec1.get(33..65)?.to_vec());
    // Peers stumble over the compressed form, so `y` is written in full.
    let ephemeral_key = CoseKeyBuilder::new_ec2_pub_key(iana::EllipticCurve::P_256, x, y)
        .build()
        .to_cbor_value()
        .ok()?;
    let addressed = CoseRecipientBuilder::new()
        .protected(recipient_header)
        .unprotected(Header {
            key_id: recipient.id().as_bytes().to_vec(),
            rest: vec![(Label::Int(EPHEMERAL_KEY), ephemeral_key)],
            ..Header::default()
        })
        .ciphertext(Vec::new())
        .build();
    let encrypted = CoseEncryptBuilder::new()
        .protected(header(
            iana::Algorithm::A256GCM,
            None,
            Some(ArtefactKind::Token(kind)),
        ))
        .unprotected(HeaderBuilder::new().iv(iv.to_vec()).build())
        .try_create_ciphertext(content, b"", |content, aad| {
            Aes256Gcm::new(content_key.expose().into())
                .encrypt(&iv.into(), Payload { msg: content, aad })
        })
        .ok()?
        .add_recipient(addressed)
        .build();
    Some((encrypted.to_tagged_vec().ok()?, content_key))
}

/// ECDH-ES + HKDF-256 (RFC 9053 §6.3) with every party field nil and the recipient's protected
/// header as received.
fn derive_content_key(
    secret: &ExchangeSecretKey,
    public: &PublicKey,
    recipient_head: Vec<u8>,
) -> Option<ContentKey> {
    let info = CoseKdfContextBuilder::new()
        .algorithm(iana::Algorithm::A256GCM)
        .supp_pub_info(SuppPubInfo {
            key_data_length: 256,
            protected: protected(recipient_head),
            other: None,
        })
        .build()
        .to_vec()
        .ok()?;
    let mut key = [0; 32];
    secret
        .agree(public)
        .extract::<Sha256>(None)
        .expand(&info, &mut key)
        .ok()?;
    Some(ContentKey::new(key))
}
