//! From what a person typed to the product that it activates.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{ActivationCode, CodeFault, Label, ProductEntry};

use crate::{Client, StoreFault, Vendor, vendors::TrustedVendors};

/// An activation code, and what it is for.
#[derive(Clone, Debug)]
pub struct CodeFound {
    /// The code.
    pub code: ActivationCode,
    /// Whose it is.
    pub vendor: Vendor,
    /// What it activates.
    pub product: ProductEntry,
    /// The name to suggest for this computer.
    pub label: Label,
}

/// Why a code leads to no product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupFault {
    /// Not a code.
    #[error(transparent)]
    Code(#[from] CodeFault),
    /// No vendor is trusted yet.
    #[error("no vendor is trusted yet")]
    NoVendor,
    /// No trusted vendor has a product for it.
    #[error("no trusted vendor has a product for it")]
    UnknownVendor,
    /// More than one product could be meant.
    #[error("more than one product could be meant")]
    Ambiguous,
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl LookupFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Code(fault) => fault.code(),
            Self::NoVendor => Code::NoVendor,
            Self::UnknownVendor => Code::ActivationCodeUnknownVendor,
            Self::Ambiguous => Code::ActivationCodeAmbiguous,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Code(fault) => fault.problem(),
            Self::Store(fault) => fault.problem(),
            Self::NoVendor | Self::UnknownVendor | Self::Ambiguous => problem,
        }
    }
}

impl Client {
    /// Reads an activation code as a person typed or pasted it, and finds what it is for.
    ///
    /// # Errors
    /// `nothing_read`, `activation_code_incomplete`, `activation_code_mistyped`,
    /// `holder_secret_given`, `no_vendor`, `activation_code_unknown_vendor`,
    /// `activation_code_ambiguous`; those of reading the store.
    pub fn code(&self, text: &str) -> Result<CodeFound, LookupFault> {
        let code = ActivationCode::read(text)?;
        let snapshot = self.store.read()?;
        let trusted = self.trusted(&snapshot.state);
        let (vendor, product) = find(&code, &trusted)?;
        let (vendor, product) = (vendor.clone(), product.clone());
        Ok(CodeFound {
            code,
            vendor,
            product,
            label: self.suggested_label(),
        })
    }
}

/// The one product that a code is for.
pub(crate) fn find<'a>(
    code: &ActivationCode,
    trusted: &'a TrustedVendors,
) -> Result<(&'a Vendor, &'a ProductEntry), LookupFault> {
    if trusted.iter().next().is_none() {
        return Err(LookupFault::NoVendor);
    }
    let tag = code.tag();
    let mut found = trusted.iter().flat_map(|vendor| {
        let of_tag = vendor
            .profile
            .products
            .iter()
            .filter(move |product| product.tag == tag);
        of_tag.map(move |product| (vendor, product))
    });
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(LookupFault::Ambiguous),
        (None, _) => Err(LookupFault::UnknownVendor),
    }
}
