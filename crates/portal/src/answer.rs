//! For anyone with something that a computer wrote: it comes in, the answer goes out. No account.

mod bring;
mod carried;
mod moving;
mod page;
mod told;
mod unpack;

use axum::{
    Router,
    routing::{get, post},
};

use crate::Portal;

pub(crate) use bring::{Form, MOST_UNPACKED};
pub(crate) use carried::Drawn;
pub(crate) use page::{show, show_refresh};

/// Where what was brought is sent to.
pub(crate) const BRING: &str = "/a";
/// Where an answer is fetched as a file.
pub(crate) const FILE: &str = "/a/file";
/// Where an answer is shown as a moving code of another density.
pub(crate) const FRAMES: &str = "/a/frames";
/// Where several answers are fetched in one ZIP.
pub(crate) const ZIP: &str = "/a/zip";

pub(crate) fn routes() -> Router<Portal> {
    let bring = get(page::form).post(page::bring);
    Router::new()
        .route("/", get(page::form))
        .route(BRING, bring.clone())
        // As the QR codes of requests write it (docs/spec/qr.md).
        .route("/A", bring)
        .route(FILE, post(carried::file))
        .route(FRAMES, post(moving::frames))
        .route(ZIP, post(carried::zip))
}
