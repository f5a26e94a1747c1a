//! What licenses, grants and profiles say wrongly, under a good signature of the right key.

use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{OWN, Value, bstr, get, map, set};

use crate::{
    claims::{grant, own, registered},
    scene::{Door, license, scene},
};

#[test]
fn a_license_without_its_binding_is_malformed_not_unbound() {
    let without = own(Door::License, |claims| set(claims, 9, None));
    assert_eq!(without, Err(Code::Malformed));
    for (binding, code) in [
        (map([]), Code::Malformed),
        (map([(1, 3.into())]), Code::NewerFormat),
        (map([(1, 0.into()), (2, 1.into())]), Code::Malformed),
        (map([(1, 0.into()), (-1, 1.into())]), Code::Malformed),
        (map([(1, 1.into())]), Code::Malformed),
        (map([(1, 2.into())]), Code::Malformed),
        (map([(1, false.into())]), Code::Malformed),
        (0.into(), Code::Malformed),
    ] {
        let answer = own(Door::License, |claims| set(claims, 9, binding.clone()));
        assert_eq!(answer, Err(code), "{binding:?}");
    }
}

#[test]
fn a_usb_binding_names_every_fact_and_no_other() {
    let good = map([
        (1, 1.into()),
        (2, 0x0781.into()),
        (3, 0x5581.into()),
        (4, "4C53".into()),
        (5, 30_752_000_000_u64.into()),
    ]);
    let answer = |change: &dyn Fn(&mut Value)| {
        own(Door::License, |claims| {
            let mut binding = good.clone();
            change(&mut binding);
            set(claims, 9, binding);
        })
    };
    assert_eq!(answer(&|_| ()), Ok(()));
    assert_eq!(
        answer(&|binding| set(binding, 6, Value::from("1234-ABCD"))),
        Ok(())
    );
    for key in [2, 3, 4, 5] {
        assert_eq!(
            answer(&|binding| set(binding, key, None)),
            Err(Code::Malformed)
        );
    }
    for (key, value, code) in [
        (2, Value::from(0x1_0000), Code::Malformed),
        (3, Value::from(-1), Code::Malformed),
        (4, Value::from(""), Code::TextRefused),
        (4, Value::from("x".repeat(127)), Code::TextRefused),
        (5, Value::from("1"), Code::Malformed),
        (7, Value::from(1), Code::Malformed),
        (-1, Value::from(1), Code::Malformed),
    ] {
        let answer = answer(&|binding| set(binding, key, value.clone()));
        assert_eq!(answer, Err(code), "{key}: {value:?}");
    }
}

#[test]
fn a_license_ends_or_says_that_it_does_not() {
    let exp = |value: Option<u64>| move |claims: &mut Value| set(claims, 4, value.map(Value::from));
    assert_eq!(registered(Door::License, exp(None)), Err(Code::Malformed));
    assert_eq!(
        own(Door::License, |claims| set(claims, 4, Value::from(true))),
        Err(Code::Malformed)
    );
    let perpetual = registered(Door::License, |claims| {
        set(claims, 4, None);
        set(get(claims, OWN), 4, Value::from(true));
    });
    assert_eq!(perpetual, Ok(()));
    // The last second of the year 9999, and the one after it.
    assert_eq!(
        registered(Door::License, exp(Some(253_402_300_799))),
        Ok(())
    );
    let after = registered(Door::License, exp(Some(253_402_300_800)));
    assert_eq!(after, Err(Code::Malformed));
}

#[test]
fn ids_in_a_license_have_one_spelling() {
    let license = license();
    let (vendor, id) = (license.vendor.to_string(), license.id.to_string());
    for (key, text) in [
        (1, vendor.to_uppercase()),
        (1, format!(" {vendor}")),
        (1, vendor.replace('0', "o").replace('1', "l") + "-"),
        (2, id.to_lowercase()),
        (2, id.replace('-', "")),
        (2, id.replace('-', " ")),
    ] {
        let answer = registered(Door::License, |claims| {
            set(claims, key, Value::from(text.as_str()));
        });
        assert_eq!(answer, Err(Code::Malformed), "{text}");
    }
}

