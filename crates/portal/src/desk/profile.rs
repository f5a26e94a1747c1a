//! The vendor profile: what customers see of the vendor, how that looks, and changing it. A change is
//! looked at before it is made; what was typed and chosen comes back with the form meanwhile.

use std::ops::ControlFlow;

use askama::Template;
use axum::{
    Router,
    extract::{Query, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, HeaderMap},
    },
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use data_encoding::BASE64;
use keyferry_authority::{Logo, LogoFault, Permission, PortalAddress, VendorTerms};
use keyferry_catalogue::Holds;
use keyferry_terminal::{colour, text};
use keyferry_token::{Colour, Name, VendorProfile};

use super::{Section, keys, prove::proven_form, typed::Typed};
use crate::{
    Portal,
    accent::{Accent, Theme},
    account::SignedIn,
    answer::Form,
    brand::initial,
    frame::{Frame, Here, page},
    guard::OwnPicture,
    trouble::Trouble,
    words::LANGUAGE,
};

const PAGE: &str = Section::Profile.path();
const CHANGE: &str = "/vendor/profile/change";
const PREVIEW: &str = "/vendor/profile/preview";
/// The field with the logo: as it is, none, or a picture.
const LOGO: &str = "logo";
const NO_LOGO: &str = "none";
/// The field with the number of the profile that the form shows.
const NUMBER: &str = "number";
/// The button that goes back to the form.
const EDIT: &str = "edit";

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(show))
        .route("/vendor/profile/vendor.kfv", get(file))
        .route("/vendor/profile/face.css", get(style))
        .route(CHANGE, get(ask).post(change))
        .route(PREVIEW, post(preview))
}

