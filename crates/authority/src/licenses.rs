//! License files: what they are to be, what they are, and why one is not made. How one is made is
//! in `making`, and many at once in `rows`; what it is bound to in `binding`, and what the books say
//! of it in `books`.

mod binding;
mod books;
mod making;
mod rows;
mod signer;

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{Rating, Refusal};
use keyferry_token::{
    Feature, License, LicenseTerm, Name, ProductCode, SealFault, Seconds, Timestamp, UsbId,
};

use crate::{DatabaseFault, EntropyFault, product::MAX_FEATURES, profile::seal_problem};

pub(crate) use books::select;
pub use rows::{LicenseRow, RowForecast, RowKey};

/// A license to make.
#[derive(Clone, Debug)]
pub struct NewLicense {
    /// The product.
    pub product: ProductCode,
    /// What it is to be bound to.
    pub anchor: LicenseAnchor,
    /// From when it counts; `None` means from now.
    pub starts_at: Option<Timestamp>,
    /// Until when it counts.
    pub term: LicenseTerm,
    /// The features it grants; none means all that its product lists.
    pub features: Vec<Feature>,
    /// The edition.
    pub edition: Option<Name>,
    /// Who holds it.
    pub holder: Option<Name>,
    /// How long the program runs on after the term; `None` means what its product says.
    pub grace: Option<Seconds>,
}

/// What a license is to be bound to.
#[derive(Clone, Debug)]
pub enum LicenseAnchor {
    /// Nothing.
    Unbound,
    /// A USB key.
    UsbKey {
        /// Its id.
        id: UsbId,
        /// Whether a serial number that other keys may have as well is good enough.
        allow_weak: bool,
    },
    /// The computer that made this activation request for the product, in any form that Keyferry
    /// writes.
    Device {
        /// The request.
        request: Vec<u8>,
    },
}

/// What the next file of a license says that the one before did not; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct LicenseTerms {
    /// What it is bound to from now on.
    pub anchor: Option<LicenseAnchor>,
    /// Until when it counts.
    pub term: Option<LicenseTerm>,
    /// The features it grants; with none named they stay.
    pub features: Vec<Feature>,
}

/// A license in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedLicense {
    /// What its latest file says; its state is what that says (rule A8).
    pub license: License,
    /// When its first file was made.
    pub created_at: Timestamp,
    /// How many files were made of it.
    pub files: u64,
}

/// A license with all that was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseRecord {
    /// The license.
    pub issued: IssuedLicense,
    /// What its files say, the latest first; at most a thousand.
    pub history: Vec<License>,
}

/// A license with its latest file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseFile {
    /// The license.
    pub issued: IssuedLicense,
    /// The file, in its binary form.
    pub bytes: Vec<u8>,
    /// Whether the file was made now. Where there was nothing to change it is the latest one again.
    pub changed: bool,
}

/// Why a license was not made, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum LicenseFault {
    /// There is none of this id.
    #[error("no such license")]
    Unknown,
    /// It was revoked, and no other file follows (rule A8).
    #[error("the license is revoked")]
    Revoked,
    /// There is no product of this code.
    #[error("no product {product}")]
    ProductUnknown {
        /// The code.
        product: ProductCode,
    },
    /// The product lists its features, and not this one.
    #[error("the product {product} has no feature {feature}")]
    FeatureUnknown {
        /// The feature.
        feature: Feature,
        /// The product.
        product: ProductCode,
    },
    /// It has more features than a license can name.
    #[error("more than {MAX_FEATURES} features")]
    TooManyFeatures,
    /// It would be over before it counts, or is over already.
    #[error("a license that ends at {ends} would never count")]
    Ended {
        /// That end.
        ends: Timestamp,
    },
    /// The USB key is no good anchor.
    #[error("the USB key is {}", .rating.strength.name())]
    UsbKey {
        /// What it is worth, and why.
        rating: Rating,
        /// Whether that can be accepted.
        problem: Problem,
    },
    /// What was given to tell the computer is no activation request for the product.
    #[error("no activation request for the product")]
    NeedsComputer,
    /// What was given to tell the computer cannot be read, or is not believed.
    #[error("the activation request is not taken: {}", .0.code.as_str())]
    Request(Problem),
    /// The reference of a row stands for a license that was not asked for in the same way.
    #[error("the reference {reference} stands for another license")]
    ReferenceTaken {
        /// The reference.
        reference: Name,
    },
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file was not made.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl LicenseFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::LicenseUnknown,
            Self::Revoked => Code::LicenseRevoked,
            Self::ProductUnknown { .. } => Code::ProductUnknown,
            Self::FeatureUnknown { .. } => Code::FeatureUnknown,
            Self::TooManyFeatures => Code::TextRefused,
            Self::Ended { .. } => Code::LicenseEndRefused,
            Self::NeedsComputer => Code::LicenseNeedsComputer,
            Self::ReferenceTaken { .. } => Code::ReferenceTaken,
            Self::UsbKey { problem, .. } | Self::Request(problem) => problem.code,
            Self::Refused(refusal) => refusal.code(),
            Self::Seal(fault) => fault.code(),
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Unknown | Self::Revoked | Self::NeedsComputer => problem,
            Self::ProductUnknown { product } => problem.with("product", product),
            Self::FeatureUnknown { feature, product } => {
                problem.with("feature", feature).with("product", product)
            }
            Self::TooManyFeatures => problem.with("field", "features"),
            Self::Ended { ends } => problem.with("ends", ends),
            Self::ReferenceTaken { reference } => problem.with("reference", reference),
            Self::UsbKey { problem, .. } | Self::Request(problem) => problem.clone(),
            Self::Refused(refusal) => refusal.problem(),
            Self::Seal(fault) => seal_problem(fault),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
