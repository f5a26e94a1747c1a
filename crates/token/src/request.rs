//! The claims of an activation request.

use crate::{
    ActivationSecret, DevicePublicKey, ExchangePublicKey, Fingerprint, KeyId, Label, ParseFault,
    ProductCode, RequestNumber, Timestamp, VendorId,
    claims::{self, Reader, Writer},
    cose,
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
}

const CNF: i64 = 8;
const CNF_COSE_KEY: i64 = 1;
const VENDOR: i64 = 2;
const PRODUCT: i64 = 3;
const RECIPIENT: i64 = 4;
const NUMBER: i64 = 5;
const SECRET: i64 = 6;
const EXCHANGE_KEY: i64 = 7;
const FINGERPRINT: i64 = 8;
const LABEL: i64 = 9;
const PLATFORM: i64 = 10;
const CLIENT: i64 = 11;

impl ActivationRequest {
    pub(crate) fn payload(&self) -> Vec<u8> {
        let cnf = Writer::default().put(CNF_COSE_KEY, cose::device_key(&self.signing_key));
        let own = claims::own()
            .put(VENDOR, claims::bytes(self.vendor.as_bytes()))
            .put(PRODUCT, self.product.as_str())
            .put(RECIPIENT, claims::bytes(self.recipient.as_bytes()))
            .put(NUMBER, self.number.0)
            .put(SECRET, claims::bytes(self.secret.expose()))
            .put(EXCHANGE_KEY, claims::bytes(&self.exchange_key.to_sec1()))
            .put(FINGERPRINT, claims::fingerprint(&self.fingerprint))
            .put(LABEL, self.label.as_str())
            .put(PLATFORM, self.platform.as_str())
            .put(CLIENT, self.client.as_str());
        claims::payload(claims::issued(self.issued_at).put(CNF, cnf.finish()), own)
    }

    pub(crate) fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        let (mut registered, mut own) = Reader::payload(payload)?;
        let mut cnf = Reader::new("cnf", registered.need(CNF)?)?;
        let signing_key = cose::read_device_key(cnf.need(CNF_COSE_KEY)?)?;
        cnf.finish_exactly()?;
        let exchange: [u8; 33] = own.fixed(EXCHANGE_KEY)?;
        let claims = Self {
            issued_at: registered.issued()?,
            vendor: own.vendor(VENDOR)?,
            product: own.product(PRODUCT)?,
            recipient: own.fixed(RECIPIENT).map(KeyId::new)?,
            number: own.uint(NUMBER).map(RequestNumber)?,
            secret: own.fixed(SECRET).map(ActivationSecret::new)?,
            signing_key,
            exchange_key: ExchangePublicKey::from_sec1(&exchange)?,
            fingerprint: own.fingerprint(FINGERPRINT)?,
            label: own.bounded(LABEL, "label")?,
            platform: own.bounded(PLATFORM, "platform")?,
            client: own.bounded(CLIENT, "client")?,
        };
        registered.finish()?;
        own.finish()?;
        Ok(claims)
    }
}
