//! `keyferry-authority backup`: the books in a file.

use std::path::Path;

use keyferry_authority::Authority;
use keyferry_terminal::{Failure, Reply};
use serde::Serialize;

#[derive(Serialize)]
struct BackupView {
    out: String,
    entries: u64,
}

pub(crate) async fn run(authority: &Authority, out: &Path) -> Result<Reply, Failure> {
    let seal = authority.back_up(out).await;
    let seal = seal.map_err(|fault| fault.problem())?;
    let view = BackupView {
        out: out.display().to_string(),
        entries: seal.position,
    };
    Ok(Reply::of(&view)
        .saying(format!("Written: {}", view.out))
        .saying("The keys are not in it: keep a copy of the folder keys apart from it.")
        .saying("What happens after it only the audit log tells: audit export"))
}
