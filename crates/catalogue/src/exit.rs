//! With what the command lines end.

/// The exit code of a command, one per kind of outcome, so that scripts can tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exit {
    /// The command did its work, and what it was asked about runs.
    Runs,
    /// Anything that has no exit code of its own.
    Other,
    /// The command was called in a way that it does not understand.
    Usage,
    /// There is no license here.
    NotLicensed,
    /// The license is over.
    Expired,
    /// The license is for another computer or USB key.
    WrongDevice,
    /// It was changed, or nobody that this computer trusts has signed it.
    Untrusted,
    /// A request was made and the answer is not here yet.
    AwaitingAnswer,
    /// Reading, writing or a permission.
    InputOutput,
    /// The clock of this computer.
    Clock,
    /// The USB key is not plugged in.
    UsbKeyMissing,
    /// The vendor has suspended or revoked it.
    Stopped,
}

impl Exit {
    /// All of them, by number.
    pub const ALL: [Self; 12] = [
        Self::Runs,
        Self::Other,
        Self::Usage,
        Self::NotLicensed,
        Self::Expired,
        Self::WrongDevice,
        Self::Untrusted,
        Self::AwaitingAnswer,
        Self::InputOutput,
        Self::Clock,
        Self::UsbKeyMissing,
        Self::Stopped,
    ];

    /// The number that the process returns.
    pub const fn code(self) -> u8 {
        match self {
            Self::Runs => 0,
            Self::Other => 1,
            Self::Usage => 2,
            Self::NotLicensed => 3,
            Self::Expired => 4,
            Self::WrongDevice => 5,
            Self::Untrusted => 6,
            Self::AwaitingAnswer => 7,
            Self::InputOutput => 8,
            Self::Clock => 9,
            Self::UsbKeyMissing => 10,
            Self::Stopped => 11,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn exit_codes_count_up_without_a_gap() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, (0..12).collect::<Vec<u8>>());
    }
}
