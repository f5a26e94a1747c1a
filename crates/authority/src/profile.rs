//! The vendor profile as the authority signs and publishes it.

mod change;
mod pin;

use std::path::Path;

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    ArtefactKind, Colour, KeyPurpose, ParseFault, ProductEntry, SealFault, SignedProfile,
    Timestamp, VendorId, VendorProfile, VendorPublicKey, VerifyFault, armor, sign_profile,
};

use crate::{
    Authority, DatabaseFault, FileFault,
    columns::{self, get, int, maybe_bounded},
    database::{Connection, Row, query},
    folder,
    key_file::pem,
    keyring::{Keyring, ProfileKeyring, RsaSigner},
    keys::{KeyRow, active},
};

pub(crate) use change::Change;
pub(crate) use pin::Pin;

/// Why a vendor profile was not read, signed or published.
#[derive(Debug, thiserror::Error)]
pub enum ProfileFault {
    /// It was not signed.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// Clients would not read it: it has too many products, or was changed in the database.
    #[error("clients would not read the profile: {0}")]
    Form(#[from] ParseFault),
    /// Clients would not believe it: it was changed in the database.
    #[error("clients would not believe the profile: {0}")]
    Signature(#[from] VerifyFault),
    /// The profile key is kept elsewhere, and the file to which it was exported was not given.
    #[error("the profile key is kept elsewhere")]
    KeyAway,
    /// It is signed and stored, but `vendor.kfv` was not brought up to date. Opening the authority
    /// tries again.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ProfileFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Seal(fault) => fault.code(),
            Self::Form(fault) => fault.code(),
            Self::Signature(fault) => fault.code(),
            Self::KeyAway => Code::ProfileKeyAway,
            Self::File(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Seal(fault) => seal_problem(fault),
            Self::Form(fault) => fault.problem(),
            Self::Signature(fault) => fault.problem(),
            Self::KeyAway => Problem::new(self.code()),
            Self::File(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

/// The problem of a token or profile that could not be made.
pub(crate) fn seal_problem(fault: &SealFault) -> Problem {
    let problem = Problem::new(fault.code());
    match fault {
        SealFault::Signer(signer) => signer.problem(),
        SealFault::TooLarge { limit } => problem.with("limit", limit),
        SealFault::Unreadable(fault) => fault.problem(),
    }
}

impl Authority {
    /// The latest vendor profile.
    ///
    /// # Errors
    /// Those of the database; `malformed`, `system_failure` when it was changed there.
    pub async fn profile(&self) -> Result<VendorProfile, ProfileFault> {
        let keyring = self.renew_keys().await?;
        let mut transaction = self.database.read().await?;
        let (_, profile) = trusted(&mut transaction, &keyring.profile).await?;
        Ok(profile)
    }

    /// What to hand out: `vendor.kfv` and `public.pem` as the database says now.
    ///
    /// # Errors
    /// As [`Authority::profile`].
    pub async fn published(&self) -> Result<PublishedFiles, ProfileFault> {
        let Publication { chain, public, .. } = self.publication().await?;
        Ok(PublishedFiles {
            profile: chain,
            public_key: public,
        })
    }

    /// Brings `vendor.kfv` and `public.pem` up to date. Only what is committed is written, so that no
    /// number is ever seen with two contents. Another program may commit a newer profile meanwhile, and
    /// write it first: so the database is looked at again after writing, until what is written is the
    /// newest, and nothing is written over what this folder saw later.
    ///
    /// The profile key of this folder has to have signed the latest profile, and the database has to
    /// name the keys that it lists: what others wrote there is handed out to nobody.
    pub(crate) async fn publish(&self) -> Result<(), ProfileFault> {
        let mut last = self.publication().await?;
        loop {
            self.hand_out(&last)?;
            let now = self.publication().await?;
            if now.number <= last.number {
                return Ok(());
            }
            last = now;
        }
    }

    /// The same, after a change that is committed: what is only busy or away now must not read as if nothing
    /// had been done. Opening the authority writes the files as well, and so does the next change.
    pub(crate) async fn publish_change(&self) -> Result<(), ProfileFault> {
        match self.publish().await {
            Err(ProfileFault::Database(
                DatabaseFault::Busy | DatabaseFault::Unreachable | DatabaseFault::Replica,
            )) => Err(DatabaseFault::Uncertain.into()),
            published => published,
        }
    }

    /// What is to be in the files by what the database says now.
    async fn publication(&self) -> Result<Publication, ProfileFault> {
        let keyring = self.renew_keys().await?;
        let mut connection = self.database.read().await?;
        let rows = KeyRow::all(&mut connection).await?;
        if active(&rows, KeyPurpose::Profile)?.kid != keyring.profile.id {
            return Err(DatabaseFault::Busy.into());
        }
        let (bytes, profile) = trusted(&mut connection, &keyring.profile).await?;
        let composed = compose(&mut connection, profile.issued_at).await?;
        if !change::same(&composed.keys, &profile.keys) {
            let what = "vendor_keys";
            return Err(DatabaseFault::Corrupt { what }.into());
        }
        Ok(Publication {
            number: profile.number,
            bytes,
            chain: armored(&chain(&mut connection).await?),
            public: pem("PUBLIC KEY", &active(&rows, KeyPurpose::Signing)?.spki).to_string(),
        })
    }

    fn hand_out(&self, publication: &Publication) -> Result<(), FileFault> {
        let Publication { number, bytes, .. } = publication;
        if self.keyring().profile.pin.renew(*number, bytes)? {
            renew(&self.folder.profile(), &publication.chain)?;
            renew(&self.folder.public_key(), &publication.public)?;
        }
        Ok(())
    }
}

/// What customers are handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFiles {
    /// The vendor profile, in text form, with those before it that lead to it.
    pub profile: String,
    /// The public half of the signing key (SubjectPublicKeyInfo, PEM): for programs that check licenses.
    pub public_key: String,
}

/// The files for customers, by one profile.
struct Publication {
    number: u64,
    bytes: Vec<u8>,
    chain: String,
    public: String,
}

/// The profiles that lead from every profile of the vendor to the latest, oldest first: those in
/// which a profile key was replaced, and the latest one. A client takes it from where it stands.
pub(crate) async fn chain(connection: &mut Connection) -> Result<Vec<Vec<u8>>, DatabaseFault> {
    query(
        "SELECT bytes FROM profiles
         WHERE number = (SELECT MAX(number) FROM profiles)
             OR number IN (SELECT since_profile FROM vendor_keys
                 WHERE purpose = 'profile' AND since_profile > 1)
         ORDER BY number",
    )
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| get(row, "bytes"))
    .collect()
}

/// A chain as text: one profile after the other.
pub(crate) fn armored(chain: &[Vec<u8>]) -> String {
    chain
        .iter()
        .map(|bytes| armor(ArtefactKind::Profile, bytes))
        .collect()
}

fn renew(path: &Path, text: &str) -> Result<(), FileFault> {
    if std::fs::read(path).ok().as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    folder::write_public(path, text.as_bytes())
}

pub(crate) async fn newest(connection: &mut Connection) -> Result<Vec<u8>, DatabaseFault> {
    maybe_newest(connection).await?.ok_or(DatabaseFault::Empty)
}

/// The latest profile, which the profile key of this folder signed.
///
/// A profile speaks for itself only: that one of the keys that it lists signed it shows nothing, as
/// whoever wrote it into the database chose them.
pub(crate) async fn trusted(
    connection: &mut Connection,
    key: &ProfileKeyring,
) -> Result<(Vec<u8>, VendorProfile), ProfileFault> {
    let bytes = newest(connection).await?;
    let profile = read_own(&bytes, key)?;
    key.pin.check(connection).await?;
    Ok((bytes, profile))
}

/// Reads a profile that the profile key of this folder signed.
pub(crate) fn read_own(bytes: &[u8], key: &ProfileKeyring) -> Result<VendorProfile, ProfileFault> {
    const CHANGED: DatabaseFault = DatabaseFault::Corrupt { what: "profiles" };
    let own = VendorPublicKey::from_spki(&key.spki).map_err(|_| CHANGED)?;
    let signed = SignedProfile::parse(bytes)?;
    let profile = signed.verify_by_key(&own).map_err(|_| CHANGED)?;
    Ok(profile.into_claims())
}

/// Signs the profile that follows from what the database says now, and stores it.
pub(crate) async fn sign_next(
    connection: &mut Connection,
    keyring: &Keyring,
    change: Change<'_>,
    now: Timestamp,
) -> Result<VendorProfile, ProfileFault> {
    let key = &keyring.profile;
    let signer = key.signer.as_ref().ok_or(ProfileFault::KeyAway)?;
    let in_use = match change {
        Change::Rotated { old, .. } if old.purpose == KeyPurpose::Profile => old.kid,
        _ => active(&KeyRow::all(connection).await?, KeyPurpose::Profile)?.kid,
    };
    // Another program replaced the key a moment ago: whoever asks again finds the new one.
    if in_use != key.id {
        return Err(DatabaseFault::Busy.into());
    }
    let before = match change {
        Change::First if maybe_newest(connection).await?.is_none() && !key.pin.exists() => None,
        _ => Some(trusted(connection, key).await?.1),
    };
    sign_after(connection, before.as_ref(), signer, change, now).await
}

/// The same with a certain profile key, after a profile that was just signed.
pub(crate) async fn sign_after(
    connection: &mut Connection,
    before: Option<&VendorProfile>,
    signer: &RsaSigner,
    change: Change<'_>,
    now: Timestamp,
) -> Result<VendorProfile, ProfileFault> {
    let profile = compose(connection, now).await?;
    if let Some(before) = before {
        change.leads(before, &profile)?;
    }
    let bytes = sign_profile(&profile, signer)?;
    // What clients would refuse must not be published: too many products, for one.
    let signed = SignedProfile::parse(&bytes)?;
    signed.verify_whole()?;
    if let Some(before) = before {
        signed.verify_successor(before)?;
    }
    query("INSERT INTO profiles (number, bytes, issued_at) VALUES ($1, $2, $3)")
        .bind(int(profile.number))
        .bind(bytes)
        .bind(int(now.unix()))
        .execute(connection)
        .await?;
    Ok(profile)
}

async fn maybe_newest(connection: &mut Connection) -> Result<Option<Vec<u8>>, DatabaseFault> {
    query("SELECT bytes FROM profiles ORDER BY number DESC LIMIT 1")
        .fetch_optional(connection)
        .await?
        .map(|row| get(&row, "bytes"))
        .transpose()
}

/// The number of the profile that will be signed next.
pub(crate) async fn next_number(connection: &mut Connection) -> Result<u64, DatabaseFault> {
    let last = query("SELECT COALESCE(MAX(number), 0) AS number FROM profiles")
        .fetch_one(connection)
        .await?;
    Ok(columns::number(&last, "number")? + 1)
}

async fn compose(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<VendorProfile, DatabaseFault> {
    let vendor = query("SELECT * FROM vendor")
        .fetch_one(&mut *connection)
        .await?;
    let keys = KeyRow::all(&mut *connection).await?;
    let products = query("SELECT code, name, tag FROM products ORDER BY created_at, code")
        .fetch_all(&mut *connection)
        .await?;
    let number = next_number(connection).await?;
    Ok(VendorProfile {
        vendor: columns::fixed(&vendor, "id").map(VendorId::new)?,
        name: columns::bounded(&vendor, "name")?,
        support: maybe_bounded(&vendor, "support")?,
        number,
        issued_at: now,
        keys: keys.iter().map(KeyRow::listed).collect::<Result<_, _>>()?,
        portal: get(&vendor, "portal")?,
        products: products.iter().map(product_of).collect::<Result<_, _>>()?,
        colour: columns::maybe_fixed(&vendor, "colour")?.map(Colour),
        logo: get(&vendor, "logo")?,
    })
}

fn product_of(row: &Row) -> Result<ProductEntry, DatabaseFault> {
    Ok(ProductEntry {
        code: columns::product(row, "code")?,
        name: columns::bounded(row, "name")?,
        tag: columns::parsed(row, "tag")?,
    })
}
