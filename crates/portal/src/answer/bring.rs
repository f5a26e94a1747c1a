//! What the form sends: text that was pasted, files, or both.

use axum::{
    body::Bytes,
    extract::{FromRequest as _, Multipart, Request, multipart::Field},
    http::header::CONTENT_TYPE,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::Artefact;

use super::unpack;
use crate::trouble::Trouble;

/// Most parts of a form.
const MOST_PARTS: usize = 1100;
/// Most messages that are answered in one go.
pub(crate) const MOST_MESSAGES: usize = 500;

/// What was sent by the form.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// The fields in their order: name and text.
    pub(crate) fields: Vec<(String, String)>,
    /// The files in their order; what was left empty is none.
    pub(crate) files: Vec<Brought>,
}

/// A file, or what was pasted.
#[derive(Clone, Debug)]
pub(crate) struct Brought {
    /// The name that it came with, for people to recognise it by; never a path.
    pub(crate) name: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Form {
    /// Reads a form of either encoding; its body is whole and bounded already.
    ///
    /// # Errors
    /// `form_unreadable`.
    pub(crate) async fn read(request: Request) -> Result<Self, Trouble> {
        let kind = request.headers().get(CONTENT_TYPE);
        if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form")) {
            let fields = axum::Form::from_request(request, &()).await;
            let axum::Form(fields) = fields.map_err(|_| Trouble::form_unreadable())?;
            let files = Vec::new();
            return Ok(Self { fields, files });
        }
        let unreadable = |_| Trouble::form_unreadable();
        let mut parts = Multipart::from_request(request, &())
            .await
            .map_err(|_| Trouble::form_unreadable())?;
        let mut form = Self::default();
        let mut count = 0;
        while let Some(part) = parts.next_field().await.map_err(unreadable)? {
            count += 1;
            if count > MOST_PARTS {
                return Err(Trouble::form_unreadable());
            }
            form.take(part).await?;
        }
        Ok(form)
    }

    async fn take(&mut self, part: Field<'_>) -> Result<(), Trouble> {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(last_part);
        let is_file = file_name.is_some();
        let bytes = part.bytes().await.map_err(|_| Trouble::form_unreadable())?;
        if is_file {
            if !bytes.is_empty() {
                let name = file_name.filter(|name| !name.is_empty());
                self.files.push(Brought { name, bytes });
            }
        } else {
            let text = String::from_utf8(bytes.into()).map_err(|_| Trouble::form_unreadable())?;
            self.fields.push((name, text));
        }
        Ok(())
    }

    /// The first field of this name.
    pub(crate) fn field(&self, name: &str) -> &str {
        let mut fields = self.fields.iter();
        let found = fields.find(|(given, _)| given == name);
        found.map_or("", |(_, text)| text)
    }
}

/// What came in: pasted text and files, ZIP files unpacked.
///
/// # Errors
/// `nothing_read`; `archive_damaged`, `archive_too_many`, `archive_too_large`; `too_many_messages`.
pub(crate) async fn all(form: &Form) -> Result<Vec<Brought>, Problem> {
    let mut all = Vec::new();
    let pasted = form.field("text").trim();
    if !pasted.is_empty() {
        all.push(Brought {
            name: None,
            bytes: Bytes::copy_from_slice(pasted.as_bytes()),
        });
    }
    for file in &form.files {
        if unpack::is_archive(&file.bytes) {
            let archive = file.bytes.clone();
            let unpacked = tokio::task::spawn_blocking(move || unpack::unpack(&archive)).await;
            all.extend(unpacked.map_err(|_| Problem::new(Code::ArchiveDamaged))??);
        } else {
            all.push(file.clone());
        }
    }
    if all.is_empty() {
        return Err(Problem::new(Code::NothingRead));
    }
    if all.iter().map(messages).sum::<usize>() > MOST_MESSAGES {
        return Err(Problem::new(Code::TooManyMessages).with("most", MOST_MESSAGES));
    }
    Ok(all)
}

/// How many messages are in a file; what cannot be read is told as one.
fn messages(file: &Brought) -> usize {
    Artefact::read(&file.bytes).map_or(1, |found| found.len())
}

/// The name without the folders in front of it.
pub(super) fn last_part(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(120).collect()
}
