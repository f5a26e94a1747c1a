//! A report for support, to be read by its user before it is sent: how everything stands, and nothing
//! secret.

use keyferry_catalogue::{Code, Holds, Language, Phrase, Problem};

use crate::{
    Claim, Client, LicenseHeld, LicensePlace, ProductStanding, RequestSummary, Vendor,
    claims::{self, components},
    client::client_version,
};

/// A report as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The text: UTF-8, with a line break after each line.
    pub text: String,
    /// A name to suggest for its file.
    pub file_name: String,
}

impl Client {
    /// Says how everything stands, for someone who helps: standings, vendors, what waits, the clock,
    /// the store. No activation code, no key, no component's value. A store that cannot be read is
    /// told in its place.
    pub fn report(&self, language: Language) -> Report {
        let now = self.now();
        let mut page = Page::new(language);
        page.title(&format!("Keyferry {}", client_version()));
        page.claim(&Claim::time(Phrase::ClaimMadeAt, now));
        match self.device() {
            Err(fault) => page.problem(&fault.problem()),
            Ok(device) => {
                page.claim(&Claim::text(Phrase::ClaimComputerName, &device.label));
                page.claim(&Claim::text(Phrase::ClaimPlatform, &device.platform));
                page.claim(&components(Phrase::ClaimFingerprint, &device.components));
            }
        }
        self.clock_and_store(&mut page);
        match self.vendors() {
            Err(fault) => page.problem(&fault.problem()),
            Ok(vendors) => vendors
                .iter()
                .for_each(|vendor| of_vendor(&mut page, vendor)),
        }
        for path in self.unread_vendors() {
            page.problem(&Problem::new(Code::FileUnreadable).with("path", path.display()));
        }
        match self.products() {
            Err(fault) => page.problem(&fault.problem()),
            Ok(products) => products
                .iter()
                .for_each(|product| of_product(&mut page, product)),
        }
        let day: String = now.to_string().chars().take(10).collect();
        Report {
            text: page.text,
            file_name: format!("keyferry-report-{day}.txt"),
        }
    }

    fn clock_and_store(&self, page: &mut Page) {
        if let Ok(clock) = self.clock_state() {
            let seen = clock.latest_seen;
            page.all(seen.map(|seen| Claim::time(Phrase::ClaimClock, seen)));
        }
        if let Ok(snapshot) = self.store.read() {
            let repaired = snapshot.state.repaired_at;
            page.all(repaired.map(|at| Claim::time(Phrase::ClaimStoreRepaired, at)));
        }
    }
}

fn of_vendor(page: &mut Page, vendor: &Vendor) {
    let profile = &vendor.profile;
    page.title(profile.name.as_str());
    page.claim(&Claim::text(Phrase::ClaimVendor, &profile.name).detailed(profile.vendor));
    let number = Claim::new(Phrase::ClaimProfileNumber, Holds::Count, profile.number);
    page.claim(&number);
    let support = profile.support.as_ref();
    page.all(support.map(|support| Claim::text(Phrase::ClaimSupport, support)));
}

