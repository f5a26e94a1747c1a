//! What would happen if a seat were given up, told before anything is changed.

use keyferry_catalogue::{Holds, Phrase, Problem};
use keyferry_client::{Client, DeactivationPlan};
use keyferry_terminal::{LANGUAGE, Reply, Table};
use keyferry_token::{DeactivationReason, ProductCode};
use serde::Serialize;

use crate::views::{ClaimView, VendorView, claim_row};

#[derive(Serialize)]
struct PlanView<'p> {
    outcome: &'static str,
    steps: &'p [String],
    product: String,
    product_name: String,
    vendor: VendorView,
    label: Option<String>,
    activation_id: Option<String>,
    works_until: Option<String>,
    reason: &'static str,
    claims: Vec<ClaimView>,
}

/// What would happen, step by step.
pub(crate) struct Plan {
    facts: DeactivationPlan,
    reason: DeactivationReason,
    steps: Vec<String>,
}

impl Plan {
    /// What is so whatever becomes of the seat.
    ///
    /// # Errors
    /// Those of [`Client::deactivation_plan`].
    pub(crate) fn of(
        client: &Client,
        product: &ProductCode,
        reason: DeactivationReason,
    ) -> Result<Self, Problem> {
        let mut plan = Self {
            facts: client.deactivation_plan(product)?,
            reason,
            steps: Vec::new(),
        };
        let name = plan.facts.product.name.clone();
        plan.step(Phrase::StepProgramStops, &[("product", name.as_str())]);
        if let Some(until) = plan.facts.works_until {
            plan.step(Phrase::StepRunsOtherwise, &[("until", &until.to_string())]);
        }
        plan.step(Phrase::StepDeactivationKept, &[]);
        Ok(plan)
    }

    /// The seat becomes free for anyone.
    pub(crate) fn deactivating(mut self) -> Self {
        self.vendor_step(Phrase::StepSeatFreed);
        self
    }

    /// The seat passes to another computer, in one trip if its request is there.
    pub(crate) fn moving(mut self, with_request: bool) -> Self {
        if with_request {
            self.step(Phrase::StepMoveTogether, &[]);
            self.vendor_step(Phrase::StepMoveSeatPasses);
            self.step(Phrase::StepMoveAnswer, &[]);
        } else {
            self.vendor_step(Phrase::StepSeatFreed);
            self.step(Phrase::StepMoveWithoutRequest, &[]);
        }
        self.vendor_step(Phrase::StepMoveOldComputerDead);
        self
    }

    fn step(&mut self, phrase: Phrase, args: &[(&str, &str)]) {
        self.steps.push(phrase.fill(LANGUAGE, args));
    }

    fn vendor_step(&mut self, phrase: Phrase) {
        let vendor = self.facts.product.vendor.profile.name.clone();
        self.step(phrase, &[("vendor", vendor.as_str())]);
    }

    /// The reply; `command` is what does it.
    pub(crate) fn reply(&self, command: &str) -> Reply {
        let facts = &self.facts;
        let found = &facts.product;
        let grant = found.grant.as_ref();
        let view = PlanView {
            outcome: "dry_run",
            steps: &self.steps,
            product: found.product.to_string(),
            product_name: found.name.to_string(),
            vendor: VendorView::from(&found.vendor),
            label: grant.map(|grant| grant.label.to_string()),
            activation_id: grant.map(|grant| grant.activation.to_string()),
            works_until: facts.works_until.map(|until| until.to_string()),
            reason: self.reason.name(),
            claims: facts.claims.iter().map(ClaimView::from).collect(),
        };
        let mut claims = Table::plain();
        for claim in &facts.claims {
            let [name, value] = claim_row(claim);
            claims.row([format!("  {name}"), value]);
        }
        claims.row([
            format!("  {}", Phrase::ClaimReason.text(LANGUAGE)),
            Holds::Reason.in_words(self.reason.name(), LANGUAGE),
        ]);
        let steps: Vec<String> = self.steps.iter().map(|step| format!("- {step}")).collect();
        Reply::of(&view)
            .printing(steps.join("\n"))
            .printing(Phrase::ToldClaims.text(LANGUAGE))
            .printing(claims.to_string())
            .saying(Phrase::ToldNothingChanged.text(LANGUAGE))
            .saying(Phrase::NextDoIt.fill(LANGUAGE, &[("command", command)]))
    }
}