#[derive(Template)]
#[template(path = "desk/profile.html")]
struct ProfilePage {
    frame: Frame,
    done: Option<&'static str>,
    face: Face,
    facts: Vec<(&'static str, String)>,
    may_write: bool,
    /// Whether the profile key is at hand, without which nothing is changed here.
    at_hand: bool,
}

#[derive(Template)]
#[template(path = "desk/profile_form.html")]
struct FormPage {
    frame: Frame,
    seal: String,
    typed: Typed,
    /// The number of the profile that it was filled with.
    number: String,
    /// Whether there is a logo that may be left as it is.
    has_logo: bool,
    /// A picture that was chosen before.
    chosen: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/profile_preview.html")]
struct PreviewPage {
    frame: Frame,
    seal: String,
    /// Whether the profile is another one than when the form was shown.
    moved: bool,
    face: Face,
    /// What changes: its name, what it was and what it becomes.
    changes: Vec<(&'static str, String, String)>,
    /// The fields of the form, to come back.
    fields: Vec<(&'static str, String)>,
}

/// How a vendor looks.
struct Face {
    name: String,
    initial: String,
    /// The address of the logo.
    logo: Option<String>,
    /// The address of the colours.
    style: String,
    /// What becomes of a colour in which nothing could be read.
    shades: Option<String>,
}

impl Face {
    fn new(name: &Name, colour: Option<Colour>, logo: Option<String>) -> Self {
        let digits = colour.map(|colour| colour.to_string().replace('#', ""));
        let [light, dark] =
            [Theme::Light, Theme::Dark].map(|theme| Accent::of(colour, theme).solid());
        let shades = colour.filter(|own| light != *own || dark != *own).map(|own| {
            format!(
                "Text has to be readable on {own} and beside it: where it would not be, the same hue is shown lighter or darker. On light pages that is {light}, on dark ones {dark}."
            )
        });
        Self {
            name: name.to_string(),
            initial: initial(name),
            logo,
            style: format!(
                "/vendor/profile/face.css?colour={}",
                digits.unwrap_or_default()
            ),
            shades,
        }
    }
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    done: Option<String>,
    colour: Option<String>,
}

async fn latest(portal: &Portal) -> Result<VendorProfile, Trouble> {
    let profile = portal.authority().profile().await;
    profile.map_err(|fault| Trouble::to_staff(fault.problem()))
}

async fn show(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadSettings)?;
    let profile = latest(&portal).await?;
    let brand = portal.look_like(profile.clone());
    let done = match wanted.done.as_deref() {
        Some("changed") => Some(
            "The profile is changed, and these pages show it. Hand the new vendor profile out, so that customers’ computers do as well.",
        ),
        Some("unchanged") => Some("It was so before; nothing was changed."),
        _ => None,
    };
    let view = ProfilePage {
        frame: portal.desk(&who, Section::Profile, "Vendor profile").await,
        done,
        face: Face::new(
            &profile.name,
            profile.colour,
            profile.logo.as_ref().map(|_| brand.logo_path()),
        ),
        facts: facts(&profile),
        may_write: who.has(Permission::WriteSettings),
        at_hand: portal.authority().has_profile_key(),
    };
    Ok(page(StatusCode::OK, &view))
}

fn facts(profile: &VendorProfile) -> Vec<(&'static str, String)> {
    let mut facts: Vec<_> = Said::of(profile).told(profile).into();
    facts.extend([
        ("Number", profile.number.to_string()),
        ("Vendor id", profile.vendor.to_string()),
        ("Twelve words", profile.fingerprint().to_string()),
    ]);
    facts
}

/// The vendor profile with those before it, to be handed out.
async fn file(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    who.may(Permission::ReadSettings)?;
    keys::vendor_kfv(&portal).await
}

/// A colour as both themes show it.
async fn style(who: SignedIn, Query(wanted): Query<Wanted>) -> Result<Response, Trouble> {
    who.may(Permission::ReadSettings)?;
    let own = match wanted.colour.as_deref() {
        None | Some("") => None,
        Some(digits) => Some(colour(digits).map_err(|_| Trouble::page_unknown())?),
    };
    let of = |theme| Accent::of(own, theme).declarations();
    let text = format!(
        ".face-light {{ {} }}\n.face-dark {{ {} }}\n",
        of(Theme::Light),
        of(Theme::Dark)
    );
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    Ok((HeaderMap::from_iter([(CONTENT_TYPE, kind)]), text).into_response())
}

async fn ask(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    who.may(Permission::WriteSettings)?;
    let profile = latest(&portal).await?;
    let typed = Typed::default()
        .with(NUMBER, profile.number)
        .with("name", &profile.name)
        .with_any("support", profile.support.as_ref())
        .with_any("portal", profile.portal.as_ref())
        .with_any("colour", profile.colour);
    Ok(form(&portal, &who, typed, &profile).await)
}

async fn form(portal: &Portal, who: &SignedIn, typed: Typed, profile: &VendorProfile) -> Response {
    let title = typed.title("Change the vendor profile");
    let status = typed.status();
    let chosen = typed.value(LOGO);
    let view = FormPage {
        frame: portal.desk(who, Section::Profile, &title).await,
        seal: who.seal().expose(),
        number: typed.value(NUMBER).to_owned(),
        has_logo: profile.logo.is_some(),
        chosen: (!chosen.is_empty() && chosen != NO_LOGO).then(|| chosen.to_owned()),
        typed,
    };
    page(status, &view)
}

/// Shows how it would look and what would change. Nothing is changed.
async fn preview(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteSettings)?;
    let sent = Form::read(request).await?;
    who.check(&sent)?;
    let profile = latest(&portal).await?;
    let mut typed = Typed::of(&sent);
    if let Some(picture) = sent.files.first() {
        typed = typed.instead(LOGO, &BASE64.encode(&picture.bytes));
    } else if typed.ticked("no_logo") {
        typed = typed.instead(LOGO, NO_LOGO);
    }
    if typed.ticked(EDIT) {
        if typed.value(LOGO) == NO_LOGO {
            typed = typed.instead("no_logo", "yes");
        }
        return Ok(form(&portal, &who, typed, &profile).await);
    }
    let Some(said) = Said::read(&mut typed) else {
        return Ok(form(&portal, &who, typed, &profile).await);
    };
    let number = typed.value(NUMBER);
    let moved = !number.is_empty() && number != profile.number.to_string();
    Ok(look(&portal, &who, &typed, &said, &profile, moved).await)
}

/// Shows how it would look, and what that changes about what there is.
async fn look(
    portal: &Portal,
    who: &SignedIn,
    typed: &Typed,
    said: &Said,
    profile: &VendorProfile,
    moved: bool,
) -> Response {
    let brand = portal.look_like(profile.clone());
    let logo = match &said.logo {
        None => profile.logo.as_ref().map(|_| brand.logo_path()),
        Some(None) => None,
        Some(Some(logo)) => Some(format!(
            "data:image/png;base64,{}",
            BASE64.encode(logo.bytes())
        )),
    };
    let fields = ["name", "support", "portal", "colour", LOGO];
    let fields = fields.map(|name| (name, typed.value(name).to_owned()));
    let number = (NUMBER, profile.number.to_string());
    let view = PreviewPage {
        frame: portal.desk(who, Section::Profile, "How it will look").await,
        seal: who.seal().expose(),
        moved,
        face: Face::new(&said.name, said.colour, logo),
        changes: said.changes(profile),
        fields: fields.into_iter().chain([number]).collect(),
    };
    let status = if moved {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    let mut response = page(status, &view);
    response.extensions_mut().insert(OwnPicture);
    response
}

async fn change(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteSettings)?;
    let sent = match proven_form(&portal, &who, Section::Profile, request).await? {
        ControlFlow::Continue(form) => form,
        ControlFlow::Break(asked) => return Ok(asked),
    };
    let mut typed = Typed::of(&sent);
    let profile = latest(&portal).await?;
    let Some(said) = Said::read(&mut typed) else {
        return Ok(form(&portal, &who, typed, &profile).await);
    };
    // Somebody else changed it meanwhile: what this would do to that was not seen.
    let moved = typed.value(NUMBER) != profile.number.to_string();
    if moved && !said.changes(&profile).is_empty() {
        return Ok(look(&portal, &who, &typed, &said, &profile, moved).await);
    }
    let changed = portal
        .authority()
        .vendor_change(&said.terms(), &who.origin())
        .await;
    let changed = changed.map_err(|fault| Trouble::to_staff(fault.problem()))?;
    portal.look_like(changed.profile);
    let done = if changed.changed {
        "changed"
    } else {
        "unchanged"
    };
    Ok(Redirect::to(&format!("{PAGE}?done={done}")).into_response())
}

/// What the form says.
#[expect(
    clippy::option_option,
    reason = "leaving a logo as it is and taking it away are two things"
)]
struct Said {
    name: Name,
    support: Option<Name>,
    portal: Option<String>,
    colour: Option<Colour>,
    /// `None` leaves it as it is.
    logo: Option<Option<Logo>>,
}

