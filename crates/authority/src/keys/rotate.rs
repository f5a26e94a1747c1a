//! Putting a new key in the place of the one in use.
//!
//! The new private key is on the disk first, then one transaction names it, retires the old one and
//! stores the profile that says so. Interrupted before it, everything is as it was, beside a key file
//! that nobody names; after it, the next opening publishes what was committed.

use keyferry_token::{
    ExchangeSecretKey, KeyId, KeyPurpose, KeyState, ProfileKey, Seconds, Timestamp,
};
use zeroize::Zeroizing;

use super::{KeyChangeFault, KeyDevice, KeyRow, active, device::DeviceKey};
use crate::{
    Authority, Origin, ProfileFault,
    audit::{Action, NewEntry},
    authority::aside,
    database::Connection,
    entropy, folder,
    key_file::{KeyCabinet, KeyForm},
    keyring::{Keyring, RsaSigner, exchange_to_pkcs8},
    profile::{self, Change},
};

/// Which key to replace, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The key that signs vendor profiles.
    Profile,
    /// The key that signs licenses and answers: what the old one signed still counts.
    Signing,
    /// The key that devices seal to.
    Exchange {
        /// How long the old one still opens what devices sealed to it.
        opens_for: Seconds,
    },
}

impl Rotation {
    /// How long a replaced exchange key opens unless something else is asked for: a computer without
    /// a network may rest in a cupboard for as long.
    pub const OPENS_FOR: Seconds = Seconds::days(2 * 365);

    const fn purpose(self) -> KeyPurpose {
        match self {
            Self::Profile => KeyPurpose::Profile,
            Self::Signing => KeyPurpose::Signing,
            Self::Exchange { .. } => KeyPurpose::Exchange,
        }
    }
}

/// A key that took another one's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// What it is for.
    pub purpose: KeyPurpose,
    /// The new key.
    pub key: KeyId,
    /// The key that it replaces.
    pub replaces: KeyId,
    /// Until when the replaced key opens, for an exchange key.
    pub opens_until: Option<Timestamp>,
    /// The number of the profile that says so.
    pub profile: u64,
}

/// A key that is on the disk and that nothing names yet.
struct Fresh {
    spki: Vec<u8>,
    /// Signs the profile after the next one, where it is a profile key.
    signer: Option<RsaSigner>,
}

impl Authority {
    /// Puts a new key in the place of the one in use, and publishes the profile that says so. The new one
    /// lies in the folder: whoever is not at the machine cannot fetch a key there that lives in a device, or
    /// is kept elsewhere.
    ///
    /// # Errors
    /// `key_kept_elsewhere`, `profile_key_away`; `passphrase_missing`, `passphrase_wrong`, `file_unwritable`, `disk_full`;
    /// `malformed` with more keys than a profile holds; those of the database.
    pub async fn rotate_key(
        &self,
        rotation: Rotation,
        origin: &Origin,
    ) -> Result<Rotated, KeyChangeFault> {
        let rotated = self.rotate(rotation, None, origin).await?;
        // Without a certain key to replace there always is one.
        rotated.ok_or(KeyChangeFault::Unknown)
    }

    /// The same for a certain key, so that asking twice replaces one key and not two. `None` where another
    /// one took its place before: nothing was changed.
    ///
    /// # Errors
    /// As [`Authority::rotate_key`].
    pub async fn replace_key(
        &self,
        rotation: Rotation,
        key: KeyId,
        origin: &Origin,
    ) -> Result<Option<Rotated>, KeyChangeFault> {
        self.rotate(rotation, Some(key), origin).await
    }

    async fn rotate(
        &self,
        rotation: Rotation,
        key: Option<KeyId>,
        origin: &Origin,
    ) -> Result<Option<Rotated>, KeyChangeFault> {
        let keyring = self.renew_keys().await?;
        if keyring.profile.signer.is_none() {
            return Err(ProfileFault::KeyAway.into());
        }
        let in_use = active(&keyring.rows, rotation.purpose())?;
        if key.is_some_and(|key| key != in_use.kid) {
            return Ok(None);
        }
        let in_use = self.record(in_use);
        if *origin != Origin::Local && !in_use.replaceable_from_afar() {
            return Err(KeyChangeFault::KeptElsewhere);
        }
        let fresh = self.make_key(rotation.purpose()).await?;
        let rotated = self
            .take_place(rotation, key, &fresh, &keyring, origin)
            .await?;
        if rotated.is_none() {
            // Asked for twice at once: the key that nothing names is not kept.
            let name = KeyRow::file_name(rotation.purpose(), KeyId::of_key(&fresh.spki));
            folder::remove(&self.folder.key(&name))?;
        }
        Ok(rotated)
    }

