//! `keyferry status`: may it run, why, until when, and what next.

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::{Client, ProductStanding};
use keyferry_terminal::{Failure, LANGUAGE, Reply};
use keyferry_token::Timestamp;
use serde::Serialize;

use super::product::{actions, find, paragraph};
use crate::views::ProductView;

#[derive(Serialize)]
struct ProductsView {
    products: Vec<ProductView>,
}

/// Every product of this computer.
pub(crate) fn all(client: &Client) -> Result<Reply, Failure> {
    let products = client.products().map_err(Problem::from)?;
    let reply = Reply::of(&ProductsView {
        products: products.iter().map(ProductView::from).collect(),
    });
    if products.is_empty() {
        let command = if client.vendors().map_err(Problem::from)?.is_empty() {
            "keyferry vendor add FILE.kfv"
        } else {
            "keyferry activate CODE"
        };
        return Ok(reply
            .saying(Phrase::ToldNothingLicensed.text(LANGUAGE))
            .saying(Phrase::NextStep.fill(LANGUAGE, &[("step", command)])));
    }
    let told: Vec<String> = products.iter().map(told).collect();
    Ok(reply.printing(told.join("\n")))
}

/// One product; the exit code is its standing.
pub(crate) fn one(
    client: &Client,
    product: &str,
    released: Option<Timestamp>,
) -> Result<Reply, Failure> {
    let mut found = find(client, product)?;
    if let Some(released) = released {
        found = found.of_release(released);
    }
    Ok(Reply::of(&ProductView::from(&found))
        .printing(told(&found))
        .ending(found.standing.exit()))
}

fn told(found: &ProductStanding) -> String {
    paragraph(found) + &actions(found)
}
