//! Header maps hold what the specification lists and nothing else.

use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{
    Envelope, REQUEST_TYP, Sign1, Value, array, bstr, cbor, get, map, read, set,
};

use crate::scene::{Door, one_time_key, scene};

const SIGNED: [Door; 4] = [
    Door::REQUEST,
    Door::KEPT_RESPONSE,
    Door::License,
    Door::Profile,
];

/// Labels that mean something elsewhere, and some that mean nothing.
fn foreign_labels() -> Vec<(Value, Value)> {
    vec![
        (3.into(), "text/plain".into()),
        (6.into(), bstr([1])),
        (7.into(), bstr([1])),
        (11.into(), bstr([1])),
        (15.into(), map([])),
        (33.into(), bstr([1])),
        (258.into(), 1.into()),
        ((-2).into(), 1.into()),
        ((-20).into(), bstr([0; 32])),
        ((-65_538).into(), 1.into()),
        (u64::MAX.into(), 1.into()),
        ("kid".into(), 1.into()),
        (bstr([4]), 1.into()),
        (array([]), 1.into()),
    ]
}

/// A way to put an entry into one of an envelope's maps.
type Change = fn(&mut Envelope, (Value, Value));

fn with_entry(header: &Value, entry: (Value, Value)) -> Value {
    let mut entries = header.clone().into_map().unwrap();
    entries.retain(|(key, _)| *key != entry.0);
    entries.push(entry);
    entries.sort_by_key(|(key, _)| cbor(key));
    Value::Map(entries)
}

fn envelope() -> Envelope {
    let scene = scene();
    let to = scene.vendor.exchange.public();
    Envelope::new(REQUEST_TYP, scene.signed_request(), &to, &one_time_key())
}

#[test]
fn a_foreign_label_is_refused_in_every_header() {
    for entry in foreign_labels() {
        let why = format!("label {:?}", entry.0);
        for door in SIGNED {
            let protected = door.forged(|parts| Sign1 {
                protected: cbor(&with_entry(&read(&parts.protected), entry.clone())),
                ..parts
            });
            assert_eq!(door.refuses(&protected, &why), Code::Malformed);
            let unprotected = door.forged(|parts| Sign1 {
                unprotected: with_entry(&parts.unprotected, entry.clone()),
                ..parts
            });
            assert_eq!(door.refuses(&unprotected, &why), Code::Malformed);
        }
        let changes: [Change; 5] = [
            |e, entry| e.protected = cbor(&with_entry(&read(&e.protected), entry)),
            |e, entry| e.unprotected = with_entry(&e.unprotected, entry),
            |e, entry| {
                e.recipient_protected = cbor(&with_entry(&read(&e.recipient_protected), entry));
            },
            |e, entry| e.recipient_unprotected = with_entry(&e.recipient_unprotected, entry),
            |e, entry| {
                let key = e.ephemeral_key();
                // Label −2 is at home in a COSE_Key.
                if entry.0 == (-2).into() {
                    set(key, -4, bstr([1; 32]));
                } else {
                    *key = with_entry(key, entry);
                }
            },
        ];
        for change in changes {
            let mut other = envelope();
            change(&mut other, entry.clone());
            other.agree();
            assert_eq!(Door::REQUEST.refuses(&other.bytes(), &why), Code::Malformed);
        }
    }
}

#[test]
fn a_label_of_one_header_is_not_taken_from_another() {
    for door in SIGNED {
        for label in [1, 4, 16] {
            let mut moved = Value::Null;
            let bytes = door.forged(|mut parts| {
                let mut header = read(&parts.protected);
                if label == 4 && door == Door::REQUEST {
                    set(&mut header, 4, bstr([1; 8]));
                }
                moved = get(&mut header, label).clone();
                set(&mut header, label, None);
                set(&mut parts.unprotected, label, moved.clone());
                parts.protected = cbor(&header);
                parts
            });
            let code = door.refuses(&bytes, "moved to the unprotected header");
            assert_eq!(code, Code::Malformed, "{door:?} {label}");
            let bytes = door.forged(|mut parts| {
                set(&mut parts.unprotected, label, moved.clone());
                parts
            });
            let code = door.refuses(&bytes, "in both headers");
            assert_eq!(code, Code::Malformed, "{door:?} {label}");
        }
    }
}

