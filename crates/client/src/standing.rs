//! Where each product stands on this computer, and what this computer is.

mod held;

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{
    Action, EmergencyFacts, Facts, Held, Standing, StoreCondition, actions, emergency_facts,
    for_release, standing,
};
use keyferry_token::{
    ComponentKind, DeviceId, Label, Name, ProductCode, Timestamp, UsbId, VerifyFault,
};

use crate::{
    Client, DeactivationSummary, LicenseHeld, RequestSummary, StoreFault, Vendor,
    carried::{deactivation_summary, next_to_deliver, request_summary, time_request_summary},
    licenses::Checked,
    store::{DeviceIdentity, MadeDeactivation, ProductKey, State},
};

pub(crate) use held::Granted;
pub use held::HeldGrant;

/// A product, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductStanding {
    /// Whose product it is.
    pub vendor: Vendor,
    /// Its code.
    pub product: ProductCode,
    /// Its name, or its code where the vendor's profile has none.
    pub name: Name,
    /// Where it stands.
    pub standing: Standing,
    /// Whether it runs and its end is to be announced: within 14 days.
    pub end_is_near: bool,
    /// How many whole days it still runs, if it runs and ends.
    pub days_left: Option<u64>,
    /// The grant that it rests on, if a trusted one is here.
    pub grant: Option<HeldGrant>,
    /// The newest request that waits for an answer.
    pub request: Option<RequestSummary>,
    /// The time request that waits for an answer.
    pub time_request: Option<RequestSummary>,
    /// What was given back: the oldest that the vendor may not have yet, also once the product is
    /// activated again; else the newest, until it is.
    pub deactivation: Option<DeactivationSummary>,
    /// The emergency runs that the grant allows, if any.
    pub emergency: Option<EmergencyFacts>,
    /// The license file that counts for it, or would come nearest to it: on a USB key that is plugged in,
    /// or added to this computer.
    pub license: Option<LicenseHeld>,
    /// A USB key on which a license for it was seen, and which is not plugged in.
    pub key_away: Option<UsbId>,
    /// Whether `standing` is that of the license file or of the key that is away, and not that of the
    /// activation.
    pub by_license: bool,
    /// What can be done now, the same in every face.
    pub actions: Vec<Action>,
}

impl ProductStanding {
    /// The same for a version of the program that came out at a time. License files name no end of
    /// maintenance: what runs by one runs in each version.
    #[must_use]
    pub fn of_release(mut self, released: Timestamp) -> Self {
        let grant = self.grant.as_ref().filter(|_| !self.by_license);
        let end = grant.and_then(|grant| grant.maintenance_end);
        self.standing = for_release(self.standing, end, released);
        if !self.standing.state.runs() {
            (self.end_is_near, self.days_left) = (false, None);
        }
        self
    }
}

/// What this computer is to its vendors. Never holds a component's value.
#[derive(Clone, Debug)]
pub struct DeviceFacts {
    /// The name to suggest for it.
    pub label: Label,
    /// Operating system and processor architecture.
    pub platform: String,
    /// The components that can be read, in the order of their numbers.
    pub components: Vec<ComponentKind>,
    /// Its id for each vendor that it has keys for.
    pub ids: Vec<(Vendor, DeviceId)>,
}

/// Why there is no standing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandingFault {
    /// No trusted vendor has the product, and nothing of it is here.
    #[error("the product {product} is not known here")]
    NotHere {
        /// The product.
        product: ProductCode,
    },
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl StandingFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotHere { .. } => Code::ProductNotHere,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotHere { product } => Problem::new(self.code()).with("product", product),
            Self::Store(fault) => fault.problem(),
        }
    }
}

impl Client {
    /// Where a product stands. This is the check that keeps the floor under the clock: when it rose by
    /// a minute it is written. The vendor's signature and this machine's fingerprint are checked
    /// anew each time. Where two vendors use one product code, the one that runs counts.
    ///
    /// # Errors
    /// `product_not_here` for a product that no trusted vendor has; those of reading the store. A
    /// damaged store is a standing, and `store_damaged` where nothing of it can be told any more.
    pub fn standing(&self, product: &ProductCode) -> Result<ProductStanding, StandingFault> {
        let checked = self.check()?;
        self.found_with(&checked, product)
    }

