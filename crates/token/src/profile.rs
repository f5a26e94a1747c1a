//! The vendor profile, `.kfv`: whom a client trusts, and with which keys.

use std::collections::BTreeSet;

use ciborium::Value;

use crate::{
    ArtefactKind, CodeTag, ExchangePublicKey, KeyPurpose, KeyState, MAX_PROFILE, Name, ParseFault,
    ProductCode, ProfileKey, SealFault, Timestamp, VendorFingerprint, VendorId, VendorKeys,
    VendorPublicKey, VendorSigner, Verified, VerifyFault,
    claims::{self, Reader, Writer},
    cose::Sign1,
    profile_key::STILL_COUNT,
};

/// Most keys in a profile.
const MAX_KEYS: usize = 64;
/// Most products in a profile.
const MAX_PRODUCTS: usize = 500;
/// Largest logo, in bytes.
const MAX_LOGO: usize = 32 * 1024;

/// What a vendor says of itself (`docs/spec/profile.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorProfile {
    /// The vendor.
    pub vendor: VendorId,
    /// Its name.
    pub name: Name,
    /// How to reach its support: an address, a telephone number, a sentence.
    pub support: Option<Name>,
    /// Rises with every profile; a newer one replaces an older one.
    pub number: u64,
    /// When this profile was made.
    pub issued_at: Timestamp,
    /// All keys, with purpose and state.
    pub keys: Vec<ProfileKey>,
    /// The portal's address: `https://`, a host, and no path.
    pub portal: Option<String>,
    /// The products and the tags of their activation codes.
    pub products: Vec<ProductEntry>,
    /// The vendor's colour.
    pub colour: Option<Colour>,
    /// The vendor's logo (PNG).
    pub logo: Option<Vec<u8>>,
}

/// A colour: red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl core::fmt::Display for Colour {
    /// `#rrggbb`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A product in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductEntry {
    /// Its code.
    pub code: ProductCode,
    /// Its name.
    pub name: Name,
    /// The tag in front of its activation codes.
    pub tag: CodeTag,
}

const VENDOR: i64 = 2;
const NAME: i64 = 3;
const SUPPORT: i64 = 4;
const NUMBER: i64 = 5;
const KEYS: i64 = 6;
const PORTAL: i64 = 7;
const PRODUCTS: i64 = 8;
const COLOUR: i64 = 9;
const LOGO: i64 = 10;

impl VendorProfile {
    /// The words by which people recognise it.
    pub fn fingerprint(&self) -> VendorFingerprint {
        VendorFingerprint::of(&self.vendor, &self.keys)
    }

    /// The keys that its licenses and answers are checked with.
    pub fn signing_keys(&self) -> VendorKeys {
        VendorKeys::new(
            self.vendor,
            self.rsa_keys(KeyPurpose::Signing, &STILL_COUNT),
        )
    }

    /// The key that requests are sealed to: the first active exchange key.
    pub fn exchange_key(&self) -> Option<&ExchangePublicKey> {
        self.keys
            .iter()
            .filter(|key| key.state() == KeyState::Active)
            .find_map(ProfileKey::exchange)
    }

    /// The product whose activation codes begin with this tag.
    pub fn product_of(&self, tag: CodeTag) -> Option<&ProductEntry> {
        self.products.iter().find(|product| product.tag == tag)
    }

    /// The product of this code.
    pub fn product(&self, code: &ProductCode) -> Option<&ProductEntry> {
        self.products.iter().find(|product| product.code == *code)
    }

    fn rsa_keys(&self, purpose: KeyPurpose, states: &[KeyState]) -> Vec<VendorPublicKey> {
        self.keys
            .iter()
            .filter(|key| states.contains(&key.state()) && key.purpose() == purpose)
            .filter_map(ProfileKey::rsa)
            .cloned()
            .collect()
    }

