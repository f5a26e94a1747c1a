//! Clocks that are wrong by accident.

use keyferry_catalogue::Code;
use keyferry_client::{Action, Applied};
use keyferry_gap::{Computer, Rescue, Terms, Time, VendorSide, runs};
use keyferry_token::{Seconds, Timestamp};

#[test]
fn a_clock_a_year_behind_is_set_and_the_program_runs() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &acme.sell(1).code);
    let until = computer.standing().standing.until;
    computer.watch.set(time.now().minus(Seconds::days(365)));
    assert_eq!(computer.reason(), Some(Code::ClockBehind));
    assert!(computer.standing().actions.contains(&Action::Clock));
    computer.watch.set_right();
    assert!(runs(computer.state()), "and no vendor was asked");
    assert_eq!(computer.standing().standing.until, until);
}

#[test]
fn a_clock_ten_years_ahead_and_corrected_is_mended_by_the_vendors_time() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &acme.sell(1).code);
    let until = computer.standing().standing.until;
    computer.watch.set(time.now().plus(Seconds::days(3650)));
    assert_eq!(computer.reason(), Some(Code::LeaseEnded));
    computer.watch.set_right();
    assert_eq!(computer.reason(), Some(Code::ClockBehind));
    // The first answer is lost on its way.
    let asked = computer.client().request_time(None).unwrap();
    let lost = acme.tell_time(&asked.bytes);
    time.pass(Seconds::days(2));
    let again = computer.client().request_time(None).unwrap();
    assert_eq!(again.bytes, asked.bytes);
    let told = acme.tell_time(&again.bytes);
    assert_eq!(told, lost, "the same, byte for byte");
    let mended = computer.apply(&told);
    assert!(matches!(mended, Ok(Applied::ClockMended(_))), "{mended:?}");
    assert!(runs(computer.state()));
    assert_eq!(computer.standing().standing.until, until);
}

#[test]
fn a_clock_that_was_ahead_while_asking_does_not_keep_the_answer_out() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.watch.set(time.now().plus(Seconds::days(3650)));
    let asked = computer.request(&sold.code).unwrap();
    computer.watch.set_right();
    computer.apply(&acme.answer(&asked.bytes)).unwrap();
    assert_eq!(computer.reason(), Some(Code::ClockBehind));
    let rescue = Rescue {
        vendor: &acme,
        sold: &sold,
        time: &time,
    };
    assert_eq!(rescue.of(&computer).unwrap().trips, 1);
}

#[test]
fn a_computer_without_a_battery_starts_in_1970_and_waits_for_its_clock() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.watch.set(Timestamp::from_unix(0));
    let asked = computer.request(&sold.code).unwrap();
    computer.apply(&acme.answer(&asked.bytes)).unwrap();
    assert_eq!(
        computer.reason(),
        Some(Code::ClockBehind),
        "the vendor signed a later time"
    );
    computer.watch.set_right();
    assert!(runs(computer.state()));
}

#[test]
fn a_clock_that_was_ahead_is_mended_also_where_the_seat_is_gone() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    for wait in [Seconds::days(1), Terms::HELD] {
        let computer = Computer::of(&acme, "cad-01", &time);
        computer.activate(&acme, &sold.code);
        let held = computer.standing().grant.unwrap().activation;
        computer.watch.set(time.now().plus(Seconds::days(3650)));
        computer.state();
        computer.watch.set_right();
        acme.release_lost(held).unwrap();
        acme.allow_again(held);
        time.pass(wait);
        let rescue = Rescue {
            vendor: &acme,
            sold: &sold,
            time: &time,
        };
        let rescued = rescue.of(&computer).unwrap();
        assert!(rescued.trips <= 4, "{rescued:?}");
        assert!(runs(computer.state()));
        acme.take_back(&computer.deactivate().unwrap().bytes);
    }
}
