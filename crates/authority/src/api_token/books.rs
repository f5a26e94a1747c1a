//! The API tokens in the database: made, listed, taken back.

use keyferry_token::{AccountId, ApiTokenId, Name, Timestamp};

use super::{
    API_TOKEN_LASTS, API_TOKEN_LONGEST, ApiToken, ApiTokenFault, ApiTokenRevoked, ApiTokenSecret,
    ApiTokenStatus, IssuedApiToken, NewApiToken,
};
use crate::{
    Authority, DatabaseFault, Origin, Page, Paged, Permission, Role,
    accounts::role_now,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, Row, query},
    entropy,
};

impl Authority {
    /// Makes an API token. Its secret is shown this once; stored is a digest. `own` is what whoever
    /// makes it may do: nobody gives away more. One that a token makes ends no later than its maker.
    ///
    /// # Errors
    /// `field_missing` without a scope, `api_scope_missing` with one that is not among `own`;
    /// `api_token_end_refused`; `api_access_refused` where the token that makes it counts no more; those of
    /// the database.
    pub async fn api_token_add(
        &self,
        new: &NewApiToken,
        own: &[Permission],
        origin: &Origin,
    ) -> Result<IssuedApiToken, ApiTokenFault> {
        let now = self.clock.now();
        if let Some(scope) = new.scopes.iter().find(|scope| !own.contains(scope)) {
            return Err(ApiTokenFault::WiderThanOwn { scope: *scope });
        }
        let secret = ApiTokenSecret::make()?;
        let digest = &self.keyring().lookup.api_token(&secret);
        let token = new.made(ApiTokenId::new(entropy::random()?), now, origin)?;
        let made = &token;
        let token = self
            .database
            .write(|mut connection| async move {
                let token = &bounded(&mut connection, made, origin, now).await?;
                insert(&mut connection, token, digest).await?;
                entry(Action::ApiTokenAdded, token, origin, now)
                    .with("scopes", names(&token.scopes))
                    .with("expires_at", token.expires_at.unix())
                    .write(&mut connection)
                    .await?;
                Ok::<_, ApiTokenFault>((connection, token.clone()))
            })
            .await?;
        Ok(IssuedApiToken { token, secret })
    }

    /// The API tokens, the newest first, also those that count no longer.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn api_tokens(
        &self,
        page: Page<ApiTokenId>,
    ) -> Result<Paged<ApiToken, ApiTokenId>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let items = query(
            "SELECT * FROM api_tokens
             WHERE $1 IS NULL OR (created_at, id) <
                 (SELECT created_at, id FROM api_tokens WHERE id = $1)
             ORDER BY created_at DESC, id DESC LIMIT $2",
        )
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(ApiToken::from_row)
        .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |token: &ApiToken| token.id))
    }

    /// One API token.
    ///
    /// # Errors
    /// `api_token_unknown`; those of the database.
    pub async fn api_token(&self, id: ApiTokenId) -> Result<ApiToken, ApiTokenFault> {
        let mut transaction = self.database.read().await?;
        find(&mut transaction, id).await
    }

    /// The API tokens that end with an account: those that it made, and those that were made with them, as
    /// far as they count.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn api_tokens_of(&self, account: AccountId) -> Result<Vec<ApiToken>, DatabaseFault> {
        let now = self.clock.now();
        let mut transaction = self.database.read().await?;
        let mut made = made_by(&mut transaction, Origin::Account(account).actor()).await?;
        made.retain(|token| token.status(now) == ApiTokenStatus::Active);
        Ok(made)
    }

    /// Takes an API token back, at once and for good, with all that were made by it.
    ///
    /// # Errors
    /// `api_token_unknown`; those of the database.
    pub async fn api_token_revoke(
        &self,
        id: ApiTokenId,
        origin: &Origin,
    ) -> Result<ApiTokenRevoked, ApiTokenFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let token = find(&mut connection, id).await?;
                let changed = take_back(&mut connection, &token, origin, now).await?;
                // Whoever had the secret may have made others, and with these others again.
                let maker = Origin::ApiToken(id).actor();
                let others = take_back_made_by(&mut connection, maker, origin, now).await?;
                let revoked = ApiTokenRevoked {
                    token: find(&mut connection, id).await?,
                    changed: changed || !others.is_empty(),
                    others: others.into_iter().map(|token| token.id).collect(),
                };
                Ok::<_, ApiTokenFault>((connection, revoked))
            })
            .await
    }
}

