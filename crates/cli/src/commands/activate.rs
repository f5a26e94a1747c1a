//! `keyferry activate`: makes the request that goes to the vendor.

use keyferry_catalogue::Problem;
use keyferry_client::{Client, Fresh};
use keyferry_terminal::{Failure, Reply, Source, Terminal};
use serde::Serialize;
use zeroize::Zeroizing;

use super::carry::hand_over;
use super::courier::root_of;
use crate::call::Activate;

/// Where the request was left on a USB key, if it was.
#[derive(Serialize)]
struct LeftView {
    usb: Option<String>,
}

pub(crate) fn run(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    activate: Activate,
) -> Result<Reply, Failure> {
    let courier = activate.usb.as_deref();
    let courier = courier.map(|key| root_of(client, terminal, key));
    let courier = courier.transpose()?;
    let text = code_text(terminal, activate.code)?;
    let found = client.code(&text).map_err(Problem::from)?;
    let label = activate.label.unwrap_or(found.label);
    let fresh = if activate.new { Fresh::Yes } else { Fresh::No };
    let request = client
        .request_activation(&found.code, &label, fresh)
        .map_err(Problem::from)?;
    let (view, mut told) = hand_over(&request, &activate.place)?;
    let left = match &courier {
        Some(root) => {
            let left = client
                .courier_collect_one(root, &request.id)
                .map_err(Problem::from)?;
            let file = left.file.display().to_string();
            told = told.on_courier(&file, root);
            if activate.place.out.is_none() {
                told = told.quietly();
            }
            Some(file)
        }
        None => None,
    };
    Ok(told.reply(&view).showing(&LeftView { usb: left }))
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
