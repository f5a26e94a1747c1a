//! Where each product stands on this computer, and what this computer is.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{Facts, Held, Standing, StoreCondition, standing};
use keyferry_token::{
    ActivationId, ActivationResponse, ComponentKind, DeviceId, Label, Name, ProductCode, Sequence,
    SignedToken, Timestamp, TokenId, VendorKeys, Verified, VerifyFault,
};

use crate::{
    Client, RequestSummary, StoreFault, Vendor,
    activation::summary,
    store::{HeldActivation, ProductKey, State},
};

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
    /// The grant that it rests on, if a trusted one is here.
    pub grant: Option<HeldGrant>,
    /// The newest request that waits for an answer.
    pub request: Option<RequestSummary>,
}

/// The grant that an activation rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldGrant {
    /// The activation.
    pub activation: ActivationId,
    /// Its number: a higher one replaces it.
    pub sequence: Sequence,
    /// The response that brought it.
    pub response: TokenId,
    /// The request that it answered.
    pub answers: TokenId,
    /// What its user called this computer in that request, while the request is remembered.
    pub label: Option<Label>,
    /// When the vendor signed it.
    pub issued_at: Timestamp,
    /// When it was applied here.
    pub applied_at: Timestamp,
    /// The edition, if there is one.
    pub edition: Option<Name>,
    /// Who holds the entitlement.
    pub holder: Option<Name>,
    /// When what the customer bought ends, if it does.
    pub subscription_end: Option<Timestamp>,
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
        let snapshot = self.check()?;
        let state = &snapshot.state;
        let known = state.products();
        let trusted = self.trusted(state);
        let of_vendors = trusted.iter().filter_map(|vendor| {
            let of = (vendor.id(), product.clone());
            let has_it = known.contains(&of) || vendor.profile.product(product).is_some();
            has_it.then(|| self.standing_of(state, snapshot.condition, vendor, &of))
        });
        of_vendors
            .max_by_key(|found| {
                (
                    found.standing.state.runs(),
                    found.grant.is_some(),
                    found.request.is_some(),
                )
            })
            .ok_or_else(|| match snapshot.condition {
                StoreCondition::Intact => StandingFault::NotHere {
                    product: product.clone(),
                },
                // What was here cannot be told any more.
                StoreCondition::Damaged => StoreFault::Damaged.into(),
            })
    }

    /// Every product with an activation or an outstanding request, or whose activation went with
    /// a damaged store. A product whose vendor is no longer trusted is left out.
    ///
    /// # Errors
    /// `store_damaged` where none can be told any more; those of reading the store.
    pub fn products(&self) -> Result<Vec<ProductStanding>, StoreFault> {
        let snapshot = self.check()?;
        let trusted = self.trusted(&snapshot.state);
        let products = snapshot.state.products().into_iter().filter_map(|of| {
            let vendor = trusted.get(&of.0)?;
            Some(self.standing_of(&snapshot.state, snapshot.condition, vendor, &of))
        });
        let products: Vec<_> = products.collect();
        // A list that is empty because it was lost would look like a new computer.
        if products.is_empty() && snapshot.condition == StoreCondition::Damaged {
            return Err(StoreFault::Damaged);
        }
        Ok(products)
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
        let checked = held.map(|held| {
            let keys = vendor.profile.signing_keys();
            let device = state.devices.get(id).map(crate::store::DeviceIdentity::id);
            checked(held, &keys, device.as_ref(), product)
        });
        let request = state.outstanding(of).next();
        let condition = if state.lost.contains(of) {
            StoreCondition::Damaged
        } else {
            condition
        };
        let standing = standing(&Facts {
            store: condition,
            held: match &checked {
                None => Held::Nothing,
                Some(Ok(response)) => Held::Grant(response.into()),
                Some(Err(fault)) => Held::Refused(fault),
            },
            awaiting_answer: request.is_some(),
            present: &self.machine.fingerprint(id, product),
            clock: self.clock(state),
        });
        let grant = match (held, checked) {
            (Some(held), Some(Ok(response))) => Some(HeldGrant::new(held, &response, state)),
            _ => None,
        };
        ProductStanding {
            vendor: vendor.clone(),
            product: product.clone(),
            name: name_of(vendor, product),
            standing,
            grant,
            request: request.and_then(summary),
        }
    }
}

/// Checks a kept response as if it had just come in.
fn checked(
    held: &HeldActivation,
    keys: &VendorKeys,
    device: Option<&DeviceId>,
    product: &ProductCode,
) -> Result<Verified<ActivationResponse>, VerifyFault> {
    let signed = SignedToken::parse(&held.response)?;
    let device = device.ok_or(VerifyFault::OtherRecipient)?;
    let response = signed.verify_from_vendor::<ActivationResponse>(keys, device)?;
    if response.product == *product {
        Ok(response)
    } else {
        Err(VerifyFault::OtherRecipient)
    }
}

impl HeldGrant {
    fn new(held: &HeldActivation, response: &Verified<ActivationResponse>, state: &State) -> Self {
        let grant = &response.grant;
        let answered = state
            .requests
            .iter()
            .find(|made| made.id == response.answers);
        Self {
            activation: grant.activation,
            sequence: grant.sequence,
            response: response.id(),
            answers: response.answers,
            label: answered.and_then(summary).map(|request| request.label),
            issued_at: response.issued_at,
            applied_at: held.applied_at,
            edition: grant.edition.clone(),
            holder: grant.holder.clone(),
            subscription_end: grant.subscription_end,
        }
    }
}

/// A product's name as its vendor's profile has it.
pub(crate) fn name_of(vendor: &Vendor, product: &ProductCode) -> Name {
    match vendor.profile.product(product) {
        Some(entry) => entry.name.clone(),
        // A product code is within a name's bounds.
        None => Name::tidied(product.as_str()).unwrap_or_else(|_| vendor.profile.name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_fixtures::{NOW, TestDevice, TestVendor};

    #[test]
    fn a_kept_response_counts_for_its_own_product_device_and_vendor_only() {
        let vendor = TestVendor::acme();
        let mut device = TestDevice::new("cad-07");
        let request = device.request_to(vendor, &vendor.code());
        let held = HeldActivation {
            response: vendor.respond(&request.bytes, NOW).signed,
            applied_at: NOW,
        };
        let (product, other) = (TestVendor::product(), "com.acme.cam".parse().unwrap());
        let counts = |keys, device: Option<&DeviceId>, product| {
            checked(&held, keys, device, product).is_ok()
        };
        let (keys, id) = (&vendor.keys(), device.id());
        assert!(counts(keys, Some(&id), &product));
        assert!(!counts(keys, Some(&id), &other));
        assert!(!counts(keys, None, &product));
        assert!(!counts(
            keys,
            Some(&TestDevice::new("cad-08").id()),
            &product
        ));
        assert!(!counts(&TestVendor::other().keys(), Some(&id), &product));
    }
}
