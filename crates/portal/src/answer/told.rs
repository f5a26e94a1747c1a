//! What became of a message, in words. Nothing here is for the vendor alone: whoever brings a message
//! may know what became of it, and no more (rule A13).

use keyferry_authority::{
    Answer, AnswerOutcome, GivenBack, Received, Refreshed, Refused, StatusRead, TimeTold,
};
use keyferry_catalogue::{Code, Holds};
use keyferry_token::{Label, ProductCode, State, TokenId, TokenKind, VendorProfile};

use super::{carried::Carried, page::title_of_refresh};
use crate::{
    trouble::shown,
    words::{LANGUAGE, Told, changed, product_name, spoken},
};

const TAKE: &str = "Bring this answer to that computer, and open it there with Keyferry.";
const REFUSAL: &str =
    "The reply below tells that computer the same. It can go on asking afterwards.";

/// What became of one message.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Whether somebody has to do something about it.
    pub(crate) open: bool,
    /// The sentence above all else.
    pub(crate) headline: String,
    /// What happened, for a table.
    pub(crate) happened: String,
    pub(crate) computer: Option<String>,
    pub(crate) product: String,
    pub(crate) until: Option<String>,
    /// What people call the message.
    pub(crate) reference: Option<String>,
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What is the matter, where something is.
    pub(crate) told: Option<Told>,
    pub(crate) next: Option<String>,
    pub(crate) carried: Option<Carried>,
    /// Whether it was read at all.
    pub(crate) read: bool,
    /// For the counts.
    pub(crate) kind: &'static str,
    pub(crate) came_of_it: &'static str,
}

impl Outcome {
    /// What became of a message.
    pub(crate) fn of(received: &Received, profile: &VendorProfile) -> Self {
        match received {
            Received::Answered(answer) => answered(answer, profile),
            Received::Deactivated(given_back) => deactivated(given_back, profile),
            Received::TimeTold(told) => time_told(told, profile),
            Received::Status(read) => status(read, profile),
            Received::Refused(refused) => in_vain(refused, profile),
        }
    }

    /// A refresh that was made for a computer.
    pub(crate) fn of_refresh(refreshed: &Refreshed, profile: &VendorProfile) -> Self {
        let product = product_name(&refreshed.product, profile);
        let (kind, id) = (TokenKind::Refresh, refreshed.sealed.id);
        let mut outcome = Self::about(kind, &refreshed.label, product, id);
        let until = refreshed.lease_expires_at.map(spoken);
        let happened = match &until {
            Some(until) => format!("It runs there until {until}, once it has arrived."),
            None => "It tells that computer that the vendor has stopped the license.".to_owned(),
        };
        if let Some(until) = &until {
            outcome.facts.push(("Works until", until.clone()));
        }
        Self {
            headline: title_of_refresh(refreshed),
            happened,
            until,
            next: Some(TAKE.to_owned()),
            carried: Some(Carried::new(&refreshed.sealed, &id.reference())),
            came_of_it: "refreshed",
            ..outcome
        }
    }

    fn about(kind: TokenKind, label: &Label, product: String, message: TokenId) -> Self {
        let mut facts = vec![("What it is", kind_name(kind))];
        facts.push(("Computer", label.to_string()));
        facts.push(("Product", product.clone()));
        facts.push(("Reference", message.reference()));
        Self {
            open: false,
            headline: String::new(),
            happened: String::new(),
            computer: Some(label.to_string()),
            product,
            until: None,
            reference: Some(message.reference()),
            facts,
            told: None,
            next: None,
            carried: None,
            read: true,
            kind: kind.name(),
            came_of_it: "done",
        }
    }
}

fn answered(answer: &Answer, profile: &VendorProfile) -> Outcome {
    let product = product_name(&answer.product, profile);
    let until = spoken(answer.lease_expires_at);
    let happened = match answer.outcome {
        AnswerOutcome::Activated => "Activated.",
        AnswerOutcome::Moved => "Activated, on the seat that it held before.",
        AnswerOutcome::Reissued => "Activated before; this is the same answer once more.",
    };
    let kind = TokenKind::ActivationRequest;
    let mut outcome = Outcome::about(kind, &answer.label, product, answer.request);
    outcome.facts.push(("Works until", until.clone()));
    Outcome {
        headline: format!("The answer for {} is ready", answer.label),
        happened: happened.to_owned(),
        until: Some(until),
        next: Some(TAKE.to_owned()),
        carried: Some(Carried::new(&answer.sealed, &answer.request.reference())),
        came_of_it: answer.outcome.name(),
        ..outcome
    }
}

