//! An answer as a moving QR code: its frames, all in the page. A script shows one after the other; without
//! one they stand below each other, each a picture.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use keyferry_token::qr::{Density, FRAMES_PER_SECOND, Frame};

use super::{
    bring::Form,
    carried::{Answer, Drawn, plain_name},
};
use crate::{
    Portal,
    frame::{Frame as PageFrame, Here, page},
    trouble::Trouble,
};

const TITLE: &str = "The answer as a moving QR code";

/// A moving code, and what is needed to ask for another density of it.
#[derive(Clone, Debug)]
pub(crate) struct Moving {
    /// What the answer's file is called.
    pub(crate) name: String,
    /// The answer's text form.
    pub(crate) text: String,
    /// Its frames, in their order.
    pub(crate) frames: Vec<Drawn>,
    /// How many are shown a second.
    pub(crate) rate: u8,
    density: Density,
}

impl Moving {
    pub(super) fn new(name: &str, answer: &Answer, density: Density) -> Option<Self> {
        let frames = Frame::all(&answer.content, density);
        let drawn = frames.iter().map(|frame| Some(Drawn::new(&frame.draw()?)));
        let frames = drawn.collect::<Option<Vec<_>>>()?;
        (!frames.is_empty()).then(|| Self {
            name: name.to_owned(),
            text: answer.text.clone(),
            frames,
            rate: FRAMES_PER_SECOND,
            density,
        })
    }

    /// The name of the next less dense way.
    pub(crate) fn less(&self) -> Option<&'static str> {
        match self.density {
            Density::Normal => Some("low"),
            Density::Low => Some("lowest"),
            Density::Lowest => None,
        }
    }

    /// The name of the next denser way.
    pub(crate) fn more(&self) -> Option<&'static str> {
        match self.density {
            Density::Normal => None,
            Density::Low => Some("normal"),
            Density::Lowest => Some("low"),
        }
    }
}

#[derive(Template)]
#[template(path = "moving.html")]
struct MovingPage {
    frame: PageFrame,
    moving: Moving,
}

/// Shows the answer that a page showed as frames of another density. As for the file, it comes back
/// with the form.
pub(crate) async fn frames(
    State(portal): State<Portal>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    let density = match form.field("density") {
        "normal" => Density::Normal,
        "low" => Density::Low,
        "lowest" => Density::Lowest,
        _ => return Err(Trouble::form_unreadable()),
    };
    let answer = Answer::read(form.field("answer"))?;
    let name = plain_name(form.field("name"))?;
    let moving = Moving::new(name, &answer, density).ok_or_else(Trouble::form_unreadable)?;
    let frame = portal.frame(Here::Answer, TITLE).await;
    Ok(page(StatusCode::OK, &MovingPage { frame, moving }))
}
