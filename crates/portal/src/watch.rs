//! Watches each request: a line in the log, and the counts.
//!
//! The log tells the page by its pattern, never what was asked: no path with an id in it, no query, no
//! body, no header.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use prometheus_client::metrics::gauge::Gauge;
use tracing::{Instrument as _, info, info_span};

use crate::{Portal, caller::Caller};

/// What a page is called that there is not.
const UNKNOWN: &str = "unknown";

/// Watches.
pub(crate) async fn watch(
    State(portal): State<Portal>,
    caller: Caller,
    page: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let page = page
        .as_ref()
        .map_or(UNKNOWN, MatchedPath::as_str)
        .to_owned();
    let method = known(request.method());
    let span = info_span!("request", page, method, client = %caller.address);
    let under_way = UnderWay::begin(&portal);
    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let took = began.elapsed();
    drop(under_way);
    let status = response.status();
    portal.metrics().answered(&page, method, status, took);
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    info!(parent: &span, status = status.as_u16(), milliseconds, "answered");
    response
}

/// A request that is being answered, also when its client goes away meanwhile.
struct UnderWay(Gauge);

impl UnderWay {
    fn begin(portal: &Portal) -> Self {
        let gauge = portal.metrics().under_way.clone();
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A method by its name; strangers may call theirs anything.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
