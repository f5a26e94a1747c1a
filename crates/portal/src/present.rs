//! Shows trouble as a page, in the layout of all others.

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header::CONTENT_TYPE},
    middleware::Next,
    response::Response,
};

use crate::{
    Portal,
    frame::{Frame, HTML, Here},
    trouble::Trouble,
    words::{LANGUAGE, Told},
};

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    frame: Frame,
    told: Told,
}

/// Turns what a page refused into words. What is not a page's matter is left as it is.
pub(crate) async fn present(
    State(portal): State<Portal>,
    request: Request,
    next: Next,
) -> Response {
    let here = Here::of(request.uri().path());
    let mut response = next.run(request).await;
    let Some(trouble) = response.extensions_mut().remove::<Trouble>() else {
        return response;
    };
    let title = trouble.problem.message(LANGUAGE);
    let page = TroublePage {
        frame: portal.frame(here, &title).await,
        told: Told::of(&trouble.problem),
    };
    // Nothing in it can fail: it is text in text.
    *response.body_mut() = Body::from(page.render().unwrap_or_default());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    response
}
