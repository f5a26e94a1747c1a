//! What becomes of a license: suspended, in force again, revoked for good (rule A8). Each makes another
//! file, which says so.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use keyferry_authority::{LicenseFault, LicenseFile, Permission};
use keyferry_token::LicenseId;

use super::{
    Section,
    licenses::{address, facts, heading, one},
    question::{self, Question},
    typed::{Done, trouble},
};
use crate::{Portal, account::SignedIn, trouble::Trouble};

/// What was done, by the word in the address.
pub(super) fn done(name: &str) -> Done {
    match name {
        "made" => Some("The license is made. Download its file and pass it on."),
        "reissued" => Some(
            "There is another file. Wherever it has been seen, the earlier files count no longer.",
        ),
        "suspended" => {
            Some("The license is suspended. Programs stop where its newest file arrives.")
        }
        "reinstated" => {
            Some("The license is in force again. Programs run where its newest file arrives.")
        }
        "revoked" => {
            Some("The license is revoked for good. Programs stop where its newest file arrives.")
        }
        "unchanged" => Some("It was so before; nothing was changed."),
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
    let id = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let file = portal.authority().license_suspend(id, &origin);
    back(file.await, "suspended")
}

/// Puts it in force again.
pub(super) async fn reinstate(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let file = portal.authority().license_reinstate(id, &origin);
    back(file.await, "reinstated")
}

/// Says what revoking means, before it is done.
pub(super) async fn ask_revoke(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteLicenses)?;
    let license = one(&portal, &id).await?.issued.license;
    let brand = portal.brand().await;
    let heading = format!("Revoke {}?", heading(&license, &brand.profile));
    let question = Question {
        heading,
        lead: "This cannot be undone. To stop programs for a while only, suspend it.",
        points: vec![
            "A last file is made, which says that the license is revoked.".to_owned(),
            "Programs stop where that file arrives. Where it does not, they run on as before."
                .to_owned(),
            "No other file of this license is made any more.".to_owned(),
        ],
        about: address(license.id),
        does: "revoke",
        verb: "Revoke the license",
        keep: "Keep it",
        facts: facts(&license, &brand.profile),
        ..Question::default()
    };
    Ok(question.show(&portal, &who, Section::Licenses).await)
}

/// Revokes it for good.
pub(super) async fn revoke(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let id = asked(&portal, &who, &id, request).await?;
    let origin = who.origin();
    let file = portal.authority().license_revoke(id, &origin);
    back(file.await, "revoked")
}

/// Which one a form is about, if it counts.
async fn asked(
    portal: &Portal,
    who: &SignedIn,
    id: &str,
    request: Request,
) -> Result<LicenseId, Trouble> {
    who.form(Permission::WriteLicenses, request).await?;
    Ok(one(portal, id).await?.issued.license.id)
}

fn back(file: Result<LicenseFile, LicenseFault>, done: &str) -> Result<Response, Trouble> {
    let file = file.map_err(|fault| trouble(fault.problem()))?;
    let about = address(file.issued.license.id);
    Ok(question::back(&about, file.changed, done))
}
