//! The audit log as lines of JSON, for whoever checks it without this program.

use std::io::Write;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use super::{AuditEntry, AuditFault, AuditSeal, chain::sealed_after};
use crate::{Authority, database::Connection};

/// The version of the lines (`docs/spec/audit.md`).
pub(super) const VERSION: u64 = 1;

impl Authority {
    /// Seals the audit log and writes all of it: a line with the vendor, then a line for each
    /// entry, in the order of the chain. Memory stays flat however long the log is. What it ends
    /// with is the place of the last entry.
    ///
    /// The log is written as it is: [`Authority::verify_audit`] says whether it is whole.
    ///
    /// # Errors
    /// `system_failure` when the output fails; `audit_broken` at an entry that cannot be read any
    /// more; those of the database.
    pub async fn export_audit(
        &self,
        output: &mut (dyn Write + Send),
    ) -> Result<AuditSeal, AuditFault> {
        self.seal_audit().await?;
        let mut transaction = self.database.read().await?;
        let mut last = AuditSeal::genesis(&self.vendor);
        writeln!(output, "{}", self.first_line())?;
        while next_lines(&mut transaction, &mut last, output).await? {}
        output.flush()?;
        Ok(last)
    }

    /// The same piece by piece, for whoever takes it slowly: the lines behind a position, and the position
    /// behind which the next ones are. What is sealed does not change meanwhile.
    ///
    /// # Errors
    /// As [`Authority::export_audit`].
    pub async fn audit_lines(&self, behind: u64) -> Result<(Vec<u8>, Option<u64>), AuditFault> {
        let mut lines = Vec::new();
        if behind == 0 {
            self.seal_audit().await?;
            writeln!(lines, "{}", self.first_line())?;
        }
        let mut transaction = self.database.read().await?;
        let mut last = AuditSeal {
            position: behind,
            ..AuditSeal::genesis(&self.vendor)
        };
        let more = next_lines(&mut transaction, &mut last, &mut lines).await?;
        Ok((lines, more.then_some(last.position)))
    }

    fn first_line(&self) -> Value {
        let vendor = HEXLOWER.encode(self.vendor.as_bytes());
        json!({"keyferry_audit": VERSION, "vendor": vendor})
    }
}

/// Writes the lines of the next entries; whether there were any.
async fn next_lines(
    connection: &mut Connection,
    last: &mut AuditSeal,
    output: &mut (dyn Write + Send),
) -> Result<bool, AuditFault> {
    let entries = sealed_after(connection, last.position).await?;
    let more = !entries.is_empty();
    for entry in entries {
        let position = last.position + 1;
        let broken = AuditFault::Broken { position };
        let Ok(entry) = entry else { return Err(broken) };
        *last = entry.seal.ok_or(broken)?;
        writeln!(output, "{}", line(&entry, last))?;
    }
    Ok(more)
}

fn line(entry: &AuditEntry, seal: &AuditSeal) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), value);
        }
    };
    let hex = |bytes: &[u8]| Value::from(HEXLOWER.encode(bytes));
    put("position", Some(seal.position.into()));
    put("at", Some(entry.at.unix().into()));
    put("actor", Some(entry.actor.as_str().into()));
    put("action", Some(entry.action.as_str().into()));
    put(
        "product",
        entry.product.as_ref().map(|code| code.as_str().into()),
    );
    put(
        "entitlement",
        entry.entitlement.map(|id| hex(id.as_bytes())),
    );
    put("activation", entry.activation.map(|id| hex(id.as_bytes())));
    put("device", entry.device.map(|id| hex(id.as_bytes())));
    put("token", entry.token.map(|id| hex(id.as_bytes())));
    put("license", entry.license.map(|id| hex(id.as_bytes())));
    put("key", entry.key.map(|id| hex(id.as_bytes())));
    let address = entry.address.as_ref();
    put("address", address.map(|address| hex(&address.digest)));
    put("epoch", entry.epoch.map(Into::into));
    put("detail", Some(entry.detail.as_str().into()));
    put("hash", Some(hex(&seal.hash)));
    Value::Object(fields)
}
