//! A courier at one computer: what it takes along and brings back, also when it is pulled out at any
//! step. Both sides together are in `tests/gap`.

mod cuts;
mod medium;

use std::{fs, path::Path};

use keyferry_catalogue::{Code, Problem};
use keyferry_courier::{answer_name, token_name};
use keyferry_fixtures::{NOW, TestVendor};
use keyferry_token::{
    ArtefactKind, DeactivationReason, Label, Sealed, Seconds, TimeRequest, TokenId, TokenKind,
    armor,
};
use tempfile::TempDir;

use super::{CollectOutcome, CourierSeen};
use crate::{
    Applied, Client, Fresh,
    disk::simulated::SimulatedDisk,
    power_cuts::{activated, client_at},
};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn client(store: &SimulatedDisk) -> Client {
    client_at(store, NOW)
}

/// A computer that trusts the vendor, and waits for nothing.
fn ready() -> SimulatedDisk {
    let store = SimulatedDisk::default();
    let client = client(&store);
    let pending = client.read_profile(&acme().signed_profile()).unwrap();
    client.trust(&pending, crate::Confirmation::ByHand).unwrap();
    store
}

fn ask(store: &SimulatedDisk, fresh: Fresh) -> crate::Carried {
    client(store)
        .request_activation(&acme().code(), &Label::new("cad-07").unwrap(), fresh)
        .unwrap()
}

fn text(kind: TokenKind, bytes: &[u8]) -> String {
    armor(ArtefactKind::Token(kind), bytes)
}

/// Puts an answer where a vendor puts it.
fn put_answer(
    root: &Path,
    kind: TokenKind,
    answers: TokenId,
    sealed: &Sealed,
) -> std::path::PathBuf {
    let inbox = root.join("KEYFERRY/inbox");
    fs::create_dir_all(&inbox).unwrap();
    let path = inbox.join(answer_name(answers, sealed.id));
    fs::write(&path, text(kind, &sealed.bytes)).unwrap();
    path
}

fn put_response(root: &Path, request: &crate::Carried) -> std::path::PathBuf {
    let answer = acme().respond(&request.bytes, NOW);
    put_answer(root, TokenKind::ActivationResponse, request.id, &answer)
}

fn refuse(request: &crate::Carried, code: Code, days: u64) -> Sealed {
    let opened = acme().open(&request.bytes);
    let at = NOW.plus(Seconds::days(days));
    acme().refuse(&opened, &opened.exchange_key, at, &Problem::new(code))
}

fn files(root: &Path, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root.join("KEYFERRY").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn stick() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn seen(waiting: usize, own: usize, answers: usize) -> CourierSeen {
    CourierSeen {
        is_courier: true,
        waiting,
        own,
        answers,
    }
}

#[test]
fn a_request_is_taken_along_once_and_by_its_reference() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    let plan = client(&store).courier_plan(stick.path()).unwrap();
    assert_eq!(plan[0].outcome, CollectOutcome::Collected);
    assert_eq!(client(&store).courier_look(stick.path()).unwrap(), None);

    let collected = client(&store).courier_collect(stick.path()).unwrap();
    assert_eq!(collected.len(), 1);
    assert_eq!(collected[0].outcome, CollectOutcome::Collected);
    let names = files(stick.path(), "outbox");
    assert_eq!(names, [token_name(request.id)]);
    assert!(names[0].starts_with(&request.reference), "{names:?}");
    assert_eq!(
        fs::read_to_string(&collected[0].file).unwrap(),
        request.armored
    );
    assert!(stick.path().join("KEYFERRY/README.txt").exists());

    let again = client(&store).courier_collect(stick.path()).unwrap();
    assert_eq!(again[0].outcome, CollectOutcome::AlreadyThere);
    let plan = client(&store).courier_plan(stick.path()).unwrap();
    assert_eq!(plan[0].outcome, CollectOutcome::AlreadyThere);
    assert_eq!(files(stick.path(), "outbox").len(), 1);
    let looked = client(&store).courier_look(stick.path()).unwrap();
    assert_eq!(looked, Some(seen(1, 1, 0)));
}

