//! What a person can do about a product now, the same in every face.

use keyferry_catalogue::Code;
use keyferry_token::{Name, State};

use crate::{EmergencyFacts, Standing, may_deactivate, may_request};

/// Something that can be done about a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Ask the vendor for the time.
    Clock,
    /// Take a deactivation to the vendor, and confirm that it arrived.
    Deliver,
    /// Bring a refresh.
    Refresh,
    /// Ask for a seat, or show the request that waits for its answer again.
    Activate,
    /// Take an emergency run.
    Emergency,
    /// Give the seat to another computer, in one trip.
    Move,
    /// Give the seat back.
    Deactivate,
    /// Tell somebody how it stands.
    Help,
}

impl Action {
    /// All of them, in the order in which they are offered: what mends most with least first, and what
    /// gives something up last.
    pub const ALL: [Self; 8] = [
        Self::Clock,
        Self::Deliver,
        Self::Refresh,
        Self::Activate,
        Self::Emergency,
        Self::Move,
        Self::Deactivate,
        Self::Help,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Refresh => "refresh",
            Self::Deactivate => "deactivate",
            Self::Move => "move",
            Self::Emergency => "emergency",
            Self::Clock => "clock",
            Self::Deliver => "deliver",
            Self::Help => "help",
        }
    }
}

/// What can be done now, in the order of [`Action::ALL`], but that what is over is activated before it is
/// refreshed, since that needs no word from the vendor first; help always. `emergency` is
/// [`crate::emergency_facts`]; `undelivered` says that a deactivation of the product waits for its
/// delivery to be confirmed.
pub fn actions(
    standing: &Standing,
    product: &Name,
    emergency: Option<&EmergencyFacts>,
    undelivered: bool,
) -> Vec<Action> {
    let can = |action: &Action| match action {
        Action::Activate => may_request(standing, None, false).is_ok(),
        // It keeps the enrolment and does not mend a clock, so it is offered where it can help.
        Action::Refresh => {
            !standing.other_device
                && matches!(
                    standing.state,
                    State::Licensed
                        | State::Grace
                        | State::Emergency
                        | State::Expired
                        | State::Stopped
                )
        }
        Action::Deactivate | Action::Move => may_deactivate(standing, product).is_ok(),
        Action::Emergency => emergency.is_some_and(|facts| facts.available),
        Action::Clock => standing.reason() == Some(Code::ClockBehind),
        Action::Deliver => undelivered,
        Action::Help => true,
    };
    let mut offered: Vec<Action> = Action::ALL.into_iter().filter(can).collect();
    if standing.state == State::Expired {
        offered.sort_by_key(|action| (*action > Action::Activate, *action == Action::Refresh));
    }
    offered
}
