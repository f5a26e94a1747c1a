//! `keyferry usb list|id|put|check`: which USB keys are there, and the license files on them.

use keyferry_catalogue::{Code, Phrase, Problem};
use keyferry_client::{AllowWeak, Client, KeyNamed, LicenseFound, LicenseHeld, UsbKeyFound};
use keyferry_device::usb::UsbKey;
use keyferry_license::{Rating, Strength};
use keyferry_terminal::{
    Failure, LANGUAGE, LicenseView, Reply, Source, Terminal, visible, write_file,
};
use serde::Serialize;

use super::carry::{QrView, draw};
use crate::call::UsbIdentity;
use crate::views::{Anchor, StandingView, UsbKeyFoundView, UsbKeyView, mount_points, sentences};

/// What the file of an id is called in a folder.
const ID_FILE: &str = "keyferry-usb-key.txt";

#[derive(Serialize)]
struct KeysView {
    usb_keys: Vec<UsbKeyFoundView>,
}

/// Every USB key.
pub(crate) fn list(client: &Client) -> Result<Reply, Failure> {
    let keys = client.usb_keys().map_err(Problem::from)?;
    let reply = Reply::of(&KeysView {
        usb_keys: keys.iter().map(UsbKeyFoundView::from).collect(),
    });
    if keys.is_empty() {
        return Ok(reply.saying(Phrase::ToldNoUsbKey.text(LANGUAGE)));
    }
    let told: Vec<String> = keys.iter().map(paragraph).collect();
    Ok(reply.printing(told.join("\n")))
}

#[derive(Serialize)]
struct IdView {
    #[serde(flatten)]
    key: UsbKeyView,
    out: Option<String>,
    qr: Option<QrView>,
}

/// The id of a key, for the vendor.
pub(crate) fn id(client: &Client, call: &UsbIdentity) -> Result<Reply, Failure> {
    let named = client.find_key(&call.key).map_err(Problem::from)?;
    let accepted = named.rating.accept(call.allow_weak);
    let id = accepted
        .and_then(|()| {
            named
                .id
                .as_ref()
                .ok_or_else(|| Problem::new(Code::UsbKeyUnusable))
        })
        .map_err(|problem| refused(problem, &named))?
        .to_string();
    let qr = call.qr.as_ref().map(|path| draw(path, &id)).transpose()?;
    let file = call.out.as_ref().and_then(|out| out.file(ID_FILE));
    if let Some(file) = &file {
        write_file(file, format!("{id}\n").as_bytes())?;
    }
    let out = file.map(|file| file.display().to_string());
    let written = |path: &str| Phrase::ToldWritten.fill(LANGUAGE, &[("path", path)]);
    let drawn = |path: &str| Phrase::ToldQrWritten.fill(LANGUAGE, &[("path", path)]);
    let said = [
        Some(named.rating.reason.phrase().text(LANGUAGE).to_owned()),
        out.as_deref().map(written),
        qr.as_ref().map(|qr| drawn(&qr.file)),
        Some(Phrase::NextKeyId.text(LANGUAGE).to_owned()),
    ];
    let data = if out.is_none() { id } else { String::new() };
    let view = IdView {
        key: UsbKeyView::from(&named),
        out,
        qr,
    };
    let reply = said
        .into_iter()
        .flatten()
        .fold(Reply::of(&view), Reply::saying);
    Ok(reply.printing(data))
}

#[derive(Serialize)]
struct PutView {
    outcome: &'static str,
    license: LicenseView,
    files: Vec<String>,
    usb_key: UsbKeyView,
    standing: StandingView,
}

/// Puts a license file on its key.
pub(crate) fn put(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    file: &Source,
    key: &str,
    allow_weak: bool,
) -> Result<Reply, Failure> {
    let bytes = terminal.read(file)?;
    let named = client.find_key(key).map_err(Problem::from)?;
    let weak = if allow_weak {
        AllowWeak::Yes
    } else {
        AllowWeak::No
    };
    let put = client
        .put_license(&bytes, &named, weak)
        .map_err(|fault| refused(fault.into(), &named))?;
    let (outcome, told) = if put.unchanged {
        ("unchanged", Phrase::ToldLicensePutBefore)
    } else {
        ("put", Phrase::ToldLicensePut)
    };
    let files = put.files.iter().map(|file| file.display().to_string());
    let view = PutView {
        outcome,
        license: LicenseView::from(&put.license.read.license),
        files: files.collect(),
        usb_key: UsbKeyView::from(&named),
        standing: of_held(&put.license),
    };
    Ok(Reply::of(&view)
        .saying(told.text(LANGUAGE))
        .printing(words(&put.license)))
}

