//! Changes that go on to their end, also when whoever asked for them goes away meanwhile: one that is
//! committed is then handed out as well, and no page is left that says less than what was done.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use keyferry_catalogue::Code;
use tracing::Instrument as _;

use crate::trouble::Trouble;

/// Carries out what changes something by itself; what only looks ends with its connection.
pub(crate) async fn to_the_end(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(_) => {
            Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, Code::PortalTrouble).into_response()
        }
    }
}
