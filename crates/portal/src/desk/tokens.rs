//! API tokens: what lets programs call the API. Made here for what one may do oneself, shown once, taken
//! back at once.

use std::ops::ControlFlow;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use keyferry_authority::{ApiToken, ApiTokenFault, ApiTokenStatus, NewApiToken, Page, Permission};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{ApiTokenId, Name, Seconds, Timestamp};

use super::{
    Section,
    once::{mark, once},
    prove::proven_form,
};
use crate::{
    Portal,
    account::SignedIn,
    answer::Form,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{Told, permitted, spoken},
};

const TITLE: &str = "API tokens";
const PAGE: &str = Section::Tokens.path();
/// Tokens on a page.
const SHOWN: u32 = 50;

/// How long a token may last, in days.
const LENGTHS: [(&str, u64); 4] = [
    ("30 days", 30),
    ("90 days", 90),
    ("180 days", 180),
    ("a year", 365),
];
const USUAL_LENGTH: u64 = 90;

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list).post(add))
        .route("/vendor/tokens/{token}", get(one))
        .route("/vendor/tokens/{token}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "desk/tokens.html")]
struct TokensPage {
    frame: Frame,
    seal: String,
    mark: String,
    told: Option<Told>,
    /// Which field it is about.
    about_scopes: bool,
    about_name: bool,
    typed: String,
    scopes: Vec<Scope>,
    lengths: Vec<Length>,
    rows: Vec<Row>,
    /// The address of the next part of the list.
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/token.html")]
struct TokenPage {
    frame: Frame,
    seal: String,
    done: Option<&'static str>,
    row: Row,
    allowed: Vec<Scope>,
    counts: bool,
}

#[derive(Template)]
#[template(path = "desk/token_secret.html")]
struct SecretPage {
    frame: Frame,
    name: String,
    secret: String,
    until: String,
    id: String,
}

/// A permission: to choose, or chosen before.
struct Scope {
    name: &'static str,
    meaning: &'static str,
    chosen: bool,
}

impl Scope {
    const fn new(permission: Permission, chosen: bool) -> Self {
        Self {
            name: permission.name(),
            meaning: permitted(permission),
            chosen,
        }
    }
}

/// An end to choose.
struct Length {
    name: &'static str,
    days: u64,
    chosen: bool,
}

/// A token in the list.
struct Row {
    id: String,
    name: String,
    state: String,
    until: String,
    used: String,
    made: String,
    by: String,
}

impl Row {
    fn new(token: &ApiToken, now: Timestamp) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.to_string(),
            state: match (token.status(now), token.revoked_at) {
                (ApiTokenStatus::Revoked, Some(at)) => format!("Taken back on {}", spoken(at)),
                (ApiTokenStatus::Revoked, None) => "Taken back".to_owned(),
                (ApiTokenStatus::Expired, _) => "Over".to_owned(),
                (ApiTokenStatus::Active, _) => "Active".to_owned(),
            },
            until: spoken(token.expires_at),
            used: token
                .last_used_at
                .map_or_else(|| "Never".to_owned(), spoken),
            made: spoken(token.created_at),
            by: token.created_by.clone(),
        }
    }
}

/// What was typed into the form.
#[derive(Default)]
struct Typed {
    name: String,
    scopes: Vec<Permission>,
    days: Option<u64>,
}

impl Typed {
    fn read(form: &Form) -> Result<Self, Trouble> {
        let scopes = form.fields.iter().filter(|(name, _)| name == "scope");
        let scopes = scopes.map(|(_, name)| Permission::from_name(name));
        let days: Option<u64> = form.field("days").parse().ok();
        Ok(Self {
            name: form.field("name").to_owned(),
            scopes: scopes
                .collect::<Option<_>>()
                .ok_or_else(Trouble::form_unreadable)?,
            days: days.filter(|days| LENGTHS.iter().any(|(_, one)| one == days)),
        })
    }
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    /// After which token the list goes on.
    after: Option<String>,
    /// What was just done, by its name.
    done: Option<String>,
}

async fn list(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    let after = wanted.after.as_deref().map(named).transpose()?;
    tokens(&portal, &who, after, None, &Typed::default()).await
}

