//! A response's claims and its grant, signed as they are.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::{Cast, is_readable, signed_token};
use keyferry_token::{ActivationResponse, SeatStatus, SignedToken, TokenKind};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|payload: &[u8]| {
    if !is_readable(payload) {
        return;
    }
    let bytes = signed_token(&CAST, TokenKind::ActivationResponse, payload);
    let Ok(token) = SignedToken::parse(&bytes) else {
        return;
    };
    if let Ok(response) =
        token.verify_from_vendor::<ActivationResponse>(&CAST.keys, &CAST.device_id())
    {
        let grant = &response.grant;
        assert!(grant.tolerance <= 100 && grant.features.len() <= 64);
        let active = grant.status == SeatStatus::Active;
        assert_eq!(active, grant.lease_expires_at.is_some());
    }
});
