//! The state as bytes: one CBOR map, in the form that `docs/spec/store.md` writes down.
//!
//! What is read here was sealed by this store's key, so a field that does not fit means damage.

use core::fmt;

use keyferry_license::Floor;
use keyferry_token::{
    ContentKey, DeviceSigningKey, ExchangeSecretKey, ProductCode, RequestNumber, Timestamp,
    TokenId, VendorId,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::{ByteArray, ByteBuf};
use zeroize::Zeroizing;

use super::state::{
    AppliedAnswer, DeviceIdentity, HeldActivation, MadeRequest, State, TrustedProfile,
};

/// The record of a state, or `None` when it cannot be written.
pub(super) fn write(state: &State) -> Option<Zeroizing<Vec<u8>>> {
    let record = StateRecord::of(state);
    // Room for all of it at once: a vector that grows leaves copies of secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(record.least_size() * 2 + 4096));
    ciborium::into_writer(&record, &mut *bytes).ok()?;
    Some(bytes)
}

/// The state of a record, or `None` when it is none.
pub(super) fn read(bytes: &[u8]) -> Option<State> {
    ciborium::from_reader::<StateRecord, _>(bytes)
        .ok()?
        .into_state()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateRecord {
    vendors: Vec<VendorRecord>,
    devices: Vec<DeviceRecord>,
    requests: Vec<RequestRecord>,
    activations: Vec<ActivationRecord>,
    applied: Vec<AppliedRecord>,
    lost: Vec<(ByteArray<16>, String)>,
    floor: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VendorRecord {
    vendor: ByteArray<16>,
    profile: ByteBuf,
    trusted_at: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceRecord {
    vendor: ByteArray<16>,
    signing: Secret,
    exchange: Secret,
    number: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestRecord {
    id: ByteArray<32>,
    vendor: ByteArray<16>,
    product: String,
    token: ByteBuf,
    content_key: Secret,
    code_hint: String,
    withdrawn: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivationRecord {
    vendor: ByteArray<16>,
    product: String,
    response: ByteBuf,
    applied_at: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AppliedRecord {
    id: ByteArray<32>,
    vendor: ByteArray<16>,
    product: String,
}

/// 32 secret bytes on their way.
struct Secret(Zeroizing<[u8; 32]>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&*self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = ByteArray::<32>::deserialize(deserializer)?;
        Ok(Self(Zeroizing::new(bytes.into_array())))
    }
}

impl StateRecord {
    fn of(state: &State) -> Self {
        let vendors = state.vendors.iter().map(|(vendor, trusted)| VendorRecord {
            vendor: vendor_bytes(vendor),
            profile: ByteBuf::from(trusted.bytes.clone()),
            trusted_at: trusted.trusted_at.unix(),
        });
        let devices = state.devices.iter().map(|(vendor, device)| DeviceRecord {
            vendor: vendor_bytes(vendor),
            signing: Secret(device.signing.expose()),
            exchange: Secret(device.exchange.expose()),
            number: device.number.0,
        });
        let requests = state.requests.iter().map(|request| RequestRecord {
            id: ByteArray::new(*request.id.as_bytes()),
            vendor: vendor_bytes(&request.vendor),
            product: request.product.to_string(),
            token: ByteBuf::from(request.bytes.clone()),
            content_key: Secret(Zeroizing::new(*request.content_key.expose())),
            code_hint: request.code_hint.clone(),
            withdrawn: request.withdrawn,
        });
        let activations =
            state
                .activations
                .iter()
                .map(|((vendor, product), held)| ActivationRecord {
                    vendor: vendor_bytes(vendor),
                    product: product.to_string(),
                    response: ByteBuf::from(held.response.clone()),
                    applied_at: held.applied_at.unix(),
                });
        let applied = state.applied.iter().map(|answer| AppliedRecord {
            id: ByteArray::new(*answer.id.as_bytes()),
            vendor: vendor_bytes(&answer.vendor),
            product: answer.product.to_string(),
        });
        let lost = state
            .lost
            .iter()
            .map(|(vendor, product)| (vendor_bytes(vendor), product.to_string()));
        Self {
            vendors: vendors.collect(),
            devices: devices.collect(),
            requests: requests.collect(),
            activations: activations.collect(),
            applied: applied.collect(),
            lost: lost.collect(),
            floor: state.floor.highest().unix(),
        }
    }

    fn least_size(&self) -> usize {
        let profiles: usize = self.vendors.iter().map(|vendor| vendor.profile.len()).sum();
        let tokens: usize = self
            .requests
            .iter()
            .map(|request| request.token.len())
            .sum();
        let answers: usize = self
            .activations
            .iter()
            .map(|held| held.response.len())
            .sum();
        profiles + tokens + answers + 256 * (self.devices.len() + self.applied.len())
    }

    fn into_state(self) -> Option<State> {
        let vendors = self.vendors.into_iter().map(|record| {
            let trusted_at = Timestamp::from_unix(record.trusted_at);
            let trusted = TrustedProfile {
                bytes: record.profile.into_vec(),
                trusted_at,
            };
            (VendorId::new(record.vendor.into_array()), trusted)
        });
        let devices = self.devices.into_iter().map(|record| {
            let identity = DeviceIdentity {
                signing: DeviceSigningKey::from_bytes(&record.signing.0).ok()?,
                exchange: ExchangeSecretKey::from_bytes(&record.exchange.0).ok()?,
                number: RequestNumber(record.number),
            };
            Some((VendorId::new(record.vendor.into_array()), identity))
        });
        let requests = self.requests.into_iter().map(|record| {
            Some(MadeRequest {
                id: TokenId::new(record.id.into_array()),
                vendor: VendorId::new(record.vendor.into_array()),
                product: ProductCode::new(&record.product).ok()?,
                bytes: record.token.into_vec(),
                content_key: ContentKey::new(*record.content_key.0),
                code_hint: record.code_hint,
                withdrawn: record.withdrawn,
            })
        });
        let activations = self.activations.into_iter().map(|record| {
            let product = ProductCode::new(&record.product).ok()?;
            let held = HeldActivation {
                response: record.response.into_vec(),
                applied_at: Timestamp::from_unix(record.applied_at),
            };
            Some(((VendorId::new(record.vendor.into_array()), product), held))
        });
        let applied = self.applied.into_iter().map(|record| {
            Some(AppliedAnswer {
                id: TokenId::new(record.id.into_array()),
                vendor: VendorId::new(record.vendor.into_array()),
                product: ProductCode::new(&record.product).ok()?,
            })
        });
        let lost = self.lost.into_iter().map(|(vendor, product)| {
            Some((
                VendorId::new(vendor.into_array()),
                ProductCode::new(&product).ok()?,
            ))
        });
        Some(State {
            vendors: vendors.collect(),
            devices: devices.collect::<Option<_>>()?,
            requests: requests.collect::<Option<_>>()?,
            activations: activations.collect::<Option<_>>()?,
            applied: applied.collect::<Option<_>>()?,
            lost: lost.collect::<Option<_>>()?,
            floor: Floor::at(Timestamp::from_unix(self.floor)),
        })
    }
}

fn vendor_bytes(vendor: &VendorId) -> ByteArray<16> {
    ByteArray::new(*vendor.as_bytes())
}
