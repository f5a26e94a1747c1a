//! The API as a program meets it: let in by a token, within its scopes and its rate, told in problems.

use keyferry_authority::{ApiRate, IssuedApiToken, NewApiToken, Origin, Permission};
use keyferry_fixtures::TestDevice;
use keyferry_portal::{Config, MAX_BODY, api_description};
use keyferry_token::{Name, Seconds, TokenKind};
use serde_json::{Value, json};

use crate::stage::{Browser, PRODUCT, Page, Stage, log, text};

const JSON: &str = "application/json";

impl Stage {
    pub(crate) fn api_token(&self, scopes: &[Permission]) -> IssuedApiToken {
        let new = NewApiToken {
            name: Name::new("Web shop").unwrap(),
            scopes: scopes.into(),
            expires_at: None,
        };
        let adding = self
            .authority
            .api_token_add(&new, &Permission::ALL, &Origin::Local);
        self.wait(adding).unwrap()
    }

    /// A program with a token of these scopes.
    pub(crate) fn program(&self, scopes: &[Permission]) -> Program<'_> {
        let issued = self.api_token(scopes);
        self.program_with(&issued.secret.expose())
    }

    /// A program with this token.
    pub(crate) fn program_with(&self, secret: &str) -> Program<'_> {
        let secret = format!("Bearer {secret}");
        Program(self.browser().saying("authorization", &secret))
    }

    pub(crate) fn program_of_all(&self) -> Program<'_> {
        self.program(&Permission::ALL)
    }
}

pub(crate) struct Program<'s>(Browser<'s>);

impl Program<'_> {
    pub(crate) fn get(&self, path: &str) -> Page {
        self.0.get(&format!("/api/v1{path}"))
    }

    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Page {
        let body = body.to_string().into_bytes();
        self.0
            .ask(method, &format!("/api/v1{path}"), Some(JSON), body)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Page {
        self.call("POST", path, body)
    }

    /// Sends a header with every call from now on.
    pub(crate) fn saying(self, name: &'static str, value: &str) -> Self {
        Self(self.0.saying(name, value))
    }
}

impl Page {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The status and the code of a problem, which has all its parts.
    pub(crate) fn problem(&self) -> (u16, String) {
        let kind = self.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{}", self.text);
        let problem = self.json();
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("urn:keyferry:problem:{code}"));
        assert_eq!(problem["status"], self.status);
        assert!(problem["reference"].as_str().unwrap().starts_with("KF-"));
        for part in ["title", "detail", "next_step"] {
            assert!(!problem[part].as_str().unwrap().is_empty(), "{part}");
        }
        (self.status, code)
    }
}

fn told(page: &Page, status: u16, code: &str) {
    assert_eq!(page.problem(), (status, code.to_owned()), "{}", page.text);
}

#[test]
fn the_committed_description_is_that_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == api_description(),
        "docs/api/openapi.json is not what the code says any more; make it anew:\n  cargo run -q -p keyferry-portal --example describe_api >docs/api/openapi.json"
    );
    let stage = Stage::new();
    let served = stage.browser().get("/api/v1/openapi.json");
    assert_eq!(served.text, committed);
}

#[test]
fn only_a_token_that_counts_is_let_in() {
    let stage = Stage::new();
    let issued = stage.api_token(&[Permission::ReadProducts]);
    let good = format!("Bearer {}", issued.secret.expose());
    let ask = |sent: Option<&str>| {
        let browser = stage.browser();
        let browser = match sent {
            Some(sent) => browser.saying("authorization", sent),
            None => browser,
        };
        browser.get("/api/v1/products")
    };
    assert_eq!(ask(Some(&good)).status, 200);
    let basic = good.replace("Bearer", "Basic");
    for sent in [
        None,
        Some("Bearer"),
        Some("Bearer kf_abc"),
        Some(&*basic),
        Some(&good[..60]),
    ] {
        let page = ask(sent);
        told(&page, 401, "api_access_refused");
        let scheme = page.header("www-authenticate").unwrap();
        assert!(scheme.starts_with("Bearer realm="), "{scheme}");
        assert_eq!(scheme.contains("invalid_token"), sent.is_some());
    }
    let revoking = stage
        .authority
        .api_token_revoke(issued.token.id, &Origin::Local);
    stage.wait(revoking).unwrap();
    told(&ask(Some(&good)), 401, "api_access_refused");
    // No line of the log has what was sent.
    assert!(!log().text().contains(&issued.secret.expose()[3..]));
}

