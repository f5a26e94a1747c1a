//! What a store holds.

use std::collections::{BTreeMap, BTreeSet};

use keyferry_license::Floor;
use keyferry_token::{
    ActivationId, DeviceId, DeviceSigningKey, ExchangePublicKey, ExchangeSecretKey, KeyId, Label,
    ProductCode, RequestNumber, Timestamp, TokenId, VendorId, rand_core::CryptoRng,
};

use super::{
    licenses::{KeptLicense, SeenLicense},
    made::{MadeDeactivation, MadeRequest, MadeTimeRequest, MadeToken},
    runs::TakenRuns,
};

/// Most requests that are remembered per product, withdrawn ones included.
const MAX_REQUESTS: usize = 16;
/// Most applied answers that are remembered.
const MAX_APPLIED: usize = 256;
/// Most exchange keys given up whose names are remembered, per vendor.
const MAX_RETIRED: usize = 16;
/// How far a device's counter jumps where a later state of it was lost, in a repair or by a backup that
/// was put back: past any number that the lost state may have used.
const LOST_NUMBERS: u64 = 1 << 20;

/// A product of a vendor; two vendors may use one product code.
pub(crate) type ProductKey = (VendorId, ProductCode);

/// Everything that a store holds.
#[derive(Default)]
pub(crate) struct State {
    /// Whom this computer talks to.
    pub(crate) vendors: BTreeMap<VendorId, TrustedProfile>,
    /// Who this computer is, to each vendor.
    pub(crate) devices: BTreeMap<VendorId, DeviceIdentity>,
    /// Requests made here, in the order of making.
    pub(crate) requests: Vec<MadeRequest>,
    /// What the vendors granted.
    pub(crate) activations: BTreeMap<ProductKey, HeldActivation>,
    /// The license files that were added to this computer, in the order of adding.
    pub(crate) licenses: Vec<KeptLicense>,
    /// The newest of each license that was seen, the one that was seen last at the end.
    pub(crate) seen_licenses: Vec<SeenLicense>,
    /// What was given back, in the order of making: each until the vendor has it and its product is
    /// activated again.
    pub(crate) deactivations: Vec<MadeDeactivation>,
    /// The requests for a time that wait for their answers.
    pub(crate) time_requests: BTreeMap<ProductKey, MadeTimeRequest>,
    /// The last status report of each product.
    pub(crate) statuses: BTreeMap<ProductKey, MadeToken>,
    /// The emergency runs that were taken.
    pub(crate) runs: BTreeMap<ProductKey, TakenRuns>,
    /// Answers that were applied, in the order of applying.
    pub(crate) applied: Vec<AppliedAnswer>,
    /// Products whose activation or request went with a damaged store.
    pub(crate) lost: BTreeSet<ProductKey>,
    /// When this store was last repaired.
    pub(crate) repaired_at: Option<Timestamp>,
    /// The latest time that was ever seen here, by vendor: what one vendor signs moves no other's.
    pub(crate) floors: BTreeMap<VendorId, Floor>,
}

/// A vendor profile that someone confirmed.
pub(crate) struct TrustedProfile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) trusted_at: Timestamp,
}

/// This computer's keys for one vendor, and their counter.
pub(crate) struct DeviceIdentity {
    pub(crate) signing: DeviceSigningKey,
    /// Opens answers. Lives from the first request until nothing waits for an answer or a refresh.
    pub(crate) exchange: Option<ExchangeSecretKey>,
    /// Exchange keys that were given up: what is sealed to them was for this computer.
    pub(crate) retired: Vec<KeyId>,
    /// The number of the last token made.
    pub(crate) number: RequestNumber,
}

impl DeviceIdentity {
    /// A device with a new signing key.
    pub(crate) fn make(rng: &mut impl CryptoRng) -> Self {
        Self {
            signing: DeviceSigningKey::make(rng),
            exchange: None,
            retired: Vec::new(),
            number: RequestNumber::default(),
        }
    }

    /// The device's id.
    pub(crate) fn id(&self) -> DeviceId {
        self.signing.public().device_id()
    }

    /// The number of the token that is being made.
    pub(crate) fn next_number(&mut self) -> RequestNumber {
        self.number = self.number.next();
        self.number
    }

    /// Leaves out the numbers that a state which was lost may have used.
    pub(crate) fn skip_lost_numbers(&mut self) {
        self.number = RequestNumber(self.number.0.saturating_add(LOST_NUMBERS));
    }

