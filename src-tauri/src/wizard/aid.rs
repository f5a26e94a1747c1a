//! When something is wrong: an emergency run, the clock, and what to tell whoever helps.

use keyferry_catalogue::Problem;

use crate::{
    mapping,
    record::NamedFile,
    views::{CarriedView, ClockView, DoneView, ReportView, StatusCodeView},
    wizard::{Shown, Wizard, read_product, why_not},
};

impl Wizard {
    pub(crate) fn take_emergency(&self, product: &str) -> Shown<DoneView> {
        let taken = self.client.take_emergency(&read_product(product)?);
        let product = taken.map_err(Problem::from)?;
        let grant = product.grant.as_ref();
        let reference = grant.map(|grant| grant.brought_by.reference());
        mapping::holds(&product, reference.unwrap_or_default())
            .ok_or_else(|| why_not(&product.standing).into())
    }

    pub(crate) fn clock_state(&self) -> Shown<ClockView> {
        Ok(mapping::clock(
            &self.client.clock_state().map_err(Problem::from)?,
        ))
    }

    pub(crate) fn request_time(&self, product: &str) -> Shown<CarriedView> {
        let made = self.client.request_time(Some(&read_product(product)?));
        Ok(self.show(&made.map_err(Problem::from)?))
    }

    pub(crate) fn time_request(&self, product: &str) -> Shown<Option<CarriedView>> {
        let made = self.client.time_request(&read_product(product)?);
        Ok(made.map_err(Problem::from)?.map(|made| self.show(&made)))
    }

    pub(crate) fn status_code(&self, product: Option<&str>) -> Shown<StatusCodeView> {
        let product = product.map(read_product).transpose()?;
        let spoken = self.client.status_code(product.as_ref());
        Ok(mapping::status_code(&spoken.map_err(Problem::from)?))
    }

    pub(crate) fn status_token(&self, product: &str) -> Shown<CarriedView> {
        let made = self.client.status_report(&read_product(product)?);
        Ok(self.show(&made.map_err(Problem::from)?))
    }

    pub(crate) fn report(&self) -> ReportView {
        let report = self.client.report(self.language());
        ReportView {
            text: report.text,
            file_name: report.file_name,
        }
    }

    /// The report as a file to be saved.
    pub(crate) fn report_file(&self) -> NamedFile {
        let report = self.client.report(self.language());
        NamedFile {
            name: report.file_name,
            content: report.text.into_bytes(),
        }
    }
}
