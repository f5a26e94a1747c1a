//! What a holder can do about one of their computers.

use askama::Template;
use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use keyferry_authority::ReleaseChange;

use super::{Entered, named, seats::Row};
use crate::{
    Portal,
    answer::{self, Form},
    caller::Caller,
    frame::{Frame, Here, page},
    trouble::Trouble,
};

#[derive(Template)]
#[template(path = "release.html")]
struct ReleasePage {
    frame: Frame,
    seal: String,
    row: Row,
    left: u32,
    most: u32,
}

/// Makes a new lease, and shows it like any answer.
pub(super) async fn refresh(
    State(portal): State<Portal>,
    caller: Caller,
    entered: Entered,
    path: Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    entered.check(&Form::read(request).await?)?;
    let (session, origin) = (&entered.session, caller.origin());
    let refreshed = portal
        .authority()
        .holder_refresh(session, named(path)?, &origin);
    let refreshed = refreshed.await.map_err(|fault| fault.problem())?;
    let title = answer::title_of_refresh(&refreshed);
    let frame = portal.frame(Here::Holder, &title).await;
    Ok(answer::show_refresh(&portal, &refreshed, frame).await)
}

/// Says what releasing a computer means, before it is done.
pub(super) async fn ask(
    State(portal): State<Portal>,
    entered: Entered,
    path: Path<String>,
) -> Result<Response, Trouble> {
    let authority = portal.authority();
    let found = authority
        .holder_activation(&entered.session, named(path)?)
        .await;
    let found = found.map_err(|fault| fault.problem())?;
    let holding = authority.holding(&entered.session).await;
    let holding = holding.map_err(|fault| fault.problem())?;
    let title = format!("Release the seat of {}?", found.label);
    let view = ReleasePage {
        frame: portal.frame(Here::Holder, &title).await,
        seal: entered.seal.expose(),
        row: Row::new(&found),
        left: holding.most_releases.saturating_sub(holding.releases),
        most: holding.most_releases,
    };
    Ok(page(StatusCode::OK, &view))
}

/// Releases the seat of a computer that is lost.
pub(super) async fn release(
    State(portal): State<Portal>,
    caller: Caller,
    entered: Entered,
    path: Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    entered.check(&Form::read(request).await?)?;
    let (session, origin) = (&entered.session, caller.origin());
    let change = portal
        .authority()
        .holder_release_lost(session, named(path)?, &origin);
    let change = change.await.map_err(|fault| fault.problem())?;
    Ok(back(&change, "released", "released-before"))
}

/// Lets a released computer activate again.
pub(super) async fn allow(
    State(portal): State<Portal>,
    caller: Caller,
    entered: Entered,
    path: Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    entered.check(&Form::read(request).await?)?;
    let (session, origin) = (&entered.session, caller.origin());
    let change = portal
        .authority()
        .holder_allow_again(session, named(path)?, &origin);
    let change = change.await.map_err(|fault| fault.problem())?;
    Ok(back(&change, "allowed", "allowed-before"))
}

/// To the seats: another page, so that loading it again does nothing again.
fn back(change: &ReleaseChange, done: &str, before: &str) -> Response {
    let done = if change.changed { done } else { before };
    Redirect::to(&format!("/holder?all=yes&done={done}")).into_response()
}
