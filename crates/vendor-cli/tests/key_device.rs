//! The signing key in a device: `SoftHSM` in the place of an HSM, spoken to by the real program over
//! PKCS#11. Without `SoftHSM` on this machine the tests say so and end; `scripts/test hsm` looks first.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use keyferry_token::{Artefact, KeyPurpose};
use serde_json::Value;
use tempfile::TempDir;

const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];
const TOKEN: &str = "acme signing";
const PIN: &str = "48151623";

/// A vendor with a device of its own.
struct Vendor {
    folder: TempDir,
    module: String,
}

impl Vendor {
    /// `None` where there is no `SoftHSM`.
    fn new() -> Option<Self> {
        let vendor = Self::with_a_device()?;
        vendor.done(&["init", "--vendor", "Acme Tools"]);
        vendor.sell_cad();
        Some(vendor)
    }

    /// Who is none yet.
    fn with_a_device() -> Option<Self> {
        let module = MODULES.into_iter().find(|path| Path::new(path).exists());
        let Some(module) = module else {
            println!("skipped: there is no SoftHSM (Debian: softhsm2)");
            return None;
        };
        let vendor = Self {
            folder: tempfile::tempdir().unwrap(),
            module: module.to_owned(),
        };
        fs::create_dir(vendor.path("tokens")).unwrap();
        let tokens = vendor.arg("tokens");
        let conf = format!("directories.tokendir = {tokens}\nobjectstore.backend = file\n");
        fs::write(vendor.path("softhsm2.conf"), conf).unwrap();
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", TOKEN])
            .args(["--pin", PIN, "--so-pin", "11223344"])
            .env("SOFTHSM2_CONF", vendor.path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        fs::write(vendor.path("pin.txt"), format!("{PIN}\n")).unwrap();
        Some(vendor)
    }

    fn sell_cad(&self) {
        let product = ["product", "add", "com.acme.cad", "--name", "Acme CAD"];
        self.done(&[&product[..], &["--offline"]].concat());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn arg(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_keyferry-authority"))
            .args(["--data", &self.arg("acme"), "--json"])
            .args(args)
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// With what it ends; the PIN is in nothing that it says.
    #[track_caller]
    fn fails(&self, args: &[&str]) -> String {
        let output = self.run(args);
        for said in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(said).contains(PIN), "{output:?}");
        }
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["error"]["code"].as_str().unwrap().to_owned()
    }

    fn rotate(&self, pin: &str, token: &str) -> Vec<String> {
        [
            "--pin-file",
            pin,
            "key",
            "rotate",
            "signing",
            "--pkcs11",
            &self.module,
            "--token",
            token,
        ]
        .map(ToOwned::to_owned)
        .to_vec()
    }
}

fn refs(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

#[test]
fn a_key_in_a_device_signs_what_customers_believe() {
    let Some(vendor) = Vendor::new() else { return };
    let pin = vendor.arg("pin.txt");
    let rotated = vendor.done(&refs(&vendor.rotate(&pin, TOKEN)));
    let kid = rotated["key_id"].as_str().unwrap();
    let listed = vendor.done(&["key", "list"]);
    let key = listed["keys"].as_array().unwrap().iter();
    let key = key.clone().find(|key| key["key_id"] == kid).unwrap();
    assert_eq!(key["home"]["kind"], "device");
    assert_eq!(key["home"]["token"], TOKEN);
    // Nothing of it lies in the folder but where it is.
    let keys = vendor.path("acme/keys");
    assert!(!keys.join(format!("signing-{kid}.key")).exists());
    let place = fs::read_to_string(keys.join(format!("signing-{kid}.device"))).unwrap();
    assert!(!place.contains(PIN));

    let file = vendor.arg("cad.lic");
    let make = [
        "license",
        "--product",
        "com.acme.cad",
        "--unbound",
        "--out",
        &file,
    ];
    let with_pin: Vec<&str> = ["--pin-file", &pin].into_iter().chain(make).collect();
    vendor.done(&with_pin);
    let profile = fs::read(vendor.path("acme/vendor.kfv")).unwrap();
    let Some(Ok(Artefact::Profile(profile))) = Artefact::read(&profile).unwrap().pop() else {
        panic!("no profile")
    };
    let profile = profile.verify_whole().unwrap();
    let Some(Ok(Artefact::License(license))) =
        Artefact::read(&fs::read(&file).unwrap()).unwrap().pop()
    else {
        panic!("no license")
    };
    let license = license.verify(&profile.signing_keys()).unwrap();
    let signing = profile
        .keys
        .iter()
        .filter(|key| key.purpose() == KeyPurpose::Signing);
    assert_eq!(
        license.key(),
        signing.map(keyferry_token::ProfileKey::id).next_back()
    );

    // What signs nothing works without the device's PIN, and what signs says that it is missing.
    vendor.done(&["product", "list"]);
    assert_eq!(vendor.fails(&make), "key_device_pin_missing");
}

#[test]
fn a_vendor_begins_with_its_signing_key_in_a_device() {
    let Some(vendor) = Vendor::with_a_device() else {
        return;
    };
    let pin = vendor.arg("pin.txt");
    let init = |token: &'static str, pin: Option<&str>| -> Vec<String> {
        let pin = pin.into_iter().flat_map(|pin| ["--pin-file", pin]);
        let init = ["init", "--vendor", "Acme Tools", "--pkcs11", &vendor.module];
        let all = pin.chain(init).chain(["--token", token]);
        all.map(ToOwned::to_owned).collect()
    };
    // What the device refuses leaves no authority behind, and is done again.
    assert_eq!(
        vendor.fails(&refs(&init(TOKEN, None))),
        "key_device_pin_missing"
    );
    let other = init("another token", Some(&pin));
    assert_eq!(vendor.fails(&refs(&other)), "key_device_missing");
    assert_eq!(vendor.fails(&["product", "list"]), "authority_missing");
    vendor.done(&refs(&init(TOKEN, Some(&pin))));
    vendor.sell_cad();

    let listed = vendor.done(&["key", "list"]);
    let signing: Vec<&Value> = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["purpose"] == "signing")
        .collect();
    // It never was anywhere else.
    assert_eq!(signing.len(), 1);
    assert_eq!(signing[0]["home"]["kind"], "device");
    let kid = signing[0]["key_id"].as_str().unwrap();
    let files: Vec<String> = fs::read_dir(vendor.path("acme/keys"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("signing-"))
        .collect();
    assert_eq!(files, [format!("signing-{kid}.device")]);
    let make = ["license", "--product", "com.acme.cad", "--unbound"];
    assert_eq!(vendor.fails(&make), "key_device_pin_missing");
    vendor.done(&[&["--pin-file", &pin], &make[..]].concat());
    vendor.done(&["audit", "--verify"]);
}

#[test]
fn a_portal_whose_device_refuses_the_pin_does_not_begin() {
    let Some(vendor) = Vendor::new() else { return };
    let (pin, wrong) = (vendor.arg("pin.txt"), vendor.arg("wrong.txt"));
    fs::write(&wrong, "00000000\n").unwrap();
    vendor.done(&refs(&vendor.rotate(&pin, TOKEN)));
    // An address that is no one's to listen at: it is not come to.
    let serve = ["serve", "--listen", "192.0.2.1:1"];
    let with = |pin| {
        ["--pin-file", pin]
            .into_iter()
            .chain(serve)
            .collect::<Vec<_>>()
    };
    assert_eq!(vendor.fails(&with(&wrong)), "key_device_pin_wrong");
    assert_eq!(vendor.fails(&serve), "key_device_pin_missing");
    assert_eq!(vendor.fails(&with(&pin)), "address_taken");
}

#[test]
fn another_key_of_the_device_signs_nothing_in_the_place_of_the_vendors() {
    let Some(vendor) = Vendor::new() else { return };
    let pin = vendor.arg("pin.txt");
    let place = || {
        let rotated = vendor.done(&refs(&vendor.rotate(&pin, TOKEN)));
        let kid = rotated["key_id"].as_str().unwrap();
        vendor.path(&format!("acme/keys/signing-{kid}.device"))
    };
    let (first, second) = (place(), place());
    let own = fs::read(&second).unwrap();
    fs::copy(first, &second).unwrap();
    let with_pin = |args: &[&'static str]| {
        let args = args.to_vec();
        ["--pin-file", &pin]
            .into_iter()
            .chain(args)
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    let make = with_pin(&["license", "--product", "com.acme.cad", "--unbound"]);
    let serve = with_pin(&["serve", "--listen", "192.0.2.1:1"]);
    assert_eq!(vendor.fails(&refs(&make)), "key_device_failed");
    assert_eq!(vendor.fails(&refs(&serve)), "key_device_failed");
    fs::write(&second, own).unwrap();
    vendor.done(&refs(&make));
}

#[test]
fn whoever_retires_a_key_in_a_device_is_told_that_it_stays_there() {
    let Some(vendor) = Vendor::new() else { return };
    let rotated = vendor.done(&refs(&vendor.rotate(&vendor.arg("pin.txt"), TOKEN)));
    let in_file = vendor.done(&["key", "rotate", "signing"]);
    vendor.done(&["key", "rotate", "signing"]);
    let said = |key: &Value| {
        let output = Command::new(env!("CARGO_BIN_EXE_keyferry-authority"))
            .args(["--data", &vendor.arg("acme"), "key", "retire"])
            .args([key["key_id"].as_str().unwrap(), "--yes"])
            .env("SOFTHSM2_CONF", vendor.path("softhsm2.conf"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let stays = format!("still in the device {TOKEN}");
    assert!(said(&rotated).contains(&stays));
    assert!(!said(&in_file).contains("device"));
}

#[test]
fn a_device_that_is_gone_or_closed_is_told_by_its_cause() {
    let Some(vendor) = Vendor::new() else { return };
    let pin = vendor.arg("pin.txt");
    let wrong = vendor.arg("wrong.txt");
    fs::write(&wrong, "00000000\n").unwrap();
    let before = vendor.done(&["key", "list"]);
    let fails = |args: Vec<String>| vendor.fails(&refs(&args));
    assert_eq!(fails(vendor.rotate(&wrong, TOKEN)), "key_device_pin_wrong");
    assert_eq!(fails(vendor.rotate(&pin, "another")), "key_device_missing");
    let mut elsewhere = vendor.rotate(&pin, TOKEN);
    elsewhere[6] = vendor.arg("no-module.so");
    assert_eq!(fails(elsewhere), "key_device_missing");
    let without = [
        "key",
        "rotate",
        "signing",
        "--pkcs11",
        &vendor.module,
        "--token",
        TOKEN,
    ];
    assert_eq!(vendor.fails(&without), "key_device_pin_missing");
    // Nothing was changed by any of it.
    assert_eq!(vendor.done(&["key", "list"]), before);

    vendor.done(&refs(&vendor.rotate(&pin, TOKEN)));
    let make = [
        "--pin-file",
        &pin,
        "license",
        "--product",
        "com.acme.cad",
        "--unbound",
    ];
    vendor.done(&make);
    fs::rename(vendor.path("tokens"), vendor.path("unplugged")).unwrap();
    fs::create_dir(vendor.path("tokens")).unwrap();
    assert_eq!(vendor.fails(&make), "key_device_missing");
    // The way on without it: a key in a file again.
    vendor.done(&["key", "rotate", "signing"]);
    vendor.done(&["license", "--product", "com.acme.cad", "--unbound"]);
}
