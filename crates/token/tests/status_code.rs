//! The status code: what is packed is read back, and no slip of the tongue or the finger passes.

use keyferry_catalogue::Code;
use keyferry_fixtures::NOW;
use keyferry_token::{
    ActivationId, ComponentKind, Seconds, State, StatusCode, StatusCodeFault, StatusFacts,
    Timestamp,
};
use proptest::{
    collection::vec, option::of, prelude::*, sample::select, test_runner::FileFailurePersistence,
};

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 2020-01-01T00:00:00Z.
const FIRST_DAY: u64 = 1_577_836_800;

fn licensed() -> StatusFacts<'static> {
    StatusFacts {
        state: State::Licensed,
        reason: None,
        now: NOW,
        ends_at: None,
        changed: &[],
        activation: None,
    }
}

fn state() -> impl Strategy<Value = State> {
    select(&State::ALL[..])
}

fn reason() -> impl Strategy<Value = Option<Code>> {
    of(select(Code::ALL))
}

/// From 2020 to 2064.
fn time() -> impl Strategy<Value = Timestamp> {
    (FIRST_DAY..FIRST_DAY + 16_384 * 86_400).prop_map(Timestamp::from_unix)
}

fn changed() -> impl Strategy<Value = Vec<ComponentKind>> {
    vec(select(&ComponentKind::ALL[..]), 0..6)
}

fn activation() -> impl Strategy<Value = Option<ActivationId>> {
    of(any::<[u8; 10]>().prop_map(ActivationId::new))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_code_says_what_it_was_made_of(
        (state, reason) in (state(), reason()),
        (now, days) in (time(), of(-511_i64..=511)),
        (changed, activation) in (changed(), activation()),
    ) {
        let today = now.unix() / 86_400;
        let ends_on = days.map(|days| today.saturating_add_signed(days));
        let ends_at = ends_on.map(|day| Timestamp::from_unix(day * 86_400 + 86_399));
        prop_assume!(ends_on.is_none_or(|day| day * 86_400 >= FIRST_DAY));
        let facts = StatusFacts {
            state,
            reason,
            now,
            ends_at,
            changed: &changed,
            activation: activation.as_ref(),
        };
        let code = StatusCode::read(&StatusCode::of(&facts).to_string()).unwrap();
        prop_assert_eq!(code, StatusCode::of(&facts));
        prop_assert_eq!(code.state(), state);
        prop_assert_eq!(code.reason(), reason.map(Code::number));
        prop_assert_eq!(code.day().unix(), today * 86_400);
        prop_assert_eq!(code.ends_in().map(i64::from), days);
        for kind in ComponentKind::ALL {
            prop_assert_eq!(code.changed().contains(&kind), changed.contains(&kind));
        }
        prop_assert_eq!(code.hint().is_some(), activation.is_some());
        prop_assert!(activation.is_none_or(|id| code.hints_at(&id)));
    }

    #[test]
    fn every_wrong_symbol_and_every_swap_of_neighbours_is_found(
        (state, reason, now) in (state(), reason(), time()),
        activation in activation(),
    ) {
        let facts = StatusFacts { state, reason, now, activation: activation.as_ref(), ..licensed() };
        let good: Vec<char> = StatusCode::of(&facts).to_string().replace('-', "").chars().collect();
        let read = |symbols: &[char]| StatusCode::read(&String::from_iter(symbols));
        prop_assert!(read(&good).is_ok());
        for at in 0..good.len() {
            for other in ALPHABET.chars().filter(|symbol| *symbol != good[at]) {
                let mut symbols = good.clone();
                symbols[at] = other;
                prop_assert_eq!(read(&symbols), Err(StatusCodeFault::Mistyped));
            }
        }
        for at in 1..good.len() {
            let mut symbols = good.clone();
            symbols.swap(at - 1, at);
            let same = symbols == good;
            prop_assert_eq!(read(&symbols).is_ok(), same, "{} swapped", at);
        }
    }

    #[test]
    fn anything_typed_gets_an_answer(text in "\\PC{0,20}|[0-9A-Za-z -]{10,16}") {
        if let Ok(code) = StatusCode::read(&text) {
            prop_assert_eq!(StatusCode::read(&code.to_string()), Ok(code));
        }
    }
}

#[test]
fn what_is_out_of_reach_is_told_as_the_nearest() {
    let of = |now: u64, ends_at: Option<u64>| {
        let code = StatusCode::of(&StatusFacts {
            now: Timestamp::from_unix(now),
            ends_at: ends_at.map(Timestamp::from_unix),
            ..licensed()
        });
        (code.day().to_string()[..10].to_owned(), code.ends_in())
    };
    let days = |days: u64| days * 86_400;
    assert_eq!(of(0, None), ("2020-01-01".into(), None));
    assert_eq!(of(u64::MAX, None), ("2064-11-08".into(), None));
    assert_eq!(of(FIRST_DAY, Some(u64::MAX)).1, Some(511));
    assert_eq!(of(FIRST_DAY, Some(FIRST_DAY + days(512))).1, Some(511));
    assert_eq!(of(FIRST_DAY + days(900), Some(FIRST_DAY)).1, Some(-511));
    assert_eq!(of(FIRST_DAY + days(900), Some(0)).1, Some(-511));
}

#[test]
fn a_lease_that_ends_today_ends_in_no_days() {
    let facts = StatusFacts {
        ends_at: Some(NOW.plus(Seconds::HOUR)),
        ..licensed()
    };
    assert_eq!(StatusCode::of(&facts).ends_in(), Some(0));
}

#[test]
fn every_activation_has_a_hint_even_one_whose_digest_begins_with_zeros() {
    use sha2::{Digest as _, Sha256};
    let unlucky = (0_u64..).find_map(|n| {
        let mut id = [0; 10];
        id[2..].copy_from_slice(&n.to_be_bytes());
        let digest = Sha256::digest(id);
        (digest[0] == 0 && digest[1] < 64).then(|| ActivationId::new(id))
    });
    let facts = StatusFacts {
        activation: unlucky.as_ref(),
        ..licensed()
    };
    let code = StatusCode::of(&facts);
    assert_eq!(code.hint(), Some(1));
    assert!(code.hints_at(&unlucky.unwrap()));
    assert_eq!(StatusCode::of(&licensed()).hint(), None);
}

#[test]
fn a_code_of_another_length_is_told_from_a_mistyped_one() {
    let text = StatusCode::of(&licensed()).to_string();
    assert_eq!(text.len(), 14);
    let have = |have| Err(StatusCodeFault::Length { have, want: 12 });
    assert_eq!(StatusCode::read(&text[..13]), have(11));
    assert_eq!(StatusCode::read(&format!("{text}A")), have(13));
    assert_eq!(StatusCode::read("hello"), have(5));
    assert_eq!(StatusCode::read(" -\u{200b}"), Err(StatusCodeFault::Empty));
    let foreign = text.replacen(char::is_alphanumeric, "U", 1);
    assert_eq!(StatusCode::read(&foreign), Err(StatusCodeFault::Mistyped));
    assert_eq!(
        StatusCodeFault::Length { have: 11, want: 12 }
            .problem()
            .arg("want"),
        Some("12")
    );
}
