//! The grants that left, and the answers that are given again byte for byte (rules A3, A6).

use keyferry_token::{
    ActivationId, DeviceId, Grant, KeyId, ProductCode, SeatStatus, Sequence, Timestamp, TokenId,
    TokenKind,
};

use crate::{
    DatabaseFault, SealedAnswer,
    columns::{self, int},
    database::{Connection, Row, query},
};

/// A grant as it leaves: in the answer to a request, or in a refresh, which answers none.
pub(crate) struct Issued<'a> {
    pub(crate) grant: &'a Grant,
    pub(crate) request: Option<TokenId>,
    pub(crate) device: DeviceId,
    pub(crate) product: &'a ProductCode,
    pub(crate) at: Timestamp,
}

impl Issued<'_> {
    /// Keeps it: an answer for when it is asked for again, a refresh for the record.
    pub(crate) async fn keep(
        &self,
        connection: &mut Connection,
        sealed: &SealedAnswer,
    ) -> Result<(), DatabaseFault> {
        query(
            "INSERT INTO grants (token, request, activation, device, product, bytes, sequence,
                 status, lease_expires_at, issued_at, kid)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(sealed.id.as_bytes().to_vec())
        .bind(self.request.map(|id| id.as_bytes().to_vec()))
        .bind(self.grant.activation.as_bytes().to_vec())
        .bind(self.device.as_bytes().to_vec())
        .bind(self.product.as_str())
        .bind(sealed.bytes.as_slice())
        .bind(int(self.grant.sequence.0))
        .bind(self.grant.status.name())
        .bind(self.grant.lease_expires_at.map(|end| int(end.unix())))
        .bind(int(self.at.unix()))
        .bind(sealed.signer.map(|kid| kid.as_bytes().to_vec()))
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// What was sealed, as it is kept.
fn sealed(row: &Row, kind: TokenKind) -> Result<SealedAnswer, DatabaseFault> {
    Ok(SealedAnswer {
        kind,
        bytes: columns::get(row, "bytes")?,
        id: columns::fixed(row, "token").map(TokenId::new)?,
        profiles: Vec::new(),
        signer: columns::maybe_fixed(row, "kid")?.map(KeyId::new),
    })
}

/// An answer to an activation request as it left.
pub(crate) struct StoredAnswer {
    pub(crate) sealed: SealedAnswer,
    pub(crate) sequence: Sequence,
    pub(crate) lease_expires_at: Timestamp,
    pub(crate) issued_at: Timestamp,
}

/// Keeps an answer in the place of the one that the request got before, whose key was revoked.
pub(crate) async fn replace_answer(
    connection: &mut Connection,
    request: TokenId,
    sealed: &SealedAnswer,
) -> Result<(), DatabaseFault> {
    replace(
        connection,
        "UPDATE grants SET token = $2, bytes = $3, kid = $4 WHERE request = $1",
        request,
        sealed,
    )
    .await
}

/// The same of the answer to a time request.
pub(crate) async fn replace_time(
    connection: &mut Connection,
    request: TokenId,
    sealed: &SealedAnswer,
) -> Result<(), DatabaseFault> {
    replace(
        connection,
        "UPDATE times_told SET token = $2, bytes = $3, kid = $4 WHERE request = $1",
        request,
        sealed,
    )
    .await
}

async fn replace(
    connection: &mut Connection,
    statement: &'static str,
    request: TokenId,
    sealed: &SealedAnswer,
) -> Result<(), DatabaseFault> {
    query(statement)
        .bind(request.as_bytes().to_vec())
        .bind(sealed.id.as_bytes().to_vec())
        .bind(sealed.bytes.as_slice())
        .bind(sealed.signer.map(|kid| kid.as_bytes().to_vec()))
        .execute(connection)
        .await?;
    Ok(())
}

/// The answer that a request got before (rule A3).
pub(crate) async fn stored_answer(
    connection: &mut Connection,
    request: TokenId,
) -> Result<StoredAnswer, DatabaseFault> {
    let row = query("SELECT * FROM grants WHERE request = $1")
        .bind(request.as_bytes().to_vec())
        .fetch_one(connection)
        .await?;
    Ok(StoredAnswer {
        sealed: sealed(&row, TokenKind::ActivationResponse)?,
        sequence: columns::number(&row, "sequence").map(Sequence)?,
        lease_expires_at: columns::time(&row, "lease_expires_at")?,
        issued_at: columns::time(&row, "issued_at")?,
    })
}

/// The latest refresh of an activation that was made at this time or later, with what it grants.
pub(crate) async fn refreshed_since(
    connection: &mut Connection,
    activation: ActivationId,
    since: Timestamp,
) -> Result<Option<StoredRefresh>, DatabaseFault> {
    query(
        "SELECT * FROM grants WHERE activation = $1 AND request IS NULL AND issued_at >= $2
         ORDER BY sequence DESC LIMIT 1",
    )
    .bind(activation.as_bytes().to_vec())
    .bind(int(since.unix()))
    .fetch_optional(connection)
    .await?
    .map(|row| {
        Ok(StoredRefresh {
            sealed: sealed(&row, TokenKind::Refresh)?,
            sequence: columns::number(&row, "sequence").map(Sequence)?,
            status: columns::seat_status(&row, "status")?,
            lease_expires_at: columns::maybe_time(&row, "lease_expires_at")?,
            issued_at: columns::time(&row, "issued_at")?,
        })
    })
    .transpose()
}

/// A refresh as it left.
pub(crate) struct StoredRefresh {
    pub(crate) sealed: SealedAnswer,
    pub(crate) sequence: Sequence,
    pub(crate) status: SeatStatus,
    pub(crate) lease_expires_at: Option<Timestamp>,
    pub(crate) issued_at: Timestamp,
}

/// The answer that a time request got before, with the time that it tells.
pub(crate) async fn stored_time(
    connection: &mut Connection,
    request: TokenId,
) -> Result<Option<(SealedAnswer, Timestamp)>, DatabaseFault> {
    query("SELECT * FROM times_told WHERE request = $1")
        .bind(request.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            let sealed = sealed(&row, TokenKind::Time)?;
            Ok((sealed, columns::time(&row, "told_at")?))
        })
        .transpose()
}

/// Keeps the answer to a time request for when it is asked for again.
pub(crate) async fn keep_time(
    connection: &mut Connection,
    request: TokenId,
    activation: ActivationId,
    sealed: &SealedAnswer,
    told_at: Timestamp,
) -> Result<(), DatabaseFault> {
    query(
        "INSERT INTO times_told (request, activation, token, bytes, told_at, kid)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(request.as_bytes().to_vec())
    .bind(activation.as_bytes().to_vec())
    .bind(sealed.id.as_bytes().to_vec())
    .bind(sealed.bytes.as_slice())
    .bind(int(told_at.unix()))
    .bind(sealed.signer.map(|kid| kid.as_bytes().to_vec()))
    .execute(connection)
    .await?;
    Ok(())
}
