//! The one door for untrusted bytes: binary, armor, QR text, several at once.
#![no_main]

use keyferry_token::Artefact;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    for artefact in Artefact::read(input).into_iter().flatten().flatten() {
        let text = artefact.armored();
        let mut again = Artefact::read(text.as_bytes()).expect("our own text");
        let again = again.remove(0).expect("our own armor");
        assert_eq!(again.bytes(), artefact.bytes());
        assert_eq!(again.kind(), artefact.kind());
    }
});
