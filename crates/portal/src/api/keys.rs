//! The vendor's keys: which there are, and how one takes another's place.

use axum::{Json, extract::State, http::StatusCode};
use keyferry_authority::{Permission, Rotation};
use keyferry_terminal::duration;
use keyferry_token::KeyId;
use keyferry_views::{KeyRetiredView, KeyRetirementView, KeyRotatedView, KeyView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    problem::{body_refused, told},
    take::{Content, Named, Nothing, Params, field},
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(rotate))
        .routes(routes!(retirement))
        .routes(routes!(retire))
}

/// The vendor's keys.
#[derive(Serialize, ToSchema)]
struct KeysView {
    keys: Vec<KeyView>,
}

/// Which key gets another one in its place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RotationBody {
    purpose: PurposeBody,
    /// Of an exchange key: how long the old one still opens; two years unless given.
    #[schema(example = "365d", pattern = "^[0-9]+[dh]$")]
    opens_for: Option<String>,
}

/// What a key is for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PurposeBody {
    /// Signs vendor profiles.
    Profile,
    /// Signs licenses and answers.
    Signing,
    /// Opens what computers lock for the vendor.
    Exchange,
}

/// List the vendor's keys
#[utoipa::path(get, path = "/keys", tag = "Keys", operation_id = "listKeys",
    responses((status = 200, description = "All keys", body = KeysView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Json<KeysView>, Trouble> {
    who.needs(Permission::ReadKeys)?;
    let keys = portal.authority().keys().await;
    let keys = keys.map_err(|fault| told(fault.problem()))?;
    Ok(Json(KeysView {
        keys: keys.iter().map(KeyView::from).collect(),
    }))
}

/// Put a new key in the place of the one in use
///
/// Not for a signing key that lives in a device: that is done at the command line.
#[utoipa::path(post, path = "/keys/rotate", tag = "Keys", operation_id = "rotateKey", request_body = RotationBody,
    responses((status = 200, description = "The new key", body = KeyRotatedView)))]
async fn rotate(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<RotationBody>,
) -> Result<Json<KeyRotatedView>, Trouble> {
    who.needs(Permission::WriteKeys)?;
    let rotation = match (body.purpose, &body.opens_for) {
        (PurposeBody::Exchange, None) => Rotation::Exchange {
            opens_for: Rotation::OPENS_FOR,
        },
        (PurposeBody::Exchange, Some(text)) => Rotation::Exchange {
            opens_for: field(text, duration)?,
        },
        (_, Some(_)) => {
            let problem = body_refused("opens_for is for an exchange key").problem;
            return Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, problem));
        }
        (PurposeBody::Profile, None) => Rotation::Profile,
        (PurposeBody::Signing, None) => Rotation::Signing,
    };
    let rotated = portal.authority().rotate_key(rotation, who.origin()).await;
    let rotated = rotated.map_err(|fault| told(fault.problem()))?;
    Ok(Json(KeyRotatedView::from(&rotated)))
}

/// Show what retiring a key comes to
///
/// Nothing is changed by it.
#[utoipa::path(get, path = "/keys/{key_id}/retirement", tag = "Keys", operation_id = "showKeyRetirement",
    params(("key_id" = String, Path)),
    responses((status = 200, description = "What would not count any more", body = KeyRetirementView)))]
async fn retirement(
    State(portal): State<Portal>,
    who: Admitted,
    Named(key): Named<KeyId>,
    _: Params<Nothing>,
) -> Result<Json<KeyRetirementView>, Trouble> {
    who.needs(Permission::ReadKeys)?;
    let stranded = portal.authority().key_retirement(key).await;
    let stranded = stranded.map_err(|fault| told(fault.problem()))?;
    Ok(Json(KeyRetirementView::new(key, &stranded)))
}

/// Retire a replaced key for good
///
/// It opens nothing any more, and nothing counts that it signed: see what that comes to first. The vendor profile
/// is signed anew: hand it out again.
#[utoipa::path(post, path = "/keys/{key_id}/retire", tag = "Keys", operation_id = "retireKey",
    params(("key_id" = String, Path)),
    responses((status = 200, description = "The key as it is now, and what that came to", body = KeyRetiredView)))]
async fn retire(
    State(portal): State<Portal>,
    who: Admitted,
    Named(key): Named<KeyId>,
    _: Params<Nothing>,
) -> Result<Json<KeyRetiredView>, Trouble> {
    who.needs(Permission::WriteKeys)?;
    let authority = portal.authority();
    let stranded = authority.key_retirement(key).await;
    let stranded = stranded.map_err(|fault| told(fault.problem()))?;
    let retired = authority.retire_key(key, who.origin()).await;
    let retired = retired.map_err(|fault| told(fault.problem()))?;
    Ok(Json(KeyRetiredView::new(&retired, &stranded)))
}
