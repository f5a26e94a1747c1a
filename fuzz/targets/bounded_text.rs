//! Text for people, product codes, ids, and the words of a vendor's fingerprint.
#![no_main]

use keyferry_token::{
    ActivationId, DeviceId, Label, LicenseId, Name, ProductCode, TokenId, VendorFingerprint,
    VendorId,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(label) = Label::new(text) {
        assert_eq!(label.as_str(), text);
        assert_eq!(Name::new(text).expect("shorter than a name").as_str(), text);
    }
    if let Ok(label) = Label::tidied(text) {
        assert_eq!(Label::tidied(label.as_str()), Ok(label));
    }
    if let Ok(code) = ProductCode::new(text) {
        assert_eq!(code.as_str(), text);
    }
    if let Ok(id) = text.parse::<VendorId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(id) = text.parse::<DeviceId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(id) = text.parse::<ActivationId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(id) = text.parse::<LicenseId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(id) = text.parse::<TokenId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    VendorFingerprint::of(&VendorId::new([0; 16]), &[]).matches(text);
});
