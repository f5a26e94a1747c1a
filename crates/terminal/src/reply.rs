//! What a command that did its work has to say, to programs and to people.

use keyferry_catalogue::{Exit, Problem};
use serde::Serialize;

use crate::note::NoteView;
use crate::visible::visible_lines;

/// The version of the JSON objects.
const SCHEMA: u8 = 1;

/// The outcome of a command.
#[derive(Debug)]
pub struct Reply {
    pub(crate) exit: Exit,
    pub(crate) body: String,
    pub(crate) data: String,
    pub(crate) said: Vec<String>,
}

impl Reply {
    /// An outcome with the fields of its JSON object.
    pub fn of(fields: &impl Serialize) -> Self {
        Self {
            exit: Exit::Runs,
            body: object(fields),
            data: String::new(),
            said: Vec::new(),
        }
    }

    /// Adds text that goes to standard output when no JSON was asked for. It ends with a line break, and
    /// nothing in it acts on a terminal; of a name that may hold line breaks the caller makes a line
    /// ([`crate::visible`]).
    #[must_use]
    pub fn printing(mut self, text: impl AsRef<str>) -> Self {
        push_lines(&mut self.data, &visible_lines(text.as_ref()));
        self
    }

    /// Adds the content of a file that goes to standard output, as it is.
    #[must_use]
    pub fn copying(mut self, content: impl AsRef<str>) -> Self {
        push_lines(&mut self.data, content.as_ref());
        self
    }

    /// Adds a line that people read on standard error.
    #[must_use]
    pub fn saying(mut self, line: impl Into<String>) -> Self {
        self.said.push(line.into());
        self
    }

    /// Adds fields to those of its JSON object.
    #[must_use]
    pub fn showing(mut self, fields: &impl Serialize) -> Self {
        self.body = merged(&self.body, &object(fields));
        self
    }

    /// Leaves of what people read the first line, where there are many replies.
    #[must_use]
    pub fn briefly(mut self) -> Self {
        self.said.truncate(1);
        self
    }

    /// Ends with another exit code than 0: the question was answered, and the answer is no.
    #[must_use]
    pub fn ending(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

#[derive(Serialize)]
pub(crate) struct ErrorView {
    #[serde(flatten)]
    note: NoteView,
    args: std::collections::BTreeMap<&'static str, String>,
}

impl From<&Problem> for ErrorView {
    fn from(problem: &Problem) -> Self {
        Self {
            note: NoteView::from(problem),
            args: problem.args.iter().cloned().collect(),
        }
    }
}

/// The fields that stand first in an object.
#[derive(Serialize)]
pub(crate) struct Opening<'o> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schema: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<&'o str>,
    pub(crate) ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorView>,
}

impl Opening<'_> {
    /// The opening of the one object that a command prints.
    pub(crate) fn of_command(problem: Option<&Problem>) -> Self {
        Self {
            schema: Some(SCHEMA),
            file: None,
            ok: problem.is_none(),
            error: problem.map(ErrorView::from),
        }
    }
}

/// Adds lines to what is printed, the last one ended too.
pub(crate) fn push_lines(data: &mut String, lines: &str) {
    data.push_str(lines);
    if !data.is_empty() && !data.ends_with('\n') {
        data.push('\n');
    }
}

/// Fields as the text of a JSON object.
pub(crate) fn object(fields: &impl Serialize) -> String {
    // Views have string keys and plain values: there is nothing in them that cannot be written.
    serde_json::to_string(fields).unwrap_or_else(|_| String::from("{}"))
}

/// One object with the fields of both, in order.
pub(crate) fn joined(opening: &Opening<'_>, body: &str) -> String {
    merged(&object(opening), body)
}

/// One object with the fields of both, in order. Both are texts that `object` made.
pub(crate) fn merged(first: &str, second: &str) -> String {
    match (first.strip_suffix('}'), second.strip_prefix('{')) {
        (Some("{"), _) => second.to_owned(),
        (Some(fields), Some(more)) if more != "}" => format!("{fields},{more}"),
        _ => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use keyferry_catalogue::{Code, Problem};

    use super::{Opening, joined};

    #[test]
    fn fields_stand_behind_the_opening_also_behind_an_error() {
        let opening = Opening::of_command(None);
        assert_eq!(joined(&opening, "{}"), r#"{"schema":1,"ok":true}"#);
        assert_eq!(
            joined(&opening, r#"{"a":{}}"#),
            r#"{"schema":1,"ok":true,"a":{}}"#
        );
        let problem = Problem::new(Code::FileNotFound).with("path", "}\"}");
        let text = joined(&Opening::of_command(Some(&problem)), r#"{"a":1}"#);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["a"], 1);
        assert_eq!(read["error"]["args"]["path"], "}\"}");
    }
}
