//! What the pages are made of beside text. All of it is in the program, and has another address when
//! it changes.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{Portal, brand::Brand, trouble::Trouble};

/// Something is at its address for good: what changes has another one.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Something is not what its address says: a portal beside this one knows a newer profile, or an older
/// one.
const NOT_KEPT: &str = "no-store";

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

/// A file in the program.
pub(crate) struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    tag: LazyLock<String>,
}

pub(crate) static STYLE: Asset = Asset {
    name: "portal.css",
    kind: CSS,
    bytes: include_bytes!("../assets/portal.css"),
    tag: LazyLock::new(|| tag(include_bytes!("../assets/portal.css"))),
};

pub(crate) static SCRIPT: Asset = Asset {
    name: "portal.js",
    kind: JAVASCRIPT,
    bytes: include_bytes!("../assets/portal.js"),
    tag: LazyLock::new(|| tag(include_bytes!("../assets/portal.js"))),
};

pub(crate) static ICON: Asset = Asset {
    name: "icon.svg",
    kind: SVG,
    bytes: include_bytes!("../../../icons/keyferry-small.svg"),
    tag: LazyLock::new(|| tag(include_bytes!("../../../icons/keyferry-small.svg"))),
};

pub(crate) static SCAN: Asset = Asset {
    name: "scan.js",
    kind: JAVASCRIPT,
    bytes: include_bytes!("../assets/scan.js"),
    tag: LazyLock::new(|| tag(include_bytes!("../assets/scan.js"))),
};

pub(crate) static READER: Asset = Asset {
    name: "zxing_reader.js",
    kind: JAVASCRIPT,
    bytes: include_bytes!("../assets/zxing/zxing_reader.js"),
    tag: LazyLock::new(|| tag(include_bytes!("../assets/zxing/zxing_reader.js"))),
};

pub(crate) static WASM: Asset = Asset {
    name: "zxing_reader.wasm",
    kind: "application/wasm",
    bytes: include_bytes!("../assets/zxing/zxing_reader.wasm"),
    tag: LazyLock::new(|| tag(include_bytes!("../assets/zxing/zxing_reader.wasm"))),
};

static ALL: [&Asset; 6] = [&STYLE, &SCRIPT, &ICON, &SCAN, &READER, &WASM];

fn tag(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)[..8])
}

impl Asset {
    /// Its address.
    pub(crate) fn path(&self) -> String {
        format!("/assets/{}/{}", *self.tag, self.name)
    }
}

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/assets/{tag}/{name}", get(asset))
        .route("/brand/{tag}/colours.css", get(colours))
        .route("/brand/{tag}/logo.png", get(logo))
        .route("/favicon.ico", get(async || file(ICON.kind, ICON.bytes)))
        .route("/robots.txt", get(robots))
}

async fn asset(Path((tag, name)): Path<(String, String)>) -> Result<Response, Trouble> {
    let found = ALL.iter().find(|one| one.name == name && *one.tag == tag);
    let found = found.ok_or_else(Trouble::page_unknown)?;
    Ok(file(found.kind, found.bytes))
}

async fn colours(State(portal): State<Portal>, Path(tag): Path<String>) -> Response {
    let brand = portal.brand().await;
    of_brand(&brand, &tag, file(CSS, brand.colours.clone()))
}

async fn logo(State(portal): State<Portal>, Path(tag): Path<String>) -> Result<Response, Trouble> {
    let brand = portal.brand().await;
    let logo = brand.profile.logo.clone();
    let logo = logo.ok_or_else(Trouble::page_unknown)?;
    Ok(of_brand(&brand, &tag, file(PNG, logo)))
}

/// Under another tag than its own, what there is may be shown and not kept: kept under the next
/// profile's address, it would be the old face for a year.
fn of_brand(brand: &Brand, tag: &str, mut response: Response) -> Response {
    if tag != brand.tag() {
        let kept = HeaderValue::from_static(NOT_KEPT);
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
    }
    response
}

/// Nothing here is for search engines.
async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}

fn file(kind: &'static str, bytes: impl Into<axum::body::Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(FOR_GOOD)),
    ];
    (headers, bytes.into()).into_response()
}
