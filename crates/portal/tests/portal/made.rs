//! The vendor's pages: license files, one by one and from lists.

use std::io::{Cursor, Read as _};

use keyferry_authority::{LicenseSearch, ListWorker, NewList, Origin, Role};
use keyferry_fixtures::TestDevice;
use keyferry_token::{AccountId, Binding, License, Seconds, TokenKind, Verified};
use serde_json::json;
use zip::ZipArchive;

use crate::{
    anyone::zipped,
    sold::{led_to, seal, send},
    stage::{Browser, PRODUCT, Page, Stage, text},
};

const PLAIN: [(&str, &str); 9] = [
    ("product", PRODUCT),
    ("bound", "unbound"),
    ("usb", ""),
    ("device", ""),
    ("expires", "2099-12-31"),
    ("grace", "7d"),
    ("starts", ""),
    ("features", ""),
    ("holder", "Example Works"),
];

fn with<'f>(changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let mut fields = PLAIN.to_vec();
    for (name, value) in changes {
        fields.retain(|(given, _)| given != name);
        fields.push((name, value));
    }
    fields
}

/// What the file that is downloaded says.
fn downloaded(stage: &Stage, page: &Page) -> Verified<License> {
    let read = keyferry_token::Artefact::read(&page.bytes)
        .unwrap()
        .remove(0);
    let Ok(keyferry_token::Artefact::License(license)) = read else {
        panic!("no license");
    };
    license.verify(&stage.profile.signing_keys()).unwrap()
}

fn made(browser: &Browser<'_>, fields: &[(&str, &str)]) -> String {
    let page = send(browser, "/vendor/licenses/add", fields);
    led_to(&page).strip_suffix("?done=made").unwrap().to_owned()
}

#[test]
fn a_license_is_made_downloaded_and_followed_by_another_file() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let path = made(&issuer, &PLAIN);
    let page = issuer.get(&format!("{path}?done=made"));
    assert_eq!(page.heading(), "Acme <i>CAD</i> for Example Works");
    let file = issuer.get(&format!("{path}/file"));
    let name = file.header("content-disposition").unwrap();
    assert!(
        name.starts_with("attachment; filename=\"keyferry-license-"),
        "{name}"
    );
    assert!(name.ends_with(".lic\""), "{name}");
    let first = downloaded(&stage, &file);
    assert_eq!(first.binding, Binding::Unbound);
    assert_eq!(first.grace, Seconds::days(7));

    stage.clock.pass(Seconds::new(60));
    let form = issuer.get(&format!("{path}/reissue"));
    assert!(
        form.between("<input id=\"expires\"", ">")
            .contains("2099-12-31")
    );
    let key = "0781:5581:4C530001230405117255:30752000000";
    let fields = [
        ("bound", "usb"),
        ("usb", key),
        ("expires", ""),
        ("features", ""),
    ];
    let page = send(&issuer, &format!("{path}/reissue"), &fields);
    assert_eq!(led_to(&page), format!("{path}?done=reissued"));
    let second = downloaded(&stage, &issuer.get(&format!("{path}/file")));
    assert!(second.sequence > first.sequence);
    assert_eq!(second.binding.name(), "usb");
    assert_eq!(second.term, keyferry_token::LicenseTerm::Perpetual);

    stage.clock.pass(Seconds::new(60));
    led_to(&send(&issuer, &format!("{path}/suspend"), &[]));
    assert!(
        issuer
            .get(&path)
            .text
            .contains("A copy that never sees it runs on.")
    );
    led_to(&send(&issuer, &format!("{path}/reinstate"), &[]));
    assert!(
        issuer
            .get(&format!("{path}/revoke"))
            .text
            .contains("This cannot be undone.")
    );
    led_to(&send(&issuer, &format!("{path}/revoke"), &[]));
    let last = downloaded(&stage, &issuer.get(&format!("{path}/file")));
    assert_eq!(last.status, keyferry_token::SeatStatus::Revoked);
    assert_eq!(issuer.get(&format!("{path}/reissue")).status, 422);
    assert_eq!(issuer.get("/vendor/license/0000").status, 404);
}

