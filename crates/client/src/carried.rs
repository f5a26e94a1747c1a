//! Tokens made here, as a face hands them out: in every form that can cross the gap, and with all
//! that they say.

use keyferry_catalogue::Problem;
use keyferry_token::{
    ActivationRequest, ArtefactKind, Deactivation, DeactivationReason, FromDevice, Label, Name,
    ProductCode, RequestNumber, SignedToken, StatusReport, TimeRequest, Timestamp, TokenId,
    TokenKind, VendorRefusal, Verified, armor, qr,
};

use crate::{
    Claim, Client, StoreFault, Vendor, claims,
    standing::name_of,
    store::{MadeDeactivation, MadeRequest, MadeTimeRequest, MadeToken, State},
};

/// A token to be carried to its vendor.
#[derive(Clone, Debug)]
pub struct Carried {
    /// What it is.
    pub kind: TokenKind,
    /// Its id.
    pub id: TokenId,
    /// What people call it: `AB3D-9KX2`.
    pub reference: String,
    /// Whom it is for.
    pub vendor: Vendor,
    /// What it is about.
    pub product: ProductCode,
    /// The product's name.
    pub product_name: Name,
    /// What its user calls this computer.
    pub label: Label,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its number; a higher one makes a request void.
    pub number: RequestNumber,
    /// All that it says.
    pub claims: Vec<Claim>,
    /// The binary form.
    pub bytes: Vec<u8>,
    /// The text form. Where another computer's request travels along ([`Self::companion`]), it
    /// follows this token in the same text, for one trip.
    pub armored: String,
    /// A name to suggest for its file.
    pub file_name: String,
    /// The address at which the vendor's portal opens with it, where the vendor has one.
    pub url: Option<String>,
    /// The text of its QR code; of this token alone.
    pub qr_text: String,
    /// Whether it had been made before, and this is the same once more.
    pub again: bool,
    /// For a deactivation: why it was made.
    pub reason: Option<DeactivationReason>,
    /// For a deactivation: when the user confirmed that it reached the vendor.
    pub delivered: Option<Timestamp>,
    /// For a deactivation: the request of the computer that the license moves to, if one travels
    /// along; the binary form.
    pub companion: Option<Vec<u8>>,
}

/// A request that waits for its answer, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSummary {
    /// Its id.
    pub id: TokenId,
    /// What people call it.
    pub reference: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// What its user calls this computer.
    pub label: Label,
    /// What the vendor answered, if it said no. The request can be brought again as it is once the
    /// reason is gone.
    pub refused: Option<Refused>,
}

/// A vendor's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub problem: Problem,
    /// When, by the vendor's clock.
    pub at: Timestamp,
}

/// A deactivation that was made here, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeactivationSummary {
    /// Its id.
    pub id: TokenId,
    /// What people call it.
    pub reference: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When the user confirmed that it reached the vendor.
    pub delivered_at: Option<Timestamp>,
}

impl Client {
    /// A token that was made here and is still kept, whatever its kind: to save or copy what is on
    /// the screen.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn carried(&self, id: &TokenId) -> Result<Option<Carried>, StoreFault> {
        let snapshot = self.settled()?;
        let trusted = self.trusted(&snapshot.state);
        let made = snapshot.state.made().find(|made| made.id == *id);
        Ok(made.and_then(|made| carried(made, &snapshot.state, trusted.get(&made.vendor)?)))
    }
}

impl Carried {
    /// Says that it had been made before.
    pub(crate) fn once_more(mut self) -> Self {
        self.again = true;
        self
    }
}

/// A token of ours as a face hands it out; `None` when its own content key does not open it.
pub(crate) fn carried(made: &MadeToken, state: &State, vendor: &Vendor) -> Option<Carried> {
    let carried = match made.kind()? {
        TokenKind::ActivationRequest => {
            let request = made.open::<ActivationRequest>()?;
            let kept = state.requests.iter().find(|kept| kept.token.id == made.id);
            let hint = kept.map_or("", |kept| kept.code_hint.as_str());
            let claims = claims::of_made_request(&request, hint, &vendor.profile);
            forms(made, &request, &request.label, claims, vendor)
        }
        TokenKind::Deactivation => {
            let deactivation = made.open::<Deactivation>()?;
            let claims = claims::of_made_deactivation(&deactivation, &vendor.profile);
            let carried = forms(made, &deactivation, &deactivation.label, claims, vendor);
            let mut kept = state.deactivations.iter();
            let kept = kept.find(|kept| kept.token.id == made.id);
            return Some(with_delivery(carried, kept, deactivation.reason));
        }
        TokenKind::TimeRequest => {
            let request = made.open::<TimeRequest>()?;
            let claims = claims::of_time_request(&request, &vendor.profile);
            forms(made, &request, &request.label, claims, vendor)
        }
        TokenKind::Status => {
            let status = made.open::<StatusReport>()?;
            let claims = claims::of_status(&status, &vendor.profile);
            forms(made, &status, &status.label, claims, vendor)
        }
        TokenKind::ActivationResponse
        | TokenKind::Refresh
        | TokenKind::Time
        | TokenKind::Refusal => return None,
    };
    Some(carried)
}

