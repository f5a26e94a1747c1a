//! Who may sign in: adding people, their roles, shutting them out, a new link for whoever lost theirs.

use std::ops::ControlFlow;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use keyferry_authority::{
    Account, AccountChange, AccountFault, AccountName, ApiToken, Invitation, Permission, Role,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{AccountId, Timestamp};

use super::{
    Section,
    once::{mark, once},
    prove::proven_form,
    role_meaning, role_name,
};
use crate::{
    Portal,
    account::SignedIn,
    frame::{Frame, Here, page},
    sign_in::BEGIN,
    trouble::Trouble,
    words::{Told, spoken},
};

const TITLE: &str = "People";
const PAGE: &str = Section::People.path();

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list).post(add))
        .route("/vendor/people/{account}", get(person))
        .route("/vendor/people/{account}/role", post(role))
        .route("/vendor/people/{account}/disable", post(disable))
        .route("/vendor/people/{account}/enable", post(enable))
        .route("/vendor/people/{account}/link", post(link))
        .route("/vendor/people/{account}/link/drop", post(link_drop))
}

#[derive(Template)]
#[template(path = "desk/people.html")]
struct PeoplePage {
    frame: Frame,
    seal: String,
    mark: String,
    told: Option<Told>,
    /// Whether it is about the name.
    about_name: bool,
    /// What was typed, if it has to be done again.
    typed: String,
    roles: Vec<Choice>,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "desk/person.html")]
struct PersonPage {
    frame: Frame,
    seal: String,
    /// Of the form that makes a link.
    mark: String,
    told: Option<Told>,
    /// Which form it is about.
    about: About,
    done: Option<&'static str>,
    row: Row,
    roles: Vec<Choice>,
    own: bool,
    /// The API tokens that end when it is switched off, and with a role that they go beyond.
    tokens: Vec<Token>,
}

/// An API token that somebody made.
struct Token {
    id: String,
    name: String,
}

/// A form of somebody's page that is confirmed with a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    None,
    Link,
    /// The same form, which lay open for too long.
    LinkTooOld,
    Disable,
}

#[derive(Template)]
#[template(path = "desk/invitation.html")]
struct InvitationPage {
    frame: Frame,
    name: String,
    /// The whole link, where the portal's address is known.
    link: Option<String>,
    code: String,
    until: String,
    id: String,
    /// Whether they had a password before.
    anew: bool,
}

/// A role to choose.
struct Choice {
    value: &'static str,
    name: &'static str,
    meaning: &'static str,
    chosen: bool,
}

impl Token {
    fn new(token: &ApiToken) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.to_string(),
        }
    }
}

impl Choice {
    fn all(chosen: Role) -> Vec<Self> {
        let choice = |role: Role| Self {
            value: role.name(),
            name: role_name(role),
            meaning: role_meaning(role),
            chosen: role == chosen,
        };
        Role::ALL.map(choice).into()
    }
}

/// Somebody in the list.
struct Row {
    id: String,
    name: String,
    role: &'static str,
    state: String,
    app: &'static str,
    signed_in: String,
    added: String,
    disabled: bool,
    /// Whether there is a link that counts.
    linked: bool,
}

impl Row {
    fn new(account: &Account, now: Timestamp) -> Self {
        let link = account.link_until.filter(|end| *end > now);
        let state = match (account.disabled, account.has_password, link) {
            (true, ..) => "Switched off".to_owned(),
            (_, false, Some(end)) => format!("Invited, until {}", spoken(end)),
            (_, false, None) => "Invited; the link is over".to_owned(),
            (_, true, Some(end)) => format!("Active; new link until {}", spoken(end)),
            (_, true, None) => "Active".to_owned(),
        };
        Self {
            id: account.id.to_string(),
            name: account.name.to_string(),
            role: role_name(account.role),
            state,
            app: if account.has_app { "Yes" } else { "No" },
            signed_in: account
                .signed_in_at
                .map_or_else(|| "Never".to_owned(), spoken),
            added: spoken(account.created_at),
            disabled: account.disabled,
            linked: link.is_some(),
        }
    }
}

async fn list(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    people(&portal, &who, None, "", Role::Support).await
}

