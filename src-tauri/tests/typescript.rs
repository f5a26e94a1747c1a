//! The frontend's types are those of the shell.

use std::{env, fs, path::PathBuf};

/// With `UPDATE_VIEWS` in the environment the file is written anew instead.
#[test]
fn the_frontends_views_are_the_shells() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ui/src/lib/generated/views.ts");
    let views = keyferry_desktop::views::typescript();
    if env::var_os("UPDATE_VIEWS").is_some() {
        fs::write(&file, &views).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&file).unwrap_or_default(),
        views,
        "run: UPDATE_VIEWS=1 cargo test -p keyferry-desktop --test typescript"
    );
}
