//! Which network adapter of a Linux machine stands for it.

use crate::tree::FakeTree;
use keyferry_token::ComponentKind::NetworkAdapter;

/// Lower on the bus than the workstation's own adapter, so that it would win if it counted.
const LOWER: &str = "pci0000:00/0000:00:14.0";

fn own() -> Option<String> {
    FakeTree::workstation().component(NetworkAdapter)
}

#[test]
fn what_is_plugged_in_never_counts() {
    for place in [
        format!("{LOWER}/usb2/2-1/2-1:1.0"),
        format!("{LOWER}/usb1/1-4/1-4.2/1-4.2:1.0"),
        format!("{LOWER}/domain0/0-0/0-1/0-1.0"),
        format!("{LOWER}/usb1/1-7/1-7:1.0/bluetooth/hci0"),
    ] {
        let tree = FakeTree::workstation();
        tree.adapter(&place, "enx00e04c010203", "00:e0:4c:01:02:03");
        assert_eq!(tree.component(NetworkAdapter), own(), "{place}");
        tree.without_adapter("eno1");
        assert_eq!(tree.component(NetworkAdapter), None, "{place}");
    }
}

#[test]
fn an_adapter_inside_a_thunderbolt_dock_never_counts() {
    let tree = FakeTree::workstation();
    let port = "pci0000:00/0000:00:07.0/0000:03:00.0";
    tree.write(&format!("sys/devices/{port}/removable"), "removable\n");
    tree.adapter(
        &format!("{port}/0000:04:00.0"),
        "enp4s0",
        "00:1b:21:01:02:03",
    );
    assert_eq!(tree.component(NetworkAdapter), own());
    tree.without_adapter("eno1");
    assert_eq!(tree.component(NetworkAdapter), None);
}

#[test]
fn vpns_bridges_and_other_virtual_adapters_never_count() {
    let tree = FakeTree::bare();
    for name in ["tun0", "wg0", "docker0", "virbr0", "veth12ab"] {
        let interface = format!("sys/devices/virtual/net/{name}");
        tree.write(&format!("{interface}/address"), "00:1b:21:01:02:03\n");
        tree.write(&format!("{interface}/addr_assign_type"), "0\n");
        tree.write(&format!("{interface}/type"), "1\n");
        tree.link(&format!("sys/class/net/{name}"), &interface);
    }
    tree.adapter("virtual/net-device", "fake0", "00:1b:21:01:02:04");
    assert_eq!(tree.component(NetworkAdapter), None);
}

#[test]
fn made_up_addresses_never_count() {
    for (address, how) in [
        ("3c:52:82:0a:b1:c2", "1"),
        ("3c:52:82:0a:b1:c2", "3"),
        ("52:54:00:12:34:56", "0"),
        ("00:00:00:00:00:00", "0"),
        ("", "0"),
    ] {
        let tree = FakeTree::bare();
        let interface = tree.adapter("pci0000:00/0000:00:19.0", "eth0", address);
        tree.rewrite(&format!("{interface}/addr_assign_type"), how);
        assert_eq!(tree.component(NetworkAdapter), None, "{address} {how}");
    }
}

#[test]
fn wi_fi_that_hides_its_address_is_still_known_by_the_makers() {
    let tree = FakeTree::bare();
    let interface = tree.adapter("pci0000:00/0000:00:14.3", "wlan0", "9a:11:22:33:44:56");
    tree.rewrite(&format!("{interface}/addr_assign_type"), "3\n");
    tree.write(
        &format!("{interface}/phy80211/macaddress"),
        "f8:63:3f:01:02:03\n",
    );
    assert_eq!(
        tree.component(NetworkAdapter).as_deref(),
        Some("f8:63:3f:01:02:03")
    );
}

#[test]
fn a_bond_does_not_hide_its_adapters_addresses() {
    let tree = FakeTree::bare();
    for (place, name, own) in [
        ("pci0000:00/0000:01:00.0", "eth0", "00:1b:21:00:00:01"),
        ("pci0000:00/0000:01:00.1", "eth1", "00:1b:21:00:00:02"),
    ] {
        let interface = tree.adapter(place, name, "00:1b:21:00:00:02");
        tree.rewrite(&format!("{interface}/addr_assign_type"), "3\n");
        tree.write(&format!("{interface}/bonding_slave/perm_hwaddr"), own);
    }
    assert_eq!(
        tree.component(NetworkAdapter).as_deref(),
        Some("00:1b:21:00:00:01")
    );
}

#[test]
fn the_lowest_place_on_the_bus_is_chosen_whatever_the_names() {
    let tree = FakeTree::workstation();
    tree.adapter(
        "pci0000:00/0000:00:1c.0/0000:02:00.0",
        "zzz9",
        "00:1b:21:01:02:03",
    );
    tree.adapter("platform/fe300000.ethernet", "aaa0", "dc:a6:32:01:02:03");
    assert_eq!(
        tree.component(NetworkAdapter).as_deref(),
        Some("00:1b:21:01:02:03")
    );
}

#[test]
fn other_links_than_ethernet_do_not_count() {
    let tree = FakeTree::bare();
    let interface = tree.adapter("pci0000:00/0000:00:19.0", "ib0", "3c:52:82:0a:b1:c2");
    tree.rewrite(&format!("{interface}/type"), "32\n");
    assert_eq!(tree.component(NetworkAdapter), None);
}
