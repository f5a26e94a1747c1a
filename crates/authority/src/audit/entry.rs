//! An entry of the audit log: what is written, what is read back, and the bytes that are hashed.

use std::net::IpAddr;

use keyferry_token::{
    ActivationId, DeviceId, EntitlementId, KeyId, LicenseId, ProductCode, Timestamp, TokenId,
};
use serde_json::{Map, Value};

use super::{
    Action, AuditSeal, addresses,
    cbor::{self, BYTES, MAP, TEXT, UNSIGNED},
};
use crate::{
    DatabaseFault, FormMark, Origin,
    columns::{get, int, maybe_fixed, maybe_number, number, time},
    database::{Connection, Row, query},
};

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number in the database.
    pub id: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it, as `docs/spec/audit.md` writes it: `vendor`, or what kind of caller and which.
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
    /// The license it was done to.
    pub license: Option<LicenseId>,
    /// The vendor's key it was done to.
    pub key: Option<KeyId>,
    /// The digest of the network address that it is about, and the address where it is still kept.
    pub address: Option<AuditAddress>,
    /// The epoch of the authority that wrote it, from the second on: it was restored from a backup.
    pub epoch: Option<u64>,
    /// What else is to be known, as a JSON object; never a secret.
    pub detail: String,
    /// Its place in the chain, once it was sealed.
    pub seal: Option<AuditSeal>,
}

/// A network address, as the log has it: the digest is covered by the hashes, the address lies beside the
/// log and can be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditAddress {
    /// SHA-256 over a salt and the address.
    pub digest: [u8; 32],
    /// The address, where it is still kept.
    pub text: Option<String>,
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
    license: Option<LicenseId>,
    key: Option<KeyId>,
    address: Option<IpAddr>,
    /// Of the form that asked for it.
    mark: Option<FormMark>,
    detail: Map<String, Value>,
}

