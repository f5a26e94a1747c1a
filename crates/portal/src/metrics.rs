//! What is counted, for Prometheus, on a listener of its own.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::get,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// The media type of what is shown (OpenMetrics).
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds in seconds.
const BOUNDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What is counted. Labels are few and known beforehand: no address, no code, no path as it was asked.
#[derive(Clone)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<PageLabels, Histogram, fn() -> Histogram>,
    messages: Family<MessageLabels, Counter>,
    pub(crate) under_way: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    page: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PageLabels {
    page: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct MessageLabels {
    kind: &'static str,
    outcome: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("keyferry_portal");
        let requests = Family::default();
        let histogram: fn() -> Histogram = || Histogram::new(BOUNDS);
        let seconds = Family::new_with_constructor(histogram);
        let messages = Family::default();
        let under_way = Gauge::default();
        registry.register(
            "requests",
            "Requests that were answered, by page",
            requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "How long requests took, by page",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register(
            "messages",
            "Messages of computers, by kind and by what became of them",
            messages.clone(),
        );
        registry.register(
            "requests_under_way",
            "Requests that are being answered",
            under_way.clone(),
        );
        Self {
            registry: Arc::new(registry),
            requests,
            seconds,
            messages,
            under_way,
        }
    }

    /// Counts a request.
    pub(crate) fn answered(&self, page: &str, method: &str, status: StatusCode, took: Duration) {
        let (page, method) = (page.to_owned(), method.to_owned());
        let labels = PageLabels { page: page.clone() };
        self.seconds
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        let labels = RequestLabels {
            page,
            method,
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts a message of a computer.
    pub(crate) fn received(&self, kind: &'static str, outcome: &'static str) {
        let labels = MessageLabels { kind, outcome };
        self.messages.get_or_create(&labels).inc();
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/metrics", get(show))
            .with_state(self.clone())
    }
}

async fn show(State(metrics): State<Metrics>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
