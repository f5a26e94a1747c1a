//! Reader of the SMBIOS tables (DMTF DSP0134) in the form in which Windows hands them out.

/// What SMBIOS says about the identity of a machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// The system's UUID (type 1), in the spelling of Linux and `wmic`.
    pub(super) uuid: Option<String>,
    /// The serial number of the mainboard (type 2).
    pub(super) board_serial: Option<String>,
}

/// Length of `RawSMBIOSData` before the tables: calling method, version (2), DMI revision, length (4).
const RAW_HEADER: usize = 8;
/// Structure types, DSP0134 §7.2, §7.3 and §7.45.
const SYSTEM: u8 = 1;
const BASEBOARD: u8 = 2;
const END: u8 = 127;

/// Reads what `GetSystemFirmwareTable` gave for `RSMB`. Whatever is damaged ends the reading;
/// what was read before it stays.
pub(super) fn identity(raw: &[u8]) -> Identity {
    let mut found = Identity::default();
    let Some((header, tables)) = raw.split_at_checked(RAW_HEADER) else {
        return found;
    };
    let version = (header[1], header[2]);
    let stated = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    let mut rest = &tables[..tables
        .len()
        .min(usize::try_from(stated).unwrap_or(usize::MAX))];
    while let Some((structure, after)) = Structure::split(rest) {
        rest = after;
        match structure.kind {
            SYSTEM if found.uuid.is_none() => found.uuid = structure.uuid(0x08, version),
            BASEBOARD if found.board_serial.is_none() => {
                found.board_serial = structure.string_at(0x07);
            }
            END => break,
            _ => {}
        }
    }
    found
}

struct Structure<'a> {
    kind: u8,
    /// The formatted area, its four header bytes included.
    formatted: &'a [u8],
    /// The strings, each ended by a NUL.
    strings: &'a [u8],
}

impl<'a> Structure<'a> {
    /// The first structure, and what follows it (DSP0134 §6.1.3: two NULs end the strings).
    fn split(tables: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&kind, &length) = (tables.first()?, tables.get(1)?);
        if length < 4 {
            return None;
        }
        let (formatted, rest) = tables.split_at_checked(usize::from(length))?;
        let end = rest.windows(2).position(|pair| pair == [0, 0])?;
        let (strings, after) = rest.split_at(end + 2);
        Some((
            Self {
                kind,
                formatted,
                strings,
            },
            after,
        ))
    }

    /// The string whose number, counted from 1, stands at `offset`.
    fn string_at(&self, offset: usize) -> Option<String> {
        let number = usize::from(*self.formatted.get(offset)?).checked_sub(1)?;
        let text = self.strings.split(|&byte| byte == 0).nth(number)?;
        let text = std::str::from_utf8(text).ok()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The UUID at `offset`. From version 2.6 its first three fields are little-endian (§7.2.1);
    /// before that the standard did not say, and everybody reads network order.
    fn uuid(&self, offset: usize, version: (u8, u8)) -> Option<String> {
        let mut uuid: [u8; 16] = self.formatted.get(offset..offset + 16)?.try_into().ok()?;
        if version >= (2, 6) {
            uuid[0..4].reverse();
            uuid[4..6].reverse();
            uuid[6..8].reverse();
        }
        let hex: Vec<String> = uuid.iter().map(|byte| format!("{byte:02x}")).collect();
        let group = |range: core::ops::Range<usize>| hex[range].concat();
        Some(
            [
                group(0..4),
                group(4..6),
                group(6..8),
                group(8..10),
                group(10..16),
            ]
            .join("-"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables as a notebook's firmware has them: BIOS, system, board, end.
    const NOTEBOOK: &[u8] = include_bytes!("../../tests/fixtures/smbios-notebook.bin");

    #[test]
    fn a_notebooks_tables_give_uuid_and_board_serial() {
        let identity = identity(NOTEBOOK);
        assert_eq!(
            identity.uuid.as_deref(),
            Some("4c4c4544-0037-5810-8052-b6c04f483233")
        );
        assert_eq!(
            identity.board_serial.as_deref(),
            Some("/7XKQ9Z2/CNFCW0018D00QX/")
        );
    }

    #[test]
    fn before_version_2_6_a_uuid_is_in_network_order() {
        let mut old = NOTEBOOK.to_vec();
        old[2] = 4;
        old[1] = 2;
        let uuid = identity(&old).uuid;
        assert_eq!(
            uuid.as_deref(),
            Some("44454c4c-3700-1058-8052-b6c04f483233")
        );
    }

    #[test]
    fn cut_and_changed_tables_are_read_as_far_as_they_go() {
        for length in 0..NOTEBOOK.len() {
            let _ = identity(&NOTEBOOK[..length]);
        }
        for at in 0..NOTEBOOK.len() {
            for value in [0x00, 0x01, 0x7f, 0xff] {
                let mut changed = NOTEBOOK.to_vec();
                changed[at] = value;
                let _ = identity(&changed);
            }
        }
        assert_eq!(identity(&[]), Identity::default());
    }
}
