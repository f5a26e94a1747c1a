//! The parts of a record that tell what this computer is, trusts, holds and has seen.

use keyferry_license::{BootId, Floor, Uptime};
use keyferry_token::{
    DeviceSigningKey, ExchangeSecretKey, KeyId, Label, ProductCode, RequestNumber, Seconds,
    Sequence, Timestamp, TokenId, VendorId,
};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::{Secret, vendor_bytes};
use crate::store::{
    runs::TakenRun,
    state::{AppliedAnswer, DeviceIdentity, HeldActivation, ProductKey, TrustedProfile},
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VendorRecord {
    vendor: ByteArray<16>,
    profile: ByteBuf,
    trusted_at: u64,
}

impl VendorRecord {
    pub(super) fn of((vendor, trusted): (&VendorId, &TrustedProfile)) -> Self {
        Self {
            vendor: vendor_bytes(vendor),
            profile: ByteBuf::from(trusted.bytes.clone()),
            trusted_at: trusted.trusted_at.unix(),
        }
    }

    pub(super) fn into_profile(self) -> (VendorId, TrustedProfile) {
        let trusted = TrustedProfile {
            bytes: self.profile.into_vec(),
            trusted_at: Timestamp::from_unix(self.trusted_at),
        };
        (VendorId::new(self.vendor.into_array()), trusted)
    }

    pub(super) fn size(&self) -> usize {
        self.profile.len()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceRecord {
    vendor: ByteArray<16>,
    signing: Secret,
    exchange: Option<Secret>,
    retired: Vec<ByteArray<8>>,
    number: u64,
}

impl DeviceRecord {
    pub(super) fn of((vendor, device): (&VendorId, &DeviceIdentity)) -> Self {
        Self {
            vendor: vendor_bytes(vendor),
            signing: Secret(device.signing.expose()),
            exchange: device.exchange.as_ref().map(|key| Secret(key.expose())),
            retired: device
                .retired
                .iter()
                .map(|key| ByteArray::new(*key.as_bytes()))
                .collect(),
            number: device.number.0,
        }
    }

    pub(super) fn into_identity(self) -> Option<(VendorId, DeviceIdentity)> {
        let exchange = match self.exchange {
            Some(secret) => Some(ExchangeSecretKey::from_bytes(&secret.0).ok()?),
            None => None,
        };
        let retired = self.retired.into_iter();
        let identity = DeviceIdentity {
            signing: DeviceSigningKey::from_bytes(&self.signing.0).ok()?,
            exchange,
            retired: retired.map(|key| KeyId::new(key.into_array())).collect(),
            number: RequestNumber(self.number),
        };
        Some((VendorId::new(self.vendor.into_array()), identity))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActivationRecord {
    vendor: ByteArray<16>,
    product: String,
    signed: ByteBuf,
    answers: ByteArray<32>,
    label: String,
    applied_at: u64,
}

impl ActivationRecord {
    pub(super) fn of(((vendor, product), held): (&ProductKey, &HeldActivation)) -> Self {
        Self {
            vendor: vendor_bytes(vendor),
            product: product.to_string(),
            signed: ByteBuf::from(held.signed.clone()),
            answers: ByteArray::new(*held.answers.as_bytes()),
            label: held.label.to_string(),
            applied_at: held.applied_at.unix(),
        }
    }

    pub(super) fn into_activation(self) -> Option<(ProductKey, HeldActivation)> {
        let product = ProductCode::new(&self.product).ok()?;
        let held = HeldActivation {
            signed: self.signed.into_vec(),
            answers: TokenId::new(self.answers.into_array()),
            label: Label::new(&self.label).ok()?,
            applied_at: Timestamp::from_unix(self.applied_at),
        };
        Some(((VendorId::new(self.vendor.into_array()), product), held))
    }

    pub(super) fn size(&self) -> usize {
        512 + self.signed.len()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRecord {
    vendor: ByteArray<16>,
    product: String,
    taken_at: u64,
    ends_at: u64,
    sequence: u64,
    told: bool,
}

impl RunRecord {
    pub(super) fn of((vendor, product): &ProductKey, run: &TakenRun) -> Self {
        Self {
            vendor: vendor_bytes(vendor),
            product: product.to_string(),
            taken_at: run.taken_at.unix(),
            ends_at: run.ends_at.unix(),
            sequence: run.sequence.0,
            told: run.told,
        }
    }

    pub(super) fn into_run(self) -> Option<(ProductKey, TakenRun)> {
        let product = ProductCode::new(&self.product).ok()?;
        let run = TakenRun {
            taken_at: Timestamp::from_unix(self.taken_at),
            ends_at: Timestamp::from_unix(self.ends_at),
            sequence: Sequence(self.sequence),
            told: self.told,
        };
        Some(((VendorId::new(self.vendor.into_array()), product), run))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppliedRecord {
    id: ByteArray<32>,
    vendor: ByteArray<16>,
    product: String,
}

impl AppliedRecord {
    pub(super) fn of(answer: &AppliedAnswer) -> Self {
        Self {
            id: ByteArray::new(*answer.id.as_bytes()),
            vendor: vendor_bytes(&answer.vendor),
            product: answer.product.to_string(),
        }
    }

    pub(super) fn into_answer(self) -> Option<AppliedAnswer> {
        Some(AppliedAnswer {
            id: TokenId::new(self.id.into_array()),
            vendor: VendorId::new(self.vendor.into_array()),
            product: ProductCode::new(&self.product).ok()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FloorRecord {
    vendor: ByteArray<16>,
    highest: u64,
    signed: u64,
    mark: Option<MarkRecord>,
}

/// How long the machine had been running at the last check.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkRecord {
    boot: ByteArray<16>,
    since_boot: u64,
}

impl FloorRecord {
    pub(super) fn of((vendor, floor): (&VendorId, &Floor)) -> Self {
        Self {
            vendor: vendor_bytes(vendor),
            highest: floor.highest().unix(),
            signed: floor.signed().unix(),
            mark: floor.mark().map(|mark| MarkRecord {
                boot: ByteArray::new(mark.boot.0),
                since_boot: mark.since_boot.get(),
            }),
        }
    }

    pub(super) fn into_floor(self) -> (VendorId, Floor) {
        let mark = self.mark.map(|mark| Uptime {
            boot: BootId(mark.boot.into_array()),
            since_boot: Seconds::new(mark.since_boot),
        });
        let floor = Floor::kept(
            Timestamp::from_unix(self.highest),
            Timestamp::from_unix(self.signed),
            mark,
        );
        (VendorId::new(self.vendor.into_array()), floor)
    }
}
