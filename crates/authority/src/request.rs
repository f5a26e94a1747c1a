//! Answering an activation request: rules A1 to A5, A10 and A13.
//!
//! The answer is decided twice. First on a state of the database that may be gone a moment later,
//! so that the signature, which takes longer than everything else, is made while nobody waits for
//! it; then again in the transaction that writes. Only what the second decision says is done. The
//! signature is used if both decided the same, which is the rule; else another is made.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{Decision, Lease, Rebinding, Refusal, SeatRequest, Seating, decide};
use keyferry_token::{
    ActivationId, ActivationRequest, ActivationResponse, ComponentKind, EntitlementId, Grant,
    OpenFault, OpenedToken, Sealed, SealedToken, SeatStatus, Timestamp, TokenKind, Verified,
    VerifyFault, seal_for_device,
};
use serde_json::Value;

use crate::{
    Answer, AnswerOutcome, Authority, DatabaseFault, Origin, Received, Refused,
    attempts::Attempt,
    audit::{Action, NewEntry},
    authority::aside,
    database::Connection,
    entropy,
    keyring::SecretDigest,
    policy::TOLERANCE,
    receive::ReceiveFault,
    seats::{self, Occupation, Purchase, StoredAnswer},
};

/// A request whose signature was checked, and all that its answer needs beside the database.
struct Asked<'a> {
    request: Verified<ActivationRequest>,
    code: SecretDigest,
    origin: &'a Origin,
    at: Timestamp,
    /// The id that a new activation gets: drawn ahead, so that both decisions draw the same.
    fresh: ActivationId,
}

impl Asked<'_> {
    fn attempt(&self) -> Attempt<'_> {
        Attempt {
            at: self.at,
            code: &self.code,
            origin: self.origin,
        }
    }

    fn entry(&self, action: Action, entitlement: Option<EntitlementId>) -> NewEntry {
        NewEntry::new(self.at, self.origin, action)
            .product(&self.request.product)
            .entitlement(entitlement)
            .device(self.request.signing_key.device_id())
            .token(self.request.id())
    }
}

/// What the rules say about a request.
enum Verdict {
    /// It was answered before.
    Answered(ActivationId, StoredAnswer),
    /// Too many attempts.
    Barred { minutes: u64 },
    /// No; `None` stands for a code that opens nothing.
    Refused(Option<EntitlementId>, Option<Refusal>),
    /// Yes.
    Granted(Box<Granted>),
}

struct Granted {
    entitlement: EntitlementId,
    seating: Seating,
    seat: u32,
    lease: Lease,
    held_until: Timestamp,
    response: ActivationResponse,
}

impl Authority {
    pub(crate) async fn answer_activation_request(
        &self,
        token: &SealedToken,
        origin: &Origin,
    ) -> Result<Received, ReceiveFault> {
        let request = self
            .open_request(token)?
            .verify_from_device::<ActivationRequest>(&self.vendor)?;
        if i64::try_from(request.number.0).is_err() {
            return Err(ReceiveFault::Number);
        }
        let asked = Asked {
            code: self.keyring.lookup.code(&request.secret),
            request,
            origin,
            at: self.clock.now(),
            fresh: ActivationId::new(entropy::random()?),
        };

        let ahead = {
            let mut transaction = self.database.read().await?;
            self.judge(&mut transaction, &asked).await?
        };
        let drafted = match ahead {
            Verdict::Answered(activation, answer) => return Ok(asked.reissued(activation, answer)),
            Verdict::Barred { minutes } => return Ok(asked.barred(minutes)),
            Verdict::Refused(..) => None,
            Verdict::Granted(granted) => {
                let sealed = self.seal(&granted.response, &asked).await?;
                Some((granted.response, sealed))
            }
        };

        let (asked, drafted) = (&asked, &drafted);
        self.database
            .write(|mut connection| async move {
                let received = match self.judge(&mut connection, asked).await? {
                    Verdict::Answered(activation, answer) => asked.reissued(activation, answer),
                    Verdict::Barred { minutes } => asked.barred(minutes),
                    Verdict::Refused(entitlement, refusal) => {
                        asked.refuse(&mut connection, entitlement, refusal).await?
                    }
                    Verdict::Granted(granted) => {
                        let sealed = match drafted {
                            Some((response, sealed)) if *response == granted.response => {
                                sealed.clone()
                            }
                            _ => self.seal(&granted.response, asked).await?,
                        };
                        asked.grant(&mut connection, &granted, sealed).await?
                    }
                };
                Ok((connection, received))
            })
            .await
    }

