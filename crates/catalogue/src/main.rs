//! Writes what is generated from the catalogue: `cargo run -p keyferry-catalogue [-- ROOT]`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    for file in keyferry_catalogue::generated::files() {
        let path = root.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.content)?;
        println!("{}", file.path);
    }
    Ok(())
}
