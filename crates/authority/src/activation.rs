//! Activations: seats held by devices.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::Ended;
use keyferry_token::{
    ActivationId, ComponentKind, DeactivationReason, DeviceId, EntitlementId, Label, ProductCode,
    RequestNumber, SeatStatus, Sequence, Timestamp, TokenId,
};

use crate::DatabaseFault;

/// A seat held, or once held, by a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Its id.
    pub id: ActivationId,
    /// The entitlement whose seat it holds.
    pub entitlement: EntitlementId,
    /// The product.
    pub product: ProductCode,
    /// Which of the entitlement's seats, from 1.
    pub seat: u32,
    /// The device.
    pub device: DeviceId,
    /// What the device's user calls it.
    pub label: Label,
    /// Its operating system and processor.
    pub platform: Label,
    /// The version of the program that asked.
    pub client: Label,
    /// The components of the device that were enrolled.
    pub enrolled: Vec<ComponentKind>,
    /// Whether it holds its seat.
    pub status: ActivationStatus,
    /// Why its device gave the seat back, or that it was lost.
    pub ended_why: Option<EndReason>,
    /// When the device was activated.
    pub activated_at: Timestamp,
    /// The sequence number of the latest grant.
    pub sequence: Sequence,
    /// When the latest lease ends.
    pub lease_expires_at: Timestamp,
    /// When the grace after it ends.
    pub grace_until: Timestamp,
    /// When its device gave the seat back, or it was released without its device.
    pub ended_at: Option<Timestamp>,
    /// When another activation got its seat from it.
    pub superseded_at: Option<Timestamp>,
    /// When the seat of a leaving activation is free (rule A7).
    pub frees_at: Option<Timestamp>,
    /// Whether its device may not activate with the entitlement (rule A9).
    pub device_blocked: bool,
    /// When its device took emergency runs, as far as it told, in order.
    pub emergency_runs: Vec<Timestamp>,
}

/// The state of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivationStatus {
    /// Holds its seat.
    Active,
    /// Deactivated beyond the cap of moves: its seat frees when its latest grant ends (rule A7).
    Leaving,
    /// Another activation took its seat, for good (rules A4, A5).
    Superseded,
    /// Its device gave the seat back (rule A7).
    Deactivated,
    /// Released without its device (rule A9).
    Released,
}

impl ActivationStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Leaving,
        Self::Superseded,
        Self::Deactivated,
        Self::Released,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Leaving => "leaving",
            Self::Superseded => "superseded",
            Self::Deactivated => "deactivated",
            Self::Released => "released",
        }
    }

    /// Why an activation in this state gets nothing any more, if so.
    pub const fn ended(self) -> Option<Ended> {
        match self {
            Self::Active => None,
            Self::Superseded => Some(Ended::Superseded),
            Self::Leaving | Self::Deactivated => Some(Ended::Deactivated),
            Self::Released => Some(Ended::Released),
        }
    }
}

/// Why an activation ended without another one in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// Its device gave the seat back, for this reason (rule A7).
    Deactivated(DeactivationReason),
    /// It was released without its device (rule A9).
    Lost,
}

impl EndReason {
    pub(crate) const ALL: [Self; 5] = [
        Self::Deactivated(DeactivationReason::Moving),
        Self::Deactivated(DeactivationReason::NotNeeded),
        Self::Deactivated(DeactivationReason::Repair),
        Self::Deactivated(DeactivationReason::Other),
        Self::Lost,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deactivated(reason) => reason.name(),
            Self::Lost => "lost",
        }
    }
}

/// A grant that left the authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRecord {
    /// The token that carried it.
    pub token: TokenId,
    /// The request that it answered; a refresh answers none.
    pub request: Option<TokenId>,
    /// Its sequence number.
    pub sequence: Sequence,
    /// The status that it carried.
    pub status: SeatStatus,
    /// When its lease ends, if it gave one.
    pub lease_expires_at: Option<Timestamp>,
    /// When it was made.
    pub issued_at: Timestamp,
}

/// A token of a device that the authority has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceToken {
    /// Its id.
    pub token: TokenId,
    /// The name of its kind.
    pub kind: String,
    /// Its number.
    pub number: RequestNumber,
    /// When it was made, by the device's clock.
    pub made_at: Timestamp,
    /// When it was first brought.
    pub received_at: Timestamp,
}

/// An activation and what it replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationRecord {
    /// The activation.
    pub activation: Activation,
    /// The activations that it replaced on its seat, one after the other, the latest first.
    pub history: Vec<Activation>,
    /// Its grants, the latest first.
    pub grants: Vec<GrantRecord>,
    /// The tokens of its device for the product, the latest first.
    pub tokens: Vec<DeviceToken>,
    /// How often its seat was bound anew within the year (rule A4).
    pub rebinds: u32,
    /// How often its seat was freed by a deactivation within the year (rule A7).
    pub moves: u32,
}

/// Which activations to list.
#[derive(Clone, Debug, Default)]
pub struct ActivationFilter {
    /// Of this product only.
    pub product: Option<ProductCode>,
    /// Of this entitlement only.
    pub entitlement: Option<EntitlementId>,
    /// Those that hold a seat only.
    pub active: bool,
}

/// Why an activation was not found.
#[derive(Debug, thiserror::Error)]
pub enum ActivationFault {
    /// There is none of this id.
    #[error("no such activation")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ActivationFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::ActivationUnknown,
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unknown => Problem::new(self.code()),
            Self::Database(fault) => fault.problem(),
        }
    }
}
