//! How long a machine has run, and which boot it is.

use keyferry_device::{Machine, this_machine};
use keyferry_license::Uptime;
use keyferry_token::Seconds;

use crate::tree::{BOOT_ID, FakeTree, UPTIME};

fn uptime(tree: &FakeTree) -> Option<Uptime> {
    tree.machine().uptime()
}

#[test]
fn a_machine_tells_its_boot_and_how_long_it_has_run() {
    let tree = FakeTree::workstation();
    let first = uptime(&tree).unwrap();
    assert_eq!(first.since_boot, Seconds::new(12_584));

    tree.rewrite(UPTIME, "12700.01 19400.00\n");
    let later = uptime(&tree).unwrap();
    assert_eq!(later.since_boot, Seconds::new(12_700));
    assert_eq!(later.boot, first.boot);
}

#[test]
fn another_start_is_another_boot() {
    let tree = FakeTree::workstation();
    let before = uptime(&tree).unwrap();
    tree.rewrite(BOOT_ID, "1b4f0c9d-2e6a-4f3b-9c58-7d0e1f2a3b4c\n");
    tree.rewrite(UPTIME, "31.20 60.00\n");
    let after = uptime(&tree).unwrap();
    assert_ne!(after.boot, before.boot);
    assert_eq!(after.since_boot, Seconds::new(31));
}

#[test]
fn without_either_file_nothing_is_made_up() {
    assert_eq!(uptime(&FakeTree::bare()), None);
    for missing in [BOOT_ID, UPTIME] {
        let tree = FakeTree::workstation();
        std::fs::remove_file(tree.path(missing)).unwrap();
        assert_eq!(uptime(&tree), None, "{missing}");
    }
}

#[test]
fn what_cannot_be_read_as_it_should_gives_none() {
    for (file, content) in [
        (BOOT_ID, ""),
        (BOOT_ID, "\n"),
        (BOOT_ID, "00000000-0000-0000-0000-000000000000\n"),
        (BOOT_ID, "87ecf5ab-a0e8-44a9-8223\n"),
        (BOOT_ID, "unknown\n"),
        (UPTIME, ""),
        (UPTIME, "0\n"),
        (UPTIME, "a while\n"),
        (UPTIME, "-5.00 0.00\n"),
    ] {
        let tree = FakeTree::workstation();
        tree.rewrite(file, content);
        assert_eq!(uptime(&tree), None, "{file} {content:?}");
    }
}

#[test]
fn this_machine_runs_on_in_the_same_boot() {
    let machine = this_machine();
    let first = machine.uptime().unwrap();
    let later = machine.uptime().unwrap();
    assert_eq!(later.boot, first.boot);
    assert!(later.since_boot >= first.since_boot);
}
