//! Puts frames together that come in any order, more than once, and mixed with those of others (Q6 to
//! Q8). It takes memory for what came, never for what a frame tells of.

use std::collections::{BTreeMap, BTreeSet};

use super::{Frame, SequenceId, frames::MAX_FRAMES};
use crate::{MAX_PASTE, ParseFault};

/// Most sequences that are collected at once.
const MOST_SEQUENCES: usize = 8;
/// Most groups of numbers that are told as missing.
const MOST_TOLD: usize = 8;

/// Frames on their way to what they make.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    /// The one that a frame came for last is at the end.
    open: Vec<Sequence>,
}

/// What became of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// More of them are needed.
    Part(Missing),
    /// It was the last: the content. Who made it is for the content to say.
    Whole(Vec<u8>),
}

/// What is there of a sequence, and what is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Which.
    pub sequence: SequenceId,
    /// How many frames are there.
    pub have: u16,
    /// How many there are in all.
    pub total: u16,
    /// The numbers of those that are missing.
    pub numbers: Vec<u16>,
}

impl Missing {
    /// The missing numbers in short: `2, 5–9`.
    pub fn in_short(&self) -> String {
        let mut groups: Vec<(u16, u16)> = Vec::new();
        for &number in &self.numbers {
            match groups.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => groups.push((number, number)),
            }
        }
        let mut told: Vec<_> = groups
            .iter()
            .take(MOST_TOLD)
            .map(|&(first, last)| match last - first {
                0 => first.to_string(),
                1 => format!("{first}, {last}"),
                _ => format!("{first}–{last}"),
            })
            .collect();
        if groups.len() > MOST_TOLD {
            told.push("…".to_owned());
        }
        told.join(", ")
    }

    /// The same as the fault that stops a reader who gets no more frames.
    pub fn fault(&self) -> ParseFault {
        ParseFault::FramesMissing {
            have: self.have,
            total: self.total,
            missing: self.in_short(),
        }
    }
}

#[derive(Clone, Debug)]
struct Sequence {
    id: SequenceId,
    total: u16,
    parts: BTreeMap<u16, Vec<u8>>,
}

impl Sequence {
    fn missing(&self) -> Missing {
        let have = self.parts.len();
        Missing {
            sequence: self.id,
            have: u16::try_from(have).unwrap_or(MAX_FRAMES),
            total: self.total,
            numbers: (1..=self.total)
                .filter(|number| !self.parts.contains_key(number))
                .collect(),
        }
    }

    fn is_of(&self, frame: &Frame) -> bool {
        (self.id, self.total) == (frame.sequence(), frame.total())
    }

    /// Whether parts of these lengths can be of one content (Q4).
    fn fits(&self, number: u16, part: &[u8]) -> bool {
        self.parts.iter().all(|(&of, there)| {
            let (of_last, is_last) = (of == self.total, number == self.total);
            match (of_last, is_last) {
                (true, true) => true,
                (false, false) => there.len() == part.len(),
                (true, false) => ends(part.len(), there.len(), self.total),
                (false, true) => ends(there.len(), part.len(), self.total),
            }
        })
    }

    fn frames(&self) -> impl Iterator<Item = Frame> {
        self.parts
            .iter()
            .map(|(&number, part)| Frame::part_of(self.id, number, self.total, part))
    }

    fn take(&mut self, number: u16, part: &[u8]) {
        self.parts.entry(number).or_insert_with(|| part.to_vec());
    }
}

/// The sequence that a frame begins which fits none of those that are open, with their last part where
/// that fits it.
fn begun(open: &[Sequence], frame: &Frame) -> Sequence {
    let mut sequence = Sequence {
        id: frame.sequence(),
        total: frame.total(),
        parts: BTreeMap::from([(frame.number(), frame.part().to_vec())]),
    };
    let last = open.iter().find_map(|of| of.parts.get(&of.total));
    if let Some(last) = last.filter(|last| sequence.fits(sequence.total, last)) {
        sequence.take(sequence.total, last);
    }
    sequence
}

/// Whether a last part of this length can follow others of that one: all but the last have the length
/// divided by their number, rounded up.
fn ends(others: usize, last: usize, total: u16) -> bool {
    last <= others && others - last < usize::from(total)
}

