//! `keyferry deactivate`, `deactivation show` and `deactivation delivered`: a seat is given up.

use keyferry_catalogue::{Code, Phrase, Problem};
use keyferry_client::{Carried, Client, ProductStanding};
use keyferry_license::Action;
use keyferry_terminal::{Failure, LANGUAGE, Reply, Terminal};
use serde::Serialize;

use super::carry::{CarriedView, hand_over};
use super::plan::Plan;
use super::product::find;
use crate::call::{Deactivate, Place, ReasonArgument};

#[derive(Serialize)]
struct DeactivatedView {
    outcome: &'static str,
    reason: Option<&'static str>,
    #[serde(flatten)]
    carried: CarriedView,
}

#[derive(Serialize)]
struct ShownView {
    reason: Option<&'static str>,
    delivered_at: Option<String>,
    #[serde(flatten)]
    carried: CarriedView,
}

#[derive(Serialize)]
struct DeliveredView {
    outcome: &'static str,
    product: String,
    product_name: String,
    id: String,
    reference: String,
    delivered_at: Option<String>,
}

pub(crate) fn run(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    call: &Deactivate,
) -> Result<Reply, Failure> {
    let found = find(client, &call.product)?;
    if call.dry_run {
        let reason = match call.reason {
            ReasonArgument::Other => "",
            ReasonArgument::Moving => " --reason moving",
            ReasonArgument::NotNeeded => " --reason not-needed",
            ReasonArgument::Repair => " --reason repair",
        };
        let command = format!("keyferry deactivate {} --yes{reason}", found.product);
        let plan = Plan::of(client, &found.product, call.reason.into())?;
        return Ok(plan.deactivating().reply(&command));
    }
    confirm(terminal, &found, call.yes)?;
    let carried = client
        .deactivate(&found.product, call.reason.into())
        .map_err(Problem::from)?;
    let (view, told) = hand_over(&carried, &call.place)?;
    let view = DeactivatedView {
        outcome: outcome(&carried),
        reason: reason(&carried),
        carried: view,
    };
    Ok(told.first(stopped(&carried)).reply(&view))
}

/// Asks before a seat is given up. What was given up before is only shown again.
pub(crate) fn confirm(
    terminal: &mut Terminal<'_, '_>,
    found: &ProductStanding,
    yes: bool,
) -> Result<(), Failure> {
    if !found.actions.contains(&Action::Deactivate) {
        return Ok(());
    }
    let product = ("product", found.name.as_str());
    terminal.confirm(yes, &Phrase::AskDeactivate.fill(LANGUAGE, &[product]))
}

pub(crate) fn outcome(carried: &Carried) -> &'static str {
    if carried.again {
        "already_deactivated"
    } else {
        "deactivated"
    }
}

pub(crate) fn reason(carried: &Carried) -> Option<&'static str> {
    carried.reason.map(keyferry_token::DeactivationReason::name)
}

pub(crate) fn stopped(carried: &Carried) -> String {
    let product = ("product", carried.product_name.as_str());
    Phrase::ToldStopped.fill(LANGUAGE, &[product])
}

pub(crate) fn show(client: &Client, product: &str, place: &Place) -> Result<Reply, Failure> {
    let found = find(client, product)?;
    let carried = client
        .deactivation(&found.product)
        .map_err(Problem::from)?
        .ok_or_else(|| Problem::new(Code::NoDeactivation).with("product", &found.name))?;
    let (view, told) = hand_over(&carried, place)?;
    Ok(told.reply(&ShownView {
        reason: reason(&carried),
        delivered_at: carried.delivered.map(|at| at.to_string()),
        carried: view,
    }))
}

pub(crate) fn delivered(client: &Client, product: &str) -> Result<Reply, Failure> {
    let found = find(client, product)?;
    let delivered = client
        .deactivation_delivered(&found.product)
        .map_err(Problem::from)?;
    let made = &delivered.deactivation;
    let view = DeliveredView {
        outcome: if delivered.again {
            "already_delivered"
        } else {
            "delivered"
        },
        product: found.product.to_string(),
        product_name: found.name.to_string(),
        id: made.id.to_string(),
        reference: made.reference.clone(),
        delivered_at: made.delivered_at.map(|at| at.to_string()),
    };
    let reference = ("reference", made.reference.as_str());
    Ok(Reply::of(&view).saying(Phrase::ToldDelivered.fill(LANGUAGE, &[reference])))
}
