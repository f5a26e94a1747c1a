//! An exported log read back: whoever restores an authority learns from it what the backup does not know.

use std::io::{BufRead, Read as _};

use data_encoding::HEXLOWER;
use keyferry_token::{
    ActivationId, DeviceId, EntitlementId, KeyId, LicenseId, ProductCode, Timestamp, TokenId,
    VendorId,
};
use serde_json::{Map, Value};

use super::{AuditAddress, AuditEntry, AuditFault, AuditSeal, export::VERSION};
use crate::{
    DatabaseFault,
    columns::{self, int},
    database::{Connection, query},
};

/// Longer lines are none of an export: its texts are bounded.
const MAX_LINE: u64 = 256 * 1024;

/// The lines of an export, in order, each checked against the one before.
pub(crate) struct ExportedLog<'a> {
    lines: &'a mut dyn BufRead,
    seal: AuditSeal,
}

impl<'a> ExportedLog<'a> {
    /// Begins to read; the first line says whose log it is.
    ///
    /// # Errors
    /// `audit_log_refused` where it is no export, or another vendor's.
    pub(crate) fn of(lines: &'a mut dyn BufRead, vendor: &VendorId) -> Result<Self, AuditFault> {
        let mut log = Self {
            lines,
            seal: AuditSeal::genesis(vendor),
        };
        let first = log.line()?.ok_or(AuditFault::LogRefused)?;
        let ours = first.get("keyferry_audit").and_then(Value::as_u64) == Some(VERSION)
            && first.get("vendor").and_then(Value::as_str)
                == Some(&HEXLOWER.encode(vendor.as_bytes()));
        if ours {
            Ok(log)
        } else {
            Err(AuditFault::LogRefused)
        }
    }

    /// The place of the entry that was read last.
    pub(crate) fn seal(&self) -> AuditSeal {
        self.seal
    }

    /// The next entry.
    ///
    /// # Errors
    /// `audit_log_refused` where the line is none; `audit_broken` where it is not what was sealed there.
    pub(crate) fn next(&mut self) -> Result<Option<AuditEntry>, AuditFault> {
        let Some(mut fields) = self.line()? else {
            return Ok(None);
        };
        let entry = read(&mut fields).ok_or(AuditFault::LogRefused)?;
        let next = self.seal.next(&entry);
        // What is in the line and not in the hash would be believed unseen.
        if entry.seal != Some(next) || !fields.is_empty() {
            let position = next.position;
            return Err(AuditFault::Broken { position });
        }
        self.seal = next;
        Ok(Some(entry))
    }

    fn line(&mut self) -> Result<Option<Map<String, Value>>, AuditFault> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.lines).take(MAX_LINE);
        bounded
            .read_until(b'\n', &mut line)
            .map_err(|_| AuditFault::LogRefused)?;
        if line.is_empty() {
            return Ok(None);
        }
        // A line without its end was cut off.
        let whole = line.strip_suffix(b"\n").ok_or(AuditFault::LogRefused)?;
        serde_json::from_slice(whole)
            .map(Some)
            .map_err(|_| AuditFault::LogRefused)
    }
}

/// Takes an entry out of the fields of a line.
fn read(fields: &mut Map<String, Value>) -> Option<AuditEntry> {
    let position = number(fields, "position")??;
    let hash = hex(fields, "hash")??;
    Some(AuditEntry {
        id: 0,
        at: Timestamp::from_unix(number(fields, "at")??),
        actor: text(fields, "actor")??,
        action: text(fields, "action")??,
        product: match text(fields, "product")? {
            Some(code) => Some(ProductCode::new(&code).ok()?),
            None => None,
        },
        entitlement: hex(fields, "entitlement")?.map(EntitlementId::new),
        activation: hex(fields, "activation")?.map(ActivationId::new),
        device: hex(fields, "device")?.map(DeviceId::new),
        token: hex(fields, "token")?.map(TokenId::new),
        license: hex(fields, "license")?.map(LicenseId::new),
        key: hex(fields, "key")?.map(KeyId::new),
        address: hex(fields, "address")?.map(|digest| AuditAddress { digest, text: None }),
        epoch: number(fields, "epoch")?,
        detail: text(fields, "detail")??,
        seal: Some(AuditSeal { position, hash }),
    })
}

/// A field; `Some(None)` where it is missing, `None` where it is something else.
#[expect(clippy::option_option, reason = "missing is another thing than wrong")]
fn text(fields: &mut Map<String, Value>, name: &str) -> Option<Option<String>> {
    match fields.remove(name) {
        Some(Value::String(text)) => Some(Some(text)),
        Some(_) => None,
        None => Some(None),
    }
}

#[expect(clippy::option_option, reason = "missing is another thing than wrong")]
fn number(fields: &mut Map<String, Value>, name: &str) -> Option<Option<u64>> {
    match fields.remove(name) {
        // What a database cannot hold was in none.
        Some(value) => value
            .as_u64()
            .filter(|number| i64::try_from(*number).is_ok())
            .map(Some),
        None => Some(None),
    }
}

#[expect(clippy::option_option, reason = "missing is another thing than wrong")]
fn hex<const N: usize>(fields: &mut Map<String, Value>, name: &str) -> Option<Option<[u8; N]>> {
    match text(fields, name)? {
        Some(digits) => {
            let bytes = HEXLOWER.decode(digits.as_bytes()).ok()?;
            bytes.try_into().ok().map(Some)
        }
        None => Some(None),
    }
}

impl AuditEntry {
    /// Puts an entry of an earlier epoch into the log, not sealed yet. Gives its number.
    pub(crate) async fn insert(&self, connection: &mut Connection) -> Result<u64, DatabaseFault> {
        let row = query(
            "INSERT INTO audit (at, actor, action, product, entitlement, activation, device, token,
                 license, key, epoch, detail, address)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id",
        )
        .bind(int(self.at.unix()))
        .bind(self.actor.as_str())
        .bind(self.action.as_str())
        .bind(self.product.as_ref().map(ProductCode::as_str))
        .bind(self.entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(self.activation.map(|id| id.as_bytes().to_vec()))
        .bind(self.device.map(|id| id.as_bytes().to_vec()))
        .bind(self.token.map(|id| id.as_bytes().to_vec()))
        .bind(self.license.map(|id| id.as_bytes().to_vec()))
        .bind(self.key.map(|id| id.as_bytes().to_vec()))
        .bind(self.epoch.map(int))
        .bind(self.detail.as_str())
        .bind(self.address.as_ref().map(|address| address.digest.to_vec()))
        .fetch_one(connection)
        .await?;
        columns::number(&row, "id")
    }

    /// Seals the entry of this number where the exported log has it.
    pub(crate) async fn seal_as(
        &self,
        connection: &mut Connection,
        id: u64,
    ) -> Result<(), DatabaseFault> {
        query("UPDATE audit SET position = $1, hash = $2 WHERE id = $3")
            .bind(self.seal.map(|seal| int(seal.position)))
            .bind(self.seal.map(|seal| seal.hash.to_vec()))
            .bind(int(id))
            .execute(connection)
            .await?;
        Ok(())
    }
}
