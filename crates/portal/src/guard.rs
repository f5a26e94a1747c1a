//! The headers that every answer has: what a browser may do with it.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use keyferry_catalogue::Code;

use crate::{caller::Caller, trouble::Trouble};

/// Everything comes from the portal itself, and nothing is written into a page.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
/// The same for the page that reads QR codes, whose reader is WebAssembly (CSP Level 3 §4.4).
const SCAN_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
/// The same for a page that shows a picture which came with its own form and is stored nowhere.
const PICTURE_POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
const NO_DEVICES: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
const CAMERA_ONLY: &str = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()";
/// A year.
const ONLY_TLS: &str = "max-age=31536000";

/// Marks an answer whose page may use the camera.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Camera;

/// Marks an answer whose page has such a picture in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnPicture;

/// Where a browser says that a request came from (Fetch Metadata Request Headers, W3C).
const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses what another site has a browser send here. Forms of sessions have a seal besides; this also
/// covers the form that begins one. Programs send no such header and are no browser's victims.
pub(crate) async fn own_forms_only(request: Request, next: Next) -> Response {
    let site = request.headers().get(FETCH_SITE);
    let foreign = site.is_some_and(|site| site == "cross-site" || site == "same-site");
    if foreign && !request.method().is_safe() {
        return Trouble::new(StatusCode::FORBIDDEN, Code::FormUnreadable).into_response();
    }
    next.run(request).await
}

/// Sets the headers.
pub(crate) async fn guard(caller: Caller, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let marks = response.extensions_mut();
    let (policy, devices) = match (marks.remove::<Camera>(), marks.remove::<OwnPicture>()) {
        (Some(Camera), _) => (SCAN_POLICY, CAMERA_ONLY),
        (None, Some(OwnPicture)) => (PICTURE_POLICY, NO_DEVICES),
        (None, None) => (POLICY, NO_DEVICES),
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(HeaderName::from_static("permissions-policy"), devices);
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    if caller.secure {
        set(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
