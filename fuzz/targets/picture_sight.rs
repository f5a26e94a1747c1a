//! What a camera sees. The first byte says how large a pixel is drawn, the second how many there are in a
//! row; then come the pixels in grey, so that one changed byte is one changed module of a code.
#![no_main]

use std::iter::repeat_n;

use keyferry_picture::{MAX_SIGHT, qr_text_in_sight};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [large, wide, pixels @ ..] = bytes else {
        return;
    };
    let (large, wide) = (usize::from(large % 4) + 1, usize::from(*wide).max(1));
    let rows = pixels.chunks_exact(wide);
    let (width, height) = (wide * large, rows.len() * large);
    let grey: Vec<u8> = rows
        .flat_map(|row| repeat_n(row, large))
        .flat_map(|row| row.iter().flat_map(|pixel| repeat_n(*pixel, large)))
        .collect();
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return;
    };
    let looked_at = (1..=MAX_SIGHT).contains(&width) && (1..=MAX_SIGHT).contains(&height);
    let text = qr_text_in_sight(width, height, grey);
    // The longest that a QR code holds is 7,089 digits.
    assert!(text.is_none_or(|text| looked_at && text.chars().count() <= 7_089));
});