impl NewEntry {
    pub(crate) fn new(at: Timestamp, origin: &Origin, action: Action) -> Self {
        Self {
            at,
            actor: match origin {
                // Which one it was lies beside the log, since the log forgets nothing.
                Origin::Address(_) => "address".to_owned(),
                Origin::Local | Origin::Account(_) | Origin::Form { .. } | Origin::ApiToken(_) => {
                    origin.actor()
                }
            },
            address: match origin {
                Origin::Address(address) => Some(*address),
                Origin::Local | Origin::Account(_) | Origin::Form { .. } | Origin::ApiToken(_) => {
                    None
                }
            },
            mark: origin.mark(),
            action,
            product: None,
            entitlement: None,
            activation: None,
            device: None,
            token: None,
            license: None,
            key: None,
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

    pub(crate) fn license(mut self, license: LicenseId) -> Self {
        self.license = Some(license);
        self
    }

    pub(crate) fn key(mut self, key: KeyId) -> Self {
        self.key = Some(key);
        self
    }

    /// Says from where it was done.
    pub(crate) fn at_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Adds something to be known; never a secret.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// Writes the entry in the transaction of what it tells (rule A10). The mark of the form that asked for it
    /// is used up with that.
    pub(crate) async fn write(self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        if let Some(mark) = self.mark {
            let (action, made) = (self.action.name(), self.made());
            mark.take(connection, action, &made, self.at).await?;
        }
        let address = match self.address {
            Some(address) => Some(self.keep(connection, address).await?),
            None => None,
        };
        query(
            "INSERT INTO audit (at, actor, action, product, entitlement, activation, device, token,
                 license, key, detail, address, epoch)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                 (SELECT NULLIF(epoch, 1) FROM vendor))",
        )
        .bind(int(self.at.unix()))
        .bind(self.actor)
        .bind(self.action.name())
        .bind(self.product.as_ref().map(ProductCode::as_str))
        .bind(self.entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(self.activation.map(|id| id.as_bytes().to_vec()))
        .bind(self.device.map(|id| id.as_bytes().to_vec()))
        .bind(self.token.map(|id| id.as_bytes().to_vec()))
        .bind(self.license.map(|id| id.as_bytes().to_vec()))
        .bind(self.key.map(|id| id.as_bytes().to_vec()))
        .bind(Value::Object(self.detail).to_string())
        .bind(address.map(|digest| digest.to_vec()))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// What was made, as `docs/spec/audit.md` names it.
    fn made(&self) -> String {
        let detail = |name| self.detail.get(name).and_then(Value::as_str);
        let ids = [
            ("license", self.license.map(|id| id.to_string())),
            ("entitlement", self.entitlement.map(|id| id.to_string())),
            ("product", self.product.as_ref().map(ToString::to_string)),
        ];
        let named = ["account", "api_token", "webhook"];
        let named = named.map(|name| (name, detail(name).map(str::to_owned)));
        let found = named.into_iter().chain(ids);
        let mut found = found.filter_map(|(name, id)| Some(format!("{name} {}", id?)));
        found.next().unwrap_or_default()
    }

    /// Keeps an address beside the log, and gives what the log has of it.
    async fn keep(
        &self,
        connection: &mut Connection,
        address: IpAddr,
    ) -> Result<[u8; 32], DatabaseFault> {
        let (salt, text) = (addresses::salt()?, address.to_string());
        let digest = addresses::digest(&salt, &text);
        query(
            "INSERT INTO audit_addresses (digest, salt, address, at, entitlement, activation)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(digest.to_vec())
        .bind(salt.to_vec())
        .bind(text)
        .bind(int(self.at.unix()))
        .bind(self.entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(self.activation.map(|id| id.as_bytes().to_vec()))
        .execute(connection)
        .await?;
        Ok(digest)
    }
}

impl AuditEntry {
    pub(crate) fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
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
            license: maybe_fixed(row, "license")?.map(LicenseId::new),
            key: maybe_fixed(row, "key")?.map(KeyId::new),
            address: maybe_fixed(row, "address")?.map(|digest| AuditAddress { digest, text: None }),
            epoch: maybe_number(row, "epoch")?,
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

    /// The same with the address, from a row that has it where it is still kept.
    pub(super) fn with_address(row: &Row) -> Result<Self, DatabaseFault> {
        let mut entry = Self::from_row(row)?;
        if let Some(address) = &mut entry.address {
            address.text = get(row, "address_text")?;
        }
        Ok(entry)
    }

    /// Who did it, for people: with the address, as long as it is kept.
    pub fn who(&self) -> String {
        let address = self
            .address
            .as_ref()
            .and_then(|address| address.text.as_ref());
        match address {
            Some(address) if self.actor == "address" => format!("address {address}"),
            Some(address) => format!("{} from {address}", self.actor),
            None => self.actor.clone(),
        }
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
            (11, self.license.map(|id| bytes(id.as_bytes()))),
            (12, self.key.map(|id| bytes(id.as_bytes()))),
        ];
        let present = optional.iter().filter(|(_, value)| value.is_some()).count()
            + usize::from(self.epoch.is_some())
            + usize::from(self.address.is_some());

        let mut out = Vec::new();
        cbor::head(&mut out, MAP, 4 + present as u64);
        for (key, value) in [(1, position), (2, self.at.unix())] {
            cbor::head(&mut out, UNSIGNED, key);
            cbor::head(&mut out, UNSIGNED, value);
        }
        let required = [(3, Some(text(&self.actor))), (4, Some(text(&self.action)))];
        for (key, value) in required.into_iter().chain(optional) {
            if let Some((major, content)) = value {
                cbor::head(&mut out, UNSIGNED, key);
                cbor::head(&mut out, major, content.len() as u64);
                out.extend_from_slice(&content);
            }
        }
        if let Some(epoch) = self.epoch {
            cbor::head(&mut out, UNSIGNED, 13);
            cbor::head(&mut out, UNSIGNED, epoch);
        }
        if let Some(address) = &self.address {
            cbor::head(&mut out, UNSIGNED, 14);
            cbor::bytes(&mut out, &address.digest);
        }
        out
    }
}
