//! Who has signed in at the vendor's pages. Each of those pages takes a [`SignedIn`]; without one it is
//! not shown.

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, Method, Uri, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use keyferry_authority::{Account, AccountSession, FormSeal, Origin, Permission};

use crate::{Portal, answer::Form, caller::Caller, session, session::Cookie, trouble::Trouble};

pub(crate) const COOKIE: Cookie = Cookie {
    under_tls: "__Host-keyferry-vendor",
    plain: "keyferry-vendor",
};

/// Where one signs in.
pub(crate) const SIGN_IN: &str = "/sign-in";
/// The vendor's first page.
pub(crate) const DESK: &str = "/vendor";

/// Somebody who has signed in. Read anew with each request: another role counts at once.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    session: AccountSession,
    seal: FormSeal,
}

impl SignedIn {
    /// Who has signed in, if somebody has.
    pub(crate) async fn find(
        headers: &HeaderMap,
        caller: Caller,
        portal: &Portal,
    ) -> Result<Option<Self>, Trouble> {
        let Some(secret) = COOKIE.read(headers, caller) else {
            return Ok(None);
        };
        let session = portal.authority().account_session(&secret).await;
        let session = session.map_err(|fault| fault.problem())?;
        Ok(session.map(|session| Self {
            session,
            seal: portal.authority().form_seal(&secret),
        }))
    }

    /// That their role allows something.
    ///
    /// # Errors
    /// `permission_missing`.
    pub(crate) fn may(&self, permission: Permission) -> Result<(), Trouble> {
        if self.has(permission) {
            Ok(())
        } else {
            Err(Trouble::permission_missing())
        }
    }

    /// Whether their role allows something: for what a page offers.
    pub(crate) fn has(&self, permission: Permission) -> bool {
        self.session.may(permission)
    }

    /// For the audit log.
    pub(crate) fn origin(&self) -> Origin {
        Origin::Account(self.session.account.id)
    }

    /// What every form of theirs has in it.
    pub(crate) fn seal(&self) -> &FormSeal {
        &self.seal
    }

    /// That a form was shown in this session.
    ///
    /// # Errors
    /// `form_outdated`.
    pub(crate) fn check(&self, form: &Form) -> Result<(), Trouble> {
        session::check(form, &self.seal)
    }

    /// Reads a form of theirs, where their role allows what it does and where it was shown in this session.
    ///
    /// # Errors
    /// `permission_missing`, `form_unreadable`, `form_outdated`.
    pub(crate) async fn form(
        &self,
        permission: Permission,
        request: Request,
    ) -> Result<Form, Trouble> {
        self.may(permission)?;
        let form = Form::read(request).await?;
        self.check(&form)?;
        Ok(form)
    }

    /// Their session.
    pub(crate) fn session(&self) -> &AccountSession {
        &self.session
    }

    /// Their account.
    pub(crate) fn account(&self) -> &Account {
        &self.session.account
    }
}

impl FromRequestParts<Portal> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        let Ok(caller) = Caller::from_request_parts(parts, &()).await;
        match Self::find(&parts.headers, caller, portal).await {
            Ok(Some(signed_in)) => Ok(signed_in),
            Ok(None) => Err(away(&parts.method, &parts.uri)),
            Err(trouble) => Err(trouble.into_response()),
        }
    }
}

/// Where somebody is sent who has not signed in: to do that, and then back. What a form brought is not
/// kept meanwhile.
fn away(method: &Method, uri: &Uri) -> Response {
    if !method.is_safe() {
        return Trouble::form_outdated().into_response();
    }
    let to = uri.path_and_query().map_or(DESK, |path| path.as_str());
    if to == DESK {
        return Redirect::to(SIGN_IN).into_response();
    }
    Redirect::to(&format!("{SIGN_IN}?to={}", in_query(to))).into_response()
}

/// Text as a value of a query.
pub(crate) fn in_query(text: &str) -> String {
    text.bytes()
        .flat_map(|byte| {
            let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
            let text = if plain {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            };
            text.into_bytes()
        })
        .map(char::from)
        .collect()
}

/// Where to go after signing in: one of the vendor's own pages, whatever an address asks for.
pub(crate) fn own_page(to: &str) -> &str {
    let below = to
        .strip_prefix(DESK)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let plain = to
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if below && plain && to.len() <= 500 {
        to
    } else {
        DESK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_the_vendors_own_pages_alone() {
        for to in [
            "/vendor",
            "/vendor/audit?after=3&action=key_rotated",
            "/vendor?x=1",
        ] {
            assert_eq!(own_page(to), to);
        }
        let long = format!("/vendor/{}", "x".repeat(500));
        for to in [
            "",
            "/",
            "//evil.example",
            "https://evil.example/vendor",
            "/vendorevil",
            "/vendor\\evil",
            "/vendor/\r\nset-cookie: a=b",
            "/holder",
            &long,
        ] {
            assert_eq!(own_page(to), DESK, "{to}");
        }
    }

    #[test]
    fn an_address_comes_back_from_a_query_as_it_went_in() {
        assert_eq!(
            in_query("/vendor/audit?after=3&a=ü"),
            "/vendor/audit%3Fafter%3D3%26a%3D%C3%BC"
        );
    }
}
