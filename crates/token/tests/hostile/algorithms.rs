//! Algorithms: each kind has one, and what the header says is never taken on trust.

use hmac::{Hmac, KeyInit as _, Mac as _};
use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{Envelope, REQUEST_TYP, Sign1, Value, alg, cbor, es256, map, set};
use keyferry_token::{DeviceSigningKey, VendorSigner as _};
use sha2::Sha256;

use crate::scene::{Door, Refusal, one_time_key, scene};

/// What a door calls the algorithm that it refuses.
fn refused_name(door: Door, bytes: &[u8]) -> String {
    let refusal = door.take(bytes).unwrap_err();
    assert_eq!(refusal.code(), Code::AlgorithmRefused, "{refusal:?}");
    let problem = match refusal {
        Refusal::Parse(fault) => fault.problem(),
        Refusal::Open(fault) => fault.problem(),
        Refusal::Verify(fault) => fault.problem(),
    };
    problem.arg("algorithm").unwrap().to_owned()
}

fn with_algorithm(door: Door, algorithm: impl Into<Option<Value>>) -> Sign1 {
    door.signed_parts()
        .with_header(|header| set(header, 1, algorithm))
}

#[test]
fn no_algorithm_none_and_unknown_ones_are_refused_by_name() {
    for door in Door::ALL {
        for (algorithm, name) in [
            (None, "none"),
            (Some(Value::from("none")), "none"),
            (Some(Value::from("None")), "None"),
            (Some(Value::from("PS256")), "PS256"),
            (Some(Value::from(alg::HS256)), "HMAC_256_256"),
            (Some(Value::from(alg::RS256)), "RS256"),
            (Some(Value::from(-8)), "EdDSA"),
            (Some(Value::from(-39)), "PS512"),
            (Some(Value::from(-999_999)), "-999999"),
            (Some(Value::from(u64::MAX)), "?"),
            (Some(Value::from(0)), "Reserved"),
            (Some(Value::from(true)), "?"),
        ] {
            let parts = with_algorithm(door, algorithm).signed(|message| door.sign(message));
            assert_eq!(refused_name(door, &door.wrapped(&parts.bytes())), name);
            let mut stripped = parts;
            stripped.signature.clear();
            assert_eq!(refused_name(door, &door.wrapped(&stripped.bytes())), name);
        }
    }
}

#[test]
fn the_other_sides_algorithm_is_refused_even_with_a_good_signature_of_it() {
    let device = DeviceSigningKey::make(&mut keyferry_fixtures::rng());
    for door in [
        Door::RESPONSE,
        Door::KEPT_RESPONSE,
        Door::License,
        Door::Profile,
    ] {
        for kid in [true, false] {
            let parts = with_algorithm(door, Value::from(alg::ES256)).with_header(|header| {
                if !kid {
                    set(header, 4, None);
                }
            });
            let bytes = door.wrapped(&parts.signed(es256(&device)).bytes());
            assert_eq!(refused_name(door, &bytes), "ES256");
        }
    }
    let vendor = &scene().vendor.signing_pair;
    let request = with_algorithm(Door::REQUEST, Value::from(alg::PS256))
        .signed(|message| vendor.sign(message).unwrap());
    let bytes = Door::REQUEST.wrapped(&request.bytes());
    assert_eq!(refused_name(Door::REQUEST, &bytes), "PS256");
}

#[test]
fn a_public_key_is_no_shared_secret() {
    // The classic confusion: HMAC with the public key's bytes as the secret.
    let vendor = scene().vendor;
    for (door, secret) in [
        (Door::License, vendor.signing_pair.spki().to_vec()),
        (Door::KEPT_RESPONSE, vendor.signing_pair.spki().to_vec()),
        (Door::Profile, vendor.profile_pair.spki().to_vec()),
        (
            Door::REQUEST,
            scene().device.signing.public().to_sec1().to_vec(),
        ),
    ] {
        let mac = |message: &[u8]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        };
        let named = with_algorithm(door, Value::from(alg::HS256)).signed(mac);
        assert_eq!(
            refused_name(door, &door.wrapped(&named.bytes())),
            "HMAC_256_256"
        );
        let unnamed = door.signed_parts().signed(mac);
        let code = door.refuses(&door.wrapped(&unnamed.bytes()), "an HMAC");
        assert_eq!(code, Code::SignatureMismatch);
    }
}

#[test]
fn the_envelope_takes_one_cipher_and_one_key_agreement() {
    let vendor = scene().vendor;
    let signed = scene().signed_request();
    let envelope = || {
        Envelope::new(
            REQUEST_TYP,
            signed,
            &vendor.exchange.public(),
            &one_time_key(),
        )
    };
    assert!(Door::REQUEST.take(&envelope().bytes()).is_ok());
    for (algorithm, name) in [
        (None, "none"),
        (Some(Value::from(1)), "A128GCM"),
        (Some(Value::from(2)), "A192GCM"),
        (Some(Value::from(24)), "ChaCha20Poly1305"),
        (Some(Value::from(33)), "AES_CCM_64_128_256"),
        (Some(Value::from("none")), "none"),
    ] {
        let mut other = envelope();
        let mut header = map([(1, 0.into()), (16, REQUEST_TYP.into())]);
        set(&mut header, 1, algorithm);
        other.protected = cbor(&header);
        assert_eq!(refused_name(Door::REQUEST, &other.bytes()), name);
    }
    for (algorithm, name) in [
        (None, "none"),
        (Some(Value::from(-6)), "Direct"),
        (Some(Value::from(-26)), "ECDH_ES_HKDF_512"),
        (Some(Value::from(-27)), "ECDH_SS_HKDF_256"),
        (Some(Value::from(-31)), "ECDH_ES_A256KW"),
        (Some(Value::from("none")), "none"),
    ] {
        let mut other = envelope();
        let mut header = map([]);
        set(&mut header, 1, algorithm);
        other.recipient_protected = cbor(&header);
        other.agree();
        assert_eq!(refused_name(Door::REQUEST, &other.bytes()), name);
    }
}
