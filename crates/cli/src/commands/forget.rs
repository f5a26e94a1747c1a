//! `keyferry forget`: a license file that was added is no longer kept.

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::Client;
use keyferry_terminal::{Failure, LANGUAGE, Reply};
use keyferry_token::LicenseId;
use serde::Serialize;

#[derive(Serialize)]
struct ForgottenView {
    outcome: &'static str,
    license_id: String,
    vendor_id: String,
    product: String,
    product_name: String,
}

pub(crate) fn run(client: &Client, license: &LicenseId) -> Result<Reply, Failure> {
    let forgotten = client.forget_license(license).map_err(Problem::from)?;
    let name = forgotten.name.to_string();
    let told = Phrase::ToldLicenseForgotten.fill(LANGUAGE, &[("product", &name)]);
    let view = ForgottenView {
        outcome: "forgotten",
        license_id: forgotten.license.to_string(),
        vendor_id: forgotten.vendor.to_string(),
        product: forgotten.product.to_string(),
        product_name: name,
    };
    Ok(Reply::of(&view).saying(told))
}
