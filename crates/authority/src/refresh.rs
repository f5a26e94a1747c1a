//! Refreshing an activation: a new grant that nobody asked for (rule A6).

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{Refusal, Renewal, decide_refresh};
use keyferry_token::{ActivationId, Refresh, SealFault, Timestamp};

use crate::{
    Authority, DatabaseFault, Origin, Refreshed, SealedAnswer,
    audit::{Action, NewEntry},
    database::Connection,
    grants::Issued,
    occupation,
    profile::seal_problem,
    purchase::{self, Purchase},
    seats::Holding,
};

/// Why an activation was not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshFault {
    /// There is none of this id.
    #[error("no such activation")]
    Unknown,
    /// It was made after the backup from which the authority was restored: what to seal to its device
    /// is not known.
    #[error("the backup does not know the device of this activation")]
    NotInBackup,
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The refresh was not made.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl RefreshFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::ActivationUnknown,
            Self::NotInBackup => Code::ActivationNotInBackup,
            Self::Refused(refusal) => refusal.code(),
            Self::Seal(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unknown | Self::NotInBackup => Problem::new(self.code()),
            Self::Refused(refusal) => refusal.problem(),
            Self::Seal(fault) => seal_problem(fault),
            Self::Database(fault) => fault.problem(),
        }
    }
}

/// What a refresh is to say, and what it changes.
pub(crate) struct Decided {
    pub(crate) holding: Holding,
    renewal: Renewal,
    pub(crate) refresh: Refresh,
}

impl Authority {
    /// Gives an activation that holds its seat a new lease from now on, or the news that its
    /// entitlement is suspended or revoked (rules A6, A8). Made again, it is a newer refresh.
    ///
    /// # Errors
    /// `activation_unknown`, `activation_not_in_backup`, `activation_superseded`, `activation_released`,
    /// `activation_deactivated`; `entitlement_ended`, `offline_not_enabled`,
    /// `offline_lease_missing`; those of the database.
    pub async fn refresh(
        &self,
        activation: ActivationId,
        origin: &Origin,
    ) -> Result<Refreshed, RefreshFault> {
        self.renew_keys().await?;
        let now = self.clock.now();
        // Signed ahead like every answer (docs/decisions/answers-are-signed-ahead.md).
        let ahead = {
            let mut transaction = self.database.read().await?;
            self.decide_refresh(&mut transaction, activation, now)
                .await?
        };
        let drafted = (self.seal_refresh(&ahead).await?, ahead.refresh);
        let drafted = &drafted;
        let mut refreshed = self
            .database
            .write(|mut connection| async move {
                let decided = self
                    .decide_refresh(&mut connection, activation, now)
                    .await?;
                let sealed = match drafted {
                    (sealed, refresh) if *refresh == decided.refresh => sealed.clone(),
                    _ => self.seal_refresh(&decided).await?,
                };
                let refreshed = decided.write(&mut connection, origin, sealed).await?;
                Ok::<_, RefreshFault>((connection, refreshed))
            })
            .await?;
        self.with_profiles(&mut refreshed.sealed, None).await?;
        Ok(refreshed)
    }

    pub(crate) async fn decide_refresh(
        &self,
        connection: &mut Connection,
        activation: ActivationId,
        now: Timestamp,
    ) -> Result<Decided, RefreshFault> {
        let holding = Holding::find(connection, activation, now)
            .await?
            .ok_or(RefreshFault::Unknown)?;
        let purchase = Purchase::by_id(connection, holding.entitlement).await?;
        let seat = &holding.seat;
        if holding.exchange_key.is_none() && holding.shut_out().is_none() {
            return Err(RefreshFault::NotInBackup);
        }
        let renewal = decide_refresh(now, &purchase.facts(), seat, holding.shut_out())?;
        let grant = purchase.grant(purchase::Terms {
            activation,
            sequence: renewal.sequence,
            status: renewal.status,
            lease_expires_at: renewal.lease.map(|lease| lease.expires_at),
            emergency: renewal.emergency,
            enrolled: seat.enrolled.clone(),
            tolerance: seat.tolerance,
        });
        let refresh = Refresh {
            issued_at: now,
            vendor: self.vendor,
            product: purchase.product.code,
            recipient: seat.device,
            grant,
        };
        Ok(Decided {
            holding,
            renewal,
            refresh,
        })
    }

    pub(crate) async fn seal_refresh(
        &self,
        decided: &Decided,
    ) -> Result<SealedAnswer, RefreshFault> {
        let recipient = decided.holding.exchange_key.as_ref();
        let recipient = recipient.ok_or(RefreshFault::NotInBackup)?;
        Ok(self.seal_token(decided.refresh.clone(), recipient).await?)
    }
}

impl Decided {
    pub(crate) async fn write(
        self,
        connection: &mut Connection,
        origin: &Origin,
        sealed: SealedAnswer,
    ) -> Result<Refreshed, DatabaseFault> {
        let Self {
            holding,
            renewal,
            refresh,
        } = self;
        let activation = refresh.grant.activation;
        let (sequence, lease) = (renewal.sequence, renewal.lease.as_ref());
        let held_until = renewal.held_until;
        occupation::extend(connection, activation, sequence, lease, held_until).await?;
        let issued = Issued {
            grant: &refresh.grant,
            request: None,
            device: refresh.recipient,
            product: &refresh.product,
            at: refresh.issued_at,
        };
        issued.keep(connection, &sealed).await?;
        let entry = NewEntry::new(refresh.issued_at, origin, Action::ActivationRefreshed)
            .product(&refresh.product)
            .entitlement(Some(holding.entitlement))
            .activation(activation)
            .device(refresh.recipient)
            .token(sealed.id)
            .with("sequence", sequence.0)
            .with("status", renewal.status.name());
        match lease {
            Some(lease) => entry.with("lease_expires_at", lease.expires_at.unix()),
            None => entry,
        }
        .write(connection)
        .await?;
        Ok(Refreshed {
            sealed,
            activation,
            device: refresh.recipient,
            label: holding.label,
            product: refresh.product,
            sequence,
            status: renewal.status,
            lease_expires_at: refresh.grant.lease_expires_at,
        })
    }
}
