//! The store as files: rules C6 and C7 on a real disk.

use std::{
    fs::{self, File},
    process::Command,
    sync::Barrier,
    thread,
};

use crate::desk::{Desk, copy_store, label};
use keyferry_catalogue::Code;
use keyferry_client::{Applied, Client, Confirmation, Fresh, Options, TimeSource as _};
use keyferry_fixtures::{NOW, TestVendor};
use keyferry_token::{ActivationCode, DeactivationReason, Seconds};

/// Tells the other program which store to use.
const HOME: &str = "KEYFERRY_TEST_HOME";

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn ask(client: &Client, code: &ActivationCode) -> Result<Vec<u8>, Code> {
    let asked = client.request_activation(code, &label(), Fresh::No);
    asked
        .map(|request| request.bytes)
        .map_err(|fault| fault.code())
}

#[test]
fn looking_creates_nothing() {
    let desk = Desk::new("cad-07");
    assert!(desk.client().vendors().unwrap().is_empty());
    assert!(desk.client().products().unwrap().is_empty());
    assert!(desk.client().device().unwrap().ids.is_empty());
    let nobody = desk.client().standing(&TestVendor::product()).unwrap_err();
    assert_eq!(nobody.code(), Code::ProductNotHere);
    assert_eq!(desk.refused(b"hello"), Code::Unrecognised);
    assert!(!desk.home().exists());
}

#[test]
fn c6_what_is_refused_where_no_store_is_makes_none() {
    let desk = Desk::new("cad-07");
    let (client, product) = (desk.client(), TestVendor::product());
    let theirs = Desk::with_acme("cad-08").request(&acme().code());
    let profile = client.read_profile(&acme().signed_profile()).unwrap();
    let reason = DeactivationReason::Other;
    let refused = [
        client.deactivate(&product, reason).err().map(|f| f.code()),
        client.move_away(&product, None).err().map(|f| f.code()),
        client.take_emergency(&product).err().map(|f| f.code()),
        client.status_report(&product).err().map(|f| f.code()),
        client.request_time(Some(&product)).err().map(|f| f.code()),
        client
            .deactivation_delivered(&product)
            .err()
            .map(|f| f.code()),
        client
            .request_activation(&acme().code(), &label(), Fresh::No)
            .err()
            .map(|f| f.code()),
        client
            .trust(&profile, Confirmation::Nothing)
            .err()
            .map(|f| f.code()),
        client.remove_vendor(&acme().id()).err().map(|f| f.code()),
        Some(desk.refused(&theirs.bytes)),
    ];
    let expected = [
        Code::ProductNotHere,
        Code::ProductNotHere,
        Code::ProductNotHere,
        Code::ProductNotHere,
        Code::ProductNotHere,
        Code::NoDeactivation,
        Code::NoVendor,
        Code::VendorNotConfirmed,
        Code::VendorUnknown,
        Code::WrongKind,
    ];
    assert_eq!(refused, expected.map(Some));
    assert!(!desk.home().exists());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_look_into_the_store() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    desk.request(&code);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&desk.home()), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(desk.home()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let content = fs::read(&path).unwrap();
        let secret = code.secret();
        assert!(!content.windows(15).any(|window| window == secret.expose()));
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["key", "lock", "state", "state.previous"]);
}

#[cfg(unix)]
#[test]
fn what_root_does_in_a_users_store_stays_the_users() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let desk = Desk::new("cad-07");
    let data = desk.path("share");
    fs::create_dir(&data).unwrap();
    if chown(&data, Some(4242), Some(4242)).is_err() {
        println!("skipped: giving a folder to another user needs root");
        return;
    }
    let home = data.join("keyferry");
    let client = desk.client_at(&home);
    let pending = client.read_profile(&acme().signed_profile()).unwrap();
    client.trust(&pending, Confirmation::ByHand).unwrap();
    let owner = |path: &std::path::Path| fs::metadata(path).unwrap().uid();
    assert_eq!(owner(&home), 4242);
    for entry in fs::read_dir(&home).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(owner(&path), 4242, "{}", path.display());
    }

    chown(home.join("state"), Some(4343), None).unwrap();
    let told = desk
        .client_at(&home)
        .standing(&TestVendor::product())
        .unwrap_err();
    assert_eq!(told.code(), Code::StoreDamaged, "a third one's file");
}

