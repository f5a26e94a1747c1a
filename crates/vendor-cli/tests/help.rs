//! Help that teaches by example: every command has one that parses.

use keyferry_vendor_cli::Call;

#[test]
fn every_command_has_an_example_and_every_example_parses() {
    assert_eq!(
        keyferry_terminal::wrong_examples::<Call>(),
        Vec::<String>::new()
    );
}
