//! Text armor, whatever mail and people made of it.
#![no_main]

use keyferry_token::{Armored, armor};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for found in Armored::find_all(text).into_iter().flatten() {
        assert!(found.bytes.len() <= found.kind.limit());
        let again = Armored::find_all(&armor(found.kind, &found.bytes));
        assert_eq!(again, [Ok(found)]);
    }
});
