//! The commands through Tauri's IPC, and who may call what.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};
use tauri::{
    WebviewWindow, WebviewWindowBuilder,
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets},
    webview::InvokeRequest,
};

use super::pretend::Pretend;

pub(super) fn window(pretend: &Pretend) -> WebviewWindow<MockRuntime> {
    let app = mock_builder()
        .invoke_handler(crate::commands())
        .manage(pretend.wizard.clone())
        .build(mock_context(noop_assets()))
        .unwrap();
    WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default())
        .build()
        .unwrap()
}

fn call(window: &WebviewWindow<MockRuntime>, command: &str, args: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.into(),
        callback: tauri::ipc::CallbackFn(0),
        error: tauri::ipc::CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body: args.into(),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

#[test]
fn a_command_answers_with_its_view_or_a_problem_by_code() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let home = call(&window, "home", json!({})).unwrap();
    assert_eq!(home["vendors"][0]["name"], "Acme");
    let problem = call(&window, "read_code", json!({ "text": "" })).unwrap_err();
    assert_eq!(problem["code"], "nothing_read");
    assert_eq!(problem["field"], "code");
    let saved = call(&window, "save_record", json!({ "activationId": "nothing" })).unwrap_err();
    assert_eq!(saved["code"], "not_activated");
}

#[test]
fn saving_asks_where_and_a_cancelled_dialog_saves_nothing() {
    let pretend = Pretend::with_vendor();
    let window = window(&pretend);
    let code = keyferry_fixtures::TestVendor::acme().code().expose();
    let made = call(
        &window,
        "make_request",
        json!({ "code": code, "label": "a" }),
    )
    .unwrap();
    let token = json!({ "tokenId": made["token_id"] });
    assert_eq!(
        call(&window, "save_carried", token.clone()),
        Ok(Value::Null)
    );

    let file = pretend.folder.path().join("request.kft");
    *pretend.desktop.chosen.lock().unwrap() = Some(file.clone());
    let saved = call(&window, "save_carried", token.clone()).unwrap();
    assert_eq!(saved["path"], file.display().to_string());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), made["armored"]);

    call(&window, "copy_carried", token).unwrap();
    assert_eq!(*pretend.desktop.clipboard.lock().unwrap(), made["armored"]);
}

#[test]
fn the_window_may_call_its_own_commands_and_listen_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let capability: Value = serde_json::from_str(&read("capabilities/main.json")).unwrap();
    assert_eq!(capability["windows"], json!(["main"]));
    assert_eq!(capability.get("remote"), None);
    let permitted: BTreeSet<String> = capability["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission.as_str().unwrap().to_owned())
        .collect();
    let build = read("build.rs");
    let list = build
        .split_once("COMMANDS: &[&str] = &[")
        .unwrap()
        .1
        .split_once("];")
        .unwrap()
        .0;
    let commands = list.split('"').skip(1).step_by(2);
    let mut expected: BTreeSet<String> = commands
        .map(|command| format!("allow-{}", command.replace('_', "-")))
        .collect();
    expected.extend(
        [
            "core:event:allow-listen",
            "core:event:allow-unlisten",
            "core:window:allow-set-title",
        ]
        .map(str::to_owned),
    );
    assert_eq!(permitted, expected);
}
