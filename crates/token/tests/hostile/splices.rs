//! Parts of one good artefact in another.

use keyferry_fixtures::forge::{Sign1, Value, cbor, read};
use keyferry_token::{TokenKind, sign_license};

use crate::scene::{Door, license, scene};

/// The leaves of a sealed token, apart.
fn parts_of(token: &[u8]) -> Vec<Value> {
    let Value::Tag(96, inside) = read(token) else {
        panic!("no COSE_Encrypt")
    };
    let mut fields = inside.into_array().unwrap();
    let recipients = fields.pop().unwrap().into_array().unwrap();
    let recipient = recipients.into_iter().next().unwrap();
    let mut recipient = recipient.into_array().unwrap();
    let nothing = recipient.pop().unwrap();
    let mut header = recipient.pop().unwrap().into_map().unwrap();
    let (ephemeral, kid) = (header.pop().unwrap().1, header.pop().unwrap().1);
    fields.extend([recipient.pop().unwrap(), kid, ephemeral, nothing]);
    fields
}

fn token_of(parts: &[Value]) -> Vec<u8> {
    let [protected, open, ciphertext, head, kid, ephemeral, nothing] = parts else {
        panic!("seven parts")
    };
    let header = Value::Map(vec![
        (4.into(), kid.clone()),
        ((-1).into(), ephemeral.clone()),
    ]);
    let recipient = Value::Array(vec![head.clone(), header, nothing.clone()]);
    let fields = vec![
        protected.clone(),
        open.clone(),
        ciphertext.clone(),
        Value::Array(vec![recipient]),
    ];
    cbor(&Value::Tag(96, Box::new(Value::Array(fields))))
}

/// Every mixture of the parts of two artefacts, but for the two themselves, is refused.
fn mix(door: Door, a: &[Value], b: &[Value], build: impl Fn(&[Value]) -> Vec<u8>) {
    let mut mixtures = 0;
    for choice in 0_u32..1 << a.len() {
        let parts: Vec<Value> = (0..a.len())
            .map(|at| [a, b][(choice >> at & 1) as usize][at].clone())
            .collect();
        if parts != a && parts != b {
            door.refuses(&build(&parts), &format!("mixture {choice:b}"));
            mixtures += 1;
        }
    }
    assert!(mixtures > 0);
}

#[test]
fn no_mixture_of_two_requests_is_a_request() {
    let vendor = scene().vendor;
    let mut device = keyferry_fixtures::TestDevice::new("cad-07");
    let code = vendor.code();
    let (one, two) = (
        device.request_to(vendor, &code),
        device.request_to(vendor, &code),
    );
    mix(
        Door::REQUEST,
        &parts_of(&one.bytes),
        &parts_of(&two.bytes),
        token_of,
    );
    let stranger = keyferry_fixtures::TestDevice::new("b").request_to(vendor, &vendor.code());
    mix(
        Door::REQUEST,
        &parts_of(&one.bytes),
        &parts_of(&stranger.bytes),
        token_of,
    );
}

#[test]
fn no_mixture_of_two_kinds_opens_at_either_door() {
    let tokens = TokenKind::ALL.map(|kind| (kind, parts_of(&scene().token(kind).bytes)));
    for (one, parts) in &tokens {
        for (other, other_parts) in &tokens {
            if one != other {
                mix(Door::Token(*one), parts, other_parts, token_of);
            }
        }
    }
}

#[test]
fn no_mixture_of_signed_parts_of_two_kinds_is_either() {
    for one in Door::SIGNED {
        for other in Door::SIGNED {
            let parts = |door: Door| door.signed_parts().fields().into_array().unwrap();
            if one != other {
                let build = |parts: &[Value]| one.wrapped(&sign1_of(parts));
                mix(one, &parts(one), &parts(other), build);
            }
        }
    }
}

fn sign1_of(parts: &[Value]) -> Vec<u8> {
    cbor(&Value::Tag(18, Box::new(Value::Array(parts.to_vec()))))
}

fn sign1_parts(bytes: &[u8]) -> Vec<Value> {
    Sign1::of(bytes).fields().into_array().unwrap()
}

#[test]
fn no_mixture_of_two_licenses_is_a_license() {
    let mut better = license();
    better
        .features
        .push(keyferry_token::Feature::new("everything").unwrap());
    let better = sign_license(&better, &scene().vendor.signing_pair).unwrap();
    let parts = sign1_parts(&scene().license);
    mix(Door::License, &parts, &sign1_parts(&better), sign1_of);
}

#[test]
fn no_head_of_one_artefact_goes_with_the_tail_of_another() {
    let scene = scene();
    let vendor = scene.vendor;
    let second = keyferry_fixtures::TestDevice::new("cad-07").request_to(vendor, &vendor.code());
    let mut other = license();
    other.sequence.0 += 1;
    let other = sign_license(&other, &vendor.signing_pair).unwrap();
    let mut pairs: Vec<(Door, &[u8], &[u8])> = vec![
        (Door::REQUEST, scene.request(), &second.bytes),
        (Door::License, &scene.license, &other),
    ];
    for one in Door::ALL {
        pairs.extend(Door::ALL.map(|other| (one, one.key(), other.key())));
    }
    for (door, a, b) in pairs {
        for at in 1..a.len().min(b.len()) {
            let bytes = [&a[..at], &b[at..]].concat();
            if bytes != *a && bytes != *b {
                door.refuses(&bytes, &format!("cut at {at}"));
            }
        }
    }
}
