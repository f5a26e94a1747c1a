//! What a refusal says: T14 and T15.

use keyferry_fixtures::forge::{Value, set};
use keyferry_token::TokenKind;

use super::{Vector, lifecycle::changed};

pub(crate) fn vectors() -> Vec<Vector> {
    let kind = TokenKind::Refusal;
    let code = |name: &str, title: &str, code: &str| {
        changed(kind, name, "T14", title, |own| {
            set(own, 19, Value::from(code));
            set(own, 20, None);
        })
    };
    let data = |name: &str, title: &str, pairs: Vec<(Value, Value)>| {
        changed(kind, name, "T14", title, |own| {
            set(own, 20, Value::Map(pairs));
        })
    };
    let numbered = |count: u8| {
        let name = |at: u8| format!("number_{}", char::from(b'a' + at));
        (0..count).map(|at| (name(at).into(), "1".into())).collect()
    };
    let one = |name: &str, value: Value| vec![(name.into(), value)];
    let told = |mut vector: Vector, told: &str| {
        vector.found.retain(|(name, _)| name != "told");
        vector.found("told", told)
    };
    let unknown = |name: &str, title: &str, said: &str| {
        let vector = changed(kind, name, "T14 T15", title, |own| {
            set(own, 19, Value::from(said));
        });
        told(vector, &format!("refused_by_vendor reason={said}"))
    };
    let extra = changed(
        kind,
        "more-data",
        "T15",
        "Data that the texts of the code do not take",
        |own| {
            let pairs = [("colour", "blue"), ("next_free", "2026-12-23T04:00:00Z")];
            let pairs = pairs.map(|(name, value)| (name.into(), value.into()));
            set(own, 20, Value::Map(pairs.into()));
        },
    );
    vec![
        unknown(
            "unknown-code",
            "A code that only a later version knows",
            "moon_in_the_wrong_phase",
        ),
        unknown("long-code", "A code of 40 characters", &"x".repeat(40)),
        code("longer-code", "A code of 41 characters", &"x".repeat(41)).refused("malformed"),
        code("empty-code", "An empty code", "").refused("malformed"),
        code("code-in-capitals", "A code in capitals", "NO_FREE_SEAT").refused("malformed"),
        told(
            code("no-data", "A code without its data", "no_free_seat"),
            "no_free_seat",
        ),
        told(extra, "no_free_seat next_free=2026-12-23T04:00:00Z"),
        told(data("data-8", "Eight values", numbered(8)), "no_free_seat"),
        data("data-9", "Nine values", numbered(9)).refused("malformed"),
        data("data-none", "An empty map of values", vec![]).refused("malformed"),
        told(
            data(
                "long-name",
                "A name of 24 characters",
                one(&"x".repeat(24), "1".into()),
            ),
            "no_free_seat",
        ),
        data(
            "longer-name",
            "A name of 25 characters",
            one(&"x".repeat(25), "1".into()),
        )
        .refused("malformed"),
        data(
            "name-with-digit",
            "A digit in a name",
            one("seat2", "1".into()),
        )
        .refused("malformed"),
        data(
            "value-number",
            "A value that is no text",
            one("seats", 3.into()),
        )
        .refused("malformed"),
        told(
            data(
                "long-value",
                "A value of 120 characters",
                one("seats", "9".repeat(120).into()),
            ),
            &format!("no_free_seat seats={}", "9".repeat(120)),
        ),
        data(
            "longer-value",
            "A value of 121 characters",
            one("seats", "9".repeat(121).into()),
        )
        .refused("text_refused"),
        data(
            "value-override",
            "A value with a direction override",
            one("seats", "3\u{202e}".into()),
        )
        .refused("text_refused"),
    ]
}
