//! A request and its answer between a device and a vendor, and what must not pass.

use keyferry_fixtures::{NOW, TestDevice, TestVendor};
use keyferry_token::{
    ActivationResponse, Artefact, ArtefactKind, OpenFault, SealedToken, SignedProfile, TokenKind,
    VerifyFault, armor,
};

#[test]
fn a_request_is_opened_by_its_vendor_and_its_answer_by_its_device() {
    let vendor = TestVendor::acme();
    let mut device = TestDevice::new("cad-07");
    let code = vendor.code();
    let request = device.request_to(vendor, &code);

    let opened = vendor.open(&request.bytes);
    assert_eq!(opened.id(), request.id);
    assert_eq!(opened.secret, code.secret());
    assert_eq!(opened.signing_key.device_id(), device.id());

    let response = vendor.respond(&request.bytes, NOW);
    let token = SealedToken::parse(&response.bytes).unwrap();
    assert_eq!(token.kind(), TokenKind::ActivationResponse);
    let opened = token.open(&device.exchange).unwrap();
    let verified = opened
        .signed()
        .verify_from_vendor::<ActivationResponse>(&vendor.keys(), &device.id())
        .unwrap();
    assert_eq!(verified.answers, request.id);
    assert_eq!(verified.grant.features.len(), 2);
}

#[test]
fn the_maker_opens_a_token_again_with_its_content_key() {
    let vendor = TestVendor::acme();
    let request = TestDevice::new("a").request_to(vendor, &vendor.code());
    let token = SealedToken::parse(&request.bytes).unwrap();
    let opened = token.open_with_content_key(&request.content_key).unwrap();
    assert_eq!(opened.signed().bytes(), request.signed);
}

#[test]
fn another_vendor_and_another_device_cannot_open_a_token() {
    let (acme, other) = (TestVendor::acme(), TestVendor::other());
    let mut device = TestDevice::new("a");
    let request = device.request_to(acme, &acme.code());
    let token = SealedToken::parse(&request.bytes).unwrap();
    assert!(matches!(
        token.open(&other.exchange),
        Err(OpenFault::OtherRecipient { .. })
    ));

    let response = SealedToken::parse(&acme.respond(&request.bytes, NOW).bytes).unwrap();
    let stranger = TestDevice::new("b");
    assert!(matches!(
        response.open(&stranger.exchange),
        Err(OpenFault::OtherRecipient { .. })
    ));
    let opened = response.open(&device.exchange).unwrap();
    assert_eq!(
        opened
            .signed()
            .verify_from_vendor::<ActivationResponse>(&acme.keys(), &stranger.id())
            .unwrap_err(),
        VerifyFault::OtherRecipient
    );
    assert!(matches!(
        opened
            .signed()
            .verify_from_vendor::<ActivationResponse>(&other.keys(), &device.id()),
        Err(VerifyFault::UntrustedKey { .. })
    ));
}

#[test]
fn a_profile_is_read_back_from_its_armor() {
    let vendor = TestVendor::acme();
    let text = armor(ArtefactKind::Profile, &vendor.signed_profile());
    let mut found = Artefact::read(text.as_bytes()).unwrap();
    let Ok(Artefact::Profile(profile)) = found.remove(0) else {
        panic!("not a profile")
    };
    assert_eq!(
        profile.verify_whole().unwrap().into_claims(),
        vendor.profile
    );

    let stranger = SignedProfile::parse(&TestVendor::other().signed_profile()).unwrap();
    assert!(stranger.verify_successor(&vendor.profile).is_err());
}
