//! Entering with the holder secret, and leaving.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse as _, Redirect, Response},
};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{ActivationCode, CodeFault, HolderSecret};
use zeroize::Zeroizing;

use super::{COOKIE, Entered, PAGE};
use crate::{
    Portal,
    answer::Form,
    caller::Caller,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::Told,
};

const TITLE: &str = "Your seats";
/// As long as the authority lets a session last; a cookie that outlives it opens nothing.
const SECONDS: u64 = 30 * 60;

#[derive(Template)]
#[template(path = "enter.html")]
struct EnterPage {
    frame: Frame,
    told: Option<Told>,
}

/// Asks for the holder secret.
pub(super) async fn ask(portal: &Portal) -> Response {
    let frame = portal.frame(Here::Holder, TITLE).await;
    page(StatusCode::OK, &EnterPage { frame, told: None })
}

/// Lets a holder in. What was typed is never written back.
pub(super) async fn enter(
    State(portal): State<Portal>,
    caller: Caller,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    let typed = Zeroizing::new(form.field("secret").to_owned());
    let secret = match read(&typed) {
        Ok(secret) => secret,
        Err(problem) => return Ok(again(&portal, StatusCode::UNPROCESSABLE_ENTITY, &problem).await),
    };
    let origin = caller.origin();
    let entered = portal.authority().holder_enter(&secret, &origin);
    match entered.await.map_err(|fault| fault.problem()) {
        Ok((secret, _)) => {
            let cookie = COOKIE.give(caller, &secret, SECONDS);
            Ok(([(SET_COOKIE, cookie)], Redirect::to(PAGE)).into_response())
        }
        Err(problem) if problem.code == Code::HolderSecretNotAccepted => {
            Ok(again(&portal, StatusCode::FORBIDDEN, &problem).await)
        }
        Err(problem) => Err(problem.into()),
    }
}

fn read(typed: &str) -> Result<HolderSecret, Problem> {
    HolderSecret::read(typed).map_err(|fault| match fault {
        CodeFault::Length { .. } if ActivationCode::read(typed).is_ok() => {
            Problem::new(Code::ActivationCodeGiven)
        }
        CodeFault::Length { have, want } => Problem::new(Code::HolderSecretIncomplete)
            .with("have", have)
            .with("want", want),
        CodeFault::Empty => Problem::new(Code::NothingRead),
        CodeFault::Mistyped | CodeFault::HolderSecret => Problem::new(Code::HolderSecretMistyped),
    })
}

async fn again(portal: &Portal, status: StatusCode, problem: &Problem) -> Response {
    let frame = portal.frame(Here::Holder, &format!("Error: {TITLE}")).await;
    let told = Some(Told::of(problem));
    page(status, &EnterPage { frame, told })
}

/// Ends the session.
pub(super) async fn leave(
    State(portal): State<Portal>,
    caller: Caller,
    headers: HeaderMap,
    entered: Entered,
    request: Request,
) -> Result<Response, Trouble> {
    entered.check(&Form::read(request).await?)?;
    if let Some(secret) = COOKIE.read(&headers, caller) {
        let left = portal.authority().holder_leave(&secret).await;
        left.map_err(|fault| fault.problem())?;
    }
    let cookie = COOKIE.take(caller);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(PAGE)).into_response())
}
