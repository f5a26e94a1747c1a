//! `keyferry-authority key`: which keys there are, and how one takes another's place.

use std::path::Path;

use keyferry_authority::{Authority, KeyDevice, KeyHome, KeyRecord, Origin, Rotation, Stranded};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{Failure, Reply, Table, Terminal};
use keyferry_token::{KeyId, KeyPurpose};
use serde::Serialize;

use super::spoken;
use crate::call::{KeyRotate, Purpose};
use crate::views::time;

#[derive(Serialize)]
struct KeysView {
    keys: Vec<KeyView>,
}

#[derive(Serialize)]
struct KeyView {
    purpose: &'static str,
    key_id: String,
    state: &'static str,
    since: String,
    replaced_at: Option<String>,
    opens_until: Option<String>,
    home: HomeView,
    public_key: String,
}

#[derive(Serialize)]
struct HomeView {
    kind: &'static str,
    path: Option<String>,
    token: Option<String>,
}

impl From<&KeyRecord> for KeyView {
    fn from(key: &KeyRecord) -> Self {
        Self {
            purpose: key.purpose.name(),
            key_id: key.id.to_string(),
            state: key.state.name(),
            since: key.since.to_string(),
            replaced_at: time(key.replaced_at),
            opens_until: time(key.opens_until),
            home: HomeView {
                kind: key.home.name(),
                path: match &key.home {
                    KeyHome::SealedFile(path) | KeyHome::PlainFile(path) => {
                        Some(path.display().to_string())
                    }
                    KeyHome::Device(device) => Some(device.module.display().to_string()),
                    KeyHome::Elsewhere | KeyHome::Gone => None,
                },
                token: match &key.home {
                    KeyHome::Device(device) => Some(device.token.clone()),
                    _ => None,
                },
            },
            public_key: key.public_key.clone(),
        }
    }
}

pub(crate) async fn list(authority: &Authority) -> Result<Reply, Failure> {
    let keys = authority.keys().await.map_err(|fault| fault.problem())?;
    let mut table = Table::with_headings(["PURPOSE", "KEY", "STATE", "SINCE", "WHERE"]);
    for key in &keys {
        table.row([
            key.purpose.name().to_owned(),
            key.id.to_string(),
            state(key),
            key.since.to_string(),
            place(&key.home),
        ]);
    }
    let view = KeysView {
        keys: keys.iter().map(KeyView::from).collect(),
    };
    Ok(Reply::of(&view).printing(table.to_string()))
}

fn state(key: &KeyRecord) -> String {
    let name = key.state.name();
    match key.opens_until {
        Some(end) => format!("{name}, opens until {end}"),
        None => name.to_owned(),
    }
}

fn place(home: &KeyHome) -> String {
    match home {
        KeyHome::SealedFile(path) => format!("{}, locked", path.display()),
        KeyHome::PlainFile(path) => format!("{}, not locked", path.display()),
        KeyHome::Device(device) => {
            format!("in “{}”, by {}", device.token, device.module.display())
        }
        KeyHome::Elsewhere => "kept elsewhere".to_owned(),
        KeyHome::Gone => "gone".to_owned(),
    }
}

#[derive(Serialize)]
struct RotatedView {
    outcome: &'static str,
    purpose: &'static str,
    key_id: String,
    replaces: String,
    opens_until: Option<String>,
    profile_number: u64,
    profile: String,
    public_key: String,
}

pub(crate) async fn rotate(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: KeyRotate,
) -> Result<Reply, Failure> {
    let rotation = match call.purpose {
        Purpose::Profile => Rotation::Profile,
        Purpose::Signing => Rotation::Signing,
        Purpose::Exchange => Rotation::Exchange {
            opens_for: call.opens_for,
        },
    };
    let device = match (call.pkcs11, call.token) {
        (Some(module), Some(token)) => Some(KeyDevice { module, token }),
        _ => None,
    };
    if device.is_some() && rotation != Rotation::Signing {
        return Err(Problem::new(Code::Usage).into());
    }
    terminal.say("Making the key; this takes a moment.");
    let rotated = match device {
        Some(device) => {
            authority
                .rotate_signing_key_into(device, &Origin::Local)
                .await
        }
        None => authority.rotate_key(rotation, &Origin::Local).await,
    };
    let rotated = rotated.map_err(|fault| fault.problem())?;
    let profile = authority.profile_file().display().to_string();
    let public_key = authority.public_key_file().display().to_string();
    let reply = Reply::of(&RotatedView {
        outcome: "rotated",
        purpose: rotated.purpose.name(),
        key_id: rotated.key.to_string(),
        replaces: rotated.replaces.to_string(),
        opens_until: time(rotated.opens_until),
        profile_number: rotated.profile,
        profile: profile.clone(),
        public_key: public_key.clone(),
    })
    .saying(format!(
        "The {} key is {} now, in the place of {}.",
        rotated.purpose.name(),
        rotated.key,
        rotated.replaces
    ));
    let reply = match (rotated.purpose, rotated.opens_until) {
        (KeyPurpose::Exchange, Some(end)) => reply.saying(format!(
            "What computers locked for the old one is taken until {}.",
            spoken(end)
        )),
        (KeyPurpose::Signing, _) => reply.saying(format!(
            "What the old one signed still counts. Programs that check licenses need {public_key}."
        )),
        _ => reply.saying("The new one lies in the folder of the authority, also where the old one was kept elsewhere."),
    };
    Ok(reply.saying(format!("Next: hand out {profile} again.")))
}

