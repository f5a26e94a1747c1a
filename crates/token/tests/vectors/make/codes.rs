//! Codes that people type, and digests of components: K1, K3.

use keyferry_fixtures::published::{Seeded, claims};
use keyferry_token::HolderSecret;

use super::{Input, Vector};

pub(crate) fn vectors() -> Vec<Vector> {
    [activation_codes(), holder_secrets(), components()].concat()
}

fn of(name: &str, rules: &str, kind: &str, title: &str, text: &str) -> Vector {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let input = if plain {
        Input::Text(text.to_owned())
    } else {
        Input::Bytes(text.as_bytes().to_vec())
    };
    Vector::of(&format!("codes/{name}"), rules, kind, title, input)
}

fn activation_codes() -> Vec<Vector> {
    let code = claims::code();
    let text = code.expose();
    let good = |name: &str, rules: &str, title: &str, typed: &str| {
        of(name, rules, "activation_code", title, typed)
            .found("tag", code.tag())
            .found(
                "secret",
                data_encoding::HEXLOWER.encode(code.secret().expose()),
            )
    };
    let bad = |name: &str, title: &str, code: &str, typed: &str| {
        of(name, "K1", "activation_code", title, typed).refused(code)
    };
    let swapped = {
        let mut symbols: Vec<char> = text.chars().collect();
        symbols.swap(6, 8);
        String::from_iter(symbols)
    };
    let look_alikes = text.to_lowercase().replace('0', "O").replace('1', "l");
    let wrong = |from: char, to: char| text.replacen(from, &to.to_string(), 1);
    let last = text.chars().last().unwrap();
    vec![
        good(
            "code",
            "K1 K3",
            "An activation code, its tag and its secret",
            &text,
        ),
        good(
            "code-without-dashes",
            "K1",
            "Without dashes",
            &text.replace('-', ""),
        ),
        good(
            "code-look-alikes",
            "K1",
            "Small letters, and O for 0",
            &look_alikes,
        ),
        good(
            "code-with-spaces",
            "K1",
            "Long dashes, line ends and zero-width spaces",
            &text.replace('-', " \u{2013}\n\u{200b}"),
        ),
        bad(
            "code-wrong-symbol",
            "A wrong symbol",
            "activation_code_mistyped",
            &wrong('K', 'M'),
        ),
        bad(
            "code-swapped",
            "Two symbols swapped",
            "activation_code_mistyped",
            &swapped,
        ),
        bad(
            "code-foreign",
            "A U, which is not in the alphabet",
            "activation_code_mistyped",
            &wrong(last, 'U'),
        ),
        bad(
            "code-short",
            "A symbol is missing",
            "activation_code_incomplete",
            &text[..text.len() - 1],
        ),
        bad(
            "code-long",
            "A symbol too many",
            "activation_code_incomplete",
            &format!("{text}0"),
        ),
        bad("code-empty", "Nothing but dashes", "nothing_read", "- -"),
        bad(
            "code-is-holder-secret",
            "The holder secret in place of the code",
            "holder_secret_given",
            &holder().expose(),
        ),
    ]
}

fn holder() -> HolderSecret {
    HolderSecret::from_random(Seeded::new("holder secret").bytes())
}

fn holder_secrets() -> Vec<Vector> {
    let text = holder().expose();
    let other = if text.starts_with('7') { '8' } else { '7' };
    let kind = "holder_secret";
    vec![
        of("holder", "K1", kind, "A holder secret", &text).found("secret", &text),
        of(
            "holder-lower-case",
            "K1",
            kind,
            "In small letters",
            &text.to_lowercase(),
        )
        .found("secret", &text),
        of(
            "holder-wrong-symbol",
            "K1",
            kind,
            "A wrong symbol",
            &format!("{other}{}", &text[1..]),
        )
        .refused("activation_code_mistyped"),
        of(
            "holder-is-code",
            "K1",
            kind,
            "An activation code in place of the secret",
            &claims::code().expose(),
        )
        .refused("activation_code_incomplete"),
    ]
}

/// Digests under the published vendor and product. The maker derives them with an HMAC of its own.
fn components() -> Vec<Vector> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use keyferry_token::ComponentKind;
    let key = [
        claims::vendor_id().as_bytes(),
        claims::product().as_str().as_bytes(),
    ]
    .concat();
    let mut vector = Vector::of(
        "formats/components",
        "formats.md",
        "components",
        "Digests of components for the published vendor and product",
        Input::Text(String::new()),
    );
    let mut lines = Vec::new();
    for kind in ComponentKind::ALL {
        let value = format!("value of {}, é", kind.name());
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(&[kind.number()]);
        mac.update(value.as_bytes());
        let digest = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()[..8]);
        vector = vector.found(kind.name(), digest);
        lines.push(format!("{} {value}", kind.name()));
    }
    vector.input = Input::Text(lines.join("\n"));
    vec![vector]
}
