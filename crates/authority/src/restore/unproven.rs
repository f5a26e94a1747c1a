//! Entries that no head proves. The chain has no key: whoever can write where the export lies can go on with
//! it. So of these entries only what takes something away is done again, and what would give is told.

use keyferry_token::{AccountId, EntitlementId, LicenseId, ProductCode};
use serde_json::{Map, Value};

use crate::{
    DatabaseFault, Origin, Role,
    audit::{Action, AuditEntry},
    columns::{self, get, maybe_number, number},
    database::{Connection, Row, query},
};

/// Which entries of a log are believed in all that they tell.
pub(super) struct Trusted {
    /// Up to here the log is proven, by the backup or by the head.
    pub(super) proven: u64,
    /// All others, too.
    pub(super) all: bool,
    /// The restorations that the log tells of and that are believed, the latest first.
    earlier: Vec<Earlier>,
}

/// A restoration before this one. What it took up is in the chain that later heads prove, and is no truer by that.
struct Earlier {
    /// The last entry that was proven to it, and the one that tells of it.
    between: (u64, u64),
    /// Whether it believed what was not.
    believed: bool,
}

impl Earlier {
    fn of(entry: &AuditEntry) -> Option<Self> {
        let detail: Fields = serde_json::from_str(&entry.detail).ok()?;
        // Without any new entries all between is what the authority wrote itself.
        if entry.action != Action::AuthorityRestored.name() || detail.get("entries")? == 0 {
            return None;
        }
        Some(Self {
            between: (detail.get("proven")?.as_u64()?, entry.seal?.position),
            believed: detail.get("unproven").and_then(Value::as_bool) == Some(true),
        })
    }

    fn took_up(&self, position: u64) -> bool {
        let (proven, told) = self.between;
        proven < position && position < told
    }
}

impl Trusted {
    pub(super) fn of(since: &[AuditEntry], proven: u64, all: bool) -> Self {
        let mut trusted = Self {
            proven,
            all,
            earlier: Vec::new(),
        };
        for entry in since.iter().rev() {
            if let Some(earlier) = Earlier::of(entry)
                && trusted.holds(entry)
            {
                trusted.earlier.push(earlier);
            }
        }
        trusted
    }

    /// What a license becomes by an entry that tells of a state; what is final needs a proof.
    pub(super) fn of_license(&self, entry: &AuditEntry, state: Action) -> Option<Action> {
        match state {
            Action::LicenseReinstated if !self.holds(entry) => None,
            Action::LicenseRevoked if !self.holds(entry) => Some(Action::LicenseSuspended),
            state => Some(state),
        }
    }

    pub(super) fn holds(&self, entry: &AuditEntry) -> bool {
        let is_proven = |position| {
            let mut earlier = self.earlier.iter();
            position <= self.proven
                && earlier
                    .find(|earlier| earlier.took_up(position))
                    .is_none_or(|earlier| earlier.believed)
        };
        self.all || entry.seal.is_some_and(|seal| is_proven(seal.position))
    }
}

/// An entry that nothing proves, and of which something was done again, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unproven {
    /// Its place in the log.
    pub position: u64,
    /// What it says was done.
    pub action: String,
    /// To which entitlement, product, license, activation or account.
    pub about: String,
}

impl Unproven {
    pub(super) fn of(entry: &AuditEntry, about: String) -> Self {
        Self {
            position: entry.seal.map_or(0, |seal| seal.position),
            action: entry.action.clone(),
            about,
        }
    }
}

type Fields = Map<String, Value>;

/// What is left of an entry, and what of it is not done.
pub(super) struct Narrowed {
    /// What else it tells, without what would give; nothing where all of it would.
    pub(super) detail: Option<Fields>,
    /// Whether the books have the product or the account that it is about; true where it is about neither.
    pub(super) known: bool,
    /// The entry, where something of it is not done.
    pub(super) not_done: Option<Unproven>,
}

