//! What the authority's one door is given, and what it gives back.

use std::net::IpAddr;

use keyferry_catalogue::Problem;
use keyferry_license::Deactivated;
use keyferry_token::{
    AccountId, ActivationId, ApiTokenId, ArtefactKind, DeactivationReason, DeviceId, KeyId, Label,
    ProductCode, SeatStatus, Sequence, Timestamp, TokenId, TokenKind, armor,
};

use crate::{
    DatabaseFault, FormMark, Permission, StatusRead, accounts, api_token, database::Connection,
    profile,
};

/// Where bytes came from: for the limits of rule A13 and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The vendor's own hands: its command line. Attempts are not limited by address.
    Local,
    /// A network address: nobody who has signed in.
    Address(IpAddr),
    /// Somebody who has signed in at the vendor's portal. Attempts are not limited by address.
    Account(AccountId),
    /// The same by a form that counts once: with what it makes its mark is used up.
    Form {
        /// Who has signed in.
        account: AccountId,
        /// The mark of the form.
        mark: FormMark,
    },
    /// A program of the vendor's, at the API. Attempts are not limited by address.
    ApiToken(ApiTokenId),
}

impl Origin {
    /// Who it is, as the audit log names them.
    pub(crate) fn actor(&self) -> String {
        match self {
            Self::Local => "vendor".to_owned(),
            Self::Address(address) => format!("address {address}"),
            Self::Account(account) | Self::Form { account, .. } => format!("account {account}"),
            Self::ApiToken(token) => format!("api_token {token}"),
        }
    }

    /// The account of whoever has signed in.
    pub(crate) fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(account) | Self::Form { account, .. } => Some(*account),
            Self::Local | Self::Address(_) | Self::ApiToken(_) => None,
        }
    }

    /// The mark of the form that asks.
    pub(crate) fn mark(&self) -> Option<FormMark> {
        match self {
            Self::Form { mark, .. } => Some(*mark),
            Self::Local | Self::Address(_) | Self::Account(_) | Self::ApiToken(_) => None,
        }
    }

    /// That the form that asks has not done so before: ahead of what would refuse it because it has.
    pub(crate) async fn asks_anew(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        match self.mark() {
            Some(mark) => mark.is_new(connection).await,
            None => Ok(()),
        }
    }

    /// Whether whoever it was may do something still: what goes on for long asks again.
    pub(crate) async fn may_still(
        &self,
        connection: &mut Connection,
        permission: Permission,
        now: Timestamp,
    ) -> Result<bool, DatabaseFault> {
        match self {
            Self::Local => Ok(true),
            Self::Address(_) => Ok(false),
            Self::Account(account) | Self::Form { account, .. } => {
                let role = accounts::role_now(connection, *account).await?;
                Ok(role.flatten().is_some_and(|role| role.may(permission)))
            }
            Self::ApiToken(token) => {
                api_token::may_still(connection, *token, permission, now).await
            }
        }
    }

    /// Who that is.
    pub(crate) fn of_actor(actor: &str) -> Option<Self> {
        Some(match actor.split_once(' ') {
            None if actor == "vendor" => Self::Local,
            Some(("address", address)) => Self::Address(address.parse().ok()?),
            Some(("account", account)) => Self::Account(account.parse().ok()?),
            Some(("api_token", token)) => Self::ApiToken(token.parse().ok()?),
            _ => return None,
        })
    }
}

/// What became of one token.
#[derive(Clone, Debug)]
pub enum Received {
    /// An activation request was answered.
    Answered(Box<Answer>),
    /// A deactivation was applied, or recorded.
    Deactivated(Box<GivenBack>),
    /// A time request was answered.
    TimeTold(Box<TimeTold>),
    /// A status report was read.
    Status(Box<StatusRead>),
    /// It was refused; nothing but the audit log and the count of attempts has changed.
    Refused(Box<Refused>),
}

