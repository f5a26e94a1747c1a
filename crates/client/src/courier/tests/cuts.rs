//! A courier pulled out between any two steps, and a medium that fails at any of them.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use keyferry_catalogue::Code;
use keyferry_courier::{Courier, Folder, Medium as _, answer_name};
use keyferry_token::{Artefact, TokenId};

use super::{NOW, acme, ask, client, ready};
use crate::{
    Client, CollectOutcome, CourierFault, Fresh,
    disk::simulated::{SimulatedDisk, Trouble},
};

const ROOT: &str = "/stick";

/// A stick with a neighbour's request and answer on it.
fn with_neighbour() -> SimulatedDisk {
    let stick = SimulatedDisk::default();
    stick.create_folder(Path::new(ROOT)).unwrap();
    let neighbour = ready();
    let request = ask(&neighbour, Fresh::No);
    client(&neighbour)
        .collect_on(&stick, Path::new(ROOT))
        .unwrap();
    let answer = acme().respond(&request.bytes, NOW);
    put(&stick, request.id, &answer.bytes, answer.id);
    stick
}

fn put(stick: &SimulatedDisk, answers: TokenId, bytes: &[u8], id: TokenId) {
    let courier = Courier::at(stick, Path::new(ROOT)).unwrap();
    let artefact = Artefact::read(bytes).unwrap().remove(0).unwrap();
    courier
        .put(Folder::Inbox, &answer_name(answers, id), &artefact)
        .unwrap();
}

/// Every file on a stick, with its length and its last bytes, in which the checksum is.
fn content(stick: &SimulatedDisk) -> BTreeMap<PathBuf, (usize, Vec<u8>)> {
    ["KEYFERRY", "KEYFERRY/outbox", "KEYFERRY/inbox"]
        .into_iter()
        .flat_map(|folder| {
            stick
                .names_in(&Path::new(ROOT).join(folder))
                .unwrap_or_default()
        })
        .filter(|path| stick.names_in(path).is_none())
        .map(|path| {
            let bytes = stick.read(&path, 1 << 20).unwrap().unwrap();
            let end = bytes.len().saturating_sub(40);
            (path, (bytes.len(), bytes[end..].to_vec()))
        })
        .collect()
}

/// Pulls the stick out before every step of a flow, and goes on with whatever is left of it.
fn pulled_everywhere(
    computer: &SimulatedDisk,
    start: &SimulatedDisk,
    flow: fn(&Client, &SimulatedDisk) -> Result<usize, CourierFault>,
) {
    let done = start.settled();
    flow(&client(&computer.settled()), &done).unwrap();
    let (before, after, steps) = (content(start), content(&done), done.steps());
    assert!(steps > 3 && before != after, "{steps}");
    let stays: Vec<&PathBuf> = before
        .keys()
        .filter(|path| after.contains_key(*path))
        .collect();
    for step in 0..steps {
        let computer = computer.settled();
        let cut = start.settled().with_trouble(step, Trouble::PowerCut);
        let _ = flow(&client(&computer), &cut);
        for left in cut.after_power_cut() {
            let found = content(&left);
            for path in &stays {
                assert_eq!(found.get(*path), before.get(*path), "step {step}: {path:?}");
            }
            let computer = computer.settled();
            flow(&client(&computer), &left).unwrap();
            assert_eq!(content(&left), after, "step {step}: the next time mends it");
            assert!(
                client(&computer)
                    .look_on(&left, Path::new(ROOT))
                    .unwrap()
                    .unwrap()
                    .answers
                    == 0
            );
        }
    }
    for left in done.after_power_cut() {
        assert_eq!(content(&left), after, "what was told stays");
    }
}

fn collect(client: &Client, stick: &SimulatedDisk) -> Result<usize, CourierFault> {
    Ok(client.collect_on(stick, Path::new(ROOT))?.len())
}

fn deliver(client: &Client, stick: &SimulatedDisk) -> Result<usize, CourierFault> {
    match client.deliver_on(stick, Path::new(ROOT)) {
        Ok(delivered) => {
            for one in &delivered {
                one.result.as_ref().unwrap();
            }
            Ok(delivered.len())
        }
        Err(fault) => Err(fault),
    }
}

