//! Products and entitlements from a list: checked, shown, done, and what is lost had again.

use data_encoding::BASE64;
use std::num::NonZeroU32;

use keyferry_authority::{EntitlementKey, EntitlementTerms, Origin, Page as Part, Role};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ActivationCode, HolderSecret, Seconds};

use crate::{
    sold::seal,
    stage::{Browser, PRODUCT, Page, Stage},
};

const ENTITLEMENTS: &str = "/vendor/entitlements/import";
const PRODUCTS: &str = "/vendor/products/import";

fn bring(browser: &Browser<'_>, path: &str, list: &[u8]) -> Page {
    let seal = seal(&browser.get("/vendor"));
    let files = [("orders.csv", list)];
    browser.bring(path, &[("seal", &seal)], &files)
}

/// Presses the button of a list that was checked.
fn press(browser: &Browser<'_>, path: &str, checked: &Page) -> Page {
    let value = |name: &str| checked.values(name).pop().unwrap_or_default();
    let [name, list, mark] = ["name", "list", "mark"].map(value);
    let fields = [
        ("seal", &*seal(checked)),
        ("name", &name),
        ("list", &list),
        ("mark", &mark),
        ("pass", &value("pass")),
    ];
    browser.bring(&format!("{path}/do"), &fields, &[])
}

fn results(browser: &Browser<'_>, path: &str, done: &Page) -> Page {
    let list = done.values("list").pop().unwrap();
    let fields = [("seal", &*seal(done)), ("list", &list)];
    browser.bring(&format!("{path}/results"), &fields, &[])
}

/// What stands in a row of the results.
fn cells(results: &Page, row: usize) -> Vec<&str> {
    results.text.lines().nth(row).unwrap().split(',').collect()
}

fn books(stage: &Stage) -> usize {
    let all = stage.authority.entitlements(Part::first(99));
    stage.wait(all).unwrap().items.len()
}

#[test]
fn entitlements_are_checked_shown_and_added_with_codes_that_work() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let list = format!(
        "Reference,product,seats,offline lease,holder\r\n\
         A-1,{PRODUCT},2,30d,\"Müller, Söhne\"\r\n\
         =HYPERLINK(1),com.acme.none,1,30d,\r\n\
         A-3,{PRODUCT},none,30d,\r\n\
         A-4,{PRODUCT},1,30d,\r\n"
    );
    let checked = bring(&issuer, ENTITLEMENTS, list.as_bytes());
    assert_eq!(checked.status, 200, "{}", checked.text);
    assert_eq!(checked.heading(), "orders.csv");
    assert!(checked.text.contains(">Add 2 entitlements</button>"));
    for row in ["Row 2", "Row 3", "Row 4", "Row 5"] {
        let row = format!("<th scope=\"row\">{row}</th>");
        assert_eq!(checked.text.matches(&row).count(), 1, "{row}");
    }
    assert!(checked.text.contains("com.acme.none"));
    assert_eq!(books(&stage), 0);

    let done = press(&issuer, ENTITLEMENTS, &checked);
    assert_eq!(done.header("cache-control"), Some("no-store"));
    assert!(done.text.contains("<b>2</b> added"), "{}", done.text);
    assert!(done.text.contains("<b>2</b> refused"));
    assert_eq!(books(&stage), 2);

    let sheet = results(&issuer, ENTITLEMENTS, &done);
    assert_eq!(sheet.header("cache-control"), Some("no-store"));
    let named = "attachment; filename=\"results.csv\"";
    assert_eq!(sheet.header("content-disposition"), Some(named));
    let heading = "row,id,outcome,code,message,file,reference,activation_code,holder_secret";
    assert_eq!(sheet.text.lines().next(), Some(heading));
    assert!(sheet.text.contains("'=HYPERLINK(1)"));
    let first = cells(&sheet, 1);
    let (code, secret) = (first[7], first[8]);
    assert!(done.text.contains(code) && done.text.contains(secret));
    assert!(HolderSecret::read(secret).is_ok());
    let code = ActivationCode::read(code).unwrap();
    stage.activated(&mut TestDevice::new("press-04"), &code);
    // Whoever did it is in the log.
    let entries = stage.wait(stage.authority.audit(Part::first(100)));
    let entries = entries.unwrap().items;
    let mut added = entries
        .iter()
        .filter(|entry| entry.action == "entitlement_added");
    assert!(added.all(|entry| entry.actor.starts_with("account ")));
}

