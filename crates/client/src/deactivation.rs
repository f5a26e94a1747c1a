//! Giving a seat back for good (rule C4): what will happen, the deactivation, and its delivery.

use keyferry_license::{StoreCondition, may_deactivate};
use keyferry_token::{
    Deactivation, DeactivationReason, Grant, ProductCode, Timestamp, seal_for_vendor,
};

use crate::{
    Carried, Claim, Client, DeactivationSummary, ProductStanding, StoreFault, TaskFault,
    carried::{carried, deactivation_summary},
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
    /// it is the same bytes.
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

    /// Gives a product up, with the request of the computer that it moves to.
    pub(crate) fn give_up(
        &self,
        product: &ProductCode,
        reason: DeactivationReason,
        companion: Option<&[u8]>,
    ) -> Result<Carried, TaskFault> {
        let mut rng = randomness()?;
        self.change(Repair::Refused, |state, condition| {
            if let Some(of) = self.waiting_for_delivery(state, condition, product) {
                return self.once_more(state, &of, companion);
            }
            let (found, of, grant) = self.given_up(state, condition, product)?;
            let held = found.grant.as_ref().ok_or(StoreFault::Damaged)?;
            let vendor = &found.vendor;
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
                companion: companion.map(<[u8]>::to_vec),
            };
            state.deactivate(&of, made);
            Ok(Outcome::Final(self.given_back(state, &of)?))
        })
    }

    /// The deactivation of a product that was made here, the same bytes as often as it is asked for,
    /// also after its delivery was confirmed; `None` where there is none, or none any more since the
    /// product was activated again.
    ///
    /// # Errors
    /// Those of changing the store, where the power went while it was made: it is not shown before it
    /// is final.
    pub fn deactivation(&self, product: &ProductCode) -> Result<Option<Carried>, StoreFault> {
        let snapshot = self.settled()?;
        let state = &snapshot.state;
        let trusted = self.trusted(state);
        let of = latest(state, product);
        Ok(of.and_then(|of| {
            let made = state.deactivations.get(&of)?;
            Some(carried(&made.token, state, trusted.get(&of.0)?)?.once_more())
        }))
    }

    /// Confirms that the vendor has the deactivation of a product. Confirmed again, it changes
    /// nothing.
    ///
    /// # Errors
    /// `no_deactivation`; those of changing the store.
    pub fn deactivation_delivered(&self, product: &ProductCode) -> Result<Delivered, TaskFault> {
        self.change(Repair::Refused, |state, _| {
            let Some(of) = latest(state, product) else {
                return Err(self.no_deactivation(state, product));
            };
            let made = state
                .deactivations
                .get_mut(&of)
                .ok_or(StoreFault::Damaged)?;
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

    /// The product's deactivation that was not delivered yet, where nothing is held any more.
    fn waiting_for_delivery(
        &self,
        state: &State,
        condition: StoreCondition,
        product: &ProductCode,
    ) -> Option<ProductKey> {
        let found = self.found(state, condition, product).ok()?;
        let of = latest(state, product)?;
        let undelivered = state.deactivations.get(&of)?.delivered_at.is_none();
        (undelivered && found.grant.is_none()).then_some(of)
    }

    /// Shows what was given up before; with a request that was not there the first time.
    fn once_more(
        &self,
        state: &mut State,
        of: &ProductKey,
        companion: Option<&[u8]>,
    ) -> Result<Outcome<Carried>, TaskFault> {
        let made = state.deactivations.get_mut(of).ok_or(StoreFault::Damaged)?;
        let is_new = companion.is_some() && made.companion.as_deref() != companion;
        if is_new {
            made.companion = companion.map(<[u8]>::to_vec);
        }
        let shown = self.given_back(state, of)?.once_more();
        Ok(if is_new {
            Outcome::Changed(shown)
        } else {
            Outcome::Unchanged(shown)
        })
    }

    /// The deactivation of a product as a face hands it out.
    fn given_back(&self, state: &State, of: &ProductKey) -> Result<Carried, StoreFault> {
        let trusted = self.trusted(state);
        let made = state.deactivations.get(of).zip(trusted.get(&of.0));
        made.and_then(|(made, vendor)| carried(&made.token, state, vendor))
            .ok_or(StoreFault::Damaged)
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

/// The deactivation of a product; of two vendors' products with one code, what is still to be
/// delivered.
fn latest(state: &State, product: &ProductCode) -> Option<ProductKey> {
    state
        .deactivations
        .iter()
        .filter(|((_, other), _)| other == product)
        .max_by_key(|(_, made)| made.delivered_at.is_none())
        .map(|(of, _)| of.clone())
}
