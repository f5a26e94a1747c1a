//! Before a disk image of this computer is taken: what makes it one of its own is forgotten, so that
//! each computer made from the image gets keys of its own.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::StoreCondition;
use keyferry_token::{Binding, Name};

use crate::{
    Client, LicenseFound, StoreFault,
    standing::{name_of, name_of_code},
    store::{Outcome, ProductKey, Repair, State},
};

/// What became of a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// Keys, counters and what was sent are forgotten.
    Done,
    /// There was nothing to forget.
    Unchanged,
}

/// Why nothing was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResetFault {
    /// A copy would carry the license along.
    #[error("{product} is still activated")]
    StillActivated {
        /// The product's name.
        product: Name,
    },
    /// The seat would stay taken.
    #[error("the deactivation of {product} is not delivered")]
    DeactivationUndelivered {
        /// The product's name.
        product: Name,
    },
    /// The store could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl ResetFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::StillActivated { .. } => Code::StillActivated,
            Self::DeactivationUndelivered { .. } => Code::DeactivationUndelivered,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::StillActivated { product } | Self::DeactivationUndelivered { product } => {
                Problem::new(self.code()).with("product", product)
            }
            Self::Store(fault) => fault.problem(),
        }
    }
}

impl Client {
    /// Forgets what makes this computer one of its own: device keys, counters, requests and what was
    /// made for its vendors, in both generations of the store and in what repairs set aside. Trusted
    /// vendors stay, and so do the floors under the clock and license files that are bound to nothing. The program does not run here before it
    /// is activated again.
    ///
    /// What does not fit this machine is no obstacle: it is another computer's activation, copied
    /// along with an image.
    ///
    /// # Errors
    /// `still_activated`, `deactivation_undelivered`, `store_damaged`; those of changing the store.
    pub fn reset_before_imaging(&self) -> Result<Reset, ResetFault> {
        // Where nothing was ever written, nothing is made either.
        if !self.store.read()?.exists {
            return Ok(Reset::Unchanged);
        }
        self.change(Repair::Refused, |state, condition| {
            for of in state.activations.keys() {
                if self.is_this_computers(state, condition, of) {
                    let product = self.name(state, of);
                    return Err(ResetFault::StillActivated { product });
                }
            }
            let mut deactivations = state.deactivations.iter();
            if let Some(made) = deactivations.find(|made| made.is_undelivered()) {
                let product = self.name(state, &made.token.of());
                return Err(ResetFault::DeactivationUndelivered { product });
            }
            self.store.forget_damaged()?;
            let bound = self.forget_bound_licenses(state, condition);
            Ok(if forget(state) || bound {
                Outcome::Final(Reset::Done)
            } else {
                Outcome::Unchanged(Reset::Unchanged)
            })
        })
    }

    fn is_this_computers(&self, state: &State, condition: StoreCondition, of: &ProductKey) -> bool {
        let trusted = self.trusted(state);
        let Some(vendor) = trusted.get(&of.0) else {
            return true;
        };
        let standing = self.standing_of(state, condition, vendor, of).standing;
        !standing.other_device && standing.reason() != Some(Code::Tampered)
    }

    /// Forgets the license files that are not plainly unbound: what names this computer is of no use to
    /// those made from the image. Whether there were any.
    fn forget_bound_licenses(&self, state: &mut State, condition: StoreCondition) -> bool {
        let is_unbound = |found: &LicenseFound| {
            let read = found.license.as_ref();
            read.is_ok_and(|read| read.license.binding == Binding::Unbound)
        };
        let found = self.kept_licenses(state, condition);
        let before = state.licenses.len();
        // As many as there are, and in their order.
        let mut unbound = found.iter().map(is_unbound);
        state
            .licenses
            .retain(|_| unbound.next().unwrap_or_default());
        state.licenses.len() < before
    }

    fn name(&self, state: &State, (vendor, product): &ProductKey) -> Name {
        match self.trusted(state).get(vendor) {
            Some(vendor) => name_of(vendor, product),
            None => name_of_code(product),
        }
    }
}

/// Forgets; whether there was anything.
fn forget(state: &mut State) -> bool {
    let kept = State {
        vendors: std::mem::take(&mut state.vendors),
        floors: std::mem::take(&mut state.floors),
        seen_licenses: std::mem::take(&mut state.seen_licenses),
        licenses: std::mem::take(&mut state.licenses),
        ..State::default()
    };
    let forgotten = std::mem::replace(state, kept);
    !forgotten.devices.is_empty()
        || !forgotten.requests.is_empty()
        || !forgotten.activations.is_empty()
        || !forgotten.deactivations.is_empty()
        || !forgotten.runs.is_empty()
        || !forgotten.lost.is_empty()
}
