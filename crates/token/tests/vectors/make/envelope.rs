//! `COSE_Encrypt`: T1 to T4.

use keyferry_fixtures::{
    forge::{Envelope, REQUEST_TYP, RESPONSE_TYP, Value, array, bstr, cbor, map, read, set},
    published::{device_exchange_key, vendor_exchange_key},
};
use keyferry_token::TokenId;

use super::{Input, Vector, envelope, signed_request, signed_response, to_vendor};

pub(crate) fn vectors() -> Vec<Vector> {
    [headers(), ephemeral_keys(), kinds()].concat()
}

/// A request in a changed envelope.
fn changed(name: &str, rules: &str, title: &str, change: &dyn Fn(&mut Envelope)) -> Vector {
    let path = format!("tokens/{name}");
    let parts = signed_request();
    let mut envelope = to_vendor(&path, &parts.bytes());
    change(&mut envelope);
    Vector::of(
        &path,
        rules,
        "activation_request",
        title,
        Input::Binary(envelope.bytes()),
    )
    .found("token-id", TokenId::of_claims(&parts.payload))
}

fn headers() -> Vec<Vector> {
    let bad = |name: &str, title: &str, change: &dyn Fn(&mut Envelope)| {
        changed(name, "T1", title, change).refused("malformed")
    };
    let recipients = |name: &str, title: &str, of: &dyn Fn(Value) -> Vec<Value>| {
        let path = format!("tokens/{name}");
        let envelope = to_vendor(&path, &signed_request().bytes());
        let mut fields = envelope.fields().into_array().unwrap();
        fields[3] = Value::Array(of(envelope.recipient()));
        let bytes = cbor(&Value::Tag(96, Box::new(Value::Array(fields))));
        Vector::of(
            &path,
            "T1",
            "activation_request",
            title,
            Input::Binary(bytes),
        )
        .refused("malformed")
    };
    let protected = |key: i64, value: Value| {
        move |envelope: &mut Envelope| {
            let mut header = read(&envelope.protected);
            set(&mut header, key, value.clone());
            envelope.protected = cbor(&header);
        }
    };
    let agreed = |header: Value| {
        move |envelope: &mut Envelope| {
            envelope.recipient_protected = cbor(&header);
            envelope.agree();
        }
    };
    vec![
        changed(
            "sealed",
            "T1 T2 T3 T4",
            "A request as it should be",
            &|_| (),
        ),
        bad(
            "foreign-label",
            "A content type in the protected header",
            &protected(3, "text/plain".into()),
        ),
        bad(
            "unprotected-label",
            "A label in the unprotected header, which nothing authenticates",
            &|e| set(&mut e.unprotected, 3, Value::from(0)),
        ),
        bad(
            "recipient-label",
            "A label beside the recipient's kid, which nothing authenticates",
            &|e| set(&mut e.recipient_unprotected, 3, Value::from(0)),
        ),
        bad(
            "recipient-salt",
            "A salt, which version 1 does not have",
            &|e| set(&mut e.recipient_unprotected, -20, bstr([1; 32])),
        ),
        bad(
            "recipient-protected-kid",
            "The kid in the recipient's protected header",
            &agreed(map([(1, (-25).into()), (4, bstr([1; 8]))])),
        ),
        bad("no-kid", "The recipient is not named", &|e| {
            set(&mut e.recipient_unprotected, 4, None);
        }),
        bad("short-iv", "An IV of eleven bytes", &|e| {
            set(&mut e.unprotected, 5, bstr([1; 11]));
        }),
        bad("no-iv", "No IV", &|e| set(&mut e.unprotected, 5, None)),
        bad(
            "recipient-content",
            "A recipient with content of its own",
            &|e| e.recipient_content = bstr([0; 40]),
        ),
        bad(
            "recipient-nil",
            "A recipient whose content is nil in place of empty",
            &|e| e.recipient_content = Value::Null,
        ),
        changed(
            "crit",
            "T1",
            "A critical label",
            &protected(2, array([16.into()])),
        )
        .refused("newer_format"),
        changed(
            "alg-a128gcm",
            "T1",
            "A shorter key",
            &protected(1, 1.into()),
        )
        .refused("algorithm_refused"),
        changed(
            "alg-ecdh-ss",
            "T1",
            "A key agreement without a fresh key",
            &agreed(map([(1, (-27).into())])),
        )
        .refused("algorithm_refused"),
        changed(
            "alg-direct",
            "T1",
            "No key agreement at all",
            &agreed(map([(1, (-6).into())])),
        )
        .refused("algorithm_refused"),
        recipients("no-recipient", "No recipient", &|_| vec![]),
        recipients("two-recipients", "The recipient twice", &|one| {
            vec![one.clone(), one]
        }),
        changed(
            "ciphertext-changed",
            "T1",
            "Another IV than the content was sealed with",
            &|e| set(&mut e.unprotected, 5, bstr([1; 12])),
        )
        .refused("signature_mismatch"),
    ]
}

fn ephemeral_keys() -> Vec<Vector> {
    let key = |name: &str, title: &str, label: i64, value: Option<Value>| {
        changed(name, "T2", title, &|envelope| {
            set(envelope.ephemeral_key(), label, value.clone());
        })
    };
    vec![
        key(
            "y-true",
            "The sign of y in place of y: the agreed secret does not depend on it",
            -3,
            Some(true.into()),
        )
        .refused("malformed"),
        key(
            "y-false",
            "The other sign in place of y",
            -3,
            Some(false.into()),
        )
        .refused("malformed"),
        key("no-y", "No y", -3, None).refused("malformed"),
        key(
            "off-curve",
            "A point that is not on the curve",
            -3,
            Some(bstr([1; 32])),
        )
        .refused("key_refused"),
        key("other-curve", "P-384", -1, Some(2.into())).refused("key_refused"),
        key("other-kty", "An octet key pair", 1, Some(1.into())).refused("key_refused"),
        key(
            "private-key",
            "The private half as well",
            -4,
            Some(bstr([1; 32])),
        )
        .refused("malformed"),
        key(
            "key-with-alg",
            "An algorithm in the key",
            3,
            Some((-25).into()),
        )
        .refused("malformed"),
        key("short-x", "An x of 31 bytes", -2, Some(bstr([1; 31]))).refused("malformed"),
    ]
}

fn kinds() -> Vec<Vector> {
    let sealed = |name: &str, kind: &str, title: &str, typ: u64, content: &[u8]| {
        let path = format!("tokens/{name}");
        let to = match typ {
            REQUEST_TYP => vendor_exchange_key().public(),
            _ => device_exchange_key().public(),
        };
        let bytes = envelope(&path, typ, content, &to).bytes();
        Vector::of(&path, "T4", kind, title, Input::Binary(bytes)).refused("wrong_kind")
    };
    let other_kid = changed(
        "other-kid",
        "T3",
        "Sealed to the vendor's key but named for another",
        &|e| {
            set(&mut e.recipient_unprotected, 4, bstr([7; 8]));
        },
    );
    vec![
        other_kid.refused("cannot_be_opened"),
        sealed(
            "request-holds-response",
            "activation_request",
            "Outside a request, inside a response",
            REQUEST_TYP,
            &signed_response().bytes(),
        ),
        sealed(
            "response-holds-request",
            "activation_response",
            "Outside a response, inside a request",
            RESPONSE_TYP,
            &signed_request().bytes(),
        ),
    ]
}
