//! CBOR: F1 to F5, and what claims may hold: F12 to F15.

use keyferry_fixtures::forge::{
    Sign1, Style, Value, array, bstr, cbor, get, map, read, set, styled,
};
use keyferry_token::{MAX_LICENSE, MAX_PASTE, MAX_PROFILE, MAX_TOKEN};

use super::{
    Input, Vector, license, license_as_it_is, request, signed_license, signed_request,
    signed_response,
};
use crate::make::response;

pub(crate) fn vectors() -> Vec<Vector> {
    [whole(), inside(), limits(), claims(), texts()].concat()
}

/// The artefact itself in another encoding.
fn whole() -> Vec<Vector> {
    let good = signed_license();
    let value = read(&good.bytes());
    let other = |name: &str, rules: &str, title: &str, bytes: Vec<u8>| {
        let path = format!("formats/{name}");
        Vector::of(&path, rules, "license", title, Input::Binary(bytes)).refused("malformed")
    };
    let style = |name: &str, rules: &str, title: &str, style| {
        other(name, rules, title, styled(&value, style))
    };
    vec![
        license_as_it_is("formats/deterministic", "F1", "The one encoding", &good),
        style(
            "long-string-length",
            "F1",
            "Lengths of byte strings in more bytes than they need",
            Style::LongStringLengths,
        ),
        style(
            "long-count",
            "F1",
            "The array's count in more bytes than it needs",
            Style::LongCounts,
        ),
        style(
            "indefinite-array",
            "F1",
            "The array without a count",
            Style::IndefiniteArrays,
        ),
        style(
            "indefinite-bytes",
            "F1",
            "Byte strings in pieces",
            Style::IndefiniteBytes,
        ),
        other(
            "bytes-behind",
            "F1",
            "A byte behind the item",
            [&good.bytes()[..], &[0]].concat(),
        ),
        other(
            "truncated",
            "F1",
            "The last byte is missing",
            good.bytes()[..good.bytes().len() - 1].to_vec(),
        ),
        other(
            "no-tag",
            "F4",
            "The structure without its tag",
            cbor(&good.fields()),
        ),
        other(
            "cwt-tag",
            "F4",
            "The CWT tag (61) in front of the artefact's own",
            cbor(&Value::Tag(61, Box::new(value.clone()))),
        ),
        other(
            "length-bomb",
            "F3",
            "A byte string that says it has 2^63 bytes",
            [&[0xd2, 0x84, 0x5b, 0x7f][..], &[0xff; 7]].concat(),
        ),
        other(
            "count-bomb",
            "F3",
            "An array that says it has 2^64 - 1 items",
            [&[0xd2, 0x9b][..], &[0xff; 8]].concat(),
        ),
        other(
            "depth-bomb",
            "F3",
            "Ten thousand arrays in each other",
            [&[0xd2][..], &[0x81; 10_000]].concat(),
        ),
    ]
}

/// A protected header or payload in another encoding, under a good signature.
fn inside() -> Vec<Vector> {
    let header = |name: &str, rules: &str, title: &str, style| {
        let mut parts = signed_license();
        parts.protected = styled(&read(&parts.protected), style);
        license(&format!("formats/header-{name}"), rules, title, parts).refused("malformed")
    };
    let payload = |name: &str, rules: &str, title: &str, style| {
        let mut parts = signed_request();
        parts.payload = styled(&read(&parts.payload), style);
        request(&format!("formats/claims-{name}"), rules, title, parts).refused("malformed")
    };
    let put = |name: &str, rules: &str, title: &str, value: Value| {
        let parts = signed_request().with_own(|own| set(own, -1, value));
        request(&format!("formats/claims-{name}"), rules, title, parts)
    };
    let nested = |levels| (0..levels).fold(Value::from(0), |inside, _| Value::Array(vec![inside]));
    let bad_text = {
        let mut parts = signed_request();
        let at = parts
            .payload
            .windows(3)
            .position(|three| three == b"CAD")
            .unwrap();
        parts.payload[at] = 0xff;
        request(
            "formats/claims-bad-utf-8",
            "F4",
            "A label that is not UTF-8",
            parts,
        )
    };
    vec![
        header(
            "keys-reversed",
            "F1",
            "A protected header with its keys out of order, well signed",
            Style::KeysReversed,
        ),
        header(
            "long-integers",
            "F1",
            "A protected header with integers in more bytes than they need, well signed",
            Style::LongIntegers,
        ),
        header(
            "indefinite-map",
            "F1",
            "A protected header without a count, well signed",
            Style::IndefiniteMaps,
        ),
        header(
            "keys-twice",
            "F2",
            "A protected header with every entry twice, well signed",
            Style::KeysTwice,
        ),
        payload(
            "keys-reversed",
            "F1",
            "Claims with their keys out of order, well signed",
            Style::KeysReversed,
        ),
        payload(
            "long-integers",
            "F1",
            "Claims with integers in more bytes than they need, well signed",
            Style::LongIntegers,
        ),
        payload(
            "indefinite-text",
            "F1",
            "Claims with text in pieces, well signed",
            Style::IndefiniteText,
        ),
        payload(
            "bignums",
            "F1 F4",
            "Claims with small integers as bignums, well signed",
            Style::Bignums,
        ),
        payload(
            "floats",
            "F4",
            "Claims with integers as floats, well signed",
            Style::Floats,
        ),
        payload(
            "keys-twice",
            "F2",
            "Claims with every entry twice, well signed",
            Style::KeysTwice,
        ),
        put(
            "nested-key-twice",
            "F2",
            "A key twice in a map inside a claim that may be skipped",
            Value::Map(vec![(1.into(), 1.into()), (1.into(), 2.into())]),
        )
        .refused("malformed"),
        put(
            "depth-8",
            "F3",
            "Eight levels, the deepest that may be",
            nested(6),
        ),
        put("depth-9", "F3", "Nine levels", nested(7)).refused("malformed"),
        put(
            "null",
            "F4",
            "Null in a claim that may be skipped",
            Value::Null,
        )
        .refused("malformed"),
        put(
            "tag",
            "F4",
            "A tag in a claim that may be skipped",
            Value::Tag(1, Box::new(1.into())),
        )
        .refused("malformed"),
        put(
            "float",
            "F4",
            "A float in a claim that may be skipped",
            Value::Float(0.5),
        )
        .refused("malformed"),
        bad_text.refused("malformed"),
    ]
}

