//! The license file, `.lic`: signed, readable by everyone, bound to hardware or to nothing.

use core::fmt;

use ciborium::Value;

use crate::{
    ArtefactKind, Feature, Fingerprint, LicenseId, MAX_LICENSE, Name, ParseFault, ProductCode,
    SealFault, SeatStatus, Seconds, Sequence, TextFault, Timestamp, VendorId, VendorKeys,
    VendorPublicKey, VendorSigner, Verified, VerifyFault,
    claims::{self, Reader, Writer},
    cose::Sign1,
    grant::tolerance,
    text::BoundedText,
};

/// What a license says (`docs/spec/license.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// The license's lasting identity.
    pub id: LicenseId,
    /// Who issued it.
    pub vendor: VendorId,
    /// What it is for.
    pub product: ProductCode,
    /// When this file was made.
    pub issued_at: Timestamp,
    /// From when it counts.
    pub not_before: Timestamp,
    /// Until when it counts.
    pub term: LicenseTerm,
    /// Sixteen random bytes of this one file.
    pub file_id: [u8; 16],
    /// Of several files with one id the highest counts.
    pub sequence: Sequence,
    /// In force, suspended or revoked.
    pub status: SeatStatus,
    /// Feature codes.
    pub features: Vec<Feature>,
    /// The edition, if there is one.
    pub edition: Option<Name>,
    /// Who holds it.
    pub holder: Option<Name>,
    /// How long the program runs on after the term, with a warning.
    pub grace: Seconds,
    /// What it is bound to.
    pub binding: Binding,
}

/// How long a license counts; saying neither is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenseTerm {
    /// Until then.
    Until(Timestamp),
    /// Without end.
    Perpetual,
}

/// What a license is bound to. It is always said: a license without it is malformed, not unbound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Nothing.
    Unbound,
    /// A USB key.
    Usb {
        /// The key's facts.
        key: UsbId,
        /// The volume's UUID when the license was made: a hint, never checked.
        volume: Option<Name>,
    },
    /// A device.
    Device {
        /// Its components for this vendor and product.
        components: Fingerprint,
        /// The share that must still match, in percent.
        tolerance: u8,
    },
}

/// The facts of a USB key that a binding checks.
#[derive(Clone, Debug)]
pub struct UsbId {
    /// USB vendor id.
    pub vendor_id: u16,
    /// USB product id.
    pub product_id: u16,
    /// The device's serial number, as it gives it, trimmed.
    pub serial: BoundedText<126>,
    /// Capacity in bytes.
    pub capacity: u64,
}

impl PartialEq for UsbId {
    /// Serial numbers are compared without ASCII case: the same key reports them differently on
    /// different systems.
    fn eq(&self, other: &Self) -> bool {
        self.vendor_id == other.vendor_id
            && self.product_id == other.product_id
            && self.capacity == other.capacity
            && self
                .serial
                .as_str()
                .eq_ignore_ascii_case(other.serial.as_str())
    }
}

impl Eq for UsbId {}

impl fmt::Display for UsbId {
    /// `VID:PID:SERIAL:BYTES`: hexadecimal ids, the serial percent-encoded outside
    /// `A–Z a–z 0–9 - . _ ~` (RFC 3986 §2.3), the capacity in decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}:", self.vendor_id, self.product_id)?;
        for byte in self.serial.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        write!(f, ":{}", self.capacity)
    }
}

impl core::str::FromStr for UsbId {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        let mut parts = text.trim().split(':');
        let (Some(vendor), Some(product), Some(serial), Some(capacity), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(TextFault::NotAnId);
        };
        let hex = |part: &str| {
            let plain = part.len() == 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
            plain
                .then(|| u16::from_str_radix(part, 16).ok())
                .flatten()
                .ok_or(TextFault::NotAnId)
        };
        let digits = !capacity.is_empty() && capacity.bytes().all(|b| b.is_ascii_digit());
        Ok(Self {
            vendor_id: hex(vendor)?,
            product_id: hex(product)?,
            serial: BoundedText::new(percent_decoded(serial)?.trim())?,
            capacity: digits
                .then(|| capacity.parse().ok())
                .flatten()
                .ok_or(TextFault::NotAnId)?,
        })
    }
}

