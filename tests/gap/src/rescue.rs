//! The people who get a computer to work again: its user, who does what the program says, and a vendor
//! who is willing. Neither knows more than the two programs tell.

use keyferry_authority::{IssuedEntitlement, Received};
use keyferry_catalogue::Code;
use keyferry_client::{Action, Applied};
use keyferry_token::{DeviceId, Seconds};

use crate::{Computer, Terms, Time, VendorSide};

/// How a computer came to run again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    /// How often something was carried to the vendor and something came back.
    pub trips: u32,
    /// What was told on the way, in this order.
    pub told: Vec<Code>,
    /// How long one had to wait for a seat.
    pub waited: Seconds,
}

/// Somebody who wants one computer to run.
pub struct Rescue<'a> {
    /// The vendor.
    pub vendor: &'a VendorSide,
    /// What the customer bought.
    pub sold: &'a IssuedEntitlement,
    /// The true time, which passes where nothing else helps.
    pub time: &'a Time,
}

impl Rescue<'_> {
    /// Does what the program says until it runs.
    ///
    /// # Errors
    /// Where there is no way on, or none within twelve trips: everything that was told.
    pub fn of(&self, computer: &Computer) -> Result<Rescued, Rescued> {
        let mut so_far = Rescued::default();
        while so_far.trips < 12 {
            let reason = match computer.client().standing(&computer.product) {
                Ok(found) if found.standing.state.runs() => return Ok(so_far),
                Ok(found) => found.standing.reason(),
                Err(fault) => Some(fault.code()),
            };
            let Some(reason) = reason else {
                return Err(so_far);
            };
            so_far.told.push(reason);
            let worked = match reason {
                Code::ProductNotHere => {
                    computer.trust(self.vendor);
                    true
                }
                Code::ClockBehind => self.mend_clock(computer, &mut so_far),
                // A clock that is ahead looks like a lease that is over: the cause names it.
                Code::LeaseEnded | Code::SubscriptionEnded if computer.watch.is_ahead() => {
                    computer.watch.set_right();
                    true
                }
                Code::Suspended => self.refresh(computer, &mut so_far),
                _ => self.activate(computer, &mut so_far),
            };
            if !worked {
                return Err(so_far);
            }
        }
        Err(so_far)
    }

    /// Sets the clock; where that does not help, asks the vendor for the time; and where the vendor
    /// says that there is no such seat any more, gives up what is here, to ask for another.
    fn mend_clock(&self, computer: &Computer, so_far: &mut Rescued) -> bool {
        computer.watch.set_right();
        if computer.reason() != Some(Code::ClockBehind) {
            return true;
        }
        let Ok(asked) = computer.client().request_time(Some(&computer.product)) else {
            return false;
        };
        so_far.trips += 1;
        match self.vendor.receive(&asked.bytes) {
            Received::TimeTold(told) => {
                let mended = computer.apply(&told.sealed.bytes);
                matches!(mended, Ok(Applied::ClockMended(_)))
            }
            Received::Refused(refused) => {
                so_far.told.push(refused.problem.code);
                let Ok(given_up) = computer.deactivate() else {
                    return false;
                };
                self.vendor.receive(&given_up.bytes);
                true
            }
            _ => false,
        }
    }

    /// The vendor reinstates what was suspended, and says so.
    fn refresh(&self, computer: &Computer, so_far: &mut Rescued) -> bool {
        self.vendor.reinstate(self.sold);
        let Some(grant) = computer.standing().grant else {
            return false;
        };
        so_far.trips += 1;
        match self.vendor.refresh(grant.activation) {
            Ok(refresh) => computer.apply(&refresh).is_ok(),
            Err(fault) => {
                so_far.told.push(fault.code());
                self.activate(computer, so_far)
            }
        }
    }

    fn activate(&self, computer: &Computer, so_far: &mut Rescued) -> bool {
        let asked = match computer.request(&self.sold.code) {
            Ok(asked) => asked,
            // Whom it trusts went with its store.
            Err(fault) if fault.code() == Code::NoVendor => {
                computer.trust(self.vendor);
                return true;
            }
            Err(fault) => {
                so_far.told.push(fault.code());
                return false;
            }
        };
        so_far.trips += 1;
        match self.vendor.receive(&asked.bytes) {
            Received::Answered(answer) => computer.apply(&answer.sealed.bytes).is_ok(),
            Received::Refused(refused) => {
                so_far.told.push(refused.problem.code);
                if let Some(refusal) = &refused.answer {
                    let kept = computer.apply(&refusal.bytes);
                    if !matches!(kept, Ok(Applied::Refused { .. })) {
                        return false;
                    }
                }
                self.lift(refused.problem.code, computer, so_far)
            }
            _ => false,
        }
    }

    /// What a willing vendor does about a reason, or what time does.
    fn lift(&self, reason: Code, computer: &Computer, so_far: &mut Rescued) -> bool {
        match reason {
            Code::DeviceBlocked => {
                let devices = computer.client().device().unwrap().ids;
                let is_its = |id: DeviceId| devices.iter().any(|(_, device)| *device == id);
                let all = self.vendor.activations(self.sold.entitlement.id);
                for activation in all.into_iter().filter(|found| is_its(found.device)) {
                    self.vendor.allow_again(activation.id);
                }
                true
            }
            Code::ActivationCodeNotAccepted => {
                self.vendor.reinstate(self.sold);
                true
            }
            Code::NoFreeSeat | Code::ReactivationCapReached => {
                self.wait(Terms::HELD, so_far);
                true
            }
            Code::TooManyAttempts => {
                self.wait(Seconds::HOUR, so_far);
                true
            }
            // What is asked next is another request.
            Code::RequestSuperseded
            | Code::RequestForked
            | Code::ActivationSuperseded
            | Code::ActivationReleased
            | Code::ActivationDeactivated => true,
            _ => false,
        }
    }

    fn wait(&self, length: Seconds, so_far: &mut Rescued) {
        self.time.pass(length);
        so_far.waited = Seconds::new(so_far.waited.get() + length.get());
    }
}

/// Whether a screen offers something that leads on, beside telling somebody.
pub fn offers_a_way_on(computer: &Computer) -> bool {
    match computer.client().standing(&computer.product) {
        Ok(found) => found.actions.iter().any(|action| *action != Action::Help),
        // Trusting a vendor, or asking again in a store that nothing can be read of.
        Err(fault) => matches!(fault.code(), Code::ProductNotHere | Code::StoreDamaged),
    }
}
