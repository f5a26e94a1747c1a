//! License files: what each is worth, in which order reasons count, and how standings add up.

use keyferry_catalogue::{Code, Exit};
use keyferry_license::{
    Acceptance, Clock, Floor, LicenseFacts, ReadFrom, Standing, State, StoreCondition, UsbFacts,
    best_standing, license_away, license_standing, may_keep_license,
};
use keyferry_token::{
    Binding,
    ComponentKind::{self, Cpu, MachineId, SystemDisk},
    Feature, Fingerprint, KeyId, License, LicenseId, LicenseTerm, ParseFault, SeatStatus, Seconds,
    Sequence, Timestamp, VendorId, VerifyFault,
};
use proptest::{option, prelude::*, sample::select};

use crate::samples::{NOW, any_time, clock_only, days_ago, in_days, machine, replaced, standing};

const SERIAL: &str = "4C530001230412109284";

fn key(serial: &str) -> UsbFacts<'_> {
    UsbFacts {
        vendor_id: 0x0781,
        product_id: 0x5581,
        serial: Some(serial),
        capacity: Some(30_752_000_000),
        maker: None,
        name: None,
    }
}

fn license(binding: Binding) -> License {
    License {
        id: LicenseId::new([1; 10]),
        vendor: VendorId::new([1; 16]),
        product: "com.acme.cad".parse().unwrap(),
        issued_at: NOW,
        not_before: NOW,
        term: LicenseTerm::Until(in_days(30)),
        file_id: [1; 16],
        sequence: Sequence(10),
        status: SeatStatus::Active,
        features: vec![Feature::new("cam").unwrap()],
        edition: None,
        holder: None,
        grace: Seconds::days(7),
        binding,
    }
}

fn for_key() -> License {
    license(Binding::Usb {
        key: keyferry_license::usb_id(&key(SERIAL)).unwrap(),
        volume: None,
    })
}

fn for_device() -> License {
    license(Binding::Device {
        components: machine(1, &ComponentKind::ALL),
        tolerance: 60,
    })
}

/// A license file on the key that it is bound to, today, on this device; a test changes what it is about.
struct Scene<'a> {
    store: StoreCondition,
    newest_seen: Option<Sequence>,
    read_from: ReadFrom<'a>,
    connected: Vec<UsbFacts<'a>>,
    present: Fingerprint,
    clock: Clock,
}

impl Default for Scene<'_> {
    fn default() -> Self {
        Self {
            store: StoreCondition::Intact,
            newest_seen: None,
            read_from: ReadFrom::Key(key(SERIAL)),
            connected: vec![key(SERIAL)],
            present: machine(1, &ComponentKind::ALL),
            clock: Clock::read(clock_only(NOW), Floor::default()),
        }
    }
}

impl Scene<'_> {
    fn at(now: Timestamp) -> Self {
        Self {
            clock: Clock::read(clock_only(now), Floor::default()),
            ..Self::default()
        }
    }

    /// The clock shows `now`, and it was `seen` before.
    fn behind(now: Timestamp, seen: Timestamp) -> Self {
        let floor = Floor::kept(seen, Timestamp::from_unix(0), None);
        Self {
            clock: Clock::read(clock_only(now), floor),
            ..Self::default()
        }
    }

    fn tell(&self, license: Result<&License, &VerifyFault>) -> Standing {
        license_standing(&LicenseFacts {
            store: self.store,
            license,
            newest_seen: self.newest_seen,
            read_from: self.read_from,
            connected: &self.connected,
            present: &self.present,
            clock: self.clock,
        })
    }

    fn of(&self, license: &License) -> Standing {
        self.tell(Ok(license))
    }

    fn reason(&self, license: &License) -> Option<Code> {
        self.of(license).reason()
    }
}

#[test]
fn a_license_on_its_own_key_runs_until_its_end_with_its_features() {
    let found = Scene::default().of(&for_key());
    assert_eq!((found.state, found.reason()), (State::Licensed, None));
    assert_eq!(found.until, Some(in_days(30)));
    assert_eq!(found.features.len(), 1);
    assert!(found.end_is_near(in_days(17)));
    assert_eq!(found.days_left(NOW), Some(30));
}

#[test]
fn grace_follows_its_end_and_then_it_is_over() {
    let license = for_key();
    let grace = Scene::at(in_days(30)).of(&license);
    assert_eq!(
        (grace.state, grace.reason()),
        (State::Grace, Some(Code::LicenseEnded))
    );
    assert_eq!(grace.until, Some(in_days(37)));
    assert_eq!(grace.features.len(), 1);
    let over = Scene::at(in_days(37)).of(&license);
    assert_eq!(
        (over.state, over.reason(), over.until),
        (State::Expired, Some(Code::LicenseEnded), Some(in_days(30)))
    );
    assert_eq!(over.exit(), Exit::Expired);
    assert_eq!(over.features, []);
}

