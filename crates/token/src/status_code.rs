//! The status code: what a person reads out on the phone so that support knows where a license stands.

use core::fmt;

use keyferry_catalogue::{Code, Problem};
use sha2::{Digest as _, Sha256};

use crate::{ActivationId, ComponentKind, Seconds, State, Timestamp, crockford};

const SYMBOLS: usize = 12;
const GROUP: usize = 4;
/// 2020-01-01T00:00:00Z: day 0.
const FIRST_DAY: Timestamp = Timestamp::from_unix(1_577_836_800);
/// What stands for no days to the end, so that days after it can be told as well.
const END_OFFSET: i64 = 512;

/// What is packed into the 55 bits of a code, the first at the top: name and width.
const VERSION_BITS: u32 = 2;
const STATE_BITS: u32 = 3;
const REASON_BITS: u32 = 10;
const DAY_BITS: u32 = 14;
const END_BITS: u32 = 10;
const CHANGED_BITS: u32 = 6;
const HINT_BITS: u32 = 10;

/// What a status code is made of.
#[derive(Clone, Copy, Debug)]
pub struct StatusFacts<'a> {
    /// What the license is to its program.
    pub state: State,
    /// Why.
    pub reason: Option<Code>,
    /// The device's clock.
    pub now: Timestamp,
    /// When the lease ends or ended, if there is one.
    pub ends_at: Option<Timestamp>,
    /// The components that changed since enrolment.
    pub changed: &'a [ComponentKind],
    /// The activation that the device holds.
    pub activation: Option<&'a ActivationId>,
}

/// Twelve symbols that say where a license stands (`docs/spec/codes.md`). Nothing in them is secret,
/// nothing proves anything: it is what a person could have said, in short and without mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCode {
    state: State,
    reason: u16,
    day: u16,
    end: u16,
    changed: u8,
    hint: u16,
}

impl StatusCode {
    /// The code for these facts. A day before 2020 or after 2064 is told as the nearest one that can
    /// be told, and so is an end more than 511 days away.
    pub fn of(facts: &StatusFacts<'_>) -> Self {
        let day = |at: Timestamp| at.since(FIRST_DAY).get() / Seconds::DAY.get();
        let today = day(facts.now).min(below(DAY_BITS));
        let end = facts.ends_at.map_or(0, |ends_at| {
            let days =
                i64::try_from(day(ends_at)).unwrap_or(i64::MAX) - i64::try_from(today).unwrap_or(0);
            days.saturating_add(END_OFFSET).clamp(1, 1023)
        });
        Self {
            state: facts.state,
            reason: facts.reason.map_or(0, Code::number),
            day: u16::try_from(today).unwrap_or(u16::MAX),
            end: u16::try_from(end).unwrap_or(0),
            changed: facts.changed.iter().fold(0, |mask, kind| mask | bit(*kind)),
            hint: facts.activation.map_or(0, hint),
        }
    }

    /// Reads what a person typed or pasted: case, spaces, dashes and invisible characters do not
    /// matter, and O, I, L are read as 0, 1, 1.
    ///
    /// # Errors
    /// `nothing_read`, `status_code_incomplete`, `status_code_mistyped`, `newer_format`.
    pub fn read(text: &str) -> Result<Self, StatusCodeFault> {
        let typed = crockford::typed(text);
        match typed.have {
            0 => return Err(StatusCodeFault::Empty),
            SYMBOLS => {}
            have => {
                return Err(StatusCodeFault::Length {
                    have,
                    want: SYMBOLS,
                });
            }
        }
        // A character outside the alphabet leaves fewer symbols than characters.
        let (check, symbols) = match typed.symbols.split_last() {
            Some((check, symbols)) if typed.symbols.len() == SYMBOLS => (check, symbols),
            _ => return Err(StatusCodeFault::Mistyped),
        };
        if crockford::check_symbol(symbols) != *check {
            return Err(StatusCodeFault::Mistyped);
        }
        Self::from_bits(
            symbols
                .iter()
                .fold(0, |bits, s| (bits << 5) | u64::from(*s)),
        )
    }

    fn from_bits(bits: u64) -> Result<Self, StatusCodeFault> {
        let mut left = bits;
        let mut low = |width: u32| {
            let value = left & below(width);
            left >>= width;
            u16::try_from(value).unwrap_or(u16::MAX)
        };
        let (hint, changed) = (low(HINT_BITS), low(CHANGED_BITS));
        let (end, day, reason) = (low(END_BITS), low(DAY_BITS), low(REASON_BITS));
        let (state, version) = (low(STATE_BITS), low(VERSION_BITS));
        if version != 0 {
            return Err(StatusCodeFault::Newer);
        }
        Ok(Self {
            state: State::from_number(state.into()).ok_or(StatusCodeFault::Mistyped)?,
            reason,
            day,
            end,
            changed: u8::try_from(changed).unwrap_or(0),
            hint,
        })
    }

