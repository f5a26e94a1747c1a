//! Backups, and the way back from one.

use std::path::PathBuf;

use clap::Args;
use keyferry_terminal::Source;

/// Write the books to a file, while programs are at work on them.
#[derive(Args, Debug)]
#[command(after_help = "\
FILE has the database and not the keys: keep a copy of the folder keys and its passphrase as well, apart
from it. Export the audit log more often than you make a backup; what it tells is not lost with the books.
Books at a PostgreSQL server are backed up by the server's own programs.

Examples:
  keyferry-authority --data acme backup --out /mnt/backup/acme-2026-11-23.db
  keyferry-authority --data acme audit export --out /mnt/backup/audit.jsonl --head /mnt/backup/audit.head")]
pub struct Backup {
    /// The new file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Bring the books back from a backup.
#[derive(Args, Debug)]
#[command(after_help = "\
DIR has the folder keys, vendor.kfv and last-profile, as they were or from their own backup, and no
database: move a damaged one away first. With --database-url-file the server has been brought back by its
own programs, and no BACKUP is named.

What was released, revoked, suspended or given back since the backup is done again by the log. Seats of
computers that the backup does not know are kept for them; they deactivate and activate again. What cannot
be known is told. Everything that the vendor does from then on is in a new epoch of the log.

Examples:
  keyferry-authority --data acme restore /mnt/backup/acme-2026-11-23.db --audit /mnt/backup/audit.jsonl
  keyferry-authority --data acme restore acme.db --audit audit.jsonl --head audit.head
  keyferry-authority --data acme --database-url-file url.txt restore --audit audit.jsonl")]
pub struct Restore {
    /// The backup; none where the books are at a server
    #[arg(value_name = "BACKUP")]
    pub backup: Option<PathBuf>,
    /// The newest export of the audit log (- for standard input)
    #[arg(long, value_name = "FILE")]
    pub audit: Source,
    /// The signed head that the log has to reach
    #[arg(long, value_name = "HEAD")]
    pub head: Option<PathBuf>,
    /// Do again also what entries give that neither the backup nor the head proves
    #[arg(long)]
    pub unproven: bool,
}
