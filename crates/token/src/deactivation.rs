//! The claims of a deactivation.

use crate::{
    ActivationId, DevicePublicKey, KeyId, Label, ParseFault, ProductCode, RequestNumber, Sequence,
    Timestamp, VendorId, claims,
    direction::{self, DeviceHead, sealed::Payload},
};

/// A device gives its seat back for good (`docs/spec/tokens.md`, kind 65004; rules A7 and C4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deactivation {
    /// When it was made, by the device's clock.
    pub issued_at: Timestamp,
    /// The vendor it is for.
    pub vendor: VendorId,
    /// The exchange key it is for: so that nobody can seal it anew to someone else.
    pub recipient: KeyId,
    /// The product that does not run there any more.
    pub product: ProductCode,
    /// The device key's counter.
    pub number: RequestNumber,
    /// The key that signs for the device; it signed this.
    pub signing_key: DevicePublicKey,
    /// The activation that is over.
    pub activation: ActivationId,
    /// The sequence number of the grant that the device held last.
    pub sequence: Sequence,
    /// Why, as its user says.
    pub reason: DeactivationReason,
    /// What its user calls the device.
    pub label: Label,
    /// When emergency runs were taken since the last contact: at most 16, ascending.
    pub emergency_runs: Vec<Timestamp>,
}

/// Why a device gives its seat back. The numbers stand in signed claims and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeactivationReason {
    /// The license moves to another computer.
    Moving = 1,
    /// The license is not needed any more.
    NotNeeded = 2,
    /// The computer goes for repair.
    Repair = 3,
    /// None of these.
    Other = 4,
}

impl DeactivationReason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Moving, Self::NotNeeded, Self::Repair, Self::Other];

    /// The name in JSON and on command lines: `moving`, `not_needed`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::Moving => "moving",
            Self::NotNeeded => "not_needed",
            Self::Repair => "repair",
            Self::Other => "other",
        }
    }

    /// The number in claims.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The reason with this number, if there is one.
    pub fn from_number(number: u64) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|reason| u64::from(reason.number()) == number)
    }
}

impl Payload for Deactivation {
    fn payload(&self) -> Vec<u8> {
        direction::device_payload(self, |own| {
            own.put(claims::LABEL, self.label.as_str())
                .put(
                    claims::ACTIVATION,
                    claims::bytes(self.activation.as_bytes()),
                )
                .put(claims::SEQUENCE, self.sequence.0)
                .put(claims::REASON, self.reason.number())
                .maybe(claims::EMERGENCY_RUNS, claims::times(&self.emergency_runs))
        })
    }

    fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        DeviceHead::read(payload, |head, own| {
            Ok(Self {
                issued_at: head.issued_at,
                vendor: head.vendor,
                recipient: head.recipient,
                product: head.product,
                number: head.number,
                signing_key: head.signing_key,
                activation: own.fixed(claims::ACTIVATION).map(ActivationId::new)?,
                sequence: own.uint(claims::SEQUENCE).map(Sequence)?,
                reason: own.numbered(claims::REASON, "reason", DeactivationReason::from_number)?,
                label: own.bounded(claims::LABEL, "label")?,
                emergency_runs: own.emergency_runs()?,
            })
        })
    }
}
