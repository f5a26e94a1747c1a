//! Runs each scenario in a process and namespaces of its own, all at once.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic;
use std::process::{Command, ExitCode, Output, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::stage::Stage;

/// A name and what happens.
pub(crate) type Scenario = (&'static str, fn(&Stage));

/// Makes `all()` of a module, which tells its scenarios.
macro_rules! scenarios {
    ($($name:ident)*) => {
        pub(crate) fn all() -> Vec<crate::harness::Scenario> {
            vec![$((stringify!($name), $name)),*]
        }
    };
}
pub(crate) use scenarios;

/// Says to the program that it is the process of a scenario: its name, and its folder.
const SCENARIO: &str = "KEYFERRY_TEST_SCENARIO";
const FOLDER: &str = "KEYFERRY_TEST_FOLDER";
/// Set to `required`, it makes a failure of what is skipped otherwise.
const NAMESPACES: &str = "KEYFERRY_NAMESPACES";

/// New user, mount and network namespaces with us as their root, or without a user namespace where
/// we are root already and may not make one.
const WAYS: [&str; 2] = ["-Urmn", "-mn"];

/// Plays all scenarios whose names hold what the command line asks for.
pub(crate) fn run(all: &[Scenario]) -> ExitCode {
    if let Some(name) = env::var_os(SCENARIO) {
        return play(all, &name);
    }
    let asked: Vec<String> = env::args().skip(1).collect();
    let tells_all = asked.iter().any(|one| one == "--nocapture");
    let parts = parts(&asked);
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(part));
    let chosen: Vec<&Scenario> = all.iter().filter(|(name, _)| wanted(name)).collect();

    let Some(way) = WAYS.into_iter().find(|way| works(way)) else {
        let reason = "namespaces cannot be made here (unshare -Urmn, unshare -mn)";
        if env::var_os(NAMESPACES).is_some_and(|what| what == "required") {
            println!("FAILED: {reason}, and {NAMESPACES}=required");
            return ExitCode::FAILURE;
        }
        println!("SKIPPED, USB keys are not tested: {reason}");
        println!(
            "test result: ok. 0 passed; 0 failed; {} ignored",
            chosen.len()
        );
        return ExitCode::SUCCESS;
    };

    let outputs: Vec<Output> = thread::scope(|scope| {
        let started: Vec<_> = chosen
            .iter()
            .map(|(name, _)| scope.spawn(|| start(way, name).unwrap()))
            .collect();
        started.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut failed = 0;
    for ((name, _), output) in chosen.iter().zip(&outputs) {
        let passed = output.status.success();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        if !passed || tells_all {
            io::stdout().write_all(&output.stdout).unwrap();
            io::stdout().write_all(&output.stderr).unwrap();
        }
        failed += usize::from(!passed);
    }
    let outcome = if failed == 0 { "ok" } else { "FAILED" };
    let passed = chosen.len() - failed;
    println!("test result: {outcome}. {passed} passed; {failed} failed; 0 ignored");
    ExitCode::from(u8::from(failed > 0))
}

/// The parts of names among what was given to all test programs.
fn parts(asked: &[String]) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut words = asked.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--test-threads" | "--skip" | "--color" | "--format" => _ = words.next(),
            option if option.starts_with('-') => {}
            part => parts.push(part),
        }
    }
    parts
}

fn works(way: &str) -> bool {
    Command::new("unshare")
        .args([way, "--", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn start(way: &str, name: &str) -> io::Result<Output> {
    let folder = TempDir::new()?;
    Command::new("unshare")
        .args([way, "--"])
        .arg(env::current_exe()?)
        .env(SCENARIO, name)
        .env(FOLDER, folder.path())
        .output()
}

/// Plays one scenario in this process, which has the namespaces.
fn play(all: &[Scenario], name: &OsString) -> ExitCode {
    let folder = env::var_os(FOLDER).expect("given with the scenario");
    let (_, scenario) = all
        .iter()
        .find(|(known, _)| name == known)
        .expect("one of ours");
    let ended = panic::catch_unwind(|| scenario(&Stage::new(folder.into())));
    ExitCode::from(u8::from(ended.is_err()))
}
