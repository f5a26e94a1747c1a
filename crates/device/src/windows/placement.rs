//! Where a network adapter sits, told by what Windows' registry says about its device.

/// What the registry says about the device behind a network interface.
#[derive(Clone, Debug)]
pub(super) struct AdapterDevice {
    /// Its instance id: `PCI\VEN_8086&DEV_15FB&…\3&11583659&0&FE`.
    pub(super) instance: String,
    /// `CM_DEVCAP_*` bits.
    pub(super) capabilities: u32,
    /// `@System32\drivers\pci.sys,#65536;PCI bus %1, device %2, function %3;(0,31,6)`.
    pub(super) location: String,
}

/// `CM_DEVCAP_REMOVABLE`, which what sits in a Thunderbolt dock has.
const REMOVABLE: u32 = 0x0000_0004;

/// The adapter's place in an order that stays the same from boot to boot, if it is built in. USB,
/// Bluetooth, software and virtual-machine adapters hang on other enumerators than `PCI`.
pub(super) fn built_in_place(device: &AdapterDevice) -> Option<String> {
    let (enumerator, _) = device.instance.split_once('\\')?;
    if !enumerator.eq_ignore_ascii_case("PCI") || device.capabilities & REMOVABLE != 0 {
        return None;
    }
    let (_, numbers) = device.location.trim().strip_suffix(')')?.rsplit_once('(')?;
    let numbers: Vec<u32> = numbers
        .split(',')
        .map(|n| n.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [bus, device, function] = numbers[..] else {
        return None;
    };
    Some(format!("{bus:05}:{device:02}.{function}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_board() -> AdapterDevice {
        AdapterDevice {
            instance: r"PCI\VEN_8086&DEV_15FB&SUBSYS_0A1F1028&REV_20\3&11583659&0&FE".into(),
            capabilities: 0,
            location:
                r"@System32\drivers\pci.sys,#65536;PCI bus %1, device %2, function %3;(0,31,6)"
                    .into(),
        }
    }

    #[test]
    fn an_on_board_adapter_has_its_place_on_the_bus() {
        assert_eq!(built_in_place(&on_board()).as_deref(), Some("00000:31.6"));
        let mut behind_a_bridge = on_board();
        behind_a_bridge.location = "PCI bus 3, device 0, function 0;(3,0,0)".into();
        assert!(built_in_place(&on_board()) < built_in_place(&behind_a_bridge));
    }

    #[test]
    fn docks_phones_vpns_and_virtual_adapters_have_none() {
        for instance in [
            r"USB\VID_0BDA&PID_8153\000001",
            r"BTH\MS_BTHPAN\6&2A5B9F1&0&2",
            r"ROOT\NET\0000",
            r"ROOT\VMWARE\0000",
            r"SWD\WINTUN\{9F1C0C1E}",
            r"VMBUS\{F8615163-DF3E-46C5-913F-F2D2F965ED0E}\{7A}",
            "",
        ] {
            let device = AdapterDevice {
                instance: instance.into(),
                ..on_board()
            };
            assert_eq!(built_in_place(&device), None, "{instance}");
        }
        let dock = AdapterDevice {
            capabilities: REMOVABLE | 0x10,
            ..on_board()
        };
        assert_eq!(built_in_place(&dock), None);
    }

    #[test]
    fn a_place_that_cannot_be_read_is_none() {
        for location in ["", "Slot 3", "(0,31)", "(0,31,6", "(a,b,c)", "(0,31,6,1)"] {
            let device = AdapterDevice {
                location: location.into(),
                ..on_board()
            };
            assert_eq!(built_in_place(&device), None, "{location}");
        }
    }
}
