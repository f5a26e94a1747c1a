//! Looking through the audit log, the latest entries first.

use keyferry_token::{AccountId, ActivationId, DeviceId, KeyId, ProductCode, TokenId};

use super::AuditEntry;
use crate::{
    Authority, DatabaseFault, Page, Paged,
    columns::{get, int},
    database::query,
};

/// Which entries to show; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What was done, by the names of `docs/spec/audit.md`.
    pub action: Option<String>,
    /// What it was done to, or who did it.
    pub of: Option<AuditSubject>,
}

/// Something that entries tell of: a product by its code, all else by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditSubject {
    product: Option<ProductCode>,
    /// Of an entitlement, an activation or a license; accounts and API tokens have such ids, too.
    short: Option<[u8; 10]>,
    key: Option<KeyId>,
    device: Option<DeviceId>,
    token: Option<TokenId>,
    /// As actors and details have it.
    text: String,
}

impl AuditSubject {
    /// Reads what lists and pages show; some texts can be several things.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.rsplit_once(' ').map_or(text, |(_, id)| id);
        if text.is_empty() || text.len() > 120 {
            return None;
        }
        let short: Option<ActivationId> = text.parse().ok();
        let found = Self {
            product: ProductCode::new(text).ok(),
            short: short.map(|id| *id.as_bytes()),
            key: text.parse().ok(),
            device: text.parse().ok(),
            token: text.parse().ok(),
            text: match short {
                Some(id) => AccountId::new(*id.as_bytes()).to_string(),
                None => text.to_owned(),
            },
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == ':';
        found.text.chars().all(plain).then_some(found)
    }
}

impl Authority {
    /// The audit log from its end: what is not sealed yet, then what is sealed against the order of the
    /// chain.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_latest(
        &self,
        filter: &AuditFilter,
        page: Page<u64>,
    ) -> Result<Paged<AuditEntry, u64>, DatabaseFault> {
        let of = filter.of.as_ref();
        let mut transaction = self.database.read().await?;
        let rows = query(
            "SELECT audit.*, (SELECT kept.address FROM audit_addresses kept
                 WHERE kept.digest = audit.address) AS address_text FROM audit
             WHERE ($1 IS NULL OR (COALESCE(position, 9223372036854775807), id) <
                     (SELECT COALESCE(position, 9223372036854775807), id FROM audit WHERE id = $1))
                 AND ($3 IS NULL OR action = $3)
                 AND (NOT $4 OR product = $5
                     OR entitlement = $6 OR activation = $6 OR license = $6
                     OR key = $7 OR device = $8 OR token = $9
                     OR detail LIKE $10 OR actor LIKE $11
                     OR address IN (SELECT digest FROM audit_addresses k WHERE k.address = $12))
             ORDER BY COALESCE(position, 9223372036854775807) DESC, id DESC LIMIT $2",
        )
        .bind(page.after.map(int))
        .bind(i64::from(page.limit) + 1)
        .bind(filter.action.as_deref())
        .bind(of.is_some())
        .bind(of.and_then(|of| of.product.as_ref().map(ProductCode::as_str)))
        .bind(of.and_then(|of| of.short.map(Vec::from)))
        .bind(of.and_then(|of| of.key.map(|id| id.as_bytes().to_vec())))
        .bind(of.and_then(|of| of.device.map(|id| id.as_bytes().to_vec())))
        .bind(of.and_then(|of| of.token.map(|id| id.as_bytes().to_vec())))
        .bind(of.map(|of| format!("%\"{}\"%", of.text)))
        .bind(of.map(|of| format!("% {}", of.text)))
        .bind(of.map(|of| of.text.as_str()))
        .fetch_all(&mut transaction)
        .await?;
        super::paged(page, &rows)
    }

    /// What was done at all, by name: from one name of the index to the next.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_actions(&self) -> Result<Vec<String>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        query(
            "WITH RECURSIVE known (action) AS (
                 SELECT MIN(action) FROM audit
                 UNION ALL
                 SELECT (SELECT MIN(action) FROM audit WHERE action > k.action)
                 FROM known k WHERE k.action IS NOT NULL
             )
             SELECT action FROM known WHERE action IS NOT NULL",
        )
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(|row| get(row, "action"))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_show_is_read_as_what_it_may_be() {
        let of = |text| AuditSubject::read(text).unwrap();
        assert!(of("com.acme.cad").product.is_some());
        assert!(of(" 7Q2K-9MPX-4RTW-0B3D ").short.is_some());
        let account = of("account 7q2k9mpx4rtw0b3d");
        assert_eq!(account.text, "7Q2K-9MPX-4RTW-0B3D");
        // Sixteen digits may be a key's or another's.
        let both = of("0123456789abcdef");
        assert!(both.key.is_some() && both.short.is_some());
        for text in ["", " ", "100%", "a\"b", "ünknown"] {
            assert_eq!(AuditSubject::read(text), None, "{text:?}");
        }
    }
}
