//! The clock: what it looks like, asking the vendor for the time, and taking the answer.

use keyferry_catalogue::Code;
use keyferry_license::{
    Acceptance, Ask, AskedTime, Refusal, StoreCondition, ToldTime, may_accept_time,
    may_request_time,
};
use keyferry_token::{
    Challenge, ProductCode, SealedToken, TimeAnswer, TimeRequest, Timestamp, TokenId,
    rand_core::Rng, seal_for_vendor,
};

use crate::{
    Applied, ApplyFault, Carried, Client, ProductStanding, StoreFault, TaskFault, Vendor,
    carried::carried,
    client::randomness,
    door::{Arrived, Taken},
    licenses::licenses_of,
    standing::granted,
    store::{MadeTimeRequest, MadeToken, Outcome, ProductKey, Repair, State},
    vendors::Chains,
};

/// What the clock looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockState {
    /// What it shows.
    pub now: Timestamp,
    /// The latest time that was seen here or that a vendor signed, as it counts for the product that
    /// the clock blocks, else the latest of all vendors; `None` where nothing was seen yet.
    pub latest_seen: Option<Timestamp>,
    /// Whether it keeps a product from running.
    pub behind: bool,
    /// The product that it keeps from running: the first of those whose vendor can be asked for the
    /// time, else the first.
    pub product: Option<ProductCode>,
    /// Why that one does not run: `clock_behind`, or `license_clock_behind` where a license file is
    /// all that there is of it. For such a one no time can be asked.
    pub reason: Option<Code>,
}

