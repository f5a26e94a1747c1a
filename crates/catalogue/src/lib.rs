//! Every code of Keyferry with its words in every language.
//!
//! The bottom of the workspace: it depends on nothing, and every face speaks from it. What goes wrong,
//! or only needs saying, has a [`Code`] with a stable name, a reference for the telephone (`KF-203`), an
//! [`Exit`] code, and in every [`Language`] a [`Text`]: what is the matter, why, and one next step.
//! Words that are no problem (names of claims, sentences about a standing) are [`Phrase`]s.
//!
//! A code without a text does not compile. TypeScript and `docs/codes.md` are written from the same
//! table by [`generated`].
//!
//! A new code is a line in the table in `code.rs` and an arm in each language; the compiler asks for
//! the arms. A new language is a variant of [`Language`] and a module in `text/`; the compiler and the
//! tests ask for the rest. After either, `cargo run -p keyferry-catalogue` writes the files anew.
//!
//! ```
//! use keyferry_catalogue::{Code, Language, Problem};
//!
//! let problem = Problem::new(Code::ActivationCodeIncomplete).with("have", 23).with("want", 25);
//! assert_eq!(problem.code.reference(), "KF-102");
//! assert_eq!(problem.message(Language::En), "The activation code has 23 of 25 characters.");
//! ```

mod code;
mod exit;
pub mod generated;
mod language;
mod phrase;
mod placeholder;
mod problem;
mod template;
mod text;

pub use code::Code;
pub use exit::Exit;
pub use language::Language;
pub use phrase::Phrase;
pub use placeholder::{Holds, Placeholder};
pub use problem::Problem;
pub use text::Text;
