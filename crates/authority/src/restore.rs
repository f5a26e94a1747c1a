//! An authority brought back from a backup (rule A14): a new epoch, with what the exported audit log tells
//! of the time since.
//!
//! The log names who did what, and no secrets, keys or fingerprints. So what took something away is done
//! again, seats are kept for the devices that hold them, and what cannot be known is told.

mod devices;
mod doubted;
mod profiles;
mod replay;
mod unproven;

use std::{
    io::BufRead,
    path::{Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    AccountId, ActivationId, EntitlementId, LicenseId, ProductCode, Timestamp, VendorId,
};

use crate::{
    AuditFault, AuditHead, AuditSeal, Authority, DatabaseFault, FileFault, OpenOptions, Origin,
    ProfileFault, SetupFault,
    audit::{Action, AuditEntry, ExportedLog, NewEntry},
    columns,
    database::{Connection, Database, Place, query},
    folder::{self, Folder},
    setup,
};

use replay::Replay;
use unproven::Trusted;

pub use unproven::Unproven;

/// What an authority is brought back from.
pub struct Restoration<'a> {
    /// The file of the backup; none where the books are at a server, which was brought back by its own
    /// programs.
    pub backup: Option<PathBuf>,
    /// The exported audit log.
    pub log: &'a mut dyn BufRead,
    /// A signed head that the log has to reach.
    pub head: Option<Vec<u8>>,
    /// Whether entries that neither the backup nor the head proves may also give something.
    pub unproven: bool,
}

/// What was brought back, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// The epoch that began, counted from 1.
    pub epoch: u64,
    /// How many entries of the log the backup did not know.
    pub entries: u64,
    /// Up to which entry the log is proven, by the backup or by the head: whoever can write to an export can
    /// go on with it from there.
    pub proven: u64,
    /// Entries behind it, or that an earlier restoration did not believe, of which something was not done.
    pub not_done: Vec<Unproven>,
    /// Such entries by which something was taken from people, programs or what was sold.
    pub taken_away: Vec<Unproven>,
    /// The last entry of the log: what happened after it is not known.
    pub known_until: Option<Timestamp>,
    /// Activations whose devices the backup does not know, with the end of what they may do: they have to
    /// deactivate and activate again.
    pub devices: Vec<(ActivationId, EntitlementId, Timestamp)>,
    /// Entitlements that were added since: their codes open nothing any more.
    pub entitlements: Vec<LostEntitlement>,
    /// Entitlements whose holder secret was replaced since: neither secret lets anyone in any more.
    pub holder_secrets: Vec<EntitlementId>,
    /// Licenses that were made since, or whose later files are lost.
    pub licenses: Vec<LicenseId>,
    /// Licenses that were suspended, reinstated or revoked since: their files were made anew.
    pub licenses_made_anew: Vec<LicenseId>,
    /// Products that were added since: what they allow has to be looked at.
    pub products: Vec<ProductCode>,
    /// Accounts that were added since, or whose password, app or recovery codes were replaced: they need a
    /// link to begin anew.
    pub accounts: Vec<AccountId>,
    /// Entitlements whose holder was renamed since: the log keeps no names.
    pub holders: Vec<EntitlementId>,
}

/// An entitlement of which only the log knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostEntitlement {
    /// Its id.
    pub id: EntitlementId,
    /// Its product.
    pub product: Option<ProductCode>,
    /// What can be shown of its activation code.
    pub hint: String,
    /// How many seats it had.
    pub seats: Option<u64>,
}

/// Why an authority was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreFault {
    /// There are books in the folder.
    #[error("{path} exists")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The books are at a server: it was to be brought back there.
    #[error("the books are at a server")]
    AtServer,
    /// Customers have a vendor profile that the backup does not know, and that is not in the folder.
    #[error("the latest vendor profile is not there")]
    ProfileMissing,
    /// The log is not the one of this backup, or was changed.
    #[error(transparent)]
    Audit(#[from] AuditFault),
    /// The keys were not found, or do not belong to the backup.
    #[error(transparent)]
    Setup(#[from] SetupFault),
}

impl RestoreFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Exists { .. } => Code::FileExists,
            Self::AtServer => Code::BackupAtServer,
            Self::ProfileMissing => Code::RestoreProfileMissing,
            Self::Audit(fault) => fault.code(),
            Self::Setup(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Exists { path } => Problem::new(self.code()).with("path", path.display()),
            Self::AtServer | Self::ProfileMissing => Problem::new(self.code()),
            Self::Audit(fault) => fault.problem(),
            Self::Setup(fault) => fault.problem(),
        }
    }
}

impl From<DatabaseFault> for RestoreFault {
    fn from(fault: DatabaseFault) -> Self {
        Self::Setup(fault.into())
    }
}

impl From<FileFault> for RestoreFault {
    fn from(fault: FileFault) -> Self {
        Self::Setup(fault.into())
    }
}

impl From<ProfileFault> for RestoreFault {
    fn from(fault: ProfileFault) -> Self {
        Self::Setup(fault.into())
    }
}