async fn tokens(
    portal: &Portal,
    who: &SignedIn,
    after: Option<ApiTokenId>,
    problem: Option<&Problem>,
    typed: &Typed,
) -> Result<Response, Trouble> {
    let now = portal.authority().now();
    let part = Page {
        after,
        limit: SHOWN,
    };
    let found = portal.authority().api_tokens(part).await;
    let found = found.map_err(|fault| fault.problem())?;
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: API tokens"),
        None => (StatusCode::OK, TITLE),
    };
    let own = Permission::ALL.into_iter().filter(|one| who.has(*one));
    let chosen_days = typed.days.unwrap_or(USUAL_LENGTH);
    let view = TokensPage {
        frame: portal.desk(who, Section::Tokens, title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, PAGE)?,
        told: problem.map(Told::of),
        about_name: problem.is_some_and(|problem| problem.code == Code::TextRefused),
        about_scopes: problem.is_some_and(|problem| problem.code == Code::FieldMissing),
        typed: typed.name.clone(),
        scopes: own
            .map(|one| Scope::new(one, typed.scopes.contains(&one)))
            .collect(),
        lengths: LENGTHS
            .map(|(name, days)| Length {
                name,
                days,
                chosen: days == chosen_days,
            })
            .into(),
        rows: found
            .items
            .iter()
            .map(|token| Row::new(token, now))
            .collect(),
        next: found.next.map(|id| format!("{PAGE}?after={id}")),
    };
    Ok(page(status, &view))
}

/// Makes a token, and shows its secret.
async fn add(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    let form = match proven_form(&portal, &who, Section::Tokens, request).await? {
        ControlFlow::Continue(form) => form,
        ControlFlow::Break(asked) => return Ok(asked),
    };
    let typed = Typed::read(&form)?;
    let origin = match once(&portal, &who, &form, PAGE).await? {
        Ok(origin) => origin,
        Err(problem) => return tokens(&portal, &who, None, Some(&problem), &typed).await,
    };
    let Ok(name) = Name::tidied(&typed.name) else {
        let problem = Problem::new(Code::TextRefused).with("field", "name");
        return tokens(&portal, &who, None, Some(&problem), &typed).await;
    };
    let days = typed.days.unwrap_or(USUAL_LENGTH);
    let new = NewApiToken {
        name,
        scopes: typed.scopes.clone(),
        expires_at: Some(portal.authority().now().plus(Seconds::days(days))),
    };
    let own: Vec<_> = Permission::ALL
        .into_iter()
        .filter(|one| who.has(*one))
        .collect();
    match portal.authority().api_token_add(&new, &own, &origin).await {
        Ok(issued) => {
            let title = format!("The secret of {}", issued.token.name);
            let view = SecretPage {
                frame: portal.desk(&who, Section::Tokens, &title).await,
                name: issued.token.name.to_string(),
                secret: issued.secret.expose(),
                until: spoken(issued.token.expires_at),
                id: issued.token.id.to_string(),
            };
            Ok(page(StatusCode::OK, &view))
        }
        Err(fault @ ApiTokenFault::NoScope) => {
            tokens(&portal, &who, None, Some(&fault.problem()), &typed).await
        }
        Err(fault) => Err(told(&fault)),
    }
}

/// The token that an address names.
fn named(text: &str) -> Result<ApiTokenId, Trouble> {
    text.parse().map_err(|_| Trouble::page_unknown())
}

fn told(fault: &ApiTokenFault) -> Trouble {
    match fault {
        ApiTokenFault::Unknown => Trouble::page_unknown(),
        ApiTokenFault::WiderThanOwn { .. } => Trouble::permission_missing(),
        other => other.problem().into(),
    }
}

async fn one(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ManageAccess)?;
    let token = portal.authority().api_token(named(&id)?).await;
    let token = token.map_err(|fault| told(&fault))?;
    let now = portal.authority().now();
    let view = TokenPage {
        frame: portal
            .desk(&who, Section::Tokens, token.name.as_str())
            .await,
        seal: who.seal().expose(),
        done: match wanted.done.as_deref() {
            Some("revoked") => {
                Some("The token is taken back; no program is let in by it any more.")
            }
            Some("revoked-with-others") => Some(
                "The token is taken back, and so are those that were made with it; no program is let in by them any more.",
            ),
            Some("unchanged") => Some("It was taken back before; nothing was changed."),
            _ => None,
        },
        row: Row::new(&token, now),
        allowed: token
            .scopes
            .iter()
            .map(|scope| Scope::new(*scope, true))
            .collect(),
        counts: token.status(now) == ApiTokenStatus::Active,
    };
    Ok(page(StatusCode::OK, &view))
}

async fn revoke(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.form(Permission::ManageAccess, request).await?;
    let id = named(&id)?;
    let revoked = portal.authority().api_token_revoke(id, &who.origin()).await;
    let revoked = revoked.map_err(|fault| told(&fault))?;
    let done = match (revoked.changed, revoked.others.is_empty()) {
        (true, true) => "revoked",
        (true, false) => "revoked-with-others",
        (false, _) => "unchanged",
    };
    Ok(Redirect::to(&format!("{PAGE}/{id}?done={done}")).into_response())
}
