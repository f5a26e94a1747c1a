//! The vendor's keys: which there are, one in another's place, and the end of what a replaced one does.
//! What needs a passphrase, a PIN or a file that is kept elsewhere is done at the machine; the pages say
//! how.

use std::ops::ControlFlow;

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use keyferry_authority::{KeyChangeFault, KeyHome, KeyRecord, Permission, Rotation, Stranded};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{KeyId, KeyPurpose, KeyState, Seconds, Timestamp};

use super::{Section, prove::proven_form};
use crate::{
    Portal,
    account::SignedIn,
    answer::download,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{Told, spoken},
};

const TITLE: &str = "Keys";
const PAGE: &str = Section::Keys.path();
/// Most days for which a replaced exchange key may open.
const MOST_DAYS: u64 = 36_500;

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list))
        .route("/vendor/keys/vendor.kfv", get(profile))
        .route("/vendor/keys/public.pem", get(public_key))
        .route("/vendor/keys/replace/{purpose}", get(ask).post(replace))
        .route("/vendor/keys/{key}/retire", get(ask_end).post(retire))
}

#[derive(Template)]
#[template(path = "desk/keys.html")]
struct KeysPage {
    frame: Frame,
    done: Option<&'static str>,
    rows: Vec<Row>,
    /// Whether this person may change keys.
    may: bool,
    /// Whether the profile key is at hand.
    at_hand: bool,
    /// Whether the signing key lives in a device.
    device: bool,
    /// What customers compare.
    words: String,
}

#[derive(Template)]
#[template(path = "desk/replace_key.html")]
struct ReplacePage {
    frame: Frame,
    seal: String,
    told: Option<Told>,
    purpose: KeyPurpose,
    name: &'static str,
    does: &'static str,
    days: String,
    /// The key that is to be replaced, and none that took its place meanwhile.
    key: String,
}

#[derive(Template)]
#[template(path = "desk/retire_key.html")]
struct RetirePage {
    frame: Frame,
    seal: String,
    told: Option<Told>,
    row: Row,
    purpose: KeyPurpose,
    stranded: Stranded,
}

/// A key in the list.
struct Row {
    id: String,
    purpose: &'static str,
    name: &'static str,
    does: &'static str,
    state: String,
    since: String,
    home: String,
    /// Whether another key can take its place here.
    replaceable: bool,
    /// Whether what it does can be ended here.
    retirable: bool,
}

impl Row {
    fn new(key: &KeyRecord, may: bool, now: Timestamp) -> Self {
        let over = key.opens_until.is_some_and(|end| end < now);
        Self {
            id: key.id.to_string(),
            purpose: key.purpose.name(),
            name: name(key.purpose),
            does: does(key.purpose),
            state: state(key, over),
            since: spoken(key.since),
            home: home(&key.home),
            replaceable: may && key.replaceable_from_afar(),
            retirable: may && key.state == KeyState::Retired && !over,
        }
    }
}

const fn name(purpose: KeyPurpose) -> &'static str {
    match purpose {
        KeyPurpose::Profile => "Profile key",
        KeyPurpose::Signing => "Signing key",
        KeyPurpose::Exchange => "Exchange key",
    }
}

const fn does(purpose: KeyPurpose) -> &'static str {
    match purpose {
        KeyPurpose::Profile => "Signs your vendor profile, which names all other keys.",
        KeyPurpose::Signing => "Signs licenses and the answers to computers.",
        KeyPurpose::Exchange => "Opens what computers lock for you.",
    }
}

fn state(key: &KeyRecord, over: bool) -> String {
    match (key.state, key.purpose, key.opens_until) {
        (KeyState::Active, ..) => "In use".to_owned(),
        (KeyState::Revoked, ..) => "Retired for good".to_owned(),
        (KeyState::Retired, _, Some(_)) if over => "Over; opens nothing any more".to_owned(),
        (KeyState::Retired, _, Some(end)) => format!("Replaced; opens until {}", spoken(end)),
        (KeyState::Retired, KeyPurpose::Signing, None) => {
            "Replaced; what it signed still counts".to_owned()
        }
        (KeyState::Retired, ..) => "Replaced".to_owned(),
    }
}

fn home(home: &KeyHome) -> String {
    match home {
        KeyHome::SealedFile(_) => "In the folder, locked with a passphrase".to_owned(),
        KeyHome::PlainFile(_) => "In the folder, not locked".to_owned(),
        KeyHome::Device(device) => format!("In the device “{}”", device.token),
        KeyHome::Elsewhere => "Kept elsewhere".to_owned(),
        KeyHome::Gone => "Gone".to_owned(),
    }
}

fn told(fault: &KeyChangeFault) -> Trouble {
    match fault {
        KeyChangeFault::Unknown => Trouble::page_unknown(),
        other => Trouble::to_staff(other.problem()),
    }
}

