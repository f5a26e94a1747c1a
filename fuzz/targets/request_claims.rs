//! A request's claims, signed and sealed as they are.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::{Cast, Signer, opened_request, signed};
use keyferry_token::ActivationRequest;
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|payload: &[u8]| {
    // `typ` 65001.
    let content = signed(&CAST, Signer::Device, &[0x19, 0xfd, 0xe9], payload);
    let Ok(opened) = opened_request(&CAST, &content) else {
        return;
    };
    if let Ok(request) = opened.verify_from_device::<ActivationRequest>(CAST.keys.vendor()) {
        assert_eq!(request.key(), None);
        assert!(request.label.as_str().chars().count() <= 40);
    }
});
