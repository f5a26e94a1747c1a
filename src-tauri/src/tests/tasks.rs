//! The tasks as the screens walk them.

use keyferry_client::{SystemClock, TimeSource as _};
use keyferry_fixtures::TestVendor;
use keyferry_token::{
    Artefact, ArtefactKind, TokenKind, armor,
    qr::{Density, Frame},
};

use super::pretend::Pretend;
use crate::views::{BroughtView, CarriedView, DoneView, OutcomeView, PreferencesView, Theme};

const PRODUCT: &str = TestVendor::PRODUCT;

pub(super) fn answer(request: &CarriedView) -> String {
    let Ok(Artefact::Token(token)) = Artefact::read(request.armored.as_bytes())
        .unwrap()
        .remove(0)
    else {
        panic!("not a token")
    };
    let response = TestVendor::acme().respond(token.bytes(), SystemClock.now());
    armor(
        ArtefactKind::Token(TokenKind::ActivationResponse),
        &response.bytes,
    )
}

fn done(brought: &[BroughtView]) -> &DoneView {
    match brought {
        [
            BroughtView {
                outcome: OutcomeView::Activated { done },
                ..
            },
        ] => done,
        other => panic!("{other:?}"),
    }
}

#[test]
fn parts_of_a_moving_code_are_kept_until_the_last_of_them_comes() {
    let pretend = Pretend::with_vendor();
    let code = TestVendor::acme().code().expose();
    let request = pretend.wizard.make_request(&code, "Workshop 3").unwrap();
    let answer = Artefact::read(answer(&request).as_bytes())
        .unwrap()
        .remove(0);
    let files: Vec<_> = Frame::all(answer.unwrap().bytes(), Density::Low)
        .iter()
        .map(|frame| {
            let file = pretend
                .folder
                .path()
                .join(format!("{}.txt", frame.number()));
            std::fs::write(&file, frame.text()).unwrap();
            file
        })
        .collect();
    let (first, rest) = files.split_at(2);
    let brought = pretend.wizard.bring_files(first);
    let [
        BroughtView {
            outcome: OutcomeView::Problem { problem },
            from,
        },
    ] = brought.as_slice()
    else {
        panic!("{brought:?}")
    };
    assert_eq!(from, "1.txt, 2.txt");
    assert_eq!(problem.code, "frames_missing");
    assert_eq!(problem.args["have"], "2");
    // One of them pasted is the same.
    let pasted = std::fs::read_to_string(&rest[0]).unwrap();
    let brought = pretend.wizard.bring_text(&pasted).unwrap();
    assert!(matches!(
        &brought[0].outcome,
        OutcomeView::Problem { problem } if problem.args["have"] == "3"
    ));
    done(&pretend.wizard.bring_files(&rest[1..]));
}

#[test]
fn frames_are_bounded_as_all_text_is_and_their_damage_is_told_once() {
    let wizard = Pretend::with_vendor().wizard;
    let codes = |text: &str| -> Vec<String> {
        let brought = match wizard.bring_text(text) {
            Ok(brought) => brought,
            Err(problem) => return vec![problem.code],
        };
        let problems = brought.into_iter().map(|one| match one.outcome {
            OutcomeView::Problem { problem } => problem.code,
            other => panic!("{other:?}"),
        });
        problems.collect()
    };
    assert_eq!(codes(&"KEYFERRY/ ".repeat(200_000)), ["too_large"]);
    assert_eq!(codes(&"KEYFERRY/ ".repeat(1_000)), ["armor_damaged"]);
    // Of more sequences than are kept nothing is told.
    let begun: Vec<_> = (1_000..3_000)
        .map(|id: u32| {
            let id = format!("{id}").replace(['0', '1', '8', '9'], "A");
            format!("KEYFERRY/AAAA{id}/1/2/AA")
        })
        .collect();
    assert_eq!(codes(&begun.join(" ")), ["frames_missing"; 8]);
}

#[test]
fn what_frames_make_is_never_frames_again_nor_a_picture() {
    let pretend = Pretend::with_vendor();
    let code = TestVendor::acme().code().expose();
    let request = pretend.wizard.make_request(&code, "Workshop 3").unwrap();
    let inner = frames_of(answer(&request).as_bytes());
    let png = include_bytes!("../../../icons/32x32.png");
    for content in [inner.as_bytes(), png] {
        let problem = pretend.wizard.bring_text(&frames_of(content)).unwrap_err();
        assert_eq!(problem.code, "unrecognised");
    }
    done(&pretend.wizard.bring_text(&inner).unwrap());
}

fn frames_of(content: &[u8]) -> String {
    let frames = Frame::all(content, Density::Normal);
    frames.iter().map(|frame| frame.text() + "\n").collect()
}