impl Authority {
    /// Brings an authority back from a backup of its books, with the keys that lie in its folder. In a
    /// folder nothing is under its name before all is done; at a server nothing of the log is, either.
    ///
    /// # Errors
    /// `file_exists` with books in the folder, `backup_at_server` with a backup for a server;
    /// `restore_profile_missing`; `audit_log_refused`, `audit_broken`, `audit_truncated` and
    /// `audit_head_refused` of the log and the head; those of [`Self::open`].
    pub async fn restore(
        dir: &Path,
        options: OpenOptions,
        from: Restoration<'_>,
        origin: &Origin,
    ) -> Result<(Self, Restored), RestoreFault> {
        let folder = Folder::new(dir);
        if folder.unfinished().exists() || !folder.keys().exists() {
            return Err(SetupFault::Missing.into());
        }
        let _lock = folder.lock()?;
        let draft = folder::beside(&folder.database(), ".restoring");
        let place = match (&options.database, &from.backup) {
            (Some(_), Some(_)) => return Err(RestoreFault::AtServer),
            (Some(url), None) => Place::Server(url.clone()),
            (None, backup) => {
                let path = folder.database();
                let backup = backup.as_ref().ok_or(FileFault::NotFound { path })?;
                brought(&folder, backup, &draft)?;
                Place::File(draft.clone())
            }
        };
        let reopening = options.clone();
        let in_folder = options.database.is_none();
        let restored = Self::restored(folder.clone(), place, options, from, origin).await;
        if in_folder && restored.is_err() {
            // The backup itself is where it was.
            let _ = folder::remove_database(&draft);
        }
        let restored = restored?;
        if in_folder {
            folder::settle(&draft, &folder.database())?;
        }
        let authority = Self::open(dir, reopening).await?;
        Ok((authority, restored))
    }

    async fn restored(
        folder: Folder,
        place: Place,
        options: OpenOptions,
        from: Restoration<'_>,
        origin: &Origin,
    ) -> Result<Restored, RestoreFault> {
        let unproven = from.unproven;
        let database = Database::open(&place).await?;
        let (vendor, _) = setup::stored(&database).await?;
        profiles::take_up(&database, &folder).await?;
        let stored = setup::stored(&database).await?;
        let authority = Self::with_keys(folder, database, stored, options).await?;
        // Customers may know more than the backup and the folder together.
        let profile = authority.profile().await.map_err(|fault| match fault {
            ProfileFault::Database(DatabaseFault::Corrupt { what: "profiles" }) => {
                RestoreFault::ProfileMissing
            }
            other => other.into(),
        })?;
        let head = match &from.head {
            Some(bytes) => Some(authority.read_audit_head(bytes).await?),
            None => None,
        };
        let (since, proven) = authority.learn(from.log, vendor, head.as_ref()).await?;
        let trusted = Trusted::of(&since, proven, unproven);
        let mut later = since.iter().filter(|entry| entry.at > profile.issued_at);
        if later.any(signed_a_profile) {
            return Err(RestoreFault::ProfileMissing);
        }
        let mut restored = authority.replay(&since, &trusted, origin).await?;
        authority
            .make_anew(&mut restored, &since, &trusted, origin)
            .await;
        authority.database.close().await;
        Ok(restored)
    }

    /// What the log tells that the books do not have sealed, once all of it was checked: within itself,
    /// against the books, and against a head; and up to which entry these prove it.
    async fn learn(
        &self,
        log: &mut dyn BufRead,
        vendor: VendorId,
        head: Option<&AuditHead>,
    ) -> Result<(Vec<AuditEntry>, u64), RestoreFault> {
        self.verify_sealed(None).await?;
        let own = {
            let mut transaction = self.database.read().await?;
            crate::audit::last_seal(&mut transaction, &self.vendor).await?
        };
        let mut log = ExportedLog::of(log, &vendor)?;
        let mut since = Vec::new();
        while let Some(entry) = log.next()? {
            let seal = log.seal();
            if seal.position == own.position && seal.hash != own.hash {
                return Err(AuditFault::LogRefused.into());
            }
            if head.is_some_and(|head| head.contradicts(&seal)) {
                let position = seal.position;
                return Err(AuditFault::Broken { position }.into());
            }
            if seal.position > own.position {
                since.push(entry);
            }
        }
        let end = log.seal();
        // A log that ends before the backup tells nothing new, and still has to be its beginning.
        if end.position < own.position && self.sealed_at(end).await? != Some(end) {
            return Err(AuditFault::LogRefused.into());
        }
        match head {
            Some(head) if head.position() > end.position.max(own.position) => {
                let position = end.position + 1;
                Err(AuditFault::Truncated { position }.into())
            }
            head => {
                let proven = head.map_or(0, AuditHead::position).max(own.position);
                Ok((since, proven))
            }
        }
    }

    /// The seal of the books at the place of another.
    async fn sealed_at(&self, seal: AuditSeal) -> Result<Option<AuditSeal>, DatabaseFault> {
        if seal.position == 0 {
            return Ok(Some(seal));
        }
        let mut transaction = self.database.read().await?;
        let row = query("SELECT position, hash FROM audit WHERE position = $1")
            .bind(columns::int(seal.position))
            .fetch_optional(&mut transaction)
            .await?;
        row.map(|row| {
            Ok(AuditSeal {
                position: columns::number(&row, "position")?,
                hash: columns::fixed(&row, "hash")?,
            })
        })
        .transpose()
    }

