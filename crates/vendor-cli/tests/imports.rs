//! Books in bulk: entitlements from the lists of other systems.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;

use keyferry_token::Seconds;
use serde_json::Value;
use stage::{Ended, PRODUCT, Stage};

impl Stage {
    fn import(&self, list: &str, results: &str) -> Ended {
        fs::write(self.path("orders.csv"), list).unwrap();
        let (list, out) = (self.arg("orders.csv"), self.arg(results));
        self.authority(["entitlement", "import", &list, "--out", &out, "--json"])
    }

    fn results(&self, name: &str) -> Vec<HashMap<String, String>> {
        let text = fs::read_to_string(self.path(name)).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().map(Result::unwrap).collect()
    }

    fn sold(&self) -> Vec<Value> {
        let listed = self.authority(["entitlement", "list", "--json"]);
        let listed = listed.done().json();
        listed["entitlements"].as_array().unwrap().clone()
    }
}

const HEADING: &str = "reference,product,seats,offline_lease,ends,features,holder\n";

#[test]
fn rows_of_another_system_become_entitlements_with_codes_that_work() {
    let stage = Stage::new();
    let list = format!(
        "{HEADING}A-1,{PRODUCT},2,30d,2027-12-31,\"export,print\",Müller\nA-2,{PRODUCT},1,30d,,,\nA-3,{PRODUCT},,30d,,,\nA-4,com.acme.none,1,,,,\n"
    );
    let ended = stage.import(&list, "codes.csv");
    assert_eq!((ended.exit, ended.error().as_str()), (2, "cell_missing"));
    let view = ended.json();
    assert_eq!((&view["added"], &view["refused"]), (&2.into(), &2.into()));
    let results = stage.results("codes.csv");
    let told: Vec<[&str; 3]> = results
        .iter()
        .map(|row| [&*row["reference"], &*row["outcome"], &*row["code"]])
        .collect();
    assert_eq!(
        told,
        [
            ["A-1", "added", ""],
            ["A-2", "added", ""],
            ["A-3", "refused", "cell_missing"],
            ["A-4", "refused", "product_unknown"],
        ]
    );
    let sold = stage.sold();
    assert_eq!(sold.len(), 2);
    let first = sold.iter().find(|sold| sold["holder"] == "Müller").unwrap();
    assert_eq!(
        (&first["seats"], &first["features"]),
        (&2.into(), &["export", "print"][..].into())
    );
    assert_eq!(first["entitlement_id"], results[0]["id"].as_str());
    stage
        .customer("cad-07")
        .activate(&results[0]["activation_code"]);
    // The codes are for their owner, and nowhere else.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(stage.path("codes.csv"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(!stage.path(".codes.csv.codes").exists());
    assert!(!ended.text().contains(&results[0]["activation_code"]));
}

#[test]
fn the_same_list_changes_what_it_made() {
    let stage = Stage::new();
    let row = |seats, ends: &str, holder: &str| {
        format!("{HEADING}A-1,{PRODUCT},{seats},30d,{ends},,{holder}\n")
    };
    stage
        .import(&row(2, "2027-12-31", "Müller"), "1.csv")
        .done();
    let again = stage
        .import(&row(2, "2027-12-31", "Müller"), "2.csv")
        .done();
    assert_eq!(again.json()["unchanged"], 1);
    assert_eq!(stage.results("2.csv")[0]["activation_code"], "");

    let more = stage
        .import(&row(5, "2028-12-31", "Example Works"), "3.csv")
        .done();
    assert_eq!(more.json()["changed"], 1);
    let sold = stage.sold();
    assert_eq!(sold.len(), 1);
    assert_eq!(
        (&sold[0]["seats"], &sold[0]["holder"]),
        (&5.into(), &"Example Works".into())
    );
    assert_eq!(sold[0]["expires_at"], "2028-12-31T23:59:59Z");
    // A column that is not there leaves things as they are; an empty cell says that there is none.
    let short = format!("reference,product,ends\nA-1,{PRODUCT},\n");
    stage.import(&short, "4.csv").done();
    let sold = stage.sold();
    assert_eq!(
        (&sold[0]["seats"], &sold[0]["expires_at"]),
        (&5.into(), &Value::Null)
    );
    // The log says what changed, and keeps no name.
    let log = stage.authority(["audit", "--json"]).done().json();
    let changes: Vec<&Value> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "entitlement_changed")
        .collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(
        (
            &changes[0]["detail"]["seats"],
            &changes[0]["detail"]["holder"]
        ),
        (&5.into(), &true.into())
    );
    assert!(!log.to_string().contains("Example Works"));
}

