//! A profile's form and, because it brings its own keys, its claims.
#![no_main]

use keyferry_token::SignedProfile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(signed) = SignedProfile::parse(input) else {
        return;
    };
    assert_eq!(signed.bytes(), input);
    if let Ok(profile) = signed.verify_whole() {
        assert!(
            profile
                .fingerprint()
                .matches(&profile.fingerprint().to_string())
        );
        // A retired key makes a profile whole, but signs no newer one.
        if let Ok(successor) = signed.verify_successor(&profile) {
            assert_eq!(successor, profile);
        }
    }
});
