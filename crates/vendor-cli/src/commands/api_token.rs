//! `keyferry-authority api-token`: what lets a program call the API.

use keyferry_authority::{ApiToken, Authority, NewApiToken, Origin, Permission};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{Failure, Reply, Table};
use keyferry_token::{ApiTokenId, Timestamp};
use serde::Serialize;

use super::{page_after, spoken};
use crate::call::ApiTokenAdd;
use crate::views::time;

#[derive(Serialize)]
struct ApiTokenView {
    api_token_id: String,
    name: String,
    scopes: Vec<&'static str>,
    status: &'static str,
    created_at: String,
    created_by: String,
    expires_at: String,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

impl ApiTokenView {
    fn new(token: &ApiToken, now: Timestamp) -> Self {
        Self {
            api_token_id: token.id.to_string(),
            name: token.name.to_string(),
            scopes: token.scopes.iter().map(|scope| scope.name()).collect(),
            status: token.status(now).name(),
            created_at: token.created_at.to_string(),
            created_by: token.created_by.clone(),
            expires_at: token.expires_at.to_string(),
            last_used_at: time(token.last_used_at),
            revoked_at: time(token.revoked_at),
        }
    }
}

#[derive(Serialize)]
struct AddedView {
    secret: String,
    #[serde(flatten)]
    token: ApiTokenView,
}

#[derive(Serialize)]
struct ListView {
    api_tokens: Vec<ApiTokenView>,
}

#[derive(Serialize)]
struct RevokedView {
    outcome: &'static str,
    #[serde(flatten)]
    token: ApiTokenView,
}

pub(crate) async fn add(authority: &Authority, add: ApiTokenAdd) -> Result<Reply, Failure> {
    let new = NewApiToken {
        name: add.name,
        scopes: add
            .scopes
            .iter()
            .map(|name| scope(name))
            .collect::<Result<_, _>>()?,
        expires_at: add.expires,
    };
    let issued = authority
        .api_token_add(&new, &Permission::ALL, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let view = AddedView {
        secret: issued.secret.expose(),
        token: ApiTokenView::new(&issued.token, authority.now()),
    };
    let mut table = Table::plain();
    table.row(["Secret".to_owned(), view.secret.clone()]);
    table.row(["API token".to_owned(), view.token.api_token_id.clone()]);
    Ok(Reply::of(&view)
        .printing(table.to_string())
        .saying("The secret is shown this once: the authority does not keep it.")
        .saying(format!(
            "It counts until {}.",
            spoken(issued.token.expires_at)
        ))
        .saying("The program sends it as: Authorization: Bearer SECRET"))
}

fn scope(name: &str) -> Result<Permission, Problem> {
    let found = Permission::from_name(name.trim());
    found.ok_or_else(|| Problem::new(Code::ApiScopeUnknown).with("scope", name))
}

pub(crate) async fn list(authority: &Authority) -> Result<Reply, Failure> {
    let mut all: Vec<ApiToken> = Vec::new();
    let mut after = None;
    loop {
        let page = authority
            .api_tokens(page_after(after))
            .await
            .map_err(|fault| fault.problem())?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let now = authority.now();
    let mut table =
        Table::with_headings(["API TOKEN", "NAME", "STATUS", "ENDS", "LAST USED", "ALLOWS"]);
    let api_tokens: Vec<_> = all
        .iter()
        .map(|token| ApiTokenView::new(token, now))
        .collect();
    for token in &api_tokens {
        table.row([
            token.api_token_id.clone(),
            token.name.clone(),
            token.status.to_owned(),
            token.expires_at.clone(),
            token.last_used_at.clone().unwrap_or_else(|| "-".to_owned()),
            token.scopes.join(","),
        ]);
    }
    let empty = api_tokens.is_empty();
    let reply = Reply::of(&ListView { api_tokens });
    Ok(if empty {
        reply.saying("There is no API token yet. Next: api-token add --name NAME --scopes A,B")
    } else {
        reply.printing(table.to_string())
    })
}

pub(crate) async fn revoke(authority: &Authority, id: ApiTokenId) -> Result<Reply, Failure> {
    let revoked = authority
        .api_token_revoke(id, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let reply = Reply::of(&RevokedView {
        outcome: if revoked.changed {
            "revoked"
        } else {
            "unchanged"
        },
        token: ApiTokenView::new(&revoked.token, authority.now()),
    });
    Ok(if revoked.changed {
        reply.saying(format!("“{}” lets nobody in any more.", revoked.token.name))
    } else {
        reply.saying(format!(
            "“{}” was taken back before; nothing was changed.",
            revoked.token.name
        ))
    })
}
