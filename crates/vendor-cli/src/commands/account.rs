//! `keyferry-authority account`: who may sign in at the portal.

use keyferry_authority::{
    Account, AccountChange, AccountChanged, AccountFault, AccountName, ApiToken, Authority,
    Invitation, Origin, Role,
};
use keyferry_terminal::{Failure, Reply, Table};
use keyferry_views::{AccountChangedView, AccountView, AccountsView, time};
use serde::Serialize;

use super::spoken;
use crate::call::{AccountNamed, RoleName};

/// The page of the portal that takes a link.
const BEGIN: &str = "/welcome";

#[derive(Serialize)]
struct InvitationView {
    outcome: &'static str,
    #[serde(flatten)]
    account: AccountView,
    link: Option<String>,
    code: String,
}

fn failed(fault: &AccountFault) -> Failure {
    fault.problem().into()
}

pub(crate) async fn add(
    authority: &Authority,
    name: &str,
    role: RoleName,
) -> Result<Reply, Failure> {
    let invitation = add_account(authority, name, role.into()).await?;
    invited(authority, &invitation, "added").await
}

/// Adds an account by the vendor's own hands.
pub(crate) async fn add_account(
    authority: &Authority,
    name: &str,
    role: Role,
) -> Result<Invitation, Failure> {
    let name = AccountName::new(name).map_err(|fault| failed(&fault))?;
    let added = authority.account_add(&name, role, &Origin::Local).await;
    added.map_err(|fault| failed(&fault))
}

/// The whole link, where the vendor profile names the portal.
pub(crate) async fn link(
    authority: &Authority,
    invitation: &Invitation,
) -> Result<Option<String>, Failure> {
    let profile = authority.profile().await.map_err(|fault| fault.problem())?;
    let code = invitation.link.expose();
    Ok(profile
        .portal
        .map(|address| format!("{address}{BEGIN}#{code}")))
}

/// What leads somebody in, in a line or two.
pub(crate) fn way_in(invitation: &Invitation, link: Option<&str>) -> Vec<String> {
    let code = invitation.link.expose();
    vec![
        match link {
            Some(link) => format!("  {link}"),
            None => format!("  {code}, entered at {BEGIN} in the portal"),
        },
        format!(
            "It counts once, until {}, and sets the password.",
            spoken(invitation.until)
        ),
    ]
}

async fn invited(
    authority: &Authority,
    invitation: &Invitation,
    outcome: &'static str,
) -> Result<Reply, Failure> {
    let link = link(authority, invitation).await?;
    let mut reply = Reply::of(&InvitationView {
        outcome,
        account: AccountView::from(&invitation.account),
        link: link.clone(),
        code: invitation.link.expose(),
    })
    .saying(format!(
        "The link for {}, shown now and never again:",
        invitation.account.name
    ));
    for line in way_in(invitation, link.as_deref()) {
        reply = reply.saying(line);
    }
    Ok(reply)
}

pub(crate) async fn list(authority: &Authority) -> Result<Reply, Failure> {
    let accounts = authority.accounts().await;
    let accounts = accounts.map_err(|fault| fault.problem())?;
    let mut table = Table::with_headings(["NAME", "ROLE", "STATE", "APP", "SIGNED IN", "ID"]);
    for account in &accounts {
        table.row([
            account.name.to_string(),
            account.role.name().to_owned(),
            state(account).to_owned(),
            if account.has_app { "yes" } else { "no" }.to_owned(),
            time(account.signed_in_at).unwrap_or_else(|| "never".to_owned()),
            account.id.to_string(),
        ]);
    }
    let view = AccountsView::from(accounts.as_slice());
    Ok(Reply::of(&view).printing(table.to_string()))
}

fn state(account: &Account) -> &'static str {
    match (account.disabled, account.has_password) {
        (true, _) => "off",
        (false, true) => "active",
        (false, false) => "invited",
    }
}

async fn find(authority: &Authority, named: &AccountNamed) -> Result<Account, Failure> {
    let unknown = || failed(&AccountFault::Unknown);
    let name = named.read().ok_or_else(unknown)?;
    let found = authority.account_named(&name).await;
    found.map_err(|fault| failed(&fault))
}

pub(crate) async fn invite(authority: &Authority, named: AccountNamed) -> Result<Reply, Failure> {
    let account = find(authority, &named).await?;
    let made = authority.account_invite(account.id, &Origin::Local).await;
    let invitation = made.map_err(|fault| failed(&fault))?;
    invited(authority, &invitation, "invited").await
}

pub(crate) async fn role(
    authority: &Authority,
    named: AccountNamed,
    role: RoleName,
) -> Result<Reply, Failure> {
    let role = AccountChange {
        role: Some(role.into()),
        ..AccountChange::default()
    };
    change(authority, &named, role).await
}

pub(crate) async fn switch(
    authority: &Authority,
    named: AccountNamed,
    disabled: bool,
) -> Result<Reply, Failure> {
    let disabled = AccountChange {
        disabled: Some(disabled),
        ..AccountChange::default()
    };
    change(authority, &named, disabled).await
}

/// Which API tokens went with an account.
fn ended(tokens: &[ApiToken]) -> String {
    let names: Vec<_> = tokens
        .iter()
        .map(|token| format!("“{}”", token.name))
        .collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => format!(" The API token that it made lets nobody in any more: {name}."),
        names => format!(
            " The {} API tokens that it made let nobody in any more: {}.",
            names.len(),
            names.join(", ")
        ),
    }
}

async fn change(
    authority: &Authority,
    named: &AccountNamed,
    change: AccountChange,
) -> Result<Reply, Failure> {
    let account = find(authority, named).await?;
    let changed = authority
        .account_change(account.id, change, &Origin::Local)
        .await;
    let done = changed.map_err(|fault| failed(&fault))?;
    let reply = Reply::of(&AccountChangedView::from(&done));
    let AccountChanged {
        account,
        changed,
        tokens,
    } = done;
    let name = &account.name;
    Ok(reply.saying(match (changed, account.disabled) {
        (false, _) => format!("{name} is as before; nothing was changed."),
        (true, true) => {
            let ended = ended(&tokens);
            format!("{name} is signed out everywhere, and cannot sign in.{ended}")
        }
        (true, false) => {
            let ended = ended(&tokens);
            format!("{name} can sign in as {}.{ended}", account.role)
        }
    }))
}
