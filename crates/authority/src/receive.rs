//! The one door: whatever devices send comes in here.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{Artefact, OpenFault, SealFault, TokenKind, VerifyFault};

use crate::{
    Authority, DatabaseFault, EntropyFault, Origin, Received, Refused, profile::seal_problem,
};

impl Authority {
    /// Takes anything that a device may have sent, in any form that Keyferry writes, several at
    /// once too, and does what each asks for. Every token is judged on its own; an answer comes
    /// back only after it was committed (rule A10).
    ///
    /// Tokens from one [`Origin::Address`] are limited (rule A13).
    pub async fn receive(&self, bytes: &[u8], origin: &Origin) -> Vec<Received> {
        let artefacts = match Artefact::read(bytes) {
            Ok(artefacts) => artefacts,
            Err(fault) => return vec![Refused::unread(fault.problem())],
        };
        let mut received = Vec::with_capacity(artefacts.len());
        for artefact in artefacts {
            received.push(match artefact {
                Ok(artefact) => self.receive_one(&artefact, origin).await,
                Err(fault) => Refused::unread(fault.problem()),
            });
        }
        received
    }

    async fn receive_one(&self, artefact: &Artefact, origin: &Origin) -> Received {
        let wrong_kind = || {
            Problem::new(Code::WrongKind)
                .with("found", artefact.kind().name())
                .with("wanted", TokenKind::ActivationRequest.name())
        };
        match artefact {
            Artefact::Token(token) => match token.kind() {
                TokenKind::ActivationRequest => self
                    .answer_activation_request(token, origin)
                    .await
                    .unwrap_or_else(|fault| Refused::unread(fault.problem())),
                kind if kind.from_device() => Refused::unread(wrong_kind()),
                _ => Refused::unread(Problem::new(Code::AnswerBroughtToVendor)),
            },
            Artefact::License(_) | Artefact::Profile(_) => Refused::unread(wrong_kind()),
        }
    }
}

/// Why nothing was decided about a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveFault {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// It is not believed.
    #[error(transparent)]
    Verify(#[from] VerifyFault),
    /// Its number is larger than any device counts.
    #[error("the request's number is out of range")]
    Number,
    /// The answer was not made.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ReceiveFault {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Open(fault) => fault.code(),
            // For another key, by its envelope or by what its maker signed.
            Self::Verify(VerifyFault::OtherRecipient) => Code::TokenForOtherVendor,
            Self::Verify(fault) => fault.code(),
            Self::Number => Code::Malformed,
            Self::Seal(fault) => fault.code(),
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Open(fault) => fault.problem(),
            Self::Verify(VerifyFault::OtherRecipient) => Problem::new(self.code()),
            Self::Verify(fault) => fault.problem(),
            Self::Number => Problem::new(self.code()).with("what", "n"),
            Self::Seal(fault) => seal_problem(fault),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
