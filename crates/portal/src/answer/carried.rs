//! An answer on its carriers: as a file, as a QR code, as text; and several in one ZIP.

use std::{
    collections::BTreeSet,
    io::{Cursor, Write as _},
    iter::repeat,
    sync::Arc,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use keyferry_authority::SealedAnswer;
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    Artefact, ArtefactKind, armor,
    qr::{self, Correction, Density, Symbol},
};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::{bring::Form, moving::Moving};
use crate::{Portal, trouble::Trouble};

/// The densest still code that is shown (docs/spec/qr.md).
const MOST_ON_SCREEN: u8 = 25;
/// Above it a moving code is what a camera takes better.
const MOST_AT_FIRST: u8 = 20;

/// An answer for a page to offer. It is sealed to its computer: nobody on the way reads it.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// What its file is called, without the ending.
    pub(crate) name: String,
    /// Its text form, with the vendor's newer profiles behind it where its computer may need them.
    pub(crate) text: String,
    /// The text form of the answer alone.
    pub(crate) token: String,
    /// The text form of those profiles; mostly none.
    pub(crate) profiles: String,
    /// For the screen, where it is not too dense.
    pub(crate) qr: Option<Drawn>,
    /// Whether the moving code is offered before the still one.
    pub(crate) moves: bool,
    /// For paper.
    pub(crate) paper: Option<Drawn>,
}

/// A QR code as a drawing.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    /// What is dark, as an SVG path in modules.
    pub(crate) path: String,
    /// The side in modules, with the quiet zone of four.
    pub(crate) side: usize,
}

impl Carried {
    /// An answer; `to` is what people call the message that it answers.
    pub(crate) fn new(answer: &SealedAnswer, to: &str) -> Self {
        let text = qr::text(&answer.bytes, None);
        let still = Symbol::draw(&text, Correction::Screen);
        let fits = |most| still.as_ref().filter(|still| still.version() <= most);
        let paper = Symbol::draw(&text, Correction::Paper);
        Self {
            name: format!("keyferry-answer-{to}"),
            text: answer.armored(),
            token: armor(ArtefactKind::Token(answer.kind), &answer.bytes),
            profiles: answer
                .profiles
                .iter()
                .map(|profile| armor(ArtefactKind::Profile, profile))
                .collect::<Vec<_>>()
                .join("\n"),
            // A still code has the answer alone. What has to go along with it moves.
            moves: fits(MOST_AT_FIRST).is_none() || !answer.profiles.is_empty(),
            qr: fits(MOST_ON_SCREEN).map(Drawn::new),
            paper: paper.as_ref().map(Drawn::new),
        }
    }

    /// The moving code, if it is not too long for one.
    pub(crate) fn moving(&self) -> Option<Moving> {
        let answer = Answer::read(&self.text).ok()?;
        Moving::new(&self.name, &answer, Density::Normal)
    }
}

impl Drawn {
    pub(crate) fn new(symbol: &Symbol) -> Self {
        Self {
            path: symbol.svg_path(),
            side: symbol.side() + 8,
        }
    }
}

/// Gives the answer that a page shows as a file. It comes back with the form, since nothing of it is
/// kept here; only what is an answer leaves again.
pub(crate) async fn file(request: Request) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    let text = Answer::read(form.field("answer"))?.text;
    let name = file_name(form.field("name"))?;
    Ok(download(
        "application/octet-stream",
        &name,
        text.into_bytes(),
    ))
}

/// Most bytes of the files in a ZIP file of answers.
const MOST_PACKED: usize = 32 * 1024 * 1024;

