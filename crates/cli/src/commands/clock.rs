//! `keyferry clock`: what the clock looks like, and asking the vendor for the time.

use keyferry_catalogue::{Code, Exit, Phrase, Problem};
use keyferry_client::Client;
use keyferry_terminal::{Failure, LANGUAGE, Reply};
use serde::Serialize;

use super::carry::hand_over;
use super::product::find;
use crate::call::Place;
use crate::views::RequestView;

#[derive(Serialize)]
struct ClockView {
    now: String,
    latest_seen: Option<String>,
    behind: bool,
    product: Option<String>,
    time_request: Option<RequestView>,
}

pub(crate) fn show(client: &Client) -> Result<Reply, Failure> {
    let clock = client.clock_state().map_err(Problem::from)?;
    let blocked = clock
        .product
        .as_ref()
        .map(|product| client.standing(product))
        .transpose()
        .map_err(Problem::from)?;
    let view = ClockView {
        now: clock.now.to_string(),
        latest_seen: clock.latest_seen.map(|time| time.to_string()),
        behind: clock.behind,
        product: clock.product.as_ref().map(ToString::to_string),
        time_request: blocked
            .as_ref()
            .and_then(|found| found.time_request.as_ref())
            .map(RequestView::from),
    };
    let shows = Phrase::ToldClockShows.fill(LANGUAGE, &[("now", &view.now)]);
    let mut reply = Reply::of(&view).printing(shows);
    if let Some(latest) = &view.latest_seen {
        reply = reply.printing(Phrase::ToldClockLatest.fill(LANGUAGE, &[("latest", latest)]));
    }
    if !clock.behind {
        return Ok(reply.printing(Phrase::ToldClockRight.text(LANGUAGE)));
    }
    let problem = Problem::new(clock.reason.unwrap_or(Code::ClockBehind));
    let step = problem.next_step(LANGUAGE);
    let where_right = match (problem.code, clock.product) {
        (Code::LicenseClockBehind, _) => Phrase::NextClockLicense.text(LANGUAGE).to_owned(),
        (_, None) => right("keyferry clock request"),
        (_, Some(product)) => right(&format!("keyferry clock request {product}")),
    };
    Ok(reply
        .printing(problem.message(LANGUAGE))
        .saying(Phrase::NextStep.fill(LANGUAGE, &[("step", &step)]))
        .saying(where_right)
        .ending(Exit::Clock))
}

/// What to do where the clock is right.
fn right(command: &str) -> String {
    Phrase::NextClockRight.fill(LANGUAGE, &[("command", command)])
}

pub(crate) fn request(
    client: &Client,
    product: Option<&str>,
    place: &Place,
) -> Result<Reply, Failure> {
    let found = product.map(|text| find(client, text)).transpose()?;
    let carried = client
        .request_time(found.as_ref().map(|found| &found.product))
        .map_err(Problem::from)?;
    let (view, told) = hand_over(&carried, place)?;
    Ok(told.reply(&view))
}
