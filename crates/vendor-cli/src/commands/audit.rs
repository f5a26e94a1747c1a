//! `keyferry-authority audit`: the log, its proof, and its export.

use std::io::Write;

use keyferry_authority::{AuditEntry, Authority};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{Destination, Draft, Failure, Reply, Source, Table, Terminal, write_file};
use keyferry_views::{AuditEntryView, AuditProofView, SignedAuditHeadView, audit_detail};
use serde::Serialize;
use serde_json::Value;

use super::{page_after, spoken};
use crate::call::{Audit, AuditExport, AuditTask};

/// What an export begins with (`docs/spec/audit.md`).
const BEGINNING: &[u8] = b"{\"keyferry_audit\":";

#[derive(Serialize)]
struct EntriesView {
    entries: Vec<AuditEntryView>,
}

#[derive(Serialize)]
struct ExportView {
    entries: u64,
    out: Option<String>,
    text: Option<String>,
    head: ExportedHeadView,
}

#[derive(Serialize)]
struct ExportedHeadView {
    #[serde(flatten)]
    head: SignedAuditHeadView,
    file: Option<String>,
}

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: &Audit,
) -> Result<Reply, Failure> {
    match (&call.task, &call.verify) {
        (Some(AuditTask::Export(export)), _) => self::export(authority, export).await,
        (None, Some(head)) => verify(authority, terminal, head.as_ref()).await,
        (None, None) => list(authority).await,
    }
}

async fn list(authority: &Authority) -> Result<Reply, Failure> {
    let mut table = Table::with_headings([
        "POSITION", "TIME", "BY", "ACTION", "PRODUCT", "OF", "DETAIL",
    ]);
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let page = authority
            .audit(page_after(after))
            .await
            .map_err(|fault| fault.problem())?;
        for entry in &page.items {
            table.row(row(entry));
            entries.push(AuditEntryView::from(entry));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(Reply::of(&EntriesView { entries }).printing(table.to_string()))
}

fn row(entry: &AuditEntry) -> [String; 7] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let of = None
        .or(entry.activation.map(|id| id.to_string()))
        .or(entry.entitlement.map(|id| id.to_string()))
        .or(entry.license.map(|id| id.to_string()))
        .or(entry.key.map(|id| id.to_string()));
    let detail: Vec<String> = audit_detail(&entry.detail)
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    [
        or_dash(entry.seal.map(|seal| seal.position.to_string())),
        entry.at.to_string(),
        entry.who(),
        entry.action.clone(),
        or_dash(entry.product.as_ref().map(ToString::to_string)),
        or_dash(of),
        detail.join(" "),
    ]
}

async fn verify(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    head: Option<&Source>,
) -> Result<Reply, Failure> {
    let head = match head {
        Some(file) => {
            let bytes = terminal.read(file)?;
            let head = authority.read_audit_head(&bytes).await;
            Some(head.map_err(|fault| fault.problem())?)
        }
        None => None,
    };
    let proof = authority
        .verify_audit(head.as_ref())
        .await
        .map_err(|fault| fault.problem())?;
    let reply = Reply::of(&AuditProofView::from(&proof)).saying(format!(
        "The audit log is whole (entries: {}).",
        proof.entries
    ));
    Ok(match &proof.against {
        Some(head) => reply.saying(format!(
            "It is the one whose head was taken on {} at entry {}.",
            spoken(head.taken_at()),
            head.position()
        )),
        None => reply.saying(
            "Whether its end was cut off, or all of it made anew, only a head shows: audit --verify HEAD",
        ),
    })
}

/// The head is taken first, so that the log that is written reaches at least as far.
async fn export(authority: &Authority, export: &AuditExport) -> Result<Reply, Failure> {
    let place = |to: Option<&Destination>, name: &str| to.and_then(|to| to.file(name));
    let out = place(export.out.as_ref(), "keyferry-audit.jsonl");
    let head_file = place(export.head.as_ref(), "keyferry-audit.head");
    if out.is_none() && export.head == Some(Destination::Stream) {
        return Err(Problem::new(Code::Usage).into());
    }
    let signed = authority
        .export_head()
        .await
        .map_err(|fault| fault.problem())?;
    let (entries, text) = if let Some(file) = &out {
        let mut draft = Draft::of(file, BEGINNING)?;
        let entries = lines(authority, &mut draft).await?;
        draft.keep()?;
        (entries, None)
    } else {
        let mut text = Vec::new();
        let entries = lines(authority, &mut text).await?;
        (entries, Some(String::from_utf8_lossy(&text).into_owned()))
    };
    if let Some(file) = &head_file {
        write_file(file, signed.text.as_bytes())?;
    }
    let shown =
        |file: &Option<std::path::PathBuf>| file.as_ref().map(|file| file.display().to_string());
    let view = ExportView {
        entries,
        out: shown(&out),
        text,
        head: ExportedHeadView {
            head: SignedAuditHeadView::from(&signed),
            file: shown(&head_file),
        },
    };
    Ok(told(view, export.head.as_ref()))
}

fn told(view: ExportView, head: Option<&Destination>) -> Reply {
    let mut reply = Reply::of(&view).saying(format!("The audit log has {} entries.", view.entries));
    if let Some(file) = &view.out {
        reply = reply.saying(format!("Written: {file}"));
    }
    match &view.head.file {
        Some(file) => {
            reply = reply.saying(format!("Its head: {file}")).saying(
                "Keep the head where nobody changes it; it shows later whether the log was: audit --verify HEAD",
            );
        }
        None if head.is_none() => {
            reply = reply.saying("--head FILE writes its signed head, which shows later whether the log was changed.");
        }
        None => reply = reply.printing(view.head.head.text),
    }
    reply.copying(view.text.unwrap_or_default())
}

async fn lines(authority: &Authority, output: &mut (dyn Write + Send)) -> Result<u64, Failure> {
    let last = authority
        .export_audit(output)
        .await
        .map_err(|fault| fault.problem())?;
    Ok(last.position)
}
