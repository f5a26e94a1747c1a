//! For anyone with something that a computer wrote: it comes in, the answer goes out. No account.

mod bring;
mod carried;
mod moving;
mod page;
mod pictures;
mod told;
mod unpack;

use axum::{
    Router,
    routing::{get, post},
};

use crate::Portal;

pub(crate) use bring::{Form, Places, unpacked};
pub(crate) use carried::{Drawn, download};
pub(crate) use page::{show, show_refresh, title_of_refresh};
pub use pictures::MAX_PICTURES;

/// Where what was brought is sent to.
pub(crate) const BRING: &str = "/a";
/// Where photographs of QR codes are sent to.
pub(crate) const PICTURE: &str = "/a/picture";
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
        .route(PICTURE, get(page::form).post(page::bring))
        .route(FILE, post(carried::file))
        .route(FRAMES, post(moving::frames))
        .route(ZIP, post(carried::zip))
}
