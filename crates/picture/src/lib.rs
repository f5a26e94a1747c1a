//! A picture of a QR code: found by its first bytes, read within bounds. Customers send photographs
//! to the vendor as well as the other way round, so both sides read them.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use image::{GrayImage, ImageFormat, ImageReader, Limits};
use keyferry_catalogue::{Code, Problem};
use rxing::BarcodeFormat;

/// Most pixels on a side: more than any camera's.
const MAX_SIDE: u32 = 12_000;
/// Most memory that decoding may take, in bytes.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// Why a picture gives nothing to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// No QR code was found, or the picture itself cannot be shown.
    #[error("no QR code was found in the picture")]
    WithoutQr,
}

impl PictureFault {
    /// The catalogue code: `picture_without_qr`.
    pub fn code(&self) -> Code {
        match self {
            Self::WithoutQr => Code::PictureWithoutQr,
        }
    }

    /// The code as a problem.
    pub fn problem(&self) -> Problem {
        Problem::new(self.code())
    }
}

impl From<PictureFault> for Problem {
    fn from(fault: PictureFault) -> Self {
        fault.problem()
    }
}

/// The text of the QR code in a picture; `None` when the bytes are no picture (PNG or JPEG).
///
/// # Errors
/// `picture_without_qr`.
pub fn qr_text(bytes: &[u8]) -> Option<Result<String, PictureFault>> {
    Picture::of(bytes).map(|picture| picture.qr_text(MAX_MEMORY))
}

/// Most pixels on a side of what a camera sees.
pub const MAX_SIGHT: u32 = 1280;

/// The text of the QR code in what a camera sees: a byte of grey for each pixel, row by row. It is looked
/// at once, as it is: the next sight comes at once. `None` too where the bytes are not as many as the
/// sides say, or a side is longer than [`MAX_SIGHT`].
pub fn qr_text_in_sight(width: u32, height: u32, grey: Vec<u8>) -> Option<String> {
    let bounded = (1..=MAX_SIGHT).contains(&width) && (1..=MAX_SIGHT).contains(&height);
    let pixels = u64::from(width) * u64::from(height);
    if !bounded || u64::try_from(grey.len()) != Ok(pixels) {
        return None;
    }
    detect(width, height, grey)
}

fn detect(width: u32, height: u32, grey: Vec<u8>) -> Option<String> {
    let format = Some(BarcodeFormat::QR_CODE);
    borne(|| {
        let found = rxing::helpers::detect_in_luma(grey, width, height, format);
        found.ok().map(|result| result.getText().to_owned())
    })
}

/// What a decoder found; nothing where it panicked. Decoders are other people's and read what strangers send:
/// a picture that one cannot bear is without a code, and takes nothing else with it
/// (`docs/decisions/a-panic-ends-one-thing.md`). Nothing that it works on is seen again.
fn borne<T>(decoder: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(decoder)).ok().flatten()
}

/// Bytes that begin as a picture does.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'b> {
    bytes: &'b [u8],
    format: ImageFormat,
}

impl<'b> Picture<'b> {
    /// A PNG or a JPEG; `None` when the bytes begin otherwise.
    pub fn of(bytes: &'b [u8]) -> Option<Self> {
        let format = match bytes {
            [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
            [0xff, 0xd8, 0xff, ..] => ImageFormat::Jpeg,
            _ => return None,
        };
        Some(Self { bytes, format })
    }

    /// How many pixels it says that it has, for whoever bounds what all pictures together may take;
    /// nothing is unpacked for it. `None` when that cannot be read.
    pub fn pixels(&self) -> Option<u64> {
        let reader = ImageReader::with_format(Cursor::new(self.bytes), self.format);
        let (width, height) = borne(|| reader.into_dimensions().ok())?;
        Some(u64::from(width) * u64::from(height))
    }

    /// The text of its QR code, with at most so much memory to unpack it.
    ///
    /// # Errors
    /// `picture_without_qr`.
    pub fn qr_text(&self, memory: u64) -> Result<String, PictureFault> {
        luma(self.bytes, self.format, memory)
            .and_then(|picture| decode(&picture))
            .ok_or(PictureFault::WithoutQr)
    }
}

/// The picture in grey, on white where it is transparent.
fn luma(bytes: &[u8], format: ImageFormat, memory: u64) -> Option<GrayImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(memory);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let picture = borne(|| reader.decode().ok())?.into_luma_alpha8();
    let (width, height) = picture.dimensions();
    let on_white = |[grey, opacity]: [u8; 2]| {
        let (grey, opacity) = (u16::from(grey), u16::from(opacity));
        u8::try_from((grey * opacity + 255 * (255 - opacity)) / 255).unwrap_or(255)
    };
    GrayImage::from_raw(
        width,
        height,
        picture.pixels().map(|pixel| on_white(pixel.0)).collect(),
    )
}

/// Tries the picture as it is, then smaller: a photo of many pixels has noise that is gone at half
/// the size.
fn decode(picture: &GrayImage) -> Option<String> {
    let (width, height) = picture.dimensions();
    let sizes = [1, 2, 4]
        .into_iter()
        .filter(|by| *by == 1 || (width / by).min(height / by) >= 200);
    sizes.into_iter().find_map(|by| {
        let tried = match by {
            1 => picture.clone(),
            _ => image::imageops::thumbnail(picture, width / by, height / by),
        };
        let (width, height) = tried.dimensions();
        detect(width, height, tried.into_raw())
    })
}

#[cfg(test)]
mod tests {
    use super::{MAX_SIGHT, Picture, PictureFault, borne, qr_text, qr_text_in_sight};

    #[test]
    fn a_decoder_that_panics_has_found_nothing() {
        assert_eq!(borne(|| Some(7)), Some(7));
        assert_eq!(
            borne::<u8>(|| panic!("on bytes that nobody thought of")),
            None
        );
    }

    #[test]
    fn a_sight_of_other_sides_than_it_says_is_not_looked_at() {
        for (width, height, bytes) in [
            (0, 0, 0),
            (640, 480, 640 * 480 - 1),
            (640, 480, 640 * 480 + 1),
            (MAX_SIGHT + 1, 1, 1281),
            (u32::MAX, u32::MAX, 1),
        ] {
            assert_eq!(qr_text_in_sight(width, height, vec![0; bytes]), None);
        }
    }

    #[test]
    fn what_is_no_picture_is_left_to_others() {
        for bytes in [
            b"".as_slice(),
            b"-----BEGIN KEYFERRY",
            b"\x89PN",
            b"\xff\xd8",
        ] {
            assert_eq!(qr_text(bytes), None);
        }
    }

    #[test]
    fn a_picture_that_claims_too_much_takes_no_memory() {
        // The header of a PNG of 2^31 - 1 pixels on each side.
        let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        picture.extend([
            0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 8, 0, 0, 0, 0,
        ]);
        picture.extend([0; 4]);
        assert_eq!(qr_text(&picture), Some(Err(PictureFault::WithoutQr)));
        let claimed = Picture::of(&picture).unwrap().pixels();
        assert!(claimed.is_none_or(|pixels| pixels > u64::from(u32::MAX)));
    }
}
