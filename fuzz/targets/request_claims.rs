//! A request's claims, signed and sealed as they are.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::{Cast, opened, signed_token};
use keyferry_token::{ActivationRequest, TokenKind};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|payload: &[u8]| {
    let kind = TokenKind::ActivationRequest;
    let content = signed_token(&CAST, kind, payload);
    let Ok(opened) = opened(&CAST, kind, &content) else {
        return;
    };
    if let Ok(request) = opened.verify_from_device::<ActivationRequest>(CAST.keys.vendor()) {
        assert_eq!(request.key(), None);
        assert!(request.label.as_str().chars().count() <= 40);
        assert!(request.emergency_runs.is_sorted() && request.emergency_runs.len() <= 16);
    }
});
