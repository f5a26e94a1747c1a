//! Frames of moving QR codes, whatever they say, put together line by line.
#![no_main]

use keyferry_token::{
    Artefact,
    qr::{Collected, Collector, Density, Frame, MAX_CONTENT, MAX_FRAMES, SequenceId},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut collector = Collector::default();
    for line in text.lines() {
        // With and without the head that a fuzzer would have to guess.
        for front in ["", "KEYFERRY/", "KEYFERRY/AAAAAAAA/"] {
            let Some(Ok(frame)) = Frame::read(&format!("{front}{line}")) else {
                continue;
            };
            assert!((1..=frame.total()).contains(&frame.number()));
            assert!(frame.total() <= MAX_FRAMES);
            assert_eq!(Frame::read(&frame.text()), Some(Ok(frame.clone())));
            match collector.take(&frame) {
                Ok(Collected::Whole(content)) => {
                    assert!(content.len() <= MAX_CONTENT);
                    assert_eq!(SequenceId::of(&content), frame.sequence());
                }
                Ok(Collected::Part(missing)) => {
                    assert_eq!(
                        usize::from(missing.have) + missing.numbers.len(),
                        usize::from(missing.total)
                    );
                    assert!(missing.in_short().len() < 128);
                }
                Err(_) => {}
            }
        }
    }
    assert!(collector.open().count() <= 8);
    let _ = Artefact::read(text.as_bytes());
    // What is cut into frames comes back.
    if text.len() < 4_096 {
        let mut collector = Collector::default();
        let mut made = None;
        for frame in Frame::all(text.as_bytes(), Density::Lowest).iter().rev() {
            if let Ok(Collected::Whole(content)) = collector.take(frame) {
                made = Some(content);
            }
        }
        assert_eq!(made.is_some(), !text.is_empty());
        assert!(made.is_none_or(|made| made == text.as_bytes()));
    }
});
