//! Which boot of a machine is running, and for how long: what its systems tell, made sense of.
//!
//! The rules compare two of these (rules, *Clock*): of the same boot, the time between them has
//! passed, whatever the clock shows. So a boot must never be taken for another while its uptime
//! could be ahead of the other's by more time than has passed; an uptime that falls back, as in a
//! machine put back to a snapshot, adds nothing.

use keyferry_license::{BootId, Uptime};
use keyferry_token::Seconds;

/// The boot that a system names by a UUID, which it draws anew each time.
#[cfg(any(not(windows), test))]
pub(crate) fn named(uuid: &str, since_boot: Seconds) -> Option<Uptime> {
    Some(Uptime {
        boot: BootId(uuid_bytes(uuid)?),
        since_boot,
    })
}

/// The boot that a system only counts. Its `installation` is mixed in, so that another machine
/// that has started as often is not taken for this one.
///
/// Where the counter stands still (the part of Windows that keeps it can be switched off), all
/// boots look like one. That costs time and never adds any: what the later boot has run is at
/// most the time that has passed.
#[cfg(any(windows, test))]
pub(crate) fn counted(installation: &str, boots: u32, since_boot: Seconds) -> Option<Uptime> {
    let mut id = uuid_bytes(installation)?;
    for (byte, count) in id.iter_mut().rev().zip(boots.to_le_bytes()) {
        *byte ^= count;
    }
    Some(Uptime {
        boot: BootId(id),
        since_boot,
    })
}

/// The bytes of a UUID, with or without dashes. One that is all zeros names nothing.
fn uuid_bytes(uuid: &str) -> Option<[u8; 16]> {
    let digits: String = uuid.trim().chars().filter(|&c| c != '-').collect();
    let plain = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u128::from_str_radix(plain.then_some(&digits)?, 16).ok()?;
    (number != 0).then(|| number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTALLATION: &str = "6f0d3c21-9b4e-4d57-8a1c-2e5f7b903d46";

    #[test]
    fn a_named_boot_is_the_same_however_its_name_is_written() {
        let boot = |uuid| named(uuid, Seconds::HOUR).map(|uptime| uptime.boot);
        let plain = boot("8d3f2a51-6c0e-5b7a-9e44-1f2c3b4a5d6e");
        assert!(plain.is_some());
        assert_eq!(plain, boot(" 8D3F2A51-6C0E-5B7A-9E44-1F2C3B4A5D6E\n"));
        assert_eq!(plain, boot("8d3f2a516c0e5b7a9e441f2c3b4a5d6e"));
        assert_ne!(plain, boot("8d3f2a51-6c0e-5b7a-9e44-1f2c3b4a5d6f"));
    }

    #[test]
    fn what_names_no_boot_gives_none() {
        for nothing in [
            "",
            "-",
            "00000000-0000-0000-0000-000000000000",
            "8d3f2a51-6c0e-5b7a-9e44-1f2c3b4a5d6",
            "8d3f2a51-6c0e-5b7a-9e44-1f2c3b4a5d6e0",
            "8d3f2a51-6c0e-5b7a-9e44-1f2c3b4a5dxy",
            "+d3f2a516c0e5b7a9e441f2c3b4a5d6e",
        ] {
            assert_eq!(named(nothing, Seconds::HOUR), None, "{nothing:?}");
            assert_eq!(counted(nothing, 57, Seconds::HOUR), None, "{nothing:?}");
        }
    }

    #[test]
    fn counted_boots_differ_by_number_and_by_installation() {
        let boot = |installation, boots| {
            counted(installation, boots, Seconds::HOUR).map(|uptime| uptime.boot)
        };
        assert_eq!(boot(INSTALLATION, 57), boot(INSTALLATION, 57));
        assert_ne!(boot(INSTALLATION, 57), boot(INSTALLATION, 58));
        assert_ne!(boot(INSTALLATION, 57), boot(INSTALLATION, 57 << 24));
        assert_ne!(
            boot(INSTALLATION, 57),
            boot("6f0d3c21-9b4e-4d57-8a1c-2e5f7b903d47", 57)
        );
    }
}
