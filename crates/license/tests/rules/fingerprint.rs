//! The tolerance of a device's fingerprint (rules, *Device*).

use keyferry_license::{DEFAULT_TOLERANCE, LEAST_COMPONENTS, Refusal, compare, enrollable};
use keyferry_token::{
    ComponentKind::{self, BoardSerial, Cpu, FirmwareUuid, MachineId, NetworkAdapter, SystemDisk},
    Fingerprint,
};
use proptest::prelude::*;

use crate::samples::{any_machine, machine, replaced, without};

fn within(enrolled: &Fingerprint, present: &Fingerprint) -> bool {
    compare(enrolled, present, DEFAULT_TOLERANCE).within
}

fn full() -> Fingerprint {
    machine(1, &ComponentKind::ALL)
}

#[test]
fn an_unchanged_device_fits_and_nothing_is_named() {
    let fit = compare(&full(), &full(), DEFAULT_TOLERANCE);
    assert!(fit.within);
    assert_eq!(fit.changed, []);
    assert_eq!(fit.matching, 6);
}

#[test]
fn what_changed_is_named_while_still_within_tolerance() {
    let now = replaced(&full(), &[NetworkAdapter, Cpu]);
    let fit = compare(&full(), &now, DEFAULT_TOLERANCE);
    assert!(fit.within);
    assert_eq!(fit.changed, [Cpu, NetworkAdapter]);
}

#[test]
fn what_cannot_be_read_now_has_changed() {
    let now = without(&full(), &[SystemDisk, FirmwareUuid, BoardSerial]);
    let fit = compare(&full(), &now, DEFAULT_TOLERANCE);
    assert!(!fit.within);
    assert_eq!(fit.changed, [FirmwareUuid, BoardSerial, SystemDisk]);
}

#[test]
fn exactly_sixty_percent_still_fit() {
    let five = without(&full(), &[FirmwareUuid]);
    assert!(within(&five, &replaced(&five, &[MachineId, Cpu])));
    assert!(!within(
        &five,
        &replaced(&five, &[MachineId, Cpu, SystemDisk])
    ));
    assert!(within(&full(), &replaced(&full(), &[MachineId, Cpu])));
    assert!(!within(
        &full(),
        &replaced(&full(), &[MachineId, Cpu, SystemDisk])
    ));
}

#[test]
fn the_share_is_the_one_that_the_grant_carries() {
    let one_changed = replaced(&full(), &[NetworkAdapter]);
    assert!(compare(&full(), &one_changed, 83).within);
    assert!(!compare(&full(), &one_changed, 84).within);
    assert!(!compare(&full(), &one_changed, 100).within);
    assert!(compare(&full(), &full(), 100).within);
}

#[test]
fn one_component_alone_recognises_nobody() {
    let one = machine(1, &[SystemDisk]);
    assert!(!compare(&one, &one, 0).within);
    let two = machine(1, &[SystemDisk, BoardSerial]);
    assert!(compare(&two, &two, 0).within);
    assert!(!compare(&two, &replaced(&two, &[BoardSerial]), 50).within);
}

#[test]
fn a_copied_disk_in_other_hardware_is_another_device() {
    for hardware in [FirmwareUuid, BoardSerial, SystemDisk, NetworkAdapter] {
        let enrolled = machine(1, &[MachineId, Cpu, hardware]);
        assert!(
            !within(&enrolled, &replaced(&enrolled, &[hardware])),
            "{hardware:?}"
        );
        assert!(
            within(&enrolled, &replaced(&enrolled, &[Cpu])),
            "{hardware:?}"
        );
    }
}

#[test]
fn a_device_enrolled_without_hardware_is_known_by_the_rest() {
    let enrolled = machine(1, &[MachineId, Cpu]);
    assert!(within(&enrolled, &enrolled));
    assert!(within(&enrolled, &full()));
}

#[test]
fn a_device_has_to_show_two_components_to_be_enrolled() {
    for kinds in [&[][..], &[MachineId][..]] {
        assert_eq!(
            enrollable(&machine(1, kinds)),
            Err(Refusal::FingerprintTooSmall)
        );
    }
    assert_eq!(enrollable(&machine(1, &[MachineId, Cpu])), Ok(()));
}

proptest! {
    #[test]
    fn a_device_fits_by_share_number_and_hardware(
        enrolled in any_machine(),
        present in any_machine(),
        tolerance in 0..=100_u8,
    ) {
        let had = |kind| enrolled.get(kind).is_some();
        let kept = |kind: ComponentKind| had(kind) && enrolled.get(kind) == present.get(kind);
        let of = |what: &dyn Fn(ComponentKind) -> bool| {
            ComponentKind::ALL.into_iter().map(|kind| u32::from(what(kind))).sum::<u32>()
        };
        let share = f64::from(of(&kept)) / f64::from(of(&had));
        let hardware = of(&|kind| had(kind) && kind.is_hardware()) == 0
            || of(&|kind| kept(kind) && kind.is_hardware()) > 0;
        let expected = share >= f64::from(tolerance) / 100.0 && of(&kept) >= 2 && hardware;

        let fit = compare(&enrolled, &present, tolerance);
        prop_assert_eq!(fit.within, expected);
        prop_assert_eq!(fit.matching, usize::try_from(of(&kept)).unwrap());
        let changed: Vec<_> = ComponentKind::ALL
            .into_iter()
            .filter(|kind| had(*kind) && !kept(*kind))
            .collect();
        prop_assert_eq!(fit.changed, changed);
    }

    #[test]
    fn what_was_not_enrolled_plays_no_part(
        enrolled in any_machine(),
        present in any_machine(),
        tolerance in 0..=100_u8,
    ) {
        let known: Vec<_> = ComponentKind::ALL
            .into_iter()
            .filter(|kind| enrolled.get(*kind).is_none())
            .collect();
        prop_assert_eq!(
            compare(&enrolled, &present, tolerance),
            compare(&enrolled, &without(&present, &known), tolerance)
        );
    }

    #[test]
    fn whoever_can_be_enrolled_is_recognised_unchanged(
        device in any_machine(),
        tolerance in 0..=100_u8,
    ) {
        prop_assert_eq!(enrollable(&device).is_ok(), device.len() >= LEAST_COMPONENTS);
        prop_assert_eq!(compare(&device, &device, tolerance).within, enrollable(&device).is_ok());
    }

    #[test]
    fn another_change_never_makes_a_device_fit(
        enrolled in any_machine(),
        present in any_machine(),
        kind in 0..6_usize,
        tolerance in 0..=100_u8,
    ) {
        let changed = without(&present, &[ComponentKind::ALL[kind]]);
        prop_assert!(
            compare(&enrolled, &present, tolerance).within
                || !compare(&enrolled, &changed, tolerance).within
        );
    }
}
