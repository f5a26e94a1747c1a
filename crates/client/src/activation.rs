//! Asking a vendor for a seat: what will be sent, the request, and the requests that wait; and the
//! answer that grants it.

mod answer;
mod fault;

use keyferry_license::{Ask, can_be_brought_again, enrollable, may_request};
use keyferry_token::{
    ActivationCode, ActivationRequest, Label, ProductCode, TokenId, seal_for_vendor,
};

use crate::{
    Carried, Claim, Client, LookupFault, StoreFault, Vendor,
    carried::{carried, refused},
    claims,
    client::{client_version, randomness},
    codes::find,
    store::{DeviceIdentity, MadeRequest, MadeToken, Outcome, ProductKey, Repair, State},
    vendors::is_sealed_to,
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
    ) -> Result<Carried, RequestFault> {
        let mut rng = randomness()?;
        self.change(Repair::Allowed, |state, condition| {
            let trusted = self.trusted(state);
            let (vendor, product) = find(code, &trusted)?;
            let of = (vendor.id(), product.code.clone());
            let standing = self.standing_of(state, condition, vendor, &of).standing;
            let waiting = waiting_for(code, state, vendor, &of);
            if let Ask::Again(id) = may_request(&standing, waiting, fresh == Fresh::Yes)?
                && let Some(made) = state.requests.iter().find(|made| made.token.id == id)
                && vendor
                    .profile
                    .exchange_key()
                    .is_none_or(|key| is_sealed_to(&made.token, key.id()))
            {
                let shown = carried(&made.token, state, vendor).ok_or(StoreFault::Damaged)?;
                return Ok(Outcome::Unchanged(shown.once_more()));
            }
            let fingerprint = self.machine.fingerprint(&of.0, &of.1);
            enrollable(&fingerprint)?;
            let key = vendor
                .profile
                .exchange_key()
                .ok_or(LookupFault::UnknownVendor)?;
            let emergency_runs = state.runs_to_tell(&of);
            let device = state
                .devices
                .entry(of.0)
                .or_insert_with(|| DeviceIdentity::make(&mut rng));
            let request = ActivationRequest {
                issued_at: self.now(),
                vendor: of.0,
                recipient: key.id(),
                product: of.1.clone(),
                number: device.next_number(),
                secret: code.secret(),
                signing_key: device.signing.public(),
                exchange_key: device.exchange_key(&mut rng),
                fingerprint,
                label: label.clone(),
                platform: self.machine.platform(),
                client: client_version(),
                emergency_runs,
            };
            let sealed = seal_for_vendor(&request, &device.signing, key, &mut rng)?;
            let id = sealed.id;
            state.add_request(MadeRequest {
                token: MadeToken::new(of, sealed),
                code_hint: code.hint(),
                withdrawn: false,
                refusal: None,
            });
            let made = state.requests.iter().find(|made| made.token.id == id);
            let shown = made.and_then(|made| carried(&made.token, state, vendor));
            Ok(Outcome::Changed(shown.ok_or(StoreFault::Damaged)?))
        })
    }

    /// The newest request for a product that waits for its answer, also after a restart.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn outstanding(&self, product: &ProductCode) -> Result<Option<Carried>, StoreFault> {
        Ok(self
            .outstanding_all()?
            .into_iter()
            .find(|request| request.product == *product))
    }

    /// Every activation request that waits for its answer, the newest first.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn outstanding_all(&self) -> Result<Vec<Carried>, StoreFault> {
        let snapshot = self.store.read()?;
        let state = &snapshot.state;
        let trusted = self.trusted(state);
        let waiting = state.requests.iter().rev().filter(|made| !made.withdrawn);
        Ok(waiting
            .filter_map(|made| carried(&made.token, state, trusted.get(&made.token.vendor)?))
            .collect())
    }
}

/// The request with the same product and code that can still be answered, as far as is known here.
fn waiting_for(
    code: &ActivationCode,
    state: &State,
    vendor: &Vendor,
    of: &ProductKey,
) -> Option<TokenId> {
    let recipient = vendor.profile.exchange_key()?.id();
    let device = state.devices.get(&of.0)?.id();
    state.outstanding(of).find_map(|made| {
        let claims = made.token.open::<ActivationRequest>()?;
        // A key that the vendor has replaced opens requests for a while only.
        let fits = claims.secret == code.secret()
            && claims.recipient == recipient
            && claims.signing_key.device_id() == device
            && refused(made.refusal.as_deref(), made.token.id, state, vendor)
                .is_none_or(|refused| can_be_brought_again(refused.problem.code));
        fits.then_some(made.token.id)
    })
}
