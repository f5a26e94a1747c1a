//! The audit log: what happened, by whom, sealed into a chain of hashes (rules A10, A11).
//!
//! `docs/spec/audit.md` defines the chain byte for byte.

use aws_lc_rs::digest::{Context, SHA256};
use keyferry_token::{
    ActivationId, DeviceId, EntitlementId, ProductCode, Timestamp, TokenId, VendorId,
};
use serde_json::{Map, Value};

use crate::{
    Authority, DatabaseFault, Origin, Page, Paged,
    columns::{fixed, get, int, maybe_fixed, number, time},
    database::{Connection, Row},
};

/// What an entry's hash covers of what came before it.
pub type AuditHash = [u8; 32];

/// How many entries are sealed in one transaction, so that nobody waits long for it.
const BATCH: i64 = 500;

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number in the database.
    pub id: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it: `vendor`, or `address` and the network address.
    pub actor: String,
    /// What was done, by the names of `docs/spec/audit.md`.
    pub action: String,
    /// The product it was done to.
    pub product: Option<ProductCode>,
    /// The entitlement it was done to.
    pub entitlement: Option<EntitlementId>,
    /// The activation it was done to.
    pub activation: Option<ActivationId>,
    /// The device it was done for.
    pub device: Option<DeviceId>,
    /// The token that asked for it.
    pub token: Option<TokenId>,
    /// What else is to be known, as a JSON object; never a secret.
    pub detail: String,
    /// Its place in the chain, once it was sealed.
    pub seal: Option<AuditSeal>,
}

/// An entry's place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSeal {
    /// Counted from 1, without gaps.
    pub position: u64,
    /// The hash over all entries up to this one.
    pub hash: AuditHash,
}

/// What an entry says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    AuthorityCreated,
    ProductAdded,
    EntitlementAdded,
    ActivationGranted,
    ActivationRenewed,
    ActivationRebound,
    SeatTaken,
    RequestRefused,
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::AuthorityCreated => "authority_created",
            Self::ProductAdded => "product_added",
            Self::EntitlementAdded => "entitlement_added",
            Self::ActivationGranted => "activation_granted",
            Self::ActivationRenewed => "activation_renewed",
            Self::ActivationRebound => "activation_rebound",
            Self::SeatTaken => "seat_taken",
            Self::RequestRefused => "request_refused",
        }
    }
}

/// An entry to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewEntry {
    at: Timestamp,
    actor: String,
    action: Action,
    product: Option<ProductCode>,
    entitlement: Option<EntitlementId>,
    activation: Option<ActivationId>,
    device: Option<DeviceId>,
    token: Option<TokenId>,
    detail: Map<String, Value>,
}

impl NewEntry {
    pub(crate) fn new(at: Timestamp, origin: &Origin, action: Action) -> Self {
        Self {
            at,
            actor: match origin {
                Origin::Local => "vendor".to_owned(),
                Origin::Address(address) => format!("address {address}"),
            },
            action,
            product: None,
            entitlement: None,
            activation: None,
            device: None,
            token: None,
            detail: Map::new(),
        }
    }

    pub(crate) fn product(mut self, product: &ProductCode) -> Self {
        self.product = Some(product.clone());
        self
    }

    pub(crate) fn entitlement(mut self, entitlement: Option<EntitlementId>) -> Self {
        self.entitlement = entitlement;
        self
    }

    pub(crate) fn activation(mut self, activation: ActivationId) -> Self {
        self.activation = Some(activation);
        self
    }

    pub(crate) fn device(mut self, device: DeviceId) -> Self {
        self.device = Some(device);
        self
    }

    pub(crate) fn token(mut self, token: TokenId) -> Self {
        self.token = Some(token);
        self
    }

