//! `keyferry-authority receive`: takes what computers send, and answers it.

mod refused;
mod status;
mod taken;

use keyferry_authority::{Authority, Origin, Received};
use keyferry_terminal::{Failure, Reply, Results, Terminal};

use super::answers::Answers;
use super::read;
use crate::Outcome;
use crate::call::Receive;

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    receive: &Receive,
) -> Result<Outcome, Failure> {
    let mut answers = Answers::to(receive.out.as_ref(), receive.files.len() > 1)?;
    let read: Vec<Result<Vec<u8>, Failure>> = receive
        .files
        .iter()
        .map(|file| read(terminal, file))
        .collect();
    let contents: Vec<&[u8]> = read.iter().flatten().map(Vec::as_slice).collect();
    // All at once, because deactivations in any of them come first.
    let mut received = authority
        .receive_all(&contents, &Origin::Local)
        .await
        .into_iter();
    let mut results = Results::default();
    let mut single = None;
    for (file, read) in receive.files.iter().zip(read) {
        let mut outcomes = match read {
            Ok(_) => {
                let received = received.next().unwrap_or_default();
                received
                    .into_iter()
                    .map(|one| told(one, &mut answers))
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
    answers.finish()?;
    match single {
        Some(outcome) => outcome.map(Outcome::One),
        None => Ok(Outcome::Several(results)),
    }
}

pub(super) fn told(received: Received, answers: &mut Answers<'_>) -> Result<Reply, Failure> {
    match received {
        Received::Answered(answer) => taken::answered(&answer, answers),
        Received::Deactivated(given_back) => Ok(taken::given_back(&given_back)),
        Received::TimeTold(told) => taken::time_told(&told, answers),
        Received::Status(read) => Ok(status::reply(&read)),
        Received::Refused(refused) => Err(refused::failure(*refused, answers)),
    }
}
