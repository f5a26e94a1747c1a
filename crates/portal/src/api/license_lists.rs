//! Lists of licenses: brought and checked, begun, made by whichever portal is there, and taken along.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use keyferry_authority::{LicenseList, ListId, ListRow, ListState, Permission};
use keyferry_bulk::check_list;
use keyferry_terminal::{ArgumentFault, text};
use keyferry_token::Name;
use keyferry_views::time;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ROOT,
    admit::Admitted,
    list::List,
    problem::{body_refused, told},
    take::{Content, Named, Nothing, Object, Params, field},
    view::BinaryFile,
};
use crate::{Portal, answer::download, trouble::Trouble};

/// The most requests beside a list.
const MOST: usize = 500;

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, bring))
        .routes(routes!(show, remove))
        .routes(routes!(rows))
        .routes(routes!(begin))
        .routes(routes!(stop))
        .routes(routes!(results))
        .routes(routes!(packed))
}

/// A list of licenses to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewListBody {
    /// What it is called.
    #[schema(example = "orders.csv", min_length = 1, max_length = 120)]
    name: String,
    /// The list: comma-separated values with a heading, as `license bulk` takes them; 2,000 rows at most.
    #[schema(example = "product,usb,expires\ncom.acme.cad,0781:5581:4C530001,2027-12-31\n")]
    csv: String,
    /// The activation requests that rows name in `device`.
    #[serde(default)]
    #[schema(value_type = Vec<RequestBody>, max_items = 500)]
    requests: Vec<Object<RequestBody>>,
}

/// An activation request that a row names.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestBody {
    /// What the row calls it. Folders count in neither: of each the last part is compared, and no two may be
    /// the same.
    #[schema(example = "office-1.kft", min_length = 1, max_length = 120)]
    file: String,
    /// As text, as its file has it.
    text: String,
}

/// A list of licenses, and how far it is.
#[derive(Serialize, ToSchema)]
struct LicenseListView {
    list_id: String,
    name: String,
    /// `checked`: nothing is made of it; `working`: its licenses are being made; `done`; `stopped`: some
    /// are made, and begun again it goes on.
    state: &'static str,
    /// Why it was stopped: `access_ended`, where the API token or the account that began it may make no
    /// licenses any more; `by_hand`. Else null.
    stopped: Option<&'static str>,
    created_at: String,
    begun_at: Option<String>,
    ended_at: Option<String>,
    /// Why it does not go on at the moment, by the catalogue's code.
    trouble: Option<&'static str>,
    rows: u64,
    /// Rows that would each make a license.
    ready: u64,
    /// Rows that are done, those that were refused among them.
    done: u64,
    made: u64,
    /// Rows that have a license from before.
    unchanged: u64,
    refused: u64,
}

impl From<&LicenseList> for LicenseListView {
    fn from(list: &LicenseList) -> Self {
        Self {
            list_id: list.id.to_string(),
            name: list.name.clone(),
            state: list.state.name(),
            stopped: match list.state {
                ListState::Stopped(why) => Some(why.name()),
                ListState::Checked | ListState::Working | ListState::Done => None,
            },
            created_at: list.created_at.to_string(),
            begun_at: time(list.begun_at),
            ended_at: time(list.ended_at),
            trouble: list.trouble.map(keyferry_catalogue::Code::as_str),
            rows: list.rows,
            ready: list.ready,
            done: list.done,
            made: list.made,
            unchanged: list.unchanged,
            refused: list.refused,
        }
    }
}

/// A part of the lists.
#[derive(Serialize, ToSchema)]
struct LicenseListsView {
    lists: Vec<LicenseListView>,
    /// Where the next part begins; null at the end.
    next_cursor: Option<String>,
}

