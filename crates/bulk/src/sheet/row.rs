//! A row of a list: its cells by their columns, read as what they are to be.

use std::num::NonZeroU32;

use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{ArgumentFault, feature};
use keyferry_token::Feature;

/// A row of a list. Cells are without spaces around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Vec<(&'static str, String)>);

impl Row {
    pub(super) fn new(cells: Vec<(&'static str, String)>) -> Self {
        Self(cells)
    }

    /// Whether the row has this column, be its cell empty.
    pub fn has(&self, column: &str) -> bool {
        self.0.iter().any(|(name, _)| *name == column)
    }

    /// What stands in a column, if anything does.
    pub fn cell(&self, column: &str) -> Option<&str> {
        let (_, text) = self.0.iter().find(|(name, _)| *name == column)?;
        Some(text.as_str()).filter(|text| !text.is_empty())
    }

    /// What a column holds, by a reader of arguments.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read<T>(
        &self,
        column: &str,
        reader: impl Fn(&str) -> Result<T, ArgumentFault>,
    ) -> Result<Option<T>, Problem> {
        self.cell(column)
            .map(reader)
            .transpose()
            .map_err(ArgumentFault::problem)
    }

    /// The same where something has to stand there.
    ///
    /// # Errors
    /// `cell_missing`; those of the reader.
    pub fn need<T>(
        &self,
        column: &'static str,
        reader: impl Fn(&str) -> Result<T, ArgumentFault>,
    ) -> Result<T, Problem> {
        self.read(column, reader)?.ok_or_else(|| missing(column))
    }

    /// Yes or no, `None` where nothing stands there.
    ///
    /// # Errors
    /// `cell_refused`.
    pub fn flag(&self, column: &'static str) -> Result<Option<bool>, Problem> {
        let Some(text) = self.cell(column) else {
            return Ok(None);
        };
        match text.to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" | "x" => Ok(Some(true)),
            "no" | "n" | "false" | "0" | "-" => Ok(Some(false)),
            _ => Err(refused(column)),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// `cell_refused`.
    pub fn number(&self, column: &'static str) -> Result<Option<u32>, Problem> {
        let number = |text: &str| {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        self.cell(column)
            .map(|text| number(text).ok_or_else(|| refused(column)))
            .transpose()
    }

    /// A whole number above zero.
    ///
    /// # Errors
    /// `cell_refused`.
    pub fn count(&self, column: &'static str) -> Result<Option<NonZeroU32>, Problem> {
        self.number(column)?
            .map(|number| NonZeroU32::new(number).ok_or_else(|| refused(column)))
            .transpose()
    }

    /// Feature codes with a comma, semicolon, bar or space between.
    ///
    /// # Errors
    /// `text_refused`.
    pub fn features(&self, column: &str) -> Result<Vec<Feature>, Problem> {
        self.cell(column)
            .unwrap_or_default()
            .split([',', ';', '|', ' ', '\t', '\r', '\n'])
            .filter(|code| !code.is_empty())
            .map(|code| feature(code).map_err(ArgumentFault::problem))
            .collect()
    }
}

pub(crate) fn missing(column: &str) -> Problem {
    Problem::new(Code::CellMissing).with("column", column)
}

pub(crate) fn refused(column: &str) -> Problem {
    Problem::new(Code::CellRefused).with("column", column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        Row::new(vec![("cell", text.to_owned())])
    }

    #[test]
    fn numbers_and_answers_are_plain() {
        assert_eq!(row("5").number("cell"), Ok(Some(5)));
        assert_eq!(row("").number("cell"), Ok(None));
        assert_eq!(row("Yes").flag("cell"), Ok(Some(true)));
        for text in ["+5", "-5", "5.0", "4294967296", "five"] {
            assert_eq!(row(text).number("cell"), Err(refused("cell")), "{text}");
        }
        assert_eq!(row("0").count("cell"), Err(refused("cell")));
        assert_eq!(row("maybe").flag("cell"), Err(refused("cell")));
    }

    #[test]
    fn features_stand_one_after_the_other() {
        let features = row("export, render;print|scan").features("cell").unwrap();
        let features: Vec<&str> = features.iter().map(Feature::as_str).collect();
        assert_eq!(features, ["export", "render", "print", "scan"]);
    }
}
