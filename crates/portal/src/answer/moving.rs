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
    bring::{Form, at_a_place},
    carried::{Answer, Drawn, plain_name},
};
use crate::{
    Portal,
    frame::{Frame as PageFrame, Here, page},
    trouble::Trouble,
};

const TITLE: &str = "The answer as a moving QR code";

/// Most frames in a page: a content of any length at the normal density, and shorter ones less dense.
const MOST_FRAMES: usize = 80;

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
    less: Option<&'static str>,
}

fn less_dense(density: Density) -> Option<(Density, &'static str)> {
    match density {
        Density::Normal => Some((Density::Low, "low")),
        Density::Low => Some((Density::Lowest, "lowest")),
        Density::Lowest => None,
    }
}

impl Moving {
    pub(super) fn new(name: &str, answer: &Answer, density: Density) -> Option<Self> {
        let frames = Frame::all(&answer.content, density);
        if frames.len() > MOST_FRAMES {
            return None;
        }
        let less = less_dense(density)
            .filter(|(density, _)| Frame::all(&answer.content, *density).len() <= MOST_FRAMES);
        let drawn = frames.iter().map(|frame| Some(Drawn::new(&frame.draw()?)));
        let frames = drawn.collect::<Option<Vec<_>>>()?;
        (!frames.is_empty()).then(|| Self {
            name: name.to_owned(),
            text: answer.text.clone(),
            frames,
            rate: FRAMES_PER_SECOND,
            density,
            less: less.map(|(_, name)| name),
        })
    }

    /// The name of the next less dense way, where a page has room for its frames.
    pub(crate) fn less(&self) -> Option<&'static str> {
        self.less
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
    let name = name.to_owned();
    // A form makes many pictures, each of them work: aside, and not for all at once.
    let drawing = move || Moving::new(&name, &answer, density);
    let (moving, _place) = at_a_place(&portal.places().drawing, drawing).await?;
    let moving = moving.ok_or_else(Trouble::form_unreadable)?;
    let frame = portal.frame(Here::Answer, TITLE).await;
    Ok(page(StatusCode::OK, &MovingPage { frame, moving }))
}

#[cfg(test)]
mod tests {
    use keyferry_fixtures::{NOW, TestDevice, TestVendor};
    use keyferry_token::{
        Artefact, ArtefactKind, TokenKind, armor,
        qr::{Collected, Collector},
    };

    use super::*;

    fn collected(content: &[u8]) -> Vec<Artefact> {
        let mut collector = Collector::default();
        for frame in Frame::all(content, Density::Normal) {
            if let Collected::Whole(content) = collector.take(&frame).unwrap() {
                let read = Artefact::read(&content).unwrap();
                return read.into_iter().map(Result::unwrap).collect();
            }
        }
        panic!("not whole");
    }

    #[test]
    fn profiles_that_an_answer_needs_move_with_it_and_alone_it_is_as_short_as_it_can_be() {
        let vendor = TestVendor::acme();
        let request = TestDevice::new("press-04").request_to(vendor, &vendor.code());
        let answer = vendor.respond(&request.bytes, NOW).bytes;
        let kind = ArtefactKind::Token(TokenKind::ActivationResponse);
        let alone = armor(kind, &answer);
        let read = Answer::read(&alone).unwrap();
        assert_eq!(read.content, answer);
        let short = Moving::new("answer", &read, Density::Normal).unwrap();

        let profile = vendor.signed_profile();
        let both = format!("{alone}\n{}", armor(ArtefactKind::Profile, &profile));
        let read = Answer::read(&both).unwrap();
        let found = collected(&read.content);
        let kinds: Vec<_> = found.iter().map(Artefact::kind).collect();
        assert_eq!(kinds, [kind, ArtefactKind::Profile]);
        assert_eq!(found[1].bytes(), profile);
        let long = Moving::new("answer", &read, Density::Normal).unwrap();
        assert!(long.frames.len() > short.frames.len());
    }

    #[test]
    fn no_page_has_more_frames_than_its_bound_nor_offers_a_way_to_them() {
        let answer = Answer {
            text: String::new(),
            content: vec![0; keyferry_token::qr::MAX_CONTENT],
        };
        let dense = Moving::new("answer", &answer, Density::Normal).unwrap();
        assert!(dense.frames.len() <= MOST_FRAMES);
        assert_eq!(dense.less(), None);
        for density in [Density::Low, Density::Lowest] {
            assert!(Moving::new("answer", &answer, density).is_none());
        }
    }

    #[test]
    fn what_is_too_long_for_a_moving_code_is_shown_as_none() {
        let answer = Answer {
            text: String::new(),
            content: vec![0; keyferry_token::qr::MAX_CONTENT + 1],
        };
        assert!(Moving::new("answer", &answer, Density::Lowest).is_none());
    }
}
