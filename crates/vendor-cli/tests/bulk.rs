//! Licenses for whole lists from the command line.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use keyferry_token::{Artefact, License, Seconds, VendorKeys};
use serde_json::Value;
use stage::{Ended, KEY, PRODUCT, Stage};

impl Stage {
    fn list(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.arg(name)
    }

    fn bulk<const N: usize>(&self, list: &str, more: [&str; N]) -> Ended {
        let out = self.arg("out");
        let make = ["license", "bulk", list, "--out", &out, "--json"];
        self.authority(make.iter().chain(&more).copied())
    }

    /// How many licenses the books have.
    fn in_the_books(&self) -> usize {
        let listed = self.authority(["license", "list", "--json"]).done().json();
        listed["licenses"].as_array().unwrap().len()
    }

    /// The license files in the folder, each read by who trusts the vendor.
    fn files(&self) -> HashMap<String, License> {
        let keys = self.vendor_keys();
        let entries = fs::read_dir(self.path("out")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| is_license(name))
            .map(|name| {
                let bytes = fs::read(self.path("out").join(&name)).unwrap();
                let Artefact::License(license) = Artefact::read(&bytes).unwrap().remove(0).unwrap()
                else {
                    panic!("{name} is no license");
                };
                (name, license.verify(&keys).unwrap().into_claims())
            })
            .collect()
    }

    fn vendor_keys(&self) -> VendorKeys {
        let bytes = fs::read(self.path("acme/vendor.kfv")).unwrap();
        let Artefact::Profile(profile) = Artefact::read(&bytes).unwrap().remove(0).unwrap() else {
            panic!("no profile");
        };
        profile.verify_whole().unwrap().signing_keys()
    }

    /// The rows of the results, by the names of their columns.
    fn results(&self) -> Vec<HashMap<String, String>> {
        let text = fs::read_to_string(self.path("out/results.csv")).unwrap();
        let delimiter = if text.starts_with("row;") { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        reader.deserialize().map(Result::unwrap).collect()
    }
}

fn is_license(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|kind| kind == "lic")
}

/// A list of this many rows, each with a USB key of its own.
fn many(rows: usize) -> String {
    let mut text = String::from("reference,product,usb,expires\n");
    for row in 0..rows {
        let key = format!("0781:5581:4C53B{row:05}7Z:30752000000");
        writeln!(text, "order-{row},{PRODUCT},{key},2027-12-31").unwrap();
    }
    text
}

#[test]
fn each_row_becomes_a_license_and_a_row_of_results() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.ask(&stage.sell(1), "cad-07.kft");
    let list = stage.list(
        "list.csv",
        &format!(
            "product;usb;device;unbound;expires;starts;features;edition;holder;grace;reference\r\n\
             {PRODUCT};{KEY};;;2027-12-31;2026-12-01;export, print;Pro;Müller & Söhne;14d;A-1\r\n\
             {PRODUCT};;cad-07.kft;;never;;;;;;\r\n\
             {PRODUCT};;;yes;;;;;;;A-3\r\n\
             {PRODUCT};{KEY};;yes;;;;;;;A-4\r\n\
             com.acme.none;;;yes;;;;;;;=A-5\r\n\
             {PRODUCT};;;yes;31.12.2027;;;;;;\r\n\
             ;;;yes;;;;;;;A-7\r\n\
             {PRODUCT};;../acme/vendor.kfv;;;;;;;;\r\n\
             {PRODUCT};;none.kft;;;;;;;;\r\n"
        ),
    );
    let ended = stage.bulk(&list, []);
    let view = ended.json();
    assert_eq!(
        (ended.exit, ended.error().as_str()),
        (2, "license_binding_unclear")
    );
    assert_eq!((&view["rows"], &view["made"]), (&9.into(), &3.into()));
    assert_eq!(view["refused"], 6);

    let results = stage.results();
    let told: Vec<[&str; 4]> = results
        .iter()
        .map(|row| {
            [
                &*row["row"],
                &*row["outcome"],
                &*row["code"],
                &*row["reference"],
            ]
        })
        .collect();
    assert_eq!(
        told,
        [
            ["2", "made", "", "A-1"],
            ["3", "made", "", ""],
            ["4", "made", "", "A-3"],
            ["5", "refused", "license_binding_unclear", "A-4"],
            ["6", "refused", "product_unknown", "'=A-5"],
            ["7", "refused", "date_refused", ""],
            ["8", "refused", "cell_missing", "A-7"],
            ["9", "refused", "cell_refused", ""],
            ["10", "refused", "file_not_found", ""],
        ]
    );
    let files = stage.files();
    assert_eq!((files.len(), stage.in_the_books()), (3, 3));
    let first = &files[&results[0]["file"]];
    assert_eq!(first.id.to_string(), results[0]["id"]);
    assert_eq!(first.holder.as_ref().unwrap().as_str(), "Müller & Söhne");
    assert_eq!(first.edition.as_ref().unwrap().as_str(), "Pro");
    assert_eq!((first.grace, first.features.len()), (Seconds::days(14), 2));
    assert_eq!(first.not_before.to_string(), "2026-12-01T00:00:00Z");
    assert_eq!(files[&results[1]["file"]].binding.name(), "device");
    assert_eq!(files[&results[2]["file"]].binding.name(), "unbound");
}

