//! The text of a QR code, and the symbol for a short one.
#![no_main]

use keyferry_token::{
    Artefact,
    qr::{Correction, Symbol},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for front in ["", "KEYFERRY:", "HTTPS://A#"] {
        let carried = format!("{front}{text}");
        for artefact in Artefact::read(carried.as_bytes())
            .into_iter()
            .flatten()
            .flatten()
        {
            let again = keyferry_token::qr::text(artefact.bytes(), None);
            let mut again = Artefact::read(again.as_bytes()).expect("our own text");
            assert_eq!(
                again.remove(0).expect("our own token").bytes(),
                artefact.bytes()
            );
        }
    }
    // Drawing takes time that grows with the text.
    if text.len() < 16
        && let Some(symbol) = Symbol::draw(text, Correction::Paper)
    {
        assert_eq!(symbol.rows().count(), symbol.side());
        assert!(symbol.svg_path().starts_with('M'));
    }
});
