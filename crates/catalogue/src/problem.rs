//! A code together with the data that its text takes.

use crate::{Code, Language, template};

/// What is to be told to a person: a code and the values for its texts.
///
/// Every error of the workspace turns into one at the edge. A value that is missing never panics: the
/// text says "not known" in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which one it is.
    pub code: Code,
    /// The values by placeholder name, in the forms that [`crate::Holds`] lists.
    pub args: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem without values yet.
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            args: Vec::new(),
        }
    }

    /// Adds the value for `{name}`.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a number is given as it is")]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// The value for `{name}`, if it was given.
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args
            .iter()
            .rev()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }

    /// What is the matter: one sentence.
    pub fn message(&self, language: Language) -> String {
        self.fill(self.code.text(language).message, language)
    }

    /// Why, in a few sentences, for who wants to know more.
    pub fn cause(&self, language: Language) -> String {
        self.fill(self.code.text(language).cause, language)
    }

    /// The one thing to do now: one sentence.
    pub fn next_step(&self, language: Language) -> String {
        self.fill(self.code.text(language).next_step, language)
    }

    fn fill(&self, text: &str, language: Language) -> String {
        template::fill(text, self.code.placeholders(), language, |name| {
            self.arg(name)
        })
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate::{Code, Language};

    #[test]
    fn values_are_filled_in() {
        let problem = Problem::new(Code::ArmorLineShort)
            .with("line", 4)
            .with("missing", 3);
        assert_eq!(
            problem.message(Language::En),
            "Line 4 of the text is too short (characters missing: 3)."
        );
    }

    #[test]
    fn a_missing_value_is_said_to_be_not_known() {
        let problem = Problem::new(Code::FileNotFound);
        assert_eq!(
            problem.message(Language::En),
            "There is no file at (not known)."
        );
    }

    #[test]
    fn braces_inside_a_value_are_left_alone() {
        let problem = Problem::new(Code::FileNotFound).with("path", "/tmp/{path}/{x}");
        assert_eq!(
            problem.message(Language::En),
            "There is no file at /tmp/{path}/{x}."
        );
    }

    #[test]
    fn the_value_given_last_counts() {
        let problem = Problem::new(Code::FileNotFound)
            .with("path", "a")
            .with("path", "b");
        assert_eq!(problem.arg("path"), Some("b"));
    }
}
