//! What a call got that has an Idempotency-Key: kept for a day, so that repeated it gets the same and
//! nothing is done twice (docs/decisions/answers-of-the-api-are-kept-sealed.md).

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{ApiTokenId, Seconds, Timestamp};
use zeroize::Zeroizing;

use super::ApiTokenSecret;
use crate::{
    Authority, DatabaseFault,
    columns::{self, int},
    database::{Connection, query},
    keyring::SecretDigest,
    sealing::{self, SealingFault},
};

/// How long an answer is kept.
const KEPT: Seconds = Seconds::DAY;
/// How long a call may take before it counts as cut off: longer than a portal lets any request live.
const UNDER_WAY: Seconds = Seconds::new(5 * 60);

/// A call that must not be carried out twice.
#[derive(Clone, Copy, Debug)]
pub struct OnceCall<'a> {
    /// Who calls.
    pub token: ApiTokenId,
    /// What it sent to be let in: without it a kept answer cannot be opened.
    pub secret: &'a ApiTokenSecret,
    /// Its Idempotency-Key.
    pub key: &'a str,
    /// A digest of all that the call says.
    pub request: [u8; 32],
}

/// What is known of such a call.
#[derive(Debug)]
pub enum Once {
    /// It is new, and is now to be carried out.
    Begun,
    /// It was carried out; this is what was kept of its answer.
    Answered(Zeroizing<Vec<u8>>),
}

/// Why a call is neither carried out nor answered again.
#[derive(Debug, thiserror::Error)]
pub enum OnceFault {
    /// The key stands for another call.
    #[error("the key stands for another call")]
    Reused,
    /// It is being carried out.
    #[error("the call is under way")]
    UnderWay,
    /// It was cut off, and whether it was carried out is not known.
    #[error("the call was cut off")]
    CutOff,
    /// Its answer was not sealed or cannot be opened.
    #[error(transparent)]
    Sealing(#[from] SealingFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl OnceFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Reused => Code::IdempotencyKeyReused,
            Self::UnderWay => Code::IdempotencyKeyInUse,
            Self::CutOff => Code::OutcomeUnknown,
            Self::Sealing(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Reused | Self::UnderWay | Self::CutOff => Problem::new(self.code()),
            Self::Sealing(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

/// Where the answer of a call is, and what it is sealed with.
struct Place {
    token: Vec<u8>,
    key: SecretDigest,
    request: [u8; 32],
    seal: Zeroizing<SecretDigest>,
}

impl Place {
    /// What the seal is tied to: an answer that was moved to another place does not open.
    fn context(&self) -> Vec<u8> {
        [self.token.as_slice(), &self.key, &self.request].concat()
    }
}

impl Authority {
    /// Begins a call, unless it was begun before.
    ///
    /// # Errors
    /// `idempotency_key_reused`, `idempotency_key_in_use`, `outcome_unknown`; those of the database.
    pub async fn api_once(&self, call: &OnceCall<'_>) -> Result<Once, OnceFault> {
        let place = &self.place(call);
        let now = self.clock.now();
        let known = self
            .database
            .write(|mut connection| async move {
                let known = place.find(&mut connection, now).await?;
                if known.is_none() {
                    place.begin(&mut connection, now).await?;
                }
                Ok::<_, DatabaseFault>((connection, known))
            })
            .await?;
        let Some(known) = known else {
            return Ok(Once::Begun);
        };
        if known.request != place.request {
            return Err(OnceFault::Reused);
        }
        match known.answer {
            Some(sealed) => {
                let answer = sealing::open(&place.seal, &place.context(), &sealed)?;
                Ok(Once::Answered(answer))
            }
            None if now.since(known.begun_at) < UNDER_WAY => Err(OnceFault::UnderWay),
            None => Err(OnceFault::CutOff),
        }
    }

    /// Keeps the answer of a call that was begun.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn api_once_answered(
        &self,
        call: &OnceCall<'_>,
        answer: &[u8],
    ) -> Result<(), OnceFault> {
        let place = &self.place(call);
        let sealed = &sealing::seal(&place.seal, &place.context(), answer)?;
        self.database
            .write(|mut connection| async move {
                query("UPDATE api_answers SET answer = $3 WHERE token = $1 AND key_digest = $2")
                    .bind(place.token.as_slice())
                    .bind(place.key.to_vec())
                    .bind(sealed.as_slice())
                    .execute(&mut connection)
                    .await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await?;
        Ok(())
    }

    /// Forgets a call that was begun and of which nothing was carried out, so that it may be made again.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn api_once_forget(&self, call: &OnceCall<'_>) -> Result<(), DatabaseFault> {
        let place = &self.place(call);
        self.database
            .write(|mut connection| async move {
                query(
                    "DELETE FROM api_answers
                     WHERE token = $1 AND key_digest = $2 AND answer IS NULL",
                )
                .bind(place.token.as_slice())
                .bind(place.key.to_vec())
                .execute(&mut connection)
                .await?;
                Ok((connection, ()))
            })
            .await
    }

    fn place(&self, call: &OnceCall<'_>) -> Place {
        let keyring = self.keyring();
        Place {
            token: call.token.as_bytes().to_vec(),
            key: keyring.lookup.idempotency_key(call.key),
            request: call.request,
            seal: Zeroizing::new(keyring.lookup.api_answer(call.secret)),
        }
    }
}

struct Known {
    request: [u8; 32],
    begun_at: Timestamp,
    answer: Option<Vec<u8>>,
}

impl Place {
    async fn find(
        &self,
        connection: &mut Connection,
        now: Timestamp,
    ) -> Result<Option<Known>, DatabaseFault> {
        let kept_since = now.unix().saturating_sub(KEPT.get());
        query(
            "SELECT request, begun_at, answer FROM api_answers
             WHERE token = $1 AND key_digest = $2 AND begun_at > $3",
        )
        .bind(self.token.as_slice())
        .bind(self.key.to_vec())
        .bind(int(kept_since))
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(Known {
                request: columns::fixed(&row, "request")?,
                begun_at: columns::time(&row, "begun_at")?,
                answer: columns::get(&row, "answer")?,
            })
        })
        .transpose()
    }

    /// Enters a call that is not there, and drops what was kept for long enough.
    async fn begin(
        &self,
        connection: &mut Connection,
        now: Timestamp,
    ) -> Result<(), DatabaseFault> {
        query("DELETE FROM api_answers WHERE begun_at <= $1")
            .bind(int(now.unix().saturating_sub(KEPT.get())))
            .execute(&mut *connection)
            .await?;
        query(
            "INSERT INTO api_answers (token, key_digest, request, begun_at)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(self.token.as_slice())
        .bind(self.key.to_vec())
        .bind(self.request.to_vec())
        .bind(int(now.unix()))
        .execute(connection)
        .await?;
        Ok(())
    }
}
