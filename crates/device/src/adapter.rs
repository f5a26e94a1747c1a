//! Which network adapter stands for the machine, out of those that its system found to be built in.

/// A network adapter of this machine with an address from its maker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Adapter {
    /// Where it sits, in an order that stays the same from boot to boot. The field order is the
    /// order of choice.
    pub(crate) place: String,
    /// Which port of the device at that place.
    pub(crate) port: u32,
    /// The address that the maker gave it, not one that the system gave it.
    pub(crate) address: [u8; 6],
}

/// The address of the adapter at the first place, as `3c:52:82:0a:b1:c2`. Adapters with addresses
/// that were made up (locally administered, IEEE 802 §8.4) do not count.
pub(crate) fn first(adapters: impl IntoIterator<Item = Adapter>) -> Option<String> {
    let counting = adapters
        .into_iter()
        .filter(|adapter| is_from_a_maker(adapter.address));
    counting
        .min()
        .map(|adapter| adapter.address.map(|byte| format!("{byte:02x}")).join(":"))
}

/// Addresses that drivers and boards have in common instead of one of their own.
const SHARED: &[[u8; 6]] = &[
    [0x00, 0x01, 0x02, 0x03, 0x04, 0x05],
    [0x00, 0x11, 0x22, 0x33, 0x44, 0x55],
    [0x00, 0x12, 0x34, 0x56, 0x78, 0x9a],
    [0x00, 0x50, 0x56, 0xc0, 0x00, 0x01],
    [0x00, 0x50, 0x56, 0xc0, 0x00, 0x08],
    [0x44, 0x45, 0x53, 0x54, 0x00, 0x00],
];

fn is_from_a_maker(address: [u8; 6]) -> bool {
    let for_a_group = address[0] & 1 != 0;
    let locally_administered = address[0] & 2 != 0;
    let empty = address[3..] == [0; 3] && address[..3] == [0; 3];
    !for_a_group && !locally_administered && !empty && !SHARED.contains(&address)
}

/// Six bytes from `3c:52:82:0a:b1:c2`.
#[cfg(any(target_os = "linux", test))]
pub(crate) fn parse_address(text: &str) -> Option<[u8; 6]> {
    let mut address = [0; 6];
    let mut parts = text.trim().split(':');
    for byte in &mut address {
        let part = parts.next().filter(|part| is_hex_pair(part))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(address)
}

/// Looked at before parsing, which would take a sign.
#[cfg(any(target_os = "linux", test))]
fn is_hex_pair(part: &str) -> bool {
    part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(place: &str, port: u32, address: &str) -> Adapter {
        Adapter {
            place: place.into(),
            port,
            address: parse_address(address).unwrap(),
        }
    }

    #[test]
    fn the_first_place_wins_whatever_the_order_of_discovery() {
        let near = at("pci0000:00/0000:00:1f.6", 0, "3c:52:82:0a:b1:c2");
        let far = at("pci0000:00/0000:03:00.0", 0, "00:1b:21:0a:b1:c2");
        let expected = Some("3c:52:82:0a:b1:c2".to_owned());
        assert_eq!(first([near.clone(), far.clone()]), expected);
        assert_eq!(first([far, near]), expected);
    }

    #[test]
    fn ports_of_one_card_go_by_number() {
        let second = at("pci0000:00/0000:03:00.0", 1, "00:1b:21:00:00:01");
        let first_port = at("pci0000:00/0000:03:00.0", 0, "00:1b:21:00:00:02");
        assert_eq!(
            first([second, first_port]).as_deref(),
            Some("00:1b:21:00:00:02")
        );
    }

    #[test]
    fn addresses_without_a_maker_never_count() {
        for made_up in [
            "00:00:00:00:00:00",
            "02:fc:00:00:00:01",
            "01:00:5e:00:00:01",
            "44:45:53:54:00:00",
        ] {
            assert_eq!(first([at("a", 0, made_up)]), None, "{made_up}");
        }
    }

    #[test]
    fn an_address_has_six_bytes() {
        for text in [
            "",
            "3c:52:82:0a:b1",
            "3c:52:82:0a:b1:c2:00",
            "3c:52:82:0a:b1:+2",
            "3c52820ab1c2",
        ] {
            assert_eq!(parse_address(text), None, "{text:?}");
        }
    }
}
