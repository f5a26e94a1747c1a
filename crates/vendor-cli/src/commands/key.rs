//! `keyferry-authority key`: which keys there are, and how one takes another's place.

use std::path::Path;

use keyferry_authority::{
    Authority, KeyDevice, KeyHome, KeyRecord, LockedKeys, OpenOptions, Origin, Passphrase,
    Rotation, Stranded, lock_keys,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{Failure, Reply, Table, Terminal};
use keyferry_token::{KeyId, KeyPurpose};
use keyferry_views::{KeyRetiredView, KeyRetirementView, KeyRotatedView, KeyView, outcome};
use serde::Serialize;

use super::spoken;
use crate::call::{KeyRotate, Purpose};

#[derive(Serialize)]
struct KeysView {
    keys: Vec<KeyView>,
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
        keys: keys.iter().map(KeyView::with_place).collect(),
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
    #[serde(flatten)]
    rotated: KeyRotatedView,
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
        rotated: KeyRotatedView::from(&rotated),
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
struct RetiredView {
    #[serde(flatten)]
    retired: KeyRetiredView,
    profile: String,
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
            .showing(&KeyRetirementView::new(key, &stranded))
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
        retired: KeyRetiredView::new(&retired, &stranded),
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

#[derive(Serialize)]
struct LockedView {
    outcome: &'static str,
    sealed: Vec<String>,
    unchanged: usize,
}

/// Locks the keys in a folder with another passphrase; nothing is opened for it but the keys.
pub(crate) fn lock(dir: &Path, options: &OpenOptions, new: &Passphrase) -> Result<Reply, Failure> {
    let locked = lock_keys(dir, options, new).map_err(|fault| fault.problem())?;
    let sealed = locked.sealed.iter().map(|path| path.display().to_string());
    let reply = Reply::of(&LockedView {
        outcome: outcome(!locked.sealed.is_empty(), "locked"),
        sealed: sealed.collect(),
        unchanged: locked.unchanged,
    });
    if locked.sealed.is_empty() {
        return Ok(
            reply.saying("The keys were locked with this passphrase before; nothing was changed.")
        );
    }
    Ok(reply
        .saying(format!("Locked with the new passphrase: {}", counted(&locked)))
        .saying("Start serve anew with it, everywhere, and give it to systemd where that has the passphrase. Copies of the keys, in backups and at other portals, open with what they were locked with before."))
}

fn counted(locked: &LockedKeys) -> String {
    match locked.sealed.len() {
        1 => "1 key file.".to_owned(),
        count => format!("{count} key files."),
    }
}
