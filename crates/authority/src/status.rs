//! Reading a status report: what the device says, beside what the books say.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{CLOCK_LEEWAY, EntitlementStatus};
use keyferry_token::{
    SealedToken, Sequence, State, StatusReport, Timestamp, TokenId, TokenKind, Verified,
};

use crate::{
    ActivationRecord, ActivationStatus, Authority, Entitlement, EntitlementFault, EntitlementKey,
    Origin, Received, Refused,
    attempts::{Attempt, Tells},
    contact::{self, Contact, Known, Weight},
    database::Connection,
    receive::ReceiveFault,
    status_code::known_code,
};

/// A status report and what is known about its device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRead {
    /// The token's id.
    pub token: TokenId,
    /// What the device says; nothing of it is proven but who says it.
    pub report: StatusReport,
    /// What the books say of the activation: the one that the report names, else the one that its
    /// device holds.
    pub activation: Option<ActivationRecord>,
    /// The state of its entitlement.
    pub entitlement: Option<EntitlementStatus>,
    /// Where the two differ, what matters most first.
    pub differences: Vec<Difference>,
}

impl StatusRead {
    /// The code of the reason that the device gives, where this program knows it.
    pub fn reason(&self) -> Option<Code> {
        self.report.reason.and_then(known_code)
    }

    /// The reason that the device gives, with the values that its texts take: its next step is the
    /// likely fix.
    pub fn problem(&self) -> Option<Problem> {
        let report = &self.report;
        let code = self.reason()?;
        let problem = Problem::new(code);
        let takes = |name| {
            let mut placeholders = code.placeholders().iter();
            placeholders.any(|placeholder| placeholder.name == name)
        };
        let until = match code {
            Code::LeaseEnded => report.lease_expires_at,
            _ => report.until,
        };
        let problem = match until.filter(|_| takes("until")) {
            Some(until) => problem.with("until", until),
            None => problem,
        };
        Some(if takes("changed") {
            let names: Vec<&str> = report.changed.iter().map(|kind| kind.name()).collect();
            problem.with("changed", names.join(","))
        } else {
            problem
        })
    }
}

/// Something that a device and the books do not say alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It names an activation that is not in the books, or is another device's.
    ActivationUnknown,
    /// It runs on an activation that holds its seat no longer.
    SeatEnded(ActivationStatus),
    /// It runs on an entitlement that is suspended or revoked.
    Entitlement(EntitlementStatus),
    /// It holds no activation; in the books its device has a seat: an answer did not arrive.
    AnswerNotApplied,
    /// It has an older grant than the latest that was given.
    OlderGrant {
        /// The one that it has.
        device: Sequence,
        /// The latest.
        books: Sequence,
    },
    /// It has a newer grant than any in the books: these were put back from a backup.
    NewerGrant {
        /// The one that it has.
        device: Sequence,
        /// The latest.
        books: Sequence,
    },
    /// Its clock, or the latest time that it has seen, is off by more than a day and a time zone.
    Clock {
        /// What its clock showed when the report was made.
        device: Timestamp,
        /// The latest time that it has seen.
        latest_seen: Timestamp,
    },
}

impl Difference {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActivationUnknown => "activation_unknown",
            Self::SeatEnded(_) => "seat_ended",
            Self::Entitlement(_) => "entitlement",
            Self::AnswerNotApplied => "answer_not_applied",
            Self::OlderGrant { .. } => "older_grant",
            Self::NewerGrant { .. } => "newer_grant",
            Self::Clock { .. } => "clock",
        }
    }

    /// The catalogue's words for it, where it has some.
    pub fn problem(self) -> Option<Problem> {
        let code = match self {
            Self::ActivationUnknown => Code::ActivationUnknown,
            Self::SeatEnded(status) => {
                return status.ended().map(|ended| ended.refusal().problem());
            }
            Self::Entitlement(EntitlementStatus::Suspended) => Code::EntitlementSuspended,
            Self::Entitlement(EntitlementStatus::Revoked) => Code::EntitlementRevoked,
            Self::AnswerNotApplied => Code::AwaitingAnswer,
            Self::Entitlement(EntitlementStatus::Active | EntitlementStatus::Expired)
            | Self::OlderGrant { .. }
            | Self::NewerGrant { .. }
            | Self::Clock { .. } => return None,
        };
        Some(Problem::new(code))
    }
}

