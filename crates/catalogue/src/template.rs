//! Filling the `{placeholders}` of a template in a language.

use crate::{Code, Holds, Language, Phrase, Placeholder};

/// `template` with every `{name}` replaced by its value as `language` writes it.
pub(crate) fn fill<'v>(
    template: &str,
    placeholders: &[Placeholder],
    language: Language,
    value_of: impl Fn(&str) -> Option<&'v str>,
) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        let holds = placeholders
            .iter()
            .find(|placeholder| placeholder.name == name)
            .map_or(Holds::Text, |placeholder| placeholder.holds);
        match value_of(name) {
            Some(value) if !value.is_empty() => filled.push_str(&shown(value, holds, language)),
            _ => filled.push_str(Phrase::NotKnown.text(language)),
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

pub(crate) fn shown(value: &str, holds: Holds, language: Language) -> String {
    match holds {
        Holds::Text | Holds::Count => value.to_owned(),
        Holds::Bytes => value.parse().map_or_else(|_| value.to_owned(), size),
        Holds::Time => time(value, language).unwrap_or_else(|| value.to_owned()),
        Holds::Components => list(value, language),
        Holds::Kind => named("kind", value, language),
        Holds::Claim => named("claim", value, language),
        Holds::State => named("state", value, language),
        Holds::Reason => named("reason", value, language),
        Holds::Code => code(value, language),
    }
}

/// A name of the catalogue in words; one that it does not know stays as it is.
fn named(group: &str, name: &str, language: Language) -> String {
    Phrase::named(&format!("{group}_{name}")).map_or_else(
        || name.to_owned(),
        |phrase| phrase.text(language).to_owned(),
    )
}

fn code(name: &str, language: Language) -> String {
    let Some(code) = Code::named(name) else {
        return name.to_owned();
    };
    let message = code.text(language).message;
    if message.contains('{') {
        code.reference().to_owned()
    } else {
        message.to_owned()
    }
}

fn list(names: &str, language: Language) -> String {
    let mut words: Vec<String> = names
        .split(',')
        .map(|name| named("component", name.trim(), language))
        .collect();
    let Some(last) = words.pop() else {
        return String::new();
    };
    if words.is_empty() {
        return last;
    }
    let all_but_last = words.join(Phrase::ListSeparator.text(language));
    [all_but_last, last].join(Phrase::ListLastSeparator.text(language))
}

/// Bytes as people read them, in steps of 1024, without a fraction.
fn size(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} B"),
        1024..=1_048_575 => format!("{} KB", bytes / 1024),
        _ => format!("{} MB", bytes / 1_048_576),
    }
}

/// `2027-03-03T14:05:00Z` as "3 March 2027, 14:05 UTC". The last second of a day is what a date
/// without a time means, and shows as the date alone.
fn time(value: &str, language: Language) -> Option<String> {
    let (date, clock) = value.strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = language
        .months()
        .get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let day = day.parse::<u8>().ok()?.to_string();
    let date = Phrase::Date.fill(language, &[("day", &day), ("month", month), ("year", year)]);
    if clock == "23:59:59" {
        return Some(date);
    }
    let time = clock.get(..5)?;
    Some(Phrase::DateAndTime.fill(language, &[("date", &date), ("time", time)]))
}

#[cfg(test)]
mod tests {
    use super::{fill, list, shown, size, time};
    use crate::{Holds, Language, Placeholder};

    #[test]
    fn a_time_reads_as_people_write_it() {
        let read = |value| time(value, Language::En);
        assert_eq!(
            read("2027-03-03T14:05:00Z").as_deref(),
            Some("3 March 2027, 14:05 UTC")
        );
        assert_eq!(
            read("2027-12-31T23:59:59Z").as_deref(),
            Some("31 December 2027")
        );
        for other in [
            "",
            "Z",
            "T",
            "2027-13-03T14:05:00Z",
            "2027-00-03T14:05:00Z",
            "soon",
            "é-T1Z",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_time_that_cannot_be_read_stays_as_it_is() {
        let until = [Placeholder {
            name: "until",
            holds: Holds::Time,
        }];
        let filled = fill("Until {until}.", &until, Language::En, |_| Some("some day"));
        assert_eq!(filled, "Until some day.");
    }

    #[test]
    fn components_are_listed_by_their_names() {
        let listed = |names| list(names, Language::En);
        assert_eq!(listed("network_adapter"), "network adapter");
        assert_eq!(
            listed("cpu,network_adapter"),
            "processor and network adapter"
        );
        assert_eq!(
            listed("cpu, system_disk,something_new"),
            "processor, system disk and something_new"
        );
    }

    #[test]
    fn names_of_the_catalogue_are_said_in_words() {
        let said = |holds, name| shown(name, holds, Language::En);
        assert_eq!(said(Holds::Kind, "time"), "vendor's time");
        assert_eq!(said(Holds::State, "grace"), "Grace period");
        assert_eq!(
            said(Holds::Reason, "moving"),
            "The license moves to another computer."
        );
        for holds in [Holds::Kind, Holds::State, Holds::Reason, Holds::Code] {
            assert_eq!(said(holds, "of_a_newer_version"), "of_a_newer_version");
        }
    }

    #[test]
    fn a_code_is_said_by_its_message_or_its_reference() {
        let said = |name| shown(name, Holds::Code, Language::En);
        assert_eq!(
            said("clock_behind"),
            "The clock of this computer is behind."
        );
        assert_eq!(said("lease_ended"), "KF-503");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(600), "600 B");
        assert_eq!(size(16 * 1024), "16 KB");
        assert_eq!(size(3 * 1024 * 1024), "3 MB");
    }

    #[test]
    fn an_open_brace_at_the_end_is_kept() {
        assert_eq!(fill("a {b", &[], Language::En, |_| None), "a {b");
    }
}
