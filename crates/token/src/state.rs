//! What a license is to its program, in one word. The rules that decide it are in `keyferry-license`;
//! the word itself stands in status reports and status codes.

/// What a license is to its program. The names are a promise to every face, the numbers stand in
/// signed claims; neither ever changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It runs.
    Licensed = 1,
    /// It runs although the lease is over; not for long.
    Grace = 2,
    /// It runs by an emergency run that the vendor granted in advance.
    Emergency = 3,
    /// There is no license here.
    Unlicensed = 4,
    /// Lease or subscription are over, grace included.
    Expired = 5,
    /// The vendor suspended or revoked it.
    Stopped = 6,
    /// There is a license, and something keeps it from being used.
    Blocked = 7,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Licensed,
        Self::Grace,
        Self::Emergency,
        Self::Unlicensed,
        Self::Expired,
        Self::Stopped,
        Self::Blocked,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Licensed => "licensed",
            Self::Grace => "grace",
            Self::Emergency => "emergency",
            Self::Unlicensed => "unlicensed",
            Self::Expired => "expired",
            Self::Stopped => "stopped",
            Self::Blocked => "blocked",
        }
    }

    /// Whether the program may run.
    pub const fn runs(self) -> bool {
        matches!(self, Self::Licensed | Self::Grace | Self::Emergency)
    }

    /// The number in claims and status codes.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The state with this number, if there is one.
    pub fn from_number(number: u64) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| u64::from(state.number()) == number)
    }
}
