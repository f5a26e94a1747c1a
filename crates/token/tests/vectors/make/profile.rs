//! The vendor profile: P1, P3 to P5.

use keyferry_fixtures::{
    forge::{Sign1, Value, bstr, get, map, set},
    published::{Seeded, claims, vendor_exchange_key},
};
use keyferry_token::{
    ExchangeSecretKey, KeyPurpose, KeyState, ProfileKey, TokenId, VendorProfile, VendorSigner as _,
    sign_profile,
};

use super::{Input, Vector, keys, signed_profile};

pub(crate) fn vectors() -> Vec<Vector> {
    [whole(), successors(), changed()].concat()
}

fn binary(path: &str, rules: &str, kind: &str, title: &str, bytes: &[u8]) -> Vector {
    Vector::of(path, rules, kind, title, Input::Binary(bytes.to_vec()))
        .found("token-id", TokenId::of_claims(&Sign1::of(bytes).payload))
}

fn signed(profile: &VendorProfile) -> Vec<u8> {
    sign_profile(profile, &keys().profile).unwrap()
}

/// The published profile with the keys in these states.
fn with_states(profile: KeyState, signing: KeyState) -> VendorProfile {
    let mut other = claims::profile();
    let key = |purpose, state, spki: &[u8]| ProfileKey::new(purpose, state, spki).unwrap();
    other.keys[0] = key(KeyPurpose::Profile, profile, keys().profile.spki());
    other.keys[1] = key(KeyPurpose::Signing, signing, keys().signing.spki());
    other
}

fn whole() -> Vec<Vector> {
    let good = claims::profile();
    let words = good.fingerprint();
    let retired = with_states(KeyState::Active, KeyState::Retired);
    let revoked = with_states(KeyState::Revoked, KeyState::Active);
    let mut no_keys = claims::profile();
    no_keys.keys.remove(0);
    let by_signing_key = sign_profile(&good, &keys().signing).unwrap();
    vec![
        binary(
            "profile/profile",
            "P1 P4",
            "vendor_profile",
            "A profile as it should be, and its fingerprint in words",
            &signed_profile(),
        )
        .found("words", words),
        binary(
            "profile/retired-key",
            "P1",
            "vendor_profile",
            "Another state of a key: other words",
            &signed(&retired),
        )
        .found("words", retired.fingerprint()),
        binary(
            "profile/signed-by-unlisted",
            "P1",
            "vendor_profile",
            "The key that signed is not in the list",
            &signed(&no_keys),
        )
        .refused("untrusted_key"),
        binary(
            "profile/signed-by-revoked",
            "P1 F10",
            "vendor_profile",
            "The key that signed is revoked in the list",
            &signed(&revoked),
        )
        .refused("untrusted_key"),
        binary(
            "profile/signed-by-signing-key",
            "P1",
            "vendor_profile",
            "Signed by the key that signs licenses",
            &by_signing_key,
        )
        .refused("untrusted_key"),
    ]
}

fn successors() -> Vec<Vector> {
    let newer = |number: u64| {
        let mut profile = claims::profile();
        profile.number = number;
        profile
    };
    let mut rotated = newer(2);
    let exchange = ExchangeSecretKey::make(&mut Seeded::new("next exchange key"));
    rotated.keys.push(
        ProfileKey::new(
            KeyPurpose::Exchange,
            KeyState::Active,
            &exchange.public().spki(),
        )
        .unwrap(),
    );
    let mut own_keys = newer(2);
    // Taken for a profile key of its own.
    own_keys.keys.remove(0);
    own_keys.keys[0] =
        ProfileKey::new(KeyPurpose::Profile, KeyState::Active, keys().signing.spki()).unwrap();
    let unchained = sign_profile(&own_keys, &keys().signing).unwrap();
    let mut other_vendor = newer(2);
    other_vendor.vendor = keyferry_token::VendorId::new([7; 16]);
    let kind = "newer_vendor_profile";
    vec![
        binary(
            "profile/newer",
            "P3",
            kind,
            "A newer profile with a further key, signed by a key that the trusted one lists",
            &signed(&rotated),
        ),
        binary(
            "profile/same-number",
            "P3",
            kind,
            "The number of the trusted one",
            &signed(&newer(1)),
        )
        .refused("profile_older"),
        binary(
            "profile/lower-number",
            "P3",
            kind,
            "A lower number",
            &signed(&newer(0)),
        )
        .refused("profile_older"),
        binary(
            "profile/not-chained",
            "P3",
            kind,
            "Signed by a profile key of its own that the trusted one does not list",
            &unchained,
        )
        .refused("profile_not_chained"),
        binary(
            "profile/newer-of-other-vendor",
            "P3",
            kind,
            "Signed by a trusted key in the name of another vendor",
            &signed(&other_vendor),
        )
        .refused("token_for_other_vendor"),
    ]
}

