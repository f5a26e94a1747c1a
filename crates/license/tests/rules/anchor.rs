//! USB keys as anchors: what makes a serial number a weak one, and which key is the bound one.

use keyferry_catalogue::Code;
use keyferry_license::{
    RatingReason::{self, *},
    Strength, UsbFacts, is_key, rate, rate_id, usb_id,
};
use keyferry_token::UsbId;
use proptest::prelude::*;

const OWN: &str = "4C530001230412109284";

fn key(serial: Option<&str>) -> UsbFacts<'_> {
    UsbFacts {
        vendor_id: 0x0781,
        product_id: 0x5581,
        serial,
        capacity: Some(30_752_000_000),
        maker: Some("SanDisk"),
        name: Some("Ultra Fit 3.0 Gold"),
    }
}

fn reason(serial: &str) -> RatingReason {
    let key = key(Some(serial));
    rate(&key, &[key]).reason
}

#[test]
fn a_serial_number_of_its_own_makes_a_strong_anchor() {
    for serial in [
        OWN,
        "60A44C413FB7B151D97B0042",
        "  4C530001230412109284  ",
        "AA04012700008664",
        "0701534A21B71C53",
        "20060775a1",
    ] {
        let key = key(Some(serial));
        let rating = rate(&key, &[key]);
        assert_eq!(
            (rating.strength, rating.reason),
            (Strength::Strong, OwnSerial),
            "{serial}"
        );
        assert_eq!(rating.accept(false), Ok(()));
    }
}

#[test]
fn a_serial_number_that_others_have_as_well_makes_a_weak_one() {
    for (serial, expected) in [
        ("1234567", ShortSerial),
        ("A1-B2-C3", ShortSerial),
        ("0", ShortSerial),
        ("0000", FillerSerial),
        ("000000000000", FillerSerial),
        ("FFFFFFFFFFFF", FillerSerial),
        ("000000000001", FillerSerial),
        ("123456789012", FillerSerial),
        ("0123456789ABCDEF", FillerSerial),
        ("abcdefghijkl", FillerSerial),
        ("AA00000000000489", FillerSerial),
        ("Serial Number", FillerSerial),
        ("To be filled by O.E.M.", FillerSerial),
        ("07815581", ModelSerial),
        ("0781 5581 64 85", ModelSerial),
        ("Ultra Fit 3.0 Gold", ModelSerial),
        ("SANDISK-ULTRA-FIT", ModelSerial),
        ("SanDisk", ModelSerial),
        ("7&1f4a2b3c&0", MadeUpSerial),
        ("1-0000:00:01.0-5", MadeUpSerial),
        ("Série-日本-7Q2K9M", UnreadableSerial),
        ("4C53\u{fffd}0001230412", UnreadableSerial),
    ] {
        assert_eq!(reason(serial), expected, "{serial}");
        let key = key(Some(serial));
        let rating = rate(&key, &[key]);
        assert_eq!(rating.strength, Strength::Weak, "{serial}");
        assert_eq!(rating.accept(false).unwrap_err().code, Code::UsbKeyWeak);
        assert_eq!(rating.accept(true), Ok(()));
    }
}

#[test]
fn a_batch_that_names_its_model_in_front_is_weak() {
    // Two keys of one batch were seen with this very number.
    let batch = UsbFacts {
        vendor_id: 0x058f,
        product_id: 0x6366,
        maker: None,
        name: None,
        ..key(Some("058F63666485"))
    };
    assert_eq!(rate(&batch, &[batch]).reason, ModelSerial);
}

#[test]
fn nothing_is_bound_to_a_key_without_serial_number_or_memory() {
    let no_card = UsbFacts {
        capacity: None,
        ..key(Some(OWN))
    };
    let empty = UsbFacts {
        capacity: Some(0),
        ..no_card
    };
    let long = "x7".repeat(64);
    for (key, reason) in [
        (key(None), NoSerial),
        (key(Some("   ")), NoSerial),
        (no_card, NoMedium),
        (empty, NoMedium),
        (key(Some(&long)), UnreadableSerial),
    ] {
        let rating = rate(&key, &[key]);
        assert_eq!(
            (rating.strength, rating.reason),
            (Strength::Unusable, reason)
        );
        assert_eq!(rating.accept(true).unwrap_err().code, Code::UsbKeyUnusable);
        assert_eq!(usb_id(&key), None);
    }
}

