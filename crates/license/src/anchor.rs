//! USB keys as anchors: how well a key can be told from all others, and whether it is the one that a
//! license is bound to (rules, *USB keys*).
//!
//! What a key says of itself are claims. A rating tells how likely it is that another key says the same
//! by itself, not how hard it is to make one that does.

mod serial;

use keyferry_catalogue::{Phrase, Problem};
use keyferry_token::{BoundedText, UsbId};

/// What a USB key says of itself, as the system tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbFacts<'a> {
    /// USB vendor id.
    pub vendor_id: u16,
    /// USB product id.
    pub product_id: u16,
    /// Its serial number; `None` where it has none.
    pub serial: Option<&'a str>,
    /// How many bytes it holds; `None` where nothing is in it.
    pub capacity: Option<u64>,
    /// Who made it.
    pub maker: Option<&'a str>,
    /// What its maker calls it.
    pub name: Option<&'a str>,
}

/// How well a USB key can be told from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Not at all: nothing can be bound to it.
    Unusable,
    /// Others may say the same.
    Weak,
    /// It seems to have a serial number of its own.
    Strong,
}

impl Strength {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unusable => "unusable",
            Self::Weak => "weak",
            Self::Strong => "strong",
        }
    }
}

/// Why a key is rated as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RatingReason {
    /// A serial number that looks like its own.
    OwnSerial,
    /// A serial number of fewer than eight characters.
    ShortSerial,
    /// A serial number that fills the place of one: zeros, `0123456789AB`.
    FillerSerial,
    /// A serial number that names the model.
    ModelSerial,
    /// A serial number that a system made up, after the place where the key is plugged in.
    MadeUpSerial,
    /// A serial number with characters that are not read alike everywhere.
    UnreadableSerial,
    /// Another key with the same serial number is plugged in.
    SharedSerial,
    /// No serial number.
    NoSerial,
    /// No memory in it, as in a card reader without a card.
    NoMedium,
}

impl RatingReason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::OwnSerial,
        Self::ShortSerial,
        Self::FillerSerial,
        Self::ModelSerial,
        Self::MadeUpSerial,
        Self::UnreadableSerial,
        Self::SharedSerial,
        Self::NoSerial,
        Self::NoMedium,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnSerial => "own_serial",
            Self::ShortSerial => "short_serial",
            Self::FillerSerial => "filler_serial",
            Self::ModelSerial => "model_serial",
            Self::MadeUpSerial => "made_up_serial",
            Self::UnreadableSerial => "unreadable_serial",
            Self::SharedSerial => "shared_serial",
            Self::NoSerial => "no_serial",
            Self::NoMedium => "no_medium",
        }
    }

    /// The reason in words.
    pub const fn phrase(self) -> Phrase {
        match self {
            Self::OwnSerial => Phrase::RatingOwnSerial,
            Self::ShortSerial => Phrase::RatingShortSerial,
            Self::FillerSerial => Phrase::RatingFillerSerial,
            Self::ModelSerial => Phrase::RatingModelSerial,
            Self::MadeUpSerial => Phrase::RatingMadeUpSerial,
            Self::UnreadableSerial => Phrase::RatingUnreadableSerial,
            Self::SharedSerial => Phrase::RatingSharedSerial,
            Self::NoSerial => Phrase::RatingNoSerial,
            Self::NoMedium => Phrase::RatingNoMedium,
        }
    }
}

/// What a key is worth as an anchor, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    /// How well it can be told from all others.
    pub strength: Strength,
    /// Why.
    pub reason: RatingReason,
}

impl Rating {
    const fn new(strength: Strength, reason: RatingReason) -> Self {
        Self { strength, reason }
    }

    /// Whether a license may be bound to such a key. `allow_weak` says that whoever asks accepts that
    /// others may be taken for it.
    ///
    /// # Errors
    /// `usb_key_unusable`; `usb_key_weak` unless that is accepted.
    pub fn accept(self, allow_weak: bool) -> Result<(), Problem> {
        use keyferry_catalogue::Code;
        match self.strength {
            Strength::Strong => Ok(()),
            Strength::Weak if allow_weak => Ok(()),
            Strength::Weak => Err(Problem::new(Code::UsbKeyWeak)),
            Strength::Unusable => Err(Problem::new(Code::UsbKeyUnusable)),
        }
    }
}

/// What a key is worth as an anchor. `connected` are all keys that are plugged in, itself included.
pub fn rate(key: &UsbFacts<'_>, connected: &[UsbFacts<'_>]) -> Rating {
    let Some(serial) = own(key.serial) else {
        return Rating::new(Strength::Unusable, RatingReason::NoSerial);
    };
    if key.capacity.is_none_or(|bytes| bytes == 0) {
        return Rating::new(Strength::Unusable, RatingReason::NoMedium);
    }
    if usb_id(key).is_none() {
        return Rating::new(Strength::Unusable, RatingReason::UnreadableSerial);
    }
    let same_serial = connected.iter().filter(|other| {
        (other.vendor_id, other.product_id) == (key.vendor_id, key.product_id)
            && own(other.serial).is_some_and(|other| other.eq_ignore_ascii_case(serial))
    });
    if same_serial.count() > 1 {
        return Rating::new(Strength::Weak, RatingReason::SharedSerial);
    }
    match serial::weakness(serial, key) {
        Some(reason) => Rating::new(Strength::Weak, reason),
        None => Rating::new(Strength::Strong, RatingReason::OwnSerial),
    }
}

/// What can be said of a key by its id alone, as a vendor gets it.
pub fn rate_id(id: &UsbId) -> Rating {
    let facts = UsbFacts {
        vendor_id: id.vendor_id,
        product_id: id.product_id,
        serial: Some(id.serial.as_str()),
        capacity: Some(id.capacity),
        maker: None,
        name: None,
    };
    rate(&facts, &[facts])
}

/// The id of a key, or `None` where it has none: without a serial number or memory, or with a serial
/// number that cannot be written down.
pub fn usb_id(key: &UsbFacts<'_>) -> Option<UsbId> {
    Some(UsbId {
        vendor_id: key.vendor_id,
        product_id: key.product_id,
        serial: BoundedText::new(own(key.serial)?).ok()?,
        capacity: key.capacity.filter(|bytes| *bytes > 0)?,
    })
}

/// Whether a key is the one that a license is bound to: vendor id, product id, serial number (trimmed,
/// without ASCII case) and capacity are the same. A volume plays no part: a copy of a disk has its
/// UUID too.
pub fn is_key(bound: &UsbId, key: &UsbFacts<'_>) -> bool {
    usb_id(key).is_some_and(|id| id == *bound)
}

fn own(serial: Option<&str>) -> Option<&str> {
    serial.map(str::trim).filter(|serial| !serial.is_empty())
}
