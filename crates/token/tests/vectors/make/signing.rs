//! `COSE_Sign1` and keys: F6 to F11.

use hmac::{Hmac, KeyInit as _, Mac as _};
use keyferry_fixtures::forge::es256;
use keyferry_fixtures::{
    forge::{Sign1, Value, alg, array, bstr, set},
    published::{device_signing_key, vendor_exchange_key},
};
use keyferry_token::{KeyId, VendorSigner as _};
use sha2::Sha256;

use super::{
    Input, Vector, keys, license, license_as_it_is, request, signed_license, signed_profile,
    signed_request, signed_response, to_vendor,
};

pub(crate) fn vectors() -> Vec<Vector> {
    [
        headers(),
        kinds(),
        algorithms(),
        signatures(),
        public_keys(),
    ]
    .concat()
}

fn headers() -> Vec<Vector> {
    let header = |name: &str, title: &str, change: &dyn Fn(&mut Value)| {
        let parts = signed_license().with_header(change);
        license(&format!("formats/{name}"), "F6", title, parts).refused("malformed")
    };
    let put = |key: i64, value: Value| move |map: &mut Value| set(map, key, value.clone());
    let unprotected = |name: &str, title: &str, key, value| {
        let mut parts = signed_license();
        set(&mut parts.unprotected, key, Some(value));
        license(&format!("formats/{name}"), "F6", title, parts)
    };
    vec![
        header(
            "foreign-label",
            "A content type in the protected header",
            &put(3, "text/plain".into()),
        ),
        header(
            "foreign-private-label",
            "A private label in the protected header",
            &put(-70_000, 1.into()),
        ),
        header("crit", "A critical label", &put(2, array([16.into()]))).refused("newer_format"),
        header("no-kid", "The vendor's key is not named", &|header| {
            set(header, 4, None);
        }),
        header(
            "short-kid",
            "The vendor's key is named with seven bytes",
            &put(4, bstr([1; 7])),
        ),
        unprotected(
            "unprotected-label",
            "A label in the unprotected header, which nothing signs",
            3,
            "text/plain".into(),
        )
        .refused("malformed"),
        unprotected(
            "unprotected-kid",
            "The key named a second time where nothing signs it",
            4,
            bstr(keys().signing.key_id().as_bytes()),
        )
        .refused("malformed"),
        request(
            "formats/kid-of-a-device",
            "F6",
            "A device's signature that names its key in the header",
            signed_request().with_header(put(4, bstr([1; 8]))),
        )
        .refused("malformed"),
    ]
}

fn kinds() -> Vec<Vector> {
    let wrong = |name: &str, kind: &str, title: &str, bytes: Vec<u8>| {
        let path = format!("formats/{name}");
        Vector::of(&path, "F7", kind, title, Input::Binary(bytes)).refused("wrong_kind")
    };
    let typ = |name: &str, rules: &str, title: &str, typ: Option<Value>| {
        let parts = signed_license().with_header(|header| set(header, 16, typ));
        license(&format!("formats/{name}"), rules, title, parts)
    };
    let sealed = to_vendor("formats/request-as-response", &signed_request().bytes()).bytes();
    let unsigned = signed_response().with_header(|header| {
        set(header, 16, Value::from("application/keyferry-license"));
    });
    vec![
        wrong(
            "profile-as-license",
            "license",
            "A profile where a license belongs",
            signed_profile(),
        ),
        wrong(
            "license-as-profile",
            "vendor_profile",
            "A license where a profile belongs",
            signed_license().bytes(),
        ),
        wrong(
            "response-as-license",
            "license",
            "A response, which the same key signed, where a license belongs",
            signed_response().bytes(),
        ),
        wrong(
            "request-as-response",
            "activation_response",
            "A request where a response belongs",
            sealed,
        ),
        license_as_it_is(
            "formats/response-named-license",
            "F7",
            "A response whose kind was changed to license",
            &unsigned,
        )
        .refused("signature_mismatch"),
        typ("no-typ", "F6", "No kind", None).refused("malformed"),
        typ(
            "reserved-typ",
            "F11",
            "A kind that version 1 reserves",
            Some(65_009.into()),
        )
        .refused("newer_format"),
        typ(
            "last-reserved-typ",
            "F11",
            "The last kind that version 1 reserves",
            Some(65_099.into()),
        )
        .refused("newer_format"),
        typ(
            "unknown-typ",
            "F11",
            "A kind that is nobody's",
            Some(65_100.into()),
        )
        .refused("malformed"),
    ]
}

