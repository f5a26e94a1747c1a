//! How a list is written, found out from its first line.

use std::io::Read;

use super::{MAX_ROW, SheetFault};

/// How a list is written; what is written back is written the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What parts the cells: comma, semicolon (spreadsheets in much of Europe) or tab.
    pub delimiter: u8,
    /// Whether it begins with a byte order mark, by which some spreadsheets know UTF-8.
    pub marked: bool,
}

const DELIMITERS: [u8; 3] = *b",;\t";
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the first line, or more, and finds out how it is written. What was read is given back
/// without the mark and without a line like `sep=;`, which is there for spreadsheets.
pub(super) fn sniff(input: &mut impl Read) -> Result<(Dialect, Vec<u8>), SheetFault> {
    let mut head = read_line(input)?;
    // UTF-16, of which no part reads as UTF-8.
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.contains(&0) {
        return Err(SheetFault::Encoding { row: 1 });
    }
    let marked = head.starts_with(MARK);
    if marked {
        head.drain(..MARK.len());
    }
    let delimiter = match said(&head) {
        Some(delimiter) => {
            let line = head.iter().position(|&b| b == b'\n');
            head.drain(..line.map_or(head.len(), |end| end + 1));
            delimiter
        }
        None => commonest(&head),
    };
    Ok((Dialect { delimiter, marked }, head))
}

/// At least the first line, unless it is longer than a row may be.
fn read_line(input: &mut impl Read) -> Result<Vec<u8>, SheetFault> {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    while head.len() < MAX_ROW && !head.contains(&b'\n') {
        match input.read(&mut part).map_err(SheetFault::Unreadable)? {
            0 => break,
            read => head.extend_from_slice(&part[..read]),
        }
    }
    Ok(head)
}

/// What a line like `sep=;` says.
fn said(head: &[u8]) -> Option<u8> {
    let line = head.split(|&b| b == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let [delimiter] = line.strip_prefix(b"sep=")? else {
        return None;
    };
    DELIMITERS.contains(delimiter).then_some(*delimiter)
}

/// What parts most cells of the first line, texts in quotation marks aside.
fn commonest(head: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                if let Some(at) = DELIMITERS.iter().position(|each| each == byte) {
                    counts[at] += 1;
                }
            }
            _ => {}
        }
    }
    // Of equals the first.
    let mut best = 0;
    for (at, count) in counts.iter().enumerate() {
        if *count > counts[best] {
            best = at;
        }
    }
    DELIMITERS[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(head: &str) -> char {
        char::from(sniff(&mut head.as_bytes()).unwrap().0.delimiter)
    }

    #[test]
    fn cells_are_parted_by_what_parts_most_of_the_heading() {
        assert_eq!(delimiter("product,usb,expires\n1;2;3;4;5"), ',');
        assert_eq!(delimiter("product;usb;expires\r\n"), ';');
        assert_eq!(delimiter("product\tusb"), '\t');
        assert_eq!(delimiter("product"), ',');
        assert_eq!(delimiter("\"a,b,c,d\";usb\n"), ';');
    }

    #[test]
    fn a_line_for_spreadsheets_is_taken_at_its_word() {
        let (dialect, head) = sniff(&mut &b"\xef\xbb\xbfsep=;\r\na,b,c\n"[..]).unwrap();
        assert_eq!((dialect.delimiter, dialect.marked), (b';', true));
        assert_eq!(head, b"a,b,c\n");
        let (_, head) = sniff(&mut &b"sep=x\n"[..]).unwrap();
        assert_eq!(head, b"sep=x\n");
    }
}
