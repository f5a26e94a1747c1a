//! The rest of what the pages do, by calls: the vendor's own profile and keys, lists of licenses, the log as a file,
//! and finding things.

use keyferry_authority::{ListState, ListWorker, Origin, Permission};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ApiTokenId, Seconds, TokenKind};
use serde_json::{Value, json};

use crate::{
    api::Program,
    stage::{PRODUCT, Stage, text, until},
};

/// The smallest picture that is one: its signature and the sizes of its header.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Which colours the pages have.
fn face(stage: &Stage) -> String {
    stage.browser().get("/").between("/brand/", "/colours.css")
}

#[test]
fn what_the_vendor_says_of_itself_is_shown_changed_and_handed_out() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let before = program.get("/vendor").json();
    let face_before = face(&stage);
    let change = json!({"support": "help@acme.example", "colour": "#1a5fb4", "logo": PNG});
    let changed = program.call("PATCH", "/vendor", &change);
    assert_eq!(changed.status, 200, "{}", changed.text);
    let changed = changed.json();
    assert_eq!(changed["outcome"], "changed");
    assert_eq!(changed["vendor"]["support"], "help@acme.example");
    assert_eq!(changed["vendor"]["logo"], 70);
    assert_eq!(changed["fingerprint"], before["fingerprint"]);
    assert!(changed["profile_number"].as_u64() > before["profile_number"].as_u64());
    // The pages look so at once.
    let after = face(&stage);
    assert_ne!(after, face_before);
    let again = program.call("PATCH", "/vendor", &change).json();
    assert_eq!(again["outcome"], "unchanged");
    let none = program
        .call("PATCH", "/vendor", &json!({"logo": null}))
        .json();
    assert_eq!(none["vendor"]["logo"], Value::Null);
    assert_eq!(none["vendor"]["colour"], "#1a5fb4");

    // A list is no object, however well its values fit.
    let list = program.call("PATCH", "/vendor", &json!([null, null]));
    assert_eq!(list.problem(), (400, "body_refused".to_owned()));
    for (field, value, code) in [
        ("logo", "AAAA", "logo_refused"),
        ("logo", "no base64", "logo_refused"),
        ("colour", "red", "colour_refused"),
        ("portal", "ftp://acme.example", "portal_refused"),
    ] {
        let refused = program.call("PATCH", "/vendor", &json!({field: value}));
        assert_eq!(refused.problem(), (422, code.to_owned()), "{field}");
    }
    let profile = program.get("/vendor/profile");
    let named = profile.header("content-disposition");
    assert_eq!(named, Some("attachment; filename=\"vendor.kfv\""));
    let key = program.get("/vendor/public-key");
    assert!(key.text.starts_with("-----BEGIN PUBLIC KEY-----"));

    let reader = stage.program(&[Permission::ReadSettings]);
    assert_eq!(reader.get("/vendor").status, 200);
    let refused = reader.call("PATCH", "/vendor", &change);
    assert_eq!(refused.problem(), (403, "api_scope_missing".to_owned()));
}

#[test]
fn a_replaced_key_is_retired_and_one_in_use_is_not() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let rotated = program.post("/keys/rotate", &json!({"purpose": "exchange"}));
    assert_eq!(rotated.status, 200, "{}", rotated.text);
    let rotated = rotated.json();
    let (old, new) = (rotated["replaces"].as_str(), rotated["key_id"].as_str());
    let at = |key: Option<&str>, what: &str| format!("/keys/{}/{what}", key.unwrap());
    let comes_to = program.get(&at(old, "retirement")).json();
    assert_eq!(comes_to["purpose"], "exchange");
    assert_eq!(comes_to["strands"]["unheard_computers"], 0);
    let reader = stage.program(&[Permission::ReadKeys]);
    let refused = reader.post(&at(old, "retire"), &json!({}));
    assert_eq!(refused.problem(), (403, "api_scope_missing".to_owned()));
    for outcome in ["retired", "unchanged"] {
        let retired = program.post(&at(old, "retire"), &json!({})).json();
        assert_eq!(retired["outcome"], outcome);
        assert_eq!(retired["state"], "retired");
        assert_eq!(retired["strands"], comes_to["strands"]);
    }
    let refused = program.post(&at(new, "retire"), &json!({}));
    assert_eq!(refused.problem(), (409, "key_in_use".to_owned()));
    // Where a private half is, is nothing for programs.
    let keys = program.get("/keys").json();
    assert_eq!(keys["keys"][0]["home"].as_object().unwrap().len(), 1);
}