    /// Brings the books to what the log tells, in one transaction, and begins a new epoch.
    async fn replay(
        &self,
        since: &[AuditEntry],
        trusted: &Trusted,
        origin: &Origin,
    ) -> Result<Restored, RestoreFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let mut replay = Replay::begin(&mut connection, trusted, now).await?;
                for entry in since {
                    replay.take(&mut connection, entry).await?;
                }
                let mut restored = replay.end(&mut connection).await?;
                restored.epoch = begin_epoch(&mut connection, since).await?;
                restored.proven = trusted.proven;
                restored.known_until = since.last().map(|entry| entry.at);
                told(
                    NewEntry::new(now, origin, Action::AuthorityRestored),
                    &restored,
                )
                .with("unproven", trusted.all)
                .write(&mut connection)
                .await?;
                Ok::<_, RestoreFault>((connection, restored))
            })
            .await
    }

    /// Makes the files anew of licenses whose state changed since the backup. Their numbers rise with the
    /// time, so that they take the place of the files that are lost. Where one cannot be made, the license
    /// is among those to be looked at.
    async fn make_anew(
        &self,
        restored: &mut Restored,
        since: &[AuditEntry],
        trusted: &Trusted,
        origin: &Origin,
    ) {
        for license in std::mem::take(&mut restored.licenses_made_anew) {
            let mut states = since.iter().filter_map(|entry| {
                let about = entry.license == Some(license);
                about
                    .then(|| replay::license_state(&entry.action))
                    .flatten()
                    .and_then(|state| trusted.of_license(entry, state))
            });
            // A revocation that is proven is final, whatever came behind it.
            let state = states
                .clone()
                .find(|state| *state == Action::LicenseRevoked);
            let made = match state.or_else(|| states.next_back()) {
                Some(Action::LicenseSuspended) => self.license_suspend(license, origin).await,
                Some(Action::LicenseRevoked) => self.license_revoke(license, origin).await,
                _ => self.license_reinstate(license, origin).await,
            };
            match made {
                Ok(_) => restored.licenses_made_anew.push(license),
                Err(_) => restored.licenses.push(license),
            }
        }
    }
}

/// Puts a copy of the backup beside where the books are to be.
fn brought(folder: &Folder, backup: &Path, draft: &Path) -> Result<(), RestoreFault> {
    let path = folder.database();
    if path.exists() {
        return Err(RestoreFault::Exists { path });
    }
    folder::remove_database(draft)?;
    folder::copy_private(backup, draft)?;
    let journal = folder::beside(backup, "-wal");
    if journal.exists() {
        folder::copy_private(&journal, &folder::beside(draft, "-wal"))?;
    }
    Ok(())
}

/// Whether a vendor profile was signed with what an entry tells.
fn signed_a_profile(entry: &AuditEntry) -> bool {
    let renamed = entry.detail.contains("\"name\":");
    match entry.action.as_str() {
        "product_changed" => renamed,
        "product_added" | "vendor_changed" | "key_rotated" | "key_retired" => true,
        _ => false,
    }
}

/// Begins the next epoch. Whoever was in the portal is out of it.
async fn begin_epoch(
    connection: &mut Connection,
    since: &[AuditEntry],
) -> Result<u64, DatabaseFault> {
    let row = query("SELECT epoch FROM vendor")
        .fetch_one(&mut *connection)
        .await?;
    let known = columns::number(&row, "epoch")?;
    // Each restoration raises it by one (H14): a number that leaps is somebody's who wants none to follow.
    let told = since.iter().filter_map(|entry| entry.epoch);
    let last = told.fold(known.max(1), |last, told| {
        if Some(told) == last.checked_add(1) {
            told
        } else {
            last
        }
    });
    let epoch = last
        .checked_add(1)
        .filter(|epoch| i64::try_from(*epoch).is_ok())
        .ok_or(DatabaseFault::Corrupt { what: "epoch" })?;
    query("UPDATE vendor SET epoch = $1")
        .bind(columns::int(epoch))
        .execute(&mut *connection)
        .await?;
    // Webhooks were told what the log brought back when it happened, and nothing that nobody can prove.
    query("UPDATE webhooks SET position = (SELECT COALESCE(MAX(position), 0) FROM audit)")
        .execute(&mut *connection)
        .await?;
    query("DELETE FROM holder_sessions")
        .execute(&mut *connection)
        .await?;
    query("DELETE FROM account_sessions")
        .execute(&mut *connection)
        .await?;
    query("DELETE FROM account_links")
        .execute(connection)
        .await?;
    Ok(epoch)
}

fn told(entry: NewEntry, restored: &Restored) -> NewEntry {
    entry
        .with("entries", restored.entries)
        .with("proven", restored.proven)
        .with("devices", restored.devices.len())
        .with("entitlements", restored.entitlements.len())
        .with("known_until", restored.known_until.map(Timestamp::unix))
}
