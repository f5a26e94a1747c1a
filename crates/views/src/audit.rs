//! The audit log.

use keyferry_authority::{AuditEntry, AuditHead, AuditProof, SignedAuditHead};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An entry of the audit log (`docs/spec/audit.md`).
#[derive(Serialize, ToSchema)]
pub struct AuditEntryView {
    /// Its place in the chain; null where it is not sealed yet.
    position: Option<u64>,
    time: String,
    actor: String,
    action: String,
    product: Option<String>,
    entitlement_id: Option<String>,
    activation_id: Option<String>,
    device_id: Option<String>,
    token_id: Option<String>,
    license_id: Option<String>,
    key_id: Option<String>,
    /// From 2 on once the books were brought back from a backup, and one more each time; null before.
    epoch: Option<u64>,
    #[schema(value_type = Object)]
    detail: Map<String, Value>,
}

impl From<&AuditEntry> for AuditEntryView {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            position: entry.seal.map(|seal| seal.position),
            time: entry.at.to_string(),
            actor: entry.who(),
            action: entry.action.clone(),
            product: entry.product.as_ref().map(ToString::to_string),
            entitlement_id: entry.entitlement.map(|id| id.to_string()),
            activation_id: entry.activation.map(|id| id.to_string()),
            device_id: entry.device.map(|id| id.to_string()),
            token_id: entry.token.map(|id| id.to_string()),
            license_id: entry.license.map(|id| id.to_string()),
            key_id: entry.key.map(|id| id.to_string()),
            epoch: entry.epoch,
            detail: detail(&entry.detail),
        }
    }
}

/// What an entry stores, as an object. Something else was not written by this program; the proof tells, and
/// here it is shown as it is.
pub fn detail(stored: &str) -> Map<String, Value> {
    match serde_json::from_str(stored) {
        Ok(Value::Object(detail)) => detail,
        Ok(_) | Err(_) => Map::from_iter([("unreadable".to_owned(), stored.into())]),
    }
}

/// A head of the audit log: how far it goes, and when it was taken.
#[derive(Serialize, ToSchema)]
pub struct AuditHeadView {
    position: u64,
    time: String,
}

impl From<&AuditHead> for AuditHeadView {
    fn from(head: &AuditHead) -> Self {
        Self {
            position: head.position(),
            time: head.taken_at().to_string(),
        }
    }
}

/// A signed head of the audit log.
#[derive(Serialize, ToSchema)]
pub struct SignedAuditHeadView {
    #[serde(flatten)]
    head: AuditHeadView,
    /// The head, to be kept where nobody changes it.
    pub text: String,
}

impl From<&SignedAuditHead> for SignedAuditHeadView {
    fn from(signed: &SignedAuditHead) -> Self {
        Self {
            head: AuditHeadView::from(&signed.head),
            text: signed.text.clone(),
        }
    }
}

/// That the audit log is whole.
#[derive(Serialize, ToSchema)]
pub struct AuditProofView {
    /// `verified`.
    outcome: &'static str,
    entries: u64,
    /// The head that it was held against.
    head: Option<AuditHeadView>,
}

impl From<&AuditProof> for AuditProofView {
    fn from(proof: &AuditProof) -> Self {
        Self {
            outcome: "verified",
            entries: proof.entries,
            head: proof.against.as_ref().map(AuditHeadView::from),
        }
    }
}