#[test]
fn where_nothing_waits_nothing_is_written() {
    let (store, stick) = (ready(), stick());
    assert!(
        client(&store)
            .courier_collect(stick.path())
            .unwrap()
            .is_empty()
    );
    assert_eq!(fs::read_dir(stick.path()).unwrap().count(), 0);
    let fault = client(&store).courier_deliver(stick.path()).unwrap_err();
    assert_eq!(fault.code(), Code::CourierNotFound);
    let gone = stick.path().join("gone");
    for fault in [
        client(&store).courier_collect(&gone).unwrap_err(),
        client(&store).courier_deliver(&gone).unwrap_err(),
        client(&store).courier_look(&gone).unwrap_err(),
    ] {
        assert_eq!(fault.code(), Code::FileNotFound);
    }
}

#[test]
fn an_answer_is_taken_and_goes_with_its_request() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    client(&store).courier_collect(stick.path()).unwrap();
    put_response(stick.path(), &request);
    let looked = client(&store).courier_look(stick.path()).unwrap();
    assert_eq!(
        looked,
        Some(seen(0, 0, 1)),
        "what is answered does not wait"
    );

    let delivered = client(&store).courier_deliver(stick.path()).unwrap();
    assert!(matches!(delivered[0].result, Ok(Applied::Activated(_))));
    assert!(delivered[0].removed);
    assert!(files(stick.path(), "inbox").is_empty());
    assert!(files(stick.path(), "outbox").is_empty());
    assert!(
        client(&store)
            .courier_deliver(stick.path())
            .unwrap()
            .is_empty()
    );
    let looked = client(&store).courier_look(stick.path()).unwrap();
    assert_eq!(looked, Some(seen(0, 0, 0)));
}

#[test]
fn the_same_answer_on_a_second_courier_changes_nothing_and_goes_too() {
    let store = ready();
    let sticks = [stick(), stick()];
    let request = ask(&store, Fresh::No);
    for stick in &sticks {
        client(&store).courier_collect(stick.path()).unwrap();
        put_response(stick.path(), &request);
    }
    client(&store).courier_deliver(sticks[0].path()).unwrap();
    let looked = client(&store).courier_look(sticks[1].path()).unwrap();
    assert_eq!(looked, Some(seen(0, 0, 0)), "nothing would change");
    let second = client(&store).courier_deliver(sticks[1].path()).unwrap();
    assert!(second[0].removed, "{second:?}");
    assert!(files(sticks[1].path(), "inbox").is_empty());
    assert!(files(sticks[1].path(), "outbox").is_empty());
}

#[test]
fn where_the_answer_came_another_way_the_request_is_taken_back() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    client(&store).courier_collect(stick.path()).unwrap();
    let answer = acme().respond(&request.bytes, NOW);
    client(&store).apply(&answer.bytes).remove(0).unwrap();
    assert!(
        client(&store)
            .courier_collect(stick.path())
            .unwrap()
            .is_empty()
    );
    assert!(files(stick.path(), "outbox").is_empty());
}

#[test]
fn a_refusal_is_kept_and_its_request_travels_on() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    client(&store).courier_collect(stick.path()).unwrap();
    let refusal = refuse(&request, Code::NoFreeSeat, 1);
    put_answer(stick.path(), TokenKind::Refusal, request.id, &refusal);
    let looked = client(&store).courier_look(stick.path()).unwrap();
    assert_eq!(looked.unwrap().answers, 1);
    let delivered = client(&store).courier_deliver(stick.path()).unwrap();
    assert!(
        matches!(&delivered[0].result, Ok(Applied::Refused { problem, .. }) if problem.code == Code::NoFreeSeat)
    );
    assert!(files(stick.path(), "inbox").is_empty());
    assert_eq!(files(stick.path(), "outbox"), [token_name(request.id)]);

    // The older one, on a second courier, is of no use.
    let older = refuse(&request, Code::NoFreeSeat, 0);
    put_answer(stick.path(), TokenKind::Refusal, request.id, &older);
    let looked = client(&store).courier_look(stick.path()).unwrap();
    assert_eq!(looked.unwrap().answers, 0);
}

