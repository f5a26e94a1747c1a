//! Who calls: the API token in `Authorization`, and what it allows.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, WWW_AUTHENTICATE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use keyferry_authority::{ApiCaller, ApiTokenFault, ApiTokenSecret, Origin, Permission};
use keyferry_catalogue::{Code, Problem};

use crate::{Portal, trouble::Trouble};

/// What a program that is let in needs to be (RFC 6750 §3).
const SCHEME: &str = "Bearer realm=\"keyferry\"";
const NOT_TAKEN: &str = "Bearer realm=\"keyferry\", error=\"invalid_token\"";

/// A program that was let in.
#[derive(Clone)]
pub(super) struct Admitted(Arc<Inner>);

struct Inner {
    caller: ApiCaller,
    secret: ApiTokenSecret,
}

impl Admitted {
    /// That its token allows this.
    ///
    /// # Errors
    /// `api_scope_missing`.
    pub(super) fn needs(&self, permission: Permission) -> Result<(), Trouble> {
        if self.0.caller.token.may(permission) {
            return Ok(());
        }
        let problem = Problem::new(Code::ApiScopeMissing).with("scope", permission);
        Err(Trouble::new(StatusCode::FORBIDDEN, problem))
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.0.caller.origin
    }

    pub(super) fn caller(&self) -> &ApiCaller {
        &self.0.caller
    }

    pub(super) fn secret(&self) -> &ApiTokenSecret {
        &self.0.secret
    }
}

impl<S: Sync> FromRequestParts<S> for Admitted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let admitted = parts.extensions.get::<Self>().cloned();
        admitted.ok_or_else(|| refused(SCHEME))
    }
}

/// Lets programs in whose token counts, as often as they may call.
pub(super) async fn admit(
    State(portal): State<Portal>,
    mut request: Request,
    next: Next,
) -> Response {
    let secret = match secret(request.headers()) {
        Ok(secret) => secret,
        Err(scheme) => return refused(scheme),
    };
    let rate = portal.config().api_rate;
    match portal.authority().api_call(&secret, rate).await {
        Ok(caller) => {
            let admitted = Admitted(Arc::new(Inner { caller, secret }));
            request.extensions_mut().insert(admitted);
            next.run(request).await
        }
        Err(ApiTokenFault::Refused) => refused(NOT_TAKEN),
        Err(fault @ ApiTokenFault::TooManyCalls { seconds }) => Trouble {
            retry_after: Some(seconds),
            ..Trouble::new(StatusCode::TOO_MANY_REQUESTS, fault.problem())
        }
        .into_response(),
        Err(fault) => Trouble::from(fault.problem()).into_response(),
    }
}

/// The secret that was sent, once and in this way only.
fn secret(headers: &HeaderMap) -> Result<ApiTokenSecret, &'static str> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let first = sent.next().ok_or(SCHEME)?;
    let text = first.to_str().map_err(|_| NOT_TAKEN)?;
    let (scheme, secret) = text.split_once(' ').ok_or(NOT_TAKEN)?;
    if sent.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return Err(NOT_TAKEN);
    }
    ApiTokenSecret::read(secret.trim()).ok_or(NOT_TAKEN)
}

fn refused(scheme: &'static str) -> Response {
    let trouble = Trouble::new(StatusCode::UNAUTHORIZED, Code::ApiAccessRefused);
    let mut response = trouble.into_response();
    let headers = response.headers_mut();
    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    response
}
