//! A device's fingerprint as it travels: keyed, truncated digests of its components, never the
//! components themselves.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{ProductCode, VendorId};

/// What a fingerprint is made of. The numbers stand in signed claims and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// The operating system's machine id.
    MachineId = 1,
    /// The firmware's (SMBIOS) system UUID.
    FirmwareUuid = 2,
    /// The mainboard's serial number.
    BoardSerial = 3,
    /// The processor's vendor and model.
    Cpu = 4,
    /// The serial number of the disk that holds the system.
    SystemDisk = 5,
    /// The address of the first physical network adapter.
    NetworkAdapter = 6,
}

impl ComponentKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::MachineId,
        Self::FirmwareUuid,
        Self::BoardSerial,
        Self::Cpu,
        Self::SystemDisk,
        Self::NetworkAdapter,
    ];

    /// The name in JSON: `machine_id`, `system_disk`, …
    pub const fn name(self) -> &'static str {
        match self {
            Self::MachineId => "machine_id",
            Self::FirmwareUuid => "firmware_uuid",
            Self::BoardSerial => "board_serial",
            Self::Cpu => "cpu",
            Self::SystemDisk => "system_disk",
            Self::NetworkAdapter => "network_adapter",
        }
    }

    /// The number in claims.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind with this number, if there is one.
    pub fn from_number(number: u64) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| u64::from(kind.number()) == number)
    }

    /// Whether this is hardware that a copy of the disk does not take along.
    pub const fn is_hardware(self) -> bool {
        matches!(
            self,
            Self::FirmwareUuid | Self::BoardSerial | Self::SystemDisk | Self::NetworkAdapter
        )
    }
}

/// The first 8 bytes of HMAC-SHA256 over a component, keyed by vendor and product.
pub type ComponentDigest = [u8; 8];

/// The digests of a device's components. Two vendors, or two products, see different digests of
/// the same machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(BTreeMap<ComponentKind, ComponentDigest>);

impl Fingerprint {
    /// Digests normalised component values for one vendor and product. Of two values of one kind
    /// the last counts.
    pub fn derive<'a>(
        vendor: &VendorId,
        product: &ProductCode,
        components: impl IntoIterator<Item = (ComponentKind, &'a str)>,
    ) -> Self {
        let key = [vendor.as_bytes(), product.as_str().as_bytes()].concat();
        Self(
            components
                .into_iter()
                .map(|(kind, value)| (kind, digest(&key, kind, value)))
                .collect(),
        )
    }

    /// The fingerprint with these digests.
    pub fn from_digests(
        digests: impl IntoIterator<Item = (ComponentKind, ComponentDigest)>,
    ) -> Self {
        Self(digests.into_iter().collect())
    }

    /// The digest of one component, if the device has it.
    pub fn get(&self, kind: ComponentKind) -> Option<&ComponentDigest> {
        self.0.get(&kind)
    }

    /// All digests, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (ComponentKind, &ComponentDigest)> {
        self.0.iter().map(|(kind, digest)| (*kind, digest))
    }

    /// How many components there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn digest(key: &[u8], kind: ComponentKind, value: &str) -> ComponentDigest {
    // HMAC takes keys of any length; a zero digest stands for a case that cannot come up.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 8];
    };
    mac.update(&[kind.number()]);
    mac.update(value.as_bytes());
    let full = mac.finalize().into_bytes();
    let mut out = [0; 8];
    out.copy_from_slice(&full[..8]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_products_see_different_digests_of_one_machine() {
        let vendor = VendorId::new([7; 16]);
        let of = |product: &str| {
            let product = ProductCode::new(product).unwrap();
            Fingerprint::derive(&vendor, &product, [(ComponentKind::Cpu, "same")])
        };
        assert_ne!(of("com.acme.cad"), of("com.acme.cam"));
        assert_eq!(of("com.acme.cad"), of("com.acme.cad"));
    }
}