    /// Opens a request. One for a key that is not this vendor's is told apart from one that was
    /// damaged on the way.
    fn open_request(&self, token: &SealedToken) -> Result<OpenedToken, ReceiveFault> {
        let key = &self.keyring.exchange;
        token.open(key).map_err(|fault| match fault {
            OpenFault::OtherRecipient { recipient } if !recipient.is_nearly(&key.public().id()) => {
                VerifyFault::OtherRecipient.into()
            }
            other => other.into(),
        })
    }

    async fn judge(
        &self,
        connection: &mut Connection,
        asked: &Asked<'_>,
    ) -> Result<Verdict, DatabaseFault> {
        if let Some(minutes) = asked.attempt().barred_for(connection).await? {
            return Ok(Verdict::Barred { minutes });
        }
        let request = &asked.request;
        let Some(purchase) = Purchase::by_code(connection, &asked.code)
            .await?
            .filter(|purchase| purchase.product.code == request.product)
        else {
            return Ok(Verdict::Refused(None, None));
        };
        let held = seats::held(connection, purchase.id, asked.at).await?;
        let answered = seats::latest_answered(connection, request).await?;
        let facts: Vec<_> = held.iter().map(|(_, seat)| seat.clone()).collect();
        let decision = decide(
            asked.at,
            &purchase.facts(),
            &facts,
            answered.as_ref(),
            &SeatRequest {
                device: request.signing_key.device_id(),
                number: request.number,
                token: request.id(),
                fingerprint: &request.fingerprint,
            },
        );
        let seat = decision
            .as_ref()
            .map_or(0, |decision| seats::seat_number(decision, &held));
        Ok(match decision {
            Err(refusal) => Verdict::Refused(Some(purchase.id), Some(refusal)),
            Ok(Decision::Replay { activation }) => Verdict::Answered(
                activation,
                seats::stored_answer(connection, request.id()).await?,
            ),
            Ok(Decision::Seat {
                seating,
                sequence,
                lease,
                held_until,
            }) => {
                // A renewed seat keeps its enrolment (rule A4).
                let renewed = match &seating {
                    Seating::Renewed { activation } => {
                        facts.iter().find(|seat| seat.activation == *activation)
                    }
                    Seating::Rebound { .. } | Seating::Taken { .. } | Seating::New => None,
                };
                let grant = Grant {
                    activation: renewed.map_or(asked.fresh, |seat| seat.activation),
                    sequence,
                    status: SeatStatus::Active,
                    lease_expires_at: Some(lease.expires_at),
                    grace: purchase.product.grace,
                    subscription_end: purchase.ends_at,
                    features: purchase.features(),
                    edition: None,
                    holder: purchase.holder.clone(),
                    enrolled: renewed
                        .map_or_else(|| request.fingerprint.clone(), |seat| seat.enrolled.clone()),
                    tolerance: renewed.map_or(TOLERANCE, |seat| seat.tolerance),
                    emergency: None,
                    trial: false,
                    maintenance_end: None,
                };
                Verdict::Granted(Box::new(Granted {
                    entitlement: purchase.id,
                    seating,
                    seat,
                    lease,
                    held_until,
                    response: ActivationResponse {
                        issued_at: asked.at,
                        vendor: self.vendor,
                        product: request.product.clone(),
                        recipient: request.signing_key.device_id(),
                        answers: request.id(),
                        grant,
                    },
                }))
            }
        })
    }

    async fn seal(
        &self,
        response: &ActivationResponse,
        asked: &Asked<'_>,
    ) -> Result<Sealed, ReceiveFault> {
        let keyring = std::sync::Arc::clone(&self.keyring);
        let response = response.clone();
        let recipient = asked.request.exchange_key.clone();
        Ok(aside(move || {
            let rng = &mut entropy::rng();
            seal_for_device(&response, &keyring.signing, &recipient, rng)
        })
        .await?)
    }
}

