//! The claims of refreshes, times and refusals, signed as they are. The first byte says which.
#![no_main]

use std::sync::LazyLock;

use keyferry_fuzz::{Cast, is_readable, signed_token};
use keyferry_token::{
    FromVendor, Refresh, RefusedCode, SeatStatus, SignedToken, TimeAnswer, VendorRefusal, Verified,
};
use libfuzzer_sys::fuzz_target;

static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

fuzz_target!(|input: &[u8]| {
    let Some((which, payload)) = input.split_first() else {
        return;
    };
    if !is_readable(payload) {
        return;
    }
    match which % 3 {
        0 => {
            if let Some(refresh) = read::<Refresh>(payload) {
                let grant = &refresh.grant;
                assert!(grant.tolerance <= 100 && grant.features.len() <= 64);
                let active = grant.status == SeatStatus::Active;
                assert_eq!(active, grant.lease_expires_at.is_some());
            }
        }
        1 => {
            read::<TimeAnswer>(payload);
        }
        _ => {
            if let Some(refusal) = read::<VendorRefusal>(payload) {
                let told = refusal.reason.problem();
                assert!((1..=40).contains(&refusal.reason.name().len()));
                assert!(told.args.len() <= told.code.placeholders().len());
                if refusal.reason.code().is_some() {
                    let passed_on = RefusedCode::of(&told).problem();
                    assert_eq!(passed_on, told);
                }
            }
        }
    }
});

fn read<T: FromVendor>(payload: &[u8]) -> Option<Verified<T>> {
    let bytes = signed_token(&CAST, T::KIND, payload);
    let token = SignedToken::parse(&bytes).ok()?;
    let read = token.verify_from_vendor::<T>(&CAST.keys, &CAST.device_id());
    read.ok()
}
