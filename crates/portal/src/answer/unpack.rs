//! A ZIP file with what computers wrote, unpacked in memory within bounds. Names are for people to
//! read; none is ever a path.

use std::io::{Cursor, Read as _};

use axum::body::Bytes;
use keyferry_catalogue::{Code, Problem};
use keyferry_token::MAX_PASTE;
use zip::ZipArchive;

use super::bring::{Brought, last_part};

/// Most entries, folders included.
const MOST_ENTRIES: usize = 1000;
/// Most bytes of all entries together.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// By how much an entry may have been compressed: what computers write hardly compresses at all.
const MOST_RATIO: u64 = 50;
/// Entries below this are let through whatever their ratio.
const SMALL: u64 = 64 * 1024;

/// Whether the bytes begin as a ZIP file does (APPNOTE.TXT 4.3.6), an empty one included.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The files in a ZIP file, in its order. What systems leave beside files is passed over.
///
/// # Errors
/// `archive_damaged`, `archive_too_many`, `archive_too_large`.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<Brought>, Problem> {
    let damaged = || Problem::new(Code::ArchiveDamaged);
    let too_large = || Problem::new(Code::ArchiveTooLarge).with("limit", MOST_BYTES);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > MOST_ENTRIES {
        return Err(Problem::new(Code::ArchiveTooMany).with("most", MOST_ENTRIES));
    }
    let mut files = Vec::new();
    let mut room = MOST_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| damaged())?;
        let path = entry.name().map_err(|_| damaged())?.into_owned();
        let name = last_part(&path);
        if entry.is_dir() || is_litter(&path, &name) {
            continue;
        }
        // Sizes in a ZIP file are claims: they end the work early, and the reading is bounded anyway.
        let (packed, claimed) = (entry.compressed_size(), entry.size());
        if claimed > SMALL && claimed > packed.saturating_mul(MOST_RATIO) {
            return Err(too_large());
        }
        let most = room.min(MAX_PASTE);
        let mut content = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        let mut bounded = entry.take(limit + 1);
        bounded.read_to_end(&mut content).map_err(|_| damaged())?;
        if content.len() > most {
            return Err(too_large());
        }
        room -= content.len();
        files.push(Brought {
            name: Some(name),
            bytes: Bytes::from(content),
        });
    }
    Ok(files)
}

/// What macOS and Windows leave beside files.
fn is_litter(path: &str, name: &str) -> bool {
    path.starts_with("__MACOSX/")
        || name.starts_with('.')
        || matches!(name, "Thumbs.db" | "desktop.ini")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn packed(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, content) in entries {
            writer.start_file(*name, options).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn code(bytes: &[u8]) -> &'static str {
        unpack(bytes).unwrap_err().code.as_str()
    }

    /// Bytes that do not compress.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    #[test]
    fn files_come_out_in_their_order_under_their_last_names() {
        let zip = packed(&[
            ("hall/pc-2.kft", b"two".to_vec()),
            ("../../etc/pc-1.kft", b"one".to_vec()),
            ("c:\\temp\\pc-3.kft", b"three".to_vec()),
            ("__MACOSX/hall/._pc-2.kft", b"litter".to_vec()),
            ("hall/.DS_Store", b"litter".to_vec()),
        ]);
        let files = unpack(&zip).unwrap();
        let names: Vec<_> = files
            .iter()
            .map(|file| file.name.clone().unwrap())
            .collect();
        assert_eq!(names, ["pc-2.kft", "pc-1.kft", "pc-3.kft"]);
        assert_eq!(&files[1].bytes[..], b"one");
    }

    #[test]
    fn a_zip_bomb_is_refused_by_its_ratio_and_by_what_comes_out() {
        assert_eq!(
            code(&packed(&[("bomb", vec![0; 1_000_000])])),
            "archive_too_large"
        );
        let many: Vec<_> = (0..9).map(|_| ("part", noise(1_000_000))).collect();
        let many: Vec<_> = many
            .into_iter()
            .enumerate()
            .map(|(n, (name, bytes))| (format!("{name}{n}"), bytes))
            .collect();
        let many: Vec<_> = many.iter().map(|(n, b)| (n.as_str(), b.clone())).collect();
        assert_eq!(code(&packed(&many)), "archive_too_large");
    }

    #[test]
    fn a_size_that_is_a_lie_does_not_open_the_bound() {
        let mut zip = packed(&[("bomb", vec![0; 2_000_000])]);
        // Says in both headers that it unpacks to nothing.
        for (mark, at) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
            let start = zip.windows(4).position(|four| four == mark).unwrap();
            zip[start + at..start + at + 4].fill(0);
        }
        assert!(matches!(
            code(&zip),
            "archive_too_large" | "archive_damaged"
        ));
    }

    #[test]
    fn more_entries_than_the_bound_are_not_looked_at() {
        let names: Vec<String> = (0..=MOST_ENTRIES).map(|n| n.to_string()).collect();
        let entries: Vec<_> = names.iter().map(|n| (n.as_str(), Vec::new())).collect();
        assert_eq!(code(&packed(&entries)), "archive_too_many");
    }

    #[test]
    fn what_is_cut_or_no_zip_at_all_is_damaged() {
        let zip = packed(&[("pc-1.kft", b"one".to_vec())]);
        assert_eq!(code(&zip[..zip.len() - 8]), "archive_damaged");
        assert_eq!(code(b"PK\x03\x04 and nothing else"), "archive_damaged");
    }
}
