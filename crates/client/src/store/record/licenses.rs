//! The parts of a record that are about license files.

use keyferry_license::LicenseTime;
use keyferry_token::{LicenseId, ProductCode, Sequence, Timestamp, VendorId};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::vendor_bytes;
use crate::store::licenses::{KeptLicense, SeenLicense};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptLicenseRecord {
    vendor: ByteArray<16>,
    product: String,
    id: ByteArray<10>,
    signed: ByteBuf,
    added_at: u64,
}

impl KeptLicenseRecord {
    pub(super) fn of(kept: &KeptLicense) -> Self {
        Self {
            vendor: vendor_bytes(&kept.vendor),
            product: kept.product.to_string(),
            id: ByteArray::new(*kept.id.as_bytes()),
            signed: ByteBuf::from(kept.signed.clone()),
            added_at: kept.added_at.unix(),
        }
    }

    pub(super) fn into_license(self) -> Option<KeptLicense> {
        Some(KeptLicense {
            vendor: VendorId::new(self.vendor.into_array()),
            product: ProductCode::new(&self.product).ok()?,
            id: LicenseId::new(self.id.into_array()),
            signed: self.signed.into_vec(),
            added_at: Timestamp::from_unix(self.added_at),
        })
    }

    pub(super) fn size(&self) -> usize {
        512 + self.signed.len()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeenLicenseRecord {
    vendor: ByteArray<16>,
    id: ByteArray<10>,
    product: String,
    sequence: u64,
    #[serde(default)]
    stopped: bool,
    #[serde(default)]
    time: TimeRecord,
    key: Option<String>,
}

/// What is known of the time by a license.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeRecord {
    signed: u64,
    sure: u64,
    floor: Option<u64>,
}

impl SeenLicenseRecord {
    pub(super) fn of(seen: &SeenLicense) -> Self {
        Self {
            vendor: vendor_bytes(&seen.vendor),
            id: ByteArray::new(*seen.id.as_bytes()),
            product: seen.product.to_string(),
            sequence: seen.sequence.0,
            stopped: seen.stopped,
            time: TimeRecord {
                signed: seen.time.signed().unix(),
                sure: seen.time.sure().unix(),
                floor: seen.time.floor().map(Timestamp::unix),
            },
            key: seen.key.as_ref().map(ToString::to_string),
        }
    }

    pub(super) fn into_seen(self) -> Option<SeenLicense> {
        let key = match self.key {
            Some(key) => Some(key.parse().ok()?),
            None => None,
        };
        Some(SeenLicense {
            vendor: VendorId::new(self.vendor.into_array()),
            id: LicenseId::new(self.id.into_array()),
            product: ProductCode::new(&self.product).ok()?,
            sequence: Sequence(self.sequence),
            stopped: self.stopped,
            time: LicenseTime::kept(
                Timestamp::from_unix(self.time.signed),
                Timestamp::from_unix(self.time.sure),
                self.time.floor.map(Timestamp::from_unix),
            ),
            key,
        })
    }
}