#[test]
fn a_request_that_was_refused_for_good_travels_no_more() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    client(&store).courier_collect(stick.path()).unwrap();
    let refusal = refuse(&request, Code::RequestSuperseded, 1);
    put_answer(stick.path(), TokenKind::Refusal, request.id, &refusal);
    client(&store).courier_deliver(stick.path()).unwrap();
    assert!(files(stick.path(), "outbox").is_empty());
    assert!(
        client(&store)
            .courier_collect(stick.path())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_refusal_is_taken_before_the_answer_that_came_after_it() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    let refusal = refuse(&request, Code::NoFreeSeat, 1);
    put_response(stick.path(), &request);
    put_answer(stick.path(), TokenKind::Refusal, request.id, &refusal);
    let delivered = client(&store).courier_deliver(stick.path()).unwrap();
    assert!(matches!(delivered[0].result, Ok(Applied::Refused { .. })));
    assert!(matches!(delivered[1].result, Ok(Applied::Activated(_))));
    assert!(files(stick.path(), "inbox").is_empty());
}

#[test]
fn of_several_requests_for_a_product_the_newest_travels() {
    let (store, stick) = (ready(), stick());
    let first = ask(&store, Fresh::No);
    client(&store).courier_collect(stick.path()).unwrap();
    let second = ask(&store, Fresh::Yes);
    client(&store).courier_collect(stick.path()).unwrap();
    assert_eq!(files(stick.path(), "outbox"), [token_name(second.id)]);

    // Which one the vendor answers does not matter, and the answer to the other is over.
    put_response(stick.path(), &second);
    put_response(stick.path(), &first);
    let delivered = client(&store).courier_deliver(stick.path()).unwrap();
    let taken = delivered.iter().filter(|one| one.result.is_ok()).count();
    assert_eq!((delivered.len(), taken), (2, 1));
    assert!(files(stick.path(), "inbox").is_empty());
    assert!(files(stick.path(), "outbox").is_empty());
}

#[test]
fn a_deactivation_travels_until_a_person_confirms_its_delivery() {
    let (store, ..) = activated();
    let stick = stick();
    let made = client(&store)
        .deactivate(&TestVendor::product(), DeactivationReason::NotNeeded)
        .unwrap();
    client(&store).courier_collect(stick.path()).unwrap();
    client(&store).courier_deliver(stick.path()).unwrap();
    assert_eq!(files(stick.path(), "outbox"), [token_name(made.id)]);
    client(&store)
        .deactivation_delivered(&TestVendor::product())
        .unwrap();
    client(&store).courier_deliver(stick.path()).unwrap();
    assert!(files(stick.path(), "outbox").is_empty());
}

#[test]
fn one_token_of_a_task_travels_alone_and_only_as_long_as_it_waits() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    let one = client(&store)
        .courier_collect_one(stick.path(), &request.id)
        .unwrap();
    assert_eq!(one.outcome, CollectOutcome::Collected);
    let answer = acme().respond(&request.bytes, NOW);
    client(&store).apply(&answer.bytes).remove(0).unwrap();
    for id in [request.id, TokenId::new([7; 32])] {
        let fault = client(&store)
            .courier_collect_one(stick.path(), &id)
            .unwrap_err();
        assert_eq!(fault.code(), Code::NothingOutstanding);
    }
    let status = client(&store)
        .status_report(&TestVendor::product())
        .unwrap();
    client(&store)
        .courier_collect_one(stick.path(), &status.id)
        .unwrap();
    client(&store).courier_collect(stick.path()).unwrap();
    assert_eq!(
        files(stick.path(), "outbox"),
        [token_name(status.id)],
        "nobody hears of it"
    );
}

