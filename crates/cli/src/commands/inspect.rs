//! `keyferry inspect`: what something says and who signed it.

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::{Client, Inspection, Signer};
use keyferry_terminal::{Failure, LANGUAGE, NoteView, Reply, Results, Source, Table, Terminal};
use keyferry_token::ArtefactKind;
use serde::Serialize;

use crate::Outcome;
use crate::views::{ClaimView, claim_row};

#[derive(Serialize)]
struct InspectionView {
    kind: &'static str,
    token: Option<TokenKindView>,
    reference: Option<String>,
    vendor_id: Option<String>,
    signer: SignerView,
    trusted: bool,
    claims: Vec<ClaimView>,
    problem: Option<NoteView>,
}

#[derive(Serialize)]
struct TokenKindView {
    kind: &'static str,
}

#[derive(Serialize)]
struct SignerView {
    kind: &'static str,
    id: Option<String>,
    name: Option<String>,
}

pub(crate) fn run(client: &Client, terminal: &mut Terminal<'_, '_>, file: &Source) -> Outcome {
    let inspected = terminal.read(file).and_then(|bytes| {
        let all = client.inspect(&bytes).map_err(Problem::from)?;
        let told = |one: Result<Inspection, _>| told(&one.map_err(Problem::from)?);
        Ok(all.into_iter().map(told).collect::<Vec<_>>())
    });
    match inspected {
        Err(failure) => Outcome::One(Err(failure)),
        Ok(mut all) if all.len() == 1 => Outcome::One(all.remove(0)),
        Ok(all) => {
            let mut results = Results::default();
            for one in all {
                results.add(terminal, &file.to_string(), one);
            }
            Outcome::Several(results)
        }
    }
}

/// What is not believed ends the command with its problem; what is sealed for others, or signed by
/// a stranger, was still inspected.
fn told(inspection: &Inspection) -> Result<Reply, Failure> {
    let view = InspectionView {
        kind: inspection.kind.name(),
        token: match inspection.kind {
            ArtefactKind::Token(kind) => Some(TokenKindView { kind: kind.name() }),
            ArtefactKind::License | ArtefactKind::Profile => None,
        },
        reference: inspection.reference.clone(),
        vendor_id: inspection.vendor.map(|vendor| vendor.to_string()),
        signer: SignerView::from(&inspection.signer),
        trusted: inspection.trusted,
        claims: inspection.claims.iter().map(ClaimView::from).collect(),
        problem: inspection.problem.as_ref().map(NoteView::from),
    };
    if let (Signer::Nobody, Some(problem)) = (&inspection.signer, &inspection.problem) {
        return Err(Failure::from(problem.clone()).showing(&view));
    }
    let mut reply = Reply::of(&view).printing(table(inspection));
    if let Some(problem) = &inspection.problem {
        reply = reply
            .saying(problem.message(LANGUAGE))
            .saying(problem.next_step(LANGUAGE));
    }
    Ok(reply)
}

impl From<&Signer> for SignerView {
    fn from(signer: &Signer) -> Self {
        let (kind, id, name) = match signer {
            Signer::ThisDevice(device) => ("this_device", Some(device.to_string()), None),
            Signer::VendorKey { key, vendor } => (
                "vendor_key",
                Some(key.to_string()),
                vendor.as_ref().map(ToString::to_string),
            ),
            Signer::Sealed { recipient } => ("sealed", Some(recipient.to_string()), None),
            Signer::Nobody => ("nobody", None, None),
        };
        Self { kind, id, name }
    }
}

fn table(inspection: &Inspection) -> String {
    let mut table = Table::plain();
    for claim in &inspection.claims {
        table.row(claim_row(claim));
    }
    if inspection.claims.is_empty() {
        let kind = Phrase::named(&format!("kind_{}", inspection.kind.name()));
        let kind = kind.map_or(inspection.kind.name(), |kind| kind.text(LANGUAGE));
        table.row([Phrase::ClaimKind.text(LANGUAGE).to_owned(), kind.to_owned()]);
    }
    table.row([signer_line(&inspection.signer), signer_name(inspection)]);
    table.to_string()
}

fn signer_line(signer: &Signer) -> String {
    let phrase = match signer {
        Signer::Sealed { .. } => Phrase::ClaimRecipient,
        Signer::ThisDevice(_) | Signer::VendorKey { .. } | Signer::Nobody => Phrase::ClaimSignedBy,
    };
    phrase.text(LANGUAGE).to_owned()
}

fn signer_name(inspection: &Inspection) -> String {
    match &inspection.signer {
        Signer::ThisDevice(device) => format!("this computer ({device})"),
        Signer::VendorKey {
            key,
            vendor: Some(name),
        } => format!("{name} ({key})"),
        Signer::VendorKey { key, vendor: None } => {
            format!("a key that is not trusted here ({key})")
        }
        Signer::Sealed { recipient } => format!("the holder of the key {recipient}"),
        Signer::Nobody => Phrase::NotKnown.text(LANGUAGE).to_owned(),
    }
}