async fn keys(portal: &Portal) -> Result<Vec<KeyRecord>, Trouble> {
    let keys = portal.authority().keys().await;
    keys.map_err(|fault| fault.problem().into())
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    /// What was just done, by its name.
    done: Option<String>,
}

async fn list(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadKeys)?;
    let mut keys = keys(&portal).await?;
    // Those in use first; the order of the others stays.
    keys.sort_by_key(|key| key.state != KeyState::Active);
    let done = match wanted.done.as_deref() {
        Some("replaced") => Some(
            "Another key is in use now. Hand out the vendor profile again; where several machines run this portal, copy the keys to each.",
        ),
        Some("retired") => Some("The key is retired. Hand out the vendor profile again."),
        Some("unchanged") => Some("The key was retired before; nothing was changed."),
        Some("replaced-before") => {
            Some("Another key took the place of that one before; nothing was changed now.")
        }
        _ => None,
    };
    let profile = portal.authority().profile().await;
    let profile = profile.map_err(|fault| Trouble::to_staff(fault.problem()))?;
    let at_hand = portal.authority().has_profile_key();
    let may = who.has(Permission::WriteKeys);
    let now = portal.authority().now();
    let view = KeysPage {
        frame: portal.desk(&who, Section::Keys, TITLE).await,
        done,
        rows: keys
            .iter()
            .map(|key| Row::new(key, may && at_hand, now))
            .collect(),
        may,
        at_hand,
        device: keys
            .iter()
            .any(|key| key.state == KeyState::Active && matches!(key.home, KeyHome::Device(_))),
        words: profile.fingerprint().to_string(),
    };
    Ok(page(StatusCode::OK, &view))
}

/// The vendor profile, to be handed out.
async fn profile(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    who.may(Permission::ReadKeys)?;
    vendor_kfv(&portal).await
}

/// The vendor profile with those before it that lead to it, as a file.
pub(super) async fn vendor_kfv(portal: &Portal) -> Result<Response, Trouble> {
    let files = portal.authority().published().await;
    let files = files.map_err(|fault| Trouble::to_staff(fault.problem()))?;
    Ok(download(
        "application/octet-stream",
        "vendor.kfv",
        files.profile,
    ))
}

/// What programs check licenses with.
async fn public_key(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    who.may(Permission::ReadKeys)?;
    let files = portal.authority().published().await;
    let files = files.map_err(|fault| Trouble::to_staff(fault.problem()))?;
    Ok(download(
        "application/x-pem-file",
        "public.pem",
        files.public_key,
    ))
}

/// The key that is in use for a purpose, where another can take its place here.
async fn replaceable(portal: &Portal, purpose: &str) -> Result<KeyRecord, Trouble> {
    let active = |key: &KeyRecord| key.purpose.name() == purpose && key.state == KeyState::Active;
    let found = keys(portal).await?.into_iter().find(active);
    let key = found.ok_or_else(Trouble::page_unknown)?;
    if key.replaceable_from_afar() {
        Ok(key)
    } else {
        let fault = KeyChangeFault::KeptElsewhere;
        Err(Trouble::to_staff(fault.problem()))
    }
}

async fn ask(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(purpose): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteKeys)?;
    let key = replaceable(&portal, &purpose).await?;
    let days = Rotation::OPENS_FOR.get() / Seconds::DAY.get();
    Ok(asked(&portal, &who, &key, None, &days.to_string()).await)
}

async fn asked(
    portal: &Portal,
    who: &SignedIn,
    key: &KeyRecord,
    problem: Option<&Problem>,
    days: &str,
) -> Response {
    let name = name(key.purpose);
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, format!("Error: {name}")),
        None => (
            StatusCode::OK,
            format!("Replace the {}", name.to_lowercase()),
        ),
    };
    let view = ReplacePage {
        frame: portal.desk(who, Section::Keys, &title).await,
        seal: who.seal().expose(),
        told: problem.map(Told::of),
        purpose: key.purpose,
        name,
        does: does(key.purpose),
        days: days.to_owned(),
        key: key.id.to_string(),
    };
    page(status, &view)
}

