//! `keyferry apply`: takes whatever came back.

use keyferry_catalogue::{Code, Exit, Phrase, Problem};
use keyferry_client::{
    Applied, ApplyFault, Change, Client, Gathering, LicenseAdded, PendingVendor, Relation,
    RequestSummary, Taken, VendorFault,
};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Results, Source, Table, Terminal};
use keyferry_token::Timestamp;
use serde::Serialize;

use super::product::paragraph;
use super::vendor::{of_vendor, unconfirmed};
use crate::Outcome;
use crate::views::{ProductView, ProfileView, RequestView};

#[derive(Serialize)]
struct AppliedView {
    outcome: &'static str,
    token: BroughtView,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeView>>,
    #[serde(flatten)]
    product: ProductView,
}

impl AppliedView {
    fn of(outcome: &'static str, taken: &Taken) -> Self {
        Self {
            outcome,
            token: BroughtView::from(taken),
            changes: None,
            product: ProductView::from(&taken.product),
        }
    }
}

/// A license file that is kept here now.
#[derive(Serialize)]
struct LicenseAddedView {
    outcome: &'static str,
    license_id: String,
    #[serde(flatten)]
    product: ProductView,
}

/// What came from the vendor.
#[derive(Serialize)]
struct BroughtView {
    kind: &'static str,
    id: String,
    reference: String,
}

impl From<&Taken> for BroughtView {
    fn from(taken: &Taken) -> Self {
        Self {
            kind: taken.kind.name(),
            id: taken.id.to_string(),
            reference: taken.reference.clone(),
        }
    }
}

/// A claim that a refresh changed; its name in the catalogue without the `claim_` in front.
#[derive(Serialize)]
struct ChangeView {
    name: &'static str,
    before: Option<String>,
    after: Option<String>,
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        let name = change.name.as_str();
        Self {
            name: name.strip_prefix("claim_").unwrap_or(name),
            before: change.before.as_ref().map(|claim| claim.value.clone()),
            after: change.after.as_ref().map(|claim| claim.value.clone()),
        }
    }
}

#[derive(Serialize)]
struct RefusedView {
    outcome: &'static str,
    token: BroughtView,
    refused: RequestView,
    refused_at: String,
    #[serde(flatten)]
    product: ProductView,
}

#[derive(Serialize)]
struct KnownView {
    outcome: &'static str,
    #[serde(flatten)]
    profile: ProfileView,
}

pub(crate) fn run(client: &Client, terminal: &mut Terminal<'_, '_>, files: &[Source]) -> Outcome {
    let mut results = Results::default();
    // Pictures of a moving code's parts are one thing, which is read when all of them are there.
    let mut gathering = Gathering::default();
    for file in files {
        let name = file.to_string();
        let mut outcomes = match terminal.read(file) {
            Ok(bytes) if files.len() == 1 => applied(client, &bytes),
            Ok(bytes) => match gathering.take(&name, bytes) {
                Some(bytes) => applied(client, &bytes),
                None => continue,
            },
            Err(failure) => vec![Err(failure)],
        };
        if files.len() == 1 && outcomes.len() == 1 {
            return Outcome::One(outcomes.remove(0));
        }
        for outcome in outcomes {
            results.add(terminal, &name, outcome);
        }
    }
    if let Some((names, frames)) = gathering.frames() {
        for outcome in applied(client, &frames) {
            results.add(terminal, &names, outcome);
        }
    }
    Outcome::Several(results)
}

fn applied(client: &Client, bytes: &[u8]) -> Vec<Result<Reply, Failure>> {
    client.apply(bytes).into_iter().map(told).collect()
}

/// What became of something that was brought, as this command says it.
pub(crate) fn told(applied: Result<Applied, ApplyFault>) -> Result<Reply, Failure> {
    match applied.map_err(Problem::from)? {
        Applied::Activated(taken) => Ok(in_place("activated", &taken)),
        Applied::ClockMended(taken) => Ok(in_place("clock_mended", &taken)),
        Applied::Refreshed { taken, changes } => Ok(refreshed(&taken, &changes)),
        Applied::AlreadyApplied(taken) => {
            let said = Problem::new(Code::AlreadyApplied).message(LANGUAGE);
            let view = AppliedView::of("already_applied", &taken);
            Ok(Reply::of(&view)
                .printing(paragraph(&taken.product))
                .saying(said))
        }
        Applied::Refused {
            taken,
            request,
            problem,
            refused_at,
        } => Err(refused(&taken, &request, problem, refused_at)),
        Applied::LicenseAdded(added) => Ok(license_added(&added)),
        Applied::VendorFound(pending) => found(&pending),
    }
}

