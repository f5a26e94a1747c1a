//! Where a webhook may lead: to public addresses, and to what the vendor allowed besides. Otherwise whoever
//! may add webhooks could have the portal ask machines that only it reaches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::WebhookReach;

impl WebhookReach {
    /// Whether a portal may connect to an address for a webhook.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let named = |one: &IpAddr| one.to_canonical() == address;
        self.allowed.iter().any(named) || is_public(address)
    }
}

/// Whether an address is one of the open Internet (IANA special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        // This network; shared addresses of providers; protocol assignments; benchmarks; reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Only what is given out at all (2000::/3), without documentation, tunnels that hold other
    // addresses (6to4, Teredo, NAT64 lies outside), benchmarks and the like.
    let given_out = a & 0xe000 == 0x2000;
    let special = a == 0x2002
        || (a == 0x2001 && b < 0x0200)
        || (a == 0x2001 && b == 0x0db8)
        || (a == 0x3fff && b < 0x1000);
    given_out && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_are_not_reached_unless_they_are_named() {
        let none = WebhookReach::default();
        for inner in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!none.allows(inner.parse().unwrap()), "{inner}");
        }
        for outer in [
            "93.184.216.34",
            "8.8.8.8",
            "2606:2800:220:1::1",
            "2a00:1450::1",
        ] {
            assert!(none.allows(outer.parse().unwrap()), "{outer}");
        }
        let named = WebhookReach {
            allowed: vec!["10.1.2.3".parse().unwrap()],
            ..WebhookReach::default()
        };
        assert!(named.allows("10.1.2.3".parse().unwrap()));
        assert!(named.allows("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!named.allows("10.1.2.4".parse().unwrap()));
    }
}
