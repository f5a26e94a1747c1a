//! What the files of a store say, whatever became of them.

use super::{made::MadeDeactivation, seal::Opened, *};
use crate::disk::simulated::SimulatedDisk;
use keyferry_fixtures::{NOW, TestDevice, TestVendor, rng};

fn store() -> (SimulatedDisk, Store) {
    let disk = SimulatedDisk::default();
    let store = Store::new("/store".into(), Box::new(disk.clone()), Duration::ZERO);
    (disk, store)
}

fn write(store: &Store) -> Result<(), StoreFault> {
    store.change(Repair::Refused, |_, _| Ok(Outcome::Changed(())))
}

fn write_finally(store: &Store) -> Result<(), StoreFault> {
    store.change(Repair::Refused, |_, _| Ok(Outcome::Final(())))
}

fn bytes(disk: &SimulatedDisk, path: &Path) -> Vec<u8> {
    disk.read(path, MAX_RECORD).unwrap().unwrap()
}

fn generation(disk: &SimulatedDisk, store: &Store, path: &Path) -> Box<Generation> {
    let kept = key::load(disk, store.home()).unwrap().unwrap();
    match seal::open(&kept.key, &bytes(disk, path)) {
        Opened::Whole(generation) => generation,
        Opened::Newer | Opened::Damaged => panic!("{} does not open", path.display()),
    }
}

#[test]
fn a_store_of_a_newer_program_is_left_alone() {
    for name in ["state", "state.previous"] {
        let (disk, store) = store();
        write(&store).unwrap();
        write(&store).unwrap();
        let kept = key::load(&disk, store.home()).unwrap().unwrap();
        let path = store.home().join(name);
        disk.tamper(&path, |bytes| *bytes = seal::seal_as_newer(&kept.key));
        let newer = bytes(&disk, &path);
        assert_eq!(store.read().err(), Some(StoreFault::Newer), "{name}");
        assert_eq!(write(&store), Err(StoreFault::Newer), "{name}");
        assert_eq!(bytes(&disk, &path), newer, "{name}");
    }
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let (disk, store) = store();
    write(&store).unwrap();
    let before = bytes(&disk, &store.current());
    let grow = |bytes: usize| {
        store.change(Repair::Refused, |state, _| {
            let profile = TrustedProfile {
                bytes: vec![0; bytes],
                trusted_at: NOW,
            };
            state.vendors.insert(TestVendor::acme().id(), profile);
            Ok::<_, StoreFault>(Outcome::Changed(()))
        })
    };
    let limit = MAX_RECORD;
    assert_eq!(grow(MAX_RECORD), Err(StoreFault::Full { limit }));
    assert_eq!(bytes(&disk, &store.current()), before);
    grow(MAX_RECORD - 2_000).unwrap();
    assert!(store.read().unwrap().exists);
}

#[test]
fn a_store_from_before_license_files_is_read_and_goes_on() {
    let (disk, store) = store();
    let vendor = TestVendor::acme().id();
    let remember = |state: &mut State| {
        let mut identity = DeviceIdentity::make(&mut rng());
        identity.next_number();
        state.devices.insert(vendor, identity);
    };
    for _ in 0..2 {
        store
            .change(Repair::Refused, |state, _| {
                remember(state);
                Ok::<_, StoreFault>(Outcome::Changed(()))
            })
            .unwrap();
    }
    let kept = key::load(&disk, store.home()).unwrap().unwrap();
    for path in [store.current(), store.previous()] {
        let generation = generation(&disk, &store, &path);
        let before = seal::seal_as_before(&kept.key, generation.number, &generation.state);
        disk.tamper(&path, |bytes| *bytes = before);
    }
    let snapshot = store.read().unwrap();
    assert_eq!(snapshot.condition, StoreCondition::Intact);
    assert_eq!(snapshot.state.devices[&vendor].number.0, 1);
    assert!(snapshot.state.licenses.is_empty());
    write(&store).unwrap();
    let newest = bytes(&disk, &store.current());
    assert_eq!(newest[4..6], [0, 2], "from then on it is of this format");
    assert_eq!(store.read().unwrap().state.devices[&vendor].number.0, 1);

    let generation = generation(&disk, &store, &store.current());
    let neither = seal::seal_as_neither(&kept.key, generation.number, &generation.state);
    disk.tamper(&store.current(), |bytes| *bytes = neither);
    assert_eq!(store.read().unwrap().condition, StoreCondition::Damaged);
}

