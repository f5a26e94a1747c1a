//! Telling a device the time (rules, *The clock*): to whoever holds a seat, and to whoever held one
//! whose time is over.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::Ended;
use keyferry_token::{SealedToken, TimeAnswer, TimeRequest, Timestamp, TokenKind, Verified};

use crate::{
    Authority, DatabaseFault, Origin, Received, Refused, SealedAnswer, TimeTold,
    attempts::{Attempt, Tells},
    audit::{Action, NewEntry},
    contact::{Contact, Weight},
    database::Connection,
    grants,
    keys::{KeyRow, is_revoked},
    receive::ReceiveFault,
    seats::Holding,
};

/// A time request whose signature was checked.
struct Asked<'a> {
    request: Verified<TimeRequest>,
    origin: &'a Origin,
    at: Timestamp,
}

/// What becomes of it.
enum Verdict {
    /// Too many attempts.
    Barred { minutes: u64 },
    /// No activation of this device and product.
    Unknown,
    /// The activation holds its seat no longer, and its device may still run on what it was granted.
    Ended(Box<Holding>, Ended),
    /// It was told before.
    Told(SealedAnswer, Timestamp),
    /// It was told before, by a key that was revoked since.
    SignedAnew(Timestamp),
    /// It is to be told.
    Tell(Box<Holding>),
}

impl Authority {
    /// Answers a time request: with the same bytes when it is brought again, since the challenge in
    /// it counts once anyway.
    pub(crate) async fn answer_time_request(
        &self,
        token: &SealedToken,
        origin: &Origin,
    ) -> Result<Received, ReceiveFault> {
        let asked = Asked {
            request: self.open_from_device(token)?,
            origin,
            at: self.clock.now(),
        };
        let received = self.tell_time(&asked).await?;
        let (request, at) = (&asked.request, asked.at);
        self.with_refusal(received, request, &request.exchange_key, at)
            .await
    }

    /// Signed ahead like every answer (`docs/decisions/answers-are-signed-ahead.md`). Its claims
    /// follow from the request and the time alone, so the draft always fits.
    async fn tell_time(&self, asked: &Asked<'_>) -> Result<Received, ReceiveFault> {
        let keyring = self.keyring();
        let keys = keyring.rows.as_slice();
        let ahead = {
            let mut transaction = self.database.read().await?;
            asked.judge(&mut transaction, keys).await?
        };
        let drafted = match ahead {
            Verdict::Tell(_) => Some(self.seal_time(asked, asked.at).await?),
            Verdict::Told(sealed, at) => return Ok(asked.told(sealed, at, true)),
            Verdict::SignedAnew(_)
            | Verdict::Barred { .. }
            | Verdict::Unknown
            | Verdict::Ended(..) => None,
        };
        let drafted = &drafted;
        self.database
            .write(|mut connection| async move {
                let received = match asked.judge(&mut connection, keys).await? {
                    Verdict::Tell(holding) => {
                        let sealed = match drafted {
                            Some(sealed) => sealed.clone(),
                            None => self.seal_time(asked, asked.at).await?,
                        };
                        asked.tell(&mut connection, &holding, sealed).await?
                    }
                    Verdict::Told(sealed, at) => asked.told(sealed, at, true),
                    Verdict::SignedAnew(at) => {
                        let (id, sealed) = (asked.request.id(), self.seal_time(asked, at).await?);
                        grants::replace_time(&mut connection, id, &sealed).await?;
                        asked.told(sealed, at, true)
                    }
                    Verdict::Barred { minutes } => {
                        asked.refused(Problem::new(Code::TooManyAttempts).with("minutes", minutes))
                    }
                    Verdict::Unknown => {
                        asked
                            .attempt()
                            .count(&mut connection, Tells::WhetherItCounts)
                            .await?;
                        asked.refused(Problem::new(Code::ActivationUnknown))
                    }
                    Verdict::Ended(holding, ended) => {
                        asked.refuse(&mut connection, &holding, ended).await?
                    }
                };
                Ok((connection, received))
            })
            .await
    }

