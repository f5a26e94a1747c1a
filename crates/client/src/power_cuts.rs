//! Rule C6 at the level of the disk: power cut, and a failing disk, at every step of every flow.
//!
//! After each the store shows what was before the flow or what is after it, never anything
//! between, and the flow can be gone through again. The flows after activation are in `lifecycle`.

mod lifecycle;

pub(crate) use lifecycle::activated;

use std::{io::ErrorKind, path::Path, time::Duration};

use keyferry_catalogue::Code;
use keyferry_fixtures::{FakeBus, FakeMachine, NOW, TestVendor};
use keyferry_token::{ActivationCode, Label, Timestamp};

use crate::{
    Applied, ApplyFault, Client, Confirmation, Fresh, Options, RequestFault, RequestSummary,
    StoreFault, TimeSource, VendorFault,
    disk::simulated::{SimulatedDisk, Trouble},
};

/// A clock that stands still.
struct Still(Timestamp);

impl TimeSource for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn client(disk: &SimulatedDisk) -> Client {
    client_at(disk, NOW)
}

pub(crate) fn client_at(disk: &SimulatedDisk, now: Timestamp) -> Client {
    let options = Options {
        home: Some("/data/keyferry".into()),
        machine: Box::new(FakeMachine::new("cad-07")),
        usb: Box::new(FakeBus::new()),
        time: Box::new(Still(now)),
        installed_vendors: Some("/nowhere".into()),
        patience: Duration::ZERO,
    };
    Client::on(Box::new(disk.clone()), options).unwrap()
}

fn add_vendor(client: &Client) -> Result<(), Code> {
    let profile = TestVendor::acme().signed_profile();
    let pending = client
        .read_profile(&profile)
        .map_err(|fault| fault.code())?;
    let trusted = client.trust(&pending, Confirmation::ByHand);
    trusted
        .map(|_| ())
        .map_err(|fault: VendorFault| fault.code())
}

pub(crate) fn request(client: &Client, code: &ActivationCode) -> Result<Vec<u8>, Code> {
    client
        .request_activation(code, &Label::new("cad-07").unwrap(), Fresh::No)
        .map(|requested| requested.bytes)
        .map_err(|fault: RequestFault| fault.code())
}

fn apply(client: &Client, answer: &[u8]) -> Result<(), Code> {
    match client.apply(answer).remove(0) {
        Ok(Applied::VendorFound(_)) => panic!("an answer is no vendor"),
        Ok(_) => Ok(()),
        Err(fault) => Err(ApplyFault::code(&fault)),
    }
}

/// All that can be seen of a store, without what is random.
fn seen(client: &Client) -> String {
    let vendors: Vec<u64> = client
        .vendors()
        .unwrap()
        .iter()
        .map(|vendor| vendor.profile.number)
        .collect();
    let products: Vec<_> = client
        .products()
        .unwrap()
        .into_iter()
        .map(|found| {
            let refused = |request: Option<RequestSummary>| {
                request.map(|request| request.refused.map(|refused| refused.problem))
            };
            (
                (found.product.to_string(), found.standing.state),
                (found.standing.reason(), found.standing.until),
                found.grant.map(|grant| (grant.kind, grant.sequence)),
                (refused(found.request), refused(found.time_request)),
                found.deactivation.map(|made| made.delivered_at),
                found.emergency.map(|runs| runs.uses_left),
            )
        })
        .collect();
    let waiting: Vec<_> = client
        .outstanding_all()
        .unwrap()
        .iter()
        .map(|request| request.number)
        .collect();
    let devices = client.device().unwrap().ids.len();
    let seen = client.clock_state().unwrap().latest_seen;
    format!(
        "vendors {vendors:?}, products {products:?}, waiting {waiting:?}, devices {devices}, \
         latest {seen:?}"
    )
}

/// Goes through a flow once for every step of it, and cuts the power before that step.
fn cut_everywhere(start: &SimulatedDisk, flow: impl Fn(&Client) -> Result<(), Code>) {
    cut_everywhere_at(NOW, start, flow);
}

