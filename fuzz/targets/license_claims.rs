//! A license's claims, signed as they are: what is read is written back to the same license.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::{Cast, Signer, is_readable, signed};
use keyferry_token::{SignedLicense, sign_license};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|payload: &[u8]| {
    if !is_readable(payload) {
        return;
    }
    let typ = [&[0x78, 28], &b"application/keyferry-license"[..]].concat();
    let bytes = signed(&CAST, Signer::Vendor, &typ, payload);
    let Ok(signed) = SignedLicense::parse(&bytes) else {
        return;
    };
    if let Ok(license) = signed.verify(&CAST.keys) {
        let again = sign_license(&license, &*CAST).expect("it was short enough before");
        let again = SignedLicense::parse(&again).expect("our own license");
        assert_eq!(
            *again.verify(&CAST.keys).expect("our own signature"),
            *license
        );
    }
});