#[test]
fn a_list_that_is_brought_again_makes_nothing_twice() {
    let stage = Stage::new();
    let text =
        format!("product,unbound,reference\n{PRODUCT},yes,A-1\n{PRODUCT},yes,\n{PRODUCT},yes,\n");
    let list = stage.list("list.csv", &text);
    assert_eq!(stage.bulk(&list, []).done().json()["made"], 3);
    let (files, results) = (stage.files(), stage.results());
    let lost = stage.path("out").join(&results[0]["file"]);
    fs::remove_file(&lost).unwrap();

    stage.pass(Seconds::HOUR);
    let again = stage.bulk(&list, []).done().json();
    assert_eq!(
        (&again["made"], &again["unchanged"]),
        (&0.into(), &3.into())
    );
    assert_eq!(stage.files(), files);
    let ids = |rows: &[HashMap<String, String>]| -> Vec<String> {
        rows.iter().map(|row| row["id"].clone()).collect()
    };
    assert_eq!(ids(&stage.results()), ids(&results));

    // A reference is known everywhere; what has none, in its folder.
    let elsewhere = stage.arg("elsewhere");
    let there = ["license", "bulk", &list, "--out", &elsewhere, "--json"];
    let there = stage.authority(there).done().json();
    assert_eq!(
        (&there["made"], &there["unchanged"]),
        (&2.into(), &1.into())
    );

    // What is asked for under a reference stays what it was.
    let other = format!("product,usb,reference\n{PRODUCT},{KEY},A-1\n");
    let other = stage.bulk(&stage.list("other.csv", &other), []);
    assert_eq!(other.error(), "reference_taken");
    assert_eq!(stage.in_the_books(), 5);
}

#[test]
fn a_row_that_was_made_is_found_also_where_it_would_not_be_made_any_more() {
    let stage = Stage::new();
    let text = format!("product,unbound,expires,reference\n{PRODUCT},yes,2026-12-31,A-1\n");
    let list = stage.list("list.csv", &text);
    stage.bulk(&list, []).done();
    stage.pass(Seconds::days(365));
    let change = ["product", "change", PRODUCT, "--no-offline"];
    stage.authority(change).done();
    assert_eq!(stage.bulk(&list, []).done().json()["unchanged"], 1);
}

#[test]
fn a_license_that_was_suspended_since_is_given_as_it_is_now() {
    let stage = Stage::new();
    let text = format!("product,unbound,reference\n{PRODUCT},yes,A-1\n");
    let list = stage.list("list.csv", &text);
    stage.bulk(&list, []).done();
    let row = stage.results().remove(0);
    stage.authority(["license", "suspend", &row["id"]]).done();
    stage.bulk(&list, []).done();
    assert_eq!(stage.files()[&row["file"]].status.name(), "suspended");
}

#[test]
fn a_dry_run_checks_every_row_and_makes_nothing() {
    let stage = Stage::new();
    let text = format!("product,unbound,reference\n{PRODUCT},yes,A-1\n{PRODUCT},no,A-2\n");
    let list = stage.list("list.csv", &text);
    let check = ["license", "bulk", &list, "--dry-run", "--json"];
    let checked = stage.authority(check).json();
    assert_eq!(
        (&checked["ready"], &checked["refused"]),
        (&1.into(), &1.into())
    );
    assert_eq!(checked["results"], Value::Null);
    assert_eq!(checked["problems"][0]["row"], 3);
    let with_folder = stage.bulk(&list, ["--dry-run"]);
    assert_eq!(with_folder.json()["made"], 0);
    assert_eq!(
        (stage.in_the_books(), stage.path("out").exists()),
        (0, false)
    );
}

