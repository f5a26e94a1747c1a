//! Helping and accounting: status codes and the audit log.

use clap::{Args, Subcommand};
use keyferry_terminal::{Destination, Source};

/// Explain the code that a customer reads out.
#[derive(Args, Debug)]
#[command(after_help = "\
The customer finds it in the window under help, or with keyferry status-code. Capitals, spaces and
dashes make no difference.

Examples:
  keyferry-authority --data acme status-code AB3D-9KX2-7QRM
  keyferry-authority --data acme status-code ab3d 9kx2 7qrm")]
pub struct Explain {
    /// The twelve letters and digits
    #[arg(required = true, value_name = "CODE")]
    pub code: Vec<String>,
}

/// The audit log.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Whoever can write to the database could make the whole log anew, and nothing would show it but a head
that was exported before: keep one where nobody changes it.

Examples:
  keyferry-authority --data acme audit
  keyferry-authority --data acme audit --verify
  keyferry-authority --data acme audit --verify audit.head"
)]
pub struct Audit {
    /// Work the log out anew, and hold it against HEAD, a file from audit export
    #[arg(long, value_name = "HEAD", num_args = 0..=1)]
    #[expect(
        clippy::option_option,
        reason = "without a HEAD is another thing than not at all"
    )]
    pub verify: Option<Option<Source>>,
    /// What else to do with it.
    #[command(subcommand)]
    pub task: Option<AuditTask>,
}

/// What else to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditTask {
    /// Write the log and its signed head to files
    Export(AuditExport),
}

/// Write the audit log.
#[derive(Args, Debug)]
#[command(after_help = "\
The log is one JSON object per line. The head is small and signed: kept elsewhere, it shows later
whether anything before it was changed.

Examples:
  keyferry-authority --data acme audit export --out audit.jsonl --head audit.head
  keyferry-authority --data acme audit export >audit.jsonl")]
pub struct AuditExport {
    /// The file for the log, or a folder; standard output unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<Destination>,
    /// The file for its signed head, or a folder
    #[arg(long, value_name = "FILE")]
    pub head: Option<Destination>,
}