#[test]
fn what_a_row_may_not_change_stays_as_it_is() {
    let stage = Stage::new();
    stage.offer("com.acme.lab", []);
    let row = |product: &str, seats, ends: &str| {
        format!("reference,product,seats,offline_lease,ends\nA-1,{product},{seats},30d,{ends}\n")
    };
    stage.import(&row(PRODUCT, 3, "2027-12-31"), "1.csv").done();
    let code = stage.results("1.csv")[0]["activation_code"].clone();
    for name in ["cad-01", "cad-02"] {
        stage.customer(name).activate(&code);
    }
    let before = stage.sold();
    for (at, (list, refused)) in [
        (row("com.acme.lab", 3, "2027-12-31"), "reference_taken"),
        (row(PRODUCT, 1, "2027-12-31"), "seats_in_use"),
        (row(PRODUCT, 3, "2020-12-31"), "entitlement_ended"),
        (row(PRODUCT, 0, "2027-12-31"), "cell_refused"),
    ]
    .into_iter()
    .enumerate()
    {
        let ended = stage.import(&list, &format!("refused-{at}.csv"));
        assert_eq!(ended.error(), refused);
        assert_eq!(stage.sold(), before);
    }
    // A computer whose time is over holds its seat until another one takes it.
    stage.pass(Seconds::days(60));
    assert_eq!(
        stage
            .import(&row(PRODUCT, 1, "2027-12-31"), "over.csv")
            .error(),
        "seats_in_use"
    );
    stage
        .import(&row(PRODUCT, 2, "2027-12-31"), "down.csv")
        .done();
    stage.authority(["entitlement", "revoke", &code]).done();
    let revoked = stage.import(&row(PRODUCT, 5, "2027-12-31"), "revoked.csv");
    assert_eq!(
        (revoked.exit, revoked.error().as_str()),
        (11, "entitlement_revoked")
    );
}

#[test]
fn a_dry_run_says_what_would_be_and_does_nothing() {
    let stage = Stage::new();
    stage
        .import(&format!("{HEADING}A-1,{PRODUCT},2,30d,,,\n"), "1.csv")
        .done();
    let before = stage.sold();
    let list = stage.arg("list.csv");
    let text =
        format!("{HEADING}A-1,{PRODUCT},3,30d,,,\nA-2,{PRODUCT},1,,,,\nA-3,{PRODUCT},x,,,,\n");
    fs::write(&list, text).unwrap();
    let checked = stage
        .authority(["entitlement", "import", &list, "--dry-run", "--json"])
        .json();
    let counts = ["added", "changed", "refused"].map(|name| checked[name].as_u64().unwrap());
    assert_eq!(
        (counts, &checked["outcome"]),
        ([1, 1, 1], &"checked".into())
    );
    assert_eq!(stage.sold(), before);
}

#[test]
fn the_only_copy_of_codes_is_never_replaced() {
    let stage = Stage::new();
    let list = format!("{HEADING}A-1,{PRODUCT},2,30d,,,\n");
    stage.import(&list, "codes.csv").done();
    let codes = fs::read(stage.path("codes.csv")).unwrap();
    assert_eq!(stage.import(&list, "codes.csv").error(), "file_exists");
    assert_eq!(fs::read(stage.path("codes.csv")).unwrap(), codes);
}

