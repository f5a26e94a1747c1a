//! `keyferry apply`: takes whatever came back.

use keyferry_catalogue::{Code, Problem};
use keyferry_client::{Activation, Applied, ApplyFault, Client, Relation, VendorFault};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Results, Source, Terminal};
use keyferry_token::TokenKind;
use serde::Serialize;

use super::{status::paragraph, vendor::unconfirmed};
use crate::Outcome;
use crate::views::{ProductView, ProfileView};

#[derive(Serialize)]
struct AppliedView {
    outcome: &'static str,
    token: AnswerView,
    #[serde(flatten)]
    product: ProductView,
}

#[derive(Serialize)]
struct AnswerView {
    kind: &'static str,
    id: String,
    reference: String,
}

#[derive(Serialize)]
struct KnownView {
    outcome: &'static str,
    #[serde(flatten)]
    profile: ProfileView,
}

pub(crate) fn run(client: &Client, terminal: &mut Terminal<'_, '_>, files: &[Source]) -> Outcome {
    let mut results = Results::default();
    for file in files {
        let mut outcomes = match terminal.read(file) {
            Ok(bytes) => client.apply(&bytes).into_iter().map(told).collect(),
            Err(failure) => vec![Err(failure)],
        };
        if files.len() == 1 && outcomes.len() == 1 {
            return Outcome::One(outcomes.remove(0));
        }
        for outcome in outcomes {
            results.add(terminal, &file.to_string(), outcome);
        }
    }
    Outcome::Several(results)
}

fn told(applied: Result<Applied, ApplyFault>) -> Result<Reply, Failure> {
    match applied.map_err(Problem::from)? {
        Applied::Activated(activation) => Ok(activated("activated", &activation)),
        Applied::AlreadyApplied(activation) => {
            let said = Problem::new(Code::AlreadyApplied);
            Ok(activated("already_applied", &activation).saying(said.message(LANGUAGE)))
        }
        Applied::VendorFound(pending) => {
            let vendor = pending.profile().name.clone();
            match pending.relation() {
                Relation::Known => {
                    let view = KnownView {
                        outcome: "profile_known",
                        profile: ProfileView::from(pending.profile()),
                    };
                    Ok(Reply::of(&view).saying(format!("{vendor} is trusted already.")))
                }
                Relation::New | Relation::Successor => {
                    Err(unconfirmed(&pending, VendorFault::NotConfirmed { vendor }))
                }
                Relation::Older => Err(Problem::from(VendorFault::ProfileOlder).into()),
                Relation::NotChained => Err(Problem::from(VendorFault::ProfileNotChained).into()),
            }
        }
    }
}

fn activated(outcome: &'static str, activation: &Activation) -> Reply {
    let product = ProductView::from(&activation.product);
    let paragraph = paragraph(&product);
    let view = AppliedView {
        outcome,
        token: AnswerView {
            kind: TokenKind::ActivationResponse.name(),
            id: activation.response.to_string(),
            reference: activation.reference.clone(),
        },
        product,
    };
    Reply::of(&view)
        .printing(paragraph)
        .saying(format!("Answer {} is in place.", activation.reference))
}