#[test]
fn an_answer_that_lies_loose_on_the_medium_is_noticed_taken_and_left() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    let answer = acme().respond(&request.bytes, NOW);
    let mail = stick.path().join("Mail from Acme.KFT");
    fs::write(&mail, text(TokenKind::ActivationResponse, &answer.bytes)).unwrap();
    fs::write(stick.path().join("other.kft"), "not for anybody").unwrap();
    let looked = client(&store).courier_look(stick.path()).unwrap();
    assert_eq!(
        looked,
        Some(CourierSeen {
            is_courier: false,
            ..seen(0, 0, 1)
        })
    );
    let delivered = client(&store).courier_deliver(stick.path()).unwrap();
    assert_eq!(delivered[0].file, mail);
    assert!(delivered[0].result.is_ok() && !delivered[0].removed);
    assert!(mail.exists());
    assert_eq!(client(&store).courier_look(stick.path()).unwrap(), None);
    let fault = client(&store).courier_deliver(stick.path()).unwrap_err();
    assert_eq!(fault.code(), Code::CourierNotFound);
}

#[test]
fn a_damaged_answer_is_told_to_the_computer_that_waits_for_it_and_stays() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    let path = put_response(stick.path(), &request);
    let whole = fs::read(&path).unwrap();
    let stranger = stick
        .path()
        .join("KEYFERRY/inbox")
        .join(answer_name(TokenId::new([9; 32]), request.id));
    fs::write(&stranger, &whole[..200]).unwrap();
    for length in [0, 1, 30, 200, whole.len() / 2, whole.len() - 40] {
        fs::write(&path, &whole[..length]).unwrap();
        let delivered = client(&store).courier_deliver(stick.path()).unwrap();
        assert_eq!(delivered.len(), 1, "{length}");
        assert!(
            delivered[0].result.is_err() && !delivered[0].removed,
            "{length}"
        );
        assert_eq!(
            client(&store)
                .courier_look(stick.path())
                .unwrap()
                .unwrap()
                .answers,
            0
        );
        assert!(path.exists());
    }
    fs::write(&path, &whole).unwrap();
    assert!(
        client(&store).courier_deliver(stick.path()).unwrap()[0]
            .result
            .is_ok()
    );
    assert!(stranger.exists());
}

#[test]
fn requests_of_other_computers_are_found_for_a_move_until_they_are_answered() {
    let (here, there, stick) = (ready(), ready(), stick());
    ask(&here, Fresh::No);
    client(&here).courier_collect(stick.path()).unwrap();
    let requests = || client(&here).courier_move_requests(stick.path()).unwrap();
    assert!(requests().is_empty(), "one's own is none");

    let request = ask(&there, Fresh::No);
    client(&there).courier_collect(stick.path()).unwrap();
    let by_hand = text(TokenKind::ActivationRequest, &request.bytes);
    fs::write(stick.path().join("copy.kft"), by_hand).unwrap();
    fs::write(stick.path().join("letter.kft"), "Dear customer").unwrap();
    let found = requests();
    assert_eq!(found.len(), 1, "in two files it is one all the same");
    assert_eq!(found[0].request.bytes, request.bytes);
    assert!(found[0].file.ends_with(token_name(request.id)));

    fs::remove_file(stick.path().join("copy.kft")).unwrap();
    put_response(stick.path(), &request);
    assert!(requests().is_empty(), "its seat is given already");
}