#[test]
fn a_token_does_what_its_scopes_say_and_no_more() {
    let stage = Stage::new();
    let program = stage.program(&[Permission::ReadProducts]);
    assert_eq!(program.get("/products").status, 200);
    let order = json!({"product": PRODUCT, "seats": 1});
    for page in [
        program.get("/entitlements"),
        program.post("/entitlements", &order),
        program.get("/audit"),
        program.get("/keys"),
        program.post("/tokens", &json!({"name": "x", "scopes": ["audit:read"]})),
    ] {
        told(&page, 403, "api_scope_missing");
    }
    // Whoever manages tokens gives away no more than they have.
    let manager = stage.program(&[Permission::ManageAccess]);
    let wider = json!({"name": "x", "scopes": ["access:manage", "audit:read"]});
    told(&manager.post("/tokens", &wider), 403, "api_scope_missing");
    let same = json!({"name": "x", "scopes": ["access:manage"]});
    assert_eq!(manager.post("/tokens", &same).status, 201);
}

#[test]
fn what_is_not_understood_is_told_as_a_problem() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    told(&program.get("/nowhere"), 404, "call_unknown");
    told(&program.get("/entitlements/nothing"), 404, "call_unknown");
    let unknown = program.get("/entitlements/7Q2K-9MPX-4RTW-0B3D");
    told(&unknown, 404, "entitlement_unknown");
    let deleted = program.call("DELETE", "/products", &json!({}));
    told(&deleted, 405, "call_not_offered");
    assert!(deleted.header("allow").unwrap().contains("POST"));
    told(&program.get("/products?limit=1"), 400, "parameter_refused");
    told(
        &program.get("/entitlements?limit=0"),
        400,
        "parameter_refused",
    );
    told(
        &program.get("/entitlements?limit=1&limit=2"),
        400,
        "parameter_refused",
    );
    told(
        &program.get("/entitlements?cursor=AAAA"),
        422,
        "cursor_refused",
    );

    let order = json!({"product": PRODUCT, "seats": 1});
    let form = program.0.ask(
        "POST",
        "/api/v1/entitlements",
        Some("text/plain"),
        order.to_string().into_bytes(),
    );
    told(&form, 415, "media_type_refused");
    for body in [
        json!({"product": PRODUCT}),
        json!({"product": PRODUCT, "seats": 0}),
        json!({"product": PRODUCT, "seats": "1"}),
        json!({"product": PRODUCT, "seats": 1, "colour": "red"}),
        json!([]),
    ] {
        let page = program.post("/entitlements", &body);
        told(&page, 400, "body_refused");
    }
    let raw = |body: String| {
        let body = body.into_bytes();
        program
            .0
            .ask("POST", "/api/v1/entitlements", Some(JSON), body)
    };
    told(
        &raw("{\"seats\":1,\"seats\":2}".to_owned()),
        400,
        "body_refused",
    );
    told(&raw("[".repeat(10_000)), 400, "body_refused");
    told(&raw(" ".repeat(MAX_BODY + 1)), 413, "too_large");
    let refused = |field: &str, value: &str| {
        let mut body = order.clone();
        body[field] = value.into();
        program.post("/entitlements", &body)
    };
    told(&refused("expires_at", "tomorrow"), 422, "date_refused");
    told(&refused("offline_lease", "0d"), 422, "duration_refused");
    told(&refused("product", "com.acme.cam"), 422, "product_unknown");
}

