//! How many activation requests a second are answered over one database, and how long each takes:
//! what `docs/guides/scale.md` gives figures for.
//!
//! `receive_rate DIR PORTALS CLIENTS REQUESTS spread|one [URL_FILE]`: so many portals are open on the
//! authority in DIR, so many clients ask at a time, each request by a computer of its own; `spread`
//! over many entitlements, or all for seats of `one`. Portals are in this one program, which the
//! database does not see.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that fails is to say where"
)]

use std::{
    num::NonZeroU32,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use keyferry_authority::{Authority, DatabaseUrl, NewEntitlement, OpenOptions, Origin, Received};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ProductCode, Sealed, Seconds};

/// Over how many entitlements requests are spread.
const ENTITLEMENTS: usize = 50;

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, portals, clients, requests, how, rest @ ..] = args.as_slice() else {
        eprintln!("receive_rate DIR PORTALS CLIENTS REQUESTS spread|one [URL_FILE]");
        std::process::exit(2);
    };
    let [portals, clients, requests] =
        [portals, clients, requests].map(|number| number.parse::<usize>().unwrap());
    let url = rest.first();
    let mut open = Vec::new();
    for _ in 0..portals {
        let options = OpenOptions {
            database: url.map(|file| DatabaseUrl::read_file(Path::new(file)).unwrap()),
            ..OpenOptions::default()
        };
        let authority = Authority::open(Path::new(dir), options).await;
        open.push(Arc::new(authority.unwrap()));
    }
    let entitlements = if how == "one" { 1 } else { ENTITLEMENTS };
    let requests = Arc::new(made(&open[0], requests, entitlements).await);

    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let asking: Vec<_> = (0..clients)
        .map(|client| {
            let authority = Arc::clone(&open[client % portals]);
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                let mut took = Vec::new();
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let asked = Instant::now();
                    let received = authority.receive(&request.bytes, &Origin::Local).await;
                    took.push(asked.elapsed());
                    assert!(matches!(received[0], Received::Answered(_)), "{received:?}");
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in asking {
        took.extend(task.await.unwrap());
    }
    let seconds = began.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    let shown = |length: Duration| format!("{:.0}", length.as_secs_f64() * 1000.0);
    println!(
        "{} {portals} {clients} {how} {:.0} {} {}",
        url.map_or("SQLite", |_| "PostgreSQL"),
        f64::from(u32::try_from(took.len()).unwrap()) / seconds,
        shown(at(50)),
        shown(at(99)),
    );
}

/// Requests of computers that nobody knows yet.
async fn made(authority: &Authority, requests: usize, entitlements: usize) -> Vec<Sealed> {
    let profile = authority.profile().await.unwrap();
    let product = ProductCode::new("com.acme.cad").unwrap();
    let mut codes = Vec::new();
    for _ in 0..entitlements {
        let sold = authority.entitlement_add(
            NewEntitlement {
                product: product.clone(),
                seats: NonZeroU32::new(u32::try_from(requests).unwrap()).unwrap(),
                offline_lease: Some(Seconds::days(30)),
                ends_at: None,
                features: Vec::new(),
                holder: None,
                trial: false,
                maintenance_end: None,
            },
            &Origin::Local,
        );
        codes.push(sold.await.unwrap().code);
    }
    (0..requests)
        .map(|number| {
            let mut device = TestDevice::new(&format!("computer {number}"));
            let code = &codes[number % entitlements];
            let key = profile.exchange_key().unwrap();
            device.request(profile.vendor, key, product.clone(), code)
        })
        .collect()
}
