//! `keyferry usb watch`: tells when a USB key comes, changes or goes, as it happens.

use std::time::{Duration, Instant};

use keyferry_catalogue::{Exit, Phrase, Problem};
use keyferry_client::{Client, KeyNamed, SystemClock, TimeSource as _, UsbKeyFault, UsbKeyFound};
use keyferry_device::usb::{UsbEvent, UsbKey, UsbPlace};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Terminal, visible};
use keyferry_token::Seconds;
use serde::Serialize;

use super::usb::line;
use crate::Outcome;
use crate::views::UsbKeyFoundView;

/// How long one wait lasts at most; nothing is missed between two.
const WAIT: Duration = Duration::from_mins(1);

#[derive(Serialize)]
struct EventView {
    event: &'static str,
    at: String,
    usb_key: UsbKeyFoundView,
}

/// What is told of a key.
#[derive(Clone, Copy)]
enum Event {
    Present,
    Plugged,
    Changed,
    Pulled,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Plugged => "plugged",
            Self::Changed => "changed",
            Self::Pulled => "pulled",
        }
    }

    const fn phrase(self) -> Phrase {
        match self {
            Self::Present => Phrase::ToldUsbThere,
            Self::Plugged => Phrase::ToldUsbPlugged,
            Self::Changed => Phrase::ToldUsbChanged,
            Self::Pulled => Phrase::ToldUsbPulled,
        }
    }
}

pub(crate) fn run(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    length: Option<Seconds>,
) -> Outcome {
    let length = length.map(|length| Duration::from_secs(length.get()));
    match watch(client, terminal, length) {
        Ok(exit) => Outcome::Told(exit),
        Err(failure) => Outcome::One(Err(failure)),
    }
}

fn watch(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    length: Option<Duration>,
) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let mut watch = client.watch_usb().map_err(Problem::from)?;
    terminal.say(Phrase::ToldWatching.text(LANGUAGE));
    for key in watch.present() {
        if !told(client, terminal, Event::Present, key, watch.present()) {
            return Ok(Exit::InputOutput);
        }
    }
    loop {
        let left = length.map(|length| length.saturating_sub(begun.elapsed()));
        if left == Some(Duration::ZERO) {
            return Ok(Exit::Runs);
        }
        let wait = left.map_or(WAIT, |left| left.min(WAIT));
        let events = watch
            .next(wait)
            .map_err(|fault| Problem::from(UsbKeyFault::from(fault)))?;
        for event in events {
            let (event, key) = match event {
                UsbEvent::Plugged(key) => (Event::Plugged, key),
                UsbEvent::Changed(key) => (Event::Changed, key),
                UsbEvent::Pulled(key) => (Event::Pulled, key),
            };
            if !told(client, terminal, event, &key, watch.present()) {
                return Ok(Exit::InputOutput);
            }
        }
    }
}

/// Tells an event. What was pulled is told at once, before anything is read.
fn told(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    event: Event,
    key: &UsbKey,
    there: &[UsbKey],
) -> bool {
    let found = match event {
        Event::Pulled => None,
        Event::Present | Event::Plugged | Event::Changed => found(client, &key.place),
    };
    let usb_key = match &found {
        Some(found) => UsbKeyFoundView::from(found),
        None => UsbKeyFoundView::from(&KeyNamed::among(key, there)),
    };
    let view = EventView {
        event: event.name(),
        at: SystemClock.now().to_string(),
        usb_key,
    };
    let said = event.phrase().fill(LANGUAGE, &[("key", &line(key))]);
    terminal.tell(&Reply::of(&view).printing(visible(&said)))
}

fn found(client: &Client, place: &UsbPlace) -> Option<UsbKeyFound> {
    let keys = client.usb_keys().ok()?;
    keys.into_iter().find(|found| found.key.place == *place)
}
