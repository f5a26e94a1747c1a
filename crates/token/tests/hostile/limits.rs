//! Input made to be expensive: too large, too deep, too long, too many.

#![expect(
    clippy::disallowed_methods,
    reason = "these tests measure how long a reader takes"
)]

use std::time::{Duration, Instant};

use keyferry_catalogue::Code;
use keyferry_fixtures::{
    NOW, TestVendor,
    forge::{Value, bstr, set},
    rng,
};
use keyferry_token::{
    ActivationCode, ActivationResponse, Artefact, ArtefactKind, CodeTag, Feature, Grant,
    HolderSecret, MAX_LICENSE, MAX_PASTE, MAX_PROFILE, MAX_TOKEN, Name, ParseFault, ProductCode,
    ProductEntry, SealFault, SealedToken, SeatStatus, SignedLicense, SignedProfile, SignedToken,
    TokenKind, UsbId, armor, seal_for_device, sign_license, sign_profile,
};

use crate::scene::{Door, Scene, license, scene};

#[test]
fn a_byte_beyond_the_limit_is_refused_before_anything_is_parsed() {
    let bytes = vec![0; MAX_PASTE + 1];
    let too_large = |limit| Some(ParseFault::TooLarge { limit });
    assert_eq!(
        SealedToken::parse(&bytes[..=MAX_TOKEN]).err(),
        too_large(MAX_TOKEN)
    );
    assert_eq!(
        SignedToken::parse(&bytes[..=MAX_TOKEN]).err(),
        too_large(MAX_TOKEN)
    );
    assert_eq!(
        SignedLicense::parse(&bytes[..=MAX_LICENSE]).err(),
        too_large(MAX_LICENSE)
    );
    assert_eq!(
        SignedProfile::parse(&bytes[..=MAX_PROFILE]).err(),
        too_large(MAX_PROFILE)
    );
    assert_eq!(Artefact::read(&bytes).err(), too_large(MAX_PASTE));
    for (door, limit) in [
        (Door::REQUEST, MAX_TOKEN),
        (Door::KEPT_RESPONSE, MAX_TOKEN),
        (Door::License, MAX_LICENSE),
        (Door::Profile, MAX_PROFILE),
    ] {
        let with_filler = |length: usize| {
            door.forged(|parts| parts.with_own(|own| set(own, -9, bstr(vec![7; length]))))
        };
        let overhead = with_filler(30_000).len().saturating_sub(30_000);
        // Nested lengths grow by a byte or two on the way to the largest profile.
        let largest = (0..9).map(|less| with_filler(limit - overhead - less));
        let largest = largest
            .into_iter()
            .find(|bytes| bytes.len() <= limit)
            .unwrap();
        assert!(limit - largest.len() < 9);
        assert!(door.take(&largest).is_ok(), "{door:?} at {}", largest.len());
        let one_more = with_filler(limit - overhead + 1);
        assert_eq!(door.refuses(&one_more, "too large"), Code::TooLarge);
    }
}

#[test]
fn depth_is_limited_before_anything_recurses() {
    for opener in [0x81, 0xa1, 0xd8, 0x9f, 0xbf, 0xc1] {
        for length in [9, 1_000, MAX_TOKEN - 10] {
            let bomb = vec![opener; length];
            for door in Door::ALL {
                door.refuses(&bomb, "nested");
                door.refuses(&[&[0xd2, 0x84], &bomb[..]].concat(), "nested");
                door.refuses(&[&[0xd8, 0x60, 0x84], &bomb[..]].concat(), "nested");
            }
        }
    }
    let nested = |levels| (0..levels).fold(Value::from(0), |inside, _| Value::Array(vec![inside]));
    for door in [Door::REQUEST, Door::License, Door::Profile] {
        let deep = |levels| door.forged(|parts| parts.with_own(|own| set(own, -9, nested(levels))));
        // Two maps are around the value.
        assert!(door.take(&deep(6)).is_ok());
        for levels in [7, 50, 200] {
            assert_eq!(door.refuses(&deep(levels), "too deep"), Code::Malformed);
        }
    }
}

