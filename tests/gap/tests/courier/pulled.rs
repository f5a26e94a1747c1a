//! The stick is pulled out, or is full, at any step of the vendor's work; and in the middle of a round.

use std::{
    ffi::OsString,
    fs, io,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use keyferry_authority::{CourierRound, Medium, MediumFault, RealMedium};
use keyferry_catalogue::Code;
use keyferry_gap::{Computer, Time, VendorSide, wait};
use keyferry_token::Seconds;

use crate::stick::{Stick, counted};

/// A medium that goes away at one step, with this share of what was being written on it.
struct Pulled {
    steps: AtomicUsize,
    at: usize,
    left: Left,
    error: fn() -> io::Error,
    /// Whether it stays away.
    for_good: bool,
}

/// What is left of a file that was being written.
#[derive(Clone, Copy, Debug)]
enum Left {
    Nothing,
    Empty,
    Half,
    /// The right length, and clusters that were never written.
    Zeros,
    All,
}

const LEFT: [Left; 5] = [
    Left::Nothing,
    Left::Empty,
    Left::Half,
    Left::Zeros,
    Left::All,
];

impl Pulled {
    fn at(at: usize, left: Left) -> Self {
        Self {
            steps: AtomicUsize::new(0),
            at,
            left,
            // What Linux says of a stick that was pulled out.
            error: || io::Error::from_raw_os_error(5),
            for_good: true,
        }
    }

    fn never() -> Self {
        Self::at(usize::MAX, Left::All)
    }

    fn step(&self, last: impl FnOnce()) -> io::Result<()> {
        let now = self.steps.fetch_add(1, Ordering::Relaxed);
        if now == self.at {
            last();
        }
        if now == self.at || now > self.at && self.for_good {
            return Err((self.error)());
        }
        Ok(())
    }
}

impl Medium for Pulled {
    fn has_root(&self, path: &Path) -> io::Result<bool> {
        RealMedium.has_root(path)
    }

    fn has_folder(&self, path: &Path) -> io::Result<bool> {
        RealMedium.has_folder(path)
    }

    fn list(&self, folder: &Path, most: usize) -> io::Result<(Vec<OsString>, bool)> {
        RealMedium.list(folder, most)
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
        RealMedium.read(path, limit)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|| ())?;
        RealMedium.create_folder(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step(|| {
            let left = match self.left {
                Left::Nothing => return,
                Left::Empty => Vec::new(),
                Left::Half => bytes[..bytes.len() / 2].to_vec(),
                Left::Zeros => vec![0; bytes.len()],
                Left::All => bytes.to_vec(),
            };
            fs::write(path, left).unwrap();
        })?;
        RealMedium.write(path, bytes)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|| ())?;
        RealMedium.sync_folder(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|| ())?;
        RealMedium.remove(path)
    }
}

fn answer(vendor: &VendorSide, medium: &Pulled, stick: &Stick) -> CourierRound {
    wait(vendor.authority.answer_courier(medium, stick.root())).unwrap()
}

/// A stick with two requests, for one of which there is a seat, and which was at the vendor before.
fn at_the_vendor_for_the_second_time(vendor: &VendorSide, time: &Time) -> (Stick, [Computer; 2]) {
    let sold = vendor.sell(1);
    let stick = Stick::new();
    let computers = ["pc-1", "pc-2"].map(|name| {
        let computer = Computer::of(vendor, name, time);
        computer.request(&sold.code).unwrap();
        stick.collect(&computer);
        computer
    });
    stick.answer(vendor);
    time.pass(Seconds::new(3600));
    // The answer was lost, and the refusal is an older one.
    for (name, bytes) in stick.files("inbox") {
        if !bytes.starts_with(b"-----BEGIN KEYFERRY REFUSAL") {
            fs::remove_file(stick.path("inbox").join(name)).unwrap();
        }
    }
    (stick, computers)
}

