//! Keys that are weak, of another type, or written in another way.

use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{Envelope, REQUEST_TYP, Value, bstr, get, set};
use keyferry_token::{
    DevicePublicKey, DeviceSigningKey, ExchangePublicKey, ExchangeSecretKey, KeyFault, KeyPurpose,
    KeyState, ProfileKey, VendorPublicKey,
};

use crate::scene::{Door, one_time_key, scene};

/// A SubjectPublicKeyInfo of an RSA key with a modulus of this many bits and this exponent.
fn rsa_spki(bits: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0xc3; bits / 8];
    modulus.insert(0, 0);
    *modulus.last_mut().unwrap() |= 1;
    let key = der(0x30, &[der(2, &modulus), der(2, exponent)].concat());
    let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    der(
        0x30,
        &[algorithm.to_vec(), der(3, &[&[0], &key[..]].concat())].concat(),
    )
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let head = match content.len() {
        0..=0x7f => vec![tag, length[7]],
        0x80..=0xff => vec![tag, 0x81, length[7]],
        _ => vec![tag, 0x82, length[6], length[7]],
    };
    [&head, content].concat()
}

const F4: &[u8] = &[1, 0, 1];

#[test]
fn an_rsa_key_has_4096_bits_and_the_exponent_65537() {
    let load = |bits, exponent: &[u8]| {
        VendorPublicKey::from_spki(&rsa_spki(bits, exponent)).map(|key| key.id())
    };
    assert!(load(4096, F4).is_ok());
    for bits in [512, 1024, 2048, 3072, 4088, 4104, 8192] {
        assert!(load(bits, F4).is_err(), "{bits}");
    }
    assert_eq!(load(2048, F4), Err(KeyFault::Size));
    assert_eq!(load(3072, F4), Err(KeyFault::Size));
    assert_eq!(load(8192, F4), Err(KeyFault::Size));
    for exponent in [&[3][..], &[17], &[1, 0, 3], &[1], &[1, 0, 0, 0, 1]] {
        let code = load(4096, exponent).unwrap_err().code();
        assert_eq!(code, Code::KeyRefused, "{exponent:?}");
    }
    assert_eq!(load(4096, &[3]), Err(KeyFault::Exponent));
}

