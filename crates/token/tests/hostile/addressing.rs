//! Good signed content under a wrong address.

use keyferry_catalogue::Code;
use keyferry_fixtures::{
    NOW, TestDevice, TestVendor,
    forge::{Envelope, REQUEST_TYP, bstr, set, typ},
    rng,
};
use keyferry_token::{
    ActivationRequest, ActivationResponse, Deactivation, DeviceId, ExchangeSecretKey, OpenedToken,
    Refresh, SealedToken, SignedLicense, StatusReport, TimeAnswer, TimeRequest, TokenKind,
    VendorId, VendorKeys, VendorRefusal, Verified, VerifyFault, seal_for_device,
};

use crate::scene::{Door, one_time_key, scene};

/// The content of a token in a new envelope, opened by the one it was sealed to.
fn sealed_anew(kind: TokenKind, to: &ExchangeSecretKey) -> OpenedToken {
    let content = &scene().token(kind).signed;
    let envelope = Envelope::new(typ(kind), content, &to.public(), &one_time_key());
    let token = SealedToken::parse(&envelope.bytes()).unwrap();
    token.open(to).unwrap()
}

/// What another vendor's authority answers to a token of a device.
fn at_vendor(kind: TokenKind, opened: &OpenedToken, vendor: &VendorId) -> VerifyFault {
    match kind {
        TokenKind::ActivationRequest => {
            refused(opened.verify_from_device::<ActivationRequest>(vendor))
        }
        TokenKind::Deactivation => refused(opened.verify_from_device::<Deactivation>(vendor)),
        TokenKind::TimeRequest => refused(opened.verify_from_device::<TimeRequest>(vendor)),
        _ => refused(opened.verify_from_device::<StatusReport>(vendor)),
    }
}

/// What another device answers to a token of its vendor.
fn at_device(kind: TokenKind, opened: &OpenedToken, device: &DeviceId) -> VerifyFault {
    let (signed, keys) = (opened.signed(), scene().vendor.keys());
    match kind {
        TokenKind::ActivationResponse => {
            refused(signed.verify_from_vendor::<ActivationResponse>(&keys, device))
        }
        TokenKind::Refresh => refused(signed.verify_from_vendor::<Refresh>(&keys, device)),
        TokenKind::Time => refused(signed.verify_from_vendor::<TimeAnswer>(&keys, device)),
        _ => refused(signed.verify_from_vendor::<VendorRefusal>(&keys, device)),
    }
}

fn refused<T: core::fmt::Debug>(verified: Result<Verified<T>, VerifyFault>) -> VerifyFault {
    verified.unwrap_err()
}

#[test]
fn a_devices_token_sealed_anew_to_another_vendor_is_refused_there() {
    // A courier who could open a token must not be able to pass it on as meant for himself.
    let other = TestVendor::other();
    for kind in TokenKind::ALL.into_iter().filter(|kind| kind.from_device()) {
        let opened = sealed_anew(kind, &other.exchange);
        let fault = at_vendor(kind, &opened, &other.id());
        assert_eq!(fault, VerifyFault::OtherVendor, "{kind:?}");
    }
}

#[test]
fn a_devices_token_sealed_anew_to_another_key_of_the_same_vendor_is_refused() {
    let second = ExchangeSecretKey::make(&mut rng());
    for kind in TokenKind::ALL.into_iter().filter(|kind| kind.from_device()) {
        let opened = sealed_anew(kind, &second);
        let fault = at_vendor(kind, &opened, &scene().vendor.id());
        assert_eq!(fault, VerifyFault::OtherRecipient, "{kind:?}");
    }
}

#[test]
fn a_vendors_token_sealed_anew_to_another_device_is_refused_there() {
    let other = TestDevice::new("b");
    for kind in TokenKind::ALL
        .into_iter()
        .filter(|kind| !kind.from_device())
    {
        let opened = sealed_anew(kind, &other.exchange);
        let fault = at_device(kind, &opened, &other.id());
        assert_eq!(fault, VerifyFault::OtherRecipient, "{kind:?}");
    }
}

#[test]
fn a_vendor_cannot_answer_in_another_vendors_name() {
    // The stranger's keys are trusted for the stranger's own name only.
    let (scene, stranger) = (scene(), TestVendor::other());
    let request = scene.vendor.open(scene.request());
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
        REQUEST_TYP,
        scene.signed_request(),
        &scene.vendor.exchange.public(),
        &one_time_key(),
    );
    set(&mut envelope.recipient_unprotected, 4, bstr([7; 8]));
    let code = Door::REQUEST.refuses(&envelope.bytes(), "another kid");
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
