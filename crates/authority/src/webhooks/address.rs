//! The address of a webhook.

use std::fmt;

use url::Url;

use super::WebhookFault;

/// The longest address.
const LONGEST: usize = 2000;

/// `https`, or `http` for a receiver on the portal's own machine, which has to be allowed besides. Where it
/// leads is looked at again with each delivery, since names come to mean other machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookAddress(Url);

impl WebhookAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// `webhook_address_refused`.
    pub fn new(text: &str) -> Result<Self, WebhookFault> {
        let url = Url::parse(text).map_err(|_| WebhookFault::Address)?;
        let loopback = match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(_)) => false,
            None => return Err(WebhookFault::Address),
        };
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        let bare =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if text.len() <= LONGEST && scheme && bare {
            Ok(Self(url))
        } else {
            Err(WebhookFault::Address)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its parts.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for WebhookAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_the_same_machine_and_has_no_secret_in_it() {
        for good in [
            "https://shop.example/hooks",
            "https://shop.example:8443/hooks?x=1",
            "http://127.0.0.1:9000/",
            "http://[::1]:9000/",
        ] {
            assert!(WebhookAddress::new(good).is_ok(), "{good}");
        }
        for wrong in [
            "http://shop.example/",
            "http://localhost/",
            "http://10.0.0.1/",
            "https://user:secret@shop.example/",
            "https://shop.example/#part",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "shop.example",
            "",
        ] {
            assert!(WebhookAddress::new(wrong).is_err(), "{wrong}");
        }
        let long = format!("https://shop.example/{}", "x".repeat(LONGEST));
        assert!(WebhookAddress::new(&long).is_err());
    }
}