#[test]
fn a_mistyped_column_is_told_before_anything_is_made() {
    let stage = Stage::new();
    let text = format!("product,unbound,expire,note\n{PRODUCT},yes,2027-12-31,call\n");
    let list = stage.list("list.csv", &text);
    let ended = stage.bulk(&list, []);
    assert_eq!(
        (ended.exit, ended.error().as_str()),
        (2, "sheet_column_unknown")
    );
    assert_eq!(ended.json()["error"]["args"]["columns"], "expire, note");
    assert_eq!(stage.in_the_books(), 0);
    let ended = stage.bulk(&list, ["--ignore-columns"]).done();
    assert!(ended.messages.contains("expire, note"), "{ended}");
    let missing = stage.list("missing.csv", "usb,expires\n");
    assert_eq!(stage.bulk(&missing, []).error(), "sheet_heading_missing");
}

#[test]
fn what_a_spreadsheet_would_take_for_a_formula_comes_back_as_text() {
    let stage = Stage::new();
    let mut text = String::from("product,unbound,reference\n");
    for formula in ["=1+1", "+1", "-1", "@SUM(1)", "\"x;=1\"", "\" =1\""] {
        writeln!(text, "com.acme.none,yes,{formula}").unwrap();
    }
    stage.bulk(&stage.list("list.csv", &text), []);
    let told: Vec<String> = stage
        .results()
        .iter()
        .map(|row| row["reference"].clone())
        .collect();
    assert_eq!(told, ["'=1+1", "'+1", "'-1", "'@SUM(1)", "x;'=1", "'=1"]);
}

#[test]
fn a_file_of_someone_elses_is_left_alone() {
    let stage = Stage::new();
    fs::create_dir(stage.path("out")).unwrap();
    fs::write(stage.path("out/results.csv"), "name,salary\n").unwrap();
    let text = format!("product,unbound\n{PRODUCT},yes\n");
    let list = stage.list("list.csv", &text);
    assert_eq!(stage.bulk(&list, []).error(), "file_exists");
    assert_eq!(stage.in_the_books(), 0);
}

#[test]
fn a_list_comes_through_a_pipe_as_well() {
    let stage = Stage::new();
    let text = format!("product,unbound\n{PRODUCT},yes\n");
    let out = stage.arg("out");
    let make = ["license", "bulk", "-", "--out", &out, "--json"];
    let made = stage.authority_reading(text.as_bytes(), make).done();
    assert_eq!(
        (made.json()["made"].as_u64(), stage.files().len()),
        (Some(1), 1)
    );
}

#[test]
fn each_computer_of_an_entitlement_gets_its_refresh() {
    let stage = Stage::new();
    let code = stage.sell(3);
    let machines = ["cad-01", "cad-02", "cad-03"].map(|name| stage.customer(name));
    let ids = machines.each_ref().map(|machine| {
        // The list is in the order of time.
        stage.pass(Seconds::HOUR);
        machine.activate(&code)
    });
    let left = machines[2].leave("left.kft");
    stage.authority(["receive", &left]).done();
    stage.pass(Seconds::days(10));

    let out = stage.arg("out");
    let refresh = ["refresh", "--entitlement", &code, "--out", &out, "--json"];
    let view = stage.authority(refresh).done().json();
    assert_eq!(
        (&view["refreshed"], &view["refused"]),
        (&2.into(), &0.into())
    );
    let results = stage.results();
    let told: Vec<[&str; 3]> = results
        .iter()
        .map(|row| [&*row["row"], &*row["id"], &*row["label"]])
        .collect();
    assert_eq!(told, [["1", &ids[0], "cad-01"], ["2", &ids[1], "cad-02"]]);
    for (machine, row) in machines.iter().zip(&results) {
        let file = stage.path("out").join(&row["file"]);
        let applied = machine
            .run(["apply", file.to_str().unwrap(), "--json"])
            .done()
            .json();
        assert_eq!(applied["outcome"], "refreshed");
        assert_eq!(
            applied["lease_expires_at"],
            row["lease_expires_at"].as_str()
        );
    }
    // It came to its end: the next ones are newer.
    stage.pass(Seconds::HOUR);
    let again = stage.authority(refresh).done().json();
    assert_eq!(again["refreshed"], 2);
    assert_ne!(stage.results()[0]["file"], results[0]["file"]);
    // Standard output is no folder.
    let stream = ["refresh", "--entitlement", &code, "--out", "-", "--json"];
    assert_eq!(stage.authority(stream).error(), "usage");
}

