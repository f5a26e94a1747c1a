//! Setting an authority up, and opening it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

use keyferry_token::{
    Colour, ExchangeSecretKey, KeyId, KeyPurpose, KeyState, Name, ProfileKey, Timestamp, VendorId,
    VendorSigner as _,
};

use zeroize::Zeroizing;

use crate::{
    Authority, Clock, DatabaseFault, DatabaseUrl, FileFault, Origin, Passphrase, PortalAddress,
    SetupFault, SystemClock, Warning,
    audit::{Action, NewEntry},
    authority::aside,
    columns::{fixed, int},
    database::{Connection, Database, Place, query},
    entropy,
    folder::{self, Folder},
    key_file::{KeyCabinet, KeyForm},
    keyring::{
        ExchangeKey, Keyring, LookupKey, ProfileKeyring, RsaSigner, SigningKey, exchange_to_pkcs8,
    },
    keys::{DeviceKey, DeviceSigner, KeyDevice, KeyRow, LOOKUP, Opening, active, load},
    profile::{self, Change, Pin},
};

/// What a new authority is to be.
pub struct InitOptions {
    /// The vendor's name.
    pub vendor: Name,
    /// Its portal.
    pub portal: Option<PortalAddress>,
    /// How to reach its support.
    pub support: Option<Name>,
    /// Its colour.
    pub colour: Option<Colour>,
    /// What the private keys are sealed with; without it they lie in files for their owner alone.
    pub passphrase: Option<Passphrase>,
    /// The server that holds its database; without one it is a file in the folder.
    pub database: Option<DatabaseUrl>,
    /// The device in which the signing key is made and stays; without one it lies in a file.
    pub device: Option<KeyDevice>,
    /// What opens that device.
    pub pin: Option<Passphrase>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl InitOptions {
    /// An authority of this name and nothing else.
    pub fn new(vendor: Name) -> Self {
        Self {
            vendor,
            portal: None,
            support: None,
            colour: None,
            passphrase: None,
            database: None,
            device: None,
            pin: None,
            clock: Arc::new(SystemClock),
        }
    }
}

/// How an authority is opened.
#[derive(Clone)]
pub struct OpenOptions {
    /// What the private keys are sealed with, if they are.
    pub passphrase: Option<Passphrase>,
    /// The server that holds its database; without one it is a file in the folder.
    pub database: Option<DatabaseUrl>,
    /// The file to which the profile key was exported: for what signs a vendor profile.
    pub profile_key: Option<PathBuf>,
    /// What opens the device that the signing key lives in, if it lives in one.
    pub pin: Option<Passphrase>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            passphrase: None,
            database: None,
            profile_key: None,
            pin: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl Authority {
    /// Sets an authority up: keys, database, `vendor.kfv`, `public.pem`. Interrupted, it can be
    /// run again; a mark lies in the folder until the last step is done.
    ///
    /// # Errors
    /// `authority_exists` when there is one, complete or not made by this; `database_of_other` when
    /// the server's database holds one; `database_busy` when another program is at it;
    /// `file_unwritable`, `disk_full`, `system_failure`; those of reaching a server; with a device
    /// `key_device_missing`, `key_device_pin_missing`, `key_device_pin_wrong`, `key_device_locked`,
    /// `key_device_failed`.
    pub async fn init(dir: &Path, options: InitOptions) -> Result<Self, SetupFault> {
        let folder = Folder::new(dir);
        if folder.is_complete() {
            return Err(SetupFault::Exists);
        }
        // Before anything is made here: a server may refuse.
        let server = match &options.database {
            Some(url) => Some(Database::make(url).await?),
            None => None,
        };
        folder::make_private_folder(folder.path())?;
        let _lock = folder.lock()?;
        if let Some(database) = server {
            match stored(&database).await {
                Ok(stored) => return Self::take_up(folder, database, stored, options).await,
                Err(DatabaseFault::Empty) => {
                    claim(&folder)?;
                    return Self::set_up(folder, database, options).await;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        claim(&folder)?;
        // Made for its owner alone before SQLite opens it; the files beside it follow its mode.
        folder::write_private(&folder.database(), b"")?;
        let database = Database::open(&Place::File(folder.database())).await?;
        Self::set_up(folder, database, options).await
    }

    async fn set_up(
        folder: Folder,
        database: Database,
        options: InitOptions,
    ) -> Result<Self, SetupFault> {
        let clock = &options.clock;
        let now = clock.now();
        let opening = Opening {
            passphrase: options.passphrase.clone(),
            profile_key: None,
            pin: options.pin.clone(),
        };
        let (keyring, plain) = {
            let (folder, opening) = (folder.clone(), opening.clone());
            let device = options.device.clone();
            aside(move || make_keys(&folder, &opening, device, now)).await?
        };
        let profile_key = active(&keyring.rows, KeyPurpose::Profile)?;
        let authority = Self {
            database,
            vendor: VendorId::of_first_profile_key(&profile_key.spki),
            keyring: RwLock::new(Arc::new(keyring)),
            opening,
            clock: Arc::clone(clock),
            warnings: warnings(plain),
            folder,
        };
        let (id, keyring, options) = (authority.vendor, &authority.keyring(), &options);
        authority
            .database
            .write(|mut connection| async move {
                if vendor(&mut connection).await?.is_some() {
                    return Err(SetupFault::OtherVendor);
                }
                enter_vendor(&mut connection, options, id, int(now.unix())).await?;
                for key in &keyring.rows {
                    key.insert(&mut connection).await?;
                }
                profile::sign_next(&mut connection, keyring, Change::First, now).await?;
                NewEntry::new(now, &Origin::Local, Action::AuthorityCreated)
                    .with("vendor", options.vendor.as_str())
                    .with("signing_key", keyring.signing.key_id().to_string())
                    .write(&mut connection)
                    .await?;
                Ok((connection, ()))
            })
            .await?;
        authority.finish().await
    }

    /// Goes on with a setup that was interrupted after the server's database had been filled, which
    /// unlike a file is not for this folder alone and cannot be thrown away.
    async fn take_up(
        folder: Folder,
        database: Database,
        stored: Stored,
        options: InitOptions,
    ) -> Result<Self, SetupFault> {
        if !folder.unfinished().exists() {
            return Err(SetupFault::OtherVendor);
        }
        let options = OpenOptions {
            passphrase: options.passphrase,
            database: options.database,
            profile_key: None,
            pin: options.pin,
            clock: options.clock,
        };
        let authority = Self::with_keys(folder, database, stored, options).await?;
        authority.finish().await
    }

    /// The last steps of a setup. When everything is on the disk, the mark goes.
    async fn finish(self) -> Result<Self, SetupFault> {
        self.publish().await?;
        self.seal_audit().await?;
        let mark = self.folder.unfinished();
        folder::sync_folder(self.folder.path())
            .and_then(|()| fs::remove_file(&mark))
            .and_then(|()| folder::sync_folder(self.folder.path()))
            .map_err(|fault| FileFault::writing(&mark, &fault))?;
        Ok(self)
    }

    /// Opens an authority.
    ///
    /// # Errors
    /// `authority_missing`; `passphrase_missing`, `passphrase_wrong`, `key_file_exposed`;
    /// `database_newer`, `database_busy`, `file_not_found`, `file_unreadable`, `file_unwritable`;
    /// `database_of_other`, and those of reaching a server.
    pub async fn open(dir: &Path, options: OpenOptions) -> Result<Self, SetupFault> {
        let folder = Folder::new(dir);
        if folder.unfinished().exists() || !(folder.keys().exists() || folder.database().exists()) {
            return Err(SetupFault::Missing);
        }
        let place = match &options.database {
            Some(url) => Place::Server(url.clone()),
            None => Place::File(folder.database()),
        };
        let database = Database::open(&place).await?;
        let stored = stored(&database)
            .await
            .map_err(|fault| match (fault, place) {
                // Tables, but no vendor: not a file that `init` made.
                (DatabaseFault::Empty, Place::File(path)) => FileFault::Unreadable { path }.into(),
                (other, _) => other,
            })?;
        let authority = Self::with_keys(folder, database, stored, options).await?;
        authority.publish().await?;
        authority.seal_audit().await?;
        authority.forget_addresses().await?;
        Ok(authority)
    }

    pub(crate) async fn with_keys(
        folder: Folder,
        database: Database,
        stored: Stored,
        options: OpenOptions,
    ) -> Result<Self, SetupFault> {
        let (vendor, rows) = stored;
        let opening = Opening {
            passphrase: options.passphrase,
            profile_key: options.profile_key,
            pin: options.pin,
        };
        let now = options.clock.now();
        let (keyring, plain) = {
            let (folder, opening) = (folder.clone(), opening.clone());
            aside(move || load(&folder, rows, &opening, now)).await?
        };
        Ok(Self {
            folder,
            database,
            keyring: RwLock::new(Arc::new(keyring)),
            opening,
            vendor,
            clock: options.clock,
            warnings: warnings(plain),
        })
    }
}

/// Makes sure that the folder is free, or holds what an interrupted setup left; marks it.
fn claim(folder: &Folder) -> Result<(), SetupFault> {
    let mark = folder.unfinished();
    if mark.exists() {
        folder.clear_unfinished()?;
        return Ok(());
    }
    let taken = [folder.keys(), folder.database(), folder.profile()];
    if taken.iter().any(|path| path.exists()) {
        return Err(SetupFault::Exists);
    }
    folder::write_private(&mark, b"keyferry-authority init has not finished here.\n")?;
    Ok(())
}

fn warnings(plain: bool) -> Vec<Warning> {
    plain
        .then_some(Warning::KeysWithoutPassphrase)
        .into_iter()
        .collect()
}

/// A signing key that was made, and where it is kept.
struct MadeSigningKey {
    spki: Vec<u8>,
    key: SigningKey,
    /// For its file, unless it stays in a device.
    secret: Option<Zeroizing<Vec<u8>>>,
}

impl MadeSigningKey {
    /// A key for a file in the folder.
    fn for_a_file() -> Result<Self, SetupFault> {
        let signer = RsaSigner::make()?;
        Ok(Self {
            spki: signer.spki().to_vec(),
            secret: Some(signer.to_pkcs8()?),
            key: SigningKey::new(signer),
        })
    }

    /// A key that is made in a device, and what it takes to find it there in a file.
    fn inside(
        device: KeyDevice,
        folder: &Folder,
        pin: Option<&Passphrase>,
    ) -> Result<Self, SetupFault> {
        let (key, spki) = DeviceKey::make(device, pin)?;
        let name = KeyRow::file_name(KeyPurpose::Signing, KeyId::of_key(&spki));
        folder::write_private(&folder.device(&name), key.to_text().as_bytes())?;
        let signer = DeviceSigner::new(key, spki.clone(), pin.cloned());
        Ok(Self {
            spki,
            key: SigningKey::new(signer),
            secret: None,
        })
    }
}

fn make_keys(
    folder: &Folder,
    opening: &Opening,
    device: Option<KeyDevice>,
    now: Timestamp,
) -> Result<(Keyring, bool), SetupFault> {
    folder::make_private_folder(&folder.keys())?;
    // First: a device may refuse.
    let signing = match device {
        Some(device) => MadeSigningKey::inside(device, folder, opening.pin.as_ref())?,
        None => MadeSigningKey::for_a_file()?,
    };
    let profile = RsaSigner::make()?;
    let exchange = ExchangeSecretKey::make(&mut entropy::rng());
    let lookup = LookupKey::from_bytes(&entropy::random()?);
    let mut cabinet = KeyCabinet::new(opening.passphrase.clone());
    let mut rows = Vec::new();
    for (purpose, spki, secret) in [
        (
            KeyPurpose::Profile,
            profile.spki().to_vec(),
            Some(profile.to_pkcs8()?),
        ),
        (KeyPurpose::Signing, signing.spki, signing.secret),
        (
            KeyPurpose::Exchange,
            exchange.public().spki(),
            Some(exchange_to_pkcs8(&exchange)?),
        ),
    ] {
        // What clients would refuse must not become a vendor's key.
        ProfileKey::new(purpose, KeyState::Active, &spki)?;
        let row = KeyRow::active(purpose, &spki, 1, now);
        if let Some(secret) = secret {
            cabinet.store(&folder.key(&row.name()), KeyForm::Pkcs8, &secret)?;
        }
        rows.push(row);
    }
    rows.sort_by_key(|row| row.kid);
    cabinet.store(&folder.key(LOOKUP), KeyForm::Lookup, lookup.expose())?;
    let keyring = Keyring {
        rows,
        profile: ProfileKeyring {
            id: profile.key_id(),
            spki: profile.spki().to_vec(),
            signer: Some(profile),
            pin: Pin::new(folder.pin()),
        },
        signing: signing.key,
        exchange: vec![ExchangeKey {
            id: exchange.public().id(),
            secret: Some(exchange),
            opens_until: None,
        }],
        lookup,
    };
    Ok((keyring, cabinet.found_plain()))
}

/// The vendor and its keys.
pub(crate) type Stored = (VendorId, Vec<KeyRow>);

pub(crate) async fn stored(database: &Database) -> Result<Stored, DatabaseFault> {
    let mut transaction = database.read().await?;
    let vendor = vendor(&mut transaction).await?;
    let rows = KeyRow::all(&mut transaction).await?;
    Ok((vendor.ok_or(DatabaseFault::Empty)?, rows))
}

async fn vendor(connection: &mut Connection) -> Result<Option<VendorId>, DatabaseFault> {
    query("SELECT id FROM vendor")
        .fetch_optional(connection)
        .await?
        .map(|row| fixed(&row, "id").map(VendorId::new))
        .transpose()
}

async fn enter_vendor(
    connection: &mut Connection,
    options: &InitOptions,
    vendor: VendorId,
    now: i64,
) -> Result<(), DatabaseFault> {
    query(
        "INSERT INTO vendor (id, name, support, portal, colour, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(vendor.as_bytes().to_vec())
    .bind(options.vendor.as_str())
    .bind(options.support.as_ref().map(Name::as_str))
    .bind(options.portal.as_ref().map(PortalAddress::as_str))
    .bind(options.colour.map(|colour| colour.0.to_vec()))
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
