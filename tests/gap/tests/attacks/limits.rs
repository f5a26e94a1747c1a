//! What is bounded or cannot be stopped, shown for what it is: the page that says so has to be true.

use keyferry_authority::Received;
use keyferry_catalogue::Code;
use keyferry_fixtures::FakeMachine;
use keyferry_gap::{Computer, Terms, Time, VendorSide, cad, lab, runs, wait};
use keyferry_token::{ComponentKind, Name, Seconds, TokenKind};

#[test]
fn parts_swapped_one_by_one_drift_out_of_the_enrolment_once_and_are_counted() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let mut computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    let mut swapped = 0;
    for kind in ComponentKind::ALL {
        computer.machine = computer.machine.clone().with(kind, "another part 3H8P");
        // A renewed grant, by request or by refresh, keeps what was enrolled.
        computer.apply(&acme.refresh(held).unwrap()).unwrap();
        swapped += 1;
        if !runs(computer.state()) {
            break;
        }
        assert_eq!(computer.standing().standing.changed.len(), swapped);
    }
    assert_eq!(swapped, 3, "of six");
    assert_eq!(computer.reason(), Some(Code::WrongDevice));
    computer.activate(&acme, &sold.code);
    assert_eq!(acme.logged("activation_rebound"), 1);
    assert_eq!(acme.seats_used(&sold), 1);
}

#[test]
fn a_copy_with_hardware_and_store_shares_one_seat_and_shows_when_both_speak() {
    // To any program on them these are one machine: each refresh renews both.
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(5);
    let original = Computer::of(&acme, "vm", &time);
    original.activate(&acme, &sold.code);
    let held = original.standing().grant.unwrap().activation;
    let copy = original.copied_to(original.machine.clone());
    time.pass(Seconds::days(20));
    let refresh = acme.refresh(held).unwrap();
    for one in [&original, &copy] {
        one.apply(&refresh).unwrap();
        assert!(runs(one.state()));
    }
    assert_eq!(acme.seats_used(&sold), 1);
    acme.receive(&original.makes(TokenKind::Status, &sold.code));
    assert_eq!(acme.logged("device_forked"), 0);
    time.pass(Seconds::HOUR);
    acme.receive(&copy.makes(TokenKind::Status, &sold.code));
    assert_eq!(acme.logged("device_forked"), 1);
    // Whichever gives the seat back, there is no refresh any more for the other.
    acme.take_back(&original.deactivate().unwrap().bytes);
    assert_eq!(acme.refuses_refresh(held), Code::ActivationDeactivated);
    let last = copy.last_run(Seconds::days(1), Seconds::days(90)).unwrap();
    assert!(last < time.now());
}

#[test]
fn a_machine_put_back_with_its_clock_each_day_has_its_lease_for_ever_and_gets_nothing_new() {
    // Nothing inside a machine can tell that all of it was put back, its clock included.
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "vm", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    let (before, clock) = (computer.snapshot(), computer.watch.shows());
    let until = computer.standing().standing.until;
    acme.take_back(&computer.deactivate().unwrap().bytes);
    for _ in 0..5 {
        time.pass(Terms::HELD);
        computer.restore(&before);
        computer.watch.set(clock);
        computer.uptime.reboot();
        assert!(runs(computer.state()));
        assert_eq!(computer.standing().standing.until, until);
        // With the clock left right it is over at once.
        computer.restore(&before);
        computer.watch.set_right();
        assert!(!runs(computer.state()));
    }
    assert_eq!(acme.refuses_refresh(held), Code::ActivationDeactivated);
}

#[test]
fn a_machine_that_is_off_while_its_clock_stands_still_gains_that_time_and_no_hour_awake() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &acme.sell(1).code);
    let (start, hour) = (time.now(), Seconds::HOUR);
    let (mut shown, mut ran) = (start, Seconds::ZERO);
    while runs(computer.state()) || computer.client().take_emergency(&cad()).is_ok() {
        // Twenty hours awake, then off for a month: the clock goes on from where it stood.
        for _ in 0..20 {
            time.pass(hour);
            shown = shown.plus(hour);
            computer.watch.set(shown);
            if runs(computer.state()) {
                ran = Seconds::new(ran.get() + hour.get());
            }
        }
        time.pass(Seconds::days(30));
        computer.uptime.reboot();
        computer.watch.set(shown);
    }
    assert!(
        time.now() > start.plus(Seconds::days(900)),
        "years by the calendar"
    );
    assert!(ran.get() <= Terms::MOST.get(), "{} h", ran.get() / 3600);
    assert!(ran.get() > Terms::LEASE.get());
}

#[test]
fn a_vendor_of_the_users_own_making_speaks_for_itself_alone() {
    // Its program runs under its own name: the standing says whose it is, and whoever asks for the
    // standing has to look.
    let time = Time::default();
    let (acme, own) = (VendorSide::acme(&time), VendorSide::impostor(&time));
    let computer = Computer::of(&acme, "cad-01", &time);
    let sold = acme.sell(1);
    computer.trust(&own);
    computer.activate(&own, &own.sell(1).code);
    let standing = computer.standing();
    assert!(standing.standing.state.runs());
    assert_eq!(standing.vendor.id(), own.authority.vendor());
    assert_ne!(standing.vendor.id(), acme.authority.vendor());
    assert_eq!(
        standing.vendor.profile.name,
        acme_name(&acme),
        "names prove nothing"
    );
    assert_eq!(acme.seats_used(&sold), 0);
    let asked = computer.request(&sold.code);
    assert!(matches!(
        acme.receive(&asked.unwrap().bytes),
        Received::Answered(_)
    ));
}

fn acme_name(acme: &VendorSide) -> Name {
    wait(acme.authority.profile()).unwrap().name.clone()
}

#[test]
fn a_copied_store_takes_the_emergency_runs_that_a_vendor_allows_on_another_device_and_no_more() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell_of(lab(), 1, None);
    let original = Computer::of(&acme, "cad-01", &time).with(lab());
    original.activate(&acme, &sold.code);
    let issued = time.now();
    let copy = original.copied_to(FakeMachine::new("cad-66"));
    assert_eq!(copy.reason(), Some(Code::WrongDevice));
    let step = Seconds::new(12 * 3600);
    let last = copy.last_run(step, Seconds::days(90)).unwrap();
    assert_eq!(
        last.plus(step),
        issued.plus(Seconds::days(6)),
        "two of three days"
    );
    // A vendor who allows none there is what holds unless one is made.
    let sold = acme.sell(1);
    let original = Computer::of(&acme, "cad-02", &time);
    original.activate(&acme, &sold.code);
    let copy = original.copied_to(FakeMachine::new("cad-67"));
    assert_eq!(copy.last_run(step, Seconds::days(90)), None);
}
