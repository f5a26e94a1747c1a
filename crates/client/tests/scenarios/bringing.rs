//! Bringing things: rules C2, C5 and C6 at the one door.

use crate::desk::{Desk, label};
use image::{GrayImage, ImageFormat, Luma};
use keyferry_catalogue::Code;
use keyferry_client::{Applied, Confirmation, Fresh, Gathering, Relation};
use keyferry_fixtures::{FakeKey, FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{
    ActivationResponse, ArtefactKind, ProductCode, Seconds, TokenKind, armor, qr, seal_for_device,
};

const RESPONSE: ArtefactKind = ArtefactKind::Token(TokenKind::ActivationResponse);

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

#[test]
fn an_answer_activates_the_product() {
    let desk = Desk::with_acme("cad-07");
    let activation = desk.activate();
    let product = desk.standing();
    assert_eq!(product, activation.product);
    assert_eq!(product.standing.state, State::Licensed);
    assert_eq!(product.standing.until, Some(NOW.plus(Seconds::days(30))));
    assert_eq!(product.standing.features.len(), 2);
    assert_eq!(product.name.as_str(), "Acme CAD");
    assert_eq!(product.grant.unwrap().brought_by, activation.id);
    assert_eq!(desk.client().products().unwrap().len(), 1);
}

#[test]
fn c2_an_answer_withdraws_every_outstanding_request_for_its_product() {
    let desk = Desk::with_acme("cad-07");
    let first = desk.request(&acme().code());
    let code = acme().code();
    let second = desk.request(&code);
    let third = desk
        .client()
        .request_activation(&code, &label(), Fresh::Yes)
        .unwrap();
    assert_eq!(desk.client().outstanding_all().unwrap().len(), 3);

    desk.apply(&acme().respond(&second.bytes, NOW).bytes)
        .unwrap();
    assert!(desk.client().outstanding_all().unwrap().is_empty());
    let before = desk.seen();
    for request in [first, third] {
        let late = acme().respond(&request.bytes, NOW).bytes;
        assert_eq!(desk.refused(&late), Code::AnswersNothingOutstanding);
    }
    assert_eq!(desk.seen(), before);
}

#[test]
fn the_same_answer_twice_is_a_friendly_no_op() {
    let desk = Desk::with_acme("cad-07");
    let answer = desk.answer();
    desk.apply(&answer).unwrap();
    let before = desk.seen();
    match desk.apply(&answer).unwrap() {
        Applied::AlreadyApplied(activation) => {
            assert_eq!(activation.product.standing.state, State::Licensed);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.seen(), before);
}

#[test]
fn an_answer_comes_as_file_text_qr_or_picture() {
    let desk = Desk::with_acme("cad-07");
    let answer = desk.answer();
    let text = armor(RESPONSE, &answer);
    let symbol = qr::Symbol::draw(&qr::text(&answer, None), qr::Correction::Screen).unwrap();
    let mut forms = vec![
        ("binary", answer.clone()),
        ("text", text.clone().into_bytes()),
        ("mail", text.replace('\n', "\r\n> ").into_bytes()),
        ("QR text", qr::text(&answer, None).into_bytes()),
    ];
    for (name, format) in [("PNG", ImageFormat::Png), ("JPEG", ImageFormat::Jpeg)] {
        forms.push((name, picture(&symbol, format)));
    }
    for (name, form) in forms {
        let applied = desk.apply(&form);
        assert!(
            matches!(
                applied,
                Ok(Applied::Activated(_) | Applied::AlreadyApplied(_))
            ),
            "{name}: {applied:?}"
        );
    }
}

#[test]
fn an_answer_comes_as_pictures_of_a_moving_code_in_any_order() {
    let desk = Desk::with_acme("cad-07");
    let answer = desk.answer();
    let pictures: Vec<_> = qr::Frame::all(&answer, qr::Density::Low)
        .iter()
        .map(|frame| picture(&frame.draw().unwrap(), ImageFormat::Png))
        .collect();
    assert!(pictures.len() > 2);
    let other = b"something else".to_vec();
    let mut gathering = Gathering::default();
    assert_eq!(gathering.take("notes.txt", other.clone()), Some(other));
    for (at, picture) in pictures.iter().enumerate().rev() {
        assert_eq!(gathering.take(&at.to_string(), picture.clone()), None);
    }
    // One of them alone says what is missing, and changes nothing.
    let before = desk.seen();
    let fault = desk.apply(&pictures[0]).unwrap_err();
    assert_eq!(fault.code(), Code::FramesMissing);
    let parts = ("parts", format!("2–{}", pictures.len()));
    assert!(fault.problem().args.contains(&parts));
    assert_eq!(desk.seen(), before);

    let (names, frames) = gathering.frames().unwrap();
    assert!(names.ends_with("1, 0"), "{names}");
    assert!(matches!(desk.apply(&frames), Ok(Applied::Activated(_))));
}

#[test]
fn frames_that_were_saved_as_text_of_any_encoding_are_taken_together() {
    let desk = Desk::with_acme("cad-07");
    let mut gathering = Gathering::default();
    for (at, frame) in qr::Frame::all(&desk.answer(), qr::Density::Low)
        .iter()
        .enumerate()
    {
        let text = format!("\u{feff}{}", frame.text());
        let wide = text.encode_utf16().flat_map(u16::to_le_bytes);
        let bytes = if at % 2 == 0 {
            wide.collect()
        } else {
            text.clone().into_bytes()
        };
        assert_eq!(gathering.take(&at.to_string(), bytes), None);
    }
    let (_, frames) = gathering.frames().unwrap();
    assert!(matches!(desk.apply(&frames), Ok(Applied::Activated(_))));
}

fn picture(symbol: &qr::Symbol, format: ImageFormat) -> Vec<u8> {
    let (module, quiet) = (4, 4);
    let side = u32::try_from(symbol.side()).unwrap() * module + 2 * quiet * module;
    let mut image = GrayImage::from_pixel(side, side, Luma([255]));
    for (y, row) in symbol.rows().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            for pixel in 0..module * module {
                let at = |module_at: usize, offset: u32| {
                    (u32::try_from(module_at).unwrap() + quiet) * module + offset
                };
                image.put_pixel(at(x, pixel % module), at(y, pixel / module), Luma([0]));
            }
        }
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn c5_what_travels_the_other_way_is_told_so() {
    let desk = Desk::with_acme("cad-07");
    let own = desk.request(&acme().code());
    let neighbour = Desk::with_acme("cad-08").request(&acme().code());
    let license = acme().license_for_key(NOW, &FakeKey::new("4C530001230412109284").id());
    let before = desk.seen();
    assert_eq!(desk.refused(&own.bytes), Code::OwnRequest);
    assert_eq!(desk.refused(own.qr_text.as_bytes()), Code::OwnRequest);
    assert_eq!(desk.refused(&neighbour.bytes), Code::WrongKind);
    let license = acme().sign(&license);
    assert_eq!(desk.refused(license.as_bytes()), Code::LicenseBelongsOnKey);
    assert_eq!(desk.seen(), before);

    desk.apply(&acme().respond(&own.bytes, NOW).bytes).unwrap();
    assert_eq!(
        desk.refused(&own.bytes),
        Code::OwnRequest,
        "also after its answer came"
    );
}

#[test]
fn c5_a_profile_is_shown_and_never_trusted() {
    let desk = Desk::new("cad-07");
    match desk.apply(&acme().signed_profile()).unwrap() {
        Applied::VendorFound(pending) => {
            assert_eq!(pending.relation(), Relation::New);
            assert_eq!(pending.fingerprint().words().len(), 12);
        }
        other => panic!("{other:?}"),
    }
    assert!(desk.client().vendors().unwrap().is_empty());
}

#[test]
fn several_in_one_paste_are_each_dealt_with() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let answer = acme().respond(&request.bytes, NOW).bytes;
    let paste = [
        "Dear customer,".into(),
        request.armored.clone(),
        armor(RESPONSE, &answer),
        armor(ArtefactKind::Profile, &TestVendor::other().signed_profile()),
        armor(RESPONSE, &answer).replace("AA", "A"),
    ]
    .join("\n");
    let done = desk.client().apply(paste.as_bytes());
    assert!(
        done.iter()
            .any(|one| matches!(one, Ok(Applied::Activated(_))))
    );
    assert!(
        done.iter()
            .any(|one| matches!(one, Ok(Applied::VendorFound(_))))
    );
    let faults: Vec<Code> = done
        .iter()
        .filter_map(|one| Some(one.as_ref().err()?.code()))
        .collect();
    assert!(faults.contains(&Code::OwnRequest));
    assert_eq!(desk.standing().standing.state, State::Licensed);
}

#[test]
fn an_answer_for_another_computer_is_told_apart_from_damage() {
    let desk = Desk::with_acme("cad-07");
    let neighbour = Desk::with_acme("cad-08");
    let theirs = neighbour.answer();
    assert_eq!(
        desk.refused(&theirs),
        Code::AnswerForOtherDevice,
        "before this one has keys"
    );
    let ours = desk.answer();
    assert_eq!(desk.refused(&theirs), Code::AnswerForOtherDevice);

    let before = desk.seen();
    for at in (0..ours.len()).step_by(7) {
        let mut damaged = ours.clone();
        damaged[at] ^= 4;
        let code = desk.refused(&damaged);
        assert_ne!(code, Code::AnswerForOtherDevice, "byte {at}");
    }
    let text = armor(RESPONSE, &ours);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[3] = &lines[3][..60];
    assert_eq!(
        desk.refused(lines.join("\n").as_bytes()),
        Code::ArmorLineShort
    );
    assert_eq!(desk.refused(&text.as_bytes()[..400]), Code::ArmorUnfinished);
    assert_eq!(desk.seen(), before);
    desk.apply(&ours).unwrap();
}

#[test]
fn an_answer_sealed_to_this_computer_for_another_one_is_refused() {
    let desk = Desk::with_acme("cad-07");
    let request = acme().open(&desk.request(&acme().code()).bytes);
    let other = acme().open(&Desk::with_acme("cad-08").request(&acme().code()).bytes);
    let response = ActivationResponse {
        issued_at: NOW,
        vendor: acme().id(),
        product: TestVendor::product(),
        recipient: other.signing_key.device_id(),
        answers: request.id(),
        grant: TestVendor::grant(&request, NOW),
    };
    let sealed = seal_for_device(
        &response,
        &acme().signing_pair,
        &request.exchange_key,
        &mut keyferry_fixtures::rng(),
    )
    .unwrap();
    assert_eq!(desk.refused(&sealed.bytes), Code::AnswerForOtherDevice);
}

#[test]
fn an_answer_for_another_product_or_by_another_vendor_is_refused() {
    let desk = Desk::with_acme("cad-07");
    desk.trust(TestVendor::other());
    let request = acme().open(&desk.request(&acme().code()).bytes);
    let mut response = ActivationResponse {
        issued_at: NOW,
        vendor: acme().id(),
        product: ProductCode::new("com.acme.cam").unwrap(),
        recipient: request.signing_key.device_id(),
        answers: request.id(),
        grant: TestVendor::grant(&request, NOW),
    };
    let mut rng = keyferry_fixtures::rng();
    let key = &request.exchange_key;
    let sealed = seal_for_device(&response, &acme().signing_pair, key, &mut rng).unwrap();
    assert_eq!(desk.refused(&sealed.bytes), Code::AnswerForOtherProduct);

    response.product = TestVendor::product();
    let stranger = &TestVendor::other().signing_pair;
    let sealed = seal_for_device(&response, stranger, key, &mut rng).unwrap();
    assert_eq!(desk.refused(&sealed.bytes), Code::UntrustedKey);

    response.vendor = TestVendor::other().id();
    let sealed = seal_for_device(&response, &acme().signing_pair, key, &mut rng).unwrap();
    assert_eq!(desk.refused(&sealed.bytes), Code::TokenForOtherVendor);
    assert_eq!(
        desk.standing().standing.reason(),
        Some(Code::AwaitingAnswer)
    );
}

#[test]
fn c6_bad_input_is_named_and_changes_nothing() {
    let desk = Desk::with_acme("cad-07");
    let answer = desk.answer();
    let before = desk.seen();
    let blank = picture_of_nothing();
    let newer = armor(RESPONSE, &answer).replace("ACTIVATION RESPONSE", "ACTIVATION HOLOGRAM");
    let huge = vec![b'a'; keyferry_token::MAX_PASTE + 1];
    let cases: [(&[u8], Code); 9] = [
        (b"", Code::NothingRead),
        (b" \r\n\t", Code::NothingRead),
        (b"hello", Code::Unrecognised),
        (&[0, 1, 2, 3], Code::Unrecognised),
        (&huge, Code::TooLarge),
        (&blank, Code::PictureWithoutQr),
        (b"\x89PNG\r\n\x1a\nbroken", Code::PictureWithoutQr),
        (b"\xff\xd8\xff\xe0broken", Code::PictureWithoutQr),
        (newer.as_bytes(), Code::NewerFormat),
    ];
    for (bytes, code) in cases {
        assert_eq!(desk.refused(bytes), code);
    }
    assert_eq!(desk.refused(&answer[..100]), Code::Malformed);
    assert_eq!(desk.seen(), before);
}

fn picture_of_nothing() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    GrayImage::from_pixel(300, 300, Luma([200]))
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn a_damaged_picture_is_read_or_refused_and_never_ends_the_program() {
    use keyferry_token::rand_core::Rng as _;
    let answer = Desk::with_acme("cad-07").answer();
    let symbol = qr::Symbol::draw(&qr::text(&answer, None), qr::Correction::Screen).unwrap();
    let good = image::load_from_memory(&picture(&symbol, ImageFormat::Png))
        .unwrap()
        .into_luma8();
    let (mut rng, desk) = (keyferry_fixtures::rng(), Desk::new("cad-07"));
    for _ in 0..12 {
        let mut bad = good.clone();
        for _ in 0..rng.next_u32() % 40 {
            let (left, top) = (rng.next_u32() % bad.width(), rng.next_u32() % bad.height());
            let (shade, side) = (rng.next_u32().to_be_bytes()[0], 4 + rng.next_u32() % 60);
            for x in left..(left + side).min(bad.width()) {
                for y in top..(top + side).min(bad.height()) {
                    bad.put_pixel(x, y, Luma([shade]));
                }
            }
        }
        let mut bytes = std::io::Cursor::new(Vec::new());
        bad.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let code = desk.refused(&bytes.into_inner());
        assert!(
            matches!(code, Code::PictureWithoutQr | Code::AnswerForOtherDevice),
            "{code}"
        );
    }
}

#[test]
fn a_picture_that_claims_absurd_sizes_takes_no_memory() {
    // A PNG header for 65,535 × 65,535 pixels.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0".to_vec();
    bomb.extend([0; 64]);
    assert_eq!(Desk::new("cad-07").refused(&bomb), Code::PictureWithoutQr);
}

#[test]
fn every_standing_rests_on_the_machine_and_the_signed_answer() {
    let mut desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.machine = FakeMachine::new("cad-07").with(
        keyferry_token::ComponentKind::NetworkAdapter,
        "00:11:22:33:44:55",
    );
    let standing = desk.standing().standing;
    assert_eq!(standing.state, State::Licensed);
    assert_eq!(
        standing.changed,
        [keyferry_token::ComponentKind::NetworkAdapter]
    );
    desk.machine = FakeMachine::new("cad-99");
    assert_eq!(desk.standing().standing.reason(), Some(Code::WrongDevice));
}

#[test]
fn a_clock_that_was_set_back_does_not_lengthen_a_lease() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.clock.set(NOW.plus(Seconds::days(32)));
    assert_eq!(desk.standing().standing.state, State::Grace);
    desk.clock.set(NOW.plus(Seconds::days(31)));
    assert_eq!(
        desk.standing().standing.state,
        State::Grace,
        "the floor counts"
    );
    desk.clock.set(NOW);
    assert_eq!(desk.standing().standing.reason(), Some(Code::ClockBehind));
    desk.clock.set(NOW.plus(Seconds::days(32)));
    assert_eq!(
        desk.standing().standing.state,
        State::Grace,
        "it mends itself"
    );
}

#[test]
fn the_vendor_signs_the_time_and_the_floor_rises_to_it() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let later = NOW.plus(Seconds::days(3));
    desk.apply(&acme().respond(&request.bytes, later).bytes)
        .unwrap();
    assert_eq!(desk.standing().standing.reason(), Some(Code::ClockBehind));
    let grant = desk.standing().grant.unwrap();
    assert_eq!(grant.applied_at, later, "the floor, not the clock");
    desk.clock.set(later);
    assert_eq!(desk.standing().standing.state, State::Licensed);
}

#[test]
fn what_others_confirmed_meanwhile_does_not_matter_to_an_answer() {
    let desk = Desk::with_acme("cad-07");
    let answer = desk.answer();
    let client = desk.client();
    let pending = client
        .read_profile(&TestVendor::other().signed_profile())
        .unwrap();
    client.trust(&pending, Confirmation::ByHand).unwrap();
    desk.apply(&answer).unwrap();
}