    fn payload(&self) -> Vec<u8> {
        let keys = self.keys.iter().map(ProfileKey::to_value);
        let products = self.products.iter().map(|product| {
            Writer::default()
                .put(1, product.code.as_str())
                .put(2, product.name.as_str())
                .put(3, product.tag.to_string())
                .finish()
        });
        let list = |items: Vec<Value>| (!items.is_empty()).then_some(Value::Array(items));
        let own = claims::own()
            .put(VENDOR, claims::bytes(self.vendor.as_bytes()))
            .put(NAME, self.name.as_str())
            .maybe(SUPPORT, self.support.as_ref().map(Name::as_str))
            .put(NUMBER, self.number)
            .maybe(KEYS, list(keys.collect()))
            .maybe(PORTAL, self.portal.as_deref())
            .maybe(PRODUCTS, list(products.collect()))
            .maybe(COLOUR, self.colour.map(|colour| claims::bytes(&colour.0)))
            .maybe(LOGO, self.logo.as_deref().map(claims::bytes));
        claims::payload(claims::issued(self.issued_at), own)
    }

    fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        let (mut registered, mut own) = Reader::payload(payload)?;
        let malformed = ParseFault::Malformed { what: "profile" };
        let keys = own
            .list(KEYS, MAX_KEYS)?
            .into_iter()
            .map(ProfileKey::from_value)
            .collect::<Result<_, _>>()?;
        let products = own
            .list(PRODUCTS, MAX_PRODUCTS)?
            .into_iter()
            .map(read_product);
        let profile = Self {
            vendor: own.vendor(VENDOR)?,
            name: own.bounded(NAME, "name")?,
            support: own.maybe_bounded(SUPPORT, "support")?,
            number: own.uint(NUMBER)?,
            issued_at: registered.issued()?,
            keys,
            portal: own.maybe_text(PORTAL)?,
            products: products.collect::<Result<_, _>>()?,
            colour: own
                .maybe_bytes(COLOUR)?
                .map(|rgb| rgb.try_into().map(Colour).map_err(|_| malformed.clone()))
                .transpose()?,
            logo: own.maybe_bytes(LOGO)?,
        };
        registered.finish()?;
        own.finish()?;
        let portal_fits = profile.portal.as_deref().is_none_or(is_portal_address);
        let logo_fits = profile
            .logo
            .as_deref()
            .is_none_or(|logo| logo.len() <= MAX_LOGO && logo.starts_with(b"\x89PNG\r\n\x1a\n"));
        // A key that stands there as revoked and once more as active would be trusted.
        let unambiguous = all_differ(profile.keys.iter().map(ProfileKey::spki))
            && all_differ(profile.products.iter().map(|product| &product.code))
            && all_differ(profile.products.iter().map(|product| product.tag));
        if portal_fits && logo_fits && unambiguous {
            Ok(profile)
        } else {
            Err(malformed)
        }
    }
}

fn all_differ<T: Ord>(mut items: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.all(|item| seen.insert(item))
}

/// Whether this is an address that a QR code can hold in capitals: `https://`, a host in lower
/// case with an optional port, at most 100 characters, no path.
pub fn is_portal_address(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else {
        return false;
    };
    let (host, port) = rest
        .split_once(':')
        .map_or((rest, None), |(host, port)| (host, Some(port)));
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    !host.is_empty()
        && address.len() <= 100
        && host.bytes().all(allowed)
        && !host.starts_with(['-', '.'])
        && !host.ends_with(['-', '.'])
        && port.is_none_or(|port| port.parse::<u16>().is_ok() && !port.starts_with(['0', '+']))
}

fn read_product(value: Value) -> Result<ProductEntry, ParseFault> {
    let mut map = Reader::new("product", value)?;
    let entry = ProductEntry {
        code: map.product(1)?,
        name: map.bounded(2, "product name")?,
        tag: CodeTag::read(&map.text(3)?).ok_or_else(|| map.malformed())?,
    };
    map.finish()?;
    Ok(entry)
}

