//! Asking a vendor for a seat: what will be sent, the request, and the requests that wait.

mod fault;

use keyferry_license::{Ask, enrollable, may_request};
use keyferry_token::{
    ActivationCode, ActivationRequest, ArtefactKind, DeviceSigningKey, ExchangeSecretKey, Label,
    Name, ProductCode, RequestNumber, SealedToken, Timestamp, TokenId, TokenKind, Verified, armor,
    qr, seal_for_vendor,
};

use crate::{
    Claim, Client, LookupFault, StoreFault, Vendor, claims,
    client::randomness,
    codes::find,
    standing::name_of,
    store::{DeviceIdentity, MadeRequest, Outcome, ProductKey, Repair, State},
};

pub use fault::RequestFault;

/// Whether another request is to be made although one waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fresh {
    /// No: the same bytes again.
    No,
    /// Yes: another one, with a higher number.
    Yes,
}

/// A request as a face hands it out.
#[derive(Clone, Debug)]
pub struct Requested {
    /// Its id.
    pub id: TokenId,
    /// What people call it: `AB3D-9KX2`.
    pub reference: String,
    /// Whom it is for.
    pub vendor: Vendor,
    /// What it asks for.
    pub product: ProductCode,
    /// The product's name.
    pub product_name: Name,
    /// What its user calls this computer.
    pub label: Label,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its number; a higher one makes it void.
    pub number: RequestNumber,
    /// All that it says.
    pub claims: Vec<Claim>,
    /// The binary form.
    pub bytes: Vec<u8>,
    /// The text form.
    pub armored: String,
    /// A name to suggest for its file.
    pub file_name: String,
    /// The address at which the vendor's portal opens with it, where the vendor has one.
    pub url: Option<String>,
    /// The text of its QR code.
    pub qr_text: String,
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
}

impl Client {
    /// What a request with this code would say. Makes nothing, no key either.
    ///
    /// # Errors
    /// `no_vendor`, `activation_code_unknown_vendor`, `activation_code_ambiguous`; those of
    /// reading the store.
    pub fn preview(&self, code: &ActivationCode, label: &Label) -> Result<Vec<Claim>, LookupFault> {
        let snapshot = self.store.read()?;
        let trusted = self.trusted(&snapshot.state);
        let (vendor, product) = find(code, &trusted)?;
        let platform = self.machine.platform();
        Ok(claims::of_request(&claims::RequestFacts {
            profile: &vendor.profile,
            product: &product.code,
            code_hint: &code.hint(),
            label,
            platform: &platform,
            client: &client_version(),
            components: self
                .machine
                .components()
                .iter()
                .map(|(kind, _)| kind)
                .collect(),
            device: snapshot
                .state
                .devices
                .get(&vendor.id())
                .map(DeviceIdentity::id),
            made: None,
        }))
    }

    /// Asks for a seat (rule C1): makes a request, or gives out the outstanding one for the same
    /// product and code again, the same bytes. It is durable, number included, before this
    /// returns. In a damaged store this is the repair.
    ///
    /// # Errors
    /// `already_active`, `clock_behind`, `fingerprint_too_small`, `no_vendor`,
    /// `activation_code_unknown_vendor`, `activation_code_ambiguous`; those of changing the store.
    pub fn request_activation(
        &self,
        code: &ActivationCode,
        label: &Label,
        fresh: Fresh,
    ) -> Result<Requested, RequestFault> {
        let mut rng = randomness()?;
        self.change(Repair::Allowed, |state, condition| {
            let trusted = self.trusted(state);
            let (vendor, product) = find(code, &trusted)?;
            let of = (vendor.id(), product.code.clone());
            let standing = self.standing_of(state, condition, vendor, &of).standing;
            let waiting = waiting_for(code, state, vendor, &of);
            if let Ask::Again(id) = may_request(&standing, waiting, fresh == Fresh::Yes)?
                && let Some(made) = state.requests.iter().find(|made| made.id == id)
            {
                return Ok(Outcome::Unchanged(
                    shown(made, vendor).ok_or(StoreFault::Damaged)?,
                ));
            }
            let fingerprint = self.machine.fingerprint(&of.0, &of.1);
            enrollable(&fingerprint)?;
            let key = vendor
                .profile
                .exchange_key()
                .ok_or(LookupFault::UnknownVendor)?;
            let device = state.devices.entry(of.0).or_insert_with(|| DeviceIdentity {
                signing: DeviceSigningKey::make(&mut rng),
                exchange: ExchangeSecretKey::make(&mut rng),
                number: RequestNumber::default(),
            });
            device.number = device.number.next();
            let request = ActivationRequest {
                issued_at: state.floor.highest(),
                vendor: of.0,
                recipient: key.id(),
                product: of.1.clone(),
                number: device.number,
                secret: code.secret(),
                signing_key: device.signing.public(),
                exchange_key: device.exchange.public(),
                fingerprint,
                label: label.clone(),
                platform: self.machine.platform(),
                client: client_version(),
                emergency_runs: Vec::new(),
            };
            let sealed = seal_for_vendor(&request, &device.signing, key, &mut rng)?;
            let made = MadeRequest {
                id: sealed.id,
                vendor: of.0,
                product: of.1,
                bytes: sealed.bytes,
                content_key: sealed.content_key,
                code_hint: code.hint(),
                withdrawn: false,
            };
            let requested = shown(&made, vendor).ok_or(StoreFault::Damaged)?;
            state.add_request(made);
            Ok(Outcome::Changed(requested))
        })
    }

