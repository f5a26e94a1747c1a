//! The password once more, for what decides over people and keys: a screen that was left open is not enough.

use std::ops::ControlFlow;

use askama::Template;
use axum::{extract::Request, http::StatusCode, response::Response};
use keyferry_authority::{AccountFault, TypedPassword};
use keyferry_catalogue::Problem;

use super::Section;
use crate::{
    Portal,
    account::SignedIn,
    answer::Form,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::Told,
};

/// The field in which it is.
const PASSWORD: &str = "password";

#[derive(Template)]
#[template(path = "desk/prove.html")]
struct ProvePage {
    frame: Frame,
    seal: String,
    told: Option<Told>,
    name: String,
    /// Where the form goes on to, with what was filled in.
    action: String,
    fields: Vec<(String, String)>,
    back: &'static str,
}

/// Reads a form that was shown in this session, of somebody who gave the password in it a short while ago or
/// gives it now. Otherwise the page to show, which asks for it and brings what was filled in once more.
pub(super) async fn proven_form(
    portal: &Portal,
    who: &SignedIn,
    section: Section,
    request: Request,
) -> Result<ControlFlow<Response, Form>, Trouble> {
    let action = request.uri().path().to_owned();
    let form = Form::read(request).await?;
    who.check(&form)?;
    let (authority, session) = (portal.authority(), who.session());
    if session.is_proven(authority.now()) {
        return Ok(ControlFlow::Continue(form));
    }
    let typed = form.field(PASSWORD);
    let mut problem = None;
    if !typed.is_empty() {
        match authority.prove(session, &TypedPassword::new(typed)).await {
            Ok(()) => return Ok(ControlFlow::Continue(form)),
            Err(fault @ AccountFault::PasswordNotAccepted) => problem = Some(fault.problem()),
            Err(fault) => return Err(fault.problem().into()),
        }
    }
    let problem: Option<&Problem> = problem.as_ref();
    let (status, title) = match problem {
        Some(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Error: Your password once more",
        ),
        None => (StatusCode::FORBIDDEN, "Your password once more"),
    };
    let carried = |(name, _): &(String, String)| name != PASSWORD && name != "seal";
    let view = ProvePage {
        frame: portal.desk(who, section, title).await,
        seal: who.seal().expose(),
        told: problem.map(Told::of),
        name: who.account().name.to_string(),
        action,
        fields: form.fields.into_iter().filter(carried).collect(),
        back: section.path(),
    };
    Ok(ControlFlow::Break(page(status, &view)))
}