async fn replace(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(purpose): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteKeys)?;
    let form = match proven_form(&portal, &who, Section::Keys, request).await? {
        ControlFlow::Continue(form) => form,
        ControlFlow::Break(asked) => return Ok(asked),
    };
    let key = replaceable(&portal, &purpose).await?;
    let meant: KeyId = form
        .field("key")
        .parse()
        .map_err(|_| Trouble::form_unreadable())?;
    let days = form.field("days").trim();
    let rotation = match (key.purpose, days.parse()) {
        (KeyPurpose::Profile, _) => Rotation::Profile,
        (KeyPurpose::Signing, _) => Rotation::Signing,
        (KeyPurpose::Exchange, Ok(number)) if (1..=MOST_DAYS).contains(&number) => {
            Rotation::Exchange {
                opens_for: Seconds::days(number),
            }
        }
        (KeyPurpose::Exchange, _) => {
            let problem = Problem::new(Code::NumberRefused)
                .with("least", 1)
                .with("most", MOST_DAYS);
            return Ok(asked(&portal, &who, &key, Some(&problem), days).await);
        }
    };
    let rotated = portal
        .authority()
        .replace_key(rotation, meant, &who.origin())
        .await;
    let done = match rotated.map_err(|fault| told(&fault))? {
        Some(_) => "replaced",
        None => "replaced-before",
    };
    Ok(Redirect::to(&format!("{PAGE}?done={done}")).into_response())
}

/// The key that an address names.
fn named(text: &str) -> Result<KeyId, Trouble> {
    text.parse().map_err(|_| Trouble::page_unknown())
}

async fn ask_end(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(key): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteKeys)?;
    asked_end(&portal, &who, named(&key)?, None).await
}

async fn asked_end(
    portal: &Portal,
    who: &SignedIn,
    id: KeyId,
    problem: Option<&Problem>,
) -> Result<Response, Trouble> {
    let stranded = portal.authority().key_retirement(id).await;
    let stranded = stranded.map_err(|fault| told(&fault))?;
    let found = keys(portal).await?.into_iter().find(|key| key.id == id);
    let key = found.ok_or_else(Trouble::page_unknown)?;
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: Retire a key"),
        None => (StatusCode::OK, "Retire a key for good"),
    };
    let view = RetirePage {
        frame: portal.desk(who, Section::Keys, title).await,
        seal: who.seal().expose(),
        told: problem.map(Told::of),
        row: Row::new(&key, true, portal.authority().now()),
        purpose: key.purpose,
        stranded,
    };
    Ok(page(status, &view))
}

async fn retire(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(key): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteKeys)?;
    let form = match proven_form(&portal, &who, Section::Keys, request).await? {
        ControlFlow::Continue(form) => form,
        ControlFlow::Break(asked) => return Ok(asked),
    };
    let id = named(&key)?;
    if form.field("sure").is_empty() {
        let problem = Problem::new(Code::NotConfirmed);
        return asked_end(&portal, &who, id, Some(&problem)).await;
    }
    let retired = portal.authority().retire_key(id, &who.origin()).await;
    let retired = retired.map_err(|fault| told(&fault))?;
    let done = if retired.changed {
        "retired"
    } else {
        "unchanged"
    };
    Ok(Redirect::to(&format!("{PAGE}?done={done}")).into_response())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use keyferry_authority::KeyDevice;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn key(purpose: KeyPurpose, state: KeyState, home: KeyHome) -> KeyRecord {
        KeyRecord {
            id: KeyId::new([7; 8]),
            purpose,
            state,
            since: NOW.minus(Seconds::days(100)),
            replaced_at: None,
            opens_until: None,
            home,
            public_key: String::new(),
        }
    }

    #[test]
    fn a_key_that_is_kept_elsewhere_is_replaced_by_none_that_lies_in_the_folder() {
        let device = KeyDevice {
            module: PathBuf::from("/usr/lib/softhsm/libsofthsm2.so"),
            token: "acme".to_owned(),
        };
        for (home, here) in [
            (KeyHome::SealedFile(PathBuf::new()), true),
            (KeyHome::PlainFile(PathBuf::new()), true),
            (KeyHome::Device(device), false),
            (KeyHome::Elsewhere, false),
            // Lost: another one mends it.
            (KeyHome::Gone, true),
        ] {
            let key = key(KeyPurpose::Signing, KeyState::Active, home);
            assert_eq!(Row::new(&key, true, NOW).replaceable, here, "{key:?}");
            assert!(!Row::new(&key, false, NOW).replaceable);
        }
    }

    #[test]
    fn what_a_key_still_does_is_ended_once() {
        let retired = |purpose, opens_until| KeyRecord {
            opens_until,
            ..key(purpose, KeyState::Retired, KeyHome::Gone)
        };
        let (over, later) = (NOW.minus(Seconds::new(1)), NOW.plus(Seconds::DAY));
        for (key, retirable) in [
            (retired(KeyPurpose::Signing, None), true),
            (retired(KeyPurpose::Profile, None), true),
            (retired(KeyPurpose::Exchange, Some(later)), true),
            (retired(KeyPurpose::Exchange, Some(over)), false),
            (
                key(KeyPurpose::Signing, KeyState::Revoked, KeyHome::Gone),
                false,
            ),
        ] {
            assert_eq!(Row::new(&key, true, NOW).retirable, retirable, "{key:?}");
        }
    }
}