/// A row of a list.
#[derive(Serialize, ToSchema)]
struct ListRowView {
    /// Which; the heading is the first.
    row: u64,
    /// What the list calls it.
    reference: Option<String>,
    /// What would come of it, or came of it: `ready`, `made`, `unchanged` or `refused`.
    outcome: &'static str,
    license_id: Option<String>,
    /// Why it was refused, by the catalogue's code.
    code: Option<String>,
    /// The same, for people.
    message: Option<String>,
}

impl From<&ListRow> for ListRowView {
    fn from(row: &ListRow) -> Self {
        let (code, message) = row.refused.clone().unzip();
        Self {
            row: row.number,
            reference: row.reference.clone(),
            outcome: row.outcome.unwrap_or(row.forecast),
            license_id: row.license.map(|id| id.to_string()),
            code,
            message,
        }
    }
}

/// A part of a list's rows.
#[derive(Serialize, ToSchema)]
struct ListRowsView {
    rows: Vec<ListRowView>,
    /// Where the next part begins; null at the end.
    next_cursor: Option<String>,
}

/// Which part of the lists is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListsWanted {
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Which rows are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RowsWanted {
    /// Only those that were refused.
    #[serde(default)]
    refused: bool,
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List the lists of licenses
#[utoipa::path(get, path = "/license-lists", tag = "License lists", operation_id = "listLicenseLists", params(ListsWanted),
    responses((status = 200, description = "A part of them, the newest first", body = LicenseListsView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    Params(wanted): Params<ListsWanted>,
) -> Result<Json<LicenseListsView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let list = List::new(&portal, "license-lists", &[]);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, ListId::new)?;
    let found = portal.authority().license_lists(page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(LicenseListsView {
        lists: found.items.iter().map(LicenseListView::from).collect(),
        next_cursor: list.next(found.next.map(|id| *id.as_bytes()))?,
    }))
}

/// Bring a list of licenses
///
/// Every row is checked, and nothing is made: look at `refused` and at the rows, then begin it.
#[utoipa::path(post, path = "/license-lists", tag = "License lists", operation_id = "bringLicenseList", request_body = NewListBody,
    responses((status = 201, description = "The list, checked", body = LicenseListView, headers(("Location" = String)))))]
async fn bring(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<NewListBody>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    if body.requests.len() > MOST {
        return Err(body_refused(format!("requests has at most {MOST} entries")));
    }
    let name = field(&body.name, named)?.to_string();
    let mut requests = Vec::with_capacity(body.requests.len());
    for Object(request) in body.requests {
        let file = field(&request.file, named)?.to_string();
        requests.push((file, request.text.into_bytes()));
    }
    let (authority, sheet) = (portal.authority(), body.csv.into_bytes());
    let checked = check_list(authority, name, sheet, requests).await;
    let checked = checked.map_err(|fault| told(fault.problem()))?;
    let id = authority.license_list_add(checked, who.origin()).await;
    let id = id.map_err(|fault| told(fault.problem()))?;
    let list = authority.license_list(id).await;
    let list = list.map_err(|fault| told(fault.problem()))?;
    let location = format!("{ROOT}/license-lists/{id}");
    let view = Json(LicenseListView::from(&list));
    Ok((StatusCode::CREATED, [(LOCATION, location)], view))
}

/// What a list or a request is called.
fn named(name: &str) -> Result<Name, ArgumentFault> {
    text::<120>("name")(name)
}

/// Show a list and how far it is
#[utoipa::path(get, path = "/license-lists/{list_id}", tag = "License lists", operation_id = "showLicenseList",
    params(("list_id" = String, Path)),
    responses((status = 200, description = "The list", body = LicenseListView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ListId>,
    _: Params<Nothing>,
) -> Result<Json<LicenseListView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let list = portal.authority().license_list(id).await;
    let list = list.map_err(|fault| told(fault.problem()))?;
    if list.state == ListState::Working {
        // Whoever was at work may be gone.
        portal.wake();
    }
    Ok(Json(LicenseListView::from(&list)))
}