#[test]
fn a_store_that_cannot_be_written_says_where() {
    let desk = Desk::new("cad-07");
    fs::write(desk.path("file"), "in the way").unwrap();
    let client = desk.client_at(&desk.path("file").join("keyferry"));
    let pending = desk
        .client()
        .read_profile(&acme().signed_profile())
        .unwrap();
    let problem = client
        .trust(&pending, Confirmation::ByHand)
        .unwrap_err()
        .problem();
    assert_eq!(problem.code, Code::StoreUnwritable);
    assert!(problem.arg("path").unwrap().ends_with("keyferry"));
}

#[test]
fn c6_a_full_disk_changes_nothing() {
    let desk = Desk::with_acme("cad-07");
    let mount = desk.path("small");
    fs::create_dir(&mount).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=48k", "tmpfs"])
        .arg(&mount)
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        println!("skipped: mounting a small file system needs root");
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        let client = desk.client_at(&mount.join("keyferry"));
        let pending = client.read_profile(&acme().signed_profile()).unwrap();
        client.trust(&pending, Confirmation::ByHand).unwrap();
        let code = acme().code();
        ask(&client, &code).unwrap();
        let filler = vec![0; 64 * 1024];
        let _ = fs::write(mount.join("filler"), filler);
        let before = client.outstanding_all().unwrap().len();
        let fault = client
            .request_activation(&code, &label(), Fresh::Yes)
            .unwrap_err();
        assert_eq!(fault.code(), Code::DiskFull);
        assert_eq!(client.outstanding_all().unwrap().len(), before);
        assert!(
            !mount.join("keyferry/state.new").exists(),
            "no half-written file takes room"
        );
        let out = keyferry_client::write_file(&mount.join("request.kft"), &[1; 4000]);
        assert_eq!(out.unwrap_err().code(), Code::DiskFull);
        assert!(!mount.join("request.kft").exists());
        fs::remove_file(mount.join("filler")).unwrap();
        client
            .request_activation(&code, &label(), Fresh::Yes)
            .unwrap();
    });
    assert!(
        Command::new("umount")
            .arg(&mount)
            .status()
            .unwrap()
            .success()
    );
    outcome.unwrap();
}

#[test]
fn c6_a_full_disk_takes_no_seat_back() {
    let desk = Desk::with_acme("cad-07");
    let mount = desk.path("small");
    fs::create_dir(&mount).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&mount)
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        println!("skipped: mounting a small file system needs root");
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        desk.activate();
        let home = mount.join("keyferry");
        copy_store(&desk.home(), &home);
        let client = desk.client_at(&home);
        let _ = fs::write(mount.join("filler"), vec![0; 64 * 1024]);
        let product = TestVendor::product();
        let deactivate = || client.deactivate(&product, DeactivationReason::Other);
        assert_eq!(deactivate().unwrap_err().code(), Code::DiskFull);
        assert!(client.standing(&product).unwrap().standing.state.runs());
        assert!(client.deactivation(&product).unwrap().is_none());
        fs::remove_file(mount.join("filler")).unwrap();
        deactivate().unwrap();
        assert!(!client.standing(&product).unwrap().standing.state.runs());
    });
    assert!(
        Command::new("umount")
            .arg(&mount)
            .status()
            .unwrap()
            .success()
    );
    outcome.unwrap();
}

#[test]
fn c6_in_a_folder_that_can_only_be_read_everything_is_shown_and_nothing_changes() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let mount = desk.path("frozen");
    fs::create_dir(&mount).unwrap();
    copy_store(&desk.home(), &mount);
    let mounted = Command::new("mount")
        .args(["--bind"])
        .args([&mount, &mount])
        .status()
        .is_ok_and(|status| status.success())
        && Command::new("mount")
            .args(["-o", "remount,bind,ro"])
            .arg(&mount)
            .status()
            .is_ok_and(|status| status.success());
    if !mounted {
        println!("skipped: a file system that can only be read needs root");
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        let client = desk.client_at(&mount);
        let product = TestVendor::product();
        assert!(client.standing(&product).unwrap().standing.state.runs());
        client.deactivation_plan(&product).unwrap();
        client.status_code(None).unwrap();
        let told = [
            client
                .deactivate(&product, DeactivationReason::Other)
                .unwrap_err()
                .problem(),
            client.status_report(&product).unwrap_err().problem(),
            client.reset_before_imaging().unwrap_err().problem(),
        ];
        for problem in told {
            assert_eq!(problem.code, Code::StoreUnwritable);
            assert_eq!(problem.arg("path"), mount.to_str());
        }
        assert!(client.standing(&product).unwrap().standing.state.runs());
    });
    assert!(
        Command::new("umount")
            .arg(&mount)
            .status()
            .unwrap()
            .success()
    );
    outcome.unwrap();
}

