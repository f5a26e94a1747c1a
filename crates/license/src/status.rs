//! The states of an entitlement, and which follows which (rule A8).

use keyferry_token::{SeatStatus, Timestamp};

use crate::Refusal;

/// The state of an entitlement (rule A8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntitlementStatus {
    /// In force.
    Active,
    /// Past its end; a renewal brings it back.
    Expired,
    /// Suspended by the vendor; may be reinstated.
    Suspended,
    /// Revoked by the vendor for good.
    Revoked,
}

impl EntitlementStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Expired, Self::Suspended, Self::Revoked];
    /// Those that somebody decides; that it has expired follows from its end.
    pub const DECIDED: [Self; 3] = [Self::Active, Self::Suspended, Self::Revoked];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    /// The state at `now` of an entitlement that ends then: what was decided, unless it is past its
    /// end.
    #[must_use]
    pub fn at(self, now: Timestamp, ends: Option<Timestamp>) -> Self {
        match self {
            Self::Active | Self::Expired if ends.is_some_and(|end| end <= now) => Self::Expired,
            Self::Active | Self::Expired => Self::Active,
            Self::Suspended => Self::Suspended,
            Self::Revoked => Self::Revoked,
        }
    }

    /// What a grant says of it. That it has ended is said by its end.
    pub const fn of_seats(self) -> SeatStatus {
        match self {
            Self::Active | Self::Expired => SeatStatus::Active,
            Self::Suspended => SeatStatus::Suspended,
            Self::Revoked => SeatStatus::Revoked,
        }
    }
}

/// Whether an entitlement in the state `from` may be brought into the state `to` (rule A8): active
/// and suspended follow each other, what has expired is renewed, and everything can be revoked. What
/// is in the state already may stay there. What has expired can be suspended, so that a renewal does
/// not bring it back; what is suspended does not expire before it is reinstated.
///
/// # Errors
/// `entitlement_revoked` once it is revoked; `entitlement_suspended` where it has to be reinstated
/// first.
pub const fn change_status(from: EntitlementStatus, to: EntitlementStatus) -> Result<(), Refusal> {
    use EntitlementStatus::{Active, Expired, Revoked, Suspended};
    match (from, to) {
        (Revoked, Active | Expired | Suspended) => Err(Refusal::EntitlementRevoked),
        (Suspended, Expired) => Err(Refusal::EntitlementSuspended),
        (Revoked, Revoked)
        | (Suspended, Active | Suspended | Revoked)
        | (Active | Expired, Active | Expired | Suspended | Revoked) => Ok(()),
    }
}
