//! Good signed content under a wrong address.

use keyferry_catalogue::Code;
use keyferry_fixtures::{
    NOW, TestDevice, TestVendor,
    forge::{Envelope, bstr, set, typ},
    rng,
};
use keyferry_token::{
    ActivationRequest, ActivationResponse, ExchangeSecretKey, SealedToken, SignedLicense,
    VendorKeys, VerifyFault, seal_for_device,
};

use crate::scene::{Door, one_time_key, scene};

#[test]
fn a_request_sealed_anew_to_another_vendor_is_refused_there() {
    // A courier who could open a request must not be able to pass it on as meant for himself.
    let other = TestVendor::other();
    let bytes = Envelope::new(
        typ::REQUEST,
        &scene().signed_request,
        &other.exchange.public(),
        &one_time_key(),
    )
    .bytes();
    let opened = SealedToken::parse(&bytes)
        .unwrap()
        .open(&other.exchange)
        .unwrap();
    assert_eq!(
        opened
            .verify_from_device::<ActivationRequest>(&other.id())
            .unwrap_err(),
        VerifyFault::OtherVendor
    );
}

#[test]
fn a_request_sealed_anew_to_another_key_of_the_same_vendor_is_refused() {
    let vendor = scene().vendor;
    let second = ExchangeSecretKey::make(&mut rng());
    let bytes = Envelope::new(
        typ::REQUEST,
        &scene().signed_request,
        &second.public(),
        &one_time_key(),
    )
    .bytes();
    let opened = SealedToken::parse(&bytes).unwrap().open(&second).unwrap();
    assert_eq!(
        opened
            .verify_from_device::<ActivationRequest>(&vendor.id())
            .unwrap_err(),
        VerifyFault::OtherRecipient
    );
}

#[test]
fn a_response_sealed_anew_to_another_device_is_refused_there() {
    let vendor = scene().vendor;
    let other = TestDevice::new("b");
    let bytes = Envelope::new(
        typ::RESPONSE,
        &scene().signed_response,
        &other.exchange.public(),
        &one_time_key(),
    )
    .bytes();
    let opened = SealedToken::parse(&bytes)
        .unwrap()
        .open(&other.exchange)
        .unwrap();
    let verified = opened
        .signed()
        .verify_from_vendor::<ActivationResponse>(&vendor.keys(), &other.id());
    assert_eq!(verified.unwrap_err(), VerifyFault::OtherRecipient);
}

#[test]
fn a_vendor_cannot_answer_in_another_vendors_name() {
    // The stranger's keys are trusted for the stranger's own name only.
    let (scene, stranger) = (scene(), TestVendor::other());
    let request = scene.vendor.open(&scene.request);
    let response = ActivationResponse {
        issued_at: NOW,
        vendor: scene.vendor.id(),
        product: request.product.clone(),
        recipient: scene.device.id(),
        answers: request.id(),
        grant: TestVendor::grant(&request, NOW),
    };
    let sealed = seal_for_device(
        &response,
        &stranger.signing_pair,
        &request.exchange_key,
        &mut rng(),
    )
    .unwrap();
    let opened = SealedToken::parse(&sealed.bytes)
        .unwrap()
        .open(&scene.device.exchange)
        .unwrap();
    let verified = opened
        .signed()
        .verify_from_vendor::<ActivationResponse>(&stranger.keys(), &scene.device.id());
    assert_eq!(verified.unwrap_err(), VerifyFault::OtherVendor);

    let license = SignedLicense::parse(&scene.license).unwrap();
    let keys = VendorKeys::new(stranger.id(), vec![scene.vendor.signing_pair.public()]);
    assert_eq!(license.verify(&keys).unwrap_err(), VerifyFault::OtherVendor);
}

#[test]
fn the_kid_on_the_envelope_is_compared() {
    let scene = scene();
    let mut envelope = Envelope::new(
        typ::REQUEST,
        &scene.signed_request,
        &scene.vendor.exchange.public(),
        &one_time_key(),
    );
    set(&mut envelope.recipient_unprotected, 4, bstr([7; 8]));
    let code = Door::Request.refuses(&envelope.bytes(), "another kid");
    assert_eq!(code, Code::CannotBeOpened);
}

#[test]
fn a_newer_profile_is_chained_to_the_trusted_one() {
    use keyferry_token::{SignedProfile, sign_profile};
    let (vendor, stranger) = (scene().vendor, TestVendor::other());
    let mut taken_over = stranger.profile.clone();
    taken_over.vendor = vendor.id();
    let bytes = sign_profile(&taken_over, &stranger.profile_pair).unwrap();
    let profile = SignedProfile::parse(&bytes).unwrap();
    assert!(matches!(
        profile.verify_successor(&vendor.profile),
        Err(VerifyFault::UntrustedKey { .. })
    ));

    let bytes = sign_profile(&stranger.profile, &vendor.profile_pair).unwrap();
    let profile = SignedProfile::parse(&bytes).unwrap();
    assert_eq!(
        profile.verify_successor(&vendor.profile).unwrap_err(),
        VerifyFault::OtherVendor
    );
    // It does not even list the key that signed it.
    assert!(matches!(
        profile.verify_whole(),
        Err(VerifyFault::UntrustedKey { .. })
    ));
}

#[test]
fn a_retired_profile_key_signs_no_newer_profile() {
    use keyferry_token::{KeyPurpose, KeyState, ProfileKey, SignedProfile, sign_profile};
    let vendor = scene().vendor;
    let newer = sign_profile(&vendor.profile, &vendor.profile_pair).unwrap();
    let newer = SignedProfile::parse(&newer).unwrap();
    let follows_one_with_the_key = |state| {
        let mut trusted = vendor.profile.clone();
        let spki = vendor.profile_pair.spki();
        trusted.keys = vec![ProfileKey::new(KeyPurpose::Profile, state, spki).unwrap()];
        newer.verify_successor(&trusted).is_ok()
    };
    assert!(follows_one_with_the_key(KeyState::Active));
    assert!(!follows_one_with_the_key(KeyState::Retired));
    assert!(!follows_one_with_the_key(KeyState::Revoked));
}

#[test]
fn a_revoked_key_signs_nothing_any_more() {
    use keyferry_token::{KeyPurpose, KeyState, ProfileKey, SignedProfile, sign_profile};
    let vendor = scene().vendor;
    let with_state = |state| {
        let mut profile = vendor.profile.clone();
        profile.keys = vec![
            ProfileKey::new(KeyPurpose::Profile, state, vendor.profile_pair.spki()).unwrap(),
            ProfileKey::new(KeyPurpose::Signing, state, vendor.signing_pair.spki()).unwrap(),
        ];
        profile
    };
    let license = SignedLicense::parse(&scene().license).unwrap();
    let verify = |state| {
        let profile = with_state(state);
        let signed = sign_profile(&profile, &vendor.profile_pair).unwrap();
        let whole = SignedProfile::parse(&signed).unwrap().verify_whole();
        (
            whole.is_ok(),
            license.verify(&profile.signing_keys()).is_ok(),
        )
    };
    assert_eq!(verify(KeyState::Active), (true, true));
    assert_eq!(verify(KeyState::Retired), (true, true));
    assert_eq!(verify(KeyState::Revoked), (false, false));
}
