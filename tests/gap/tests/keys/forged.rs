//! Profiles that somebody else puts beside an answer.

use std::{fs, path::PathBuf};

use data_encoding::BASE64;
use keyferry_authority::{RealMedium, Rotation};
use keyferry_catalogue::Code;
use keyferry_client::{Applied, Confirmation};
use keyferry_fixtures::{SigningPair, TestVendor, rng};
use keyferry_gap::{Computer, Time, VendorSide, cad, folder, runs, wait};
use keyferry_token::{
    ActivationRequest, ActivationResponse, ArtefactKind, KeyPurpose, KeyState, ProfileKey,
    SealedToken, TokenKind, VendorProfile, armor, seal_for_device, sign_profile,
};

use crate::{latest, trusted};

/// A profile that follows on the vendor's newest, with a signing key of the forger's in it.
fn following(acme: &VendorSide, signer: &SigningPair) -> VendorProfile {
    let mut profile = wait(acme.authority.profile()).unwrap();
    profile.number += 1;
    let key = ProfileKey::new(KeyPurpose::Signing, KeyState::Active, signer.spki()).unwrap();
    profile.keys.push(key);
    profile
}

/// What a thief of the profile key's file has.
fn stolen_profile_key(acme: &VendorSide) -> SigningPair {
    let keys = fs::read_dir(acme.folder().join("keys")).unwrap();
    let mut paths = keys.map(|entry| entry.unwrap().path());
    let of_profile = |path: &PathBuf| path.to_string_lossy().contains("/profile-");
    let pem = fs::read_to_string(paths.find(of_profile).unwrap()).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    SigningPair::from_pkcs8(&BASE64.decode(body.as_bytes()).unwrap())
}

/// A profile in the vendor's name that stands for itself: its own profile key signed it.
fn stranger(acme: &VendorSide, number: u64) -> Vec<u8> {
    let pair = SigningPair::make();
    let mut profile = following(acme, &pair);
    profile.number = number;
    let key = ProfileKey::new(KeyPurpose::Profile, KeyState::Active, pair.spki()).unwrap();
    profile
        .keys
        .retain(|key| key.purpose() == KeyPurpose::Exchange);
    profile.keys.push(key);
    sign_profile(&profile, &pair).unwrap()
}

/// An answer that the impostor signs.
fn answer(acme: &VendorSide, request: &[u8], signer: &SigningPair, time: &Time) -> Vec<u8> {
    let opened = SealedToken::parse(request).unwrap();
    let opened = opened.open(&acme.exchange_secret()).unwrap();
    let vendor = acme.authority.vendor();
    let told = opened
        .verify_from_device::<ActivationRequest>(&vendor)
        .unwrap();
    let answer = ActivationResponse {
        issued_at: time.now(),
        vendor,
        product: cad(),
        recipient: told.signing_key.device_id(),
        answers: told.id(),
        grant: TestVendor::grant(&told, time.now()),
    };
    seal_for_device(&answer, signer, &told.exchange_key, &mut rng())
        .unwrap()
        .bytes
}

/// Brings a forged answer, and beside it the profile that is to make it believed.
fn brings(computer: &Computer, answer: &[u8], profile: &[u8]) -> Code {
    let response = ArtefactKind::Token(TokenKind::ActivationResponse);
    let text = [(response, answer), (ArtefactKind::Profile, profile)]
        .map(|(kind, bytes)| armor(kind, bytes))
        .join("\n");
    let before = (trusted(computer), computer.snapshot());
    let done = computer.client().apply(text.as_bytes());
    assert!(!runs(computer.state()));
    assert_eq!((trusted(computer), computer.snapshot()), before);
    match &done[0] {
        Err(fault) => fault.code(),
        Ok(taken) => panic!("it was taken: {taken:?}"),
    }
}

#[test]
fn profiles_beside_an_answer_are_followed_only_where_the_vendors_key_signed_them() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&acme.sell(1).code).unwrap();
    let (profile_pair, signing_pair) = (SigningPair::make(), SigningPair::make());
    let mut profile = following(&acme, &signing_pair);
    // It stands for itself: its own profile key signed it.
    let spki = profile_pair.spki();
    let key = ProfileKey::new(KeyPurpose::Profile, KeyState::Active, spki).unwrap();
    profile.keys.push(key);
    let forged = sign_profile(&profile, &profile_pair).unwrap();
    let answer = answer(&acme, &request.bytes, &signing_pair, &time);
    assert_eq!(brings(&computer, &answer, &forged), Code::UntrustedKey);
}

#[test]
fn a_stolen_profile_key_leads_nobody_on_who_knows_that_it_was_replaced() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    let thief = stolen_profile_key(&acme);
    acme.rotate(Rotation::Profile);
    let client = computer.client();
    let newest = client.read_profile(&acme.profile()).unwrap();
    client.trust(&newest, Confirmation::Nothing).unwrap();
    let request = computer.request(&acme.sell(1).code).unwrap();
    let signing_pair = SigningPair::make();
    let forged = sign_profile(&following(&acme, &signing_pair), &thief).unwrap();
    let answer = answer(&acme, &request.bytes, &signing_pair, &time);
    assert_eq!(brings(&computer, &answer, &forged), Code::UntrustedKey);
}

#[test]
fn an_answer_that_fails_brings_no_profile_in() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let (one, other) = (
        Computer::of(&acme, "cad-01", &time),
        Computer::of(&acme, "cad-02", &time),
    );
    one.request(&sold.code).unwrap();
    let request = other.request(&sold.code).unwrap();
    acme.rotate(Rotation::Signing);
    let before = (trusted(&one), one.snapshot());
    let done = one
        .client()
        .apply(&acme.answer_with_profiles(&request.bytes));
    assert!(matches!(&done[0], Err(fault) if fault.code() == Code::AnswerForOtherDevice));
    // Told of, for a person to decide; nothing is changed by it.
    assert!(matches!(&done[1], Ok(Applied::VendorFound(_))), "{done:?}");
    assert_eq!((trusted(&one), one.snapshot()), before);
}

#[test]
fn a_forged_profile_beside_an_answer_does_not_stand_in_the_way_of_the_vendors_own() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&sold.code).unwrap();
    acme.rotate(Rotation::Profile);
    acme.rotate(Rotation::Signing);
    let own = acme.answer_with_profiles(&request.bytes);
    let forged = [u64::MAX, latest(&acme), latest(&acme) - 1]
        .map(|number| armor(ArtefactKind::Profile, &stranger(&acme, number)))
        .join("\n");
    let own = String::from_utf8(own).unwrap();
    let done = computer
        .client()
        .apply(format!("{forged}\n{own}\n{forged}").as_bytes());
    assert!(
        done.iter()
            .any(|one| matches!(one, Ok(Applied::Activated(_)))),
        "{done:?}"
    );
    assert_eq!(trusted(&computer), latest(&acme));
    assert!(runs(computer.state()));
}

#[test]
fn a_forged_profile_on_a_courier_does_not_stand_in_the_way_of_the_vendors_own() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.request(&sold.code).unwrap();
    let stick = folder();
    computer.client().courier_collect(stick.path()).unwrap();
    acme.rotate(Rotation::Signing);
    wait(acme.authority.answer_courier(&RealMedium, stick.path())).unwrap();
    let forged = armor(ArtefactKind::Profile, &stranger(&acme, u64::MAX));
    fs::write(stick.path().join("from-a-friend.kft"), forged).unwrap();
    let delivered = computer.client().courier_deliver(stick.path()).unwrap();
    assert!(delivered[0].result.is_ok(), "{delivered:?}");
    assert_eq!(trusted(&computer), latest(&acme));
}
