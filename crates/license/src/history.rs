//! What the authority remembers about a device that comes again: its numbers, and what became of
//! the activations it was given.

use keyferry_token::{ActivationId, RequestNumber, TokenId};

use crate::Refusal;

/// Why an activation holds no seat any more. None of these is ever undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    /// Another activation has its seat (rules A4, A5).
    Superseded,
    /// Its device was reported lost (rule A9).
    Released,
    /// Its device gave it back (rule A7), whether or not its seat is free already.
    Deactivated,
}

impl Ended {
    /// What is said to whoever asks for something that only a live activation gets.
    pub const fn refusal(self) -> Refusal {
        match self {
            Self::Superseded => Refusal::ActivationSuperseded,
            Self::Released => Refusal::ActivationReleased,
            Self::Deactivated => Refusal::ActivationDeactivated,
        }
    }
}

/// The token with the highest number among those of a device key for a product that were answered
/// or applied: activation requests and deactivations alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatestToken {
    /// Its number.
    pub number: RequestNumber,
    /// Its id.
    pub token: TokenId,
}

/// How a token's number stands to [`LatestToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbered {
    /// It is higher: the device made this one later.
    Later,
    /// It is the same, and so is the token.
    Same,
    /// It is the same, and the token is another: two devices have one key.
    Forked,
    /// It is lower.
    Earlier,
}

impl LatestToken {
    /// How a token with this number and id stands to the latest, if there is one.
    pub(crate) fn compare(
        latest: Option<&Self>,
        number: RequestNumber,
        token: TokenId,
    ) -> Numbered {
        match latest {
            Some(latest) if number < latest.number => Numbered::Earlier,
            Some(latest) if number == latest.number && token == latest.token => Numbered::Same,
            Some(latest) if number == latest.number => Numbered::Forked,
            _ => Numbered::Later,
        }
    }
}

/// The answer that a request got before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The activation that it was answered with.
    pub activation: ActivationId,
    /// Why that holds no seat any more, if so.
    pub ended: Option<Ended>,
}

/// What the authority remembers about the device that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceHistory {
    /// The latest token of its key for the product.
    pub latest: Option<LatestToken>,
    /// How this very request was answered before, if it was.
    pub answered: Option<Answered>,
    /// Whether its key is blocked for the entitlement, since its seat was released as lost
    /// (rule A9).
    pub blocked: bool,
}
