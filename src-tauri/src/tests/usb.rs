//! USB keys as the screens show and use them.

use std::{fs, sync::mpsc, thread, time::Duration};

use keyferry_client::{SystemClock, TimeSource as _};
use keyferry_fixtures::{FakeKey, TestVendor};
use keyferry_token::{Artefact, ArtefactKind, TokenKind, armor};

use super::pretend::Pretend;
use crate::views::{BroughtView, CarriedView, OutcomeView, UsbKeyView};

const PRODUCT: &str = TestVendor::PRODUCT;
const SERIAL: &str = "4C530001230718115003";

/// The one key that is plugged in.
fn only_key(pretend: &Pretend) -> UsbKeyView {
    let mut view = pretend.wizard.usb_keys().unwrap();
    assert_eq!(view.keys.len(), 1, "{view:?}");
    view.keys.remove(0)
}

fn license_file(key: &FakeKey) -> String {
    let acme = TestVendor::acme();
    acme.sign(&acme.license_for_key(SystemClock.now(), &key.id()))
}

fn make_request(pretend: &Pretend) -> CarriedView {
    let code = TestVendor::acme().code().expose();
    pretend.wizard.make_request(&code, "Workshop 3").unwrap()
}

fn answer(request: &str) -> String {
    let Ok(Artefact::Token(token)) = Artefact::read(request.as_bytes()).unwrap().remove(0) else {
        panic!("not a token")
    };
    let response = TestVendor::acme().respond(token.bytes(), SystemClock.now());
    armor(
        ArtefactKind::Token(TokenKind::ActivationResponse),
        &response.bytes,
    )
}

#[test]
fn a_key_is_shown_with_what_it_is_worth_and_why() {
    let pretend = Pretend::with_vendor();
    assert!(pretend.wizard.usb_keys().unwrap().keys.is_empty());
    pretend.bus.plug(&FakeKey::new(SERIAL));
    let key = only_key(&pretend);
    assert_eq!(key.title.as_deref(), Some("SanDisk Ultra Fit"));
    assert_eq!(
        (key.rating.as_str(), key.rating_reason.as_str()),
        ("strong", "rating_own_serial")
    );
    assert_eq!(key.volumes[0].free, Some(29_000_000_000));
    let courier = key.courier.unwrap();
    assert!(!courier.begun && courier.plan.is_empty());
}

#[test]
fn a_maker_that_its_name_begins_with_is_not_said_twice() {
    let pretend = Pretend::new();
    let key = FakeKey::new(SERIAL).with(|says| says.name = Some("SANDISK Cruzer".into()));
    let place = pretend.bus.plug(&key);
    assert_eq!(only_key(&pretend).title.as_deref(), Some("SANDISK Cruzer"));
    pretend.bus.pull(&place);
    pretend.bus.plug(&key.with(|says| {
        says.maker = None;
        says.name = None;
    }));
    assert_eq!(only_key(&pretend).title, None);
}

#[test]
fn more_license_files_than_are_read_are_told_of() {
    let pretend = Pretend::with_vendor();
    let key = FakeKey::new(SERIAL);
    pretend.bus.plug(&key);
    for number in 0..64 {
        key.put(&format!("{number:03}.lic"), b"");
    }
    assert_eq!(only_key(&pretend).trouble, None);
    key.put("064.lic", b"");
    let shown = only_key(&pretend);
    assert_eq!(shown.trouble.unwrap().code, "usb_key_too_many_licenses");
    assert!(shown.courier.is_some());
}

#[test]
fn a_system_that_tells_nothing_of_usb_is_shown_and_stops_nothing() {
    let pretend = Pretend::with_vendor();
    pretend.bus.silence(true);
    let view = pretend.wizard.usb_keys().unwrap();
    assert_eq!(view.problem.unwrap().code, "usb_unavailable");
    assert!(pretend.wizard.home().is_ok());
}

#[test]
fn the_id_of_a_key_is_shown_drawn_and_saved() {
    let pretend = Pretend::new();
    let key = FakeKey::new(SERIAL);
    let place = pretend.bus.plug(&key);
    let id = pretend.wizard.usb_id(&place.to_string()).unwrap();
    assert_eq!(id.id, key.id().to_string());
    assert!(id.qr.is_some());
    let file = crate::wizard::usb_id_file(&id.id).unwrap();
    assert_eq!(file.name, id.file_name);
    assert_eq!(file.content, format!("{}\n", id.id).into_bytes());
    let refused = crate::wizard::usb_id_file("../x").map(|_| ()).unwrap_err();
    assert_eq!(refused.code, "usb_id_refused");

    pretend.bus.pull(&place);
    pretend.bus.plug(&key.with(|says| says.serial = None));
    let unusable = pretend
        .wizard
        .usb_id(&only_key(&pretend).place)
        .unwrap_err();
    assert_eq!(unusable.code, "usb_key_unusable");
}