#[test]
fn a_perpetual_license_has_no_end_that_a_clock_could_move() {
    let perpetual = License {
        term: LicenseTerm::Perpetual,
        ..for_key()
    };
    let found = Scene::at(in_days(10_000)).of(&perpetual);
    assert_eq!((found.state, found.until), (State::Licensed, None));
    assert_eq!(found.lease, None);
    let behind = Scene::behind(days_ago(3), in_days(300)).of(&perpetual);
    assert_eq!(behind.state, State::Licensed);
}

#[test]
fn a_license_that_has_not_begun_says_from_when_it_counts() {
    let later = License {
        not_before: in_days(3),
        ..for_key()
    };
    let found = Scene::default().of(&later);
    assert_eq!(
        (found.state, found.reason()),
        (State::Blocked, Some(Code::LicenseNotYet))
    );
    assert_eq!(found.exit(), Exit::NotLicensed);
    assert_eq!(Scene::at(in_days(3)).reason(&later), None);
    let perpetual = License {
        term: LicenseTerm::Perpetual,
        ..later
    };
    assert_eq!(
        Scene::default().reason(&perpetual),
        Some(Code::LicenseNotYet)
    );
}

#[test]
fn a_clock_that_is_behind_gives_no_time() {
    let license = for_key();
    let floor = in_days(20);
    assert_eq!(
        Scene::behind(days_ago(1), floor).reason(&license),
        Some(Code::LicenseClockBehind)
    );
    // What the vendor signed counts as seen, whether or not the floor was kept.
    assert_eq!(
        Scene::at(days_ago(3)).reason(&license),
        Some(Code::LicenseClockBehind)
    );
    // Within the leeway the floor counts.
    let over = in_days(37).plus(Seconds::new(20 * 3600));
    let within = Scene::behind(in_days(37).minus(Seconds::new(3600)), over);
    assert_eq!(within.of(&license).state, State::Expired);
}

#[test]
fn a_copy_on_another_key_is_on_the_wrong_key_though_its_own_is_plugged_in_too() {
    let copy = Scene {
        read_from: ReadFrom::Key(key("4C530001230412109285")),
        connected: vec![key(SERIAL), key("4C530001230412109285")],
        ..Scene::default()
    };
    let found = copy.of(&for_key());
    assert_eq!(found.reason(), Some(Code::WrongUsbKey));
    assert_eq!(found.exit(), Exit::WrongDevice);
}

#[test]
fn without_its_key_a_license_does_not_run_though_its_file_still_reads() {
    let pulled = Scene {
        read_from: ReadFrom::PulledKey,
        connected: Vec::new(),
        ..Scene::default()
    };
    let found = pulled.of(&for_key());
    assert_eq!(found.reason(), Some(Code::UsbKeyMissing));
    assert_eq!(found.exit(), Exit::UsbKeyMissing);
    assert_eq!(license_away(), found.clone_without_term());
    let copy = Scene {
        read_from: ReadFrom::Elsewhere,
        ..pulled
    };
    assert_eq!(copy.reason(&for_key()), Some(Code::UsbKeyMissing));
}

#[test]
fn a_copy_on_the_computer_counts_no_more_than_the_key_that_is_plugged_in_beside_it() {
    let copy = Scene {
        read_from: ReadFrom::Elsewhere,
        ..Scene::default()
    };
    assert_eq!(copy.reason(&for_key()), Some(Code::LicenseBelongsOnKey));
}

#[test]
fn the_serial_number_is_compared_without_case_and_a_volume_not_at_all() {
    let lower = SERIAL.to_lowercase();
    let scene = Scene {
        read_from: ReadFrom::Key(key(&lower)),
        connected: vec![key(&lower)],
        ..Scene::default()
    };
    let mut license = for_key();
    assert_eq!(scene.reason(&license), None);
    if let Binding::Usb { volume, .. } = &mut license.binding {
        *volume = Some(keyferry_token::Name::new("CAFE-1234").unwrap());
    }
    assert_eq!(scene.reason(&license), None, "only a hint");
}

#[test]
fn an_unbound_license_runs_wherever_it_is_read() {
    for read_from in [
        ReadFrom::Elsewhere,
        ReadFrom::PulledKey,
        ReadFrom::Key(key("0")),
    ] {
        let scene = Scene {
            read_from,
            connected: Vec::new(),
            ..Scene::default()
        };
        assert_eq!(scene.reason(&license(Binding::Unbound)), None);
    }
}

