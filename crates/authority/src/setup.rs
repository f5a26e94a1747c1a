//! Setting an authority up, and opening it.

use std::{fs, path::Path, sync::Arc};

use keyferry_token::{
    Colour, KeyId, KeyPurpose, KeyState, Name, VendorId, VendorPublicKey, VendorSigner as _,
};

use crate::{
    Authority, Clock, DatabaseFault, DatabaseUrl, FileFault, Origin, Passphrase, PortalAddress,
    SetupFault, SystemClock, Warning,
    audit::{Action, NewEntry},
    authority::aside,
    columns::{fixed, int},
    database::{Connection, Database, Place, query},
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
    /// The server that holds its database; without one it is a file in the folder.
    pub database: Option<DatabaseUrl>,
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
            clock: Arc::new(SystemClock),
        }
    }
}

/// How an authority is opened.
pub struct OpenOptions {
    /// What the private keys are sealed with, if they are.
    pub passphrase: Option<Passphrase>,
    /// The server that holds its database; without one it is a file in the folder.
    pub database: Option<DatabaseUrl>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            passphrase: None,
            database: None,
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
    /// `file_unwritable`, `disk_full`, `system_failure`; those of reaching a server.
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
            match StoredKeys::read(&database).await {
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
        let InitOptions {
            passphrase, clock, ..
        } = &options;
        let (keyring, plain) = {
            let (folder, passphrase) = (folder.clone(), passphrase.clone());
            aside(move || make_keys(&folder, passphrase)).await?
        };
        let now = clock.now();
        let authority = Self {
            database,
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
                if vendor(&mut connection).await?.is_some() {
                    return Err(SetupFault::OtherVendor);
                }
                enter_vendor(&mut connection, options, id, int(now.unix())).await?;
                enter_keys(&mut connection, keyring, int(now.unix())).await?;
                profile::sign_next(&mut connection, keyring, now).await?;
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
        stored: StoredKeys,
        options: InitOptions,
    ) -> Result<Self, SetupFault> {
        if !folder.unfinished().exists() {
            return Err(SetupFault::OtherVendor);
        }
        let options = OpenOptions {
            passphrase: options.passphrase,
            database: options.database,
            clock: options.clock,
        };
        let authority = Self::with_keys(folder, database, stored, options).await?;
        authority.finish().await
    }

    /// The last steps of a setup. When everything is on the disk, the mark goes.
    async fn finish(self) -> Result<Self, SetupFault> {
        self.publish_profile().await?;
        let public = pem("PUBLIC KEY", self.keyring.signing.spki());
        folder::write_public(&self.folder.public_key(), public.as_bytes())?;
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
        let stored = StoredKeys::read(&database)
            .await
            .map_err(|fault| match (fault, place) {
                // Tables, but no vendor: not a file that `init` made.
                (DatabaseFault::Empty, Place::File(path)) => FileFault::Unreadable { path }.into(),
                (other, _) => other,
            })?;
        let authority = Self::with_keys(folder, database, stored, options).await?;
        authority.publish_profile().await?;
        authority.seal_audit().await?;
        Ok(authority)
    }

    async fn with_keys(
        folder: Folder,
        database: Database,
        stored: StoredKeys,
        options: OpenOptions,
    ) -> Result<Self, SetupFault> {
        let vendor = stored.vendor;
        let (keyring, plain) = {
            let folder = folder.clone();
            aside(move || load_keys(&folder, &stored, options.passphrase)).await?
        };
        Ok(Self {
            folder,
            database,
            keyring: Arc::new(keyring),
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
    let named = [
        (KeyPurpose::Profile, stored.profile),
        (KeyPurpose::Signing, stored.signing),
        (KeyPurpose::Exchange, stored.exchange),
    ];
    let is_here = |(purpose, kid)| folder.key(&key_name(purpose, kid)).exists();
    if folder.keys().exists() && !named.into_iter().any(is_here) {
        return Err(SetupFault::OtherVendor);
    }
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
        let vendor = vendor(&mut transaction).await?;
        Ok(Self {
            vendor: vendor.ok_or(DatabaseFault::Empty)?,
            profile: active_key(&mut transaction, KeyPurpose::Profile).await?,
            signing: active_key(&mut transaction, KeyPurpose::Signing).await?,
            exchange: active_key(&mut transaction, KeyPurpose::Exchange).await?,
        })
    }
}

async fn vendor(connection: &mut Connection) -> Result<Option<VendorId>, DatabaseFault> {
    query("SELECT id FROM vendor")
        .fetch_optional(connection)
        .await?
        .map(|row| fixed(&row, "id").map(VendorId::new))
        .transpose()
}

async fn active_key(
    connection: &mut Connection,
    purpose: KeyPurpose,
) -> Result<KeyId, DatabaseFault> {
    let row = query(
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
        query(
            "INSERT INTO vendor_keys (kid, purpose, state, spki, created_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(KeyId::of_key(spki).as_bytes().to_vec())
        .bind(purpose.name())
        .bind(KeyState::Active.name())
        .bind(spki)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
