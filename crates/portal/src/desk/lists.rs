//! Many licenses from a list: it is brought, checked and shown; begun by a button; made by whichever
//! portal is there, while the page shows how far it is; and taken along in one ZIP file.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header::REFRESH},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use keyferry_authority::{
    LicenseList, ListId, ListRow, ListState, ListStop, Origin, Page, Permission,
};
use keyferry_bulk::{MOST_LISTED, check_list};
use keyferry_catalogue::{Code, Holds, Problem};

use super::{
    Section,
    once::{mark, once},
    typed::{Done, Typed, reason, trouble},
};
use crate::{
    Portal,
    account::SignedIn,
    answer::{Form, download, unpacked},
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{LANGUAGE, spoken},
};

const PAGE: &str = "/vendor/licenses/lists";
/// Lists on a page.
const MOST: u32 = 25;
/// Rows on the page of a list.
const MOST_ROWS: u32 = 100;
/// Seconds after which a page that shows progress is loaded again.
const AGAIN: &str = "2";

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(all).post(bring))
        .route("/vendor/licenses/list/{id}", get(show))
        .route("/vendor/licenses/list/{id}/begin", post(begin))
        .route("/vendor/licenses/list/{id}/stop", post(stop))
        .route("/vendor/licenses/list/{id}/remove", post(remove))
        .route("/vendor/licenses/list/{id}/zip", get(zip))
        .route("/vendor/licenses/list/{id}/results", get(results))
}

#[derive(Template)]
#[template(path = "desk/lists.html")]
struct ListsPage {
    frame: Frame,
    seal: String,
    mark: String,
    done: Done,
    typed: Typed,
    most: String,
    rows: Vec<Row>,
    next: Option<String>,
}

/// One list among others.
struct Row {
    id: String,
    name: String,
    brought: String,
    rows: u64,
    state: String,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "desk/list.html")]
struct ListPage {
    frame: Frame,
    seal: String,
    id: String,
    name: String,
    brought: String,
    state: ListState,
    /// Why it was stopped.
    stopped: Option<&'static str>,
    rows: u64,
    ready: u64,
    done: u64,
    made: u64,
    unchanged: u64,
    refused: u64,
    trouble: Option<String>,
    refusals: Vec<Refusal>,
    /// Where the next rows that were refused are.
    next: Option<u64>,
}

/// A row that was refused.
struct Refusal {
    row: u64,
    reference: String,
    why: String,
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    after: Option<String>,
    done: Option<String>,
}

async fn all(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteLicenses)?;
    show_all(&portal, &who, &wanted, Typed::default()).await
}

async fn show_all(
    portal: &Portal,
    who: &SignedIn,
    wanted: &Wanted,
    typed: Typed,
) -> Result<Response, Trouble> {
    let after = match wanted.after.as_deref() {
        Some(id) => Some(id.parse().map_err(|_| Trouble::page_unknown())?),
        None => None,
    };
    let found = portal
        .authority()
        .license_lists(Page { after, limit: MOST })
        .await;
    let found = found.map_err(|fault| fault.problem())?;
    let title = typed.title("Licenses from a list");
    let status = typed.status();
    let view = ListsPage {
        frame: portal.desk(who, Section::Licenses, &title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, PAGE)?,
        done: wanted.done.as_deref().and_then(told),
        typed,
        most: Holds::Count.in_words(&MOST_LISTED.to_string(), LANGUAGE),
        rows: found.items.iter().map(Row::new).collect(),
        next: found.next.map(|id| id.to_string()),
    };
    Ok(page(status, &view))
}

fn told(done: &str) -> Done {
    match done {
        "removed" => Some("The list is removed. Licenses that were made of it stay."),
        _ => None,
    }
}

/// Takes a list, and the activation requests that it names, and checks every row. Nothing is made.
async fn bring(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteLicenses, request).await?;
    // Files cannot be filled in again: a form that lay open for long brings its list all the same. Nothing is made
    // before it is begun.
    let origin = once(&portal, &who, &form, PAGE).await?;
    let origin = origin.unwrap_or_else(|_| who.origin());
    match kept(&portal, form, &origin).await {
        Ok(id) => Ok(Redirect::to(&address(id)).into_response()),
        Err(problem) => {
            // What is the matter with the machine is no matter of the list.
            let trouble = trouble(problem.clone());
            if trouble.status != StatusCode::UNPROCESSABLE_ENTITY {
                return Err(trouble);
            }
            let mut typed = Typed::default();
            typed.refuse("files", &problem);
            show_all(&portal, &who, &Wanted::default(), typed).await
        }
    }
}

async fn kept(portal: &Portal, form: Form, origin: &Origin) -> Result<ListId, Problem> {
    let (files, _place) = unpacked(form.files, portal.places()).await?;
    let mut requests = Vec::new();
    let mut sheet = None;
    for file in files {
        let name = file.name.unwrap_or_else(|| "list.csv".to_owned());
        if sheet.is_none() && is_list(&name) {
            sheet = Some((name, file.bytes.to_vec()));
        } else {
            requests.push((name, file.bytes.to_vec()));
        }
    }
    let (name, sheet) = match sheet {
        Some(sheet) => sheet,
        // One file alone is the list, whatever it is called.
        None if requests.len() == 1 => requests.remove(0),
        None => return Err(Problem::new(Code::NothingRead)),
    };
    let list = check_list(portal.authority(), name, sheet, requests).await;
    let list = list.map_err(|fault| fault.problem())?;
    let id = portal.authority().license_list_add(list, origin).await;
    id.map_err(|fault| fault.problem())
}