impl Asked<'_> {
    fn reissued(&self, activation: ActivationId, answer: StoredAnswer) -> Received {
        Received::Answered(Box::new(Answer {
            kind: TokenKind::ActivationResponse,
            bytes: answer.bytes,
            response: answer.response,
            request: self.request.id(),
            activation,
            device: self.request.signing_key.device_id(),
            label: self.request.label.clone(),
            product: self.request.product.clone(),
            sequence: answer.sequence,
            lease_expires_at: answer.lease_expires_at,
            outcome: AnswerOutcome::Reissued,
        }))
    }

    fn barred(&self, minutes: u64) -> Received {
        self.refused(
            Problem::new(Code::TooManyAttempts).with("minutes", minutes),
            None,
        )
    }

    fn refused(&self, problem: Problem, cause: Option<Problem>) -> Received {
        Received::Refused(Box::new(Refused {
            token: Some(self.request.id()),
            label: Some(self.request.label.clone()),
            problem,
            cause,
        }))
    }

    async fn refuse(
        &self,
        connection: &mut Connection,
        entitlement: Option<EntitlementId>,
        refusal: Option<Refusal>,
    ) -> Result<Received, DatabaseFault> {
        let cause = refusal
            .as_ref()
            .map_or(Problem::new(Code::EntitlementUnknown), Refusal::problem);
        // Codes that open nothing read alike, whatever the reason (rule A13).
        let hidden = matches!(
            refusal,
            None | Some(Refusal::EntitlementSuspended | Refusal::EntitlementRevoked)
        );
        self.attempt().count(connection, hidden).await?;
        self.entry(Action::RequestRefused, entitlement)
            .with("code", cause.code.as_str())
            .write(connection)
            .await?;
        Ok(if hidden {
            self.refused(Problem::new(Code::ActivationCodeNotAccepted), Some(cause))
        } else {
            self.refused(cause, None)
        })
    }

    async fn grant(
        &self,
        connection: &mut Connection,
        granted: &Granted,
        sealed: Sealed,
    ) -> Result<Received, DatabaseFault> {
        let grant = &granted.response.grant;
        let occupation = Occupation {
            entitlement: granted.entitlement,
            request: &self.request,
            seating: &granted.seating,
            activation: grant.activation,
            seat: granted.seat,
            enrolled: &grant.enrolled,
            sequence: grant.sequence,
            lease: &granted.lease,
            held_until: granted.held_until,
            now: self.at,
        };
        occupation.write(connection).await?;
        occupation
            .keep_answer(connection, sealed.id, &sealed.bytes)
            .await?;
        self.granted_entry(granted).write(connection).await?;
        Ok(Received::Answered(Box::new(Answer {
            kind: TokenKind::ActivationResponse,
            bytes: sealed.bytes,
            response: sealed.id,
            request: self.request.id(),
            activation: grant.activation,
            device: granted.response.recipient,
            label: self.request.label.clone(),
            product: self.request.product.clone(),
            sequence: grant.sequence,
            lease_expires_at: granted.lease.expires_at,
            outcome: match granted.seating {
                Seating::Rebound { .. } => AnswerOutcome::Moved,
                Seating::New | Seating::Renewed { .. } | Seating::Taken { .. } => {
                    AnswerOutcome::Activated
                }
            },
        })))
    }

    fn granted_entry(&self, granted: &Granted) -> NewEntry {
        let entry = |action| {
            self.entry(action, Some(granted.entitlement))
                .activation(granted.response.grant.activation)
                .with("sequence", granted.response.grant.sequence.0)
                .with("lease_expires_at", granted.lease.expires_at.unix())
        };
        match &granted.seating {
            Seating::New => entry(Action::ActivationGranted),
            Seating::Renewed { .. } => entry(Action::ActivationRenewed),
            Seating::Taken { supersedes } => {
                entry(Action::SeatTaken).with("supersedes", supersedes.to_string())
            }
            Seating::Rebound { supersedes, cause } => {
                let (why, changed) = match cause {
                    Rebinding::DeviceChanged { changed } => ("device_changed", changed),
                    Rebinding::NewDeviceKey { changed } => ("new_device_key", changed),
                };
                entry(Action::ActivationRebound)
                    .with("supersedes", supersedes.to_string())
                    .with("why", why)
                    .with("changed", names(changed))
            }
        }
    }
}

fn names(components: &[ComponentKind]) -> Value {
    components.iter().map(|kind| kind.name()).collect()
}
