//! What the form sends: text that was pasted, files, or both.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest as _, Multipart, Request, multipart::Field},
    http::header::CONTENT_TYPE,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::Artefact;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    pictures,
    unpack::{self, Room},
};
use crate::trouble::Trouble;

/// Most parts of a form.
const MOST_PARTS: usize = 1100;
/// Most messages that are answered in one go.
pub(crate) const MOST_MESSAGES: usize = 500;

/// Most forms whose ZIP files are unpacked in memory at once; more wait. Each takes many times what
/// its request does.
const MOST_UNPACKED: usize = 16;

/// Most forms whose moving codes are drawn at once; more wait.
const MOST_DRAWN: usize = 2;

/// Places of what takes many times what its request does.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Forms whose ZIP files are in memory unpacked, and ZIP files that are made.
    pub(crate) unpacking: Arc<Semaphore>,
    /// Forms whose pictures are looked at.
    looking: Arc<Semaphore>,
    /// Forms whose moving codes are drawn.
    pub(super) drawing: Arc<Semaphore>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            unpacking: Arc::new(Semaphore::new(MOST_UNPACKED)),
            looking: Arc::new(Semaphore::new(pictures::MOST_LOOKED_AT)),
            drawing: Arc::new(Semaphore::new(MOST_DRAWN)),
        }
    }
}

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
    /// Why there is nothing to read in it, where that is known already.
    pub(crate) unread: Option<Problem>,
}

impl Brought {
    pub(super) fn new(name: Option<String>, bytes: Bytes) -> Self {
        let unread = None;
        Self {
            name,
            bytes,
            unread,
        }
    }

    /// Something in which there is nothing to read.
    pub(super) fn unread(name: Option<String>, problem: Problem) -> Self {
        Self {
            unread: Some(problem),
            ..Self::new(name, Bytes::new())
        }
    }
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
                self.files.push(Brought::new(name, bytes));
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

/// Everything that came in.
#[derive(Debug)]
pub(crate) struct All {
    pub(crate) brought: Vec<Brought>,
    /// Given back when nothing of what was unpacked is in memory any more.
    _place: Option<OwnedSemaphorePermit>,
}

/// What came in: pasted text and files, ZIP files unpacked and pictures looked at when there is a
/// place for it.
///
/// # Errors
/// `nothing_read`; `archive_damaged`, `archive_too_many`, `archive_too_large`; `too_many_messages`.
pub(crate) async fn all(form: &Form, places: &Places) -> Result<All, Problem> {
    let mut brought = Vec::new();
    let pasted = form.field("text").trim();
    if !pasted.is_empty() {
        let text = Bytes::copy_from_slice(pasted.as_bytes());
        brought.push(Brought::new(None, text));
    }
    let (files, place) = unpacked(form.files.clone(), places).await?;
    brought.extend(files);
    if brought.iter().any(|file| pictures::is_picture(&file.bytes)) {
        let looking = move || pictures::read(brought);
        brought = at_a_place(&places.looking, looking).await?.0;
    }
    if brought.is_empty() {
        return Err(Problem::new(Code::NothingRead));
    }
    if brought.iter().map(messages).sum::<usize>() > MOST_MESSAGES {
        return Err(Problem::new(Code::TooManyMessages).with("most", MOST_MESSAGES));
    }
    Ok(All {
        brought,
        _place: place,
    })
}

/// Does work that takes a while, once there is a place for it. The place goes with the work, which goes
/// on even if the client is no longer there.
pub(super) async fn at_a_place<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, OwnedSemaphorePermit), Problem> {
    let broken = || Problem::new(Code::SystemFailure).with("what", "reading what was brought");
    let taken = Arc::clone(places).acquire_owned().await;
    let taken = taken.map_err(|_| broken())?;
    let work = tokio::task::spawn_blocking(move || (work(), taken));
    work.await.map_err(|_| broken())
}

/// Files, with those of the ZIP files among them in their place; unpacked when there is a place for it,
/// which is to be kept for as long as what was unpacked.
///
/// # Errors
/// `archive_damaged`, `archive_too_many`, `archive_too_large`.
pub(crate) async fn unpacked(
    files: Vec<Brought>,
    places: &Places,
) -> Result<(Vec<Brought>, Option<OwnedSemaphorePermit>), Problem> {
    if !files.iter().any(|file| unpack::is_archive(&file.bytes)) {
        return Ok((files, None));
    }
    let (found, place) = at_a_place(&places.unpacking, move || unpack_all(files)).await?;
    Ok((found?, Some(place)))
}

fn unpack_all(files: Vec<Brought>) -> Result<Vec<Brought>, Problem> {
    let mut room = Room::default();
    let mut all = Vec::new();
    for file in files {
        if unpack::is_archive(&file.bytes) {
            all.extend(unpack::unpack(&file.bytes, &mut room)?);
        } else {
            all.push(file);
        }
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn form() -> Form {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        writer.start_file("pc-1.kft", options).unwrap();
        writer.write_all(b"one").unwrap();
        let bytes = Bytes::from(writer.finish().unwrap().into_inner());
        let name = Some("all.zip".to_owned());
        Form {
            fields: Vec::new(),
            files: vec![Brought::new(name, bytes)],
        }
    }

    #[tokio::test]
    async fn a_form_has_its_place_for_as_long_as_what_was_unpacked_is_in_memory() {
        let places = Places {
            unpacking: Arc::new(Semaphore::new(1)),
            ..Places::default()
        };
        let first = all(&form(), &places).await.unwrap();
        assert_eq!(first.brought.len(), 1);
        assert_eq!(places.unpacking.available_permits(), 0);
        let form = form();
        let second = all(&form, &places);
        tokio::pin!(second);
        // Whatever else is ready goes first.
        tokio::select! {
            biased;
            _ = &mut second => panic!("there was no place"),
            () = tokio::task::yield_now() => {}
        }
        drop(first);
        assert_eq!(second.await.unwrap().brought.len(), 1);
        assert_eq!(places.unpacking.available_permits(), 1);
    }
}
