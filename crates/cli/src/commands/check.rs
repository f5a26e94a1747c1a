//! `keyferry check`: who signed a license file, what it says, and whether the program may run by it.

use std::path::Path;

use keyferry_catalogue::{Code, Phrase, Problem};
use keyferry_client::{CheckFault, Client, LicenseFound};
use keyferry_terminal::{Failure, LANGUAGE, LicenseView, Reply, license_facts, visible};
use keyferry_token::{License, ProductCode};
use serde::Serialize;

use crate::call::Check;
use crate::views::{Anchor, LicenseFoundView, SignerView, StandingView, sentences};

#[derive(Serialize)]
struct CheckView {
    license: LicenseFoundView,
    standing: StandingView,
}

#[derive(Serialize)]
struct SignedByView {
    license: SignedFileView,
    standing: Option<StandingView>,
}

#[derive(Serialize)]
struct SignedFileView {
    file: String,
    #[serde(flatten)]
    license: LicenseView,
    vendor_id: String,
    signed_by: SignerView,
}

#[derive(Serialize)]
struct UnbelievedView {
    file: String,
}

pub(crate) fn run(client: &Client, call: &Check) -> Result<Reply, Failure> {
    if call.license.as_deref() == Some(Path::new("-")) {
        let place = "--license names a file: what a license is worth depends on where it lies.";
        return Err(Failure::from(Problem::new(Code::Usage)).saying(place));
    }
    let product = code_of(client, &call.product)?;
    match (&call.license, &call.public_key) {
        (Some(file), Some(key)) => signed_by(client, &product, file, key),
        (file, _) => match client.check_license(&product, file.as_deref()) {
            Ok(found) => Ok(told(&found)),
            Err(fault @ CheckFault::NotFound { .. }) => {
                Err(unbelieved(client).unwrap_or_else(|| Problem::from(fault).into()))
            }
            Err(fault) => Err(Problem::from(fault).into()),
        },
    }
}

/// What is the matter with a license file that lies on a USB key and is not believed. Whose it is nobody can
/// say, so it counts only where there is no other.
fn unbelieved(client: &Client) -> Option<Failure> {
    let keys = client.usb_keys().ok()?;
    let mut found = keys.iter().flat_map(|key| &key.licenses);
    let found = found.find(|found| found.license.is_err())?;
    let problem = found.license.as_ref().err()?.clone();
    let file = found.place.file()?.display().to_string();
    let view = UnbelievedView { file: file.clone() };
    Some(Failure::from(problem).showing(&view).saying(file))
}

fn told(found: &LicenseFound) -> Reply {
    let view = CheckView {
        license: LicenseFoundView::from(found),
        standing: StandingView::from(found),
    };
    let mut lines = Vec::new();
    if let Some(file) = found.place.file() {
        lines.push(file.display().to_string());
    }
    lines.push(match &found.license {
        Ok(read) => sentences(&found.standing, Anchor::from(&read.license.binding)),
        Err(problem) => problem.message(LANGUAGE),
    });
    if let Ok(read) = &found.license {
        let signer = format!("{} ({})", read.vendor.profile.name, read.signed_by);
        let facts = facts(&read.license, signer);
        lines.extend(facts.lines().map(|fact| format!("  {fact}")));
    }
    if let Some(problem) = &found.standing.problem {
        let step = problem.next_step(LANGUAGE);
        lines.push(Phrase::NextStep.fill(LANGUAGE, &[("step", &step)]));
    }
    Reply::of(&view)
        .printing(
            lines
                .iter()
                .map(|line| visible(line))
                .collect::<Vec<_>>()
                .join("\n"),
        )
        .ending(found.standing.exit())
}

fn signed_by(
    client: &Client,
    product: &ProductCode,
    file: &Path,
    key: &Path,
) -> Result<Reply, Failure> {
    let signed = client.signed_by(file, key).map_err(Problem::from)?;
    if signed.license.product != *product {
        let other = Problem::new(Code::LicenseForOtherProduct);
        return Err(other.with("product", &signed.license.product).into());
    }
    let view = SignedByView {
        license: SignedFileView {
            file: file.display().to_string(),
            license: LicenseView::from(&signed.license),
            vendor_id: signed.license.vendor.to_string(),
            signed_by: SignerView {
                key_id: signed.key.to_string(),
                vendor: None,
            },
        },
        standing: None,
    };
    Ok(Reply::of(&view)
        .printing(facts(&signed.license, signed.key.to_string()))
        .saying(Phrase::ToldSignedWith.text(LANGUAGE)))
}

/// What a license says, and who signed it.
fn facts(license: &License, signer: String) -> String {
    let mut table = license_facts(license);
    table.row([Phrase::ClaimSignedBy.text(LANGUAGE).to_owned(), signer]);
    table.to_string()
}

/// The code of a product that is named by its code, or by the name that people see.
fn code_of(client: &Client, named: &str) -> Result<ProductCode, Problem> {
    if let Ok(code) = ProductCode::new(named) {
        return Ok(code);
    }
    let vendors = client.vendors()?;
    let mut products = vendors.iter().flat_map(|vendor| &vendor.profile.products);
    let found = products.find(|one| one.name.as_str().eq_ignore_ascii_case(named.trim()));
    found
        .map(|one| one.code.clone())
        .ok_or_else(|| Problem::new(Code::ProductCodeRefused))
}