fn is_list(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        ["csv", "tsv", "txt"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

async fn show(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteLicenses)?;
    let list = one(&portal, &id).await?;
    let after = match wanted.after.as_deref() {
        Some(row) => Some(row.parse().map_err(|_| Trouble::page_unknown())?),
        None => None,
    };
    let refused = portal
        .authority()
        .license_list_rows(
            list.id,
            true,
            Page {
                after,
                limit: MOST_ROWS,
            },
        )
        .await;
    let refused = refused.map_err(|fault| trouble(fault.problem()))?;
    let title = match list.state {
        ListState::Checked => format!("{}: checked", list.name),
        ListState::Working => format!("{}: {} of {}", list.name, list.done, list.rows),
        ListState::Done => format!("{}: done", list.name),
        ListState::Stopped(_) => format!("{}: stopped", list.name),
    };
    let view = ListPage {
        frame: portal.desk(&who, Section::Licenses, &title).await,
        seal: who.seal().expose(),
        id: list.id.to_string(),
        name: list.name,
        brought: spoken(list.created_at),
        state: list.state,
        stopped: stopped(list.state),
        rows: list.rows,
        ready: list.ready,
        done: list.done,
        made: list.made,
        unchanged: list.unchanged,
        refused: list.refused,
        trouble: list.trouble.map(reason),
        refusals: refused.items.into_iter().map(Refusal::new).collect(),
        next: refused.next,
    };
    let mut response = page(StatusCode::OK, &view);
    if view.state == ListState::Working {
        // Whoever was at work may be gone.
        portal.wake();
        let headers = response.headers_mut();
        headers.insert(REFRESH, HeaderValue::from_static(AGAIN));
    }
    Ok(response)
}

/// Begins it: from now on its licenses are made.
async fn begin(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let begun = portal
        .authority()
        .license_list_begin(id, &who.origin())
        .await;
    begun.map_err(|fault| trouble(fault.problem()))?;
    portal.wake();
    Ok(Redirect::to(&address(id)).into_response())
}

/// Stops it; what was made of it stays.
async fn stop(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let stopped = portal
        .authority()
        .license_list_stop(id, &who.origin())
        .await;
    stopped.map_err(|fault| trouble(fault.problem()))?;
    Ok(Redirect::to(&address(id)).into_response())
}

/// Removes it; what was made of it stays.
async fn remove(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let removed = portal.authority().license_list_drop(id).await;
    removed.map_err(|fault| trouble(fault.problem()))?;
    Ok(Redirect::to(&format!("{PAGE}?done=removed")).into_response())
}

/// Which one a form is about, if it counts.
async fn asked(
    portal: &Portal,
    who: &SignedIn,
    id: &str,
    request: Request,
) -> Result<ListId, Trouble> {
    who.form(Permission::WriteLicenses, request).await?;
    Ok(one(portal, id).await?.id)
}

/// What came of each row, as a list for spreadsheets.
async fn results(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteLicenses)?;
    let id = one(&portal, &id).await?.id;
    let text = portal.list_results(id).await.map_err(trouble)?;
    Ok(download("text/csv; charset=utf-8", "results.csv", text))
}

/// The license files, and what came of each row, in one ZIP file.
async fn zip(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteLicenses)?;
    let id = one(&portal, &id).await?.id;
    let packed = portal.list_packed(id).await.map_err(trouble)?;
    Ok(download("application/zip", "keyferry-licenses.zip", packed))
}

fn stopped(state: ListState) -> Option<&'static str> {
    match state {
        ListState::Stopped(ListStop::AccessEnded) => Some(
            "The account or API token that began it may no longer make licenses, so it was stopped.",
        ),
        ListState::Stopped(ListStop::ByHand) => Some("Somebody stopped it."),
        ListState::Checked | ListState::Working | ListState::Done => None,
    }
}

async fn one(portal: &Portal, id: &str) -> Result<LicenseList, Trouble> {
    let id = id.parse().map_err(|_| Trouble::page_unknown())?;
    let found = portal.authority().license_list(id).await;
    found.map_err(|fault| trouble(fault.problem()))
}

fn address(id: ListId) -> String {
    format!("/vendor/licenses/list/{id}")
}

impl Row {
    fn new(list: &LicenseList) -> Self {
        let (state, class) = match list.state {
            ListState::Checked => ("Checked, not begun".to_owned(), "over"),
            ListState::Working => (format!("{} of {}", list.done, list.rows), "over"),
            ListState::Stopped(_) => (format!("Stopped, {} of {}", list.done, list.rows), "bad"),
            ListState::Done if list.refused > 0 => {
                (format!("Done, {} refused", list.refused), "bad")
            }
            ListState::Done => ("Done".to_owned(), "good"),
        };
        Self {
            id: list.id.to_string(),
            name: list.name.clone(),
            brought: spoken(list.created_at),
            rows: list.rows,
            state,
            class,
        }
    }
}

impl Refusal {
    fn new(row: ListRow) -> Self {
        Self {
            row: row.number,
            reference: row.reference.unwrap_or_default(),
            why: row.refused.map(|(_, message)| message).unwrap_or_default(),
        }
    }
}
