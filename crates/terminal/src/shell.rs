//! Commands that people are told to type.

/// A word of a command as a shell takes it: in quotes where it needs them.
pub fn quoted(word: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || "_-./:=@%+,".contains(c) || cfg!(windows) && c == '\\';
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if cfg!(windows) {
        // A path there has no quotes in it.
        return format!("\"{word}\"");
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_word_is_in_quotes_where_a_shell_needs_them() {
        assert_eq!(quoted("/media/usb-1/a.kft"), "/media/usb-1/a.kft");
        assert_eq!(quoted("ä工"), "ä工");
        if cfg!(windows) {
            assert_eq!(quoted(r"E:\My key"), r#""E:\My key""#);
            return;
        }
        assert_eq!(quoted("/media/My key"), "'/media/My key'");
        assert_eq!(quoted("it's; $(x)"), r"'it'\''s; $(x)'");
        assert_eq!(quoted("~"), "'~'");
        assert_eq!(quoted(""), "''");
    }
}
