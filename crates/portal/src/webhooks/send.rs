//! Sending one message: its name is looked up once, each address is looked at, and the connection goes to
//! one that was found good, so that a name that comes to mean something else meanwhile leads nowhere.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    http::{
        Request,
        header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT},
    },
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use keyferry_authority::{DueDelivery, Told};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName},
    },
};

use super::WebhookReach;

/// How long an attempt may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PROGRAM: &str = concat!("keyferry/", env!("CARGO_PKG_VERSION"));

/// Sends messages.
pub(super) struct Sender {
    reach: WebhookReach,
    tls: Option<TlsConnector>,
}

impl Sender {
    /// Certificates are checked against those that the system trusts, and against the vendor's own.
    pub(super) fn new(reach: WebhookReach) -> Self {
        let mut roots = RootCertStore::empty();
        let own = reach.authorities.iter().cloned();
        let all = rustls_native_certs::load_native_certs().certs.into_iter();
        let (found, _) = roots.add_parsable_certificates(all.chain(own.map(CertificateDer::from)));
        let tls = (found > 0).then(|| {
            let config = ClientConfig::builder()
                .with_root_certificates(roots)
                .with_no_client_auth();
            TlsConnector::from(Arc::new(config))
        });
        Self { reach, tls }
    }

    /// Sends a message; a redirection is an answer like any other, and is not followed.
    pub(super) async fn send(&self, delivery: &DueDelivery) -> Told {
        match time::timeout(PATIENCE, self.try_to(delivery)).await {
            Ok(Ok(status)) => Told::Answered(status),
            Ok(Err(why)) => Told::Trouble(why.to_owned()),
            Err(_) => Told::Trouble("no answer in time".to_owned()),
        }
    }

    async fn try_to(&self, delivery: &DueDelivery) -> Result<u16, &'static str> {
        let url = delivery.address.url();
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default().unwrap_or(443);
        let address = self.look_up(bare, port).await?;
        if url.scheme() == "http" && !address.ip().is_loopback() {
            return Err("without TLS, and not on this machine");
        }
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|_| "no connection")?;
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let request = Request::post(target)
            .header(HOST, authority)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, PROGRAM)
            .header(CONNECTION, "close")
            .header("webhook-id", &delivery.message)
            .header("webhook-timestamp", delivery.at.unix())
            .header("webhook-signature", &delivery.signature)
            .body(Body::from(delivery.body.clone()))
            .map_err(|_| "not an address to send to")?;
        if url.scheme() == "http" {
            return ask(stream, request).await;
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| "not a name for TLS")?;
        let tls = self
            .tls
            .as_ref()
            .ok_or("the system trusts no certificates")?;
        let stream = tls.connect(name, stream).await;
        ask(stream.map_err(|_| "TLS was refused")?, request).await
    }

    /// One address of a name, where all of them may be reached: a name with an inner address among others
    /// is none that a webhook should lead to.
    async fn look_up(&self, host: &str, port: u16) -> Result<SocketAddr, &'static str> {
        let found: Vec<SocketAddr> = if let Ok(address) = host.parse::<IpAddr>() {
            vec![SocketAddr::new(address, port)]
        } else {
            let found = lookup_host((host, port)).await;
            found.map_err(|_| "the name is not known")?.collect()
        };
        if found.iter().any(|one| !self.reach.allows(one.ip())) {
            return Err("an address that webhooks may not lead to");
        }
        found.first().copied().ok_or("the name is not known")
    }
}

/// Sends a request, and reads no more of the answer than its status.
async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Body>,
) -> Result<u16, &'static str> {
    let made = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = made.map_err(|_| "no HTTP")?;
    let under_way = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    under_way.abort();
    let answer = answer.map_err(|_| "no answer in HTTP")?;
    Ok(answer.status().as_u16())
}
