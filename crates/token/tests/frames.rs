//! Moving QR codes: whatever order, loss and company frames come in, the same content comes out.

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs is there, or the test fails"
)]

use keyferry_fixtures::{NOW, TestDevice, TestVendor, published::Seeded};
use keyferry_token::{
    Artefact, ArtefactKind, ParseFault, TokenKind, armor,
    qr::{Collected, Collector, Density, FRAMES_PER_SECOND, Frame, MAX_CONTENT, SequenceId},
    rand_core::Rng as _,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use rxing::{BarcodeFormat, helpers::detect_in_luma};

fn density() -> impl Strategy<Value = Density> {
    prop_oneof![
        Just(Density::Normal),
        Just(Density::Low),
        Just(Density::Lowest)
    ]
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 1..6_000)
}

fn read(text: &str) -> Frame {
    Frame::read(text).unwrap().unwrap()
}

proptest! {
    #[test]
    fn any_order_with_doubles_makes_the_content(
        content in content(),
        density in density(),
        picks in vec(any::<Index>(), 0..200),
    ) {
        let frames = Frame::all(&content, density);
        let mut collector = Collector::default();
        let shown = picks.iter().map(|pick| pick.get(&frames));
        let mut whole = None;
        for frame in shown.chain(&frames) {
            if let Collected::Whole(made) = collector.take(&read(&frame.text())).unwrap() {
                whole = Some(made);
                break;
            }
        }
        prop_assert_eq!(whole.unwrap(), content);
    }

    #[test]
    fn what_is_missing_is_told_by_its_numbers(
        content in vec(any::<u8>(), 1_000..6_000),
        lost in vec(any::<Index>(), 1..6),
    ) {
        let frames = Frame::all(&content, Density::Low);
        let lost: Vec<usize> = lost.iter().map(|at| at.index(frames.len())).collect();
        let mut collector = Collector::default();
        let mut last = None;
        for (at, frame) in frames.iter().enumerate() {
            if !lost.contains(&at) {
                last = Some(collector.take(frame).unwrap());
            }
        }
        let expected: Vec<u16> = (1..=frames[0].total())
            .filter(|n| lost.contains(&usize::from(n - 1)))
            .collect();
        match last {
            Some(Collected::Part(missing)) => {
                prop_assert_eq!(usize::from(missing.have) + expected.len(), frames.len());
                prop_assert_eq!(missing.numbers, expected);
            }
            Some(Collected::Whole(_)) => prop_assert!(false, "whole without {expected:?}"),
            None => prop_assert_eq!(expected.len(), frames.len()),
        }
    }

    #[test]
    fn two_that_are_mixed_come_out_whole_and_neither_resets_the_other(
        one in content(),
        other in content(),
        turns in vec(any::<bool>(), 100),
    ) {
        prop_assume!(one != other);
        let (a, b) = (Frame::all(&one, Density::Lowest), Frame::all(&other, Density::Lowest));
        let (mut of_a, mut of_b) = (a.iter(), b.iter());
        let mut collector = Collector::default();
        let mut made = Vec::new();
        let mut turns = turns.into_iter().cycle();
        loop {
            let next = if turns.next().unwrap() {
                of_a.next().or_else(|| of_b.next())
            } else {
                of_b.next().or_else(|| of_a.next())
            };
            let Some(frame) = next else { break };
            if let Collected::Whole(content) = collector.take(frame).unwrap() {
                made.push(content);
            }
        }
        made.sort();
        let mut expected = vec![one, other];
        expected.sort();
        prop_assert_eq!(made, expected);
        prop_assert_eq!(collector.open().count(), 0);
    }

    #[test]
    fn a_frame_is_read_back_as_it_was_written(content in content(), density in density()) {
        for frame in Frame::all(&content, density) {
            let text = frame.text();
            prop_assert_eq!(&read(&text), &frame);
            prop_assert_eq!(&read(&text.to_lowercase()), &frame);
            let symbol = frame.draw().unwrap();
            prop_assert!(symbol.version() <= density.version());
        }
    }

    #[test]
    fn garbage_behind_the_head_is_a_fault_and_no_panic(text in "[/A-Z0-9a-z é]{0,60}") {
        let text = format!("KEYFERRY/{text}");
        if let Ok(frame) = Frame::read(&text).unwrap() {
            let mut collector = Collector::default();
            let _ = collector.take(&frame);
        }
    }
}

