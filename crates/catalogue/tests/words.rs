//! What every text keeps to, in every language.

use std::collections::HashSet;

use keyferry_catalogue::{Code, Language, Phrase, Placeholder};

/// Words that blame, alarm, beg, or that only the makers of Keyferry understand.
fn banned(language: Language) -> &'static [&'static str] {
    match language {
        Language::En => &[
            "invalid",
            "illegal",
            "please",
            "oops",
            "sorry",
            "unfortunately",
            "error",
            "fatal",
            "abort",
            "aborted",
            "exception",
            "failed",
            "failure",
            "bad",
            "token",
            "tokens",
            "armor",
            "armour",
            "cose",
            "cbor",
            "json",
            "jwt",
            "payload",
            "base64",
            "base32",
            "crc",
            "checksum",
            "hash",
            "hmac",
            "digest",
            "header",
            "parse",
            "parser",
            "parsing",
            "schema",
            "null",
            "bytes",
            "enum",
            "errno",
            "stdin",
            "stdout",
            "sql",
            "sqlite",
            "cryptographic",
            "ciphertext",
            "thumbprint",
            "kid",
            "cli",
        ],
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// The template without its placeholders, and their names.
fn taken_apart(template: &str) -> (String, Vec<String>) {
    let mut words = String::new();
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            panic!("a brace is opened and not closed: {template}");
        };
        words.push_str(before);
        names.push(name.to_owned());
        rest = behind;
    }
    words.push_str(rest);
    assert!(
        !words.contains('}'),
        "a brace is closed that was not opened: {template}"
    );
    (words, names)
}

fn assert_takes_only(owner: &str, template: &str, placeholders: &[Placeholder]) {
    for name in taken_apart(template).1 {
        assert!(
            placeholders
                .iter()
                .any(|placeholder| placeholder.name == name),
            "{owner} says {{{name}}}, which it does not take"
        );
    }
}

/// Every text of every code: which code, which text, the template.
fn texts() -> impl Iterator<Item = (Code, &'static str, &'static str)> {
    Language::ALL
        .iter()
        .flat_map(|&language| texts_in(language))
}

fn texts_in(language: Language) -> impl Iterator<Item = (Code, &'static str, &'static str)> {
    Code::ALL.iter().flat_map(move |&code| {
        let text = code.text(language);
        [
            (code, "message", text.message),
            (code, "cause", text.cause),
            (code, "next step", text.next_step),
        ]
    })
}

/// How many sentences there are: ends of sentences followed by a space or nothing.
fn sentences(text: &str) -> usize {
    let closed = |end: char, behind: Option<char>| match end {
        '.' | '?' => behind.is_none_or(char::is_whitespace),
        '。' | '؟' => true,
        _ => false,
    };
    let mut characters = text.chars().peekable();
    let mut count = 0;
    while let Some(character) = characters.next() {
        count += usize::from(closed(character, characters.peek().copied()));
    }
    count
}

fn ends_as_a_sentence(text: &str) -> bool {
    text.ends_with(['.', '。'])
}

#[test]
fn nothing_is_empty_or_carelessly_spaced() {
    for (code, part, text) in texts() {
        assert!(!text.is_empty(), "{code} has no {part}");
        assert_eq!(text, text.trim(), "{code} has space around its {part}");
        assert!(!text.contains("  "), "{code} has two spaces in its {part}");
        assert!(
            !text.contains(['\n', '\t', '!']),
            "{code} has a control or a shout in its {part}"
        );
        assert!(
            !text.contains('"'),
            "{code} has straight quotes in its {part}"
        );
    }
    for &language in Language::ALL {
        for phrase in Phrase::ALL {
            let text = phrase.text(language);
            assert!(!text.is_empty(), "{} has no words", phrase.as_str());
            assert!(!text.contains("  "), "{} has two spaces", phrase.as_str());
        }
    }
}

#[test]
fn a_text_uses_only_what_its_code_takes() {
    for (code, _, text) in texts() {
        assert_takes_only(code.as_str(), text, code.placeholders());
    }
    for &language in Language::ALL {
        for phrase in Phrase::ALL {
            assert_takes_only(
                phrase.as_str(),
                phrase.text(language),
                phrase.placeholders(),
            );
        }
    }
}

#[test]
fn what_a_code_takes_is_said_somewhere_in_its_texts() {
    for &language in Language::ALL {
        for &code in Code::ALL {
            let text = code.text(language);
            let said = [text.message, text.cause, text.next_step].concat();
            for placeholder in code.placeholders() {
                assert!(
                    taken_apart(&said)
                        .1
                        .iter()
                        .any(|name| name == placeholder.name),
                    "{code} takes {} and never says it",
                    placeholder.name
                );
            }
        }
    }
}

