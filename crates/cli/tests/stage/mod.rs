//! One computer with `keyferry` on it, a vendor who answers, and a clock that tests move.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of the stage"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a stage fails like the tests that it serves"
)]

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyferry_catalogue::Problem;
use keyferry_client::Options;
use keyferry_fixtures::{FakeBus, FakeMachine, NOW, TestVendor};
use keyferry_terminal::Streams;
use keyferry_token::{
    ActivationRequest, Artefact, ArtefactKind, ComponentKind, EmergencyAllowance, Grant, Sealed,
    Seconds, TimeRequest, Timestamp, TokenKind, Verified, armor,
};
use serde_json::{Map, Value};
use tempfile::TempDir;

pub const PRODUCT: &str = TestVendor::PRODUCT;

#[derive(Clone)]
struct StageClock(Arc<AtomicU64>);

impl keyferry_client::TimeSource for StageClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

/// A computer and the vendor of Acme CAD.
pub struct Stage {
    folder: TempDir,
    clock: StageClock,
    machine: RefCell<FakeMachine>,
    bus: FakeBus,
    vendor: &'static TestVendor,
}

/// An activation: what was asked and what was granted.
pub struct Granted {
    pub request: Verified<ActivationRequest>,
    pub grant: Grant,
}

impl Stage {
    /// A computer that trusts nobody yet.
    pub fn bare() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            clock: StageClock(Arc::new(AtomicU64::new(NOW.unix()))),
            machine: RefCell::new(FakeMachine::new("cad-07")),
            bus: FakeBus::new(),
            vendor: TestVendor::acme(),
        }
    }

    /// A computer that trusts Acme.
    pub fn new() -> Self {
        let stage = Self::bare();
        let profile = stage.put("acme.kfv", &stage.vendor.signed_profile());
        stage.run(["vendor", "add", &profile, "--trust"]).done();
        stage
    }

    /// Acme CAD activated for 30 days and seven of grace; `change` what the vendor grants.
    pub fn activated_with(change: impl FnOnce(&mut Grant)) -> (Self, Granted) {
        let stage = Self::new();
        let request = stage.ask();
        let mut grant = TestVendor::grant(&request, stage.now());
        change(&mut grant);
        let answer = stage
            .vendor
            .respond_with(&request, stage.now(), grant.clone());
        let answer = stage.put_token("answer.kft", TokenKind::ActivationResponse, &answer);
        stage.run(["apply", &answer]).done();
        (stage, Granted { request, grant })
    }

    /// Acme CAD activated for 30 days and seven of grace.
    pub fn activated() -> (Self, Granted) {
        Self::activated_with(|_| ())
    }

    /// Where USB keys are plugged in.
    pub fn usb(&self) -> &FakeBus {
        &self.bus
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.clock.0.load(Ordering::SeqCst))
    }

    pub fn pass(&self, length: Seconds) {
        self.clock.0.fetch_add(length.get(), Ordering::SeqCst);
    }

    pub fn turn_back(&self, length: Seconds) {
        self.clock.0.fetch_sub(length.get(), Ordering::SeqCst);
    }

    /// Another part in the same computer.
    pub fn changes(&self, part: ComponentKind) {
        self.machine
            .replace_with(|machine| machine.clone().with(part, "another one 3F7"));
    }

    /// The same disk in other hardware.
    pub fn moves_into(&self, name: &str) {
        self.machine.replace(FakeMachine::new(name));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A file as an argument.
    pub fn put(&self, name: &str, content: &[u8]) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.arg(name)
    }

    /// A token in a file.
    pub fn put_token(&self, name: &str, kind: TokenKind, sealed: &Sealed) -> String {
        let text = armor(ArtefactKind::Token(kind), &sealed.bytes);
        self.put(name, text.as_bytes())
    }

    /// A token of this computer as the vendor reads it.
    pub fn sent(&self, name: &str) -> Vec<u8> {
        artefacts(&std::fs::read(self.path(name)).unwrap())
            .remove(0)
            .1
    }

    /// The activation request of this computer, as the vendor reads it.
    pub fn ask(&self) -> Verified<ActivationRequest> {
        let code = self.vendor.code().expose();
        let file = self.arg("request.kft");
        self.run(["activate", &code, "--out", &file]).done();
        self.vendor.open(&self.sent("request.kft"))
    }

    /// A refresh in a file.
    pub fn refresh(&self, granted: &Granted, grant: Grant) -> String {
        let refresh = self.vendor.refresh(&granted.request, self.now(), grant);
        self.put_token("refresh.kft", TokenKind::Refresh, &refresh)
    }

    /// The vendor's no to an activation request, in a file.
    pub fn refusal(&self, request: &Verified<ActivationRequest>, problem: &Problem) -> String {
        let refusal = self
            .vendor
            .refuse(request, &request.exchange_key, self.now(), problem);
        self.put_token("refusal.kft", TokenKind::Refusal, &refusal)
    }

    /// The vendor's time in answer to a time request in a file, in a file.
    pub fn time(&self, request: &str) -> String {
        let request: Verified<TimeRequest> = self.vendor.open_as(&self.sent(request));
        let time = self.vendor.tell_time(&request, self.now());
        self.put_token("time.kft", TokenKind::Time, &time)
    }

    pub fn vendor(&self) -> &'static TestVendor {
        self.vendor
    }

    /// Runs `keyferry --home … …`.
    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.perform("home", b"", false, args)
    }

    /// The same with something on standard input.
    pub fn reading<'a>(&self, input: &[u8], args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.perform("home", input, false, args)
    }

    /// The same with a person at the keyboard, who types this.
    pub fn typing<'a>(&self, typed: &str, args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.perform("home", typed.as_bytes(), true, args)
    }

    /// The same on another store, as on another computer.
    pub fn elsewhere<'a>(&self, home: &str, args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.perform(home, b"", false, args)
    }

    /// The lines of `keyferry usb watch --json`, for a reader who has seen enough after so many.
    pub fn watched(&self, lines: usize) -> Vec<Value> {
        let text = self.watching(&["usb", "watch", "--json"], lines);
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }

    /// What a command that goes on prints, for a reader who has seen enough after so many lines.
    pub fn watching(&self, words: &[&str], lines: usize) -> String {
        let mut out = Reader {
            text: Vec::new(),
            lines,
        };
        let line = self.line("home", words);
        let exit = keyferry_cli::run(
            &line,
            &mut Streams {
                input: Box::new(std::io::empty()),
                output: Box::new(&mut out),
                messages: Box::new(std::io::sink()),
                interactive: false,
                bold: false,
            },
            self.options(),
        );
        assert_eq!(exit.code(), 8, "the reader went away");
        String::from_utf8(out.text).unwrap()
    }

    fn line(&self, home: &str, words: &[&str]) -> Vec<OsString> {
        let mut line: Vec<OsString> = vec!["keyferry".into(), "--home".into()];
        line.push(self.path(home).into());
        line.extend(words.iter().map(OsString::from));
        line
    }

    fn options(&self) -> Options {
        Options {
            machine: Box::new(self.machine.borrow().clone()),
            usb: Box::new(self.bus.clone()),
            time: Box::new(self.clock.clone()),
            installed_vendors: Some(self.path("installed")),
            patience: Duration::from_millis(50),
            ..Options::default()
        }
    }

    fn perform<'a>(
        &self,
        home: &str,
        input: &[u8],
        person: bool,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Ended {
        let words: Vec<&str> = args.into_iter().collect();
        let line = self.line(home, &words);
        let (mut out, mut messages) = (Vec::new(), Vec::new());
        let exit = keyferry_cli::run(
            &line,
            &mut Streams {
                input: Box::new(input),
                output: Box::new(&mut out),
                messages: Box::new(&mut messages),
                interactive: person,
                bold: false,
            },
            self.options(),
        );
        Ended {
            line: format!("keyferry {}", words.join(" ")),
            exit: exit.code(),
            out: String::from_utf8(out).unwrap(),
            messages: String::from_utf8(messages).unwrap(),
            folder: self.folder.path().display().to_string(),
        }
    }
}

