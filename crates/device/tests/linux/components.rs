//! What of a Linux machine counts as a component (rules.md "Device").

use crate::tree::{DISK, FakeTree};
use keyferry_device::Machine;
use keyferry_token::ComponentKind;

#[test]
fn a_workstation_has_every_component_in_normal_form() {
    let components = FakeTree::workstation().components();
    let all: Vec<_> = components.iter().collect();
    assert_eq!(
        all,
        [
            (ComponentKind::MachineId, "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
            (
                ComponentKind::FirmwareUuid,
                "4c4c4544-0037-5810-8052-b6c04f483233"
            ),
            (ComponentKind::BoardSerial, "/7xkq9z2/cnfcw0018d00qx/"),
            (ComponentKind::Cpu, "genuineintel intel(r) xeon(r) w-1270"),
            (ComponentKind::SystemDisk, "naa.5002538e40a1b2c3"),
            (ComponentKind::NetworkAdapter, "3c:52:82:0a:b1:c2"),
        ]
    );
}

#[test]
fn a_machine_that_says_nothing_has_no_components() {
    let tree = FakeTree::bare();
    let machine = tree.machine();
    assert_eq!(machine.components().iter().count(), 0);
    assert_eq!(machine.label(), None);
    assert!(machine.platform().as_str().starts_with("Linux, "));
}

#[test]
fn label_and_platform_are_for_people() {
    let tree = FakeTree::workstation();
    let machine = tree.machine();
    assert_eq!(machine.label().unwrap().as_str(), "cad-07");
    let platform = machine.platform();
    assert_eq!(
        platform.as_str(),
        format!("Debian GNU/Linux 12, {}", std::env::consts::ARCH)
    );
}

#[test]
fn what_only_root_can_read_is_left_out_for_root_too() {
    let tree = FakeTree::workstation();
    tree.only_for_root("sys/class/dmi/id/product_uuid");
    tree.only_for_root("sys/class/dmi/id/board_serial");
    assert_eq!(tree.component(ComponentKind::FirmwareUuid), None);
    assert_eq!(tree.component(ComponentKind::BoardSerial), None);
    assert!(tree.component(ComponentKind::SystemDisk).is_some());
}

#[test]
fn fillers_are_left_out() {
    for (path, filler, kind) in [
        (
            "sys/class/dmi/id/board_serial",
            "To be filled by O.E.M.",
            ComponentKind::BoardSerial,
        ),
        (
            "sys/class/dmi/id/board_serial",
            "Default string",
            ComponentKind::BoardSerial,
        ),
        (
            "sys/class/dmi/id/product_uuid",
            "03000200-0400-0500-0006-000700080009",
            ComponentKind::FirmwareUuid,
        ),
        (
            "etc/machine-id",
            "00000000000000000000000000000000",
            ComponentKind::MachineId,
        ),
        ("etc/machine-id", "uninitialized", ComponentKind::MachineId),
        (
            &format!("sys/devices/{DISK}/device/wwid"),
            "t10.ATA     QEMU HARDDISK                           QM00001",
            ComponentKind::SystemDisk,
        ),
    ] {
        let tree = FakeTree::workstation();
        assert!(tree.component(kind).is_some());
        tree.rewrite(path, &format!("{filler}\n"));
        assert_eq!(tree.component(kind), None, "{filler}");
    }
}

#[test]
fn a_machine_id_that_only_d_bus_made_counts() {
    let tree = FakeTree::workstation();
    tree.rewrite("etc/machine-id", "\n");
    tree.write(
        "var/lib/dbus/machine-id",
        "a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5\n",
    );
    let id = tree.component(ComponentKind::MachineId);
    assert_eq!(id.as_deref(), Some("a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5"));
}

#[test]
fn a_board_without_smbios_has_its_serial_in_the_device_tree() {
    let tree = FakeTree::bare();
    tree.write(
        "sys/firmware/devicetree/base/serial-number",
        "10000000abcd1234\0",
    );
    let serial = tree.component(ComponentKind::BoardSerial);
    assert_eq!(serial.as_deref(), Some("10000000abcd1234"));
}

#[test]
fn endless_and_binary_files_do_no_harm() {
    let tree = FakeTree::bare();
    tree.write("etc/machine-id", &"a".repeat(1 << 20));
    tree.write("sys/class/dmi/id/board_serial", &"PF2X9Q7R".repeat(10_000));
    std::fs::write(
        tree.path("sys/class/dmi/id/product_uuid"),
        [0xff, 0xfe, 0x00, 0x01],
    )
    .unwrap();
    let cpu = format!(
        "vendor_id\t: X\nmodel name\t: Fast One\nflags\t: {}",
        "é".repeat(9_000)
    );
    tree.write("proc/cpuinfo", &cpu);
    let components = tree.components();
    let all: Vec<_> = components.iter().collect();
    assert_eq!(all, [(ComponentKind::Cpu, "x fast one")]);
}

#[test]
fn this_machine_is_the_same_each_time() {
    let (first, second) = (
        keyferry_device::this_machine(),
        keyferry_device::this_machine(),
    );
    assert!(first.components() == second.components());
    assert_eq!(first.label(), second.label());
    assert_eq!(first.platform(), second.platform());
    assert!(first.platform().as_str().contains(std::env::consts::ARCH));
}
