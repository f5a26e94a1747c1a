//! What goes wrong, as the pages tell it: a status and a problem of the catalogue.

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use keyferry_catalogue::{Code, Problem};

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
            Code::TooManyAttempts => Self {
                retry_after: Some(minutes(&problem) * 60),
                status: StatusCode::TOO_MANY_REQUESTS,
                problem,
            },
            Code::DatabaseBusy | Code::DatabaseUnreachable | Code::DatabaseReplica => {
                inner(StatusCode::SERVICE_UNAVAILABLE, Some(SOON))
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

/// Whether it is the vendor's matter, and its words tell more of the vendor's system than others
/// should know.
pub(crate) fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::SystemFailure
            | Code::DiskFull
            | Code::FileNotFound
            | Code::FileUnreadable
            | Code::FileUnwritable
            | Code::DatabaseNewer
            | Code::DatabaseBusy
            | Code::DatabaseUnreachable
            | Code::DatabaseRefused
            | Code::DatabaseNotSecured
            | Code::DatabaseReplica
            | Code::DatabaseOfOther
            | Code::PassphraseMissing
            | Code::PassphraseWrong
            | Code::KeyFileExposed
            | Code::PortalTrouble
    )
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
