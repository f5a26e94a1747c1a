//! One's own account: password, app, recovery codes, sessions.

use askama::Template;
use axum::{
    Router,
    extract::{Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use keyferry_authority::{AccountFault, AppSecret, RecoveryCodes, TypedPassword};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::qr::{Correction, Symbol};

use super::Section;
use crate::{
    Portal,
    account::SignedIn,
    answer::{Drawn, Form},
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{Told, spoken},
};

const TITLE: &str = "Your account";
const PAGE: &str = Section::Account.path();

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(show))
        .route("/vendor/account/password", post(password))
        .route("/vendor/account/app", post(app))
        .route("/vendor/account/app/confirm", post(confirm))
        .route("/vendor/account/app/remove", post(remove))
        .route("/vendor/account/recovery-codes", post(recovery_codes))
        .route("/vendor/account/others", post(others))
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage {
    frame: Frame,
    seal: String,
    told: Option<Told>,
    /// Which form it is about.
    about: About,
    done: Option<&'static str>,
    name: String,
    role: &'static str,
    may: &'static str,
    since: String,
    has_app: bool,
    recovery_codes: u32,
    others: u64,
}

#[derive(Template)]
#[template(path = "desk/app.html")]
struct AppPage {
    frame: Frame,
    seal: String,
    told: Option<Told>,
    qr: Option<Drawn>,
    text: String,
    link: String,
}

#[derive(Template)]
#[template(path = "desk/recovery_codes.html")]
struct RecoveryCodesPage {
    frame: Frame,
    codes: Vec<String>,
    /// Whether the app was set up with them.
    app: bool,
}

/// A form of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    None,
    Current,
    New,
    App,
    Codes,
    /// The box of that form.
    CodesSure,
    Remove,
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    /// What was just done, by its name.
    done: Option<String>,
}

async fn show(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let done = match wanted.done.as_deref() {
        Some("password") => {
            Some("Your password is another one now. You are signed out everywhere else.")
        }
        Some("app-removed") => Some("Signing in takes your password alone again."),
        Some("others") => Some("You are signed out everywhere else."),
        _ => None,
    };
    account(&portal, &who, None, About::None, done).await
}

async fn account(
    portal: &Portal,
    who: &SignedIn,
    problem: Option<&Problem>,
    about: About,
    done: Option<&'static str>,
) -> Result<Response, Trouble> {
    let others = portal.authority().other_sessions(who.session()).await;
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: Your account"),
        None => (StatusCode::OK, TITLE),
    };
    let account = who.account();
    let view = AccountPage {
        frame: portal.desk(who, Section::Account, title).await,
        seal: who.seal().expose(),
        told: problem.map(Told::of),
        about,
        done,
        name: account.name.to_string(),
        role: super::role_name(account.role),
        may: super::role_meaning(account.role),
        since: spoken(who.session().begun_at),
        has_app: account.has_app,
        recovery_codes: account.recovery_codes,
        others: others.map_err(|fault| fault.problem())?,
    };
    Ok(page(status, &view))
}

/// The page once more where a person can mend it, with what is the matter.
async fn mend(
    portal: &Portal,
    who: &SignedIn,
    problem: Problem,
    at: About,
) -> Result<Response, Trouble> {
    let about = match problem.code {
        Code::PasswordNotAccepted | Code::NotConfirmed => at,
        Code::PasswordTooShort
        | Code::PasswordTooLong
        | Code::PasswordTooEasy
        | Code::PasswordsDiffer => About::New,
        _ => return Err(problem.into()),
    };
    account(portal, who, Some(&problem), about, None).await
}

fn back(done: &str) -> Response {
    Redirect::to(&format!("{PAGE}?done={done}")).into_response()
}

fn typed(form: &Form, field: &str) -> TypedPassword {
    TypedPassword::new(form.field(field))
}

/// Changes the password.
async fn password(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    who.check(&form)?;
    if form.field("new") != form.field("again") {
        let problem = Problem::new(Code::PasswordsDiffer);
        return mend(&portal, &who, problem, About::New).await;
    }
    let (current, new) = (typed(&form, "current"), typed(&form, "new"));
    let changed = portal
        .authority()
        .password_change(who.session(), &current, &new)
        .await;
    match changed {
        Ok(()) => Ok(back("password")),
        Err(fault) => mend(&portal, &who, fault.problem(), About::Current).await,
    }
}

/// Makes the secret for an app, and shows it.
async fn app(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    who.check(&form)?;
    let begun = portal
        .authority()
        .app_begin(who.session(), &typed(&form, "password"))
        .await;
    match begun {
        Ok(secret) => Ok(scan(&portal, &who, &secret, None).await),
        Err(fault) => mend(&portal, &who, fault.problem(), About::App).await,
    }
}

async fn scan(
    portal: &Portal,
    who: &SignedIn,
    secret: &AppSecret,
    problem: Option<&Problem>,
) -> Response {
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: Set up an app"),
        None => (StatusCode::OK, "Set up an app"),
    };
    let address = secret.address();
    let view = AppPage {
        frame: portal.desk(who, Section::Account, title).await,
        seal: who.seal().expose(),
        told: problem.map(Told::of),
        qr: Symbol::draw(&address, Correction::Paper).map(|symbol| Drawn::new(&symbol)),
        text: secret.text().to_string(),
        link: address.to_string(),
    };
    page(status, &view)
}

/// Takes the first code of the app, and shows the recovery codes.
async fn confirm(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    who.check(&form)?;
    let authority = portal.authority();
    match authority
        .app_confirm(who.session(), form.field("code"))
        .await
    {
        Ok(codes) => Ok(shown_once(&portal, &who, &codes, true).await),
        Err(AccountFault::AppCodeNotAccepted) => {
            let problem = AccountFault::AppCodeNotAccepted.problem();
            match authority.app_waiting(who.session()).await {
                Ok(secret) => Ok(scan(&portal, &who, &secret, Some(&problem)).await),
                Err(fault) => Err(fault.problem().into()),
            }
        }
        Err(fault) => Err(fault.problem().into()),
    }
}

async fn shown_once(portal: &Portal, who: &SignedIn, codes: &RecoveryCodes, app: bool) -> Response {
    let title = "Your recovery codes";
    let view = RecoveryCodesPage {
        frame: portal.desk(who, Section::Account, title).await,
        codes: codes.iter().map(str::to_owned).collect(),
        app,
    };
    page(StatusCode::OK, &view)
}

/// Takes the app away.
async fn remove(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    who.check(&form)?;
    let removed = portal
        .authority()
        .app_remove(who.session(), &typed(&form, "password"))
        .await;
    match removed {
        Ok(()) => Ok(back("app-removed")),
        Err(fault) => mend(&portal, &who, fault.problem(), About::Remove).await,
    }
}

/// Makes new recovery codes, and shows them.
async fn recovery_codes(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    who.check(&form)?;
    if form.field("sure").is_empty() {
        let problem = Problem::new(Code::NotConfirmed);
        return mend(&portal, &who, problem, About::CodesSure).await;
    }
    let made = portal
        .authority()
        .recovery_codes(who.session(), &typed(&form, "password"))
        .await;
    match made {
        Ok(codes) => Ok(shown_once(&portal, &who, &codes, false).await),
        Err(fault) => mend(&portal, &who, fault.problem(), About::Codes).await,
    }
}

/// Ends the other sessions.
async fn others(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.check(&Form::read(request).await?)?;
    let ended = portal.authority().end_other_sessions(who.session()).await;
    ended.map_err(|fault| fault.problem())?;
    Ok(back("others"))
}
