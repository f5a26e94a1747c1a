//! Bringing what a computer wrote, and taking the answer.

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
};

use keyferry_authority::{Origin, Rotation};
use keyferry_fixtures::TestDevice;
use keyferry_token::{
    ActivationResponse, Artefact, Sealed, SealedToken, TimeAnswer, TokenKind, VendorRefusal,
    Verified, qr,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::stage::{Stage, log, text};

fn token(text: &str) -> SealedToken {
    let mut read = Artefact::read(text.as_bytes()).unwrap();
    match read.pop().unwrap().unwrap() {
        Artefact::Token(token) => token,
        other => panic!("no token: {other:?}"),
    }
}

pub(crate) fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn request(
    stage: &Stage,
    device: &mut TestDevice,
    code: &keyferry_token::ActivationCode,
) -> String {
    text(TokenKind::ActivationRequest, &stage.request(device, code))
}

#[test]
fn a_pasted_request_gets_an_answer_that_its_computer_opens() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = request(&stage, &mut device, &sold.code);
    let page = stage.browser().bring("/a", &[("text", &request)], &[]);
    assert_eq!(page.status, 200);
    assert_eq!(page.heading(), "The answer for press-04 is ready");
    assert!(page.text.contains("23 December 2026, 04:00 UTC"));
    let answer = token(&page.values("answer")[0]);
    let response: Verified<ActivationResponse> = stage.opened(&device, &answer);
    assert_eq!(response.product.as_str(), "com.acme.cad");
}

#[test]
fn the_same_message_twice_gets_the_same_answer() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let request = request(&stage, &mut TestDevice::new("press-04"), &sold.code);
    let browser = stage.browser();
    let first = browser.bring("/a", &[("text", &request)], &[]);
    let second = browser.bring("/A", &[], &[("request.kft", request.as_bytes())]);
    assert_eq!(first.values("answer"), second.values("answer"));
    assert!(second.text.contains("the same answer once more"));
}

#[test]
fn the_text_of_a_qr_code_is_taken_with_its_address_and_without() {
    let stage = Stage::new();
    let sold = stage.sell(2);
    let browser = stage.browser();
    for (name, portal) in [("one", Some("https://license.acme.example")), ("two", None)] {
        let mut device = TestDevice::new(name);
        let scanned = qr::text(&stage.request(&mut device, &sold.code).bytes, portal);
        let page = browser.bring("/a", &[("text", &scanned)], &[]);
        assert_eq!(page.heading(), format!("The answer for {name} is ready"));
    }
}

#[test]
fn the_answer_comes_as_a_file_of_its_own_name() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let request = request(&stage, &mut TestDevice::new("press-04"), &sold.code);
    let browser = stage.browser();
    let page = browser.bring("/a", &[("text", &request)], &[]);
    let (name, answer) = (&page.values("name")[0], &page.values("answer")[0]);
    let file = browser.bring("/a/file", &[("name", name), ("answer", answer)], &[]);
    assert_eq!(file.status, 200);
    assert_eq!(
        file.header("content-type"),
        Some("application/octet-stream")
    );
    let disposition = file.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"keyferry-answer-"));
    assert!(disposition.ends_with(".kft\""));
    assert_eq!(file.text, *answer);
}

#[test]
fn nothing_but_an_answer_leaves_as_a_file() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let request = request(&stage, &mut TestDevice::new("press-04"), &sold.code);
    let browser = stage.browser();
    let page = browser.bring("/a", &[("text", &request)], &[]);
    let answer = page.values("answer").remove(0);
    let twice = format!("{answer}{answer}");
    for (name, text) in [
        ("answer", "<script>alert(1)</script>"),
        ("answer", request.as_str()),
        ("answer", twice.as_str()),
        ("../answer", answer.as_str()),
        ("a\r\nset-cookie: a=b", answer.as_str()),
        ("", answer.as_str()),
    ] {
        for path in ["/a/file", "/a/zip"] {
            let page = browser.post(path, &[("name", name), ("answer", text)]);
            assert_eq!(page.status, 400, "{path} {name:?}");
            assert!(page.header("content-disposition").is_none());
            assert!(page.header("set-cookie").is_none());
        }
    }
}