#[test]
fn a_foreign_frame_does_not_reset_what_is_there() {
    let content = [7; 2_000];
    let frames = Frame::all(&content, Density::Low);
    let mut collector = Collector::default();
    for (round, frame) in frames.iter().enumerate() {
        let foreign = Frame::all(&[u8::try_from(round).unwrap(); 900], Density::Low);
        collector.take(&foreign[0]).unwrap();
        let collected = collector.take(frame).unwrap();
        let whole = collected == Collected::Whole(content.to_vec());
        assert_eq!(whole, round + 1 == frames.len());
    }
}

#[test]
fn of_more_sequences_than_anybody_shows_the_one_longest_without_a_frame_goes() {
    let of = |seed: u8| Frame::all(&[seed; 900], Density::Normal);
    let mut collector = Collector::default();
    for seed in 0..100 {
        collector.take(&of(seed)[0]).unwrap();
        // This one is shown all the time.
        collector.take(&of(200)[0]).unwrap();
    }
    assert_eq!(collector.open().count(), 8);
    assert!(matches!(
        collector.take(&of(200)[1]),
        Ok(Collected::Whole(_))
    ));
}

#[test]
fn absurd_totals_are_refused_and_take_no_memory() {
    for absurd in ["513", "65536", "4294967296", "999999999999999999"] {
        let fault = Frame::read(&format!("KEYFERRY/AAAAAAAA/1/{absurd}/AA"));
        assert_eq!(
            fault,
            Some(Err(ParseFault::TooLarge { limit: MAX_CONTENT })),
            "{absurd}"
        );
    }
    // The largest that is let through: a frame takes what it holds.
    let mut collector = Collector::default();
    let frame = read("KEYFERRY/AAAAAAAA/512/512/AA");
    let Ok(Collected::Part(missing)) = collector.take(&frame) else {
        panic!("one of 512 is not whole");
    };
    assert_eq!((missing.have, missing.in_short().as_str()), (1, "1–511"));
    // What its parts make together is bounded, whatever each of them is.
    for (number, total, length, fits) in [
        (1, 512, 64, true),
        (1, 512, 65, false),
        (512, 512, 64, true),
        (512, 512, 65, false),
        (32, 32, 1_024, true),
        (32, 33, 1_024, false),
        (1, 1, 1_024, true),
    ] {
        let part = data_encoding::BASE32_NOPAD.encode(&vec![0; length]);
        let frame = Frame::read(&format!("KEYFERRY/BBBBBBBB/{number}/{total}/{part}"));
        let fault = Err(ParseFault::TooLarge { limit: MAX_CONTENT });
        assert_eq!(frame == Some(fault), !fits, "{number} of {total}: {length}");
    }
}

#[test]
fn a_content_of_another_id_is_damaged_and_can_be_collected_anew() {
    let content = vec![5; 900];
    let frames = Frame::all(&content, Density::Normal);
    let forged = frames[1].text().replace("AUCQK", "AUCQL");
    assert_ne!(forged, frames[1].text());
    let mut collector = Collector::default();
    collector.take(&frames[0]).unwrap();
    assert_eq!(collector.take(&read(&forged)), Err(ParseFault::Damaged));
    collector.take(&frames[1]).unwrap();
    assert_eq!(collector.take(&frames[0]), Ok(Collected::Whole(content)));
}

/// The frames of a content that somebody cut in their own way.
fn cut(content: &[u8], parts: &[&[u8]]) -> Vec<String> {
    let id = SequenceId::of(content);
    let texts = parts.iter().enumerate().map(|(at, part)| {
        let part = data_encoding::BASE32_NOPAD.encode(part);
        format!("KEYFERRY/{id}/{}/{}/{part}", at + 1, parts.len())
    });
    texts.collect()
}

