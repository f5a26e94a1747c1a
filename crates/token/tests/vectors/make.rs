//! Makes every vector from the published keys and claims, the same bytes in every run: ES256 is
//! deterministic (RFC 6979), and salts and ephemeral keys follow from seeds.

mod carriers;
mod codes;
mod encoding;
mod envelope;
mod license;
mod lifecycle;
mod profile;
mod refusal;
mod signing;
mod status_codes;
mod tokens;

use std::{fmt, sync::OnceLock};

use keyferry_fixtures::{
    forge::{Envelope, REQUEST_TYP, Sign1, es256, typ},
    published::{
        PublishedRsa, Seeded, claims, device_exchange_key, device_signing_key, vendor_exchange_key,
        vendor_profile_key, vendor_signing_key,
    },
};
use keyferry_token::{
    Binding, ExchangePublicKey, ExchangeSecretKey, FromDevice, FromVendor, TokenId, TokenKind,
    VendorSigner as _, seal_for_device, seal_for_vendor, sign_license, sign_profile,
};

use crate::file::{Input, Vector};

/// All vectors.
pub(crate) fn all() -> Vec<Vector> {
    [
        encoding::vectors(),
        signing::vectors(),
        envelope::vectors(),
        tokens::vectors(),
        lifecycle::vectors(),
        refusal::vectors(),
        license::vectors(),
        profile::vectors(),
        carriers::vectors(),
        codes::vectors(),
        status_codes::vectors(),
    ]
    .concat()
}

/// The published vendor's RSA keys, read once.
pub(crate) struct VendorPairs {
    pub(crate) profile: PublishedRsa,
    pub(crate) signing: PublishedRsa,
}

pub(crate) fn keys() -> &'static VendorPairs {
    static KEYS: OnceLock<VendorPairs> = OnceLock::new();
    KEYS.get_or_init(|| VendorPairs {
        profile: vendor_profile_key(),
        signing: vendor_signing_key(),
    })
}

impl Vector {
    /// A vector that says `ok` of these bytes.
    fn of(path: &str, rules: &str, kind: &str, title: &str, input: Input) -> Self {
        Self {
            path: path.to_owned(),
            title: title.to_owned(),
            rules: rules.split(' ').map(str::to_owned).collect(),
            kind: kind.to_owned(),
            expect: "ok".to_owned(),
            found: vec![],
            padded: None,
            input,
        }
    }

    fn refused(mut self, code: &str) -> Self {
        code.clone_into(&mut self.expect);
        self.found.clear();
        self
    }

    fn found(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.found.push((name.to_owned(), value.to_string()));
        self
    }

    /// What a reader finds in a token of this kind; of a refusal also what it tells its user.
    fn found_in(self, kind: TokenKind, payload: &[u8]) -> Self {
        let found = self.found("token-id", TokenId::of_claims(payload));
        match kind {
            TokenKind::Refusal => found.found(
                "told",
                "no_free_seat seats=3 next_free=2026-12-23T04:00:00Z",
            ),
            _ => found,
        }
    }

    fn padded(mut self, length: usize) -> Self {
        self.padded = Some(length);
        self
    }
}

/// A license vector from its parts, signed by the vendor.
fn license(path: &str, rules: &str, title: &str, parts: Sign1) -> Vector {
    let parts = parts.signed(|message| keys().signing.sign(message).unwrap());
    license_as_it_is(path, rules, title, &parts)
}

/// A license vector from its parts, whatever its signature is.
fn license_as_it_is(path: &str, rules: &str, title: &str, parts: &Sign1) -> Vector {
    Vector::of(path, rules, "license", title, Input::Binary(parts.bytes()))
        .found("token-id", TokenId::of_claims(&parts.payload))
}

/// A request vector from its parts, signed by the device and sealed to the vendor.
fn request(path: &str, rules: &str, title: &str, parts: Sign1) -> Vector {
    token(path, rules, TokenKind::ActivationRequest, title, parts)
}

