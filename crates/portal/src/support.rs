//! For whoever helps somebody on the phone: a status code or a status message comes in, a sentence and
//! the likely fix go out. Which activations a code may be about is for those alone who have signed in and
//! may see activations.

use askama::Template;
use axum::http::HeaderMap;
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode as HttpStatus,
    response::Response,
    routing::get,
};
use keyferry_authority::{Permission, Received, StatusExplained};
use keyferry_catalogue::{Code, Holds, Problem};
use keyferry_token::{Artefact, ArtefactKind, StatusCode, TokenKind};

use crate::{
    Portal,
    account::SignedIn,
    answer::{self, Form},
    caller::Caller,
    desk::{Activations, Section},
    frame::{Frame, Here, page},
    trouble::{Trouble, shown},
    words::{LANGUAGE, Told, changed, spoken},
};

const TITLE: &str = "What a computer’s status means";
/// Text beyond this is no code that somebody typed.
const LONGEST_CODE: usize = 64;

#[derive(Template)]
#[template(path = "support.html")]
struct SupportPage {
    frame: Frame,
    text: String,
    told: Option<Told>,
    explained: Option<Explained>,
    /// Whether whoever asks may see activations.
    staff: bool,
}

/// A status code in words.
struct Explained {
    code: String,
    sentence: String,
    fix: Option<String>,
    cause: Option<String>,
    reference: Option<String>,
    facts: Vec<(&'static str, String)>,
    /// The activations that it may be about, for those who may see them.
    candidates: Option<Activations>,
    /// Whether it is about one at all.
    hinted: bool,
}

impl SupportPage {
    fn has_rows(&self) -> bool {
        let found = self.explained.as_ref();
        let found = found.and_then(|found| found.candidates.as_ref());
        found.is_some_and(|found| !found.rows().is_empty())
    }
}

pub(crate) fn routes() -> Router<Portal> {
    Router::new().route("/support", get(form).post(explain))
}

async fn form(State(portal): State<Portal>, caller: Caller, headers: HeaderMap) -> Response {
    let who = staff(&portal, caller, &headers).await;
    show(&portal, who.as_ref(), String::new(), None).await
}

/// Who has signed in and may see activations. Everybody else is a stranger here, and so are all while the
/// database cannot tell.
async fn staff(portal: &Portal, caller: Caller, headers: &HeaderMap) -> Option<SignedIn> {
    let found = SignedIn::find(headers, caller, portal).await;
    let who = found.ok().flatten();
    who.filter(|who| who.has(Permission::ReadActivations))
}

/// Explains what was typed, pasted or chosen.
async fn explain(
    State(portal): State<Portal>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Trouble> {
    let who = staff(&portal, caller, &headers).await;
    let who = who.as_ref();
    let form = Form::read(request).await?;
    let typed = form.field("text").trim().to_owned();
    let message = match form.files.first() {
        Some(file) => Some(file.bytes.to_vec()),
        None if typed.len() > LONGEST_CODE => Some(typed.clone().into_bytes()),
        None => None,
    };
    match message {
        Some(message) => read_status(&portal, caller, who, &typed, &message).await,
        None => match StatusCode::read(&typed) {
            Ok(code) => {
                let explained = portal.authority().explain_status_code(&code).await;
                let explained = explained.map_err(|fault| fault.problem())?;
                let mut told = Explained::new(&code, &explained);
                if who.is_some() {
                    let found = Activations::new(&portal, &explained.candidates).await;
                    told.candidates = Some(found);
                }
                Ok(show(&portal, who, String::new(), Some(told)).await)
            }
            Err(fault) => Ok(again(&portal, who, typed, &fault.problem()).await),
        },
    }
}

/// Reads a status message. Anything else is sent to where it is answered: nothing is asked for here
/// by mistake.
async fn read_status(
    portal: &Portal,
    caller: Caller,
    who: Option<&SignedIn>,
    typed: &str,
    message: &[u8],
) -> Result<Response, Trouble> {
    if let Err(problem) = is_status(message) {
        return Ok(again(portal, who, typed.to_owned(), &problem).await);
    }
    let mut received = portal.authority().receive(message, &caller.origin()).await;
    match received.pop() {
        Some(Received::Refused(refused)) => {
            let trouble = Trouble::from(refused.problem.clone());
            if trouble.status == HttpStatus::UNPROCESSABLE_ENTITY {
                Ok(again(portal, who, typed.to_owned(), &shown(&refused.problem)).await)
            } else {
                Err(trouble)
            }
        }
        Some(read) => Ok(answer::show(portal, &read, Here::Support).await),
        None => Ok(again(
            portal,
            who,
            typed.to_owned(),
            &Problem::new(Code::NothingRead),
        )
        .await),
    }
}

/// That it is one status message and nothing beside it.
fn is_status(message: &[u8]) -> Result<(), Problem> {
    let wanted = TokenKind::Status;
    let read = Artefact::read(message).map_err(|fault| fault.problem())?;
    let [one] = read.as_slice() else {
        return Err(Problem::new(Code::TooManyMessages).with("most", 1));
    };
    match one {
        Err(fault) => Err(fault.problem()),
        Ok(one) if one.kind() == ArtefactKind::Token(wanted) => Ok(()),
        Ok(other) => Err(Problem::new(Code::WrongKind)
            .with("found", other.kind().name())
            .with("wanted", wanted.name())),
    }
}

async fn show(
    portal: &Portal,
    who: Option<&SignedIn>,
    text: String,
    explained: Option<Explained>,
) -> Response {
    let title = explained.as_ref().map_or(TITLE, |found| &found.sentence);
    let view = SupportPage {
        frame: around(portal, who, title).await,
        text,
        told: None,
        explained,
        staff: who.is_some(),
    };
    page(HttpStatus::OK, &view)
}

/// The box once more, with what is the matter and what was typed.
async fn again(
    portal: &Portal,
    who: Option<&SignedIn>,
    text: String,
    problem: &Problem,
) -> Response {
    let view = SupportPage {
        frame: around(portal, who, &format!("Error: {TITLE}")).await,
        text,
        told: Some(Told::of(problem)),
        explained: None,
        staff: who.is_some(),
    };
    page(HttpStatus::UNPROCESSABLE_ENTITY, &view)
}

async fn around(portal: &Portal, who: Option<&SignedIn>, title: &str) -> Frame {
    match who {
        Some(who) => portal.desk(who, Section::Activations, title).await,
        None => portal.frame(Here::Support, title).await,
    }
}

impl Explained {
    fn new(code: &StatusCode, explained: &StatusExplained) -> Self {
        let problem = explained.problem();
        let state = Holds::State.in_words(explained.state.name(), LANGUAGE);
        let mut facts = vec![("State", state)];
        facts.push(("Its date", spoken(explained.whole_day())));
        if let Some(days) = explained.ends_in {
            facts.push(("Lease", lease(days)));
        }
        if !explained.changed.is_empty() {
            facts.push(("Changed there", changed(&explained.changed)));
        }
        Self {
            code: code.to_string(),
            sentence: explained.sentence(LANGUAGE),
            fix: problem.as_ref().map(|problem| problem.next_step(LANGUAGE)),
            cause: problem.as_ref().map(|problem| problem.cause(LANGUAGE)),
            reference: explained.reason_number.map(|number| format!("KF-{number}")),
            facts,
            candidates: None,
            hinted: code.hint().is_some(),
        }
    }
}

fn lease(days: i16) -> String {
    let count = days.unsigned_abs();
    let unit = if count == 1 { "day" } else { "days" };
    let or_more = if count >= 511 { " or more" } else { "" };
    match days {
        0 => "ends on that day".to_owned(),
        1.. => format!("ends {count} {unit}{or_more} later"),
        ..0 => format!("ended {count} {unit}{or_more} before"),
    }
}