/// A profile whose form is right. It proves nothing by itself: who sent it signed it.
#[derive(Clone, Debug)]
pub struct SignedProfile {
    inner: Sign1,
    bytes: Vec<u8>,
}

impl SignedProfile {
    /// Reads a binary profile. Text armor is read by [`crate::Artefact::read`].
    ///
    /// # Errors
    /// `too_large`, `malformed`, `algorithm_refused`, `newer_format`, `wrong_kind`.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseFault> {
        Ok(Self {
            inner: Sign1::read_as(ArtefactKind::Profile, bytes)?,
            bytes: bytes.to_vec(),
        })
    }

    /// The binary form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks that one of its own profile keys signed it. That shows it is whole, not whose it
    /// is: a person compares its words, or [`Self::verify_successor`] is used.
    ///
    /// # Errors
    /// `untrusted_key`, `signature_mismatch`, `malformed`, `key_refused`.
    pub fn verify_whole(&self) -> Result<Verified<VendorProfile>, VerifyFault> {
        let profile = VendorProfile::from_payload(&self.inner.payload)?;
        self.verify_by(&profile, &STILL_COUNT)?;
        Ok(Verified::new(profile, &self.inner))
    }

    /// Checks that one certain profile key signed it, whatever keys it lists.
    ///
    /// # Errors
    /// `untrusted_key`, `signature_mismatch`, `malformed`.
    pub fn verify_by_key(
        &self,
        key: &VendorPublicKey,
    ) -> Result<Verified<VendorProfile>, VerifyFault> {
        let profile = VendorProfile::from_payload(&self.inner.payload)?;
        VendorKeys::new(profile.vendor, vec![key.clone()]).verify(&self.inner)?;
        Ok(Verified::new(profile, &self.inner))
    }

    /// Checks that a profile key which the trusted `older` profile lists as active signed it, for
    /// the same vendor: a retired one signs nothing new, so whoever finds it later gains nothing.
    /// Whether its number is higher is for the caller to say.
    ///
    /// # Errors
    /// `untrusted_key`, `signature_mismatch`, `token_for_other_vendor`, `malformed`.
    pub fn verify_successor(
        &self,
        older: &VendorProfile,
    ) -> Result<Verified<VendorProfile>, VerifyFault> {
        self.verify_by(older, &[KeyState::Active])?;
        let profile = VendorProfile::from_payload(&self.inner.payload)?;
        if profile.vendor != older.vendor {
            return Err(VerifyFault::OtherVendor);
        }
        Ok(Verified::new(profile, &self.inner))
    }

    fn verify_by(&self, profile: &VendorProfile, states: &[KeyState]) -> Result<(), VerifyFault> {
        let keys = profile.rsa_keys(KeyPurpose::Profile, states);
        VendorKeys::new(profile.vendor, keys).verify(&self.inner)
    }
}

/// Signs a profile with a profile key; the binary form.
///
/// # Errors
/// `system_failure` when the key does not sign, `too_large`, and what a reader would answer to claims
/// that break the specification.
pub fn sign_profile(
    profile: &VendorProfile,
    signer: &(impl VendorSigner + ?Sized),
) -> Result<Vec<u8>, SealFault> {
    let kid = Some(signer.key_id());
    let payload = profile.payload();
    VendorProfile::from_payload(&payload)?;
    let bytes = Sign1::write(ArtefactKind::Profile, kid, payload, |tbs| signer.sign(tbs))?;
    if bytes.len() > MAX_PROFILE {
        return Err(SealFault::TooLarge { limit: MAX_PROFILE });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_address_is_a_host_that_survives_capitals() {
        for good in ["https://license.acme.example", "https://acme.example:8480"] {
            assert!(is_portal_address(good), "{good}");
        }
        for bad in [
            "http://acme.example",
            "https://",
            "https://Acme.example",
            "https://acme.example/a",
            "https://acme.example:0",
            "https://user@acme.example",
            "https://acme.example#x",
        ] {
            assert!(!is_portal_address(bad), "{bad}");
        }
    }
}
