//! A profile's claims, signed by a trusted key as they are: what is read is written back to the same.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::{Cast, Signer, is_readable, signed};
use keyferry_token::{
    KeyPurpose, KeyState, Name, ProfileKey, SignedProfile, Timestamp, VendorProfile, sign_profile,
};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

/// What the client trusts already.
static TRUSTED: LazyLock<VendorProfile> = LazyLock::new(|| {
    let key = ProfileKey::new(KeyPurpose::Profile, KeyState::Active, CAST.weak.spki());
    VendorProfile {
        vendor: *CAST.keys.vendor(),
        name: Name::new("Trusted").expect("a name"),
        support: None,
        number: 1,
        issued_at: Timestamp::from_unix(1),
        keys: vec![key.expect("a key of 4,096 bits")],
        portal: None,
        products: vec![],
        colour: None,
        logo: None,
    }
});

fuzz_target!(|payload: &[u8]| {
    if !is_readable(payload) {
        return;
    }
    let typ = [&[0x78, 28], &b"application/keyferry-profile"[..]].concat();
    let bytes = signed(&CAST, Signer::Vendor, &typ, payload);
    let Ok(signed) = SignedProfile::parse(&bytes) else {
        return;
    };
    if let Ok(profile) = signed.verify_successor(&TRUSTED) {
        let again = sign_profile(&profile, &*CAST).expect("it was short enough before");
        let again = SignedProfile::parse(&again).expect("our own profile");
        let again = again.verify_successor(&TRUSTED).expect("our own signature");
        assert_eq!(*again, *profile);
    }
});