#[test]
fn refreshes_that_were_cut_off_go_on_without_a_second_one() {
    let stage = Stage::new();
    let code = stage.sell(2);
    for name in ["cad-01", "cad-02"] {
        stage.customer(name).activate(&code);
    }
    let out = stage.arg("out");
    let refresh = ["refresh", "--entitlement", &code, "--out", &out, "--json"];
    // What a program leaves that was killed before its end.
    let id = stage.authority(refresh).done().json()["entitlement_id"].clone();
    let note = format!("{} {}", id.as_str().unwrap(), stage.now().unix());
    let results = stage.results();
    fs::write(stage.path("out/.keyferry-bulk-refresh"), &note).unwrap();
    fs::remove_file(stage.path("out").join(&results[0]["file"])).unwrap();
    fs::remove_file(stage.path("out/results.csv")).unwrap();
    stage.pass(Seconds::HOUR);
    let view = stage.authority(refresh).done().json();
    assert_eq!(
        (&view["refreshed"], &view["unchanged"]),
        (&0.into(), &2.into())
    );
    let names = |rows: &[HashMap<String, String>]| -> Vec<String> {
        rows.iter().map(|row| row["file"].clone()).collect()
    };
    assert_eq!(names(&stage.results()), names(&results));
    assert!(stage.path("out").join(&results[0]["file"]).exists());
    // A lease of long ago is no good any more.
    fs::write(stage.path("out/.keyferry-bulk-refresh"), &note).unwrap();
    stage.pass(Seconds::days(2));
    assert_eq!(stage.authority(refresh).done().json()["refreshed"], 2);
}

/// Whether every row has one license, one file and one row of results.
fn assert_whole(stage: &Stage, rows: usize) {
    let results = stage.results();
    let files = stage.files();
    assert_eq!((results.len(), files.len()), (rows, rows));
    assert_eq!(stage.in_the_books(), rows);
    let named: HashSet<&String> = results.iter().map(|row| &row["file"]).collect();
    assert_eq!(named.len(), rows);
    for (at, row) in results.iter().enumerate() {
        assert_eq!(row["row"], (at + 2).to_string());
        assert_eq!(row["reference"], format!("order-{at}"));
        assert_eq!(files[&row["file"]].id.to_string(), row["id"]);
    }
}

#[test]
fn of_two_thousand_rows_each_has_its_license() {
    let stage = Stage::new();
    let list = stage.list("list.csv", &many(2000));
    let made = stage.bulk(&list, []).done().json();
    assert_eq!((&made["rows"], &made["made"]), (&2000.into(), &2000.into()));
    assert_whole(&stage, 2000);
    let proof = stage.authority(["audit", "--verify", "--json"]).done();
    assert_eq!(proof.json()["outcome"], "verified");
}

#[cfg(unix)]
mod cut_off {
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    /// The program itself at work on a list, once it has written some files.
    fn begun(stage: &Stage, list: &str) -> Child {
        let child = Command::new(env!("CARGO_BIN_EXE_keyferry-authority"))
            .args(["--data", &stage.arg("acme"), "license", "bulk", list])
            .args(["--out", &stage.arg("out"), "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let patience = Instant::now() + Duration::from_mins(1);
        while written(stage) < 50 {
            assert!(Instant::now() < patience, "nothing is written");
            std::thread::sleep(Duration::from_millis(2));
        }
        child
    }

    fn written(stage: &Stage) -> usize {
        fs::read_dir(stage.path("out")).map_or(0, |entries| {
            let names = entries.map(|entry| entry.unwrap().file_name());
            names
                .filter(|name| is_license(&name.to_string_lossy()))
                .count()
        })
    }

    #[test]
    fn killed_in_the_middle_it_goes_on_and_makes_nothing_twice() {
        let stage = Stage::new();
        let list = stage.list("list.csv", &many(1500));
        for _ in 0..2 {
            let mut child = begun(&stage, &list);
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(!stage.path("out/results.csv").exists());
            // Every file that is there is whole.
            let files = stage.files().len();
            assert!((50..1500).contains(&files), "{files}");
        }
        stage.bulk(&list, []).done();
        assert_whole(&stage, 1500);
        let parts = fs::read_dir(stage.path("out")).unwrap().filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".part")
        });
        assert_eq!(parts.count(), 0);
    }

    #[test]
    fn interrupted_it_says_how_to_go_on() {
        let stage = Stage::new();
        let list = stage.list("list.csv", &many(1500));
        let child = begun(&stage, &list);
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let ended = child.wait_with_output().unwrap();
        let view: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(
            (ended.status.code(), &view["error"]["code"]),
            (Some(1), &"work_stopped".into())
        );
        let done: usize = view["error"]["args"]["done"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!((written(&stage), stage.in_the_books()), (done, done));
        let again = stage.bulk(&list, []).done().json();
        assert_eq!(again["unchanged"], done);
        assert_whole(&stage, 1500);
    }
}
