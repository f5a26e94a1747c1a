//! ZIP files with what computers wrote, unpacked in memory within bounds. Names are for people to
//! read; none is ever a path.

use std::io::{Cursor, Read as _};

use axum::body::Bytes;
use keyferry_catalogue::{Code, Problem};
use keyferry_token::MAX_PASTE;
use zip::ZipArchive;

use super::bring::{Brought, last_part};

/// Most entries of all ZIP files of a form, folders included.
const MOST_ENTRIES: usize = 1000;
/// Most bytes of all those entries together.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// By how much a ZIP file may have been compressed: what computers write hardly compresses at all.
const MOST_RATIO: usize = 50;
/// What comes out of one is let through up to this, whatever its ratio.
const SMALL: usize = 64 * 1024;

/// What may still come out of a form's ZIP files: one room for all of them, since any number of them
/// fits into one request.
#[derive(Debug)]
pub(super) struct Room {
    entries: usize,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            entries: MOST_ENTRIES,
            bytes: MOST_BYTES,
        }
    }
}

/// Whether the bytes begin as a ZIP file does (APPNOTE.TXT 4.3.6), an empty one included.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The files in a ZIP file, in its order, as far as there is room. What systems leave beside files is
/// passed over.
///
/// # Errors
/// `archive_damaged`, `archive_too_many`, `archive_too_large`.
pub(super) fn unpack(bytes: &[u8], room: &mut Room) -> Result<Vec<Brought>, Problem> {
    let damaged = || Problem::new(Code::ArchiveDamaged);
    let too_large = || Problem::new(Code::ArchiveTooLarge).with("limit", MOST_BYTES);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let left = room.entries.checked_sub(archive.len());
    room.entries =
        left.ok_or_else(|| Problem::new(Code::ArchiveTooMany).with("most", MOST_ENTRIES))?;
    let mut files = Vec::new();
    let mut honest = bytes.len().saturating_mul(MOST_RATIO).max(SMALL);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| damaged())?;
        let path = entry.name().map_err(|_| damaged())?.into_owned();
        let name = last_part(&path);
        if entry.is_dir() || is_litter(&path, &name) {
            continue;
        }
        let most = room.bytes.min(honest).min(MAX_PASTE);
        let limit = u64::try_from(most).unwrap_or(u64::MAX);
        // Sizes in a ZIP file are claims: they end the work early, and the reading is bounded anyway.
        if entry.size() > limit {
            return Err(too_large());
        }
        let mut content = Vec::new();
        let mut bounded = entry.take(limit + 1);
        bounded.read_to_end(&mut content).map_err(|_| damaged())?;
        if content.len() > most {
            return Err(too_large());
        }
        room.bytes -= content.len();
        honest -= content.len();
        files.push(Brought::new(Some(name), Bytes::from(content)));
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
        let found = unpack(bytes, &mut Room::default());
        found.unwrap_err().code.as_str()
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
        let files = unpack(&zip, &mut Room::default()).unwrap();
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
    fn a_ratio_counts_for_all_of_a_zip_file_however_small_its_parts() {
        let names: Vec<String> = (0..40).map(|n| n.to_string()).collect();
        let parts = names.iter().map(|n| (n.as_str(), vec![0; SMALL]));
        let zip = packed(&parts.collect::<Vec<_>>());
        assert!(40 * SMALL < MOST_BYTES && 40 * SMALL > MOST_RATIO * zip.len());
        assert_eq!(code(&zip), "archive_too_large");
    }

    #[test]
    fn several_zip_files_have_one_room_and_one_count_of_entries() {
        let mut room = Room::default();
        let zip = packed(&[("part", noise(1_000_000))]);
        for _ in 0..8 {
            assert_eq!(unpack(&zip, &mut room).unwrap().len(), 1);
        }
        let ninth = unpack(&zip, &mut room).unwrap_err();
        assert_eq!(ninth.code, Code::ArchiveTooLarge);

        let mut room = Room::default();
        let names: Vec<String> = (0..600).map(|n| n.to_string()).collect();
        let entries: Vec<_> = names.iter().map(|n| (n.as_str(), Vec::new())).collect();
        let zip = packed(&entries);
        assert_eq!(unpack(&zip, &mut room).unwrap().len(), 600);
        let second = unpack(&zip, &mut room).unwrap_err();
        assert_eq!(second.code, Code::ArchiveTooMany);
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
