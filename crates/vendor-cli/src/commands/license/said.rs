//! Licenses in words.

use keyferry_authority::{IssuedLicense, LicenseFile, LicenseRecord};
use keyferry_terminal::{Reply, Table, license_end, license_facts, quoted};
use keyferry_token::{Binding, License, LicenseId, LicenseTerm, SeatStatus};
use keyferry_views::LicenseShownView;

use crate::commands::spoken;

/// What was asked for.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Make,
    Reissue,
    Suspend,
    Reinstate,
    Revoke,
}

impl Step {
    /// Its outcome in JSON, where there was something to do.
    pub(super) const fn outcome(self) -> &'static str {
        match self {
            Self::Make => "made",
            Self::Reissue => "reissued",
            Self::Suspend => "suspended",
            Self::Reinstate => "reinstated",
            Self::Revoke => "revoked",
        }
    }

    /// What became of the license.
    pub(super) fn done(self, file: &LicenseFile) -> Vec<String> {
        let license = &file.issued.license;
        let plain = match (self, file.changed) {
            (Self::Make, _) => return vec![made(license)],
            (Self::Reissue, _) => {
                let earlier = "Wherever it has been seen, the earlier files count no longer.";
                return vec![made(license), earlier.to_owned()];
            }
            (Self::Suspend, true) => {
                "The license is suspended: programs stop where this file arrives."
            }
            (Self::Reinstate, true) => {
                "The license is in force again: programs run where this file arrives."
            }
            (Self::Revoke, true) => {
                "The license is revoked for good: programs stop where this file arrives."
            }
            (Self::Suspend, false) => "It was suspended before; this is its latest file once more.",
            (Self::Reinstate, false) => "It was not suspended; this is its latest file once more.",
            (Self::Revoke, false) => "It was revoked before; this is its latest file once more.",
        };
        vec![plain.to_owned()]
    }

    /// How to have the file of a license that is in the books and could not be written.
    pub(super) fn once_more(self, id: LicenseId) -> String {
        match self {
            Self::Make | Self::Reissue => format!(
                "License {id} is in the books, and its file was not written. To have it once more: license reissue {id} --out FILE"
            ),
            Self::Suspend | Self::Reinstate | Self::Revoke => format!(
                "That license {id} is {} is in the books, and the file was not written. The same command gives it once more.",
                self.outcome()
            ),
        }
    }
}

/// What a new license is for, and until when.
fn made(license: &License) -> String {
    let License { product, .. } = license;
    let bound = match &license.binding {
        Binding::Unbound => "is bound to nothing: whoever has a copy can use it".to_owned(),
        Binding::Usb { key, .. } => format!("is bound to the USB key {key}"),
        Binding::Device { .. } => "is bound to one computer".to_owned(),
    };
    match license.term {
        LicenseTerm::Until(end) => {
            format!("It is for {product}, ends on {}, and {bound}.", spoken(end))
        }
        LicenseTerm::Perpetual => format!("It is for {product}, does not end, and {bound}."),
    }
}

/// What a copy does that never sees a file that says no.
pub(super) fn limit(license: &License) -> Option<String> {
    match (license.status, license.term) {
        (SeatStatus::Active, _) => None,
        (_, LicenseTerm::Until(end)) => Some(format!(
            "A copy that never sees it runs until {}.",
            spoken(end.plus(license.grace))
        )),
        (_, LicenseTerm::Perpetual) => Some("A copy that never sees it runs on.".to_owned()),
    }
}

/// Where to take the file.
pub(super) fn next(license: &License, file: &str) -> String {
    let file = quoted(file);
    match &license.binding {
        Binding::Usb { .. } => format!("Next: put it on that key: keyferry usb put {file} KEY"),
        Binding::Device { .. } => format!("Next: take it to that computer: keyferry apply {file}"),
        Binding::Unbound => format!("Next: take it to the computers: keyferry apply {file}"),
    }
}

/// A list of licenses.
pub(super) fn table(licenses: &[IssuedLicense]) -> Table {
    let headings = [
        "LICENSE", "PRODUCT", "BOUND TO", "STATUS", "ENDS", "HOLDER", "FILES",
    ];
    let mut table = Table::with_headings(headings);
    for issued in licenses {
        let license = &issued.license;
        table.row([
            license.id.to_string(),
            license.product.to_string(),
            anchor(license),
            license.status.name().to_owned(),
            end(license),
            license
                .holder
                .as_ref()
                .map_or_else(|| "-".to_owned(), ToString::to_string),
            issued.files.to_string(),
        ]);
    }
    table
}

/// One license with all that was made of it.
pub(super) fn record(record: &LicenseRecord) -> Reply {
    let view = LicenseShownView::from(record);
    Reply::of(&view)
        .printing(facts(&record.issued).to_string())
        .printing(format!(
            "\nIts files, the latest first:\n{}",
            files(&record.history)
        ))
}

fn facts(issued: &IssuedLicense) -> Table {
    let mut table = license_facts(&issued.license);
    table.row(["Made".to_owned(), spoken(issued.created_at)]);
    table
}

fn files(history: &[License]) -> Table {
    let mut table = Table::with_headings(["NUMBER", "MADE", "STATUS", "ENDS", "BOUND TO"]);
    for license in history {
        table.row([
            license.sequence.0.to_string(),
            license.issued_at.to_string(),
            license.status.name().to_owned(),
            end(license),
            anchor(license),
        ]);
    }
    table
}

/// What it is bound to, in a cell.
fn anchor(license: &License) -> String {
    match &license.binding {
        Binding::Unbound => "nothing".to_owned(),
        Binding::Usb { key, .. } => format!("key {key}"),
        Binding::Device { .. } => "a computer".to_owned(),
    }
}

fn end(license: &License) -> String {
    license_end(license).unwrap_or_else(|| "never".to_owned())
}