#[test]
fn a_home_that_is_no_folder_is_told_by_whatever_looks_at_it() {
    let desk = Desk::new("cad-07");
    let file = desk.path("file");
    fs::write(&file, "in the way").unwrap();
    let client = Client::open(Options {
        home: Some(file.clone()),
        ..Options::default()
    });
    let fault = client.unwrap().products().unwrap_err();
    assert_eq!(fault.code(), Code::StoreUnwritable);
    assert_eq!(fault.problem().arg("path"), file.to_str());
    assert_eq!(fs::read_to_string(&file).unwrap(), "in the way");
}

#[test]
fn c7_two_that_give_the_same_seat_back_at_once_make_one_deactivation() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let start = Barrier::new(6);
    let made: Vec<_> = thread::scope(|scope| {
        let giving: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    let client = desk.patient_client();
                    start.wait();
                    client
                        .deactivate(&TestVendor::product(), DeactivationReason::Other)
                        .unwrap()
                })
            })
            .collect();
        giving.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(made.windows(2).all(|pair| pair[0].bytes == pair[1].bytes));
    assert_eq!(made.iter().filter(|made| !made.again).count(), 1);
}

#[test]
fn c7_one_gives_back_while_another_refreshes() {
    for _ in 0..4 {
        let desk = Desk::with_acme("cad-07");
        let mut seat = desk.seat(|_| {});
        let refresh = seat.refresh(NOW, |_| {});
        let start = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                let client = desk.patient_client();
                start.wait();
                client
                    .deactivate(&TestVendor::product(), DeactivationReason::Other)
                    .unwrap();
            });
            scope.spawn(|| {
                let client = desk.patient_client();
                start.wait();
                let _ = client.apply(&refresh);
            });
        });
        assert_eq!(desk.reason(), Some(Code::Deactivated));
    }
}

#[cfg(unix)]
#[test]
fn links_pipes_and_folders_in_the_place_of_the_state_are_damage() {
    use std::os::unix::fs::symlink;
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let state = desk.home().join("state");
    let aside = desk.path("aside");
    fs::rename(&state, &aside).unwrap();
    let told = || desk.standing().standing.reason();
    assert_eq!(told(), Some(Code::StoreDamaged), "gone");
    symlink(&aside, &state).unwrap();
    assert_eq!(told(), Some(Code::StoreDamaged), "a link");
    fs::remove_file(&state).unwrap();
    fs::create_dir(&state).unwrap();
    assert_eq!(told(), Some(Code::StoreDamaged), "a folder");
    fs::remove_dir(&state).unwrap();
    if Command::new("mkfifo")
        .arg(&state)
        .status()
        .is_ok_and(|status| status.success())
    {
        assert_eq!(told(), Some(Code::StoreDamaged), "a pipe");
        fs::remove_file(&state).unwrap();
    }
    let huge = File::create(&state).unwrap();
    huge.set_len(1 << 40).unwrap();
    assert_eq!(told(), Some(Code::StoreDamaged), "a terabyte of nothing");
    fs::rename(&aside, &state).unwrap();
    assert!(desk.standing().standing.state.runs());
}

#[test]
fn an_older_state_in_the_place_of_the_newest_runs_nothing_after_damage() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.clock.pass(Seconds::HOUR);
    desk.standing();
    fs::write(desk.home().join("state"), b"damaged").unwrap();
    let standing = desk.standing().standing;
    assert_eq!(standing.reason(), Some(Code::StoreDamaged));
    assert!(
        !standing.state.runs(),
        "though the previous generation holds a good grant"
    );
    assert!(desk.client().outstanding_all().unwrap().is_empty());
    let request = desk.request(&acme().code());
    assert!(
        desk.home().join("state.damaged").exists(),
        "what was damaged was kept"
    );
    desk.apply(&acme().respond(&request.bytes, desk.clock.now()).bytes)
        .unwrap();
    assert!(desk.standing().standing.state.runs());
}

