//! Accounts of people who sign in at the portal.

use keyferry_authority::{Account, AccountChanged};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{outcome, time};

/// The accounts.
#[derive(Serialize, ToSchema)]
pub struct AccountsView {
    /// By name.
    accounts: Vec<AccountView>,
}

impl From<&[Account]> for AccountsView {
    fn from(accounts: &[Account]) -> Self {
        Self {
            accounts: accounts.iter().map(AccountView::from).collect(),
        }
    }
}

/// An account; nothing that lets somebody in.
#[derive(Serialize, ToSchema)]
pub struct AccountView {
    account_id: String,
    name: String,
    /// `admin`, `issuer`, `support` or `auditor`.
    role: &'static str,
    /// Whether it is switched off.
    disabled: bool,
    /// Whether a password was set; before that there is a link only.
    password: bool,
    /// Whether signing in takes a code of an app as well.
    app: bool,
    /// Until when a link that was not used counts.
    link_until: Option<String>,
    added_at: String,
    signed_in_at: Option<String>,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            account_id: account.id.to_string(),
            name: account.name.to_string(),
            role: account.role.name(),
            disabled: account.disabled,
            password: account.has_password,
            app: account.has_app,
            link_until: time(account.link_until),
            added_at: account.created_at.to_string(),
            signed_in_at: time(account.signed_in_at),
        }
    }
}

/// An account after it was to be changed.
#[derive(Serialize, ToSchema)]
pub struct AccountChangedView {
    /// `changed`, or `unchanged`.
    outcome: &'static str,
    /// The API tokens that counted until then.
    api_tokens_revoked: Vec<String>,
    #[serde(flatten)]
    account: AccountView,
}

impl From<&AccountChanged> for AccountChangedView {
    fn from(changed: &AccountChanged) -> Self {
        let revoked = changed.tokens.iter().map(|token| token.id.to_string());
        Self {
            outcome: outcome(changed.changed, "changed"),
            api_tokens_revoked: revoked.collect(),
            account: AccountView::from(&changed.account),
        }
    }
}