fn percent_decoded(text: &str) -> Result<String, TextFault> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap_or(0), bytes.next().unwrap_or(0)];
            let decoded = data_encoding::HEXLOWER_PERMISSIVE.decode(&digits);
            out.extend(decoded.map_err(|_| TextFault::NotAnId)?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).map_err(|_| TextFault::NotAnId)
}

const ISS: i64 = 1;
const SUB: i64 = 2;
const AUD: i64 = 3;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const CTI: i64 = 7;
const SEQUENCE: i64 = 2;
const STATUS: i64 = 3;
const PERPETUAL: i64 = 4;
const FEATURES: i64 = 5;
const EDITION: i64 = 6;
const HOLDER: i64 = 7;
const GRACE: i64 = 8;
const BINDING: i64 = 9;

impl License {
    fn payload(&self) -> Vec<u8> {
        let (exp, perpetual) = match self.term {
            LicenseTerm::Until(end) => (Some(end.unix()), None),
            LicenseTerm::Perpetual => (None, Some(true)),
        };
        let registered = Writer::default()
            .put(ISS, self.vendor.to_string())
            .put(SUB, self.id.to_string())
            .put(AUD, self.product.as_str())
            .maybe(EXP, exp)
            .put(NBF, self.not_before.unix())
            .put(IAT, self.issued_at.unix())
            .put(CTI, claims::bytes(&self.file_id));
        let own = claims::own()
            .put(SEQUENCE, self.sequence.0)
            .put(STATUS, self.status.number())
            .maybe(PERPETUAL, perpetual)
            .maybe(
                FEATURES,
                (!self.features.is_empty()).then(|| claims::texts(&self.features)),
            )
            .maybe(EDITION, self.edition.as_ref().map(Name::as_str))
            .maybe(HOLDER, self.holder.as_ref().map(Name::as_str))
            .maybe(
                GRACE,
                (self.grace != Seconds::ZERO).then_some(self.grace.get()),
            )
            .put(BINDING, self.binding.to_value());
        claims::payload(registered, own)
    }

    fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        let (mut registered, mut own) = Reader::payload(payload)?;
        let malformed = ParseFault::Malformed { what: "license" };
        let term = match (registered.maybe_time(EXP)?, own.flag(PERPETUAL)?) {
            (Some(end), false) => LicenseTerm::Until(end),
            (None, true) => LicenseTerm::Perpetual,
            _ => return Err(malformed),
        };
        let license = Self {
            id: exact_text(&registered.text(SUB)?).ok_or(malformed.clone())?,
            vendor: exact_text(&registered.text(ISS)?).ok_or(malformed.clone())?,
            product: claims::product(&registered.text(AUD)?)?,
            issued_at: registered.time(IAT)?,
            not_before: registered.time(NBF)?,
            term,
            file_id: registered.fixed(CTI)?,
            sequence: own.uint(SEQUENCE).map(Sequence)?,
            status: SeatStatus::from_number(own.uint(STATUS)?).ok_or(malformed)?,
            features: own.features(FEATURES)?,
            edition: own.maybe_bounded(EDITION, "edition")?,
            holder: own.maybe_bounded(HOLDER, "holder")?,
            grace: own.seconds(GRACE)?,
            binding: Binding::from_value(own.need(BINDING)?)?,
        };
        registered.finish()?;
        own.finish()?;
        Ok(license)
    }
}

/// Reads an id in the one spelling that is written.
fn exact_text<T: core::str::FromStr + fmt::Display>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|id| id.to_string() == text)
}

