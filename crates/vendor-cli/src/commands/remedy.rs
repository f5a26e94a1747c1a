//! What the vendor can do about a standing that a computer is in. What its user can do is the next step
//! of the catalogue.

use keyferry_catalogue::Code;
use keyferry_token::State;

/// From how many days before the end a new lease is worth a word.
const NEAR: i16 = 14;

/// The likely fix at the vendor's side, where there is one.
pub(super) const fn remedy(
    state: State,
    reason: Option<Code>,
    ends_in: Option<i16>,
) -> Option<&'static str> {
    Some(match (state, reason) {
        (_, Some(Code::LeaseEnded)) => {
            "Make a new lease and send it; nothing has to come from the computer: refresh ACTIVATION"
        }
        (_, Some(Code::SubscriptionEnded)) => {
            "Renew what was bought, then make a new lease: entitlement renew CODE --ends DATE, refresh ACTIVATION"
        }
        (_, Some(Code::Suspended)) => {
            "Where it is to run again: entitlement reinstate CODE, then refresh ACTIVATION"
        }
        (_, Some(Code::Revoked)) => {
            "Nothing brings it back. Where it is to run again, sell it anew: entitlement add"
        }
        (_, Some(Code::AwaitingAnswer)) => {
            "Have the same request brought again: it gets the same answer and takes no second seat"
        }
        (_, Some(Code::ClockBehind)) => {
            "Have the clock of the computer set. Where it shows the right time, have a request for the time made and receive it"
        }
        (_, Some(Code::LicenseClockBehind)) => {
            "Have the clock of the computer set. Where it shows the right time, make its license file anew and send it: license reissue ID"
        }
        (_, Some(Code::WrongDevice | Code::StoreDamaged | Code::Tampered)) => {
            "Have it activated again with the same activation code: it gets its own seat back"
        }
        (_, Some(Code::UntrustedKey)) => "Send your vendor profile once more: DIR/vendor.kfv",
        (_, Some(Code::ActivationSuperseded)) => {
            "See who has its seat now: activation list. Where both are to run, it needs a seat of its own"
        }
        (_, Some(Code::ActivationReleased)) => {
            "It was reported lost. Where it is to run again: activation allow-again ACTIVATION, then have it activated"
        }
        (_, Some(Code::ActivationDeactivated)) => {
            "Its deactivation is in the books, and it runs all the same: have it activated again, or deactivated once more"
        }
        (_, Some(Code::Deactivated)) => "See whether its deactivation has arrived: activation list",
        (State::Licensed, None) => match ends_in {
            Some(days) if days <= NEAR => {
                "The lease ends soon; make a new one and send it: refresh ACTIVATION"
            }
            Some(_) | None => return None,
        },
        (_, Some(_) | None) => return None,
    })
}