#[test]
fn an_activation_goes_from_code_to_done() {
    let pretend = Pretend::with_vendor();
    let wizard = &pretend.wizard;
    let code = TestVendor::acme().code().expose();
    let sloppy = code.to_lowercase().replace('-', " ");

    let found = wizard.read_code(&sloppy).unwrap();
    assert_eq!(
        (found.code, found.product_name.as_str()),
        (code.clone(), "Acme CAD")
    );
    let preview = wizard.preview_request(&code, "Workshop 3").unwrap();
    assert!(preview.iter().any(|claim| claim.value == "Workshop 3"));
    assert_eq!(
        wizard.request(PRODUCT).unwrap(),
        None,
        "a preview makes nothing"
    );

    let request = wizard.make_request(&code, "Workshop 3").unwrap();
    assert_eq!(
        wizard.make_request(&code, "Workshop 3").unwrap(),
        request,
        "rule C1"
    );
    let home = wizard.home().unwrap();
    assert_eq!(
        home.products[0].standing.reason.as_deref(),
        Some("awaiting_answer")
    );

    let brought = wizard.bring_text(&answer(&request)).unwrap();
    assert_eq!(done(&brought).standing.state, "licensed");
    assert_eq!(wizard.home().unwrap().products[0].request, None);
}

#[test]
fn what_a_task_left_in_the_middle_had_made_is_there_after_a_restart() {
    let pretend = Pretend::with_vendor();
    let made = pretend
        .wizard
        .make_request(&TestVendor::acme().code().expose(), "a")
        .unwrap();
    let pretend = pretend.restarted();
    assert_eq!(pretend.wizard.request(PRODUCT).unwrap(), Some(made));
}

#[test]
fn bringing_a_vendor_trusts_nobody_until_a_person_says_so() {
    let pretend = Pretend::new();
    let pending = pretend.bring_profile();
    assert!(pretend.wizard.home().unwrap().vendors.is_empty());
    pretend.wizard.forget_pending(&pending);
    assert_eq!(
        pretend.wizard.trust_vendor(&pending).unwrap_err().code,
        "vendor_unknown"
    );
    let pending = pretend.bring_profile();
    assert_eq!(pretend.wizard.trust_vendor(&pending).unwrap().name, "Acme");
    assert_eq!(pretend.wizard.home().unwrap().vendors.len(), 1);
}

#[test]
fn a_problem_with_typed_text_belongs_to_its_field() {
    let pretend = Pretend::with_vendor();
    let wizard = &pretend.wizard;
    let problem = wizard.read_code("ABC").unwrap_err();
    assert_eq!(problem.code, "activation_code_incomplete");
    assert_eq!(problem.field.as_deref(), Some("code"));
    let code = TestVendor::acme().code().expose();
    let problem = wizard.make_request(&code, " \u{200b} ").unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        ("text_refused", Some("label"))
    );
    let problem = wizard.bring_text("good morning").unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        ("unrecognised", Some("text"))
    );
}

#[test]
fn files_are_brought_one_by_one_and_a_missing_one_does_not_stop_the_others() {
    let pretend = Pretend::with_vendor();
    let code = TestVendor::acme().code().expose();
    let request = pretend.wizard.make_request(&code, "a").unwrap();
    let file = pretend.folder.path().join("answer.kft");
    std::fs::write(&file, answer(&request)).unwrap();
    let missing = pretend.folder.path().join("missing.kft");

    pretend.wizard.bring_at_start(&[missing, file]);
    let brought = pretend.wizard.brought_at_start();
    let OutcomeView::Problem { problem } = &brought[0].outcome else {
        panic!("{brought:?}")
    };
    assert_eq!(
        (brought[0].from.as_str(), problem.code.as_str()),
        ("missing.kft", "file_not_found")
    );
    assert_eq!(done(&brought[1..]).product, PRODUCT);
    assert!(pretend.wizard.brought_at_start().is_empty(), "told once");
}

#[test]
fn the_record_names_the_computer_as_the_request_did_and_has_no_secret_in_it() {
    let pretend = Pretend::with_vendor();
    let code = TestVendor::acme().code().expose();
    let request = pretend.wizard.make_request(&code, "Lab 3").unwrap();
    let brought = pretend.wizard.bring_text(&answer(&request)).unwrap();
    let record = pretend
        .wizard
        .record_file(&done(&brought).activation_id)
        .unwrap();
    let text = String::from_utf8(record.content).unwrap();
    assert!(
        text.contains("Acme CAD") && text.contains(&done(&brought).activation_id),
        "{text}"
    );
    assert!(
        text.contains("Lab 3\n"),
        "the name that the vendor knows: {text}"
    );
    assert!(
        code.split('-').skip(1).all(|group| !text.contains(group)),
        "{text}"
    );
}

#[test]
fn preferences_outlive_a_restart_and_a_broken_file_is_no_problem() {
    let pretend = Pretend::new();
    let wish = PreferencesView {
        language: Some("en".into()),
        theme: Theme::Dark,
    };
    pretend.wizard.set_preferences(&wish).unwrap();
    let pretend = pretend.restarted();
    assert_eq!(pretend.wizard.preferences(), wish);
    std::fs::write(pretend.folder.path().join("home/wizard.json"), "{").unwrap();
    assert_eq!(pretend.wizard.preferences(), PreferencesView::default());
}