impl Binding {
    /// The name of its kind in JSON: `unbound`, `usb` or `device`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unbound => "unbound",
            Self::Usb { .. } => "usb",
            Self::Device { .. } => "device",
        }
    }

    fn to_value(&self) -> Value {
        let map = Writer::default();
        match self {
            Self::Unbound => map.put(1, 0),
            Self::Usb { key, volume } => map
                .put(1, 1)
                .put(2, key.vendor_id)
                .put(3, key.product_id)
                .put(4, key.serial.as_str())
                .put(5, key.capacity)
                .maybe(6, volume.as_ref().map(Name::as_str)),
            Self::Device {
                components,
                tolerance,
            } => map
                .put(1, 2)
                .put(2, claims::fingerprint(components))
                .put(3, *tolerance),
        }
        .finish()
    }

    fn from_value(value: Value) -> Result<Self, ParseFault> {
        let malformed = ParseFault::Malformed { what: "binding" };
        let mut map = Reader::new("binding", value)?;
        let binding = match map.uint(1)? {
            0 => Self::Unbound,
            1 => {
                let mut id = |key| {
                    u16::try_from(map.uint(key)?)
                        .map_err(|_| ParseFault::Malformed { what: "binding" })
                };
                let (vendor_id, product_id) = (id(2)?, id(3)?);
                let serial: BoundedText<126> = map.bounded(4, "serial")?;
                if serial.as_str().trim() != serial.as_str() {
                    return Err(malformed);
                }
                let key = UsbId {
                    vendor_id,
                    product_id,
                    serial,
                    capacity: map.uint(5)?,
                };
                Self::Usb {
                    key,
                    volume: map.maybe_bounded(6, "volume")?,
                }
            }
            2 => {
                let components = map.fingerprint(2)?;
                if components.is_empty() {
                    return Err(malformed);
                }
                let tolerance = tolerance(map.uint(3)?).ok_or(malformed)?;
                Self::Device {
                    components,
                    tolerance,
                }
            }
            _ => return Err(ParseFault::NewerFormat),
        };
        // Whatever a binding says must be checked: nothing in it may be skipped.
        map.finish_exactly()?;
        Ok(binding)
    }
}

/// A license file whose form is right; nothing is known of its signature yet.
#[derive(Clone, Debug)]
pub struct SignedLicense {
    inner: Sign1,
    bytes: Vec<u8>,
}

impl SignedLicense {
    /// Reads a binary license. Text armor is read by [`crate::Artefact::read`].
    ///
    /// # Errors
    /// `too_large`, `malformed`, `algorithm_refused`, `newer_format`, `wrong_kind`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseFault> {
        Ok(Self {
            inner: Sign1::read_as(ArtefactKind::License, bytes)?,
            bytes: bytes.to_vec(),
        })
    }

    /// The binary form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks that a trusted key of the vendor signed it, in that vendor's name.
    ///
    /// # Errors
    /// `untrusted_key`, `signature_mismatch`, `token_for_other_vendor`, `malformed`.
    pub fn verify(&self, keys: &VendorKeys) -> Result<Verified<License>, VerifyFault> {
        keys.verify(&self.inner)?;
        let license = License::from_payload(&self.inner.payload)?;
        if license.vendor != *keys.vendor() {
            return Err(VerifyFault::OtherVendor);
        }
        Ok(Verified::new(license, &self.inner))
    }

    /// Checks that this one key signed it, whoever's it is: answers "is this license signed by
    /// this key", and is no standing.
    ///
    /// # Errors
    /// `untrusted_key`, `signature_mismatch`, `malformed`.
    pub fn verify_with_key(&self, key: &VendorPublicKey) -> Result<Verified<License>, VerifyFault> {
        self.inner.verify_vendor(key)?;
        Ok(Verified::new(
            License::from_payload(&self.inner.payload)?,
            &self.inner,
        ))
    }
}

/// Signs a license with the vendor's key; the binary form.
///
/// # Errors
/// `system_failure` when the vendor's key does not sign, `too_large`, and what a reader would answer
/// to claims that break the specification.
pub fn sign_license(
    license: &License,
    signer: &(impl VendorSigner + ?Sized),
) -> Result<Vec<u8>, SealFault> {
    let kid = Some(signer.key_id());
    let payload = license.payload();
    License::from_payload(&payload)?;
    let bytes = Sign1::write(ArtefactKind::License, kid, payload, |tbs| signer.sign(tbs))?;
    if bytes.len() > MAX_LICENSE {
        return Err(SealFault::TooLarge { limit: MAX_LICENSE });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usb_id_is_read_back_and_its_serial_compared_without_case() {
        let id: UsbId = "0781:5581:4C53%3A0001:30752000000".parse().unwrap();
        assert_eq!(id.serial.as_str(), "4C53:0001");
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        assert_eq!("0781:5581:4c53%3a0001:30752000000".parse(), Ok(id));
        for bad in [
            "",
            "0781:5581:X",
            "781:5581:X:1",
            "0781:5581::1",
            "0781:5581:X:+1",
            "0781:5581:%G0:1",
        ] {
            assert!(bad.parse::<UsbId>().is_err(), "{bad}");
        }
    }
}