fn license_added(added: &LicenseAdded) -> Reply {
    let view = LicenseAddedView {
        outcome: if added.already_there {
            "already_applied"
        } else {
            "license_added"
        },
        license_id: added.license.id().to_string(),
        product: ProductView::from(&added.product),
    };
    let said = if added.already_there {
        Problem::new(Code::AlreadyApplied).message(LANGUAGE)
    } else {
        let name = added.product.name.as_str();
        Phrase::ToldLicenseAdded.fill(LANGUAGE, &[("product", name)])
    };
    Reply::of(&view)
        .printing(paragraph(&added.product))
        .saying(said)
}

fn in_place(outcome: &'static str, taken: &Taken) -> Reply {
    Reply::of(&AppliedView::of(outcome, taken))
        .printing(paragraph(&taken.product))
        .saying(of_token(Phrase::ToldInPlace, taken))
}

fn refreshed(taken: &Taken, changes: &[Change]) -> Reply {
    let view = AppliedView {
        changes: Some(changes.iter().map(ChangeView::from).collect()),
        ..AppliedView::of("refreshed", taken)
    };
    let reply = Reply::of(&view)
        .printing(paragraph(&taken.product))
        .saying(of_token(Phrase::ToldInPlace, taken));
    if changes.is_empty() {
        return reply;
    }
    let mut table = Table::with_headings(
        [
            Phrase::ToldChanges,
            Phrase::ToldChangesBefore,
            Phrase::ToldChangesAfter,
        ]
        .map(|phrase| phrase.text(LANGUAGE)),
    );
    let none = || Phrase::NothingThere.text(LANGUAGE).to_owned();
    for change in changes {
        let words = [&change.before, &change.after].map(|claim| {
            claim
                .as_ref()
                .map_or_else(none, |claim| claim.in_words(LANGUAGE))
        });
        let [before, after] = words;
        table.row([change.name.text(LANGUAGE).to_owned(), before, after]);
    }
    table.to_string().lines().fold(reply, Reply::saying)
}

/// A vendor's no ends the command as what was refused would have: with its code, its next step and
/// its exit code.
fn refused(
    taken: &Taken,
    request: &RequestSummary,
    problem: Problem,
    refused_at: Timestamp,
) -> Failure {
    let view = RefusedView {
        outcome: "refused",
        token: BroughtView::from(taken),
        refused: RequestView::from(request),
        refused_at: refused_at.to_string(),
        product: ProductView::from(&taken.product),
    };
    // A no never ends like a yes, whatever code a vendor gives for it.
    let problem = if problem.code.exit() == Exit::Runs {
        Problem::new(Code::RefusedByVendor).with("reason", problem.code)
    } else {
        problem
    };
    let reference = request.reference.as_str();
    let product = taken.product.name.as_str();
    let args = [("reference", reference), ("product", product)];
    Failure::from(problem)
        .showing(&view)
        .saying(Phrase::ToldRequestRefused.fill(LANGUAGE, &args))
}

fn found(pending: &PendingVendor) -> Result<Reply, Failure> {
    let vendor = pending.profile().name.clone();
    match pending.relation() {
        Relation::Known => {
            let view = KnownView {
                outcome: "profile_known",
                profile: ProfileView::from(pending.profile()),
            };
            Ok(Reply::of(&view).saying(of_vendor(Phrase::ToldVendorKnown, &vendor)))
        }
        Relation::New | Relation::Successor => {
            Err(unconfirmed(pending, VendorFault::NotConfirmed { vendor }))
        }
        Relation::Older => Err(Problem::from(VendorFault::ProfileOlder).into()),
        Relation::NotChained => Err(Problem::from(VendorFault::ProfileNotChained).into()),
    }
}

fn of_token(phrase: Phrase, taken: &Taken) -> String {
    let args = [
        ("kind", taken.kind.name()),
        ("reference", taken.reference.as_str()),
    ];
    phrase.fill(LANGUAGE, &args)
}
