//! Status codes: K1, K5, K6. The maker packs them and finds the check symbol in its own way.

use keyferry_fixtures::published::claims;
use keyferry_token::ActivationId;
use sha2::{Digest as _, Sha256};

use super::{Input, Vector};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What is packed, as it stands in the bits.
#[derive(Clone, Copy)]
struct Packed {
    version: u64,
    state: u64,
    reason: u64,
    day: u64,
    end: u64,
    changed: u64,
    hint: u64,
}

impl Packed {
    fn symbols(self) -> Vec<u8> {
        let bits = [
            (self.version, 2),
            (self.state, 3),
            (self.reason, 10),
            (self.day, 14),
            (self.end, 10),
            (self.changed, 6),
            (self.hint, 10),
        ]
        .map(|(value, width)| format!("{value:0width$b}"))
        .concat();
        assert_eq!(bits.len(), 55);
        let symbols = bits.as_bytes().chunks(5);
        let symbol = |bits| u8::from_str_radix(core::str::from_utf8(bits).unwrap(), 2).unwrap();
        symbols.map(symbol).collect()
    }

    fn text(self) -> String {
        let mut symbols = self.symbols();
        symbols.push(check(&symbols));
        let text: String = symbols
            .into_iter()
            .map(|symbol| char::from(ALPHABET[usize::from(symbol)]))
            .collect();
        format!("{}-{}-{}", &text[..4], &text[4..8], &text[8..])
    }
}

/// The check symbol by tables of powers and logarithms of α = 2 in GF(32), x⁵ + x² + 1.
fn check(symbols: &[u8]) -> u8 {
    let mut powers = vec![1_u8];
    for at in 0..30 {
        let doubled = powers[at] << 1;
        powers.push(if doubled & 32 == 0 {
            doubled
        } else {
            doubled ^ 0b10_0101
        });
    }
    let weighed = symbols
        .iter()
        .enumerate()
        .filter(|(_, symbol)| **symbol != 0);
    weighed.fold(0, |sum, (at, symbol)| {
        let log = powers.iter().position(|power| power == symbol).unwrap();
        sum ^ powers[(log + at + 1) % 31]
    })
}

fn hint(activation: &ActivationId) -> u64 {
    let digest = Sha256::digest(activation.as_bytes());
    (u64::from(digest[0]) << 2) | (u64::from(digest[1]) >> 6)
}

pub(crate) fn vectors() -> Vec<Vector> {
    let of = |name: &str, rules: &str, title: &str, text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        let input = if plain {
            Input::Text(text.to_owned())
        } else {
            Input::Bytes(text.as_bytes().to_vec())
        };
        Vector::of(&format!("codes/{name}"), rules, "status_code", title, input)
    };
    let found = |vector: Vector, [state, reason, day, end, changed, hint]: [&str; 6]| {
        vector
            .found("state", state)
            .found("reason", reason)
            .found("day", day)
            .found("ends-in", end)
            .found("changed", changed)
            .found("hint", hint)
    };
    let grant = claims::refresh().grant;
    // 2026-11-23 is day 2518; in grace by lease_ended, the lease over for two days.
    let packed = Packed {
        version: 0,
        state: 2,
        reason: 503,
        day: 2518,
        end: 510,
        changed: 0b10_0000,
        hint: hint(&grant.activation),
    };
    let text = packed.text();
    let hint_text = packed.hint.to_string();
    let said = [
        "grace",
        "503",
        "2026-11-23",
        "-2",
        "network_adapter",
        &hint_text,
    ];
    let none = Packed {
        version: 0,
        state: 4,
        reason: 0,
        day: 0,
        end: 0,
        changed: 0,
        hint: 0,
    };
    let most = Packed {
        version: 0,
        state: 7,
        reason: 1023,
        day: 16_383,
        end: 1023,
        changed: 63,
        hint: 1023,
    };
    let all = "machine_id,firmware_uuid,board_serial,cpu,system_disk,network_adapter";
    let last = text.chars().last().unwrap();
    let swapped = {
        let mut symbols: Vec<char> = text.chars().collect();
        symbols.swap(2, 3);
        assert_ne!(symbols[2], symbols[3]);
        String::from_iter(symbols)
    };
    let other = if text.starts_with('7') { '8' } else { '7' };
    let mistyped = |name: &str, title: &str, typed: &str| {
        of(name, "K1", title, typed).refused("status_code_mistyped")
    };
    let incomplete = |name: &str, title: &str, typed: &str| {
        of(name, "K1", title, typed).refused("status_code_incomplete")
    };
    vec![
        found(
            of(
                "status",
                "K1 K5",
                "In grace, with a new network adapter",
                &text,
            ),
            said,
        ),
        found(
            of(
                "status-typed",
                "K1",
                "In small letters, with other dashes and spaces",
                &text.to_lowercase().replace('-', " \u{2013} "),
            ),
            said,
        ),
        found(
            of(
                "status-of-nothing",
                "K5",
                "No license, on day 0",
                &none.text(),
            ),
            ["unlicensed", "none", "2020-01-01", "none", "none", "none"],
        ),
        found(
            of(
                "status-at-most",
                "K5 K6",
                "Every field at its largest, a reason that nobody knows yet among them",
                &most.text(),
            ),
            ["blocked", "1023", "2064-11-08", "511", all, "1023"],
        ),
        found(
            of(
                "status-long-over",
                "K5",
                "A lease that is over for longer than can be told",
                &Packed { end: 1, ..packed }.text(),
            ),
            [
                "grace",
                "503",
                "2026-11-23",
                "-511",
                "network_adapter",
                &hint_text,
            ],
        ),
        found(
            of(
                "status-ends-today",
                "K5",
                "A lease that ends on the day itself",
                &Packed { end: 512, ..packed }.text(),
            ),
            [
                "grace",
                "503",
                "2026-11-23",
                "0",
                "network_adapter",
                &hint_text,
            ],
        ),
        mistyped(
            "status-wrong-symbol",
            "A wrong symbol",
            &format!("{other}{}", &text[1..]),
        ),
        mistyped("status-swapped", "Two symbols swapped", &swapped),
        mistyped(
            "status-foreign",
            "A U, which is not in the alphabet",
            &text.replace(last, "U"),
        ),
        incomplete(
            "status-short",
            "A symbol is missing",
            &text[..text.len() - 1],
        ),
        incomplete("status-long", "A symbol too many", &format!("{text}0")),
        incomplete(
            "status-is-activation-code",
            "An activation code in place of a status code",
            &claims::code().expose(),
        ),
        of("status-empty", "K1", "Nothing but dashes", "---").refused("nothing_read"),
        of(
            "status-newer",
            "K6",
            "Packed in a way that only a later version knows",
            &Packed {
                version: 1,
                ..packed
            }
            .text(),
        )
        .refused("newer_format"),
        of(
            "status-state-0",
            "K6",
            "State 0",
            &Packed { state: 0, ..packed }.text(),
        )
        .refused("status_code_mistyped"),
    ]
}
