//! Webhooks over the wire: what a receiver hears, and where a portal does not go.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, mpsc},
    time::Duration,
};

use keyferry_authority::{DeliveryStatus, Origin, Page, WebhookAddress};
use keyferry_portal::{Config, Portal, WebhookReach};
use keyferry_token::{Seconds, WebhookId};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::json;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

use crate::stage::Stage;

/// A receiver on this machine that answers each message with the next of some statuses, and tells what it
/// heard.
fn receiver(statuses: &'static [u16]) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            tell.send(hear(stream, *status).unwrap()).unwrap();
        }
    });
    (port, heard)
}

/// Hears one message, and answers it.
fn hear(mut stream: impl Read + Write, status: u16) -> std::io::Result<String> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    let text = loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                break text;
            }
        }
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&part[..read]);
    };
    let answer = format!(
        "HTTP/1.1 {status} x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    );
    stream.write_all(answer.as_bytes())?;
    stream.flush()?;
    Ok(text)
}

/// A receiver over TLS; what it hears is nothing where it was not trusted.
fn receiver_with(
    certificate: &CertificateParams,
    by: &Issuer<KeyPair>,
) -> (u16, mpsc::Receiver<String>) {
    let key = KeyPair::generate().unwrap();
    let certificate = certificate.signed_by(&key, by).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let secured = ServerConnection::new(config).unwrap();
        if let Ok(text) = hear(StreamOwned::new(secured, stream), 200) {
            tell.send(text).unwrap();
        }
    });
    (port, heard)
}

/// An authority for certificates, and its own.
fn issuer() -> (Issuer<'static, KeyPair>, Vec<u8>) {
    let mut own = CertificateParams::new(Vec::new()).unwrap();
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = own.self_signed(&key).unwrap().der().to_vec();
    (Issuer::new(own, key), certificate)
}

impl Stage {
    /// Lets a portal tell webhooks until something is so.
    fn tell_until(&self, allowed: &[&str], is_so: impl FnMut(&Stage) -> bool) {
        let reach = WebhookReach {
            allowed: allowed.iter().map(|one| one.parse().unwrap()).collect(),
            ..WebhookReach::default()
        };
        self.tell(reach, is_so);
    }

