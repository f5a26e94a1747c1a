//! The page with one box, and the page with the answer.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use keyferry_authority::{Received, Refreshed};
use keyferry_catalogue::{Code, Problem};

use super::{
    PICTURE,
    bring::{self, Brought, Form},
    carried::Carried,
    told::Outcome,
};
use crate::{
    Portal,
    caller::Caller,
    frame::{Frame, Here, page},
    trouble::{Trouble, shown},
    words::Told,
};

const TITLE: &str = "Get an answer for your computer";

#[derive(Template)]
#[template(path = "bring.html")]
struct BringPage {
    frame: Frame,
    /// What was pasted, if it has to be done again.
    text: String,
    told: Option<Told>,
    /// Whether that is about a picture.
    of_picture: bool,
}

impl BringPage {
    /// What is the matter with the picture, or with the text.
    fn told_of(&self, picture: bool) -> Option<&Told> {
        self.told.as_ref().filter(|_| self.of_picture == picture)
    }
}

#[derive(Template)]
#[template(path = "answer.html")]
struct AnswerPage {
    frame: Frame,
    outcome: Outcome,
}

#[derive(Template)]
#[template(path = "answers.html")]
struct AnswersPage {
    frame: Frame,
    done: Vec<Row>,
    open: Vec<Row>,
}

impl AnswersPage {
    /// The answers to take along, replies to what was refused among them.
    fn carried(&self) -> impl Iterator<Item = &Carried> {
        let rows = self.done.iter().chain(&self.open);
        rows.filter_map(|row| row.outcome.carried.as_ref())
    }

    /// The profiles that go along with answers, once for all of them.
    fn profiles(&self) -> &str {
        let mut all = self.carried().map(|carried| carried.profiles.as_str());
        all.find(|profiles| !profiles.is_empty())
            .unwrap_or_default()
    }

    /// Whether those profiles go along with an answer.
    fn goes_with(&self, carried: &Carried) -> bool {
        !carried.profiles.is_empty() && carried.profiles == self.profiles()
    }

    /// An answer as it comes back to be packed: with profiles of its own if they are others.
    fn sent<'c>(&self, carried: &'c Carried) -> &'c str {
        if self.goes_with(carried) {
            &carried.token
        } else {
            &carried.text
        }
    }

    fn answers(&self) -> usize {
        self.carried().count()
    }
}

/// One message among several.
struct Row {
    file: Option<String>,
    outcome: Outcome,
}

/// Shows the box.
pub(crate) async fn form(State(portal): State<Portal>) -> Response {
    let frame = portal.frame(Here::Answer, TITLE).await;
    let view = BringPage {
        frame,
        text: String::new(),
        told: None,
        of_picture: false,
    };
    page(StatusCode::OK, &view)
}

/// Takes what was brought, and shows what became of it.
///
/// # Errors
/// `form_unreadable`; `too_many_attempts`; those of the database.
pub(crate) async fn bring(
    State(portal): State<Portal>,
    caller: Caller,
    request: Request,
) -> Result<Response, Trouble> {
    let of_picture = request.uri().path() == PICTURE;
    let form = Form::read(request).await?;
    // Kept to the end: it holds the place among those that unpack.
    let all = match bring::all(&form, portal.places()).await {
        Ok(all) => all,
        Err(problem) => return Ok(again(&portal, &form, &problem, of_picture).await),
    };
    let brought = &all.brought;
    let bytes: Vec<_> = brought.iter().map(|one| one.bytes.clone()).collect();
    let mut received = portal
        .authority()
        .receive_all(&bytes, &caller.origin())
        .await;
    for (file, found) in brought.iter().zip(&mut received) {
        for one in found {
            if let (Some(problem), Received::Refused(refused)) = (&file.unread, one) {
                refused.problem = problem.clone();
            }
        }
    }
    let rows = rows(&portal, brought, &received).await;
    if let Some(trouble) = for_all(&received) {
        return Err(trouble);
    }
    let mut rows = rows;
    match (rows.pop(), rows.is_empty()) {
        (Some(row), true) if !row.outcome.read => {
            let problem = problems(&received).next().map(shown);
            let problem = problem.unwrap_or(Problem::new(Code::NothingRead));
            Ok(again(&portal, &form, &problem, of_picture).await)
        }
        (Some(row), true) => Ok(one(&portal, row.outcome, Here::Answer).await),
        (last, _) => {
            rows.extend(last);
            Ok(several(&portal, rows).await)
        }
    }
}

async fn rows(portal: &Portal, brought: &[Brought], received: &[Vec<Received>]) -> Vec<Row> {
    let brand = portal.brand().await;
    let mut rows = Vec::new();
    for (file, found) in brought.iter().zip(received) {
        for one in found {
            let outcome = Outcome::of(one, &brand.profile);
            portal.metrics().received(outcome.kind, outcome.came_of_it);
            let file = file.name.clone();
            rows.push(Row { file, outcome });
        }
    }
    rows
}

fn problems(received: &[Vec<Received>]) -> impl Iterator<Item = &Problem> {
    received.iter().flatten().filter_map(|one| match one {
        Received::Refused(refused) => Some(&refused.problem),
        _ => None,
    })
}

/// What stopped every one of them: too many attempts, or the vendor's own trouble.
fn for_all(received: &[Vec<Received>]) -> Option<Trouble> {
    let count = received.iter().map(Vec::len).sum::<usize>();
    let stopped: Vec<_> = problems(received)
        .map(|problem| Trouble::from(problem.clone()))
        .filter(|trouble| trouble.status != StatusCode::UNPROCESSABLE_ENTITY)
        .collect();
    (stopped.len() == count)
        .then(|| stopped.into_iter().next())
        .flatten()
}

/// The box once more, with what is the matter and what was pasted.
async fn again(portal: &Portal, form: &Form, problem: &Problem, of_picture: bool) -> Response {
    let told = Some(Told::of(problem));
    let title = format!("Error: {TITLE}");
    let frame = portal.frame(Here::Answer, &title).await;
    let text = form.field("text").to_owned();
    let view = BringPage {
        frame,
        text,
        told,
        of_picture,
    };
    page(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// What became of one message.
pub(crate) async fn show(portal: &Portal, received: &Received, here: Here) -> Response {
    let brand = portal.brand().await;
    let outcome = Outcome::of(received, &brand.profile);
    portal.metrics().received(outcome.kind, outcome.came_of_it);
    one(portal, outcome, here).await
}

/// What the page with a new lease is called.
pub(crate) fn title_of_refresh(refreshed: &Refreshed) -> String {
    format!("A new lease for {} is ready", refreshed.label)
}

/// A new lease that was made for a computer, in these surroundings.
pub(crate) async fn show_refresh(portal: &Portal, refreshed: &Refreshed, frame: Frame) -> Response {
    let brand = portal.brand().await;
    let outcome = Outcome::of_refresh(refreshed, &brand.profile);
    page(StatusCode::OK, &AnswerPage { frame, outcome })
}

async fn one(portal: &Portal, outcome: Outcome, here: Here) -> Response {
    let frame = portal.frame(here, &outcome.headline).await;
    page(StatusCode::OK, &AnswerPage { frame, outcome })
}

async fn several(portal: &Portal, rows: Vec<Row>) -> Response {
    let frame = portal
        .frame(Here::Answer, "What became of your computers")
        .await;
    let (open, done): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.outcome.open);
    page(StatusCode::OK, &AnswersPage { frame, done, open })
}
