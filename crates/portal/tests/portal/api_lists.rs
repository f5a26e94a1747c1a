//! The API's calls one by one: made, shown, changed, listed a part at a time.

use keyferry_fixtures::TestDevice;
use serde_json::{Value, json};

use crate::{
    api::Program,
    stage::{PRODUCT, Stage},
};

fn done(program: &Program<'_>, path: &str, body: &Value) -> Value {
    let page = program.post(path, body);
    assert_eq!(page.status, 200, "{}", page.text);
    page.json()
}

fn nothing(program: &Program<'_>, path: &str) -> Value {
    done(program, path, &json!({}))
}

#[test]
fn a_product_is_added_shown_and_changed() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let new = json!({
        "product": "com.acme.cam", "product_name": "Acme CAM", "features": ["mill"],
        "offline": true, "grace": "7d", "emergency": {"length": "3d"}
    });
    let made = program.post("/products", &new);
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        made.header("location"),
        Some("/api/v1/products/com.acme.cam")
    );
    assert_eq!(
        program.post("/products", &new).problem().1,
        "product_exists"
    );
    let change = json!({"emergency": null, "moves_per_year": 9});
    let changed = program
        .call("PATCH", "/products/com.acme.cam", &change)
        .json();
    assert_eq!(changed["outcome"], "changed");
    assert_eq!(changed["emergency"], Value::Null);
    let shown = program.get("/products/com.acme.cam").json();
    assert_eq!(shown["moves_per_year"], 9);
    assert_eq!(shown["grace"], "7d");
    let listed = program.get("/products").json();
    assert_eq!(listed["products"].as_array().unwrap().len(), 2);
}

#[test]
fn an_entitlement_lives_from_sale_to_its_end() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let order = json!({
        "product": PRODUCT, "seats": 2, "offline_lease": "30d", "expires_at": "2027-12-31",
        "holder": "Example Works"
    });
    let sold = program.post("/entitlements", &order).json();
    assert_eq!(sold["expires_at"], "2027-12-31T23:59:59Z");
    let id = sold["entitlement_id"].as_str().unwrap().to_owned();
    let at = |what: &str| format!("/entitlements/{id}{what}");
    let shown = program.get(&at("")).json();
    assert!(shown.get("activation_code").is_none() && shown.get("holder_secret").is_none());
    let change = json!({"seats": 5, "expires_at": null, "holder": null});
    let changed = program.call("PATCH", &at(""), &change).json();
    assert_eq!(changed["seats"], 5);
    assert_eq!(changed["expires_at"], Value::Null);
    assert_eq!(changed["holder"], Value::Null);
    assert_eq!(changed["offline_lease"], "30d");
    let renewed = done(
        &program,
        &at("/renew"),
        &json!({"expires_at": "2028-03-31"}),
    );
    assert_eq!(renewed["outcome"], "renewed");
    for (step, outcome) in [
        ("/suspend", "suspended"),
        ("/suspend", "unchanged"),
        ("/reinstate", "reinstated"),
        ("/revoke", "revoked"),
    ] {
        assert_eq!(nothing(&program, &at(step))["outcome"], outcome);
    }
    let refused = program.post(&at("/reinstate"), &json!({}));
    assert_eq!(refused.problem(), (409, "entitlement_revoked".to_owned()));
}

#[test]
fn an_activation_is_refreshed_released_and_allowed_again() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("lost");
    let grant = stage.activated(&mut device, &sold.code);
    let program = stage.program_of_all();
    let at = |what: &str| format!("/activations/{}{what}", grant.activation);
    let refreshed = nothing(&program, &at("/refresh"));
    assert_eq!(refreshed["token"]["kind"], "refresh");
    let shown = program.get(&at("")).json();
    assert_eq!(shown["grants"].as_array().unwrap().len(), 2);
    assert_eq!(
        nothing(&program, &at("/release-lost"))["outcome"],
        "released"
    );
    assert_eq!(nothing(&program, &at("/allow-again"))["outcome"], "allowed");
    let path = format!("/activations?entitlement_id={}", sold.entitlement.id);
    let listed = program.get(&path).json();
    assert_eq!(listed["activations"][0]["status"], "released");
    assert_eq!(listed["next_cursor"], Value::Null);
}

