//! What teaches a program's use, held against its definition: the examples in help texts, and the
//! page that specifies the command lines. For tests: an example that does not work teaches the
//! wrong thing.

use clap::{Command, CommandFactory};

/// What is wrong with the examples of a program, a line for each; nothing when all is well.
pub fn wrong_examples<C: CommandFactory>() -> Vec<String> {
    let whole = C::command();
    let mut wrong = Vec::new();
    inspect(&whole, &whole, whole.get_name(), &mut wrong);
    wrong
}

/// The commands and options of a program that a page does not name, a line for each. A command is
/// named by a heading, an option anywhere.
pub fn unspecified<C: CommandFactory>(page: &str) -> Vec<String> {
    let mut missing = Vec::new();
    look_up(&C::command(), "", page, &mut missing);
    missing
}

fn look_up(command: &Command, path: &str, page: &str, missing: &mut Vec<String>) {
    if !command.has_subcommands() && !page.contains(&format!("\n### `{path}")) {
        missing.push(path.to_owned());
    }
    for option in command.get_arguments().filter_map(clap::Arg::get_long) {
        if !page.contains(&format!("--{option}")) {
            missing.push(format!("{path} --{option}"));
        }
    }
    for inner in command.get_subcommands() {
        let path = format!("{path} {}", inner.get_name());
        look_up(inner, path.trim_start(), page, missing);
    }
}

fn inspect(whole: &Command, command: &Command, path: &str, wrong: &mut Vec<String>) {
    let help = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let program = whole.get_name();
    let examples: Vec<Vec<String>> = help
        .lines()
        .map(words)
        .filter(|words| words.first().is_some_and(|first| first == program))
        .collect();
    if examples.is_empty() && !command.has_subcommands() {
        wrong.push(format!("{path}: no example"));
    }
    for example in examples {
        if let Err(fault) = whole.clone().try_get_matches_from(&example) {
            wrong.push(format!("{path}: {}: {fault}", example.join(" ")));
        }
    }
    for inner in command.get_subcommands() {
        inspect(whole, inner, &format!("{path} {}", inner.get_name()), wrong);
    }
}

/// The words of a command as a shell sees them: double quotes hold together, redirections and what
/// follows a pipe belong to the shell.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.trim().chars() {
        match (c, words.last_mut()) {
            ('"', _) => quoted = !quoted,
            (' ', _) if !quoted => words.push(String::new()),
            (c, Some(word)) => word.push(c),
            (_, None) => {}
        }
    }
    words
        .into_iter()
        .filter(|word| !word.is_empty() && !word.starts_with(['<', '>']))
        .take_while(|word| word != "|")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn examples_are_read_as_a_shell_reads_them() {
        assert_eq!(words("  a --b \"c d\" - <e | f"), ["a", "--b", "c d", "-"]);
    }
}
