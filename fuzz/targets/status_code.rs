//! What support is told on the phone.
#![no_main]

use keyferry_token::StatusCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(code) = StatusCode::read(text) else {
        return;
    };
    let again = StatusCode::read(&code.to_string()).expect("our own spelling");
    assert_eq!(again, code);
    assert!(
        code.ends_in()
            .is_none_or(|days| (-511..=511).contains(&days))
    );
    assert!(code.reason().is_none_or(|reason| reason < 1_024));
    assert!(code.changed().is_sorted());
});
