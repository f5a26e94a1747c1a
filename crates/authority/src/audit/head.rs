//! The signed head of the audit log: what someone keeps elsewhere, so that a log that was cut off
//! or made anew shows (rule A11). `docs/spec/audit.md`, H8 to H11.

use keyferry_token::{
    KeyId, KeyPurpose, KeyState, Timestamp, VendorId, VendorProfile, VendorPublicKey, VendorSigner,
};

use super::{
    AuditFault, AuditHash, AuditSeal,
    cbor::{self, ARRAY, Input, MAP, TAG, UNSIGNED},
    chain::last_seal,
};
use crate::{
    Authority,
    authority::aside,
    key_file::{pem, unpem},
    profile,
};

/// The PEM label of a head.
const LABEL: &str = "KEYFERRY AUDIT HEAD";
/// The signing namespace (RFC 9596): nothing else that a vendor's key signs carries it.
const TYP: &str = "application/keyferry-audit-head";
/// Larger files are no heads: one takes about 700 bytes.
const MAX_FILE: usize = 4096;
const VERSION: u64 = 1;

// COSE (RFC 9052): header labels and the tag of a COSE_Sign1. PS256 is -37 (RFC 8230 §2).
const SIGN1: u64 = 18;
const ALG: u64 = 1;
const KID: u64 = 4;
const TYP_LABEL: u64 = 16;
const PS256_AFTER_MINUS_1: u64 = 36;

/// The end of the audit log at some time, as a vendor's key signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    vendor: VendorId,
    seal: AuditSeal,
    taken_at: Timestamp,
}

/// A head with its signature, to be kept away from the authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAuditHead {
    /// What it says.
    pub head: AuditHead,
    /// The file: PEM over a `COSE_Sign1`.
    pub text: String,
}

impl AuditHead {
    /// Reads a head, as text or binary, and checks that a signing key of this profile signed it:
    /// one that is active, or retired since. The profile must be one that the reader trusts.
    ///
    /// # Errors
    /// `audit_head_refused` when it is something else, was changed, or is another vendor's.
    pub fn read(bytes: &[u8], profile: &VendorProfile) -> Result<Self, AuditFault> {
        read(bytes, profile).ok_or(AuditFault::HeadRefused)
    }

    /// The vendor whose log it is.
    pub fn vendor(&self) -> VendorId {
        self.vendor
    }

    /// How many entries there were.
    pub fn position(&self) -> u64 {
        self.seal.position
    }

    /// The hash over all of them.
    pub fn hash(&self) -> AuditHash {
        self.seal.hash
    }

    /// When it was taken.
    pub fn taken_at(&self) -> Timestamp {
        self.taken_at
    }

    /// Whether a chain that has this seal is not the one that the head was taken from.
    pub(crate) fn contradicts(&self, seal: &AuditSeal) -> bool {
        self.seal.position == seal.position && self.seal.hash != seal.hash
    }

    fn payload(&self) -> Vec<u8> {
        let mut out = Vec::new();
        cbor::head(&mut out, MAP, 5);
        cbor::head(&mut out, UNSIGNED, 1);
        cbor::head(&mut out, UNSIGNED, VERSION);
        cbor::head(&mut out, UNSIGNED, 2);
        cbor::bytes(&mut out, self.vendor.as_bytes());
        cbor::head(&mut out, UNSIGNED, 3);
        cbor::head(&mut out, UNSIGNED, self.seal.position);
        cbor::head(&mut out, UNSIGNED, 4);
        cbor::bytes(&mut out, &self.seal.hash);
        cbor::head(&mut out, UNSIGNED, 5);
        cbor::head(&mut out, UNSIGNED, self.taken_at.unix());
        out
    }

    fn from_payload(payload: &[u8]) -> Option<Self> {
        let mut input = Input(payload);
        input.head(MAP)?;
        (input.number_at(1)? == VERSION).then_some(())?;
        input.key(2)?;
        let vendor = VendorId::new(input.fixed()?);
        let position = input.number_at(3)?;
        input.key(4)?;
        let hash = input.fixed()?;
        let taken_at = Timestamp::from_unix(input.number_at(5)?);
        Some(Self {
            vendor,
            seal: AuditSeal { position, hash },
            taken_at,
        })
    }

