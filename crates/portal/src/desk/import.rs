//! Products and entitlements from a list that another system exports: it is brought, every row is
//! checked and shown, and a button does it. Nothing is kept between the pages: the list comes back with
//! the form, and so does what the codes of new entitlements follow from, so that a lost answer is had
//! again by sending the form once more.

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use data_encoding::BASE64;
use keyferry_bulk::{Brought, BulkFault, RowResult, brought_entitlements, brought_products};
use keyferry_catalogue::{Code, Holds, Problem};

use super::{
    import_kind::Kind,
    once::{MARK, mark},
    typed::{Typed, trouble},
};
use crate::{
    MAX_BODY, Portal,
    account::SignedIn,
    answer::{Form, download},
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::LANGUAGE,
};

/// The field with the list, when it comes back.
const LIST: &str = "list";
/// The box that passes over columns.
const PASS: &str = "pass";
const CSV: &str = "text/csv; charset=utf-8";

pub(super) fn routes() -> Router<Portal> {
    let of = |kind: Kind| {
        let ask =
            async move |State(portal): State<Portal>, who: SignedIn| ask(portal, who, kind).await;
        let check = async move |State(portal): State<Portal>, who: SignedIn, request: Request| {
            check(portal, who, kind, request).await
        };
        let import = async move |State(portal): State<Portal>, who: SignedIn, request: Request| {
            import(portal, who, kind, request).await
        };
        let results =
            async move |who: SignedIn, request: Request| results(who, kind, request).await;
        let example = async move |State(portal): State<Portal>, who: SignedIn| {
            example(portal, who, kind).await
        };
        let below = |page: &str| format!("{}/{page}", kind.path());
        Router::new()
            .route(kind.path(), get(ask).post(check))
            .route(&below("again"), post(check))
            .route(&below("do"), post(import))
            .route(&below("results"), post(results))
            .route(&below("example.csv"), get(example))
    };
    Kind::ALL
        .into_iter()
        .map(of)
        .fold(Router::new(), Router::merge)
}

/// Whether a form brings a list back, which makes it longer than the list was.
pub(crate) fn comes_back(path: &str) -> bool {
    Kind::ALL.iter().any(|kind| {
        let below = path.strip_prefix(kind.path());
        matches!(below, Some("/again" | "/do" | "/results"))
    })
}

#[derive(Template)]
#[template(path = "desk/import.html")]
struct ImportPage {
    frame: Frame,
    seal: String,
    kind: Kind,
    typed: Typed,
    most: String,
    /// The list that was brought before, where something was the matter with it.
    kept: Option<List>,
}

#[derive(Template)]
#[template(path = "desk/import_checked.html")]
struct CheckedPage {
    frame: Frame,
    seal: String,
    kind: Kind,
    list: List,
    pass: bool,
    mark: String,
    added: usize,
    changed: usize,
    unchanged: usize,
    refused: Vec<Row>,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "desk/imported.html")]
struct ImportedPage {
    frame: Frame,
    seal: String,
    kind: Kind,
    name: String,
    added: usize,
    changed: usize,
    unchanged: usize,
    refused: Vec<Row>,
    rows: Vec<Row>,
    /// The results, for the form that gives them as a file.
    results: String,
}

impl ImportedPage {
    /// Whether codes were made.
    fn has_secrets(&self) -> bool {
        self.rows.iter().any(|row| row.secrets.is_some())
    }

    /// The rows without codes.
    fn others(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.secrets.is_none())
    }

    fn has_others(&self) -> bool {
        self.others().next().is_some()
    }
}

/// A list as the form brings it back.
struct List {
    name: String,
    bytes: Vec<u8>,
}

/// A row as the pages show it.
struct Row {
    number: u64,
    /// What the list knows it by.
    known: String,
    /// Its own page.
    page: Option<String>,
    what: &'static str,
    class: &'static str,
    why: String,
    /// Code and secret, where they are new; empty where it was replaced since.
    secrets: Option<[String; 2]>,
}