async fn people(
    portal: &Portal,
    who: &SignedIn,
    problem: Option<&Problem>,
    typed: &str,
    chosen: Role,
) -> Result<Response, Trouble> {
    let now = portal.authority().now();
    let accounts = portal.authority().accounts().await;
    let accounts = accounts.map_err(|fault| fault.problem())?;
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: People"),
        None => (StatusCode::OK, TITLE),
    };
    let view = PeoplePage {
        frame: portal.desk(who, Section::People, title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, PAGE)?,
        told: problem.map(Told::of),
        about_name: problem.is_some_and(|problem| problem.code != Code::FormTooOld),
        typed: typed.to_owned(),
        roles: Choice::all(chosen),
        rows: accounts
            .iter()
            .map(|account| Row::new(account, now))
            .collect(),
    };
    Ok(page(status, &view))
}

/// Adds somebody, and shows their link.
async fn add(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    let form = match proven_form(&portal, &who, Section::People, request).await? {
        ControlFlow::Continue(form) => form,
        ControlFlow::Break(asked) => return Ok(asked),
    };
    let typed = form.field("name");
    let role = Role::from_name(form.field("role")).ok_or_else(Trouble::form_unreadable)?;
    let origin = match once(&portal, &who, &form, PAGE).await? {
        Ok(origin) => origin,
        Err(problem) => return people(&portal, &who, Some(&problem), typed, role).await,
    };
    let added = match AccountName::new(typed) {
        Ok(name) => portal.authority().account_add(&name, role, &origin).await,
        Err(fault) => Err(fault),
    };
    match added {
        Ok(invitation) => Ok(invite(&portal, &who, &invitation).await),
        Err(fault) if matches!(fault.code(), Code::AccountExists | Code::AccountNameRefused) => {
            people(&portal, &who, Some(&fault.problem()), typed, role).await
        }
        Err(fault) => Err(fault.problem().into()),
    }
}

async fn invite(portal: &Portal, who: &SignedIn, invitation: &Invitation) -> Response {
    let account = &invitation.account;
    let code = invitation.link.expose();
    let link = portal.address();
    let title = format!("A link for {}", account.name);
    let view = InvitationPage {
        frame: portal.desk(who, Section::People, &title).await,
        name: account.name.to_string(),
        link: link.map(|address| format!("{address}{BEGIN}#{code}")),
        code,
        until: spoken(invitation.until),
        id: account.id.to_string(),
        anew: account.has_password,
    };
    page(StatusCode::OK, &view)
}

/// The account that an address names.
fn named(text: &str) -> Result<AccountId, Trouble> {
    text.parse().map_err(|_| Trouble::page_unknown())
}

fn told(fault: &AccountFault) -> Trouble {
    match fault {
        AccountFault::Unknown => Trouble::page_unknown(),
        other => other.problem().into(),
    }
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    /// What was just done, by its name.
    done: Option<String>,
}

async fn person(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    let done = match wanted.done.as_deref() {
        Some("role") => Some("The role is another one now, and counts at once."),
        Some("role-with-tokens") => Some(
            "The role is another one now, and counts at once. The API tokens that it made and that allow more are taken back.",
        ),
        Some("disabled") => Some("The account is switched off, and signed out everywhere."),
        Some("disabled-with-tokens") => Some(
            "The account is switched off, and signed out everywhere. The API tokens that it made are taken back.",
        ),
        Some("enabled") => Some("The account is switched on again."),
        Some("link-dropped") => Some("The link is taken back, and opens nothing any more."),
        Some("unchanged") => Some("That is how it was; nothing was changed."),
        _ => None,
    };
    shown(&portal, &who, named(&id)?, About::None, done).await
}

