//! `keyferry-authority refresh`: a new lease that nobody asked for, or the news that there is none; for
//! one computer or for all of an entitlement.

use std::cell::RefCell;
use std::path::Path;

use keyferry_authority::{Authority, EntitlementKey, Origin, Refreshed};
use keyferry_bulk::refresh_all;
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{Destination, Failure, Reply, Terminal};
use keyferry_token::{ActivationId, SeatStatus};
use keyferry_views::RefreshedView;
use serde::Serialize;

use super::answers::Answers;
use super::bulk::{Progress, told};
use super::entitlement::key;
use super::spoken;
use crate::call::{EntitlementName, Refresh};

#[derive(Serialize)]
struct WrittenView {
    #[serde(flatten)]
    refreshed: RefreshedView,
    out: Option<String>,
}

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: Refresh,
) -> Result<Reply, Failure> {
    match (call.activation, call.entitlement, call.out) {
        (Some(activation), None, out) => one(authority, activation, out.as_ref()).await,
        (None, Some(code), Some(Destination::Path(folder))) => {
            let code = vec![code];
            let key = key(terminal, EntitlementName { code })?;
            all(authority, terminal, &key, &folder).await
        }
        // Many files are for a folder.
        _ => Err(Problem::new(Code::Usage).into()),
    }
}

#[derive(Serialize)]
struct AllView {
    outcome: &'static str,
    entitlement_id: String,
    refreshed: u64,
    unchanged: u64,
}

async fn all(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    key: &EntitlementKey,
    folder: &Path,
) -> Result<Reply, Failure> {
    let entitlement = authority
        .entitlement(key)
        .await
        .map_err(|fault| fault.problem())?;
    let terminal = RefCell::new(terminal);
    let progress = Progress::begin(&terminal, Some(u64::from(entitlement.seats_used)));
    let outcome = refresh_all(authority, entitlement.id, folder, &progress).await;
    drop(progress);
    told(
        outcome,
        |report| AllView {
            outcome: "refreshed",
            entitlement_id: entitlement.id.to_string(),
            refreshed: report.tally.of("refreshed"),
            unchanged: report.tally.of("unchanged"),
        },
        |report| {
            let tally = &report.tally;
            format!(
                "{} computers: {} refreshed, {} before, {} refused.",
                tally.rows,
                tally.of("refreshed"),
                tally.of("unchanged"),
                tally.of("refused")
            )
        },
    )
}

async fn one(
    authority: &Authority,
    activation: ActivationId,
    out: Option<&Destination>,
) -> Result<Reply, Failure> {
    let mut answers = Answers::to(out, false)?;
    let refreshed = authority
        .refresh(activation, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let put = answers.put(&refreshed.sealed)?;
    answers.finish()?;
    let (ready, printed) = (put.ready("Refresh"), put.printed());
    let view = WrittenView {
        refreshed: RefreshedView::from(&refreshed),
        out: put.out,
    };
    Ok(Reply::of(&view)
        .saying(said(&refreshed))
        .saying(ready)
        .saying("Next: take it to the computer.")
        .printing(printed))
}

fn said(refreshed: &Refreshed) -> String {
    let Refreshed { label, product, .. } = refreshed;
    match (refreshed.status, refreshed.lease_expires_at) {
        (SeatStatus::Active, Some(end)) => {
            format!("“{label}” may run {product} until {}.", spoken(end))
        }
        (SeatStatus::Active, None) => format!("“{label}” may run {product}."),
        (SeatStatus::Suspended, _) => format!(
            "The entitlement is suspended: {product} stops on “{label}” when it takes this refresh."
        ),
        (SeatStatus::Revoked, _) => format!(
            "The entitlement is revoked: {product} stops on “{label}” for good when it takes this refresh."
        ),
    }
}
