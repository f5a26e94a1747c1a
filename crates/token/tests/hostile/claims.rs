//! Claims that are missing, renamed, added, of a wrong type or out of range, each under a good
//! signature of the right key: nothing but the claim is wrong.

use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{OWN, Value, array, bstr, get, map, set};
use keyferry_token::TokenKind;

use crate::scene::Door;

/// Keys of a map's entries.
fn keys(map: &Value) -> Vec<i64> {
    let entries = map.as_map().unwrap();
    let key = |(key, _): &(Value, Value)| i64::try_from(key.as_integer().unwrap()).unwrap();
    entries.iter().map(key).collect()
}

/// The door's answer to its artefact with other claims of its own.
pub(crate) fn own(door: Door, change: impl FnOnce(&mut Value)) -> Result<(), Code> {
    let bytes = door.forged(|parts| parts.with_own(change));
    door.take(&bytes)
        .map(drop)
        .map_err(|refusal| refusal.code())
}

/// The door's answer to its artefact with other registered claims.
pub(crate) fn registered(door: Door, change: impl FnOnce(&mut Value)) -> Result<(), Code> {
    let bytes = door.forged(|parts| parts.with_claims(change));
    door.take(&bytes)
        .map(drop)
        .map_err(|refusal| refusal.code())
}

/// The device's answer to a response with another grant.
pub(crate) fn grant(change: impl FnOnce(&mut Value)) -> Result<(), Code> {
    own(Door::KEPT_RESPONSE, |claims| change(get(claims, 13)))
}

#[test]
fn every_mandatory_claim_is_missed() {
    // Registered and own claims that may be left out.
    let optional = |door| match door {
        Door::License => (vec![], vec![5, 6, 7, 8]),
        Door::Profile => (vec![], vec![4, 6, 7, 8, 9]),
        Door::Token(TokenKind::Status) => (vec![], vec![7, 14, 15, 18, 22, 23, 24, 26, 27]),
        Door::Token(_) => (vec![], vec![18]),
        Door::Kept(TokenKind::Refusal) => (vec![], vec![20]),
        Door::Kept(_) | Door::Successor => (vec![], vec![]),
    };
    for door in Door::SIGNED {
        let claims = keyferry_fixtures::forge::read(&door.signed_parts().payload);
        let (may_miss, own_may_miss): (Vec<i64>, Vec<i64>) = optional(door);
        for key in keys(&claims) {
            let refused = registered(door, |claims| set(claims, key, None)) == Err(Code::Malformed);
            assert_ne!(refused, may_miss.contains(&key), "{door:?} without {key}");
        }
        for key in keys(
            claims
                .as_map()
                .unwrap()
                .iter()
                .find(|e| e.0 == OWN.into())
                .map(|e| &e.1)
                .unwrap(),
        ) {
            // A profile without keys lists no key that could have signed it.
            let refused = own(door, |claims| set(claims, key, None)).is_err();
            let must_not = !own_may_miss.contains(&key) || (door == Door::Profile && key == 6);
            assert_eq!(refused, must_not, "{door:?} without {key}");
        }
    }
    for key in [1, 2, 3, 10, 11] {
        assert_eq!(
            grant(|grant| set(grant, key, None)),
            Err(Code::Malformed),
            "{key}"
        );
    }
}

#[test]
fn every_renamed_claim_is_missed() {
    // A field under another name must not leave an artefact that is valid and means less.
    for door in Door::SIGNED {
        let parts = door.signed_parts();
        let claims = keyferry_fixtures::forge::read(&parts.payload);
        let own_claims = claims.as_map().unwrap().last().unwrap().1.clone();
        for key in keys(&own_claims) {
            let renamed = own(door, |claims| {
                let value = get(claims, key).clone();
                set(claims, key, None);
                set(claims, key + 40, value);
            });
            assert!(renamed.is_err(), "{door:?} {key}");
        }
    }
}

#[test]
fn a_claim_that_must_be_known_asks_for_a_newer_program_and_another_is_skipped() {
    for door in Door::SIGNED {
        for key in [0, 28, 99, 65_536, i64::MAX] {
            let answer = own(door, |claims| set(claims, key, Value::from(1)));
            assert_eq!(answer, Err(Code::NewerFormat), "{door:?} {key}");
            let answer = registered(door, |claims| set(claims, key, Value::from(1)));
            assert_eq!(answer, Err(Code::NewerFormat), "{door:?} {key}");
        }
        for key in [-1, -99, i64::MIN] {
            for value in [Value::from(1), map([(1, array([map([])]))])] {
                let answer = own(door, |claims| set(claims, key, value.clone()));
                assert_eq!(answer, Ok(()), "{door:?} {key}");
            }
        }
        for key in [
            Value::from("version"),
            bstr([1]),
            u64::MAX.into(),
            array([]),
        ] {
            let answer = own(door, |claims| {
                let entries = claims.as_map_mut().unwrap();
                entries.push((key.clone(), 1.into()));
                entries.sort_by_key(|(key, _)| keyferry_fixtures::forge::cbor(key));
            });
            assert_eq!(answer, Err(Code::Malformed), "{door:?} {key:?}");
        }
    }
    assert_eq!(
        grant(|grant| set(grant, 15, Value::from(1))),
        Err(Code::NewerFormat)
    );
    assert_eq!(grant(|grant| set(grant, -15, Value::from(1))), Ok(()));
    let component = |key: i64| grant(|grant| set(get(grant, 10), key, bstr([1; 8])));
    assert_eq!(component(7), Err(Code::NewerFormat));
    assert_eq!(component(-7), Ok(()));
}

