//! What can be wrong with bytes from outside, one enum per stage, each cause with its code.

use keyferry_catalogue::{Code, Problem};

use crate::KeyId;

/// Why text cannot stand in a signed claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Nothing that can be seen.
    #[error("the text is empty")]
    Empty,
    /// More characters than allowed.
    #[error("the text has more than {limit} characters")]
    TooLong {
        /// The most characters allowed.
        limit: usize,
    },
    /// A control or direction-changing character, or text that is not NFC.
    #[error("the text has characters that are not for showing")]
    Unshowable,
    /// Not a product code.
    #[error("not a product code")]
    ProductCode,
    /// Not an id of the wanted kind.
    #[error("not an id")]
    NotAnId,
}

impl TextFault {
    /// The catalogue code: `product_code_refused` or `text_refused`.
    pub fn code(&self) -> Code {
        match self {
            Self::ProductCode => Code::ProductCodeRefused,
            Self::Empty | Self::TooLong { .. } | Self::Unshowable | Self::NotAnId => {
                Code::TextRefused
            }
        }
    }
}

/// Why a public or private key is refused when it is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not a key of the wanted type.
    #[error("not a key of the wanted type")]
    Unreadable,
    /// An RSA key of another size than 4096 bits.
    #[error("the RSA key does not have 4096 bits")]
    Size,
    /// An RSA key with another exponent than 65537.
    #[error("the RSA key's exponent is not 65537")]
    Exponent,
}

impl KeyFault {
    /// The catalogue code: `key_refused`.
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable | Self::Size | Self::Exponent => Code::KeyRefused,
        }
    }
}

/// Why bytes are not an artefact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseFault {
    /// There is nothing.
    #[error("there is nothing to read")]
    Empty,
    /// More bytes than an artefact of this kind may have.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The most bytes allowed.
        limit: usize,
    },
    /// Nothing that Keyferry writes.
    #[error("not something that Keyferry writes")]
    Unrecognised,
    /// An armored line has lost characters.
    #[error("line {line} is {missing} characters short")]
    LineShort {
        /// The line, counting the BEGIN line as 1.
        line: usize,
        /// How many characters are missing.
        missing: usize,
    },
    /// An armored line has gained characters.
    #[error("line {line} has {extra} characters too many")]
    LineLong {
        /// The line, counting the BEGIN line as 1.
        line: usize,
        /// How many characters are too many.
        extra: usize,
    },
    /// An armored line has a character that does not belong there.
    #[error("line {line} has a character that does not belong there")]
    LineCharacter {
        /// The line, counting the BEGIN line as 1.
        line: usize,
    },
    /// The armor's checksum does not fit: changed on the way, not forged.
    #[error("the text was damaged on the way")]
    Damaged,
    /// The armor's END line is missing.
    #[error("the end of the text is missing")]
    Unfinished,
    /// Frames of a moving QR code are missing.
    #[error("{have} of {total} frames, without {missing}")]
    FramesMissing {
        /// How many are there.
        have: u16,
        /// How many there are in all.
        total: u16,
        /// The numbers of the others.
        missing: String,
    },
    /// CBOR or COSE that does not follow the specification.
    #[error("{what} is not as specified")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// Made by a newer version of the format.
    #[error("made in a newer format")]
    NewerFormat,
    /// The content is of another kind than its label or than was wanted.
    #[error("{found} where {wanted} belongs")]
    Kind {
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// An algorithm that Keyferry does not use, by name.
    #[error("the algorithm {name} is refused")]
    Algorithm {
        /// Its name or number.
        name: String,
    },
    /// A key inside that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A text inside that cannot be shown.
    #[error("{field}: {fault}")]
    Text {
        /// The claim.
        field: &'static str,
        /// Why.
        fault: TextFault,
    },
}

