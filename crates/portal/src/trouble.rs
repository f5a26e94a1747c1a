//! What goes wrong, as the pages tell it: a status and a problem of the catalogue.

mod ours;

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use keyferry_catalogue::{Code, Problem};

use ours::is_ours;

/// Seconds after which to try again what a busy database did not do.
const SOON: u64 = 5;

/// Why a page does not do what it was asked. Shown by [`crate::present`]; what is wrong at the
/// vendor's side is logged and never shown.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) status: StatusCode,
    pub(crate) problem: Problem,
    /// Seconds after which to try again.
    pub(crate) retry_after: Option<u64>,
}

impl Trouble {
    pub(crate) fn new(status: StatusCode, problem: impl Into<Problem>) -> Self {
        Self {
            status,
            problem: problem.into(),
            retry_after: None,
        }
    }

    pub(crate) fn page_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::PageUnknown)
    }

    pub(crate) fn page_not_asked() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::PageNotAsked)
    }

    pub(crate) fn form_unreadable() -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::FormUnreadable)
    }

    /// Somebody else's form, or one of a session that is over.
    pub(crate) fn form_outdated() -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::FormOutdated)
    }

    /// More than somebody's role allows.
    pub(crate) fn permission_missing() -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::PermissionMissing)
    }

    /// A problem in all its words, for somebody who may know how the vendor's keys and database are.
    pub(crate) fn to_staff(problem: Problem) -> Self {
        match problem.code {
            Code::DatabaseBusy | Code::DatabaseUnreachable | Code::DatabaseReplica => {
                Self::from(problem)
            }
            _ => Self::new(StatusCode::UNPROCESSABLE_ENTITY, problem),
        }
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, Code::SentTooSlowly)
    }

    pub(crate) fn too_large(most: usize) -> Self {
        let problem = Problem::new(Code::TooLarge).with("limit", most);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, problem)
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        let inner = |status, retry_after| {
            tracing::error!(code = problem.code.as_str(), args = ?problem.args, "the portal failed");
            Self {
                status,
                problem: Problem::new(Code::PortalTrouble),
                retry_after,
            }
        };
        match problem.code {
            Code::TooManyAttempts | Code::SignInLocked => Self {
                retry_after: Some(minutes(&problem) * 60),
                status: StatusCode::TOO_MANY_REQUESTS,
                problem,
            },
            Code::WebhookTooOften => Self {
                retry_after: problem.arg("seconds").and_then(|text| text.parse().ok()),
                status: StatusCode::TOO_MANY_REQUESTS,
                problem,
            },
            Code::DatabaseBusy | Code::DatabaseUnreachable | Code::DatabaseReplica => {
                inner(StatusCode::SERVICE_UNAVAILABLE, Some(SOON))
            }
            Code::ChangeUncertain => {
                tracing::error!(code = problem.code.as_str(), "the portal failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, problem)
            }
            code if is_ours(code) => inner(StatusCode::INTERNAL_SERVER_ERROR, None),
            _ => Self::new(StatusCode::UNPROCESSABLE_ENTITY, problem),
        }
    }
}

fn minutes(problem: &Problem) -> u64 {
    let told = problem.arg("minutes").and_then(|text| text.parse().ok());
    told.unwrap_or(60)
}

/// A problem as others may see it.
pub(crate) fn shown(problem: &Problem) -> Problem {
    if is_ours(problem.code) {
        Trouble::from(problem.clone()).problem
    } else {
        problem.clone()
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_matter_with_the_vendors_keys_is_for_the_vendor_alone() {
        for code in [
            Code::AuthorityMissing,
            Code::ProfileKeyAway,
            Code::KeyDeviceMissing,
            Code::KeyDevicePinMissing,
            Code::KeyDevicePinWrong,
            Code::KeyDeviceLocked,
            Code::KeyDeviceFailed,
        ] {
            let problem = Problem::new(code).with("what", "the token acme in slot 4");
            let shown = shown(&problem);
            assert_eq!(shown.code, Code::PortalTrouble, "{}", code.as_str());
            assert!(shown.args.is_empty());
            let trouble = Trouble::from(problem);
            assert_eq!(trouble.status, StatusCode::INTERNAL_SERVER_ERROR);
        }
    }

    #[test]
    fn what_customers_can_mend_is_shown_to_them() {
        for code in [
            Code::ActivationCodeMistyped,
            Code::NoFreeSeat,
            Code::ExchangeKeyOver,
            Code::ArmorDamaged,
            Code::TooManyMessages,
            Code::TrialEndMissing,
        ] {
            assert_eq!(shown(&Problem::new(code)).code, code);
        }
    }
}
