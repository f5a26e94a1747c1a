//! What the camera sees: one sight at a time, nothing of it is kept but the parts of a moving code. What
//! was read is text, and is brought as any other text is.

use std::sync::TryLockError;

use keyferry_catalogue::{Code, Problem};
use keyferry_picture::{MAX_SIGHT, qr_text_in_sight};
use keyferry_token::{
    Artefact, ParseFault,
    qr::{Collected, Density, Frame},
};
use tauri::{
    http::HeaderMap,
    ipc::{InvokeBody, Request},
};

use crate::{
    views::LookView,
    wizard::{Shown, Wizard},
};

/// Headers with the sides of a sight, in pixels.
const WIDTH: &str = "keyferry-width";
const HEIGHT: &str = "keyferry-height";

/// What the camera saw at one moment: a byte of grey for each pixel.
pub(crate) struct Sight {
    width: u32,
    height: u32,
    grey: Vec<u8>,
}

impl Sight {
    /// The body of a call, and its sides.
    ///
    /// # Errors
    /// `too_large`; `system_failure` where it is not what the wizard's own page sends.
    pub(crate) fn of(request: &Request<'_>) -> Shown<Self> {
        let InvokeBody::Raw(grey) = request.body() else {
            return Err(unlike_ours());
        };
        let side = |name| side(request.headers(), name);
        let (width, height) = (side(WIDTH)?, side(HEIGHT)?);
        if width > MAX_SIGHT || height > MAX_SIGHT {
            let limit = (u64::from(MAX_SIGHT) * u64::from(MAX_SIGHT)).to_string();
            return Err(Problem::new(Code::TooLarge).with("limit", limit).into());
        }
        if u64::try_from(grey.len()) != Ok(u64::from(width) * u64::from(height)) {
            return Err(unlike_ours());
        }
        let grey = grey.clone();
        Ok(Self {
            width,
            height,
            grey,
        })
    }
}

fn side(headers: &HeaderMap, name: &str) -> Shown<u32> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let side = value.and_then(|value| value.parse().ok());
    side.filter(|side| *side > 0).ok_or_else(unlike_ours)
}

fn unlike_ours() -> crate::views::ProblemView {
    Problem::new(Code::SystemFailure)
        .with("what", "the camera's picture")
        .into()
}

impl Wizard {
    /// Looks for a code in what the camera sees. Two sights are never looked at at once: the second is
    /// as good as empty.
    pub(crate) fn look(&self, sight: Sight) -> LookView {
        // A panic over a sight costs that sight and no other.
        let _looking = match self.looking.try_lock() {
            Ok(looking) => looking,
            Err(TryLockError::Poisoned(looking)) => looking.into_inner(),
            Err(TryLockError::WouldBlock) => return LookView::Nothing,
        };
        let Some(text) = qr_text_in_sight(sight.width, sight.height, sight.grey) else {
            return LookView::Nothing;
        };
        match Frame::read(&text) {
            Some(frame) => frame
                .and_then(|frame| self.part_seen(&frame))
                .unwrap_or_else(|fault| other(&fault)),
            None => code_seen(text),
        }
    }

    /// As if a sight were looked at.
    #[cfg(test)]
    pub(crate) fn hold_looking(&self) -> std::sync::MutexGuard<'_, ()> {
        self.looking.lock().unwrap()
    }

    /// As if the parts of moving codes were looked through.
    #[cfg(test)]
    pub(crate) fn hold_frames(&self) -> impl Sized {
        self.frames()
    }

    /// A part of a moving code; those that were brought as pictures count as well.
    fn part_seen(&self, frame: &Frame) -> Result<LookView, ParseFault> {
        Ok(match self.frames().take(frame)? {
            Collected::Part(missing) => LookView::Part {
                have: missing.have,
                total: missing.total,
                missing: missing.in_short(),
            },
            Collected::Whole(content) => {
                let all = Frame::all(&content, Density::Normal);
                let text = all.iter().map(|frame| frame.text() + "\n").collect();
                LookView::Read { text }
            }
        })
    }
}

/// A code that stands still.
fn code_seen(text: String) -> LookView {
    let read = Artefact::read(text.as_bytes()).and_then(|found| found.into_iter().collect());
    match read {
        Ok::<Vec<_>, _>(_) => LookView::Read { text },
        Err(fault) => other(&fault),
    }
}

fn other(fault: &ParseFault) -> LookView {
    let problem = fault.problem().into();
    LookView::Other { problem }
}
