//! What becomes of an entitlement: suspended, in force again, revoked for good (rule A8), with another
//! holder secret.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use keyferry_authority::{
    Entitlement, EntitlementChange, EntitlementFault, EntitlementKey, Permission,
};
use keyferry_catalogue::Problem;

use super::{
    Section,
    entitlement_form::show_secrets,
    entitlements::{address, facts, heading, one},
    once::{mark, once},
    question::{self, Question},
    typed::{Done, trouble},
};
use crate::{Portal, account::SignedIn, trouble::Trouble};

/// What was done, by the word in the address.
pub(super) fn done(name: &str) -> Done {
    match name {
        "changed" => Some(
            "The entitlement is changed. Its computers learn of it with their next answer or lease.",
        ),
        "unchanged" => Some("It was so before; nothing was changed."),
        "suspended" => Some(
            "The entitlement is suspended: no computer is activated. Those that are run on until their leases end, or until they take a new one.",
        ),
        "reinstated" => Some(
            "The entitlement is in force again. Computers that have stopped run again with their next lease.",
        ),
        "revoked" => Some("The entitlement is revoked for good."),
        _ => None,
    }
}

/// Suspends it.
pub(super) async fn suspend(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let key = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let change = portal.authority().entitlement_suspend(&key, &origin);
    back(change.await, "suspended")
}

/// Puts it in force again.
pub(super) async fn reinstate(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let key = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let change = portal.authority().entitlement_reinstate(&key, &origin);
    back(change.await, "reinstated")
}

/// Says what revoking means, before it is done.
pub(super) async fn ask_revoke(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteEntitlements)?;
    let entitlement = one(&portal, &id).await?;
    let brand = portal.brand().await;
    let heading = format!("Revoke {}?", heading(&entitlement, &brand.profile));
    let held = match entitlement.seats_used {
        1 => {
            "1 computer holds a seat. It runs on until its lease ends, or until it takes a new one."
                .to_owned()
        }
        held => format!(
            "{held} computers hold a seat. They run on until their leases end, or until they take a new one."
        ),
    };
    let question = Question {
        heading,
        lead: "This cannot be undone. To stop its computers for a while only, suspend it.",
        points: vec![
            "Its activation code activates no computer any more.".to_owned(),
            held,
            "Nothing brings it back: neither another end nor another row of a list.".to_owned(),
        ],
        about: address(entitlement.id),
        does: "revoke",
        verb: "Revoke the entitlement",
        keep: "Keep it",
        facts: facts(&entitlement, &brand.profile),
        ..Question::default()
    };
    Ok(question.show(&portal, &who, Section::Entitlements).await)
}

/// Revokes it for good.
pub(super) async fn revoke(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let key = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let change = portal.authority().entitlement_revoke(&key, &origin);
    back(change.await, "revoked")
}

/// Says what another holder secret means, before it is made.
pub(super) async fn ask_secret(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteEntitlements)?;
    let entitlement = one(&portal, &id).await?;
    ask_secret_of(&portal, &who, &entitlement, None).await
}

/// Where the form of another holder secret goes.
fn secret(entitlement: &Entitlement) -> String {
    format!("{}/secret", address(entitlement.id))
}

async fn ask_secret_of(
    portal: &Portal,
    who: &SignedIn,
    entitlement: &Entitlement,
    problem: Option<&Problem>,
) -> Result<Response, Trouble> {
    let brand = portal.brand().await;
    let heading = format!(
        "Replace the holder secret of {}?",
        heading(entitlement, &brand.profile)
    );
    let question = Question {
        mark: mark(portal, who, &secret(entitlement))?,
        heading,
        lead: "For a secret that was lost, or that somebody has who should not.",
        points: vec![
            "The secret that the holder has opens nothing any more.".to_owned(),
            "Whoever is in with it is out at once.".to_owned(),
            "The activation code and the computers stay as they are.".to_owned(),
        ],
        about: address(entitlement.id),
        does: "secret",
        verb: "Make a new secret",
        keep: "Keep the old one",
        facts: facts(entitlement, &brand.profile),
    };
    let section = Section::Entitlements;
    Ok(question.ask(portal, who, section, problem).await)
}

/// Makes another holder secret, and shows it this once.
pub(super) async fn replace_secret(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteEntitlements, request).await?;
    let entitlement = one(&portal, &id).await?;
    let origin = match once(&portal, &who, &form, &secret(&entitlement)).await? {
        Ok(origin) => origin,
        Err(problem) => {
            return ask_secret_of(&portal, &who, &entitlement, Some(&problem)).await;
        }
    };
    let key = EntitlementKey::Id(entitlement.id);
    let replaced = portal.authority().holder_secret_replace(&key, &origin);
    let replaced = replaced.await.map_err(|fault| trouble(fault.problem()))?;
    let brand = portal.brand().await;
    let heading = heading(&replaced.entitlement, &brand.profile);
    let title = format!("The new holder secret of {heading}");
    let secret = &replaced.holder_secret;
    Ok(show_secrets(&portal, &who, &replaced.entitlement, title, None, secret).await)
}

/// Which one a form is about, if it counts.
async fn asked(
    portal: &Portal,
    who: &SignedIn,
    id: &str,
    request: Request,
) -> Result<EntitlementKey, Trouble> {
    who.form(Permission::WriteEntitlements, request).await?;
    Ok(EntitlementKey::Id(one(portal, id).await?.id))
}

fn back(
    change: Result<EntitlementChange, EntitlementFault>,
    done: &str,
) -> Result<Response, Trouble> {
    let change = change.map_err(|fault| trouble(fault.problem()))?;
    let about = address(change.entitlement.id);
    Ok(question::back(&about, change.changed, done))
}