fn algorithms() -> Vec<Vector> {
    let with =
        |algorithm: Option<Value>| signed_license().with_header(|header| set(header, 1, algorithm));
    let refused = |name: &str, title: &str, parts: &Sign1| {
        license_as_it_is(&format!("formats/{name}"), "F8", title, parts)
            .refused("algorithm_refused")
    };
    let vendor = |message: &[u8]| keys().signing.sign(message).unwrap();
    let hmac = |message: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(keys().signing.spki()).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().to_vec()
    };
    let unsigned = |mut parts: Sign1| {
        parts.signature.clear();
        parts
    };
    vec![
        refused(
            "alg-none",
            "The algorithm is the text none, and there is no signature",
            &unsigned(with(Some("none".into()))),
        ),
        refused("alg-missing", "No algorithm", &with(None).signed(vendor)),
        refused(
            "alg-hs256",
            "An HMAC with the vendor's public key as its secret",
            &with(Some(alg::HS256.into())).signed(hmac),
        ),
        refused(
            "alg-rs256",
            "The older RSA signature, named as such",
            &with(Some(alg::RS256.into())).signed(|m| keys().signing.sign_pkcs1(m)),
        ),
        refused(
            "alg-es256",
            "A license signed as a device signs",
            &with(Some(alg::ES256.into())).signed(es256(&device_signing_key())),
        ),
        refused(
            "alg-ps384",
            "PSS with another hash",
            &with(Some((-38).into())).signed(vendor),
        ),
        request(
            "formats/alg-ps256-request",
            "F8",
            "A request that says it is signed as the vendor signs",
            signed_request().with_header(|header| set(header, 1, Value::from(alg::PS256))),
        )
        .refused("algorithm_refused"),
    ]
}

fn signatures() -> Vec<Vector> {
    let refused = |name: &str, rules: &str, title: &str, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let parts = signed_license().signed(sign);
        license_as_it_is(&format!("formats/{name}"), rules, title, &parts)
            .refused("signature_mismatch")
    };
    let key = &keys().signing;
    let foreign_kid = |name: &str, title: &str, kid: KeyId| {
        let parts = signed_license().with_header(|header| set(header, 4, bstr(kid.as_bytes())));
        let parts = parts.signed(|m| keys().profile.sign(m).unwrap());
        license_as_it_is(&format!("formats/{name}"), "F10", title, &parts)
    };
    let profile_kid = keys().profile.key_id();
    let device = || es256(&device_signing_key());
    let short = |message: &[u8]| device()(message)[..63].to_vec();
    let sealed = |name: &str, title: &str, parts: &Sign1| {
        let path = format!("formats/{name}");
        let bytes = to_vendor(&path, &parts.bytes()).bytes();
        Vector::of(
            &path,
            "F8",
            "activation_request",
            title,
            Input::Binary(bytes),
        )
        .refused("signature_mismatch")
    };
    vec![
        refused(
            "signature-empty",
            "F8",
            "The signature is stripped",
            &|_| vec![],
        ),
        refused(
            "signature-zeros",
            "F8",
            "The signature is 512 zeros",
            &|_| vec![0; 512],
        ),
        refused(
            "signature-short",
            "F8",
            "The signature lacks its last byte",
            &|m| key.sign(m).unwrap()[..511].to_vec(),
        ),
        refused(
            "signature-pkcs1",
            "F8",
            "The older RSA signature under the name of PS256",
            &|m| key.sign_pkcs1(m),
        ),
        refused("salt-0", "F8", "PSS without a salt", &|m| {
            key.sign_with_salt(m, 0)
        }),
        refused("salt-20", "F8", "PSS with a salt of 20 bytes", &|m| {
            key.sign_with_salt(m, 20)
        }),
        refused("salt-64", "F8", "PSS with a salt of 64 bytes", &|m| {
            key.sign_with_salt(m, 64)
        }),
        sealed(
            "device-signature-short",
            "A device's signature of 63 bytes",
            &signed_request().signed(short),
        ),
        foreign_kid(
            "kid-untrusted",
            "Signed and named by the vendor's profile key, which signs no licenses",
            profile_kid,
        )
        .refused("untrusted_key"),
        foreign_kid("kid-unknown", "A key that nobody knows", KeyId::new([7; 8]))
            .refused("untrusted_key"),
        foreign_kid(
            "kid-borrowed",
            "Signed by another key than it names",
            key.key_id(),
        )
        .refused("signature_mismatch"),
    ]
}