#[test]
fn too_many_calls_wait_for_the_next_minute() {
    let stage = Stage::with(Config {
        api_rate: ApiRate { per_minute: 2 },
        ..Config::default()
    });
    let program = stage.program_of_all();
    for _ in 0..2 {
        assert_eq!(program.get("/products").status, 200);
    }
    let page = program.get("/products");
    told(&page, 429, "api_too_many_calls");
    let wait: u64 = page.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    stage.clock.pass(Seconds::new(wait));
    assert_eq!(program.get("/products").status, 200);
}

#[test]
fn a_call_with_a_key_is_carried_out_once() {
    let stage = Stage::new();
    let order = json!({"product": PRODUCT, "seats": 3, "offline_lease": "30d"});
    let program = stage
        .program_of_all()
        .saying("idempotency-key", "order-4711");
    let first = program.post("/entitlements", &order);
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.header("idempotency-replayed"), Some("false"));
    let second = program.post("/entitlements", &order);
    assert_eq!((second.status, &second.text), (201, &first.text));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(second.header("content-type"), first.header("content-type"));
    let more = json!({"product": PRODUCT, "seats": 4});
    told(
        &program.post("/entitlements", &more),
        422,
        "idempotency_key_reused",
    );
    let listed = program.get("/entitlements").json();
    assert_eq!(listed["entitlements"].as_array().unwrap().len(), 1);

    let program = stage
        .program_of_all()
        .saying("idempotency-key", "two words");
    told(
        &program.post("/entitlements", &order),
        400,
        "idempotency_key_refused",
    );
}

#[test]
fn a_refusal_is_answered_alike_and_a_lacking_scope_is_not_kept() {
    let stage = Stage::new();
    let program = stage.program_of_all().saying("idempotency-key", "k");
    let order = json!({"product": "com.acme.cam", "seats": 3});
    let first = program.post("/entitlements", &order);
    told(&first, 422, "product_unknown");
    let second = program.post("/entitlements", &order);
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    told(&second, 422, "product_unknown");

    let program = stage.program(&[Permission::ReadProducts]);
    let program = program.saying("idempotency-key", "k");
    for _ in 0..2 {
        let page = program.post("/entitlements", &order);
        told(&page, 403, "api_scope_missing");
        assert_eq!(page.header("idempotency-replayed"), None);
    }
}

#[test]
fn many_messages_are_answered_at_once_and_each_says_what_became_of_it() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut devices = [TestDevice::new("one"), TestDevice::new("two")];
    let requests: Vec<String> = devices
        .iter_mut()
        .map(|device| {
            text(
                TokenKind::ActivationRequest,
                &stage.request(device, &sold.code),
            )
        })
        .collect();
    let program = stage.program(&[Permission::AnswerMessages]);
    let brought = json!({"messages": [requests[0], "no message", requests[1]]});
    let page = program.post("/messages", &brought);
    assert_eq!(page.status, 200, "{}", page.text);
    let told = page.json();
    assert_eq!(told["ok"], false);
    let results = told["results"].as_array().unwrap();
    assert_eq!(results[0]["outcome"], "activated");
    assert_eq!(results[0]["token"]["kind"], "activation_response");
    assert_eq!(
        (&results[1]["message"], &results[1]["ok"]),
        (&json!(1), &json!(false))
    );
    // The vendor's program hears the precise cause; there is one seat.
    assert_eq!(results[2]["error"]["code"], "no_free_seat");
    assert_eq!(results[2]["token"]["kind"], "refusal");
    // Brought again, the same answer.
    let again = program
        .post("/messages", &json!({"messages": [requests[0]]}))
        .json();
    assert_eq!(again["results"][0]["outcome"], "reissued");
    assert_eq!(again["results"][0]["token"], results[0]["token"]);
}
