//! From what the client says to what the screens show.

use keyferry_catalogue::{Holds, Language, Problem};
use keyferry_client::{
    Activation, Claim, CodeFound, PendingVendor, ProductStanding, Relation, Requested, Vendor,
};
use keyferry_license::Standing;
use keyferry_token::{
    Colour, VendorProfile,
    qr::{Correction, MAX_URL, Symbol},
};

use crate::views::{
    ClaimView, CodeView, DoneView, LeaseView, PendingVendorView, ProblemView, ProductView, QrView,
    RequestSummary, RequestView, StandingView, VendorView,
};

/// The accent of a vendor that has no colour of its own: Keyferry's.
const OWN_ACCENT: Colour = Colour([0x0e, 0x7a, 0x70]);

impl From<Problem> for ProblemView {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code.as_str().to_owned(),
            reference: problem.code.reference().to_owned(),
            args: problem
                .args
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            field: None,
        }
    }
}

impl ProblemView {
    /// The same problem, said to be about a field.
    pub(crate) fn about(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}

fn profile_view(profile: &VendorProfile) -> VendorView {
    VendorView {
        id: profile.vendor.to_string(),
        name: profile.name.to_string(),
        support: profile.support.as_ref().map(ToString::to_string),
        accent: profile.colour.unwrap_or(OWN_ACCENT).to_string(),
        portal: profile.portal.clone(),
        fingerprint: profile
            .fingerprint()
            .words()
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

pub(crate) fn vendor(vendor: &Vendor) -> VendorView {
    profile_view(&vendor.profile)
}

pub(crate) fn pending(handle: String, pending: &PendingVendor) -> PendingVendorView {
    let profile = pending.profile();
    PendingVendorView {
        pending: handle,
        vendor: profile_view(profile),
        products: profile
            .products
            .iter()
            .map(|product| product.name.to_string())
            .collect(),
        already_trusted: pending.relation() == Relation::Known,
        replaces: pending.relation() == Relation::Successor,
    }
}

fn standing(standing: &Standing) -> StandingView {
    StandingView {
        state: standing.state.name().to_owned(),
        reason: standing.reason().map(|code| code.as_str().to_owned()),
        until: standing.until.map(|until| until.to_string()),
        features: standing.features.iter().map(ToString::to_string).collect(),
        changed: standing
            .changed
            .iter()
            .map(|kind| kind.name().to_owned())
            .collect(),
    }
}

fn lease(of: &Standing) -> Option<LeaseView> {
    of.lease.map(|lease| LeaseView {
        from: lease.starts.to_string(),
        until: lease.expires_at.to_string(),
        grace_until: lease.grace_until.to_string(),
    })
}

pub(crate) fn product(of: &ProductStanding) -> ProductView {
    ProductView {
        product: of.product.to_string(),
        product_name: of.name.to_string(),
        vendor: vendor(&of.vendor),
        standing: standing(&of.standing),
        lease: lease(&of.standing),
        request: of.request.as_ref().map(|request| RequestSummary {
            token_id: request.id.to_string(),
            reference: request.reference.clone(),
            made_at: request.made_at.to_string(),
            label: request.label.to_string(),
            vendor: of.vendor.id().to_string(),
        }),
        activation_id: of.grant.as_ref().map(|grant| grant.activation.to_string()),
    }
}

pub(crate) fn code(found: &CodeFound) -> CodeView {
    CodeView {
        code: found.code.expose(),
        vendor: vendor(&found.vendor),
        product: found.product.code.to_string(),
        product_name: found.product.name.to_string(),
        label: found.label.to_string(),
    }
}

/// Times stay as they are, so that the screen writes them as its user does.
pub(crate) fn claims(claims: &[Claim], language: Language) -> Vec<ClaimView> {
    claims
        .iter()
        .map(|claim| ClaimView {
            name: claim.name.as_str().to_owned(),
            value: match claim.holds {
                Holds::Time => claim.value.clone(),
                _ => claim.in_words(language),
            },
            detail: claim.detail.clone(),
        })
        .collect()
}

/// `None` when no QR code holds the request; the limits of the format leave none such.
pub(crate) fn request(request: &Requested, language: Language) -> Option<RequestView> {
    let symbol = Symbol::draw(&request.qr_text, Correction::Screen)?;
    Some(RequestView {
        token_id: request.id.to_string(),
        reference: request.reference.clone(),
        vendor: vendor(&request.vendor),
        product: request.product.to_string(),
        product_name: request.product_name.to_string(),
        label: request.label.to_string(),
        made_at: request.made_at.to_string(),
        claims: claims(&request.claims, language),
        armored: request.armored.clone(),
        file_name: request.file_name.clone(),
        bytes: u32::try_from(request.bytes.len()).ok()?,
        // Some phones cut longer addresses (clause Q3).
        url: request.url.clone().filter(|url| url.len() <= MAX_URL),
        qr: QrView {
            version: symbol.version(),
            modules: u32::try_from(symbol.side()).ok()?,
            path: symbol.svg_path(),
        },
    })
}

/// `None` when there is no grant behind it, which an applied answer always has.
pub(crate) fn done(activation: &Activation) -> Option<DoneView> {
    let of = &activation.product;
    let grant = of.grant.as_ref()?;
    Some(DoneView {
        product: of.product.to_string(),
        product_name: of.name.to_string(),
        vendor: vendor(&of.vendor),
        activation_id: grant.activation.to_string(),
        reference: activation.reference.clone(),
        standing: standing(&of.standing),
        lease: lease(&of.standing),
        features: of
            .standing
            .features
            .iter()
            .map(ToString::to_string)
            .collect(),
        applied_at: grant.applied_at.to_string(),
    })
}
