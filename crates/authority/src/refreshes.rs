//! Refreshes of many activations: one transaction, sealed on all cores, none twice within one piece of
//! work (rules A6, A10).

use std::{num::NonZero, thread};

use futures_util::{StreamExt as _, stream};
use keyferry_token::{ActivationId, Timestamp};

use crate::{
    Authority, Origin, RefreshFault, Refreshed, SealedAnswer, database::Connection, grants,
    keys::is_by_active, refresh::Decided, seats::Holding,
};

/// The refresh of one of many activations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRow {
    /// The refresh.
    pub refreshed: Refreshed,
    /// Whether it was made now; else it was made before, since the work began.
    pub made: bool,
}

type Rows = Result<Vec<Result<RefreshRow, RefreshFault>>, RefreshFault>;

enum Draft {
    Known(Box<Refreshed>),
    New(Box<Decided>),
}

impl Authority {
    /// Refreshes each of these activations, all in one transaction; one that was refreshed at this
    /// time or later gets that refresh once more. An activation that is refused leaves the others
    /// alone.
    ///
    /// # Errors
    /// Those of the database; then none was refreshed. Of an activation: those of
    /// [`Authority::refresh`].
    pub async fn refresh_rows(
        &self,
        activations: &[ActivationId],
        since: Timestamp,
        origin: &Origin,
    ) -> Rows {
        self.renew_keys().await?;
        let now = self.clock.now();
        // Sealed ahead like every answer (docs/decisions/answers-are-signed-ahead.md).
        let ahead = {
            let mut transaction = self.database.read().await?;
            let mut drafts = Vec::with_capacity(activations.len());
            for &id in activations {
                let draft = self.draft_refresh(&mut transaction, id, since, now).await;
                drafts.push(unless_of_all(draft)?);
            }
            drafts
        };
        let sealed = &self.seal_refreshes(&ahead).await;
        let ahead = &ahead;
        let mut rows = self
            .database
            .write(|mut connection| async move {
                let mut rows = Vec::with_capacity(activations.len());
                for ((&id, ahead), sealed) in activations.iter().zip(ahead).zip(sealed) {
                    let drafted = match ahead {
                        Ok(Draft::New(decided)) => Some((&**decided, sealed.as_ref())),
                        _ => None,
                    };
                    let row = match self.draft_refresh(&mut connection, id, since, now).await {
                        Ok(Draft::Known(refreshed)) => Ok(RefreshRow {
                            refreshed: *refreshed,
                            made: false,
                        }),
                        Ok(Draft::New(decided)) => {
                            let made = self
                                .write_refresh(&mut connection, *decided, drafted, origin)
                                .await;
                            made.map(|refreshed| RefreshRow {
                                refreshed,
                                made: true,
                            })
                        }
                        Err(fault) => Err(fault),
                    };
                    rows.push(unless_of_all(row)?);
                }
                Ok::<_, RefreshFault>((connection, rows))
            })
            .await?;
        for row in rows.iter_mut().flatten() {
            self.with_profiles(&mut row.refreshed.sealed, None).await?;
        }
        Ok(rows)
    }

    async fn draft_refresh(
        &self,
        connection: &mut Connection,
        activation: ActivationId,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Draft, RefreshFault> {
        let stored = grants::refreshed_since(connection, activation, since).await?;
        // What a key signed that was replaced since is no refresh that the vendor still wants out there.
        let stored = stored.filter(|stored| {
            let rows = &self.keyring().rows;
            is_by_active(rows, stored.sealed.signer, stored.issued_at)
        });
        if let Some(stored) = stored {
            let holding = Holding::find(connection, activation, now).await?;
            let holding = holding.ok_or(RefreshFault::Unknown)?;
            return Ok(Draft::Known(Box::new(Refreshed {
                sealed: stored.sealed,
                activation,
                device: holding.seat.device,
                label: holding.label,
                product: holding.product,
                sequence: stored.sequence,
                status: stored.status,
                lease_expires_at: stored.lease_expires_at,
            })));
        }
        let decided = self.decide_refresh(connection, activation, now).await?;
        Ok(Draft::New(Box::new(decided)))
    }

    /// What is new, sealed on all cores. Where sealing fails it is tried once more when the refresh is
    /// written, which tells why.
    async fn seal_refreshes(
        &self,
        drafts: &[Result<Draft, RefreshFault>],
    ) -> Vec<Option<SealedAnswer>> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        stream::iter(drafts)
            .map(|draft| async move {
                match draft {
                    Ok(Draft::New(decided)) => self.seal_refresh(decided).await.ok(),
                    Ok(Draft::Known(_)) | Err(_) => None,
                }
            })
            .buffered(cores + 1)
            .collect()
            .await
    }

    async fn write_refresh(
        &self,
        connection: &mut Connection,
        decided: Decided,
        drafted: Option<(&Decided, Option<&SealedAnswer>)>,
        origin: &Origin,
    ) -> Result<Refreshed, RefreshFault> {
        let sealed = match drafted {
            Some((ahead, Some(sealed))) if ahead.refresh == decided.refresh => sealed.clone(),
            _ => self.seal_refresh(&decided).await?,
        };
        Ok(decided.write(connection, origin, sealed).await?)
    }
}

/// What the database fails at concerns all rows.
fn unless_of_all<T>(
    outcome: Result<T, RefreshFault>,
) -> Result<Result<T, RefreshFault>, RefreshFault> {
    match outcome {
        Err(fault @ RefreshFault::Database(_)) => Err(fault),
        other => Ok(other),
    }
}