fn time_told(told: &TimeTold, profile: &VendorProfile) -> Outcome {
    let product = product_name(&told.product, profile);
    let time = spoken(told.time);
    let mut outcome = Outcome::about(TokenKind::TimeRequest, &told.label, product, told.request);
    outcome
        .facts
        .push(("Its clock showed", spoken(told.device_time)));
    outcome.facts.push(("The right time", time.clone()));
    Outcome {
        headline: format!("The time for {} is ready", told.label),
        happened: format!("Told the time: {time}."),
        next: Some(TAKE.to_owned()),
        carried: Some(Carried::new(&told.sealed, &told.request.reference())),
        came_of_it: "time_told",
        ..outcome
    }
}

fn deactivated(given_back: &GivenBack, profile: &VendorProfile) -> Outcome {
    let product = product_name(&given_back.product, profile);
    let kind = TokenKind::Deactivation;
    let mut outcome = Outcome::about(kind, &given_back.label, product, given_back.token);
    let reason = Holds::Reason.in_words(given_back.reason.name(), LANGUAGE);
    outcome.facts.push(("Why", reason));
    let confirm = format!(
        "On {}, confirm that the message was delivered.",
        given_back.label
    );
    match given_back.outcome.problem() {
        None => Outcome {
            headline: format!("{} has given its license back", given_back.label),
            happened: "Given back. Its seat is free.".to_owned(),
            next: Some(confirm),
            came_of_it: "freed",
            ..outcome
        },
        Some(note) => {
            let told = Told::of(&note);
            Outcome {
                headline: told.message.trim_end_matches('.').to_owned(),
                happened: told.message.clone(),
                next: Some(match note.code {
                    Code::DeactivationRepeated => confirm,
                    _ => told.next_step.clone(),
                }),
                told: Some(told),
                came_of_it: note.code.as_str(),
                ..outcome
            }
        }
    }
}

/// What the computer says, and what would mend it; what the vendor's books say beside that is told
/// only as far as the computer itself would be told.
fn status(read: &StatusRead, profile: &VendorProfile) -> Outcome {
    let report = &read.report;
    let product = product_name(&report.product, profile);
    let mut outcome = Outcome::about(TokenKind::Status, &report.label, product, read.token);
    let state = Holds::State.in_words(report.state.name(), LANGUAGE);
    outcome.facts.push(("Made", spoken(report.issued_at)));
    outcome.facts.push(("State", state.clone()));
    if let Some(until) = report.until.filter(|_| report.state == State::Licensed) {
        outcome.facts.push(("Until", spoken(until)));
    }
    if !report.changed.is_empty() {
        outcome
            .facts
            .push(("Changed there", changed(&report.changed)));
    }
    let better_known = read.differences.iter().find_map(|one| one.problem());
    let problem = better_known.or_else(|| read.problem());
    let told = problem.as_ref().map(Told::of);
    let sentence = told.as_ref().map(|told| told.message.clone());
    Outcome {
        headline: format!("The status of {}", report.label),
        happened: sentence.unwrap_or_else(|| format!("{state}.")),
        next: told.as_ref().map(|told| told.next_step.clone()),
        told,
        came_of_it: "read",
        ..outcome
    }
}

fn in_vain(refused: &Refused, profile: &VendorProfile) -> Outcome {
    let problem = shown(&refused.problem);
    let told = Told::of(&problem);
    let product = |product: &ProductCode| product_name(product, profile);
    let mut facts = Vec::new();
    if let Some(kind) = refused.kind {
        facts.push(("What it is", kind_name(kind)));
    }
    if let Some(label) = &refused.label {
        facts.push(("Computer", label.to_string()));
    }
    if let Some(code) = &refused.product {
        facts.push(("Product", product(code)));
    }
    let reference = refused.token.as_ref().map(TokenId::reference);
    if let Some(reference) = &reference {
        facts.push(("Reference", reference.clone()));
    }
    let to = reference.clone().unwrap_or_default();
    Outcome {
        open: true,
        headline: told.message.trim_end_matches('.').to_owned(),
        happened: told.message.clone(),
        computer: refused.label.as_ref().map(Label::to_string),
        product: refused.product.as_ref().map_or_else(String::new, product),
        until: None,
        reference,
        facts,
        next: Some(told.next_step.clone()),
        carried: refused
            .answer
            .as_ref()
            .map(|answer| Carried::new(answer, &to)),
        read: refused.kind.is_some(),
        kind: refused.kind.map_or("unread", TokenKind::name),
        came_of_it: problem.code.as_str(),
        told: Some(told),
    }
}

impl Outcome {
    /// What to say of the answer to a refused message.
    pub(crate) fn reply(&self) -> Option<&'static str> {
        (self.open && self.carried.is_some()).then_some(REFUSAL)
    }
}

/// The kind, as it stands at the beginning of a line.
fn kind_name(kind: TokenKind) -> String {
    let words = Holds::Kind.in_words(kind.name(), LANGUAGE);
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
