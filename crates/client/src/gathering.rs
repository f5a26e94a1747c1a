//! What was brought, sorted: frames of a moving QR code, mostly a picture of each, belong together.

use keyferry_token::{MAX_PASTE, qr::Frame, text_of};

/// Something that was brought, its picture read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// To be read on its own, by [`crate::Client::apply`] or [`crate::Client::inspect`].
    Whole(Vec<u8>),
    /// Frames of moving codes, as text.
    Frames(String),
}

impl Brought {
    /// Sorts a file, a picture or a text.
    pub fn of(bytes: Vec<u8>) -> Self {
        match keyferry_picture::qr_text(&bytes) {
            Some(Ok(text)) if Self::has_frames(&text) => Self::Frames(text),
            Some(Ok(text)) => Self::Whole(text.into_bytes()),
            // Reading it says what is the matter with it.
            Some(Err(_)) => Self::Whole(bytes),
            // What begins like a binary artefact is one, whatever words are in it.
            None if matches!(bytes.first(), Some(0xd2 | 0xd8)) => Self::Whole(bytes),
            None => match text_of(&bytes).filter(|text| Self::has_frames(text)) {
                Some(text) => Self::Frames(text),
                None => Self::Whole(bytes),
            },
        }
    }

    fn has_frames(text: &str) -> bool {
        let mut words = text.split_whitespace();
        // Beside a text form frames are not read.
        words.any(|word| Frame::read(word).is_some()) && !text.contains("BEGIN KEYFERRY ")
    }
}

/// Several files on their way to [`crate::Client::apply`], those with frames held back until all are
/// there.
#[derive(Clone, Debug, Default)]
pub struct Gathering {
    names: Vec<String>,
    frames: String,
}

impl Gathering {
    /// Takes a file by its name. It comes back, its picture read, where it is to be read on its own;
    /// frames too, where they are more than is read at once.
    pub fn take(&mut self, name: &str, bytes: Vec<u8>) -> Option<Vec<u8>> {
        match Brought::of(bytes) {
            Brought::Frames(text) if self.frames.len() + text.len() >= MAX_PASTE => {
                Some(text.into_bytes())
            }
            Brought::Frames(text) => {
                self.names.push(name.to_owned());
                self.frames.push_str(&text);
                self.frames.push('\n');
                None
            }
            Brought::Whole(bytes) => Some(bytes),
        }
    }

    /// The names of the files with frames, and what is in all of them together; `None` where there were
    /// none.
    pub fn frames(self) -> Option<(String, Vec<u8>)> {
        let names = self.names.join(", ");
        (!self.names.is_empty()).then(|| (names, self.frames.into_bytes()))
    }
}
