//! The kinds that follow an activation: refresh, deactivation, time, refusal and status. T9 to T13 and T16.

use keyferry_fixtures::{
    forge::{Sign1, Value, array, bstr, es256, get, map, set},
    published::Seeded,
};
use keyferry_token::{DeviceSigningKey, TokenKind};

use super::{Vector, as_it_is, published, token};

/// The kinds of this page. Requests and responses have pages of their own.
const KINDS: [TokenKind; 6] = [
    TokenKind::Refresh,
    TokenKind::Deactivation,
    TokenKind::TimeRequest,
    TokenKind::Time,
    TokenKind::Refusal,
    TokenKind::Status,
];

pub(crate) fn vectors() -> Vec<Vector> {
    let of_each = KINDS.into_iter().flat_map(each);
    of_each
        .chain(emergency_runs())
        .chain(deactivations())
        .chain(times())
        .chain(statuses())
        .collect()
}

/// A vector of this kind whose published claims were changed before they were signed.
pub(super) fn changed(
    kind: TokenKind,
    name: &str,
    rules: &str,
    title: &str,
    change: impl FnOnce(&mut Value),
) -> Vector {
    let path = format!("tokens/{}-{name}", file_name(kind));
    token(&path, rules, kind, title, published(kind).with_own(change))
}

fn file_name(kind: TokenKind) -> String {
    kind.name().replace('_', "-")
}

/// What holds for every kind.
fn each(kind: TokenKind) -> Vec<Vector> {
    let name = file_name(kind);
    let path = |what: &str| format!("tokens/{name}-{what}");
    let own = |what: &str, rules: &str, title: &str, key: i64, value: Value| {
        changed(kind, what, rules, title, |own| set(own, key, value))
    };
    let unsigned = Sign1 {
        signature: vec![],
        ..published(kind)
    };
    let (other, told) = if kind.from_device() {
        (bstr([7; 8]), "The claims name another exchange key")
    } else {
        (bstr([7; 16]), "The claims name another device")
    };
    let inner = if kind == TokenKind::Refresh {
        TokenKind::ActivationResponse
    } else {
        TokenKind::Refresh
    };
    let mut vectors = vec![
        token(
            &format!("tokens/{name}"),
            if kind.from_device() {
                "T5 T6 T7"
            } else {
                "T5 T6"
            },
            kind,
            &format!("A {} as it should be", kind.name().replace('_', " ")),
            published(kind),
        ),
        own("for-another", "T5", told, 4, other).refused("answer_for_other_device"),
        own(
            "for-other-vendor",
            "T6",
            "The claims name another vendor",
            2,
            bstr([7; 16]),
        )
        .refused("token_for_other_vendor"),
        own(
            "unknown-positive",
            "F13",
            "A claim of a later version that must be known",
            99,
            1.into(),
        )
        .refused("newer_format"),
        own(
            "unknown-negative",
            "F13",
            "A claim of a later version that may be skipped",
            -1,
            1.into(),
        ),
        as_it_is(
            &path("unsigned"),
            "F8",
            kind,
            "The signature was taken away",
            &unsigned,
        )
        .refused("signature_mismatch"),
        as_it_is(
            &path("holds-other"),
            "T4",
            kind,
            "Inside another kind than outside",
            &published(inner),
        )
        .refused("wrong_kind"),
    ];
    if kind.from_device() {
        let stranger = DeviceSigningKey::make(&mut Seeded::new("stranger"));
        let forged = published(kind).signed(es256(&stranger));
        let title = "Signed by another key than the one in cnf";
        let vector = as_it_is(&path("of-another-key"), "T7", kind, title, &forged);
        vectors.push(vector.refused("signature_mismatch"));
    }
    vectors
}

fn emergency_runs() -> Vec<Vector> {
    let runs = |name: &str, rules: &str, title: &str, times: Vec<u64>| {
        let list = Value::Array(times.into_iter().map(Value::from).collect());
        changed(TokenKind::Deactivation, name, rules, title, |own| {
            set(own, 18, list);
        })
    };
    let first = 1_795_000_000_u64;
    vec![
        runs(
            "runs-16",
            "T10",
            "Sixteen emergency runs",
            (0..16).map(|at| first + at).collect(),
        ),
        runs(
            "runs-17",
            "T10",
            "Seventeen emergency runs",
            (0..17).map(|at| first + at).collect(),
        )
        .refused("malformed"),
        runs(
            "runs-falling",
            "T10",
            "An emergency run before the one that stands in front of it",
            vec![first, first - 1],
        )
        .refused("malformed"),
        runs(
            "runs-twice",
            "T10",
            "The same emergency run twice",
            vec![first, first],
        )
        .refused("malformed"),
        runs(
            "runs-none",
            "T10 F14",
            "An empty list of emergency runs",
            vec![],
        )
        .refused("malformed"),
        runs(
            "runs-beyond-9999",
            "T10",
            "An emergency run after the year 9999",
            vec![253_402_300_800],
        )
        .refused("malformed"),
    ]
}

