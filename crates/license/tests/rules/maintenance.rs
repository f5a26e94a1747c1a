//! Versions that come out after the end of maintenance.

use keyferry_catalogue::Exit;
use keyferry_license::{Standing, State, for_release};
use keyferry_token::{Seconds, Timestamp};

const END: Timestamp = Timestamp::from_unix(2_000_000_000);

fn standing(state: State) -> Standing {
    Standing {
        state,
        problem: None,
        until: Some(END),
        features: Vec::new(),
        changed: Vec::new(),
        other_device: false,
        lease: None,
    }
}

#[test]
fn a_version_from_before_the_end_runs_and_one_from_the_end_on_does_not() {
    let before = END.minus(Seconds::new(1));
    for state in [State::Licensed, State::Grace, State::Emergency] {
        let as_it_was = standing(state);
        assert_eq!(for_release(as_it_was.clone(), Some(END), before), as_it_was);
        assert_eq!(for_release(as_it_was.clone(), None, END), as_it_was);
        let over = for_release(as_it_was, Some(END), END);
        assert_eq!((over.state, over.until), (State::Expired, None));
        assert_eq!(over.exit(), Exit::Expired);
        assert_eq!(over.reason().unwrap().as_str(), "maintenance_over");
    }
}

#[test]
fn what_does_not_run_says_why_it_does_not_run_and_nothing_of_versions() {
    let stopped = standing(State::Stopped);
    assert_eq!(for_release(stopped.clone(), Some(END), END), stopped);
}