impl ParseFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Empty => Code::NothingRead,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::Unrecognised => Code::Unrecognised,
            Self::LineShort { .. } => Code::ArmorLineShort,
            Self::LineLong { .. } => Code::ArmorLineLong,
            Self::LineCharacter { .. } => Code::ArmorCharacter,
            Self::Damaged => Code::ArmorDamaged,
            Self::Unfinished => Code::ArmorUnfinished,
            Self::FramesMissing { .. } => Code::FramesMissing,
            Self::Malformed { .. } => Code::Malformed,
            Self::NewerFormat => Code::NewerFormat,
            Self::Kind { .. } => Code::WrongKind,
            Self::Algorithm { .. } => Code::AlgorithmRefused,
            Self::Key(fault) => fault.code(),
            Self::Text { fault, .. } => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::TooLarge { limit } => problem.with("limit", limit),
            Self::LineShort { line, missing } => {
                problem.with("line", line).with("missing", missing)
            }
            Self::LineLong { line, extra } => problem.with("line", line).with("extra", extra),
            Self::LineCharacter { line } => problem.with("line", line),
            Self::FramesMissing {
                have,
                total,
                missing,
            } => problem
                .with("have", have)
                .with("total", total)
                .with("parts", missing),
            Self::Kind { found, wanted } => problem.with("found", found).with("wanted", wanted),
            Self::Algorithm { name } => problem.with("algorithm", name),
            Self::Text { field, .. } => problem.with("field", field),
            Self::Empty
            | Self::Unrecognised
            | Self::Damaged
            | Self::Unfinished
            | Self::Malformed { .. }
            | Self::NewerFormat
            | Self::Key(_) => problem,
        }
    }
}

/// Why a sealed token cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// Sealed for another key.
    #[error("sealed for the key {recipient}")]
    OtherRecipient {
        /// The key it is sealed for.
        recipient: KeyId,
    },
    /// Names this key but does not open with it: changed on the way, or forged.
    #[error("does not open with the key it names")]
    Closed,
    /// What was inside is not as specified.
    #[error(transparent)]
    Content(#[from] ParseFault),
}

impl OpenFault {
    /// The catalogue code: `cannot_be_opened`, `signature_mismatch`, or that of the content.
    pub fn code(&self) -> Code {
        match self {
            Self::OtherRecipient { .. } => Code::CannotBeOpened,
            Self::Closed => Code::SignatureMismatch,
            Self::Content(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::OtherRecipient { .. } | Self::Closed => Problem::new(self.code()),
            Self::Content(fault) => fault.problem(),
        }
    }
}

/// Why a signed artefact is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyFault {
    /// Signed by a key that is not among the trusted ones.
    #[error("signed by the key {key}, which is not trusted here")]
    UntrustedKey {
        /// The key it names.
        key: KeyId,
    },
    /// The signature does not fit the content.
    #[error("the signature does not fit")]
    Signature,
    /// The signed claims name another recipient than the envelope.
    #[error("addressed to someone else")]
    OtherRecipient,
    /// The signed claims name another vendor than the one whose key signed.
    #[error("made in another vendor's name")]
    OtherVendor,
    /// The claims are not as specified.
    #[error(transparent)]
    Content(#[from] ParseFault),
}

impl VerifyFault {
    /// The catalogue code: `untrusted_key`, `signature_mismatch`, `answer_for_other_device`,
    /// `token_for_other_vendor`, or that of the content.
    pub fn code(&self) -> Code {
        match self {
            Self::UntrustedKey { .. } => Code::UntrustedKey,
            Self::Signature => Code::SignatureMismatch,
            Self::OtherRecipient => Code::AnswerForOtherDevice,
            Self::OtherVendor => Code::TokenForOtherVendor,
            Self::Content(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::UntrustedKey { key } => Problem::new(self.code()).with("kid", key),
            Self::Content(fault) => fault.problem(),
            Self::Signature | Self::OtherRecipient | Self::OtherVendor => Problem::new(self.code()),
        }
    }
}

/// Why an artefact could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] crate::SignerFault),
    /// The claims make more bytes than the kind allows.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The most bytes allowed.
        limit: usize,
    },
    /// The claims are none that a reader would take.
    #[error(transparent)]
    Unreadable(#[from] ParseFault),
}

impl SealFault {
    /// The catalogue code: `system_failure`, `too_large`, or that with which a reader would refuse.
    pub fn code(&self) -> Code {
        match self {
            Self::Signer(fault) => fault.code,
            Self::Unreadable(fault) => fault.code(),
            Self::TooLarge { .. } => Code::TooLarge,
        }
    }
}
