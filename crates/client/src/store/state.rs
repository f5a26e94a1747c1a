//! What a store holds.

use std::collections::{BTreeMap, BTreeSet};

use keyferry_license::Floor;
use keyferry_token::{
    ContentKey, DeviceId, DeviceSigningKey, ExchangeSecretKey, ProductCode, RequestNumber,
    Timestamp, TokenId, VendorId,
};

/// Most requests that are remembered per product, withdrawn ones included.
const MAX_REQUESTS: usize = 16;
/// Most applied answers that are remembered.
const MAX_APPLIED: usize = 256;
/// How far a device's counter jumps in a repair. A fallback is one change behind, and a change
/// takes one number; the rest is for a store that was put back from further ago.
const REPAIR_STEP: u64 = 1 << 20;

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
    /// Answers that were applied, in the order of applying.
    pub(crate) applied: Vec<AppliedAnswer>,
    /// Products whose activation or request went with a damaged store.
    pub(crate) lost: BTreeSet<ProductKey>,
    /// The latest time that was ever seen here.
    pub(crate) floor: Floor,
}

/// A vendor profile that someone confirmed.
pub(crate) struct TrustedProfile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) trusted_at: Timestamp,
}

/// This computer's keys for one vendor, and their counter.
pub(crate) struct DeviceIdentity {
    pub(crate) signing: DeviceSigningKey,
    pub(crate) exchange: ExchangeSecretKey,
    /// The number of the last token made.
    pub(crate) number: RequestNumber,
}

impl DeviceIdentity {
    /// The device's id.
    pub(crate) fn id(&self) -> DeviceId {
        self.signing.public().device_id()
    }
}

/// A request made here. All else about it is read from its own claims, with the content key.
pub(crate) struct MadeRequest {
    pub(crate) id: TokenId,
    pub(crate) vendor: VendorId,
    pub(crate) product: ProductCode,
    /// The sealed token.
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_key: ContentKey,
    /// Beginning and end of the activation code, to tell codes apart.
    pub(crate) code_hint: String,
    /// Whether an answer to it would no longer be taken.
    pub(crate) withdrawn: bool,
}

/// An activation: the response as the vendor signed it.
pub(crate) struct HeldActivation {
    pub(crate) response: Vec<u8>,
    pub(crate) applied_at: Timestamp,
}

/// A response that was applied once.
pub(crate) struct AppliedAnswer {
    pub(crate) id: TokenId,
    pub(crate) vendor: VendorId,
    pub(crate) product: ProductCode,
}

impl State {
    /// What a repair keeps of the newest state that can be read: whom to trust, who this computer
    /// is, and how late it is. No activation and no outstanding request, since both may have been
    /// used up in the state that was lost (rules.md, *Store*).
    pub(crate) fn salvaged(fallback: Option<Self>) -> Self {
        let Some(mut state) = fallback else {
            return Self::default();
        };
        // A request of the fallback may have been answered in what was lost.
        let known = state.products();
        state.lost.extend(known);
        state.activations.clear();
        for request in &mut state.requests {
            request.withdrawn = true;
        }
        for device in state.devices.values_mut() {
            device.number = RequestNumber(device.number.0.saturating_add(REPAIR_STEP));
        }
        state
    }

    /// The requests for a product that wait for an answer, the newest first.
    pub(crate) fn outstanding<'a>(
        &'a self,
        of: &'a ProductKey,
    ) -> impl Iterator<Item = &'a MadeRequest> {
        self.requests
            .iter()
            .rev()
            .filter(|request| !request.withdrawn && request.is_for(of))
    }

    /// Remembers a request. Beyond a bound the oldest of its product is forgotten, and an answer to
    /// it would no longer be taken.
    pub(crate) fn add_request(&mut self, request: MadeRequest) {
        let of = (request.vendor, request.product.clone());
        let same = self.requests.iter().filter(|made| made.is_for(&of)).count();
        if same >= MAX_REQUESTS
            && let Some(oldest) = self.requests.iter().position(|made| made.is_for(&of))
        {
            self.requests.remove(oldest);
        }
        self.lost.remove(&of);
        self.requests.push(request);
    }

    /// Holds an activation, and withdraws every outstanding request for its product (rule C2).
    pub(crate) fn activate(&mut self, of: ProductKey, answer: TokenId, held: HeldActivation) {
        for request in self
            .requests
            .iter_mut()
            .filter(|request| request.is_for(&of))
        {
            request.withdrawn = true;
        }
        if self.applied.len() >= MAX_APPLIED {
            self.applied.remove(0);
        }
        self.lost.remove(&of);
        let (vendor, product) = of.clone();
        self.applied.push(AppliedAnswer {
            id: answer,
            vendor,
            product,
        });
        self.activations.insert(of, held);
    }

    /// Every product that something is known of: an activation, an outstanding request, or that
    /// an activation was lost.
    pub(crate) fn products(&self) -> BTreeSet<ProductKey> {
        let requested = self
            .requests
            .iter()
            .filter(|request| !request.withdrawn)
            .map(|request| (request.vendor, request.product.clone()));
        let mut products: BTreeSet<ProductKey> = requested.collect();
        products.extend(self.activations.keys().cloned());
        products.extend(self.lost.iter().cloned());
        products
    }
}

impl MadeRequest {
    pub(crate) fn is_for(&self, (vendor, product): &ProductKey) -> bool {
        self.vendor == *vendor && self.product == *product
    }
}
