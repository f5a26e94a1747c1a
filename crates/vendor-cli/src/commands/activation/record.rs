//! One activation as support looks at it: what holds now, what it got, what its computer sent, and who
//! held the seat before.

use keyferry_authority::{
    Activation, ActivationRecord, ActivationStatus, DeviceToken, GrantRecord,
};
use keyferry_terminal::{Reply, Table};
use keyferry_views::{ActivationShownView, time};

use crate::commands::spoken;

pub(super) fn reply(record: &ActivationRecord) -> Reply {
    let view = ActivationShownView::from(record);
    let reply = Reply::of(&view).printing(facts(record).to_string());
    let sections = [
        ("Grants, the latest first:", grants(&record.grants)),
        (
            "What its computer sent, the latest first:",
            tokens(&record.tokens),
        ),
        (
            "Who held the seat before, the latest first:",
            history(&record.history),
        ),
    ];
    let filled = sections
        .into_iter()
        .filter_map(|(title, rows)| Some((title, rows?)));
    filled.fold(reply, |reply, (title, rows)| {
        reply.printing(format!("\n{title}\n{rows}"))
    })
}

fn facts(record: &ActivationRecord) -> Table {
    let activation = &record.activation;
    let mut table = Table::plain();
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("Activation", activation.id.to_string());
    row(
        "Computer",
        format!("{} ({})", activation.label, activation.platform),
    );
    row("Product", activation.product.to_string());
    row(
        "Entitlement",
        format!("{}, seat {}", activation.entitlement, activation.seat),
    );
    row("Status", standing(activation));
    row("Activated", spoken(activation.activated_at));
    row("Lease until", spoken(activation.lease_expires_at));
    if activation.grace_until > activation.lease_expires_at {
        row("Grace until", spoken(activation.grace_until));
    }
    if activation.device_blocked {
        row(
            "Blocked",
            "its computer gets no seat until it is allowed again".to_owned(),
        );
    }
    row(
        "Within a year",
        format!(
            "seat bound anew: {}, moved: {}",
            record.rebinds, record.moves
        ),
    );
    if !activation.emergency_runs.is_empty() {
        let runs: Vec<String> = activation
            .emergency_runs
            .iter()
            .copied()
            .map(spoken)
            .collect();
        row("Emergency runs", runs.join("; "));
    }
    row("Device", activation.device.to_string());
    table
}

/// What holds now, and why.
fn standing(activation: &Activation) -> String {
    let ended = activation.ended_at.map(spoken).unwrap_or_default();
    match activation.status {
        ActivationStatus::Active => "active: holds its seat".to_owned(),
        ActivationStatus::Leaving => format!(
            "leaving: deactivated on {ended}{}; its seat frees on {}",
            why(activation),
            activation.frees_at.map(spoken).unwrap_or_default()
        ),
        ActivationStatus::Superseded => format!(
            "superseded: another activation got its seat on {}",
            activation.superseded_at.map(spoken).unwrap_or_default()
        ),
        ActivationStatus::Deactivated => {
            format!("deactivated on {ended}{}", why(activation))
        }
        ActivationStatus::Released => format!("released on {ended}: its computer is lost"),
    }
}

fn why(activation: &Activation) -> String {
    activation.ended_why.map_or_else(String::new, |reason| {
        format!(" ({})", reason.name().replace('_', " "))
    })
}

fn grants(grants: &[GrantRecord]) -> Option<Table> {
    let mut table = Table::with_headings(["NUMBER", "MADE", "BY", "STATUS", "LEASE ENDS"]);
    for grant in grants {
        table.row([
            grant.sequence.0.to_string(),
            grant.issued_at.to_string(),
            if grant.request.is_some() {
                "request"
            } else {
                "refresh"
            }
            .to_owned(),
            grant.status.name().to_owned(),
            time(grant.lease_expires_at).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    (!grants.is_empty()).then_some(table)
}

fn tokens(tokens: &[DeviceToken]) -> Option<Table> {
    let mut table = Table::with_headings(["NUMBER", "KIND", "REFERENCE", "MADE", "RECEIVED"]);
    for token in tokens {
        table.row([
            token.number.0.to_string(),
            token.kind.clone(),
            token.token.reference(),
            token.made_at.to_string(),
            token.received_at.to_string(),
        ]);
    }
    (!tokens.is_empty()).then_some(table)
}

fn history(history: &[Activation]) -> Option<Table> {
    (!history.is_empty()).then(|| super::table(history))
}
