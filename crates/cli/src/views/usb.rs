//! USB keys and the license files on them.

use keyferry_client::{CourierSeen, KeyNamed, LicenseFound, LicenseHeld, LicenseRead, UsbKeyFound};
use keyferry_device::usb::{UsbKey, Volume};
use keyferry_license::Rating;
use keyferry_terminal::{LANGUAGE, LicenseView, NoteView};
use keyferry_token::UsbId;
use serde::Serialize;

use super::{StandingView, VendorView};

/// What a USB key says of itself, and what it is worth as an anchor.
#[derive(Serialize)]
pub(crate) struct UsbKeyView {
    id: Option<String>,
    rating: &'static str,
    rating_reason: &'static str,
    message: &'static str,
    vendor_id: String,
    product_id: String,
    maker: Option<String>,
    name: Option<String>,
    serial: Option<String>,
    capacity: Option<u64>,
    mount_points: Vec<String>,
    volumes: Vec<VolumeView>,
}

impl UsbKeyView {
    fn new(key: &UsbKey, id: Option<&UsbId>, rating: Rating) -> Self {
        Self {
            id: id.map(ToString::to_string),
            rating: rating.strength.name(),
            rating_reason: rating.reason.name(),
            message: rating.reason.phrase().text(LANGUAGE),
            vendor_id: format!("{:04x}", key.vendor_id),
            product_id: format!("{:04x}", key.product_id),
            maker: key.maker.clone(),
            name: key.name.clone(),
            serial: key.serial.clone(),
            capacity: key.capacity,
            mount_points: mount_points(key).collect(),
            volumes: key.volumes.iter().map(VolumeView::from).collect(),
        }
    }
}

impl From<&KeyNamed> for UsbKeyView {
    fn from(named: &KeyNamed) -> Self {
        Self::new(&named.key, named.id.as_ref(), named.rating)
    }
}

/// A USB key and what lies on it.
#[derive(Serialize)]
pub(crate) struct UsbKeyFoundView {
    #[serde(flatten)]
    key: UsbKeyView,
    licenses: Vec<LicenseFoundView>,
    courier: Option<CourierView>,
    problem: Option<NoteView>,
}

impl From<&UsbKeyFound> for UsbKeyFoundView {
    fn from(found: &UsbKeyFound) -> Self {
        Self {
            key: UsbKeyView::new(&found.key, found.id.as_ref(), found.rating),
            licenses: found.licenses.iter().map(LicenseFoundView::from).collect(),
            courier: found.courier.map(CourierView::from),
            problem: found.problem.as_ref().map(NoteView::from),
        }
    }
}

/// One that is gone: nothing lies on it any more that counts.
impl From<&KeyNamed> for UsbKeyFoundView {
    fn from(named: &KeyNamed) -> Self {
        Self {
            key: UsbKeyView::from(named),
            licenses: Vec::new(),
            courier: None,
            problem: None,
        }
    }
}

/// Where a key is mounted.
pub(crate) fn mount_points(key: &UsbKey) -> impl Iterator<Item = String> {
    let points = key.volumes.iter().flat_map(|volume| &volume.mount_points);
    points.map(|point| point.display().to_string())
}

#[derive(Serialize)]
struct VolumeView {
    device: String,
    mount_points: Vec<String>,
    file_system: Option<String>,
    size: Option<u64>,
    free: Option<u64>,
    read_only: bool,
    uuid: Option<String>,
    label: Option<String>,
}

impl From<&Volume> for VolumeView {
    fn from(volume: &Volume) -> Self {
        let points = volume.mount_points.iter();
        Self {
            device: volume.device.clone(),
            mount_points: points.map(|point| point.display().to_string()).collect(),
            file_system: volume.file_system.clone(),
            size: volume.size,
            free: volume.free,
            read_only: volume.read_only,
            uuid: volume.uuid.clone(),
            label: volume.label.clone(),
        }
    }
}

/// What a courier carries.
#[derive(Serialize)]
pub(crate) struct CourierView {
    waiting: usize,
    answers: usize,
}

impl From<CourierSeen> for CourierView {
    fn from(seen: CourierSeen) -> Self {
        Self {
            waiting: seen.waiting,
            answers: seen.answers,
        }
    }
}

/// A license file, believed or not, and what it is worth where it lies.
#[derive(Serialize)]
pub(crate) struct LicenseFoundView {
    file: Option<String>,
    #[serde(flatten)]
    license: Option<SignedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<NoteView>,
    standing: StandingView,
}

impl From<&LicenseFound> for LicenseFoundView {
    fn from(found: &LicenseFound) -> Self {
        let file = found.place.file();
        Self {
            file: file.map(|file| file.display().to_string()),
            license: found.license.as_ref().ok().map(SignedView::from),
            problem: found.license.as_ref().err().map(NoteView::from),
            standing: found.into(),
        }
    }
}

/// The license that a product rests on, or would come nearest to.
#[derive(Serialize)]
pub(crate) struct LicenseHeldView {
    file: Option<String>,
    #[serde(flatten)]
    license: SignedView,
}

impl From<&LicenseHeld> for LicenseHeldView {
    fn from(held: &LicenseHeld) -> Self {
        let file = held.place.file();
        Self {
            file: file.map(|file| file.display().to_string()),
            license: SignedView::from(&held.read),
        }
    }
}

/// What a license says, whose it is, and who signed it.
#[derive(Serialize)]
pub(crate) struct SignedView {
    #[serde(flatten)]
    license: LicenseView,
    vendor_id: String,
    signed_by: SignerView,
}

impl From<&LicenseRead> for SignedView {
    fn from(read: &LicenseRead) -> Self {
        Self {
            license: LicenseView::from(&read.license),
            vendor_id: read.license.vendor.to_string(),
            signed_by: SignerView {
                key_id: read.signed_by.to_string(),
                vendor: Some(VendorView::from(&read.vendor)),
            },
        }
    }
}

/// The key that signed a license, and whose it is, if that is known here.
#[derive(Serialize)]
pub(crate) struct SignerView {
    pub(crate) key_id: String,
    pub(crate) vendor: Option<VendorView>,
}