#[test]
fn a_license_is_bound_to_what_is_pasted_or_uploaded() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let seal = seal(&issuer.get("/vendor"));
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = stage.request(&mut device, &sold.code);
    let words = text(TokenKind::ActivationRequest, &request);
    let bound = |path: &str| {
        let file = issuer.get(&format!("{path}/file"));
        downloaded(&stage, &file).binding.name()
    };
    assert_eq!(
        bound(&made(
            &issuer,
            &with(&[("bound", "device"), ("device", &words)])
        )),
        "device"
    );

    let mut fields = with(&[("bound", "device")]);
    fields.push(("seal", &seal));
    let page = issuer.bring(
        "/vendor/licenses/add",
        &fields,
        &[("press-04.kft", &request.bytes)],
    );
    assert_eq!(bound(led_to(&page).split('?').next().unwrap()), "device");

    let mut fields = with(&[("bound", "usb")]);
    fields.push(("seal", &seal));
    let id = b"0781:5581:4C530001230405117255:30752000000\n";
    let page = issuer.bring("/vendor/licenses/add", &fields, &[("key.txt", id)]);
    assert_eq!(bound(led_to(&page).split('?').next().unwrap()), "usb");
}

#[test]
fn what_is_wrong_with_a_license_stands_beside_its_field() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let weak = "0781:5581:000000000000:30752000000";
    for (changes, field, reference) in [
        (vec![("product", "")], "product", "KF-830"),
        (vec![("product", "com.acme.none")], "product", "KF-"),
        (vec![("bound", "")], "bound-usb", "KF-264"),
        (vec![("bound", "usb")], "usb", "KF-830"),
        (vec![("bound", "usb"), ("usb", "0781")], "usb", "KF-706"),
        (vec![("bound", "usb"), ("usb", weak)], "usb", "KF-65"),
        (vec![("bound", "device"), ("device", "x")], "device", "KF-"),
        (vec![("expires", "")], "expires", "KF-830"),
        (vec![("expires", "2020-01-01")], "expires", "KF-263"),
        (vec![("grace", "x")], "grace", "KF-705"),
    ] {
        let page = send(&issuer, "/vendor/licenses/add", &with(&changes));
        assert_eq!(page.status, 422, "{changes:?}");
        assert!(
            page.text.contains(&format!("<a href=\"#{field}\">")),
            "{changes:?}"
        );
        assert!(
            page.text.contains(&format!("Reference {reference}")),
            "{changes:?}"
        );
        assert!(page.text.contains("value=\"Example Works\""));
    }
    let search = LicenseSearch::default();
    let page = keyferry_authority::Page::first(9);
    let books = stage.wait(stage.authority.licenses_found(&search, page));
    assert!(books.unwrap().items.is_empty());
}

pub(crate) fn brought(browser: &Browser<'_>, files: &[(&str, &[u8])]) -> Page {
    let seal = seal(&browser.get("/vendor"));
    browser.bring("/vendor/licenses/lists", &[("seal", &seal)], files)
}

/// Loads the page of a list until it is done.
pub(crate) fn done(browser: &Browser<'_>, path: &str) -> Page {
    loop {
        let page = browser.get(path);
        assert_eq!(page.status, 200);
        if !page.text.contains("<progress") {
            assert_eq!(page.header("refresh"), None);
            return page;
        }
        // It loads itself again, without scripts.
        assert_eq!(page.header("refresh"), Some("2"));
        std::thread::yield_now();
    }
}

