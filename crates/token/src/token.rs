//! Tokens: sign, then encrypt; and back in steps that the types enforce.

use core::{fmt, ops::Deref};

use p256::elliptic_curve::rand_core::CryptoRng;

use crate::{
    ArtefactKind, ContentKey, DeviceId, DeviceSigningKey, ExchangePublicKey, ExchangeSecretKey,
    FromDevice, FromVendor, KeyId, MAX_TOKEN, OpenFault, ParseFault, SealFault, SignerFault,
    TokenId, TokenKind, VendorId, VendorKeys, VendorSigner, VerifyFault,
    cose::{self, Encrypted, Sign1},
};

/// A token as it crosses the gap: what it is and for whom can be seen, nothing else.
#[derive(Clone, Debug)]
pub struct SealedToken {
    envelope: Encrypted,
    bytes: Vec<u8>,
}

impl SealedToken {
    /// Reads a binary token. Text armor is read by [`crate::Artefact::read`].
    ///
    /// # Errors
    /// `too_large`, `malformed`, `algorithm_refused`, `key_refused`, `newer_format`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseFault> {
        if bytes.len() > MAX_TOKEN {
            return Err(ParseFault::TooLarge { limit: MAX_TOKEN });
        }
        Ok(Self {
            envelope: Encrypted::read(bytes)?,
            bytes: bytes.to_vec(),
        })
    }

    /// The kind its envelope names.
    pub fn kind(&self) -> TokenKind {
        self.envelope.kind
    }

    /// The exchange key it is sealed for.
    pub fn recipient(&self) -> KeyId {
        self.envelope.recipient
    }

    /// The binary form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Opens the token with its recipient's private key.
    ///
    /// # Errors
    /// `cannot_be_opened`, `signature_mismatch`, `malformed`, `wrong_kind`.
    pub fn open(&self, key: &ExchangeSecretKey) -> Result<OpenedToken, OpenFault> {
        self.open_with_content_key(&self.envelope.content_key(key)?)
    }

    /// Opens the token with its content key, as its maker or a security officer does.
    ///
    /// # Errors
    /// `signature_mismatch`, `malformed`, `wrong_kind`.
    pub fn open_with_content_key(&self, key: &ContentKey) -> Result<OpenedToken, OpenFault> {
        let signed = SignedToken::parse(&self.envelope.decrypt(key)?)?;
        if signed.kind() != self.kind() {
            let (found, wanted) = (signed.kind().name(), self.kind().name());
            return Err(OpenFault::Content(ParseFault::Kind { found, wanted }));
        }
        Ok(OpenedToken {
            signed,
            recipient: self.recipient(),
        })
    }
}

/// A token out of its envelope, its signature not checked yet.
#[derive(Clone, Debug)]
pub struct OpenedToken {
    signed: SignedToken,
    recipient: KeyId,
}

impl OpenedToken {
    /// The kind that envelope and signed content agree on.
    pub fn kind(&self) -> TokenKind {
        self.signed.kind()
    }

    /// The signed content.
    pub fn signed(&self) -> &SignedToken {
        &self.signed
    }

    /// Checks what a device sent: signed by the device key that it names, for this vendor, and for
    /// the exchange key that it was sealed for.
    ///
    /// # Errors
    /// `wrong_kind`, `signature_mismatch`, `token_for_other_vendor`, `answer_for_other_device`
    /// when it was sealed anew, `malformed`, `newer_format`.
    pub fn verify_from_device<T: FromDevice>(
        &self,
        vendor: &VendorId,
    ) -> Result<Verified<T>, VerifyFault> {
        let inner = self.signed.of_kind(T::KIND)?;
        let claims = T::from_payload(&inner.payload)?;
        if !claims
            .signing_key()
            .verifies(&inner.to_be_signed, &inner.signature)
        {
            return Err(VerifyFault::Signature);
        }
        if claims.vendor() != vendor {
            return Err(VerifyFault::OtherVendor);
        }
        if claims.recipient() != self.recipient {
            return Err(VerifyFault::OtherRecipient);
        }
        Ok(Verified::new(claims, inner))
    }
}

/// The signed content of a token without its envelope. A client keeps a response in this form, so
/// that every standing rests on the vendor's signature.
#[derive(Clone)]
pub struct SignedToken {
    inner: Sign1,
    kind: TokenKind,
    bytes: Vec<u8>,
}

impl fmt::Debug for SignedToken {
    /// Without its bytes: a request's have an activation code in them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedToken({} {})", self.kind.name(), self.id())
    }
}

