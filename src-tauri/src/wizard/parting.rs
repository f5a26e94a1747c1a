//! Giving a license up here: for good, or for another computer.

use std::path::PathBuf;

use keyferry_catalogue::{Code, Problem};
use keyferry_client::{MoveRequest, read_file};
use keyferry_token::DeactivationReason;

use crate::{
    mapping,
    views::{CarriedView, DeactivationPlanView, MoveRequestView, ProblemView},
    wizard::{Shown, Wizard, about, read_product, read_token, why_not},
};

/// What a request that was typed or pasted is called.
const TEXT: &str = "text";

impl Wizard {
    pub(crate) fn plan_deactivation(&self, product: &str) -> Shown<DeactivationPlanView> {
        let product = read_product(product)?;
        let plan = self.client.deactivation_plan(&product);
        let plan = plan.map_err(Problem::from)?;
        mapping::plan(&plan, self.language()).ok_or_else(|| why_not(&plan.product.standing).into())
    }

    pub(crate) fn deactivate(&self, product: &str, reason: &str) -> Shown<CarriedView> {
        let product = read_product(product)?;
        let reason = read_reason(reason)?;
        let made = self.client.deactivate(&product, reason);
        Ok(self.show(&made.map_err(Problem::from)?))
    }

    pub(crate) fn deactivation(&self, product: &str) -> Shown<Option<CarriedView>> {
        let made = self.client.deactivation(&read_product(product)?);
        Ok(made.map_err(Problem::from)?.map(|made| self.show(&made)))
    }

    pub(crate) fn confirm_delivery(&self, token: &str) -> Shown<()> {
        let id = read_token(token)?;
        self.client.token_delivered(&id).map_err(Problem::from)?;
        Ok(())
    }

    pub(crate) fn move_request_text(&self, text: &str) -> Shown<MoveRequestView> {
        self.arriving(TEXT, text.as_bytes())
            .map_err(|problem| problem.about(TEXT))
    }

    /// The first of these files that is a new computer's request; else what is wrong with the first.
    pub(crate) fn move_request_files(&self, paths: &[PathBuf]) -> Shown<MoveRequestView> {
        let mut trouble = None;
        for path in paths {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let read = read_file(path).map_err(|fault| ProblemView::from(Problem::from(fault)));
            let request = read.and_then(|bytes| self.arriving(&name.to_string_lossy(), &bytes));
            match request {
                Ok(request) => return Ok(request),
                Err(problem) => trouble = trouble.or(Some(problem)),
            }
        }
        Err(trouble.unwrap_or_else(|| Problem::new(Code::MoveNeedsRequest).into()))
    }

    pub(crate) fn move_away(&self, product: &str, handle: Option<&str>) -> Shown<CarriedView> {
        let product = read_product(product)?;
        let request = handle
            .map(|handle| {
                let kept = self.arriving.get(handle);
                kept.ok_or_else(|| Problem::new(Code::MoveNeedsRequest))
            })
            .transpose()?;
        let made = self.client.move_away(&product, request.as_ref());
        Ok(self.show(&made.map_err(Problem::from)?))
    }

    fn arriving(&self, from: &str, bytes: &[u8]) -> Shown<MoveRequestView> {
        let request = self
            .client
            .read_move_request(bytes)
            .map_err(Problem::from)?;
        Ok(self.keep_arriving(from, &request))
    }

    /// Keeps the request of another computer until it is moved to.
    pub(super) fn keep_arriving(&self, from: &str, request: &MoveRequest) -> MoveRequestView {
        let handle = self.arriving.keep(request.clone());
        mapping::move_request(handle, from, request)
    }
}

fn read_reason(name: &str) -> Shown<DeactivationReason> {
    DeactivationReason::ALL
        .into_iter()
        .find(|reason| reason.name() == name)
        .ok_or_else(|| about("reason", Problem::new(Code::InputNeeded)))
}