#[test]
fn c7_a_program_that_holds_the_store_is_waited_for_and_then_named() {
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    let lock = File::options()
        .write(true)
        .open(desk.home().join("lock"))
        .unwrap();
    lock.lock().unwrap();
    let before = fs::read(desk.home().join("state")).unwrap();
    assert_eq!(ask(&desk.client(), &code), Err(Code::StoreLocked));
    assert_eq!(
        desk.client().vendors().unwrap_err().code(),
        Code::StoreLocked
    );
    assert_eq!(fs::read(desk.home().join("state")).unwrap(), before);

    let soon = thread::spawn(move || {
        thread::sleep(std::time::Duration::from_millis(80));
        drop(lock);
    });
    ask(&desk.client(), &code).unwrap();
    soon.join().unwrap();
}

#[test]
fn c7_readers_do_not_keep_each_other_out() {
    let desk = Desk::with_acme("cad-07");
    let lock = File::options()
        .read(true)
        .open(desk.home().join("lock"))
        .unwrap();
    lock.lock_shared().unwrap();
    assert_eq!(desk.client().vendors().unwrap().len(), 1);
}

#[test]
fn c7_many_at_once_ask_for_the_same_and_get_the_same() {
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    let start = Barrier::new(8);
    let bytes: Vec<_> = thread::scope(|scope| {
        let asking: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let client = desk.patient_client();
                    start.wait();
                    ask(&client, &code).unwrap()
                })
            })
            .collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(acme().open(&bytes[0]).number.0, 1);
}

#[test]
fn c7_one_answer_brought_twice_at_once_is_applied_once() {
    let desk = Desk::with_acme("cad-07");
    let answer = desk.answer();
    let start = Barrier::new(4);
    let done: Vec<_> = thread::scope(|scope| {
        let bringing: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let client = desk.patient_client();
                    start.wait();
                    client.apply(&answer).remove(0).unwrap()
                })
            })
            .collect();
        bringing
            .into_iter()
            .map(|one| one.join().unwrap())
            .collect()
    });
    let activated = done
        .iter()
        .filter(|one| matches!(one, Applied::Activated(_)))
        .count();
    let again = done
        .iter()
        .filter(|one| matches!(one, Applied::AlreadyApplied(_)))
        .count();
    assert_eq!((activated, again), (1, 3));
}

#[test]
#[ignore = "the other program of c7_two_programs_never_use_a_number_twice"]
fn other_program() {
    let home = std::env::var_os(HOME).expect("started by the test that it is a part of");
    let desk = Desk::new("cad-07");
    let client = desk.patient_client_at(home.as_ref());
    // Any code with a tag of the trusted vendor's product will do.
    let tag = client.vendors().unwrap()[0].profile.products[0].tag;
    let code = ActivationCode::from_random(tag, [std::process::id().to_be_bytes()[3]; 20]);
    for _ in 0..10 {
        client
            .request_activation(&code, &label(), Fresh::Yes)
            .unwrap();
    }
}

#[test]
fn c7_two_programs_never_use_a_number_twice() {
    let desk = Desk::with_acme("cad-07");
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "store_files::other_program",
                "--ignored",
                "--test-threads=1",
            ])
            .env(HOME, desk.home())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let (mut one, mut other) = (start(), start());
    assert!(one.wait().unwrap().success() && other.wait().unwrap().success());
    let mut numbers: Vec<u64> = desk
        .client()
        .outstanding_all()
        .unwrap()
        .iter()
        .map(|made| made.number.0)
        .collect();
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        (5..=20).collect::<Vec<_>>(),
        "the newest 16 of 20, none twice"
    );
}

#[test]
fn the_floor_is_written_at_most_once_a_minute() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let state = || fs::read(desk.home().join("state")).unwrap();
    let before = state();
    desk.clock.set(NOW.plus(Seconds::new(59)));
    desk.standing();
    assert_eq!(state(), before);
    desk.clock.set(NOW.plus(Seconds::new(60)));
    desk.standing();
    let after = state();
    assert_ne!(after, before);
    desk.standing();
    assert_eq!(state(), after);
}