fn deactivations() -> Vec<Vector> {
    let kind = TokenKind::Deactivation;
    let own = |name: &str, rules: &str, title: &str, key: i64, value: Option<Value>| {
        changed(kind, name, rules, title, |own| set(own, key, value))
    };
    vec![
        own(
            "other-reason",
            "T11",
            "The last of the reasons",
            16,
            Some(4.into()),
        ),
        own("reason-0", "T11", "Reason 0", 16, Some(0.into())).refused("malformed"),
        own(
            "reason-5",
            "T11",
            "A reason that only a later version knows",
            16,
            Some(5.into()),
        )
        .refused("newer_format"),
        own("no-reason", "tokens.md", "No reason", 16, None).refused("malformed"),
        own("no-activation", "tokens.md", "No activation", 14, None).refused("malformed"),
        own("no-sequence", "tokens.md", "No sequence number", 15, None).refused("malformed"),
        own(
            "short-activation",
            "tokens.md",
            "An activation id of nine bytes",
            14,
            Some(bstr([7; 9])),
        )
        .refused("malformed"),
    ]
}

fn times() -> Vec<Vector> {
    let challenge = |kind, name: &str, title: &str, value: Option<Value>| {
        changed(kind, name, "tokens.md", title, |own| set(own, 17, value)).refused("malformed")
    };
    let no_grant = changed(
        TokenKind::Refresh,
        "no-grant",
        "tokens.md",
        "A refresh without a grant",
        |own| set(own, 13, None),
    );
    let suspended = changed(
        TokenKind::Refresh,
        "suspended",
        "T9",
        "A refresh that carries a suspension and no lease",
        |own| {
            set(get(own, 13), 3, Value::from(2));
            set(get(own, 13), 4, None);
        },
    );
    vec![
        no_grant.refused("malformed"),
        suspended,
        challenge(
            TokenKind::TimeRequest,
            "short-challenge",
            "A challenge of 15 bytes",
            Some(bstr([7; 15])),
        ),
        challenge(TokenKind::TimeRequest, "no-challenge", "No challenge", None),
        challenge(
            TokenKind::Time,
            "long-challenge",
            "A challenge of 17 bytes",
            Some(bstr([7; 17])),
        ),
        challenge(TokenKind::Time, "no-challenge", "No challenge", None),
    ]
}

fn statuses() -> Vec<Vector> {
    let kind = TokenKind::Status;
    let own = |name: &str, rules: &str, title: &str, key: i64, value: Option<Value>| {
        changed(kind, name, rules, title, |own| set(own, key, value))
    };
    let components =
        |name: &str, rules: &str, title: &str, list: Value| own(name, rules, title, 26, Some(list));
    let least = changed(
        kind,
        "of-nothing",
        "tokens.md",
        "Of a device that has nothing to report",
        |own| {
            for key in [7, 14, 15, 18, 22, 23, 24, 26, 27] {
                set(own, key, None);
            }
            set(own, 21, Value::from(4));
        },
    );
    vec![
        least,
        own("state-0", "T11", "State 0", 21, Some(0.into())).refused("malformed"),
        own(
            "state-8",
            "T11",
            "A state that only a later version knows",
            21,
            Some(8.into()),
        )
        .refused("newer_format"),
        own("no-state", "tokens.md", "No state", 21, None).refused("malformed"),
        own("no-floor", "tokens.md", "No clock floor", 25, None).refused("malformed"),
        own(
            "because-of-65535",
            "tokens.md",
            "A code that only a later version knows",
            22,
            Some(65_535.into()),
        ),
        own("because-of-0", "T11", "Code 0", 22, Some(0.into())).refused("malformed"),
        own(
            "because-of-65536",
            "tokens.md",
            "A code of more than two bytes",
            22,
            Some(65_536.into()),
        )
        .refused("malformed"),
        components(
            "changed-two",
            "T16",
            "Two components",
            array([1.into(), 6.into()]),
        ),
        components(
            "changed-falling",
            "T16",
            "Two components in falling order",
            array([6.into(), 1.into()]),
        )
        .refused("malformed"),
        components(
            "changed-twice",
            "T16",
            "One component twice",
            array([6.into(), 6.into()]),
        )
        .refused("malformed"),
        components("changed-0", "T11", "Component 0", array([0.into()])).refused("malformed"),
        components(
            "changed-7",
            "T11",
            "A component that only a later version knows",
            array([7.into()]),
        )
        .refused("newer_format"),
        components(
            "changed-none",
            "F14",
            "An empty list of components",
            array([]),
        )
        .refused("malformed"),
        components(
            "changed-map",
            "tokens.md",
            "A map of components",
            map([(6, 1.into())]),
        )
        .refused("malformed"),
        own(
            "not-repaired",
            "F14",
            "A store that was not repaired, said",
            27,
            Some(false.into()),
        )
        .refused("malformed"),
        own(
            "short-exchange-key",
            "tokens.md",
            "An exchange key of 32 bytes",
            7,
            Some(bstr([2; 32])),
        )
        .refused("malformed"),
    ]
}
