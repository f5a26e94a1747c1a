//! `keyferry-authority activation`: which computer holds which seat.

mod record;

use keyferry_authority::{Activation, ActivationFilter, Authority, Origin, ReleaseChange};
use keyferry_terminal::{Failure, Reply, Table, Terminal};
use keyferry_token::{ActivationId, ProductCode};
use keyferry_views::{ActivationChangedView, ActivationView};

use super::{page_after, spoken};
use crate::views::ActivationsView;

pub(crate) async fn list(
    authority: &Authority,
    product: Option<ProductCode>,
) -> Result<Reply, Failure> {
    let filter = ActivationFilter {
        product,
        ..ActivationFilter::default()
    };
    let activations = all(authority, &filter).await?;
    let reply = Reply::of(&ActivationsView {
        activations: activations.iter().map(ActivationView::from).collect(),
    });
    Ok(if activations.is_empty() {
        reply.saying("No computer was activated yet. Next: receive FILE")
    } else {
        reply.printing(table(&activations).to_string())
    })
}

pub(crate) async fn show(authority: &Authority, id: ActivationId) -> Result<Reply, Failure> {
    let record = authority
        .activation(id)
        .await
        .map_err(|fault| fault.problem())?;
    Ok(record::reply(&record))
}

pub(crate) async fn release_lost(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    id: ActivationId,
    yes: bool,
) -> Result<Reply, Failure> {
    let record = authority
        .activation(id)
        .await
        .map_err(|fault| fault.problem())?;
    let Activation { label, product, .. } = &record.activation;
    terminal.confirm(
        yes,
        &format!(
            "Free the seat of “{label}” for {product}, and block that computer until it is allowed again?"
        ),
    )?;
    let change = authority
        .release_lost(id, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let activation = &change.activation;
    let reply = changed(&change, "released");
    Ok(if change.changed {
        reply
            .saying(format!(
                "The seat of “{label}” is free, and that computer is blocked for this entitlement."
            ))
            .saying(format!(
                "If it still starts, the program may run there until {}, and through an emergency run where one was allowed; it gets no refresh.",
                spoken(activation.grace_until)
            ))
            .saying(format!(
                "Should it be found: keyferry-authority --data DIR activation allow-again {id}"
            ))
    } else {
        reply.saying(format!(
            "The seat of “{label}” was released before; nothing was changed."
        ))
    })
}

pub(crate) async fn allow_again(authority: &Authority, id: ActivationId) -> Result<Reply, Failure> {
    let change = authority
        .allow_again(id, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let label = &change.activation.label;
    let reply = changed(&change, "allowed");
    Ok(if change.changed {
        reply
            .saying(format!("“{label}” may be activated again."))
            .saying(
                "Next: have it activated with the activation code; it needs a seat that is free.",
            )
    } else {
        reply.saying(format!("“{label}” was not blocked; nothing was changed."))
    })
}

fn changed(change: &ReleaseChange, outcome: &'static str) -> Reply {
    Reply::of(&ActivationChangedView::new(change, outcome))
}

/// Every activation that the filter lets through.
pub(crate) async fn all(
    authority: &Authority,
    filter: &ActivationFilter,
) -> Result<Vec<Activation>, Failure> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = authority
            .activations(filter, page_after(after))
            .await
            .map_err(|f| f.problem())?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

pub(crate) fn table(activations: &[Activation]) -> Table {
    let headings = [
        "ACTIVATION",
        "COMPUTER",
        "PRODUCT",
        "SEAT",
        "STATUS",
        "LEASE ENDS",
        "PLATFORM",
    ];
    let mut table = Table::with_headings(headings);
    for activation in activations {
        table.row([
            activation.id.to_string(),
            activation.label.to_string(),
            activation.product.to_string(),
            activation.seat.to_string(),
            status(activation),
            activation.lease_expires_at.to_string(),
            activation.platform.to_string(),
        ]);
    }
    table
}

/// Its status, with what else keeps its computer from a seat.
fn status(activation: &Activation) -> String {
    let name = activation.status.name();
    if activation.device_blocked {
        format!("{name}, blocked")
    } else {
        name.to_owned()
    }
}
