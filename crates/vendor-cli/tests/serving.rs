//! The portal as the system runs it: killed under load again and again, and several over one database.
//! On SQLite, and where tests run on a server on that.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use keyferry_fixtures::TestDevice;
use keyferry_token::{
    ActivationCode, Artefact, ArtefactKind, Sealed, TokenKind, VendorProfile, Verified, armor,
};
use stage::{PRODUCT, Stage};

/// How often it is killed, and how many devices ask for how many seats before each kill, from how many connections: each
/// kill meets seats that are just being given.
const KILLS: usize = 12;
const DEVICES: usize = 12;
const SEATS: usize = 9;
const CLIENTS: usize = 8;

/// A portal in a process of its own.
struct Served {
    program: Child,
    address: String,
}

impl Served {
    fn start(stage: &Stage) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_keyferry-authority"))
            .args(stage.options("acme"))
            .args(["--json", "serve", "--listen", "127.0.0.1:0"])
            // Each client has an address of its own, as the proxy in front of it tells.
            .args(["--proxy", "127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut told = BufReader::new(program.stdout.take().unwrap());
        told.read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = told["listen"].as_str().unwrap().to_owned();
        Self { program, address }
    }

    /// SIGKILL: nothing of it runs after this.
    fn kill(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }
}

/// A test that fails leaves no portal behind.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Waits until so many are acknowledged.
fn wait_for(acknowledged: &AtomicUsize, after: usize, asking: &AtomicUsize) {
    let began = Instant::now();
    while acknowledged.load(Ordering::SeqCst) < after {
        // Who failed asks no more; what failed is said where the clients are joined.
        if asking.load(Ordering::SeqCst) == 0 || began.elapsed() > Duration::from_mins(2) {
            return;
        }
        std::thread::yield_now();
    }
}

/// One that asks, until it ends in whatever way.
struct Asking<'a>(&'a AtomicUsize);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What a request led to, as whoever brought it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// The answer, sealed.
    Answer(Vec<u8>),
    /// A refusal. It is signed anew each time.
    Refusal,
}

/// Brings the message of this number. `None` where no whole page came back: nothing was acknowledged.
fn bring(address: &str, number: usize, message: &str) -> Option<Seen> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_mins(1)))
        .http_status_as_error(false)
        .build()
        .into();
    let sent = agent
        .post(format!("http://{address}/a"))
        .header("x-forwarded-for", format!("198.51.100.{number}"));
    let mut answer = sent.send_form([("text", message)]).ok()?;
    let (status, page) = (answer.status(), answer.body_mut().read_to_string().ok()?);
    assert_eq!(status, 200, "{page}");
    assert!(
        page.ends_with("</html>\n") || page.ends_with("</html>"),
        "{page}"
    );
    let text = page.split_once("<textarea id=\"answer-text\"").unwrap().1;
    let text = text
        .split_once('>')
        .unwrap()
        .1
        .split_once("</textarea>")
        .unwrap()
        .0;
    let Artefact::Token(token) = Artefact::read(text.as_bytes()).unwrap().remove(0).unwrap() else {
        panic!("no token");
    };
    match token.kind() {
        TokenKind::ActivationResponse => Some(Seen::Answer(token.bytes().to_vec())),
        TokenKind::Refusal => Some(Seen::Refusal),
        other => panic!("{other:?}"),
    }
}

/// The messages of so many devices that ask for the same seats.
fn requests(stage: &Stage, devices: usize, seats: usize) -> Vec<String> {
    let sold = stage
        .authority([
            "entitlement",
            "add",
            "--product",
            PRODUCT,
            "--seats",
            &seats.to_string(),
            "--offline-lease",
            "30d",
            "--json",
        ])
        .done()
        .json();
    let code = ActivationCode::read(sold["activation_code"].as_str().unwrap()).unwrap();
    let profile = profile(stage);
    let message = |number| -> Sealed {
        let mut device = TestDevice::new(&format!("device {number}"));
        let key = profile.exchange_key().unwrap();
        let product = profile.products[0].code.clone();
        device.request(profile.vendor, key, product, &code)
    };
    let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
    (0..devices)
        .map(|number| armor(kind, &message(number).bytes))
        .collect()
}