/// A list after it was worked on. The books are asked when that is so: calls are bounded, and the clock that
/// gives them back stands still.
fn worked_on(stage: &Stage, program: &Program<'_>, id: &Value) -> Value {
    let id = id.as_str().unwrap();
    let look = || {
        let page = program.get(&format!("/license-lists/{id}"));
        assert_eq!(page.status, 200, "{}", page.text);
        page.json()
    };
    // Whoever looks at one has the portal look for work.
    look();
    until("the list is not worked on any more", || {
        let list = stage.authority.license_list(id.parse().unwrap());
        stage.wait(list).unwrap().state != ListState::Working
    });
    look()
}

#[test]
fn a_list_is_checked_begun_made_and_taken_along() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let csv = format!(
        "product,unbound,reference\n{PRODUCT},yes,one\ncom.acme.cam,yes,two\n{PRODUCT},yes,three\n"
    );
    let brought = json!({"name": "orders.csv", "csv": csv});
    let list = program.post("/license-lists", &brought);
    assert_eq!(list.status, 201, "{}", list.text);
    let location = list.header("location").unwrap().to_owned();
    let list = list.json();
    assert_eq!(list["state"], "checked");
    assert_eq!((&list["rows"], &list["ready"]), (&json!(3), &json!(2)));
    let at = |what: &str| format!("{}{what}", location.trim_start_matches("/api/v1"));
    let refused = program.get(&at("/rows?refused=true")).json();
    assert_eq!(refused["rows"][0]["row"], 3);
    assert_eq!(refused["rows"][0]["code"], "product_unknown");
    // Nothing is made before it is begun.
    let licenses = program.get("/licenses").json();
    assert_eq!(licenses["licenses"], json!([]));
    let begun = program.post(&at("/begin"), &json!({}));
    assert_eq!(begun.json()["state"], "working");
    let list = worked_on(&stage, &program, &list["list_id"]);
    assert_eq!(list["state"], "done");
    assert_eq!((&list["made"], &list["refused"]), (&json!(2), &json!(1)));
    let first = program.get(&at("/rows?limit=1")).json();
    assert_eq!(first["rows"][0]["outcome"], "made");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = program.get(&at(&format!("/rows?limit=1&cursor={cursor}")));
    assert_eq!(second.json()["rows"][0]["row"], 3);
    let results = program.get(&at("/results"));
    assert_eq!(results.text.lines().count(), 4, "{}", results.text);
    let packed = program.get(&at("/licenses"));
    assert_eq!(packed.header("content-type"), Some("application/zip"));
    let listed = program.get("/license-lists").json();
    assert_eq!(listed["lists"][0]["name"], "orders.csv");
    assert_eq!(program.call("DELETE", &at(""), &json!({})).status, 204);
    let gone = program.get(&at(""));
    assert_eq!(gone.problem(), (404, "list_unknown".to_owned()));
    let licenses = program.get("/licenses").json();
    assert_eq!(licenses["licenses"].as_array().unwrap().len(), 2);

    let no_list = json!({"name": "orders.csv", "csv": "product,unbound\n"});
    let refused = program.post("/license-lists", &no_list);
    assert_eq!(refused.problem(), (422, "nothing_read".to_owned()));
    let unnamed = json!({"name": "", "csv": csv});
    let refused = program.post("/license-lists", &unnamed);
    assert_eq!(refused.problem(), (422, "text_refused".to_owned()));
    let reader = stage.program(&[Permission::ReadLicenses]);
    let refused = reader.post("/license-lists", &brought);
    assert_eq!(refused.problem(), (403, "api_scope_missing".to_owned()));
}

