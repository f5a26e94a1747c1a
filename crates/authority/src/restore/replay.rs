//! What the log tells, done again: entitlements, products and licenses. Devices are in `devices`.

use std::collections::{BTreeMap, BTreeSet};

use keyferry_token::{
    AccountId, ApiTokenId, EntitlementId, LicenseId, ProductCode, Timestamp, WebhookId,
};
use serde_json::{Map, Value};

use super::{
    LostEntitlement, RestoreFault, Restored, devices, doubted,
    unproven::{self, Trusted, Unproven},
};
use crate::{
    AuditFault, DatabaseFault, Origin, accounts,
    audit::{Action, AuditEntry},
    columns::int,
    database::{Connection, query},
    entropy, erasure, webhooks,
};

/// The log on its way into the books.
pub(super) struct Replay<'a> {
    /// The entries that the books have, and that were not sealed when the backup was made.
    unsealed: BTreeMap<Vec<u8>, Vec<u64>>,
    pub(super) restored: Restored,
    changed_licenses: BTreeSet<LicenseId>,
    holder_secrets: BTreeSet<EntitlementId>,
    holders: BTreeSet<EntitlementId>,
    licenses: BTreeSet<LicenseId>,
    products: BTreeSet<ProductCode>,
    accounts: BTreeSet<AccountId>,
    trusted: &'a Trusted,
    pub(super) now: Timestamp,
}

impl<'a> Replay<'a> {
    pub(super) async fn begin(
        connection: &mut Connection,
        trusted: &'a Trusted,
        now: Timestamp,
    ) -> Result<Self, DatabaseFault> {
        let rows = query("SELECT * FROM audit WHERE position IS NULL ORDER BY id DESC")
            .fetch_all(connection)
            .await?;
        let mut unsealed: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in &rows {
            let entry = AuditEntry::from_row(row)?;
            unsealed.entry(entry.encoded(0)).or_default().push(entry.id);
        }
        Ok(Self {
            unsealed,
            restored: Restored::default(),
            changed_licenses: BTreeSet::new(),
            holder_secrets: BTreeSet::new(),
            holders: BTreeSet::new(),
            licenses: BTreeSet::new(),
            products: BTreeSet::new(),
            accounts: BTreeSet::new(),
            trusted,
            now,
        })
    }

    /// Takes the next entry of the chain: what the books have already is sealed where the log has it, and
    /// of all else what it tells is done again.
    pub(super) async fn take(
        &mut self,
        connection: &mut Connection,
        entry: &AuditEntry,
    ) -> Result<(), RestoreFault> {
        let known = self.unsealed.get_mut(&entry.encoded(0)).and_then(Vec::pop);
        let id = match known {
            Some(id) => id,
            None => entry.insert(connection).await?,
        };
        entry.seal_as(connection, id).await?;
        if known.is_none() {
            self.restored.entries += 1;
            self.redo(connection, entry).await?;
        }
        Ok(())
    }

    pub(super) async fn end(self, connection: &mut Connection) -> Result<Restored, RestoreFault> {
        let mut restored = self.restored;
        // A log that was exported after the backup has all that the backup has.
        if restored.entries > 0 && self.unsealed.values().any(|ids| !ids.is_empty()) {
            return Err(AuditFault::LogRefused.into());
        }
        restored.devices = devices::unknown(connection, self.now).await?;
        restored.holder_secrets = self.holder_secrets.into_iter().collect();
        restored.holders = self.holders.into_iter().collect();
        restored.licenses = self.licenses.into_iter().collect();
        restored.licenses_made_anew = self.changed_licenses.into_iter().collect();
        restored.products = self.products.into_iter().collect();
        restored.accounts = self.accounts.into_iter().collect();
        Ok(restored)
    }

