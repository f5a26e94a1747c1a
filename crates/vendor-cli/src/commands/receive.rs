//! `keyferry-authority receive`: answers what computers ask.

use std::path::PathBuf;

use keyferry_authority::{Answer, AnswerOutcome, Authority, Origin, Received, Refused};
use keyferry_catalogue::Problem;
use keyferry_picture::qr_text;
use keyferry_terminal::{
    Destination, Failure, LANGUAGE, Reply, Results, Source, Terminal, TokenView, make_folder,
    write_file,
};
use serde::Serialize;

use crate::Outcome;
use crate::call::Receive;
use crate::views::AnswerView;

#[derive(Serialize)]
struct RefusedView {
    token_id: Option<String>,
    label: Option<String>,
    customer_is_told: &'static str,
}

/// Where answers go.
enum Place<'p> {
    /// To standard output.
    Stream,
    /// Each into a file of its own in a folder.
    Folder(&'p Destination),
    /// All into one file, one text after the other.
    File(PathBuf, String),
}

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    receive: &Receive,
) -> Result<Outcome, Failure> {
    let mut place = place(receive)?;
    let mut results = Results::default();
    let mut single = None;
    for file in &receive.files {
        let mut outcomes = match read(terminal, file) {
            Ok(bytes) => {
                let received = authority.receive(&bytes, &Origin::Local).await;
                received
                    .into_iter()
                    .map(|one| told(one, &mut place))
                    .collect()
            }
            Err(failure) => vec![Err(failure)],
        };
        if receive.files.len() == 1 && outcomes.len() == 1 {
            single = outcomes.pop();
        }
        for outcome in outcomes {
            results.add(terminal, &file.to_string(), outcome);
        }
    }
    if let Place::File(file, text) = &place
        && !text.is_empty()
    {
        write_file(file, text.as_bytes())?;
    }
    match single {
        Some(outcome) => outcome.map(Outcome::One),
        None => Ok(Outcome::Several(results)),
    }
}

/// What is in a file, or in the QR code of a picture.
fn read(terminal: &mut Terminal<'_, '_>, file: &Source) -> Result<Vec<u8>, Failure> {
    let bytes = terminal.read(file)?;
    match qr_text(&bytes) {
        Some(text) => Ok(text.map_err(Problem::from)?.into_bytes()),
        None => Ok(bytes),
    }
}

/// Several files are answered into a folder, which is made; one file into a file or a folder that
/// is there.
fn place(receive: &Receive) -> Result<Place<'_>, Failure> {
    Ok(match &receive.out {
        None | Some(Destination::Stream) => Place::Stream,
        Some(out @ Destination::Path(path)) => {
            if receive.files.len() > 1 {
                make_folder(path)?;
            }
            if path.is_dir() {
                Place::Folder(out)
            } else {
                Place::File(path.clone(), String::new())
            }
        }
    })
}

fn told(received: Received, place: &mut Place<'_>) -> Result<Reply, Failure> {
    match received {
        Received::Answered(answer) => answered(&answer, place),
        Received::Refused(refused) => Err(refusal(*refused)),
    }
}

fn answered(answer: &Answer, place: &mut Place<'_>) -> Result<Reply, Failure> {
    let token = TokenView::new(answer.kind, answer.response, &answer.bytes);
    let text = token.text.clone();
    let reference = token.reference.clone();
    let out = match place {
        Place::Stream => None,
        Place::Folder(folder) => {
            let file = folder.file(&format!("keyferry-response-{reference}.kft"));
            if let Some(file) = &file {
                write_file(file, text.as_bytes())?;
            }
            file
        }
        Place::File(file, all) => {
            all.push_str(&text);
            Some(file.clone())
        }
    };
    let out = out.map(|file| file.display().to_string());
    let whither = out
        .as_ref()
        .map_or_else(String::new, |file| format!(": {file}"));
    let again = match answer.outcome {
        AnswerOutcome::Activated => "",
        AnswerOutcome::Moved => " (on the seat that it held before)",
        AnswerOutcome::Reissued => " (the same as before)",
    };
    let reply = Reply::of(&AnswerView::new(answer, token, out.clone()))
        .saying(format!(
            "“{}” may run {}{again}.",
            answer.label, answer.product
        ))
        .saying(format!("Activation {}", answer.activation))
        .saying(format!("Answer {reference} is ready{whither}"))
        .saying("Next: take it back to the computer.");
    Ok(if out.is_none() {
        reply.printing(text)
    } else {
        reply
    })
}

/// The vendor is told the precise cause; what the customer may be told stands beside it (rule A13).
fn refusal(refused: Refused) -> Failure {
    let customer_is_told = refused.problem.code.as_str();
    let view = RefusedView {
        token_id: refused.token.map(|token| token.to_string()),
        label: refused.label.as_ref().map(ToString::to_string),
        customer_is_told,
    };
    let hidden = refused.cause.is_some();
    let told: Problem = refused.problem.clone();
    let mut failure = Failure::from(refused.cause.unwrap_or(refused.problem)).showing(&view);
    if let Some(label) = &refused.label {
        failure = failure.saying(format!("“{label}” was not activated."));
    }
    if hidden {
        failure = failure.saying(format!(
            "The customer may be told: {}",
            told.message(LANGUAGE)
        ));
    }
    failure
}
