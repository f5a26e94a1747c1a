//! API tokens on the command line: made, listed, taken back (`docs/spec/cli.md`).

mod stage;

use stage::Stage;

const ADD: [&str; 7] = [
    "api-token",
    "add",
    "--name",
    "Web shop",
    "--scopes",
    "products:read,entitlements:write",
    "--json",
];

#[test]
fn an_api_token_shows_its_secret_once_and_is_taken_back() {
    let stage = Stage::new();
    let added = stage.authority(ADD).done().json();
    let secret = added["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("kf_"), "{secret}");
    let scopes = added["scopes"].as_array().unwrap();
    assert_eq!(scopes, &["products:read", "entitlements:write"]);
    let id = added["api_token_id"].as_str().unwrap();

    let listed = stage.authority(["api-token", "list", "--json"]).done();
    assert!(!listed.text().contains(&secret[3..]));
    let listed = listed.json();
    let token = listed["api_tokens"][0].as_object().unwrap();
    let fields: Vec<_> = token.keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "api_token_id",
            "created_at",
            "created_by",
            "expires_at",
            "last_used_at",
            "name",
            "revoked_at",
            "scopes",
            "status"
        ]
    );
    for outcome in ["revoked", "unchanged"] {
        let revoked = stage.authority(["api-token", "revoke", id, "--json"]);
        let revoked = revoked.done().json();
        assert_eq!(revoked["outcome"], outcome);
        assert_eq!(revoked["status"], "revoked");
    }
}

#[test]
fn an_api_token_that_would_allow_nothing_or_last_too_long_is_refused() {
    let stage = Stage::new();
    let add = |scopes, end| {
        let call = ["api-token", "add", "--name", "x", "--scopes", scopes];
        stage.authority(call.into_iter().chain(["--expires", end]))
    };
    add("products:everything", "2027-01-31").told(2, "KF-863");
    add("products:read", "2031-01-31").told(2, "KF-862");
    let unknown = ["api-token", "revoke", "7Q2K-9MPX-4RTW-0B3D"];
    stage.authority(unknown).told(1, "KF-861");
}
