//! Giving a seat back for good (rule C4): what will happen, the deactivation, and its delivery.

use keyferry_license::{StoreCondition, may_deactivate};
use keyferry_token::{
    Deactivation, DeactivationReason, Grant, ProductCode, Timestamp, TokenId, seal_for_vendor,
};

use crate::{
    Carried, Claim, Client, DeactivationSummary, MoveRequest, ProductStanding, StoreFault,
    TaskFault, Vendor,
    carried::{carried, deactivation_summary, next_to_deliver},
    claims,
    client::randomness,
    standing::{granted, name_of, name_of_code},
    store::{MadeDeactivation, MadeToken, Outcome, ProductKey, Repair, State},
};

/// What a deactivation will do. Nothing was done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeactivationPlan {
    /// The product and where it stands; its grant names the activation and this computer.
    pub product: ProductStanding,
    /// Until when the program would still run without it, if it runs now.
    pub works_until: Option<Timestamp>,
    /// What the deactivation will say.
    pub claims: Vec<Claim>,
}

/// What became of confirming a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The deactivation.
    pub deactivation: DeactivationSummary,
    /// Whether it had been confirmed before, and the time stays that of the first.
    pub again: bool,
}

impl Client {
    /// What giving a product up would do. Makes and changes nothing.
    ///
    /// # Errors
    /// `nothing_to_deactivate`; `wrong_device`, `tampered`, `untrusted_key`, `store_damaged`;
    /// `product_not_here`; those of reading the store.
    pub fn deactivation_plan(&self, product: &ProductCode) -> Result<DeactivationPlan, TaskFault> {
        let snapshot = self.check()?;
        let state = &snapshot.state;
        let (found, of, grant) = self.given_up(state, snapshot.condition, product)?;
        let held = found.grant.as_ref().ok_or(StoreFault::Damaged)?;
        let device = state.devices.get(&of.0).ok_or(StoreFault::Damaged)?;
        let runs = state.runs_to_tell(&of);
        let claims = claims::of_deactivation(&claims::DeactivationFacts {
            profile: &found.vendor.profile,
            product,
            activation: grant.activation,
            sequence: grant.sequence,
            label: &held.label,
            device: device.id(),
            runs: &runs,
            reason: None,
            made: None,
        });
        let standing = &found.standing;
        Ok(DeactivationPlan {
            works_until: standing.until.filter(|_| standing.state.runs()),
            claims,
            product: found,
        })
    }

    /// Gives a product up for good (rule C4). It is final, in both generations of the store, before
    /// this returns: the grant, every outstanding request and, unless something else of the vendor
    /// needs it, the key that opens answers are gone. Asked again, before its delivery is confirmed,
    /// it is the same bytes. An older deactivation of the product that is not delivered stays beside
    /// it, and comes first in [`Client::deactivation`].
    ///
    /// # Errors
    /// `nothing_to_deactivate`; `wrong_device`, `tampered`, `untrusted_key`, `store_damaged`;
    /// `product_not_here`; those of changing the store.
    pub fn deactivate(
        &self,
        product: &ProductCode,
        reason: DeactivationReason,
    ) -> Result<Carried, TaskFault> {
        self.give_up(product, reason, None)
    }

    /// Gives a product up, with the request of the computer that it moves to: to a vendor who can
    /// open that.
    pub(crate) fn give_up(
        &self,
        product: &ProductCode,
        reason: DeactivationReason,
        companion: Option<&MoveRequest>,
    ) -> Result<Carried, TaskFault> {
        let mut rng = randomness()?;
        self.change(Repair::Refused, |state, condition| {
            if let Some(waiting) = self.waiting_for_delivery(state, condition, product) {
                return self.once_more(state, waiting, companion);
            }
            let (found, of, grant) = self.given_up(state, condition, product)?;
            let held = found.grant.as_ref().ok_or(StoreFault::Damaged)?;
            let vendor = &found.vendor;
            companion.map_or(Ok(()), |request| request.fits(vendor))?;
            let key = vendor.profile.exchange_key().ok_or(StoreFault::Damaged)?;
            let emergency_runs = state.runs_to_tell(&of);
            let device = state.devices.get_mut(&of.0).ok_or(StoreFault::Damaged)?;
            let claims = Deactivation {
                issued_at: self.now(),
                vendor: of.0,
                recipient: key.id(),
                product: of.1.clone(),
                number: device.next_number(),
                signing_key: device.signing.public(),
                activation: grant.activation,
                sequence: grant.sequence,
                reason,
                label: held.label.clone(),
                emergency_runs,
            };
            let sealed = seal_for_vendor(&claims, &device.signing, key, &mut rng)?;
            let made = MadeDeactivation {
                token: MadeToken::new(of.clone(), sealed),
                delivered_at: None,
                companion: companion.map(|request| request.bytes.clone()),
            };
            let id = made.token.id;
            state.deactivate(&of, made);
            Ok(Outcome::Final(shown(state, id, vendor)?))
        })
    }