impl NewApiToken {
    fn made(
        &self,
        id: ApiTokenId,
        now: Timestamp,
        origin: &Origin,
    ) -> Result<ApiToken, ApiTokenFault> {
        let expires_at = self.expires_at.unwrap_or(now.plus(API_TOKEN_LASTS));
        if expires_at <= now || expires_at > now.plus(API_TOKEN_LONGEST) {
            return Err(ApiTokenFault::End);
        }
        let chosen = |permission: &Permission| self.scopes.contains(permission);
        let scopes: Vec<_> = Permission::ALL.iter().copied().filter(chosen).collect();
        if scopes.is_empty() {
            return Err(ApiTokenFault::NoScope);
        }
        Ok(ApiToken {
            id,
            name: self.name.clone(),
            scopes,
            created_at: now,
            created_by: origin.actor(),
            expires_at,
            last_used_at: None,
            revoked_at: None,
        })
    }
}

impl ApiToken {
    pub(super) fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let corrupt = || DatabaseFault::Corrupt { what: "scopes" };
        let stored: Vec<String> =
            serde_json::from_str(&columns::get::<String>(row, "scopes")?).map_err(|_| corrupt())?;
        Ok(Self {
            id: columns::fixed(row, "id").map(ApiTokenId::new)?,
            name: columns::bounded(row, "name")?,
            // One that a later version knows allows nothing here.
            scopes: stored
                .iter()
                .filter_map(|name| Permission::from_name(name))
                .collect(),
            created_at: columns::time(row, "created_at")?,
            created_by: columns::get(row, "created_by")?,
            expires_at: columns::time(row, "expires_at")?,
            last_used_at: columns::maybe_time(row, "last_used_at")?,
            revoked_at: columns::maybe_time(row, "revoked_at")?,
        })
    }
}

fn names(scopes: &[Permission]) -> Vec<&'static str> {
    scopes.iter().map(|scope| scope.name()).collect()
}

/// The name stays out of the log, which cannot be erased.
fn entry(action: Action, token: &ApiToken, origin: &Origin, now: Timestamp) -> NewEntry {
    NewEntry::new(now, origin, action).with("api_token", token.id.to_string())
}

