//! Every flow after activation, cut short and failing at every step.

use std::path::Path;

use keyferry_catalogue::{Code, Problem};
use keyferry_fixtures::{NOW, TestVendor};
use keyferry_token::{
    ActivationRequest, Binding, DeactivationReason, EmergencyAllowance, Grant, License, SeatStatus,
    Seconds, TimeRequest, Timestamp, Verified,
};

use super::{
    add_vendor, apply, client, client_at, cut_everywhere, cut_everywhere_at, fail_everywhere,
    fail_everywhere_at, request, seen, with_request,
};
use crate::{
    Client,
    disk::{
        Disk as _,
        simulated::{SimulatedDisk, Trouble},
    },
};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn later(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

/// A disk with an activation that allows two emergency runs, and what the vendor remembers of it.
pub(crate) fn activated() -> (SimulatedDisk, Verified<ActivationRequest>, Grant) {
    let disk = SimulatedDisk::default();
    add_vendor(&client(&disk)).unwrap();
    let bytes = request(&client(&disk), &acme().code()).unwrap();
    let request = acme().open(&bytes);
    let grant = Grant {
        emergency: Some(EmergencyAllowance {
            length: Seconds::days(3),
            uses: 2,
            ends_at: later(60),
            on_wrong_device: false,
        }),
        ..TestVendor::grant(&request, NOW)
    };
    let answer = acme().respond_with(&request, NOW, grant.clone());
    apply(&client(&disk), &answer.bytes).unwrap();
    (disk, request, grant)
}

fn deactivate(client: &Client) -> Result<(), Code> {
    client
        .deactivate(&TestVendor::product(), DeactivationReason::NotNeeded)
        .map(|_| ())
        .map_err(|fault| fault.code())
}

fn deliver(client: &Client) -> Result<(), Code> {
    client
        .deactivation_delivered(&TestVendor::product())
        .map(|_| ())
        .map_err(|fault| fault.code())
}

fn ask_time(client: &Client) -> Result<Vec<u8>, Code> {
    client
        .request_time(Some(&TestVendor::product()))
        .map(|asked| asked.bytes)
        .map_err(|fault| fault.code())
}

/// A disk with an activation, its floor a hundred days ahead of the clock.
fn poisoned() -> SimulatedDisk {
    let (disk, ..) = activated();
    seen(&client_at(&disk, later(100)));
    disk
}

#[test]
fn c4_a_deactivation_is_not_begun_or_complete() {
    let (disk, ..) = activated();
    cut_everywhere(&disk, deactivate);
    fail_everywhere(&disk, deactivate);
}

#[test]
fn c4_once_its_token_is_shown_neither_generation_runs_again() {
    let (disk, ..) = activated();
    let product = TestVendor::product();
    let dry = disk.settled();
    deactivate(&client(&dry)).unwrap();
    let mut shown = 0;
    for step in 0..=dry.steps() {
        let cut = disk.settled().with_trouble(step, Trouble::PowerCut);
        let _ = deactivate(&client(&cut));
        for left in cut.after_power_cut() {
            let token = client(&left).deactivation(&product).unwrap();
            let Some(token) = token else {
                continue;
            };
            shown += 1;
            for name in ["state", "state.previous"] {
                let lost = left.settled();
                lost.remove(Path::new("/data/keyferry").join(name).as_path())
                    .unwrap();
                let found = client(&lost).standing(&product).unwrap();
                let state = found.standing.state;
                assert!(!state.runs(), "step {step}, without {name}");
                let kept = client(&lost).deactivation(&product).unwrap().unwrap();
                assert_eq!(kept.bytes, token.bytes, "step {step}, without {name}");
            }
        }
    }
    assert!(shown > 0);
}

#[test]
fn c4_a_delivery_is_confirmed_or_not() {
    let (disk, ..) = activated();
    deactivate(&client(&disk)).unwrap();
    cut_everywhere(&disk, deliver);
    fail_everywhere(&disk, deliver);
}

#[test]
fn c6_a_refresh_is_applied_or_not() {
    let (disk, request, grant) = activated();
    let suspended = Grant {
        status: SeatStatus::Suspended,
        lease_expires_at: None,
        ..TestVendor::renewed(&grant, NOW)
    };
    for grant in [TestVendor::renewed(&grant, NOW), suspended] {
        let refresh = acme().refresh(&request, NOW, grant).bytes;
        cut_everywhere(&disk, |client| apply(client, &refresh));
        fail_everywhere(&disk, |client| apply(client, &refresh));
    }
}

#[test]
fn c6_a_license_file_is_added_or_not() {
    let disk = SimulatedDisk::default();
    add_vendor(&client(&disk)).unwrap();
    let license = acme().license(NOW, Binding::Unbound);
    let revoked = License {
        status: SeatStatus::Revoked,
        ..TestVendor::reissued(&license, NOW)
    };
    for file in [license, revoked] {
        let file = acme().sign(&file);
        cut_everywhere(&disk, |client| apply(client, file.as_bytes()));
        fail_everywhere(&disk, |client| apply(client, file.as_bytes()));
        apply(&client(&disk), file.as_bytes()).unwrap();
    }
}

#[test]
fn c6_an_emergency_run_is_taken_or_not() {
    let (disk, ..) = activated();
    // Gone through again it would be a second run; that one is not needed.
    let flow = |client: &Client| {
        let taken = client.take_emergency(&TestVendor::product());
        match taken.map_err(|fault| fault.code()) {
            Ok(_) | Err(Code::EmergencyNotNeeded) => Ok(()),
            Err(code) => Err(code),
        }
    };
    cut_everywhere_at(later(40), &disk, flow);
    fail_everywhere_at(later(40), &disk, flow);
}

#[test]
fn c6_a_time_request_is_made_or_not() {
    let disk = poisoned();
    let flow = |client: &Client| ask_time(client).map(|_| ());
    cut_everywhere(&disk, flow);
    fail_everywhere(&disk, flow);
}

#[test]
fn c6_the_vendors_time_is_taken_or_not() {
    let disk = poisoned();
    let asked = ask_time(&client(&disk)).unwrap();
    let asked = acme().open_as::<TimeRequest>(&asked);
    let answer = acme().tell_time(&asked, NOW).bytes;
    cut_everywhere(&disk, |client| apply(client, &answer));
    fail_everywhere(&disk, |client| apply(client, &answer));
}

#[test]
fn c6_a_refusal_is_kept_or_not() {
    let (disk, _) = with_request();
    let waiting = client(&disk).outstanding_all().unwrap().remove(0);
    let waiting = acme().open(&waiting.bytes);
    let problem = Problem::new(Code::NoFreeSeat).with("seats", 3);
    let refusal = acme().refuse(&waiting, &waiting.exchange_key, NOW, &problem);
    cut_everywhere(&disk, |client| apply(client, &refusal.bytes));
    fail_everywhere(&disk, |client| apply(client, &refusal.bytes));
}

#[test]
fn c6_a_computer_is_reset_for_imaging_or_not() {
    let (disk, ..) = activated();
    deactivate(&client(&disk)).unwrap();
    deliver(&client(&disk)).unwrap();
    let flow = |client: &Client| {
        let reset = client.reset_before_imaging();
        reset.map(|_| ()).map_err(|fault| fault.code())
    };
    cut_everywhere(&disk, flow);
    fail_everywhere(&disk, flow);
}

#[test]
fn c6_a_move_is_not_begun_or_complete() {
    let (disk, ..) = activated();
    let other = SimulatedDisk::default();
    add_vendor(&client(&other)).unwrap();
    let theirs = request(&client(&other), &acme().code()).unwrap();
    let flow = |client: &Client| {
        let brought = client.read_move_request(&theirs);
        let brought = brought.map_err(|fault| fault.code())?;
        let moved = client.move_away(&TestVendor::product(), Some(&brought));
        moved.map(|_| ()).map_err(|fault| fault.code())
    };
    cut_everywhere(&disk, flow);
    fail_everywhere(&disk, flow);
}

#[test]
fn c6_a_status_report_uses_a_number_once() {
    let (disk, ..) = activated();
    let report = |disk: &SimulatedDisk| {
        let made = client(disk).status_report(&TestVendor::product());
        made.map(|made| made.number).map_err(|fault| fault.code())
    };
    let dry = disk.settled();
    let first = report(&dry).unwrap();
    for step in 0..dry.steps() {
        let cut = disk.settled().with_trouble(step, Trouble::PowerCut);
        report(&cut).unwrap_err();
        for left in cut.after_power_cut() {
            let number = report(&left).unwrap();
            assert!(number >= first, "step {step}");
            assert!(report(&left).unwrap() > number, "step {step}");
        }
    }
}
