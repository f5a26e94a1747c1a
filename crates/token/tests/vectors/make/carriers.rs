//! Text armor and QR text: B1 to B4, Q1.

use data_encoding::{BASE32_NOPAD, BASE64};
use keyferry_fixtures::forge::Sign1;
use keyferry_token::{ArtefactKind, TokenId, TokenKind, armor};

use super::{Input, Vector, published, sealed_as, signed_license, signed_profile};

pub(crate) fn vectors() -> Vec<Vector> {
    [written(), forgiven(), refused(), codes()].concat()
}

const REQUEST: ArtefactKind = ArtefactKind::Token(TokenKind::ActivationRequest);

fn token() -> Vec<u8> {
    sealed(TokenKind::ActivationRequest)
}

/// The published token of this kind, in its envelope.
fn sealed(kind: TokenKind) -> Vec<u8> {
    sealed_as(kind, "carriers", &published(kind).bytes())
}

fn of(path: &str, rules: &str, kind: ArtefactKind, title: &str, input: Input) -> Vector {
    let vector = Vector::of(path, rules, kind.name(), title, input);
    let signed = match kind {
        ArtefactKind::License => signed_license(),
        ArtefactKind::Profile => Sign1::of(&signed_profile()),
        ArtefactKind::Token(kind) => return vector.found_in(kind, &published(kind).payload),
    };
    vector.found("token-id", TokenId::of_claims(&signed.payload))
}

fn text(text: &str) -> Input {
    Input::Text(text.strip_suffix('\n').unwrap_or(text).to_owned())
}

fn exact(text: &str) -> Input {
    Input::Bytes(text.as_bytes().to_vec())
}

fn license() -> String {
    armor(ArtefactKind::License, &signed_license().bytes())
}

fn written() -> Vec<Vector> {
    let token = |kind: TokenKind| {
        let artefact = ArtefactKind::Token(kind);
        let text = exact(&armor(artefact, &sealed(kind)));
        let name = match kind {
            TokenKind::ActivationRequest => "request".to_owned(),
            TokenKind::ActivationResponse => "response".to_owned(),
            other => other.name().replace('_', "-"),
        };
        let title = "A token as it is written";
        of(&format!("armor/{name}"), "B1", artefact, title, text)
    };
    let mut vectors: Vec<Vector> = TokenKind::ALL.map(token).into();
    vectors.push(of(
        "armor/license",
        "B1",
        ArtefactKind::License,
        "A license as it is written",
        exact(&license()),
    ));
    vectors
}