/// A response vector from its parts, signed by the vendor and sealed to the device.
fn response(path: &str, rules: &str, title: &str, parts: Sign1) -> Vector {
    token(path, rules, TokenKind::ActivationResponse, title, parts)
}

/// A vector of any kind of token from its parts, signed and sealed as that kind is.
fn token(path: &str, rules: &str, kind: TokenKind, title: &str, parts: Sign1) -> Vector {
    let parts = if kind.from_device() {
        parts.signed(es256(&device_signing_key()))
    } else {
        parts.signed(|message| keys().signing.sign(message).unwrap())
    };
    as_it_is(path, rules, kind, title, &parts)
}

/// A vector of any kind of token from its parts, sealed as that kind is, whatever its signature is.
fn as_it_is(path: &str, rules: &str, kind: TokenKind, title: &str, parts: &Sign1) -> Vector {
    let bytes = sealed_as(kind, path, &parts.bytes());
    Vector::of(path, rules, kind.name(), title, Input::Binary(bytes)).found_in(kind, &parts.payload)
}

/// Content in the envelope of this kind, to its reader.
fn sealed_as(kind: TokenKind, path: &str, content: &[u8]) -> Vec<u8> {
    let to = if kind.from_device() {
        vendor_exchange_key()
    } else {
        device_exchange_key()
    };
    envelope(path, typ(kind), content, &to.public()).bytes()
}

/// An envelope whose ephemeral key follows from the vector's path.
fn envelope(path: &str, typ: u64, content: &[u8], to: &ExchangePublicKey) -> Envelope {
    let ephemeral = ExchangeSecretKey::make(&mut Seeded::new(path));
    Envelope::new(typ, content, to, &ephemeral)
}

fn to_vendor(path: &str, content: &[u8]) -> Envelope {
    envelope(path, REQUEST_TYP, content, &vendor_exchange_key().public())
}

/// The published request as the device signed it.
fn signed_request() -> Sign1 {
    published(TokenKind::ActivationRequest)
}

/// The published response as the vendor signed it.
fn signed_response() -> Sign1 {
    published(TokenKind::ActivationResponse)
}

/// The published token of this kind as its maker signed it.
fn published(kind: TokenKind) -> Sign1 {
    let answers = |kind| TokenId::of_claims(&published(kind).payload);
    match kind {
        TokenKind::ActivationRequest => by_device(&claims::request()),
        TokenKind::ActivationResponse => {
            by_vendor(&claims::response(answers(TokenKind::ActivationRequest)))
        }
        TokenKind::Refresh => by_vendor(&claims::refresh()),
        TokenKind::Deactivation => by_device(&claims::deactivation()),
        TokenKind::TimeRequest => by_device(&claims::time_request()),
        TokenKind::Time => by_vendor(&claims::time(answers(TokenKind::TimeRequest))),
        TokenKind::Refusal => by_vendor(&claims::refusal(answers(TokenKind::ActivationRequest))),
        TokenKind::Status => by_device(&claims::status()),
    }
}

fn by_device<T: FromDevice>(claims: &T) -> Sign1 {
    let to = vendor_exchange_key().public();
    let mut rng = Seeded::new("request");
    Sign1::of(
        &seal_for_vendor(claims, &device_signing_key(), &to, &mut rng)
            .unwrap()
            .signed,
    )
}

fn by_vendor<T: FromVendor>(claims: &T) -> Sign1 {
    let to = device_exchange_key().public();
    let mut rng = Seeded::new("response");
    Sign1::of(
        &seal_for_device(claims, &keys().signing, &to, &mut rng)
            .unwrap()
            .signed,
    )
}

/// The published license, unbound.
fn signed_license() -> Sign1 {
    Sign1::of(&sign_license(&claims::license(Binding::Unbound), &keys().signing).unwrap())
}

/// The published profile.
fn signed_profile() -> Vec<u8> {
    sign_profile(&claims::profile(), &keys().profile).unwrap()
}