    async fn redo(
        &mut self,
        connection: &mut Connection,
        entry: &AuditEntry,
    ) -> Result<(), RestoreFault> {
        let mut detail: Map<String, Value> =
            serde_json::from_str(&entry.detail).unwrap_or_default();
        let proven = self.trusted.holds(entry);
        if !proven {
            let narrowed = unproven::narrow(connection, entry, detail).await?;
            self.restored.not_done.extend(narrowed.not_done);
            let Some(left) = narrowed.detail else {
                return Ok(());
            };
            let taken = unproven::taken_away(entry, &left, narrowed.known);
            self.restored.taken_away.extend(taken);
            detail = left;
        }
        let detail = Detail(&detail);
        if let Some(id) = entry.entitlement
            && entry.activation.is_none()
        {
            return self
                .entitlement(connection, entry, id, (detail, proven))
                .await;
        }
        if let Some(id) = entry.license {
            return self.license(connection, entry, id).await;
        }
        if let Some(activation) = entry.activation
            && !proven
        {
            if !doubted::redo(connection, entry, detail, self.now).await? {
                let not_done = Unproven::of(entry, activation.to_string());
                self.restored.not_done.push(not_done);
            }
            return Ok(());
        }
        if entry.activation.is_some() {
            return Ok(devices::redo(connection, entry, detail).await?);
        }
        match (&entry.product, entry.action.as_str()) {
            (Some(code), "product_added" | "product_changed") => {
                if entry.action == "product_added" {
                    self.products.insert(code.clone());
                }
                Ok(product(connection, code, detail).await?)
            }
            (None, "webhook_removed") => Ok(remove_webhook(connection, entry, detail).await?),
            (None, "api_token_revoked") => revoke_token(connection, entry, detail).await,
            (None, "retention_changed") => Ok(keep_addresses(connection, detail).await?),
            (None, "account_added" | "account_changed") => {
                self.account(connection, entry, detail).await
            }
            (None, "account_signed_in") => Ok(signed_in(connection, entry, detail).await?),
            _ => Ok(()),
        }
    }

