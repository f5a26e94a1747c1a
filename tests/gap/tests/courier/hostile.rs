//! A stick that somebody prepared.

use std::{fs, time::Instant};

use keyferry_authority::RealMedium;
use keyferry_catalogue::Code;
use keyferry_gap::{Computer, Time, VendorSide, wait};

use crate::stick::{Stick, counted};

struct Scene {
    vendor: VendorSide,
    computer: Computer,
    stick: Stick,
}

fn scene() -> Scene {
    let time = Time::default();
    let vendor = VendorSide::acme(&time);
    let computer = Computer::of(&vendor, "pc-1", &time);
    computer.request(&vendor.sell(1).code).unwrap();
    let stick = Stick::new();
    stick.collect(&computer);
    Scene {
        vendor,
        computer,
        stick,
    }
}

impl Scene {
    /// Everything that both sides do with a stick.
    fn goes_round(&self) {
        let round = self.stick.answer(&self.vendor);
        assert_eq!(counted(&round).0, 1, "{:?}", round.brought);
        self.stick.collect(&self.computer);
        self.computer
            .client()
            .courier_look(self.stick.root())
            .unwrap();
        self.stick.activates(&self.computer);
    }

    /// How the two sides end on it, without anything done.
    fn ends(&self) -> Vec<Code> {
        let client = self.computer.client();
        let root = self.stick.root();
        let vendor = wait(self.vendor.authority.answer_courier(&RealMedium, root));
        vec![
            vendor.unwrap_err().code(),
            client.courier_collect(root).unwrap_err().code(),
            client.courier_deliver(root).unwrap_err().code(),
            client.courier_look(root).unwrap_err().code(),
        ]
    }
}