#[test]
fn a_lost_answer_is_had_again_with_the_same_codes_and_by_nobody_else() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let list = format!("reference,product,seats\nA-1,{PRODUCT},1\n");
    let checked = bring(&issuer, ENTITLEMENTS, list.as_bytes());
    let code = |page: &Page| cells(&results(&issuer, ENTITLEMENTS, page), 1)[7].to_owned();
    let first = press(&issuer, ENTITLEMENTS, &checked);
    let again = press(&issuer, ENTITLEMENTS, &checked);
    assert!(!code(&first).is_empty());
    assert_eq!(code(&first), code(&again));
    assert!(again.text.contains("<b>1</b> added"));
    assert_eq!(books(&stage), 1);

    // The same list brought anew is another form, and shows none.
    let anew = bring(&issuer, ENTITLEMENTS, list.as_bytes());
    assert!(anew.text.contains("<b>1</b> as it is"), "{}", anew.text);
    assert!(!anew.text.contains("/import/do"));
    let fields = ["name", "list"].map(|name| (name, checked.values(name).pop().unwrap()));
    let send = |browser: &Browser<'_>, mark: &str| {
        let seal = seal(&browser.get("/vendor"));
        let [name, list] = &fields;
        let fields = [
            ("seal", &*seal),
            (name.0, &name.1),
            (list.0, &list.1),
            ("mark", mark),
        ];
        browser.bring(&format!("{ENTITLEMENTS}/do"), &fields, &[])
    };
    let mark = checked.values("mark").pop().unwrap();
    let code = code(&first);
    assert!(send(&issuer, &mark).text.contains(&code));
    // Neither with a mark of one's own, nor in the session of somebody else, nor with another list, nor later.
    let too_old = |page: &Page| {
        assert_eq!(page.status, 422);
        assert!(page.text.contains("Reference KF-809"), "{}", page.text);
        assert!(!page.text.contains(&code));
        // The list is there to be checked again.
        assert_eq!(page.values("list"), checked.values("list"));
    };
    too_old(&send(&issuer, "another mark"));
    too_old(&send(&stage.member(Role::Issuer), &mark));
    let seal = seal(&issuer.get("/vendor"));
    let other = BASE64.encode(format!("{list}A-2,{PRODUCT},1\n").as_bytes());
    let fields = [("seal", &*seal), ("list", &other), ("mark", &mark)];
    let other = issuer.bring(&format!("{ENTITLEMENTS}/do"), &fields, &[]);
    assert_eq!(other.status, 200);
    assert!(!other.text.contains(&code));
    assert_eq!(send(&issuer, "").status, 400);
    for _ in 0..9 {
        stage.clock.pass(Seconds::new(27 * 60));
        issuer.get("/vendor");
    }
    too_old(&send(&issuer, &mark));
}

