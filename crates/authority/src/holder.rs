//! Holders: who has the holder secret enters for a short while, and manages the seats of that one
//! entitlement (rules A9, A13).

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{ActivationId, EntitlementId, HolderSecret, Seconds, Timestamp};

use crate::{
    Activation, ActivationFault, Authority, DatabaseFault, Entitlement, EntitlementFault,
    EntitlementKey, EntropyFault, Origin, RefreshFault, Refreshed, ReleaseChange, ReleaseFault,
    SessionSecret,
    attempts::{Attempt, Tells},
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, query},
    keyring::SecretDigest,
    purchase::Purchase,
    seats,
};

/// How long a holder who has entered may go on.
const SESSION: Seconds = Seconds::new(30 * 60);

/// A holder who has entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HolderSession {
    /// What they hold.
    pub entitlement: EntitlementId,
    /// When they have to enter again.
    pub ends_at: Timestamp,
}

/// What a holder sees of their entitlement beside its activations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The entitlement.
    pub entitlement: Entitlement,
    /// How many lost devices were released within the year (rule A9).
    pub releases: u32,
    /// How many may be.
    pub most_releases: u32,
}

/// Why a holder did not enter.
#[derive(Debug, thiserror::Error)]
pub enum HolderFault {
    /// No entitlement has this secret.
    #[error("no entitlement has this holder secret")]
    NotAccepted,
    /// Too many were tried (rule A13).
    #[error("too many attempts")]
    TooManyAttempts {
        /// How long to wait.
        minutes: u64,
    },
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl HolderFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotAccepted => Code::HolderSecretNotAccepted,
            Self::TooManyAttempts { .. } => Code::TooManyAttempts,
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotAccepted => Problem::new(self.code()),
            Self::TooManyAttempts { minutes } => Problem::new(self.code()).with("minutes", minutes),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

impl Authority {
    /// Lets a holder in. Secrets that are not accepted count as attempts, by address and by secret
    /// (rule A13).
    ///
    /// # Errors
    /// `holder_secret_not_accepted`, `too_many_attempts`; those of the database.
    pub async fn holder_enter(
        &self,
        secret: &HolderSecret,
        origin: &Origin,
    ) -> Result<(SessionSecret, HolderSession), HolderFault> {
        let now = self.clock.now();
        let tried = self.keyring().lookup.holder(secret);
        let session = SessionSecret::make()?;
        let digest = self.keyring().lookup.session(&session);
        let (tried, digest) = (&tried, &digest);
        let entered = self
            .database
            .write(|mut connection| async move {
                let attempt = Attempt {
                    at: now,
                    code: Some(tried),
                    about: tried,
                    origin,
                };
                if let Some(minutes) = attempt.barred_for(&mut connection).await? {
                    return Ok((connection, Err(HolderFault::TooManyAttempts { minutes })));
                }
                let Some(entitlement) = held_by(&mut connection, tried).await? else {
                    attempt
                        .count(&mut connection, Tells::WhetherItCounts)
                        .await?;
                    return Ok((connection, Err(HolderFault::NotAccepted)));
                };
                let session = HolderSession {
                    entitlement,
                    ends_at: now.plus(SESSION),
                };
                session.begin(&mut connection, digest, now).await?;
                self.enter_in_log(&mut connection, entitlement, origin, now)
                    .await?;
                Ok::<_, HolderFault>((connection, Ok(session)))
            })
            .await??;
        Ok((session, entered))
    }

    async fn enter_in_log(
        &self,
        connection: &mut Connection,
        entitlement: EntitlementId,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), DatabaseFault> {
        let purchase = Purchase::by_id(connection, entitlement).await?;
        NewEntry::new(now, origin, Action::HolderEntered)
            .product(&purchase.product.code)
            .entitlement(Some(entitlement))
            .write(connection)
            .await
    }

    /// The session of this secret, if it is not over.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn holder_session(
        &self,
        secret: &SessionSecret,
    ) -> Result<Option<HolderSession>, DatabaseFault> {
        let digest = self.keyring().lookup.session(secret);
        let mut transaction = self.database.read().await?;
        query("SELECT entitlement, ends_at FROM holder_sessions WHERE digest = $1 AND ends_at > $2")
            .bind(digest.to_vec())
            .bind(int(self.clock.now().unix()))
            .fetch_optional(&mut transaction)
            .await?
            .map(|row| {
                Ok(HolderSession {
                    entitlement: columns::fixed(&row, "entitlement").map(EntitlementId::new)?,
                    ends_at: columns::time(&row, "ends_at")?,
                })
            })
            .transpose()
    }