fn forms<T: FromDevice>(
    made: &MadeToken,
    opened: &Verified<T>,
    label: &Label,
    claims: Vec<Claim>,
    vendor: &Vendor,
) -> Carried {
    let portal = vendor.profile.portal.as_deref();
    let qr_text = qr::text(&made.bytes, portal);
    let reference = made.id.reference();
    Carried {
        kind: T::KIND,
        id: made.id,
        vendor: vendor.clone(),
        product: made.product.clone(),
        product_name: name_of(vendor, &made.product),
        label: label.clone(),
        made_at: opened.issued_at(),
        number: opened.number(),
        claims,
        bytes: made.bytes.clone(),
        armored: armor(ArtefactKind::Token(T::KIND), &made.bytes),
        file_name: file_name(file_kind(T::KIND), &reference),
        url: portal.is_some().then(|| qr_text.clone()),
        qr_text,
        reference,
        again: false,
        reason: None,
        delivered: None,
        companion: None,
    }
}

/// A deactivation with what was remembered of its way.
fn with_delivery(
    carried: Carried,
    kept: Option<&MadeDeactivation>,
    reason: DeactivationReason,
) -> Carried {
    let companion = kept.and_then(|kept| kept.companion.clone());
    let (armored, file_name) = match &companion {
        None => (carried.armored, carried.file_name),
        Some(request) => {
            let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
            // In the order in which the authority has to take them: first the seat becomes free.
            let both = format!("{}\n{}", carried.armored, armor(kind, request));
            (both, file_name("move", &carried.reference))
        }
    };
    Carried {
        armored,
        file_name,
        reason: Some(reason),
        delivered: kept.and_then(|kept| kept.delivered_at),
        companion,
        ..carried
    }
}

fn file_kind(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::ActivationRequest => "request",
        TokenKind::ActivationResponse => "response",
        TokenKind::Refresh => "refresh",
        TokenKind::Deactivation => "deactivation",
        TokenKind::TimeRequest => "time-request",
        TokenKind::Time => "time",
        TokenKind::Refusal => "refusal",
        TokenKind::Status => "status",
    }
}

fn file_name(kind: &str, reference: &str) -> String {
    format!("keyferry-{kind}-{reference}.kft")
}

/// An activation request in short.
pub(crate) fn request_summary(
    made: &MadeRequest,
    state: &State,
    vendor: &Vendor,
) -> Option<RequestSummary> {
    let claims = made.token.open::<ActivationRequest>()?;
    let label = claims.label.clone();
    Some(RequestSummary {
        refused: refused(made.refusal.as_deref(), made.token.id, state, vendor),
        ..summary(&made.token, &claims, label)
    })
}

/// A time request in short.
pub(crate) fn time_request_summary(
    made: &MadeTimeRequest,
    state: &State,
    vendor: &Vendor,
) -> Option<RequestSummary> {
    let claims = made.token.open::<TimeRequest>()?;
    let label = claims.label.clone();
    Some(RequestSummary {
        refused: refused(made.refusal.as_deref(), made.token.id, state, vendor),
        ..summary(&made.token, &claims, label)
    })
}

fn summary<T: FromDevice>(made: &MadeToken, claims: &Verified<T>, label: Label) -> RequestSummary {
    RequestSummary {
        id: made.id,
        reference: made.id.reference(),
        made_at: claims.issued_at(),
        label,
        refused: None,
    }
}

/// A deactivation in short.
pub(crate) fn deactivation_summary(made: &MadeDeactivation) -> Option<DeactivationSummary> {
    let claims = made.token.open::<Deactivation>()?;
    Some(DeactivationSummary {
        id: made.token.id,
        reference: made.token.id.reference(),
        made_at: claims.issued_at,
        delivered_at: made.delivered_at,
    })
}

/// Of deactivations, the oldest first, the one that people are to deal with: the oldest undelivered,
/// else the newest.
pub(crate) fn next_to_deliver<'a>(
    deactivations: impl Iterator<Item = &'a MadeDeactivation>,
) -> Option<&'a MadeDeactivation> {
    deactivations.reduce(|chosen, made| {
        if chosen.is_undelivered() {
            chosen
        } else {
            made
        }
    })
}

/// A kept refusal, checked as if it had just come in.
pub(crate) fn refused(
    signed: Option<&[u8]>,
    answers: TokenId,
    state: &State,
    vendor: &Vendor,
) -> Option<Refused> {
    let refusal = kept_refusal(signed?, state, vendor)?;
    (refusal.answers == answers).then(|| Refused {
        problem: refusal.reason.problem(),
        at: refusal.issued_at,
    })
}

/// A kept refusal's claims, as long as its key is trusted.
pub(crate) fn kept_refusal(
    signed: &[u8],
    state: &State,
    vendor: &Vendor,
) -> Option<Verified<VendorRefusal>> {
    let device = state.devices.get(&vendor.id())?.id();
    SignedToken::parse(signed)
        .ok()?
        .verify_from_vendor(&vendor.profile.signing_keys(), &device)
        .ok()
}