#[test]
fn a_license_goes_onto_its_key_and_home_says_by_which_key_the_program_runs() {
    let pretend = Pretend::with_vendor();
    let key = FakeKey::new(SERIAL);
    let place = pretend.bus.plug(&key).to_string();
    let text = license_file(&key);
    let put = pretend
        .wizard
        .put_license_text(&place, &text, false)
        .unwrap();
    assert_eq!(put.license.standing.state, "licensed");
    assert_eq!((put.files.len(), put.unchanged), (2, false));
    let again = pretend
        .wizard
        .put_license_text(&place, &text, false)
        .unwrap();
    assert!(again.unchanged);

    let home = pretend.wizard.home().unwrap();
    let bound = home.products[0].usb_key.as_ref().unwrap();
    assert_eq!(bound.title.as_deref(), Some("SanDisk Ultra Fit"));
    assert!(bound.plugged_in);
    let seen = only_key(&pretend).licenses.remove(0);
    assert_eq!(seen.license.unwrap().license_id, put.license.license_id);

    pretend
        .bus
        .pull(&keyferry_device::usb::UsbPlace::new(place));
    let away = pretend.wizard.home().unwrap().products.remove(0);
    assert_eq!(away.standing.reason.as_deref(), Some("usb_key_missing"));
    let bound = away.usb_key.unwrap();
    assert_eq!((bound.serial.as_str(), bound.plugged_in), (SERIAL, false));
    pretend.bus.plug(&key);
    let back = pretend.wizard.home().unwrap().products.remove(0);
    assert_eq!(back.standing.state, "licensed");
}

#[test]
fn a_license_for_another_key_is_said_to_be_and_nothing_is_written() {
    let pretend = Pretend::with_vendor();
    let (key, other) = (FakeKey::new(SERIAL), FakeKey::new("0123456789ABCDEF7788"));
    let place = pretend.bus.plug(&key).to_string();
    let file = pretend.folder.path().join("other.lic");
    fs::write(&file, license_file(&other)).unwrap();
    let letter = pretend.folder.path().join("letter.txt");
    fs::write(&letter, "Dear customer").unwrap();
    let refused = pretend
        .wizard
        .put_license_files(&place, &[file, letter], false)
        .unwrap_err();
    assert_eq!(refused.code, "license_for_other_key", "the first is told");
    assert!(fs::read_dir(key.root()).unwrap().next().is_none());
    let typed = pretend.wizard.put_license_text(&place, "", false);
    assert_eq!(typed.unwrap_err().field.as_deref(), Some("text"));
}

#[test]
fn a_weak_key_takes_a_license_only_where_that_is_accepted() {
    let pretend = Pretend::with_vendor();
    let key = FakeKey::new("00000000");
    let place = pretend.bus.plug(&key).to_string();
    assert_eq!(only_key(&pretend).rating, "weak");
    let text = license_file(&key);
    let refused = pretend.wizard.put_license_text(&place, &text, false);
    assert_eq!(refused.unwrap_err().code, "usb_key_weak");
    assert!(pretend.wizard.put_license_text(&place, &text, true).is_ok());
}

#[test]
fn what_a_key_is_to_take_is_not_written_to_the_folder_that_it_leaves_behind() {
    let pretend = Pretend::with_vendor();
    let request = make_request(&pretend);
    let key = FakeKey::new(SERIAL);
    let place = pretend.bus.plug(&key);
    pretend.bus.pull(&place);
    let place = place.to_string();
    for code in [
        pretend
            .wizard
            .carry_by_usb(&request.token_id, &place)
            .unwrap_err()
            .code,
        pretend.wizard.courier_round(&place).unwrap_err().code,
        pretend
            .wizard
            .put_license_text(&place, &license_file(&key), false)
            .unwrap_err()
            .code,
    ] {
        assert_eq!(code, "usb_key_not_found");
    }
    assert!(fs::read_dir(key.root()).unwrap().next().is_none());
}

#[test]
fn a_courier_takes_a_request_along_and_brings_the_answer() {
    let pretend = Pretend::with_vendor();
    let request = make_request(&pretend);
    let key = FakeKey::new(SERIAL);
    let place = pretend.bus.plug(&key).to_string();
    let plan = only_key(&pretend).courier.unwrap().plan;
    assert_eq!(plan[0].reference, request.reference);
    assert!(!plan[0].already_there);

    let collected = pretend.wizard.courier_collect(&place).unwrap().collected;
    assert_eq!((collected.len(), collected[0].already_there), (1, false));
    let courier = only_key(&pretend).courier.unwrap();
    assert!(courier.begun && courier.plan[0].already_there);
    assert_eq!((courier.waiting, courier.answers), (1, 0));

    key.put("from the vendor.kft", answer(&request.armored));
    assert_eq!(only_key(&pretend).courier.unwrap().answers, 1);
    let round = pretend.wizard.courier_round(&place).unwrap();
    assert!(matches!(
        round.delivered.as_slice(),
        [BroughtView { from, outcome: OutcomeView::Activated { .. } }] if from == "from the vendor.kft"
    ));
    assert!(round.collected.is_empty(), "it is answered");
}

