//! What can happen, one thing after the other.

use proptest::{collection::vec, prelude::*, sample::select};

/// Something that happens. The numbers choose among what is there: computers, letters, activations.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// A user asks for a seat.
    Request {
        desk: usize,
        code: usize,
        anew: bool,
    },
    /// A user asks, and everything arrives.
    Activate { desk: usize, code: usize },
    /// A letter arrives, be it late; a copy of it may stay on the stick.
    Carry { letter: usize, keep: bool },
    /// Everything that lies around is brought to the vendor in one paste.
    CarryAll,
    /// A letter is lost.
    Lose { letter: usize },
    /// A letter is brought to the wrong computer.
    Misdeliver { letter: usize, desk: usize },
    /// The vendor refreshes an activation, whatever became of it.
    Refresh { activation: usize },
    /// The vendor refreshes what a computer holds.
    RefreshOf { desk: usize },
    /// A user gives the seat back; the token lies around.
    Deactivate { desk: usize },
    /// A user says that the vendor has the deactivation.
    Confirm { desk: usize },
    /// A user moves the license to another computer.
    Move { from: usize, to: usize },
    /// The vendor releases a seat, as of a computer that is lost.
    ReleaseLost { activation: usize },
    /// The vendor releases what a computer holds.
    ReleaseOf { desk: usize },
    /// The vendor lets the computer of a released seat come again.
    AllowAgain { activation: usize },
    /// The vendor suspends what was bought.
    Suspend { code: usize },
    /// The vendor reinstates it.
    Reinstate { code: usize },
    /// Time passes.
    Pass { hours: u64 },
    /// A user sets the clock, by so many hours too much or too little.
    SetClock { desk: usize, off: i64 },
    /// A machine is started anew.
    Reboot { desk: usize },
    /// A file of a store is damaged.
    Damage { desk: usize, file: usize },
    /// A computer is set up anew.
    SetUpAnew { desk: usize },
    /// A part of a computer is replaced.
    SwapPart { desk: usize, part: usize },
    /// Somebody keeps a copy of a store.
    TakeSnapshot { desk: usize },
    /// Somebody puts a copy of a store back.
    Restore { desk: usize, snapshot: usize },
    /// A machine is copied, with its hardware's identity or onto other hardware.
    Clone { desk: usize, same_hardware: bool },
    /// Somebody prepares a computer for imaging.
    Reset { desk: usize },
    /// A user takes an emergency run.
    Emergency { desk: usize },
    /// A user asks the vendor for the time.
    AskTime { desk: usize },
    /// A user makes a status report.
    Status { desk: usize },
    /// Several of these, as they happen together.
    Plot { plot: Plot, desk: usize },
}

/// What somebody is up to, or what tends to happen together.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plot {
    /// The seat is given back, and the vendor has it.
    GiveBack,
    /// The same, and the store is put back to before it.
    PutBack,
    /// The lease runs out, and a run is taken.
    Emergency,
    /// The clock jumps ten years ahead, and the vendor is asked for the time.
    ClockJump,
    /// What was bought is suspended, and the computer learns of it.
    Suspension,
    /// A computer is set up anew, and asks.
    SetUpAnew,
    /// An answer is brought twice, and its request too.
    Doubled,
    /// A computer is reported lost, and asks again when its lease is over.
    Lost,
    /// Two computers have one store, and both ask.
    Fork,
    /// The computer of somebody else's seat is copied, and the copy tries what it can.
    Theft,
}

impl Op {
    /// The single things that happen, one after the other.
    pub(crate) fn steps(self) -> Vec<Self> {
        let Self::Plot { plot, desk } = self else {
            return vec![self];
        };
        let carry = Self::Carry {
            letter: 0,
            keep: false,
        };
        let keep = Self::Carry {
            letter: 0,
            keep: true,
        };
        let request = Self::Request {
            desk,
            code: 0,
            anew: true,
        };
        let activate = Self::Activate { desk, code: 0 };
        let set_clock = |off| Self::SetClock { desk, off };
        let newest = Self::Restore { desk, snapshot: 0 };
        match plot {
            Plot::GiveBack => vec![Self::Deactivate { desk }, carry],
            Plot::PutBack => vec![
                activate,
                Self::TakeSnapshot { desk },
                Self::Deactivate { desk },
                carry,
                newest,
                Self::Status { desk },
                Self::Lose { letter: 0 },
                Self::Pass { hours: 1 },
                Self::Status { desk },
                carry,
            ],
            Plot::Emergency => vec![
                activate,
                Self::Pass { hours: 24 * 38 },
                Self::Emergency { desk },
                Self::Status { desk },
                carry,
            ],
            Plot::ClockJump => vec![
                activate,
                set_clock(24 * 3650),
                set_clock(0),
                Self::AskTime { desk },
                carry,
                carry,
            ],
            Plot::Suspension => vec![
                activate,
                Self::Suspend { code: 0 },
                Self::RefreshOf { desk },
                carry,
                Self::Reinstate { code: 0 },
            ],
            Plot::SetUpAnew => vec![activate, Self::SetUpAnew { desk }, activate],
            Plot::Doubled => vec![
                request,
                keep,
                keep,
                keep,
                Self::Request {
                    desk,
                    code: 0,
                    anew: false,
                },
                carry,
            ],
            Plot::Lost => vec![
                activate,
                Self::ReleaseOf { desk },
                Self::Pass { hours: 24 * 31 },
                activate,
            ],
            Plot::Fork => vec![
                Self::TakeSnapshot { desk },
                request,
                carry,
                carry,
                newest,
                Self::Pass { hours: 1 },
                request,
                carry,
                carry,
            ],
            Plot::Theft => vec![
                activate,
                Self::Clone {
                    desk,
                    same_hardware: false,
                },
                Self::Deactivate { desk: LAST },
                Self::Emergency { desk: LAST },
                Self::Activate {
                    desk: LAST,
                    code: 0,
                },
            ],
        }
    }
}