#[test]
fn a_list_that_is_sent_again_changes_nothing_back_and_shows_no_secret_that_was_replaced() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let list = format!("reference,product,seats,holder\nA-1,{PRODUCT},1,Jane Doe\n");
    let checked = bring(&issuer, ENTITLEMENTS, list.as_bytes());
    let first = press(&issuer, ENTITLEMENTS, &checked);
    let sheet = results(&issuer, ENTITLEMENTS, &first);
    let [code, secret] = [7, 8].map(|at| cells(&sheet, 1)[at].to_owned());
    let key = EntitlementKey::read(cells(&sheet, 1)[1]).unwrap();
    let terms = EntitlementTerms {
        seats: NonZeroU32::new(7),
        holder: Some(None),
        ..EntitlementTerms::default()
    };
    let changed = stage
        .authority
        .entitlement_change(&key, &terms, &Origin::Local);
    let changed = stage.wait(changed).unwrap().entitlement;

    let again = press(&issuer, ENTITLEMENTS, &checked);
    assert!(again.text.contains("<b>1</b> added"), "{}", again.text);
    assert!(again.text.contains(&code) && again.text.contains(&secret));
    let now = stage.wait(stage.authority.entitlement(&key)).unwrap();
    assert_eq!(now, changed);

    let replaced = stage.authority.holder_secret_replace(&key, &Origin::Local);
    stage.wait(replaced).unwrap();
    let again = press(&issuer, ENTITLEMENTS, &checked);
    assert!(again.text.contains(&code) && !again.text.contains(&secret));
    assert!(again.text.contains("Replaced since"));
    let sheet = results(&issuer, ENTITLEMENTS, &again);
    assert_eq!(cells(&sheet, 1)[7..], [&*code, ""]);
    // Also where nothing of the row could be done any more.
    let revoked = stage.authority.entitlement_revoke(&key, &Origin::Local);
    stage.wait(revoked).unwrap();
    let again = press(&issuer, ENTITLEMENTS, &checked);
    assert!(again.text.contains("<b>1</b> added"), "{}", again.text);
}

#[test]
fn a_reference_that_stands_twice_is_refused_at_its_second_row() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let list =
        format!("reference,product,seats\nA-1,{PRODUCT},1\nA-2,{PRODUCT},1\nA-1,{PRODUCT},9\n");
    let checked = bring(&issuer, ENTITLEMENTS, list.as_bytes());
    assert!(checked.text.contains(">Add 2 entitlements</button>"));
    let done = press(&issuer, ENTITLEMENTS, &checked);
    for page in [&checked, &done] {
        assert!(
            page.text.contains("stands in row 2 already"),
            "{}",
            page.text
        );
        assert!(page.text.contains("<b>1</b> refused"));
    }
    let sold = stage.wait(stage.authority.entitlements(Part::first(9)));
    let sold = sold.unwrap().items;
    assert!(sold.len() == 2 && sold.iter().all(|sold| sold.seats == 1));
}

#[test]
fn a_row_that_is_known_changes_its_entitlement_and_a_list_that_is_refused_is_kept() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let list = |seats: u32| format!("reference,product,seats,our notes\nA-1,{PRODUCT},{seats},x\n");
    let refused = bring(&issuer, ENTITLEMENTS, list(1).as_bytes());
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Reference KF-431"));
    assert!(refused.text.contains("our notes"));
    // The same list without choosing it again.
    let again = |page: &Page| {
        let value = |name: &str| page.values(name).pop().unwrap();
        let fields = [
            ("seal", &*seal(page)),
            ("list", &value("list")),
            ("name", &value("name")),
            ("pass", "yes"),
        ];
        issuer.bring(&format!("{ENTITLEMENTS}/again"), &fields, &[])
    };
    let checked = again(&refused);
    assert!(checked.text.contains(">Add 1 entitlement</button>"));
    press(&issuer, ENTITLEMENTS, &checked);
    let checked = again(&bring(&issuer, ENTITLEMENTS, list(7).as_bytes()));
    assert!(checked.text.contains(">Change 1 entitlement</button>"));
    let done = press(&issuer, ENTITLEMENTS, &checked);
    assert!(done.text.contains("<b>1</b> changed"));
    assert!(!done.text.contains("shown this once"));
    let sold = stage.authority.entitlements(Part::first(9));
    assert_eq!(stage.wait(sold).unwrap().items[0].seats, 7);
}

