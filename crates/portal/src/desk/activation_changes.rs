//! What can be done about a computer: a new lease, releasing it as lost, letting it back in (rule A9).

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use keyferry_authority::{Permission, ReleaseChange, ReleaseFault};
use keyferry_token::ActivationId;

use super::{
    Section,
    activations::{address, facts, one},
    question::{self, Question},
    typed::{Done, trouble},
};
use crate::{Portal, account::SignedIn, answer, trouble::Trouble, words::spoken};

/// What was done, by the word in the address.
pub(super) fn done(name: &str) -> Done {
    match name {
        "released" => {
            Some("The seat is free. That computer may not activate again until it is allowed to.")
        }
        "allowed" => Some("That computer may activate again. It needs a seat that is free."),
        "unchanged" => Some("It was so before; nothing was changed."),
        _ => None,
    }
}

/// Makes a new lease, and shows it like any answer.
pub(super) async fn refresh(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let refreshed = portal.authority().refresh(id, &who.origin()).await;
    let refreshed = refreshed.map_err(|fault| trouble(fault.problem()))?;
    let title = answer::title_of_refresh(&refreshed);
    let frame = portal.desk(&who, Section::Activations, &title).await;
    Ok(answer::show_refresh(&portal, &refreshed, frame).await)
}

/// Says what releasing a computer means, before it is done.
pub(super) async fn ask(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteActivations)?;
    let record = one(&portal, &id).await?;
    let activation = &record.activation;
    let brand = portal.brand().await;
    let heading = format!("Release the seat of {}?", activation.label);
    let until = spoken(activation.grace_until.max(activation.lease_expires_at));
    let question = Question {
        lead: "For a computer that is lost or broken, and cannot give its license back itself. This cannot be undone.",
        points: vec![
            "Its seat is free at once, and another computer can take it.".to_owned(),
            format!(
                "It gets no new lease. Offline it may run on until its latest one is over: {until}."
            ),
            "It may not activate again until you or the holder allow it.".to_owned(),
            "It counts among the releases that the product allows in a year.".to_owned(),
        ],
        about: address(activation.id),
        does: "release",
        verb: "Release the seat",
        keep: "Keep it",
        facts: facts(&record, &brand.profile),
        heading,
        ..Question::default()
    };
    Ok(question.show(&portal, &who, Section::Activations).await)
}

/// Releases the seat of a computer that is lost.
pub(super) async fn release(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let change = portal.authority().release_lost(id, &origin);
    back(change.await, "released")
}

/// Lets a released computer activate again.
pub(super) async fn allow(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let change = portal.authority().allow_again(id, &origin);
    back(change.await, "allowed")
}

/// Which one a form is about, if it counts.
async fn asked(
    portal: &Portal,
    who: &SignedIn,
    id: &str,
    request: Request,
) -> Result<ActivationId, Trouble> {
    who.form(Permission::WriteActivations, request).await?;
    Ok(one(portal, id).await?.activation.id)
}

fn back(change: Result<ReleaseChange, ReleaseFault>, done: &str) -> Result<Response, Trouble> {
    let change = change.map_err(|fault| trouble(fault.problem()))?;
    let about = address(change.activation.id);
    Ok(question::back(&about, change.changed, done))
}
