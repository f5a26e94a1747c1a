//! Writing the catalogue for those who cannot link it: TypeScript for the wizard's screens, and the
//! page of codes. What is written is committed; a test compares.

use std::fmt::Write as _;

use crate::{Code, Holds, Language, Phrase, Placeholder};

/// A file that is written from the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it belongs, from the root of the project.
    pub path: String,
    /// What is in it.
    pub content: String,
}

/// All files that are written from the table.
pub fn files() -> Vec<Written> {
    let mut files = vec![
        Written {
            path: format!("{TYPESCRIPT}/codes.ts"),
            content: codes_ts(),
        },
        Written {
            path: "docs/codes.md".to_owned(),
            content: codes_md(Language::En),
        },
    ];
    files.extend(Language::ALL.iter().map(|&language| Written {
        path: format!("{TYPESCRIPT}/texts.{}.ts", language.tag()),
        content: texts_ts(language),
    }));
    files
}

const TYPESCRIPT: &str = "ui/src/lib/generated/catalogue";
const NOTICE: &str = "Written by `cargo run -p keyferry-catalogue` from crates/catalogue.";

fn codes_ts() -> String {
    let mut ts = format!("// {NOTICE}\n\n");
    union(&mut ts, "Code", Code::ALL.iter().map(|code| code.as_str()));
    union(
        &mut ts,
        "Phrase",
        Phrase::ALL.iter().map(|phrase| phrase.as_str()),
    );
    ts.push_str(
        "/** What the value of a placeholder is. Values travel as text; this says how to read it. */\n",
    );
    union(&mut ts, "Holds", held());
    ts.push_str(
        "export interface Text {\n  readonly message: string;\n  readonly cause: string;\n  readonly nextStep: string;\n}\n\n\
         export interface Texts {\n  readonly codes: Readonly<Record<Code, Text>>;\n  \
         readonly phrases: Readonly<Record<Phrase, string>>;\n}\n\n",
    );
    ts.push_str("/** The languages of the catalogue, each by its own name. */\nexport const languages = {\n");
    for language in Language::ALL {
        let _ = writeln!(
            ts,
            "  {}: {{ name: {}, rightToLeft: {} }},",
            language.tag(),
            quoted(language.name()),
            language.right_to_left()
        );
    }
    ts.push_str("} as const;\n\nexport type Language = keyof typeof languages;\n\n");
    ts.push_str("export const references: Readonly<Record<Code, string>> = {\n");
    for code in Code::ALL {
        let _ = writeln!(ts, "  {}: {},", code, quoted(code.reference()));
    }
    ts.push_str("};\n\n");
    ts.push_str(
        "/** What the texts of a code, or a phrase, take; those that take nothing are left out. */\n\
         export const placeholders: Readonly<Partial<Record<Code | Phrase, Readonly<Record<string, Holds>>>>> = {\n",
    );
    let codes = Code::ALL
        .iter()
        .map(|code| (code.as_str(), code.placeholders()));
    let phrases = Phrase::ALL
        .iter()
        .map(|phrase| (phrase.as_str(), phrase.placeholders()));
    for (name, placeholders) in codes.chain(phrases).filter(|(_, taken)| !taken.is_empty()) {
        let _ = writeln!(ts, "  {name}: {{ {} }},", taken(placeholders));
    }
    ts.push_str("};\n");
    ts
}

/// What placeholders hold: the screens fill these in, while values of claims reach them in words.
fn held() -> impl Iterator<Item = &'static str> {
    let codes = Code::ALL.iter().map(|code| code.placeholders());
    let taken: Vec<Holds> = codes
        .chain(Phrase::ALL.iter().map(|phrase| phrase.placeholders()))
        .flatten()
        .map(|placeholder| placeholder.holds)
        .collect();
    Holds::ALL
        .into_iter()
        .filter(move |holds| taken.contains(holds))
        .map(Holds::as_str)
}

fn taken(placeholders: &[Placeholder]) -> String {
    placeholders
        .iter()
        .map(|placeholder| {
            format!(
                "{}: {}",
                placeholder.name,
                quoted(placeholder.holds.as_str())
            )
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn union<'n>(ts: &mut String, name: &str, members: impl Iterator<Item = &'n str>) {
    let _ = write!(ts, "export type {name} =");
    for member in members {
        let _ = write!(ts, "\n  | {}", quoted(member));
    }
    ts.push_str(";\n\n");
}

fn texts_ts(language: Language) -> String {
    let mut ts = format!(
        "// {NOTICE}\n\nimport type {{ Texts }} from \"./codes\";\n\nexport const texts: Texts = {{\n  codes: {{\n"
    );
    for code in Code::ALL {
        let text = code.text(language);
        let _ = write!(
            ts,
            "    {code}: {{\n      message: {},\n      cause: {},\n      nextStep: {},\n    }},\n",
            quoted(text.message),
            quoted(text.cause),
            quoted(text.next_step)
        );
    }
    ts.push_str("  },\n  phrases: {\n");
    for phrase in Phrase::ALL {
        let _ = writeln!(
            ts,
            "    {}: {},",
            phrase.as_str(),
            quoted(phrase.text(language))
        );
    }
    ts.push_str("  },\n};\n");
    ts
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn codes_md(language: Language) -> String {
    let mut page = format!(
        "# Codes\n\n<!-- {NOTICE} -->\n\n\
         Everything that Keyferry tells a person has a reference to read out on the phone, a code that\n\
         programs use, and one next step. Codes and references never change their meaning. A word in\n\
         braces stands for a value of the moment, such as a name or a date.\n"
    );
    let mut hundred = 0;
    for code in Code::ALL {
        if code.number() / 100 != hundred {
            hundred = code.number() / 100;
            let _ = write!(page, "\n## {}\n", heading(hundred));
        }
        let text = code.text(language);
        let _ = write!(
            page,
            "\n### {} `{code}`\n\n**{}**\n\n{}\n\nNext step: {}\n\nExit code {}.\n",
            code.reference(),
            text.message,
            text.cause,
            text.next_step,
            code.exit().code()
        );
    }
    page
}

fn heading(hundred: u16) -> &'static str {
    match hundred {
        1 => "Activation codes and vendors",
        2 => "The authority",
        3 => "This computer's side",
        4 => "Reading what was brought",
        5 => "Standings",
        6 => "The computer and its store",
        7 => "Using the command line",
        _ => "Others",
    }
}
