//! `keyferry-authority restore`: the books brought back from a backup.

use std::io::BufReader;
use std::path::Path;

use keyferry_authority::{Authority, OpenOptions, Origin, Restoration, Restored, Unproven};
use keyferry_terminal::{Failure, Reply, Source, Table, Terminal};
use keyferry_views::time;
use serde::Serialize;

use super::spoken;
use crate::call::Restore;

#[derive(Serialize)]
struct RestoredView {
    outcome: &'static str,
    epoch: u64,
    entries: u64,
    proven: u64,
    not_done: Vec<UnprovenView>,
    taken_away: Vec<UnprovenView>,
    known_until: Option<String>,
    devices: Vec<DeviceView>,
    entitlements_lost: Vec<LostView>,
    holder_secrets_lost: Vec<String>,
    holders_renamed: Vec<String>,
    licenses_to_check: Vec<String>,
    licenses_made_anew: Vec<String>,
    products_to_check: Vec<String>,
    accounts_to_check: Vec<String>,
}

/// An entry that nothing proves: something of it was not done, or took something away.
#[derive(Serialize)]
struct UnprovenView {
    position: u64,
    action: String,
    about: String,
}

/// A computer that has to deactivate and activate again.
#[derive(Serialize)]
struct DeviceView {
    activation_id: String,
    entitlement_id: String,
    held_until: String,
}

/// An entitlement whose code opens nothing any more.
#[derive(Serialize)]
struct LostView {
    entitlement_id: String,
    code_hint: String,
    product: Option<String>,
    seats: Option<u64>,
}

impl From<&Restored> for RestoredView {
    fn from(restored: &Restored) -> Self {
        let devices = restored.devices.iter();
        let lost = restored.entitlements.iter();
        Self {
            outcome: "restored",
            epoch: restored.epoch,
            entries: restored.entries,
            proven: restored.proven,
            not_done: unproven(&restored.not_done),
            taken_away: unproven(&restored.taken_away),
            known_until: time(restored.known_until),
            devices: devices
                .map(|(activation, entitlement, until)| DeviceView {
                    activation_id: activation.to_string(),
                    entitlement_id: entitlement.to_string(),
                    held_until: until.to_string(),
                })
                .collect(),
            entitlements_lost: lost
                .map(|lost| LostView {
                    entitlement_id: lost.id.to_string(),
                    code_hint: lost.hint.clone(),
                    product: lost.product.as_ref().map(ToString::to_string),
                    seats: lost.seats,
                })
                .collect(),
            holder_secrets_lost: texts(&restored.holder_secrets),
            holders_renamed: texts(&restored.holders),
            licenses_to_check: texts(&restored.licenses),
            licenses_made_anew: texts(&restored.licenses_made_anew),
            products_to_check: texts(&restored.products),
            accounts_to_check: texts(&restored.accounts),
        }
    }
}

fn unproven(entries: &[Unproven]) -> Vec<UnprovenView> {
    let view = |entry: &Unproven| UnprovenView {
        position: entry.position,
        action: entry.action.clone(),
        about: entry.about.clone(),
    };
    entries.iter().map(view).collect()
}

fn texts(items: &[impl ToString]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

pub(crate) async fn run(
    dir: &Path,
    call: Restore,
    options: OpenOptions,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Reply, Failure> {
    let head = match call.head {
        Some(path) => Some(terminal.read(&Source::File(path))?),
        None => None,
    };
    let restored = {
        let mut log = BufReader::new(terminal.open(&call.audit)?);
        let from = Restoration {
            backup: call.backup,
            log: &mut log,
            head,
            unproven: call.unproven,
        };
        Authority::restore(dir, options, from, &Origin::Local).await
    };
    let (authority, restored) = restored.map_err(|fault| fault.problem())?;
    crate::warn(&authority, terminal);
    // What cannot be closed now is brought in order when the authority is opened again.
    let _ = authority.close().await;
    Ok(told(&restored))
}

/// What is left to do stands in a table, and what it is about in lines.
fn told(restored: &Restored) -> Reply {
    let view = RestoredView::from(restored);
    let mut table = Table::plain();
    let mut said = Vec::new();
    for device in &view.devices {
        table.row(["Computer".to_owned(), device.activation_id.clone()]);
    }
    for lost in &view.entitlements_lost {
        let row = format!("{} {}", lost.entitlement_id, lost.code_hint);
        table.row(["Entitlement".to_owned(), row]);
    }
    for (what, entries) in [
        ("Not done", &view.not_done),
        ("Taken away", &view.taken_away),
    ] {
        for entry in entries {
            let row = format!("{} {} {}", entry.position, entry.action, entry.about);
            table.row([what.to_owned(), row]);
        }
    }
    for (what, ids, line) in [
        (
            "Holder secret",
            &view.holder_secrets_lost,
            "Holder secrets were replaced since the backup, and none of them counts any more: entitlement holder-secret CODE",
        ),
        (
            "Holder",
            &view.holders_renamed,
            "Holders were renamed since the backup; the log keeps no names.",
        ),
        (
            "License",
            &view.licenses_to_check,
            "License files were made since the backup that are not in the books; they count where they are.",
        ),
        (
            "New file",
            &view.licenses_made_anew,
            "License files were made anew with the state that the log tells: license show ID",
        ),
        (
            "Product",
            &view.products_to_check,
            "Products were added since the backup: look at what they allow. product change CODE",
        ),
        (
            "Account",
            &view.accounts_to_check,
            "Accounts were added, or got another password, app or recovery codes since the backup: those that are in the books need a link to begin anew.",
        ),
    ] {
        for id in ids {
            table.row([what.to_owned(), id.clone()]);
        }
        if !ids.is_empty() {
            said.push(line);
        }
    }
    if !view.not_done.is_empty() {
        said.push("Nothing proves these entries. What would give something, free a seat or be final was not done. Where they are known to be true, do it by hand, or restore with --unproven.");
    }
    if !view.taken_away.is_empty() {
        said.push("Nothing proves the entries that took something away, either. That was done, to be on the safe side: look at whether they are true.");
    }
    if !view.devices.is_empty() {
        said.push("The backup does not know these computers. They work on until their time is over; have each deactivated and activated again.");
    }
    if !view.entitlements_lost.is_empty() {
        said.push("These entitlements were added since the backup, and their codes open nothing any more: entitlement add");
    }
    let mut reply = Reply::of(&view).printing(table.to_string()).saying(format!(
        "The books are back, in epoch {}. The log told of {} entries that the backup did not know.",
        view.epoch, view.entries
    ));
    if let Some(until) = restored.known_until {
        reply = reply.saying(format!(
            "Nothing is known of what happened after {}.",
            spoken(until)
        ));
    }
    reply = reply.saying(format!(
        "Up to entry {} the log is proven, by the backup or the head.",
        view.proven
    ));
    for line in said {
        reply = reply.saying(line);
    }
    reply.saying("Export the audit log and its head now, and make a backup.")
}