#[test]
fn a_device_license_tolerates_what_changed_and_names_it() {
    let device = for_device();
    let tolerated = Scene {
        present: replaced(&machine(1, &ComponentKind::ALL), &[Cpu]),
        ..Scene::default()
    };
    let found = tolerated.of(&device);
    assert_eq!(
        (found.state, &found.changed[..]),
        (State::Licensed, &[Cpu][..])
    );
    assert!(!found.other_device);
    let other = Scene {
        present: replaced(
            &machine(1, &ComponentKind::ALL),
            &[MachineId, Cpu, SystemDisk],
        ),
        ..Scene::default()
    };
    let found = other.of(&device);
    assert_eq!(found.reason(), Some(Code::WrongDevice));
    assert_eq!(found.changed, [MachineId, Cpu, SystemDisk]);
    assert!(found.other_device);
}

#[test]
fn an_older_file_than_was_seen_is_superseded_whatever_else_it_says() {
    for status in [SeatStatus::Active, SeatStatus::Suspended] {
        let older = License {
            status,
            ..for_key()
        };
        let seen = |number| Scene {
            newest_seen: Some(Sequence(number)),
            ..Scene::default()
        };
        assert_eq!(seen(11).reason(&older), Some(Code::LicenseSuperseded));
        assert_ne!(seen(10).reason(&older), Some(Code::LicenseSuperseded));
    }
}

#[test]
fn what_the_vendor_stopped_stands_still_though_its_key_is_there() {
    for (status, code) in [
        (SeatStatus::Suspended, Code::Suspended),
        (SeatStatus::Revoked, Code::Revoked),
    ] {
        let stopped = License {
            status,
            ..for_key()
        };
        let found = Scene::default().of(&stopped);
        assert_eq!((found.state, found.reason()), (State::Stopped, Some(code)));
        assert_eq!(found.exit(), Exit::Stopped);
    }
}

#[test]
fn what_is_not_believed_says_why() {
    let key = KeyId::new([1; 8]);
    let newer = VerifyFault::Content(ParseFault::NewerFormat);
    for (fault, code) in [
        (VerifyFault::UntrustedKey { key }, Code::UntrustedKey),
        (VerifyFault::Signature, Code::Tampered),
        (VerifyFault::OtherVendor, Code::Tampered),
        (newer, Code::NewerFormat),
    ] {
        let found = Scene::default().tell(Err(&fault));
        assert_eq!((found.state, found.reason()), (State::Blocked, Some(code)));
    }
}

#[test]
fn no_reason_hides_one_that_is_graver() {
    // Everything is wrong at once; each reason goes, and the next one shows.
    let mut license = License {
        status: SeatStatus::Revoked,
        not_before: in_days(90),
        term: LicenseTerm::Until(in_days(100)),
        ..for_key()
    };
    let mut scene = Scene {
        store: StoreCondition::Damaged,
        newest_seen: Some(Sequence(11)),
        read_from: ReadFrom::Key(key("other")),
        ..Scene::behind(NOW, in_days(50))
    };
    assert_eq!(scene.reason(&license), Some(Code::StoreDamaged));
    scene.store = StoreCondition::Intact;
    assert_eq!(scene.reason(&license), Some(Code::LicenseSuperseded));
    scene.newest_seen = Some(Sequence(10));
    assert_eq!(scene.reason(&license), Some(Code::Revoked));
    license.status = SeatStatus::Active;
    assert_eq!(scene.reason(&license), Some(Code::LicenseClockBehind));
    scene.clock = Clock::read(clock_only(in_days(50)), Floor::default());
    assert_eq!(scene.reason(&license), Some(Code::WrongUsbKey));
    scene.read_from = ReadFrom::Key(key(SERIAL));
    assert_eq!(scene.reason(&license), Some(Code::LicenseNotYet));
    license.not_before = NOW;
    assert_eq!(scene.reason(&license), None);
}

#[test]
fn a_license_for_this_computer_or_for_none_in_particular_is_kept() {
    let present = machine(1, &ComponentKind::ALL);
    for license in [license(Binding::Unbound), for_device()] {
        let keep = |kept, seen| may_keep_license(&license, kept, seen, &present);
        assert_eq!(keep(None, None), Ok(Acceptance::Apply));
        assert_eq!(
            keep(Some(&license), Some(Sequence(10))),
            Ok(Acceptance::AlreadyApplied)
        );
        assert_eq!(keep(None, Some(Sequence(10))), Ok(Acceptance::Apply));
        let newer = keep(None, Some(Sequence(11))).unwrap_err();
        assert_eq!(newer.code(), Code::LicenseSuperseded);
        let revoked = License {
            status: SeatStatus::Revoked,
            sequence: Sequence(11),
            ..license.clone()
        };
        let taken = may_keep_license(&revoked, Some(&license), Some(Sequence(10)), &present);
        assert_eq!(taken, Ok(Acceptance::Apply));
    }
}