    /// Makes a signing key in a device of its own, and puts it in the place of the one in use.
    ///
    /// # Errors
    /// As [`Authority::rotate_key`]; `key_device_missing`, `key_device_pin_missing`,
    /// `key_device_pin_wrong`, `key_device_locked`, `key_device_failed`.
    pub async fn rotate_signing_key_into(
        &self,
        device: KeyDevice,
        origin: &Origin,
    ) -> Result<Rotated, KeyChangeFault> {
        let keyring = self.renew_keys().await?;
        if keyring.profile.signer.is_none() {
            return Err(ProfileFault::KeyAway.into());
        }
        let (folder, pin) = (self.folder.clone(), self.opening.pin.clone());
        let fresh = aside(move || {
            let (key, spki) = DeviceKey::make(device, pin.as_ref())?;
            ProfileKey::new(KeyPurpose::Signing, KeyState::Active, &spki)?;
            let name = KeyRow::file_name(KeyPurpose::Signing, KeyId::of_key(&spki));
            folder::write_private(&folder.device(&name), key.to_text().as_bytes())?;
            let signer = None;
            Ok::<_, KeyChangeFault>(Fresh { spki, signer })
        })
        .await?;
        let rotated = self
            .take_place(Rotation::Signing, None, &fresh, &keyring, origin)
            .await?;
        rotated.ok_or(KeyChangeFault::Unknown)
    }

    /// `key` is the one to replace, if that has to be a certain one; `None` where it is not in use any more.
    async fn take_place(
        &self,
        rotation: Rotation,
        key: Option<KeyId>,
        fresh: &Fresh,
        keyring: &Keyring,
        origin: &Origin,
    ) -> Result<Option<Rotated>, KeyChangeFault> {
        let now = self.clock.now();
        let taken = self
            .database
            .write(|mut connection| async move {
                let rows = KeyRow::all(&mut connection).await?;
                let in_use = active(&rows, rotation.purpose())?.kid;
                if key.is_some_and(|key| key != in_use) {
                    return Ok((connection, None));
                }
                let (old, new) = enter(&mut connection, rotation, fresh, now).await?;
                let change = Change::Rotated {
                    old: &old,
                    new: &new,
                };
                let mut signed = profile::sign_next(&mut connection, keyring, change, now).await?;
                if let Some(signer) = &fresh.signer {
                    // Signed by the new key alone: whoever is new to the vendor never meets the old one.
                    let (before, change) = (Some(&signed), Change::Signer);
                    signed =
                        profile::sign_after(&mut connection, before, signer, change, now).await?;
                }
                let rotated = Rotated {
                    purpose: new.purpose,
                    key: new.kid,
                    replaces: old.kid,
                    opens_until: old.opens_until,
                    profile: signed.number,
                };
                let mut entry = NewEntry::new(now, origin, Action::KeyRotated)
                    .key(rotated.key)
                    .with("purpose", rotated.purpose.name())
                    .with("replaces", rotated.replaces.to_string())
                    .with("profile", rotated.profile);
                if let Some(end) = rotated.opens_until {
                    entry = entry.with("opens_until", end.unix());
                }
                entry.write(&mut connection).await?;
                let rows = KeyRow::all(&mut connection).await?;
                Ok::<_, KeyChangeFault>((connection, Some((rotated, rows))))
            })
            .await?;
        let Some((rotated, rows)) = taken else {
            return Ok(None);
        };
        self.take_keys(rows).await?;
        self.publish_change().await?;
        Ok(Some(rotated))
    }

    /// Makes a key and stores it under its own name.
    async fn make_key(&self, purpose: KeyPurpose) -> Result<Fresh, KeyChangeFault> {
        let (folder, passphrase) = (self.folder.clone(), self.opening.passphrase.clone());
        aside(move || {
            let (spki, secret, signer): (_, Zeroizing<Vec<u8>>, _) = match purpose {
                KeyPurpose::Exchange => {
                    let key = ExchangeSecretKey::make(&mut entropy::rng());
                    (key.public().spki(), exchange_to_pkcs8(&key)?, None)
                }
                KeyPurpose::Profile | KeyPurpose::Signing => {
                    let key = RsaSigner::make()?;
                    let (spki, secret) = (key.spki().to_vec(), key.to_pkcs8()?);
                    (
                        spki,
                        secret,
                        (purpose == KeyPurpose::Profile).then_some(key),
                    )
                }
            };
            // What clients would refuse must not become a vendor's key.
            ProfileKey::new(purpose, KeyState::Active, &spki)?;
            let name = KeyRow::file_name(purpose, KeyId::of_key(&spki));
            KeyCabinet::new(passphrase).store(&folder.key(&name), KeyForm::Pkcs8, &secret)?;
            Ok(Fresh { spki, signer })
        })
        .await
    }
}

/// Names the new key in the database and retires the old one; both as they are then, the old one first.
async fn enter(
    connection: &mut Connection,
    rotation: Rotation,
    fresh: &Fresh,
    now: Timestamp,
) -> Result<(KeyRow, KeyRow), KeyChangeFault> {
    let rows = KeyRow::all(connection).await?;
    let mut old = active(&rows, rotation.purpose())?.clone();
    let number = profile::next_number(connection).await?;
    let new = KeyRow::active(rotation.purpose(), &fresh.spki, number, now);
    old.state = KeyState::Retired;
    old.replaced_at = Some(now);
    old.opens_until = match rotation {
        Rotation::Exchange { opens_for } => Some(now.plus(opens_for)),
        Rotation::Profile | Rotation::Signing => None,
    };
    old.update(connection).await?;
    new.insert(connection).await?;
    Ok((old, new))
}