#[test]
fn pulled_out_while_collecting_the_next_time_mends_it() {
    let computer = ready();
    ask(&computer, Fresh::No);
    pulled_everywhere(&computer, &with_neighbour(), collect);
    let empty = SimulatedDisk::default();
    empty.create_folder(Path::new(ROOT)).unwrap();
    pulled_everywhere(&computer, &empty, collect);
}

#[test]
fn pulled_out_while_an_older_request_makes_room_for_a_newer_one() {
    let computer = ready();
    let stick = with_neighbour();
    ask(&computer, Fresh::No);
    collect(&client(&computer), &stick).unwrap();
    ask(&computer, Fresh::Yes);
    pulled_everywhere(&computer, &stick, collect);
}

#[test]
fn pulled_out_while_delivering_everything_is_taken_once() {
    let computer = ready();
    let stick = with_neighbour();
    let request = ask(&computer, Fresh::No);
    collect(&client(&computer), &stick).unwrap();
    let answer = acme().respond(&request.bytes, NOW);
    put(&stick, request.id, &answer.bytes, answer.id);
    pulled_everywhere(&computer, &stick, deliver);
}

#[test]
fn what_fails_on_the_medium_is_told_by_its_cause_and_mends() {
    let computer = ready();
    ask(&computer, Fresh::No);
    let start = with_neighbour();
    let done = start.settled();
    collect(&client(&computer), &done).unwrap();
    for step in 0..done.steps() {
        for (kind, code) in [
            (ErrorKind::StorageFull, Code::DiskFull),
            (ErrorKind::ReadOnlyFilesystem, Code::UsbVolumeReadOnly),
            (ErrorKind::NotFound, Code::UsbKeyPulled),
            (ErrorKind::PermissionDenied, Code::FileUnwritable),
        ] {
            let stick = start.settled().with_trouble(step, Trouble::Fails(kind));
            let fault = collect(&client(&computer), &stick).unwrap_err();
            assert_eq!(fault.code(), code, "step {step}, {kind:?}");
            collect(&client(&computer), &stick).unwrap();
            assert_eq!(content(&stick), content(&done), "step {step}, {kind:?}");
        }
    }
}

#[test]
fn a_medium_that_takes_no_writing_delivers_all_the_same() {
    let computer = ready();
    let stick = with_neighbour();
    let request = ask(&computer, Fresh::No);
    let answer = acme().respond(&request.bytes, NOW);
    put(&stick, request.id, &answer.bytes, answer.id);
    let stick = stick.settled().with_trouble(0, Trouble::PowerCut);
    let delivered = client(&computer)
        .deliver_on(&stick, Path::new(ROOT))
        .unwrap();
    assert!(delivered[0].result.is_ok() && !delivered[0].removed);
}

#[test]
fn what_a_pulled_stick_left_of_a_request_is_written_anew_at_every_length() {
    let computer = ready();
    let request = ask(&computer, Fresh::No);
    let stick = with_neighbour();
    let collected = client(&computer)
        .collect_on(&stick, Path::new(ROOT))
        .unwrap();
    let after = content(&stick);
    // Behind the checksum nothing is missed.
    let whole = request.armored.find("-----END").unwrap() - 1;
    for length in 0..whole {
        stick.tamper(&collected[0].file, |bytes| bytes.truncate(length));
        collect(&client(&computer), &stick).unwrap();
        assert_eq!(content(&stick), after, "{length}");
    }
    stick.tamper(&collected[0].file, |bytes| bytes.truncate(whole));
    let again = client(&computer)
        .collect_on(&stick, Path::new(ROOT))
        .unwrap();
    assert_eq!(again[0].outcome, CollectOutcome::AlreadyThere);
    // Clusters that were never written: what was there before, or nothing.
    stick.tamper(&collected[0].file, |bytes| bytes.fill(0));
    collect(&client(&computer), &stick).unwrap();
    assert_eq!(content(&stick), after);
    assert!(stick.has_folder(Path::new(ROOT)).unwrap());
}
