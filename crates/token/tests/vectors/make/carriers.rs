//! Text armor, QR text and moving codes: B1 to B4, Q1, Q4 to Q8.

use data_encoding::{BASE32_NOPAD, BASE64};
use keyferry_fixtures::forge::Sign1;
use keyferry_token::{
    ArtefactKind, TokenId, TokenKind, armor,
    qr::{Density, Frame},
};

use super::{Input, Vector, published, sealed_as, signed_license, signed_profile};

pub(crate) fn vectors() -> Vec<Vector> {
    [written(), forgiven(), refused(), codes(), moving()].concat()
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

const RESPONSE: ArtefactKind = ArtefactKind::Token(TokenKind::ActivationResponse);

/// The texts of the frames of a content.
fn frames(content: &[u8], density: Density) -> Vec<String> {
    let frames = Frame::all(content, density);
    frames.iter().map(Frame::text).collect()
}

fn moving() -> Vec<Vector> {
    let answer = sealed(TokenKind::ActivationResponse);
    let shown = frames(&answer, Density::Normal);
    let low = frames(&answer, Density::Low);
    let read = |name: &str, rules: &str, title: &str, frames: &[String]| {
        let path = format!("qr/frames-{name}");
        of(&path, rules, RESPONSE, title, text(&frames.join("\n")))
    };
    let lower: Vec<_> = shown.iter().map(|frame| frame.to_lowercase()).collect();
    let mut shuffled = low.clone();
    shuffled.rotate_left(2);
    shuffled.reverse();
    shuffled.extend_from_slice(&low[..2]);
    let foreign = frames(&token(), Density::Lowest);
    let mut mixed = vec![foreign[0].clone()];
    for frame in &shown {
        mixed.extend([frame.clone(), foreign[1].clone()]);
    }
    let pair = [RESPONSE, RESPONSE]
        .map(|kind| armor(kind, &answer))
        .join("\n");
    let pair = frames(pair.as_bytes(), Density::Normal);
    // `KEYFERRY/AAAAAAAA/1/3/…` with other fields.
    let fields: Vec<&str> = shown[0].split('/').collect();
    let with = |id: &str, number: &str, total: &str, part: &str| {
        vec![["KEYFERRY", id, number, total, part].join("/")]
    };
    let (id, part) = (fields[1], fields[4]);
    let renamed: Vec<_> = shown.iter().map(|f| f.replace(id, "AAAAAAAA")).collect();
    let too_long = BASE32_NOPAD.encode(&[0; 1025]);
    // Another first part in front: of the same length, and a shorter one.
    let bad_copy = |length: usize| {
        let wrong = with(id, "1", fields[3], &BASE32_NOPAD.encode(&vec![0; length]));
        [wrong, shown.clone()].concat()
    };
    let length = BASE32_NOPAD.decode_len(part.len()).unwrap();
    // The same content in as many parts, but of other lengths.
    let (first, rest) = answer.split_at(length - 40);
    let (second, third) = rest.split_at(length);
    let other_cut: Vec<_> = [first, second, third]
        .iter()
        .zip(["1", "2", "3"])
        .flat_map(|(part, number)| with(id, number, "3", &BASE32_NOPAD.encode(part)))
        .collect();
    let cuts: Vec<_> = other_cut
        .iter()
        .zip(&shown)
        .flat_map(|(a, b)| [a.clone(), b.clone()])
        .collect();
    let flaw = |name: &str, title: &str, frames: &[String]| {
        read(name, "Q4", title, frames).refused("armor_damaged")
    };
    let excess = |name: &str, title: &str, frames: &[String]| {
        read(name, "Q6", title, frames).refused("too_large")
    };
    vec![
        read("in-order", "Q4 Q5 Q8", "An answer in frames", &shown),
        read("lower-case", "Q4", "The same in lower case", &lower),
        read(
            "any-order",
            "Q7",
            "Backwards, from the middle, and two of them twice",
            &shuffled,
        ),
        read(
            "mixed",
            "Q7",
            "Between the frames of another sequence, which is not whole",
            &mixed,
        )
        .found("artefacts", 2),
        of(
            "qr/frames-byte-order-mark",
            "Q4",
            RESPONSE,
            "A byte-order mark in front",
            exact(&format!("\u{feff}{}", shown.join("\n"))),
        ),
        of(
            "qr/frames-invisible",
            "Q4",
            RESPONSE,
            "Characters without a width between the others",
            exact(
                &shown
                    .join("\u{200b}\n\u{2060}")
                    .replace("/2/", "/\u{200b}2/"),
            ),
        ),
        of(
            "qr/frames-utf-16",
            "Q4",
            RESPONSE,
            "UTF-16 with a byte-order mark",
            Input::Bytes(
                [0xfeff]
                    .into_iter()
                    .chain(shown.join("\r\n").encode_utf16())
                    .flat_map(u16::to_le_bytes)
                    .collect(),
            ),
        ),
        read(
            "bad-copy-first",
            "Q8",
            "A bad copy of the first stands before the good one",
            &bad_copy(length),
        ),
        read(
            "short-copy-first",
            "Q7 Q8",
            "A copy of the first that has lost its end stands before the good one",
            &bad_copy(length - 5),
        ),
        read(
            "two-cuts",
            "Q4 Q7",
            "Between frames that say the same of themselves and are cut in another way",
            &cuts,
        ),
        read(
            "other-cut",
            "Q4",
            "All parts are there, cut in another way",
            &other_cut,
        )
        .refused("frames_missing"),
        read(
            "of-text",
            "Q5",
            "Frames whose content is text with two artefacts",
            &pair,
        )
        .found("artefacts", 2),
        read(
            "missing",
            "Q8",
            "The second is missing",
            &[&shown[..1], &shown[2..]].concat(),
        )
        .refused("frames_missing"),
        flaw(
            "leading-zero",
            "A number with a zero in front",
            &with(id, "01", "3", part),
        ),
        flaw(
            "number-zero",
            "Numbers begin at 1",
            &with(id, "0", "3", part),
        ),
        flaw(
            "number-above",
            "A number above that of all",
            &with(id, "4", "3", part),
        ),
        flaw(
            "total-zero",
            "A sequence of no frames",
            &with(id, "1", "0", part),
        ),
        flaw(
            "short-id",
            "An id of seven symbols",
            &with(&id[..7], "1", "3", part),
        ),
        flaw(
            "empty-part",
            "A frame that holds nothing",
            &with(id, "1", "3", ""),
        ),
        flaw(
            "field-more",
            "Another field at the end",
            &with(id, "1", "3", "AA/AA"),
        ),
        flaw(
            "foreign-symbol",
            "A symbol that is not in the alphabet",
            &with(id, "1", "3", "A1"),
        ),
        excess("too-many", "513 frames", &with(id, "1", "513", part)),
        excess(
            "absurd",
            "More frames than anybody has memory for",
            &with(id, "1", "999999999999999999", part),
        ),
        excess(
            "of-many-digits",
            "A number of more digits than any machine counts with",
            &with(id, "1", "100000000000000000000", part),
        ),
        flaw(
            "above-many-digits",
            "A number above that of all, both of many digits",
            &with(id, "100000000000000000001", "100000000000000000000", part),
        ),
        flaw(
            "above-and-too-many",
            "A number above that of all, and too many of them: the form comes first",
            &with(id, "600", "513", part),
        ),
        flaw(
            "too-large-and-damaged",
            "Digits that are none, and a part that is too long: the form comes first",
            &with(id, "1", "3X", &too_long),
        ),
        excess(
            "long-and-foreign",
            "A part that is too long, of symbols that are none: what tells of too much comes first",
            &with(id, "1", "3", &"!".repeat(too_long.len())),
        ),
        flaw(
            "bits-left",
            "A last symbol with bits that belong to no byte",
            // Whoever lets them pass finds a content of the right id, which is nothing.
            &[frames(b"h", Density::Normal)[0].replace("/NA", "/NB")],
        ),
        flaw(
            "length-of-none",
            "As many symbols as no number of bytes makes",
            &with(id, "1", "1", "AAA"),
        ),
        read(
            "newer-form",
            "Q4",
            "A form that a later version brings",
            &["KEYFERRY/*2/WHATEVER".to_owned()],
        )
        .refused("newer_format"),
        read(
            "of-a-code",
            "Q5",
            "What they make is the text of another QR code",
            &frames(
                keyferry_token::qr::text(&answer, None).as_bytes(),
                Density::Normal,
            ),
        )
        .refused("unrecognised"),
        excess(
            "part-too-long",
            "A part of 1,025 bytes",
            &with(id, "1", "3", &too_long),
        ),
        read(
            "other-id",
            "Q8",
            "The content is not the one that the id names",
            &renamed,
        )
        .refused("armor_damaged"),
    ]
}