#[test]
fn a_license_for_a_key_or_for_another_computer_is_not_kept() {
    let present = machine(1, &ComponentKind::ALL);
    let other = machine(2, &ComponentKind::ALL);
    let refused = |license: &License, present| {
        let told = may_keep_license(license, None, None, present);
        told.unwrap_err().code()
    };
    assert_eq!(refused(&for_key(), &present), Code::LicenseBelongsOnKey);
    assert_eq!(refused(&for_device(), &other), Code::WrongDevice);
}

fn running(state: State, until: Option<Timestamp>) -> Standing {
    Standing {
        until,
        ..standing(state, None)
    }
}

#[test]
fn of_several_standings_any_that_runs_wins_and_then_the_one_that_lasts_longest() {
    let (soon, later) = (Some(in_days(3)), Some(in_days(9)));
    let order = [
        running(State::Licensed, None),
        running(State::Licensed, later),
        running(State::Licensed, soon),
        running(State::Grace, later),
        running(State::Grace, soon),
        running(State::Emergency, later),
        standing(State::Blocked, Some(Code::StoreDamaged)),
        standing(State::Unlicensed, Some(Code::AwaitingAnswer)),
        standing(State::Blocked, Some(Code::UsbVolumeMissing)),
        standing(State::Blocked, Some(Code::UsbKeyMissing)),
        standing(State::Blocked, Some(Code::ClockBehind)),
        standing(State::Blocked, Some(Code::LicenseClockBehind)),
        standing(State::Expired, Some(Code::LeaseEnded)),
        standing(State::Blocked, Some(Code::WrongUsbKey)),
        standing(State::Stopped, Some(Code::Revoked)),
        standing(State::Blocked, Some(Code::Tampered)),
        standing(State::Unlicensed, Some(Code::NotActivated)),
    ];
    for (place, better) in order.iter().enumerate() {
        for worse in &order[place + 1..] {
            assert_eq!(best_standing([better, worse]), Some(0));
            assert_eq!(best_standing([worse, better]), Some(1), "{better:?}");
        }
        assert_eq!(
            best_standing([better, better]),
            Some(0),
            "the first of equals"
        );
    }
    assert_eq!(best_standing([]), None);
}

/// What the tests compare of two standings that differ in the term alone.
trait WithoutTerm {
    fn clone_without_term(&self) -> Self;
}

impl WithoutTerm for Standing {
    fn clone_without_term(&self) -> Self {
        Self {
            lease: None,
            ..self.clone()
        }
    }
}

fn any_status() -> impl Strategy<Value = SeatStatus> {
    select(vec![
        SeatStatus::Active,
        SeatStatus::Suspended,
        SeatStatus::Revoked,
    ])
}

proptest! {
    #[test]
    fn whatever_the_facts_are_a_license_runs_only_with_all_that_it_asks_for(
        status in any_status(),
        (issued, begins, length, grace) in (any_time(), any_time(), 0..800_u64, 0..30_u64),
        (now, seen) in (any_time(), any_time()),
        newest in option::of(0..20_u64),
        bound in 0..3_u8,
        from in 0..4_u8,
        parts in 0..6_usize,
    ) {
        let end = begins.plus(Seconds::days(length));
        let license = License {
            status,
            issued_at: issued,
            not_before: begins,
            term: LicenseTerm::Until(end),
            grace: Seconds::days(grace),
            ..match bound { 0 => license(Binding::Unbound), 1 => for_key(), _ => for_device() }
        };
        let scene = Scene {
            newest_seen: newest.map(Sequence),
            read_from: match from {
                0 => ReadFrom::Elsewhere,
                1 => ReadFrom::PulledKey,
                2 => ReadFrom::Key(key("another one")),
                _ => ReadFrom::Key(key(SERIAL)),
            },
            present: replaced(&machine(1, &ComponentKind::ALL), &ComponentKind::ALL[..parts]),
            ..Scene::behind(now, seen)
        };
        let found = scene.of(&license);
        if found.state.runs() {
            let effective = now.max(seen).max(issued);
            prop_assert_eq!(status, SeatStatus::Active);
            prop_assert!(newest.is_none_or(|newest| newest <= 10));
            prop_assert!(begins <= effective && effective < end.plus(license.grace));
            prop_assert!(found.until.is_some_and(|until| effective < until));
            prop_assert!(bound != 1 || from == 3);
            prop_assert!(bound != 2 || parts <= 2);
        } else {
            prop_assert!(found.features.is_empty());
            prop_assert!(found.reason().is_some());
        }
        // The same facts get the same answer, and the best of one is that one.
        prop_assert_eq!(&scene.of(&license), &found);
        prop_assert_eq!(best_standing([&found]), Some(0));
    }
}
