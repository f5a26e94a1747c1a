//! Help that teaches by example, and the page that scripts are written against.

use keyferry_vendor_cli::Call;

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