#[test]
fn a_license_is_made_downloaded_and_stopped() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let new = json!({
        "product": PRODUCT, "expires_at": "2027-12-31",
        "binding": {"kind": "usb", "id": "0781:5581:4C53%3A001370609:30752000000"}
    });
    let made = program.post("/licenses", &new);
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let id = made["license"]["license_id"].as_str().unwrap().to_owned();
    let at = |what: &str| format!("/licenses/{id}{what}");
    let file = program.get(&at("/file"));
    assert_eq!(file.text, made["text"].as_str().unwrap());
    let disposition = file.header("content-disposition").unwrap();
    assert!(disposition.ends_with(".lic\""), "{disposition}");
    let reissued = done(&program, &at("/reissue"), &json!({"expires_at": null}));
    assert_eq!(reissued["license"]["expires_at"], Value::Null);
    assert_eq!(nothing(&program, &at("/suspend"))["outcome"], "suspended");
    assert_eq!(nothing(&program, &at("/revoke"))["outcome"], "revoked");
    let shown = program.get(&at("")).json();
    assert_eq!(shown["history"].as_array().unwrap().len(), 4);
    let unbound = json!({"product": PRODUCT, "binding": {"kind": "unbound", "id": "x"}});
    let refused = program.post("/licenses", &unbound);
    assert_eq!(
        refused.problem(),
        (422, "license_binding_unclear".to_owned())
    );
}

#[test]
fn a_list_comes_in_parts_that_follow_one_another() {
    let stage = Stage::new();
    let ids: Vec<String> = (0..5)
        .map(|_| stage.sell(1).entitlement.id.to_string())
        .collect();
    let program = stage.program_of_all();
    let (mut seen, mut path) = (Vec::new(), "/entitlements?limit=2".to_owned());
    let mut cursors = Vec::new();
    loop {
        let part = program.get(&path).json();
        let entries = part["entitlements"].as_array().unwrap();
        seen.extend(
            entries
                .iter()
                .map(|entry| entry["entitlement_id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = part["next_cursor"].as_str() else {
            break;
        };
        cursors.push(cursor.to_owned());
        path = format!("/entitlements?limit=2&cursor={cursor}");
    }
    let (mut wanted, mut found) = (ids, seen.clone());
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
    assert_eq!(cursors.len(), 2);
    // It tells no id, and leads into no other list.
    assert!(
        seen.iter()
            .all(|id| !cursors[0].contains(&id.replace('-', "")))
    );
    for other in [
        format!("/entitlements?cursor={}&product={PRODUCT}", cursors[0]),
        format!("/licenses?cursor={}", cursors[0]),
    ] {
        let refused = program.get(&other);
        assert_eq!(
            refused.problem(),
            (422, "cursor_refused".to_owned()),
            "{other}"
        );
    }
}

#[test]
fn the_audit_log_is_read_and_held_against_a_head() {
    let stage = Stage::new();
    stage.sell(1);
    let program = stage.program_of_all();
    let head = program.get("/audit/head").json();
    let log = program.get("/audit?limit=200").json();
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries[0]["action"], "authority_created");
    assert_eq!(entries[0]["position"], 1);
    assert_eq!(entries[0]["hash"].as_str().unwrap().len(), 64);
    let proof = done(&program, "/audit/verify", &json!({"head": head["text"]}));
    assert_eq!(proof["head"]["position"], head["position"]);
    let refused = program.post("/audit/verify", &json!({"head": "no head"}));
    assert_eq!(refused.problem(), (422, "audit_head_refused".to_owned()));
}

#[test]
fn keys_are_listed_and_replaced() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let rotated = done(
        &program,
        "/keys/rotate",
        &json!({"purpose": "exchange", "opens_for": "365d"}),
    );
    let keys = program.get("/keys").json();
    let keys = keys["keys"].as_array().unwrap().clone();
    let ids: Vec<_> = keys.iter().map(|key| &key["key_id"]).collect();
    assert!(ids.contains(&&rotated["key_id"]) && ids.contains(&&rotated["replaces"]));
    // Where they lie is the vendor's own matter.
    assert!(
        keys.iter()
            .all(|key| key["home"].as_object().unwrap().len() == 1)
    );
}

#[test]
fn a_status_code_is_explained() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let mistyped = json!({"status_code": "AAAA-AAAA-AAAB"});
    let refused = program.post("/status-codes/explain", &mistyped);
    assert_eq!(refused.problem().0, 422);
}

#[test]
fn tokens_are_made_shown_and_taken_back() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let made = program.post(
        "/tokens",
        &json!({"name": "Report", "scopes": ["audit:read"]}),
    );
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let id = made["api_token_id"].as_str().unwrap();
    assert!(
        made["created_by"]
            .as_str()
            .unwrap()
            .starts_with("api_token ")
    );
    let listed = program.get("/tokens?limit=1");
    assert!(!listed.text.contains(made["secret"].as_str().unwrap()));
    let revoked = nothing(&program, &format!("/tokens/{id}/revoke"));
    assert_eq!(
        (&revoked["outcome"], &revoked["status"]),
        (&json!("revoked"), &json!("revoked"))
    );
    let unknown = program.post("/tokens", &json!({"name": "x", "scopes": ["all"]}));
    assert_eq!(unknown.problem(), (422, "api_scope_unknown".to_owned()));
}
