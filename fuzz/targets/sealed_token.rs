//! A token's envelope, and what opens it.
#![no_main]

use std::sync::LazyLock;

use keyferry_token::{ContentKey, ExchangeSecretKey, SealedToken};
use libfuzzer_sys::fuzz_target;

static KEY: LazyLock<ExchangeSecretKey> =
    LazyLock::new(|| ExchangeSecretKey::from_bytes(&[1; 32]).expect("a scalar"));

fuzz_target!(|input: &[u8]| {
    let Ok(token) = SealedToken::parse(input) else {
        return;
    };
    assert_eq!(token.bytes(), input);
    assert!(token.open(&KEY).is_err());
    assert!(
        token
            .open_with_content_key(&ContentKey::new([9; 32]))
            .is_err()
    );
});
