//! A product as people name it, and as they read how it stands.

use keyferry_catalogue::{Code, Phrase, Problem};
use keyferry_client::{Client, ProductStanding, RequestSummary};
use keyferry_license::Action;
use keyferry_terminal::{LANGUAGE, Table, visible};
use keyferry_token::{ProductCode, State, TokenKind};

use super::carry::delivered_command;
use crate::views::{Anchor, sentences};

/// A product by its code, or by the name that people see. What is neither is not repeated: it may
/// be an activation code.
///
/// # Errors
/// `product_not_here`, `product_code_refused`; those of reading the store.
pub(crate) fn find(client: &Client, text: &str) -> Result<ProductStanding, Problem> {
    if let Ok(code) = ProductCode::new(text) {
        return Ok(client.standing(&code)?);
    }
    let mut products = client.products()?.into_iter();
    products
        .find(|found| found.name.as_str().eq_ignore_ascii_case(text.trim()))
        .ok_or_else(|| Problem::new(Code::ProductCodeRefused))
}

/// How a product stands: sentences, what waits, and the next step.
pub(crate) fn paragraph(found: &ProductStanding) -> String {
    let mut lines = vec![format!("{} ({})", found.name, found.product)];
    let mut say = |line: String| lines.push(format!("  {}", visible(&line)));
    let fill = |phrase: Phrase, args: &[(&str, &str)]| phrase.fill(LANGUAGE, args);
    let refused = found
        .request
        .as_ref()
        .and_then(|request| request.refused.as_ref());
    let undelivered = found
        .deactivation
        .as_ref()
        .filter(|made| made.delivered_at.is_none());
    // An answer that says no is an answer: nothing else is to be waited for.
    if found.standing.reason() != Some(Code::AwaitingAnswer) || refused.is_none() {
        say(sentences(&found.standing, Anchor::from(found)));
        end_near(found).into_iter().for_each(&mut say);
        own_step(found, refused.is_some(), undelivered.is_some())
            .into_iter()
            .for_each(&mut say);
    }
    if let Some(request) = &found.request {
        let steps = !settled(found.standing.state);
        for line in waiting(TokenKind::ActivationRequest, request, steps) {
            say(line);
        }
    }
    if let Some(request) = &found.time_request {
        for line in waiting(TokenKind::TimeRequest, request, true) {
            say(line);
        }
    }
    if let Some(made) = undelivered {
        say(fill(
            Phrase::ToldUndelivered,
            &[("reference", &made.reference)],
        ));
    }
    if let Some(grant) = &found.grant {
        let activation = grant.activation.to_string();
        say(fill(Phrase::ToldActivation, &[("activation", &activation)]));
    }
    lines.join("\n") + "\n"
}

/// The announcement of an end that is near.
fn end_near(found: &ProductStanding) -> Option<String> {
    let until = found
        .standing
        .until
        .filter(|_| found.end_is_near)?
        .to_string();
    let days = found.days_left?.to_string();
    let args = [("until", until.as_str()), ("days", &days)];
    Some(Phrase::StandingEndNear.fill(LANGUAGE, &args))
}

/// Whether the vendor's no to a request has no step of its own to offer: the program runs without it, or
/// something else is in the way first.
const fn settled(state: State) -> bool {
    match state {
        State::Licensed | State::Stopped | State::Blocked => true,
        State::Grace | State::Emergency | State::Unlicensed | State::Expired => false,
    }
}

/// The next step of the standing, unless a request that was refused has a nearer one.
fn own_step(found: &ProductStanding, refused: bool, undelivered: bool) -> Option<String> {
    if undelivered && found.standing.reason() == Some(Code::Deactivated) {
        let first = Problem::new(Code::DeactivationUndelivered);
        return Some(next(&first.with("product", &found.name)));
    }
    match &found.standing.problem {
        Some(_) if refused && !settled(found.standing.state) => None,
        Some(problem) => Some(next(problem)),
        None => found.end_is_near.then(|| {
            let vendor = found.vendor.profile.name.as_str();
            Phrase::NextRefresh.fill(LANGUAGE, &[("vendor", vendor)])
        }),
    }
}

/// A request that waits, and what the vendor said to it; with what comes next if `steps`.
fn waiting(kind: TokenKind, request: &RequestSummary, steps: bool) -> Vec<String> {
    let args = [("kind", kind.name()), ("reference", &request.reference)];
    match &request.refused {
        None => vec![
            Phrase::ToldWaiting.fill(LANGUAGE, &args),
            Phrase::NextAnswer.fill(LANGUAGE, &[("command", "keyferry apply FILE")]),
        ],
        Some(refused) => {
            let said = [
                Phrase::ToldRefused.fill(LANGUAGE, &args),
                refused.problem.message(LANGUAGE),
            ];
            let step = steps.then(|| next(&refused.problem));
            said.into_iter().chain(step).collect()
        }
    }
}

fn next(problem: &Problem) -> String {
    let step = problem.next_step(LANGUAGE);
    Phrase::NextStep.fill(LANGUAGE, &[("step", &step)])
}

/// What can be done about a product, each with the command to type.
pub(crate) fn actions(found: &ProductStanding) -> String {
    let mut table = Table::plain();
    for action in &found.actions {
        for (command, phrase) in commands(*action, &found.product) {
            table.row([format!("    {command}"), phrase.text(LANGUAGE).to_owned()]);
        }
    }
    format!("  {}\n{table}", Phrase::ToldActions.text(LANGUAGE))
}

fn commands(action: Action, product: &ProductCode) -> Vec<(String, Phrase)> {
    match action {
        Action::Activate => vec![("keyferry activate CODE".to_owned(), Phrase::ActionActivate)],
        Action::Refresh => vec![("keyferry apply FILE".to_owned(), Phrase::ActionRefresh)],
        Action::Deactivate => {
            let command = format!("keyferry deactivate {product} --yes");
            vec![(command, Phrase::ActionDeactivate)]
        }
        Action::Move => {
            let command = format!("keyferry move {product} --request FILE --yes");
            vec![(command, Phrase::ActionMove)]
        }
        Action::Emergency => {
            let command = format!("keyferry emergency {product} --yes");
            vec![(command, Phrase::ActionEmergency)]
        }
        Action::Clock => {
            let command = format!("keyferry clock request {product} --out FILE");
            vec![(command, Phrase::ActionClock)]
        }
        Action::Deliver => vec![
            (
                format!("keyferry deactivation show {product} --out FILE"),
                Phrase::ActionDeliver,
            ),
            (delivered_command(product), Phrase::ActionDelivered),
        ],
        Action::Help => {
            let command = format!("keyferry status-code {product}");
            vec![(command, Phrase::ActionHelp)]
        }
    }
}
