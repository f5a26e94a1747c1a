//! One image on many machines, and machines that look alike (`docs/guides/images-and-pools.md`).

use keyferry_authority::{AnswerOutcome, Received};
use keyferry_catalogue::Code;
use keyferry_client::{Applied, Reset};
use keyferry_fixtures::FakeMachine;
use keyferry_gap::{Computer, Terms, Time, VendorSide, cad, runs};
use keyferry_token::{ActivationCode, ComponentKind, Seconds};

/// Five machines of other hardware with the master's files.
fn five_copies(master: &Computer) -> Vec<Computer> {
    (1..=5)
        .map(|number| master.copied_to(FakeMachine::new(&format!("pool-{number:02}"))))
        .collect()
}

/// Asks, as often as there is something newer to ask with; what the vendor says in the end.
fn asks_until_it_counts(acme: &VendorSide, computer: &Computer, code: &ActivationCode) -> Code {
    for _ in 0..5 {
        let asked = computer.request_anew(code).unwrap();
        match acme.receive(&asked.bytes) {
            Received::Answered(answer) => {
                assert_eq!(answer.outcome, AnswerOutcome::Moved);
                computer.apply(&answer.sealed.bytes).unwrap();
                return Code::AlreadyActive;
            }
            Received::Refused(refused) => match refused.problem.code {
                Code::RequestForked | Code::RequestSuperseded => {
                    let told = refused.answer.unwrap().bytes;
                    let kept = computer.apply(&told);
                    assert!(matches!(kept, Ok(Applied::Refused { .. })), "{kept:?}");
                }
                code => return code,
            },
            other => panic!("{other:?}"),
        }
    }
    panic!("stranded by its numbers");
}

#[test]
fn a_golden_image_with_an_activation_gives_its_copies_one_seat_in_turn() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(5);
    let master = Computer::of(&acme, "master", &time);
    master.activate(&acme, &sold.code);
    let copies = five_copies(&master);
    for copy in &copies {
        assert_eq!(copy.reason(), Some(Code::WrongDevice), "nothing runs");
        assert_eq!(copy.deactivate().unwrap_err().code(), Code::WrongDevice);
    }
    let told: Vec<Code> = copies
        .iter()
        .map(|copy| asks_until_it_counts(&acme, copy, &sold.code))
        .collect();
    assert_eq!(told[..3], [Code::AlreadyActive; 3], "the rebinds of a year");
    assert_eq!(told[3..], [Code::ReactivationCapReached; 2]);
    assert_eq!(acme.seats_used(&sold), 1, "one device key, one seat");
    assert_eq!(acme.logged("activation_rebound"), 3);
    assert!(
        acme.logged("device_forked") >= 1,
        "the copies show by their numbers"
    );

    // The cure is on the copy itself.
    let cured = &copies[4];
    assert_eq!(cured.client().reset_before_imaging(), Ok(Reset::Done));
    cured.activate(&acme, &sold.code);
    assert_eq!(acme.seats_used(&sold), 2);
}

#[test]
fn a_golden_image_with_a_device_key_only_is_one_device_to_the_vendor() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(5);
    let master = Computer::of(&acme, "master", &time);
    let others = acme.sell(1);
    master.request(&others.code).unwrap();
    let copies = five_copies(&master);
    copies[0].activate(&acme, &sold.code);
    let forked = acme.refuses(&copies[1].request(&sold.code).unwrap().bytes);
    assert_eq!(forked, Code::RequestForked);
    assert_eq!(acme.logged("device_forked"), 1);
    let told = asks_until_it_counts(&acme, &copies[1], &sold.code);
    assert_eq!(told, Code::AlreadyActive);
    assert_eq!(acme.seats_used(&sold), 1, "whoever asks last holds it");
    // The same reset mends it.
    for copy in &copies[2..] {
        assert_eq!(copy.client().reset_before_imaging(), Ok(Reset::Done));
        copy.activate(&acme, &sold.code);
    }
    assert_eq!(acme.seats_used(&sold), 1 + 3);
}