impl List {
    fn shown(&self) -> String {
        BASE64.encode(&self.bytes)
    }

    /// The list of a form: the file that was chosen, else the one that comes back.
    fn of(form: &Form) -> Result<Option<Self>, Trouble> {
        if let Some(file) = form.files.first() {
            if file.bytes.len() > MAX_BODY {
                return Err(Trouble::too_large(MAX_BODY));
            }
            return Ok(Some(Self {
                name: file.name.clone().unwrap_or_else(|| "list.csv".to_owned()),
                bytes: file.bytes.to_vec(),
            }));
        }
        let text = form.field(LIST);
        if text.is_empty() {
            return Ok(None);
        }
        let bytes = BASE64.decode(text.as_bytes());
        let bytes = bytes.map_err(|_| Trouble::form_unreadable())?;
        if bytes.len() > MAX_BODY {
            return Err(Trouble::too_large(MAX_BODY));
        }
        let name = form.field("name").chars().take(200).collect();
        Ok(Some(Self { name, bytes }))
    }
}

async fn ask(portal: Portal, who: SignedIn, kind: Kind) -> Result<Response, Trouble> {
    who.may(kind.permission())?;
    Ok(show(&portal, &who, kind, Typed::default(), None).await)
}

async fn show(
    portal: &Portal,
    who: &SignedIn,
    kind: Kind,
    typed: Typed,
    kept: Option<List>,
) -> Response {
    let title = typed.title(kind.heading());
    let status = typed.status();
    let view = ImportPage {
        frame: portal.desk(who, kind.section(), &title).await,
        seal: who.seal().expose(),
        kind,
        typed,
        most: Holds::Count.in_words(&kind.most().to_string(), LANGUAGE),
        kept,
    };
    page(status, &view)
}

