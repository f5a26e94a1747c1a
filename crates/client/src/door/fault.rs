//! What can be wrong with something that was brought.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::Refusal;
use keyferry_token::{ArtefactKind, OpenFault, ParseFault, TokenKind, VerifyFault};

use crate::{PictureFault, StoreFault, VendorFault};

/// Why something that was brought changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyFault {
    /// Not an artefact, or a damaged one.
    #[error(transparent)]
    Parse(#[from] ParseFault),
    /// A picture without a code.
    #[error(transparent)]
    Picture(#[from] PictureFault),
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// It is not believed.
    #[error(transparent)]
    Verify(#[from] VerifyFault),
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A vendor profile that cannot be used.
    #[error(transparent)]
    Vendor(#[from] VendorFault),
    /// The vendor is no longer trusted.
    #[error("its vendor is not trusted here")]
    VendorNotTrusted,
    /// A request made here: it goes to the vendor.
    #[error("a request made here")]
    OwnRequest,
    /// Something else that was made here: it goes to the vendor.
    #[error("a token made here: {}", kind.name())]
    OwnToken {
        /// What it is.
        kind: TokenKind,
    },
    /// Something that another computer made: it goes to the vendor, from there.
    #[error("a token made elsewhere: {}", kind.name())]
    TokenOfOther {
        /// What it is.
        kind: TokenKind,
    },
    /// The store could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl ApplyFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Parse(fault) => fault.code(),
            Self::Picture(fault) => fault.code(),
            Self::Open(fault) => fault.code(),
            Self::Verify(fault) => fault.code(),
            Self::Refused(refusal) => refusal.code(),
            Self::Vendor(fault) => fault.code(),
            Self::VendorNotTrusted => Code::VendorUnknown,
            Self::OwnRequest => Code::OwnRequest,
            Self::OwnToken { .. } => Code::OwnToken,
            Self::TokenOfOther { .. } => Code::WrongKind,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Parse(fault) => fault.problem(),
            Self::Picture(fault) => fault.problem(),
            Self::Open(fault) => fault.problem(),
            Self::Verify(fault) => fault.problem(),
            Self::Refused(refusal) => refusal.problem(),
            Self::Vendor(fault) => fault.problem(),
            Self::Store(fault) => fault.problem(),
            Self::OwnToken { kind } => Problem::new(self.code()).with("kind", kind.name()),
            Self::TokenOfOther { kind } => Problem::new(self.code())
                .with("found", ArtefactKind::Token(*kind).name())
                .with(
                    "wanted",
                    ArtefactKind::Token(TokenKind::ActivationResponse).name(),
                ),
            Self::VendorNotTrusted | Self::OwnRequest => Problem::new(self.code()),
        }
    }
}
