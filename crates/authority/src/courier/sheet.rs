//! The sheet that goes with a courier: for the person who carries it, to read on any computer, to print,
//! and to tick off. It tells what customers may know, and nothing more (rule A13).

use std::path::Path;

use askama::Template;
use keyferry_catalogue::{Holds, Language};
use keyferry_license::Deactivated;
use keyferry_token::{Label, ProductCode, Timestamp, TokenId, VendorProfile};

use super::{Brought, CourierRound};
use crate::{AnswerOutcome, Received, Refused};

const LANGUAGE: Language = Language::En;
const TAKE: &str = "Plug the key in there.";
const CONFIRM: &str = "Confirm there that it was delivered.";
const DAMAGED: &str = "Its file cannot be read. The key may have been pulled out too early.";
const COLLECT: &str = "Collect on that computer again, and bring the key once more.";

#[derive(Template)]
#[template(path = "courier.html")]
struct Sheet<'a> {
    vendor: &'a str,
    at: String,
    served: usize,
    open: usize,
    for_others: usize,
    parts: Vec<Part>,
}

/// Rows of one kind.
struct Part {
    title: &'static str,
    is_served: bool,
    rows: Vec<Row>,
}

/// What became of one computer and product.
struct Row {
    computer: String,
    /// Where there is no name for it: its file.
    file: Option<String>,
    product: String,
    happened: String,
    until: String,
    reference: String,
    next: String,
}

/// The sheet as a page of its own.
pub(super) fn render(profile: &VendorProfile, at: Timestamp, round: &CourierRound) -> String {
    let rows = |open: bool| {
        let of_kind = |one: &&Brought| open == (one.is_refused() || one.is_damaged());
        let mut rows: Vec<Row> = round
            .brought
            .iter()
            .filter(of_kind)
            .map(|one| row(one, profile))
            .collect();
        rows.sort_by_key(|row| {
            (
                row.file.is_some(),
                natural(&row.computer),
                row.product.clone(),
            )
        });
        rows
    };
    let (open, served) = (rows(true), rows(false));
    let sheet = Sheet {
        vendor: profile.name.as_str(),
        at: spoken(at),
        served: served.len(),
        open: open.len(),
        for_others: round.for_others,
        parts: vec![
            Part {
                title: "Needs you",
                is_served: false,
                rows: open,
            },
            Part {
                title: "Done",
                is_served: true,
                rows: served,
            },
        ],
    };
    // Nothing in it can fail: it is text in text.
    sheet.render().unwrap_or_default() + "\n"
}

fn row(brought: &Brought, profile: &VendorProfile) -> Row {
    let of = |label: &Label, product: &ProductCode, token: TokenId| Row {
        computer: label.to_string(),
        file: None,
        product: name_of(product, profile),
        happened: String::new(),
        until: String::new(),
        reference: token.reference(),
        next: String::new(),
    };
    match &brought.received {
        Received::Answered(answer) => Row {
            happened: activated(answer.outcome).into(),
            until: spoken(answer.lease_expires_at),
            next: TAKE.into(),
            ..of(&answer.label, &answer.product, answer.request)
        },
        Received::TimeTold(told) => Row {
            happened: format!("Told the time: {}.", spoken(told.time)),
            next: TAKE.into(),
            ..of(&told.label, &told.product, told.request)
        },
        Received::Deactivated(given_back) => {
            let (happened, next) = freed(&given_back.outcome);
            Row {
                happened,
                next,
                ..of(&given_back.label, &given_back.product, given_back.token)
            }
        }
        Received::Status(read) => Row {
            happened: "Its report was read.".into(),
            ..of(&read.report.label, &read.report.product, read.token)
        },
        Received::Refused(refused) => in_vain(refused, &brought.file, profile),
    }
}

const fn activated(how: AnswerOutcome) -> &'static str {
    match how {
        AnswerOutcome::Activated => "Activated.",
        AnswerOutcome::Moved => "Activated, on the seat that it held before.",
        AnswerOutcome::Reissued => "Activated. The same answer as before is on the key.",
    }
}

/// What became of a license that was given back, and what is to be done.
fn freed(outcome: &Deactivated) -> (String, String) {
    let message = match outcome.problem() {
        None => "Given back. Its seat is free.".into(),
        Some(note) => note.message(LANGUAGE),
    };
    let next = match (outcome, outcome.problem()) {
        (Deactivated::Freed | Deactivated::Repeated, _) | (_, None) => CONFIRM.into(),
        (_, Some(note)) => note.next_step(LANGUAGE),
    };
    (message, next)
}

/// What the customer may know of a no; the precise cause is for the vendor alone.
fn in_vain(refused: &Refused, file: &Path, profile: &VendorProfile) -> Row {
    let file = name(file);
    let product = refused.product.as_ref();
    Row {
        computer: match &refused.label {
            Some(label) => label.to_string(),
            None => "Unknown".into(),
        },
        product: product.map_or_else(String::new, |product| name_of(product, profile)),
        happened: match refused.kind {
            Some(_) => refused.problem.message(LANGUAGE),
            None => DAMAGED.into(),
        },
        until: String::new(),
        reference: match refused.token {
            Some(token) => token.reference(),
            None => reference_in(&file),
        },
        next: match refused.kind {
            Some(_) => refused.problem.next_step(LANGUAGE),
            None => COLLECT.into(),
        },
        file: refused.label.is_none().then_some(file),
    }
}

fn name_of(product: &ProductCode, profile: &VendorProfile) -> String {
    match profile.product(product) {
        Some(entry) => entry.name.to_string(),
        None => product.to_string(),
    }
}

fn name(file: &Path) -> String {
    file.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// What people call the token that a file is named after.
fn reference_in(file: &str) -> String {
    let groups: Vec<&str> = file.split('-').collect();
    match groups.as_slice() {
        [first, second, _, ..] if first.len() == 4 && second.len() == 4 => {
            format!("{first}-{second}")
        }
        _ => String::new(),
    }
}

fn spoken(at: Timestamp) -> String {
    Holds::Time.in_words(&at.to_string(), LANGUAGE)
}

/// So that `pc-9` comes before `pc-10`.
fn natural(text: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (word, behind) = rest.split_at(digits);
        let end = behind
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (number, behind) = behind.split_at(end);
        parts.push((word.to_lowercase(), number.parse().unwrap_or(0)));
        rest = behind;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computers_stand_in_the_order_in_which_people_count() {
        let mut names = ["pc-10", "pc-9", "PC-1", "press", "9", "10"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["9", "10", "PC-1", "pc-9", "pc-10", "press"]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_by_the_reference_in_its_name() {
        assert_eq!(
            reference_in("AB3D-9KX2-7QRM-0B3D-4RTW-9MPX.kft"),
            "AB3D-9KX2"
        );
        for other in ["request.kft", "a-b-c.kft", "AB3D-9KX2.kft"] {
            assert_eq!(reference_in(other), "", "{other}");
        }
    }
}
