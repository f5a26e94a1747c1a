//! A token on its way to the vendor: written, drawn, and said where to take it.

use std::path::Path;

use keyferry_catalogue::{Code, Phrase, Problem};
use keyferry_client::Carried;
use keyferry_terminal::{Failure, LANGUAGE, Reply, TokenView, quoted, write_file};
use keyferry_token::qr::{Correction, Symbol};
use keyferry_token::{ProductCode, TokenKind};
use serde::Serialize;

use crate::call::Place;
use crate::picture::png;
use crate::views::VendorView;

/// The token fields of `docs/spec/cli.md`.
#[derive(Serialize)]
pub(crate) struct CarriedView {
    product: String,
    product_name: String,
    vendor: VendorView,
    label: String,
    made_at: String,
    token: TokenView,
    url: Option<String>,
    out: Option<String>,
    qr: Option<QrView>,
}

#[derive(Serialize)]
pub(crate) struct QrView {
    pub(crate) file: String,
    version: u8,
}

/// What is said and printed of a token that was handed over.
pub(crate) struct Told {
    lines: Vec<String>,
    /// Where to take it, and what then.
    next: Vec<String>,
    data: String,
}

impl Told {
    /// Says something before everything else.
    pub(crate) fn first(mut self, line: String) -> Self {
        self.lines.insert(0, line);
        self
    }

    /// Says where a courier has it, and what comes next with one.
    pub(crate) fn on_courier(mut self, file: &str, root: &Path) -> Self {
        let written = Phrase::ToldWritten.fill(LANGUAGE, &[("path", file)]);
        self.lines.push(written);
        self.next = vec![courier_step(root)];
        self
    }

    /// Prints nothing: what would be printed is in a file.
    pub(crate) fn quietly(mut self) -> Self {
        self.data.clear();
        self
    }

    /// The reply of a command with these fields.
    pub(crate) fn reply(self, fields: &impl Serialize) -> Reply {
        let lines = self.lines.into_iter().chain(self.next);
        let reply = lines.fold(Reply::of(fields), Reply::saying);
        reply.printing(self.data)
    }
}

/// Writes a token to where it is to be put, and says what is next.
///
/// # Errors
/// Those of writing. The token is kept, and can be had again.
pub(crate) fn hand_over(carried: &Carried, place: &Place) -> Result<(CarriedView, Told), Failure> {
    let qr = place
        .qr
        .as_ref()
        .map(|path| draw(path, &carried.qr_text))
        .transpose()?;
    let file = place
        .out
        .as_ref()
        .and_then(|out| out.file(&carried.file_name));
    if let Some(file) = &file {
        write_file(file, carried.armored.as_bytes())?;
    }
    let view = CarriedView {
        product: carried.product.to_string(),
        product_name: carried.product_name.to_string(),
        vendor: VendorView::from(&carried.vendor),
        label: carried.label.to_string(),
        made_at: carried.made_at.to_string(),
        token: TokenView::new(carried.kind, carried.id, &carried.bytes),
        url: carried.url.clone(),
        out: file.map(|file| file.display().to_string()),
        qr,
    };
    let told = Told {
        lines: lines(carried, &view),
        next: next(carried),
        data: if view.out.is_none() {
            carried.armored.clone()
        } else {
            String::new()
        },
    };
    Ok((view, told))
}

/// Draws a text as a QR code in a picture.
///
/// # Errors
/// `too_large`; those of writing.
pub(crate) fn draw(path: &Path, text: &str) -> Result<QrView, Failure> {
    let symbol = Symbol::draw(text, Correction::Screen)
        .ok_or_else(|| Problem::new(Code::TooLarge).with("limit", keyferry_token::MAX_TOKEN))?;
    let picture =
        png(&symbol).map_err(|fault| Problem::new(Code::SystemFailure).with("what", fault))?;
    write_file(path, &picture)?;
    Ok(QrView {
        file: path.display().to_string(),
        version: symbol.version(),
    })
}

fn lines(carried: &Carried, view: &CarriedView) -> Vec<String> {
    let mut lines = vec![ready(carried)];
    let place = |phrase: Phrase, path| phrase.fill(LANGUAGE, &[("path", path)]);
    lines.extend(
        view.out
            .as_deref()
            .map(|file| place(Phrase::ToldWritten, file)),
    );
    if carried.companion.is_some() {
        lines.push(Phrase::ToldTogether.text(LANGUAGE).to_owned());
    }
    lines.extend(
        view.qr
            .as_ref()
            .map(|qr| place(Phrase::ToldQrWritten, &qr.file)),
    );
    lines
}

fn next(carried: &Carried) -> Vec<String> {
    if carried.delivered.is_some() {
        return Vec::new();
    }
    let mut next = vec![to_vendor(carried)];
    next.extend(afterwards(carried));
    next
}

/// What comes next with a courier.
pub(crate) fn courier_step(root: &Path) -> String {
    let root = quoted(&root.display().to_string());
    let command = format!("keyferry courier deliver {root}");
    Phrase::NextCourier.fill(LANGUAGE, &[("command", &command)])
}

fn ready(carried: &Carried) -> String {
    let phrase = if carried.again {
        Phrase::ToldShownAgain
    } else {
        Phrase::ToldReady
    };
    phrase.fill(
        LANGUAGE,
        &[
            ("kind", carried.kind.name()),
            ("reference", &carried.reference),
            ("product", carried.product_name.as_str()),
            ("label", carried.label.as_str()),
        ],
    )
}

fn to_vendor(carried: &Carried) -> String {
    let vendor = ("vendor", carried.vendor.profile.name.as_str());
    match carried.vendor.profile.portal.as_deref() {
        Some(portal) => Phrase::NextVendorPortal.fill(LANGUAGE, &[vendor, ("portal", portal)]),
        None => Phrase::NextVendor.fill(LANGUAGE, &[vendor]),
    }
}

/// What is to be typed once the vendor has it, or has answered.
fn afterwards(carried: &Carried) -> Option<String> {
    match carried.kind {
        TokenKind::ActivationRequest | TokenKind::TimeRequest => {
            let command = ("command", "keyferry apply FILE");
            Some(Phrase::NextAnswer.fill(LANGUAGE, &[command]))
        }
        TokenKind::Deactivation => {
            let vendor = ("vendor", carried.vendor.profile.name.as_str());
            let command = delivered_command(&carried.product);
            let command = ("command", command.as_str());
            Some(Phrase::NextDelivered.fill(LANGUAGE, &[vendor, command]))
        }
        TokenKind::Status
        | TokenKind::ActivationResponse
        | TokenKind::Refresh
        | TokenKind::Time
        | TokenKind::Refusal => None,
    }
}

/// What confirms that a deactivation reached the vendor.
pub(crate) fn delivered_command(product: &ProductCode) -> String {
    format!("keyferry deactivation delivered {product}")
}