#[test]
fn a_bad_copy_of_a_part_does_not_stand_in_the_way_of_a_good_one() {
    let content: Vec<u8> = (0..200).collect();
    let good = cut(
        &content,
        &[&content[..67], &content[67..134], &content[134..]],
    );
    let bad = [
        cut(&content, &[&[9; 67], &[9; 67], &[9; 66]]),
        cut(
            &content,
            &[&content[..62], &content[67..129], &content[134..190]],
        ),
        cut(&content, &[&[9; 3], &[9; 3], &[9; 3]]),
    ];
    for (of, bad) in bad.iter().enumerate() {
        for (at, bad) in bad.iter().enumerate() {
            for place in 0..=3 {
                let mut text = good.clone();
                text.insert(place, bad.clone());
                let found = Collector::default().read(&text.join("\n")).unwrap();
                assert!(
                    found.contains(&Ok(content.clone())),
                    "{of} {at} {place} {found:?}"
                );
            }
        }
    }
    // What is known from before is as good as what comes.
    let mut collector = Collector::default();
    collector.read(&good[0]).unwrap();
    let rest = [&bad[0][1], &good[1], &good[2]].map(String::as_str);
    assert_eq!(collector.read(&rest.join(" ")), Some(vec![Ok(content)]));
}

#[test]
fn parts_of_lengths_that_do_not_fit_are_not_of_one_sequence() {
    let content: Vec<u8> = (0..200).collect();
    let good = cut(
        &content,
        &[&content[..67], &content[67..134], &content[134..]],
    );
    let other = cut(
        &content,
        &[&content[..100], &content[100..190], &content[190..]],
    );
    let found = Collector::default().read(&other.join("\n")).unwrap();
    assert!(matches!(
        found.as_slice(),
        [Err(ParseFault::FramesMissing { .. })]
    ));
    // Whatever comes between.
    let mut collector = Collector::default();
    let mut whole = 0;
    for (good, other) in good.iter().zip(&other) {
        for text in [other, good] {
            whole += usize::from(collector.read(text).unwrap() == [Ok(content.clone())]);
        }
    }
    assert_eq!(whole, 1);
}

#[test]
fn what_is_missing_is_told_in_groups() {
    let frames = Frame::all(&[9; 4_000], Density::Lowest);
    let mut collector = Collector::default();
    let mut told = String::new();
    for at in [0, 4, 9, 10, 11] {
        if let Ok(Collected::Part(missing)) = collector.take(&frames[at]) {
            told = missing.in_short();
        }
    }
    let last = frames.len();
    assert_eq!(told, format!("2–4, 6–9, 13–{last}"));
}

#[test]
fn nothing_and_too_much_have_no_frames() {
    assert!(Frame::all(&[], Density::Normal).is_empty());
    assert!(Frame::all(&vec![0; MAX_CONTENT + 1], Density::Lowest).is_empty());
    for density in Density::ALL {
        let frames = Frame::all(&vec![0; MAX_CONTENT], density);
        assert!(!frames.is_empty());
        assert!(
            frames
                .iter()
                .all(|frame| frame.draw().unwrap().version() <= density.version())
        );
    }
}

/// An answer with a grant.
fn answer() -> Vec<u8> {
    let vendor = TestVendor::acme();
    let request = TestDevice::new("cad-07").request_to(vendor, &vendor.code());
    vendor.respond(&request.bytes, NOW).bytes
}

#[test]
fn an_independent_scanner_reads_every_frame_and_the_token_is_the_same() {
    let token = answer();
    for density in Density::ALL {
        let mut collector = Collector::default();
        let mut made = None;
        for frame in Frame::all(&token, density) {
            let symbol = frame.draw().unwrap();
            let (scale, side) = (3, symbol.side());
            let width = (side + 8) * scale;
            let mut pixels = vec![255; width * width];
            for (y, row) in symbol.rows().enumerate() {
                for x in (0..side).filter(|x| row[*x]) {
                    for line in 0..scale {
                        let start = ((y + 4) * scale + line) * width + (x + 4) * scale;
                        pixels[start..start + scale].fill(0);
                    }
                }
            }
            let width = u32::try_from(width).unwrap();
            let seen = detect_in_luma(pixels, width, width, Some(BarcodeFormat::QR_CODE)).unwrap();
            if let Collected::Whole(content) = collector.take(&read(seen.getText())).unwrap() {
                made = Some(content);
            }
        }
        assert_eq!(made.as_ref(), Some(&token), "{density:?}");
    }
}