    fn sign(&self, signer: &impl VendorSigner) -> Result<SignedAuditHead, AuditFault> {
        let payload = self.payload();
        let protected = protected(signer.key_id());
        let signature = signer.sign(&to_be_signed(&protected, &payload))?;
        Ok(SignedAuditHead {
            head: *self,
            text: pem(LABEL, &sign1(&protected, &payload, &signature)).to_string(),
        })
    }
}

fn read(bytes: &[u8], profile: &VendorProfile) -> Option<AuditHead> {
    if bytes.len() > MAX_FILE {
        return None;
    }
    let unwrapped = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| unpem(LABEL, text));
    let bytes = unwrapped
        .as_ref()
        .map_or(bytes, |content| content.as_slice());
    let (protected_bytes, payload, signature) = parts(bytes)?;
    let head = AuditHead::from_payload(payload)?;
    let key = signing_keys(profile).find(|key| protected(key.id()) == protected_bytes)?;
    // There is one form of a head: what else reads alike is none.
    (sign1(protected_bytes, &head.payload(), signature) == bytes).then_some(())?;
    key.verifies(&to_be_signed(protected_bytes, payload), signature)
        .then_some(head)
        .filter(|head| head.vendor == profile.vendor)
}

/// The vendor's keys that sign, or signed, more than profiles; none that was revoked.
fn signing_keys(profile: &VendorProfile) -> impl Iterator<Item = VendorPublicKey> {
    profile
        .keys
        .iter()
        .filter(|key| key.purpose() == KeyPurpose::Signing && key.state() != KeyState::Revoked)
        .filter_map(|key| VendorPublicKey::from_spki(key.spki()).ok())
}

fn protected(kid: KeyId) -> Vec<u8> {
    let mut out = Vec::new();
    cbor::head(&mut out, MAP, 3);
    cbor::head(&mut out, UNSIGNED, ALG);
    cbor::negative(&mut out, PS256_AFTER_MINUS_1);
    cbor::head(&mut out, UNSIGNED, KID);
    cbor::bytes(&mut out, kid.as_bytes());
    cbor::head(&mut out, UNSIGNED, TYP_LABEL);
    cbor::text(&mut out, TYP);
    out
}

/// The `Sig_structure` of RFC 9052 §4.4.
fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    cbor::head(&mut out, ARRAY, 4);
    cbor::text(&mut out, "Signature1");
    cbor::bytes(&mut out, protected);
    cbor::bytes(&mut out, b"");
    cbor::bytes(&mut out, payload);
    out
}

fn sign1(protected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    cbor::head(&mut out, TAG, SIGN1);
    cbor::head(&mut out, ARRAY, 4);
    cbor::bytes(&mut out, protected);
    cbor::head(&mut out, MAP, 0);
    cbor::bytes(&mut out, payload);
    cbor::bytes(&mut out, signature);
    out
}

/// Protected header, payload and signature.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut input = Input(bytes);
    input.head(TAG)?;
    input.head(ARRAY)?;
    let protected = input.bytes()?;
    input.head(MAP)?;
    Some((protected, input.bytes()?, input.bytes()?))
}

impl Authority {
    /// Seals the audit log and signs its head. Kept away from the authority, it shows later
    /// whether the log is still the same ([`Authority::verify_audit`]).
    ///
    /// # Errors
    /// `system_failure` when the key does not sign; those of the database.
    pub async fn export_head(&self) -> Result<SignedAuditHead, AuditFault> {
        self.seal_audit().await?;
        let seal = {
            let mut transaction = self.database.read().await?;
            last_seal(&mut transaction, &self.vendor).await?
        };
        let head = AuditHead {
            vendor: self.vendor,
            seal,
            taken_at: self.clock.now(),
        };
        let keyring = self.renew_keys().await?;
        aside(move || head.sign(&keyring.signing)).await
    }

    /// Reads a head that this authority's vendor signed. The keys that count are those of its
    /// profile, and the profile counts if the profile key of this folder signed it: a key that
    /// someone wrote into the database signs nothing here.
    ///
    /// # Errors
    /// `audit_head_refused`; those of the database.
    pub async fn read_audit_head(&self, bytes: &[u8]) -> Result<AuditHead, AuditFault> {
        let mut transaction = self.database.read().await?;
        let stored = profile::newest(&mut transaction).await?;
        let profile = profile::read_own(&stored, &self.keyring().profile)
            .map_err(|_| AuditFault::HeadRefused)?;
        AuditHead::read(bytes, &profile)
    }
}