fn changed() -> Vec<Vector> {
    let of = |name: &str, rules: &str, title: &str, change: &dyn Fn(&mut Value)| {
        let parts = Sign1::of(&signed_profile())
            .with_own(change)
            .signed(|message| keys().profile.sign(message).unwrap());
        binary(
            &format!("profile/{name}"),
            rules,
            "vendor_profile",
            title,
            &parts.bytes(),
        )
    };
    let add = |purpose: u64, spki: Vec<u8>| {
        move |own: &mut Value| {
            let key = map([(1, purpose.into()), (2, 1.into()), (3, bstr(&spki))]);
            get(own, 6).as_array_mut().unwrap().push(key);
        }
    };
    let (rsa, p256) = (
        keys().signing.spki().to_vec(),
        vendor_exchange_key().public().spki(),
    );
    let signing_again = |own: &mut Value| {
        let spki = bstr(keys().signing.spki());
        let key = map([(1, 2.into()), (2, 3.into()), (3, spki)]);
        get(own, 6).as_array_mut().unwrap().push(key);
    };
    let product = |code: &'static str, tag: String| {
        move |own: &mut Value| {
            let entry = [
                (1, code.into()),
                (2, "Second".into()),
                (3, tag.as_str().into()),
            ];
            get(own, 8).as_array_mut().unwrap().push(map(entry));
        }
    };
    let tag = claims::code().tag().to_string();
    let portal = |address: &'static str| move |own: &mut Value| set(own, 7, Value::from(address));
    vec![
        of(
            "key-twice",
            "P5",
            "The signing key twice, active and revoked",
            &signing_again,
        )
        .refused("malformed"),
        of(
            "product-twice",
            "P5",
            "A product code twice",
            &product("com.acme.cad", "2222".into()),
        )
        .refused("malformed"),
        of(
            "tag-twice",
            "P5",
            "A tag twice",
            &product("com.acme.second", tag),
        )
        .refused("malformed"),
        of(
            "two-products",
            "P5",
            "Two products",
            &product("com.acme.second", "2222".into()),
        )
        .found("words", claims::profile().fingerprint()),
        of(
            "p256-signs",
            "P4",
            "A P-256 key that is to sign licenses",
            &add(2, p256),
        )
        .refused("key_refused"),
        of(
            "rsa-opens",
            "P4",
            "An RSA key that is to open requests",
            &add(3, rsa.clone()),
        )
        .refused("key_refused"),
        of(
            "unknown-purpose",
            "F13",
            "A key for a purpose that a reader must know",
            &add(4, rsa),
        )
        .refused("newer_format"),
        of(
            "portal-http",
            "profile.md",
            "A portal without encryption",
            &portal("http://license.acme.example"),
        )
        .refused("malformed"),
        of(
            "portal-path",
            "profile.md",
            "A portal with a path",
            &portal("https://acme.example/license"),
        )
        .refused("malformed"),
        of(
            "portal-capitals",
            "profile.md",
            "A portal in capitals",
            &portal("https://ACME.example"),
        )
        .refused("malformed"),
        of("logo-gif", "profile.md", "A logo that is no PNG", &|own| {
            set(own, 10, bstr(b"GIF89a"));
        })
        .refused("malformed"),
        of(
            "colour-of-four",
            "profile.md",
            "A colour of four bytes",
            &|own| set(own, 9, bstr([1; 4])),
        )
        .refused("malformed"),
    ]
}
