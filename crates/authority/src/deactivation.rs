//! Taking a deactivation: rule A7.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{Deactivated, Departure, DepartureFacts, Refusal, decide_deactivation};
use keyferry_token::{Deactivation, SealedToken, Timestamp, TokenKind, Verified};

use crate::{
    Authority, DatabaseFault, GivenBack, Origin, Received, Refused,
    attempts::{Attempt, Tells},
    audit::{Action, NewEntry},
    columns::int,
    contact::{Contact, Weight},
    database::{Connection, query},
    purchase::Purchase,
    receive::ReceiveFault,
    seats::{self, Holding},
};

/// A deactivation whose signature was checked.
struct Brought<'a> {
    token: Verified<Deactivation>,
    origin: &'a Origin,
    at: Timestamp,
}

impl Authority {
    /// Takes a deactivation. It gets no answer and no refusal: its device has given up the key that
    /// one would be sealed to.
    pub(crate) async fn take_deactivation(
        &self,
        token: &SealedToken,
        origin: &Origin,
    ) -> Result<Received, ReceiveFault> {
        let brought = Brought {
            token: self.open_from_device(token)?,
            origin,
            at: self.clock.now(),
        };
        let brought = &brought;
        self.database
            .write(|mut connection| async move {
                let received = brought.take(&mut connection).await?;
                Ok((connection, received))
            })
            .await
    }
}

impl Brought<'_> {
    async fn take(&self, connection: &mut Connection) -> Result<Received, DatabaseFault> {
        let attempt = Attempt {
            at: self.at,
            code: None,
            about: self.token.activation.as_bytes(),
            origin: self.origin,
        };
        if let Some(minutes) = attempt.barred_for(connection).await? {
            let problem = Problem::new(Code::TooManyAttempts).with("minutes", minutes);
            return Ok(self.refused(problem));
        }
        let Some(holding) = self.holding(connection).await? else {
            // Anyone can sign this much: it is counted, not written down.
            attempt.count(connection, Tells::WhetherItCounts).await?;
            return Ok(self.refused(Problem::new(Code::ActivationUnknown)));
        };
        match self.decide(connection, &holding).await? {
            Ok(outcome) => {
                self.apply(connection, &holding, outcome).await?;
                Ok(self.taken(outcome))
            }
            Err(refusal) => {
                let tells = match refusal {
                    Refusal::DeactivationOfOther => Tells::WhetherItCounts,
                    _ => Tells::WhyNot,
                };
                attempt.count(connection, tells).await?;
                self.refuse(connection, &holding, &refusal).await?;
                Ok(self.refused(refusal.problem()))
            }
        }
    }

    /// The activation that it names, if that is one of the product that it names.
    async fn holding(&self, connection: &mut Connection) -> Result<Option<Holding>, DatabaseFault> {
        let holding = Holding::find(connection, self.token.activation, self.at).await?;
        Ok(holding.filter(|holding| holding.product == self.token.product))
    }

    async fn decide(
        &self,
        connection: &mut Connection,
        holding: &Holding,
    ) -> Result<Result<Deactivated, Refusal>, DatabaseFault> {
        let purchase = Purchase::by_id(connection, holding.entitlement).await?;
        let device = self.token.signing_key.device_id();
        let facts = DepartureFacts {
            seat: &holding.seat,
            ended: holding.ended(),
            latest: seats::latest_about(connection, &self.token).await?,
            same_number: seats::same_number(connection, &self.token).await?,
            policy: purchase.product.policy,
        };
        let departure = Departure {
            device,
            number: self.token.number,
            token: self.token.id(),
        };
        Ok(decide_deactivation(self.at, &facts, &departure))
    }

    async fn apply(
        &self,
        connection: &mut Connection,
        holding: &Holding,
        outcome: Deactivated,
    ) -> Result<(), DatabaseFault> {
        let weight = match outcome {
            Deactivated::Freed | Deactivated::FreesLater { .. } | Deactivated::Recorded { .. } => {
                Weight::Counts
            }
            Deactivated::Repeated | Deactivated::Outdated => Weight::Seen,
        };
        self.contact()
            .record(connection, holding.known(), weight)
            .await?;
        let entry = match outcome {
            Deactivated::Freed => {
                self.leave(connection, "deactivated", true).await?;
                self.entry(Action::ActivationDeactivated, holding)
            }
            Deactivated::FreesLater { frees_at } => {
                self.leave(connection, "leaving", false).await?;
                self.entry(Action::ActivationDeactivated, holding)
                    .with("frees_at", frees_at.unix())
            }
            Deactivated::Recorded { .. } => self
                .entry(Action::DeactivationRecorded, holding)
                .with("status", holding.status.name()),
            Deactivated::Repeated | Deactivated::Outdated => return Ok(()),
        };
        entry
            .with("number", self.token.number.0)
            .with("reason", self.token.reason.name())
            .with("sequence", self.token.sequence.0)
            .write(connection)
            .await
    }

    async fn leave(
        &self,
        connection: &mut Connection,
        status: &'static str,
        moved: bool,
    ) -> Result<(), DatabaseFault> {
        query(
            "UPDATE activations SET status = $2, ended_at = $3, ended_why = $4, moved = $5
             WHERE id = $1",
        )
        .bind(self.token.activation.as_bytes().to_vec())
        .bind(status)
        .bind(int(self.at.unix()))
        .bind(self.token.reason.name())
        .bind(moved)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn refuse(
        &self,
        connection: &mut Connection,
        holding: &Holding,
        refusal: &Refusal,
    ) -> Result<(), DatabaseFault> {
        // Another device's token says nothing about this activation's own.
        if *refusal != Refusal::DeactivationOfOther {
            self.contact()
                .record(connection, holding.known(), Weight::Seen)
                .await?;
        }
        self.entry(Action::DeactivationRefused, holding)
            .with("code", refusal.code().as_str())
            .write(connection)
            .await
    }

    fn contact(&self) -> Contact<'_> {
        let runs = &self.token.emergency_runs;
        Contact::of(&self.token, runs, self.origin, self.at).holding(Some(self.token.activation))
    }

    fn entry(&self, action: Action, holding: &Holding) -> NewEntry {
        NewEntry::new(self.at, self.origin, action)
            .product(&self.token.product)
            .entitlement(Some(holding.entitlement))
            .activation(holding.seat.activation)
            .device(self.token.signing_key.device_id())
            .token(self.token.id())
    }

    fn taken(&self, outcome: Deactivated) -> Received {
        Received::Deactivated(Box::new(GivenBack {
            token: self.token.id(),
            activation: self.token.activation,
            device: self.token.signing_key.device_id(),
            label: self.token.label.clone(),
            product: self.token.product.clone(),
            reason: self.token.reason,
            emergency_runs: self.token.emergency_runs.clone(),
            outcome,
        }))
    }

    fn refused(&self, problem: Problem) -> Received {
        Received::Refused(Box::new(Refused {
            token: Some(self.token.id()),
            label: Some(self.token.label.clone()),
            kind: Some(TokenKind::Deactivation),
            product: Some(self.token.product.clone()),
            emergency_runs: self.token.emergency_runs.clone(),
            problem,
            cause: None,
            answer: None,
        }))
    }
}
