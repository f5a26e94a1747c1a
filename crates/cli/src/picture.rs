//! A QR symbol as a PNG.

use keyferry_token::qr::Symbol;
use png::{BitDepth, ColorType, Encoder};

/// Pixels to a module's side: sharp on a screen, and large enough to be printed.
const SCALE: usize = 8;
/// Light modules around the symbol, without which readers do not find it (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

/// Draws a symbol in black on white, one bit to a pixel.
///
/// # Errors
/// When the encoder fails, which memory alone gives it no reason to.
pub(crate) fn png(symbol: &Symbol) -> std::io::Result<Vec<u8>> {
    let side = (symbol.side() + 2 * QUIET) * SCALE;
    let pixels = u32::try_from(side).map_err(std::io::Error::other)?;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels, pixels);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    encoder
        .write_header()?
        .write_image_data(&image(symbol, side))?;
    Ok(file)
}

/// Rows of pixels, each filled up to whole bytes; a set bit is white.
fn image(symbol: &Symbol, side: usize) -> Vec<u8> {
    let stride = side.div_ceil(8);
    let mut pixels = vec![0xff; stride * side];
    for (y, row) in symbol.rows().enumerate() {
        for x in (0..row.len()).filter(|&x| row[x]) {
            let (left, top) = ((x + QUIET) * SCALE, (y + QUIET) * SCALE);
            for at in (top..top + SCALE).flat_map(|y| (left..left + SCALE).map(move |x| (x, y))) {
                pixels[at.1 * stride + at.0 / 8] &= !(0x80 >> (at.0 % 8));
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use keyferry_token::qr::{Correction, Symbol};

    use super::{QUIET, SCALE, png};

    #[test]
    fn a_picture_has_eight_pixels_to_a_module_and_a_quiet_zone_of_four() {
        let symbol = Symbol::draw("KEYFERRY:MFRGG", Correction::Screen).unwrap();
        let file = png(&symbol).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        assert_eq!(reader.info().bit_depth, png::BitDepth::One);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let side = (symbol.side() + 2 * QUIET) * SCALE;
        assert_eq!(
            [frame.width, frame.height],
            [u32::try_from(side).unwrap(); 2]
        );
        let light =
            |x: usize, y: usize| pixels[y * frame.line_size + x / 8] & (0x80 >> (x % 8)) != 0;
        let edge = QUIET * SCALE;
        assert!(light(edge - 1, edge) && light(edge, edge - 1));
        // The finder pattern: seven dark modules in a row, then a light one.
        assert!(!light(edge, edge) && !light(edge + 7 * SCALE - 1, edge));
        assert!(light(edge + 7 * SCALE, edge));
    }
}
