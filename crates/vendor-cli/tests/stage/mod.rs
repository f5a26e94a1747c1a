//! Both programs in one process: an authority, machines of any name, and a clock that tests move.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of the stage"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a stage fails like the tests that it serves"
)]

pub mod shown;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use keyferry_client::Options;
use keyferry_fixtures::{FakeBus, FakeMachine, NOW, TestDatabase};
use keyferry_terminal::Streams;
use keyferry_token::{Artefact, ComponentKind, Seconds, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

pub const PRODUCT: &str = "com.acme.cad";

/// The id of a USB key that tells a serial number of its own.
pub const KEY: &str = "0781:5581:4C53%3A001370609:30752000000";

/// A clock that both sides read.
#[derive(Clone)]
pub struct StageClock(Arc<AtomicU64>);

impl keyferry_authority::Clock for StageClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

impl keyferry_client::TimeSource for StageClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

/// An authority with one product, and room for devices.
pub struct Stage {
    folder: TempDir,
    clock: StageClock,
    /// The databases of the authorities, by the names of their folders, where tests run on a server.
    servers: RefCell<BTreeMap<String, TestDatabase>>,
}

type Files = Vec<(PathBuf, Vec<u8>)>;

/// An authority that was set up once per test binary, its files and its database: making its keys
/// takes a while.
static AUTHORITY: LazyLock<(Files, Option<TestDatabase>)> = LazyLock::new(|| {
    let stage = Stage::bare();
    stage
        .authority([
            "init",
            "--vendor",
            "Acme Tools",
            "--portal",
            "https://acme.example",
        ])
        .done();
    let add = [
        "product",
        "add",
        PRODUCT,
        "--name",
        "Acme CAD",
        "--offline",
        "--grace",
        "7d",
    ];
    stage.authority(add).done();
    let files = files(&stage.path("acme"));
    (files, stage.servers.take().remove("acme"))
});

fn files(folder: &Path) -> Files {
    fn walk(root: &Path, folder: &Path, found: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// Keys that others can read are refused.
fn protect(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}

impl Stage {
    /// Without an authority.
    pub fn bare() -> Self {
        let stage = Self::empty();
        if let Some(server) = TestDatabase::new() {
            stage.give("acme", server);
        }
        stage
    }

    fn empty() -> Self {
        let clock = StageClock(Arc::new(AtomicU64::new(NOW.unix())));
        Self {
            folder: TempDir::new().unwrap(),
            clock,
            servers: RefCell::default(),
        }
    }

    /// Puts the database of an authority at a server.
    fn give(&self, name: &str, server: TestDatabase) {
        fs::write(self.path(&format!("{name}.url")), server.url()).unwrap();
        self.servers.borrow_mut().insert(name.to_owned(), server);
    }

    /// Runs a statement in the database of an authority, if it is at a server.
    pub fn at_the_server(&self, name: &str, statement: &str) -> bool {
        let servers = self.servers.borrow();
        let server = servers.get(name);
        if let Some(server) = server {
            server.run(statement);
        }
        server.is_some()
    }

    /// The options that name an authority.
    pub fn options(&self, name: &str) -> Vec<String> {
        let mut options = vec!["--data".to_owned(), self.arg(name)];
        if self.servers.borrow().contains_key(name) {
            options.push("--database-url-file".to_owned());
            options.push(self.arg(&format!("{name}.url")));
        }
        options
    }

    fn line_of<'a>(&self, name: &str, args: impl IntoIterator<Item = &'a str>) -> Vec<OsString> {
        let options = self.options(name);
        let mut first = vec!["keyferry-authority"];
        first.extend(options.iter().map(String::as_str));
        line(&first, args)
    }

    /// With the authority of Acme Tools, who sells Acme CAD.
    pub fn new() -> Self {
        let stage = Self::empty();
        let (files, server) = &*AUTHORITY;
        if let Some(server) = server {
            stage.give("acme", server.copy());
        }
        for (name, content) in files {
            let path = stage.path("acme").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            protect(&path);
        }
        stage
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn pass(&self, length: Seconds) {
        self.clock.0.fetch_add(length.get(), Ordering::SeqCst);
    }

    pub fn turn_back(&self, length: Seconds) {
        self.clock.0.fetch_sub(length.get(), Ordering::SeqCst);
    }

    /// Runs `keyferry-authority --data acme …`.
    pub fn authority<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.authority_reading(b"", args)
    }

    pub fn authority_reading<'a>(
        &self,
        input: &[u8],
        args: impl IntoIterator<Item = &'a str>,
    ) -> Ended {
        self.vendor(input, &self.line_of("acme", args))
    }

    /// The same on a folder without an authority.
    pub fn bare_authority<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ended {
        let data = self.arg("empty");
        let line = line(&["keyferry-authority", "--data", &data], args);
        self.vendor(b"", &line)
    }

    /// The same without `--data`.
    pub fn without_data<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.vendor(b"", &line(&["keyferry-authority"], args))
    }

    fn vendor(&self, input: &[u8], line: &[OsString]) -> Ended {
        self.vendor_with(input, false, line)
    }

    fn vendor_with(&self, input: &[u8], person: bool, line: &[OsString]) -> Ended {
        let ended = perform(input, person, line, |args, streams| {
            keyferry_vendor_cli::run(args, streams, Arc::new(self.clock.clone()))
        });
        ended.on(self)
    }

    /// The same with a person at the keyboard, who types this.
    pub fn authority_typing<'a>(
        &self,
        typed: &str,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Ended {
        self.vendor_with(typed.as_bytes(), true, &self.line_of("acme", args))
    }

    /// Another folder of an authority, as a copy of `acme` as it is now.
    pub fn copy_authority(&self, name: &str) {
        for (file, content) in files(&self.path("acme")) {
            let path = self.path(name).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            protect(&path);
        }
        let server = self.servers.borrow().get("acme").map(TestDatabase::copy);
        if let Some(server) = server {
            self.give(name, server);
        }
    }

    /// Runs `keyferry-authority` on such a copy.
    pub fn copied_authority<'a>(
        &self,
        name: &str,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Ended {
        self.vendor(b"", &self.line_of(name, args))
    }

    /// What now is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.clock.0.load(Ordering::SeqCst))
    }

    /// Another product, activated without a network.
    pub fn offer<'a>(&self, product: &'a str, more: impl IntoIterator<Item = &'a str>) {
        let add = ["product", "add", product, "--name", "Acme Lab", "--offline"];
        self.authority(add.into_iter().chain(more)).done();
    }

    /// An entitlement; gives its activation code.
    pub fn sell(&self, seats: u32) -> String {
        self.sell_of(PRODUCT, seats)
    }

    /// An entitlement of another product.
    pub fn sell_of(&self, product: &str, seats: u32) -> String {
        let seats = seats.to_string();
        let add = [
            "entitlement",
            "add",
            "--product",
            product,
            "--seats",
            &seats,
        ];
        let add = add.into_iter().chain(["--offline-lease", "30d", "--json"]);
        self.authority(add).json()["activation_code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Makes a license for the product; these arguments say which.
    pub fn license<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ended {
        let make = ["license", "--product", PRODUCT];
        self.authority(make.into_iter().chain(args))
    }

    /// A computer of this name, which trusts nobody yet.
    pub fn computer(&self, name: &str) -> Computer<'_> {
        Computer {
            stage: self,
            home: self.path(&format!("home of {name}")),
            machine: RefCell::new(FakeMachine::new(name)),
        }
    }

    /// A computer that trusts Acme Tools.
    pub fn customer(&self, name: &str) -> Computer<'_> {
        let computer = self.computer(name);
        computer
            .run(["vendor", "add", &self.arg("acme/vendor.kfv"), "--trust"])
            .done();
        computer
    }
}

