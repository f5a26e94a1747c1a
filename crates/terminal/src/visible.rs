//! Names that somebody else gave (a USB key, a device, a customer), as text for a terminal: what would
//! move its cursor, colour it, or turn the order of reading around is shown and not done.

use std::fmt::Write as _;

/// One line in which nothing acts on a terminal: control characters, line breaks and what changes the
/// direction of reading stand there as `\u{1b}`.
pub fn visible(line: &str) -> String {
    escaped(line, acts, char::escape_unicode)
}

/// The same of a text of several lines, whose line breaks are the writer's own.
pub(crate) fn visible_lines(text: &str) -> String {
    escaped(text, |c| c != '\n' && acts(c), char::escape_unicode)
}

/// A JSON text that says the same and in which nothing acts on a terminal.
pub(crate) fn visible_json(text: &str) -> String {
    // Outside of its strings there are none, and all that act have four hex digits.
    escaped(text, acts, |c| format!("\\u{:04x}", u32::from(c)))
}

fn escaped<E: std::fmt::Display>(
    text: &str,
    acts: impl Fn(char) -> bool,
    escape: impl Fn(char) -> E,
) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            // Writing to a text does not fail.
            let _ = write!(shown, "{}", escape(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether a terminal does something with it instead of showing it.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::{visible, visible_json, visible_lines};

    #[test]
    fn what_acts_on_a_terminal_is_shown_and_not_done() {
        assert_eq!(
            visible("a\u{1b}[2J\nb\u{9b}\u{202e}c\u{2067}\u{7f}工"),
            "a\\u{1b}[2J\\u{a}b\\u{9b}\\u{202e}c\\u{2067}\\u{7f}工"
        );
        assert_eq!(visible_lines("a\r\nb\n"), "a\\u{d}\nb\n");
    }

    #[test]
    fn json_says_the_same_afterwards() {
        let said = "\u{9b}\u{202e}\u{7f}\u{2066}";
        let text = visible_json(&serde_json::to_string(said).unwrap());
        assert_eq!(text, r#""\u009b\u202e\u007f\u2066""#);
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), said);
    }
}
