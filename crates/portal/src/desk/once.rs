//! Forms that make something. Each showing of one has a mark, and makes it once: pressed twice, or loaded
//! again, it leads to what was made. What a form has made is in the database, for all portals over it.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use keyferry_authority::Origin;
use keyferry_catalogue::{Code, Problem};

use crate::{
    Portal,
    account::SignedIn,
    answer::Form,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::Told,
};

/// The field of a form that has its mark.
pub(super) const MARK: &str = "mark";

/// A mark for one showing of the form that is sent to `action`.
///
/// # Errors
/// `system_failure` without randomness.
pub(super) fn mark(portal: &Portal, who: &SignedIn, action: &str) -> Result<String, Trouble> {
    let made = who.seal().make_mark(action, portal.authority().now());
    made.map_err(|fault| fault.problem().into())
}

/// Who asks by a form that was sent to `action`, for what it makes: the mark of the form is used up with that. A
/// form that lay open for too long is to be shown again with what was filled in.
///
/// A form without a mark is taken all the same: it was open already when the portal learned to give marks.
///
/// # Errors
/// `form_sent_before`; those of the database.
pub(super) async fn once(
    portal: &Portal,
    who: &SignedIn,
    form: &Form,
    action: &str,
) -> Result<Result<Origin, Problem>, Trouble> {
    let text = form.field(MARK);
    if text.is_empty() {
        return Ok(Ok(who.origin()));
    }
    let authority = portal.authority();
    let Some(mark) = who.seal().read_mark(action, text, authority.now()) else {
        return Ok(Err(Problem::new(Code::FormTooOld)));
    };
    let new = authority.form_is_new(&mark).await;
    new.map_err(|fault| fault.problem())?;
    Ok(Ok(Origin::Form {
        account: who.account().id,
        mark,
    }))
}

#[derive(Template)]
#[template(path = "desk/sent_before.html")]
struct SentBeforePage {
    frame: Frame,
    told: Told,
    /// What became of what was shown once with it.
    advice: Option<&'static str>,
    link: String,
    name: &'static str,
}

/// What was made by a form that was sent before.
pub(crate) fn sent_before(frame: Frame, problem: &Problem) -> Response {
    let made = problem.arg("made").unwrap_or_default();
    let action = problem.arg("action").unwrap_or_default();
    let (kind, id) = made.split_once(' ').unwrap_or_default();
    let (path, name) = match kind {
        "account" => ("/vendor/people/", "Go to the account"),
        "api_token" => ("/vendor/tokens/", "Go to the token"),
        "entitlement" => ("/vendor/entitlement/", "Go to the entitlement"),
        "license" => ("/vendor/license/", "Go to the license"),
        "license_list" => ("/vendor/licenses/list/", "Go to the list"),
        "product" => ("/vendor/product/", "Go to the product"),
        "webhook" => ("/vendor/webhooks/", "Go to the webhook"),
        _ => ("/vendor", "Go to your overview"),
    };
    let view = SentBeforePage {
        frame,
        told: Told::of(problem),
        advice: advice(action),
        link: format!("{path}{id}"),
        name,
    };
    page(StatusCode::CONFLICT, &view)
}

/// What to do where a secret was shown that is kept nowhere.
fn advice(action: &str) -> Option<&'static str> {
    match action {
        "account_added" | "account_changed" => Some(
            "The link was shown then, and is not shown again. If you do not have it, make a new one there: it takes the place of that one.",
        ),
        "api_token_added" => Some(
            "Its secret was shown then, and is not shown again. If you do not have it, take the token back there and make another.",
        ),
        "entitlement_added" => Some(
            "Its activation code and its holder secret were shown then, and are not shown again. If you do not have them, revoke it there and add another entitlement; if the holder secret alone is missing, replace that.",
        ),
        "holder_secret_replaced" => Some(
            "The new holder secret was shown then, and is not shown again. If you do not have it, replace it once more there.",
        ),
        "webhook_added" | "webhook_changed" => Some(
            "Its secret was shown then, and is not shown again. If you do not have it, make another secret there.",
        ),
        _ => None,
    }
}