impl Said {
    /// What a profile says already.
    fn of(profile: &VendorProfile) -> Self {
        Self {
            name: profile.name.clone(),
            support: profile.support.clone(),
            portal: profile.portal.clone(),
            colour: profile.colour,
            logo: None,
        }
    }

    /// Reads it; `None` where something is wrong.
    fn read(typed: &mut Typed) -> Option<Self> {
        let name = typed.need("name", text::<120>("vendor"));
        let address = typed.value("portal").to_owned();
        let portal = match address.as_str() {
            "" => None,
            address => match PortalAddress::new(address) {
                Ok(address) => Some(address.as_str().to_owned()),
                Err(fault) => {
                    typed.refuse("portal", &fault.problem());
                    None
                }
            },
        };
        let sent = typed.value(LOGO).to_owned();
        let logo = match sent.as_str() {
            "" => None,
            NO_LOGO => Some(None),
            picture => {
                let bytes = BASE64.decode(picture.as_bytes()).map_err(|_| LogoFault);
                match bytes.and_then(Logo::new) {
                    Ok(logo) => Some(Some(logo)),
                    Err(fault) => {
                        typed.refuse("picture", &fault.problem());
                        *typed = std::mem::take(typed).instead(LOGO, "");
                        None
                    }
                }
            }
        };
        let said = Self {
            support: typed.read("support", text::<120>("support")),
            colour: typed.read("colour", colour),
            name: name?,
            portal,
            logo,
        };
        typed.is_right().then_some(said)
    }

    fn terms(&self) -> VendorTerms {
        let portal = self.portal.as_deref();
        VendorTerms {
            name: Some(self.name.clone()),
            support: Some(self.support.clone()),
            // It was read as one.
            portal: Some(portal.and_then(|address| PortalAddress::new(address).ok())),
            colour: Some(self.colour),
            logo: self.logo.clone(),
        }
    }

    /// Whether another logo takes the place of the one that there is.
    fn other_logo(&self, profile: &VendorProfile) -> bool {
        match &self.logo {
            None => false,
            Some(logo) => logo.as_ref().map(Logo::bytes) != profile.logo.as_deref(),
        }
    }

    /// What it changes: its name, what it is and what it becomes.
    fn changes(&self, profile: &VendorProfile) -> Vec<(&'static str, String, String)> {
        let before = Self::of(profile).told(profile);
        let changes = before.into_iter().zip(self.told(profile));
        changes
            .filter(|((name, before), (_, after))| {
                before != after || (*name == "Logo" && self.other_logo(profile))
            })
            .map(|((name, before), (_, after))| (name, before, after))
            .collect()
    }

    /// In words, with what it leaves as it is.
    fn told(&self, profile: &VendorProfile) -> [(&'static str, String); 5] {
        let or = |text: Option<String>, none: &str| text.unwrap_or_else(|| none.to_owned());
        let logo = match &self.logo {
            None => profile.logo.as_deref(),
            Some(logo) => logo.as_ref().map(Logo::bytes),
        };
        let logo = logo.map(|bytes| {
            let size = Holds::Bytes.in_words(&bytes.len().to_string(), LANGUAGE);
            format!("A picture of {size}")
        });
        let support = self.support.as_ref().map(ToString::to_string);
        [
            ("Name", self.name.to_string()),
            ("Support", or(support, "Nobody is named")),
            ("Portal", or(self.portal.clone(), "None is named")),
            (
                "Colour",
                or(
                    self.colour.map(|colour| colour.to_string()),
                    "That of Keyferry",
                ),
            ),
            (
                "Logo",
                or(logo, "None: the first letter of the name stands for it"),
            ),
        ]
    }
}
