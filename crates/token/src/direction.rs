//! Who makes a kind of token and who takes it, and the claims that all kinds of one direction share.

use crate::{
    DeviceId, DevicePublicKey, KeyId, ParseFault, ProductCode, RequestNumber, Timestamp, TokenKind,
    VendorId,
    claims::{self, Reader, Writer},
    cose,
};

const CNF: i64 = 8;
const CNF_COSE_KEY: i64 = 1;
const VENDOR: i64 = 2;
const PRODUCT: i64 = 3;
const RECIPIENT: i64 = 4;
const NUMBER: i64 = 5;

/// Keeps the directions to the kinds of this crate, and their payloads inside it.
pub(crate) mod sealed {
    use crate::ParseFault;

    /// Claims as they are signed.
    pub trait Payload: Sized {
        fn payload(&self) -> Vec<u8>;
        fn from_payload(payload: &[u8]) -> Result<Self, ParseFault>;
    }
}

/// Claims that a device signs and its vendor reads (`docs/spec/tokens.md`). Each token carries the
/// key that signed it, so that it verifies without a database: whoever takes it compares
/// [`FromDevice::signing_key`] with the device it knows.
pub trait FromDevice: sealed::Payload {
    /// The kind of token they stand in.
    const KIND: TokenKind;

    /// When it was made, by the device's clock.
    fn issued_at(&self) -> Timestamp;
    /// The vendor it is for.
    fn vendor(&self) -> &VendorId;
    /// The exchange key it is for: so that nobody can seal it anew to someone else.
    fn recipient(&self) -> KeyId;
    /// The product it is about.
    fn product(&self) -> &ProductCode;
    /// The device key's counter.
    fn number(&self) -> RequestNumber;
    /// The key that signs for the device.
    fn signing_key(&self) -> &DevicePublicKey;
}

/// Claims that a vendor signs and one device reads (`docs/spec/tokens.md`).
pub trait FromVendor: sealed::Payload {
    /// The kind of token they stand in.
    const KIND: TokenKind;

    /// When it was made, by the authority's clock: a signed time.
    fn issued_at(&self) -> Timestamp;
    /// The vendor who made it.
    fn vendor(&self) -> &VendorId;
    /// The product it is about.
    fn product(&self) -> &ProductCode;
    /// The device it is for.
    fn recipient(&self) -> DeviceId;
}

macro_rules! from_device {
    ($($claims:ident $kind:ident),+) => {$(
        impl FromDevice for crate::$claims {
            const KIND: TokenKind = TokenKind::$kind;

            fn issued_at(&self) -> Timestamp {
                self.issued_at
            }
            fn vendor(&self) -> &VendorId {
                &self.vendor
            }
            fn recipient(&self) -> KeyId {
                self.recipient
            }
            fn product(&self) -> &ProductCode {
                &self.product
            }
            fn number(&self) -> RequestNumber {
                self.number
            }
            fn signing_key(&self) -> &DevicePublicKey {
                &self.signing_key
            }
        }
    )+};
}

macro_rules! from_vendor {
    ($($claims:ident $kind:ident),+) => {$(
        impl FromVendor for crate::$claims {
            const KIND: TokenKind = TokenKind::$kind;

            fn issued_at(&self) -> Timestamp {
                self.issued_at
            }
            fn vendor(&self) -> &VendorId {
                &self.vendor
            }
            fn product(&self) -> &ProductCode {
                &self.product
            }
            fn recipient(&self) -> DeviceId {
                self.recipient
            }
        }
    )+};
}

from_device!(
    ActivationRequest ActivationRequest,
    Deactivation Deactivation,
    TimeRequest TimeRequest,
    StatusReport Status
);
from_vendor!(
    ActivationResponse ActivationResponse,
    Refresh Refresh,
    TimeAnswer Time,
    VendorRefusal Refusal
);

/// The payload of a device's token: the claims that all have, then those in `own`.
pub(crate) fn device_payload(
    claims: &impl FromDevice,
    own: impl FnOnce(Writer) -> Writer,
) -> Vec<u8> {
    let cnf = Writer::default().put(CNF_COSE_KEY, cose::device_key(claims.signing_key()));
    let common = claims::own()
        .put(VENDOR, claims::bytes(claims.vendor().as_bytes()))
        .put(PRODUCT, claims.product().as_str())
        .put(RECIPIENT, claims::bytes(claims.recipient().as_bytes()))
        .put(NUMBER, claims.number().0);
    let registered = claims::issued(claims.issued_at()).put(CNF, cnf.finish());
    claims::payload(registered, own(common))
}

/// The claims that every token of a device has.
pub(crate) struct DeviceHead {
    pub(crate) issued_at: Timestamp,
    pub(crate) vendor: VendorId,
    pub(crate) product: ProductCode,
    pub(crate) recipient: KeyId,
    pub(crate) number: RequestNumber,
    pub(crate) signing_key: DevicePublicKey,
}

impl DeviceHead {
    /// Reads them, then what `rest` makes of the others; nothing may be left over.
    pub(crate) fn read<T>(
        payload: &[u8],
        rest: impl FnOnce(Self, &mut Reader) -> Result<T, ParseFault>,
    ) -> Result<T, ParseFault> {
        let (mut registered, mut own) = Reader::payload(payload)?;
        let mut cnf = Reader::new("cnf", registered.need(CNF)?)?;
        let signing_key = cose::read_device_key(cnf.need(CNF_COSE_KEY)?)?;
        cnf.finish_exactly()?;
        let head = Self {
            issued_at: registered.issued()?,
            vendor: own.vendor(VENDOR)?,
            product: own.product(PRODUCT)?,
            recipient: own.fixed(RECIPIENT).map(KeyId::new)?,
            number: own.uint(NUMBER).map(RequestNumber)?,
            signing_key,
        };
        let claims = rest(head, &mut own)?;
        registered.finish()?;
        own.finish()?;
        Ok(claims)
    }
}

/// The payload of a vendor's token: the claims that all have, then those in `own`.
pub(crate) fn vendor_payload(
    claims: &impl FromVendor,
    own: impl FnOnce(Writer) -> Writer,
) -> Vec<u8> {
    let common = claims::own()
        .put(VENDOR, claims::bytes(claims.vendor().as_bytes()))
        .put(PRODUCT, claims.product().as_str())
        .put(RECIPIENT, claims::bytes(claims.recipient().as_bytes()));
    claims::payload(claims::issued(claims.issued_at()), own(common))
}

/// The claims that every token of a vendor has.
pub(crate) struct VendorHead {
    pub(crate) issued_at: Timestamp,
    pub(crate) vendor: VendorId,
    pub(crate) product: ProductCode,
    pub(crate) recipient: DeviceId,
}

impl VendorHead {
    /// Reads them, then what `rest` makes of the others; nothing may be left over.
    pub(crate) fn read<T>(
        payload: &[u8],
        rest: impl FnOnce(Self, &mut Reader) -> Result<T, ParseFault>,
    ) -> Result<T, ParseFault> {
        let (mut registered, mut own) = Reader::payload(payload)?;
        let head = Self {
            issued_at: registered.issued()?,
            vendor: own.vendor(VENDOR)?,
            product: own.product(PRODUCT)?,
            recipient: own.fixed(RECIPIENT).map(DeviceId::new)?,
        };
        let claims = rest(head, &mut own)?;
        registered.finish()?;
        own.finish()?;
        Ok(claims)
    }
}