fn of_product(page: &mut Page, found: &ProductStanding) {
    let standing = &found.standing;
    page.title(found.name.as_str());
    page.claim(&Claim::text(Phrase::ClaimProduct, &found.name).detailed(&found.product));
    page.claim(&Claim::text(
        Phrase::ClaimVendor,
        &found.vendor.profile.name,
    ));
    page.claim(&Claim::new(
        Phrase::ClaimStanding,
        Holds::State,
        standing.state.name(),
    ));
    if let Some(problem) = &standing.problem {
        let said = problem.message(page.language);
        page.claim(
            &Claim::text(Phrase::ClaimStandingReason, said).detailed(Code::reference(problem.code)),
        );
    }
    let until = standing.until;
    page.all(until.map(|until| Claim::time(Phrase::ClaimStandingUntil, until)));
    if let Some(lease) = found.grant.as_ref().and_then(|grant| grant.lease) {
        page.claim(&Claim::time(Phrase::ClaimWorksUntil, lease.expires_at));
        page.claim(&Claim::time(Phrase::ClaimGraceUntil, lease.grace_until));
    }
    if !standing.changed.is_empty() {
        page.claim(&components(Phrase::ClaimChanged, &standing.changed));
    }
    if let Some(grant) = &found.grant {
        page.claim(&Claim::text(Phrase::ClaimActivationId, grant.activation));
        page.claim(&Claim::new(
            Phrase::ClaimSequence,
            Holds::Count,
            grant.sequence.0,
        ));
        page.claim(&Claim::text(Phrase::ClaimComputerName, &grant.label));
    }
    if let Some(held) = &found.license {
        of_license(page, held);
    }
    if let Some(key) = &found.key_away {
        page.claim(&Claim::text(Phrase::KindLicense, "–").detailed(key));
    }
    if let Some(request) = &found.request {
        of_request(page, Phrase::KindActivationRequest, request);
    }
    if let Some(request) = &found.time_request {
        of_request(page, Phrase::KindTimeRequest, request);
    }
    if let Some(made) = &found.deactivation {
        page.claim(&Claim::text(Phrase::KindDeactivation, &made.reference).detailed(made.made_at));
    }
    if let Some(runs) = &found.emergency {
        let left = format!("{} × {}", runs.uses_left, runs.length);
        page.claim(&Claim::text(Phrase::ClaimEmergency, left).detailed(runs.ends_at));
    }
}

fn of_license(page: &mut Page, held: &LicenseHeld) {
    let license = &held.read.license;
    let place = match &held.place {
        LicensePlace::Key { file, .. } | LicensePlace::File(file) => file.display().to_string(),
        LicensePlace::Kept { added_at } => added_at.to_string(),
    };
    page.claim(&Claim::text(Phrase::KindLicense, license.id).detailed(place));
    page.claim(&Claim::new(
        Phrase::ClaimSequence,
        Holds::Count,
        license.sequence.0,
    ));
    page.claim(&claims::of_binding(&license.binding));
    if let Some(problem) = &held.standing.problem {
        let said = problem.message(page.language);
        let reference = Code::reference(problem.code);
        page.claim(&Claim::text(Phrase::ClaimStandingReason, said).detailed(reference));
    }
}

fn of_request(page: &mut Page, kind: Phrase, request: &RequestSummary) {
    page.claim(&Claim::text(kind, &request.reference).detailed(request.made_at));
    if let Some(refused) = &request.refused {
        let said = refused.problem.message(page.language);
        let reference = Code::reference(refused.problem.code);
        page.claim(&Claim::text(Phrase::ClaimRefusedBecause, said).detailed(reference));
    }
}

/// Text that grows line by line.
struct Page {
    language: Language,
    text: String,
}

impl Page {
    fn new(language: Language) -> Self {
        let text = String::new();
        Self { language, text }
    }

    fn title(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(title);
    }

    fn claim(&mut self, claim: &Claim) {
        let name = claim.name.fill(self.language, &[]);
        let value = claim.in_words(self.language);
        match &claim.detail {
            Some(detail) => self.line(&format!("  {name}: {value} ({detail})")),
            None => self.line(&format!("  {name}: {value}")),
        }
    }

    fn all(&mut self, claims: impl IntoIterator<Item = Claim>) {
        claims.into_iter().for_each(|claim| self.claim(&claim));
    }

    fn problem(&mut self, problem: &Problem) {
        let reference = problem.code.reference();
        self.line(&format!(
            "  {} ({reference})",
            problem.message(self.language)
        ));
    }

    fn line(&mut self, line: &str) {
        // A file on a USB key is named by whoever filled it, with line breaks and worse.
        self.text.push_str(&line.replace(acts, "\u{fffd}"));
        self.text.push('\n');
    }
}

/// Whether a terminal or an editor does something with it instead of showing it.
fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