    /// The deactivation of a product that was made here, the same bytes as often as it is asked for:
    /// the oldest that is not delivered, also once the product is activated again with another
    /// activation; else the newest, until it is. `None` where there is none.
    ///
    /// # Errors
    /// Those of changing the store, where the power went while it was made: it is not shown before it
    /// is final.
    pub fn deactivation(&self, product: &ProductCode) -> Result<Option<Carried>, StoreFault> {
        let snapshot = self.settled()?;
        let state = &snapshot.state;
        let trusted = self.trusted(state);
        Ok(kept(state, product).and_then(|made| {
            let vendor = trusted.get(&made.token.vendor)?;
            Some(carried(&made.token, state, vendor)?.once_more())
        }))
    }

    /// Confirms that the vendor has the deactivation of a product, the one that
    /// [`Client::deactivation`] shows. Confirmed again, it changes nothing.
    ///
    /// # Errors
    /// `no_deactivation`; those of changing the store.
    pub fn deactivation_delivered(&self, product: &ProductCode) -> Result<Delivered, TaskFault> {
        self.change(Repair::Refused, |state, _| {
            match kept(state, product).map(|made| made.token.id) {
                Some(id) => self.confirmed(state, id),
                None => Err(self.no_deactivation(state, product)),
            }
        })
    }

    /// The same for the very token that a person was shown: several may wait for one product.
    ///
    /// # Errors
    /// `nothing_outstanding` when it is no deactivation that is kept here; those of changing the
    /// store.
    pub fn token_delivered(&self, id: &TokenId) -> Result<Delivered, TaskFault> {
        self.change(Repair::Refused, |state, _| self.confirmed(state, *id))
    }

    fn confirmed(&self, state: &mut State, id: TokenId) -> Result<Outcome<Delivered>, TaskFault> {
        let made = state
            .deactivation_mut(id)
            .ok_or(TaskFault::NothingOutstanding)?;
        let again = made.delivered_at.is_some();
        made.delivered_at.get_or_insert(self.now());
        let deactivation = deactivation_summary(made).ok_or(StoreFault::Damaged)?;
        let delivered = Delivered {
            deactivation,
            again,
        };
        Ok(if again {
            Outcome::Unchanged(delivered)
        } else {
            Outcome::Changed(delivered)
        })
    }

    /// The product that can be given up, and the grant that goes with it.
    fn given_up(
        &self,
        state: &State,
        condition: StoreCondition,
        product: &ProductCode,
    ) -> Result<(ProductStanding, ProductKey, Grant), TaskFault> {
        let found = self.found(state, condition, product)?;
        may_deactivate(&found.standing, &found.name)?;
        let of = (found.vendor.id(), product.clone());
        let grant = granted(state, &found.vendor, &of).map_err(|_| StoreFault::Damaged)?;
        let grant = grant.grant().clone();
        Ok((found, of, grant))
    }

    /// The product's last deactivation, where it was not delivered yet and nothing is held any more.
    fn waiting_for_delivery(
        &self,
        state: &State,
        condition: StoreCondition,
        product: &ProductCode,
    ) -> Option<TokenId> {
        let found = self.found(state, condition, product).ok()?;
        let mut newest_first = state.deactivations.iter().rev();
        let last =
            newest_first.find(|made| made.token.product == *product && made.is_undelivered());
        last.filter(|_| found.grant.is_none())
            .map(|made| made.token.id)
    }

    /// Shows what was given up before; with a request that was not there the first time.
    fn once_more(
        &self,
        state: &mut State,
        id: TokenId,
        companion: Option<&MoveRequest>,
    ) -> Result<Outcome<Carried>, TaskFault> {
        let trusted = self.trusted(state);
        let made = state.deactivation_mut(id).ok_or(StoreFault::Damaged)?;
        let vendor = trusted.get(&made.token.vendor).ok_or(StoreFault::Damaged)?;
        let mut is_new = false;
        if let Some(request) = companion {
            request.fits(vendor)?;
            is_new = made.companion.as_ref() != Some(&request.bytes);
            made.companion = Some(request.bytes.clone());
        }
        let shown = shown(state, id, vendor)?.once_more();
        Ok(if is_new {
            Outcome::Changed(shown)
        } else {
            Outcome::Unchanged(shown)
        })
    }

    fn no_deactivation(&self, state: &State, product: &ProductCode) -> TaskFault {
        let trusted = self.trusted(state);
        let mut vendors = trusted.iter();
        let named = vendors.find(|vendor| vendor.profile.product(product).is_some());
        let product = match named {
            Some(vendor) => name_of(vendor, product),
            None => name_of_code(product),
        };
        TaskFault::NoDeactivation { product }
    }
}

/// The deactivation of a product that is to be dealt with, of all vendors' products with its code.
fn kept<'a>(state: &'a State, product: &ProductCode) -> Option<&'a MadeDeactivation> {
    let deactivations = state.deactivations.iter();
    next_to_deliver(deactivations.filter(|made| made.token.product == *product))
}

/// A deactivation as a face hands it out.
fn shown(state: &State, id: TokenId, vendor: &Vendor) -> Result<Carried, StoreFault> {
    let mut deactivations = state.deactivations.iter();
    deactivations
        .find(|made| made.token.id == id)
        .and_then(|made| carried(&made.token, state, vendor))
        .ok_or(StoreFault::Damaged)
}
