//! For a holder: their seats, which computer holds which, a new lease, a lost computer.

mod changes;
mod enter;
mod seats;

use axum::{
    Router,
    extract::{FromRequestParts, Path},
    http::request::Parts,
    routing::{get, post},
};
use keyferry_authority::{FormSeal, HolderSession};
use keyferry_token::ActivationId;

use crate::{Portal, answer::Form, caller::Caller, session, session::Cookie, trouble::Trouble};

const PAGE: &str = "/holder";

const COOKIE: Cookie = Cookie {
    under_tls: "__Host-keyferry-holder",
    plain: "keyferry-holder",
};

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(seats::page))
        .route("/holder/enter", post(enter::enter))
        .route("/holder/leave", post(enter::leave))
        .route("/holder/refresh/{activation}", post(changes::refresh))
        .route(
            "/holder/release/{activation}",
            get(changes::ask).post(changes::release),
        )
        .route("/holder/allow/{activation}", post(changes::allow))
}

/// A holder who has entered.
struct Entered {
    session: HolderSession,
    seal: FormSeal,
}

impl Entered {
    /// Who has entered, if somebody has.
    async fn find(parts: &mut Parts, portal: &Portal) -> Result<Option<Self>, Trouble> {
        let Ok(caller) = Caller::from_request_parts(parts, &()).await;
        let Some(secret) = COOKIE.read(&parts.headers, caller) else {
            return Ok(None);
        };
        let session = portal.authority().holder_session(&secret).await;
        let session = session.map_err(|fault| fault.problem())?;
        Ok(session.map(|session| Self {
            session,
            seal: portal.authority().form_seal(&secret),
        }))
    }

    /// That a form was shown in this session.
    fn check(&self, form: &Form) -> Result<(), Trouble> {
        session::check(form, &self.seal)
    }
}

impl FromRequestParts<Portal> for Entered {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Trouble> {
        let entered = Self::find(parts, portal).await?;
        entered.ok_or_else(Trouble::form_outdated)
    }
}

/// The activation that an address names.
fn named(Path(text): Path<String>) -> Result<ActivationId, Trouble> {
    text.parse().map_err(|_| Trouble::page_unknown())
}