#[derive(Serialize)]
struct StrandedView {
    unheard_computers: u64,
    activations: u64,
    licenses: u64,
}

#[derive(Serialize)]
struct RetirementView {
    key_id: String,
    purpose: &'static str,
    strands: StrandedView,
}

#[derive(Serialize)]
struct RetiredView {
    outcome: &'static str,
    #[serde(flatten)]
    retirement: RetirementView,
    state: &'static str,
    profile: String,
}

fn retirement(key: KeyId, stranded: &Stranded) -> RetirementView {
    RetirementView {
        key_id: key.to_string(),
        purpose: stranded.purpose.name(),
        strands: StrandedView {
            unheard_computers: stranded.unheard,
            activations: stranded.activations,
            licenses: stranded.licenses,
        },
    }
}

pub(crate) async fn retire(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    key: KeyId,
    yes: bool,
) -> Result<Reply, Failure> {
    let stranded = authority
        .key_retirement(key)
        .await
        .map_err(|fault| fault.problem())?;
    let consequence = consequence(&stranded);
    if let Err(failure) = terminal.confirm(yes, &format!("{consequence} Retire the key for good?"))
    {
        return Err(failure
            .showing(&retirement(key, &stranded))
            .saying(consequence));
    }
    let keys = authority.keys().await.map_err(|fault| fault.problem())?;
    let home = keys
        .into_iter()
        .find(|one| one.id == key)
        .map(|one| one.home);
    let retired = authority
        .retire_key(key, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let profile = authority.profile_file().display().to_string();
    let reply = Reply::of(&RetiredView {
        outcome: if retired.changed {
            "retired"
        } else {
            "unchanged"
        },
        retirement: retirement(key, &stranded),
        state: retired.state.name(),
        profile: profile.clone(),
    });
    Ok(if retired.changed {
        let reply = reply
            .saying(format!("The key {key} is retired for good."))
            .saying(consequence);
        let reply = match home {
            Some(KeyHome::Device(device)) => reply.saying(format!(
                "Its private half is still in the device {}; nothing here knows where any more. Remove it with the device's own program.",
                device.token
            )),
            _ => reply,
        };
        reply.saying(format!("Next: hand out {profile} again."))
    } else {
        reply.saying(format!(
            "The key {key} was retired before; nothing was changed."
        ))
    })
}

/// What retiring a key leaves behind, in a sentence or two.
fn consequence(stranded: &Stranded) -> String {
    match stranded.purpose {
        KeyPurpose::Exchange => format!(
            "Computers with a seat that were not heard of since it was replaced: {}. What they sent for this key, requests and seats given back, can then not be opened; once such a computer has the newest vendor profile, it makes them again.",
            stranded.unheard
        ),
        KeyPurpose::Signing => format!(
            "Activations whose latest answer it signed: {}. Licenses whose latest file it signed: {}. None of them counts any more once the newest vendor profile is there; each then needs refresh or license reissue.",
            stranded.activations, stranded.licenses
        ),
        KeyPurpose::Profile => {
            "No computer loses anything: those that know only this key are led on by the profiles in between."
                .to_owned()
        }
    }
}

#[derive(Serialize)]
struct ExportedView {
    outcome: &'static str,
    key_id: String,
    out: String,
}

pub(crate) async fn export_profile_key(
    authority: &Authority,
    out: &Path,
) -> Result<Reply, Failure> {
    let exported = authority
        .export_profile_key(out, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let file = exported.file.display().to_string();
    Ok(Reply::of(&ExportedView {
        outcome: "exported",
        key_id: exported.key.to_string(),
        out: file.clone(),
    })
    .saying(format!("The profile key {} is in {file} now, and not here any more.", exported.key))
    .saying("It opens with the passphrase of this authority. Keep two copies where nobody reaches them from here.")
    .saying(format!("Where a vendor profile is to be signed: --profile-key {file}")))
}
