//! Problems as programs read them: RFC 9457, with the catalogue's code, reference and next step.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use keyferry_catalogue::{Code, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{trouble::Trouble, words::Told};

pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a call was not carried out.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemView {
    /// `urn:keyferry:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:keyferry:problem:entitlement_unknown")]
    kind: String,
    /// What is the matter, for people.
    title: String,
    status: u16,
    /// Why that is so, for people.
    detail: String,
    /// The catalogue's code, which never changes its meaning (`docs/codes.md`).
    #[schema(example = "entitlement_unknown")]
    code: &'static str,
    /// What people quote.
    #[schema(example = "KF-240")]
    reference: &'static str,
    /// What to do, for people.
    next_step: String,
    /// The values that the texts mention.
    args: BTreeMap<&'static str, String>,
}

/// Whether an address lies where problems are told to programs.
pub(crate) fn is_below(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Writes a problem into an answer that has its status already.
pub(crate) fn shown(trouble: &Trouble, mut response: Response) -> Response {
    let problem = in_terms_of_calls(&trouble.problem);
    let told = Told::of(&problem);
    let view = ProblemView {
        kind: format!("urn:keyferry:problem:{}", problem.code.as_str()),
        title: told.message,
        status: trouble.status.as_u16(),
        detail: told.cause,
        code: problem.code.as_str(),
        reference: told.reference,
        next_step: told.next_step,
        args: problem
            .args
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect(),
    };
    // Nothing in it can fail: it is text in text.
    *response.body_mut() = Body::from(serde_json::to_vec(&view).unwrap_or_default());
    let kind = HeaderValue::from_static(PROBLEM_JSON);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// What pages tell in terms of pages.
fn in_terms_of_calls(problem: &Problem) -> Problem {
    match problem.code {
        Code::PageUnknown => Problem::new(Code::CallUnknown),
        Code::PageNotAsked => Problem::new(Code::CallNotOffered),
        _ => problem.clone(),
    }
}

/// A problem of the authority, as a vendor's own program may hear it.
pub(super) fn told(problem: Problem) -> Trouble {
    let status = match problem.code {
        Code::ProductUnknown
        | Code::EntitlementUnknown
        | Code::ActivationUnknown
        | Code::LicenseUnknown
        | Code::AccountUnknown
        | Code::ApiTokenUnknown
        | Code::WebhookUnknown
        | Code::WebhookDeliveryUnknown
        | Code::ListUnknown
        | Code::KeyUnknown => StatusCode::NOT_FOUND,
        Code::ProductExists
        | Code::LastAdmin
        | Code::WebhookTooMany
        | Code::SeatsInUse
        | Code::EntitlementRevoked
        | Code::LicenseRevoked
        | Code::KeyInUse
        | Code::KeyKeptElsewhere
        | Code::ProfileKeyAway
        | Code::ListWorking
        | Code::ListTooMany
        | Code::AuditBroken
        | Code::AuditTruncated => StatusCode::CONFLICT,
        Code::ApiScopeMissing => StatusCode::FORBIDDEN,
        Code::AuditHeadRefused | Code::PortalRefused | Code::ColourRefused | Code::LogoRefused => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        _ => return Trouble::from(problem),
    };
    Trouble::new(status, problem)
}

/// What was sent is not what the call takes.
pub(super) fn body_refused(what: impl std::fmt::Display) -> Trouble {
    let problem = Problem::new(Code::BodyRefused).with("what", what);
    Trouble::new(StatusCode::BAD_REQUEST, problem)
}

/// Something in the address cannot be understood.
pub(super) fn parameter_refused(name: impl std::fmt::Display) -> Trouble {
    let problem = Problem::new(Code::ParameterRefused).with("name", name);
    Trouble::new(StatusCode::BAD_REQUEST, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::LANGUAGE;

    #[test]
    fn what_is_told_of_pages_is_told_of_calls() {
        let problem = in_terms_of_calls(&Problem::new(Code::PageUnknown));
        assert_eq!(problem.code, Code::CallUnknown);
        assert!(!problem.message(LANGUAGE).is_empty());
        assert!(is_below("/api/v1/products") && !is_below("/apis"));
    }

    #[test]
    fn what_is_there_no_more_is_not_there_and_the_vendors_own_trouble_stays_inside() {
        let status = |code| told(Problem::new(code)).status.as_u16();
        assert_eq!(status(Code::LicenseUnknown), 404);
        assert_eq!(status(Code::ProductExists), 409);
        assert_eq!(status(Code::FeatureUnknown), 422);
        assert_eq!(status(Code::DatabaseBusy), 503);
        let inner = told(Problem::new(Code::SystemFailure).with("what", "the disk"));
        assert_eq!(inner.problem.code, Code::PortalTrouble);
        assert!(inner.problem.args.is_empty());
    }
}
