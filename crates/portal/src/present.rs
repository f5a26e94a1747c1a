//! Shows trouble as a page, in the layout of all others.

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header::CONTENT_TYPE},
    middleware::Next,
    response::Response,
};
use keyferry_catalogue::Code;

use crate::{
    Portal,
    account::SignedIn,
    api,
    caller::Caller,
    desk::sent_before as sent_before_page,
    frame::{Frame, HTML, Here},
    panics::caught,
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
    caller: Caller,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let (here, by_program) = (Here::of(path), api::is_below(path));
    let headers = (here == Here::Vendor).then(|| request.headers().clone());
    let mut response = next.run(request).await;
    let Some(trouble) = response.extensions_mut().remove::<Trouble>() else {
        return response;
    };
    if by_program {
        return api::problem_of(&trouble, response);
    }
    let title = trouble.problem.message(LANGUAGE);
    let sent_before = trouble.problem.code == Code::FormSentBefore;
    let who = match headers {
        // Without them the page is shown to whoever it is.
        Some(headers) => caught(SignedIn::find(&headers, caller, &portal))
            .await
            .and_then(Result::ok)
            .flatten(),
        None => None,
    };
    let frame = match who {
        Some(who) => portal.around(&who, None, &title).await,
        None => portal.frame(here, &title).await,
    };
    if sent_before {
        return sent_before_page(frame, &trouble.problem);
    }
    let page = TroublePage {
        frame,
        told: Told::of(&trouble.problem),
    };
    // Nothing in it can fail: it is text in text.
    *response.body_mut() = Body::from(page.render().unwrap_or_default());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    response
}