/// The computer that was added last.
pub(crate) const LAST: usize = usize::MAX;

/// A life of many computers with one vendor.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    /// How many seats were sold with the first code; the second has one.
    pub(crate) seats: u32,
    /// Whether it is about the product whose seats change hands once a year.
    pub(crate) strict: bool,
    /// What happens.
    pub(crate) ops: Vec<Op>,
}

/// A life of so many steps at most.
pub(crate) fn life(steps: usize) -> impl Strategy<Value = Life> {
    (1..3_u32, any::<bool>(), vec(op(), steps / 2..steps)).prop_map(|(seats, strict, ops)| Life {
        seats,
        strict,
        ops,
    })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        40 => asking(),
        34 => carrying(),
        22 => leaving(),
        12 => deciding(),
        14 => passing(),
        14 => breaking(),
        16 => copying(),
        14 => telling(),
        24 => plotting(),
    ]
}

fn desk() -> impl Strategy<Value = usize> {
    0..6_usize
}

fn code() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0_usize), 1 => Just(1_usize)]
}

/// The newest most often.
fn letter() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0_usize), 2 => 0..12_usize]
}

fn asking() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (desk(), code(), any::<bool>()).prop_map(|(desk, code, anew)| Op::Request { desk, code, anew }),
        4 => (desk(), code()).prop_map(|(desk, code)| Op::Activate { desk, code }),
    ]
}

fn carrying() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => (letter(), any::<bool>()).prop_map(|(letter, keep)| Op::Carry { letter, keep }),
        1 => Just(Op::CarryAll),
        1 => letter().prop_map(|letter| Op::Lose { letter }),
        2 => (letter(), desk()).prop_map(|(letter, desk)| Op::Misdeliver { letter, desk }),
        4 => desk().prop_map(|activation| Op::Refresh { activation }),
    ]
}

fn leaving() -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => desk().prop_map(|desk| Op::Deactivate { desk }),
        2 => desk().prop_map(|desk| Op::Confirm { desk }),
        1 => (desk(), desk()).prop_map(|(from, to)| Op::Move { from, to }),
    ]
}

fn deciding() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => desk().prop_map(|activation| Op::ReleaseLost { activation }),
        1 => desk().prop_map(|activation| Op::AllowAgain { activation }),
        1 => code().prop_map(|code| Op::Suspend { code }),
        2 => code().prop_map(|code| Op::Reinstate { code }),
    ]
}

fn passing() -> impl Strategy<Value = Op> {
    select(vec![1, 6, 24, 24 * 10, 24 * 31, 24 * 38, 24 * 58]).prop_map(|hours| Op::Pass { hours })
}

fn breaking() -> impl Strategy<Value = Op> {
    let off = select(vec![0, 0, 0, -24, -24 * 400, 24 * 20, 24 * 3650]);
    prop_oneof![
        6 => (desk(), off).prop_map(|(desk, off)| Op::SetClock { desk, off }),
        2 => desk().prop_map(|desk| Op::Reboot { desk }),
        2 => (desk(), 0..3_usize).prop_map(|(desk, file)| Op::Damage { desk, file }),
        1 => desk().prop_map(|desk| Op::SetUpAnew { desk }),
        1 => (desk(), 0..6_usize).prop_map(|(desk, part)| Op::SwapPart { desk, part }),
    ]
}

fn copying() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => desk().prop_map(|desk| Op::TakeSnapshot { desk }),
        6 => (desk(), 0..3_usize).prop_map(|(desk, snapshot)| Op::Restore { desk, snapshot }),
        2 => (desk(), any::<bool>()).prop_map(|(desk, same_hardware)| Op::Clone { desk, same_hardware }),
        1 => desk().prop_map(|desk| Op::Reset { desk }),
    ]
}

fn plotting() -> impl Strategy<Value = Op> {
    let plots = vec![
        Plot::GiveBack,
        Plot::GiveBack,
        Plot::PutBack,
        Plot::PutBack,
        Plot::Emergency,
        Plot::ClockJump,
        Plot::Suspension,
        Plot::SetUpAnew,
        Plot::Doubled,
        Plot::Lost,
        Plot::Fork,
        Plot::Theft,
    ];
    (select(plots), desk()).prop_map(|(plot, desk)| Op::Plot { plot, desk })
}

fn telling() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => desk().prop_map(|desk| Op::Emergency { desk }),
        3 => desk().prop_map(|desk| Op::AskTime { desk }),
        2 => desk().prop_map(|desk| Op::Status { desk }),
    ]
}