#[test]
fn a_key_has_one_encoding() {
    // Otherwise one key would have several ids.
    let good = rsa_spki(4096, F4);
    let without_null = {
        let key = &good[4 + 15..];
        der(
            0x30,
            &[b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", key].concat(),
        )
    };
    for (why, spki) in [
        ("bytes behind it", [&good[..], &[0]].concat()),
        ("no parameters", without_null),
        (
            "a zero in front of the exponent",
            rsa_spki(4096, &[0, 1, 0, 1]),
        ),
        ("PKCS #1", good[24..].to_vec()),
        ("nothing", vec![]),
    ] {
        assert!(VendorPublicKey::from_spki(&spki).is_err(), "{why}");
    }

    let key = ExchangeSecretKey::make(&mut keyferry_fixtures::rng()).public();
    let spki = key.spki();
    assert_eq!(ExchangePublicKey::from_spki(&spki), Ok(key.clone()));
    let compressed = {
        let head = b"\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x22\x00";
        [&head[..], &key.to_sec1()].concat()
    };
    assert!(ExchangePublicKey::from_spki(&compressed).is_err());
    assert!(ExchangePublicKey::from_spki(&[&spki[..], &[0]].concat()).is_err());
}

#[test]
fn a_key_is_of_its_purposes_type() {
    let rsa = scene().vendor.signing_pair.spki().to_vec();
    let p256 = scene().vendor.exchange.public().spki();
    // RFC 8410 §10.1, an Ed25519 key.
    let ed25519 = data_encoding::HEXLOWER
        .decode(b"302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1")
        .unwrap();
    for (purpose, wrong) in [
        (KeyPurpose::Profile, &p256),
        (KeyPurpose::Signing, &p256),
        (KeyPurpose::Exchange, &rsa),
        (KeyPurpose::Profile, &ed25519),
        (KeyPurpose::Signing, &ed25519),
        (KeyPurpose::Exchange, &ed25519),
    ] {
        let key = ProfileKey::new(purpose, KeyState::Active, wrong);
        assert_eq!(key.unwrap_err(), KeyFault::Unreadable);
    }
}

#[test]
fn private_keys_are_in_range() {
    let order = data_encoding::HEXLOWER
        .decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        .unwrap();
    for bytes in [[0; 32], order.try_into().unwrap(), [0xff; 32]] {
        assert!(ExchangeSecretKey::from_bytes(&bytes).is_err());
        assert!(DeviceSigningKey::from_bytes(&bytes).is_err());
    }
}

#[test]
fn a_point_is_on_the_curve_and_written_in_a_form_that_is_known() {
    let good = scene().device.signing.public().to_sec1();
    let off = (0..=u8::MAX).find_map(|last| {
        let mut bytes = good;
        bytes[32] = last;
        DevicePublicKey::from_sec1(&bytes).is_err().then_some(bytes)
    });
    let x = &good[1..];
    for (why, bytes) in [
        ("off the curve", off.unwrap().to_vec()),
        ("the identity", vec![0]),
        ("nothing", vec![]),
        ("x only", [&[5], x].concat()),
        ("hybrid", [&[6], x, x].concat()),
        ("x too large", [&[2], &[0xff; 32][..]].concat()),
        ("a byte more", [&good[..], &[0]].concat()),
    ] {
        assert!(DevicePublicKey::from_sec1(&bytes).is_err(), "{why}");
        assert!(ExchangePublicKey::from_sec1(&bytes).is_err(), "{why}");
    }
}

#[test]
fn the_ephemeral_key_is_a_whole_point_on_p_256() {
    let scene = scene();
    let code = |change: &dyn Fn(&mut Value)| {
        let to = scene.vendor.exchange.public();
        let mut envelope = Envelope::new(REQUEST_TYP, scene.signed_request(), &to, &one_time_key());
        change(envelope.ephemeral_key());
        Door::REQUEST.refuses(&envelope.bytes(), "another ephemeral key")
    };
    let put = |label, value: Value| code(&|key| set(key, label, value.clone()));
    assert_eq!(put(-3, bstr([1; 32])), Code::KeyRefused, "off the curve");
    assert_eq!(put(-2, bstr([0xff; 32])), Code::KeyRefused, "x too large");
    assert_eq!(
        code(&|key| {
            set(key, -2, bstr([0; 32]));
            set(key, -3, bstr([0; 32]));
        }),
        Code::KeyRefused,
        "zeros"
    );
    assert_eq!(put(-1, 2.into()), Code::KeyRefused, "P-384");
    assert_eq!(put(-1, 8.into()), Code::KeyRefused, "secp256k1");
    assert_eq!(put(1, 1.into()), Code::KeyRefused, "an octet key pair");
    for label in [1, -1, -2, -3] {
        assert_eq!(
            code(&|key| set(key, label, None)),
            Code::Malformed,
            "no {label}"
        );
    }
    for (label, wrong) in [
        (-2, bstr([1; 31])),
        (-2, bstr([1; 33])),
        (-3, bstr([1; 31])),
        (-3, 1.into()),
    ] {
        assert_eq!(put(label, wrong), Code::Malformed);
    }
    assert_eq!(put(-4, bstr([1; 32])), Code::Malformed, "a private key");
    assert_eq!(put(2, bstr([1; 8])), Code::Malformed, "a kid");
    assert_eq!(put(3, (-25).into()), Code::Malformed, "an algorithm");
}

#[test]
fn a_compressed_ephemeral_key_is_refused_because_its_sign_would_be_free() {
    // The agreed secret depends on x alone, so a token with a compressed key would open with its
    // sign bit flipped.
    let scene = scene();
    for odd in [true, false] {
        let to = scene.vendor.exchange.public();
        let mut envelope = Envelope::new(REQUEST_TYP, scene.signed_request(), &to, &one_time_key());
        set(envelope.ephemeral_key(), -3, Value::Bool(odd));
        let code = Door::REQUEST.refuses(&envelope.bytes(), "a compressed key");
        assert_eq!(code, Code::Malformed);
    }
}

#[test]
fn the_device_key_in_the_claims_may_be_compressed_or_not_but_is_a_point() {
    let bytes = |change: &dyn Fn(&mut Value)| {
        Door::REQUEST.forged(|parts| parts.with_claims(|claims| change(get(get(claims, 8), 1))))
    };
    let point =
        p256::PublicKey::from_sec1_bytes(&scene().device.signing.public().to_sec1()).unwrap();
    let whole = p256::elliptic_curve::sec1::ToSec1Point::to_sec1_point(&point, false);
    let y = bstr(&whole.as_bytes()[33..]);
    let full = bytes(&|key| set(key, -3, y.clone()));
    assert!(Door::REQUEST.take(&full).is_ok());

    let off = bytes(&|key| set(key, -3, bstr([1; 32])));
    assert_eq!(
        Door::REQUEST.refuses(&off, "off the curve"),
        Code::KeyRefused
    );
    let extra = bytes(&|key| set(key, 2, bstr([1; 8])));
    assert_eq!(Door::REQUEST.refuses(&extra, "a kid"), Code::Malformed);
    let private = bytes(&|key| set(key, -4, bstr([1; 32])));
    assert_eq!(
        Door::REQUEST.refuses(&private, "a private key"),
        Code::Malformed
    );
    let negated = bytes(&|key| {
        let Value::Bool(odd) = *get(key, -3) else {
            panic!("not compressed")
        };
        set(key, -3, Value::Bool(!odd));
    });
    let code = Door::REQUEST.refuses(&negated, "the other point with this x");
    assert_eq!(code, Code::SignatureMismatch);
}
