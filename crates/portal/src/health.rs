//! For whoever watches the portal: is it there, can it work.

use axum::{Router, extract::State, http::StatusCode, routing::get};

use crate::Portal;

pub(crate) fn routes() -> Router<Portal> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
}

/// Asks the database. Why it does not answer is in the log.
async fn ready(State(portal): State<Portal>) -> (StatusCode, &'static str) {
    match portal.authority().ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(fault) => {
            tracing::warn!(code = fault.code().as_str(), "the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}
