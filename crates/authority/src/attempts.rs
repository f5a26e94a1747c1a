//! How often somebody may try (rule A13).

use std::net::IpAddr;

use keyferry_token::{Seconds, Timestamp};

use crate::{
    DatabaseFault, Origin,
    columns::{int, number},
    database::{Connection, query},
    keyring::SecretDigest,
    policy::{ATTEMPTS_PER_ADDRESS, ATTEMPTS_PER_CODE},
};

/// Who tries, with which code: refused attempts are counted for both, by the hour of the clock.
pub(crate) struct Attempt<'a> {
    pub(crate) at: Timestamp,
    /// What a request tries; other tokens try none.
    pub(crate) code: Option<&'a SecretDigest>,
    pub(crate) origin: &'a Origin,
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
        for counter in [self.by_code(), self.by_address()].into_iter().flatten() {
            let row = query(
                "SELECT refused FROM attempts WHERE scope = $1 AND subject = $2 AND hour = $3",
            )
            .bind(counter.scope)
            .bind(counter.subject)
            .bind(self.hour())
            .fetch_optional(&mut *connection)
            .await?;
            if let Some(row) = row
                && number(&row, "refused")? >= counter.most
            {
                let into_the_hour = self.at.unix() % Seconds::HOUR.get();
                return Ok(Some((Seconds::HOUR.get() - into_the_hour).div_ceil(60)));
            }
        }
        Ok(None)
    }

    /// Counts a refused attempt. With `code_refused` false only the address counts: the code was
    /// good, and its owner must not be shut out by asking again.
    pub(crate) async fn count(
        &self,
        connection: &mut Connection,
        code_refused: bool,
    ) -> Result<(), DatabaseFault> {
        query("DELETE FROM attempts WHERE hour < $1")
            .bind(self.hour())
            .execute(&mut *connection)
            .await?;
        let by_code = self.by_code().filter(|_| code_refused);
        for counter in [by_code, self.by_address()].into_iter().flatten() {
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
        match self.origin {
            Origin::Local | Origin::Account(_) | Origin::Form { .. } | Origin::ApiToken(_) => None,
            Origin::Address(address) => Some(Counter {
                scope: "address",
                subject: neighbourhood(address),
                most: ATTEMPTS_PER_ADDRESS,
            }),
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
