//! The examples in help texts: every command has one, and every one has to parse.

use clap::{Command, CommandFactory};

/// What is wrong with the examples of a program, a line for each; nothing when all is well. For
/// tests: an example that does not work teaches the wrong thing.
pub fn wrong_examples<C: CommandFactory>() -> Vec<String> {
    let whole = C::command();
    let mut wrong = Vec::new();
    inspect(&whole, &whole, whole.get_name(), &mut wrong);
    wrong
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
