//! A license's form.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::Cast;
use keyferry_token::SignedLicense;
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|input: &[u8]| {
    let Ok(license) = SignedLicense::parse(input) else {
        return;
    };
    assert_eq!(license.bytes(), input);
    // Nothing here was signed with the key that is trusted.
    assert!(license.verify(&CAST.keys).is_err());
});