    async fn seal_time(
        &self,
        asked: &Asked<'_>,
        at: Timestamp,
    ) -> Result<SealedAnswer, ReceiveFault> {
        let request = &asked.request;
        let answer = TimeAnswer {
            issued_at: at,
            vendor: self.vendor,
            product: request.product.clone(),
            recipient: request.signing_key.device_id(),
            answers: request.id(),
            challenge: request.challenge,
        };
        Ok(self.seal_token(answer, &request.exchange_key).await?)
    }
}

impl Asked<'_> {
    async fn judge(
        &self,
        connection: &mut Connection,
        keys: &[KeyRow],
    ) -> Result<Verdict, DatabaseFault> {
        if let Some(minutes) = self.attempt().barred_for(connection).await? {
            return Ok(Verdict::Barred { minutes });
        }
        let device = self.request.signing_key.device_id();
        let holding = Holding::find(connection, self.request.activation, self.at).await?;
        let Some(holding) = holding.filter(|holding| {
            holding.seat.device == device && holding.product == self.request.product
        }) else {
            return Ok(Verdict::Unknown);
        };
        // Once nothing runs on it any more, the time harms nobody; without it a device with a floor far
        // ahead could never ask for a seat again.
        if let Some(ended) = holding.shut_out()
            && self.at < holding.seat.held_until
        {
            return Ok(Verdict::Ended(Box::new(holding), ended));
        }
        Ok(
            match grants::stored_time(connection, self.request.id()).await? {
                Some((sealed, at)) if is_revoked(keys, sealed.signer, at) => {
                    Verdict::SignedAnew(at)
                }
                Some((sealed, at)) => Verdict::Told(sealed, at),
                None => Verdict::Tell(Box::new(holding)),
            },
        )
    }

    async fn tell(
        &self,
        connection: &mut Connection,
        holding: &Holding,
        sealed: SealedAnswer,
    ) -> Result<Received, DatabaseFault> {
        let (request, activation) = (self.request.id(), holding.seat.activation);
        grants::keep_time(connection, request, activation, &sealed, self.at).await?;
        self.contact()
            .record(connection, holding.known(), Weight::Seen)
            .await?;
        self.entry(Action::TimeTold, holding)
            .with("device_time", self.request.issued_at.unix())
            .write(connection)
            .await?;
        Ok(self.told(sealed, self.at, false))
    }

    async fn refuse(
        &self,
        connection: &mut Connection,
        holding: &Holding,
        ended: Ended,
    ) -> Result<Received, DatabaseFault> {
        let problem = ended.refusal().problem();
        self.attempt().count(connection, Tells::WhyNot).await?;
        self.contact()
            .record(connection, holding.known(), Weight::Seen)
            .await?;
        self.entry(Action::TimeRefused, holding)
            .with("code", problem.code.as_str())
            .write(connection)
            .await?;
        Ok(self.refused(problem))
    }

    fn attempt(&self) -> Attempt<'_> {
        Attempt {
            at: self.at,
            code: None,
            about: self.request.activation.as_bytes(),
            origin: self.origin,
        }
    }

    fn contact(&self) -> Contact<'_> {
        let runs = &self.request.emergency_runs;
        Contact::of(&self.request, runs, self.origin, self.at)
            .holding(Some(self.request.activation))
    }

    fn entry(&self, action: Action, holding: &Holding) -> NewEntry {
        NewEntry::new(self.at, self.origin, action)
            .product(&self.request.product)
            .entitlement(Some(holding.entitlement))
            .activation(holding.seat.activation)
            .device(self.request.signing_key.device_id())
            .token(self.request.id())
    }

    fn told(&self, sealed: SealedAnswer, time: Timestamp, reissued: bool) -> Received {
        Received::TimeTold(Box::new(TimeTold {
            sealed,
            request: self.request.id(),
            activation: self.request.activation,
            device: self.request.signing_key.device_id(),
            label: self.request.label.clone(),
            product: self.request.product.clone(),
            time,
            device_time: self.request.issued_at,
            emergency_runs: self.request.emergency_runs.clone(),
            reissued,
        }))
    }

    fn refused(&self, problem: Problem) -> Received {
        Received::Refused(Box::new(Refused {
            token: Some(self.request.id()),
            label: Some(self.request.label.clone()),
            kind: Some(TokenKind::TimeRequest),
            product: Some(self.request.product.clone()),
            emergency_runs: self.request.emergency_runs.clone(),
            problem,
            cause: None,
            answer: None,
        }))
    }
}