    /// The newest request for a product that waits for its answer, also after a restart.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn outstanding(&self, product: &ProductCode) -> Result<Option<Requested>, StoreFault> {
        Ok(self
            .outstanding_all()?
            .into_iter()
            .find(|request| request.product == *product))
    }

    /// Every request that waits for its answer, the newest first.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn outstanding_all(&self) -> Result<Vec<Requested>, StoreFault> {
        let snapshot = self.store.read()?;
        let trusted = self.trusted(&snapshot.state);
        let waiting = snapshot
            .state
            .requests
            .iter()
            .rev()
            .filter(|made| !made.withdrawn);
        Ok(waiting
            .filter_map(|made| shown(made, trusted.get(&made.vendor)?))
            .collect())
    }
}

/// The request with the same product and code that can still be answered.
fn waiting_for(
    code: &ActivationCode,
    state: &State,
    vendor: &Vendor,
    of: &ProductKey,
) -> Option<TokenId> {
    let recipient = vendor.profile.exchange_key()?.id();
    let device = state.devices.get(&of.0)?.id();
    state.outstanding(of).find_map(|made| {
        let claims = open(made)?;
        // A key that the vendor has replaced opens requests for a while only.
        let fits = claims.secret == code.secret()
            && claims.recipient == recipient
            && claims.signing_key.device_id() == device;
        fits.then_some(made.id)
    })
}

/// A request's own claims, opened with its content key.
pub(crate) fn open(made: &MadeRequest) -> Option<Verified<ActivationRequest>> {
    let opened = SealedToken::parse(&made.bytes)
        .ok()?
        .open_with_content_key(&made.content_key);
    opened
        .ok()?
        .verify_from_device::<ActivationRequest>(&made.vendor)
        .ok()
}

pub(crate) fn summary(made: &MadeRequest) -> Option<RequestSummary> {
    let claims = open(made)?;
    Some(RequestSummary {
        id: made.id,
        reference: made.id.reference(),
        made_at: claims.issued_at,
        label: claims.label.clone(),
    })
}

/// Everything that a request of ours says.
pub(crate) fn claims_of(
    made: &MadeRequest,
    claims: &Verified<ActivationRequest>,
    vendor: &Vendor,
) -> Vec<Claim> {
    claims::of_request(&claims::RequestFacts {
        profile: &vendor.profile,
        product: &made.product,
        code_hint: &made.code_hint,
        label: &claims.label,
        platform: &claims.platform,
        client: &claims.client,
        components: claims.fingerprint.iter().map(|(kind, _)| kind).collect(),
        device: Some(claims.signing_key.device_id()),
        made: Some(claims),
    })
}

fn shown(made: &MadeRequest, vendor: &Vendor) -> Option<Requested> {
    let opened = open(made)?;
    let portal = vendor.profile.portal.as_deref();
    let qr_text = qr::text(&made.bytes, portal);
    let reference = made.id.reference();
    Some(Requested {
        id: made.id,
        vendor: vendor.clone(),
        product: made.product.clone(),
        product_name: name_of(vendor, &made.product),
        label: opened.label.clone(),
        made_at: opened.issued_at,
        number: opened.number,
        claims: claims_of(made, &opened, vendor),
        bytes: made.bytes.clone(),
        armored: armor(
            ArtefactKind::Token(TokenKind::ActivationRequest),
            &made.bytes,
        ),
        file_name: format!("keyferry-request-{reference}.kft"),
        url: portal.is_some().then(|| qr_text.clone()),
        qr_text,
        reference,
    })
}

/// The version of this program, as requests name it.
fn client_version() -> Label {
    Label::new(env!("CARGO_PKG_VERSION"))
        .unwrap_or_else(|_| unreachable!("a version is short and plain"))
}