/// Somebody's page; with `about`, once more for the box that was not ticked.
async fn shown(
    portal: &Portal,
    who: &SignedIn,
    id: AccountId,
    about: About,
    done: Option<&'static str>,
) -> Result<Response, Trouble> {
    let account = portal.authority().account(id).await;
    let account = account.map_err(|fault| told(&fault))?;
    let tokens = portal.authority().api_tokens_of(id).await;
    let tokens = tokens.map_err(|fault| fault.problem())?;
    let (status, title) = match about {
        About::None => (StatusCode::OK, account.name.to_string()),
        About::Link | About::LinkTooOld | About::Disable => (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Error: {}", account.name),
        ),
    };
    let problem = match about {
        About::None => None,
        About::LinkTooOld => Some(Problem::new(Code::FormTooOld)),
        About::Link | About::Disable => Some(Problem::new(Code::NotConfirmed)),
    };
    let view = PersonPage {
        frame: portal.desk(who, Section::People, &title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, &anew(id))?,
        told: problem.as_ref().map(Told::of),
        about,
        done,
        row: Row::new(&account, portal.authority().now()),
        roles: Choice::all(account.role),
        own: account.id == who.account().id,
        tokens: tokens.iter().map(Token::new).collect(),
    };
    Ok(page(status, &view))
}

/// Changes somebody's account, and shows it.
async fn change(
    portal: &Portal,
    who: &SignedIn,
    id: &str,
    change: AccountChange,
    done: &str,
) -> Result<Response, Trouble> {
    let changed = portal
        .authority()
        .account_change(named(id)?, change, &who.origin())
        .await;
    let changed = changed.map_err(|fault| told(&fault))?;
    let done = match (changed.changed, changed.tokens.is_empty()) {
        (false, _) => "unchanged",
        (true, true) => done,
        (true, false) if changed.account.disabled => "disabled-with-tokens",
        (true, false) => "role-with-tokens",
    };
    let id = changed.account.id;
    Ok(Redirect::to(&format!("{PAGE}/{id}?done={done}")).into_response())
}

async fn role(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    let form = match proven_form(&portal, &who, Section::People, request).await? {
        ControlFlow::Continue(form) => form,
        ControlFlow::Break(asked) => return Ok(asked),
    };
    let role = Role::from_name(form.field("role")).ok_or_else(Trouble::form_unreadable)?;
    let role = AccountChange {
        role: Some(role),
        ..AccountChange::default()
    };
    change(&portal, &who, &id, role, "role").await
}

async fn disable(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::ManageAccess, request).await?;
    if form.field("sure").is_empty() {
        return shown(&portal, &who, named(&id)?, About::Disable, None).await;
    }
    switch(&portal, &who, &id, true, "disabled").await
}

async fn enable(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    match proven_form(&portal, &who, Section::People, request).await? {
        ControlFlow::Continue(_) => {}
        ControlFlow::Break(asked) => return Ok(asked),
    }
    switch(&portal, &who, &id, false, "enabled").await
}

async fn switch(
    portal: &Portal,
    who: &SignedIn,
    id: &str,
    disabled: bool,
    done: &str,
) -> Result<Response, Trouble> {
    let disabled = AccountChange {
        disabled: Some(disabled),
        ..AccountChange::default()
    };
    change(portal, who, id, disabled, done).await
}

/// Where the form of a new link goes.
fn anew(id: AccountId) -> String {
    format!("{PAGE}/{id}/link")
}

/// Makes a new link, and shows it.
async fn link(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    let form = match proven_form(&portal, &who, Section::People, request).await? {
        ControlFlow::Continue(form) => form,
        ControlFlow::Break(asked) => return Ok(asked),
    };
    let id = named(&id)?;
    if form.field("sure").is_empty() {
        return shown(&portal, &who, id, About::Link, None).await;
    }
    let Ok(origin) = once(&portal, &who, &form, &anew(id)).await? else {
        return shown(&portal, &who, id, About::LinkTooOld, None).await;
    };
    let made = portal.authority().account_invite(id, &origin).await;
    let invitation = made.map_err(|fault| told(&fault))?;
    Ok(invite(&portal, &who, &invitation).await)
}

/// Takes the link back that was not used yet.
async fn link_drop(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.form(Permission::ManageAccess, request).await?;
    let id = named(&id)?;
    let dropped = portal
        .authority()
        .account_link_drop(id, &who.origin())
        .await;
    let done = if dropped.map_err(|fault| told(&fault))? {
        "link-dropped"
    } else {
        "unchanged"
    };
    Ok(Redirect::to(&format!("{PAGE}/{id}?done={done}")).into_response())
}