    fn tell(&self, webhooks: WebhookReach, mut is_so: impl FnMut(&Stage) -> bool) {
        let config = Config {
            webhooks,
            ..Config::default()
        };
        let portal = self
            .wait(Portal::new(self.authority.clone(), config))
            .unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let telling = self.spawn(async move {
            portal
                .tell_webhooks(async {
                    let _ = stopped.await;
                })
                .await;
        });
        let patience = std::time::Instant::now();
        while !is_so(self) {
            assert!(
                patience.elapsed() < Duration::from_secs(30),
                "it does not become so"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.send(()).unwrap();
        self.wait(telling).unwrap();
    }

    fn webhook(&self, url: &str) -> WebhookId {
        let address = WebhookAddress::new(url).unwrap();
        let events = ["entitlement_added".to_owned()];
        let adding = self
            .authority
            .webhook_add(&address, &events, &Origin::Local);
        self.wait(adding).unwrap().webhook.id
    }

    fn delivery(&self, webhook: WebhookId) -> Option<keyferry_authority::Delivery> {
        let found = self.authority.webhook_deliveries(webhook, Page::first(1));
        self.wait(found).unwrap().items.pop()
    }
}

#[test]
fn a_receiver_hears_a_signed_message_again_until_it_takes_it() {
    let stage = Stage::new();
    let (port, heard) = receiver(&[302, 200]);
    let webhook = stage.webhook(&format!("http://127.0.0.1:{port}/hooks?x=1"));
    stage.sell(3);
    stage.tell_until(&["127.0.0.1"], |stage| {
        stage
            .delivery(webhook)
            .is_some_and(|one| one.answered == Some(302))
    });
    stage.clock.pass(Seconds::new(5));
    stage.tell_until(&["127.0.0.1"], |stage| {
        stage
            .delivery(webhook)
            .is_some_and(|one| one.status == DeliveryStatus::Delivered)
    });
    let messages: Vec<String> = heard.iter().collect();
    assert_eq!(messages.len(), 2);
    let header = |message: &str, name: &str| {
        let line = message.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {message}"))
            .to_owned()
    };
    for message in &messages {
        assert!(
            message.starts_with("POST /hooks?x=1 HTTP/1.1\r\n"),
            "{message}"
        );
        assert!(header(message, "webhook-signature: ").starts_with("v1,"));
        assert!(message.contains("\"type\":\"entitlement_added\""));
    }
    let id = |at: usize| header(&messages[at], "webhook-id: ");
    assert_eq!(id(0), id(1));
    let at = |at: usize| header(&messages[at], "webhook-timestamp: ");
    assert_ne!(at(0), at(1));
}

#[test]
fn an_inner_address_is_not_asked_unless_it_is_allowed() {
    let stage = Stage::new();
    let (port, heard) = receiver(&[200]);
    let inner = [
        stage.webhook(&format!("http://127.0.0.1:{port}/")),
        stage.webhook(&format!("https://127.0.0.1:{port}/")),
        stage.webhook(&format!("https://localhost:{port}/")),
        stage.webhook(&format!("https://[::ffff:7f00:1]:{port}/")),
        stage.webhook("https://169.254.169.254/latest/meta-data"),
    ];
    stage.sell(1);
    let refused = |stage: &Stage, id| {
        stage.delivery(id).is_some_and(|one| {
            one.trouble.as_deref() == Some("an address that webhooks may not lead to")
        })
    };
    stage.tell_until(&[], |stage| inner.iter().all(|id| refused(stage, *id)));
    assert!(heard.try_recv().is_err());
}

#[test]
fn programs_add_webhooks_see_what_they_were_told_and_remove_them() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let new = json!({"url": "https://shop.example/hooks", "events": ["entitlement_added"]});
    let made = program.post("/webhooks", &new);
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    let at = |what: &str| format!("/webhooks/{}{what}", made["webhook_id"].as_str().unwrap());
    assert!(!program.get("/webhooks").text.contains(&secret));
    stage.sell(1);
    stage.wait(stage.authority.webhooks_spread()).unwrap();
    let told = program.get(&at("/deliveries")).json();
    assert_eq!(told["deliveries"][0]["status"], "waiting");
    let again = program.post(&at("/new-secret"), &json!({})).json();
    assert_ne!(again["secret"], made["secret"]);
    let gone = program.call("DELETE", &at(""), &json!({}));
    assert_eq!(gone.status, 204);
    assert_eq!(
        program.get(&at("")).problem(),
        (404, "webhook_unknown".to_owned())
    );
    let inner = json!({"url": "http://shop.example/"});
    let refused = program.post("/webhooks", &inner);
    assert_eq!(
        refused.problem(),
        (422, "webhook_address_refused".to_owned())
    );
}

#[test]
fn over_tls_only_a_receiver_with_a_good_certificate_hears_anything() {
    let stage = Stage::new();
    let named = |name: &str| CertificateParams::new(vec![name.to_owned()]).unwrap();
    let mut over = named("127.0.0.1");
    over.not_before = date_time_ymd(2020, 1, 1);
    over.not_after = date_time_ymd(2021, 1, 1);
    let (trusted, authority) = issuer();
    let (stranger, _) = issuer();
    let (good, heard) = receiver_with(&named("127.0.0.1"), &trusted);
    let wrong = [
        receiver_with(&named("127.0.0.1"), &stranger),
        receiver_with(&named("shop.example"), &trusted),
        receiver_with(&over, &trusted),
    ];
    let webhook = |port| stage.webhook(&format!("https://127.0.0.1:{port}/hooks"));
    let (good, refused) = (
        webhook(good),
        wrong.each_ref().map(|(port, _)| webhook(*port)),
    );
    stage.sell(1);
    let reach = WebhookReach {
        allowed: vec!["127.0.0.1".parse().unwrap()],
        authorities: vec![authority],
    };
    stage.tell(reach, |stage| {
        let is_refused = |id: &WebhookId| {
            let delivery = stage.delivery(*id);
            delivery.is_some_and(|one| one.trouble.as_deref() == Some("TLS was refused"))
        };
        let delivery = stage.delivery(good);
        let arrived = delivery.is_some_and(|one| one.status == DeliveryStatus::Delivered);
        arrived && refused.iter().all(is_refused)
    });
    let message = heard.recv().unwrap();
    assert!(
        message.contains("\"type\":\"entitlement_added\""),
        "{message}"
    );
    for (_, heard) in &wrong {
        // The receiver has ended without hearing anything.
        assert!(heard.recv().is_err());
    }
}

#[test]
fn programs_send_a_test_message_and_one_again_now_and_then_only() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let new = json!({"url": "https://shop.example/hooks", "events": ["entitlement_added"]});
    let made = program.post("/webhooks", &new).json();
    let at = |what: &str| format!("/webhooks/{}{what}", made["webhook_id"].as_str().unwrap());
    let sent = program.post(&at("/test"), &json!({}));
    assert_eq!(sent.status, 202, "{}", sent.text);
    assert_eq!(sent.json()["event"], "ping");
    let again = format!(
        "/deliveries/{}/send-again",
        sent.json()["message_id"].as_str().unwrap()
    );
    assert_eq!(program.post(&at(&again), &json!({})).status, 202);
    for too_often in [at("/test"), at(&again)] {
        let refused = program.post(&too_often, &json!({}));
        assert_eq!(refused.problem(), (429, "webhook_too_often".to_owned()));
        assert_eq!(refused.header("retry-after"), Some("60"));
    }
    for unknown in [
        "/deliveries/msg_00000000000000000000/send-again",
        "/deliveries/1/send-again",
    ] {
        assert_eq!(
            program.post(&at(unknown), &json!({})).status,
            404,
            "{unknown}"
        );
    }
    for _ in 0..2 {
        stage.sell(1);
    }
    stage.wait(stage.authority.webhooks_spread()).unwrap();
    let first = program.get(&at("/deliveries?limit=2")).json();
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let second = program
        .get(&at(&format!("/deliveries?limit=2&cursor={cursor}")))
        .json();
    assert_eq!(second["deliveries"][0]["event"], "ping");
    assert!(second["next_cursor"].is_null());
}
