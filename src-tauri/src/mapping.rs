//! From what the client says to what the screens show.

mod usb;

use keyferry_catalogue::{Code, Holds, Language, Problem};
use keyferry_client::{
    Action, Carried, Change, Claim, ClockState, CodeFound, DeactivationPlan, DeactivationSummary,
    EmergencyFacts, MoveRequest, PendingVendor, ProductStanding, Refused, Relation, RequestSummary,
    SpokenStatus, Taken, Vendor,
};
use keyferry_license::{Standing, can_be_brought_again};
use keyferry_token::{
    Colour, VendorProfile,
    qr::{Correction, Density, FRAMES_PER_SECOND, Frame, MAX_URL, Symbol},
};

use crate::views::{
    self, ActionView, BoundKeyView, CarriedView, ChangeView, ClaimView, ClockView, CodeView,
    DeactivationPlanView, DensityView, DoneView, EmergencyView, LeaseView, MoveRequestView,
    MovingView, PendingVendorView, ProblemView, ProductView, QrView, RefusalView, RefusedView,
    StandingView, StatusCodeView, VendorView,
};

pub(crate) use usb::{bound_key, collected, courier, id_file, license, put, usb_id, usb_key};

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

/// A product, and the USB key that it runs by, where it does.
pub(crate) fn product(of: &ProductStanding, usb_key: Option<BoundKeyView>) -> ProductView {
    let grant = of.grant.as_ref();
    ProductView {
        product: of.product.to_string(),
        product_name: of.name.to_string(),
        vendor: vendor(&of.vendor),
        standing: standing(&of.standing),
        lease: lease(&of.standing),
        request: of.request.as_ref().map(|made| request(made, &of.vendor)),
        usb_key,
        activation_id: grant.map(|grant| grant.activation.to_string()),
        label: grant.map(|grant| grant.label.to_string()),
        end_near: of.end_is_near,
        deactivation: of.deactivation.as_ref().map(deactivation),
        emergency: of.emergency.as_ref().map(emergency),
        time_request: of
            .time_request
            .as_ref()
            .map(|made| request(made, &of.vendor)),
        actions: of.actions.iter().copied().map(action).collect(),
    }
}

fn request(made: &RequestSummary, of: &Vendor) -> views::RequestSummary {
    views::RequestSummary {
        token_id: made.id.to_string(),
        reference: made.reference.clone(),
        made_at: made.made_at.to_string(),
        label: made.label.to_string(),
        vendor: of.id().to_string(),
        refused: made.refused.as_ref().map(refused),
    }
}

fn refused(refused: &Refused) -> RefusedView {
    RefusedView {
        for_good: !can_be_brought_again(refused.problem.code),
        problem: refused.problem.clone().into(),
        at: refused.at.to_string(),
    }
}

fn deactivation(made: &DeactivationSummary) -> views::DeactivationSummary {
    views::DeactivationSummary {
        token_id: made.id.to_string(),
        reference: made.reference.clone(),
        made_at: made.made_at.to_string(),
        delivered_at: made.delivered_at.map(|at| at.to_string()),
    }
}

fn emergency(facts: &EmergencyFacts) -> EmergencyView {
    EmergencyView {
        available: facts.available,
        length_seconds: u32::try_from(facts.length.get()).unwrap_or(u32::MAX),
        uses_left: u32::from(facts.uses_left),
        ends_at: facts.ends_at.to_string(),
        until: facts.running_until.map(|until| until.to_string()),
    }
}

