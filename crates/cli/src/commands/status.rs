//! `keyferry status`: may it run, why, until when, and what next.

use keyferry_catalogue::{Code, Problem};
use keyferry_client::{Client, ProductStanding};
use keyferry_terminal::{Failure, Reply};
use keyferry_token::ProductCode;
use serde::Serialize;

use crate::views::ProductView;

#[derive(Serialize)]
struct ProductsView {
    products: Vec<ProductView>,
}

/// Every product of this computer.
pub(crate) fn all(client: &Client) -> Result<Reply, Failure> {
    let products = client.products().map_err(Problem::from)?;
    let views: Vec<ProductView> = products.iter().map(ProductView::from).collect();
    let paragraphs: Vec<String> = views.iter().map(paragraph).collect();
    let reply = Reply::of(&ProductsView { products: views });
    Ok(if products.is_empty() {
        let next = if client.vendors().map_err(Problem::from)?.is_empty() {
            "keyferry vendor add FILE.kfv"
        } else {
            "keyferry activate CODE"
        };
        reply.saying(format!(
            "Nothing is licensed on this computer yet. Next: {next}"
        ))
    } else {
        reply.printing(paragraphs.join("\n"))
    })
}

/// One product; the exit code is its standing.
pub(crate) fn one(client: &Client, product: &str) -> Result<Reply, Failure> {
    let found = find(client, product)?;
    let view = ProductView::from(&found);
    Ok(Reply::of(&view)
        .printing(paragraph(&view))
        .ending(found.standing.exit()))
}

/// By its code, or by the name that people see. What is neither is not repeated: it may be an
/// activation code.
fn find(client: &Client, text: &str) -> Result<ProductStanding, Problem> {
    if let Ok(code) = ProductCode::new(text) {
        return Ok(client.standing(&code)?);
    }
    let mut products = client.products()?.into_iter();
    products
        .find(|found| found.name.as_str().eq_ignore_ascii_case(text.trim()))
        .ok_or_else(|| Problem::new(Code::ProductCodeRefused))
}

/// A product as people read it.
pub(crate) fn paragraph(view: &ProductView) -> String {
    let mut lines = vec![format!("{} ({})", view.product_name, view.product)];
    lines.push(format!("  {}", view.standing.message));
    lines.extend(
        view.standing
            .next_step
            .as_ref()
            .map(|step| format!("  Next: {step}")),
    );
    lines.extend(
        view.request
            .as_ref()
            .map(|r| format!("  Waiting: request {}", r.reference)),
    );
    lines.extend(
        view.activation_id
            .as_ref()
            .map(|id| format!("  Activation {id}")),
    );
    lines.join("\n") + "\n"
}
