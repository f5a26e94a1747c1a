//! How many RSA-4096 signatures a second this machine makes on all cores and does nothing else: what
//! `scripts/bench` holds the rate of `license bulk` against.

use std::{
    num::NonZero,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::{
    error::Unspecified,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::RSA_PSS_SHA256,
};

/// Long enough for the cores to come to speed.
const LENGTH: Duration = Duration::from_secs(3);

fn main() -> Result<(), Unspecified> {
    let key = KeyPair::generate(KeySize::Rsa4096)?;
    let (made, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                let mut signature = vec![0; key.public_modulus_len()];
                while !over.load(Ordering::Relaxed) {
                    let signed = key.sign(
                        &RSA_PSS_SHA256,
                        &SystemRandom::new(),
                        b"a license",
                        &mut signature,
                    );
                    made.fetch_add(u64::from(signed.is_ok()), Ordering::Relaxed);
                }
            });
        }
        thread::sleep(LENGTH);
        over.store(true, Ordering::Relaxed);
    });
    let rate = u128::from(made.into_inner()) * 1000 / began.elapsed().as_millis().max(1);
    println!("{rate}");
    Ok(())
}
