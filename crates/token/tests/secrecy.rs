//! What must not show in debug output: an activation code is in every request's signed content.

use keyferry_fixtures::{TestDevice, TestVendor};
use keyferry_token::{ActivationRequest, SealedToken, SignedToken};

#[test]
fn no_debug_output_of_a_request_has_its_activation_code_in_it() {
    let vendor = TestVendor::acme();
    let code = vendor.code();
    let sealed = TestDevice::new("cad-07").request_to(vendor, &code);
    let token = SealedToken::parse(&sealed.bytes).unwrap();
    let opened = token.open(&vendor.exchange).unwrap();
    let signed = SignedToken::parse(&sealed.signed).unwrap();
    let verified = opened
        .verify_from_device::<ActivationRequest>(&vendor.id())
        .unwrap();

    let secret = code.secret();
    let shown = format!("{:?}", &secret.expose()[..]);
    let numbers = shown.trim_matches(['[', ']']);
    for debug in [
        format!("{sealed:?}"),
        format!("{token:?}"),
        format!("{opened:?}"),
        format!("{signed:?}"),
        format!("{verified:?}"),
    ] {
        assert!(!debug.contains(numbers), "{debug}");
    }
}
