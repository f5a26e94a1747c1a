//! How often somebody may try (rule A13).

use std::net::IpAddr;

use keyferry_token::{Seconds, Timestamp};

use crate::{
    DatabaseFault, Origin,
    columns::{int, number},
    database::{Connection, query},
    keyring::SecretDigest,
    policy::{ATTEMPTS_PER_ADDRESS, ATTEMPTS_PER_CODE, REFUSALS_OF_KNOWN},
};

/// Who tries, with which code: refused attempts are counted by the hour of the clock.
pub(crate) struct Attempt<'a> {
    pub(crate) at: Timestamp,
    /// What a request tries; other tokens try none.
    pub(crate) code: Option<&'a SecretDigest>,
    /// What the token is about, if that is there: a code's digest or an activation's id.
    pub(crate) about: &'a [u8],
    pub(crate) origin: &'a Origin,
}

/// What a refusal tells whoever tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tells {
    /// Whether a code or an id opens anything. Whoever guesses learns from it, once for each code: the
    /// address counts codes, and the code its attempts.
    WhetherItCounts,
    /// Why what is known gets nothing, such as a seat where none is free. Nobody guesses by it, and a company
    /// behind one address must not be shut out by it; what counts is only this code from this address.
    WhyNot,
}

/// What a count is of.
struct Counter {
    scope: &'static str,
    subject: Vec<u8>,
    most: u64,
}

impl Attempt<'_> {
    /// How many minutes to wait, if the limit is reached.
    pub(crate) async fn barred_for(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<u64>, DatabaseFault> {
        let counters = [self.by_code(), self.by_address(), self.by_both()];
        for counter in counters.into_iter().flatten() {
            let most = counter.most;
            if self.refused(connection, counter).await? >= most {
                let into_the_hour = self.at.unix() % Seconds::HOUR.get();
                return Ok(Some((Seconds::HOUR.get() - into_the_hour).div_ceil(60)));
            }
        }
        Ok(None)
    }

    async fn refused(
        &self,
        connection: &mut Connection,
        counter: Counter,
    ) -> Result<u64, DatabaseFault> {
        let row =
            query("SELECT refused FROM attempts WHERE scope = $1 AND subject = $2 AND hour = $3")
                .bind(counter.scope)
                .bind(counter.subject)
                .bind(self.hour())
                .fetch_optional(connection)
                .await?;
        row.map_or(Ok(0), |row| number(&row, "refused"))
    }

    /// Counts a refused attempt.
    pub(crate) async fn count(
        &self,
        connection: &mut Connection,
        tells: Tells,
    ) -> Result<(), DatabaseFault> {
        query("DELETE FROM attempts WHERE hour < $1")
            .bind(self.hour())
            .execute(&mut *connection)
            .await?;
        let counters = match tells {
            Tells::WhyNot => [None, self.by_both()],
            Tells::WhetherItCounts => {
                let is_new = match self.by_code() {
                    Some(counter) => self.refused(connection, counter).await? == 0,
                    None => true,
                };
                [self.by_code(), self.by_address().filter(|_| is_new)]
            }
        };
        for counter in counters.into_iter().flatten() {
            query(
                "INSERT INTO attempts (scope, subject, hour, refused) VALUES ($1, $2, $3, 1)
                 ON CONFLICT (scope, subject, hour) DO UPDATE SET refused = attempts.refused + 1",
            )
            .bind(counter.scope)
            .bind(counter.subject)
            .bind(self.hour())
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    fn hour(&self) -> i64 {
        int(self.at.unix() / Seconds::HOUR.get())
    }

    fn by_code(&self) -> Option<Counter> {
        self.code.map(|code| Counter {
            scope: "code",
            subject: code.to_vec(),
            most: ATTEMPTS_PER_CODE,
        })
    }

    fn by_address(&self) -> Option<Counter> {
        self.from().map(|subject| Counter {
            scope: "address",
            subject,
            most: ATTEMPTS_PER_ADDRESS,
        })
    }

    fn by_both(&self) -> Option<Counter> {
        self.from().map(|from| Counter {
            scope: "address",
            subject: [&from, self.about].concat(),
            most: REFUSALS_OF_KNOWN,
        })
    }

    fn from(&self) -> Option<Vec<u8>> {
        match self.origin {
            Origin::Local | Origin::Account(_) | Origin::Form { .. } | Origin::ApiToken(_) => None,
            Origin::Address(address) => Some(neighbourhood(address)),
        }
    }
}

/// What one subscriber has: an IPv4 address, or the /64 of an IPv6 address, in which anyone may
/// take as many addresses as they like.
pub(crate) fn neighbourhood(address: &IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}
