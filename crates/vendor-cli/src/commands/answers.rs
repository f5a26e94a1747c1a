//! Where tokens for computers go: to standard output, into a file, or into a folder each under a name
//! of its own.

use std::path::PathBuf;

use keyferry_authority::SealedAnswer;
use keyferry_terminal::{Destination, Failure, TokenView, make_folder, write_file};
use keyferry_token::TokenKind;
use keyferry_views::token;

/// Where tokens go.
pub(crate) enum Answers<'p> {
    /// To standard output.
    Stream,
    /// Each into a file of its own in a folder.
    Folder(&'p Destination),
    /// All into one file, one text after the other.
    File(PathBuf, String),
    /// Where it was put on a courier before; nowhere, where that could not be written.
    Courier(Option<PathBuf>),
}

/// A token that was put there.
pub(crate) struct Put {
    pub(crate) token: TokenView,
    /// The file, where there is one.
    pub(crate) out: Option<String>,
    /// Whether it is for standard output.
    printed: bool,
}

impl<'p> Answers<'p> {
    /// Where `--out` says. Several files are answered into a folder, which is made; one file into a
    /// file or a folder that is there.
    ///
    /// # Errors
    /// `disk_full`, `file_unwritable`.
    pub(crate) fn to(out: Option<&'p Destination>, several: bool) -> Result<Self, Failure> {
        Ok(match out {
            None | Some(Destination::Stream) => Self::Stream,
            Some(out @ Destination::Path(path)) => {
                if several {
                    make_folder(path)?;
                }
                if path.is_dir() {
                    Self::Folder(out)
                } else {
                    Self::File(path.clone(), String::new())
                }
            }
        })
    }

    /// Puts a token there; one file for all is written at the end.
    ///
    /// # Errors
    /// Those of writing. The authority gives the same token again.
    pub(crate) fn put(&mut self, sealed: &SealedAnswer) -> Result<Put, Failure> {
        let token = token(sealed);
        let file = match self {
            Self::Stream => None,
            Self::Folder(folder) => {
                let name = format!("keyferry-{}-{}.kft", word(sealed.kind), token.reference);
                let file = folder.file(&name);
                if let Some(file) = &file {
                    write_file(file, token.text.as_bytes())?;
                }
                file
            }
            Self::File(file, all) => {
                all.push_str(&token.text);
                Some(file.clone())
            }
            Self::Courier(file) => file.clone(),
        };
        Ok(Put {
            token,
            printed: file.is_none() && !matches!(self, Self::Courier(_)),
            out: file.map(|file| file.display().to_string()),
        })
    }

    /// Writes what was put into one file.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::File(file, text) if !text.is_empty() => Ok(write_file(&file, text.as_bytes())?),
            Self::Stream | Self::Folder(_) | Self::File(..) | Self::Courier(_) => Ok(()),
        }
    }
}

impl Put {
    /// The line that says that it is ready, and where.
    pub(crate) fn ready(&self, what: &str) -> String {
        let whither = self
            .out
            .as_ref()
            .map_or_else(String::new, |file| format!(": {file}"));
        format!("{what} {} is ready{whither}", self.token.reference)
    }

    /// Its text, where that goes to standard output.
    pub(crate) fn printed(&self) -> String {
        if self.printed {
            self.token.text.clone()
        } else {
            String::new()
        }
    }
}

/// What its file is called after.
const fn word(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::ActivationRequest => "request",
        TokenKind::ActivationResponse => "response",
        TokenKind::Refresh => "refresh",
        TokenKind::Deactivation => "deactivation",
        TokenKind::TimeRequest => "time-request",
        TokenKind::Time => "time",
        TokenKind::Refusal => "refusal",
        TokenKind::Status => "status",
    }
}
