//! Telling somebody how a product stands: twelve symbols for the phone, and a token for the vendor's
//! support.

use keyferry_catalogue::Code;
use keyferry_token::{
    ExchangeSecretKey, Label, Name, ProductCode, State, StatusCode, StatusFacts, StatusReport,
    seal_for_vendor,
};

use crate::{
    Carried, Client, ProductStanding, StandingFault, StoreFault, TaskFault,
    carried::carried,
    client::{client_version, randomness},
    store::{DeviceIdentity, MadeToken, Outcome, Repair},
};

/// A status code, and the product that it tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenStatus {
    /// The code; [`StatusCode::groups`] is how it is read out.
    pub code: StatusCode,
    /// The product; `None` where there is none here, or where the store does not tell.
    pub product: Option<ProductCode>,
    /// Its name.
    pub name: Option<Name>,
}

impl Client {
    /// The status code of a product. Without one it is the product that most needs help: one that
    /// does not run before one that does. Holds nothing secret, and tells of a store that cannot be
    /// read as well.
    ///
    /// # Errors
    /// `product_not_here`.
    pub fn status_code(
        &self,
        product: Option<&ProductCode>,
    ) -> Result<SpokenStatus, StandingFault> {
        let found = match product {
            Some(product) => self.standing(product).map(Some),
            None => self.neediest().map_err(StandingFault::from),
        };
        match found {
            Ok(Some(found)) => Ok(self.spoken(&found)),
            Ok(None) => Ok(self.spoken_without_product(State::Unlicensed, self.nothing_here())),
            Err(fault @ StandingFault::NotHere { .. }) => Err(fault),
            Err(StandingFault::Store(fault)) => {
                Ok(self.spoken_without_product(State::Blocked, fault.code()))
            }
        }
    }

    /// Makes a status report for a product's vendor, which says what support needs to see and nothing
    /// secret. Each is a new one; the last of a product is kept.
    ///
    /// # Errors
    /// `product_not_here`, `store_damaged`; those of changing the store.
    pub fn status_report(&self, product: &ProductCode) -> Result<Carried, TaskFault> {
        let mut rng = randomness()?;
        let checked = self.check()?;
        self.change(Repair::Refused, |state, condition| {
            let found = self.found(state, condition, product)?;
            let found = self.with_licenses(found, state, &checked.licenses, &checked.keys);
            let (of, vendor) = ((found.vendor.id(), product.clone()), &found.vendor);
            let key = vendor.profile.exchange_key().ok_or(StoreFault::Damaged)?;
            let clock_floor = self.clock(state, &of.0).effective();
            let emergency_runs = state.runs_to_tell(&of);
            let store_repaired = state.repaired_at.is_some();
            let device = state
                .devices
                .entry(of.0)
                .or_insert_with(|| DeviceIdentity::make(&mut rng));
            let (standing, grant) = (&found.standing, found.grant.as_ref());
            let claims = StatusReport {
                issued_at: self.now(),
                vendor: of.0,
                recipient: key.id(),
                product: product.clone(),
                number: device.next_number(),
                signing_key: device.signing.public(),
                exchange_key: device.exchange.as_ref().map(ExchangeSecretKey::public),
                label: self.label_of(&found),
                platform: self.machine.platform(),
                client: client_version(),
                state: standing.state,
                reason: reason(&found).map(Code::number),
                activation: grant.map(|grant| grant.activation),
                sequence: grant.map(|grant| grant.sequence),
                lease_expires_at: grant.and_then(|grant| Some(grant.lease?.expires_at)),
                until: standing.until,
                clock_floor,
                changed: standing.changed.clone(),
                emergency_runs,
                store_repaired,
            };
            let sealed = seal_for_vendor(&claims, &device.signing, key, &mut rng)?;
            let token = MadeToken::new(of.clone(), sealed);
            let shown = carried(&token, state, vendor).ok_or(StoreFault::Damaged)?;
            state.statuses.insert(of, token);
            Ok(Outcome::Changed(shown))
        })
    }

    fn neediest(&self) -> Result<Option<ProductStanding>, StoreFault> {
        let products = self.products()?;
        Ok(products
            .into_iter()
            .min_by_key(|found| found.standing.state.runs()))
    }

    fn nothing_here(&self) -> Code {
        match self.vendors() {
            Ok(vendors) if vendors.is_empty() => Code::NoVendor,
            Ok(_) => Code::NotActivated,
            Err(fault) => fault.code(),
        }
    }

    fn spoken(&self, found: &ProductStanding) -> SpokenStatus {
        let standing = &found.standing;
        let code = StatusCode::of(&StatusFacts {
            state: standing.state,
            reason: reason(found),
            now: self.now(),
            ends_at: standing.lease.map(|lease| lease.expires_at),
            changed: &standing.changed,
            activation: found.grant.as_ref().map(|grant| &grant.activation),
        });
        SpokenStatus {
            code,
            product: Some(found.product.clone()),
            name: Some(found.name.clone()),
        }
    }

    fn spoken_without_product(&self, state: State, reason: Code) -> SpokenStatus {
        let code = StatusCode::of(&StatusFacts {
            state,
            reason: Some(reason),
            now: self.now(),
            ends_at: None,
            changed: &[],
            activation: None,
        });
        SpokenStatus {
            code,
            product: None,
            name: None,
        }
    }

    /// What its user calls this computer, as the vendor knows it.
    fn label_of(&self, found: &ProductStanding) -> Label {
        let of_grant = found.grant.as_ref().map(|grant| &grant.label);
        let of_request = found.request.as_ref().map(|request| &request.label);
        of_grant
            .or(of_request)
            .cloned()
            .unwrap_or_else(|| self.suggested_label())
    }
}

/// Why a product stands as it does, for support: a request that was refused waits for no answer.
fn reason(found: &ProductStanding) -> Option<Code> {
    let refused = found
        .request
        .as_ref()
        .and_then(|made| made.refused.as_ref());
    match (found.standing.reason(), refused) {
        (Some(Code::AwaitingAnswer), Some(refused)) => Some(refused.problem.code),
        (reason, _) => reason,
    }
}
