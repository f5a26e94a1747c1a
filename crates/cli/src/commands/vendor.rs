//! `keyferry vendor`: whom this computer trusts.

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::{Client, Confirmation, PendingVendor, Relation, VendorFault};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Table, Terminal};
use keyferry_token::{Name, VendorId};
use serde::Serialize;

use crate::call::VendorAdd;
use crate::views::{ProfileView, SoldView, VendorView};

#[derive(Serialize)]
struct AddedView {
    outcome: &'static str,
    #[serde(flatten)]
    profile: ProfileView,
}

#[derive(Serialize)]
struct VendorsView {
    vendors: Vec<ListedView>,
}

#[derive(Serialize)]
struct ListedView {
    #[serde(flatten)]
    vendor: VendorView,
    fingerprint: String,
    products: Vec<SoldView>,
}

#[derive(Serialize)]
struct RemovedView {
    vendor: VendorView,
}

pub(crate) fn add(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    add: &VendorAdd,
) -> Result<Reply, Failure> {
    let bytes = terminal.read(&add.file)?;
    let pending = client.read_profile(&bytes).map_err(Problem::from)?;
    let confirmation = match &add.fingerprint {
        Some(words) => Confirmation::Words(words),
        None if add.trust || confirmed_by_hand(&pending, terminal)? => Confirmation::ByHand,
        None => Confirmation::Nothing,
    };
    let vendor = match client.trust(&pending, confirmation) {
        Ok(vendor) => vendor,
        Err(fault @ VendorFault::NotConfirmed { .. }) => return Err(unconfirmed(&pending, fault)),
        Err(fault) => return Err(Problem::from(fault).into()),
    };
    let (outcome, told) = match pending.relation() {
        Relation::Known => ("unchanged", Phrase::ToldVendorKnown),
        Relation::Successor => ("updated", Phrase::ToldVendorUpdated),
        Relation::New | Relation::Older | Relation::NotChained => {
            ("added", Phrase::ToldVendorAdded)
        }
    };
    let view = AddedView {
        outcome,
        profile: ProfileView::from(&vendor.profile),
    };
    Ok(Reply::of(&view)
        .saying(of_vendor(told, &vendor.profile.name))
        .saying(next("keyferry activate CODE")))
}

/// Shows the words and asks, where there is a person to ask and something to decide.
fn confirmed_by_hand(
    pending: &PendingVendor,
    terminal: &mut Terminal<'_, '_>,
) -> Result<bool, Failure> {
    if !pending.needs_confirmation() || !terminal.can_ask() {
        return Ok(false);
    }
    let name = &pending.profile().name;
    terminal.say(&of_vendor(Phrase::ToldVendorWords, name));
    terminal.say(&words(pending));
    terminal.agrees(&of_vendor(Phrase::AskVendorWords, name))
}

/// A phrase that names a vendor.
pub(crate) fn of_vendor(phrase: Phrase, name: &Name) -> String {
    phrase.fill(LANGUAGE, &[("vendor", name.as_str())])
}

fn next(command: &str) -> String {
    Phrase::NextStep.fill(LANGUAGE, &[("step", command)])
}

/// The problem of a vendor that nobody has confirmed, with the words to compare beside it.
pub(crate) fn unconfirmed(pending: &PendingVendor, fault: VendorFault) -> Failure {
    Failure::from(Problem::from(fault))
        .showing(&ProfileView::from(pending.profile()))
        .saying(of_vendor(Phrase::ToldVendorWords, &pending.profile().name))
        .saying(words(pending))
        .saying(Phrase::NextWordsRight.fill(
            LANGUAGE,
            &[(
                "command",
                "keyferry vendor add FILE --fingerprint \"WORDS\"",
            )],
        ))
}

/// Two lines of six, as people compare them by voice.
fn words(pending: &PendingVendor) -> String {
    let words = pending.fingerprint().words();
    let lines: Vec<String> = words
        .chunks(6)
        .map(|six| format!("  {}", six.join(" ")))
        .collect();
    lines.join("\n")
}

pub(crate) fn list(client: &Client) -> Result<Reply, Failure> {
    let vendors = client.vendors().map_err(Problem::from)?;
    let mut table = Table::with_headings(["VENDOR", "ID", "PROGRAMS"]);
    for vendor in &vendors {
        let sold: Vec<&str> = vendor
            .profile
            .products
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        table.row([
            vendor.profile.name.to_string(),
            vendor.id().to_string(),
            sold.join(", "),
        ]);
    }
    let views = vendors.iter().map(|vendor| ListedView {
        vendor: VendorView::from(vendor),
        fingerprint: vendor.profile.fingerprint().to_string(),
        products: SoldView::all(&vendor.profile),
    });
    let reply = Reply::of(&VendorsView {
        vendors: views.collect(),
    });
    Ok(if vendors.is_empty() {
        reply
            .saying(Phrase::ToldNoVendors.text(LANGUAGE))
            .saying(next("keyferry vendor add FILE.kfv"))
    } else {
        reply.printing(table.to_string())
    })
}

pub(crate) fn remove(client: &Client, text: &str) -> Result<Reply, Failure> {
    let vendors = client.vendors().map_err(Problem::from)?;
    let id = text.parse::<VendorId>().ok();
    let fits = |name: &str| name.eq_ignore_ascii_case(text.trim());
    let mut meant = vendors
        .iter()
        .filter(|vendor| Some(vendor.id()) == id || fits(vendor.profile.name.as_str()));
    // Two vendors may use one name; then only the id says which.
    let (Some(vendor), None) = (meant.next(), meant.next()) else {
        return Err(Problem::from(VendorFault::Unknown).into());
    };
    client.remove_vendor(&vendor.id()).map_err(Problem::from)?;
    let told = of_vendor(Phrase::ToldVendorRemoved, &vendor.profile.name);
    Ok(Reply::of(&RemovedView {
        vendor: VendorView::from(vendor),
    })
    .saying(told))
}