/// A pretended computer with `keyferry` on it.
pub struct Computer<'s> {
    stage: &'s Stage,
    pub home: PathBuf,
    machine: RefCell<FakeMachine>,
}

impl Computer<'_> {
    /// Runs `keyferry --home … …`.
    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.perform(b"", false, args)
    }

    /// The same with something on standard input.
    pub fn reading<'a>(&self, input: &[u8], args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.perform(input, false, args)
    }

    /// The same with a person at the keyboard, who types this.
    pub fn typing<'a>(&self, typed: &str, args: impl IntoIterator<Item = &'a str>) -> Ended {
        self.perform(typed.as_bytes(), true, args)
    }

    fn perform<'a>(
        &self,
        input: &[u8],
        person: bool,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Ended {
        let home = self.home.display().to_string();
        let line = line(&["keyferry", "--home", &home], args);
        let options = Options {
            machine: Box::new(self.machine.borrow().clone()),
            usb: Box::new(FakeBus::new()),
            time: Box::new(self.stage.clock.clone()),
            installed_vendors: Some(self.stage.path("installed")),
            patience: Duration::from_millis(50),
            ..Options::default()
        };
        let ended = perform(input, person, &line, |args, streams| {
            keyferry_cli::run(args, streams, options)
        });
        ended.on(self.stage)
    }

    /// The disk in other hardware.
    pub fn moves_into(&self, name: &str) {
        self.machine.replace(FakeMachine::new(name));
    }

    /// Another part in the same computer.
    pub fn changes(&self, part: ComponentKind, value: &str) {
        self.machine
            .replace_with(|machine| machine.clone().with(part, value));
    }

    /// Makes a request into a file.
    pub fn ask(&self, code: &str, file: &str) -> String {
        let file = self.stage.arg(file);
        self.run(["activate", code, "--out", &file]).done();
        file
    }

    /// Activates by way of two files; gives the activation.
    pub fn activate(&self, code: &str) -> String {
        let request = self.ask(code, "request.kft");
        let answer = self.stage.arg("answer.kft");
        let received = self
            .stage
            .authority(["receive", &request, "--out", &answer, "--json"])
            .done()
            .json();
        self.run(["apply", &answer]).done();
        received["activation_id"].as_str().unwrap().to_owned()
    }

    /// Takes a refresh that the vendor made.
    pub fn refresh(&self, activation: &str) -> Ended {
        let refresh = self.stage.arg("refresh.kft");
        self.stage
            .authority(["refresh", activation, "--out", &refresh])
            .done();
        self.run(["apply", &refresh, "--json"])
    }

    /// Gives its seat up, into a file.
    pub fn leave(&self, file: &str) -> String {
        let file = self.stage.arg(file);
        self.run(["deactivate", PRODUCT, "--yes", "--out", &file])
            .done();
        file
    }

    /// Where the product stands: state, reason and exit code.
    pub fn stands(&self, product: &str) -> (String, String, u8) {
        let status = self.run(["status", product, "--json"]);
        let standing = status.json()["standing"].clone();
        let word = |name: &str| standing[name].as_str().unwrap_or("-").to_owned();
        (word("state"), word("reason"), status.exit)
    }

    /// Everything in its store.
    pub fn store(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = files(&self.home);
        files.retain(|(name, _)| name != Path::new("lock"));
        files
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub line: String,
    pub exit: u8,
    pub out: Vec<u8>,
    pub messages: String,
    folder: String,
}

