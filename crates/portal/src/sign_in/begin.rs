//! Beginning with a link: whoever has one sets a password. The link's secret is behind its `#`, so that it
//! is in no log and no address bar of a request; a script puts it into the form, and without one it is
//! pasted.

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use keyferry_authority::{AccountFault, LinkSecret, TypedPassword};
use keyferry_catalogue::{Code, Problem};

use super::let_in;
use crate::{
    Portal,
    account::DESK,
    answer::Form,
    caller::Caller,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::Told,
};

/// Where a link leads.
pub(crate) const BEGIN: &str = "/welcome";
const TITLE: &str = "Begin with your link";

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(BEGIN, get(ask).post(welcome))
        .route("/welcome/password", post(set))
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    frame: Frame,
    told: Option<Told>,
}

#[derive(Template)]
#[template(path = "set_password.html")]
struct PasswordPage {
    frame: Frame,
    told: Option<Told>,
    link: String,
    name: String,
    /// Whether there was a password before.
    anew: bool,
}

/// Asks for the link.
async fn ask(State(portal): State<Portal>) -> Response {
    let frame = portal.frame(Here::Vendor, TITLE).await;
    page(StatusCode::OK, &WelcomePage { frame, told: None })
}

/// Takes the link, and asks for a password.
async fn welcome(State(portal): State<Portal>, request: Request) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    let text = form.field("link");
    if text.trim().is_empty() {
        return Ok(again(&portal, &Problem::new(Code::NothingRead)).await);
    }
    match LinkSecret::read(text) {
        Some(link) => choose(&portal, &link, None).await,
        None => Ok(again(&portal, &AccountFault::LinkNotAccepted.problem()).await),
    }
}

/// Sets the password.
async fn set(
    State(portal): State<Portal>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    let Some(link) = LinkSecret::read(form.field("link")) else {
        return Ok(again(&portal, &AccountFault::LinkNotAccepted.problem()).await);
    };
    if form.field("password") != form.field("again") {
        return choose(&portal, &link, Some(Problem::new(Code::PasswordsDiffer))).await;
    }
    let password = TypedPassword::new(form.field("password"));
    let accepted = portal
        .authority()
        .account_accept(&link, &password, &caller.origin())
        .await;
    match accepted.map_err(|fault| fault.problem()) {
        Ok(entered) => let_in(&portal, caller, &headers, &entered, DESK).await,
        Err(problem) if is_about_a_password(problem.code) => {
            choose(&portal, &link, Some(problem)).await
        }
        Err(problem) if problem.code == Code::LinkNotAccepted => Ok(again(&portal, &problem).await),
        Err(problem) => Err(problem.into()),
    }
}

/// Whether choosing another password helps.
pub(crate) const fn is_about_a_password(code: Code) -> bool {
    matches!(
        code,
        Code::PasswordTooShort
            | Code::PasswordTooLong
            | Code::PasswordTooEasy
            | Code::PasswordsDiffer
    )
}

async fn choose(
    portal: &Portal,
    link: &LinkSecret,
    problem: Option<Problem>,
) -> Result<Response, Trouble> {
    let account = match portal.authority().account_of_link(link).await {
        Ok(account) => account,
        Err(AccountFault::LinkNotAccepted) => {
            return Ok(again(portal, &AccountFault::LinkNotAccepted.problem()).await);
        }
        Err(fault) => return Err(fault.problem().into()),
    };
    let (status, title) = match &problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: Set a password"),
        None => (StatusCode::OK, "Set a password"),
    };
    let view = PasswordPage {
        frame: portal.frame(Here::Vendor, title).await,
        told: problem.as_ref().map(Told::of),
        link: link.expose(),
        name: account.name.to_string(),
        anew: account.has_password,
    };
    Ok(page(status, &view))
}

/// The box once more. A link that does not count is not written back.
async fn again(portal: &Portal, problem: &Problem) -> Response {
    let frame = portal.frame(Here::Vendor, &format!("Error: {TITLE}")).await;
    let told = Some(Told::of(problem));
    page(StatusCode::FORBIDDEN, &WelcomePage { frame, told })
}
