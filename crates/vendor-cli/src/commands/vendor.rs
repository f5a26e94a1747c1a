//! `keyferry-authority vendor`: what the vendor says of itself.

use keyferry_authority::{Authority, Logo, LogoFault, Origin, PortalAddress, VendorTerms};
use keyferry_terminal::{Failure, Reply, Source, Table, Terminal};
use keyferry_token::VendorProfile;
use keyferry_views::{VendorChangedView, VendorShownView};
use serde::Serialize;

use crate::call::VendorChange;

/// `vendor change`: `profile` where it was written anew.
#[derive(Serialize)]
struct WrittenView {
    #[serde(flatten)]
    change: VendorChangedView,
    profile: Option<String>,
}

pub(crate) async fn show(authority: &Authority) -> Result<Reply, Failure> {
    let profile = authority.profile().await.map_err(|fault| fault.problem())?;
    let view = VendorShownView::from(&profile);
    Ok(Reply::of(&view).printing(table(&profile).to_string()))
}

pub(crate) async fn change(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: VendorChange,
) -> Result<Reply, Failure> {
    let portal = call.portal.as_deref().map(PortalAddress::new).transpose();
    let portal = portal.map_err(|fault| fault.problem())?;
    let logo = match call.logo {
        Some(path) => {
            let bytes = terminal.read(&Source::File(path))?;
            Some(Logo::new(bytes).map_err(LogoFault::problem)?)
        }
        None => None,
    };
    let terms = VendorTerms {
        name: call.name,
        support: named(call.support, call.no_support),
        portal: named(portal, call.no_portal),
        colour: named(call.colour, call.no_colour),
        logo: named(logo, call.no_logo),
    };
    let change = authority
        .vendor_change(&terms, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let file = authority.profile_file().display().to_string();
    let view = WrittenView {
        change: VendorChangedView::from(&change),
        profile: change.changed.then_some(file),
    };
    let reply = Reply::of(&view).printing(table(&change.profile).to_string());
    Ok(match view.profile {
        Some(profile) => reply.saying(format!("Hand out the vendor profile again: {profile}")),
        None => reply.saying("It was so before; nothing was changed."),
    })
}

/// What is to change: to something, to nothing, or not at all.
#[expect(
    clippy::option_option,
    reason = "leaving something as it is and taking it away are two things"
)]
fn named<T>(value: Option<T>, none: bool) -> Option<Option<T>> {
    match value {
        Some(value) => Some(Some(value)),
        None => none.then_some(None),
    }
}

fn table(profile: &VendorProfile) -> Table {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let support = profile.support.as_ref().map(ToString::to_string);
    let colour = profile.colour.map(|colour| colour.to_string());
    let logo = profile.logo.as_ref();
    let logo = logo.map(|logo| format!("{} bytes", logo.len()));
    let mut table = Table::plain();
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("Name", profile.name.to_string());
    row("Support", or_dash(support));
    row("Portal", or_dash(profile.portal.clone()));
    row("Colour", or_dash(colour));
    row("Logo", or_dash(logo));
    row("Vendor id", profile.vendor.to_string());
    row("Twelve words", profile.fingerprint().to_string());
    table
}