impl SignedToken {
    /// Reads a binary `COSE_Sign1` of some token kind.
    ///
    /// # Errors
    /// `too_large`, `malformed`, `algorithm_refused`, `newer_format`, `wrong_kind`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseFault> {
        if bytes.len() > MAX_TOKEN {
            return Err(ParseFault::TooLarge { limit: MAX_TOKEN });
        }
        let inner = Sign1::read(bytes)?;
        match inner.kind {
            ArtefactKind::Token(kind) => Ok(Self {
                inner,
                kind,
                bytes: bytes.to_vec(),
            }),
            other => Err(ParseFault::Kind {
                found: other.name(),
                wanted: "token",
            }),
        }
    }

    /// The kind.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The binary form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The token's id.
    pub fn id(&self) -> TokenId {
        TokenId::of_claims(&self.inner.payload)
    }

    fn of_kind(&self, wanted: TokenKind) -> Result<&Sign1, ParseFault> {
        if self.kind == wanted {
            Ok(&self.inner)
        } else {
            Err(ParseFault::Kind {
                found: self.kind.name(),
                wanted: wanted.name(),
            })
        }
    }

    /// Checks what a vendor sent: signed by a trusted key of the vendor, in that vendor's name, for
    /// this device.
    ///
    /// # Errors
    /// `wrong_kind`, `untrusted_key`, `signature_mismatch`, `token_for_other_vendor`,
    /// `answer_for_other_device`, `malformed`, `newer_format`.
    pub fn verify_from_vendor<T: FromVendor>(
        &self,
        keys: &VendorKeys,
        device: &DeviceId,
    ) -> Result<Verified<T>, VerifyFault> {
        let inner = self.of_kind(T::KIND)?;
        keys.verify(inner)?;
        let claims = T::from_payload(&inner.payload)?;
        if claims.vendor() != keys.vendor() {
            return Err(VerifyFault::OtherVendor);
        }
        if claims.recipient() != *device {
            return Err(VerifyFault::OtherRecipient);
        }
        Ok(Verified::new(claims, inner))
    }
}

/// Claims whose signature was checked; the only form in which they can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    claims: T,
    id: TokenId,
    key: Option<KeyId>,
}

impl<T> Verified<T> {
    pub(crate) fn new(claims: T, signed: &Sign1) -> Self {
        Self {
            claims,
            id: TokenId::of_claims(&signed.payload),
            key: signed.kid,
        }
    }

    /// SHA-256 of the signed claims.
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// The vendor key that signed; `None` for what a device signed.
    pub fn key(&self) -> Option<KeyId> {
        self.key
    }

    /// The claims on their own.
    pub fn into_claims(self) -> T {
        self.claims
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.claims
    }
}

/// A token just made.
#[derive(Clone)]
pub struct Sealed {
    /// The binary form.
    pub bytes: Vec<u8>,
    /// The signed content.
    pub signed: Vec<u8>,
    /// The key that opens it.
    pub content_key: ContentKey,
    /// Its id.
    pub id: TokenId,
}

impl fmt::Debug for Sealed {
    /// Without the signed content: a request's has an activation code in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.id)
    }
}

/// Signs claims with the device's key and seals them for the vendor.
///
/// # Errors
/// `too_large`, and what a reader would answer to claims that break the specification.
pub fn seal_for_vendor<T: FromDevice>(
    claims: &T,
    signer: &DeviceSigningKey,
    recipient: &ExchangePublicKey,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealFault> {
    let payload = claims.payload();
    T::from_payload(&payload)?;
    seal(
        T::KIND,
        None,
        payload,
        |message| Ok(signer.sign(message)),
        recipient,
        rng,
    )
}

/// Signs claims with the vendor's key and seals them for the device.
///
/// # Errors
/// `system_failure` when the vendor's key does not sign, `too_large`, and what a reader would answer
/// to claims that break the specification.
pub fn seal_for_device<T: FromVendor>(
    claims: &T,
    signer: &(impl VendorSigner + ?Sized),
    recipient: &ExchangePublicKey,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealFault> {
    let kid = Some(signer.key_id());
    let payload = claims.payload();
    T::from_payload(&payload)?;
    seal(
        T::KIND,
        kid,
        payload,
        |message| signer.sign(message),
        recipient,
        rng,
    )
}

fn seal(
    kind: TokenKind,
    kid: Option<KeyId>,
    payload: Vec<u8>,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, SignerFault>,
    recipient: &ExchangePublicKey,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealFault> {
    let id = TokenId::of_claims(&payload);
    let signed = Sign1::write(ArtefactKind::Token(kind), kid, payload, sign)?;
    let too_large = SealFault::TooLarge { limit: MAX_TOKEN };
    let (bytes, content_key) =
        cose::encrypt(kind, &signed, recipient, rng).ok_or(too_large.clone())?;
    if bytes.len() > MAX_TOKEN {
        return Err(too_large);
    }
    Ok(Sealed {
        bytes,
        signed,
        content_key,
        id,
    })
}