#[test]
fn a_golden_image_that_was_reset_makes_each_copy_a_computer_of_its_own() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(5);
    let master = Computer::of(&acme, "master", &time);
    master.activate(&acme, &sold.code);
    let client = master.client();
    let refused = client.reset_before_imaging().unwrap_err();
    assert_eq!(refused.code(), Code::StillActivated);
    let deactivation = master.deactivate().unwrap().bytes;
    let refused = client.reset_before_imaging().unwrap_err();
    assert_eq!(refused.code(), Code::DeactivationUndelivered);
    acme.take_back(&deactivation);
    client.deactivation_delivered(&cad()).unwrap();
    assert_eq!(client.reset_before_imaging(), Ok(Reset::Done));

    let copies = five_copies(&master);
    for copy in &copies {
        copy.activate(&acme, &sold.code);
    }
    assert_eq!(acme.seats_used(&sold), 5);
    for action in ["device_forked", "activation_rebound", "request_refused"] {
        assert_eq!(acme.logged(action), 0, "{action}");
    }
    assert!(copies.iter().all(|copy| runs(copy.state())));
    let sixth = master.copied_to(FakeMachine::new("pool-06"));
    let told = acme.refuses(&sixth.request(&sold.code).unwrap().bytes);
    assert_eq!(told, Code::NoFreeSeat);
}

#[test]
fn a_virtual_machine_of_the_same_hardware_takes_the_seat_over_when_it_asks() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(5);
    let original = Computer::of(&acme, "vm", &time);
    original.activate(&acme, &sold.code);
    let held = original.standing().grant.unwrap().activation;
    let copy = Computer::of(&acme, "vm", &time);
    copy.activate(&acme, &sold.code);
    assert_eq!(acme.seats_used(&sold), 1);
    assert_eq!(acme.logged("activation_rebound"), 1);
    assert_eq!(acme.refuses_refresh(held), Code::ActivationSuperseded);
    assert!(runs(original.state()), "until its lease is over");
    let (step, span) = (Seconds::days(1), Seconds::days(60));
    let issued = time.now();
    let last = original.last_run(step, span).unwrap();
    assert_eq!(last.plus(step), issued.plus(Terms::MOST));
}

#[test]
fn two_containers_that_show_the_same_two_components_are_one_device() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(3);
    let container = |host: &str, id: &str| {
        let mut machine = FakeMachine::new(host);
        for kind in ComponentKind::ALL {
            if kind != ComponentKind::Cpu {
                machine = machine.without(kind);
            }
        }
        let machine = machine.with(ComponentKind::MachineId, id);
        let computer = Computer::on(machine, &time);
        computer.trust(&acme);
        computer
    };
    let first = container("host", "4fe1bc0d21c04b6e8a7a8e0f7d3c2b1a");
    first.activate(&acme, &sold.code);
    container("host", "4fe1bc0d21c04b6e8a7a8e0f7d3c2b1a").activate(&acme, &sold.code);
    assert_eq!(
        acme.seats_used(&sold),
        1,
        "the second takes the first one's seat"
    );
    container("host", "99e1bc0d21c04b6e8a7a8e0f7d3c2b1a").activate(&acme, &sold.code);
    assert_eq!(
        acme.seats_used(&sold),
        2,
        "another machine id is another machine"
    );
}

#[test]
fn a_container_that_shows_one_component_is_not_enrolled() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let mut machine = FakeMachine::new("host");
    for kind in ComponentKind::ALL {
        if kind != ComponentKind::Cpu {
            machine = machine.without(kind);
        }
    }
    let container = Computer::on(machine, &time);
    container.trust(&acme);
    let refused = container.request(&sold.code).unwrap_err();
    assert_eq!(refused.code(), Code::FingerprintTooSmall);
}

#[test]
fn a_desktop_from_a_pool_that_starts_fresh_each_morning_is_ended_by_the_cap() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(5);
    let mut told = Vec::new();
    for _ in 0..5 {
        let desktop = Computer::of(&acme, "pool-desktop", &time);
        let asked = desktop.request(&sold.code).unwrap();
        told.push(match acme.receive(&asked.bytes) {
            Received::Answered(_) => None,
            Received::Refused(refused) => Some(refused.problem.code),
            other => panic!("{other:?}"),
        });
    }
    let capped = Some(Code::ReactivationCapReached);
    assert_eq!(told, [None, None, None, None, capped]);
    assert_eq!(acme.seats_used(&sold), 1);
}
