//! The claims of an activation request.

use crate::{
    ActivationSecret, DevicePublicKey, ExchangePublicKey, Fingerprint, KeyId, Label, ParseFault,
    ProductCode, RequestNumber, Timestamp, VendorId, claims,
    direction::{self, DeviceHead, sealed::Payload},
};

/// A device asks a vendor for a seat (`docs/spec/tokens.md`, kind 65001).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationRequest {
    /// When it was made, by the device's clock.
    pub issued_at: Timestamp,
    /// The vendor it is for.
    pub vendor: VendorId,
    /// The exchange key it is for: so that nobody can seal it anew to someone else.
    pub recipient: KeyId,
    /// The product to activate.
    pub product: ProductCode,
    /// The device key's counter.
    pub number: RequestNumber,
    /// The customer's code.
    pub secret: ActivationSecret,
    /// The key that signs for the device; it signed this.
    pub signing_key: DevicePublicKey,
    /// The key that the answer is to be sealed to.
    pub exchange_key: ExchangePublicKey,
    /// What the device looks like to this vendor and product.
    pub fingerprint: Fingerprint,
    /// What its user calls the device.
    pub label: Label,
    /// Operating system and processor architecture.
    pub platform: Label,
    /// The version of the program that made it.
    pub client: Label,
    /// When emergency runs were taken since the last contact: at most 16, ascending.
    pub emergency_runs: Vec<Timestamp>,
}

impl Payload for ActivationRequest {
    fn payload(&self) -> Vec<u8> {
        direction::device_payload(self, |own| {
            own.put(claims::SECRET, claims::bytes(self.secret.expose()))
                .put(
                    claims::EXCHANGE_KEY,
                    claims::bytes(&self.exchange_key.to_sec1()),
                )
                .put(claims::FINGERPRINT, claims::fingerprint(&self.fingerprint))
                .put(claims::LABEL, self.label.as_str())
                .put(claims::PLATFORM, self.platform.as_str())
                .put(claims::CLIENT, self.client.as_str())
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
                secret: own.fixed(claims::SECRET).map(ActivationSecret::new)?,
                signing_key: head.signing_key,
                exchange_key: own.exchange_key()?,
                fingerprint: own.fingerprint(claims::FINGERPRINT)?,
                label: own.bounded(claims::LABEL, "label")?,
                platform: own.bounded(claims::PLATFORM, "platform")?,
                client: own.bounded(claims::CLIENT, "client")?,
                emergency_runs: own.emergency_runs()?,
            })
        })
    }
}
