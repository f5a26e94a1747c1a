//! An answer on its carriers: as a file, as a QR code, as text; and several in one ZIP.

use std::{
    collections::BTreeSet,
    io::{Cursor, Write as _},
    iter::repeat,
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use keyferry_authority::SealedAnswer;
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    Artefact, ArtefactKind, armor,
    qr::{self, Correction, Symbol},
};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions};

use super::bring::Form;
use crate::{Portal, trouble::Trouble};

/// The densest code that a camera takes from a screen.
const MOST_ON_SCREEN: u8 = 30;

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
    /// For the screen.
    pub(crate) qr: Option<Drawn>,
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
        let draw = |correction, most| {
            let symbol = Symbol::draw(&text, correction)?;
            (symbol.version() <= most).then(|| Drawn::new(&symbol))
        };
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
            qr: draw(Correction::Screen, MOST_ON_SCREEN),
            paper: draw(Correction::Paper, 40),
        }
    }
}

impl Drawn {
    fn new(symbol: &Symbol) -> Self {
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
    let text = answer(form.field("answer"))?;
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
        let (name, text) = (file_name(name)?, answer(text)?);
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
    let place = Arc::clone(portal.places()).acquire_owned().await;
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

/// The text form of what is one answer, and nothing beside it.
fn answer(text: &str) -> Result<String, Trouble> {
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
            Ok(all.join("\n"))
        }
        _ => Err(Trouble::form_unreadable()),
    }
}

fn goes_to_device(artefact: &Artefact) -> bool {
    matches!(artefact.kind(), ArtefactKind::Token(kind) if !kind.from_device())
}

fn file_name(name: &str) -> Result<String, Trouble> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Trouble::form_unreadable());
    }
    Ok(format!("{name}.kft"))
}

fn download(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let Ok(disposition) = HeaderValue::try_from(disposition) else {
        return Trouble::new(StatusCode::BAD_REQUEST, Code::FormUnreadable).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes).into_response()
}