#[test]
fn two_keys_with_one_serial_number_are_both_weak_while_both_are_plugged_in() {
    let lower = OWN.to_lowercase();
    let (one, other) = (key(Some(OWN)), key(Some(&lower)));
    let other_size = UsbFacts {
        capacity: Some(1),
        ..one
    };
    for twin in [other, other_size] {
        assert_eq!(rate(&one, &[one, twin]).reason, SharedSerial);
        assert_eq!(rate(&twin, &[one, twin]).reason, SharedSerial);
    }
    let other_model = UsbFacts {
        product_id: 0x5583,
        ..one
    };
    assert_eq!(rate(&one, &[one, other_model]).reason, OwnSerial);
    assert_eq!(rate(&one, &[one]).reason, OwnSerial);
}

#[test]
fn a_key_is_the_bound_one_by_ids_serial_number_and_capacity_alone() {
    let found = key(Some(" 4c530001230412109284"));
    let bound: UsbId = "0781:5581:4C530001230412109284:30752000000"
        .parse()
        .unwrap();
    assert!(is_key(&bound, &found), "trimmed, and without ASCII case");
    let unnamed = UsbFacts {
        maker: None,
        name: None,
        ..found
    };
    assert!(is_key(&bound, &unnamed), "names play no part");
    for other in [
        UsbFacts {
            vendor_id: 1,
            ..found
        },
        UsbFacts {
            product_id: 1,
            ..found
        },
        UsbFacts {
            serial: Some("4C530001230412109285"),
            ..found
        },
        UsbFacts {
            serial: None,
            ..found
        },
        UsbFacts {
            capacity: Some(30_752_000_001),
            ..found
        },
        UsbFacts {
            capacity: None,
            ..found
        },
    ] {
        assert!(!is_key(&bound, &other), "{other:?}");
    }
}

#[test]
fn what_a_vendor_judges_by_an_id_alone_says_nothing_of_names_and_neighbours() {
    let rated = |id: &str| rate_id(&id.parse().unwrap()).reason;
    assert_eq!(
        rated("0781:5581:4C530001230412109284:30752000000"),
        OwnSerial
    );
    assert_eq!(rated("0781:5581:000000000000:30752000000"), FillerSerial);
    assert_eq!(rated("058f:6366:058F63666485:30752000000"), ModelSerial);
    assert_eq!(rated("0781:5581:4C53:30752000000"), ShortSerial);
    assert_eq!(rated("0781:5581:4C530001230412109284:0"), NoMedium);
}

#[test]
fn every_reason_has_a_name_of_its_own_and_its_phrase() {
    let names: std::collections::BTreeSet<&str> = RatingReason::ALL
        .iter()
        .map(|reason| reason.name())
        .collect();
    assert_eq!(names.len(), RatingReason::ALL.len());
    for reason in RatingReason::ALL {
        let phrase = reason.phrase().as_str();
        assert_eq!(phrase.strip_prefix("rating_"), Some(reason.name()));
    }
}

proptest! {
    #[test]
    fn a_rating_is_unusable_exactly_where_there_is_no_id(
        serial in proptest::option::of(".{0,140}"),
        capacity in proptest::option::of(any::<u64>()),
    ) {
        let key = UsbFacts { capacity, ..key(serial.as_deref()) };
        let unusable = rate(&key, &[key]).strength == Strength::Unusable;
        prop_assert_eq!(unusable, usb_id(&key).is_none());
        if let Some(id) = usb_id(&key) {
            prop_assert!(is_key(&id, &key));
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn a_neighbour_makes_no_key_stronger(serial in "[0-9A-F]{4,24}", other in "[0-9A-F]{4,24}") {
        let (one, other) = (key(Some(&serial)), key(Some(&other)));
        prop_assert!(rate(&one, &[one, other]).strength <= rate(&one, &[one]).strength);
    }
}
