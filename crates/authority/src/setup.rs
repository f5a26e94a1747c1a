//! Setting an authority up, and opening it.

use std::{fs, path::Path, sync::Arc};

use keyferry_token::{
    Colour, KeyId, KeyPurpose, KeyState, Name, VendorId, VendorPublicKey, VendorSigner as _,
};

use crate::{
    Authority, Clock, DatabaseFault, FileFault, Origin, Passphrase, PortalAddress, SetupFault,
    SystemClock, Warning,
    audit::{Action, NewEntry},
    authority::aside,
    columns::{fixed, int},
    database::{Connection, Database},
    folder::{self, Folder},
    key_file::{KeyCabinet, KeyForm, pem},
    keyring::{Keyring, LookupKey, RsaSigner, exchange_from_pkcs8, exchange_to_pkcs8},
    profile,
};

const LOOKUP: &str = "lookup";

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
            clock: Arc::new(SystemClock),
        }
    }
}

/// How an authority is opened.
pub struct OpenOptions {
    /// What the private keys are sealed with, if they are.
    pub passphrase: Option<Passphrase>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            passphrase: None,
            clock: Arc::new(SystemClock),
        }
    }
}

impl Authority {
    /// Sets an authority up: keys, database, `vendor.kfv`, `public.pem`. Interrupted, it can be
    /// run again; a mark lies in the folder until the last step is done.
    ///
    /// # Errors
    /// `authority_exists` when there is one, complete or not made by this; `database_busy` when
    /// another program is at it; `file_unwritable`, `disk_full`, `system_failure`.
    pub async fn init(dir: &Path, options: InitOptions) -> Result<Self, SetupFault> {
        let folder = Folder::new(dir);
        if folder.is_complete() {
            return Err(SetupFault::Exists);
        }
        folder::make_private_folder(folder.path())?;
        let _lock = folder.lock()?;
        claim(&folder)?;

        let InitOptions {
            passphrase, clock, ..
        } = &options;
        let (keyring, plain) = {
            let (folder, passphrase) = (folder.clone(), passphrase.clone());
            aside(move || make_keys(&folder, passphrase)).await?
        };
        let now = clock.now();
        // Made for its owner alone before SQLite opens it; the files beside it follow its mode.
        folder::write_private(&folder.database(), b"")?;
        let authority = Self {
            database: Database::open(&folder.database()).await?,
            vendor: VendorId::of_first_profile_key(keyring.profile.spki()),
            keyring: Arc::new(keyring),
            clock: Arc::clone(clock),
            warnings: warnings(plain),
            folder,
        };
        let (id, keyring, options) = (authority.vendor, &authority.keyring, &options);
        authority
            .database
            .write(|mut connection| async move {
                enter_vendor(&mut connection, options, id, int(now.unix())).await?;
                enter_keys(&mut connection, keyring, int(now.unix())).await?;
                profile::sign_next(&mut connection, keyring, now).await?;
                NewEntry::new(now, &Origin::Local, Action::AuthorityCreated)
                    .with("vendor", options.vendor.as_str())
                    .with("signing_key", keyring.signing.key_id().to_string())
                    .write(&mut connection)
                    .await?;
                Ok::<_, SetupFault>((connection, ()))
            })
            .await?;
        authority.publish_profile().await?;
        let public = pem("PUBLIC KEY", authority.keyring.signing.spki());
        folder::write_public(&authority.folder.public_key(), public.as_bytes())?;
        authority.seal_audit().await?;
        finish(&authority.folder)?;
        Ok(authority)
    }

