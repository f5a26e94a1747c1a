//! The people at the desk, for the tests of accounts: how they are added, sign in and set up an app.

use std::net::{IpAddr, Ipv4Addr};

use keyferry_authority::{
    Account, AccountChange, AccountFault, AccountName, AccountSession, Invitation, LinkSecret,
    Origin, Page, Role, SessionSecret, SignIn, TypedPassword,
};
use keyferry_token::AccountId;
use totp_rs::{Builder, Secret};

use crate::scene::Scene;

pub(crate) const PASSWORD: &str = "four plain words here";

pub(crate) fn address(last: u8) -> Origin {
    Origin::Address(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)))
}

pub(crate) fn name(text: &str) -> AccountName {
    AccountName::new(text).unwrap()
}

pub(crate) fn typed(name: &str, password: &str, code: &str) -> SignIn {
    SignIn {
        name: name.to_owned(),
        password: TypedPassword::new(password),
        code: code.to_owned(),
    }
}

pub(crate) type Session = (SessionSecret, AccountSession);

impl Scene {
    /// Adds somebody, who sets the password of all of them.
    pub(crate) async fn person(&self, called: &str, role: Role) -> Session {
        let invitation = self
            .authority
            .account_add(&name(called), role, &Origin::Local)
            .await
            .unwrap();
        self.accept(&invitation.link).await.unwrap()
    }

    /// Makes somebody a new link.
    pub(crate) async fn link(&self, id: AccountId) -> Invitation {
        let made = self.authority.account_invite(id, &Origin::Local);
        made.await.unwrap()
    }

    pub(crate) async fn accept(&self, link: &LinkSecret) -> Result<Session, AccountFault> {
        let password = TypedPassword::new(PASSWORD);
        self.authority
            .account_accept(link, &password, &address(1))
            .await
    }

    pub(crate) async fn try_in(&self, name: &str, password: &str, code: &str) -> &'static str {
        outcome(self.sign_in_from(1, name, password, code).await)
    }

    pub(crate) async fn sign_in_from(
        &self,
        last: u8,
        name: &str,
        password: &str,
        code: &str,
    ) -> Result<Session, AccountFault> {
        let typed = typed(name, password, code);
        self.authority.sign_in(&typed, &address(last)).await
    }

    pub(crate) async fn is_in(&self, secret: &SessionSecret) -> Option<AccountSession> {
        self.authority.account_session(secret).await.unwrap()
    }

    pub(crate) async fn change(&self, account: &Account, change: AccountChange) -> &'static str {
        let changed = self
            .authority
            .account_change(account.id, change, &Origin::Local)
            .await;
        match changed {
            Ok(done) if done.changed => "changed",
            Ok(_) => "unchanged",
            Err(fault) => fault.code().as_str(),
        }
    }

    /// What the log says of accounts: who, what, detail.
    pub(crate) async fn told(&self) -> Vec<(String, String, String)> {
        let log = self.authority.audit(Page::first(500)).await.unwrap().items;
        log.into_iter()
            .filter(|entry| entry.action.starts_with("account_"))
            .map(|entry| (entry.who(), entry.action, entry.detail))
            .collect()
    }

    /// Sets up an app, and gives what it makes its codes of.
    pub(crate) async fn app(&self, session: &AccountSession) -> (App, Vec<String>) {
        let password = TypedPassword::new(PASSWORD);
        let secret = self.authority.app_begin(session, &password).await.unwrap();
        let app = App(secret.text().replace(' ', ""));
        let codes = self
            .authority
            .app_confirm(session, &app.code(self, 0))
            .await
            .unwrap();
        (app, codes.iter().map(str::to_owned).collect())
    }
}

pub(crate) fn outcome(entered: Result<Session, AccountFault>) -> &'static str {
    match entered {
        Ok(_) => "in",
        Err(fault) => fault.code().as_str(),
    }
}

/// An app that shows codes, on a phone whose clock is some steps off.
pub(crate) struct App(pub(crate) String);

impl App {
    pub(crate) fn code(&self, scene: &Scene, steps: i64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let at = scene.authority.now().unix().strict_add_signed(steps * 30);
        totp.generate(at).to_string()
    }
}
