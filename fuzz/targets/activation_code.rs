//! Codes that people type.
#![no_main]

use keyferry_token::{ActivationCode, CodeTag, HolderSecret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(code) = ActivationCode::read(text) {
        let again = ActivationCode::read(&code.expose()).expect("our own spelling");
        assert!(again == code && again.secret() == code.secret());
    }
    if let Ok(secret) = HolderSecret::read(text) {
        let again = HolderSecret::read(&secret.expose()).expect("our own spelling");
        assert_eq!(again.expose(), secret.expose());
    }
    if let Ok(tag) = text.parse::<CodeTag>() {
        assert_eq!(tag.to_string().parse(), Ok(tag));
    }
});