#[test]
fn an_emergency_allowance_is_whole_or_not_there() {
    let good = map([
        (1, 259_200.into()),
        (2, 1.into()),
        (3, 1_800_000_000_u64.into()),
    ]);
    let answer = |change: &dyn Fn(&mut Value)| {
        grant(|grant| {
            let mut allowance = good.clone();
            change(&mut allowance);
            set(grant, 12, allowance);
        })
    };
    assert_eq!(answer(&|_| ()), Ok(()));
    assert_eq!(
        answer(&|allowance| set(allowance, 4, Value::from(true))),
        Ok(())
    );
    for key in [1, 2, 3] {
        assert_eq!(
            answer(&|a| set(a, key, None)),
            Err(Code::Malformed),
            "{key}"
        );
    }
    for (key, value) in [(2, Value::from(256)), (4, false.into()), (1, "3d".into())] {
        assert_eq!(
            answer(&|a| set(a, key, value.clone())),
            Err(Code::Malformed)
        );
    }
    assert_eq!(
        answer(&|a| set(a, 5, Value::from(1))),
        Err(Code::NewerFormat)
    );
}

#[test]
fn an_active_grant_has_a_lease_and_no_other_has_one() {
    let with = |status: u64, lease: Option<u64>| {
        grant(|grant| {
            set(grant, 3, Value::from(status));
            set(grant, 4, lease.map(Value::from));
        })
    };
    assert_eq!(with(1, Some(1_800_000_000)), Ok(()));
    assert_eq!(with(2, None), Ok(()));
    assert_eq!(with(3, None), Ok(()));
    for (status, lease) in [
        (1, None),
        (2, Some(1_800_000_000)),
        (3, Some(1)),
        (0, None),
        (4, None),
    ] {
        assert_eq!(
            with(status, lease),
            Err(Code::Malformed),
            "{status} {lease:?}"
        );
    }
    assert_eq!(
        grant(|grant| set(grant, 11, Value::from(101))),
        Err(Code::Malformed)
    );
}

#[test]
fn a_profiles_keys_portal_and_logo_are_what_they_are_said_to_be() {
    let profile = |key, value: Value| own(Door::Profile, |claims| set(claims, key, value));
    assert_eq!(
        profile(7, "http://acme.example".into()),
        Err(Code::Malformed)
    );
    assert_eq!(
        profile(7, "https://acme.example/x".into()),
        Err(Code::Malformed)
    );
    assert_eq!(profile(9, bstr([0; 4])), Err(Code::Malformed));
    assert_eq!(profile(10, bstr(b"GIF89a")), Err(Code::Malformed));
    let logo = |length| {
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.resize(length, 0);
        bstr(png)
    };
    assert_eq!(profile(10, logo(32_768)), Ok(()));
    assert_eq!(profile(10, logo(32_769)), Err(Code::Malformed));
    let p256 = scene().vendor.exchange.public().spki();
    let key = |purpose: u64, state: u64, spki: &[u8]| {
        let added = map([(1, purpose.into()), (2, state.into()), (3, bstr(spki))]);
        own(Door::Profile, |claims| {
            get(claims, 6).as_array_mut().unwrap().push(added);
        })
    };
    let other = keyferry_token::ExchangeSecretKey::make(&mut keyferry_fixtures::rng());
    assert_eq!(key(3, 1, &other.public().spki()), Ok(()));
    assert_eq!(key(2, 1, &p256), Err(Code::KeyRefused));
    assert_eq!(key(4, 1, &p256), Err(Code::NewerFormat));
    assert_eq!(key(3, 4, &p256), Err(Code::NewerFormat));
    assert_eq!(key(3, 1, b"key"), Err(Code::KeyRefused));
}

#[test]
fn no_key_product_or_tag_stands_twice_in_a_profile() {
    // A key that is listed as revoked and once more as active would be trusted.
    let vendor = scene().vendor;
    let twice = |list: i64, entry: Value| {
        own(Door::Profile, |claims| {
            get(claims, list).as_array_mut().unwrap().push(entry);
        })
    };
    let key = |purpose: u64, state: u64| {
        let spki = bstr(vendor.signing_pair.spki());
        map([(1, purpose.into()), (2, state.into()), (3, spki)])
    };
    assert_eq!(twice(6, key(2, 1)), Err(Code::Malformed));
    assert_eq!(twice(6, key(2, 3)), Err(Code::Malformed));
    assert_eq!(twice(6, key(1, 1)), Err(Code::Malformed));
    let tag = vendor.profile.products[0].tag.to_string();
    let product =
        |code: &str, tag: &str| map([(1, code.into()), (2, "Second".into()), (3, tag.into())]);
    assert_eq!(twice(8, product("com.acme.second", "2222")), Ok(()));
    assert_eq!(
        twice(8, product("com.acme.cad", "2222")),
        Err(Code::Malformed)
    );
    assert_eq!(
        twice(8, product("com.acme.second", &tag)),
        Err(Code::Malformed)
    );
}
