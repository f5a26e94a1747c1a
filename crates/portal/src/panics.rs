//! A panic is a fault of the program. It ends what it happened in, and nothing beside it: the request that
//! met it is told so, and all others go on.

#[cfg(not(panic = "unwind"))]
compile_error!(
    "a panic would end the portal for everybody: docs/decisions/a-panic-ends-one-thing.md"
);

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use keyferry_catalogue::{Code, Problem};

use crate::{trouble::Trouble, words::LANGUAGE};

/// Answers a request whose page panicked as any other of the portal's own faults.
pub(crate) async fn answered(request: Request, next: Next) -> Response {
    let response = caught(next.run(request)).await;
    response.unwrap_or_else(|| {
        Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, Code::PortalTrouble).into_response()
    })
}

/// Answers a request over which even showing an answer panicked, in bare words.
pub(crate) async fn answered_barely(request: Request, next: Next) -> Response {
    let response = caught(next.run(request)).await;
    response.unwrap_or_else(|| {
        let words = Problem::new(Code::PortalTrouble).message(LANGUAGE);
        (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
    })
}

/// Carries out work; `None` where it panicked. What it had begun is as if its client had gone away: what
/// others see of it lies in transactions, which end with it, and behind locks that outlast a panic.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

/// Has each panic in the log from now on, by its place in the program: its own words may quote what was sent.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "the program panicked");
    }));
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        panic::{catch_unwind, set_hook, take_hook},
        sync::Mutex,
    };

    use axum::{Router, body::Body, middleware};
    use tower::ServiceExt as _;

    use super::*;

    async fn panics(_: Request, _: Next) -> Response {
        panic!("in the middle of a page")
    }

    #[tokio::test]
    async fn where_even_showing_an_answer_panics_bare_words_are_told() {
        let pages = Router::<()>::new()
            .layer(middleware::from_fn(panics))
            .layer(middleware::from_fn(answered_barely));
        let response = pages.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let told = axum::body::to_bytes(response.into_body(), 1000).await;
        let words = Problem::new(Code::PortalTrouble).message(LANGUAGE);
        assert_eq!(told.unwrap(), words);
    }

    #[test]
    fn a_panic_is_in_the_log_by_its_place_and_not_by_its_words() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let lines = tracing_subscriber::fmt().with_writer(Mutex::new(log.reopen().unwrap()));
        tracing::subscriber::with_default(lines.finish(), || {
            let before = take_hook();
            log_panics();
            let ended = catch_unwind(|| panic!("{} was sent", "7Q2K-9MPX"));
            set_hook(before);
            assert!(ended.is_err());
        });
        let told = fs::read_to_string(log.path()).unwrap();
        assert!(told.contains("the program panicked"), "{told}");
        assert!(told.contains("panics.rs:"), "{told}");
        assert!(!told.contains("7Q2K-9MPX"), "{told}");
    }
}