#[test]
fn another_format_version_is_told_from_damage() {
    for door in Door::SIGNED {
        let version = |value: Value| own(door, |claims| set(claims, 1, value));
        assert_eq!(version(2.into()), Err(Code::NewerFormat));
        assert_eq!(version(u64::MAX.into()), Err(Code::NewerFormat));
        assert_eq!(version(0.into()), Err(Code::Malformed));
        assert_eq!(version((-1).into()), Err(Code::Malformed));
        assert_eq!(version("1".into()), Err(Code::Malformed));
    }
}

#[test]
fn what_does_not_apply_is_left_out_not_said() {
    for (key, said) in [(5, Value::from(0)), (7, array([])), (13, false.into())] {
        let answer = grant(|grant| set(grant, key, said.clone()));
        assert_eq!(answer, Err(Code::Malformed), "grant {key}");
    }
    for (key, said) in [(4, Value::from(false)), (5, array([])), (8, 0.into())] {
        let answer = own(Door::License, |claims| set(claims, key, said.clone()));
        assert_eq!(answer, Err(Code::Malformed), "license {key}");
    }
    for key in [6, 8] {
        let answer = own(Door::Profile, |claims| set(claims, key, array([])));
        assert_eq!(answer, Err(Code::Malformed), "profile {key}");
    }
}

#[test]
fn text_that_could_mislead_is_refused_though_it_is_signed() {
    for text in [
        "",
        " ",
        "a\nb",
        "a\u{202e}b",
        "e\u{301}",
        "zero\u{200b}width",
        "\u{feff}a",
        "\u{2067}a",
        "a\u{0}",
    ] {
        for (door, key) in [
            (Door::REQUEST, 9),
            (Door::REQUEST, 10),
            (Door::License, 7),
            (Door::Profile, 3),
            (Door::Token(TokenKind::Deactivation), 9),
            (Door::Token(TokenKind::TimeRequest), 9),
            (Door::Token(TokenKind::Status), 11),
        ] {
            let answer = own(door, |claims| set(claims, key, Value::from(text)));
            assert_eq!(answer, Err(Code::TextRefused), "{door:?} {text:?}");
        }
        let answer = grant(|grant| set(grant, 7, array([text.into()])));
        assert_eq!(answer, Err(Code::TextRefused), "{text:?}");
    }
    let long = |length| {
        own(Door::REQUEST, |claims| {
            set(claims, 9, Value::from("é".repeat(length)));
        })
    };
    assert_eq!(long(40), Ok(()));
    assert_eq!(long(41), Err(Code::TextRefused));
    let product = |code: &str| own(Door::REQUEST, |claims| set(claims, 3, Value::from(code)));
    for bad in [
        "",
        "acme",
        "Com.Acme",
        "com..acme",
        "com.acme.",
        "com.acme/cad",
        "com.äcme",
    ] {
        assert_eq!(product(bad), Err(Code::ProductCodeRefused), "{bad}");
    }
}

#[test]
fn claims_of_a_wrong_type_or_length_are_refused() {
    for door in Door::SIGNED {
        let parts = door.signed_parts();
        let claims = keyferry_fixtures::forge::read(&parts.payload);
        let own_claims = claims.as_map().unwrap().last().unwrap().1.clone();
        let wrong = [
            bstr([0; 7]),
            Value::from(-1),
            array([bstr([0])]),
            map([(1, true.into())]),
        ];
        for key in keys(&own_claims) {
            for wrong in &wrong {
                let answer = own(door, |claims| set(claims, key, wrong.clone()));
                assert!(answer.is_err(), "{door:?} {key}: {wrong:?}");
            }
        }
    }
    let features = |list: Vec<Value>| grant(|grant| set(grant, 7, Value::Array(list)));
    assert_eq!(features(vec!["a".into(); 64]), Ok(()));
    assert_eq!(features(vec!["a".into(); 65]), Err(Code::Malformed));
    assert_eq!(features(vec![1.into()]), Err(Code::Malformed));
}
