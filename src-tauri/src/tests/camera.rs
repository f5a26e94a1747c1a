//! What the camera sees, from the call of the page to the license.

use std::panic::{AssertUnwindSafe, catch_unwind};

use keyferry_fixtures::TestVendor;
use keyferry_token::{
    Artefact,
    qr::{Correction, Density, Frame, Symbol},
};
use serde_json::Value;
use tauri::{
    WebviewWindow,
    http::{HeaderMap, HeaderValue},
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response},
    webview::InvokeRequest,
};

use super::{ipc::window, pretend::Pretend, tasks::answer};
use crate::views::OutcomeView;

/// Pixels of a module, and what is light around the code.
const MODULE: usize = 4;

/// A symbol as a camera sees it: grey, with light around.
fn seen(symbol: &Symbol) -> (usize, Vec<u8>) {
    let side = (symbol.side() + 8) * MODULE;
    let mut grey = vec![220; side * side];
    for (y, row) in symbol.rows().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            for line in 0..MODULE {
                let at = ((y + 4) * MODULE + line) * side + (x + 4) * MODULE;
                grey[at..at + MODULE].fill(40);
            }
        }
    }
    (side, grey)
}

fn call(
    window: &WebviewWindow<MockRuntime>,
    sides: &[(&'static str, &str)],
    body: InvokeBody,
) -> Result<Value, Value> {
    let mut headers = HeaderMap::default();
    for (name, value) in sides {
        headers.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let request = InvokeRequest {
        cmd: "look".into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body,
        headers,
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

fn look(window: &WebviewWindow<MockRuntime>, text: &str) -> Value {
    let (side, grey) = seen(&Symbol::draw(text, Correction::Screen).unwrap());
    let side = side.to_string();
    let sides = [
        ("keyferry-width", side.as_str()),
        ("keyferry-height", &side),
    ];
    call(window, &sides, InvokeBody::Raw(grey)).unwrap()
}

#[test]
fn a_moving_code_is_counted_part_by_part_and_activates() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let code = TestVendor::acme().code().expose();
    let request = pretend.wizard.make_request(&code, "Workshop 3").unwrap();
    let answer = Artefact::read(answer(&request).as_bytes()).unwrap();
    let frames = Frame::all(answer[0].as_ref().unwrap().bytes(), Density::Lowest);
    let total = frames.len();
    assert!(total > 3);
    for (at, frame) in frames[1..].iter().enumerate() {
        let seen = look(&window, &frame.text());
        assert_eq!(
            (&seen["kind"], &seen["have"]),
            (&"part".into(), &(at + 1).into())
        );
        assert_eq!(
            look(&window, &frame.text()),
            seen,
            "the same again changes nothing"
        );
    }
    let last = look(&window, &frames[0].text());
    assert_eq!(last["kind"], "read");
    let brought = pretend
        .wizard
        .bring_text(last["text"].as_str().unwrap())
        .unwrap();
    assert!(
        matches!(&brought[0].outcome, OutcomeView::Activated { .. }),
        "{brought:?}"
    );
}

#[test]
fn parts_that_were_brought_as_text_count_before_the_camera_too() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let frames = Frame::all(&[7; 600], Density::Low);
    pretend.wizard.bring_text(&frames[0].text()).unwrap();
    assert_eq!(look(&window, &frames[1].text())["have"], 2);
}

#[test]
fn a_code_of_one_picture_is_read_and_what_is_none_of_ours_is_said() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let code = TestVendor::acme().code().expose();
    let request = pretend.wizard.make_request(&code, "Workshop 3").unwrap();
    let text = keyferry_token::qr::text(
        Artefact::read(request.armored.as_bytes()).unwrap()[0]
            .as_ref()
            .unwrap()
            .bytes(),
        None,
    );
    let read = look(&window, &text);
    assert_eq!(
        (&read["kind"], &read["text"]),
        (&"read".into(), &text.into())
    );
    for (text, code) in [
        ("WIFI:S:guests;;", "unrecognised"),
        ("KEYFERRY:AAAA", "malformed"),
        ("KEYFERRY/AAAAAAAA/2/1/AA", "armor_damaged"),
    ] {
        let other = look(&window, text);
        assert_eq!(
            (&other["kind"], &other["problem"]["code"]),
            (&"other".into(), &code.into())
        );
    }
    let sides = [("keyferry-width", "64"), ("keyferry-height", "48")];
    let nothing = call(&window, &sides, InvokeBody::Raw(vec![128; 64 * 48])).unwrap();
    assert_eq!(nothing["kind"], "nothing");
}

#[test]
fn what_the_page_never_sends_is_refused_before_it_is_looked_at() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let both = |width, height| [("keyferry-width", width), ("keyferry-height", height)];
    let raw = |bytes| InvokeBody::Raw(vec![0; bytes]);
    for (sides, body, code) in [
        (both("1281", "1"), raw(1281), "too_large"),
        (both("4294967295", "4294967295"), raw(1), "too_large"),
        (both("4294967296", "1"), raw(1), "system_failure"),
        (both("640", "480"), raw(640 * 480 - 1), "system_failure"),
        (both("640", "480"), raw(640 * 480 + 1), "system_failure"),
        (both("0", "480"), raw(0), "system_failure"),
        (both("-1", "480"), raw(480), "system_failure"),
        (both("wide", "high"), raw(1), "system_failure"),
        (
            both("1", "1"),
            InvokeBody::Json(Value::Null),
            "system_failure",
        ),
    ] {
        let problem = call(&window, &sides, body).unwrap_err();
        assert_eq!(problem["code"], code, "{sides:?}");
    }
    let problem = call(&window, &[], raw(1)).unwrap_err();
    assert_eq!(problem["code"], "system_failure");
}

#[test]
fn while_one_sight_is_looked_at_another_gives_nothing() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let frames = Frame::all(&[7; 600], Density::Low);
    let held = pretend.wizard.hold_looking();
    assert_eq!(look(&window, &frames[0].text())["kind"], "nothing");
    drop(held);
    assert_eq!(look(&window, &frames[0].text())["kind"], "part");
}

