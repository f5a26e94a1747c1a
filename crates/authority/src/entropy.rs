//! Randomness from the system.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::rand_core::UnwrapErr;

/// The system gave no randomness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness: {reason}")]
pub struct EntropyFault {
    /// What the system says.
    pub reason: String,
}

impl EntropyFault {
    /// The catalogue code: `system_failure`.
    pub fn code(&self) -> Code {
        Code::SystemFailure
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        Problem::new(self.code()).with("what", &self.reason)
    }
}

/// Random bytes for ids and secrets.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], EntropyFault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|fault| EntropyFault {
        reason: fault.to_string(),
    })?;
    Ok(bytes)
}

/// The form of randomness that keyferry-token takes. It panics where the system has none; every
/// flow draws an id by [`random`] first, which says so in words.
pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}
