//! What is written from the table and committed is what the table says.

use std::fs;
use std::path::Path;

use keyferry_catalogue::generated;

#[test]
fn what_is_committed_is_what_the_table_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for file in generated::files() {
        let committed = fs::read_to_string(root.join(&file.path)).unwrap_or_default();
        assert!(
            committed.replace("\r\n", "\n") == file.content,
            "{} differs from the table; write it anew with `cargo run -p keyferry-catalogue`",
            file.path
        );
    }
}

#[test]
fn every_language_has_its_file() {
    let paths: Vec<String> = generated::files()
        .into_iter()
        .map(|file| file.path)
        .collect();
    for language in keyferry_catalogue::Language::ALL {
        let name = format!("texts.{}.ts", language.tag());
        assert!(paths.iter().any(|path| path.ends_with(&name)), "{name}");
    }
}
