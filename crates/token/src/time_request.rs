//! The claims of a time request.

use crate::{
    ActivationId, Challenge, DevicePublicKey, ExchangePublicKey, KeyId, Label, ParseFault,
    ProductCode, RequestNumber, Timestamp, VendorId, claims,
    direction::{self, DeviceHead, sealed::Payload},
};

/// A device whose clock seems to be behind asks its vendor for the time (`docs/spec/tokens.md`,
/// kind 65005; rules, *Clock*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeRequest {
    /// When it was made, by the device's clock.
    pub issued_at: Timestamp,
    /// The vendor it is for.
    pub vendor: VendorId,
    /// The exchange key it is for: so that nobody can seal it anew to someone else.
    pub recipient: KeyId,
    /// The product that waits for it.
    pub product: ProductCode,
    /// The device key's counter.
    pub number: RequestNumber,
    /// The key that signs for the device; it signed this.
    pub signing_key: DevicePublicKey,
    /// The key that the answer is to be sealed to.
    pub exchange_key: ExchangePublicKey,
    /// The activation that the device holds.
    pub activation: ActivationId,
    /// What the answer must repeat.
    pub challenge: Challenge,
    /// What its user calls the device.
    pub label: Label,
    /// When emergency runs were taken since the last contact: at most 16, ascending.
    pub emergency_runs: Vec<Timestamp>,
}

impl Payload for TimeRequest {
    fn payload(&self) -> Vec<u8> {
        direction::device_payload(self, |own| {
            own.put(
                claims::EXCHANGE_KEY,
                claims::bytes(&self.exchange_key.to_sec1()),
            )
            .put(claims::LABEL, self.label.as_str())
            .put(
                claims::ACTIVATION,
                claims::bytes(self.activation.as_bytes()),
            )
            .put(claims::CHALLENGE, claims::bytes(self.challenge.as_bytes()))
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
                exchange_key: own.exchange_key()?,
                activation: own.fixed(claims::ACTIVATION).map(ActivationId::new)?,
                challenge: own.fixed(claims::CHALLENGE).map(Challenge::new)?,
                label: own.bounded(claims::LABEL, "label")?,
                emergency_runs: own.emergency_runs()?,
            })
        })
    }
}