#[test]
fn no_text_has_jargon_or_blame() {
    for &language in Language::ALL {
        let codes = texts_in(language).map(|(code, _, text)| (code.as_str(), text));
        let phrases = Phrase::ALL
            .iter()
            .map(|phrase| (phrase.as_str(), phrase.text(language)));
        for (owner, text) in codes.chain(phrases) {
            // What lets programs in has this name in commands and pages: “key” is what the vendor signs with.
            let text = taken_apart(text)
                .0
                .replace("API tokens", "API")
                .replace("API token", "API");
            assert!(!text.contains("API key"), "{owner} says “API key”");
            for word in words(&text) {
                assert!(
                    !banned(language).contains(&word.as_str()),
                    "{owner} says “{word}”"
                );
            }
        }
    }
}

#[test]
fn codes_and_references_stay_out_of_the_sentences() {
    for (code, part, text) in texts() {
        assert!(
            !text.contains("KF-"),
            "{code} has a reference in its {part}"
        );
        for other in Code::ALL
            .iter()
            .filter(|other| other.as_str().contains('_'))
        {
            assert!(
                !text.contains(other.as_str()),
                "{code} has {other} in its {part}"
            );
        }
    }
}

#[test]
fn a_message_is_one_short_sentence() {
    for (code, part, text) in texts().filter(|(_, part, _)| *part == "message") {
        assert_eq!(sentences(text), 1, "{code}: {part} “{text}”");
        assert!(ends_as_a_sentence(text), "{code}: {part} “{text}”");
        assert!(
            text.chars().count() <= 110,
            "{code}: {part} “{text}” is long"
        );
    }
}

#[test]
fn a_next_step_is_one_short_sentence() {
    for (code, part, text) in texts().filter(|(_, part, _)| *part == "next step") {
        assert_eq!(sentences(text), 1, "{code}: {part} “{text}”");
        assert!(ends_as_a_sentence(text), "{code}: {part} “{text}”");
        assert!(
            text.chars().count() <= 110,
            "{code}: {part} “{text}” is long"
        );
    }
}

#[test]
fn a_cause_explains_in_a_few_whole_sentences() {
    for (code, part, text) in texts().filter(|(_, part, _)| *part == "cause") {
        assert!(
            (1..=4).contains(&sentences(text)),
            "{code}: {part} “{text}”"
        );
        assert!(ends_as_a_sentence(text), "{code}: {part} “{text}”");
        assert!(
            text.chars().count() <= 400,
            "{code}: {part} “{text}” is long"
        );
    }
}

#[test]
fn a_sentence_begins_like_one() {
    for (code, part, text) in texts() {
        let first = text.chars().next().unwrap();
        assert!(
            first == '{' || !first.is_lowercase(),
            "{code}: {part} “{text}”"
        );
    }
}

#[test]
fn no_two_codes_say_the_same() {
    for &language in Language::ALL {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            assert!(
                seen.insert(code.text(language).message),
                "{code} says what another says"
            );
        }
    }
}

#[test]
fn every_claim_is_explained_in_a_line() {
    let claims = Phrase::ALL.iter().filter(|phrase| {
        phrase.as_str().starts_with("claim_") && !phrase.as_str().ends_with("_why")
    });
    for claim in claims {
        let why = claim
            .why()
            .unwrap_or_else(|| panic!("{} is not explained", claim.as_str()));
        for &language in Language::ALL {
            let line = why.text(language);
            assert!(ends_as_a_sentence(line), "{}: “{line}”", why.as_str());
            assert!(
                line.chars().count() <= 120,
                "{}: “{line}” is long",
                why.as_str()
            );
            assert!(
                !ends_as_a_sentence(claim.text(language)),
                "{}",
                claim.as_str()
            );
        }
    }
}

#[test]
fn standing_sentences_read_as_people_speak() {
    let until = |phrase: Phrase| phrase.fill(Language::En, &[("until", "2027-03-03T23:59:59Z")]);
    let changed =
        |components| Phrase::StandingChanged.fill(Language::En, &[("components", components)]);
    let sentences = [
        until(Phrase::StandingLicensedUntil),
        until(Phrase::StandingGraceUntil),
        until(Phrase::StandingEmergencyUntil),
        Phrase::StandingEndNear.fill(
            Language::En,
            &[("until", "2027-03-03T23:59:59Z"), ("days", "9")],
        ),
        changed("network_adapter"),
        changed("cpu,system_disk"),
    ];
    insta::assert_snapshot!(sentences.join("\n"), @r"
    Works until 3 March 2027.
    The lease is over; the program still runs until 3 March 2027.
    Emergency run until 3 March 2027.
    Ends on 3 March 2027 (days left: 9).
    The network adapter changed; still within tolerance.
    The processor and system disk changed; still within tolerance.
    ");
}
