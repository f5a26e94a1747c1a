//! Every kind at every door: only its own opens.

use keyferry_catalogue::Code;
use keyferry_fixtures::forge::{Value, set, typ};
use keyferry_token::{
    Artefact, ArtefactKind, ParseFault, SealedToken, TokenKind, VerifyFault, armor,
};

use crate::scene::{Door, scene, sealed_as, verify_from_device, verify_from_vendor};

#[test]
fn only_its_own_door_opens_to_an_artefact() {
    let scene = scene();
    let mut artefacts: Vec<(String, &[u8], Vec<Door>)> = vec![
        ("license".into(), &scene.license, vec![Door::License]),
        (
            "profile".into(),
            &scene.profile,
            vec![Door::Profile, Door::Successor],
        ),
    ];
    for kind in TokenKind::ALL {
        let token = scene.token(kind);
        let kept = (!kind.from_device()).then_some(Door::Kept(kind));
        let signed = format!("signed {}", kind.name());
        artefacts.push((kind.name().into(), &token.bytes, vec![Door::Token(kind)]));
        artefacts.push((signed, &token.signed, kept.into_iter().collect()));
    }
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
    let signed = |kind| &scene.token(kind).signed[..];
    let mut artefacts: Vec<(&[u8], Option<TokenKind>)> =
        vec![(&scene.license, None), (&scene.profile, None)];
    artefacts.extend(TokenKind::ALL.map(|kind| (signed(kind), Some(kind))));
    for (bytes, kind) in artefacts {
        for door in Door::ALL {
            let own = match door {
                Door::Token(_) => continue,
                Door::Kept(of) => kind == Some(of),
                Door::License => bytes == scene.license,
                Door::Profile | Door::Successor => bytes == scene.profile,
            };
            if !own {
                let code = door.refuses(bytes, "another kind");
                assert_eq!(code, Code::WrongKind, "{kind:?} at {door:?}");
            }
        }
    }
}

#[test]
fn a_token_opened_is_of_its_own_kind_and_of_no_other() {
    let scene = scene();
    for kind in TokenKind::ALL {
        let token = SealedToken::parse(&scene.token(kind).bytes).unwrap();
        let key = if kind.from_device() {
            &scene.vendor.exchange
        } else {
            &scene.device.exchange
        };
        let opened = token.open(key).unwrap();
        for wanted in TokenKind::ALL {
            let verified = if wanted.from_device() {
                verify_from_device(wanted, &opened)
            } else {
                verify_from_vendor(wanted, opened.signed())
            };
            let (found, wanted_name) = (kind.name(), wanted.name());
            let expected = if kind == wanted {
                Ok(scene.token(kind).id)
            } else {
                Err(VerifyFault::Content(ParseFault::Kind {
                    found,
                    wanted: wanted_name,
                }))
            };
            assert_eq!(verified, expected, "{found} as {wanted_name}");
        }
    }
}

#[test]
fn the_envelopes_kind_is_that_of_what_is_inside() {
    let scene = scene();
    for outside in TokenKind::ALL {
        for inside in TokenKind::ALL {
            let content = &scene.token(inside).signed;
            for reader in [outside, inside] {
                let bytes = sealed_as(outside, content, reader);
                let door = Door::Token(reader);
                if outside == inside {
                    assert!(door.take(&bytes).is_ok(), "{outside:?}");
                } else {
                    let code = door.refuses(&bytes, "two kinds");
                    assert_eq!(code, Code::WrongKind, "{inside:?} in {outside:?}");
                }
            }
        }
        for (content, code) in [
            (&scene.license[..], Code::WrongKind),
            (&scene.profile, Code::WrongKind),
            (scene.request(), Code::Malformed),
            (b"", Code::Malformed),
        ] {
            let bytes = sealed_as(outside, content, outside);
            let found = Door::Token(outside).refuses(&bytes, "no signed token");
            assert_eq!(found, code, "in {outside:?}");
        }
    }
}

/// What a kind's `typ` says.
fn typ_of(door: Door) -> Value {
    match door {
        Door::Token(kind) | Door::Kept(kind) => typ(kind).into(),
        Door::License => "application/keyferry-license".into(),
        Door::Profile | Door::Successor => "application/keyferry-profile".into(),
    }
}

#[test]
fn a_signature_counts_in_its_own_namespace_only() {
    // The vendor's key signs licenses and four kinds of token, the device's four: one re-labelled as
    // the other never passes, not even if its maker were made to sign the foreign claims.
    for from in Door::SIGNED {
        for to in Door::SIGNED {
            let same_key = |device: Door| matches!(device, Door::Token(_));
            if from == to || same_key(from) != same_key(to) {
                continue;
            }
            let relabelled = from
                .signed_parts()
                .with_header(|header| set(header, 16, typ_of(to)));
            let resigned = relabelled.clone().signed(|message| to.sign(message));
            let code = to.refuses(&to.wrapped(&relabelled.bytes()), "re-labelled");
            let of_the_content = matches!(code, Code::Malformed | Code::NewerFormat);
            let of_the_signature = matches!(code, Code::SignatureMismatch | Code::UntrustedKey);
            // A device's claims are read for its key before its signature can be checked, and so
            // are a profile's.
            let reads_first = matches!(to, Door::Token(_) | Door::Profile);
            assert!(
                of_the_signature || (reads_first && of_the_content),
                "{from:?} as {to:?}: {code:?}"
            );
            let code = to.refuses(&to.wrapped(&resigned.bytes()), "another kind's claims");
            let kinds = [Code::Malformed, Code::NewerFormat, Code::UntrustedKey];
            assert!(kinds.contains(&code), "{from:?} as {to:?}: {code:?}");
        }
    }
}

#[test]
fn a_kind_that_version_1_reserves_asks_for_a_newer_program() {
    for door in Door::ALL {
        for (typ, code) in [
            (Value::from(65_009), Code::NewerFormat),
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
    let tokens = TokenKind::ALL.map(|kind| {
        let token = scene.token(kind);
        (ArtefactKind::Token(kind), &token.bytes)
    });
    let mut artefacts = tokens.to_vec();
    artefacts.extend([
        (ArtefactKind::License, &scene.license),
        (ArtefactKind::Profile, &scene.profile),
    ]);
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