    /// Ends a session; one that there is not has ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn holder_leave(&self, secret: &SessionSecret) -> Result<(), DatabaseFault> {
        let digest = &self.keyring().lookup.session(secret);
        self.database
            .write(|mut connection| async move {
                query("DELETE FROM holder_sessions WHERE digest = $1")
                    .bind(digest.to_vec())
                    .execute(&mut connection)
                    .await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await
    }

    /// What a holder holds.
    ///
    /// # Errors
    /// `entitlement_unknown`; those of the database.
    pub async fn holding(&self, session: &HolderSession) -> Result<Holding, EntitlementFault> {
        let now = self.clock.now();
        let id = session.entitlement;
        let mut transaction = self.database.read().await?;
        let key = EntitlementKey::Id(id);
        let entitlement = self.entitlement_by(&mut transaction, &key, now).await?;
        let purchase = Purchase::by_id(&mut transaction, id).await?;
        Ok(Holding {
            entitlement,
            releases: seats::releases(&mut transaction, id, now).await?,
            most_releases: purchase.product.policy.lost,
        })
    }

    /// One of a holder's own activations.
    ///
    /// # Errors
    /// `activation_unknown`, also where it is another holder's; those of the database.
    pub async fn holder_activation(
        &self,
        session: &HolderSession,
        activation: ActivationId,
    ) -> Result<Activation, ActivationFault> {
        let found = self.activation(activation).await?.activation;
        if found.entitlement == session.entitlement {
            Ok(found)
        } else {
            Err(ActivationFault::Unknown)
        }
    }

    /// [`Self::refresh`] of a holder's own activation.
    ///
    /// # Errors
    /// As there.
    pub async fn holder_refresh(
        &self,
        session: &HolderSession,
        activation: ActivationId,
        origin: &Origin,
    ) -> Result<Refreshed, RefreshFault> {
        match self.holder_activation(session, activation).await {
            Ok(own) => self.refresh(own.id, origin).await,
            Err(ActivationFault::Unknown) => Err(RefreshFault::Unknown),
            Err(ActivationFault::Database(fault)) => Err(fault.into()),
        }
    }

    /// [`Self::release_lost`] of a holder's own activation.
    ///
    /// # Errors
    /// As there.
    pub async fn holder_release_lost(
        &self,
        session: &HolderSession,
        activation: ActivationId,
        origin: &Origin,
    ) -> Result<ReleaseChange, ReleaseFault> {
        let own = self.own(session, activation).await?;
        self.release_lost(own, origin).await
    }

    /// [`Self::allow_again`] of a holder's own activation.
    ///
    /// # Errors
    /// As there.
    pub async fn holder_allow_again(
        &self,
        session: &HolderSession,
        activation: ActivationId,
        origin: &Origin,
    ) -> Result<ReleaseChange, ReleaseFault> {
        let own = self.own(session, activation).await?;
        self.allow_again(own, origin).await
    }

    async fn own(
        &self,
        session: &HolderSession,
        activation: ActivationId,
    ) -> Result<ActivationId, ReleaseFault> {
        match self.holder_activation(session, activation).await {
            Ok(own) => Ok(own.id),
            Err(ActivationFault::Unknown) => Err(ReleaseFault::Unknown),
            Err(ActivationFault::Database(fault)) => Err(fault.into()),
        }
    }
}

impl HolderSession {
    /// Stores it, and drops those that are over.
    async fn begin(
        &self,
        connection: &mut Connection,
        digest: &SecretDigest,
        now: Timestamp,
    ) -> Result<(), DatabaseFault> {
        query("DELETE FROM holder_sessions WHERE ends_at <= $1")
            .bind(int(now.unix()))
            .execute(&mut *connection)
            .await?;
        query(
            "INSERT INTO holder_sessions (digest, entitlement, begun_at, ends_at)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(digest.to_vec())
        .bind(self.entitlement.as_bytes().to_vec())
        .bind(int(now.unix()))
        .bind(int(self.ends_at.unix()))
        .execute(connection)
        .await?;
        Ok(())
    }
}

async fn held_by(
    connection: &mut Connection,
    secret: &SecretDigest,
) -> Result<Option<EntitlementId>, DatabaseFault> {
    query("SELECT id FROM entitlements WHERE holder_digest = $1")
        .bind(secret.to_vec())
        .fetch_optional(connection)
        .await?
        .map(|row| columns::fixed(&row, "id").map(EntitlementId::new))
        .transpose()
}
