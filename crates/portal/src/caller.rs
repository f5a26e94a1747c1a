//! Who calls: the client's address, and whether it came over TLS.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header::HOST, request::Parts},
    middleware::Next,
    response::Response,
};
use keyferry_authority::Origin;

use crate::Portal;

/// Who opened the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// The client's address.
    pub(crate) address: IpAddr,
    /// Whether the client's side of the connection is under TLS.
    pub(crate) secure: bool,
}

impl Caller {
    /// For limits and the audit log (rule A13).
    pub(crate) fn origin(&self) -> Origin {
        Origin::Address(self.address)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(of(parts.extensions.get().copied()))
    }
}

fn of(known: Option<Caller>) -> Caller {
    known.unwrap_or(Caller {
        address: IpAddr::from([0, 0, 0, 0]),
        secure: false,
    })
}

/// Finds out who calls, for all that come after.
pub(crate) async fn introduce(
    State(portal): State<Portal>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    if let Some(Peer(peer)) = peer {
        let caller = caller(peer, request.headers(), &portal);
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}

fn caller(peer: IpAddr, headers: &HeaderMap, portal: &Portal) -> Caller {
    let proxies = &portal.config().proxies;
    let by_proxy = is_one(peer, proxies);
    let address = if by_proxy {
        told_by_proxies(headers, proxies).unwrap_or(peer)
    } else {
        peer
    };
    let proxy_says = by_proxy && last(headers, "x-forwarded-proto") == Some("https");
    Caller {
        address: address.to_canonical(),
        secure: proxy_says || asked_for(headers, portal.address()),
    }
}

/// The client as the proxies name it: each writes behind those before it, so that the last address
/// that is no proxy's own is the first one that was not made up.
fn told_by_proxies(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    let mut hops = lines.iter().flat_map(|line| line.split(',')).rev();
    let mut found = None;
    for hop in hops.by_ref() {
        let address: IpAddr = hop.trim().parse().ok()?;
        found = Some(address);
        if !is_one(address, proxies) {
            break;
        }
    }
    found
}

fn is_one(address: IpAddr, proxies: &[IpAddr]) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|proxy| proxy.to_canonical() == address)
}

fn last<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

/// Whether the browser asked for the address that customers know, which is always under TLS.
fn asked_for(headers: &HeaderMap, portal: Option<&str>) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let known = portal.and_then(|address| address.strip_prefix("https://"));
    matches!((host, known), (Some(host), Some(known)) if host.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_client_is_the_last_address_that_no_proxy_has() {
        let proxies: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        for (lines, client) in [
            (vec!["203.0.113.7"], Some("203.0.113.7")),
            (vec!["198.51.100.1, 203.0.113.7"], Some("203.0.113.7")),
            (
                vec!["198.51.100.1", "203.0.113.7, 10.0.0.2"],
                Some("203.0.113.7"),
            ),
            (vec!["2001:db8::7"], Some("2001:db8::7")),
            (vec!["10.0.0.2"], Some("10.0.0.2")),
            (vec!["somebody"], None),
            (vec!["203.0.113.7, somebody"], None),
            (vec![], None),
        ] {
            let headers = headers("x-forwarded-for", &lines);
            let told = told_by_proxies(&headers, &proxies).map(|a| a.to_string());
            assert_eq!(told.as_deref(), client, "{lines:?}");
        }
    }

    #[test]
    fn the_address_that_customers_know_is_under_tls() {
        let portal = Some("https://license.acme.example");
        assert!(asked_for(
            &headers("host", &["License.Acme.Example"]),
            portal
        ));
        assert!(!asked_for(&headers("host", &["127.0.0.1:8480"]), portal));
        assert!(!asked_for(
            &headers("host", &["license.acme.example"]),
            None
        ));
    }
}