/// The same for several, in one ZIP file. The profiles that go along with answers come once, whatever
/// the number of those: a chain of profiles is longer than an answer.
pub(crate) async fn zip(
    State(portal): State<Portal>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = Form::read(request).await?;
    let of = |wanted: &'static str| {
        let fields = form.fields.iter();
        fields.filter_map(move |(name, text)| (name == wanted).then_some(text.as_str()))
    };
    let along = profiles(form.field("profiles"))?;
    let mut names = BTreeSet::new();
    let mut files = Vec::new();
    let mut size = 0;
    for ((name, text), needs) in of("name")
        .zip(of("answer"))
        .zip(of("along").chain(repeat("")))
    {
        let (name, text) = (file_name(name)?, Answer::read(text)?.text);
        if !names.insert(name.clone()) {
            continue;
        }
        let needs = !needs.is_empty();
        size += text.len() + if needs { along.len() } else { 0 };
        if size > MOST_PACKED {
            return Err(Trouble::too_large(MOST_PACKED));
        }
        files.push((name, text, needs));
    }
    // What is packed is many times what came.
    let broken = || Problem::new(Code::SystemFailure).with("what", "packing ended");
    let place = Arc::clone(&portal.places().unpacking).acquire_owned().await;
    let place = place.map_err(|_| broken())?;
    let work = tokio::task::spawn_blocking(move || (pack(&files, &along), place));
    let (packed, _place) = work.await.map_err(|_| broken())?;
    let packed = packed.map_err(|fault| Problem::new(Code::SystemFailure).with("what", fault))?;
    Ok(download("application/zip", "keyferry-answers.zip", packed))
}

fn pack(files: &[(String, String, bool)], along: &str) -> Result<Vec<u8>, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, answer, needs) in files {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(answer.as_bytes())?;
        if *needs && !along.is_empty() {
            writer.write_all(b"\n")?;
            writer.write_all(along.as_bytes())?;
        }
    }
    Ok(writer.finish()?.into_inner())
}

/// The text form of profiles, and nothing beside them.
fn profiles(text: &str) -> Result<String, Trouble> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let read = Artefact::read(text.as_bytes()).map_err(|_| Trouble::form_unreadable())?;
    let mut all = Vec::new();
    for one in read {
        match one {
            Ok(profile @ Artefact::Profile(_)) => all.push(profile.armored()),
            _ => return Err(Trouble::form_unreadable()),
        }
    }
    Ok(all.join("\n"))
}

/// One answer that a page showed, as it comes back, and nothing beside it but profiles.
pub(super) struct Answer {
    /// Its text form.
    pub(super) text: String,
    /// What travels in a code that moves: its binary form, or the text where profiles go along.
    pub(super) content: Vec<u8>,
}

impl Answer {
    pub(super) fn read(text: &str) -> Result<Self, Trouble> {
        let read = Artefact::read(text.as_bytes()).unwrap_or_default();
        let mut read = read.into_iter();
        match read.next() {
            Some(Ok(one @ Artefact::Token(_))) if goes_to_device(&one) => {
                // Behind it the vendor's newer profiles, where its computer may need them.
                let mut all = vec![one.armored()];
                for along in read {
                    match along {
                        Ok(profile @ Artefact::Profile(_)) => all.push(profile.armored()),
                        _ => return Err(Trouble::form_unreadable()),
                    }
                }
                let text = all.join("\n");
                let content = match all.len() {
                    1 => one.bytes().to_vec(),
                    _ => text.clone().into_bytes(),
                };
                Ok(Self { text, content })
            }
            _ => Err(Trouble::form_unreadable()),
        }
    }
}

fn goes_to_device(artefact: &Artefact) -> bool {
    matches!(artefact.kind(), ArtefactKind::Token(kind) if !kind.from_device())
}

fn file_name(name: &str) -> Result<String, Trouble> {
    Ok(format!("{}.kft", plain_name(name)?))
}

pub(super) fn plain_name(name: &str) -> Result<&str, Trouble> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Trouble::form_unreadable());
    }
    Ok(name)
}

/// A file to keep.
pub(crate) fn download(kind: &'static str, name: &str, body: impl Into<Body>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let Ok(disposition) = HeaderValue::try_from(disposition) else {
        return Trouble::new(StatusCode::BAD_REQUEST, Code::FormUnreadable).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, body.into()).into_response()
}
