//! From what the client says of USB keys, license files and couriers to what the screens show.

use keyferry_client::{
    CollectOutcome, Collected, CourierSeen, LicenseFound, LicenseHeld, LicensePlace,
    ProductStanding, PutLicense, UsbKeyFound,
};
use keyferry_device::usb::{UsbPlace, Volume};
use keyferry_token::{
    LicenseTerm, UsbId,
    qr::{Correction, Symbol},
};

use super::{qr, standing, vendor};
use crate::views::{
    BoundKeyView, CollectedView, CourierView, KeyLicenseView, LicenseView, ProblemView, PutView,
    UsbIdView, UsbKeyView, UsbVolumeView,
};

/// A key, and what was found by looking for what it carries.
pub(crate) fn usb_key(
    found: &UsbKeyFound,
    courier: Option<CourierView>,
    trouble: Option<ProblemView>,
) -> UsbKeyView {
    let key = &found.key;
    UsbKeyView {
        place: key.place.to_string(),
        id: found.id.as_ref().map(ToString::to_string),
        title: key.title(),
        serial: key.serial.clone(),
        capacity: key.capacity,
        rating: found.rating.strength.name().to_owned(),
        rating_reason: found.rating.reason.phrase().as_str().to_owned(),
        volumes: key.volumes.iter().map(volume).collect(),
        licenses: found.licenses.iter().map(license_file).collect(),
        courier,
        trouble: trouble.or_else(|| found.problem.clone().map(Into::into)),
    }
}

fn volume(volume: &Volume) -> UsbVolumeView {
    let mount_point = volume.mount_points.first();
    UsbVolumeView {
        mount_point: mount_point.map(|point| point.display().to_string()),
        label: volume.label.clone(),
        free: volume.free,
        read_only: volume.read_only,
    }
}

fn license_file(found: &LicenseFound) -> KeyLicenseView {
    let file = found.place.file().and_then(|file| file.file_name());
    KeyLicenseView {
        file: file.unwrap_or_default().to_string_lossy().into_owned(),
        license: found.held().as_ref().map(license),
        problem: found.license.as_ref().err().cloned().map(Into::into),
    }
}

pub(crate) fn license(held: &LicenseHeld) -> LicenseView {
    let says = &held.read.license;
    let of = &held.read.vendor;
    let product = of.profile.product(&says.product);
    LicenseView {
        license_id: says.id.to_string(),
        product: says.product.to_string(),
        product_name: product.map_or(says.product.to_string(), |product| product.name.to_string()),
        vendor: vendor(of),
        standing: standing(&held.standing),
        expires_at: match says.term {
            LicenseTerm::Until(until) => Some(until.to_string()),
            LicenseTerm::Perpetual => None,
        },
        features: says.features.iter().map(ToString::to_string).collect(),
        holder: says.holder.as_ref().map(ToString::to_string),
    }
}

pub(crate) fn put(put: &PutLicense) -> PutView {
    let files = put.files.iter();
    PutView {
        license: license(&put.license),
        files: files.map(|file| file.display().to_string()).collect(),
        unchanged: put.unchanged,
    }
}

/// The key that a product runs by, or would: `title_of` knows those that are plugged in.
pub(crate) fn bound_key(
    of: &ProductStanding,
    title_of: impl Fn(&UsbPlace) -> Option<String>,
) -> Option<BoundKeyView> {
    use keyferry_token::Binding;
    if !of.by_license {
        return None;
    }
    if let Some(away) = &of.key_away {
        return Some(BoundKeyView {
            title: None,
            serial: away.serial.to_string(),
            plugged_in: false,
        });
    }
    let held = of.license.as_ref()?;
    match (&held.read.license.binding, &held.place) {
        (Binding::Usb { key, .. }, LicensePlace::Key { place, .. }) => Some(BoundKeyView {
            title: title_of(place),
            serial: key.serial.to_string(),
            plugged_in: true,
        }),
        _ => None,
    }
}

pub(crate) fn courier(seen: Option<CourierSeen>, plan: &[Collected]) -> CourierView {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    CourierView {
        begun: seen.is_some_and(|seen| seen.is_courier),
        waiting: count(seen.map_or(0, |seen| seen.waiting)),
        answers: count(seen.map_or(0, |seen| seen.answers)),
        plan: plan.iter().map(collected).collect(),
    }
}

pub(crate) fn collected(one: &Collected) -> CollectedView {
    CollectedView {
        kind: one.token.kind.name().to_owned(),
        reference: one.token.reference.clone(),
        product_name: one.token.product_name.to_string(),
        already_there: one.outcome == CollectOutcome::AlreadyThere,
    }
}

pub(crate) fn usb_id(id: &UsbId) -> UsbIdView {
    let text = id.to_string();
    UsbIdView {
        qr: Symbol::draw(&text, Correction::Screen)
            .as_ref()
            .and_then(qr),
        file_name: id_file(id),
        id: text,
    }
}

/// A name for the file that an id is saved in: what a serial number may hold is not all for names.
pub(crate) fn id_file(id: &UsbId) -> String {
    let serial = id.serial.as_str().chars();
    let tidy: String = serial.filter(char::is_ascii_alphanumeric).collect();
    format!("keyferry-usb-{tidy}.txt")
}
