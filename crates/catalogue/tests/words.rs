//! What every text keeps to, in every language.

use std::collections::HashSet;

use keyferry_catalogue::{Code, Exit, Holds, Language, Phrase, Placeholder};

/// Words that blame, alarm, beg, or that only the makers of Keyferry understand.
const BANNED: &[&str] = &[
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
];

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
    Language::ALL.iter().flat_map(|&language| {
        Code::ALL.iter().flat_map(move |&code| {
            let text = code.text(language);
            [
                (code, "message", text.message),
                (code, "cause", text.cause),
                (code, "next step", text.next_step),
            ]
        })
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
    for (code, part, text) in texts() {
        for word in words(&taken_apart(text).0) {
            assert!(
                !BANNED.contains(&word.as_str()),
                "{code} says “{word}” in its {part}"
            );
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
fn names_and_numbers_are_unique_and_rise() {
    let names: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for pair in Code::ALL.windows(2) {
        assert!(
            pair[0].number() < pair[1].number(),
            "{} comes before {}",
            pair[0],
            pair[1]
        );
    }
    for code in Code::ALL {
        assert_eq!(code.reference(), format!("KF-{}", code.number()));
        assert!((100..1000).contains(&code.number()), "{code}");
        assert_eq!(Code::named(code.as_str()), Some(*code));
    }
    assert_eq!(Code::named("no_such_code"), None);
}

#[test]
fn keys_are_snake_case() {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let phrases = Phrase::ALL.iter().map(|phrase| phrase.as_str());
    for key in codes.chain(phrases) {
        assert!(
            key.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{key}"
        );
        assert!(
            key.starts_with(char::is_alphabetic) && key.ends_with(char::is_alphabetic),
            "{key}"
        );
    }
}

#[test]
fn phrase_keys_are_unique_and_found_again() {
    for &phrase in Phrase::ALL {
        assert_eq!(Phrase::named(phrase.as_str()), Some(phrase));
    }
    assert_eq!(Phrase::named("no_such_phrase"), None);
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
fn no_phrase_has_jargon_or_blame() {
    for &language in Language::ALL {
        for phrase in Phrase::ALL {
            for word in words(&taken_apart(phrase.text(language)).0) {
                assert!(
                    !BANNED.contains(&word.as_str()),
                    "{} says “{word}”",
                    phrase.as_str()
                );
            }
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
        changed("network_adapter"),
        changed("cpu,system_disk"),
    ];
    insta::assert_snapshot!(sentences.join("\n"), @r"
    Licensed until 3 March 2027.
    The lease is over; the program still runs until 3 March 2027.
    Emergency run until 3 March 2027.
    The network adapter changed; still within tolerance.
    The processor and system disk changed; still within tolerance.
    ");
}

#[test]
fn only_what_leaves_everything_running_ends_with_zero() {
    let runs: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| code.exit() == Exit::Runs)
        .map(|code| code.as_str())
        .collect();
    assert_eq!(runs, ["already_applied"]);
}

#[test]
fn times_are_declared_as_times() {
    let declared = |name: &str| match name {
        "until" | "ended" | "next_free" => Holds::Time,
        "line" | "missing" | "extra" | "have" | "want" | "minutes" | "seats" | "cap" => {
            Holds::Count
        }
        "limit" => Holds::Bytes,
        "changed" => Holds::Components,
        "found" | "wanted" => Holds::Kind,
        "field" => Holds::Claim,
        _ => Holds::Text,
    };
    for code in Code::ALL {
        for placeholder in code.placeholders() {
            assert_eq!(
                placeholder.holds,
                declared(placeholder.name),
                "{code}: {}",
                placeholder.name
            );
        }
    }
}

/// Scripts, help pages and support rely on these lines. A line may be added; none may change.
#[test]
fn the_list_of_codes_is_stable() {
    let list: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("{code} {} {}", code.reference(), code.exit().code()))
        .collect();
    insta::assert_snapshot!(list.join("\n"), @r"
    activation_code_mistyped KF-101 2
    activation_code_incomplete KF-102 2
    activation_code_unknown_vendor KF-103 1
    activation_code_ambiguous KF-104 1
    holder_secret_given KF-105 2
    activation_code_not_accepted KF-106 1
    too_many_attempts KF-107 1
    vendor_not_confirmed KF-120 6
    vendor_fingerprint_mismatch KF-121 6
    profile_older KF-122 1
    profile_not_chained KF-123 6
    no_vendor KF-124 1
    vendor_unknown KF-125 1
    vendor_in_use KF-126 1
    offline_not_enabled KF-201 1
    offline_lease_missing KF-202 1
    no_free_seat KF-203 1
    entitlement_suspended KF-204 11
    entitlement_revoked KF-205 11
    entitlement_ended KF-206 4
    entitlement_unknown KF-207 1
    reactivation_cap_reached KF-208 1
    activation_superseded KF-209 1
    activation_unknown KF-210 1
    request_superseded KF-220 1
    request_forked KF-221 6
    token_for_other_vendor KF-222 1
    answer_brought_to_vendor KF-223 1
    product_unknown KF-230 1
    product_exists KF-231 1
    authority_exists KF-240 1
    authority_missing KF-241 1
    passphrase_missing KF-242 2
    passphrase_wrong KF-243 8
    database_newer KF-250 8
    database_busy KF-251 8
    already_active KF-301 1
    nothing_outstanding KF-302 1
    answers_nothing_outstanding KF-303 1
    already_applied KF-304 0
    answer_for_other_device KF-305 5
    answer_for_other_product KF-306 1
    own_request KF-307 1
    license_file_given KF-308 1
    product_not_here KF-309 3
    nothing_read KF-401 1
    unrecognised KF-402 1
    armor_line_short KF-403 1
    armor_line_long KF-404 1
    armor_character KF-405 1
    armor_damaged KF-406 1
    armor_unfinished KF-407 1
    too_large KF-408 1
    malformed KF-409 6
    newer_format KF-410 1
    wrong_kind KF-411 1
    signature_mismatch KF-412 6
    untrusted_key KF-413 6
    algorithm_refused KF-414 6
    key_refused KF-415 6
    cannot_be_opened KF-416 6
    text_refused KF-417 2
    picture_without_qr KF-418 1
    product_code_refused KF-419 2
    not_activated KF-501 3
    awaiting_answer KF-502 7
    lease_ended KF-503 4
    subscription_ended KF-504 4
    suspended KF-505 11
    revoked KF-506 11
    clock_behind KF-507 9
    wrong_device KF-508 5
    tampered KF-509 6
    file_not_found KF-601 8
    file_unreadable KF-602 8
    file_unwritable KF-603 8
    disk_full KF-604 8
    store_locked KF-610 8
    store_damaged KF-611 8
    store_newer KF-612 8
    store_unwritable KF-613 8
    fingerprint_too_small KF-620 1
    clipboard_unavailable KF-630 8
    system_failure KF-640 8
    usage KF-701 2
    input_needed KF-702 2
    confirmation_needed KF-703 2
    date_refused KF-704 2
    duration_refused KF-705 2
    ");
}
