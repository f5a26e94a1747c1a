//! Public keys in DER and as points.
#![no_main]

use keyferry_token::{DevicePublicKey, ExchangePublicKey, VendorPublicKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Ok(key) = VendorPublicKey::from_spki(input) {
        assert_eq!(key.spki(), input);
        assert!(!key.verifies(b"message", &[1; 512]));
    }
    if let Ok(key) = ExchangePublicKey::from_spki(input) {
        assert_eq!(key.spki(), input);
    }
    if let Ok(key) = ExchangePublicKey::from_sec1(input) {
        assert_eq!(ExchangePublicKey::from_spki(&key.spki()), Ok(key));
    }
    if let Ok(key) = DevicePublicKey::from_sec1(input) {
        assert_eq!(DevicePublicKey::from_sec1(&key.to_sec1()), Ok(key));
    }
});