/// The license files on a key.
pub(crate) fn check(client: &Client, key: &str) -> Result<Reply, Failure> {
    let named = client.find_key(key).map_err(Problem::from)?;
    let keys = client.usb_keys().map_err(Problem::from)?;
    let mut keys = keys.into_iter();
    let found = keys
        .find(|found| found.key.place == named.key.place)
        .ok_or_else(|| Problem::new(Code::UsbKeyPulled))?;
    let view = UsbKeyFoundView::from(&found);
    if found.licenses.is_empty() {
        let none = Problem::new(Code::UsbKeyWithoutLicense);
        return Err(Failure::from(none).showing(&view));
    }
    let stopped = found
        .licenses
        .iter()
        .find(|license| !license.standing.state.runs());
    let reply = Reply::of(&view).printing(paragraph(&found));
    Ok(match stopped {
        Some(license) => reply.ending(license.standing.exit()),
        None => reply,
    })
}

/// A key that was refused is told of with its rating.
fn refused(problem: Problem, named: &KeyNamed) -> Failure {
    let failure = Failure::from(problem).showing(&UsbKeyView::from(named));
    let reason = named.rating.reason.phrase().text(LANGUAGE);
    match failure.problem().code {
        Code::UsbKeyWeak => failure
            .saying(reason)
            .saying("To take it all the same: --allow-weak"),
        Code::UsbKeyUnusable => failure.saying(reason),
        _ => failure,
    }
}

fn of_held(held: &LicenseHeld) -> StandingView {
    StandingView::new(&held.standing, Anchor::from(&held.read.license.binding))
}

fn words(held: &LicenseHeld) -> String {
    sentences(&held.standing, Anchor::from(&held.read.license.binding))
}

/// A key as people tell it from others: maker, name and size.
fn title(key: &UsbKey) -> String {
    let unnamed = || format!("{:04x}:{:04x}", key.vendor_id, key.product_id);
    let name = key.title().unwrap_or_else(unnamed);
    match key.capacity {
        Some(bytes) => format!("{name}, {}", size(bytes)),
        None => name,
    }
}

/// A size as it is printed on a key: in steps of a thousand.
fn size(bytes: u64) -> String {
    const MEGA: u64 = 1_000_000;
    if bytes < 1000 * MEGA {
        return format!("{} MB", bytes / MEGA);
    }
    let tenths = bytes / (100 * MEGA);
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// A key in a line: what it is, and where it is mounted.
pub(crate) fn line(key: &UsbKey) -> String {
    let places: Vec<String> = mount_points(key).collect();
    let places = if places.is_empty() {
        Phrase::ToldUsbClosed.text(LANGUAGE).to_owned()
    } else {
        places.join(", ")
    };
    format!("{} ({places})", title(key))
}

fn paragraph(found: &UsbKeyFound) -> String {
    let mut lines = vec![visible(&line(&found.key))];
    let mut say = |line: String| lines.push(format!("  {}", visible(&line)));
    found.id.iter().map(ToString::to_string).for_each(&mut say);
    say(worth(found.rating));
    for license in &found.licenses {
        say(file_line(license));
    }
    if let Some(problem) = &found.problem {
        say(problem.message(LANGUAGE));
    }
    if let Some(seen) = found.courier {
        let (waiting, answers) = (seen.waiting.to_string(), seen.answers.to_string());
        let args = [("waiting", waiting.as_str()), ("answers", &answers)];
        say(Phrase::ToldCourierCarries.fill(LANGUAGE, &args));
    }
    lines.join("\n") + "\n"
}

fn worth(rating: Rating) -> String {
    let first = match rating.strength {
        Strength::Strong => Phrase::ToldRatingStrong,
        Strength::Weak => Phrase::ToldRatingWeak,
        Strength::Unusable => Phrase::ToldRatingUnusable,
    };
    let reason = rating.reason.phrase();
    format!("{} {}", first.text(LANGUAGE), reason.text(LANGUAGE))
}

fn file_line(found: &LicenseFound) -> String {
    let file = found.place.file().and_then(|file| file.file_name());
    let name = file.map(|name| name.to_string_lossy().into_owned());
    let said = match &found.license {
        Ok(read) => sentences(&found.standing, Anchor::from(&read.license.binding)),
        Err(problem) => problem.message(LANGUAGE),
    };
    format!("{}: {said}", name.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn a_size_is_told_as_it_is_printed_on_a_key() {
        assert_eq!(size(30_752_000_000), "30.7 GB");
        assert_eq!(size(999_999_999), "999 MB");
        assert_eq!(size(8_000_000), "8 MB");
    }
}
