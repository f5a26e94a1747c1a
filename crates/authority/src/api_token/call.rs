//! A program that calls: who it is, and whether it calls too often.

use keyferry_token::{Seconds, Timestamp};

use super::{ApiToken, ApiTokenFault, ApiTokenSecret, ApiTokenStatus};
use crate::{
    Authority, DatabaseFault, Origin,
    columns::{int, number},
    database::{Connection, query},
};

/// How much later than the last use another one is noted.
const NOTED_EVERY: Seconds = Seconds::new(5 * 60);
const MINUTE: u64 = 60;

/// How often a token may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiRate {
    /// Calls within a minute of the clock, at all portals together.
    pub per_minute: u32,
}

impl Default for ApiRate {
    fn default() -> Self {
        Self { per_minute: 600 }
    }
}

/// A program that was let in.
#[derive(Clone, Debug)]
pub struct ApiCaller {
    /// Its token.
    pub token: ApiToken,
    /// For limits and the audit log.
    pub origin: Origin,
    /// How many calls the minute has left.
    pub left: u64,
    /// In how many seconds the next minute begins.
    pub seconds: u64,
}

impl Authority {
    /// Lets a program in that sent this secret, and counts its call. The count is in the database, so
    /// that several portals share it.
    ///
    /// # Errors
    /// `api_access_refused`, `api_too_many_calls`; those of the database.
    pub async fn api_call(
        &self,
        secret: &ApiTokenSecret,
        rate: ApiRate,
    ) -> Result<ApiCaller, ApiTokenFault> {
        let now = self.clock.now();
        let token = self.api_token_of(secret, now).await?;
        let (seen, token) = (&token, &token);
        let calls = self
            .database
            .write(|mut connection| async move {
                note_use(&mut connection, seen, now).await?;
                let calls = count(&mut connection, token, now, rate).await?;
                Ok::<_, DatabaseFault>((connection, calls))
            })
            .await?;
        let seconds = MINUTE - now.unix() % MINUTE;
        if calls > u64::from(rate.per_minute) {
            return Err(ApiTokenFault::TooManyCalls { seconds });
        }
        Ok(ApiCaller {
            token: token.clone(),
            origin: Origin::ApiToken(token.id),
            left: u64::from(rate.per_minute) - calls,
            seconds,
        })
    }

    /// The token of a secret, if it counts. Nothing is written for a stranger.
    async fn api_token_of(
        &self,
        secret: &ApiTokenSecret,
        now: Timestamp,
    ) -> Result<ApiToken, ApiTokenFault> {
        let digest = self.keyring().lookup.api_token(secret);
        let mut transaction = self.database.read().await?;
        let row = query("SELECT * FROM api_tokens WHERE digest = $1")
            .bind(digest.to_vec())
            .fetch_optional(&mut transaction)
            .await?;
        let token = ApiToken::from_row(&row.ok_or(ApiTokenFault::Refused)?)?;
        match token.status(now) {
            ApiTokenStatus::Active => Ok(token),
            ApiTokenStatus::Expired | ApiTokenStatus::Revoked => Err(ApiTokenFault::Refused),
        }
    }
}

/// Notes that it is used; seldom, since many calls come together.
async fn note_use(
    connection: &mut Connection,
    token: &ApiToken,
    now: Timestamp,
) -> Result<(), DatabaseFault> {
    let noted = token
        .last_used_at
        .is_some_and(|last| now.since(last) < NOTED_EVERY);
    if !noted {
        query("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1")
            .bind(token.id.as_bytes().to_vec())
            .bind(int(now.unix()))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Counts a call; gives how many there were in this minute, this one among them. Beyond the limit
/// nothing is written any more.
async fn count(
    connection: &mut Connection,
    token: &ApiToken,
    now: Timestamp,
    rate: ApiRate,
) -> Result<u64, DatabaseFault> {
    let minute = int(now.unix() / MINUTE);
    let row = query("SELECT calls FROM api_calls WHERE token = $1 AND minute = $2")
        .bind(token.id.as_bytes().to_vec())
        .bind(minute)
        .fetch_optional(&mut *connection)
        .await?;
    let before = row.map_or(Ok(0), |row| number(&row, "calls"))?;
    if before >= u64::from(rate.per_minute) {
        return Ok(before + 1);
    }
    if before == 0 {
        query("DELETE FROM api_calls WHERE minute < $1")
            .bind(minute)
            .execute(&mut *connection)
            .await?;
    }
    query(
        "INSERT INTO api_calls (token, minute, calls) VALUES ($1, $2, 1)
         ON CONFLICT (token, minute) DO UPDATE SET calls = api_calls.calls + 1",
    )
    .bind(token.id.as_bytes().to_vec())
    .bind(minute)
    .execute(connection)
    .await?;
    Ok(before + 1)
}
