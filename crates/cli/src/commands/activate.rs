//! `keyferry activate`: makes the request that goes to the vendor.

use std::path::Path;

use keyferry_catalogue::{Code, Problem};
use keyferry_client::{Client, Fresh, Requested};
use keyferry_terminal::{Failure, Reply, Source, Terminal, TokenView, write_file};
use keyferry_token::TokenKind;
use keyferry_token::qr::{Correction, Symbol};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::call::Activate;
use crate::picture::png;
use crate::views::VendorView;

#[derive(Serialize)]
struct RequestedView {
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
struct QrView {
    file: String,
    version: u8,
}

pub(crate) fn run(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    activate: Activate,
) -> Result<Reply, Failure> {
    let text = code_text(terminal, activate.code)?;
    let found = client.code(&text).map_err(Problem::from)?;
    let label = activate.label.unwrap_or(found.label);
    let fresh = if activate.new { Fresh::Yes } else { Fresh::No };
    let request = client
        .request_activation(&found.code, &label, fresh)
        .map_err(Problem::from)?;

    let qr = activate.qr.map(|path| draw(&path, &request)).transpose()?;
    let file = activate
        .out
        .as_ref()
        .and_then(|out| out.file(&request.file_name));
    if let Some(file) = &file {
        write_file(file, request.armored.as_bytes())?;
    }
    let place = file.map(|file| file.display().to_string());

    let view = RequestedView {
        product: request.product.to_string(),
        product_name: request.product_name.to_string(),
        vendor: VendorView::from(&request.vendor),
        label: request.label.to_string(),
        made_at: request.made_at.to_string(),
        token: TokenView::new(TokenKind::ActivationRequest, request.id, &request.bytes),
        url: request.url.clone(),
        out: place.clone(),
        qr,
    };
    let reply = told(Reply::of(&view), &view, &request);
    Ok(if place.is_none() {
        reply.printing(request.armored)
    } else {
        reply
    })
}

/// The code as typed, in one argument or several, or from standard input.
fn code_text(
    terminal: &mut Terminal<'_, '_>,
    words: Vec<String>,
) -> Result<Zeroizing<String>, Failure> {
    let words = Zeroizing::new(words);
    if words.len() == 1 && words[0] == "-" {
        let bytes = Zeroizing::new(terminal.read(&Source::Stream)?);
        return Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(Zeroizing::new(words.join(" ")))
}

fn draw(path: &Path, request: &Requested) -> Result<QrView, Failure> {
    let symbol = Symbol::draw(&request.qr_text, Correction::Screen)
        .ok_or_else(|| Problem::new(Code::TooLarge).with("limit", keyferry_token::MAX_TOKEN))?;
    let picture =
        png(&symbol).map_err(|fault| Problem::new(Code::SystemFailure).with("what", fault))?;
    write_file(path, &picture)?;
    Ok(QrView {
        file: path.display().to_string(),
        version: symbol.version(),
    })
}

fn told(reply: Reply, view: &RequestedView, request: &Requested) -> Reply {
    let vendor = &view.vendor.name;
    let place = view
        .out
        .as_ref()
        .map_or_else(String::new, |file| format!(": {file}"));
    let mut reply = reply.saying(format!(
        "Request {} for {} on “{}” is ready{place}",
        request.reference, request.product_name, request.label
    ));
    if let Some(qr) = &view.qr {
        reply = reply.saying(format!("Its QR code is in {}", qr.file));
    }
    reply
        .saying(match &request.vendor.profile.portal {
            Some(portal) => format!("Next: take it to {vendor}, at {portal} or by hand."),
            None => format!("Next: take it to {vendor}."),
        })
        .saying("When the answer is here: keyferry apply FILE")
}
