//! The kinds of artefact and the numbers and names by which they are told apart.

/// A kind of token. `typ` (RFC 9596, content-format form) stands in both protected headers and is
/// the token's signing namespace: the registry is in `docs/spec/tokens.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A device asks for a seat.
    ActivationRequest,
    /// The vendor grants one.
    ActivationResponse,
    /// The vendor gives an activation a new grant.
    Refresh,
    /// A device gives its seat back.
    Deactivation,
    /// A device asks for the time.
    TimeRequest,
    /// The vendor tells it.
    Time,
    /// The vendor says no, and why.
    Refusal,
    /// A device tells support where its license stands.
    Status,
}

/// Numbers that version 1 reserves for token kinds; an unknown one among them comes from a newer
/// program, not from a stranger.
const RESERVED: core::ops::RangeInclusive<u64> = 65_001..=65_099;

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::ActivationRequest,
        Self::ActivationResponse,
        Self::Refresh,
        Self::Deactivation,
        Self::TimeRequest,
        Self::Time,
        Self::Refusal,
        Self::Status,
    ];

    /// The number in `typ`.
    pub const fn typ(self) -> u64 {
        match self {
            Self::ActivationRequest => 65_001,
            Self::ActivationResponse => 65_002,
            Self::Refresh => 65_003,
            Self::Deactivation => 65_004,
            Self::TimeRequest => 65_005,
            Self::Time => 65_006,
            Self::Refusal => 65_007,
            Self::Status => 65_008,
        }
    }

    /// The name in JSON: `activation_request`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActivationRequest => "activation_request",
            Self::ActivationResponse => "activation_response",
            Self::Refresh => "refresh",
            Self::Deactivation => "deactivation",
            Self::TimeRequest => "time_request",
            Self::Time => "time",
            Self::Refusal => "refusal",
            Self::Status => "status",
        }
    }

    /// Whether it goes from a device to its vendor: signed by the device's key, read by the vendor. The
    /// others go the other way.
    pub const fn from_device(self) -> bool {
        match self {
            Self::ActivationRequest | Self::Deactivation | Self::TimeRequest | Self::Status => true,
            Self::ActivationResponse | Self::Refresh | Self::Time | Self::Refusal => false,
        }
    }

    pub(crate) fn from_typ(typ: u64) -> Result<Self, crate::ParseFault> {
        match Self::ALL.into_iter().find(|kind| kind.typ() == typ) {
            Some(kind) => Ok(kind),
            None if RESERVED.contains(&typ) => Err(crate::ParseFault::NewerFormat),
            None => Err(crate::ParseFault::Malformed { what: "typ" }),
        }
    }
}

/// A kind of artefact: what a text armor's BEGIN line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArtefactKind {
    /// A token of some kind.
    Token(TokenKind),
    /// A license file.
    License,
    /// A vendor profile.
    Profile,
}

impl ArtefactKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Token(TokenKind::ActivationRequest),
        Self::Token(TokenKind::ActivationResponse),
        Self::Token(TokenKind::Refresh),
        Self::Token(TokenKind::Deactivation),
        Self::Token(TokenKind::TimeRequest),
        Self::Token(TokenKind::Time),
        Self::Token(TokenKind::Refusal),
        Self::Token(TokenKind::Status),
        Self::License,
        Self::Profile,
    ];

    /// The name in JSON: that of the token's kind, `license` or `vendor_profile`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token(kind) => kind.name(),
            Self::License => "license",
            Self::Profile => "vendor_profile",
        }
    }

    /// The words after `KEYFERRY` in the armor's BEGIN and END lines.
    pub const fn armor_label(self) -> &'static str {
        match self {
            Self::Token(TokenKind::ActivationRequest) => "ACTIVATION REQUEST",
            Self::Token(TokenKind::ActivationResponse) => "ACTIVATION RESPONSE",
            Self::Token(TokenKind::Refresh) => "REFRESH",
            Self::Token(TokenKind::Deactivation) => "DEACTIVATION",
            Self::Token(TokenKind::TimeRequest) => "TIME REQUEST",
            Self::Token(TokenKind::Time) => "TIME",
            Self::Token(TokenKind::Refusal) => "REFUSAL",
            Self::Token(TokenKind::Status) => "STATUS",
            Self::License => "LICENSE",
            Self::Profile => "VENDOR PROFILE",
        }
    }

    /// The largest size that is read, in bytes.
    pub const fn limit(self) -> usize {
        match self {
            Self::Token(_) => crate::MAX_TOKEN,
            Self::License => crate::MAX_LICENSE,
            Self::Profile => crate::MAX_PROFILE,
        }
    }
}
