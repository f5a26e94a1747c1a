//! What the screens show of USB keys: the keys that are plugged in, their license files, couriers.

use serde::Serialize;
use ts_rs::TS;

use super::{BroughtView, ProblemView, QrView, StandingView, VendorView};

/// The USB key that a license is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct BoundKeyView {
    /// What people call it; `None` where that is not known.
    pub title: Option<String>,
    /// Its serial number.
    pub serial: String,
    /// Whether it is plugged in.
    pub plugged_in: bool,
}

/// A volume of a USB key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct UsbVolumeView {
    /// Where it is open; `None` where the system has not opened it.
    pub mount_point: Option<String>,
    /// Its label.
    pub label: Option<String>,
    /// Bytes that are free on it.
    #[ts(type = "number | null")]
    pub free: Option<u64>,
    /// Whether nothing can be written to it.
    pub read_only: bool,
}

/// A license file on a USB key, and what it is worth there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct KeyLicenseView {
    /// The file's name on the key.
    pub file: String,
    /// What it says, where it can be read and trusted.
    pub license: Option<LicenseView>,
    /// What is the matter with it, where it cannot.
    pub problem: Option<ProblemView>,
}

/// What a license file says, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LicenseView {
    /// The license's id, the same in every reissue.
    pub license_id: String,
    /// The product's code.
    pub product: String,
    /// The product's name.
    pub product_name: String,
    /// The vendor.
    pub vendor: VendorView,
    /// May the program run by it.
    pub standing: StandingView,
    /// RFC 3339; `None` for one without an end.
    pub expires_at: Option<String>,
    /// Feature codes.
    pub features: Vec<String>,
    /// Whose it is.
    pub holder: Option<String>,
}

/// What a courier carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CourierView {
    /// Whether it has been a courier before: it has the folder of one.
    pub begun: bool,
    /// What waits on it for vendors, of any computer.
    pub waiting: u32,
    /// Answers on it for this computer.
    pub answers: u32,
    /// What it takes along from this computer.
    pub plan: Vec<CollectedView>,
}

/// A USB key that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct UsbKeyView {
    /// Where it is plugged in: the same for as long as it stays there.
    pub place: String,
    /// What vendors know it by; `None` where it is unusable.
    pub id: Option<String>,
    /// What people call it: maker and name; `None` where it tells neither.
    pub title: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Bytes that it holds.
    #[ts(type = "number | null")]
    pub capacity: Option<u64>,
    /// How well it can be told from others.
    #[ts(type = r#""strong" | "weak" | "unusable""#)]
    pub rating: String,
    /// The catalogue phrase that says why.
    #[ts(type = "Phrase")]
    pub rating_reason: String,
    /// Its volumes.
    pub volumes: Vec<UsbVolumeView>,
    /// The license files on it.
    pub licenses: Vec<KeyLicenseView>,
    /// What it carries; `None` where no volume is open, or it could not be looked through.
    pub courier: Option<CourierView>,
    /// Why it could not be looked through, or not all of its license files.
    pub trouble: Option<ProblemView>,
}

/// Something of this computer that a courier takes along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CollectedView {
    /// The name of the kind, `activation_request`.
    pub kind: String,
    /// What people quote.
    pub reference: String,
    /// The product's name.
    pub product_name: String,
    /// Whether it is on the courier, or was before.
    pub already_there: bool,
}

/// The USB keys that are plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct UsbView {
    /// Every key.
    pub keys: Vec<UsbKeyView>,
    /// Why keys cannot be seen.
    pub problem: Option<ProblemView>,
}

/// The id of a USB key, for the vendor to make a license for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct UsbIdView {
    /// The id as text.
    pub id: String,
    /// A name for the file.
    pub file_name: String,
    /// The QR code.
    pub qr: Option<QrView>,
}

/// A license file that was put on its USB key, read back and checked there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PutView {
    /// What it says, and where it stands on the key.
    pub license: LicenseView,
    /// Where it lies.
    pub files: Vec<String>,
    /// Whether it had been there before.
    pub unchanged: bool,
}

/// What a courier did on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct CourierRoundView {
    /// What it has along from here.
    pub collected: Vec<CollectedView>,
    /// What it brought.
    pub delivered: Vec<BroughtView>,
}
