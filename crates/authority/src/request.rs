//! Answering an activation request: rules A1 to A5, A10 and A13.
//!
//! The answer is decided twice. First on a state of the database that may be gone a moment later,
//! so that the signature, which takes longer than everything else, is made while nobody waits for
//! it; then again in the transaction that writes. Only what the second decision says is done. The
//! signature is used if both decided the same, which is the rule; else another is made.

mod again;

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{
    Decision, HeldSeat, Lease, Rebinding, Refusal, SeatRequest, Seating, decide, first_trial,
};
use keyferry_token::{
    ActivationId, ActivationRequest, ActivationResponse, ComponentKind, EntitlementId, SealedToken,
    SeatStatus, Timestamp, TokenKind, Verified,
};
use serde_json::Value;

use crate::{
    Answer, AnswerOutcome, Authority, DatabaseFault, Origin, Received, Refused, SealedAnswer,
    attempts::{Attempt, Tells},
    audit::{Action, NewEntry},
    contact::{self, Contact, Known, Weight},
    database::Connection,
    entropy,
    grants::{self, Issued, StoredAnswer},
    keyring::SecretDigest,
    keys::is_revoked,
    occupation::{self, Occupation},
    policy::TOLERANCE,
    purchase::{self, Purchase},
    receive::ReceiveFault,
    seats,
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
            code: Some(&self.code),
            about: &self.code,
            origin: self.origin,
        }
    }

    fn contact(&self) -> Contact<'_> {
        let runs = &self.request.emergency_runs;
        Contact::of(&self.request, runs, self.origin, self.at)
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
    /// It was answered before, by a key that was revoked since: what the answer says once more.
    SignedAnew(ActivationId, StoredAnswer, Box<ActivationResponse>),
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
        let request = self.open_from_device::<ActivationRequest>(token)?;
        let asked = Asked {
            code: self.keyring().lookup.code(&request.secret),
            request,
            origin,
            at: self.clock.now(),
            fresh: ActivationId::new(entropy::random()?),
        };
        let received = self.answer(&asked).await?;
        self.with_refusal(
            received,
            &asked.request,
            &asked.request.exchange_key,
            asked.at,
        )
        .await
    }

    async fn answer(&self, asked: &Asked<'_>) -> Result<Received, ReceiveFault> {
        let ahead = {
            let mut transaction = self.database.read().await?;
            self.judge(&mut transaction, asked).await?
        };
        let drafted = match ahead {
            Verdict::Answered(activation, answer) => return Ok(asked.reissued(activation, answer)),
            Verdict::Barred { minutes } => return Ok(asked.barred(minutes)),
            Verdict::Refused(..) => None,
            Verdict::SignedAnew(_, _, response) => {
                let sealed = self.seal(&response, asked).await?;
                Some((*response, sealed))
            }
            Verdict::Granted(granted) => {
                let sealed = self.seal(&granted.response, asked).await?;
                Some((granted.response, sealed))
            }
        };

        let drafted = &drafted;
        self.database
            .write(|mut connection| async move {
                let received = match self.judge(&mut connection, asked).await? {
                    Verdict::Answered(activation, answer) => asked.reissued(activation, answer),
                    Verdict::Barred { minutes } => asked.barred(minutes),
                    Verdict::Refused(entitlement, refusal) => {
                        asked.refuse(&mut connection, entitlement, refusal).await?
                    }
                    Verdict::SignedAnew(activation, mut answer, response) => {
                        answer.sealed = self.sealed_for(drafted.as_ref(), &response, asked).await?;
                        let (id, sealed) = (asked.request.id(), &answer.sealed);
                        grants::replace_answer(&mut connection, id, sealed).await?;
                        asked.reissued(activation, answer)
                    }
                    Verdict::Granted(granted) => {
                        let response = &granted.response;
                        let sealed = self.sealed_for(drafted.as_ref(), response, asked).await?;
                        asked.grant(&mut connection, &granted, sealed).await?
                    }
                };
                Ok((connection, received))
            })
            .await
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
        let device = request.signing_key.device_id();
        let asking = (device, &request.fingerprint);
        let held = seats::held(connection, purchase.id, asking, asked.at).await?;
        let (product, id) = (&request.product, request.id());
        let history = seats::history(connection, device, product, id, purchase.id).await?;
        let facts: Vec<_> = held.iter().map(|(_, seat)| seat.clone()).collect();
        let decision = decide(
            asked.at,
            &purchase.facts(),
            &facts,
            &history,
            &SeatRequest {
                device,
                number: request.number,
                token: id,
                fingerprint: &request.fingerprint,
            },
        );
        let decision = match decision {
            Ok(Decision::Seat { ref seating, .. }) if purchase.trial => {
                let had = seats::had_trial(connection, asking, product, purchase.id).await?;
                first_trial(seating, had).and(decision)
            }
            other => other,
        };
        let seat = decision
            .as_ref()
            .map_or(0, |decision| occupation::seat_number(decision, &held));
        Ok(match decision {
            Err(refusal) => Verdict::Refused(Some(purchase.id), Some(refusal)),
            Ok(Decision::Replay { activation }) => {
                self.answered_before(connection, asked, &purchase, activation, &facts)
                    .await?
            }
            Ok(Decision::Seat {
                seating,
                sequence,
                lease,
                emergency,
                held_until,
            }) => {
                // A renewed seat keeps its enrolment (rule A4).
                let renewed = match &seating {
                    Seating::Renewed { activation } => {
                        facts.iter().find(|seat| seat.activation == *activation)
                    }
                    Seating::Rebound { .. }
                    | Seating::Returned { .. }
                    | Seating::Taken { .. }
                    | Seating::New => None,
                };
                let grant = purchase.grant(purchase::Terms {
                    activation: renewed.map_or(asked.fresh, |seat| seat.activation),
                    sequence,
                    status: SeatStatus::Active,
                    lease_expires_at: Some(lease.expires_at),
                    emergency,
                    enrolled: renewed
                        .map_or_else(|| request.fingerprint.clone(), |seat| seat.enrolled.clone()),
                    tolerance: renewed.map_or(TOLERANCE, |seat| seat.tolerance),
                });
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

    /// What was sealed ahead, where it says what is to be said.
    async fn sealed_for(
        &self,
        ahead: Option<&(ActivationResponse, SealedAnswer)>,
        response: &ActivationResponse,
        asked: &Asked<'_>,
    ) -> Result<SealedAnswer, ReceiveFault> {
        match ahead {
            Some((drafted, sealed)) if drafted == response => Ok(sealed.clone()),
            _ => self.seal(response, asked).await,
        }
    }

    /// The answer that a request got before.
    async fn answered_before(
        &self,
        connection: &mut Connection,
        asked: &Asked<'_>,
        purchase: &Purchase,
        activation: ActivationId,
        seats: &[HeldSeat],
    ) -> Result<Verdict, DatabaseFault> {
        let answer = grants::stored_answer(connection, asked.request.id()).await?;
        let seat = seats.iter().find(|seat| seat.activation == activation);
        let revoked = is_revoked(&self.keyring().rows, answer.sealed.signer, answer.issued_at);
        Ok(match seat.filter(|_| revoked) {
            Some(seat) => {
                let held = (activation, seat);
                let response = again::response(asked, self.vendor, purchase, held, &answer);
                Verdict::SignedAnew(activation, answer, Box::new(response))
            }
            None => Verdict::Answered(activation, answer),
        })
    }

    async fn seal(
        &self,
        response: &ActivationResponse,
        asked: &Asked<'_>,
    ) -> Result<SealedAnswer, ReceiveFault> {
        let recipient = &asked.request.exchange_key;
        Ok(self.seal_token(response.clone(), recipient).await?)
    }
}

impl Asked<'_> {
    fn reissued(&self, activation: ActivationId, answer: StoredAnswer) -> Received {
        Received::Answered(Box::new(Answer {
            sealed: answer.sealed,
            request: self.request.id(),
            activation,
            device: self.request.signing_key.device_id(),
            label: self.request.label.clone(),
            product: self.request.product.clone(),
            sequence: answer.sequence,
            lease_expires_at: answer.lease_expires_at,
            emergency_runs: self.request.emergency_runs.clone(),
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
            kind: Some(TokenKind::ActivationRequest),
            product: Some(self.request.product.clone()),
            emergency_runs: self.request.emergency_runs.clone(),
            problem,
            cause,
            answer: None,
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
        let tells = if hidden {
            Tells::WhetherItCounts
        } else {
            Tells::WhyNot
        };
        self.attempt().count(connection, tells).await?;
        self.entry(Action::RequestRefused, entitlement)
            .with("code", cause.code.as_str())
            .write(connection)
            .await?;
        let (device, product) = (self.request.signing_key.device_id(), &self.request.product);
        if let Some(known) = contact::known_device(connection, device, product).await? {
            self.contact()
                .record(connection, known, Weight::Seen)
                .await?;
        }
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
        sealed: SealedAnswer,
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
        let issued = Issued {
            grant,
            request: Some(self.request.id()),
            device: granted.response.recipient,
            product: &self.request.product,
            at: self.at,
        };
        issued.keep(connection, &sealed).await?;
        let known = Known {
            activation: grant.activation,
            entitlement: granted.entitlement,
        };
        self.contact()
            .record(connection, known, Weight::Counts)
            .await?;
        self.granted_entry(granted).write(connection).await?;
        Ok(Received::Answered(Box::new(Answer {
            sealed,
            request: self.request.id(),
            activation: grant.activation,
            device: granted.response.recipient,
            label: self.request.label.clone(),
            product: self.request.product.clone(),
            sequence: grant.sequence,
            lease_expires_at: granted.lease.expires_at,
            emergency_runs: self.request.emergency_runs.clone(),
            outcome: match granted.seating {
                Seating::Rebound { .. } | Seating::Returned { .. } => AnswerOutcome::Moved,
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
                .with("number", self.request.number.0)
                .with("sequence", granted.response.grant.sequence.0)
                .with("lease_expires_at", granted.lease.expires_at.unix())
        };
        match &granted.seating {
            Seating::New => entry(Action::ActivationGranted),
            Seating::Renewed { .. } => entry(Action::ActivationRenewed),
            Seating::Taken { supersedes } => {
                entry(Action::SeatTaken).with("supersedes", supersedes.to_string())
            }
            Seating::Returned {
                supersedes,
                changed,
            } => entry(Action::SeatReturned)
                .with("supersedes", supersedes.to_string())
                .with("changed", names(changed)),
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