impl Client {
    /// What the clock looks like.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn clock_state(&self) -> Result<ClockState, StoreFault> {
        let checked = self.check()?;
        let state = &checked.state;
        let mut all = self.all_with(&checked).into_iter();
        let blocked = all
            .clone()
            .find(|found| is_for(found, Code::ClockBehind))
            .or_else(|| all.find(|found| is_for(found, Code::LicenseClockBehind)));
        let seen = |vendor| self.clock(state, vendor).effective();
        let latest_seen = match &blocked {
            Some(blocked) => Some(match &blocked.license {
                Some(held) if blocked.by_license => {
                    let license = &held.read.license;
                    let clock = self.license_clock(state, license);
                    clock.effective().max(license.issued_at)
                }
                _ => seen(&blocked.vendor.id()),
            }),
            None => state.floors.keys().map(seen).max(),
        };
        Ok(ClockState {
            now: self.now(),
            latest_seen,
            behind: blocked.is_some(),
            reason: blocked
                .as_ref()
                .and_then(|blocked| blocked.standing.reason()),
            product: blocked.map(|blocked| blocked.product),
        })
    }

    /// Asks the vendor of a product for the time, or gives out the request that waits again, the
    /// same bytes. Without a product it is the one that the clock blocks. It is withdrawn when the
    /// clock is right again.
    ///
    /// # Errors
    /// `clock_not_behind`, `license_clock_behind` where it is behind for license files only,
    /// `product_not_here`; those of changing the store.
    pub fn request_time(&self, product: Option<&ProductCode>) -> Result<Carried, TaskFault> {
        self.ask_for_time(product).map_err(|fault| match fault {
            TaskFault::Refused(Refusal::ClockNotBehind) if self.is_behind_for_files(product) => {
                Refusal::LicenseClockBehind.into()
            }
            fault => fault,
        })
    }

    /// Whether the clock is behind for a license file of the product, or of any.
    fn is_behind_for_files(&self, product: Option<&ProductCode>) -> bool {
        self.check().is_ok_and(|checked| {
            self.all_with(&checked).iter().any(|found| {
                is_for(found, Code::LicenseClockBehind)
                    && product.is_none_or(|product| *product == found.product)
            })
        })
    }

    fn ask_for_time(&self, product: Option<&ProductCode>) -> Result<Carried, TaskFault> {
        let mut rng = randomness()?;
        self.change(Repair::Refused, |state, condition| {
            let found = match product {
                Some(product) => self.found(state, condition, product)?,
                None => self
                    .all_found(state, condition)
                    .into_iter()
                    .find(|found| is_for(found, Code::ClockBehind))
                    .ok_or(Refusal::ClockNotBehind)?,
            };
            let (of, vendor) = ((found.vendor.id(), found.product.clone()), &found.vendor);
            let key = vendor.profile.exchange_key().ok_or(StoreFault::Damaged)?;
            let held = found.grant.as_ref();
            let waiting = state.time_requests.get(&of).and_then(|made| {
                let claims = made.token.open::<TimeRequest>()?;
                let fits = claims.recipient == key.id()
                    && held.is_some_and(|held| held.activation == claims.activation);
                fits.then_some(made)
            });
            let waiting_id = waiting.map(|made| made.token.id);
            if let (Ask::Again(_), Some(made)) = (
                may_request_time(&found.standing, waiting_id, false)?,
                waiting,
            ) {
                let shown = carried(&made.token, state, vendor).ok_or(StoreFault::Damaged)?;
                return Ok(Outcome::Unchanged(shown.once_more()));
            }
            let held = held.ok_or(StoreFault::Damaged)?;
            let issued_at = self.now();
            let emergency_runs = state.runs_to_tell(&of);
            let device = state.devices.get_mut(&of.0).ok_or(StoreFault::Damaged)?;
            let mut challenge = [0; 16];
            rng.fill_bytes(&mut challenge);
            let claims = TimeRequest {
                issued_at,
                vendor: of.0,
                recipient: key.id(),
                product: of.1.clone(),
                number: device.next_number(),
                signing_key: device.signing.public(),
                exchange_key: device.exchange_key(&mut rng),
                activation: held.activation,
                challenge: Challenge::new(challenge),
                label: held.label.clone(),
                emergency_runs,
            };
            let sealed = seal_for_vendor(&claims, &device.signing, key, &mut rng)?;
            let token = MadeToken::new(of.clone(), sealed);
            let shown = carried(&token, state, vendor).ok_or(StoreFault::Damaged)?;
            let refusal = None;
            state
                .time_requests
                .insert(of, MadeTimeRequest { token, refusal });
            Ok(Outcome::Changed(shown))
        })
    }

    /// The time request for a product that waits for its answer, also after a restart.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn time_request(&self, product: &ProductCode) -> Result<Option<Carried>, StoreFault> {
        let snapshot = self.check()?;
        let state = &snapshot.state;
        let trusted = self.trusted(state);
        let mut waiting = state.time_requests.iter();
        let made = waiting.find(|((_, other), _)| other == product);
        Ok(made.and_then(|(of, made)| carried(&made.token, state, trusted.get(&of.0)?)))
    }

    /// Takes the vendor's time (rules, *The clock*): the only step by which a floor goes down.
    pub(crate) fn apply_time(
        &self,
        token: &SealedToken,
        chains: &Chains,
    ) -> Result<Applied, ApplyFault> {
        self.take(token, chains, |state, condition, arrived| {
            self.hold_time(state, condition, &arrived)
        })
    }

    fn hold_time(
        &self,
        state: &mut State,
        condition: StoreCondition,
        arrived: &Arrived<TimeAnswer>,
    ) -> Result<Outcome<Applied>, ApplyFault> {
        let Arrived {
            vendor, of, claims, ..
        } = arrived;
        let taken =
            |state: &State| Taken::new(claims, self.standing_of(state, condition, vendor, of));
        let told = ToldTime {
            token: claims.id(),
            answers: claims.answers,
            product: &claims.product,
            challenge: claims.challenge,
        };
        let clock = self.clock(state, &of.0);
        let asked: Vec<(TokenId, TimeRequest)> = asked(state, of);
        let waiting: Vec<AskedTime> = asked
            .iter()
            .map(|(request, claims)| AskedTime {
                request: *request,
                product: claims.product.clone(),
                challenge: claims.challenge,
            })
            .collect();
        let acceptance = may_accept_time(&told, &waiting, &state.applied_ids(), &clock)?;
        if acceptance == Acceptance::AlreadyApplied {
            return Ok(Outcome::Unchanged(Applied::AlreadyApplied(taken(state))));
        }
        let mended = clock.mended(claims.issued_at, newest_grant(state, vendor));
        state.floors.insert(of.0, mended.floor());
        state.tell_licenses(&of.0);
        for (request, claims) in &asked {
            if *request == told.answers
                && let Some(runs) = state.runs.get_mut(of)
            {
                runs.told(&claims.emergency_runs);
            }
        }
        for (_, runs) in state.runs.iter_mut().filter(|((id, _), _)| *id == of.0) {
            runs.end_all();
        }
        state.withdraw_time_requests(&of.0);
        state.remember_applied(of, claims.id());
        Ok(Outcome::Changed(Applied::ClockMended(taken(state))))
    }
}

fn is_for(found: &ProductStanding, reason: Code) -> bool {
    found.standing.reason() == Some(reason)
}

/// When a vendor signed the newest of its grants and license files that are held here.
fn newest_grant(state: &State, vendor: &Vendor) -> Option<Timestamp> {
    let of_vendor = state
        .activations
        .keys()
        .filter(|(id, _)| *id == vendor.id());
    of_vendor
        .filter_map(|of| Some(granted(state, vendor, of).ok()?.issued_at()))
        .chain(licenses_of(state, vendor).map(|license| license.issued_at))
        .max()
}

/// The time requests to a product's vendor that wait for their answers.
fn asked(state: &State, (vendor, _): &ProductKey) -> Vec<(TokenId, TimeRequest)> {
    let waiting = state.time_requests.iter();
    waiting
        .filter(|((other, _), _)| other == vendor)
        .filter_map(|(_, made)| {
            let claims = made.token.open::<TimeRequest>()?;
            Some((made.token.id, claims.into_claims()))
        })
        .collect()
}