/// Says what each row would do. Nothing is done.
async fn check(
    portal: Portal,
    who: SignedIn,
    kind: Kind,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(kind.permission(), request).await?;
    let list = List::of(&form)?;
    let mut typed = Typed::default().with(PASS, form.field(PASS));
    let pass = typed.ticked(PASS);
    let Some(list) = list else {
        typed.refuse("files", &Problem::new(Code::NothingRead));
        return Ok(show(&portal, &who, kind, typed, None).await);
    };
    let authority = portal.authority();
    let checked = match kind {
        Kind::Products => brought_products(authority, &list.bytes, pass, None).await,
        Kind::Entitlements => brought_entitlements(authority, &list.bytes, pass, None).await,
    };
    let checked = match checked {
        Ok(checked) => checked,
        Err(fault) => return refuse(&portal, &who, kind, typed, list, &fault).await,
    };
    let mark = mark(&portal, &who, kind.path())?;
    let (refused, rows) = parted(kind, &checked);
    let title = format!("{}: checked", list.name);
    let view = CheckedPage {
        frame: portal.desk(&who, kind.section(), &title).await,
        seal: who.seal().expose(),
        kind,
        list,
        pass,
        mark,
        added: checked.of("ready"),
        changed: checked.of("would_change"),
        unchanged: checked.of("unchanged"),
        refused,
        rows,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The form once more, with what is the matter with the list as a whole. The list is kept.
async fn refuse(
    portal: &Portal,
    who: &SignedIn,
    kind: Kind,
    mut typed: Typed,
    list: List,
    fault: &BulkFault,
) -> Result<Response, Trouble> {
    // What is the matter with the machine is no matter of the list.
    let trouble = trouble(fault.problem());
    if trouble.status != StatusCode::UNPROCESSABLE_ENTITY {
        return Err(trouble);
    }
    typed.refuse("files", &fault.problem());
    Ok(show(portal, who, kind, typed, Some(list)).await)
}

/// Does it.
async fn import(
    portal: Portal,
    who: SignedIn,
    kind: Kind,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(kind.permission(), request).await?;
    let list = List::of(&form)?.ok_or_else(Trouble::form_unreadable)?;
    let typed = Typed::default().with(PASS, form.field(PASS));
    let (authority, pass) = (portal.authority(), typed.ticked(PASS));
    let (mark, origin) = (form.field(MARK), who.origin());
    if mark.is_empty() {
        return Err(Trouble::form_unreadable());
    }
    let read = who.seal().read_mark(kind.path(), mark, authority.now());
    if read.is_none() {
        let old = BulkFault::Authority(Problem::new(Code::FormTooOld));
        return refuse(&portal, &who, kind, typed, list, &old).await;
    }
    let done = match kind {
        Kind::Products => brought_products(authority, &list.bytes, pass, Some(&origin)).await,
        Kind::Entitlements => {
            let seed = authority.draft_seed(who.seal(), mark, &list.bytes);
            let form = Some((&seed, &origin));
            brought_entitlements(authority, &list.bytes, pass, form).await
        }
    };
    let done = match done {
        Ok(done) => done,
        Err(fault) => return refuse(&portal, &who, kind, typed, list, &fault).await,
    };
    let (refused, rows) = parted(kind, &done);
    let title = format!("{}: done", list.name);
    let view = ImportedPage {
        frame: portal.desk(&who, kind.section(), &title).await,
        seal: who.seal().expose(),
        kind,
        name: list.name,
        added: done.of("added"),
        changed: done.of("changed"),
        unchanged: done.of("unchanged"),
        refused,
        rows,
        results: BASE64.encode(&done.results()),
    };
    Ok(page(StatusCode::OK, &view))
}

/// Gives the results that a page shows as a file. They come back with the form, since nothing of them is
/// kept here.
async fn results(who: SignedIn, kind: Kind, request: Request) -> Result<Response, Trouble> {
    let form = who.form(kind.permission(), request).await?;
    let text = BASE64.decode(form.field(LIST).as_bytes());
    let text = text.map_err(|_| Trouble::form_unreadable())?;
    Ok(download(CSV, "results.csv", text))
}

/// A list to begin with, of a product that there is.
async fn example(portal: Portal, who: SignedIn, kind: Kind) -> Result<Response, Trouble> {
    who.may(kind.permission())?;
    let products = portal.authority().products().await;
    let products = products.map_err(|fault| fault.problem())?;
    let sold = products.first().map(|product| product.code.as_str());
    let text = kind.example(sold.unwrap_or("com.acme.cad"));
    Ok(download(CSV, kind.file(), text))
}

/// Those that were refused, and the others.
fn parted(kind: Kind, brought: &Brought) -> (Vec<Row>, Vec<Row>) {
    let rows = brought.rows.iter().map(|row| Row::new(kind, row));
    rows.partition(|row| !row.why.is_empty())
}

impl Row {
    fn new(kind: Kind, row: &RowResult) -> Self {
        let (what, class) = match row.outcome {
            "ready" => ("To be added", "good"),
            "added" => ("Added", "good"),
            "would_change" => ("To be changed", "over"),
            "changed" => ("Changed", "over"),
            "unchanged" => ("As it is", "over"),
            _ => ("Refused", "bad"),
        };
        let known = match kind {
            Kind::Products => row.id.as_ref().or(row.reference.as_ref()),
            Kind::Entitlements => row.reference.as_ref(),
        };
        let there = !matches!(row.outcome, "ready" | "refused");
        let own = row.id.as_ref().filter(|_| there).map(|id| match kind {
            Kind::Products => format!("/vendor/product/{id}"),
            Kind::Entitlements => format!("/vendor/entitlement/{id}"),
        });
        let secrets = match row.more.as_slice() {
            [code, secret] if !code.is_empty() => Some([code.clone(), secret.clone()]),
            _ => None,
        };
        let why = row.problem.as_ref().map(|problem| {
            let told = Trouble::to_staff(problem.clone()).problem;
            told.message(LANGUAGE)
        });
        Self {
            number: row.row,
            known: known.cloned().unwrap_or_default(),
            page: own,
            what,
            class,
            why: why.unwrap_or_default(),
            secrets,
        }
    }
}