    /// Where a product stands with the license files that a check found.
    pub(crate) fn found_with(
        &self,
        checked: &Checked,
        product: &ProductCode,
    ) -> Result<ProductStanding, StandingFault> {
        let state = &checked.state;
        self.found_as(state, checked.condition, product, |found| {
            self.with_licenses(found, state, &checked.licenses, &checked.keys)
        })
    }

    /// Where the activation of a product stands in a state, license files aside: what requests,
    /// deactivations and emergency runs go by.
    pub(crate) fn found(
        &self,
        state: &State,
        condition: StoreCondition,
        product: &ProductCode,
    ) -> Result<ProductStanding, StandingFault> {
        self.found_as(state, condition, product, |found| found)
    }

    fn found_as(
        &self,
        state: &State,
        condition: StoreCondition,
        product: &ProductCode,
        complete: impl Fn(ProductStanding) -> ProductStanding,
    ) -> Result<ProductStanding, StandingFault> {
        let known = state.all_products();
        let trusted = self.trusted(state);
        let of_vendors = trusted.iter().filter_map(|vendor| {
            let of = (vendor.id(), product.clone());
            let has_it = known.contains(&of) || vendor.profile.product(product).is_some();
            has_it.then(|| complete(self.standing_of(state, condition, vendor, &of)))
        });
        of_vendors
            .max_by_key(|found| {
                (
                    found.standing.state.runs(),
                    found.grant.is_some(),
                    found.license.is_some(),
                    found.request.is_some(),
                    found.deactivation.is_some(),
                )
            })
            .ok_or_else(|| match condition {
                StoreCondition::Intact => StandingFault::NotHere {
                    product: product.clone(),
                },
                // What was here cannot be told any more.
                StoreCondition::Damaged => StoreFault::Damaged.into(),
            })
    }

    /// Every product with an activation, a license file, an outstanding request or a deactivation, one
    /// for which a license was seen on a USB key, or whose activation went with a damaged store. A product whose vendor is no longer trusted is left out.
    ///
    /// # Errors
    /// `store_damaged` where none can be told any more; those of reading the store.
    pub fn products(&self) -> Result<Vec<ProductStanding>, StoreFault> {
        let checked = self.check()?;
        let products = self.all_with(&checked);
        // A list that is empty because it was lost would look like a new computer.
        if products.is_empty() && checked.condition == StoreCondition::Damaged {
            return Err(StoreFault::Damaged);
        }
        Ok(products)
    }

    /// Where every product stands of which a check found anything.
    pub(crate) fn all_with(&self, checked: &Checked) -> Vec<ProductStanding> {
        let state = &checked.state;
        let trusted = self.trusted(state);
        let mut products = state.all_products();
        let on_keys = checked.licenses.iter().filter_map(|found| {
            let read = found.license.as_ref().ok()?;
            Some((read.license.vendor, read.license.product.clone()))
        });
        products.extend(on_keys);
        let found = products.into_iter().filter_map(|of| {
            let vendor = trusted.get(&of.0)?;
            let found = self.standing_of(state, checked.condition, vendor, &of);
            Some(self.with_licenses(found, state, &checked.licenses, &checked.keys))
        });
        found.collect()
    }

    /// Where the activation of every product stands of which a state knows anything, license files aside.
    pub(crate) fn all_found(
        &self,
        state: &State,
        condition: StoreCondition,
    ) -> Vec<ProductStanding> {
        let trusted = self.trusted(state);
        let found = state.products().into_iter().filter_map(|of| {
            let vendor = trusted.get(&of.0)?;
            Some(self.standing_of(state, condition, vendor, &of))
        });
        found.collect()
    }