    /// Opens an authority.
    ///
    /// # Errors
    /// `authority_missing`; `passphrase_missing`, `passphrase_wrong`, `key_file_exposed`;
    /// `database_newer`, `database_busy`, `file_not_found`, `file_unreadable`, `file_unwritable`.
    pub async fn open(dir: &Path, options: OpenOptions) -> Result<Self, SetupFault> {
        let folder = Folder::new(dir);
        if folder.unfinished().exists() || !(folder.keys().exists() || folder.database().exists()) {
            return Err(SetupFault::Missing);
        }
        let database = Database::open(&folder.database()).await?;
        let stored = StoredKeys::read(&database)
            .await
            .map_err(|fault| match fault {
                // Tables, but no vendor: not a database that `init` made.
                DatabaseFault::Failed(sqlx::Error::RowNotFound) => FileFault::Unreadable {
                    path: folder.database(),
                }
                .into(),
                other => other,
            })?;
        let vendor = stored.vendor;
        let (keyring, plain) = {
            let folder = folder.clone();
            aside(move || load_keys(&folder, &stored, options.passphrase)).await?
        };
        let authority = Self {
            folder,
            database,
            keyring: Arc::new(keyring),
            vendor,
            clock: options.clock,
            warnings: warnings(plain),
        };
        authority.publish_profile().await?;
        authority.seal_audit().await?;
        Ok(authority)
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

/// The last step: everything is on the disk, so the mark goes.
fn finish(folder: &Folder) -> Result<(), FileFault> {
    let mark = folder.unfinished();
    folder::sync_folder(folder.path())
        .and_then(|()| fs::remove_file(&mark))
        .and_then(|()| folder::sync_folder(folder.path()))
        .map_err(|fault| FileFault::writing(&mark, &fault))
}

fn warnings(plain: bool) -> Vec<Warning> {
    plain
        .then_some(Warning::KeysWithoutPassphrase)
        .into_iter()
        .collect()
}

fn key_name(purpose: KeyPurpose, kid: KeyId) -> String {
    format!("{}-{kid}", purpose.name())
}

fn make_keys(
    folder: &Folder,
    passphrase: Option<Passphrase>,
) -> Result<(Keyring, bool), SetupFault> {
    let keyring = Keyring::make()?;
    folder::make_private_folder(&folder.keys())?;
    let mut cabinet = KeyCabinet::new(passphrase);
    let exchange_id = keyring.exchange.public().id();
    for (name, secret) in [
        (
            key_name(KeyPurpose::Profile, keyring.profile.key_id()),
            keyring.profile.to_pkcs8()?,
        ),
        (
            key_name(KeyPurpose::Signing, keyring.signing.key_id()),
            keyring.signing.to_pkcs8()?,
        ),
        (
            key_name(KeyPurpose::Exchange, exchange_id),
            exchange_to_pkcs8(&keyring.exchange)?,
        ),
    ] {
        cabinet.store(&folder.key(&name), KeyForm::Pkcs8, &secret)?;
    }
    cabinet.store(
        &folder.key(LOOKUP),
        KeyForm::Lookup,
        keyring.lookup.expose(),
    )?;
    Ok((keyring, cabinet.found_plain()))
}

fn load_keys(
    folder: &Folder,
    stored: &StoredKeys,
    passphrase: Option<Passphrase>,
) -> Result<(Keyring, bool), SetupFault> {
    let mut cabinet = KeyCabinet::new(passphrase);
    let unreadable = |path| FileFault::Unreadable { path };
    let mut load = |purpose, kid: KeyId| {
        let path = folder.key(&key_name(purpose, kid));
        let secret = cabinet.load(&path, KeyForm::Pkcs8)?;
        Ok::<_, SetupFault>((path, secret))
    };
    let mut signer = |purpose, kid| {
        let (path, secret) = load(purpose, kid)?;
        let key = RsaSigner::from_pkcs8(&secret)?;
        // A key file under another key's name would sign what no customer believes.
        if key.key_id() == kid {
            Ok::<_, SetupFault>(key)
        } else {
            Err(unreadable(path).into())
        }
    };
    let profile = signer(KeyPurpose::Profile, stored.profile)?;
    let signing = signer(KeyPurpose::Signing, stored.signing)?;
    let (path, secret) = load(KeyPurpose::Exchange, stored.exchange)?;
    let exchange = exchange_from_pkcs8(&secret)?;
    if exchange.public().id() != stored.exchange {
        return Err(unreadable(path).into());
    }
    let path = folder.key(LOOKUP);
    let lookup = cabinet.load(&path, KeyForm::Lookup)?;
    let lookup: &[u8; 32] = lookup.as_slice().try_into().map_err(|_| unreadable(path))?;
    let keyring = Keyring {
        profile,
        signing,
        exchange,
        lookup: LookupKey::from_bytes(lookup),
    };
    Ok((keyring, cabinet.found_plain()))
}

/// The vendor and its active keys.
struct StoredKeys {
    vendor: VendorId,
    profile: KeyId,
    signing: KeyId,
    exchange: KeyId,
}

impl StoredKeys {
    async fn read(database: &Database) -> Result<Self, DatabaseFault> {
        let mut transaction = database.read().await?;
        let vendor = sqlx::query("SELECT id FROM vendor")
            .fetch_one(&mut *transaction)
            .await?;
        Ok(Self {
            vendor: fixed(&vendor, "id").map(VendorId::new)?,
            profile: active_key(&mut transaction, KeyPurpose::Profile).await?,
            signing: active_key(&mut transaction, KeyPurpose::Signing).await?,
            exchange: active_key(&mut transaction, KeyPurpose::Exchange).await?,
        })
    }
}

async fn active_key(
    connection: &mut Connection,
    purpose: KeyPurpose,
) -> Result<KeyId, DatabaseFault> {
    let row = sqlx::query(
        "SELECT kid FROM vendor_keys WHERE purpose = $1 AND state = 'active'
         ORDER BY created_at DESC, kid LIMIT 1",
    )
    .bind(purpose.name())
    .fetch_one(connection)
    .await?;
    fixed(&row, "kid").map(KeyId::new)
}

async fn enter_vendor(
    connection: &mut Connection,
    options: &InitOptions,
    vendor: VendorId,
    now: i64,
) -> Result<(), DatabaseFault> {
    sqlx::query(
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

async fn enter_keys(
    connection: &mut Connection,
    keyring: &Keyring,
    now: i64,
) -> Result<(), SetupFault> {
    let exchange = keyring.exchange.public().spki();
    for (purpose, spki) in [
        (KeyPurpose::Profile, keyring.profile.spki()),
        (KeyPurpose::Signing, keyring.signing.spki()),
        (KeyPurpose::Exchange, exchange.as_slice()),
    ] {
        if purpose != KeyPurpose::Exchange {
            // What clients would refuse must not become a vendor's key.
            VendorPublicKey::from_spki(spki)?;
        }
        sqlx::query(
            "INSERT INTO vendor_keys (kid, purpose, state, spki, created_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(KeyId::of_key(spki).as_bytes().to_vec())
        .bind(purpose.name())
        .bind(KeyState::Active.name())
        .bind(spki)
        .bind(now)
        .execute(&mut *connection)
        .await
        .map_err(DatabaseFault::from)?;
    }
    Ok(())
}