    async fn entitlement(
        &mut self,
        connection: &mut Connection,
        entry: &AuditEntry,
        id: EntitlementId,
        (detail, proven): (Detail<'_>, bool),
    ) -> Result<(), RestoreFault> {
        let status = match entry.action.as_str() {
            "entitlement_added" => {
                self.restored.entitlements.push(LostEntitlement {
                    id,
                    product: entry.product.clone(),
                    hint: detail.text("hint").unwrap_or_default().to_owned(),
                    seats: detail.number("seats"),
                });
                return Ok(());
            }
            "holder_secret_replaced" => {
                if forget_secret(connection, id).await? {
                    self.holder_secrets.insert(id);
                }
                return Ok(());
            }
            "personal_data_erased" => {
                erasure::entitlement(connection, id).await?;
                return Ok(());
            }
            "entitlement_suspended" => Some("suspended"),
            "entitlement_reinstated" => Some("active"),
            // What is final needs a proof; until then nothing is given either.
            "entitlement_revoked" if !proven => Some("suspended"),
            "entitlement_revoked" => Some("revoked"),
            "entitlement_renewed" | "entitlement_changed" => None,
            _ => return Ok(()),
        };
        if detail.has("holder") {
            self.holders.insert(id);
        }
        // A revocation is final, whatever came behind it.
        query(
            "UPDATE entitlements SET
                 status = CASE status WHEN 'revoked' THEN status ELSE COALESCE($2, status) END,
                 seats = COALESCE($3, seats), features = COALESCE($4, features),
                 ends_at = CASE WHEN $5 THEN $6 ELSE ends_at END,
                 offline_lease = CASE WHEN $7 THEN $8 ELSE offline_lease END,
                 trial = COALESCE($11, trial),
                 maintenance_end = CASE WHEN $9 THEN $10 ELSE maintenance_end END
             WHERE id = $1",
        )
        .bind(id.as_bytes().to_vec())
        .bind(status)
        .bind(detail.number("seats").map(int))
        .bind(detail.list("features"))
        .bind(detail.has("ends_at"))
        .bind(detail.number("ends_at").map(int))
        .bind(detail.has("offline_lease"))
        .bind(detail.number("offline_lease").map(int))
        .bind(detail.has("maintenance_end"))
        .bind(detail.number("maintenance_end").map(int))
        .bind(detail.flag("trial"))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Who may sign in no longer, or less, is kept to it. A password or an app that another one took the
    /// place of counts no more, since it may be a thief's by now, and the log does not have the new one:
    /// all of it begins anew with a link.
    async fn account(
        &mut self,
        connection: &mut Connection,
        entry: &AuditEntry,
        detail: Detail<'_>,
    ) -> Result<(), RestoreFault> {
        let Some(id) = detail.id::<AccountId>("account") else {
            return Ok(());
        };
        query(
            "UPDATE accounts SET role = COALESCE($2, role), disabled = COALESCE($3, disabled)
             WHERE id = $1",
        )
        .bind(id.as_bytes().to_vec())
        .bind(detail.text("role"))
        .bind(detail.flag("disabled"))
        .execute(&mut *connection)
        .await?;
        let secrets = ["password", "app", "recovery_codes"];
        let replaced = secrets.iter().any(|secret| detail.has(secret));
        if replaced {
            accounts::forget_secrets(connection, id).await?;
        }
        if entry.action == "account_added" || replaced {
            self.accounts.insert(id);
        }
        Ok(())
    }

    async fn license(
        &mut self,
        connection: &mut Connection,
        entry: &AuditEntry,
        id: LicenseId,
    ) -> Result<(), RestoreFault> {
        let known = query("SELECT 1 FROM licenses WHERE id = $1")
            .bind(id.as_bytes().to_vec())
            .fetch_optional(connection)
            .await?;
        if known.is_some() && license_state(&entry.action).is_some() {
            self.changed_licenses.insert(id);
        } else {
            self.licenses.insert(id);
        }
        Ok(())
    }
}

/// What became of a license, if an entry of this name tells of it.
pub(super) fn license_state(action: &str) -> Option<Action> {
    [
        Action::LicenseSuspended,
        Action::LicenseReinstated,
        Action::LicenseRevoked,
    ]
    .into_iter()
    .find(|state| state.name() == action)
}

/// No secret lets anyone in any more: the old one may be stolen, and the log does not have the new one.
async fn forget_secret(
    connection: &mut Connection,
    id: EntitlementId,
) -> Result<bool, RestoreFault> {
    let nobodys: [u8; 32] = entropy::random().map_err(crate::SetupFault::from)?;
    let forgotten = query("UPDATE entitlements SET holder_digest = $2 WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(nobodys.to_vec())
        .execute(connection)
        .await?;
    Ok(forgotten.rows_affected() > 0)
}

/// A program that was let in no longer stays out.
async fn revoke_token(
    connection: &mut Connection,
    entry: &AuditEntry,
    detail: Detail<'_>,
) -> Result<(), RestoreFault> {
    let Some(id) = detail.id::<ApiTokenId>("api_token") else {
        return Ok(());
    };
    query("UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.as_bytes().to_vec())
        .bind(int(entry.at.unix()))
        .execute(connection)
        .await?;
    Ok(())
}

/// An address that was to be told nothing more is told nothing more.
async fn remove_webhook(
    connection: &mut Connection,
    entry: &AuditEntry,
    detail: Detail<'_>,
) -> Result<(), DatabaseFault> {
    let Some(id) = detail.id::<WebhookId>("webhook") else {
        return Ok(());
    };
    webhooks::remove(connection, id, entry.at).await
}

/// A recovery code that was used is not known by itself, and counts once: none of them counts any more.
async fn signed_in(
    connection: &mut Connection,
    entry: &AuditEntry,
    detail: Detail<'_>,
) -> Result<(), DatabaseFault> {
    match Origin::of_actor(&entry.actor) {
        Some(Origin::Account(id)) if detail.text("with") == Some("recovery_code") => {
            accounts::drop_recovery_codes(connection, id).await
        }
        _ => Ok(()),
    }
}

/// For how long addresses are kept, as it was decided last.
async fn keep_addresses(
    connection: &mut Connection,
    detail: Detail<'_>,
) -> Result<(), DatabaseFault> {
    query("UPDATE vendor SET addresses_kept = $1")
        .bind(detail.number("addresses").map(int))
        .execute(connection)
        .await?;
    Ok(())
}

async fn product(
    connection: &mut Connection,
    code: &ProductCode,
    detail: Detail<'_>,
) -> Result<(), DatabaseFault> {
    query(
        "UPDATE products SET features = COALESCE($2, features), offline = COALESCE($3, offline),
             grace = COALESCE($4, grace),
             emergency_length = CASE WHEN $5 THEN $6 ELSE emergency_length END,
             emergency_uses = COALESCE($7, emergency_uses),
             emergency_on_other_device = COALESCE($8, emergency_on_other_device),
             rebinds = COALESCE($9, rebinds), moves = COALESCE($10, moves),
             lost = COALESCE($11, lost)
         WHERE code = $1",
    )
    .bind(code.as_str())
    .bind(detail.list("features"))
    .bind(detail.flag("offline"))
    .bind(detail.number("grace").map(int))
    .bind(detail.has("emergency"))
    .bind(detail.number("emergency").map(int))
    .bind(detail.number("emergency_uses").map(int))
    .bind(detail.flag("emergency_on_other_device"))
    .bind(detail.number("rebinds").map(int))
    .bind(detail.number("moves").map(int))
    .bind(detail.number("lost").map(int))
    .execute(connection)
    .await?;
    Ok(())
}

/// What else an entry tells.
#[derive(Clone, Copy)]
pub(super) struct Detail<'a>(&'a Map<String, Value>);

impl<'a> Detail<'a> {
    pub(super) fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn text(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str()
    }

    /// The id of something that is in no field of its own.
    pub(super) fn id<T: std::str::FromStr>(self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn number(self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    pub(super) fn flag(self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    /// A list, as a column holds it.
    pub(super) fn list(self, name: &str) -> Option<String> {
        let list = self.0.get(name)?;
        list.is_array().then(|| list.to_string())
    }

    pub(super) fn numbers(self, name: &str) -> impl Iterator<Item = u64> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_u64)
    }
}
