//! The body of a request, whole, within its bound and its time, before a page sees anything of it.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, header::CONTENT_LENGTH},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body_util::BodyExt as _;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::{Portal, answer, desk, trouble::Trouble};

/// Most bytes of a request's body, unless it brings pictures, or back what was shown.
pub const MAX_BODY: usize = 1024 * 1024;
/// Most bytes of a body that brings back what was shown: answers that are to be packed into a ZIP, a list
/// that was checked.
pub const MAX_ANSWERS: usize = 4 * 1024 * 1024;
/// Most requests beyond [`MAX_BODY`] that are in memory at once; more wait, within the patience for their
/// bodies.
pub(crate) const MOST_LARGE: usize = 32;
/// What is read and dropped beyond the bound, so that the browser hears the answer.
const POLITE: usize = 16 * 1024 * 1024;

/// Reads the body.
pub(crate) async fn whole(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let most = match parts.uri.path() {
        answer::ZIP => MAX_ANSWERS,
        answer::PICTURE => answer::MAX_PICTURES,
        path if desk::comes_back(path) => MAX_ANSWERS,
        _ => MAX_BODY,
    };
    let read = read(body, most, announced(&parts.headers), portal.large());
    match time::timeout(portal.config().patience.body, read).await {
        Ok(Ok((bytes, _place))) => {
            let request = Request::from_parts(parts, Body::from(bytes));
            next.run(request).await
        }
        Ok(Err(trouble)) => trouble.into_response(),
        Err(_) => Trouble::too_slow().into_response(),
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read(
    mut body: Body,
    most: usize,
    announced: Option<usize>,
    large: &Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Trouble> {
    let (mut kept, mut seen, mut place) = (Vec::new(), 0, None);
    let mut too_large = announced.is_some_and(|length| length > most);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Trouble::form_unreadable())?.into_data() else {
            continue;
        };
        seen += data.len();
        too_large |= seen > most;
        if too_large {
            kept = Vec::new();
            if seen > POLITE {
                break;
            }
        } else {
            if seen > MAX_BODY && place.is_none() {
                place = Arc::clone(large).acquire_owned().await.ok();
            }
            kept.extend_from_slice(&data);
        }
    }
    if too_large {
        Err(Trouble::too_large(most))
    } else {
        Ok((Bytes::from(kept), place))
    }
}
