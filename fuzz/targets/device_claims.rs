//! The claims of deactivations, time requests and status reports, signed and sealed as they are. The
//! first byte says which.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::{Cast, opened, signed_token};
use keyferry_token::{Deactivation, FromDevice, StatusReport, TimeRequest, Timestamp, Verified};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|input: &[u8]| {
    let Some((which, payload)) = input.split_first() else {
        return;
    };
    match which % 3 {
        0 => {
            if let Some(read) = read::<Deactivation>(payload) {
                well_formed(&read, &read.emergency_runs);
            }
        }
        1 => {
            if let Some(read) = read::<TimeRequest>(payload) {
                well_formed(&read, &read.emergency_runs);
            }
        }
        _ => {
            if let Some(read) = read::<StatusReport>(payload) {
                well_formed(&read, &read.emergency_runs);
                assert!(read.changed.is_sorted() && read.changed.len() <= 6);
                assert_ne!(read.reason, Some(0));
            }
        }
    }
});

fn read<T: FromDevice>(payload: &[u8]) -> Option<Verified<T>> {
    let content = signed_token(&CAST, T::KIND, payload);
    let opened = opened(&CAST, T::KIND, &content).ok()?;
    opened.verify_from_device(CAST.keys.vendor()).ok()
}

/// What holds for all three.
fn well_formed<T: FromDevice>(read: &Verified<T>, runs: &[Timestamp]) {
    assert_eq!(read.key(), None);
    assert_eq!(read.signing_key(), &CAST.device.public());
    assert!(runs.is_sorted() && runs.len() <= 16);
}