#[test]
fn programs_stop_a_list_and_hear_why_one_was_stopped() {
    let stage = Stage::idle();
    let program = stage.program_of_all();
    let csv = format!("product,unbound\n{PRODUCT},yes\n");
    let bring = || {
        let brought = json!({"name": "orders.csv", "csv": csv});
        let list = program.post("/license-lists", &brought).json();
        assert_eq!(list["stopped"], Value::Null);
        list["list_id"].as_str().unwrap().to_owned()
    };
    let begun = |id: &str, origin: Origin| {
        let id = id.parse().unwrap();
        let begun = stage.authority.license_list_begin(id, &origin);
        stage.wait(begun).unwrap();
    };
    let id = bring();
    let at = |what: &str| format!("/license-lists/{id}{what}");
    // Another portal is at work on it, and says nothing.
    begun(&id, Origin::Local);
    let gone = ListWorker::new().unwrap();
    let taken = stage.wait(stage.authority.license_list_take(gone)).unwrap();
    assert!(taken.is_some());
    stage.work();
    let reader = stage.program(&[Permission::ReadLicenses]);
    let refused = reader.post(&at("/stop"), &json!({}));
    assert_eq!(refused.problem(), (403, "api_scope_missing".to_owned()));
    assert_eq!(program.get(&at("")).json()["state"], "working");
    let stopped = program.post(&at("/stop"), &json!({})).json();
    assert_eq!(stopped["state"], "stopped");
    assert_eq!(stopped["stopped"], "by_hand");
    let rows = program.get(&at("/rows")).json();
    assert_eq!(rows["rows"][0]["outcome"], "ready");
    assert_eq!(program.call("DELETE", &at(""), &json!({})).status, 204);
    let unknown = program.post(&at("/stop"), &json!({}));
    assert_eq!(unknown.problem(), (404, "list_unknown".to_owned()));

    let other = bring();
    let at = |what: &str| format!("/license-lists/{other}{what}");
    begun(&other, Origin::ApiToken(ApiTokenId::new([7; 10])));
    let list = worked_on(&stage, &program, &json!(other));
    assert_eq!(list["state"], "stopped");
    assert_eq!(list["stopped"], "access_ended");
    let licenses = program.get("/licenses").json();
    assert_eq!(licenses["licenses"], json!([]));
    // Begun again, it is the list of a program that may.
    let begun = program.post(&at("/begin"), &json!({})).json();
    assert_eq!(begun["stopped"], Value::Null);
    let list = worked_on(&stage, &program, &json!(other));
    assert_eq!(list["state"], "done");
    let licenses = program.get("/licenses").json();
    assert_eq!(licenses["licenses"].as_array().unwrap().len(), 1);
}

#[test]
fn a_list_is_no_object_however_deep_it_is_and_however_well_its_values_fit() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let runs = json!(["3d", 1, false]);
    let product = json!({"product": "com.acme.cam", "product_name": "CAM", "emergency": runs});
    let license = json!({"product": PRODUCT, "binding": ["unbound", null, null, null]});
    let list = json!({"name": "a", "csv": "product\nx\n", "requests": [["a.kft", "text"]]});
    for (method, path, body) in [
        ("POST", "/license-lists", &list),
        ("POST", "/licenses", &license),
        ("POST", "/products", &product),
        (
            "PATCH",
            "/products/com.acme.cad",
            &json!({"emergency": runs}),
        ),
    ] {
        let refused = program.call(method, path, body);
        let code = (400, "body_refused".to_owned());
        assert_eq!(refused.problem(), code, "{path}");
        assert!(refused.text.contains("an object"), "{}", refused.text);
    }
}

#[test]
fn a_row_and_a_request_meet_by_the_last_part_of_their_names() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let sold = stage.sell(2);
    let request = |name| {
        let request = stage.request(&mut TestDevice::new(name), &sold.code);
        text(TokenKind::ActivationRequest, &request)
    };
    let (one, other) = (request("press-04"), request("press-05"));
    let mut brought = json!({
        "name": "orders.csv",
        "csv": format!("product,device\n{PRODUCT},hall/press.kft\n"),
        "requests": [{"file": "C:\\north\\press.kft", "text": one}],
    });
    let list = program.post("/license-lists", &brought);
    assert_eq!(list.json()["ready"], 1, "{}", list.text);
    let second = json!({"file": "south/press.kft", "text": other});
    brought["requests"].as_array_mut().unwrap().push(second);
    let refused = program.post("/license-lists", &brought);
    assert_eq!(refused.problem(), (422, "list_request_twice".to_owned()));
}