#[test]
fn a_list_is_checked_shown_made_and_taken_along() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let sold = stage.sell(1);
    let request = stage.request(&mut TestDevice::new("press-04"), &sold.code);
    let list = format!(
        "product;unbound;device;expires;reference\n\
         {PRODUCT};yes;;2099-12-31;order-1\n\
         {PRODUCT};yes;;2001-01-01;=HYPERLINK(1)\n\
         {PRODUCT};;hall/press-04.kft;;order-3\n\
         {PRODUCT};;press-99.kft;;order-4\n"
    );
    let zip = zipped(&[
        ("orders.csv", list.as_bytes()),
        ("press-04.kft", &request.bytes),
    ]);
    let page = brought(&issuer, &[("all.zip", &zip)]);
    let path = led_to(&page).to_owned();
    let checked = issuer.get(&path);
    assert_eq!(checked.heading(), "orders.csv");
    assert!(
        checked.text.contains(">Make 2 licenses</button>"),
        "{}",
        checked.text
    );
    assert!(checked.text.contains("<th scope=\"row\">Row 3</th>"));
    assert!(checked.text.contains("<th scope=\"row\">Row 5</th>"));
    assert!(checked.text.contains("press-99.kft"));
    let count = || {
        let (search, page) = (
            LicenseSearch::default(),
            keyferry_authority::Page::first(99),
        );
        let books = stage.wait(stage.authority.licenses_found(&search, page));
        books.unwrap().items.len()
    };
    assert_eq!(count(), 0);

    led_to(&send(&issuer, &format!("{path}/begin"), &[]));
    let page = done(&issuer, &path);
    assert!(
        page.text.contains("<b>2</b> licenses made"),
        "{}",
        page.text
    );
    assert!(page.text.contains("<b>2</b> refused"));
    assert_eq!(count(), 2);
    // Begun again, nothing is made twice.
    led_to(&send(&issuer, &format!("{path}/begin"), &[]));
    done(&issuer, &path);
    assert_eq!(count(), 2);

    let packed = issuer.get(&format!("{path}/zip"));
    let mut archive = ZipArchive::new(Cursor::new(&packed.bytes)).unwrap();
    assert_eq!(archive.len(), 3);
    let mut results = String::new();
    let mut entry = archive.by_name("results.csv").unwrap();
    entry.read_to_string(&mut results).unwrap();
    drop(entry);
    let lines: Vec<&str> = results.lines().collect();
    assert_eq!(lines[0], "row;id;outcome;code;message;file;reference");
    assert!(lines[1].contains(";made;;;keyferry-license-"));
    // What a spreadsheet would run is text.
    assert!(lines[2].ends_with(";'=HYPERLINK(1)"), "{}", lines[2]);
    assert!(lines[4].contains(";refused;file_not_found;"));
    let name = lines[1].split(';').nth(5).unwrap();
    let mut license = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut license)
        .unwrap();
    assert!(license.contains("BEGIN KEYFERRY LICENSE"));
    assert_eq!(issuer.get(&format!("{path}/results")).text, results);

    let entries = stage.wait(stage.authority.audit(keyferry_authority::Page::first(100)));
    let entries = entries.unwrap().items;
    let entry = entries
        .iter()
        .find(|entry| entry.action == "license_made")
        .unwrap();
    assert!(entry.actor.starts_with("account "));

    let again = brought(&issuer, &[("all.zip", &zip)]);
    let again = issuer.get(led_to(&again));
    assert!(
        again.text.contains("<b>2</b> made before"),
        "{}",
        again.text
    );
    let removed = send(&issuer, &format!("{path}/remove"), &[]);
    assert_eq!(led_to(&removed), "/vendor/licenses/lists?done=removed");
    assert_eq!(issuer.get(&path).status, 404);
    assert_eq!(count(), 2);
}

#[test]
fn two_requests_of_one_name_are_refused_and_no_license_is_signed_for_the_other_computer() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let sold = stage.sell(2);
    let one = stage.request(&mut TestDevice::new("press-04"), &sold.code);
    let other = stage.request(&mut TestDevice::new("press-05"), &sold.code);
    let list = format!("product,device\n{PRODUCT},a/request.kft\n");
    let zip = zipped(&[
        ("orders.csv", list.as_bytes()),
        ("a/request.kft", &one.bytes),
        ("b/request.kft", &other.bytes),
    ]);
    let page = brought(&issuer, &[("all.zip", &zip)]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Reference KF-835"), "{}", page.text);
    assert!(page.text.contains("request.kft"), "{}", page.text);
    let page = keyferry_authority::Page::first(9);
    let lists = stage.wait(stage.authority.license_lists(page));
    assert!(lists.unwrap().items.is_empty());
}

#[test]
fn a_list_that_another_portal_left_is_made_here() {
    let stage = Stage::idle();
    let issuer = stage.member(Role::Issuer);
    let list = format!(
        "product,unbound\n{}",
        format!("{PRODUCT},yes\n").repeat(150)
    );
    let path = led_to(&brought(&issuer, &[("orders.csv", list.as_bytes())])).to_owned();
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    // Another portal begins it, takes it, and is gone.
    let begun = stage.authority.license_list_begin(id, &Origin::Local);
    stage.wait(begun).unwrap();
    let gone = ListWorker::new().unwrap();
    let taken = stage.wait(stage.authority.license_list_take(gone)).unwrap();
    assert_eq!(taken.unwrap().left.len(), 150);
    stage.work();
    let page = issuer.get(&path);
    assert!(page.text.contains("0 of 150 rows are done"));
    stage.clock.pass(Seconds::new(60));
    let page = done(&issuer, &path);
    assert!(
        page.text.contains("<b>150</b> licenses made"),
        "{}",
        page.text
    );
}

