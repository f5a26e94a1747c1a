//! The page that reads a QR code by camera or from a picture, in the browser.

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};

use crate::{
    Portal, assets,
    frame::{Frame, Here, page},
    guard::Camera,
};

#[derive(Template)]
#[template(path = "scan.html")]
struct ScanPage {
    frame: Frame,
    scan: String,
    reader: String,
    wasm: String,
}

pub(crate) fn routes() -> Router<Portal> {
    Router::new().route("/scan", get(scan))
}

async fn scan(State(portal): State<Portal>) -> Response {
    let view = ScanPage {
        frame: portal.frame(Here::Answer, "Scan a QR code").await,
        scan: assets::SCAN.path(),
        reader: assets::READER.path(),
        wasm: assets::WASM.path(),
    };
    let mut response = page(StatusCode::OK, &view);
    response.extensions_mut().insert(Camera);
    response
}
