//! `Idempotency-Key`: a call that has one is carried out once and answered alike for a day
//! (docs/decisions/answers-of-the-api-are-kept-sealed.md).

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body_util::BodyExt as _;
use keyferry_authority::{Once, OnceCall, OnceFault};
use keyferry_catalogue::Code;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::admit::Admitted;
use crate::{Portal, body::MAX_BODY, trouble::Trouble};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key.
const LONGEST: usize = 255;
/// The most bytes of an answer that is kept: more than any call gives that makes something.
const MOST_KEPT: usize = 4 * 1024 * 1024;
/// Seconds after which to ask again for what is under way.
const SOON: u64 = 2;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    kind: Option<String>,
    location: Option<String>,
    body: String,
}

/// Carries a call out once.
pub(super) async fn once(
    State(portal): State<Portal>,
    admitted: Admitted,
    request: Request,
    next: Next,
) -> Response {
    if *request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    let key = match key(request.headers()) {
        Ok(key) => key,
        Err(trouble) => return trouble.into_response(),
    };
    // To its end, also if the client goes away: otherwise nobody would know what became of it.
    let work = tokio::spawn(carry_out(portal, admitted, key, request, next));
    match work.await {
        Ok(response) => response,
        Err(_) => {
            Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, Code::PortalTrouble).into_response()
        }
    }
}

async fn carry_out(
    portal: Portal,
    admitted: Admitted,
    key: String,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_BODY).await else {
        return Trouble::too_large(MAX_BODY).into_response();
    };
    let call = OnceCall {
        token: admitted.caller().token.id,
        secret: admitted.secret(),
        key: &key,
        request: digest(&parts, &bytes),
    };
    match portal.authority().api_once(&call).await {
        Ok(Once::Begun) => {}
        Ok(Once::Answered(kept)) => return again(&kept),
        Err(fault) => return refused(&fault).into_response(),
    }
    let response = next
        .run(Request::from_parts(parts, Body::from(bytes)))
        .await;
    keep(&portal, &call, response).await
}

/// Keeps what came of the call, unless nothing was carried out.
async fn keep(portal: &Portal, call: &OnceCall<'_>, response: Response) -> Response {
    let authority = portal.authority();
    let not_carried_out = matches!(
        response.status(),
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
    );
    if not_carried_out {
        if let Err(fault) = authority.api_once_forget(call).await {
            tracing::warn!(code = fault.code().as_str(), "a call was not forgotten");
        }
        return response;
    }
    // What went wrong inside may have been carried out all the same: it stays begun.
    if response.status().is_server_error() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Problems are written only on the way out; until then they have a status and no body.
    let trouble = parts.extensions.get::<Trouble>().cloned();
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let text = |name| {
        let value = parts.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let mut kept = Kept {
        status: parts.status.as_u16(),
        kind: text(header::CONTENT_TYPE),
        location: text(header::LOCATION),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    if let Some(trouble) = trouble {
        let shown = super::problem_of(&trouble, StatusCode::OK.into_response());
        kept.kind = Some(super::problem::PROBLEM_JSON.to_owned());
        if let Ok(collected) = shown.into_body().collect().await {
            kept.body = String::from_utf8_lossy(&collected.to_bytes()).into_owned();
        }
    }
    let written = Zeroizing::new(serde_json::to_vec(&kept).unwrap_or_default());
    if written.len() <= MOST_KEPT
        && let Err(fault) = authority.api_once_answered(call, &written).await
    {
        tracing::warn!(code = fault.code().as_str(), "an answer was not kept");
    }
    parts
        .headers
        .insert(REPLAYED, HeaderValue::from_static("false"));
    Response::from_parts(parts, Body::from(bytes))
}

/// The answer that was kept.
fn again(kept: &[u8]) -> Response {
    let Ok(kept) = serde_json::from_slice::<Kept>(kept) else {
        return Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, Code::PortalTrouble)
            .into_response();
    };
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in [
        (header::CONTENT_TYPE, kept.kind),
        (header::LOCATION, kept.location),
        (REPLAYED, Some("true".to_owned())),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// The key of a call, where it has one.
///
/// # Errors
/// `idempotency_key_refused`.
pub(super) fn given(headers: &HeaderMap) -> Result<Option<String>, Trouble> {
    let given = headers.contains_key(KEY);
    given.then(|| key(headers)).transpose()
}

/// The key of a call.
fn key(headers: &HeaderMap) -> Result<String, Trouble> {
    let mut given = headers.get_all(KEY).iter();
    let text = given.next().and_then(|value| value.to_str().ok());
    let visible = |text: &&str| {
        (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    };
    match (text.filter(visible), given.next()) {
        (Some(key), None) => Ok(key.to_owned()),
        _ => Err(Trouble::new(
            StatusCode::BAD_REQUEST,
            Code::IdempotencyKeyRefused,
        )),
    }
}

/// All that a call says.
fn digest(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let address = parts
        .uri
        .path_and_query()
        .map_or("", |address| address.as_str());
    for part in [
        parts.method.as_str().as_bytes(),
        address.as_bytes(),
        kind.map_or(b"".as_slice(), HeaderValue::as_bytes),
        body,
    ] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn refused(fault: &OnceFault) -> Trouble {
    let status = match fault {
        OnceFault::Reused => StatusCode::UNPROCESSABLE_ENTITY,
        OnceFault::UnderWay | OnceFault::CutOff => StatusCode::CONFLICT,
        OnceFault::Sealing(_) | OnceFault::Database(_) => {
            return Trouble::from(fault.problem());
        }
    };
    Trouble {
        retry_after: matches!(fault, OnceFault::UnderWay).then_some(SOON),
        ..Trouble::new(status, fault.problem())
    }
}
