//! The vendor's side: products, entitlements, seats and signing.
//!
//! An [`Authority`] lives in a folder with its keys and its database. Whatever devices send comes
//! in through its one door, [`Authority::receive`]. The rules that decide are in
//! `keyferry-license`; here the facts are read, what was decided is done in one transaction, and
//! the answer is signed.

mod accounts;
mod activation;
mod api_token;
mod attempts;
mod audit;
mod authority;
mod backup;
mod clock;
mod columns;
mod contact;
mod courier;
mod cursor;
mod database;
mod deactivation;
mod entitlement;
mod entitlement_change;
mod entitlement_rows;
mod entitlement_state;
mod entropy;
mod erasure;
mod fault;
mod folder;
mod form_mark;
mod found;
mod grants;
mod holder;
mod holder_secret;
mod key_file;
mod keyring;
mod keys;
mod license_lists;
mod licenses;
mod occupation;
mod overview;
mod page;
mod passphrase;
mod permission;
mod policy;
mod portal;
mod product;
mod product_change;
mod profile;
mod purchase;
mod receive;
mod received;
mod refresh;
mod refreshes;
mod refusal;
mod register;
mod release;
mod request;
mod restore;
mod sealing;
mod seats;
mod session;
mod setup;
mod status;
mod status_code;
mod time_request;
mod vendor;
mod webhooks;

pub use accounts::{
    Account, AccountChange, AccountChanged, AccountFault, AccountName, AccountSession, AppSecret,
    Invitation, LinkSecret, RecoveryCodes, SignIn, TypedPassword,
};
pub use activation::{
    Activation, ActivationFault, ActivationFilter, ActivationRecord, ActivationStatus, DeviceToken,
    EndReason, GrantRecord,
};
pub use api_token::{
    API_TOKEN_LASTS, API_TOKEN_LONGEST, ApiCaller, ApiRate, ApiToken, ApiTokenFault,
    ApiTokenRevoked, ApiTokenSecret, ApiTokenStatus, IssuedApiToken, NewApiToken, Once, OnceCall,
    OnceFault,
};
pub use audit::{
    AuditAddress, AuditEntry, AuditFault, AuditFilter, AuditHash, AuditHead, AuditProof, AuditSeal,
    AuditSubject, SignedAuditHead, audit_genesis, audit_hash,
};
pub use authority::{Authority, Warning};
pub use backup::BackupFault;
pub use clock::{Clock, SystemClock};
pub use courier::{Brought, CourierFault, CourierRound, Medium, MediumFault, RealMedium};
pub use database::DatabaseUrl;
pub use entitlement::{
    Entitlement, EntitlementFault, EntitlementKey, IssuedEntitlement, NewEntitlement,
};
pub use entitlement_change::EntitlementTerms;
pub use entitlement_rows::{
    DraftOpens, DraftSeed, Draw, EntitlementDraft, EntitlementRow, EntitlementRowDone,
    EntitlementRowOutcome,
};
pub use entitlement_state::{EntitlementChange, EntitlementRenewal};
pub use entropy::EntropyFault;
pub use erasure::Erased;
pub use fault::{DatabaseFault, FileFault, SetupFault};
pub use form_mark::FormMark;
pub use found::{ActivationSearch, EntitlementSearch, LicenseSearch};
pub use holder::{HolderFault, HolderSession, Holding};
pub use holder_secret::ReplacedSecret;
pub use keys::{
    ExportedKey, KeyChangeFault, KeyDevice, KeyHome, KeyRecord, LockedKeys, Retired, Rotated,
    Rotation, Stranded, lock_keys,
};
pub use license_lists::{
    LicenseList, ListFault, ListId, ListRow, ListState, ListStop, ListWork, ListWorker, NewList,
};
pub use licenses::{
    IssuedLicense, LicenseAnchor, LicenseFault, LicenseFile, LicenseRecord, LicenseRow,
    LicenseTerms, NewLicense, RowForecast, RowKey,
};
pub use overview::{KeyDue, Overview, RefusedLately};
pub use page::{Page, Paged};
pub use passphrase::Passphrase;
pub use permission::{Permission, Role};
pub use portal::PortalAddress;
pub use product::{NewProduct, Product, ProductFault};
pub use product_change::{EmergencyOffer, ProductChange, ProductTerms};
pub use profile::{ProfileFault, PublishedFiles};
pub use received::{
    Answer, AnswerOutcome, GivenBack, Origin, Received, Refreshed, Refused, SealedAnswer, TimeTold,
};
pub use refresh::RefreshFault;
pub use refreshes::RefreshRow;
pub use release::{ReleaseChange, ReleaseFault};
pub use restore::{LostEntitlement, Restoration, RestoreFault, Restored, Unproven};
pub use sealing::SealingFault;
pub use session::{FormSeal, SessionSecret};
pub use setup::{InitOptions, OpenOptions};
pub use status::{Difference, StatusRead};
pub use status_code::StatusExplained;
pub use vendor::{Logo, LogoFault, VendorChange, VendorTerms};

pub use webhooks::{
    Delivery, DeliveryStatus, DueDelivery, IssuedWebhook, Told, Webhook, WebhookAddress,
    WebhookFault, WebhookSecret, webhook_events,
};

pub use keyferry_license::{
    Deactivated, EmergencyTerms, EntitlementStatus, Policy, Rating, RatingReason, Strength,
};
