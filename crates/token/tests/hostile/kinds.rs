//! Every kind at every door: only its own opens.

use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{Envelope, Value, set, typ};
use keyferry_token::{
    ActivationRequest, ActivationResponse, Artefact, ArtefactKind, ExchangePublicKey, ParseFault,
    SealedToken, TokenKind, VerifyFault, armor,
};

use crate::scene::{Door, one_time_key, scene};

#[test]
fn only_its_own_door_opens_to_an_artefact() {
    let scene = scene();
    let artefacts: [(&str, &[u8], &[Door]); 6] = [
        ("request", &scene.request, &[Door::Request]),
        ("response", &scene.response, &[Door::Response]),
        ("signed request", &scene.signed_request, &[]),
        (
            "signed response",
            &scene.signed_response,
            &[Door::KeptResponse],
        ),
        ("license", &scene.license, &[Door::License]),
        ("profile", &scene.profile, &[Door::Profile, Door::Successor]),
    ];
    for (name, bytes, doors) in artefacts {
        for door in Door::ALL {
            assert_eq!(
                door.take(bytes).is_ok(),
                doors.contains(&door),
                "{name} at {door:?}"
            );
        }
    }
}

#[test]
fn a_signed_artefact_at_a_door_for_another_is_named() {
    let scene = scene();
    for (door, bytes) in [
        (Door::License, &scene.profile),
        (Door::License, &scene.signed_response),
        (Door::License, &scene.signed_request),
        (Door::Profile, &scene.license),
        (Door::Successor, &scene.signed_response),
        (Door::KeptResponse, &scene.license),
        (Door::KeptResponse, &scene.profile),
        (Door::KeptResponse, &scene.signed_request),
    ] {
        assert_eq!(
            door.refuses(bytes, "another kind"),
            Code::WrongKind,
            "{door:?}"
        );
    }
}

#[test]
fn a_request_opened_is_no_response_and_a_response_no_request() {
    let scene = scene();
    let vendor = scene.vendor;
    let request = SealedToken::parse(&scene.request).unwrap();
    let request = request.open(&vendor.exchange).unwrap();
    assert_eq!(
        request
            .signed()
            .verify_from_vendor::<ActivationResponse>(&vendor.keys(), &scene.device.id())
            .unwrap_err()
            .code(),
        Code::WrongKind
    );
    let response = SealedToken::parse(&scene.response).unwrap();
    let response = response.open(&scene.device.exchange).unwrap();
    let wrong = ParseFault::Kind {
        found: "activation_response",
        wanted: "activation_request",
    };
    assert_eq!(
        response
            .verify_from_device::<ActivationRequest>(&vendor.id())
            .unwrap_err(),
        VerifyFault::Content(wrong)
    );
}

#[test]
fn the_envelopes_kind_is_that_of_what_is_inside() {
    let scene = scene();
    let to_vendor = scene.vendor.exchange.public();
    let to_device = scene.device.exchange.public();
    let sealed = |typ, signed: &[u8], to: &ExchangePublicKey| {
        Envelope::new(typ, signed, to, &one_time_key()).bytes()
    };
    for (door, bytes) in [
        (
            Door::Request,
            sealed(typ::RESPONSE, &scene.signed_request, &to_vendor),
        ),
        (
            Door::Request,
            sealed(typ::REQUEST, &scene.signed_response, &to_vendor),
        ),
        (
            Door::Request,
            sealed(typ::REQUEST, &scene.license, &to_vendor),
        ),
        (
            Door::Response,
            sealed(typ::REQUEST, &scene.signed_response, &to_device),
        ),
        (
            Door::Response,
            sealed(typ::RESPONSE, &scene.signed_request, &to_device),
        ),
        (
            Door::Response,
            sealed(typ::RESPONSE, &scene.profile, &to_device),
        ),
    ] {
        assert_eq!(
            door.refuses(&bytes, "two kinds"),
            Code::WrongKind,
            "{door:?}"
        );
    }
    for (what, content) in [("a token", &scene.request), ("nothing", &vec![])] {
        let bytes = sealed(typ::REQUEST, content, &to_vendor);
        let code = Door::Request.refuses(&bytes, what);
        assert_eq!(code, Code::Malformed, "{what} inside");
    }
}