/// Leaves of an entry what takes something away from what the books have now.
pub(super) async fn narrow(
    connection: &mut Connection,
    entry: &AuditEntry,
    detail: Fields,
) -> Result<Narrowed, DatabaseFault> {
    let before = detail.len();
    let mut known = true;
    // Revoked is for good, and what is kept of addresses would be gone for good, too.
    let mut whole = !matches!(
        entry.action.as_str(),
        "entitlement_revoked" | "license_revoked" | "retention_changed"
    );
    let (left, about) = match entry.action.as_str() {
        // Whatever it says was done, its fields are taken up.
        action if action.starts_with("entitlement_") => {
            let left = match entitlement(connection, entry.entitlement).await? {
                Some(row) => {
                    let suspended = get::<String>(&row, "status")? == "suspended";
                    let gives = suspended && action == "entitlement_reinstated";
                    let left = only(detail, |name, value| sold(&row, name, value))?;
                    (!gives).then_some(left)
                }
                None => Some(detail),
            };
            (left, text(entry.entitlement))
        }
        "product_added" | "product_changed" => {
            let row = product(connection, entry.product.as_ref()).await?;
            known = row.is_some();
            let left = match row {
                Some(row) => only(detail, |name, value| allowed(&row, name, value))?,
                None => detail,
            };
            (Some(left), text(entry.product.as_ref()))
        }
        "license_reinstated" => {
            let known = license(connection, entry.license).await?;
            ((!known).then_some(detail), text(entry.license))
        }
        "license_revoked" => (Some(detail), text(entry.license)),
        "retention_changed" => (None, String::new()),
        "account_added" | "account_changed" => {
            let id = detail.get("account").and_then(Value::as_str);
            let id = id.and_then(|id| id.parse().ok());
            let row = account(connection, id).await?;
            known = row.is_some();
            let left = match row {
                Some(row) => only(detail, |name, value| person(&row, name, value))?,
                None => detail,
            };
            (Some(left), text(id))
        }
        _ => (Some(detail), String::new()),
    };
    whole &= left.as_ref().is_some_and(|left| left.len() == before);
    Ok(Narrowed {
        detail: left,
        known,
        not_done: (!whole).then(|| Unproven::of(entry, about)),
    })
}

/// The entry, where what is left of it takes something away; `known` is as in [`Narrowed`]. What it tells of devices
/// is not among that: they keep their seats.
pub(super) fn taken_away(entry: &AuditEntry, left: &Fields, known: bool) -> Option<Unproven> {
    let has = |names: &[&str]| names.iter().any(|name| left.contains_key(*name));
    let takes = match entry.action.as_str() {
        "holder_secret_replaced"
        | "personal_data_erased"
        | "webhook_removed"
        | "api_token_revoked"
        | "license_suspended"
        | "license_revoked"
        | "entitlement_suspended"
        | "entitlement_revoked" => true,
        "entitlement_changed" | "entitlement_renewed" | "entitlement_reinstated" => {
            left.keys().any(|name| name != "hint")
        }
        // Taken up as a change of what is there, whatever it says was done.
        "product_added" | "product_changed" => known && !left.is_empty(),
        "account_added" | "account_changed" => {
            known && has(&["role", "disabled", "password", "app", "recovery_codes"])
        }
        "account_signed_in" => left.get("with").and_then(Value::as_str) == Some("recovery_code"),
        _ => false,
    };
    let named = ["account", "webhook", "api_token"];
    let named = named.iter().find_map(|name| left.get(*name)?.as_str());
    let by = match Origin::of_actor(&entry.actor) {
        Some(Origin::Account(id)) => Some(id.to_string()),
        _ => None,
    };
    let about = [
        entry.activation.map(|id| id.to_string()),
        entry.entitlement.map(|id| id.to_string()),
        entry.license.map(|id| id.to_string()),
        entry.product.as_ref().map(ToString::to_string),
        named.map(str::to_owned),
        by,
    ];
    let about = about.into_iter().flatten().next().unwrap_or_default();
    takes.then(|| Unproven::of(entry, about))
}

/// The fields that may stay.
fn only(
    fields: Fields,
    mut stays: impl FnMut(&str, &Value) -> Result<bool, DatabaseFault>,
) -> Result<Fields, DatabaseFault> {
    let mut left = Fields::new();
    for (name, value) in fields {
        if stays(&name, &value)? {
            left.insert(name, value);
        }
    }
    Ok(left)
}

