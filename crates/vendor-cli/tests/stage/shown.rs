//! What a command printed and said, with what differs from run to run named by what it is.

use serde_json::{Map, Value};

/// The object with each value that differs from run to run replaced by what it is.
pub fn shape(value: &Value) -> String {
    fn walk(name: &str, value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let walked = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), walk(name, value)));
                Value::Object(walked.collect::<Map<_, _>>())
            }
            Value::Array(values) => values.iter().map(|value| walk(name, value)).collect(),
            Value::String(text) => Value::String(kind_of(name, text).unwrap_or(text).to_owned()),
            other => other.clone(),
        }
    }
    serde_json::to_string_pretty(&walk("", value)).unwrap()
}

/// Text for people, word by word; what is between the frame of an armored text is left out.
pub fn mask(text: &str) -> String {
    let mut in_armor = false;
    let mut masked = Vec::new();
    for line in text.lines() {
        in_armor &= !line.starts_with("-----END");
        if !in_armor {
            let words: Vec<String> = line.split(' ').map(word).collect();
            masked.push(words.join(" "));
        }
        in_armor |= line.starts_with("-----BEGIN");
    }
    masked.join("\n")
}

fn word(word: &str) -> String {
    let core = word.trim_matches(|c: char| "().,:;“”".contains(c));
    let (before, name) = core.rsplit_once('=').unwrap_or(("", core));
    match kind_of(before, name) {
        Some(kind) => word.replace(name, kind),
        None => word.to_owned(),
    }
}

fn kind_of(name: &str, text: &str) -> Option<&'static str> {
    let symbols = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    let upper = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    let groups: Vec<&str> = text.split('-').collect();
    let grouped = |count, size| {
        groups.len() == count
            && groups
                .iter()
                .all(|group| group.len() == size && upper(group))
    };
    let hex = |length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    Some(match name {
        "fingerprint" | "value" if text.split(' ').count() == 12 => "<twelve words>",
        "value" if text.chars().count() == 9 && text.contains('…') => "<hint>",
        "detail" if text.starts_with("Keyferry ") => "<version>",
        "activation_code" if grouped(5, 5) => "<code>",
        "holder_secret" if grouped(6, 5) => "<secret>",
        "code_hint" | "hint" => "<hint>",
        "tag" if text.len() == 4 => "<tag>",
        "text" if text.starts_with("-----BEGIN") => "<armored>",
        "text" if text.starts_with("{\"keyferry_audit\"") => "<lines>",
        "url" if text.starts_with("HTTPS://ACME.EXAMPLE/A#") => "<url>",
        "profile" | "public_key" | "home" | "state" | "key" | "answer" | "sheet" | "out"
        | "file" | "installed_vendors"
            if text.starts_with('/') =>
        {
            "<path>"
        }
        _ if text.len() == 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' => "<time>",
        _ if hex(64) => "<token id>",
        _ if hex(16) => "<key id>",
        _ if grouped(4, 4) => "<id>",
        _ if grouped(3, 4) => "<status code>",
        _ if grouped(2, 4) => "<reference>",
        _ if text.chars().count() == 9 && text.contains('…') => "<hint>",
        _ if text.len() == 26 && symbols(text) => {
            if text.bytes().any(|b| b.is_ascii_lowercase()) {
                "<vendor id>"
            } else {
                "<device id>"
            }
        }
        _ => return None,
    })
}