#[test]
fn a_state_older_than_the_secret_store_remembers_was_put_back() {
    let (disk, store) = store();
    for _ in 0..3 {
        write(&store).unwrap();
    }
    let mut kept = key::load(&disk, store.home()).unwrap().unwrap();
    for (least, whole) in [
        (None, true),
        (Some(2), true),
        (Some(3), true),
        (Some(4), false),
    ] {
        kept.least_generation = least;
        let found = store.find(Some(&kept)).unwrap();
        assert_eq!(matches!(found, Found::Whole { .. }), whole, "{least:?}");
    }
    for name in [store.current(), store.previous()] {
        disk.remove(&name).unwrap();
    }
    let deleted = store.find(Some(&kept)).unwrap();
    assert!(matches!(deleted, Found::Damaged { fallback: None }));
}

#[test]
fn a_state_put_back_beneath_a_newer_one_is_damage() {
    let (disk, store) = store();
    write(&store).unwrap();
    let first = bytes(&disk, &store.current());
    for _ in 0..2 {
        write(&store).unwrap();
    }
    disk.tamper(&store.current(), |bytes| *bytes = first);
    let snapshot = store.read().unwrap();
    assert_eq!(snapshot.condition, StoreCondition::Damaged);
    assert_eq!(write(&store), Err(StoreFault::Damaged));
}

#[test]
fn from_the_second_state_on_a_missing_previous_one_is_damage() {
    let (disk, store) = store();
    write(&store).unwrap();
    assert_eq!(store.read().unwrap().condition, StoreCondition::Intact);
    write(&store).unwrap();
    disk.remove(&store.previous()).unwrap();
    assert_eq!(store.read().unwrap().condition, StoreCondition::Damaged);
}

#[test]
fn a_bad_sector_under_the_previous_state_stops_nobody() {
    let (disk, store) = store();
    write(&store).unwrap();
    write(&store).unwrap();
    disk.tamper(&store.previous(), |bytes| bytes[20] ^= 1);
    assert_eq!(store.read().unwrap().condition, StoreCondition::Intact);
    write(&store).unwrap();
    assert_eq!(generation(&disk, &store, &store.previous()).number, 2);
}

#[test]
fn a_final_step_that_was_cut_short_counts_and_is_written_out() {
    let (disk, store) = store();
    write(&store).unwrap();
    let before = bytes(&disk, &store.current());
    write_finally(&store).unwrap();
    for newest in [before, Vec::new()] {
        let cut = disk.settled();
        cut.tamper(&store.current(), |bytes| *bytes = newest);
        let again = Store::new("/store".into(), Box::new(cut.clone()), Duration::ZERO);
        let snapshot = again.read().unwrap();
        assert_eq!(snapshot.condition, StoreCondition::Intact);
        assert!(snapshot.unfinished);
        again.settle().unwrap();
        assert!(!again.read().unwrap().unfinished);
        assert_eq!(generation(&cut, &again, &again.current()).number, 2);
        write(&again).unwrap();
        let previous = generation(&cut, &again, &again.previous());
        assert_eq!((previous.number, previous.ahead), (2, false));
    }
}

#[test]
fn c4_a_final_step_leaves_no_grant_and_no_exchange_key_in_either_generation() {
    let (disk, store) = store();
    let vendor = TestVendor::acme();
    let of = (vendor.id(), TestVendor::product());
    let mut device = TestDevice::new("cad-07");
    let request = device.request_to(vendor, &vendor.code());
    let answer = vendor.respond(&request.bytes, NOW);
    let opened = vendor.open(&request.bytes);
    let grant = TestVendor::grant(&opened, NOW);
    let deactivation = device.deactivate(&vendor.addressee(), &grant);
    let hold = |state: &mut State| {
        let mut identity = DeviceIdentity::make(&mut rng());
        identity.exchange_key(&mut rng());
        state.devices.insert(of.0, identity);
        let held = HeldActivation {
            signed: answer.signed.clone(),
            answers: request.id,
            label: opened.label.clone(),
            applied_at: NOW,
        };
        state.activate(of.clone(), grant.activation, answer.id, held);
    };
    store
        .change(Repair::Refused, |state, _| {
            hold(state);
            Ok::<_, StoreFault>(Outcome::Changed(()))
        })
        .unwrap();
    store
        .change(Repair::Refused, |state, _| {
            let made = MadeDeactivation {
                token: MadeToken::new(of.clone(), deactivation.clone()),
                delivered_at: None,
                companion: None,
            };
            state.deactivate(&of, made);
            Ok::<_, StoreFault>(Outcome::Final(()))
        })
        .unwrap();
    for path in [store.current(), store.previous()] {
        let state = generation(&disk, &store, &path).state;
        assert!(state.activations.is_empty(), "{}", path.display());
        assert!(state.devices[&of.0].exchange.is_none());
        assert_eq!(state.devices[&of.0].retired.len(), 1);
        assert_eq!(state.deactivations[0].token.id, deactivation.id);
    }
}
