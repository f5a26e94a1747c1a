//! The vendor's keys as the database knows them: public halves, states, times.

use keyferry_token::{KeyId, KeyPurpose, KeyState, ProfileKey, Timestamp};

use crate::{
    DatabaseFault,
    columns::{self, get, int, maybe_time, one_of},
    database::{Connection, Row, query},
};

/// A vendor key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRow {
    pub(crate) kid: KeyId,
    pub(crate) purpose: KeyPurpose,
    pub(crate) state: KeyState,
    pub(crate) spki: Vec<u8>,
    /// Until when a retired exchange key opens.
    pub(crate) opens_until: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    /// When another key took its place.
    pub(crate) replaced_at: Option<Timestamp>,
    /// The first profile that lists it.
    pub(crate) since_profile: u64,
}

impl KeyRow {
    /// A key that is to be used from now on.
    pub(crate) fn active(
        purpose: KeyPurpose,
        spki: &[u8],
        since_profile: u64,
        now: Timestamp,
    ) -> Self {
        Self {
            kid: KeyId::of_key(spki),
            purpose,
            state: KeyState::Active,
            spki: spki.to_vec(),
            opens_until: None,
            created_at: now,
            replaced_at: None,
            since_profile,
        }
    }

    /// All keys, the oldest first.
    pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<Self>, DatabaseFault> {
        query("SELECT * FROM vendor_keys ORDER BY since_profile, kid")
            .fetch_all(connection)
            .await?
            .iter()
            .map(Self::from_row)
            .collect()
    }

    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let purposes = [
            KeyPurpose::Profile,
            KeyPurpose::Signing,
            KeyPurpose::Exchange,
        ];
        let states = [KeyState::Active, KeyState::Retired, KeyState::Revoked];
        Ok(Self {
            kid: columns::fixed(row, "kid").map(KeyId::new)?,
            purpose: one_of(row, "purpose", purposes, KeyPurpose::name)?,
            state: one_of(row, "state", states, KeyState::name)?,
            spki: get(row, "spki")?,
            opens_until: maybe_time(row, "opens_until")?,
            created_at: columns::time(row, "created_at")?,
            replaced_at: maybe_time(row, "replaced_at")?,
            since_profile: columns::number(row, "since_profile")?,
        })
    }

    /// Enters it.
    pub(crate) async fn insert(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        query(
            "INSERT INTO vendor_keys (kid, purpose, state, spki, created_at, since_profile)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.kid.as_bytes().to_vec())
        .bind(self.purpose.name())
        .bind(self.state.name())
        .bind(self.spki.as_slice())
        .bind(int(self.created_at.unix()))
        .bind(int(self.since_profile))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Brings its state and times up to date.
    pub(crate) async fn update(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        query(
            "UPDATE vendor_keys SET state = $2, opens_until = $3, replaced_at = $4 WHERE kid = $1",
        )
        .bind(self.kid.as_bytes().to_vec())
        .bind(self.state.name())
        .bind(self.opens_until.map(|end| int(end.unix())))
        .bind(self.replaced_at.map(|at| int(at.unix())))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// As a profile lists it.
    pub(crate) fn listed(&self) -> Result<ProfileKey, DatabaseFault> {
        let key = ProfileKey::new(self.purpose, self.state, &self.spki)
            .map_err(|_| DatabaseFault::Corrupt { what: "spki" })?;
        Ok(match self.opens_until {
            Some(end) => key.opening_until(end),
            None => key,
        })
    }

    /// Whether it is the one in use for a purpose.
    pub(crate) fn is_active(&self, purpose: KeyPurpose) -> bool {
        self.purpose == purpose && self.state == KeyState::Active
    }

    /// Whether it signed something at a time; `signer` is the key that did where that is known. Where it is
    /// not, each that was in use then may have.
    fn may_have_signed(&self, signer: Option<KeyId>, at: Timestamp) -> bool {
        self.purpose == KeyPurpose::Signing
            && signer.map_or_else(
                || self.created_at <= at && self.replaced_at.is_none_or(|end| at <= end),
                |kid| self.kid == kid,
            )
    }

    /// The name of its file, without the ending.
    pub(crate) fn name(&self) -> String {
        Self::file_name(self.purpose, self.kid)
    }

    /// The name of a key's file, without the ending.
    pub(crate) fn file_name(purpose: KeyPurpose, kid: KeyId) -> String {
        format!("{}-{kid}", purpose.name())
    }
}

/// Whether nothing counts any more that was signed then: its key was revoked.
pub(crate) fn is_revoked(rows: &[KeyRow], signer: Option<KeyId>, at: Timestamp) -> bool {
    rows.iter()
        .any(|row| row.state == KeyState::Revoked && row.may_have_signed(signer, at))
}

/// Whether the key in use may have signed what was signed then, and no other one.
pub(crate) fn is_by_active(rows: &[KeyRow], signer: Option<KeyId>, at: Timestamp) -> bool {
    rows.iter()
        .filter(|row| row.may_have_signed(signer, at))
        .all(|row| row.state == KeyState::Active)
}

/// The key in use for a purpose.
pub(crate) fn active(rows: &[KeyRow], purpose: KeyPurpose) -> Result<&KeyRow, DatabaseFault> {
    rows.iter()
        .rev()
        .find(|row| row.is_active(purpose))
        .ok_or(DatabaseFault::Corrupt {
            what: "vendor_keys",
        })
}