impl Ended {
    fn on(mut self, stage: &Stage) -> Self {
        self.folder = stage.folder.path().display().to_string();
        self
    }

    /// The fields of its object and what kind of value each has.
    #[track_caller]
    pub fn shape(&self) -> String {
        shown::shape(&self.json())
    }

    /// The command and all that came of it, with what differs from run to run left out.
    pub fn transcript(&self) -> String {
        let behind = |mark: &str, text: &str| {
            text.lines()
                .fold(String::new(), |lines, line| lines + mark + line + "\n")
        };
        let messages = self
            .messages
            .lines()
            .filter(|line| !line.contains("without a passphrase"))
            .fold(String::new(), |lines, line| lines + line + "\n");
        let text = format!(
            "$ {}\n{}{}= {}",
            self.line
                .replace(&format!(" --data {}/acme", self.folder), "")
                .replace(
                    &format!(" --database-url-file {}/acme.url", self.folder),
                    ""
                ),
            behind("", self.text()),
            behind("! ", &messages),
            self.exit
        );
        shown::mask(&text.replace(&self.folder, "/dir"))
    }

    /// That it did its work.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.exit, 0, "{self}");
        self
    }

    /// That it ended with this code of the catalogue, told to people, with the code's exit.
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
        let text = self.text();
        assert!(text.ends_with("}\n") && text.lines().count() == 1, "{self}");
        serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {self}"))
    }

    /// That it printed one object with this error.
    #[track_caller]
    pub fn error(&self) -> String {
        let json = self.json();
        assert_eq!(json["ok"], false, "{self}");
        json["error"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{self}"))
            .to_owned()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            line,
            exit,
            messages,
            ..
        } = self;
        let out = String::from_utf8_lossy(&self.out);
        write!(
            f,
            "\n$ {line}\nexit {exit}\n--- out\n{out}\n--- messages\n{messages}"
        )
    }
}

fn line<'a>(first: &[&str], args: impl IntoIterator<Item = &'a str>) -> Vec<OsString> {
    let mut line: Vec<OsString> = first.iter().map(OsString::from).collect();
    line.extend(args.into_iter().map(OsString::from));
    line
}

fn perform(
    input: &[u8],
    interactive: bool,
    args: &[OsString],
    run: impl FnOnce(&[OsString], &mut Streams<'_>) -> keyferry_catalogue::Exit,
) -> Ended {
    let (mut out, mut messages) = (Vec::new(), Vec::new());
    let exit = run(
        args,
        &mut Streams {
            input: Box::new(input),
            output: Box::new(&mut out),
            messages: Box::new(&mut messages),
            interactive,
            bold: false,
        },
    );
    let words: Vec<String> = args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    Ended {
        line: words.join(" "),
        exit: exit.code(),
        out,
        messages: String::from_utf8(messages).unwrap(),
        folder: String::new(),
    }
}

/// An armored token with one byte of its content changed and its checksum mended, as a forger
/// would do it.
pub fn with_a_changed_byte(armored: &[u8]) -> Vec<u8> {
    let read = Artefact::read(armored).unwrap().remove(0).unwrap();
    let mut bytes = read.bytes().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    keyferry_token::armor(read.kind(), &bytes).into_bytes()
}
