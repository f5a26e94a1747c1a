//! Pages that ask once more before something is done that cannot be undone, and where one goes after that.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use keyferry_catalogue::Problem;

use super::Section;
use crate::{
    Portal,
    account::SignedIn,
    frame::{Frame, Here, page},
    words::Told,
};

/// What a page asks.
#[derive(Debug, Default)]
pub(super) struct Question {
    pub(super) heading: String,
    pub(super) lead: &'static str,
    /// What will be so then.
    pub(super) points: Vec<String>,
    /// The page of what it is about: where one goes back to.
    pub(super) about: String,
    /// What its form does, as the address below that page says it.
    pub(super) does: &'static str,
    pub(super) verb: &'static str,
    pub(super) keep: &'static str,
    pub(super) facts: Vec<(&'static str, String)>,
    /// The mark of the form, where it makes something; empty otherwise.
    pub(super) mark: String,
}

#[derive(Template)]
#[template(path = "desk/question.html")]
struct QuestionPage {
    frame: Frame,
    seal: String,
    told: Option<Told>,
    asks: Question,
}

impl Question {
    /// The page that asks it.
    pub(super) async fn show(self, portal: &Portal, who: &SignedIn, section: Section) -> Response {
        self.ask(portal, who, section, None).await
    }

    /// The same once more, where something was the matter with the form.
    pub(super) async fn ask(
        self,
        portal: &Portal,
        who: &SignedIn,
        section: Section,
        problem: Option<&Problem>,
    ) -> Response {
        let (status, title) = match problem {
            Some(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("Error: {}", self.heading),
            ),
            None => (StatusCode::OK, self.heading.clone()),
        };
        let view = QuestionPage {
            frame: portal.desk(who, section, &title).await,
            seal: who.seal().expose(),
            told: problem.map(Told::of),
            asks: self,
        };
        page(status, &view)
    }
}

/// Back to the page of what was changed, which says what was done; or that nothing was.
pub(super) fn back(about: &str, changed: bool, done: &str) -> Response {
    let done = if changed { done } else { "unchanged" };
    Redirect::to(&format!("{about}?done={done}")).into_response()
}
