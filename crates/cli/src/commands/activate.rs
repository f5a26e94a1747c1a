//! `keyferry activate`: makes the request that goes to the vendor.

use keyferry_catalogue::Problem;
use keyferry_client::{Client, Fresh};
use keyferry_terminal::{Failure, Reply, Source, Terminal};
use zeroize::Zeroizing;

use super::carry::hand_over;
use crate::call::Activate;

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
    let (view, told) = hand_over(&request, &activate.place)?;
    Ok(told.reply(&view))
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
