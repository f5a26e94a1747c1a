//! What computers say of themselves when somebody asks for help, beside what the books say.

use keyferry_authority::{Difference, EntitlementStatus, StatusRead};
use keyferry_catalogue::Holds;
use keyferry_terminal::{LANGUAGE, NoteView};
use keyferry_token::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{ActivationView, reason, time};

/// A status that a computer sent.
#[derive(Serialize, ToSchema)]
pub struct StatusReadView {
    report: ReportView,
    /// What the catalogue says of its reason.
    note: Option<NoteView>,
    books: Option<BooksView>,
    /// In what the two differ.
    differences: Vec<DifferenceView>,
}

/// What the computer says.
#[derive(Serialize, ToSchema)]
pub struct ReportView {
    platform: String,
    /// The version of its Keyferry.
    client: String,
    state: &'static str,
    reason: Option<String>,
    until: Option<String>,
    /// The number of its grant.
    sequence: Option<u64>,
    lease_expires_at: Option<String>,
    /// The latest time that it has seen.
    clock: String,
    /// What changed about it, by its components.
    changed: Vec<&'static str>,
    store_repaired: bool,
}

/// What the books say.
#[derive(Serialize, ToSchema)]
pub struct BooksView {
    #[serde(flatten)]
    activation: ActivationView,
    /// The number of its latest grant.
    sequence: u64,
    entitlement_status: Option<&'static str>,
}

/// Something in which a computer and the books differ.
#[derive(Serialize, ToSchema)]
pub struct DifferenceView {
    name: &'static str,
    message: String,
}

impl From<&StatusRead> for StatusReadView {
    fn from(read: &StatusRead) -> Self {
        let report = &read.report;
        let books = read.activation.as_ref().map(|record| BooksView {
            activation: ActivationView::from(&record.activation),
            sequence: record.activation.sequence.0,
            entitlement_status: read.entitlement.map(EntitlementStatus::name),
        });
        let differences = read.differences.iter().map(|one| DifferenceView {
            name: one.name(),
            message: difference(*one),
        });
        Self {
            report: ReportView {
                platform: report.platform.to_string(),
                client: report.client.to_string(),
                state: report.state.name(),
                reason: reason(read.reason(), report.reason),
                until: time(report.until),
                sequence: report.sequence.map(|sequence| sequence.0),
                lease_expires_at: time(report.lease_expires_at),
                clock: report.clock_floor.to_string(),
                changed: report.changed.iter().map(|kind| kind.name()).collect(),
                store_repaired: report.store_repaired,
            },
            note: read.problem().as_ref().map(NoteView::from),
            books,
            differences: differences.collect(),
        }
    }
}

fn spoken(at: Timestamp) -> String {
    Holds::Time.in_words(&at.to_string(), LANGUAGE)
}

/// A difference in a sentence.
pub fn difference(one: Difference) -> String {
    match one {
        Difference::ActivationUnknown => {
            "It names an activation that is not in the books, or is another computer's.".to_owned()
        }
        Difference::SeatEnded(status) => format!(
            "It does not know that its activation is {}: it gets no new lease, and runs on until the one that it has is over.",
            status.name()
        ),
        Difference::Entitlement(status) => format!(
            "It does not know that its entitlement is {}: it learns of it with a refresh.",
            status.name()
        ),
        Difference::AnswerNotApplied => {
            "It has a seat here and does not know: the answer did not arrive. Have the same request brought again, or send the answer once more.".to_owned()
        }
        Difference::OlderGrant { device, books } => format!(
            "It has grant {}; the latest is {}: an answer or refresh did not arrive. A new one mends it: refresh ACTIVATION",
            device.0, books.0
        ),
        Difference::NewerGrant { device, books } => format!(
            "It has grant {}; the latest in the books is {}: they seem to be those of a backup.",
            device.0, books.0
        ),
        Difference::Clock { device, latest_seen } => format!(
            "Its clock showed {}; the latest time that it has seen is {}. One of them is far off.",
            spoken(device),
            spoken(latest_seen)
        ),
    }
}