#[test]
fn pulled_out_at_any_step_of_answering_the_next_time_mends_it() {
    let time = Time::default();
    let vendor = VendorSide::acme(&time);
    let (stick, _) = at_the_vendor_for_the_second_time(&vendor, &time);
    let outbox = stick.files("outbox");
    let done = stick.copied();
    let dry = Pulled::never();
    assert_eq!(counted(&answer(&vendor, &dry, &done)), (1, 1, 0));
    let after = done.files("inbox");
    assert_eq!(after.len(), 2);
    let steps = dry.steps.load(Ordering::Relaxed);
    assert!(steps >= 8, "{steps}");
    for at in 0..steps {
        for left in LEFT {
            let stick = stick.copied();
            let cut = answer(&vendor, &Pulled::at(at, left), &stick);
            let trouble = cut.trouble.as_ref().map(MediumFault::code);
            assert_eq!(trouble, Some(Code::UsbKeyPulled), "step {at}, {left:?}");
            assert_eq!(counted(&cut), (1, 1, 0), "what was decided is told");
            assert_eq!(stick.files("outbox"), outbox);
            // A refusal is there at any time: the older one, the newer one, or both.
            let refusals = stick.files("inbox");
            let refusals = refusals.values();
            let whole = refusals.filter(|bytes| bytes.ends_with(b"REFUSAL-----\n"));
            assert!(whole.count() > 0, "step {at}, {left:?}");

            assert_eq!(answer(&vendor, &Pulled::never(), &stick).trouble, None);
            let names = |stick: &Stick| stick.files("inbox").into_keys().collect::<Vec<_>>();
            assert_eq!(names(&stick), names(&done), "step {at}, {left:?}");
            let mended = stick.files("inbox");
            for (name, bytes) in &after {
                let is_refusal = bytes.starts_with(b"-----BEGIN KEYFERRY REFUSAL");
                assert!(is_refusal || mended[name] == *bytes, "step {at}, {left:?}");
            }
        }
    }
}

#[test]
fn what_fails_on_the_medium_is_told_and_the_rest_is_written_the_next_time() {
    let time = Time::default();
    let vendor = VendorSide::acme(&time);
    let (stick, computers) = at_the_vendor_for_the_second_time(&vendor, &time);
    for (error, code) in [
        (28, Code::DiskFull),
        (30, Code::UsbVolumeReadOnly),
        (19, Code::UsbKeyPulled),
        (13, Code::FileUnwritable),
    ] {
        let errors: [fn() -> io::Error; 4] = [
            || io::Error::from_raw_os_error(28),
            || io::Error::from_raw_os_error(30),
            || io::Error::from_raw_os_error(19),
            || io::Error::from_raw_os_error(13),
        ];
        let error = errors
            .into_iter()
            .find(|make| make().raw_os_error() == Some(error))
            .unwrap();
        let medium = Pulled {
            error,
            for_good: false,
            ..Pulled::at(0, Left::Nothing)
        };
        let round = answer(&vendor, &medium, &stick.copied());
        assert_eq!(round.trouble.as_ref().map(MediumFault::code), Some(code));
        let missing = round.brought.iter().filter(|one| one.answer.is_none());
        // One file that cannot be written keeps nobody else's back; a medium that fails does.
        assert_eq!(
            missing.count(),
            if code == Code::FileUnwritable { 1 } else { 2 }
        );
    }
    stick.answer(&vendor);
    let taken: usize = computers
        .iter()
        .map(|computer| stick.deliver(computer).len())
        .sum();
    assert_eq!(taken, 2);
}

#[test]
fn pulled_out_in_the_middle_of_a_round_it_goes_on_where_it_was() {
    let time = Time::default();
    let vendor = VendorSide::acme(&time);
    let sold = vendor.sell(6);
    let stick = Stick::new();
    let computers: Vec<Computer> = (0..6)
        .map(|number| {
            let computer = Computer::of(&vendor, &format!("pc-{number}"), &time);
            computer.request(&sold.code).unwrap();
            computer
        })
        .collect();
    // Collected from half of them; the last one's file was being written.
    for computer in &computers[..3] {
        stick.collect(computer);
    }
    let last = computers[2].client().outstanding_all().unwrap().remove(0);
    let cut = stick.file("outbox", &last.reference);
    fs::write(&cut, &fs::read(&cut).unwrap()[..100]).unwrap();
    for computer in &computers {
        stick.collect(computer);
    }
    assert_eq!(counted(&stick.answer(&vendor)), (6, 0, 0));

    // Pulled out while answers were written: one is missing, one is cut.
    let names: Vec<String> = stick.files("inbox").into_keys().collect();
    fs::remove_file(stick.path("inbox").join(&names[0])).unwrap();
    fs::write(stick.path("inbox").join(&names[1]), b"-----BEGIN KEY").unwrap();
    // One computer finds nothing, one a file it cannot read; the others take theirs.
    let taken: usize = computers
        .iter()
        .map(|computer| {
            let delivered = stick.deliver(computer);
            delivered.iter().filter(|one| one.result.is_ok()).count()
        })
        .sum();
    assert_eq!(taken, 4);
    assert_eq!(
        counted(&stick.answer(&vendor)),
        (2, 0, 0),
        "only what still waits"
    );
    let waiting = computers
        .iter()
        .filter(|computer| computer.reason() == Some(Code::AwaitingAnswer));
    for computer in waiting {
        stick.activates(computer);
    }
    assert_eq!((stick.count("inbox"), stick.count("outbox")), (0, 0));
}