#[test]
fn products_are_added_and_changed_by_a_list_and_by_admins_alone() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let list = format!(
        "product;name;offline;moves\n\
         {PRODUCT};;yes;9\n\
         com.acme.lab;Acme Lab;yes;\n\
         com.acme.nameless;;yes;\n"
    );
    let checked = bring(&admin, PRODUCTS, list.as_bytes());
    assert!(
        checked
            .text
            .contains(">Add 1 product and change 1</button>")
    );
    assert!(checked.text.contains("<th scope=\"row\">Row 4</th>"));
    let before = stage.wait(stage.authority.profile()).unwrap().number;
    let done = press(&admin, PRODUCTS, &checked);
    assert!(done.text.contains("<b>1</b> added"));
    assert!(done.text.contains("<b>1</b> changed"));
    assert!(done.text.contains("Hand out your vendor profile again"));
    let products = stage.wait(stage.authority.products()).unwrap();
    assert_eq!(products.len(), 2);
    assert_eq!(products[0].policy.moves, 9);
    assert!(stage.wait(stage.authority.profile()).unwrap().number > before);
    let sheet = results(&admin, PRODUCTS, &done);
    assert!(sheet.text.starts_with("row;id;outcome;"));

    let issuer = stage.member(Role::Issuer);
    assert_eq!(issuer.get(PRODUCTS).status, 403);
    assert_eq!(issuer.get(ENTITLEMENTS).status, 200);
    for role in [Role::Support, Role::Auditor] {
        let browser = stage.member(role);
        for path in [PRODUCTS, ENTITLEMENTS] {
            assert_eq!(browser.get(path).status, 403, "{role}");
            assert!(!browser.get("/vendor/entitlements").text.contains(path));
            for below in ["", "/again", "/do", "/results"] {
                let page = bring(&browser, &format!("{path}{below}"), list.as_bytes());
                assert_eq!(page.status, 403, "{role} {below}");
            }
        }
    }
}

#[test]
fn what_is_no_list_is_told_and_examples_can_be_brought() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let rows = |count: usize| {
        let row = format!("A,{PRODUCT}\n").repeat(count);
        format!("reference,product\n{row}").into_bytes()
    };
    let large = vec![b'x'; 1024 * 1024];
    for (list, status, reference) in [
        (&b"reference;produkt\n"[..], 422, "KF-430"),
        (b"reference,product\n", 422, "KF-401"),
        (b"PK\x03\x04\0 a workbook", 422, "KF-433"),
        (&rows(2001), 422, "KF-832"),
        (&large, 413, "KF-408"),
    ] {
        let page = bring(&admin, ENTITLEMENTS, list);
        assert_eq!(page.status, status, "{reference}");
        let told = format!("Reference {reference}");
        assert!(page.text.contains(&told), "{}", page.text);
    }
    let products = "product\n".to_owned() + &"com.acme.lab\n".repeat(201);
    let page = bring(&admin, PRODUCTS, products.as_bytes());
    assert!(page.text.contains("more than 200 rows"));
    let seal = seal(&admin.get("/vendor"));
    let none = admin.bring(ENTITLEMENTS, &[("seal", &seal)], &[]);
    assert!(none.text.contains("id=\"files-wrong\""));
    // A list that comes back is bounded like one that is brought.
    let large = BASE64.encode(&vec![b'x'; 1024 * 1024 + 1]);
    let fields = [("seal", &*seal), ("list", &large), ("mark", "x")];
    let page = admin.bring(&format!("{ENTITLEMENTS}/do"), &fields, &[]);
    assert_eq!(page.status, 413);
    assert_eq!(books(&stage), 0);

    for (path, button) in [
        (PRODUCTS, "Add 2 products"),
        (ENTITLEMENTS, "Add 3 entitlements"),
    ] {
        let example = admin.get(&format!("{path}/example.csv"));
        let checked = bring(&admin, path, &example.bytes);
        assert!(checked.text.contains(button), "{}", checked.text);
    }
}