fn forgiven() -> Vec<Vector> {
    let good = license();
    let read = |name: &str, title: &str, input: Input| {
        of(
            &format!("armor/{name}"),
            "B2",
            ArtefactKind::License,
            title,
            input,
        )
    };
    let lines: Vec<&str> = good.lines().collect();
    let narrow: Vec<&str> = lines
        .iter()
        .flat_map(|line| match line.split_at(line.len() / 2) {
            _ if line.starts_with('-') => vec![*line],
            (left, right) => vec![left, right],
        })
        .collect();
    let without = |gone: &dyn Fn(&str) -> bool| {
        let kept: Vec<&str> = lines.iter().copied().filter(|line| !gone(line)).collect();
        kept.join("\n")
    };
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(good.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let twice = format!("{good}\n{good}");
    vec![
        read(
            "crlf",
            "Line ends of another system",
            exact(&good.replace('\n', "\r\n")),
        ),
        read("one-line", "Line ends lost", text(&good.replace('\n', " "))),
        read(
            "quoted",
            "Quoted in an answer",
            text(&format!("> > {}", good.replace('\n', "\n> > "))),
        ),
        read(
            "quoted-with-bars",
            "Quoted with bars",
            text(&format!("| {}", good.replace('\n', "\n| "))),
        ),
        read(
            "narrow",
            "Wrapped at half the length",
            text(&narrow.join("\n")),
        ),
        read(
            "empty-lines",
            "Empty lines between",
            text(&good.replace('\n', "\n\n")),
        ),
        read(
            "no-break-spaces",
            "Non-breaking spaces at the ends of lines",
            exact(&good.replace('\n', "\u{a0}\n\u{a0}")),
        ),
        read(
            "zero-width",
            "Zero-width spaces at the ends of lines",
            exact(&good.replace('\n', "\u{200b}\n")),
        ),
        read(
            "long-dashes",
            "Dashes made longer by a word processor",
            text(&good.replace("-----", "\u{2014}\u{2014}-")),
        ),
        read(
            "text-around",
            "In the middle of a letter",
            text(&format!("Dear customer,\n\n{good}\nKind regards")),
        ),
        read(
            "no-checksum",
            "The checksum's line is missing",
            text(&without(&|line| line.starts_with('='))),
        ),
        read(
            "no-end",
            "The END line is missing",
            text(&without(&|line| line.starts_with("-----END"))),
        ),
        read(
            "byte-order-mark",
            "A byte-order mark in front",
            exact(&format!("\u{feff}{good}")),
        ),
        read(
            "utf-16",
            "UTF-16 with a byte-order mark",
            Input::Bytes(utf16),
        ),
        read("two", "Two artefacts in one text", text(&twice)).found("artefacts", 2),
    ]
}

fn refused() -> Vec<Vector> {
    let good = license();
    let lines: Vec<String> = good.lines().map(str::to_owned).collect();
    let with_line = |at: usize, change: &dyn Fn(&str) -> String| {
        let mut lines = lines.clone();
        lines[at] = change(&lines[at]);
        text(&lines.join("\n"))
    };
    let other = |line: &str| {
        let first = if line.starts_with('A') { 'B' } else { 'A' };
        format!("{first}{}", &line[1..])
    };
    let bad = |name: &str, title: &str, code: &str, input: Input| {
        of(
            &format!("armor/{name}"),
            "B3",
            ArtefactKind::License,
            title,
            input,
        )
        .refused(code)
    };
    let label = |name: &str, title: &str, label: &str| {
        let input = text(&good.replace("KEYFERRY LICENSE", &format!("KEYFERRY {label}")));
        of(
            &format!("armor/{name}"),
            "B4",
            ArtefactKind::License,
            title,
            input,
        )
    };
    let swapped = armor(ArtefactKind::Profile, &signed_license().bytes());
    let swapped = of(
        "armor/label-of-profile",
        "B4",
        ArtefactKind::Profile,
        "A license under the label of a profile",
        text(&swapped),
    );
    let no_kin = armor(REQUEST, &signed_license().bytes());
    let no_kin = of(
        "armor/label-of-token",
        "B4",
        REQUEST,
        "A license under the label of a request",
        text(&no_kin),
    );
    let response = ArtefactKind::Token(TokenKind::ActivationResponse);
    let sibling = of(
        "armor/label-of-response",
        "B4",
        response,
        "A request under the label of a response",
        text(&armor(response, &token())),
    );
    vec![
        bad(
            "changed-character",
            "A character in the fourth line is another",
            "armor_damaged",
            with_line(3, &other),
        ),
        bad(
            "changed-checksum",
            "The checksum is another",
            "armor_damaged",
            with_line(lines.len() - 2, &|_| format!("={}", BASE64.encode(b"123"))),
        ),
        bad("lost-line", "A whole line is missing", "armor_damaged", {
            let mut lines = lines.clone();
            lines.remove(4);
            text(&lines.join("\n"))
        }),
        bad(
            "short-line",
            "The fourth line lacks three characters",
            "armor_line_short",
            with_line(3, &|line| line[..61].to_owned()),
        ),
        bad(
            "long-line",
            "The fourth line has two characters too many",
            "armor_line_long",
            with_line(3, &|line| format!("{line}AA")),
        ),
        bad(
            "foreign-character",
            "An asterisk in the fourth line",
            "armor_character",
            with_line(3, &|line| format!("{}*", &line[..63])),
        ),
        bad(
            "cut-off",
            "The second half is missing",
            "armor_unfinished",
            text(&lines[..lines.len() / 2].join("\n")),
        ),
        label("label-unknown", "A label that nobody knows", "HOLOGRAM").refused("newer_format"),
        label(
            "label-longer",
            "A longer label that begins with a known one",
            "LICENSE LIST",
        )
        .refused("newer_format"),
        swapped.refused("wrong_kind"),
        no_kin.refused("malformed"),
        sibling.refused("wrong_kind"),
    ]
}

fn codes() -> Vec<Vector> {
    let body = BASE32_NOPAD.encode(&token());
    let read = |name: &str, title: &str, content: String| {
        of(&format!("qr/{name}"), "Q1", REQUEST, title, text(&content))
    };
    vec![
        read(
            "portal",
            "A request behind a portal's address",
            format!("HTTPS://LICENSE.ACME.EXAMPLE/A#{body}"),
        ),
        read(
            "plain",
            "A request without a portal",
            format!("KEYFERRY:{body}"),
        ),
        read(
            "lower-case",
            "In lower case, as some readers give it",
            format!("https://license.acme.example/a#{}", body.to_lowercase()),
        ),
        read(
            "other-address",
            "The address is another; nothing follows from it",
            format!("HTTPS://ELSEWHERE.EXAMPLE:8480/X/Y?Z#{body}"),
        ),
        read("spaces", "Spaces around", format!("  KEYFERRY:{body}  ")),
        read(
            "damaged",
            "A character that is not in the alphabet",
            format!("KEYFERRY:{body}1"),
        )
        .refused("armor_damaged"),
        read(
            "no-fragment",
            "An address with nothing behind it",
            "HTTPS://LICENSE.ACME.EXAMPLE/A".into(),
        )
        .refused("unrecognised"),
        read(
            "empty-fragment",
            "An address with an empty fragment",
            "HTTPS://LICENSE.ACME.EXAMPLE/A#".into(),
        )
        .refused("malformed"),
        read(
            "other-scheme",
            "Something that is not ours",
            "MAILTO:support@acme.example".into(),
        )
        .refused("unrecognised"),
    ]
}
