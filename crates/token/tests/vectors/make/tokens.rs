//! Claims of tokens: T5 to T9.

use keyferry_fixtures::{
    forge::{Value, bstr, es256, get, map, set},
    published::{Seeded, device_signing_key},
};
use keyferry_token::DeviceSigningKey;
use p256::elliptic_curve::sec1::ToSec1Point as _;

use super::{Input, Vector, request, response, signed_request, signed_response, to_vendor};

pub(crate) fn vectors() -> Vec<Vector> {
    [requests(), responses(), grants()].concat()
}

fn requests() -> Vec<Vector> {
    let own = |name: &str, rules: &str, title: &str, key: i64, value: Option<Value>| {
        let parts = signed_request().with_own(|own| set(own, key, value));
        request(&format!("tokens/{name}"), rules, title, parts)
    };
    let point = p256::PublicKey::from_sec1_bytes(&device_signing_key().public().to_sec1()).unwrap();
    let y = point.to_sec1_point(false).as_bytes()[33..].to_vec();
    let full = signed_request().with_claims(|claims| set(get(get(claims, 8), 1), -3, bstr(y)));
    let stranger = DeviceSigningKey::make(&mut Seeded::new("stranger"));
    let forged = signed_request().signed(es256(&stranger));
    let path = "tokens/request-of-another-key";
    let bytes = to_vendor(path, &forged.bytes()).bytes();
    let title = "Signed by another key than the one in cnf";
    let forged = Vector::of(
        path,
        "T7",
        "activation_request",
        title,
        Input::Binary(bytes),
    );
    vec![
        request(
            "tokens/request",
            "T5 T6 T7",
            "A request as it should be",
            signed_request(),
        ),
        request(
            "tokens/request-full-point",
            "T7",
            "The device's key in cnf, uncompressed",
            full,
        ),
        own(
            "request-for-other-key",
            "T5",
            "The claims name another exchange key than the envelope: sealed anew",
            4,
            Some(bstr([7; 8])),
        )
        .refused("answer_for_other_device"),
        own(
            "request-for-other-vendor",
            "T6",
            "The claims name another vendor",
            2,
            Some(bstr([7; 16])),
        )
        .refused("token_for_other_vendor"),
        own(
            "request-without-code",
            "tokens.md",
            "No activation code",
            6,
            None,
        )
        .refused("malformed"),
        own(
            "request-long-exchange-key",
            "tokens.md",
            "An exchange key of 34 bytes",
            7,
            Some(bstr([2; 34])),
        )
        .refused("malformed"),
        forged.refused("signature_mismatch"),
    ]
}

fn responses() -> Vec<Vector> {
    let own = |name: &str, rules: &str, title: &str, key: i64, value: Option<Value>| {
        let parts = signed_response().with_own(|own| set(own, key, value));
        response(&format!("tokens/{name}"), rules, title, parts)
    };
    vec![
        response(
            "tokens/response",
            "T5 T6 T9",
            "A response as it should be",
            signed_response(),
        ),
        own(
            "response-for-other-device",
            "T5",
            "The claims name another device: sealed anew",
            4,
            Some(bstr([7; 16])),
        )
        .refused("answer_for_other_device"),
        own(
            "response-for-other-vendor",
            "T6",
            "The claims name another vendor than the one whose key signed",
            2,
            Some(bstr([7; 16])),
        )
        .refused("token_for_other_vendor"),
        own("response-without-grant", "tokens.md", "No grant", 13, None).refused("malformed"),
        own(
            "response-answers-nothing",
            "tokens.md",
            "No request is named",
            12,
            None,
        )
        .refused("malformed"),
    ]
}

fn grants() -> Vec<Vector> {
    let grant = |name: &str, rules: &str, title: &str, change: &dyn Fn(&mut Value)| {
        let parts = signed_response().with_own(|own| change(get(own, 13)));
        response(&format!("tokens/grant-{name}"), rules, title, parts)
    };
    let status = |number: u64, lease: bool| {
        move |grant: &mut Value| {
            set(grant, 3, Value::from(number));
            if !lease {
                set(grant, 4, None);
            }
        }
    };
    let everything = |grant: &mut Value| {
        let end = 1_800_000_000_u64;
        let allowance = [
            (1, 259_200.into()),
            (2, 2.into()),
            (3, end.into()),
            (4, true.into()),
        ];
        set(grant, 12, map(allowance));
        set(grant, 13, Value::from(true));
        set(grant, 14, Value::from(end));
    };
    let allowance = |entries: Value| move |grant: &mut Value| set(grant, 12, entries.clone());
    vec![
        grant(
            "with-everything",
            "T9",
            "A grant with an emergency allowance, a trial and an end of maintenance",
            &everything,
        ),
        grant(
            "suspended",
            "T9",
            "A suspended grant has no lease",
            &status(2, false),
        ),
        grant(
            "revoked",
            "T9",
            "A revoked grant has no lease",
            &status(3, false),
        ),
        grant(
            "active-without-lease",
            "T9",
            "An active grant without a lease",
            &status(1, false),
        )
        .refused("malformed"),
        grant(
            "suspended-with-lease",
            "T9",
            "A suspended grant with a lease",
            &status(2, true),
        )
        .refused("malformed"),
        grant(
            "unknown-status",
            "tokens.md",
            "A status that is none of the three",
            &status(4, false),
        )
        .refused("malformed"),
        grant(
            "tolerance-101",
            "tokens.md",
            "A tolerance of more than all",
            &|grant| set(grant, 11, Value::from(101)),
        )
        .refused("malformed"),
        grant(
            "allowance-without-length",
            "tokens.md",
            "An emergency allowance without the length of a run",
            &allowance(map([(2, 1.into()), (3, 1.into())])),
        )
        .refused("malformed"),
    ]
}
