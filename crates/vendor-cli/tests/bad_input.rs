//! Whatever is brought to a door: a clear problem, the same through every way in, and nothing lost.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use std::fs::{self, File};

use stage::{Computer, Stage};

/// A device that waits for its answer, the answer, and all sorts of other things to bring.
struct Desk<'s> {
    stage: &'s Stage,
    cad: Computer<'s>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl<'s> Desk<'s> {
    fn new(stage: &'s Stage) -> Self {
        let cad = stage.customer("cad-07");
        let request = cad.run(["activate", &stage.sell(2)]).done().out;
        let answer = stage
            .authority_reading(&request, ["receive", "-"])
            .done()
            .out;
        Self {
            stage,
            cad,
            request,
            answer,
        }
    }

    /// Brings it to the client and expects this code there; nothing may change by it.
    #[track_caller]
    fn apply(&self, what: &str, bytes: &[u8], code: &str) {
        let before = self.cad.store();
        let ended = self.cad.reading(bytes, ["apply", "-", "--json"]);
        assert_eq!(ended.error(), code, "{what}: {ended}");
        assert_ne!(ended.exit, 0, "{what}");
        assert_eq!(self.cad.store(), before, "{what} changed something");
    }

    /// Brings it to the authority and expects this code there.
    #[track_caller]
    fn receive(&self, what: &str, bytes: &[u8], code: &str) {
        let ended = self
            .stage
            .authority_reading(bytes, ["receive", "-", "--json"]);
        assert_eq!(ended.error(), code, "{what}: {ended}");
        assert_ne!(ended.exit, 0, "{what}");
        let listed = self
            .stage
            .authority(["activation", "list", "--json"])
            .json();
        assert_eq!(
            listed["activations"].as_array().unwrap().len(),
            1,
            "{what} took a seat"
        );
    }

    /// The right answer still does its work after all that.
    fn finish(&self) {
        self.cad.reading(&self.answer, ["apply", "-"]).done();
    }
}

#[test]
fn what_is_nothing_of_ours_is_told_apart() {
    let stage = Stage::new();
    let desk = Desk::new(&stage);
    let noise: Vec<u8> = (0..5000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect();
    let picture = {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 64, 64);
        encoder.set_color(png::ColorType::Grayscale);
        encoder
            .write_header()
            .unwrap()
            .write_image_data(&[200; 64 * 64])
            .unwrap();
        file
    };
    for (what, bytes, code) in [
        ("nothing", Vec::new(), "nothing_read"),
        ("white space", b" \r\n\t\n".to_vec(), "nothing_read"),
        ("noise", noise, "unrecognised"),
        (
            "a letter",
            b"Dear customer,\nyour answer is attached.\n".to_vec(),
            "unrecognised",
        ),
        (
            "a picture of nothing",
            picture.clone(),
            "picture_without_qr",
        ),
        (
            "half a picture",
            picture[..40].to_vec(),
            "picture_without_qr",
        ),
        ("too much", vec![b'x'; 2 * 1024 * 1024], "too_large"),
    ] {
        desk.apply(what, &bytes, code);
        desk.receive(what, &bytes, code);
    }
    desk.finish();
}

#[test]
fn damage_on_the_way_is_told_apart_from_forgery() {
    let stage = Stage::new();
    let desk = Desk::new(&stage);
    let text = String::from_utf8(desk.answer.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let with_line = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines[at] = line;
        lines.join("\n").into_bytes()
    };
    let cut_off = lines[..lines.len() - 3].join("\n").into_bytes();
    let other = if lines[4].starts_with('A') { "B" } else { "A" };
    for (what, bytes, code) in [
        (
            "a short line",
            with_line(3, &lines[3][..60]),
            "armor_line_short",
        ),
        (
            "a long line",
            with_line(3, &format!("{}QQ", lines[3])),
            "armor_line_long",
        ),
        (
            "a strange character",
            with_line(3, &lines[3].replace(&lines[3][9..10], "é")),
            "armor_character",
        ),
        (
            "a changed character",
            with_line(4, &format!("{other}{}", &lines[4][1..])),
            "armor_damaged",
        ),
        ("no end", cut_off, "armor_unfinished"),
        (
            "forged",
            stage::with_a_changed_byte(&desk.answer),
            "signature_mismatch",
        ),
    ] {
        desk.apply(what, &bytes, code);
    }
    desk.receive(
        "forged",
        &stage::with_a_changed_byte(&desk.request),
        "signature_mismatch",
    );
    desk.finish();
}

