//! A token without its envelope, as a client keeps it.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::Cast;
use keyferry_token::{ActivationResponse, SignedToken};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|input: &[u8]| {
    let Ok(token) = SignedToken::parse(input) else {
        return;
    };
    assert_eq!(token.bytes(), input);
    // Nothing here was signed with the key that is trusted.
    assert!(
        token
            .verify_from_vendor::<ActivationResponse>(&CAST.keys, &CAST.device_id())
            .is_err()
    );
});
