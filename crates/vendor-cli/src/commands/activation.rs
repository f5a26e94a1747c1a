//! `keyferry-authority activation`: which computer holds which seat.

use keyferry_authority::{Activation, ActivationFilter, Authority};
use keyferry_terminal::{Failure, Reply, Table};
use keyferry_token::{ActivationId, ProductCode};

use super::page_after;
use crate::views::{ActivationShownView, ActivationView, ActivationsView};

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
    let view = ActivationShownView {
        activation: ActivationView::from(&record.activation),
        history: record.history.iter().map(ActivationView::from).collect(),
    };
    let shown: Vec<Activation> = std::iter::once(record.activation)
        .chain(record.history)
        .collect();
    Ok(Reply::of(&view).printing(table(&shown).to_string()))
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
            activation.status.name().to_owned(),
            activation.lease_expires_at.to_string(),
            activation.platform.to_string(),
        ]);
    }
    table
}
