//! Asking the vendor for the time, once the clock is behind (rules, *The clock*).

use keyferry_catalogue::Code;
use keyferry_token::{Challenge, ProductCode, TokenId};

use crate::{Acceptance, Ask, Clock, Refusal, Standing};

/// A time request that was neither answered nor withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedTime {
    /// Its id.
    pub request: TokenId,
    /// The product whose activation it names.
    pub product: ProductCode,
    /// What its answer repeats.
    pub challenge: Challenge,
}

/// What an answer to a time request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldTime<'a> {
    /// Its id.
    pub token: TokenId,
    /// The request that it answers.
    pub answers: TokenId,
    /// The product that it names.
    pub product: &'a ProductCode,
    /// The challenge that it repeats.
    pub challenge: Challenge,
}

/// Whether the vendor may be asked for the time. `outstanding` is the request that waits for its
/// answer; `anew` says that the user wants another one in spite of it, which withdraws the first.
///
/// # Errors
/// `clock_not_behind` while the standing is not `clock_behind`.
pub fn may_request_time(
    standing: &Standing,
    outstanding: Option<TokenId>,
    anew: bool,
) -> Result<Ask, Refusal> {
    if standing.reason() != Some(Code::ClockBehind) {
        return Err(Refusal::ClockNotBehind);
    }
    Ok(Ask::of(outstanding, anew))
}

/// Whether the vendor's time may be taken: if it repeats the challenge of a request that waits for it,
/// and the clock is still behind. `applied` are the ids of what was applied before. It is taken by
/// [`Clock::mended`], and the request is withdrawn.
///
/// # Errors
/// `time_not_asked_for`, also once the clock is right again: that withdraws the request.
pub fn may_accept_time(
    told: &ToldTime<'_>,
    asked: &[AskedTime],
    applied: &[TokenId],
    clock: &Clock,
) -> Result<Acceptance, Refusal> {
    if applied.contains(&told.token) {
        return Ok(Acceptance::AlreadyApplied);
    }
    let fits = |asked: &AskedTime| {
        asked.request == told.answers
            && asked.challenge == told.challenge
            && asked.product == *told.product
    };
    if clock.is_behind() && asked.iter().any(fits) {
        Ok(Acceptance::Apply)
    } else {
        Err(Refusal::TimeNotAskedFor)
    }
}
