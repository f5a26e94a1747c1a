//! `keyferry-authority refresh`: a new lease that nobody asked for, or the news that there is none.

use keyferry_authority::{Authority, Origin, Refreshed};
use keyferry_terminal::{Failure, Reply, TokenView};
use keyferry_token::SeatStatus;
use serde::Serialize;

use super::answers::Answers;
use super::spoken;
use crate::call::Refresh;
use crate::views::time;

#[derive(Serialize)]
struct RefreshedView {
    outcome: &'static str,
    activation_id: String,
    product: String,
    label: String,
    device_id: String,
    status: &'static str,
    lease_expires_at: Option<String>,
    token: TokenView,
    out: Option<String>,
}

pub(crate) async fn run(authority: &Authority, call: &Refresh) -> Result<Reply, Failure> {
    let mut answers = Answers::to(call.out.as_ref(), false)?;
    let refreshed = authority
        .refresh(call.activation, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let put = answers.put(&refreshed.sealed)?;
    answers.finish()?;
    let (ready, printed) = (put.ready("Refresh"), put.printed());
    let view = RefreshedView {
        outcome: "refreshed",
        activation_id: refreshed.activation.to_string(),
        product: refreshed.product.to_string(),
        label: refreshed.label.to_string(),
        device_id: refreshed.device.to_string(),
        status: refreshed.status.name(),
        lease_expires_at: time(refreshed.lease_expires_at),
        token: put.token,
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