#[test]
fn what_another_system_sold_is_imported_and_a_lost_answer_had_again() {
    let stage = Stage::new();
    let program = stage.program_of_all().saying("idempotency-key", "night-1");
    let csv =
        format!("reference,product,seats,note\norder-1,{PRODUCT},2,x\norder-2,{PRODUCT},0,x\n");
    let mut list = json!({"csv": csv, "ignore_columns": true, "dry_run": true});
    let checked = stage.program_of_all().post("/entitlements/import", &list);
    assert_eq!(checked.status, 200, "{}", checked.text);
    let checked = checked.json();
    assert_eq!(checked["outcome"], "checked");
    assert_eq!(
        (&checked["added"], &checked["refused"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        program.get("/entitlements").json()["entitlements"],
        json!([])
    );

    list["dry_run"] = json!(false);
    let done = program.post("/entitlements/import", &list).json();
    assert_eq!(done["outcome"], "imported");
    let row = &done["results"][0];
    assert_eq!(
        (&row["outcome"], &row["reference"]),
        (&json!("added"), &json!("order-1"))
    );
    let find = json!({"activation_code": row["activation_code"]});
    let found = stage
        .program_of_all()
        .post("/entitlements/find", &find)
        .json();
    assert_eq!(found["entitlement_id"], row["id"]);
    assert_eq!(done["results"][1]["outcome"], "refused");
    assert_eq!(done["results"][1]["activation_code"], Value::Null);
    let again = program.post("/entitlements/import", &list).json();
    assert_eq!(again, done);
    // The same key with another list, once its answer is forgotten, is another call.
    stage.clock.pass(Seconds::days(2));
    list["csv"] = json!(csv.replace(",2,x", ",3,x"));
    let later = program.post("/entitlements/import", &list).json();
    assert_eq!(later["results"][0]["outcome"], "changed", "{later}");
    assert_eq!(later["results"][0]["activation_code"], Value::Null);
    // Another call changes what is there, and shows no secret of it.
    let other = stage
        .program_of_all()
        .post("/entitlements/import", &list)
        .json();
    assert_eq!(other["results"][0]["outcome"], "unchanged");
    assert_eq!(other["results"][0]["activation_code"], Value::Null);

    let products = json!({"csv": "product,name\ncom.acme.cam,Acme CAM\n"});
    let done = stage
        .program(&[Permission::WriteProducts])
        .post("/products/import", &products);
    assert_eq!(done.json()["results"][0]["id"], "com.acme.cam");
    let refused = stage
        .program(&[Permission::ReadProducts])
        .post("/products/import", &products);
    assert_eq!(refused.problem(), (403, "api_scope_missing".to_owned()));
    let odd = json!({"csv": "produkt\nx\n"});
    let refused = stage.program_of_all().post("/products/import", &odd);
    assert_eq!(refused.problem().0, 422);
}

#[test]
fn the_log_is_searched_and_exported_whole() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let program = stage.program_of_all();
    let id = sold.entitlement.id.to_string();
    let found = program.get(&format!("/audit/latest?of={id}")).json();
    let entries = found["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["action"], "entitlement_added");
    assert_eq!(entries[0]["epoch"], Value::Null);
    let other = program.get(&format!("/audit/latest?of={id}&action=key_rotated"));
    assert_eq!(other.json()["entries"], json!([]));
    for (name, most) in [("action", 64), ("of", 120)] {
        let long = "0".repeat(most + 1);
        let long = program.get(&format!("/audit/latest?{name}={long}"));
        assert_eq!(long.problem(), (400, "parameter_refused".to_owned()));
    }
    let unclear = program.get("/audit/latest?of=%20");
    assert_eq!(unclear.json()["entries"], json!([]));
    let file = program.get("/audit/export");
    assert_eq!(file.header("content-type"), Some("application/jsonl"));
    let mut whole = Vec::new();
    stage
        .wait(stage.authority.export_audit(&mut whole))
        .unwrap();
    assert_eq!(file.text.as_bytes(), whole);
    let refused = stage.program(&[Permission::ReadKeys]).get("/audit/export");
    assert_eq!(refused.problem(), (403, "api_scope_missing".to_owned()));
}

#[test]
fn an_entitlement_is_found_by_its_code_and_gets_another_secret() {
    let stage = Stage::new();
    let sold = stage.sell(2);
    let program = stage.program_of_all();
    let find = json!({"activation_code": sold.code.expose()});
    let found = program.post("/entitlements/find", &find).json();
    assert_eq!(found["entitlement_id"], sold.entitlement.id.to_string());
    assert!(found.get("activation_code").is_none());
    let mistyped = json!({"activation_code": "nothing"});
    assert_eq!(
        program.post("/entitlements/find", &mistyped).problem().0,
        422
    );
    let path = format!("/entitlements/{}/holder-secret", sold.entitlement.id);
    let replaced = program.post(&path, &json!({})).json();
    assert_eq!(replaced["outcome"], "replaced");
    let secret = replaced["holder_secret"].as_str().unwrap();
    assert_ne!(secret, sold.holder_secret.expose());
    let overview = program.get("/overview").json();
    assert_eq!(
        (&overview["seats"], &overview["full"]),
        (&json!(2), &json!(0))
    );
    let reader = stage.program(&[Permission::ReadEntitlements]);
    let refused = reader.post(&path, &json!({}));
    assert_eq!(refused.problem(), (403, "api_scope_missing".to_owned()));
}
