//! The one door: whatever devices send comes in here.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    Artefact, FromDevice, KeyPurpose, OpenFault, ParseFault, SealFault, SealedToken, Timestamp,
    TokenKind, Verified, VerifyFault,
};

use crate::{
    Authority, DatabaseFault, EntropyFault, FileFault, Origin, Received, Refused, keys::KeyRow,
    profile::seal_problem,
};

impl Authority {
    /// Takes anything that a device may have sent, in any form that Keyferry writes, several at
    /// once too, and does what each asks for. Every token is judged on its own; an answer comes
    /// back only after it was committed (rule A10).
    ///
    /// Deactivations are dealt with first, so that a seat that one device gives back can go to
    /// another one in the same trip; what became of each is told in the order in which they came.
    ///
    /// Tokens from one [`Origin::Address`] are limited (rule A13).
    pub async fn receive(&self, bytes: &[u8], origin: &Origin) -> Vec<Received> {
        let mut files = self.receive_all(&[bytes], origin).await;
        files.pop().unwrap_or_default()
    }

    /// The same for several files: deactivations in any of them come before everything else. What
    /// became of the tokens in each file is told in the order of the files.
    pub async fn receive_all<B: AsRef<[u8]>>(
        &self,
        files: &[B],
        origin: &Origin,
    ) -> Vec<Vec<Received>> {
        let mut places: Vec<Vec<Place>> = files
            .iter()
            .map(|bytes| Place::read(bytes.as_ref()))
            .collect();
        if let Err(fault) = self.renew_keys().await {
            for place in places.iter_mut().flatten() {
                place.refuse(&fault.problem());
            }
        }
        for deactivations in [true, false] {
            for place in places.iter_mut().flatten() {
                if let Place::Waiting(artefact) = place
                    && (artefact_kind(artefact) == Some(TokenKind::Deactivation)) == deactivations
                {
                    *place = Place::Done(self.receive_one(artefact, origin).await);
                }
            }
        }
        places
            .into_iter()
            .map(|file| file.into_iter().filter_map(Place::done).collect())
            .collect()
    }

    async fn receive_one(&self, artefact: &Artefact, origin: &Origin) -> Received {
        let Artefact::Token(token) = artefact else {
            let wrong_kind = Problem::new(Code::WrongKind)
                .with("found", artefact.kind().name())
                .with("wanted", TokenKind::ActivationRequest.name());
            return Refused::unread(None, wrong_kind);
        };
        let kind = token.kind();
        let received = match kind {
            TokenKind::ActivationRequest => self.answer_activation_request(token, origin).await,
            TokenKind::Deactivation => self.take_deactivation(token, origin).await,
            TokenKind::TimeRequest => self.answer_time_request(token, origin).await,
            TokenKind::Status => self.read_status(token, origin).await,
            TokenKind::ActivationResponse
            | TokenKind::Refresh
            | TokenKind::Time
            | TokenKind::Refusal => {
                let brought = Problem::new(Code::AnswerBroughtToVendor);
                return Refused::unread(Some(kind), brought);
            }
        };
        let received = match received {
            Ok(mut received) => self
                .with_profiles_of(&mut received, token)
                .await
                .map(|()| received)
                .map_err(ReceiveFault::from),
            Err(fault) => Err(fault),
        };
        received.unwrap_or_else(|fault| Refused::unread(Some(kind), fault.problem()))
    }

    async fn with_profiles_of(
        &self,
        received: &mut Received,
        token: &SealedToken,
    ) -> Result<(), DatabaseFault> {
        match received.sealed_mut() {
            Some(answer) => self.with_profiles(answer, Some(token.recipient())).await,
            None => Ok(()),
        }
    }

    /// Opens a device's token and checks it. One for a key that is not this vendor's is told apart
    /// from one that was damaged on the way.
    pub(crate) fn open_from_device<T: FromDevice>(
        &self,
        token: &SealedToken,
    ) -> Result<Verified<T>, ReceiveFault> {
        let keyring = self.keyring();
        let recipient = token.recipient();
        let Some(key) = keyring.exchange.iter().find(|key| key.id == recipient) else {
            let mut keys = keyring.exchange.iter();
            return Err(if keys.any(|key| key.id.is_nearly(&recipient)) {
                OpenFault::OtherRecipient { recipient }.into()
            } else {
                VerifyFault::OtherRecipient.into()
            });
        };
        let now = self.clock.now();
        let secret = match (&key.secret, key.opens_until) {
            (Some(secret), None) => secret,
            (Some(secret), Some(end)) if now <= end => secret,
            (None, None) => {
                let name = KeyRow::file_name(KeyPurpose::Exchange, recipient);
                let path = self.folder.key(&name);
                return Err(DatabaseFault::from(FileFault::NotFound { path }).into());
            }
            (_, end) => {
                let ended = end.unwrap_or(now);
                return Err(ReceiveFault::KeyOver { ended });
            }
        };
        let opened = token.open(secret)?;
        let claims = opened.verify_from_device::<T>(&self.vendor)?;
        if i64::try_from(claims.number().0).is_err() {
            return Err(ReceiveFault::Number);
        }
        Ok(claims)
    }
}

/// An artefact in the order in which it came.
enum Place {
    Waiting(Artefact),
    Done(Received),
}

impl Place {
    fn read(bytes: &[u8]) -> Vec<Self> {
        let unread = |fault: ParseFault| Self::Done(Refused::unread(None, fault.problem()));
        match Artefact::read(bytes) {
            Ok(artefacts) => artefacts
                .into_iter()
                .map(|artefact| artefact.map_or_else(unread, Self::Waiting))
                .collect(),
            Err(fault) => vec![unread(fault)],
        }
    }

    /// Nothing was decided about it.
    fn refuse(&mut self, problem: &Problem) {
        if let Self::Waiting(artefact) = self {
            *self = Self::Done(Refused::unread(artefact_kind(artefact), problem.clone()));
        }
    }

    fn done(self) -> Option<Received> {
        match self {
            Self::Done(received) => Some(received),
            Self::Waiting(_) => None,
        }
    }
}

fn artefact_kind(artefact: &Artefact) -> Option<TokenKind> {
    match artefact {
        Artefact::Token(token) => Some(token.kind()),
        Artefact::License(_) | Artefact::Profile(_) => None,
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
    /// It is sealed to a key whose time is over.
    #[error("the key that it is sealed to opens nothing any more")]
    KeyOver {
        /// When that ended.
        ended: Timestamp,
    },
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
            Self::KeyOver { .. } => Code::ExchangeKeyOver,
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
            Self::KeyOver { ended } => Problem::new(self.code()).with("ended", ended),
            Self::Number => Problem::new(self.code()).with("what", "n"),
            Self::Seal(fault) => seal_problem(fault),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