fn cut_everywhere_at(
    now: Timestamp,
    start: &SimulatedDisk,
    flow: impl Fn(&Client) -> Result<(), Code>,
) {
    let client = |disk: &SimulatedDisk| client_at(disk, now);
    // What the clock alone changes is changed before.
    seen(&client(start));
    let before = seen(&client(&start.settled()));
    let done = start.settled();
    flow(&client(&done)).unwrap();
    let after = seen(&client(&done.settled()));
    assert_ne!(before, after, "the flow changes something");

    let steps = done.steps();
    assert!(steps > 3, "there are steps to cut between");
    let (mut unchanged, mut changed) = (0, 0);
    for step in 0..steps {
        let disk = start.settled().with_trouble(step, Trouble::PowerCut);
        let told = flow(&client(&disk));
        assert!(
            told.is_err(),
            "step {step}: nobody hears of it before it is durable"
        );
        for left in disk.after_power_cut() {
            let again = client(&left);
            match seen(&again) {
                found if found == before => unchanged += 1,
                found if found == after => changed += 1,
                between => panic!("step {step} left something between: {between}"),
            }
            flow(&again).unwrap();
            assert_eq!(seen(&again), after, "step {step}: gone through again");
        }
    }
    assert!(
        unchanged > 0 && changed > 0,
        "{unchanged} before, {changed} after"
    );
    for left in done.after_power_cut() {
        assert_eq!(seen(&client(&left)), after, "what was acknowledged stays");
    }
}

/// Goes through a flow once for every step of it, and lets that step fail.
fn fail_everywhere(start: &SimulatedDisk, flow: impl Fn(&Client) -> Result<(), Code>) {
    fail_everywhere_at(NOW, start, flow);
}

fn fail_everywhere_at(
    now: Timestamp,
    start: &SimulatedDisk,
    flow: impl Fn(&Client) -> Result<(), Code>,
) {
    let client = |disk: &SimulatedDisk| client_at(disk, now);
    seen(&client(start));
    let before = seen(&client(&start.settled()));
    let done = start.settled();
    flow(&client(&done)).unwrap();
    let steps = done.steps();
    let after = seen(&client(&done));
    for step in 0..steps {
        for (kind, code) in [
            (ErrorKind::StorageFull, Code::DiskFull),
            (ErrorKind::QuotaExceeded, Code::DiskFull),
            (ErrorKind::PermissionDenied, Code::StoreUnwritable),
            (ErrorKind::ReadOnlyFilesystem, Code::StoreUnwritable),
        ] {
            let disk = start.settled().with_trouble(step, Trouble::Fails(kind));
            assert_eq!(flow(&client(&disk)), Err(code), "step {step}, {kind:?}");
            assert_eq!(
                seen(&client(&disk)),
                before,
                "step {step}: what fails changes nothing"
            );
            flow(&client(&disk)).unwrap();
            assert_eq!(seen(&client(&disk)), after, "step {step}: then it works");
        }
    }
}

type Damage = fn(&mut Vec<u8>);

fn with_vendor() -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    add_vendor(&client(&disk)).unwrap();
    disk
}

/// A disk with an outstanding request, and the answer to it.
fn with_request() -> (SimulatedDisk, Vec<u8>) {
    let disk = with_vendor();
    let bytes = request(&client(&disk), &TestVendor::acme().code()).unwrap();
    (disk, TestVendor::acme().respond(&bytes, NOW).bytes)
}

fn with_damaged_store() -> SimulatedDisk {
    let (disk, answer) = with_request();
    apply(&client(&disk), &answer).unwrap();
    disk.tamper(Path::new("/data/keyferry/state"), |bytes| bytes[60] ^= 1);
    disk
}

#[test]
fn c6_a_vendor_is_added_or_not() {
    let empty = SimulatedDisk::default();
    cut_everywhere(&empty, add_vendor);
    fail_everywhere(&empty, add_vendor);
}

#[test]
fn c6_a_request_is_made_or_not() {
    let disk = with_vendor();
    let code = TestVendor::acme().code();
    let flow = |client: &Client| request(client, &code).map(|_| ());
    cut_everywhere(&disk, flow);
    fail_everywhere(&disk, flow);
}

#[test]
fn c6_an_answer_is_applied_or_not() {
    let (disk, answer) = with_request();
    cut_everywhere(&disk, |client| apply(client, &answer));
    fail_everywhere(&disk, |client| apply(client, &answer));
}

#[test]
fn c6_a_damaged_store_is_repaired_or_not() {
    let disk = with_damaged_store();
    let code = TestVendor::acme().code();
    let flow = |client: &Client| request(client, &code).map(|_| ());
    cut_everywhere(&disk, flow);
    fail_everywhere(&disk, flow);
}

