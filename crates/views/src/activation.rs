//! Activations, and what is made for them.

use keyferry_authority::{
    Activation, ActivationRecord, DeviceToken, EndReason, GrantRecord, Refreshed, ReleaseChange,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{TokenView, outcome, time, times, token};

/// An activation.
#[derive(Serialize, ToSchema)]
pub struct ActivationView {
    #[schema(example = "7Q2K-9MPX-4RTW-0B3D")]
    activation_id: String,
    entitlement_id: String,
    product: String,
    /// Which of the entitlement's seats, from 1.
    seat: u32,
    label: String,
    platform: String,
    device_id: String,
    /// `active`, `leaving`, `superseded`, `deactivated` or `released`.
    status: &'static str,
    activated_at: String,
    lease_expires_at: String,
    grace_until: String,
    superseded_at: Option<String>,
    ended_at: Option<String>,
    ended_why: Option<&'static str>,
    frees_at: Option<String>,
    device_blocked: bool,
    emergency_runs: Vec<String>,
}

impl From<&Activation> for ActivationView {
    fn from(activation: &Activation) -> Self {
        Self {
            activation_id: activation.id.to_string(),
            entitlement_id: activation.entitlement.to_string(),
            product: activation.product.to_string(),
            seat: activation.seat,
            label: activation.label.to_string(),
            platform: activation.platform.to_string(),
            device_id: activation.device.to_string(),
            status: activation.status.name(),
            activated_at: activation.activated_at.to_string(),
            lease_expires_at: activation.lease_expires_at.to_string(),
            grace_until: activation.grace_until.to_string(),
            superseded_at: time(activation.superseded_at),
            ended_at: time(activation.ended_at),
            ended_why: activation.ended_why.map(EndReason::name),
            frees_at: time(activation.frees_at),
            device_blocked: activation.device_blocked,
            emergency_runs: times(&activation.emergency_runs),
        }
    }
}

/// An activation after it was to be changed.
#[derive(Serialize, ToSchema)]
pub struct ActivationChangedView {
    /// `released`, `allowed`, or `unchanged`.
    pub outcome: &'static str,
    #[serde(flatten)]
    activation: ActivationView,
}

impl ActivationChangedView {
    /// `done` is its outcome where something was changed.
    pub fn new(change: &ReleaseChange, done: &'static str) -> Self {
        Self {
            outcome: outcome(change.changed, done),
            activation: ActivationView::from(&change.activation),
        }
    }
}

/// An activation with its history; each list has the latest first.
#[derive(Serialize, ToSchema)]
pub struct ActivationShownView {
    #[serde(flatten)]
    activation: ActivationView,
    rebinds_within_year: u32,
    moves_within_year: u32,
    history: Vec<ActivationView>,
    grants: Vec<GrantView>,
    tokens: Vec<DeviceTokenView>,
}

/// An answer or a refresh that was given.
#[derive(Serialize, ToSchema)]
pub struct GrantView {
    token_id: String,
    /// The request that it answered; null for a refresh.
    request_id: Option<String>,
    sequence: u64,
    status: &'static str,
    lease_expires_at: Option<String>,
    issued_at: String,
}

/// What a computer sent.
#[derive(Serialize, ToSchema)]
pub struct DeviceTokenView {
    kind: String,
    token_id: String,
    number: u64,
    /// By its own clock.
    made_at: String,
    received_at: String,
}

impl From<&ActivationRecord> for ActivationShownView {
    fn from(record: &ActivationRecord) -> Self {
        Self {
            activation: ActivationView::from(&record.activation),
            rebinds_within_year: record.rebinds,
            moves_within_year: record.moves,
            history: record.history.iter().map(ActivationView::from).collect(),
            grants: record.grants.iter().map(GrantView::from).collect(),
            tokens: record.tokens.iter().map(DeviceTokenView::from).collect(),
        }
    }
}

impl From<&GrantRecord> for GrantView {
    fn from(grant: &GrantRecord) -> Self {
        Self {
            token_id: grant.token.to_string(),
            request_id: grant.request.map(|id| id.to_string()),
            sequence: grant.sequence.0,
            status: grant.status.name(),
            lease_expires_at: time(grant.lease_expires_at),
            issued_at: grant.issued_at.to_string(),
        }
    }
}

impl From<&DeviceToken> for DeviceTokenView {
    fn from(token: &DeviceToken) -> Self {
        Self {
            kind: token.kind.clone(),
            token_id: token.token.to_string(),
            number: token.number.0,
            made_at: token.made_at.to_string(),
            received_at: token.received_at.to_string(),
        }
    }
}

/// A refresh that was made.
#[derive(Serialize, ToSchema)]
pub struct RefreshedView {
    /// `refreshed`.
    outcome: &'static str,
    activation_id: String,
    product: String,
    label: String,
    device_id: String,
    /// `active`, `suspended` or `revoked`.
    status: &'static str,
    lease_expires_at: Option<String>,
    token: TokenView,
}

impl From<&Refreshed> for RefreshedView {
    fn from(refreshed: &Refreshed) -> Self {
        Self {
            outcome: "refreshed",
            activation_id: refreshed.activation.to_string(),
            product: refreshed.product.to_string(),
            label: refreshed.label.to_string(),
            device_id: refreshed.device.to_string(),
            status: refreshed.status.name(),
            lease_expires_at: time(refreshed.lease_expires_at),
            token: token(&refreshed.sealed),
        }
    }
}
