//! What a vendor lets one device do: the grant that responses and refreshes carry.

use ciborium::Value;

use crate::{
    ActivationId, Feature, Fingerprint, Name, ParseFault, Seconds, Sequence, Timestamp,
    claims::{self, Reader, Writer},
};

/// The state of a seat as its vendor sees it (rule A8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeatStatus {
    /// In force.
    Active = 1,
    /// Suspended by the vendor; may be reinstated.
    Suspended = 2,
    /// Revoked by the vendor for good.
    Revoked = 3,
}

impl SeatStatus {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    pub(crate) const fn number(self) -> u64 {
        self as u64
    }

    pub(crate) fn from_number(number: u64) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Revoked]
            .into_iter()
            .find(|s| s.number() == number)
    }
}

/// An emergency run that the vendor allows in advance (rules, *Standing*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmergencyAllowance {
    /// How long one run lasts.
    pub length: Seconds,
    /// How many runs may be taken.
    pub uses: u8,
    /// When the last run ends at the latest.
    pub ends_at: Timestamp,
    /// Whether it may be taken when the device no longer fits its fingerprint.
    pub on_wrong_device: bool,
}

/// What one device may do. It is checked against the device at every standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The activation it belongs to.
    pub activation: ActivationId,
    /// Rises with every grant for the activation.
    pub sequence: Sequence,
    /// The seat's state.
    pub status: SeatStatus,
    /// When the lease ends; a suspended or revoked seat has none.
    pub lease_expires_at: Option<Timestamp>,
    /// How long the program runs on after the lease, with a warning.
    pub grace: Seconds,
    /// When what the customer bought ends, if it does.
    pub subscription_end: Option<Timestamp>,
    /// Feature codes.
    pub features: Vec<Feature>,
    /// The edition, if there is one.
    pub edition: Option<Name>,
    /// Who holds the entitlement.
    pub holder: Option<Name>,
    /// The components enrolled at activation.
    pub enrolled: Fingerprint,
    /// The share of enrolled components that must still match, in percent.
    pub tolerance: u8,
    /// An emergency run, if one is allowed.
    pub emergency: Option<EmergencyAllowance>,
    /// Whether this is a trial.
    pub trial: bool,
    /// Versions released up to then may run; later ones may not.
    pub maintenance_end: Option<Timestamp>,
}

const ACTIVATION: i64 = 1;
const SEQUENCE: i64 = 2;
const STATUS: i64 = 3;
const LEASE_EXPIRES_AT: i64 = 4;
const GRACE: i64 = 5;
const SUBSCRIPTION_END: i64 = 6;
const FEATURES: i64 = 7;
const EDITION: i64 = 8;
const HOLDER: i64 = 9;
const ENROLLED: i64 = 10;
const TOLERANCE: i64 = 11;
const EMERGENCY: i64 = 12;
const TRIAL: i64 = 13;
const MAINTENANCE_END: i64 = 14;

impl Grant {
    pub(crate) fn to_value(&self) -> Value {
        let emergency = self.emergency.map(|allowance| {
            Writer::default()
                .put(1, allowance.length.get())
                .put(2, allowance.uses)
                .put(3, allowance.ends_at.unix())
                .maybe(4, allowance.on_wrong_device.then_some(true))
                .finish()
        });
        Writer::default()
            .put(ACTIVATION, claims::bytes(self.activation.as_bytes()))
            .put(SEQUENCE, self.sequence.0)
            .put(STATUS, self.status.number())
            .maybe(LEASE_EXPIRES_AT, self.lease_expires_at.map(Timestamp::unix))
            .maybe(
                GRACE,
                (self.grace != Seconds::ZERO).then_some(self.grace.get()),
            )
            .maybe(SUBSCRIPTION_END, self.subscription_end.map(Timestamp::unix))
            .maybe(
                FEATURES,
                (!self.features.is_empty()).then(|| claims::texts(&self.features)),
            )
            .maybe(EDITION, self.edition.as_ref().map(Name::as_str))
            .maybe(HOLDER, self.holder.as_ref().map(Name::as_str))
            .put(ENROLLED, claims::fingerprint(&self.enrolled))
            .put(TOLERANCE, self.tolerance)
            .maybe(EMERGENCY, emergency)
            .maybe(TRIAL, self.trial.then_some(true))
            .maybe(MAINTENANCE_END, self.maintenance_end.map(Timestamp::unix))
            .finish()
    }

    pub(crate) fn from_value(value: Value) -> Result<Self, ParseFault> {
        let mut map = Reader::new("grant", value)?;
        let malformed = ParseFault::Malformed { what: "grant" };
        let status = SeatStatus::from_number(map.uint(STATUS)?).ok_or(malformed.clone())?;
        let grant = Self {
            activation: map.fixed(ACTIVATION).map(ActivationId::new)?,
            sequence: map.uint(SEQUENCE).map(Sequence)?,
            status,
            lease_expires_at: map.maybe_time(LEASE_EXPIRES_AT)?,
            grace: map.seconds(GRACE)?,
            subscription_end: map.maybe_time(SUBSCRIPTION_END)?,
            features: map.features(FEATURES)?,
            edition: map.maybe_bounded(EDITION, "edition")?,
            holder: map.maybe_bounded(HOLDER, "holder")?,
            enrolled: map.fingerprint(ENROLLED)?,
            tolerance: tolerance(map.uint(TOLERANCE)?).ok_or(malformed.clone())?,
            emergency: map.take(EMERGENCY).map(read_emergency).transpose()?,
            trial: map.flag(TRIAL)?,
            maintenance_end: map.maybe_time(MAINTENANCE_END)?,
        };
        map.finish()?;
        // An active seat has a lease and no other has one (rule A6).
        if grant.lease_expires_at.is_some() != (status == SeatStatus::Active) {
            return Err(malformed);
        }
        Ok(grant)
    }
}

/// A share in percent.
pub(crate) fn tolerance(percent: u64) -> Option<u8> {
    u8::try_from(percent).ok().filter(|percent| *percent <= 100)
}

fn read_emergency(value: Value) -> Result<EmergencyAllowance, ParseFault> {
    let mut map = Reader::new("emergency", value)?;
    let allowance = EmergencyAllowance {
        length: map.uint(1).map(Seconds::new)?,
        uses: u8::try_from(map.uint(2)?)
            .map_err(|_| ParseFault::Malformed { what: "emergency" })?,
        ends_at: map.time(3)?,
        on_wrong_device: map.flag(4)?,
    };
    map.finish()?;
    Ok(allowance)
}