impl Authority {
    /// Reads a status report. It asks for nothing and gets no answer; what it tells of emergency
    /// runs is kept, and an odd number is flagged in the audit log. Those of devices that nobody
    /// knows count as attempts (rule A13).
    pub(crate) async fn read_status(
        &self,
        token: &SealedToken,
        origin: &Origin,
    ) -> Result<Received, ReceiveFault> {
        let report: Verified<StatusReport> = self.open_from_device(token)?;
        let (report, at) = (&report, self.clock.now());
        self.database
            .write(|mut connection| async move {
                let attempt = Attempt {
                    at,
                    code: None,
                    about: &[],
                    origin,
                };
                if let Some(minutes) = attempt.barred_for(&mut connection).await? {
                    return Ok((connection, barred(report, minutes)));
                }
                let read = self.status(&mut connection, report, origin, at).await?;
                if read.activation.is_none() {
                    attempt
                        .count(&mut connection, Tells::WhetherItCounts)
                        .await?;
                }
                Ok((connection, Received::Status(Box::new(read))))
            })
            .await
    }

    async fn status(
        &self,
        connection: &mut Connection,
        report: &Verified<StatusReport>,
        origin: &Origin,
        at: Timestamp,
    ) -> Result<StatusRead, ReceiveFault> {
        let device = report.signing_key.device_id();
        let named = match report.activation {
            Some(id) => self.activation_record(connection, id).await?,
            None => None,
        };
        let own = named.filter(|record| {
            record.activation.device == device && record.activation.product == report.product
        });
        let unknown = report.activation.is_some() && own.is_none();
        let record = match own {
            Some(record) => Some(record),
            None => match contact::known_device(connection, device, &report.product).await? {
                Some(known) => self.activation_record(connection, known.activation).await?,
                None => None,
            },
        };
        let entitlement = match &record {
            Some(record) => Some(self.entitlement_of(connection, record, at).await?),
            None => None,
        };
        if let Some(record) = &record {
            let known = Known {
                activation: record.activation.id,
                entitlement: record.activation.entitlement,
            };
            Contact::of(report, &report.emergency_runs, origin, at)
                .holding(report.activation)
                .record(connection, known, Weight::Seen)
                .await?;
        }
        let status = entitlement.map(|entitlement| entitlement.status);
        let mut differences = Vec::new();
        if unknown {
            differences.push(Difference::ActivationUnknown);
        }
        if let (Some(record), Some(status), false) = (&record, status, unknown) {
            differences.extend(differ(report, record, status));
        }
        differences.extend(clock_differs(report, at));
        Ok(StatusRead {
            token: report.id(),
            report: StatusReport::clone(report),
            activation: record,
            entitlement: status,
            differences,
        })
    }

    async fn entitlement_of(
        &self,
        connection: &mut Connection,
        record: &ActivationRecord,
        at: Timestamp,
    ) -> Result<Entitlement, ReceiveFault> {
        let key = EntitlementKey::Id(record.activation.entitlement);
        match self.entitlement_by(connection, &key, at).await {
            Ok(entitlement) => Ok(entitlement),
            Err(EntitlementFault::Database(fault)) => Err(fault.into()),
            Err(_) => Err(crate::DatabaseFault::Corrupt {
                what: "entitlement",
            }
            .into()),
        }
    }
}

fn barred(report: &Verified<StatusReport>, minutes: u64) -> Received {
    Received::Refused(Box::new(Refused {
        token: Some(report.id()),
        label: Some(report.label.clone()),
        kind: Some(TokenKind::Status),
        product: Some(report.product.clone()),
        emergency_runs: report.emergency_runs.clone(),
        problem: Problem::new(Code::TooManyAttempts).with("minutes", minutes),
        cause: None,
        answer: None,
    }))
}

fn differ(
    report: &StatusReport,
    record: &ActivationRecord,
    entitlement: EntitlementStatus,
) -> Vec<Difference> {
    let books = &record.activation;
    let Some(device) = report.sequence.filter(|_| report.activation.is_some()) else {
        let lost = books.status == ActivationStatus::Active;
        return lost
            .then_some(Difference::AnswerNotApplied)
            .into_iter()
            .collect();
    };
    let mut differences = Vec::new();
    if books.status != ActivationStatus::Active {
        differences.push(Difference::SeatEnded(books.status));
    }
    let stopped = matches!(
        entitlement,
        EntitlementStatus::Suspended | EntitlementStatus::Revoked
    );
    if stopped && report.state != State::Stopped {
        differences.push(Difference::Entitlement(entitlement));
    }
    let books = books.sequence;
    if device < books {
        differences.push(Difference::OlderGrant { device, books });
    }
    if device > books {
        differences.push(Difference::NewerGrant { device, books });
    }
    differences
}

/// A report may have been on its way for weeks: that its time is long past says nothing. A clock that
/// is ahead of the authority's, or behind what the device has seen itself, does.
fn clock_differs(report: &StatusReport, at: Timestamp) -> Option<Difference> {
    let (device, latest_seen) = (report.issued_at, report.clock_floor);
    let ahead = device.max(latest_seen).since(at) > CLOCK_LEEWAY;
    let behind = latest_seen.since(device) > CLOCK_LEEWAY;
    (ahead || behind).then_some(Difference::Clock {
        device,
        latest_seen,
    })
}
