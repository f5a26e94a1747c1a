//! What a vendor says of itself: its name, its support, its portal, its colour and its logo.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{Colour, Name, VendorProfile};

use crate::{
    Authority, DatabaseFault, Origin, PortalAddress, ProfileFault,
    audit::{Action, NewEntry},
    database::{Connection, query},
    profile::{self, Change},
};

/// The largest logo that a profile holds, in bytes (`docs/spec/profile.md`).
const MAX_LOGO: usize = 32 * 1024;
/// The widest and highest: what is shown is a tenth of it, and each page and window unpacks it.
const MAX_SIDE: u32 = 1024;
/// How every PNG begins: its signature, and the length and name of its first chunk (ISO/IEC 15948).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// A picture that can be a vendor's logo: a PNG of at most 32 KiB and 1024 pixels each way.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo(Vec<u8>);

impl Logo {
    /// Takes the bytes of a file.
    ///
    /// # Errors
    /// `logo_refused`.
    pub fn new(bytes: Vec<u8>) -> Result<Self, LogoFault> {
        let side = |rest: &[u8]| {
            let (side, _) = rest.split_first_chunk::<4>()?;
            let side = u32::from_be_bytes(*side);
            (1..=MAX_SIDE).contains(&side).then_some(side)
        };
        let fits = bytes.len() <= MAX_LOGO
            && bytes
                .strip_prefix(PNG)
                .is_some_and(|rest| side(rest).and(rest.get(4..).and_then(side)).is_some());
        if fits {
            Ok(Self(bytes))
        } else {
            Err(LogoFault)
        }
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logo({} bytes)", self.0.len())
    }
}

/// A file is no logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a PNG picture of at most 32 KiB and 1024 pixels each way")]
pub struct LogoFault;

impl LogoFault {
    /// The catalogue code.
    pub fn code(self) -> Code {
        Code::LogoRefused
    }

    /// The code with the data that its text names.
    pub fn problem(self) -> Problem {
        Problem::new(self.code())
    }
}

/// What is to change about what a vendor says of itself: `None` leaves it as it is, and `Some(None)`
/// takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorTerms {
    /// Its name.
    pub name: Option<Name>,
    /// How to reach its support.
    pub support: Option<Option<Name>>,
    /// Its portal.
    pub portal: Option<Option<PortalAddress>>,
    /// Its colour.
    pub colour: Option<Option<Colour>>,
    /// Its logo.
    pub logo: Option<Option<Logo>>,
}

/// The vendor after what it says of itself was to be changed.
#[derive(Clone, Debug)]
pub struct VendorChange {
    /// The latest profile.
    pub profile: VendorProfile,
    /// Whether anything changed: asked for twice, the second time is a no-op.
    pub changed: bool,
}

impl VendorTerms {
    /// What the profile is to say of the vendor, with all else as it was.
    pub(crate) fn applied_to(&self, before: &VendorProfile) -> VendorProfile {
        let mut wanted = before.clone();
        if let Some(name) = &self.name {
            wanted.name = name.clone();
        }
        if let Some(support) = &self.support {
            wanted.support.clone_from(support);
        }
        if let Some(portal) = &self.portal {
            wanted.portal = portal.as_ref().map(|portal| portal.as_str().to_owned());
        }
        if let Some(colour) = self.colour {
            wanted.colour = colour;
        }
        if let Some(logo) = &self.logo {
            wanted.logo = logo.as_ref().map(|logo| logo.bytes().to_vec());
        }
        wanted
    }
}

impl Authority {
    /// Changes what the vendor says of itself, and signs the vendor profile that says so, with the next
    /// number. What is left as it is stays what the profile before said, whatever the database says.
    ///
    /// # Errors
    /// `profile_key_away`; those of the database, and of writing `vendor.kfv`.
    pub async fn vendor_change(
        &self,
        terms: &VendorTerms,
        origin: &Origin,
    ) -> Result<VendorChange, ProfileFault> {
        let now = self.clock.now();
        let keyring = &self.renew_keys().await?;
        let change = self
            .database
            .write(|mut connection| async move {
                let (_, before) = profile::trusted(&mut connection, &keyring.profile).await?;
                let wanted = terms.applied_to(&before);
                if wanted == before {
                    let (profile, changed) = (before, false);
                    return Ok((connection, VendorChange { profile, changed }));
                }
                update(&mut connection, &wanted).await?;
                told(
                    NewEntry::new(now, origin, Action::VendorChanged),
                    &before,
                    &wanted,
                )
                .write(&mut connection)
                .await?;
                let change = Change::Vendor(&wanted);
                let profile = profile::sign_next(&mut connection, keyring, change, now).await?;
                let changed = true;
                Ok::<_, ProfileFault>((connection, VendorChange { profile, changed }))
            })
            .await?;
        if change.changed {
            self.publish_change().await?;
        }
        Ok(change)
    }
}

/// Names what changed, with what it is now; of the logo only whether there is one.
fn told(mut entry: NewEntry, before: &VendorProfile, now: &VendorProfile) -> NewEntry {
    if now.name != before.name {
        entry = entry.with("name", now.name.as_str());
    }
    if now.support != before.support {
        entry = entry.with("support", now.support.as_ref().map(Name::as_str));
    }
    if now.portal != before.portal {
        entry = entry.with("portal", now.portal.as_deref());
    }
    if now.colour != before.colour {
        entry = entry.with("colour", now.colour.map(|colour| colour.to_string()));
    }
    if now.logo != before.logo {
        entry = entry.with("logo", now.logo.is_some());
    }
    entry
}

async fn update(connection: &mut Connection, wanted: &VendorProfile) -> Result<(), DatabaseFault> {
    query("UPDATE vendor SET name = $1, support = $2, portal = $3, colour = $4, logo = $5")
        .bind(wanted.name.as_str())
        .bind(wanted.support.as_ref().map(Name::as_str))
        .bind(wanted.portal.as_deref())
        .bind(wanted.colour.map(|colour| colour.0.to_vec()))
        .bind(wanted.logo.clone())
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [PNG, &sides].concat()
    }

    #[test]
    fn a_logo_is_a_png_of_a_size_that_pages_and_windows_can_show() {
        assert!(Logo::new(png(1, 1024)).is_ok());
        let long = [png(9, 9), vec![0; MAX_LOGO]].concat();
        for other in [
            Vec::new(),
            b"<svg/>".to_vec(),
            png(0, 9),
            png(9, 0),
            png(1025, 9),
            png(9, 1025),
            png(9, 9)[..22].to_vec(),
            long,
        ] {
            assert_eq!(Logo::new(other).unwrap_err().code(), Code::LogoRefused);
        }
    }
}