/// An allowance of two runs of three days.
pub fn emergency(grant: &mut Grant) {
    let lease_end = grant.lease_expires_at.unwrap();
    grant.emergency = Some(EmergencyAllowance {
        length: Seconds::days(3),
        uses: 2,
        ends_at: lease_end.plus(Seconds::days(60)),
        on_wrong_device: false,
    });
}

/// What artefacts a text holds: kind and binary form.
pub fn artefacts(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let found = Artefact::read(text).unwrap();
    let read = found.into_iter().map(|artefact| {
        let artefact = artefact.unwrap();
        (artefact.kind().name().to_owned(), artefact.bytes().to_vec())
    });
    read.collect()
}

/// Standard output of which somebody reads so many lines.
struct Reader {
    text: Vec<u8>,
    lines: usize,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.text.split(|byte| *byte == b'\n').count() <= self.lines {
            Ok(())
        } else {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    line: String,
    pub exit: u8,
    pub out: String,
    pub messages: String,
    folder: String,
}

impl Ended {
    /// That it did its work.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.exit, 0, "{self}");
        self
    }

    /// That it ended with this code of the catalogue, told to people, with this exit code.
    #[track_caller]
    pub fn told(self, exit: u8, reference: &str) -> Self {
        assert_eq!(self.exit, exit, "{self}");
        assert!(
            self.messages.contains(&format!("Reference {reference}\n")),
            "{self}"
        );
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        let one_line = self.out.ends_with("}\n") && self.out.lines().count() == 1;
        assert!(one_line, "{self}");
        let json: Value = serde_json::from_str(&self.out).unwrap();
        assert_eq!(json["schema"], 1, "{self}");
        json
    }