    /// The key that answers are to be sealed to; a new one where there is none.
    pub(crate) fn exchange_key(&mut self, rng: &mut impl CryptoRng) -> ExchangePublicKey {
        self.exchange
            .get_or_insert_with(|| ExchangeSecretKey::make(rng))
            .public()
    }

    /// Gives the exchange key up. Nothing that was sealed to it opens any more.
    fn retire_exchange_key(&mut self) {
        if let Some(key) = self.exchange.take() {
            if self.retired.len() >= MAX_RETIRED {
                self.retired.remove(0);
            }
            self.retired.push(key.public().id());
        }
    }
}

/// An activation: the response or refresh that brought its grant, as the vendor signed it.
pub(crate) struct HeldActivation {
    pub(crate) signed: Vec<u8>,
    /// The request that the activation began with.
    pub(crate) answers: TokenId,
    /// What its user called this computer in that request.
    pub(crate) label: Label,
    pub(crate) applied_at: Timestamp,
}

/// A token of a vendor that was applied once.
pub(crate) struct AppliedAnswer {
    pub(crate) id: TokenId,
    pub(crate) vendor: VendorId,
    pub(crate) product: ProductCode,
}

impl State {
    /// What a repair keeps of the newest state that can be read: whom to trust, who this computer
    /// is, what it gave back, and how late it is. No activation and no outstanding request, since
    /// both may have been used up in the state that was lost (rules.md, *Store*).
    pub(crate) fn salvaged(fallback: Option<Self>) -> Self {
        let Some(mut state) = fallback else {
            return Self::default();
        };
        // A request of the fallback may have been answered in what was lost.
        let known = state.products();
        let given_back = |of: &ProductKey| {
            state.deactivations_of(of).next().is_some()
                && !state.activations.contains_key(of)
                && state.outstanding(of).next().is_none()
        };
        let lost: Vec<ProductKey> = known.into_iter().filter(|of| !given_back(of)).collect();
        state.lost.extend(lost);
        state.activations.clear();
        // A newer file of it, which stops it, may have been in what was lost.
        state.licenses.clear();
        state.time_requests.clear();
        for request in &mut state.requests {
            request.withdrawn = true;
        }
        for device in state.devices.values_mut() {
            device.skip_lost_numbers();
        }
        state
    }

    /// The floor under the clock, as one vendor's licenses rest on it.
    pub(crate) fn floor(&self, vendor: &VendorId) -> Floor {
        self.floors.get(vendor).copied().unwrap_or_default()
    }

    /// The emergency runs that the next token of a product tells of.
    pub(crate) fn runs_to_tell(&self, of: &ProductKey) -> Vec<Timestamp> {
        self.runs
            .get(of)
            .map(TakenRuns::to_tell)
            .unwrap_or_default()
    }

    /// The vendors of which anything is here.
    pub(crate) fn known_vendors(&self) -> BTreeSet<VendorId> {
        let ids = self.vendors.keys().chain(self.devices.keys());
        ids.chain(self.floors.keys()).copied().collect()
    }