async fn find(connection: &mut Connection, id: ApiTokenId) -> Result<ApiToken, ApiTokenFault> {
    let row = query("SELECT * FROM api_tokens WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    let row = row.ok_or(ApiTokenFault::Unknown)?;
    Ok(ApiToken::from_row(&row)?)
}

/// Whether the token is there, counts, and allows something.
pub(crate) async fn may_still(
    connection: &mut Connection,
    id: ApiTokenId,
    permission: Permission,
    now: Timestamp,
) -> Result<bool, DatabaseFault> {
    match find(connection, id).await {
        Ok(token) => Ok(token.status(now) == ApiTokenStatus::Active && token.may(permission)),
        Err(ApiTokenFault::Database(fault)) => Err(fault),
        Err(_) => Ok(false),
    }
}

/// A token as it may be made now: by a token that counts, until that one ends.
async fn bounded(
    connection: &mut Connection,
    token: &ApiToken,
    origin: &Origin,
    now: Timestamp,
) -> Result<ApiToken, ApiTokenFault> {
    let mut token = token.clone();
    if let Origin::ApiToken(maker) = origin {
        let maker = find(connection, *maker).await?;
        if maker.status(now) != ApiTokenStatus::Active {
            return Err(ApiTokenFault::Refused);
        }
        token.expires_at = token.expires_at.min(maker.expires_at);
    }
    if let Some(account) = origin.account()
        && let Some(role) = role_now(connection, account).await?
    {
        let Some(role) = role else {
            return Err(ApiTokenFault::Refused);
        };
        if let Some(scope) = token.scopes.iter().find(|scope| !role.may(**scope)) {
            return Err(ApiTokenFault::WiderThanOwn { scope: *scope });
        }
    }
    Ok(token)
}

/// Takes one token back; whether it was not before.
async fn take_back(
    connection: &mut Connection,
    token: &ApiToken,
    origin: &Origin,
    now: Timestamp,
) -> Result<bool, DatabaseFault> {
    let id = token.id.as_bytes();
    // The token may have been taken back since it was read, with the one that made it.
    let changed =
        query("UPDATE api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.to_vec())
            .bind(int(now.unix()))
            .execute(&mut *connection)
            .await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    // Nothing opens the answers that were kept for it any more.
    query("DELETE FROM api_answers WHERE token = $1")
        .bind(id.to_vec())
        .execute(&mut *connection)
        .await?;
    entry(Action::ApiTokenRevoked, token, origin, now)
        .write(connection)
        .await?;
    Ok(true)
}

/// Takes back what somebody or a token has made, and what was made with that; those that counted until now.
pub(crate) async fn take_back_made_by(
    connection: &mut Connection,
    maker: String,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<ApiToken>, DatabaseFault> {
    let mut ended = Vec::new();
    for token in made_by(connection, maker).await? {
        let counted = token.status(now) == ApiTokenStatus::Active;
        if take_back(connection, &token, origin, now).await? && counted {
            ended.push(token);
        }
    }
    Ok(ended)
}

/// Takes back what somebody has made that allows more than a role does, and what was made with that; those
/// that counted until now.
pub(crate) async fn take_back_beyond(
    connection: &mut Connection,
    maker: String,
    role: Role,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<ApiToken>, DatabaseFault> {
    let mut ended = Vec::new();
    for token in made_by(connection, maker).await? {
        if !token.is_beyond(role) {
            continue;
        }
        let counted = token.status(now) == ApiTokenStatus::Active;
        let maker = Origin::ApiToken(token.id).actor();
        if take_back(connection, &token, origin, now).await? && counted {
            ended.push(token);
        }
        ended.extend(take_back_made_by(connection, maker, origin, now).await?);
    }
    Ok(ended)
}

/// The tokens that somebody or a token has made, and those that were made with these.
async fn made_by(
    connection: &mut Connection,
    maker: String,
) -> Result<Vec<ApiToken>, DatabaseFault> {
    let (mut made, mut left) = (Vec::new(), vec![maker]);
    while let Some(maker) = left.pop() {
        let rows = query("SELECT * FROM api_tokens WHERE created_by = $1 ORDER BY created_at, id")
            .bind(maker)
            .fetch_all(&mut *connection)
            .await?;
        for row in &rows {
            let token = ApiToken::from_row(row)?;
            left.push(Origin::ApiToken(token.id).actor());
            made.push(token);
        }
    }
    Ok(made)
}

async fn insert(
    connection: &mut Connection,
    token: &ApiToken,
    digest: &[u8],
) -> Result<(), DatabaseFault> {
    query(
        "INSERT INTO api_tokens (id, digest, name, scopes, created_at, created_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token.id.as_bytes().to_vec())
    .bind(digest)
    .bind(Name::as_str(&token.name))
    .bind(serde_json::Value::from(names(&token.scopes)).to_string())
    .bind(int(token.created_at.unix()))
    .bind(token.created_by.as_str())
    .bind(int(token.expires_at.unix()))
    .execute(connection)
    .await?;
    Ok(())
}