#[test]
fn a_panic_over_one_sight_keeps_no_other_from_being_looked_at() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let frames = Frame::all(&[7; 2000], Density::Low);
    assert_eq!(look(&window, &frames[0].text())["have"], 1);
    let looked = catch_unwind(AssertUnwindSafe(|| {
        let _held = pretend.wizard.hold_looking();
        panic!("in the middle of a sight");
    }));
    assert!(looked.is_err());
    assert_eq!(look(&window, &frames[1].text())["have"], 2);
    let taken = catch_unwind(AssertUnwindSafe(|| {
        let _held = pretend.wizard.hold_frames();
        panic!("in the middle of a part");
    }));
    assert!(taken.is_err());
    // What was left half taken is not gone on with.
    assert_eq!(look(&window, &frames[1].text())["have"], 1);
    assert_eq!(look(&window, &frames[0].text())["have"], 2);
}

#[test]
fn all_that_travels_with_a_token_moves() {
    use crate::views::DensityView;
    let pretend = Pretend::with_vendor();
    let code = TestVendor::acme().code().expose();
    let request = pretend.wizard.make_request(&code, "Workshop 3").unwrap();
    let problem = pretend
        .wizard
        .moving_code("nothing", DensityView::Normal)
        .unwrap_err();
    assert_eq!(problem.code, "nothing_outstanding");
    let parts = |density| {
        let moving = pretend
            .wizard
            .moving_code(&request.token_id, density)
            .unwrap();
        assert!(moving.rate <= 5);
        assert_eq!(moving.density, density);
        moving.parts
    };
    let (normal, low) = (parts(DensityView::Normal), parts(DensityView::Low));
    let lowest = parts(DensityView::Lowest);
    assert!(normal.len() < low.len() && low.len() < lowest.len());
    for (parts, most) in [(normal, 15), (low, 10), (lowest, 7)] {
        assert!(parts.iter().all(|part| part.version <= most));
    }
}