#[test]
fn what_travels_the_wrong_way_is_sent_the_right_one() {
    let stage = Stage::new();
    let desk = Desk::new(&stage);
    let profile = fs::read(stage.path("acme/vendor.kfv")).unwrap();
    desk.apply("its own request", &desk.request, "own_request");
    let known = desk
        .cad
        .reading(&profile, ["apply", "-", "--json"])
        .done()
        .json();
    assert_eq!(known["outcome"], "profile_known");
    desk.receive("an answer", &desk.answer, "answer_brought_to_vendor");
    desk.receive("a profile", &profile, "wrong_kind");
    desk.cad
        .reading(&desk.answer, ["vendor", "add", "-", "--trust"])
        .told(1, "KF-411");
    desk.finish();
}

#[test]
fn what_is_meant_for_others_stays_closed() {
    let stage = Stage::new();
    let desk = Desk::new(&stage);
    let strange = Stage::bare();
    strange.authority(["init", "--vendor", "Acme Tools"]).done();
    let add = [
        "product",
        "add",
        stage::PRODUCT,
        "--name",
        "Acme CAD",
        "--offline",
    ];
    strange.authority(add).done();
    let visitor = strange.customer("cad-07");
    let request = visitor.run(["activate", &strange.sell(1)]).done().out;
    let answer = strange
        .authority_reading(&request, ["receive", "-"])
        .done()
        .out;

    desk.receive(
        "another vendor's request",
        &request,
        "token_for_other_vendor",
    );
    desk.apply(
        "another vendor's answer",
        &answer,
        "answer_for_other_device",
    );
    let profile = fs::read(strange.path("acme/vendor.kfv")).unwrap();
    desk.apply(
        "another vendor of the same name",
        &profile,
        "vendor_not_confirmed",
    );
    let inspected = desk
        .cad
        .reading(&request, ["inspect", "-", "--json"])
        .done()
        .json();
    assert_eq!(inspected["signer"]["kind"], "sealed");
    assert_eq!(inspected["claims"], serde_json::json!([]));

    let neighbour = stage.customer("lab-3");
    let theirs = neighbour.run(["activate", &stage.sell(1)]).done().out;
    let theirs = stage
        .authority_reading(&theirs, ["receive", "-"])
        .done()
        .out;
    desk.apply(
        "another computer's answer",
        &theirs,
        "answer_for_other_device",
    );
    desk.finish();
}

#[test]
fn a_huge_file_is_not_read_to_its_end() {
    let stage = Stage::new();
    let desk = Desk::new(&stage);
    let path = stage.arg("huge.bin");
    File::create(&path)
        .unwrap()
        .set_len(100 * 1024 * 1024)
        .unwrap();
    for args in [["apply", &path], ["inspect", &path]] {
        desk.cad.run(args).told(1, "KF-408");
    }
    desk.cad
        .run(["vendor", "add", &path, "--trust"])
        .told(1, "KF-408");
    stage.authority(["receive", &path]).told(1, "KF-408");
    desk.finish();
}

#[test]
fn an_answer_to_a_request_that_was_replaced_is_refused() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let old = cad.run(["activate", &code]).done().out;
    cad.run(["activate", &code, "--new"]).done();
    let answer = stage.authority_reading(&old, ["receive", "-"]).done().out;
    // Rule C1: both requests wait until one of them is answered.
    cad.reading(&answer, ["apply", "-"]).done();
    let again = cad.reading(&answer, ["apply", "-", "--json"]).done().json();
    assert_eq!(again["outcome"], "already_applied");
}

#[test]
fn only_one_file_may_be_standard_input() {
    let stage = Stage::new();
    let desk = Desk::new(&stage);
    let ended = desk
        .cad
        .reading(&desk.answer, ["apply", "-", "-", "--json"]);
    assert_eq!(ended.exit, 2);
    assert_eq!(ended.json()["results"][0]["ok"], true);
    assert_eq!(ended.json()["results"][1]["error"]["code"], "usage");
}