/// Whether an entitlement allows no more with this.
fn sold(row: &Row, name: &str, value: &Value) -> Result<bool, DatabaseFault> {
    Ok(match name {
        // None at all is no number of seats.
        "seats" => at_most(value, number(row, "seats")?) && value.as_u64() != Some(0),
        // Without an end it never ends.
        "ends_at" => sooner(value, maybe_number(row, "ends_at")?),
        "maintenance_end" => sooner(value, maybe_number(row, "maintenance_end")?),
        // Without a lease nothing is activated offline.
        "offline_lease" => shorter(value, maybe_number(row, "offline_lease")?),
        // Without any it has all that the product lists.
        "features" => fewer(value, &get::<String>(row, "features")?),
        "trial" => value.as_bool() == Some(true) || value.as_bool() == Some(get(row, "trial")?),
        _ => true,
    })
}

/// Whether a product allows no more with this.
fn allowed(row: &Row, name: &str, value: &Value) -> Result<bool, DatabaseFault> {
    let switched = |was: bool| value.as_bool().is_some_and(|now| was || !now);
    Ok(match name {
        // Where none is listed, any can be granted.
        "features" => fewer(value, &get::<String>(row, "features")?),
        "offline" => switched(get(row, "offline")?),
        "emergency_on_other_device" => switched(get(row, "emergency_on_other_device")?),
        "emergency" => shorter(value, maybe_number(row, "emergency_length")?),
        "grace" => at_most(value, number(row, "grace")?),
        "emergency_uses" => at_most(value, number(row, "emergency_uses")?),
        "rebinds" => at_most(value, number(row, "rebinds")?),
        "moves" => at_most(value, number(row, "moves")?),
        "lost" => at_most(value, number(row, "lost")?),
        _ => true,
    })
}

/// Whether an account may do no more with this.
fn person(row: &Row, name: &str, value: &Value) -> Result<bool, DatabaseFault> {
    Ok(match name {
        "role" => {
            let was = columns::one_of(row, "role", Role::ALL, Role::name)?;
            let now = value.as_str().and_then(Role::from_name);
            now.is_some_and(|now| now.permissions().all(|one| was.may(one)))
        }
        "disabled" => value.as_bool() == Some(true) || !get::<bool>(row, "disabled")?,
        _ => true,
    })
}

fn at_most(value: &Value, was: u64) -> bool {
    value.as_u64().is_some_and(|now| now <= was)
}

/// Of ends, where none is later than any.
fn sooner(value: &Value, was: Option<u64>) -> bool {
    match (value.as_u64(), was) {
        (Some(now), Some(was)) => now <= was,
        (Some(_), None) => true,
        (None, was) => value.is_null() && was.is_none(),
    }
}

/// Of lengths, where none is shorter than any.
fn shorter(value: &Value, was: Option<u64>) -> bool {
    match value.as_u64() {
        Some(now) => was.is_some_and(|was| now <= was),
        None => value.is_null(),
    }
}

/// Whether a list of features names none that is not in the stored one. A list that names none stands for all.
fn fewer(value: &Value, was: &str) -> bool {
    let was: Vec<Value> = serde_json::from_str(was).unwrap_or_default();
    let now = value.as_array();
    now.is_some_and(|now| {
        now.is_empty() == was.is_empty() && now.iter().all(|one| was.contains(one))
    })
}

async fn entitlement(
    connection: &mut Connection,
    id: Option<EntitlementId>,
) -> Result<Option<Row>, DatabaseFault> {
    query("SELECT * FROM entitlements WHERE id = $1")
        .bind(id.map(|id| id.as_bytes().to_vec()))
        .fetch_optional(connection)
        .await
}

async fn product(
    connection: &mut Connection,
    code: Option<&ProductCode>,
) -> Result<Option<Row>, DatabaseFault> {
    query("SELECT * FROM products WHERE code = $1")
        .bind(code.map(ProductCode::as_str))
        .fetch_optional(connection)
        .await
}

async fn account(
    connection: &mut Connection,
    id: Option<AccountId>,
) -> Result<Option<Row>, DatabaseFault> {
    query("SELECT * FROM accounts WHERE id = $1")
        .bind(id.map(|id| id.as_bytes().to_vec()))
        .fetch_optional(connection)
        .await
}

async fn license(
    connection: &mut Connection,
    id: Option<LicenseId>,
) -> Result<bool, DatabaseFault> {
    let row = query("SELECT 1 FROM licenses WHERE id = $1")
        .bind(id.map(|id| id.as_bytes().to_vec()))
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

fn text(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
