//! Forgetting a license file that was added to this computer.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{LicenseId, Name, ProductCode, VendorId};

use crate::{
    Client, StoreFault,
    standing::{name_of, name_of_code},
    store::{Outcome, Repair},
};

/// A license file that is no longer kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseForgotten {
    /// Its id.
    pub license: LicenseId,
    /// Whose it was.
    pub vendor: VendorId,
    /// What it was for.
    pub product: ProductCode,
    /// The product's name.
    pub name: Name,
}

/// Why no license file was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForgetFault {
    /// None of this id was added to this computer.
    #[error("the license {license} is not kept here")]
    NotKept {
        /// The id.
        license: LicenseId,
    },
    /// The store could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl ForgetFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotKept { .. } => Code::LicenseNotKept,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotKept { .. } => Problem::new(self.code()),
            Self::Store(fault) => fault.problem(),
        }
    }
}

impl Client {
    /// Forgets a license file that was added to this computer, whatever it is worth. That it was seen is
    /// kept: an older file of it does not come back, and the same one can be added again.
    ///
    /// # Errors
    /// `license_not_kept`; those of changing the store.
    pub fn forget_license(&self, license: &LicenseId) -> Result<LicenseForgotten, ForgetFault> {
        self.change(Repair::Refused, |state, _| {
            let mut kept = state.licenses.iter();
            let place = kept.position(|kept| kept.id == *license);
            let Some(place) = place else {
                return Err(ForgetFault::NotKept { license: *license });
            };
            let kept = state.licenses.remove(place);
            let name = match self.trusted(state).get(&kept.vendor) {
                Some(vendor) => name_of(vendor, &kept.product),
                None => name_of_code(&kept.product),
            };
            Ok(Outcome::Changed(LicenseForgotten {
                license: *license,
                vendor: kept.vendor,
                product: kept.product,
                name,
            }))
        })
    }
}
