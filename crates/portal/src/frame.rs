//! What stands around every page: the vendor's name and colours, where one is, and where help is.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use keyferry_catalogue::{Code, Problem};

use crate::{
    Portal,
    account::{DESK, SIGN_IN},
    assets,
    brand::Brand,
    desk::Desk,
    trouble::Trouble,
    words::LANGUAGE,
};

/// The media type of a page.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// Which of the main pages one is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Here {
    /// Bringing what a computer wrote.
    Answer,
    /// A holder's seats.
    Holder,
    /// What a computer's status means.
    Support,
    /// The vendor's own pages.
    Vendor,
    /// None of them.
    Elsewhere,
}

impl Here {
    /// Where an address belongs.
    pub(crate) fn of(path: &str) -> Self {
        let below = |page: &str| path == page || path.starts_with(&format!("{page}/"));
        if below("/holder") {
            Self::Holder
        } else if below("/support") {
            Self::Support
        } else if below(DESK) || below(SIGN_IN) || below("/sign-out") || below("/welcome") {
            Self::Vendor
        } else if below("/a") || below("/A") || path == "/" {
            Self::Answer
        } else {
            Self::Elsewhere
        }
    }

    /// Its address, to go back to.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Holder => "/holder",
            Self::Support => "/support",
            Self::Vendor => DESK,
            Self::Answer | Self::Elsewhere => "/",
        }
    }

    /// What the way back is called.
    pub(crate) const fn back(self) -> &'static str {
        match self {
            Self::Holder => "Go to your seats",
            Self::Support => "Look up another status",
            Self::Vendor => "Go to your overview",
            Self::Answer => "Bring another message",
            Self::Elsewhere => "Go to the first page",
        }
    }
}

/// What stands around a page. A page's template extends `layout.html` and has it as `frame`.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) vendor: String,
    pub(crate) support: Option<Support>,
    pub(crate) logo: Option<String>,
    pub(crate) initial: String,
    pub(crate) style: String,
    pub(crate) colours: String,
    pub(crate) script: String,
    pub(crate) icon: String,
    pub(crate) here: Here,
    /// Around the pages of somebody who has signed in.
    pub(crate) desk: Option<Desk>,
    pub(crate) language: &'static str,
    pub(crate) direction: &'static str,
}

/// How to reach the vendor's support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Support {
    /// As the vendor wrote it.
    pub(crate) text: String,
    /// Where it leads, if it is an address.
    pub(crate) link: Option<String>,
}

impl Support {
    pub(crate) fn new(text: &str) -> Self {
        let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        let digits = |c: char| c.is_ascii_digit() || "+-()/. ".contains(c);
        let link = if plain && text.starts_with("https://") {
            Some(text.to_owned())
        } else if plain && text.split('@').count() == 2 && !text.contains(['<', '>', '?', '&']) {
            Some(format!("mailto:{text}"))
        } else if text.chars().all(digits) && text.chars().filter(char::is_ascii_digit).count() > 4
        {
            let number: String = text
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect();
            Some(format!("tel:{number}"))
        } else {
            None
        };
        Self {
            text: text.to_owned(),
            link,
        }
    }
}

impl Portal {
    /// What stands around a page of this title.
    pub(crate) async fn frame(&self, here: Here, title: &str) -> Frame {
        let brand = self.brand().await;
        Frame::new(&brand, here, title)
    }
}

impl Frame {
    fn new(brand: &Brand, here: Here, title: &str) -> Self {
        Self {
            title: title.trim_end_matches('.').to_owned(),
            vendor: brand.profile.name.to_string(),
            support: brand
                .profile
                .support
                .as_ref()
                .map(|text| Support::new(text.as_str())),
            logo: brand.profile.logo.as_ref().map(|_| brand.logo_path()),
            initial: brand.initial(),
            style: assets::STYLE.path(),
            colours: brand.colours_path(),
            script: assets::SCRIPT.path(),
            icon: assets::ICON.path(),
            here,
            desk: None,
            language: LANGUAGE.tag(),
            direction: if LANGUAGE.right_to_left() {
                "rtl"
            } else {
                "ltr"
            },
        }
    }
}

/// A page as an answer.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let kind = HeaderValue::from_static(HTML);
            (status, [(CONTENT_TYPE, kind)], html).into_response()
        }
        Err(fault) => {
            Trouble::from(Problem::new(Code::SystemFailure).with("what", fault)).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_leads_where_it_is_an_address_and_nowhere_else() {
        for (text, link) in [
            ("support@acme.example", Some("mailto:support@acme.example")),
            (
                "https://acme.example/help",
                Some("https://acme.example/help"),
            ),
            ("+49 (30) 1234-567", Some("tel:+49301234567")),
            ("Ask Ms. Miller in room 12", None),
            ("javascript:alert(1)", None),
            ("http://acme.example", None),
            ("a@b?cc=c@d", None),
        ] {
            assert_eq!(Support::new(text).link.as_deref(), link, "{text}");
        }
    }
}