#[test]
fn what_a_copy_of_this_computer_waits_for_stays() {
    let store = ready();
    let first = ask(&store, Fresh::No);
    client(&store)
        .apply(&acme().respond(&first.bytes, NOW).bytes)
        .remove(0)
        .unwrap();
    // Both have the key that answers are sealed to; one asks anew, once its lease is over.
    let (copy, stick) = (store.settled(), stick());
    let late = client_at(&copy, NOW.plus(Seconds::days(400)));
    let second = late
        .request_activation(&acme().code(), &Label::new("copy").unwrap(), Fresh::No)
        .unwrap();
    let path = put_response(stick.path(), &second);
    let delivered = client(&store).courier_deliver(stick.path()).unwrap();
    let code = delivered[0].result.as_ref().unwrap_err().code();
    assert_eq!(code, Code::AnswersNothingOutstanding);
    assert!(path.exists() && !delivered[0].removed);
    let delivered = late.courier_deliver(stick.path()).unwrap();
    assert!(delivered[0].result.is_ok() && delivered[0].removed);
}

#[test]
fn the_time_that_a_copy_of_this_computer_waits_for_stays() {
    let ((store, ..), stick) = (activated(), stick());
    // Once its clock was far ahead.
    client_at(&store, NOW.plus(Seconds::days(3650)))
        .standing(&TestVendor::product())
        .unwrap();
    let copy = store.settled();
    let asked = client(&copy).request_time(None).unwrap();
    let claims = acme().open_as::<TimeRequest>(&asked.bytes);
    let time = acme().tell_time(&claims, NOW);
    let path = put_answer(stick.path(), TokenKind::Time, asked.id, &time);

    let deliver = |store: &SimulatedDisk| {
        let mut delivered = client(store).courier_deliver(stick.path()).unwrap();
        assert_eq!(delivered.len(), 1);
        delivered.remove(0)
    };
    let delivered = deliver(&store);
    let code = delivered.result.unwrap_err().code();
    assert_eq!(code, Code::TimeNotAskedFor);
    assert!(path.exists() && !delivered.removed);
    // Not even where it asks for the time itself.
    client(&store).request_time(None).unwrap();
    assert!(!deliver(&store).removed);

    let delivered = deliver(&copy);
    assert!(delivered.result.is_ok() && delivered.removed);
    // A second file of what was taken goes as well.
    put_answer(stick.path(), TokenKind::Time, asked.id, &time);
    assert!(deliver(&copy).removed);
}

#[test]
fn what_is_left_of_a_request_that_is_over_goes_and_anything_else_under_its_name_stays() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    let file = client(&store).courier_collect(stick.path()).unwrap()[0]
        .file
        .clone();
    let answer = acme().respond(&request.bytes, NOW);
    client(&store).apply(&answer.bytes).remove(0).unwrap();
    let foreign = text(TokenKind::ActivationResponse, &answer.bytes);
    for (content, stays) in [(&foreign, true), (&request.armored[..300].into(), false)] {
        fs::write(&file, content).unwrap();
        client(&store).courier_collect(stick.path()).unwrap();
        assert_eq!(file.exists(), stays);
    }
}

#[test]
fn another_token_under_its_name_is_not_overwritten() {
    let (store, stick) = (ready(), stick());
    let request = ask(&store, Fresh::No);
    let other = ready();
    let foreign = ask(&other, Fresh::No).armored;
    let file = client(&store).courier_plan(stick.path()).unwrap()[0]
        .file
        .clone();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, &foreign).unwrap();
    let fault = client(&store).courier_collect(stick.path()).unwrap_err();
    assert_eq!(fault.code(), Code::FileUnwritable);
    assert_eq!(fs::read_to_string(&file).unwrap(), foreign);
    // In another form, or with something beside it, it is its own.
    fs::write(&file, format!("{foreign}\r\n{}", request.armored)).unwrap();
    let again = client(&store).courier_collect(stick.path()).unwrap();
    assert_eq!(again[0].outcome, CollectOutcome::AlreadyThere);
    fs::write(&file, &request.bytes).unwrap();
    let again = client(&store).courier_collect(stick.path()).unwrap();
    assert_eq!(again[0].outcome, CollectOutcome::AlreadyThere);
}
