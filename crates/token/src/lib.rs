//! Keyferry's wire formats: parse, verify, seal, open, armor and QR text.
//!
//! The specification is `docs/spec/`; this crate is its one reference implementation. It does no
//! I/O and has no clock and no randomness of its own: the caller gives all three.
//!
//! Untrusted bytes come in through [`Artefact::read`] (or one of the typed parsers behind it) and
//! become readable only in steps: [`SealedToken`] → [`OpenedToken`] → [`Verified`].

pub use p256::elliptic_curve::rand_core;

mod activation_code;
mod armor;
mod artefact;
mod cbor;
mod claims;
mod cose;
mod crockford;
mod deactivation;
mod direction;
mod fault;
mod fingerprint;
mod grant;
mod ids;
mod keys;
mod kind;
mod license;
mod profile;
mod profile_key;
pub mod qr;
mod refresh;
mod refusal;
mod request;
mod response;
mod state;
mod status_code;
mod status_report;
mod text;
mod time;
mod time_answer;
mod time_request;
mod token;
mod vendor_keys;
mod words;

pub use activation_code::{ActivationCode, ActivationSecret, CodeFault, CodeTag, HolderSecret};
pub use armor::{Armored, armor};
pub use artefact::{Artefact, MAX_PASTE, text_of};
pub use deactivation::{Deactivation, DeactivationReason};
pub use direction::{FromDevice, FromVendor};
pub use fault::{KeyFault, OpenFault, ParseFault, SealFault, TextFault, VerifyFault};
pub use fingerprint::{ComponentDigest, ComponentKind, Fingerprint};
pub use grant::{EmergencyAllowance, Grant, SeatStatus};
pub use ids::{
    AccountId, ActivationId, ApiTokenId, Challenge, DeviceId, EntitlementId, KeyId, LicenseId,
    ProductCode, RequestNumber, Sequence, TokenId, VendorId, WebhookId, WebhookMessageId,
};
pub use keys::{
    ContentKey, DevicePublicKey, DeviceSigningKey, ExchangePublicKey, ExchangeSecretKey,
    SignerFault, VendorPublicKey, VendorSigner,
};
pub use kind::{ArtefactKind, TokenKind};
pub use license::{Binding, License, LicenseTerm, SignedLicense, UsbId, sign_license};
pub use profile::{
    Colour, ProductEntry, SignedProfile, VendorProfile, is_portal_address, sign_profile,
};
pub use profile_key::{KeyPurpose, KeyState, ProfileKey};
pub use refresh::Refresh;
pub use refusal::{RefusedCode, VendorRefusal};
pub use request::ActivationRequest;
pub use response::ActivationResponse;
pub use state::State;
pub use status_code::{StatusCode, StatusCodeFault, StatusFacts};
pub use status_report::StatusReport;
pub use text::{BoundedText, Feature, Label, Name};
pub use time::{Seconds, Timestamp};
pub use time_answer::TimeAnswer;
pub use time_request::TimeRequest;
pub use token::{
    OpenedToken, Sealed, SealedToken, SignedToken, Verified, seal_for_device, seal_for_vendor,
};
pub use vendor_keys::VendorKeys;
pub use words::VendorFingerprint;

/// Largest token that is read or written, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;
/// Largest license that is read or written, in bytes.
pub const MAX_LICENSE: usize = 64 * 1024;
/// Largest vendor profile that is read or written, in bytes.
pub const MAX_PROFILE: usize = 128 * 1024;
/// The format version that this crate writes and reads.
pub const FORMAT_VERSION: u64 = 1;