    fn bits(self) -> u64 {
        // The version, 0, needs no bits of its own at the top.
        [
            (u64::from(self.state.number()), STATE_BITS),
            (self.reason.into(), REASON_BITS),
            (self.day.into(), DAY_BITS),
            (self.end.into(), END_BITS),
            (self.changed.into(), CHANGED_BITS),
            (self.hint.into(), HINT_BITS),
        ]
        .into_iter()
        .fold(0, |bits, (value, width)| {
            (bits << width) | (value & below(width))
        })
    }

    /// What the license is to its program.
    pub fn state(self) -> State {
        self.state
    }

    /// Why: the number of a catalogue code, which may be one of a newer program.
    pub fn reason(self) -> Option<u16> {
        (self.reason != 0).then_some(self.reason)
    }

    /// The day on the device's clock: its first second in UTC.
    pub fn day(self) -> Timestamp {
        FIRST_DAY.plus(Seconds::days(self.day.into()))
    }

    /// Days from [`Self::day`] to the day on which the lease ends; below zero when it is over, −511
    /// and 511 for that many or more.
    pub fn ends_in(self) -> Option<i16> {
        let end = i16::try_from(i64::from(self.end) - END_OFFSET).unwrap_or(i16::MAX);
        (self.end != 0).then_some(end)
    }

    /// The components that changed since enrolment.
    pub fn changed(self) -> Vec<ComponentKind> {
        let all = ComponentKind::ALL.into_iter();
        all.filter(|kind| self.changed & bit(*kind) != 0).collect()
    }

    /// Ten bits that depend on the activation, if the device holds one: a hint at which it is.
    pub fn hint(self) -> Option<u16> {
        (self.hint != 0).then_some(self.hint)
    }

    /// Whether the hint is that of this activation. It is for one in about a thousand others, too.
    pub fn hints_at(self, activation: &ActivationId) -> bool {
        self.hint == hint(activation)
    }

    /// The groups in the order in which they are read out.
    pub fn groups(self) -> [String; 3] {
        let mut symbols = [0; SYMBOLS];
        let bits = self.bits();
        for (at, symbol) in symbols[..SYMBOLS - 1].iter_mut().rev().enumerate() {
            *symbol = u8::try_from((bits >> (5 * at)) & 31).unwrap_or(0);
        }
        symbols[SYMBOLS - 1] = crockford::check_symbol(&symbols[..SYMBOLS - 1]);
        core::array::from_fn(|group| {
            let group = &symbols[group * GROUP..][..GROUP];
            group.iter().copied().map(crockford::symbol).collect()
        })
    }
}

impl fmt::Display for StatusCode {
    /// Writes `AB3D-9KX2-7QRM`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.groups().join("-"))
    }
}

/// The largest number of this many bits.
const fn below(bits: u32) -> u64 {
    (1 << bits) - 1
}

fn bit(kind: ComponentKind) -> u8 {
    1 << (kind.number() - 1)
}

/// The first ten bits of SHA-256 over the activation id; 1 where they are all zero, because 0 says
/// that there is no activation.
fn hint(activation: &ActivationId) -> u16 {
    let digest = Sha256::digest(activation.as_bytes());
    let first = u16::from_be_bytes([digest[0], digest[1]]) >> (16 - HINT_BITS);
    first.max(1)
}

/// Why typed text is not a status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusCodeFault {
    /// Nothing but separators was given.
    #[error("nothing was given")]
    Empty,
    /// A symbol is missing, or there is one too many.
    #[error("{have} of {want} symbols were given")]
    Length {
        /// Symbols that were given.
        have: usize,
        /// Symbols that the code has.
        want: usize,
    },
    /// A character is not in the alphabet, or the check symbol does not fit.
    #[error("a symbol is mistyped")]
    Mistyped,
    /// Made by a program that packs it in another way.
    #[error("made in a newer format")]
    Newer,
}

impl StatusCodeFault {
    /// The catalogue code: `nothing_read`, `status_code_incomplete`, `status_code_mistyped` or
    /// `newer_format`.
    pub fn code(&self) -> Code {
        match self {
            Self::Empty => Code::NothingRead,
            Self::Length { .. } => Code::StatusCodeIncomplete,
            Self::Mistyped => Code::StatusCodeMistyped,
            Self::Newer => Code::NewerFormat,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Length { have, want } => problem.with("have", have).with("want", want),
            Self::Empty | Self::Mistyped | Self::Newer => problem,
        }
    }
}