#[test]
fn the_vendors_signature_counts_in_its_own_namespace_only() {
    // The vendor's key signs licenses and responses: one re-labelled as the other never passes, not
    // even if the vendor were made to sign the foreign claims.
    let relabelled = |from: Door, to: Door, typ: Value, resigned: bool| {
        let mut parts = from
            .signed_parts()
            .with_header(|header| set(header, 16, typ));
        if resigned {
            parts = parts.signed(|message| to.sign(message));
        }
        to.refuses(&to.wrapped(&parts.bytes()), "another kind's claims")
    };
    let license = || Value::from("application/keyferry-license");
    let profile = || Value::from("application/keyferry-profile");
    for (from, to, typ) in [
        (Door::KeptResponse, Door::License, license()),
        (Door::Profile, Door::License, license()),
        (Door::License, Door::KeptResponse, typ::RESPONSE.into()),
        (Door::Profile, Door::Response, typ::RESPONSE.into()),
        (Door::License, Door::Successor, profile()),
        (Door::KeptResponse, Door::Successor, profile()),
    ] {
        let code = relabelled(from, to, typ.clone(), false);
        assert!(
            matches!(code, Code::SignatureMismatch | Code::UntrustedKey),
            "{from:?} as {to:?}: {code:?}"
        );
        let code = relabelled(from, to, typ, true);
        assert!(
            matches!(
                code,
                Code::Malformed | Code::NewerFormat | Code::UntrustedKey
            ),
            "{from:?} as {to:?}: {code:?}"
        );
    }
}

#[test]
fn a_kind_that_version_1_reserves_asks_for_a_newer_program() {
    for door in Door::ALL {
        for (typ, code) in [
            (Value::from(65_003), Code::NewerFormat),
            (Value::from(65_099), Code::NewerFormat),
            (Value::from(65_000), Code::Malformed),
            (Value::from(65_100), Code::Malformed),
            (Value::from(0), Code::Malformed),
            (Value::from(-65_001), Code::Malformed),
            (Value::from("application/cwt"), Code::Malformed),
            (Value::from("65001"), Code::Malformed),
            (Value::Bytes(vec![0xfd, 0xe9]), Code::Malformed),
        ] {
            let bytes =
                door.forged(|parts| parts.with_header(|header| set(header, 16, typ.clone())));
            assert_eq!(door.refuses(&bytes, "another typ"), code, "{typ:?}");
        }
        let bytes = door.forged(|parts| parts.with_header(|header| set(header, 16, None)));
        assert_eq!(door.refuses(&bytes, "no typ"), Code::Malformed);
    }
}

#[test]
fn an_armor_label_that_is_not_that_of_the_content_is_refused() {
    let scene = scene();
    let artefacts = [
        (
            ArtefactKind::Token(TokenKind::ActivationRequest),
            &scene.request,
        ),
        (
            ArtefactKind::Token(TokenKind::ActivationResponse),
            &scene.response,
        ),
        (ArtefactKind::License, &scene.license),
        (ArtefactKind::Profile, &scene.profile),
    ];
    for (kind, bytes) in &artefacts {
        for (label, _) in &artefacts {
            let text = armor(*label, bytes);
            let found = Artefact::read(text.as_bytes()).unwrap().remove(0);
            match found {
                Ok(artefact) => {
                    assert_eq!(kind, label);
                    assert_eq!(artefact.kind(), *kind);
                    assert_eq!(artefact.bytes(), *bytes);
                }
                Err(fault) => {
                    assert_ne!(kind, label);
                    // A sealed token under a signed artefact's label is not even the right CBOR tag.
                    let codes = [Code::WrongKind, Code::Malformed];
                    assert!(codes.contains(&fault.code()), "{kind:?} as {label:?}");
                }
            }
        }
    }
}