const fn action(action: Action) -> ActionView {
    match action {
        Action::Activate => ActionView::Activate,
        Action::Refresh => ActionView::Refresh,
        Action::Deactivate => ActionView::Deactivate,
        Action::Move => ActionView::Move,
        Action::Emergency => ActionView::Emergency,
        Action::Clock => ActionView::Clock,
        Action::Deliver => ActionView::Deliver,
        Action::Help => ActionView::Help,
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
fn value(claim: &Claim, language: Language) -> String {
    match claim.holds {
        Holds::Time => claim.value.clone(),
        _ => claim.in_words(language),
    }
}

pub(crate) fn claims(claims: &[Claim], language: Language) -> Vec<ClaimView> {
    claims
        .iter()
        .map(|claim| ClaimView {
            name: claim.name.as_str().to_owned(),
            value: value(claim, language),
            detail: claim.detail.clone(),
        })
        .collect()
}

pub(crate) fn changes(changes: &[Change], language: Language) -> Vec<ChangeView> {
    let side = |claim: &Option<Claim>| claim.as_ref().map(|claim| value(claim, language));
    changes
        .iter()
        .map(|change| ChangeView {
            name: change.name.as_str().to_owned(),
            before: side(&change.before),
            after: side(&change.after),
        })
        .collect()
}

/// A token of this computer. Two that travel together have no QR code: one would leave the other
/// behind.
pub(crate) fn carried(carried: &Carried, language: Language) -> CarriedView {
    let alone = carried.companion.is_none();
    let symbol = alone
        .then(|| Symbol::draw(&carried.qr_text, Correction::Screen))
        .flatten();
    CarriedView {
        kind: carried.kind.name().to_owned(),
        token_id: carried.id.to_string(),
        reference: carried.reference.clone(),
        vendor: vendor(&carried.vendor),
        product: carried.product.to_string(),
        product_name: carried.product_name.to_string(),
        label: carried.label.to_string(),
        made_at: carried.made_at.to_string(),
        delivered_at: carried.delivered.map(|at| at.to_string()),
        claims: claims(&carried.claims, language),
        armored: carried.armored.clone(),
        file_name: carried.file_name.clone(),
        bytes: size(carried),
        // Some phones cut longer addresses (clause Q3).
        url: carried
            .url
            .clone()
            .filter(|url| alone && url.len() <= MAX_URL),
        moves: symbol
            .as_ref()
            .is_none_or(|symbol| symbol.version() > Density::Normal.version()),
        qr: symbol.as_ref().and_then(qr),
    }
}

/// All that travels with a token, as the parts of a moving code; `None` where that is more than one holds.
pub(crate) fn moving(carried: &Carried, density: DensityView) -> Option<MovingView> {
    let content = match carried.companion {
        Some(_) => carried.armored.as_bytes(),
        None => &carried.bytes,
    };
    let how = match density {
        DensityView::Normal => Density::Normal,
        DensityView::Low => Density::Low,
        DensityView::Lowest => Density::Lowest,
    };
    let drawn = Frame::all(content, how);
    let drawn = drawn.iter().map(|frame| qr(&frame.draw()?));
    let parts = drawn.collect::<Option<Vec<_>>>()?;
    (!parts.is_empty()).then_some(MovingView {
        parts,
        rate: FRAMES_PER_SECOND,
        density,
    })
}

fn qr(symbol: &Symbol) -> Option<QrView> {
    Some(QrView {
        version: symbol.version(),
        modules: u32::try_from(symbol.side()).ok()?,
        path: symbol.svg_path(),
    })
}

fn size(carried: &Carried) -> u32 {
    let companion = carried.companion.as_ref().map_or(0, Vec::len);
    u32::try_from(carried.bytes.len() + companion).unwrap_or(u32::MAX)
}

/// `None` when there is nothing to give up, which a plan always has.
pub(crate) fn plan(plan: &DeactivationPlan, language: Language) -> Option<DeactivationPlanView> {
    let of = &plan.product;
    let grant = of.grant.as_ref()?;
    Some(DeactivationPlanView {
        product: of.product.to_string(),
        product_name: of.name.to_string(),
        vendor: vendor(&of.vendor),
        label: grant.label.to_string(),
        activation_id: grant.activation.to_string(),
        works_until: plan.works_until.map(|until| until.to_string()),
        claims: claims(&plan.claims, language),
    })
}

pub(crate) fn move_request(handle: String, from: &str, request: &MoveRequest) -> MoveRequestView {
    MoveRequestView {
        handle,
        from: from.to_owned(),
        place: None,
        vendor: vendor(&request.vendor),
    }
}

pub(crate) fn clock(state: &ClockState) -> ClockView {
    ClockView {
        now: state.now.to_string(),
        latest_seen: state.latest_seen.unwrap_or(state.now).to_string(),
        behind: state.behind,
        // For a license file no time can be asked.
        product: (state.reason == Some(Code::ClockBehind))
            .then(|| state.product.as_ref().map(ToString::to_string))
            .flatten(),
    }
}

pub(crate) fn status_code(spoken: &SpokenStatus) -> StatusCodeView {
    let code = spoken.code.to_string();
    StatusCodeView {
        spoken: code.split('-').map(ToOwned::to_owned).collect(),
        code,
        product: spoken.product.as_ref().map(ToString::to_string),
        product_name: spoken.name.as_ref().map(ToString::to_string),
    }
}

/// `None` when there is no grant behind it.
pub(crate) fn done(taken: &Taken) -> Option<DoneView> {
    holds(&taken.product, taken.reference.clone())
}

/// What holds for a product now; `None` when there is no grant behind it.
pub(crate) fn holds(of: &ProductStanding, reference: String) -> Option<DoneView> {
    let grant = of.grant.as_ref()?;
    Some(DoneView {
        product: of.product.to_string(),
        product_name: of.name.to_string(),
        vendor: vendor(&of.vendor),
        activation_id: grant.activation.to_string(),
        reference,
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

pub(crate) fn refusal(
    of: &ProductStanding,
    request: &RequestSummary,
    problem: Problem,
    at: keyferry_token::Timestamp,
) -> RefusalView {
    RefusalView {
        product: of.product.to_string(),
        product_name: of.name.to_string(),
        vendor: vendor(&of.vendor),
        reference: request.reference.clone(),
        for_good: !can_be_brought_again(problem.code),
        problem: problem.into(),
        at: at.to_string(),
    }
}