#[cfg(unix)]
#[test]
fn links_pipes_and_folders_are_passed_over() {
    use std::os::unix::fs::symlink;
    let scene = scene();
    let secret = scene.stick.root().join("secret");
    fs::write(&secret, b"-----BEGIN KEYFERRY ACTIVATION REQUEST-----").unwrap();
    for folder in ["outbox", "inbox"] {
        let folder = scene.stick.path(folder);
        symlink(&secret, folder.join("link.kft")).unwrap();
        symlink("/dev/zero", folder.join("zero.kft")).unwrap();
        symlink(folder.join("loop.kft"), folder.join("loop.kft")).unwrap();
        fs::create_dir(folder.join("folder.kft")).unwrap();
        let pipe = folder.join("pipe.kft");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
    }
    symlink("/dev/zero", scene.stick.root().join("loose.kft")).unwrap();
    let begun = Instant::now();
    scene.goes_round();
    assert!(begun.elapsed().as_secs() < 20, "nobody waits for a pipe");
    for name in ["link.kft", "folder.kft", "pipe.kft"] {
        assert!(fs::symlink_metadata(scene.stick.path("inbox").join(name)).is_ok());
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_goes_through_no_link_to_another_file() {
    use std::os::unix::fs::symlink;
    let scene = scene();
    let victim = scene.stick.root().join("victim");
    for place in ["results.html", "README.txt"] {
        let place = scene.stick.path(place);
        for make in [
            |from: &std::path::Path, to: &std::path::Path| symlink(from, to),
            |from: &std::path::Path, to: &std::path::Path| fs::hard_link(from, to),
        ] {
            fs::write(&victim, b"somebody's").unwrap();
            let _ = fs::remove_file(&place);
            make(&victim, &place).unwrap();
            let root = scene.stick.root();
            let round = wait(scene.vendor.authority.answer_courier(&RealMedium, root)).unwrap();
            assert_eq!(counted(&round).0, 1);
            scene.stick.collect(&scene.computer);
            assert_eq!(fs::read(&victim).unwrap(), b"somebody's", "{place:?}");
            fs::remove_file(&place).unwrap();
        }
    }
    // The same in the place of an answer.
    let answer = scene.stick.files("inbox").into_keys().next().unwrap();
    let answer = scene.stick.path("inbox").join(answer);
    fs::remove_file(&answer).unwrap();
    symlink(&victim, &answer).unwrap();
    let root = scene.stick.root();
    let round = wait(scene.vendor.authority.answer_courier(&RealMedium, root)).unwrap();
    assert_eq!(round.trouble.unwrap().code(), Code::FileUnwritable);
    assert_eq!(fs::read(&victim).unwrap(), b"somebody's");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_folder_ends_the_work() {
    use std::os::unix::fs::symlink;
    for folder in ["", "inbox", "outbox"] {
        let scene = scene();
        let place = scene.stick.path(folder);
        let elsewhere = scene.stick.root().join("elsewhere");
        fs::rename(&place, &elsewhere).unwrap();
        let place = scene.stick.root().join("KEYFERRY").join(folder);
        let place = place.components().collect::<std::path::PathBuf>();
        symlink(&elsewhere, &place).unwrap();
        let before = fs::read_dir(&elsewhere).unwrap().count();
        let ends = scene.ends();
        assert!(
            ends.iter().all(|code| *code == Code::FileUnreadable),
            "{folder}: {ends:?}"
        );
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), before);
    }
}

#[test]
fn a_folder_with_too_many_entries_is_refused_before_anything_is_done() {
    for folder in ["outbox", "inbox"] {
        let scene = scene();
        let full = scene.stick.path(folder);
        for number in 0..=4096 {
            fs::write(full.join(format!("{number}.txt")), b"").unwrap();
        }
        let root = scene.stick.root();
        let fault = wait(scene.vendor.authority.answer_courier(&RealMedium, root)).unwrap_err();
        assert_eq!(fault.code(), Code::CourierTooMany);
        assert_eq!(scene.vendor.logged("request_answered"), 0);
        let client = scene.computer.client();
        let fault = match folder {
            "outbox" => client.courier_collect(root).unwrap_err(),
            _ => client.courier_deliver(root).unwrap_err(),
        };
        assert_eq!(fault.code(), Code::CourierTooMany);
        assert_eq!(
            client.courier_look(root).unwrap_err().code(),
            Code::CourierTooMany
        );
    }
}

#[test]
fn a_root_full_of_other_things_is_no_trouble() {
    let scene = scene();
    for number in 0..5000 {
        fs::write(
            scene.stick.root().join(format!("{number}.kft")),
            b"no token",
        )
        .unwrap();
    }
    scene.goes_round();
}

#[test]
fn what_is_no_token_is_named_and_harms_nobody() {
    let scene = scene();
    let outbox = scene.stick.path("outbox");
    let request = scene.stick.files("outbox").into_values().next().unwrap();
    let request = String::from_utf8(request).unwrap();
    for (name, content) in [
        ("empty.kft", Vec::new()),
        ("huge.kft", vec![b'A'; 1 << 20]),
        ("zeros.kft", vec![0; 700]),
        ("cut.kft", request.as_bytes()[..400].to_vec()),
        (
            "answer.kft",
            request.replace("REQUEST", "RESPONSE").into_bytes(),
        ),
        ("up\\..\\..\\up.kft", request.clone().into_bytes()),
        ("-rf.kft", request.clone().into_bytes()),
        ("a\nb.kft", b"\x1b[2J".to_vec()),
        ("Thumbs.db", vec![1; 100]),
        ("._AB3D.kft", vec![5; 4096]),
    ] {
        fs::write(outbox.join(name), content).unwrap();
    }
    let before = scene.stick.files("outbox");
    let round = scene.stick.answer(&scene.vendor);
    // The same request under three names is one request.
    assert_eq!(counted(&round), (3, 0, 6));
    assert_eq!(scene.stick.count("inbox"), 1);
    assert_eq!(scene.stick.files("outbox"), before);
    scene.stick.activates(&scene.computer);
    assert_eq!(
        scene.stick.files("outbox").len(),
        before.len() - 1,
        "its own and nothing else"
    );
}

#[test]
fn an_answer_that_somebody_exchanged_is_not_taken() {
    let scene = scene();
    scene.stick.answer(&scene.vendor);
    let time = Time::default();
    let other = Computer::of(&scene.vendor, "pc-2", &time);
    let request = other.request(&scene.vendor.sell(1).code).unwrap();
    let foreign = scene.vendor.receive(&request.bytes);
    let keyferry_authority::Received::Answered(foreign) = foreign else {
        panic!("{foreign:?}");
    };
    let (name, own) = scene.stick.files("inbox").into_iter().next().unwrap();
    let place = scene.stick.path("inbox").join(name);
    fs::write(&place, &foreign.sealed.bytes).unwrap();
    // The authority overwrites no whole token, and says so.
    let root = scene.stick.root();
    let round = wait(scene.vendor.authority.answer_courier(&RealMedium, root)).unwrap();
    assert_eq!(round.trouble.unwrap().code(), Code::FileUnwritable);
    assert_eq!(fs::read(&place).unwrap(), foreign.sealed.bytes);
    assert!(
        scene.stick.deliver(&scene.computer).is_empty(),
        "it is sealed to another"
    );
    assert!(place.exists());
    // Under any other name it is as good as ever.
    fs::write(scene.stick.path("inbox").join("found in the mail.kft"), own).unwrap();
    scene.stick.activates(&scene.computer);
}