#[test]
fn text_with_frames_of_several_in_any_order_is_read_like_the_artefacts() {
    let (one, other) = (answer(), answer());
    let mut frames: Vec<String> = [&one, &other]
        .into_iter()
        .flat_map(|token| Frame::all(token, Density::Low))
        .map(|frame| frame.text())
        .collect();
    frames.reverse();
    frames.push(frames[0].clone());
    let text = format!("Here they are:\n{}\r\nRegards", frames.join("\n"));
    let found = Artefact::read(text.as_bytes()).unwrap();
    let mut found: Vec<_> = found
        .into_iter()
        .map(|one| one.unwrap().bytes().to_vec())
        .collect();
    let mut expected = vec![one, other];
    found.sort();
    expected.sort();
    assert_eq!(found, expected);

    frames.retain(|frame| !frame.contains("/2/"));
    let found = Artefact::read(frames.join(" ").as_bytes()).unwrap();
    assert_eq!(found.len(), 2);
    for fault in found {
        let Err(ParseFault::FramesMissing { missing, .. }) = fault else {
            panic!("{fault:?}");
        };
        assert_eq!(missing, "2");
    }
}

#[test]
fn what_comes_piece_by_piece_is_whole_at_last() {
    let token = answer();
    let frames: Vec<_> = Frame::all(&token, Density::Low)
        .iter()
        .map(Frame::text)
        .collect();
    let mut collector = Collector::default();
    assert_eq!(collector.read("nothing of ours"), None);
    let first = collector.read(&frames[..2].join("\n")).unwrap();
    assert!(matches!(
        first.as_slice(),
        [Err(ParseFault::FramesMissing { have: 2, .. })]
    ));
    let rest = collector.read(&frames[1..].join("\n")).unwrap();
    assert_eq!(rest, [Ok(token)]);
    assert_eq!(collector.open().count(), 0);
}

#[test]
fn frames_may_carry_an_answer_with_profiles_as_text() {
    let kind = ArtefactKind::Token(TokenKind::ActivationResponse);
    let both = format!("{}\n{}", armor(kind, &answer()), armor(kind, &answer()));
    let text: Vec<_> = Frame::all(both.as_bytes(), Density::Normal)
        .iter()
        .map(Frame::text)
        .collect();
    assert_eq!(Artefact::read(text.join("\n").as_bytes()).unwrap().len(), 2);
    // Frames within frames are no content.
    let nested = Frame::all(text.join("\n").as_bytes(), Density::Normal);
    let nested: Vec<_> = nested.iter().map(Frame::text).collect();
    let found = Artefact::read(nested.join("\n").as_bytes()).unwrap();
    assert!(matches!(found.as_slice(), [Err(ParseFault::Unrecognised)]));
}

/// Seconds until a content is whole for a viewer who comes in at any moment and misses each frame with
/// this chance, in a thousand; the slowest of `share` in a hundred.
fn seconds(content: &[u8], density: Density, lost: u64, share: usize) -> f64 {
    const VIEWERS: usize = 10_000;
    let frames = Frame::all(content, density);
    let mut random = Seeded::new("viewers");
    let mut took: Vec<u32> = (0..VIEWERS)
        .map(|_| {
            let mut collector = Collector::default();
            let mut at = usize::try_from(random.next_u64()).unwrap_or(0) % frames.len();
            for shown in 1.. {
                let seen = random.next_u64() % 1_000 >= lost;
                if seen && matches!(collector.take(&frames[at]), Ok(Collected::Whole(_))) {
                    return shown;
                }
                at = (at + 1) % frames.len();
            }
            unreachable!("a circle has no end")
        })
        .collect();
    took.sort_unstable();
    f64::from(took[VIEWERS * share / 100 - 1]) / f64::from(FRAMES_PER_SECOND)
}

#[test]
fn content_of_1200_bytes_with_a_third_of_frames_lost_takes_five_seconds() {
    let mut content = vec![0; 1_200];
    Seeded::new("content").fill_bytes(&mut content);
    for density in Density::ALL {
        let [median, p95] = [50, 95].map(|share| seconds(&content, density, 300, share));
        let count = Frame::all(&content, density).len();
        println!(
            "1,200 bytes, 30 % of frames lost, {FRAMES_PER_SECOND} frames a second, version {}: \
             {count} frames, median {median} s, p95 {p95} s",
            density.version()
        );
        if density == Density::Normal {
            assert!(p95 <= 5.0, "{p95}");
        }
    }
}