#[test]
fn what_a_refused_computer_asked_for_is_told_with_the_reply_to_take_home() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    stage.activated(&mut TestDevice::new("one"), &sold.code);
    let mut device = TestDevice::new("two");
    let request = request(&stage, &mut device, &sold.code);
    let page = stage.browser().bring("/a", &[("text", &request)], &[]);
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Reference KF-203"));
    // Who holds the seat is not a stranger's to know (rule A5).
    assert!(!page.text.contains("<bdi>one</bdi>"));
    let refusal: Verified<VendorRefusal> = stage.opened(&device, &token(&page.values("answer")[0]));
    assert_eq!(
        refusal.reason.code(),
        Some(keyferry_catalogue::Code::NoFreeSeat)
    );
}

#[test]
fn of_many_in_a_zip_each_is_told_and_deactivations_come_first() {
    let stage = Stage::new();
    let (sold, other) = (stage.sell(1), stage.sell(1));
    let mut old = TestDevice::new("old");
    let grant = stage.activated(&mut old, &sold.code);
    let mut new = TestDevice::new("new");
    let asks = request(&stage, &mut new, &sold.code);
    let gives = text(
        TokenKind::Deactivation,
        &old.deactivate(&stage.vendor(), &grant),
    );
    let mut clock = TestDevice::new("clock");
    let granted = stage.activated(&mut clock, &other.code);
    let time = clock.ask_time(&stage.vendor(), granted.activation);
    let time = text(TokenKind::TimeRequest, &time);
    let zip = zipped(&[
        ("hall/new.kft", asks.as_bytes()),
        ("hall/old.kft", gives.as_bytes()),
        ("notes.txt", b"nothing of ours"),
        ("clock.kft", time.as_bytes()),
    ]);
    let browser = stage.browser();
    let page = browser.bring("/a", &[], &[("all.zip", &zip)]);
    assert_eq!(page.status, 200);
    assert_eq!(page.heading(), "What became of your computers");
    assert!(page.text.contains("<b>3</b> done"), "{}", page.text);
    assert!(page.text.contains("<b>1</b> needs you"));
    assert!(page.text.contains("Given back. Its seat is free."));
    assert!(page.text.contains("notes.txt"));
    let answers = page.values("answer");
    assert_eq!(answers.len(), 2);
    let response: Verified<ActivationResponse> = stage.opened(&new, &token(&answers[0]));
    assert_eq!(response.recipient, new.id());
    let told: Verified<TimeAnswer> = stage.opened(&clock, &token(&answers[1]));
    assert_eq!(told.recipient, clock.id());

    let names = page.values("name");
    let mut fields = Vec::new();
    for (name, answer) in names.iter().zip(&answers) {
        fields.push(("name", name.as_str()));
        fields.push(("answer", answer.as_str()));
    }
    let packed = browser.bring("/a/zip", &fields, &[]);
    assert_eq!(packed.header("content-type"), Some("application/zip"));
    let mut archive = ZipArchive::new(Cursor::new(packed.bytes)).unwrap();
    assert_eq!(archive.len(), 2);
    let mut first = String::new();
    let name = format!("{}.kft", names[0]);
    archive
        .by_name(&name)
        .unwrap()
        .read_to_string(&mut first)
        .unwrap();
    assert_eq!(first, answers[0]);
}

#[test]
fn profiles_that_go_along_with_many_answers_come_back_once_and_are_in_each_file() {
    let stage = Stage::new();
    let sold = stage.sell(3);
    let requests: Vec<String> = (0..3)
        .map(|n| request(&stage, &mut TestDevice::new(&format!("pc-{n}")), &sold.code))
        .collect();
    stage
        .wait(
            stage
                .authority
                .rotate_key(Rotation::Signing, &Origin::Local),
        )
        .unwrap();
    let files: Vec<(&str, &[u8])> = ["a.kft", "b.kft", "c.kft"]
        .into_iter()
        .zip(&requests)
        .map(|(name, request)| (name, request.as_bytes()))
        .collect();
    let browser = stage.browser();
    let page = browser.bring("/a", &[], &[("all.zip", &zipped(&files))]);
    let parts = |text: &str| Artefact::read(text.as_bytes()).unwrap().len();
    let (names, answers) = (page.values("name"), page.values("answer"));
    assert_eq!(answers.len(), 3, "{}", page.text);
    assert!(answers.iter().all(|answer| parts(answer) == 1));
    let [profiles] = &page.values("profiles")[..] else {
        panic!("once for all of them: {}", page.text);
    };
    let mut fields = vec![("profiles", profiles.as_str())];
    for (name, answer) in names.iter().zip(&answers) {
        fields.extend([
            ("name", name.as_str()),
            ("answer", answer),
            ("along", "yes"),
        ]);
    }
    let packed = browser.bring("/a/zip", &fields, &[]);
    let mut archive = ZipArchive::new(Cursor::new(packed.bytes)).unwrap();
    assert_eq!(archive.len(), 3);
    for at in 0..3 {
        let mut file = String::new();
        archive
            .by_index(at)
            .unwrap()
            .read_to_string(&mut file)
            .unwrap();
        assert_eq!(parts(&file), 1 + parts(profiles));
    }
    // Only profiles are taken for profiles.
    fields[0].1 = &answers[0];
    assert_eq!(browser.bring("/a/zip", &fields, &[]).status, 400);
}

