//! The audit log: looked through, checked, and taken along.

use std::collections::HashMap;

use askama::Template;
use axum::{
    Router,
    extract::{Query, Request, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use keyferry_authority::{AuditEntry, AuditFault, AuditFilter, AuditSubject, Page, Permission};
use serde_json::{Map, Value};

use super::Section;
use crate::{
    Portal,
    account::{SignedIn, in_query},
    answer::{Form, download},
    audit_file,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{Told, spoken},
};

const TITLE: &str = "Audit log";
const PAGE: &str = Section::Audit.path();
/// Entries on a page.
const MOST: u32 = 50;
/// Who did what was done at the machine itself.
const VENDOR: &str = "vendor";

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list))
        .route("/vendor/audit/verify", post(verify))
        .route("/vendor/audit/export", post(export))
        .route("/vendor/audit/head", post(head))
}

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct AuditPage {
    frame: Frame,
    seal: String,
    actions: Vec<Choice>,
    of: String,
    /// Whether fewer than all entries are asked for.
    some: bool,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/audit_verified.html")]
struct VerifiedPage {
    frame: Frame,
    seal: String,
    told: Option<Told>,
    entries: u64,
    /// When the head was taken that it was held against, and at which entry.
    against: Option<(String, u64)>,
}

/// An action to choose.
struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

/// An entry.
struct Row {
    position: String,
    at: String,
    who: String,
    what: String,
    of: Vec<(&'static str, String)>,
    detail: Vec<(String, String)>,
}

impl Row {
    fn new(entry: &AuditEntry, people: &HashMap<String, String>) -> Self {
        let product = entry.product.as_ref().map(ToString::to_string);
        let of = [
            ("Product", product),
            ("Entitlement", entry.entitlement.map(|id| id.to_string())),
            ("Activation", entry.activation.map(|id| id.to_string())),
            ("License", entry.license.map(|id| id.to_string())),
            ("Device", entry.device.map(|id| id.to_string())),
            ("Key", entry.key.map(|id| id.to_string())),
            ("Message", entry.token.map(|id| id.reference())),
        ];
        let of = of.into_iter();
        Self {
            position: entry.seal.map_or_else(
                || "not sealed yet".to_owned(),
                |seal| seal.position.to_string(),
            ),
            at: spoken(entry.at),
            who: from_where(entry, who(&entry.actor, people)),
            what: in_words(&entry.action),
            of: of.filter_map(|(what, id)| Some((what, id?))).collect(),
            detail: detail(entry, people),
        }
    }
}

/// Who did it, and from which address, as long as that is kept.
fn from_where(entry: &AuditEntry, who: String) -> String {
    let address = entry
        .address
        .as_ref()
        .and_then(|address| address.text.as_ref());
    match address {
        Some(address) if who == "address" => format!("{who} {address}"),
        Some(address) => format!("{who} from {address}"),
        None => who,
    }
}

/// Who did it, by the name that their account has now.
fn who(actor: &str, people: &HashMap<String, String>) -> String {
    if actor == VENDOR {
        return "At the machine".to_owned();
    }
    let named = actor.strip_prefix("account ");
    match named.and_then(|id| people.get(id)) {
        Some(name) => name.clone(),
        None => actor.replace('_', " "),
    }
}

/// A name of `docs/spec/audit.md` as words.
fn in_words(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// What else is to be known. Something else than an object was not written by this program; the check
/// tells, and here it is shown as it is.
fn detail(entry: &AuditEntry, people: &HashMap<String, String>) -> Vec<(String, String)> {
    let Ok(detail) = serde_json::from_str::<Map<String, Value>>(&entry.detail) else {
        return vec![("Unreadable".to_owned(), entry.detail.clone())];
    };
    let shown = |name: &str, value: &Value| match value {
        Value::String(id) if name == "account" => people.get(id).cloned().unwrap_or(id.clone()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    detail
        .iter()
        .map(|(name, value)| (in_words(name), shown(name, value)))
        .collect()
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    /// What was done.
    action: Option<String>,
    /// To what, or by whom.
    of: Option<String>,
    /// The page behind this entry.
    after: Option<u64>,
}

async fn list(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadAudit)?;
    let authority = portal.authority();
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (action, of) = (given(wanted.action), given(wanted.of));
    let subject = of.as_deref().map(AuditSubject::read);
    let page_of = Page {
        after: wanted.after,
        limit: MOST,
    };
    let found = match subject {
        // Nothing is called so.
        Some(None) => None,
        Some(subject) => Some((action.clone(), subject)),
        None => Some((action.clone(), None)),
    };
    let (rows, next) = match found {
        Some((action, of)) => {
            let filter = AuditFilter { action, of };
            let found = authority.audit_latest(&filter, page_of).await;
            let found = found.map_err(|fault| fault.problem())?;
            let people = people(&portal).await?;
            let rows = found.items.iter().map(|one| Row::new(one, &people));
            (rows.collect(), found.next)
        }
        None => (Vec::new(), None),
    };
    let actions = authority.audit_actions().await;
    let actions = actions.map_err(|fault| fault.problem())?.into_iter();
    let view = AuditPage {
        frame: portal.desk(&who, Section::Audit, TITLE).await,
        seal: who.seal().expose(),
        actions: actions
            .map(|value| Choice {
                name: in_words(&value),
                chosen: action.as_ref() == Some(&value),
                value,
            })
            .collect(),
        some: action.is_some() || of.is_some(),
        next: next.map(|after| {
            let part = |name: &str, value: &Option<String>| match value {
                Some(value) => format!("&{name}={}", in_query(value)),
                None => String::new(),
            };
            let (action, of) = (part("action", &action), part("of", &of));
            format!("{PAGE}?after={after}{action}{of}")
        }),
        of: of.unwrap_or_default(),
        rows,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The names of those who have accounts, by the ids of the log.
async fn people(portal: &Portal) -> Result<HashMap<String, String>, Trouble> {
    let accounts = portal.authority().accounts().await;
    let accounts = accounts.map_err(|fault| fault.problem())?;
    let named = accounts.iter();
    Ok(named
        .map(|account| (account.id.to_string(), account.name.to_string()))
        .collect())
}

/// Works the log out anew, and holds it against a head where one was brought.
async fn verify(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::ReadAudit, request).await?;
    let proof = proof(&portal, &form).await;
    let (status, title) = match &proof {
        Ok(_) => (StatusCode::OK, "The audit log is whole"),
        Err(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: Audit log"),
    };
    let frame = portal.desk(&who, Section::Audit, title).await;
    let seal = who.seal().expose();
    let view = match proof {
        Ok(proof) => VerifiedPage {
            frame,
            seal,
            told: None,
            entries: proof.entries,
            against: proof
                .against
                .map(|head| (spoken(head.taken_at()), head.position())),
        },
        Err(AuditFault::Database(fault)) => return Err(fault.problem().into()),
        Err(fault) => VerifiedPage {
            frame,
            seal,
            told: Some(Told::of(&fault.problem())),
            entries: 0,
            against: None,
        },
    };
    Ok(page(status, &view))
}

async fn proof(portal: &Portal, form: &Form) -> Result<keyferry_authority::AuditProof, AuditFault> {
    let head = match form.files.first() {
        Some(file) => Some(portal.authority().read_audit_head(&file.bytes).await?),
        None => None,
    };
    portal.authority().verify_audit(head.as_ref()).await
}

/// The whole log, piece by piece as it is taken.
async fn export(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.form(Permission::ReadAudit, request).await?;
    let file = portal.audit_file().await;
    let file = file.map_err(|fault| Trouble::to_staff(fault.problem()))?;
    Ok(download(audit_file::KIND, audit_file::NAME, file))
}

/// The log's signed head.
async fn head(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.form(Permission::ReadAudit, request).await?;
    let signed = portal.authority().export_head().await;
    let signed = signed.map_err(|fault| Trouble::to_staff(fault.problem()))?;
    Ok(download(
        "application/octet-stream",
        "keyferry-audit.head",
        signed.text,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_in_words_and_by_the_names_that_accounts_have() {
        let people = HashMap::from([("7Q2K-9MPX-4RTW-0B3D".to_owned(), "ada".to_owned())]);
        for (actor, told) in [
            ("vendor", "At the machine"),
            ("account 7Q2K-9MPX-4RTW-0B3D", "ada"),
            ("account 0000-0000-0000-0000", "account 0000-0000-0000-0000"),
            (
                "api_token 7Q2K-9MPX-4RTW-0B3D",
                "api token 7Q2K-9MPX-4RTW-0B3D",
            ),
            ("address 203.0.113.7", "address 203.0.113.7"),
        ] {
            assert_eq!(who(actor, &people), told);
        }
        assert_eq!(in_words("key_rotated"), "Key rotated");
        assert_eq!(in_words("ü_x"), "ü x");
    }
}
