//! What a user can do with the clock, and with the vendor's answer to it.

use keyferry_catalogue::Code;
use keyferry_client::Applied;
use keyferry_gap::{Computer, Terms, Time, VendorSide, cad, runs};
use keyferry_token::{Seconds, Timestamp};

/// For how many hours a computer runs that is looked at twice a day, its clock set before each look.
fn hours_run(computer: &Computer, time: &Time, set: impl Fn(&Computer, u64)) -> u64 {
    let mut hours = 0;
    for hour in (0..24 * 60).step_by(12) {
        set(computer, hour);
        let _ = computer.client().take_emergency(&cad());
        if runs(computer.state()) {
            hours += 12;
        }
        time.pass(Seconds::new(12 * 3600));
    }
    hours
}

#[test]
fn a_clock_set_back_standing_still_or_in_a_sawtooth_gives_no_hour_more() {
    type Set = fn(&Computer, u64);
    let most = Terms::MOST.get() / 3600;
    let attacks: [(&str, Set); 4] = [
        ("left alone", |_, _| {}),
        ("stands still", |c, _| c.watch.set(keyferry_fixtures::NOW)),
        ("a day behind", |c, hours| {
            let right = keyferry_fixtures::NOW.plus(Seconds::new(hours * 3600));
            c.watch.set(right.minus(Seconds::days(1)));
        }),
        ("a sawtooth", |c, hours| {
            let tooth = hours % 48;
            c.watch
                .set(keyferry_fixtures::NOW.plus(Seconds::new(tooth * 3600)));
        }),
    ];
    for (name, set) in attacks {
        let time = Time::default();
        let acme = VendorSide::acme(&time);
        let computer = Computer::of(&acme, "cad-01", &time);
        computer.activate(&acme, &acme.sell(1).code);
        let hours = hours_run(&computer, &time, set);
        assert!(hours <= most, "{name}: {hours} hours of {most}");
        assert!(hours > 0, "{name}");
    }
}

#[test]
fn a_clock_set_far_ahead_and_mended_by_the_vendor_gives_no_longer_lease() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &acme.sell(1).code);
    let until = computer.standing().standing.until;
    time.pass(Seconds::days(20));
    let mut answers: Vec<Vec<u8>> = Vec::new();
    for _ in 0..3 {
        computer.watch.set(time.now().plus(Seconds::days(3650)));
        assert!(!runs(computer.state()));
        computer.watch.set_right();
        assert_eq!(computer.reason(), Some(Code::ClockBehind));
        let asked = computer.client().request_time(None).unwrap();
        for old in &answers {
            // What was used once is no news, and mends nothing any more.
            let replayed = computer.apply(old);
            assert!(
                matches!(replayed, Ok(Applied::AlreadyApplied(_))),
                "{replayed:?}"
            );
            assert_eq!(computer.reason(), Some(Code::ClockBehind));
        }
        let told = acme.tell_time(&asked.bytes);
        let mended = computer.apply(&told);
        assert!(matches!(mended, Ok(Applied::ClockMended(_))), "{mended:?}");
        assert_eq!(computer.standing().standing.until, until);
        answers.push(told);
        time.pass(Seconds::days(1));
    }
    time.pass(Seconds::days(30));
    assert!(!runs(computer.state()) || computer.reason() == Some(Code::LeaseEnded));
}

#[test]
fn the_vendors_time_lowers_no_floor_below_what_the_vendor_signed() {
    // The vendor's own clock is behind: what it signed before counts.
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &acme.sell(1).code);
    let held = computer.standing().grant.unwrap().activation;
    time.pass(Seconds::days(10));
    computer.apply(&acme.refresh(held).unwrap()).unwrap();
    let signed = time.now();
    computer.watch.set(time.now().plus(Seconds::days(400)));
    computer.state();
    computer.watch.set(Timestamp::from_unix(1_000_000_000));
    let asked = computer.client().request_time(None).unwrap();
    let told = acme.tell_time(&asked.bytes);
    computer.apply(&told).unwrap();
    let seen = computer
        .client()
        .clock_state()
        .unwrap()
        .latest_seen
        .unwrap();
    assert!(seen >= signed);
    assert_eq!(
        computer.reason(),
        Some(Code::ClockBehind),
        "until it is set"
    );
}
