//! USB ids.
#![no_main]

use keyferry_token::UsbId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(id) = text.parse::<UsbId>() {
        let written = id.to_string();
        let again: UsbId = written.parse().expect("our own spelling");
        assert_eq!(again.to_string(), written);
        assert_eq!(again, id);
    }
});
