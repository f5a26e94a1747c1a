//! `keyferry status-code` and `keyferry report`: what somebody who helps needs to see.

use keyferry_catalogue::{Code, Phrase, Problem};
use keyferry_client::{Carried, Client};
use keyferry_terminal::{Destination, Failure, LANGUAGE, Reply, TokenView, write_file};
use serde::Serialize;

use super::product::find;
use crate::call::Report;

#[derive(Serialize)]
struct StatusCodeView {
    status_code: String,
    product: Option<String>,
    product_name: Option<String>,
}

#[derive(Serialize)]
struct ReportView {
    text: String,
    out: Option<String>,
    token: Option<TokenView>,
    token_out: Option<String>,
}

pub(crate) fn status_code(client: &Client, product: Option<&str>) -> Result<Reply, Failure> {
    let found = product.map(|text| find(client, text)).transpose()?;
    let told = client
        .status_code(found.as_ref().map(|found| &found.product))
        .map_err(Problem::from)?;
    let view = StatusCodeView {
        status_code: told.code.to_string(),
        product: told.product.as_ref().map(ToString::to_string),
        product_name: told.name.as_ref().map(ToString::to_string),
    };
    let mut reply = Reply::of(&view).printing(view.status_code.clone());
    if let (Some(product), Some(name)) = (&view.product, &view.product_name) {
        reply = reply.saying(format!("{name} ({product})"));
    }
    Ok(reply.saying(Phrase::ToldStatusCode.text(LANGUAGE)))
}

pub(crate) fn report(client: &Client, call: &Report) -> Result<Reply, Failure> {
    let to_stream = |out: Option<&Destination>| matches!(out, None | Some(Destination::Stream));
    if call.token == Some(Destination::Stream) && to_stream(call.out.as_ref()) {
        return Err(Problem::new(Code::Usage).into());
    }
    let token = match &call.token {
        Some(_) => Some(sealed(client, call.product.as_deref())?),
        None => None,
    };
    let report = client.report(LANGUAGE);
    let out = write(call.out.as_ref(), &report.file_name, &report.text)?;
    let token_out = match &token {
        Some(token) => write(call.token.as_ref(), &token.file_name, &token.armored)?,
        None => None,
    };
    let view = ReportView {
        text: report.text,
        out,
        token: token
            .as_ref()
            .map(|token| TokenView::new(token.kind, token.id, &token.bytes)),
        token_out,
    };
    let reply = told(Reply::of(&view), &view, token.as_ref());
    Ok(match &token {
        _ if view.out.is_none() => reply.printing(view.text),
        Some(token) if view.token_out.is_none() => reply.printing(token.armored.clone()),
        _ => reply,
    })
}

/// The status report that only the vendor can read; where one product is here it is that one.
fn sealed(client: &Client, product: Option<&str>) -> Result<Carried, Failure> {
    let product = match product {
        Some(text) => find(client, text)?.product,
        None => match client.products().map_err(Problem::from)?.as_slice() {
            [only] => only.product.clone(),
            _ => return Err(Problem::new(Code::InputNeeded).into()),
        },
    };
    Ok(client.status_report(&product).map_err(Problem::from)?)
}

/// Writes to a file and gives its name, or nothing where it goes to standard output.
fn write(out: Option<&Destination>, name: &str, text: &str) -> Result<Option<String>, Failure> {
    let Some(file) = out.and_then(|out| out.file(name)) else {
        return Ok(None);
    };
    write_file(&file, text.as_bytes())?;
    Ok(Some(file.display().to_string()))
}

fn told(mut reply: Reply, view: &ReportView, token: Option<&Carried>) -> Reply {
    let written = |path: &str| Phrase::ToldWritten.fill(LANGUAGE, &[("path", path)]);
    if let Some(file) = &view.out {
        reply = reply
            .saying(Phrase::ToldReadReport.text(LANGUAGE))
            .saying(written(file));
    }
    if let Some(token) = token {
        let args = [
            ("reference", token.reference.as_str()),
            ("vendor", token.vendor.profile.name.as_str()),
        ];
        reply = reply.saying(Phrase::ToldStatusForVendor.fill(LANGUAGE, &args));
        if let Some(file) = &view.token_out {
            reply = reply.saying(written(file));
        }
    }
    reply
}
