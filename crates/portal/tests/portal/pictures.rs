//! Photographs of QR codes, as a phone without scripts hands them in.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use keyferry_fixtures::TestDevice;
use keyferry_portal::{MAX_BODY, MAX_PICTURES};
use keyferry_token::{
    TokenKind,
    qr::{self, Correction, Density, Frame, Symbol},
};

use crate::stage::{Stage, text};

/// As a camera sees a code on a screen: a grey ground around it, soft contrast and noise.
fn photograph(symbol: &Symbol) -> Vec<u8> {
    const SCALE: usize = 6;
    let side = symbol.side() + 8;
    let width = u32::try_from(side * SCALE + 240).unwrap();
    let mut noise = 1_u32;
    let rows: Vec<&[bool]> = symbol.rows().collect();
    let image = GrayImage::from_fn(width, width, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = noise.to_be_bytes()[0] % 24;
        let module = |at: u32| (at as usize).checked_sub(120).map(|at| at / SCALE);
        let ground = match (module(x), module(y)) {
            (Some(x), Some(y)) if x < side && y < side => {
                let row = y.checked_sub(4).and_then(|y| rows.get(y));
                let dark = row.zip(x.checked_sub(4)).and_then(|(row, x)| row.get(x));
                if dark == Some(&true) { 40 } else { 200 }
            }
            _ => 110,
        };
        Luma([ground + grain])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

#[test]
fn a_photograph_of_a_request_gets_its_answer() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = stage.request(&mut device, &sold.code);
    let code = qr::text(&request.bytes, Some("https://license.acme.example"));
    let picture = photograph(&Symbol::draw(&code, Correction::Screen).unwrap());
    let browser = stage.browser();
    for path in ["/a/picture", "/a"] {
        let page = browser.bring(path, &[], &[("IMG_1.jpg", &picture)]);
        assert_eq!(page.status, 200, "{}", page.text);
        assert_eq!(page.heading(), "The answer for press-04 is ready");
    }
    // A phone's photograph is larger than other forms may be.
    let mut large = picture;
    large.resize(3 * MAX_BODY, 0);
    let page = browser.bring("/a/picture", &[], &[("IMG_2.jpg", &large)]);
    assert_eq!(page.heading(), "The answer for press-04 is ready");
    large.resize(MAX_PICTURES + 1, 0);
    let page = browser.bring("/a/picture", &[], &[("IMG_3.jpg", &large)]);
    assert_eq!(page.status, 413);
    assert!(page.text.contains("8 MB"), "{}", page.text);
}

#[test]
fn photographs_of_a_moving_codes_parts_are_one_message() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = stage.request(&mut device, &sold.code);
    let parts: Vec<_> = Frame::all(&request.bytes, Density::Low)
        .iter()
        .map(|frame| photograph(&frame.draw().unwrap()))
        .collect();
    let browser = stage.browser();
    let some = browser.bring("/a/picture", &[], &[("1.jpg", &parts[1])]);
    assert_eq!(some.status, 422);
    assert!(some.text.contains("Reference KF-423"), "{}", some.text);
    let files: Vec<(&str, &[u8])> = parts
        .iter()
        .rev()
        .map(|part| ("part.jpg", &part[..]))
        .collect();
    let page = browser.bring("/a/picture", &[], &files);
    assert_eq!(page.heading(), "The answer for press-04 is ready");
}

#[test]
fn a_picture_without_a_code_is_told_at_its_field_and_beside_others_in_its_row() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = stage.request(&mut device, &sold.code);
    let request = text(TokenKind::ActivationRequest, &request);
    let mut grey = Cursor::new(Vec::new());
    let image = GrayImage::from_pixel(300, 300, Luma([120]));
    image.write_to(&mut grey, ImageFormat::Png).unwrap();
    let grey = grey.into_inner();

    let browser = stage.browser();
    let page = browser.bring("/a/picture", &[], &[("grey.png", &grey)]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Reference KF-418"));
    let field = page.between("id=\"pictures\"", ">");
    assert!(field.contains("aria-invalid=\"true\""), "{field}");
    assert!(!page.between("id=\"text\"", ">").contains("aria-invalid"));

    let files = [("grey.png", &grey[..]), ("press.kft", request.as_bytes())];
    let both = browser.bring("/a", &[], &files);
    assert_eq!(both.status, 200);
    assert!(
        both.text
            .contains("There is no QR code to be read in this picture.")
    );
    assert!(both.text.contains("<b>1</b> done"));
}

/// A chunk of a PNG (ISO/IEC 15948 §5.3).
fn chunk(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let checked = [&kind, content].concat();
    let crc = checked.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    });
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &checked, &(!crc).to_be_bytes()].concat()
}

#[test]
fn a_picture_that_says_that_it_unpacks_to_too_much_is_not_unpacked() {
    let stage = Stage::new();
    let side = 10_000_u32.to_be_bytes();
    let head = chunk(*b"IHDR", &[&side[..], &side, &[8, 0, 0, 0, 0]].concat());
    let bomb = [b"\x89PNG\r\n\x1a\n", &head[..], &chunk(*b"IDAT", &[0; 64])].concat();
    let page = stage
        .browser()
        .bring("/a/picture", &[], &[("bomb.png", &bomb)]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Reference KF-424"), "{}", page.text);
}