#[test]
fn a_request_that_outlived_a_power_cut_is_given_out_again_with_the_same_number() {
    let disk = with_vendor();
    let code = TestVendor::acme().code();
    let dry = disk.settled();
    request(&client(&dry), &code).unwrap();
    for step in 0..dry.steps() {
        let cut = disk.settled().with_trouble(step, Trouble::PowerCut);
        request(&client(&cut), &code).unwrap_err();
        for left in cut.after_power_cut() {
            let shown = request(&client(&left), &code).unwrap();
            assert_eq!(TestVendor::acme().open(&shown).number.0, 1, "step {step}");
            assert_eq!(
                request(&client(&left), &code).unwrap(),
                shown,
                "step {step}"
            );
        }
    }
}

#[test]
fn without_the_fsyncs_the_same_walk_finds_something_between() {
    // The control: a walk that cannot fail would prove nothing.
    use crate::disk::Disk as _;
    let disk = SimulatedDisk::default();
    let (name, folder) = (Path::new("/state"), Path::new("/"));
    disk.write(name, b"before").unwrap();
    let disk = disk.settled();
    disk.write(Path::new("/state.new"), b"after!").unwrap();
    disk.rename(Path::new("/state.new"), name).unwrap();
    disk.sync_folder(folder).unwrap();
    let torn = disk.after_power_cut().iter().any(|left| {
        left.read(name, 100)
            .unwrap()
            .is_none_or(|bytes| bytes != b"before" && bytes != b"after!")
    });
    assert!(torn);
}

#[test]
fn a_damaged_store_says_so_whatever_was_damaged() {
    let (disk, answer) = with_request();
    apply(&client(&disk), &answer).unwrap();
    let state = Path::new("/data/keyferry/state");
    let damages: [(&str, Damage); 4] = [
        ("a flipped bit", |bytes| bytes[100] ^= 1),
        ("cut short", |bytes| bytes.truncate(50)),
        ("emptied", Vec::clear),
        ("another file", |bytes| *bytes = b"not a record".to_vec()),
    ];
    for (what, damage) in damages {
        let disk = disk.settled();
        disk.tamper(state, damage);
        let standing = client(&disk)
            .standing(&TestVendor::product())
            .unwrap()
            .standing;
        assert_eq!(standing.reason(), Some(Code::StoreDamaged), "{what}");
        assert!(!standing.state.runs(), "{what}");
        let fault = client(&disk).apply(&answer).remove(0).unwrap_err();
        assert_eq!(fault.code(), Code::StoreDamaged, "{what}");
    }
}

#[test]
fn c1_a_repair_keeps_who_this_computer_is_and_runs_nothing() {
    let disk = with_damaged_store();
    let before = client(&disk).device().unwrap().ids;
    let code = TestVendor::acme().code();
    let bytes = request(&client(&disk), &code).unwrap();
    let opened = TestVendor::acme().open(&bytes);
    assert_eq!(
        before[0].1,
        opened.signing_key.device_id(),
        "the same device"
    );
    assert!(
        opened.number.0 > 2,
        "above any number that the lost state may have used"
    );
    let product = client(&disk).standing(&TestVendor::product()).unwrap();
    assert_eq!(product.standing.reason(), Some(Code::AwaitingAnswer));

    let answer = TestVendor::acme().respond(&bytes, NOW).bytes;
    apply(&client(&disk), &answer).unwrap();
    let product = client(&disk).standing(&TestVendor::product()).unwrap();
    assert!(product.standing.state.runs());
}

#[test]
fn a_store_without_its_key_is_damaged_and_starts_anew_with_new_keys() {
    let (disk, answer) = with_request();
    apply(&client(&disk), &answer).unwrap();
    disk.tamper(Path::new("/data/keyferry/key"), |bytes| bytes[0] ^= 1);
    let fault = client(&disk).standing(&TestVendor::product()).unwrap_err();
    assert_eq!(fault.code(), Code::StoreDamaged);
    assert_eq!(
        client(&disk).products().unwrap_err().code(),
        Code::StoreDamaged
    );
    add_vendor(&client(&disk)).unwrap();
    request(&client(&disk), &TestVendor::acme().code()).unwrap();
    let kept = Path::new("/data/keyferry/state.damaged");
    assert!(
        crate::disk::Disk::read(&disk, kept, 1 << 20)
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_store_fault_has_the_code_of_its_cause() {
    let full = StoreFault::of_writing(Path::new("/x"), &ErrorKind::StorageFull.into());
    assert_eq!(full.code(), Code::DiskFull);
    let denied = StoreFault::of_writing(Path::new("/x"), &ErrorKind::PermissionDenied.into());
    assert_eq!(denied.code(), Code::StoreUnwritable);
}
