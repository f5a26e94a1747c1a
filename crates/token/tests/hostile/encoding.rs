//! One artefact, one encoding: what a lenient CBOR reader would take for the same is refused, at
//! every level, even where the signature was made over it.

use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{
    Envelope, REQUEST_TYP, Sign1, Style, Value, cbor, read, styled, styled_at,
};
use keyferry_token::SignedToken;

use crate::scene::{Door, one_time_key, scene};

/// Each forbidden encoding of a value, one place at a time and everywhere at once.
fn encodings(of: &Value) -> Vec<(String, Vec<u8>)> {
    let good = cbor(of);
    let mut out = Vec::new();
    for style in Style::ALL {
        out.push((format!("{style:?} everywhere"), styled(of, style)));
        for at in 0.. {
            let Some(bytes) = styled_at(of, style, at) else {
                break;
            };
            out.push((format!("{style:?} at {at}"), bytes));
        }
    }
    out.retain(|(_, bytes)| *bytes != good);
    assert!(out.len() > 2, "{of:?}");
    out
}

#[track_caller]
fn refused_as_malformed(door: Door, bytes: &[u8], why: &str) {
    assert_eq!(door.refuses(bytes, why), Code::Malformed, "{door:?}: {why}");
}

#[test]
fn the_artefact_itself_has_one_encoding() {
    for door in Door::ALL {
        let value = read(door.key());
        assert_eq!(cbor(&value), door.key());
        for (why, bytes) in encodings(&value) {
            refused_as_malformed(door, &bytes, &why);
        }
    }
}

#[test]
fn a_protected_header_has_one_encoding_even_under_a_good_signature() {
    for door in [
        Door::REQUEST,
        Door::KEPT_RESPONSE,
        Door::License,
        Door::Profile,
    ] {
        for (why, bytes) in encodings(&read(&door.signed_parts().protected)) {
            let forged = door.forged(|parts| Sign1 {
                protected: bytes,
                ..parts
            });
            refused_as_malformed(door, &forged, &why);
        }
    }
}

#[test]
fn the_claims_have_one_encoding_even_under_a_good_signature() {
    for (why, bytes) in encodings(&read(&Door::REQUEST.signed_parts().payload)) {
        let forged = Door::REQUEST.forged(|parts| Sign1 {
            payload: bytes,
            ..parts
        });
        refused_as_malformed(Door::REQUEST, &forged, &why);
    }
    // The vendor's signatures are slow: each style once.
    for door in [Door::KEPT_RESPONSE, Door::License, Door::Profile] {
        let good = read(&door.signed_parts().payload);
        for style in Style::ALL {
            let forged = door.forged(|parts| Sign1 {
                payload: styled(&good, style),
                ..parts
            });
            refused_as_malformed(door, &forged, &format!("{style:?}"));
        }
    }
}

#[test]
fn the_headers_of_an_envelope_have_one_encoding_even_if_sealed_that_way() {
    let scene = scene();
    let envelope = || {
        Envelope::new(
            REQUEST_TYP,
            scene.signed_request(),
            &scene.vendor.exchange.public(),
            &one_time_key(),
        )
    };
    for (why, bytes) in encodings(&read(&envelope().protected)) {
        let mut other = envelope();
        other.protected = bytes;
        refused_as_malformed(Door::REQUEST, &other.bytes(), &why);
    }
    for (why, bytes) in encodings(&read(&envelope().recipient_protected)) {
        let mut other = envelope();
        other.recipient_protected = bytes;
        other.agree();
        refused_as_malformed(Door::REQUEST, &other.bytes(), &why);
    }
}

#[test]
fn what_is_sealed_has_one_encoding() {
    for (why, bytes) in encodings(&read(scene().signed_request())) {
        refused_as_malformed(Door::REQUEST, &Door::REQUEST.wrapped(&bytes), &why);
        assert!(SignedToken::parse(&bytes).is_err(), "{why}");
    }
}

#[test]
fn tags_floats_and_null_have_no_place_in_claims() {
    let put = |value: Value| {
        Door::REQUEST
            .forged(|parts| parts.with_own(|own| keyferry_fixtures::forge::set(own, -5, value)))
    };
    assert!(Door::REQUEST.take(&put(Value::from(1))).is_ok());
    for value in [
        Value::Null,
        Value::Float(1.5),
        Value::Float(f64::NAN),
        Value::Tag(1, Box::new(1.into())),
        Value::Tag(55_799, Box::new(1.into())),
    ] {
        let why = format!("{value:?}");
        refused_as_malformed(Door::REQUEST, &put(value), &why);
    }
}

#[test]
fn an_artefact_has_its_own_tag_and_no_other() {
    for door in Door::ALL {
        let Value::Tag(tag, inside) = read(door.key()) else {
            panic!("no tag")
        };
        for other in [0, 16, 17, 18, 61, 96, 97, 98, 55_799] {
            if other != tag {
                let bytes = cbor(&Value::Tag(other, inside.clone()));
                refused_as_malformed(door, &bytes, &format!("tag {other}"));
            }
        }
        refused_as_malformed(door, &cbor(&inside), "no tag");
        let twice = Value::Tag(tag, Box::new(Value::Tag(tag, inside.clone())));
        refused_as_malformed(door, &cbor(&twice), "the tag twice");
        let cwt = Value::Tag(61, Box::new(Value::Tag(tag, inside)));
        refused_as_malformed(door, &cbor(&cwt), "the CWT tag in front");
    }
}