    /// What this computer is to its vendors.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn device(&self) -> Result<DeviceFacts, StoreFault> {
        let snapshot = self.store.read()?;
        let trusted = self.trusted(&snapshot.state);
        let ids = snapshot
            .state
            .devices
            .iter()
            .filter_map(|(vendor, device)| Some((trusted.get(vendor)?.clone(), device.id())));
        Ok(DeviceFacts {
            label: self.suggested_label(),
            platform: self.machine.platform().to_string(),
            components: self
                .machine
                .components()
                .iter()
                .map(|(kind, _)| kind)
                .collect(),
            ids: ids.collect(),
        })
    }

    pub(crate) fn standing_of(
        &self,
        state: &State,
        condition: StoreCondition,
        vendor: &Vendor,
        of: &ProductKey,
    ) -> ProductStanding {
        let (id, product) = of;
        let held = state.activations.get(of);
        let checked = held.map(|_| granted(state, vendor, of));
        let grant = match &checked {
            Some(Ok(granted)) => Some(granted.grant()),
            Some(Err(_)) | None => None,
        };
        let request = state.outstanding(of).next();
        let deactivation = next_to_deliver(state.deactivations_of(of));
        let condition = if state.lost.contains(of) {
            StoreCondition::Damaged
        } else {
            condition
        };
        let runs = state.runs.get(of);
        let taken = grant
            .zip(runs)
            .map_or(0, |(grant, runs)| runs.of_grant(grant.sequence).count());
        let clock = self.clock(state, id);
        let standing = standing(&Facts {
            store: condition,
            held: match &checked {
                None => Held::Nothing,
                Some(Ok(granted)) => Held::Grant(granted.held()),
                Some(Err(fault)) => Held::Refused(fault),
            },
            awaiting_answer: request.is_some(),
            deactivated: deactivation.is_some(),
            emergency: grant
                .zip(runs)
                .and_then(|(grant, runs)| runs.last_of(grant.sequence)),
            present: &self.machine.fingerprint(id, product),
            clock,
        });
        let now = clock.effective();
        let taken = u32::try_from(taken).unwrap_or(u32::MAX);
        let emergency = emergency_facts(&standing, grant, taken, now);
        let name = name_of(vendor, product);
        let undelivered = deactivation.is_some_and(MadeDeactivation::is_undelivered);
        ProductStanding {
            vendor: vendor.clone(),
            product: product.clone(),
            end_is_near: standing.end_is_near(now),
            days_left: standing.days_left(now),
            grant: match (held, &checked) {
                (Some(held), Some(Ok(granted))) => Some(HeldGrant::new(held, granted)),
                _ => None,
            },
            request: request.and_then(|made| request_summary(made, state, vendor)),
            time_request: state
                .time_requests
                .get(of)
                .and_then(|made| time_request_summary(made, state, vendor)),
            deactivation: deactivation.and_then(deactivation_summary),
            license: None,
            key_away: None,
            by_license: false,
            actions: actions(&standing, &name, emergency.as_ref(), undelivered),
            emergency,
            standing,
            name,
        }
    }
}

/// The grant that is kept for a product, checked as if it had just come in.
///
/// # Errors
/// Those of checking it; where none is kept, that it is for no one here.
pub(crate) fn granted(
    state: &State,
    vendor: &Vendor,
    of: &ProductKey,
) -> Result<Granted, VerifyFault> {
    let held = state
        .activations
        .get(of)
        .ok_or(VerifyFault::OtherRecipient)?;
    let device = state.devices.get(&of.0).map(DeviceIdentity::id);
    let keys = vendor.profile.signing_keys();
    Granted::check(held, &keys, device.as_ref(), &of.1)
}

/// A product's name as its vendor's profile has it.
pub(crate) fn name_of(vendor: &Vendor, product: &ProductCode) -> Name {
    match vendor.profile.product(product) {
        Some(entry) => entry.name.clone(),
        None => name_of_code(product),
    }
}

/// The name of a product of which nothing is known but its code.
pub(crate) fn name_of_code(product: &ProductCode) -> Name {
    Name::new(product.as_str())
        .unwrap_or_else(|_| unreachable!("a product code is short and plain"))
}