/// List the rows of a list
#[utoipa::path(get, path = "/license-lists/{list_id}/rows", tag = "License lists", operation_id = "listLicenseListRows",
    params(("list_id" = String, Path), RowsWanted),
    responses((status = 200, description = "A part of them, in their order", body = ListRowsView)))]
async fn rows(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ListId>,
    Params(wanted): Params<RowsWanted>,
) -> Result<Json<ListRowsView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let own = id.to_string();
    let refused = wanted.refused.then_some("refused");
    let list = List::new(&portal, "license-list-rows", &[Some(&own), refused]);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, u64::from_be_bytes)?;
    let authority = portal.authority();
    let found = authority.license_list_rows(id, wanted.refused, page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ListRowsView {
        rows: found.items.iter().map(ListRowView::from).collect(),
        next_cursor: list.next(found.next.map(u64::to_be_bytes))?,
    }))
}

/// Begin a list: its licenses are made from now on
///
/// Rows that were refused are left out. Begun again, nothing changes; one that was stopped goes on. It is
/// stopped by itself when the API token or the account that began it may make no licenses any more.
#[utoipa::path(post, path = "/license-lists/{list_id}/begin", tag = "License lists", operation_id = "beginLicenseList",
    params(("list_id" = String, Path)),
    responses((status = 200, description = "The list, under way", body = LicenseListView)))]
async fn begin(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ListId>,
    _: Params<Nothing>,
) -> Result<Json<LicenseListView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let begun = portal
        .authority()
        .license_list_begin(id, who.origin())
        .await;
    let begun = begun.map_err(|fault| told(fault.problem()))?;
    portal.wake();
    Ok(Json(LicenseListView::from(&begun)))
}

/// Stop a list whose licenses are being made
///
/// What was made of it stays; some rows that are being made at this moment are made as well.
#[utoipa::path(post, path = "/license-lists/{list_id}/stop", tag = "License lists", operation_id = "stopLicenseList",
    params(("list_id" = String, Path)),
    responses((status = 200, description = "The list, stopped; as it was unless it was under way", body = LicenseListView)))]
async fn stop(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ListId>,
    _: Params<Nothing>,
) -> Result<Json<LicenseListView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let stopped = portal.authority().license_list_stop(id, who.origin()).await;
    let stopped = stopped.map_err(|fault| told(fault.problem()))?;
    Ok(Json(LicenseListView::from(&stopped)))
}

/// Remove a list
///
/// Not one that is being worked on: stop it first. What was made of it stays.
#[utoipa::path(delete, path = "/license-lists/{list_id}", tag = "License lists", operation_id = "removeLicenseList",
    params(("list_id" = String, Path)),
    responses((status = 204, description = "It is gone")))]
async fn remove(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ListId>,
    _: Params<Nothing>,
) -> Result<StatusCode, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let removed = portal.authority().license_list_drop(id).await;
    removed.map_err(|fault| told(fault.problem()))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Download what came of each row
#[utoipa::path(get, path = "/license-lists/{list_id}/results", tag = "License lists", operation_id = "downloadListResults",
    params(("list_id" = String, Path)),
    responses((status = 200, description = "A list for spreadsheets", body = String, content_type = "text/csv")))]
async fn results(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ListId>,
    _: Params<Nothing>,
) -> Result<Response, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let text = portal.list_results(id).await.map_err(told)?;
    Ok(download("text/csv; charset=utf-8", "results.csv", text))
}

/// Download the license files of a list
#[utoipa::path(get, path = "/license-lists/{list_id}/licenses", tag = "License lists", operation_id = "downloadListLicenses",
    params(("list_id" = String, Path)),
    responses((status = 200, description = "A ZIP file of them, with what came of each row", body = inline(BinaryFile), content_type = "application/zip")))]
async fn packed(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ListId>,
    _: Params<Nothing>,
) -> Result<Response, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let packed = portal.list_packed(id).await.map_err(told)?;
    Ok(download("application/zip", "keyferry-licenses.zip", packed))
}
