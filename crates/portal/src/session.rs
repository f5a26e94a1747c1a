//! The cookie that a browser keeps while somebody is signed in, and the forms that count only then.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use keyferry_authority::{FormSeal, SessionSecret};

use crate::{answer::Form, caller::Caller, trouble::Trouble};

/// The field of a form that has the session's seal.
pub(crate) const SEAL: &str = "seal";

/// A kind of session, by the name of its cookie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookie {
    /// Under TLS: `__Host-` keeps other hosts of the same domain from setting it (RFC 6265bis §4.1.3.2).
    pub(crate) under_tls: &'static str,
    /// Without.
    pub(crate) plain: &'static str,
}

impl Cookie {
    const fn name(self, caller: Caller) -> &'static str {
        if caller.secure {
            self.under_tls
        } else {
            self.plain
        }
    }

    /// The secret that the browser sent.
    pub(crate) fn read(self, headers: &HeaderMap, caller: Caller) -> Option<SessionSecret> {
        let lines = headers.get_all(COOKIE).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name(caller))
            .and_then(|(_, value)| SessionSecret::read(value))
    }

    /// What gives the browser the secret, for some seconds.
    pub(crate) fn give(self, caller: Caller, secret: &SessionSecret, seconds: u64) -> HeaderValue {
        self.header(caller, &secret.expose(), seconds)
    }

    /// What takes it away again.
    pub(crate) fn take(self, caller: Caller) -> HeaderValue {
        self.header(caller, "", 0)
    }

    fn header(self, caller: Caller, value: &str, seconds: u64) -> HeaderValue {
        let secure = if caller.secure { "; Secure" } else { "" };
        let name = self.name(caller);
        let text =
            format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        let header = HeaderValue::try_from(text);
        // Names and secrets are letters and digits.
        let mut header = header.unwrap_or(HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}

/// That a form was shown in the session in which it is sent.
///
/// # Errors
/// `form_outdated`.
pub(crate) fn check(form: &Form, seal: &FormSeal) -> Result<(), Trouble> {
    if seal.is(form.field(SEAL)) {
        Ok(())
    } else {
        Err(Trouble::form_outdated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE_OF_TEST: Cookie = Cookie {
        under_tls: "__Host-test",
        plain: "test",
    };

    fn caller(secure: bool) -> Caller {
        Caller {
            address: [127, 0, 0, 1].into(),
            secure,
        }
    }

    #[test]
    fn a_cookie_is_for_this_site_alone_and_for_no_script() {
        let secret = SessionSecret::read(&"A".repeat(51).chars().chain(['A']).collect::<String>());
        let secret = secret.unwrap();
        let header = COOKIE_OF_TEST.give(caller(true), &secret, 60);
        let text = header.to_str().unwrap();
        assert!(text.starts_with("__Host-test=AAAA"), "{text}");
        let rest = "; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure";
        assert!(text.ends_with(rest), "{text}");
        let plain = COOKIE_OF_TEST.take(caller(false));
        let text = plain.to_str().unwrap();
        assert_eq!(text, "test=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    }

    #[test]
    fn the_secret_is_found_among_other_cookies_and_by_its_own_name_only() {
        let secret = "A".repeat(52);
        let read = |line: String| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, line.parse().unwrap());
            COOKIE_OF_TEST.read(&headers, caller(false)).is_some()
        };
        assert!(read(format!("a=b; test={secret}; c=d")));
        assert!(!read(format!("atest={secret}")));
        assert!(!read(format!("__Host-test={secret}")));
        assert!(!read("test=short".to_owned()));
    }
}