fn profile(stage: &Stage) -> Verified<VendorProfile> {
    let bytes = std::fs::read(stage.path("acme/vendor.kfv")).unwrap();
    match Artefact::read(&bytes).unwrap().remove(0).unwrap() {
        Artefact::Profile(profile) => profile.verify_whole().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Seats that are held, and by whom: each once.
fn assert_no_seat_is_given_twice(stage: &Stage, expected: usize) {
    let listed = stage
        .authority(["activation", "list", "--json"])
        .done()
        .json();
    let held: Vec<_> = listed["activations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["status"] == "active")
        .collect();
    let of = |fields: [&str; 2]| -> BTreeSet<String> {
        let each = |one: &&serde_json::Value| fields.map(|field| one[field].to_string()).concat();
        held.iter().map(each).collect()
    };
    assert_eq!(held.len(), expected);
    assert_eq!(of(["entitlement_id", "seat"]).len(), expected);
    assert_eq!(of(["entitlement_id", "device_id"]).len(), expected);
    stage.authority(["audit", "--verify"]).done();
}

#[test]
fn a10_the_portal_killed_under_load_loses_no_answer_that_left_and_gives_no_seat_twice() {
    let stage = Stage::new();
    let mut messages = Vec::new();
    let seen: Mutex<BTreeMap<usize, Seen>> = Mutex::default();
    let [answers, refusals, cut] = [const { AtomicUsize::new(0) }; 3];
    let began = Instant::now();
    for round in 0..KILLS {
        messages.extend(requests(&stage, DEVICES, SEATS));
        let messages = &messages;
        let mut served = Served::start(&stage);
        let address = served.address.clone();
        let (killed, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
        let asking = AtomicUsize::new(CLIENTS);
        // Sooner and later: at its first answers, and in the middle.
        let after = 1 + round % 4 * 5;
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (address, killed, acknowledged) = (&address, &killed, &acknowledged);
                let (seen, answers, refusals, cut) = (&seen, &answers, &refusals, &cut);
                let asking = &asking;
                scope.spawn(move || {
                    let _asking = Asking(asking);
                    for step in 0.. {
                        let number = round * DEVICES + (client * 11 + step * 7) % DEVICES;
                        let Some(new) = bring(address, number, &messages[number]) else {
                            // Only the kill cuts a page off.
                            assert!(killed.load(Ordering::SeqCst));
                            cut.fetch_add(1, Ordering::SeqCst);
                            return;
                        };
                        let count = match new {
                            Seen::Answer(_) => answers,
                            Seen::Refusal => refusals,
                        };
                        count.fetch_add(1, Ordering::SeqCst);
                        let before = seen.lock().unwrap().insert(number, new.clone());
                        // The same request had the same answer before every kill.
                        assert!(before.is_none_or(|before| before == new), "{number}");
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            wait_for(&acknowledged, after, &asking);
            killed.store(true, Ordering::SeqCst);
            served.kill();
            // Where clients failed, they say at the end of this scope why.
            let count = acknowledged.load(Ordering::SeqCst);
            assert!(count >= after, "{count} of {after} in time");
        });
    }
    let seen = seen.into_inner().unwrap();
    println!(
        "killed {KILLS} times in {:.1} s under {CLIENTS} clients: {} answers and {} refusals had left, for {} of \
         {} requests; {} were cut off",
        began.elapsed().as_secs_f32(),
        answers.into_inner(),
        refusals.into_inner(),
        seen.len(),
        messages.len(),
        cut.load(Ordering::SeqCst),
    );
    assert!(cut.into_inner() > 0, "no kill met a request");

    // What left is still so, and what was cut off was done whole or not at all.
    let mut served = Served::start(&stage);
    let mut answered = 0;
    for (number, message) in messages.iter().enumerate() {
        let now = bring(&served.address, number, message).unwrap();
        answered += usize::from(matches!(now, Seen::Answer(_)));
        assert!(
            seen.get(&number).is_none_or(|before| *before == now),
            "{number}"
        );
    }
    served.kill();
    assert_eq!(answered, KILLS * SEATS);
    assert_no_seat_is_given_twice(&stage, KILLS * SEATS);
}

#[test]
fn of_64_clients_at_the_last_seat_over_two_portals_one_wins() {
    let stage = Stage::new();
    let messages = requests(&stage, 64, 1);
    let portals = [Served::start(&stage), Served::start(&stage)];
    let barrier = Arc::new(Barrier::new(64));
    let began = Instant::now();
    let won: Vec<usize> = std::thread::scope(|scope| {
        let asking: Vec<_> = messages[..64]
            .iter()
            .enumerate()
            .map(|(number, message)| {
                let (barrier, address) = (Arc::clone(&barrier), &portals[number % 2].address);
                scope.spawn(move || {
                    barrier.wait();
                    match bring(address, number, message).unwrap() {
                        Seen::Answer(_) => Some(number),
                        Seen::Refusal => None,
                    }
                })
            })
            .collect();
        let won = asking.into_iter().filter_map(|one| one.join().unwrap());
        won.collect()
    });
    println!(
        "64 clients at the last seat over two portals: {} won, in {:.1} s",
        won.len(),
        began.elapsed().as_secs_f32()
    );
    assert_eq!(won.len(), 1, "{won:?}");
    // It is the winner's at the other portal too.
    let other = &portals[(won[0] + 1) % 2].address;
    assert!(matches!(
        bring(other, won[0], &messages[won[0]]),
        Some(Seen::Answer(_))
    ));
    for mut portal in portals {
        portal.kill();
    }
    assert_no_seat_is_given_twice(&stage, 1);
}
