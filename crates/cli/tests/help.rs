//! Help that teaches by example, and the page that scripts are written against.

use clap::{Command, CommandFactory as _};
use keyferry_cli::Call;

/// The options of a command and of all below it, each as `command --option`.
fn options(command: &Command, above: &str, found: &mut Vec<String>) {
    for option in command.get_arguments().filter_map(|one| one.get_long()) {
        found.push(format!("{above}--{option}"));
    }
    for below in command.get_subcommands() {
        options(below, &format!("{above}{} ", below.get_name()), found);
    }
}

#[test]
fn no_flag_names_whom_to_trust() {
    let mut found = Vec::new();
    options(&Call::command(), "", &mut found);
    let words = [
        "key",
        "trust",
        "fingerprint",
        "profile",
        "root",
        "anchor",
        "insecure",
    ];
    found.retain(|option| {
        let (_, name) = option.split_once("--").unwrap_or_default();
        words.iter().any(|word| name.contains(word))
    });
    // Two confirm a profile that is then shown and kept. The key of the third answers whether it signed
    // a file, which is no standing.
    assert_eq!(
        found,
        [
            "vendor add --fingerprint",
            "vendor add --trust",
            "check --public-key"
        ]
    );
}

#[test]
fn every_command_has_an_example_and_every_example_parses() {
    let wrong = keyferry_terminal::wrong_examples::<Call>();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_command_and_option_is_specified() {
    let page = include_str!("../../../docs/spec/cli.md");
    let missing = keyferry_terminal::unspecified::<Call>(page);
    assert_eq!(missing, Vec::<String>::new());
}
