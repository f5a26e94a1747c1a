//! `keyferry device` and `keyferry paths`: this computer as Keyferry sees it.

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::Client;
use keyferry_terminal::{Failure, LANGUAGE, Reply, Table};
use keyferry_token::ComponentKind;
use serde::Serialize;

use crate::views::VendorView;

#[derive(Serialize)]
struct DeviceView {
    label: String,
    platform: String,
    components: Vec<ComponentView>,
    devices: Vec<DeviceIdView>,
}

#[derive(Serialize)]
struct ComponentView {
    name: &'static str,
    found: bool,
}

#[derive(Serialize)]
struct DeviceIdView {
    vendor: VendorView,
    device_id: String,
}

#[derive(Serialize)]
struct PathsView {
    home: String,
    state: String,
    key: String,
    installed_vendors: String,
}

pub(crate) fn device(client: &Client) -> Result<Reply, Failure> {
    let facts = client.device().map_err(Problem::from)?;
    let found = |kind| facts.components.contains(&kind);
    let mut table = Table::plain();
    table.row([
        Phrase::ClaimComputerName.text(LANGUAGE).to_owned(),
        facts.label.to_string(),
    ]);
    table.row([
        Phrase::ClaimPlatform.text(LANGUAGE).to_owned(),
        facts.platform.clone(),
    ]);
    for kind in ComponentKind::ALL {
        let phrase = Phrase::named(&format!("component_{}", kind.name()));
        let name = phrase.map_or(kind.name(), |phrase| phrase.text(LANGUAGE));
        let said = if found(kind) {
            "found"
        } else {
            "not shown to programs"
        };
        table.row([format!("  {name}"), said.to_owned()]);
    }
    for (vendor, device) in &facts.ids {
        table.row([
            format!("Id for {}", vendor.profile.name),
            device.to_string(),
        ]);
    }
    let view = DeviceView {
        label: facts.label.to_string(),
        platform: facts.platform.clone(),
        components: ComponentKind::ALL
            .into_iter()
            .map(|kind| ComponentView {
                name: kind.name(),
                found: found(kind),
            })
            .collect(),
        devices: facts
            .ids
            .iter()
            .map(|(vendor, device)| DeviceIdView {
                vendor: VendorView::from(vendor),
                device_id: device.to_string(),
            })
            .collect(),
    };
    Ok(Reply::of(&view)
        .printing(table.to_string())
        .saying(Phrase::ToldScrambled.text(LANGUAGE)))
}

pub(crate) fn paths(client: &Client) -> Reply {
    let paths = client.paths();
    let view = PathsView {
        home: paths.home.display().to_string(),
        state: paths.state.display().to_string(),
        key: paths.key.display().to_string(),
        installed_vendors: paths.installed_vendors.display().to_string(),
    };
    let mut table = Table::plain();
    for (name, path) in [
        ("Folder", &view.home),
        ("State", &view.state),
        ("Key", &view.key),
        ("Installed vendors", &view.installed_vendors),
    ] {
        table.row([name, path].map(str::to_owned));
    }
    Reply::of(&view).printing(table.to_string())
}
