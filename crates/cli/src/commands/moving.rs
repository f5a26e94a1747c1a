//! `keyferry move`: the seat goes to another computer in one trip.

use keyferry_catalogue::Problem;
use keyferry_client::{Client, MoveRequest};
use keyferry_terminal::{Failure, Reply, Source, Terminal, quoted};
use keyferry_token::DeactivationReason;
use serde::Serialize;

use super::carry::{CarriedView, hand_over};
use super::deactivate::{confirm, outcome, reason, stopped};
use super::plan::Plan;
use super::product::find;
use crate::call::Move;
use crate::views::VendorView;

#[derive(Serialize)]
struct MovedView {
    outcome: &'static str,
    reason: Option<&'static str>,
    text: String,
    request: Option<NewComputerView>,
    #[serde(flatten)]
    carried: CarriedView,
}

/// The request of the new computer, which is sealed: nobody here can say more of it than who opens
/// it.
#[derive(Serialize)]
struct NewComputerView {
    vendor: VendorView,
    recipient: String,
}

pub(crate) fn run(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    call: &Move,
) -> Result<Reply, Failure> {
    let found = find(client, &call.product)?;
    let request = call
        .request
        .as_ref()
        .map(|file| read(client, terminal, file))
        .transpose()?;
    if call.dry_run {
        let file = call.request.as_ref();
        let file = file.map_or_else(String::new, |file| {
            format!(" --request {}", quoted(&file.to_string()))
        });
        let command = format!("keyferry move {}{file} --yes", found.product);
        let plan = Plan::of(client, &found.product, DeactivationReason::Moving)?;
        return Ok(plan.moving(request.is_some()).reply(&command));
    }
    confirm(terminal, &found, call.yes)?;
    let carried = client
        .move_away(&found.product, request.as_ref())
        .map_err(Problem::from)?;
    let (view, told) = hand_over(&carried, &call.place)?;
    let view = MovedView {
        outcome: outcome(&carried),
        reason: reason(&carried),
        text: carried.armored.clone(),
        request: request.map(|request| NewComputerView {
            vendor: VendorView::from(&request.vendor),
            recipient: request.recipient.to_string(),
        }),
        carried: view,
    };
    Ok(told.first(stopped(&carried)).reply(&view))
}

fn read(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    file: &Source,
) -> Result<MoveRequest, Failure> {
    let bytes = terminal.read(file)?;
    Ok(client.read_move_request(&bytes).map_err(Problem::from)?)
}