#[test]
fn products_are_added_and_changed_by_a_list() {
    let stage = Stage::new();
    let list = stage.arg("products.csv");
    let import = |text: &str, more: &[&str]| {
        fs::write(&list, text).unwrap();
        let import = ["product", "import", &list, "--json"];
        stage.authority(import.iter().chain(more).copied())
    };
    let shown = |code: &str| {
        let listed = stage.authority(["product", "list", "--json"]).done().json();
        let products = listed["products"].as_array().unwrap();
        products
            .iter()
            .find(|product| product["product"] == code)
            .cloned()
    };
    let text = format!(
        "product;name;features;offline;grace;emergency;emergency_uses;moves\n\
         com.acme.lab;Acme Lab;export, print;yes;14d;3d;2;1\n\
         {PRODUCT};;;;;;;8\ncom.acme.new;;;yes;;;;\nAcme;Acme;;yes;;;;\n"
    );
    let checked = import(&text, &["--dry-run"]).json();
    assert_eq!(
        (&checked["added"], &checked["changed"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        (shown("com.acme.lab"), &checked["profile"]),
        (None, &Value::Null)
    );

    let out = stage.arg("results.csv");
    let ended = import(&text, &["--out", &out]);
    assert_eq!((ended.exit, ended.error().as_str()), (2, "cell_missing"));
    let results = fs::read_to_string(&out).unwrap();
    let told: Vec<&str> = results.lines().skip(1).collect();
    assert!(told[0].starts_with("2;com.acme.lab;added;"), "{results}");
    assert!(
        told[1].starts_with(&format!("3;{PRODUCT};changed;")),
        "{results}"
    );
    assert!(told[2].starts_with("4;;refused;cell_missing;"), "{results}");
    assert!(
        told[3].starts_with("5;;refused;product_code_refused;"),
        "{results}"
    );
    let lab = shown("com.acme.lab").unwrap();
    assert_eq!(
        (&lab["features"], &lab["grace"]),
        (&["export", "print"][..].into(), &"14d".into())
    );
    assert_eq!(
        (&lab["emergency"]["length"], &lab["emergency"]["uses"]),
        (&"3d".into(), &2.into())
    );
    let cad = shown(PRODUCT).unwrap();
    // An empty cell leaves what has no "none" as it is.
    assert_eq!(
        (&cad["moves_per_year"], &cad["grace"]),
        (&8.into(), &"7d".into())
    );

    let again = import(&text, &[]).json();
    assert_eq!(
        (&again["unchanged"], &again["profile"]),
        (&2.into(), &Value::Null)
    );
    let fewer = "product,features,emergency\ncom.acme.lab,export,\n";
    assert_eq!(import(fewer, &[]).done().json()["changed"], 1);
    let lab = shown("com.acme.lab").unwrap();
    assert_eq!(
        (&lab["features"], &lab["emergency"]),
        (&["export"][..].into(), &Value::Null)
    );
}

#[cfg(unix)]
#[test]
fn killed_in_the_middle_no_code_is_lost() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    const ROWS: usize = 5000;
    let stage = Stage::new();
    let mut list = String::from("reference,product,seats,offline_lease\n");
    for row in 0..ROWS {
        writeln!(list, "A-{row},{PRODUCT},1,30d").unwrap();
    }
    fs::write(stage.path("orders.csv"), &list).unwrap();
    let safe = stage.path(".codes.csv.codes");
    let kept = || fs::metadata(&safe).map_or(0, |found| found.len());
    let books = stage.path("acme/authority.db-wal");
    let written = || fs::metadata(&books).and_then(|found| found.modified()).ok();
    // Cut again and again, each time just when the books are being written.
    for cut in 0..3 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_keyferry-authority"))
            .args(["--data", &stage.arg("acme"), "entitlement", "import"])
            .args([&stage.arg("orders.csv"), "--out", &stage.arg("codes.csv")])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let patience = Instant::now() + Duration::from_mins(1);
        let wait = |over: &dyn Fn() -> bool| {
            while !over() {
                assert!(Instant::now() < patience, "nothing is written");
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        // Three batches are under way: a fourth is safe only when the first is in the books.
        let before = kept();
        wait(&|| kept() > before + if cut == 0 { 80_000 } else { 0 });
        let last = written();
        wait(&|| written() != last);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!stage.path("codes.csv").exists());
    }
    let made = stage.sold().len();
    assert!((1..ROWS).contains(&made), "{made}");

    let view = stage.import(&list, "codes.csv").done().json();
    assert_eq!(view["unchanged"], made);
    assert_eq!(view["added"], ROWS - made);
    let results = stage.results("codes.csv");
    assert_eq!((results.len(), stage.sold().len()), (ROWS, ROWS));
    assert!(results.iter().all(|row| row["activation_code"].len() == 29));
    assert!(!safe.exists());
    // Those of before the cut open what the books have.
    for row in [&results[0], &results[made - 1], &results[ROWS - 1]] {
        let shown = stage.authority(["entitlement", "show", &row["activation_code"], "--json"]);
        assert_eq!(shown.done().json()["entitlement_id"], row["id"].as_str());
    }
}