/// A SubjectPublicKeyInfo of an RSA key with a modulus of this many bits and this exponent.
fn rsa_spki(bits: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0xc3; bits / 8];
    modulus.insert(0, 0);
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

fn public_keys() -> Vec<Vector> {
    let key = |name: &str, kind: &str, title: &str, spki: Vec<u8>| {
        let path = format!("formats/{name}");
        Vector::of(&path, "F9", kind, title, Input::Binary(spki)).refused("key_refused")
    };
    let p256 = vendor_exchange_key().public().spki();
    let (head, point) = p256.split_at(26);
    let mut off_curve = p256.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    let compressed = [
        b"\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x22\x00",
        &vendor_exchange_key().public().to_sec1()[..],
    ]
    .concat();
    let identity = [&[0x30, 0x19], &head[2..23], &[3, 2, 0, 0]].concat();
    assert_eq!(point.len(), 65);
    let (rsa, own) = (keys().signing.spki().to_vec(), keys().signing.key_id());
    vec![
        Vector {
            expect: "ok".into(),
            ..key(
                "rsa-4096",
                "rsa_key",
                "The vendor's signing key",
                rsa.clone(),
            )
        }
        .found("kid", own),
        key(
            "rsa-2048",
            "rsa_key",
            "2,048 bits",
            rsa_spki(2048, &[1, 0, 1]),
        ),
        key(
            "rsa-3072",
            "rsa_key",
            "3,072 bits",
            rsa_spki(3072, &[1, 0, 1]),
        ),
        key(
            "rsa-8192",
            "rsa_key",
            "8,192 bits",
            rsa_spki(8192, &[1, 0, 1]),
        ),
        key(
            "rsa-exponent-3",
            "rsa_key",
            "The exponent is 3",
            rsa_spki(4096, &[3]),
        ),
        key(
            "rsa-bytes-behind",
            "rsa_key",
            "A byte behind the key: a second encoding",
            [&rsa[..], &[0]].concat(),
        ),
        key("rsa-is-p256", "rsa_key", "A P-256 key", p256.clone()),
        Vector {
            expect: "ok".into(),
            ..key(
                "p256",
                "p256_key",
                "The vendor's exchange key",
                p256.clone(),
            )
        }
        .found("kid", vendor_exchange_key().public().id()),
        key(
            "p256-off-curve",
            "p256_key",
            "A point that is not on the curve",
            off_curve,
        ),
        key("p256-identity", "p256_key", "The identity", identity),
        key(
            "p256-compressed",
            "p256_key",
            "A compressed point: a second encoding",
            compressed,
        ),
        key("p256-is-rsa", "p256_key", "An RSA key", rsa),
    ]
}
