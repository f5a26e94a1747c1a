//! How often a vendor lets seats change hands (rules A4, A7, A9).

use keyferry_token::Seconds;

/// The year in which rebinds, moves and releases are counted, back from now.
pub const CAP_WINDOW: Seconds = Seconds::days(365);

/// What a vendor allows for a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often a seat may be rebound within [`CAP_WINDOW`] (rule A4).
    pub rebinds: u32,
    /// How often a seat may be freed at once by a deactivation within [`CAP_WINDOW`] (rule A7).
    pub moves: u32,
    /// How many seats of an entitlement may be released as lost within [`CAP_WINDOW`] (rule A9).
    pub lost: u32,
}

impl Default for Policy {
    /// Three rebinds and six moves of a seat, two lost devices of an entitlement.
    fn default() -> Self {
        Self {
            rebinds: 3,
            moves: 6,
            lost: 2,
        }
    }
}