#[test]
fn what_comes_back_to_be_packed_is_packed_within_a_bound() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let asks = request(&stage, &mut TestDevice::new("pc-1"), &sold.code);
    let page = stage.browser().bring("/a", &[("text", &asks)], &[]);
    let answer = page.values("answer")[0].clone();
    let profile = fs::read_to_string(stage.authority.profile_file()).unwrap();
    let profiles = profile.repeat(900_000 / profile.len());
    let names: Vec<String> = (0..40).map(|n| format!("pc-{n}")).collect();
    let mut fields = vec![("profiles", profiles.as_str())];
    for name in &names {
        fields.extend([
            ("name", name.as_str()),
            ("answer", &answer),
            ("along", "yes"),
        ]);
    }
    let page = stage.browser().bring("/a/zip", &fields, &[]);
    assert_eq!(page.status, 413, "{}", page.text);
}

#[test]
fn what_cannot_be_read_is_told_beside_the_box_and_stays_in_it() {
    let stage = Stage::new();
    let browser = stage.browser();
    let page = browser.bring("/a", &[("text", "hello <b>there</b>")], &[]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Reference KF-402"));
    assert!(
        page.text
            .contains("hello &#60;b&#62;there&#60;/b&#62;</textarea>")
    );
    let empty = browser.bring("/a", &[("text", "  ")], &[]);
    assert_eq!(empty.status, 422);
    assert!(empty.text.contains("Reference KF-401"));
}

#[test]
fn an_answer_that_is_brought_here_is_sent_the_other_way() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let request = request(&stage, &mut TestDevice::new("press-04"), &sold.code);
    let browser = stage.browser();
    let answer = browser
        .bring("/a", &[("text", &request)], &[])
        .values("answer")
        .remove(0);
    let page = browser.bring("/a", &[("text", &answer)], &[]);
    assert!(page.text.contains("Reference KF-223"));
}

#[test]
fn nothing_that_is_sent_is_in_the_log() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("a name to be kept whispered");
    let sealed: Sealed = stage.request(&mut device, &sold.code);
    let request = text(TokenKind::ActivationRequest, &sealed);
    let browser = stage.browser();
    browser.bring(
        "/a",
        &[("text", &request)],
        &[("whispered-name.kft", b"whispered content")],
    );
    browser.get("/support?whispered=query");
    browser.get("/whispered/path");
    browser.post("/holder/enter", &[("secret", &sold.holder_secret.expose())]);
    browser.bring("/support", &[("text", &sold.code.expose())], &[]);
    let log = log().text();
    assert!(log.contains("answered"));
    let line = request.lines().nth(1).unwrap();
    for secret in [
        "whispered",
        line,
        &sold.holder_secret.expose()[..11],
        &sold.code.expose()[..11],
    ] {
        let found = log.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
}

#[test]
fn what_is_counted_names_no_one() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let request = request(&stage, &mut TestDevice::new("press-04"), &sold.code);
    stage.browser().bring("/a", &[("text", &request)], &[]);
    stage.browser().get("/private/path");
    let url = format!("http://{}/metrics", stage.metrics);
    let counts = ureq::get(&url)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let message =
        "keyferry_portal_messages_total{kind=\"activation_request\",outcome=\"activated\"} 1";
    assert!(counts.contains(message), "{counts}");
    assert!(counts.contains("page=\"/a\",method=\"POST\",status=\"200\"} 1"));
    assert!(counts.contains("page=\"unknown\",method=\"GET\",status=\"404\"} 1"));
    assert!(!counts.contains("private"));
    assert!(!counts.contains("press-04"));
    assert!(counts.ends_with("# EOF\n"));
    // They are not among the pages.
    assert_eq!(stage.browser().get("/metrics").status, 404);
}