impl Received {
    /// What goes back to the device, if anything does.
    pub(crate) fn sealed_mut(&mut self) -> Option<&mut SealedAnswer> {
        match self {
            Self::Answered(answer) => Some(&mut answer.sealed),
            Self::TimeTold(told) => Some(&mut told.sealed),
            Self::Refused(refused) => refused.answer.as_mut(),
            Self::Deactivated(_) | Self::Status(_) => None,
        }
    }
}

/// A sealed token for a device. Whatever it tells was committed before it came here (rule A10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAnswer {
    /// Its kind.
    pub kind: TokenKind,
    /// Its binary form.
    pub bytes: Vec<u8>,
    /// Its id.
    pub id: TokenId,
    /// The vendor's newer profiles, oldest first: where the device may know only keys that were
    /// replaced since. They travel with it.
    pub profiles: Vec<Vec<u8>>,
    /// The key that signed it; `None` where an earlier version kept it.
    pub(crate) signer: Option<KeyId>,
}

impl SealedAnswer {
    /// All that travels, as text: the token, and behind it the profiles that it needs.
    pub fn armored(&self) -> String {
        let token = armor(ArtefactKind::Token(self.kind), &self.bytes);
        if self.profiles.is_empty() {
            return token;
        }
        format!("{token}\n{}", profile::armored(&self.profiles))
    }
}

/// The answer to an activation request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The sealed answer.
    pub sealed: SealedAnswer,
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
    /// The emergency runs that the request tells of.
    pub emergency_runs: Vec<Timestamp>,
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

/// A refresh: a new grant for an activation that nobody asked for (rule A6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// The sealed refresh.
    pub sealed: SealedAnswer,
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
    /// The status that it carries (rule A8).
    pub status: SeatStatus,
    /// When the lease ends; a suspended or revoked seat has none.
    pub lease_expires_at: Option<Timestamp>,
}

/// A deactivation that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// The token's id.
    pub token: TokenId,
    /// The activation that it gives back.
    pub activation: ActivationId,
    /// The device.
    pub device: DeviceId,
    /// What its user calls it.
    pub label: Label,
    /// The product.
    pub product: ProductCode,
    /// Why, as its user says.
    pub reason: DeactivationReason,
    /// The emergency runs that it tells of.
    pub emergency_runs: Vec<Timestamp>,
    /// What became of the seat (rule A7).
    pub outcome: Deactivated,
}

/// The answer to a time request (rules, *Clock*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeTold {
    /// The sealed answer.
    pub sealed: SealedAnswer,
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
    /// The time that it was told.
    pub time: Timestamp,
    /// What the device's clock showed when it asked.
    pub device_time: Timestamp,
    /// The emergency runs that the request tells of.
    pub emergency_runs: Vec<Timestamp>,
    /// Whether this very answer was given before.
    pub reissued: bool,
}

/// Why a token was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The token's id, where it could be opened.
    pub token: Option<TokenId>,
    /// What the device's user calls the device, where the token could be opened.
    pub label: Option<Label>,
    /// The kind of token, where it is one.
    pub kind: Option<TokenKind>,
    /// The product that it is about, where the token could be opened.
    pub product: Option<ProductCode>,
    /// The emergency runs that the token tells of.
    pub emergency_runs: Vec<Timestamp>,
    /// What whoever brought it may know (rule A13).
    pub problem: Problem,
    /// The precise cause where it differs: for the vendor's own command line only.
    pub cause: Option<Problem>,
    /// The refusal for the device to take home: wherever the token was the device's own and there
    /// is a key to seal to, unless there were too many attempts. It tells `problem`.
    pub answer: Option<SealedAnswer>,
}

impl Refused {
    /// A refusal of something that was not even opened.
    pub(crate) fn unread(kind: Option<TokenKind>, problem: Problem) -> Received {
        Received::Refused(Box::new(Self {
            token: None,
            label: None,
            kind,
            product: None,
            emergency_runs: Vec::new(),
            problem,
            cause: None,
            answer: None,
        }))
    }
}
