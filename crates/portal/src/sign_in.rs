//! Signing in at the vendor's pages, signing out, and beginning with a link.

mod begin;

use askama::Template;
use axum::{
    Router,
    extract::{Query, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{RETRY_AFTER, SET_COOKIE},
    },
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use keyferry_authority::{AccountSession, SessionSecret, SignIn, TypedPassword};
use keyferry_catalogue::Code;

use crate::{
    Portal,
    account::{COOKIE, SIGN_IN, SignedIn, own_page},
    answer::Form,
    caller::Caller,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::Told,
};

pub(crate) use begin::BEGIN;

const TITLE: &str = "Sign in";

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route(SIGN_IN, get(ask).post(sign_in))
        .route("/sign-out", post(sign_out))
        .merge(begin::routes())
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    told: Option<Told>,
    /// Whether it is about what was filled in.
    wrong: bool,
    name: String,
    to: String,
    out: bool,
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    /// Where to go then.
    to: Option<String>,
    /// Whether somebody just signed out.
    out: Option<String>,
}

/// Asks who it is; whoever has signed in goes on.
async fn ask(
    State(portal): State<Portal>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let to = own_page(wanted.to.as_deref().unwrap_or_default());
    if SignedIn::find(&headers, caller, &portal).await?.is_some() {
        return Ok(Redirect::to(to).into_response());
    }
    let view = SignInPage {
        frame: portal.frame(Here::Vendor, TITLE).await,
        told: None,
        wrong: false,
        name: String::new(),
        to: to.to_owned(),
        out: wanted.out.is_some(),
    };
    Ok(page(StatusCode::OK, &view))
}

/// Lets somebody in. Of what they typed the name alone is written back.
async fn sign_in(
    State(portal): State<Portal>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    let typed = SignIn {
        name: form.field("name").to_owned(),
        password: TypedPassword::new(form.field("password")),
        code: form.field("code").to_owned(),
    };
    let to = own_page(form.field("to"));
    let entered = portal.authority().sign_in(&typed, &caller.origin()).await;
    match entered.map_err(|fault| fault.problem()) {
        Ok(entered) => let_in(&portal, caller, &headers, &entered, to).await,
        Err(problem) if matches!(problem.code, Code::SignInNotAccepted | Code::SignInLocked) => {
            let view = SignInPage {
                frame: portal.frame(Here::Vendor, &format!("Error: {TITLE}")).await,
                wrong: problem.code == Code::SignInNotAccepted,
                told: Some(Told::of(&problem)),
                name: typed.name.clone(),
                to: to.to_owned(),
                out: false,
            };
            let mut response = page(StatusCode::FORBIDDEN, &view);
            if let Some(seconds) = Trouble::from(problem).retry_after {
                *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                let headers = response.headers_mut();
                headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Gives the browser its new session; the one that it had ends.
async fn let_in(
    portal: &Portal,
    caller: Caller,
    headers: &HeaderMap,
    (secret, _): &(SessionSecret, AccountSession),
    to: &str,
) -> Result<Response, Trouble> {
    if let Some(before) = COOKIE.read(headers, caller) {
        let ended = portal.authority().sign_out(&before).await;
        ended.map_err(|fault| fault.problem())?;
    }
    let cookie = COOKIE.give(caller, secret, AccountSession::LONGEST.get());
    Ok(([(SET_COOKIE, cookie)], Redirect::to(to)).into_response())
}

/// Ends the session.
async fn sign_out(
    State(portal): State<Portal>,
    caller: Caller,
    headers: HeaderMap,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.check(&Form::read(request).await?)?;
    if let Some(secret) = COOKIE.read(&headers, caller) {
        let ended = portal.authority().sign_out(&secret).await;
        ended.map_err(|fault| fault.problem())?;
    }
    let cookie = COOKIE.take(caller);
    let to = Redirect::to(&format!("{SIGN_IN}?out=yes"));
    Ok(([(SET_COOKIE, cookie)], to).into_response())
}
