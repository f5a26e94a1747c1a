//! `keyferry-authority vendor`: what the vendor says of itself.

use keyferry_authority::{Authority, Logo, LogoFault, Origin, PortalAddress, VendorTerms};
use keyferry_terminal::{Failure, Reply, Source, Table, Terminal};
use keyferry_token::VendorProfile;
use serde::Serialize;

use crate::call::VendorChange;

/// The vendor as its profile has it.
#[derive(Serialize)]
struct VendorShownView {
    vendor: FaceView,
    fingerprint: String,
    profile_number: u64,
}

#[derive(Serialize)]
struct FaceView {
    id: String,
    name: String,
    support: Option<String>,
    portal: Option<String>,
    colour: Option<String>,
    /// How large it is, in bytes.
    logo: Option<usize>,
}

/// `vendor change`: `profile` where it was written anew.
#[derive(Serialize)]
struct VendorChangedView {
    outcome: &'static str,
    #[serde(flatten)]
    vendor: VendorShownView,
    profile: Option<String>,
}

impl From<&VendorProfile> for VendorShownView {
    fn from(profile: &VendorProfile) -> Self {
        Self {
            vendor: FaceView {
                id: profile.vendor.to_string(),
                name: profile.name.to_string(),
                support: profile.support.as_ref().map(ToString::to_string),
                portal: profile.portal.clone(),
                colour: profile.colour.map(|colour| colour.to_string()),
                logo: profile.logo.as_ref().map(Vec::len),
            },
            fingerprint: profile.fingerprint().to_string(),
            profile_number: profile.number,
        }
    }
}

pub(crate) async fn show(authority: &Authority) -> Result<Reply, Failure> {
    let profile = authority.profile().await.map_err(|fault| fault.problem())?;
    let view = VendorShownView::from(&profile);
    let text = table(&view).to_string();
    Ok(Reply::of(&view).printing(text))
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
    let view = VendorChangedView {
        outcome: if change.changed {
            "changed"
        } else {
            "unchanged"
        },
        vendor: VendorShownView::from(&change.profile),
        profile: change.changed.then_some(file),
    };
    let text = table(&view.vendor).to_string();
    let reply = Reply::of(&view).printing(text);
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

fn table(view: &VendorShownView) -> Table {
    let or_dash = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), Clone::clone);
    let face = &view.vendor;
    let mut table = Table::plain();
    table.row(["Name".to_owned(), face.name.clone()]);
    table.row(["Support".to_owned(), or_dash(face.support.as_ref())]);
    table.row(["Portal".to_owned(), or_dash(face.portal.as_ref())]);
    table.row(["Colour".to_owned(), or_dash(face.colour.as_ref())]);
    let logo = face.logo.map(|size| format!("{size} bytes"));
    table.row(["Logo".to_owned(), or_dash(logo.as_ref())]);
    table.row(["Vendor id".to_owned(), face.id.clone()]);
    table.row(["Twelve words".to_owned(), view.fingerprint.clone()]);
    table
}
