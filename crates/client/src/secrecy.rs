//! What the store keeps secret shows up in nothing that people are handed.

use std::path::Path;

use keyferry_catalogue::Language;
use keyferry_device::Machine as _;
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_token::{SealedToken, Seconds};

use crate::{
    Client,
    disk::{Disk as _, simulated::SimulatedDisk},
    power_cuts::{activated, client_at, request},
};

/// Every secret of a store, in the forms in which it could turn up.
fn secrets(disk: &SimulatedDisk, client: &Client) -> Vec<Vec<u8>> {
    let key = Path::new("/data/keyferry/key");
    let mut raw = vec![disk.read(key, 64).unwrap().unwrap()];
    let snapshot = client.store.read().unwrap();
    for device in snapshot.state.devices.values() {
        raw.push(device.signing.expose().to_vec());
        raw.extend(device.exchange.as_ref().map(|key| key.expose().to_vec()));
    }
    for made in snapshot.state.made() {
        raw.push(made.content_key.expose().to_vec());
    }
    let hex = |bytes: &[u8]| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    };
    let decimal = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    let mut all = Vec::new();
    for secret in raw {
        all.push(hex(&secret).into_bytes());
        all.push(hex(&secret).to_uppercase().into_bytes());
        all.push(decimal(&secret).into_bytes());
        all.push(secret);
    }
    all
}

fn has(text: &[u8], secret: &[u8]) -> bool {
    text.windows(secret.len()).any(|window| window == secret)
}

#[test]
fn nothing_that_is_shown_or_reported_holds_a_secret_of_the_store() {
    let (disk, ..) = activated();
    let now = NOW.plus(Seconds::days(31));
    let client = client_at(&disk, now);
    let code = TestVendor::acme().code();
    let mine = request(&client, &code).unwrap();
    let product = TestVendor::product();
    let status = client.status_report(&product).unwrap();
    let spoken = client.status_code(None).unwrap();
    let report = client.report(Language::En);

    let snapshot = client.store.read().unwrap();
    let sealed = snapshot.state.made().find(|made| made.id == status.id);
    let opened = SealedToken::parse(&status.bytes)
        .unwrap()
        .open_with_content_key(&sealed.unwrap().content_key)
        .unwrap();
    let outstanding = client.outstanding(&product).unwrap().unwrap();
    assert_eq!(outstanding.bytes, mine);
    let said: [(&str, Vec<u8>); 7] = [
        ("report", report.text.into_bytes()),
        ("status code", spoken.code.to_string().into_bytes()),
        ("status report", opened.signed().bytes().to_vec()),
        ("status, shown", format!("{status:?}").into_bytes()),
        (
            "request, shown",
            format!("{:?}", outstanding.claims).into_bytes(),
        ),
        ("standing", format!("{:?}", client.products()).into_bytes()),
        ("device", format!("{:?}", client.device()).into_bytes()),
    ];
    let mut hidden = secrets(&disk, &client);
    assert!(hidden.len() >= 4 * 5, "store, device and content keys");
    hidden.push(code.secret().expose().to_vec());
    hidden.push(code.expose().as_bytes()[6..].to_vec());
    for (_, value) in FakeMachine::new("cad-07").components().iter() {
        hidden.push(value.as_bytes().to_vec());
        hidden.push(value.to_uppercase().into_bytes());
    }
    for (what, text) in &said {
        for secret in &hidden {
            assert!(!has(text, secret), "{what} holds {secret:?}");
        }
    }
    // The hint is what may be shown of a code, and only where that code is asked with.
    let hint = code.hint();
    for (what, text) in said.iter().filter(|(what, _)| *what != "request, shown") {
        assert!(!has(text, hint.as_bytes()), "{what} holds the code's hint");
    }
}
