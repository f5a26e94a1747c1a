//! Until when new versions of a program are covered.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{State, Timestamp};

use crate::Standing;

/// The standing of a version that came out at a time: what runs by a grant whose maintenance was over by then
/// does not run that version. Versions from before run on; without an end all do.
#[must_use]
pub fn for_release(
    standing: Standing,
    maintenance_end: Option<Timestamp>,
    released: Timestamp,
) -> Standing {
    let Some(ended) = maintenance_end.filter(|end| standing.state.runs() && released >= *end)
    else {
        return standing;
    };
    Standing {
        state: State::Expired,
        until: None,
        problem: Some(Problem::new(Code::MaintenanceOver).with("ended", ended)),
        ..standing
    }
}
