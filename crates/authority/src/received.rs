//! What the authority's one door is given, and what it gives back.

use std::net::IpAddr;

use keyferry_catalogue::Problem;
use keyferry_token::{
    ActivationId, DeviceId, Label, ProductCode, Sequence, Timestamp, TokenId, TokenKind,
};

/// Where bytes came from: for the limits of rule A13 and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The vendor's own hands: its command line. Attempts are not limited by address.
    Local,
    /// A network address.
    Address(IpAddr),
}

/// What became of one token.
#[derive(Clone, Debug)]
pub enum Received {
    /// An activation request was answered.
    Answered(Box<Answer>),
    /// It was refused; nothing but the audit log and the count of attempts has changed.
    Refused(Box<Refused>),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The kind of token that answers.
    pub kind: TokenKind,
    /// The sealed answer, binary; it was committed before it came here (rule A10).
    pub bytes: Vec<u8>,
    /// The answer's id.
    pub response: TokenId,
    /// The request's id.
    pub request: TokenId,
    /// The activation.
    pub activation: ActivationId,
    /// The device.
    pub device: DeviceId,
    /// What its user calls it.
    pub label: Label,
    /// The product.
    pub product: ProductCode,
    /// The grant's sequence number.
    pub sequence: Sequence,
    /// When the lease ends.
    pub lease_expires_at: Timestamp,
    /// How the device came to it.
    pub outcome: AnswerOutcome,
}

/// How a device came to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerOutcome {
    /// It got a seat, or a new lease for the seat that it holds.
    Activated,
    /// It got the seat that it held as another device (rule A4).
    Moved,
    /// It had got this very answer before (rule A3).
    Reissued,
}

impl AnswerOutcome {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activated => "activated",
            Self::Moved => "moved",
            Self::Reissued => "reissued",
        }
    }
}

/// Why a token was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The token's id, where it could be opened.
    pub token: Option<TokenId>,
    /// What the device's user calls the device, where the token could be opened.
    pub label: Option<Label>,
    /// What whoever brought it may know (rule A13).
    pub problem: Problem,
    /// The precise cause where it differs: for the vendor's own command line only.
    pub cause: Option<Problem>,
}

impl Refused {
    /// A refusal of something that was not even opened.
    pub(crate) fn unread(problem: Problem) -> Received {
        Received::Refused(Box::new(Self {
            token: None,
            label: None,
            problem,
            cause: None,
        }))
    }
}
