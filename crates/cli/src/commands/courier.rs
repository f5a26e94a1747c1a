//! `keyferry courier`: leaves on a USB key what waits for a vendor, and takes the answers from it.

use std::path::{Path, PathBuf};

use keyferry_catalogue::{Code, Phrase, Problem};
use keyferry_client::{Client, CollectOutcome, Collected, UsbKeyFault};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Results, Terminal};
use serde::Serialize;

use super::apply::told;
use super::carry::courier_step;
use crate::Outcome;
use crate::views::CourierView;

#[derive(Serialize)]
struct CollectView {
    dry_run: bool,
    results: Vec<CollectedView>,
    courier: Option<CourierView>,
}

#[derive(Serialize)]
struct CollectedView {
    outcome: &'static str,
    product: String,
    product_name: String,
    token: TokenNamedView,
    file: String,
}

#[derive(Serialize)]
struct TokenNamedView {
    kind: &'static str,
    id: String,
    reference: String,
}

impl CollectedView {
    fn new(collected: &Collected, dry_run: bool) -> Self {
        let token = &collected.token;
        Self {
            outcome: match collected.outcome {
                CollectOutcome::Collected if dry_run => "would_collect",
                outcome @ (CollectOutcome::Collected | CollectOutcome::AlreadyThere) => {
                    outcome.name()
                }
            },
            product: token.product.to_string(),
            product_name: token.product_name.to_string(),
            token: TokenNamedView {
                kind: token.kind.name(),
                id: token.id.to_string(),
                reference: token.reference.clone(),
            },
            file: collected.file.display().to_string(),
        }
    }
}

/// Takes along what waits here for a vendor.
pub(crate) fn collect(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    key: &str,
    dry_run: bool,
) -> Result<Reply, Failure> {
    let root = root_of(client, terminal, key)?;
    let collected = if dry_run {
        client.courier_plan(&root)
    } else {
        client.courier_collect(&root)
    };
    let collected = collected.map_err(Problem::from)?;
    let seen = client.courier_look(&root).map_err(Problem::from)?;
    let view = CollectView {
        dry_run,
        results: collected
            .iter()
            .map(|one| CollectedView::new(one, dry_run))
            .collect(),
        courier: seen.map(CourierView::from),
    };
    let reply = Reply::of(&view);
    if collected.is_empty() {
        return Ok(reply.saying(Phrase::ToldNothingToCollect.text(LANGUAGE)));
    }
    let said = collected.iter().map(|one| line(one, dry_run));
    let reply = said.fold(reply, Reply::saying);
    if dry_run {
        return Ok(reply);
    }
    Ok(reply.saying(courier_step(&root)))
}

fn line(collected: &Collected, dry_run: bool) -> String {
    let phrase = match collected.outcome {
        CollectOutcome::AlreadyThere => Phrase::ToldCollectedBefore,
        CollectOutcome::Collected if dry_run => Phrase::ToldWouldCollect,
        CollectOutcome::Collected => Phrase::ToldCollected,
    };
    let token = &collected.token;
    let args = [
        ("kind", token.kind.name()),
        ("reference", token.reference.as_str()),
        ("product", token.product_name.as_str()),
    ];
    phrase.fill(LANGUAGE, &args)
}

/// Takes the answers that are for this computer.
pub(crate) fn deliver(client: &Client, terminal: &mut Terminal<'_, '_>, key: &str) -> Outcome {
    let delivered = root_of(client, terminal, key).and_then(|root| {
        let delivered = client.courier_deliver(&root).map_err(Problem::from)?;
        Ok(delivered)
    });
    let delivered = match delivered {
        Ok(delivered) => delivered,
        Err(failure) => return Outcome::One(Err(failure)),
    };
    let mut results = Results::default();
    if delivered.is_empty() {
        results.saying(Phrase::ToldNothingToDeliver.text(LANGUAGE));
    }
    for one in delivered {
        results.add(terminal, &one.file.display().to_string(), told(one.result));
    }
    Outcome::Several(results)
}

/// The root of what somebody named: the volume of a USB key, or a folder. That it is only a folder is
/// said: where a key was unplugged, its empty folder may be left.
///
/// # Errors
/// `usb_volume_missing` where none of the key's volumes is mounted; those of finding the key.
pub(crate) fn root_of(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    named: &str,
) -> Result<PathBuf, Failure> {
    match client.find_key(named) {
        Ok(key) => {
            let root = client.courier_root(&key);
            root.ok_or_else(|| Problem::new(Code::UsbVolumeMissing).into())
        }
        Err(fault) if Path::new(named).is_dir() => {
            // Where the system does not tell, nobody knows that it is none.
            if !matches!(fault, UsbKeyFault::Usb(_)) {
                terminal.warn(Phrase::WarningPlainFolder.text(LANGUAGE));
            }
            Ok(PathBuf::from(named))
        }
        Err(fault) => Err(Problem::from(fault).into()),
    }
}