#[test]
fn more_lists_than_are_kept_are_told_and_a_removed_one_makes_room() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let program = stage.program_of_all();
    let list = format!("product,unbound\n{PRODUCT},yes\n");
    let bring = || brought(&issuer, &[("orders.csv", list.as_bytes())]);
    let path = led_to(&bring()).to_owned();
    for _ in 1..200 {
        let kept = NewList {
            name: "kept.csv".to_owned(),
            sheet: list.clone().into_bytes(),
            requests: Vec::new(),
            rows: Vec::new(),
        };
        let kept = stage.authority.license_list_add(kept, &Origin::Local);
        stage.wait(kept).unwrap();
    }
    let page = bring();
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Reference KF-836"), "{}", page.text);
    assert!(page.text.contains("200 lists of licenses"));
    let call = || {
        program.post(
            "/license-lists",
            &json!({"name": "orders.csv", "csv": list}),
        )
    };
    assert_eq!(call().problem(), (409, "list_too_many".to_owned()));
    led_to(&send(&issuer, &format!("{path}/remove"), &[]));
    assert_eq!(call().status, 201);
}

#[test]
fn a_list_is_stopped_and_goes_on_for_whoever_begins_it_again() {
    let stage = Stage::idle();
    let issuer = stage.member(Role::Issuer);
    let list = format!("product,unbound\n{PRODUCT},yes\n{PRODUCT},yes\n");
    let bring = || led_to(&brought(&issuer, &[("orders.csv", list.as_bytes())])).to_owned();
    let begun = |path: &str, origin: &Origin| {
        let id = path.rsplit('/').next().unwrap().parse().unwrap();
        let begun = stage.authority.license_list_begin(id, origin);
        stage.wait(begun).unwrap();
    };
    let path = bring();
    // Another portal is at work on it, and says nothing.
    begun(&path, &Origin::Local);
    let gone = ListWorker::new().unwrap();
    let taken = stage.wait(stage.authority.license_list_take(gone)).unwrap();
    assert!(taken.is_some());
    stage.work();
    let refused = send(&issuer, &format!("{path}/remove"), &[]);
    assert!(
        refused.text.contains("Reference KF-834"),
        "{}",
        refused.text
    );
    let page = issuer.get(&path);
    assert!(page.text.contains(&format!("action=\"{path}/stop\"")));
    led_to(&send(&issuer, &format!("{path}/stop"), &[]));
    let page = issuer.get(&path);
    assert_eq!(page.heading(), "orders.csv");
    assert!(
        page.text
            .contains("Somebody stopped it. 0 of 2 rows are done.")
    );
    let lists = issuer.get("/vendor/licenses/lists");
    assert!(lists.text.contains("Stopped, 0 of 2"), "{}", lists.text);
    led_to(&send(&issuer, &format!("{path}/begin"), &[]));
    let page = done(&issuer, &path);
    assert!(
        page.text.contains("<b>2</b> licenses made"),
        "{}",
        page.text
    );

    // Nobody of this id is there any more.
    let other = bring();
    begun(&other, &Origin::Account(AccountId::new([7; 10])));
    let page = done(&issuer, &other);
    assert!(
        page.text.contains("may no longer make licenses"),
        "{}",
        page.text
    );
    assert!(page.text.contains(">Make the rest</button>"));
    let removed = send(&issuer, &format!("{other}/remove"), &[]);
    assert_eq!(led_to(&removed), "/vendor/licenses/lists?done=removed");
}

#[test]
fn what_is_no_list_is_told_and_nothing_is_kept() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let long = format!(
        "product,unbound\n{}",
        format!("{PRODUCT},yes\n").repeat(2001)
    );
    for (name, content, reference) in [
        ("orders.csv", "produkt,unbound\nx,yes\n", "KF-430"),
        ("orders.csv", "product,unbuond\nx,yes\n", "KF-431"),
        ("orders.csv", "product,unbound\n", "KF-401"),
        ("orders.xlsx", "PK\x03\x04 and nothing else", "KF-"),
        ("orders.csv", &long, "KF-832"),
    ] {
        let page = brought(&issuer, &[(name, content.as_bytes())]);
        assert_eq!(page.status, 422, "{name}");
        assert!(page.text.contains("id=\"files-wrong\""), "{name}");
        assert!(
            page.text.contains(&format!("Reference {reference}")),
            "{}",
            page.text
        );
    }
    let none = brought(&issuer, &[]);
    assert_eq!(none.status, 422);
    let lists = stage.wait(
        stage
            .authority
            .license_lists(keyferry_authority::Page::first(9)),
    );
    assert!(lists.unwrap().items.is_empty());
}
