//! API tokens.

use keyferry_authority::{ApiToken, ApiTokenRevoked, IssuedApiToken};
use keyferry_token::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{outcome, time};

/// An API token; no secret.
#[derive(Serialize, ToSchema)]
pub struct ApiTokenView {
    api_token_id: String,
    name: String,
    scopes: Vec<&'static str>,
    /// `active`, `expired` or `revoked`.
    status: &'static str,
    created_at: String,
    /// An actor, as the audit log names it.
    created_by: String,
    expires_at: String,
    /// To within five minutes.
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

impl ApiTokenView {
    /// As it is at this time.
    pub fn new(token: &ApiToken, now: Timestamp) -> Self {
        Self {
            api_token_id: token.id.to_string(),
            name: token.name.to_string(),
            scopes: token.scopes.iter().map(|scope| scope.name()).collect(),
            status: token.status(now).name(),
            created_at: token.created_at.to_string(),
            created_by: token.created_by.clone(),
            expires_at: token.expires_at.to_string(),
            last_used_at: time(token.last_used_at),
            revoked_at: time(token.revoked_at),
        }
    }
}

/// A new API token: the one time that its secret is shown.
#[derive(Serialize, ToSchema)]
pub struct ApiTokenAddedView {
    #[schema(example = "kf_…")]
    secret: String,
    #[serde(flatten)]
    token: ApiTokenView,
}

impl ApiTokenAddedView {
    /// As it is at this time.
    pub fn new(issued: &IssuedApiToken, now: Timestamp) -> Self {
        Self {
            secret: issued.secret.expose(),
            token: ApiTokenView::new(&issued.token, now),
        }
    }
}

/// An API token after it was to be taken back.
#[derive(Serialize, ToSchema)]
pub struct ApiTokenRevokedView {
    /// `revoked`, or `unchanged`.
    outcome: &'static str,
    /// The tokens that went with it, since it or one of them had made them.
    also_revoked: Vec<String>,
    #[serde(flatten)]
    token: ApiTokenView,
}

impl ApiTokenRevokedView {
    /// As it is at this time.
    pub fn new(revoked: &ApiTokenRevoked, now: Timestamp) -> Self {
        Self {
            outcome: outcome(revoked.changed, "revoked"),
            also_revoked: revoked.others.iter().map(ToString::to_string).collect(),
            token: ApiTokenView::new(&revoked.token, now),
        }
    }
}