#[test]
fn a_task_leaves_its_token_on_a_key_and_finds_the_answer_there() {
    let pretend = Pretend::with_vendor();
    let request = make_request(&pretend);
    let key = FakeKey::new(SERIAL);
    let place = pretend.bus.plug(&key).to_string();
    let saved = pretend
        .wizard
        .carry_by_usb(&request.token_id, &place)
        .unwrap();
    assert_eq!(fs::read_to_string(saved.path).unwrap(), request.armored);
    key.put("answer.kft", answer(&request.armored));
    let brought = pretend.wizard.take_answers(&place).unwrap();
    assert!(matches!(brought[0].outcome, OutcomeView::Activated { .. }));
    assert_eq!(only_key(&pretend).courier.unwrap().answers, 0);
}

#[test]
fn of_several_volumes_the_one_that_is_a_courier_takes_what_is_carried() {
    let pretend = Pretend::with_vendor();
    let request = make_request(&pretend);
    let second = pretend.folder.path().join("second");
    fs::create_dir_all(second.join("KEYFERRY")).unwrap();
    let key = FakeKey::new(SERIAL).with(|says| {
        let mut volume = says.volumes[0].clone();
        volume.mount_points = vec![second.clone()];
        says.volumes.push(volume);
    });
    let place = pretend.bus.plug(&key).to_string();
    assert!(only_key(&pretend).courier.unwrap().begun);
    let saved = pretend.wizard.carry_by_usb(&request.token_id, &place);
    assert!(
        saved
            .unwrap()
            .path
            .starts_with(&second.display().to_string())
    );
}

#[test]
fn a_new_computers_request_on_a_key_is_offered_for_the_move_and_its_own_is_not() {
    let (old, new) = (Pretend::with_vendor(), Pretend::with_vendor());
    let own = make_request(&old);
    old.wizard.bring_text(&answer(&own.armored)).unwrap();
    let key = FakeKey::new(SERIAL);
    let request = make_request(&new);
    let place = new.bus.plug(&key).to_string();
    new.wizard.carry_by_usb(&request.token_id, &place).unwrap();
    assert!(new.wizard.usb_move_requests(PRODUCT).unwrap().is_empty());

    let place = old.bus.plug(&key).to_string();
    let found = old.wizard.usb_move_requests(PRODUCT).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place.as_deref(), Some(place.as_str()));
    assert!(found[0].from.starts_with(&request.reference));
    let both = old
        .wizard
        .move_away(PRODUCT, Some(&found[0].handle))
        .unwrap();
    old.wizard.carry_by_usb(&both.token_id, &place).unwrap();
    let outbox = fs::read_dir(key.path("KEYFERRY/outbox")).unwrap();
    assert!(outbox.count() >= 2, "the request and the deactivation");
}

#[test]
fn whoever_watches_is_called_when_a_key_comes_and_goes() {
    let pretend = Pretend::new();
    let (tell, told) = mpsc::channel();
    let wizard = pretend.wizard.clone();
    thread::spawn(move || {
        wizard.watch_usb(|| {
            // The test may be over.
            let _ = tell.send(());
        });
    });
    let wait = Duration::from_secs(20);
    told.recv_timeout(wait).expect("once it watches");
    let place = pretend.bus.plug(&FakeKey::new(SERIAL));
    told.recv_timeout(wait).expect("plugged in");
    pretend.bus.pull(&place);
    told.recv_timeout(wait).expect("pulled out");
}

#[test]
fn a_license_file_for_any_computer_is_kept_here() {
    let pretend = Pretend::with_vendor();
    let acme = TestVendor::acme();
    let license = acme.license(SystemClock.now(), keyferry_token::Binding::Unbound);
    let text = acme.sign(&license);
    for again in [false, true] {
        let brought = pretend.wizard.bring_text(&text).unwrap().remove(0);
        let OutcomeView::LicenseAdded {
            license,
            already_there,
        } = brought.outcome
        else {
            panic!("{brought:?}")
        };
        assert_eq!(license.standing.state, "licensed");
        assert_eq!(already_there, again);
    }
    assert_eq!(pretend.wizard.home().unwrap().products[0].usb_key, None);
}
