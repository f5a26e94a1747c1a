//! What a client may ask, and which answers it takes: rules C1 and C2.

use keyferry_catalogue::Code;
use keyferry_token::{ProductCode, TokenId};

use crate::{Refusal, Standing, State};

/// What is to be done when a request is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Give out the outstanding request again, the same bytes.
    Again(TokenId),
    /// Make a request.
    New,
}

impl Ask {
    /// The one that waits, unless there is none or the user wants another.
    pub(crate) fn of(outstanding: Option<TokenId>, anew: bool) -> Self {
        match outstanding {
            Some(request) if !anew => Self::Again(request),
            _ => Self::New,
        }
    }
}

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// Its id.
    pub request: TokenId,
    /// What it asks for.
    pub product: ProductCode,
}

/// What is to be done with a verified answer or refresh for this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// Apply it. A response withdraws every outstanding request for its product.
    Apply,
    /// It was applied before: a friendly no-op.
    AlreadyApplied,
}

/// Whether an activation request may be made (rule C1). `outstanding` is the request for the same
/// product and activation code that waits for its answer; `anew` says that the user wants another
/// one in spite of it.
///
/// # Errors
/// `already_active` while the license is active. `clock_behind` while only the clock keeps it from
/// running: no answer mends that.
pub fn may_request(
    standing: &Standing,
    outstanding: Option<TokenId>,
    anew: bool,
) -> Result<Ask, Refusal> {
    match standing.state {
        State::Licensed => {
            return Err(Refusal::AlreadyActive {
                until: standing.until,
            });
        }
        State::Blocked if standing.reason() == Some(Refusal::ClockBehind.code()) => {
            return Err(Refusal::ClockBehind);
        }
        State::Grace
        | State::Emergency
        | State::Unlicensed
        | State::Expired
        | State::Stopped
        | State::Blocked => {}
    }
    Ok(Ask::of(outstanding, anew))
}

/// Whether a request that the vendor refused with this code waits for its answer all the same: the
/// same bytes can be brought again once the reason is gone (rule A4). What speaks against its number,
/// its fingerprint, or the activation that it was answered with once stays true of it for good; it can
/// still be answered if the vendor's books say otherwise, but the next one asked for is another.
pub const fn can_be_brought_again(refused: Code) -> bool {
    !matches!(
        refused,
        Code::RequestSuperseded
            | Code::RequestForked
            | Code::ActivationSuperseded
            | Code::ActivationReleased
            | Code::ActivationDeactivated
            | Code::FingerprintTooSmall
    )
}

/// Whether a request was refused with this code because its number, or a higher one, had been used
/// before: this device was copied, or an earlier state of it put back (rule A4). How far that other state
/// had counted nobody here knows, so that the next number has to be past all that it may have used.
pub const fn speaks_against_the_number(refused: Code) -> bool {
    matches!(refused, Code::RequestSuperseded | Code::RequestForked)
}

/// Whether a response may be applied (rule C2). `response` is its own id, `answers` and `product`
/// are what it says; `outstanding` are the requests of this device that were neither answered nor
/// withdrawn, `applied` the ids of the responses that were applied before.
///
/// # Errors
/// `answers_nothing_outstanding`; `answer_for_other_product` when its request asked for another.
pub fn may_accept(
    response: TokenId,
    answers: TokenId,
    product: &ProductCode,
    outstanding: &[Outstanding],
    applied: &[TokenId],
) -> Result<Acceptance, Refusal> {
    if applied.contains(&response) {
        return Ok(Acceptance::AlreadyApplied);
    }
    let request = outstanding
        .iter()
        .find(|request| request.request == answers)
        .ok_or(Refusal::AnswersNothingOutstanding)?;
    if request.product != *product {
        return Err(Refusal::AnswerForOtherProduct);
    }
    Ok(Acceptance::Apply)
}
