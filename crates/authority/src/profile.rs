//! The vendor profile as the authority signs and publishes it.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    ArtefactKind, Colour, KeyPurpose, KeyState, ParseFault, ProductEntry, ProfileKey, SealFault,
    SignedProfile, Timestamp, VendorId, VendorProfile, VerifyFault, armor, sign_profile,
};

use crate::{
    Authority, DatabaseFault, FileFault,
    columns::{self, get, int, maybe_bounded, maybe_time, one_of},
    database::{Connection, Row, query},
    folder,
    keyring::Keyring,
};

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
            Self::File(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

/// The problem of a token or profile that could not be made.
pub(crate) fn seal_problem(fault: &SealFault) -> Problem {
    let problem = Problem::new(fault.code());
    match fault {
        SealFault::Signer(signer) => problem.with("what", &signer.reason),
        SealFault::TooLarge { limit } => problem.with("limit", limit),
        SealFault::Unreadable(fault) => fault.problem(),
    }
}

impl Authority {
    /// The latest vendor profile.
    ///
    /// # Errors
    /// Those of the database; `malformed`, `signature_mismatch` when it was changed there.
    pub async fn profile(&self) -> Result<VendorProfile, ProfileFault> {
        let mut transaction = self.database.read().await?;
        let bytes = newest(&mut transaction).await?;
        Ok(SignedProfile::parse(&bytes)?.verify_whole()?.into_claims())
    }

    /// Brings `vendor.kfv` up to date. It is written while no other profile can be committed, so
    /// that an older one never lands on a newer one; and only what is committed is written, so
    /// that no number is ever seen with two contents.
    pub(crate) async fn publish_profile(&self) -> Result<(), ProfileFault> {
        self.database
            .write(|mut connection| async move {
                let bytes = newest(&mut connection).await?;
                let text = armor(ArtefactKind::Profile, &bytes);
                let path = self.folder.profile();
                if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                    folder::write_public(&path, text.as_bytes())?;
                }
                Ok((connection, ()))
            })
            .await
    }
}

pub(crate) async fn newest(connection: &mut Connection) -> Result<Vec<u8>, DatabaseFault> {
    let row = query("SELECT bytes FROM profiles ORDER BY number DESC LIMIT 1")
        .fetch_one(connection)
        .await?;
    get(&row, "bytes")
}

/// Signs the profile that follows from what the database says now, and stores it.
pub(crate) async fn sign_next(
    connection: &mut Connection,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<(), ProfileFault> {
    let profile = compose(connection, now).await?;
    let bytes = sign_profile(&profile, &keyring.profile)?;
    // What clients would refuse must not be published: too many products, for one.
    SignedProfile::parse(&bytes)?.verify_whole()?;
    query("INSERT INTO profiles (number, bytes, issued_at) VALUES ($1, $2, $3)")
        .bind(int(profile.number))
        .bind(bytes)
        .bind(int(now.unix()))
        .execute(connection)
        .await?;
    Ok(())
}

async fn compose(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<VendorProfile, DatabaseFault> {
    let vendor = query("SELECT * FROM vendor")
        .fetch_one(&mut *connection)
        .await?;
    let keys = query("SELECT * FROM vendor_keys ORDER BY created_at, kid")
        .fetch_all(&mut *connection)
        .await?;
    let products = query("SELECT code, name, tag FROM products ORDER BY created_at, code")
        .fetch_all(&mut *connection)
        .await?;
    let last = query("SELECT COALESCE(MAX(number), 0) AS number FROM profiles")
        .fetch_one(&mut *connection)
        .await?;
    Ok(VendorProfile {
        vendor: columns::fixed(&vendor, "id").map(VendorId::new)?,
        name: columns::bounded(&vendor, "name")?,
        support: maybe_bounded(&vendor, "support")?,
        number: columns::number(&last, "number")? + 1,
        issued_at: now,
        keys: keys.iter().map(key_of).collect::<Result<_, _>>()?,
        portal: get(&vendor, "portal")?,
        products: products.iter().map(product_of).collect::<Result<_, _>>()?,
        colour: columns::maybe_fixed(&vendor, "colour")?.map(Colour),
        logo: None,
    })
}

fn key_of(row: &Row) -> Result<ProfileKey, DatabaseFault> {
    let purposes = [
        KeyPurpose::Profile,
        KeyPurpose::Signing,
        KeyPurpose::Exchange,
    ];
    let states = [KeyState::Active, KeyState::Retired, KeyState::Revoked];
    let key = ProfileKey::new(
        one_of(row, "purpose", purposes, KeyPurpose::name)?,
        one_of(row, "state", states, KeyState::name)?,
        &get::<Vec<u8>>(row, "spki")?,
    )
    .map_err(|_| DatabaseFault::Corrupt { what: "spki" })?;
    Ok(match maybe_time(row, "opens_until")? {
        Some(end) => key.opening_until(end),
        None => key,
    })
}

fn product_of(row: &Row) -> Result<ProductEntry, DatabaseFault> {
    Ok(ProductEntry {
        code: columns::product(row, "code")?,
        name: columns::bounded(row, "name")?,
        tag: columns::parsed(row, "tag")?,
    })
}
