//! `keyferry-authority retention` and `erase`: personal data.

use keyferry_authority::{Authority, Erased, Origin};
use keyferry_terminal::{Failure, Reply, Terminal};
use serde::Serialize;

use super::entitlement::key;
use crate::call::{Erase, Kept, Retention};

#[derive(Serialize)]
struct RetentionView {
    outcome: &'static str,
    addresses: Option<String>,
}

#[derive(Serialize)]
struct ErasedView {
    outcome: &'static str,
    holder: bool,
    labels: u64,
    addresses: u64,
}

pub(crate) async fn retention(authority: &Authority, call: &Retention) -> Result<Reply, Failure> {
    let changed = match call.addresses {
        Some(kept) => {
            let length = match kept {
                Kept::For(length) => Some(length),
                Kept::Forever => None,
            };
            let changed = authority.keep_addresses(length, &Origin::Local).await;
            Some(changed.map_err(|fault| fault.problem())?)
        }
        None => None,
    };
    let kept = authority.addresses_kept().await;
    let kept = kept.map_err(|fault| fault.problem())?;
    let view = RetentionView {
        outcome: match changed {
            Some(true) => "changed",
            Some(false) => "unchanged",
            None => "shown",
        },
        addresses: kept.map(|length| length.to_string()),
    };
    let words = match &view.addresses {
        Some(length) => format!("Network addresses are kept for {length}."),
        None => "Network addresses are kept for good.".to_owned(),
    };
    Ok(Reply::of(&view).printing(words))
}

pub(crate) async fn erase(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: Erase,
) -> Result<Reply, Failure> {
    const QUESTION: &str = "What is removed does not come back. Remove it?";
    let erased = match call {
        Erase::Entitlement { name, yes } => {
            let key = key(terminal, name)?;
            terminal.confirm(yes, QUESTION)?;
            let erased = authority.erase_entitlement(&key, &Origin::Local).await;
            erased.map_err(|fault| fault.problem())?
        }
        Erase::Activation { id, yes } => {
            terminal.confirm(yes, QUESTION)?;
            let erased = authority.erase_activation(id, &Origin::Local).await;
            erased.map_err(|fault| fault.problem())?
        }
    };
    Ok(told(erased))
}

fn told(erased: Erased) -> Reply {
    let reply = Reply::of(&ErasedView {
        outcome: if erased.is_something() {
            "erased"
        } else {
            "unchanged"
        },
        holder: erased.holder,
        labels: erased.labels,
        addresses: erased.addresses,
    });
    if !erased.is_something() {
        return reply.saying("There was nothing to remove.");
    }
    reply
        .saying("It is removed from the books. The audit log is as proven as it was.")
        .saying("Backups that were made before still have it; exports of the log do not.")
}