fn limits() -> Vec<Vector> {
    let over = |kind: &str, limit: usize, start: &[u8]| {
        let path = format!("formats/too-large-{}", kind.replace('_', "-"));
        let title = format!("One byte more than the {limit} that may be");
        Vector::of(&path, "F5", kind, &title, Input::Binary(start.to_vec()))
            .padded(limit + 1)
            .refused("too_large")
    };
    vec![
        over("activation_request", MAX_TOKEN, &[0xd8, 0x60]),
        over("license", MAX_LICENSE, &[0xd2]),
        over("vendor_profile", MAX_PROFILE, &[0xd2]),
        over("any", MAX_PASTE, b"-----BEGIN"),
    ]
}

fn claims() -> Vec<Vector> {
    let own = |name: &str, rules: &str, title: &str, change: &dyn Fn(&mut Value)| {
        license(
            &format!("formats/{name}"),
            rules,
            title,
            signed_license().with_own(change),
        )
    };
    let grant = |name: &str, rules: &str, title: &str, change: &dyn Fn(&mut Value)| {
        let parts = signed_response().with_own(|own| change(get(own, 13)));
        response(&format!("formats/{name}"), rules, title, parts)
    };
    let cnf = signed_request().with_claims(|claims| set(get(claims, 8), 2, bstr([1; 8])));
    let cose_key =
        signed_request().with_claims(|claims| set(get(get(claims, 8), 1), 2, bstr([1; 8])));
    let put = |key: i64, value: Value| move |map: &mut Value| set(map, key, value.clone());
    vec![
        own(
            "version-2",
            "F12",
            "A later format version",
            &put(1, 2.into()),
        )
        .refused("newer_format"),
        own(
            "version-0",
            "F12",
            "A format version that never was",
            &put(1, 0.into()),
        )
        .refused("malformed"),
        own("no-version", "F12", "No format version", &|own| {
            set(own, 1, None);
        })
        .refused("malformed"),
        own(
            "unknown-positive-claim",
            "F13",
            "A claim that a reader must know",
            &put(99, 1.into()),
        )
        .refused("newer_format"),
        own(
            "unknown-negative-claim",
            "F13",
            "A claim that a reader may skip",
            &put(-99, map([(1, array([1.into()]))])),
        ),
        grant(
            "unknown-positive-in-grant",
            "F13",
            "A field of a grant that a reader must know",
            &put(99, 1.into()),
        )
        .refused("newer_format"),
        grant(
            "unknown-negative-in-grant",
            "F13",
            "A field of a grant that a reader may skip",
            &put(-99, 1.into()),
        ),
        request(
            "formats/unknown-in-cnf",
            "F13",
            "A second member in cnf",
            cnf,
        )
        .refused("malformed"),
        request(
            "formats/unknown-in-cose-key",
            "F13",
            "A kid in the key of cnf",
            cose_key,
        )
        .refused("malformed"),
        own(
            "empty-list",
            "F14",
            "No features, said by an empty list",
            &put(5, array([])),
        )
        .refused("malformed"),
        own(
            "false",
            "F14",
            "Not perpetual, said by false",
            &put(4, false.into()),
        )
        .refused("malformed"),
        own(
            "zero-grace",
            "F14",
            "No grace, said by zero",
            &put(8, 0.into()),
        )
        .refused("malformed"),
        grant(
            "false-in-grant",
            "F14",
            "Not a trial, said by false",
            &put(13, false.into()),
        )
        .refused("malformed"),
        license(
            "formats/end-beyond-9999",
            "formats.md",
            "The end is after the year 9999",
            signed_license().with_claims(|claims| set(claims, 4, Value::from(253_402_300_800_u64))),
        )
        .refused("malformed"),
    ]
}

fn texts() -> Vec<Vector> {
    let text = |name: &str, title: &str, text: &str| {
        let path = format!("formats/text-{name}");
        let input = Input::Bytes(text.as_bytes().to_vec());
        Vector::of(&path, "F15", "label", title, input).refused("text_refused")
    };
    let signed: Sign1 = signed_request().with_own(|own| set(own, 9, Value::from("CAD\u{202e}7")));
    vec![
        Vector::of(
            "formats/text-plain",
            "F15",
            "label",
            "Letters of several scripts",
            Input::Text("工作站 7, Zürich".into()),
        )
        .found("label", "工作站 7, Zürich"),
        text("empty", "Nothing", ""),
        text("blank", "A space only", " "),
        text(
            "decomposed",
            "A letter and its accent apart: not NFC",
            "e\u{301}tage",
        ),
        text("line-feed", "Two lines", "a\nb"),
        text("override", "A direction override", "a\u{202e}b"),
        text("isolate", "A direction isolate", "\u{2067}a"),
        text("zero-width", "A zero-width space", "a\u{200b}b"),
        text("too-long", "41 letters", &"x".repeat(41)),
        request(
            "formats/text-in-claims",
            "F15",
            "A label with a direction override, well signed",
            signed,
        )
        .refused("text_refused"),
    ]
}
