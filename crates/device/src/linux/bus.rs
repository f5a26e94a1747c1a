//! Whether a device is part of the machine, told by where it hangs in `/sys/devices`.

use std::path::Path;

use super::tree::Tree;

/// A device that stays when everything is unplugged and that no program made up. `device` is a
/// resolved path under the root.
pub(super) fn is_built_in(tree: &Tree, device: &Path) -> bool {
    !is_virtual(device) && !is_on_a_plug(device) && !is_behind_a_removable_port(tree, device)
}

/// Made by software: bridges, tunnels, loop devices. `NVMe` drives with several paths are shown
/// there too, though they are real.
fn is_virtual(device: &Path) -> bool {
    device.starts_with("sys/devices/virtual")
        && !device.starts_with("sys/devices/virtual/nvme-subsystem")
}

/// On USB (docks, tethered phones, sticks), Bluetooth, a PC card, or another computer's end of a
/// Thunderbolt cable.
fn is_on_a_plug(device: &Path) -> bool {
    device.iter().filter_map(|part| part.to_str()).any(|part| {
        numbered(part, "usb")
            || numbered(part, "domain")
            || numbered(part, "pcmcia_socket")
            || part == "bluetooth"
    })
}

/// Behind a port that firmware calls removable, which is how the PCI devices inside a Thunderbolt
/// or USB4 dock are known (kernel 5.14 and later).
fn is_behind_a_removable_port(tree: &Tree, device: &Path) -> bool {
    // A disk's own `removable` says something else, in digits, and does not match.
    device
        .ancestors()
        .any(|at| tree.text(at.join("removable")).as_deref() == Some("removable"))
}

fn numbered(part: &str, prefix: &str) -> bool {
    part.strip_prefix(prefix)
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}