#[test]
fn a_length_is_not_believed() {
    let lengths = [
        &[0x1a, 0xff, 0xff, 0xff, 0xff][..],
        &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x1b, 0, 0, 1, 0, 0, 0, 0, 0],
        &[0x19, 0xff, 0xff],
    ];
    let start = Instant::now();
    for length in lengths {
        for major in [2_u8, 3, 4, 5] {
            let mut bomb = length.to_vec();
            bomb[0] |= major << 5;
            for front in [
                &[][..],
                &[0xd2],
                &[0xd8, 0x60],
                &[0xd2, 0x84],
                &[0xd2, 0x84, 0x43],
            ] {
                for door in Door::ALL {
                    door.refuses(&[front, &bomb].concat(), "a length out of this world");
                    let behind = vec![0; 4_096];
                    door.refuses(&[front, &bomb, &behind].concat(), "and a little content");
                }
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn many_small_items_and_many_keys_take_little_time() {
    let start = Instant::now();
    let items = Value::Array(vec![0.into(); 15_000]);
    let keys = (-5_000_i64..-1)
        .rev()
        .map(|key| (Value::from(key), Value::from(0)));
    let keys = Value::Map(keys.collect());
    for filler in [items, keys] {
        let bytes =
            Door::License.forged(|parts| parts.with_own(|own| set(own, -9, filler.clone())));
        assert!(Door::License.take(&bytes).is_ok());
        // Where a map of integers is expected.
        let bytes = Door::License.forged(|parts| parts.with_own(|own| set(own, 9, filler)));
        Door::License.refuses(&bytes, "a filler for a binding");
    }
    let own = (-9_000_i64..-1).rev().map(|key| (key, Value::from(0)));
    let bytes = Door::License.forged(|parts| {
        parts.with_own(|claims| {
            let entries = claims.as_map_mut().unwrap();
            entries.extend(own.map(|(key, value)| (key.into(), value)));
        })
    });
    assert!(Door::License.take(&bytes).is_ok());
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn the_text_reader_takes_little_time_for_a_whole_paste_of_anything() {
    let begin = "-----BEGIN KEYFERRY LICENSE-----\n";
    let pastes = [
        "BEGIN KEYFERRY ".repeat(MAX_PASTE / 15),
        begin.repeat(MAX_PASTE / begin.len()),
        format!("{begin}{}", "A\n".repeat(400_000)),
        format!("{begin}{}", ">".repeat(1_000_000)),
        format!("{begin}{}", "\u{200b}".repeat(300_000)),
        format!("{begin}{}", "=".repeat(1_000_000)),
        format!("{begin}{}END KEYFERRY ", "\n".repeat(1_000_000)),
        format!("KEYFERRY:{}", "A".repeat(1_000_000)),
        format!("https://a#{}", " ".repeat(1_000_000)),
        "#".repeat(MAX_PASTE),
        "-".repeat(MAX_PASTE),
        "\u{202e}".repeat(MAX_PASTE / 3),
    ];
    for paste in pastes {
        let start = Instant::now();
        match Artefact::read(paste.as_bytes()) {
            Ok(found) => assert!(found.iter().all(Result::is_err)),
            Err(fault) => assert_ne!(fault.code(), Code::TooLarge),
        }
        let _ = ActivationCode::read(&paste).unwrap_err();
        let _ = HolderSecret::read(&paste).unwrap_err();
        let _ = paste.parse::<UsbId>().unwrap_err();
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            &paste[..40]
        );
    }
}

#[test]
fn armor_holds_no_more_than_its_kind_may_have() {
    let text = armor(
        ArtefactKind::Token(TokenKind::ActivationRequest),
        &vec![0; MAX_TOKEN + 1],
    );
    let found = Artefact::read(text.as_bytes()).unwrap().remove(0);
    assert_eq!(found.err(), Some(ParseFault::TooLarge { limit: MAX_TOKEN }));
}

#[test]
fn nothing_is_signed_that_no_reader_would_take() {
    let Scene { vendor, device, .. } = scene();
    let request = vendor.open(scene().request());
    let seal = |change: &dyn Fn(&mut Grant)| {
        let mut grant = TestVendor::grant(&request, NOW);
        change(&mut grant);
        let response = ActivationResponse {
            issued_at: NOW,
            vendor: vendor.id(),
            product: request.product.clone(),
            recipient: device.id(),
            answers: request.id(),
            grant,
        };
        let to = &request.exchange_key;
        seal_for_device(&response, &vendor.signing_pair, to, &mut rng())
            .map(drop)
            .map_err(|fault| fault.code())
    };
    let feature = Feature::new(&"\u{1f512}".repeat(40)).unwrap();
    assert_eq!(
        seal(&|grant| grant.features = vec![feature.clone(); 64]),
        Ok(())
    );
    for unreadable in [
        (|grant| grant.features = vec![Feature::new("cam").unwrap(); 65]) as fn(&mut Grant),
        |grant| grant.lease_expires_at = None,
        |grant| grant.status = SeatStatus::Revoked,
        |grant| grant.tolerance = 101,
    ] {
        assert_eq!(seal(&unreadable), Err(Code::Malformed));
    }

    let mut license = license();
    license.features = vec![feature.clone(); 65];
    let signed = sign_license(&license, &vendor.signing_pair);
    assert_eq!(signed.unwrap_err().code(), Code::Malformed);

    let mut profile = vendor.profile.clone();
    profile.portal = Some("http://acme.example".into());
    let signed = sign_profile(&profile, &vendor.profile_pair);
    assert_eq!(signed.unwrap_err().code(), Code::Malformed);
    profile.portal = None;
    profile.products = (0_u16..500)
        .map(|at| ProductEntry {
            code: ProductCode::new(&format!("com.acme.p{at}")).unwrap(),
            name: Name::new(&"\u{1f512}".repeat(120)).unwrap(),
            tag: CodeTag::from_random(
                [1024, 256, 32, 1].map(|unit| u8::try_from(at / unit % 32).unwrap()),
            ),
        })
        .collect();
    let signed = sign_profile(&profile, &vendor.profile_pair);
    let too_large = SealFault::TooLarge { limit: MAX_PROFILE };
    assert_eq!(signed.unwrap_err(), too_large);
}
