//! Photographs of QR codes, looked at within bounds: a phone whose browser runs no scripts can hand one
//! in as well. Pictures of a moving code's parts are one message.

use axum::body::Bytes;
use keyferry_catalogue::{Code, Problem};
use keyferry_picture::Picture;
use keyferry_token::qr::Frame;

use super::bring::Brought;

/// Most bytes of a form with pictures: several photographs of a phone.
pub const MAX_PICTURES: usize = 8 * 1024 * 1024;
/// Most forms whose pictures are looked at at once; more wait. Each takes a core, and many times what
/// its request does.
pub(crate) const MOST_LOOKED_AT: usize = 2;

/// Most pixels of a picture, in millions: those of a phone's camera.
const MOST_MEGAPIXELS: u64 = 25;
/// Most pixels of all pictures of a form.
const MOST_PIXELS: u64 = 4 * MOST_MEGAPIXELS * 1_000_000;
/// Most pictures of a form, however small: a moving code has a few parts.
const MOST_PICTURES: usize = 64;
/// Most memory that unpacking one may take, in bytes: four for each pixel.
const MOST_MEMORY: u64 = 4 * MOST_MEGAPIXELS * 1_000_000;

/// Whether a file begins as a picture does.
pub(super) fn is_picture(bytes: &[u8]) -> bool {
    Picture::of(bytes).is_some()
}

/// What may still be looked at of a form's pictures.
struct Room {
    pictures: usize,
    pixels: u64,
}

impl Room {
    /// The text in a picture, if there is room to look at it.
    fn look(&mut self, picture: Picture<'_>) -> Result<String, Problem> {
        let too_large = || Problem::new(Code::PictureTooLarge).with("most", MOST_MEGAPIXELS);
        let pixels = picture.pixels();
        let pixels = pixels.ok_or_else(|| Problem::new(Code::PictureWithoutQr))?;
        let left = self.pixels.checked_sub(pixels);
        let left = left.filter(|_| pixels <= MOST_MEGAPIXELS * 1_000_000);
        self.pixels = left.ok_or_else(too_large)?;
        self.pictures = self.pictures.checked_sub(1).ok_or_else(too_large)?;
        picture.qr_text(MOST_MEMORY).map_err(Problem::from)
    }
}

/// Files, with what their QR codes say in the place of pictures. The parts of moving codes are one, in
/// the place of the first.
pub(super) fn read(files: Vec<Brought>) -> Vec<Brought> {
    let mut room = Room {
        pictures: MOST_PICTURES,
        pixels: MOST_PIXELS,
    };
    let mut all: Vec<Brought> = Vec::new();
    let mut parts: Option<usize> = None;
    for file in files {
        let Some(picture) = Picture::of(&file.bytes) else {
            all.push(file);
            continue;
        };
        let text = match room.look(picture) {
            Ok(text) => text,
            Err(problem) => {
                all.push(Brought::unread(file.name, problem));
                continue;
            }
        };
        let part = Frame::read(&text).is_some();
        if let Some(first) = parts.filter(|_| part).and_then(|place| all.get_mut(place)) {
            first.bytes = [&first.bytes[..], text.as_bytes()].join(&b'\n').into();
            let names = first.name.take().zip(file.name);
            first.name = names.map(|(all, one)| format!("{all}, {one}"));
        } else {
            if part {
                parts = Some(all.len());
            }
            all.push(Brought::new(file.name, Bytes::from(text)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use keyferry_token::qr::{Density, Symbol};

    use super::*;

    /// A picture of a code, one bit to a pixel.
    fn picture(symbol: &Symbol) -> Bytes {
        let scale = 4;
        let side = (symbol.side() + 8) * scale;
        let mut image = image::GrayImage::from_pixel(
            u32::try_from(side).unwrap(),
            u32::try_from(side).unwrap(),
            image::Luma([255]),
        );
        for (y, row) in symbol.rows().enumerate() {
            for x in (0..row.len()).filter(|&x| row[x]) {
                for at in 0..scale * scale {
                    let place = |module: usize, offset: usize| {
                        u32::try_from((module + 4) * scale + offset).unwrap()
                    };
                    image.put_pixel(place(x, at % scale), place(y, at / scale), image::Luma([0]));
                }
            }
        }
        encoded(&image)
    }

    fn encoded(image: &image::GrayImage) -> Bytes {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner().into()
    }

    fn file(name: &str, bytes: Bytes) -> Brought {
        Brought::new(Some(name.to_owned()), bytes)
    }

    fn code(file: &Brought) -> Option<Code> {
        file.unread.as_ref().map(|problem| problem.code)
    }

    #[test]
    fn parts_of_a_moving_code_are_one_message_and_what_is_no_code_is_told() {
        let frames = Frame::all(&[7; 900], Density::Low);
        let shown = |at: usize| picture(&frames[at].draw().unwrap());
        let grey = image::GrayImage::from_pixel(300, 300, image::Luma([200]));
        let read = read(vec![
            file("2.png", shown(1)),
            file("notes.txt", Bytes::from_static(b"notes")),
            file("grey.png", encoded(&grey)),
            file("1.png", shown(0)),
        ]);
        assert_eq!(read.len(), 3);
        assert_eq!(read[0].name.as_deref(), Some("2.png, 1.png"));
        let both = format!("{}\n{}", frames[1].text(), frames[0].text());
        assert_eq!(read[0].bytes, both.as_bytes());
        assert_eq!(&read[1].bytes[..], b"notes");
        assert_eq!(code(&read[2]), Some(Code::PictureWithoutQr));
    }

    #[test]
    fn pixels_are_bounded_for_each_and_for_all_together() {
        let part = encoded(&image::GrayImage::new(500, 500));
        let mut room = Room {
            pictures: MOST_PICTURES,
            pixels: 600_000,
        };
        let mut look = || room.look(Picture::of(&part).unwrap()).unwrap_err().code;
        assert_eq!(look(), Code::PictureWithoutQr);
        assert_eq!(look(), Code::PictureWithoutQr);
        assert_eq!(look(), Code::PictureTooLarge);
    }

    #[test]
    fn so_many_pictures_are_not_looked_at_however_small_they_are() {
        let tiny = encoded(&image::GrayImage::new(1, 1));
        let files = (0..=MOST_PICTURES).map(|n| file(&n.to_string(), tiny.clone()));
        let read = read(files.collect());
        let codes: Vec<_> = read.iter().filter_map(code).collect();
        assert_eq!(codes[MOST_PICTURES - 1], Code::PictureWithoutQr);
        assert_eq!(codes[MOST_PICTURES], Code::PictureTooLarge);
    }
}