    /// The requests for a product that wait for an answer, the newest first.
    pub(crate) fn outstanding<'a>(
        &'a self,
        of: &'a ProductKey,
    ) -> impl Iterator<Item = &'a MadeRequest> {
        self.requests
            .iter()
            .rev()
            .filter(|request| !request.withdrawn && request.token.is_for(of))
    }

    /// Every token that was made here and is still remembered.
    pub(crate) fn made(&self) -> impl Iterator<Item = &MadeToken> {
        let requests = self.requests.iter().map(|made| &made.token);
        requests
            .chain(self.deactivations.iter().map(|made| &made.token))
            .chain(self.time_requests.values().map(|made| &made.token))
            .chain(self.statuses.values())
    }

    /// Remembers a request. Beyond a bound the oldest of its product is forgotten, and an answer to
    /// it would no longer be taken.
    pub(crate) fn add_request(&mut self, request: MadeRequest) {
        let of = (request.token.vendor, request.token.product.clone());
        let of_product = |made: &MadeRequest| made.token.is_for(&of);
        if self.requests.iter().filter(|made| of_product(made)).count() >= MAX_REQUESTS
            && let Some(oldest) = self.requests.iter().position(of_product)
        {
            self.requests.remove(oldest);
        }
        self.lost.remove(&of);
        self.requests.push(request);
    }

    /// The deactivations of a product, the oldest first.
    pub(crate) fn deactivations_of<'a>(
        &'a self,
        of: &'a ProductKey,
    ) -> impl DoubleEndedIterator<Item = &'a MadeDeactivation> {
        self.deactivations
            .iter()
            .filter(|made| made.token.is_for(of))
    }

    /// A deactivation by its id.
    pub(crate) fn deactivation_mut(&mut self, id: TokenId) -> Option<&mut MadeDeactivation> {
        self.deactivations
            .iter_mut()
            .find(|made| made.token.id == id)
    }

    /// Holds an activation, and withdraws every outstanding request for its product (rule C2). What
    /// was given back before is history where the vendor has it, and where it was the same
    /// activation: its seat is this computer's again. The seat of another one stays taken until its
    /// deactivation is delivered, so that one is kept.
    pub(crate) fn activate(
        &mut self,
        of: ProductKey,
        activation: ActivationId,
        answer: TokenId,
        held: HeldActivation,
    ) {
        self.withdraw_requests(&of);
        self.lost.remove(&of);
        self.deactivations.retain(|made| {
            !made.token.is_for(&of) || (made.is_undelivered() && !made.gives_back(activation))
        });
        self.remember_applied(&of, answer);
        self.activations.insert(of, held);
    }

    /// Gives an activation up for good (rule C4), with every request that waits for an answer, and
    /// with the key that opens answers unless something else of this vendor needs it.
    pub(crate) fn deactivate(&mut self, of: &ProductKey, made: MadeDeactivation) {
        self.activations.remove(of);
        self.withdraw_requests(of);
        self.deactivations.push(made);
        let vendor = of.0;
        let needed = self.activations.keys().any(|(other, _)| *other == vendor)
            || self
                .requests
                .iter()
                .any(|made| !made.withdrawn && made.token.vendor == vendor);
        if !needed && let Some(device) = self.devices.get_mut(&vendor) {
            device.retire_exchange_key();
        }
    }

    fn withdraw_requests(&mut self, of: &ProductKey) {
        self.time_requests.remove(of);
        let same = |made: &&mut MadeRequest| made.token.is_for(of);
        for request in self.requests.iter_mut().filter(same) {
            request.withdrawn = true;
        }
    }

    /// Withdraws the time requests to a vendor; whether there were any.
    pub(crate) fn withdraw_time_requests(&mut self, vendor: &VendorId) -> bool {
        let before = self.time_requests.len();
        self.time_requests.retain(|(other, _), _| other != vendor);
        self.time_requests.len() < before
    }

    /// Forgets what was made for and by a vendor, but for who this computer is to it, how late it is,
    /// and what it has not been told yet.
    pub(crate) fn forget_vendor(&mut self, vendor: &VendorId) {
        self.requests.retain(|made| made.token.vendor != *vendor);
        self.activations.retain(|(other, _), _| other != vendor);
        self.deactivations
            .retain(|made| made.token.vendor != *vendor);
        self.time_requests.retain(|(other, _), _| other != vendor);
        self.statuses.retain(|(other, _), _| other != vendor);
        self.lost.retain(|(other, _)| other != vendor);
        self.forget_licenses(vendor);
    }

    /// The ids of everything that was applied.
    pub(crate) fn applied_ids(&self) -> Vec<TokenId> {
        self.applied.iter().map(|answer| answer.id).collect()
    }

    pub(crate) fn remember_applied(&mut self, (vendor, product): &ProductKey, id: TokenId) {
        if self.applied.len() >= MAX_APPLIED {
            self.applied.remove(0);
        }
        self.applied.push(AppliedAnswer {
            id,
            vendor: *vendor,
            product: product.clone(),
        });
    }

    /// Every product that something is known of: an activation, a license file, an outstanding request,
    /// that it was given back, or that one of these was lost.
    pub(crate) fn products(&self) -> BTreeSet<ProductKey> {
        let requested = self
            .requests
            .iter()
            .filter(|request| !request.withdrawn)
            .map(|request| (request.token.vendor, request.token.product.clone()));
        let mut products: BTreeSet<ProductKey> = requested.collect();
        products.extend(self.activations.keys().cloned());
        products.extend(
            self.licenses
                .iter()
                .map(|kept| (kept.vendor, kept.product.clone())),
        );
        products.extend(self.deactivations.iter().map(|made| made.token.of()));
        products.extend(self.lost.iter().cloned());
        products
    }

    /// The same, and those for which a license was seen on a USB key.
    pub(crate) fn all_products(&self) -> BTreeSet<ProductKey> {
        let mut products = self.products();
        let on_keys = self.seen_licenses.iter().filter(|seen| seen.key.is_some());
        products.extend(on_keys.map(|seen| (seen.vendor, seen.product.clone())));
        products
    }
}
