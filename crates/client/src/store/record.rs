//! The state as bytes: one CBOR map, in the form that `docs/spec/store.md` writes down.
//!
//! What is read here was sealed by this store's key, so a field that does not fit means damage.

mod held;
mod licenses;
mod made;

use core::fmt;

use keyferry_token::{ProductCode, Timestamp, VendorId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

use super::state::{ProductKey, State};
use held::{ActivationRecord, AppliedRecord, DeviceRecord, FloorRecord, RunRecord, VendorRecord};
use licenses::{KeptLicenseRecord, SeenLicenseRecord};
use made::{DeactivationRecord, RequestRecord, StatusRecord, TimeRequestRecord};

/// The record of a state, or `None` when it cannot be written.
pub(super) fn write(state: &State, ahead: bool) -> Option<Zeroizing<Vec<u8>>> {
    let record = StateRecord::of(state, ahead);
    // Room for all of it at once: a vector that grows leaves copies of secrets behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(record.least_size() * 2 + 4096));
    ciborium::into_writer(&record, &mut *bytes).ok()?;
    Some(bytes)
}

/// The format whose records have license files in them; before it there were none.
const WITH_LICENSES: u16 = 2;

/// The state of a record of this format and whether it was written ahead, or `None` when it is none.
pub(super) fn read(bytes: &[u8], format: u16) -> Option<(State, bool)> {
    let record: StateRecord = ciborium::from_reader(bytes).ok()?;
    let has_licenses = format >= WITH_LICENSES;
    if record.licenses.is_some() != has_licenses || record.seen_licenses.is_some() != has_licenses {
        return None;
    }
    let ahead = record.ahead;
    Some((record.into_state()?, ahead))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateRecord {
    ahead: bool,
    vendors: Vec<VendorRecord>,
    devices: Vec<DeviceRecord>,
    requests: Vec<RequestRecord>,
    activations: Vec<ActivationRecord>,
    deactivations: Vec<DeactivationRecord>,
    time_requests: Vec<TimeRequestRecord>,
    statuses: Vec<StatusRecord>,
    emergency_runs: Vec<RunRecord>,
    applied: Vec<AppliedRecord>,
    lost: Vec<ProductRecord>,
    repaired_at: Option<u64>,
    floors: Vec<FloorRecord>,
    #[serde(default)]
    licenses: Option<Vec<KeptLicenseRecord>>,
    #[serde(default)]
    seen_licenses: Option<Vec<SeenLicenseRecord>>,
}

/// A product of a vendor.
#[derive(Serialize, Deserialize)]
struct ProductRecord(ByteArray<16>, String);

impl ProductRecord {
    fn of((vendor, product): &ProductKey) -> Self {
        Self(vendor_bytes(vendor), product.to_string())
    }

    fn into_key(self) -> Option<ProductKey> {
        let product = ProductCode::new(&self.1).ok()?;
        Some((VendorId::new(self.0.into_array()), product))
    }
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
    fn of(state: &State, ahead: bool) -> Self {
        let runs = state
            .runs
            .iter()
            .flat_map(|(of, runs)| runs.0.iter().map(move |run| RunRecord::of(of, run)));
        Self {
            ahead,
            vendors: state.vendors.iter().map(VendorRecord::of).collect(),
            devices: state.devices.iter().map(DeviceRecord::of).collect(),
            requests: state.requests.iter().map(RequestRecord::of).collect(),
            activations: state.activations.iter().map(ActivationRecord::of).collect(),
            deactivations: state
                .deactivations
                .iter()
                .map(DeactivationRecord::of)
                .collect(),
            time_requests: state
                .time_requests
                .values()
                .map(TimeRequestRecord::of)
                .collect(),
            statuses: state.statuses.values().map(StatusRecord::of).collect(),
            emergency_runs: runs.collect(),
            applied: state.applied.iter().map(AppliedRecord::of).collect(),
            lost: state.lost.iter().map(ProductRecord::of).collect(),
            repaired_at: state.repaired_at.map(Timestamp::unix),
            floors: state.floors.iter().map(FloorRecord::of).collect(),
            licenses: Some(state.licenses.iter().map(KeptLicenseRecord::of).collect()),
            seen_licenses: Some(
                state
                    .seen_licenses
                    .iter()
                    .map(SeenLicenseRecord::of)
                    .collect(),
            ),
        }
    }

    fn least_size(&self) -> usize {
        let profiles: usize = self.vendors.iter().map(VendorRecord::size).sum();
        let answers: usize = self.activations.iter().map(ActivationRecord::size).sum();
        let requests: usize = self.requests.iter().map(RequestRecord::size).sum();
        let others: usize = self
            .deactivations
            .iter()
            .map(DeactivationRecord::size)
            .chain(self.time_requests.iter().map(TimeRequestRecord::size))
            .chain(self.statuses.iter().map(StatusRecord::size))
            .chain(self.licenses.iter().flatten().map(KeptLicenseRecord::size))
            .sum();
        let seen = self.seen_licenses.as_ref().map_or(0, Vec::len);
        let small = self.devices.len() + self.applied.len() + self.emergency_runs.len() + seen;
        profiles + answers + requests + others + 512 * small
    }

    fn into_state(self) -> Option<State> {
        let mut state = State {
            vendors: self
                .vendors
                .into_iter()
                .map(VendorRecord::into_profile)
                .collect(),
            devices: all(self.devices, DeviceRecord::into_identity)?,
            requests: all(self.requests, RequestRecord::into_request)?,
            activations: all(self.activations, ActivationRecord::into_activation)?,
            deactivations: all(self.deactivations, DeactivationRecord::into_deactivation)?,
            time_requests: all(self.time_requests, TimeRequestRecord::into_request)?,
            statuses: all(self.statuses, StatusRecord::into_status)?,
            applied: all(self.applied, AppliedRecord::into_answer)?,
            lost: all(self.lost, ProductRecord::into_key)?,
            repaired_at: self.repaired_at.map(Timestamp::from_unix),
            floors: self
                .floors
                .into_iter()
                .map(FloorRecord::into_floor)
                .collect(),
            licenses: all(
                self.licenses.unwrap_or_default(),
                KeptLicenseRecord::into_license,
            )?,
            seen_licenses: all(
                self.seen_licenses.unwrap_or_default(),
                SeenLicenseRecord::into_seen,
            )?,
            ..State::default()
        };
        for record in self.emergency_runs {
            let (of, run) = record.into_run()?;
            state.runs.entry(of).or_default().0.push(run);
        }
        Some(state)
    }
}

/// Reads every record of a list, or none.
fn all<R, T, C: FromIterator<T>>(records: Vec<R>, read: impl Fn(R) -> Option<T>) -> Option<C> {
    records.into_iter().map(read).collect()
}

fn vendor_bytes(vendor: &VendorId) -> ByteArray<16> {
    ByteArray::new(*vendor.as_bytes())
}