    /// Adds something to be known; never a secret.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// Writes the entry in the transaction of what it tells (rule A10).
    pub(crate) async fn write(self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        sqlx::query(
            "INSERT INTO audit (at, actor, action, product, entitlement, activation, device, token, detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(int(self.at.unix()))
        .bind(self.actor)
        .bind(self.action.name())
        .bind(self.product.as_ref().map(ProductCode::as_str))
        .bind(self.entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(self.activation.map(|id| id.as_bytes().to_vec()))
        .bind(self.device.map(|id| id.as_bytes().to_vec()))
        .bind(self.token.map(|id| id.as_bytes().to_vec()))
        .bind(Value::Object(self.detail).to_string())
        .execute(connection)
        .await?;
        Ok(())
    }
}

impl AuditEntry {
    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let position = get::<Option<i64>>(row, "position")?;
        let hash = maybe_fixed(row, "hash")?;
        Ok(Self {
            id: number(row, "id")?,
            at: time(row, "at")?,
            actor: get(row, "actor")?,
            action: get(row, "action")?,
            product: get::<Option<String>>(row, "product")?
                .map(|code| ProductCode::new(&code))
                .transpose()
                .map_err(|_| DatabaseFault::Corrupt { what: "product" })?,
            entitlement: maybe_fixed(row, "entitlement")?.map(EntitlementId::new),
            activation: maybe_fixed(row, "activation")?.map(ActivationId::new),
            device: maybe_fixed(row, "device")?.map(DeviceId::new),
            token: maybe_fixed(row, "token")?.map(TokenId::new),
            detail: get(row, "detail")?,
            seal: match (position, hash) {
                (Some(_), Some(hash)) => Some(AuditSeal {
                    position: number(row, "position")?,
                    hash,
                }),
                _ => None,
            },
        })
    }

    /// The bytes that its hash covers: a CBOR map in deterministic encoding (RFC 8949 §4.2.1).
    pub fn encoded(&self, position: u64) -> Vec<u8> {
        let text = |text: &str| (TEXT, text.as_bytes().to_vec());
        let bytes = |bytes: &[u8]| (BYTES, bytes.to_vec());
        let optional = [
            (5, self.product.as_ref().map(|code| text(code.as_str()))),
            (6, self.entitlement.map(|id| bytes(id.as_bytes()))),
            (7, self.activation.map(|id| bytes(id.as_bytes()))),
            (8, self.device.map(|id| bytes(id.as_bytes()))),
            (9, self.token.map(|id| bytes(id.as_bytes()))),
            (10, (self.detail != "{}").then(|| text(&self.detail))),
        ];
        let present = optional.iter().filter(|(_, value)| value.is_some()).count();

        let mut out = Vec::new();
        head(&mut out, MAP, 4 + present as u64);
        for (key, value) in [(1, position), (2, self.at.unix())] {
            head(&mut out, UNSIGNED, key);
            head(&mut out, UNSIGNED, value);
        }
        let required = [(3, Some(text(&self.actor))), (4, Some(text(&self.action)))];
        for (key, value) in required.into_iter().chain(optional) {
            if let Some((major, content)) = value {
                head(&mut out, UNSIGNED, key);
                head(&mut out, major, content.len() as u64);
                out.extend_from_slice(&content);
            }
        }
        out
    }
}

// Major types of RFC 8949 §3.1.
const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const MAP: u8 = 5;

/// The head of a CBOR item in its shortest form.
fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let bytes = argument.to_be_bytes();
    let (short, length) = match argument {
        0..=23 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | short);
    out.extend_from_slice(&bytes[8 - length..]);
}

/// What stands for "before the first entry" in a vendor's chain.
pub fn audit_genesis(vendor: &VendorId) -> AuditHash {
    hash(&[b"keyferry audit chain 1\0", vendor.as_bytes()])
}

/// The hash of an entry that follows `previous`.
pub fn audit_hash(previous: &AuditHash, entry: &[u8]) -> AuditHash {
    hash(&[previous, entry])
}

fn hash(parts: &[&[u8]]) -> AuditHash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

impl Authority {
    /// The audit log from its beginning, a page at a time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit(&self, page: Page<u64>) -> Result<Paged<AuditEntry, u64>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let rows = sqlx::query("SELECT * FROM audit WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(int(page.after.unwrap_or(0)))
            .bind(i64::from(page.limit) + 1)
            .fetch_all(&mut *transaction)
            .await?;
        let entries = rows
            .iter()
            .map(AuditEntry::from_row)
            .collect::<Result<_, _>>()?;
        Ok(page.cut(entries, |entry: &AuditEntry| entry.id))
    }

    /// Seals all entries that are not sealed yet into the chain; opening and closing an authority
    /// do it by themselves. It is apart from what the entries tell, so that the chain does not
    /// make all writers wait for each other.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_audit(&self) -> Result<(), DatabaseFault> {
        while self.seal_batch().await? {}
        Ok(())
    }

    async fn seal_batch(&self) -> Result<bool, DatabaseFault> {
        self.database
            .write(|mut connection| async move {
                let mut seal = last_seal(&mut connection, &self.vendor).await?;
                let rows =
                    sqlx::query("SELECT * FROM audit WHERE position IS NULL ORDER BY id LIMIT $1")
                        .bind(BATCH)
                        .fetch_all(&mut *connection)
                        .await?;
                for row in &rows {
                    let entry = AuditEntry::from_row(row)?;
                    let position = seal.position + 1;
                    let hash = audit_hash(&seal.hash, &entry.encoded(position));
                    seal = AuditSeal { position, hash };
                    sqlx::query("UPDATE audit SET position = $1, hash = $2 WHERE id = $3")
                        .bind(int(seal.position))
                        .bind(seal.hash.to_vec())
                        .bind(int(entry.id))
                        .execute(&mut *connection)
                        .await?;
                }
                Ok((connection, !rows.is_empty()))
            })
            .await
    }
}

async fn last_seal(
    connection: &mut Connection,
    vendor: &VendorId,
) -> Result<AuditSeal, DatabaseFault> {
    let row = sqlx::query(
        "SELECT position, hash FROM audit WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    match row {
        Some(row) => Ok(AuditSeal {
            position: number(&row, "position")?,
            hash: fixed(&row, "hash")?,
        }),
        None => Ok(AuditSeal {
            position: 0,
            hash: audit_genesis(vendor),
        }),
    }
}
