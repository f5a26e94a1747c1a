//! The headers that every answer has: what a browser may do with it.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::caller::Caller;

/// Everything comes from the portal itself, and nothing is written into a page.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
const NO_DEVICES: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
/// A year.
const ONLY_TLS: &str = "max-age=31536000";

/// Sets the headers.
pub(crate) async fn guard(caller: Caller, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(HeaderName::from_static("permissions-policy"), NO_DEVICES);
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
