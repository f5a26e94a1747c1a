//! `keyferry-authority api-token`: what lets a program call the API.

use keyferry_authority::{ApiToken, Authority, NewApiToken, Origin, Permission};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{Failure, Reply, Table};
use keyferry_token::ApiTokenId;
use keyferry_views::{ApiTokenAddedView, ApiTokenRevokedView, ApiTokenView, time};
use serde::Serialize;

use super::{page_after, spoken};
use crate::call::ApiTokenAdd;

#[derive(Serialize)]
struct ListView {
    api_tokens: Vec<ApiTokenView>,
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
    let view = ApiTokenAddedView::new(&issued, authority.now());
    let mut table = Table::plain();
    table.row(["Secret".to_owned(), issued.secret.expose()]);
    table.row(["API token".to_owned(), issued.token.id.to_string()]);
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
    for token in &all {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.name()).collect();
        table.row([
            token.id.to_string(),
            token.name.to_string(),
            token.status(now).name().to_owned(),
            token.expires_at.to_string(),
            time(token.last_used_at).unwrap_or_else(|| "-".to_owned()),
            scopes.join(","),
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
    let reply = Reply::of(&ApiTokenRevokedView::new(&revoked, authority.now()));
    Ok(if revoked.changed {
        let others = match revoked.others.len() {
            0 => String::new(),
            1 => " 1 token that was made with it went with it.".to_owned(),
            count => format!(" {count} tokens that were made with it went with it."),
        };
        let name = &revoked.token.name;
        reply.saying(format!("“{name}” lets nobody in any more.{others}"))
    } else {
        reply.saying(format!(
            "“{}” was taken back before; nothing was changed.",
            revoked.token.name
        ))
    })
}