    /// The code of the error that it printed as JSON.
    #[track_caller]
    pub fn error(&self) -> String {
        let json = self.json();
        assert_eq!(json["ok"], false, "{self}");
        json["error"]["code"].as_str().unwrap().to_owned()
    }

    /// The fields of its object and what kind of value each has.
    #[track_caller]
    pub fn shape(&self) -> String {
        serde_json::to_string_pretty(&shape("", &self.json())).unwrap()
    }

    /// The command and all that came of it, with what differs from run to run left out.
    pub fn transcript(&self) -> String {
        let text = format!(
            "$ {}\n{}{}= {}",
            self.line,
            behind("", &self.out),
            behind("! ", &self.messages),
            self.exit
        );
        mask(&text.replace(&self.folder, "/dir"))
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.transcript())
    }
}

/// Lines with a mark in front.
fn behind(mark: &str, text: &str) -> String {
    text.lines()
        .fold(String::new(), |lines, line| lines + mark + line + "\n")
}

/// Every word that is a reference, an id or a line of armor, said as such.
fn mask(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let armored = line.len() == 64 || line.starts_with('=');
        if armored
            && line
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        {
            continue;
        }
        let words = line.split(' ').map(|word| {
            let core = word.trim_matches(|c: char| "().,:“”".contains(c));
            match kind_of("", core) {
                Some(kind) => word.replace(core, kind),
                None => word.to_owned(),
            }
        });
        lines.push(words.collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

fn shape(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let walked = fields
                .iter()
                .map(|(name, value)| (name.clone(), shape(name, value)));
            Value::Object(walked.collect::<Map<_, _>>())
        }
        Value::Array(values) => values.iter().map(|value| shape(name, value)).collect(),
        Value::String(text) => Value::String(kind_of(name, text).unwrap_or(text).to_owned()),
        other => other.clone(),
    }
}

/// What a text is that differs from run to run.
fn kind_of(name: &str, text: &str) -> Option<&'static str> {
    let grouped = |count| {
        let groups: Vec<&str> = text.split('-').collect();
        let symbols = |group: &&str| {
            let fits = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
            group.len() == 4 && group.bytes().all(fits)
        };
        groups.len() == count && groups.iter().all(symbols)
    };
    let hex = |length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    let all = |fits: fn(&u8) -> bool| text.len() == 26 && text.bytes().all(|b| fits(&b));
    match name {
        "text" if text.starts_with("-----BEGIN") => return Some("<armored>"),
        "text" | "steps" if text.len() > 200 => return Some("<text>"),
        "fingerprint" => return Some("<twelve words>"),
        "url" => return Some("<url>"),
        "file" | "out" | "token_out" => return Some("<path>"),
        _ => {}
    }
    if text.len() == 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' {
        Some("<time>")
    } else if hex(64) {
        Some("<token id>")
    } else if hex(16) {
        Some("<key id>")
    } else if grouped(4) {
        Some("<id>")
    } else if grouped(3) {
        Some("<status code>")
    } else if grouped(2) {
        Some("<reference>")
    } else if all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        Some("<vendor id>")
    } else if all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        Some("<device id>")
    } else {
        None
    }
}