impl Collector {
    /// Takes a frame. One that is there already changes nothing, and no frame changes what is there
    /// of another sequence, until there are more sequences than anybody shows: then the one goes that
    /// had no frame for longest. Frames of which the lengths do not fit are not of one sequence,
    /// whatever they say.
    ///
    /// # Errors
    /// `armor_damaged` where the content is not the one that its frames name; that sequence can be
    /// collected anew.
    pub fn take(&mut self, frame: &Frame) -> Result<Collected, ParseFault> {
        let (number, part) = (frame.number(), frame.part());
        let (mut own, others) = std::mem::take(&mut self.open)
            .into_iter()
            .partition::<Vec<_>, _>(|of| of.is_of(frame));
        self.open = others;
        let mut known = false;
        for sequence in own.iter_mut().filter(|of| of.fits(number, part)) {
            sequence.take(number, part);
            known = true;
        }
        if !known {
            own.push(begun(&own, frame));
        }
        let (complete, own) = own
            .into_iter()
            .partition::<Vec<_>, _>(|of| of.parts.len() == usize::from(of.total));
        let mut damaged = false;
        for sequence in complete {
            let id = sequence.id;
            let content = sequence.parts.into_values().collect::<Vec<_>>().concat();
            if SequenceId::of(&content) == id {
                // The same, more or less dense.
                self.open.retain(|of| of.id != id);
                return Ok(Collected::Whole(content));
            }
            damaged = true;
        }
        let fullest = own.iter().max_by_key(|of| of.parts.len());
        let missing = fullest.map(Sequence::missing);
        self.open.extend(own);
        let more = self.open.len().saturating_sub(MOST_SEQUENCES);
        self.open.drain(..more);
        match missing {
            Some(missing) if !damaged => Ok(Collected::Part(missing)),
            _ => Err(ParseFault::Damaged),
        }
    }

    /// Finds frames in text, one behind the other with space between, and takes them: what became whole,
    /// and of each sequence in the text that did not, what is missing. `None` where there is no frame.
    /// However much of it is damaged, that is told once; what is missing, of no more sequences than are
    /// kept. A text of more than [`MAX_PASTE`] bytes is refused as a whole.
    pub fn read(&mut self, text: &str) -> Option<Vec<Result<Vec<u8>, ParseFault>>> {
        let limit = MAX_PASTE;
        if text.len() > limit {
            let mut words = text.split_whitespace();
            let any = words.any(|word| Frame::read(word).is_some());
            return any.then(|| vec![Err(ParseFault::TooLarge { limit })]);
        }
        let mut found = Vec::new();
        let mut faults = BTreeSet::new();
        // Sequence by sequence: a text may hold more of them than are kept.
        let mut places: BTreeMap<(SequenceId, u16), usize> = BTreeMap::new();
        let mut sequences: Vec<Vec<Frame>> = Vec::new();
        let mut any = false;
        for frame in text.split_whitespace().filter_map(Frame::read) {
            any = true;
            match frame {
                Err(fault) => {
                    if faults.insert(fault.code()) {
                        found.push(Err(fault));
                    }
                }
                Ok(frame) => {
                    let of = (frame.sequence(), frame.total());
                    let place = *places.entry(of).or_insert(sequences.len());
                    match sequences.get_mut(place) {
                        Some(sequence) => sequence.push(frame),
                        None => sequences.push(vec![frame]),
                    }
                }
            }
        }
        let mut whole = BTreeSet::new();
        let mut parts = Vec::new();
        for sequence in &sequences {
            match self.take_all(sequence) {
                Ok(Collected::Whole(content)) => {
                    if whole.insert(SequenceId::of(&content)) {
                        found.push(Ok(content));
                    }
                }
                Ok(Collected::Part(missing)) => parts.push(missing),
                Err(fault) => {
                    if faults.insert(fault.code()) {
                        found.push(Err(fault));
                    }
                }
            }
        }
        parts.retain(|missing| !whole.contains(&missing.sequence));
        let told = &parts[parts.len().saturating_sub(MOST_SEQUENCES)..];
        found.extend(told.iter().map(|missing| Err(missing.fault())));
        any.then_some(found)
    }

    /// Takes frames of one sequence until it is whole. Where that is damaged, the last of each number
    /// is tried in place of the first: a bad copy may stand before a good one.
    fn take_all(&mut self, frames: &[Frame]) -> Result<Collected, ParseFault> {
        let Some(first) = frames.first() else {
            return Err(ParseFault::Empty);
        };
        let before = self.open.iter().filter(|of| of.is_of(first));
        let before: Vec<_> = before.flat_map(Sequence::frames).collect();
        match self.take_each(frames.iter()) {
            Err(ParseFault::Damaged) => {
                self.open.retain(|of| !of.is_of(first));
                self.take_each(frames.iter().rev().chain(&before))
            }
            other => other,
        }
    }

    /// Takes frames until one makes something whole; else the first fault, or what is missing.
    fn take_each<'a>(
        &mut self,
        frames: impl Iterator<Item = &'a Frame>,
    ) -> Result<Collected, ParseFault> {
        let mut outcome = Err(ParseFault::Empty);
        for frame in frames {
            match self.take(frame) {
                Ok(Collected::Whole(content)) => return Ok(Collected::Whole(content)),
                other if !matches!(outcome, Err(ParseFault::Damaged)) => outcome = other,
                _ => {}
            }
        }
        outcome
    }

    /// What is begun and not whole; the one that a frame came for last at the end.
    pub fn open(&self) -> impl Iterator<Item = Missing> {
        self.open.iter().map(Sequence::missing)
    }
}

/// Finds frames in text, as [`Collector::read`] does, with no others before them.
pub(crate) fn read_all(text: &str) -> Option<Vec<Result<Vec<u8>, ParseFault>>> {
    Collector::default().read(text)
}
