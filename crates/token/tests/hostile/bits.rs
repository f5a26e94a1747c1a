//! Every bit flipped, every length cut, every byte added.

use keyferry_token::{Artefact, TokenKind, armor};

use crate::scene::Door;

fn every_bit_of(door: Door) {
    let good = door.key();
    let mut bytes = good.to_vec();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            door.refuses(&bytes, &format!("bit {bit} of byte {at} flipped"));
            bytes[at] ^= 1 << bit;
        }
    }
    assert!(door.take(&bytes).is_ok());
}

#[test]
fn every_flipped_bit_of_a_request_is_refused() {
    every_bit_of(Door::REQUEST);
}

#[test]
fn every_flipped_bit_of_a_response_is_refused() {
    every_bit_of(Door::RESPONSE);
}

#[test]
fn every_flipped_bit_of_a_refresh_is_refused() {
    every_bit_of(Door::Token(TokenKind::Refresh));
}

#[test]
fn every_flipped_bit_of_a_deactivation_is_refused() {
    every_bit_of(Door::Token(TokenKind::Deactivation));
}

#[test]
fn every_flipped_bit_of_a_time_request_is_refused() {
    every_bit_of(Door::Token(TokenKind::TimeRequest));
}

#[test]
fn every_flipped_bit_of_a_time_is_refused() {
    every_bit_of(Door::Token(TokenKind::Time));
}

#[test]
fn every_flipped_bit_of_a_refusal_is_refused() {
    every_bit_of(Door::Token(TokenKind::Refusal));
}

#[test]
fn every_flipped_bit_of_a_status_is_refused() {
    every_bit_of(Door::Token(TokenKind::Status));
}

#[test]
fn every_flipped_bit_of_a_kept_response_is_refused() {
    every_bit_of(Door::KEPT_RESPONSE);
}

#[test]
fn every_flipped_bit_of_a_kept_refresh_is_refused() {
    every_bit_of(Door::Kept(TokenKind::Refresh));
}

#[test]
fn every_flipped_bit_of_a_license_is_refused() {
    every_bit_of(Door::License);
}

#[test]
fn every_flipped_bit_of_a_profile_is_refused() {
    every_bit_of(Door::Profile);
}

#[test]
fn every_shorter_and_every_longer_form_is_refused() {
    for door in Door::ALL {
        let good = door.key();
        for length in 0..good.len() {
            door.refuses(&good[..length], &format!("cut to {length} bytes"));
        }
        for extra in 0..=u8::MAX {
            door.refuses(&[good, &[extra]].concat(), "a byte behind it");
        }
        door.refuses(&[good, good].concat(), "twice");
    }
}

#[test]
fn every_flipped_bit_of_the_text_form_is_refused_or_changes_nothing() {
    for door in [
        Door::REQUEST,
        Door::Token(TokenKind::Refusal),
        Door::License,
    ] {
        let good = door.key();
        let kind = Artefact::read(good).unwrap()[0].as_ref().unwrap().kind();
        let mut text = armor(kind, good).into_bytes();
        for at in 0..text.len() {
            for bit in 0..8 {
                text[at] ^= 1 << bit;
                if let Ok(found) = Artefact::read(&text) {
                    for artefact in found.into_iter().flatten() {
                        assert_eq!(artefact.bytes(), good, "bit {bit} of character {at}");
                    }
                }
                text[at] ^= 1 << bit;
            }
        }
    }
}