#[test]
fn a_critical_header_asks_for_a_newer_program() {
    for crit in [
        array([16.into()]),
        array([(-5).into()]),
        array([]),
        1.into(),
    ] {
        for door in SIGNED {
            let bytes =
                door.forged(|parts| parts.with_header(|header| set(header, 2, crit.clone())));
            assert_eq!(door.refuses(&bytes, "crit"), Code::NewerFormat);
            let bytes = door.forged(|mut parts| {
                set(&mut parts.unprotected, 2, crit.clone());
                parts
            });
            assert_eq!(door.refuses(&bytes, "crit"), Code::NewerFormat);
        }
        let mut other = envelope();
        let mut header = read(&other.protected);
        set(&mut header, 2, crit.clone());
        other.protected = cbor(&header);
        let code = Door::REQUEST.refuses(&other.bytes(), "crit");
        assert_eq!(code, Code::NewerFormat);
    }
}

#[test]
fn the_vendor_names_its_key_in_eight_bytes_and_a_device_names_none() {
    for door in [Door::KEPT_RESPONSE, Door::License, Door::Profile] {
        for kid in [
            None,
            Some(bstr([1; 7])),
            Some(bstr([1; 9])),
            Some(bstr([])),
            Some("k".into()),
        ] {
            let bytes =
                door.forged(|parts| parts.with_header(|header| set(header, 4, kid.clone())));
            assert_eq!(door.refuses(&bytes, "kid"), Code::Malformed, "{kid:?}");
        }
    }
    let bytes =
        Door::REQUEST.forged(|parts| parts.with_header(|header| set(header, 4, bstr([1; 8]))));
    assert_eq!(Door::REQUEST.refuses(&bytes, "kid"), Code::Malformed);
}

#[test]
fn a_token_has_one_recipient_whose_own_content_is_empty() {
    let build = |recipients: Vec<Value>| {
        let mut fields = envelope().fields().into_array().unwrap();
        fields[3] = Value::Array(recipients);
        cbor(&Value::Tag(96, Box::new(Value::Array(fields))))
    };
    let one = envelope().recipient();
    for (why, recipients) in [
        ("none", vec![]),
        ("two", vec![one.clone(), one]),
        ("no array", vec![1.into()]),
    ] {
        let code = Door::REQUEST.refuses(&build(recipients), why);
        assert_eq!(code, Code::Malformed, "{why}");
    }
    for content in [bstr([0; 40]), Value::Bool(false), "".into(), array([])] {
        let mut other = envelope();
        other.recipient_content = content;
        assert_eq!(
            Door::REQUEST.refuses(&other.bytes(), "content"),
            Code::Malformed
        );
    }
}

#[test]
fn the_nonce_has_twelve_bytes() {
    for iv in [
        None,
        Some(bstr([])),
        Some(bstr([1; 11])),
        Some(bstr([1; 16])),
        Some("twelve bytes".into()),
    ] {
        let mut other = envelope();
        set(&mut other.unprotected, 5, iv.clone());
        assert_eq!(
            Door::REQUEST.refuses(&other.bytes(), "iv"),
            Code::Malformed,
            "{iv:?}"
        );
    }
}

#[test]
fn fields_of_a_wrong_number_or_type_are_refused() {
    for door in Door::ALL {
        let Value::Tag(tag, inside) = read(door.key()) else {
            panic!("no tag")
        };
        let good = inside.into_array().unwrap();
        let build = |fields| cbor(&Value::Tag(tag, Box::new(Value::Array(fields))));
        for at in 0..good.len() {
            for wrong in [
                Value::from(0),
                Value::from(""),
                Value::Bool(true),
                array([map([])]),
            ] {
                let mut fields = good.clone();
                fields[at] = wrong;
                assert_eq!(
                    door.refuses(&build(fields), "a wrong type"),
                    Code::Malformed
                );
            }
            let mut fields = good.clone();
            fields.remove(at);
            assert_eq!(door.refuses(&build(fields), "one less"), Code::Malformed);
            let mut fields = good.clone();
            fields.insert(at, good[at].clone());
            assert_eq!(door.refuses(&build(fields), "one more"), Code::Malformed);
        }
    }
}
