//! Prints the description of the API, for `docs/api/openapi.json`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(keyferry_portal::api_description().as_bytes())
}
