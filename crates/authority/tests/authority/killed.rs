//! A program that is killed in the middle of its work: rule A10.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use keyferry_authority::{
    ActivationFilter, Authority, DatabaseUrl, EntitlementKey, OpenOptions, Origin, Page, Received,
};
use keyferry_fixtures::{TestDatabase, TestDevice};
use keyferry_token::Sealed;

use crate::scene::{Scene, TestClock, one};

const FOLDER: &str = "KEYFERRY_TEST_FOLDER";
const TOKENS: &str = "KEYFERRY_TEST_TOKENS";
const URL_FILE: &str = "KEYFERRY_TEST_URL_FILE";

/// How many devices ask, for how many seats, and how often the program is killed.
const DEVICES: usize = 64;
const SEATS: u32 = 48;
const KILLS: usize = 24;

/// Requests as files, by their numbers.
fn keep(tokens: &Path, requests: &[Sealed]) {
    for (number, request) in requests.iter().enumerate() {
        fs::write(tokens.join(number.to_string()), &request.bytes).unwrap();
    }
}

/// Starts the program on the folder, reads the answers that it tells of, and kills it after so many,
/// while it is at work on the next ones.
fn run_until_killed(scene: &Scene, tokens: &Path, url_file: &Path, after: usize) -> Told {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "killed::answers_until_it_is_killed"])
        .args(["--ignored", "--nocapture"])
        .env(FOLDER, scene.dir.path())
        .env(TOKENS, tokens)
        .env(URL_FILE, url_file)
        .stdout(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap());
    let (heard, hearing) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        let mut told = Told::default();
        // A line that the kill cut off was not told to anybody.
        for line in lines.split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["answer", number, bytes, "."] => {
                    told.answers
                        .insert(number.parse().unwrap(), (*bytes).to_owned());
                }
                ["refused", number, code, "."] => {
                    told.refused
                        .insert(number.parse().unwrap(), (*code).to_owned());
                }
                _ => continue,
            }
            // Nobody listens any more once it is being killed.
            let _ = heard.send(());
        }
        told
    });
    for _ in 0..after {
        hearing.recv_timeout(Duration::from_mins(2)).unwrap();
    }
    // SIGKILL: nothing of it runs after this.
    program.kill().unwrap();
    program.wait().unwrap();
    reading.join().unwrap()
}

#[derive(Default)]
struct Told {
    answers: BTreeMap<usize, String>,
    refused: BTreeMap<usize, String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a10_killed_under_load_no_answer_that_left_is_lost_and_no_seat_is_given_twice() {
    let scene = Scene::new().await;
    let sold = scene.sell(SEATS).await;
    let requests: Vec<_> = (0..DEVICES)
        .map(|number| {
            let mut device = TestDevice::new(&format!("device {number}"));
            scene.request(&mut device, &sold.code)
        })
        .collect();
    let tokens = tempfile::tempdir().unwrap();
    keep(tokens.path(), &requests);
    let url_file = tokens.path().join("url");
    let url = scene.server.as_ref().map(TestDatabase::url);
    fs::write(&url_file, url.unwrap_or_default()).unwrap();

    let began = Instant::now();
    let (mut told, mut answers_told, mut refusals_told) = (Told::default(), 0, 0);
    for round in 0..KILLS {
        // Sooner and later: while it starts, at its first answers, in the middle.
        let after = round % 8 * 5;
        let new = run_until_killed(&scene, tokens.path(), &url_file, after);
        answers_told += new.answers.len();
        refusals_told += new.refused.len();
        for (number, bytes) in new.answers {
            // The same request had the same answer before every kill.
            let before = told.answers.insert(number, bytes.clone());
            assert!(before.is_none_or(|before| before == bytes), "{number}");
        }
        told.refused.extend(new.refused);
    }
    println!(
        "killed {KILLS} times in {:.1} s: {answers_told} answers and {refusals_told} refusals had \
         left, for {} of {DEVICES} requests",
        began.elapsed().as_secs_f32(),
        told.answers.len() + told.refused.len(),
    );

    // What left is still so, and what did not leave was done whole or not at all.
    let mut answered = 0;
    for (number, request) in requests.iter().enumerate() {
        let received = one(scene
            .authority
            .receive(&request.bytes, &Origin::Local)
            .await);
        match received {
            Received::Answered(answer) => {
                answered += 1;
                let bytes = HEXLOWER.encode(&answer.sealed.bytes);
                assert!(told.answers.get(&number).is_none_or(|left| *left == bytes));
                assert_eq!(told.refused.get(&number), None);
            }
            Received::Refused(refused) => {
                assert_eq!(refused.problem.code.as_str(), "no_free_seat");
                assert_eq!(
                    told.answers.get(&number),
                    None,
                    "an answer that left is lost"
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(answered, SEATS);
    let key = EntitlementKey::Id(sold.entitlement.id);
    let used = scene.authority.entitlement(&key).await.unwrap().seats_used;
    assert_eq!(used, SEATS);
    let filter = ActivationFilter {
        active: true,
        ..ActivationFilter::default()
    };
    let held = scene
        .authority
        .activations(&filter, Page::first(1000))
        .await;
    let held = held.unwrap().items;
    let seats: BTreeSet<_> = held.iter().map(|activation| activation.seat).collect();
    let devices: BTreeSet<_> = held.iter().map(|activation| activation.device).collect();
    assert_eq!((seats.len(), devices.len()), (held.len(), held.len()));
    let actions = scene.actions().await;
    let granted = actions
        .iter()
        .filter(|action| *action == "activation_granted");
    assert_eq!(granted.count(), held.len());
    scene.authority.verify_audit(None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the program that a10_killed_under_load_no_answer_that_left_is_lost_and_no_seat_is_given_twice kills"]
async fn answers_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let tokens = PathBuf::from(std::env::var_os(TOKENS).unwrap());
    let url = fs::read_to_string(std::env::var_os(URL_FILE).unwrap()).unwrap();
    let database = (!url.is_empty()).then(|| DatabaseUrl::new(&url).unwrap());
    let options = OpenOptions {
        database,
        clock: Arc::new(TestClock::new()),
        ..OpenOptions::default()
    };
    let authority = Authority::open(Path::new(&folder), options).await.unwrap();
    let authority = Arc::new(authority);
    // Each program begins somewhere else, and in it each task, so that they do not only repeat what
    // those before them had done.
    let first = std::process::id() as usize;
    let asking: Vec<_> = (0..8)
        .map(|task| {
            let (authority, tokens) = (Arc::clone(&authority), tokens.clone());
            tokio::spawn(async move {
                for step in 0.. {
                    let number = (first * 5 + task * 29 + step * 7) % DEVICES;
                    let bytes = fs::read(tokens.join(number.to_string())).unwrap();
                    match one(authority.receive(&bytes, &Origin::Local).await) {
                        Received::Answered(answer) => {
                            let bytes = HEXLOWER.encode(&answer.sealed.bytes);
                            println!("answer {number} {bytes} .");
                        }
                        Received::Refused(refused) => {
                            println!("refused {number} {} .", refused.problem.code.as_str());
                        }
                        other => panic!("{other:?}"),
                    }
                    if step % 8 == 7 {
                        authority.seal_audit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in asking {
        task.await.unwrap();
    }
}
