//! `keyferry-authority courier`: answers everything that a courier brings.

use keyferry_authority::{Authority, Brought, CourierRound, RealMedium};
use keyferry_terminal::{Failure, Reply, Results, Terminal, write_file};
use serde::Serialize;

use super::{answers::Answers, receive::told};
use crate::call::Courier;

#[derive(Serialize)]
struct RoundView {
    answered: usize,
    refused: usize,
    damaged: usize,
    for_others: usize,
    sheet: Option<String>,
    sheet_text: Option<String>,
}

#[derive(Serialize)]
struct AnswerView {
    answer: Option<String>,
}

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    courier: &Courier,
) -> Result<Results, Failure> {
    let round = authority
        .answer_courier(&RealMedium, &courier.dir)
        .await
        .map_err(|fault| fault.problem())?;
    let mut results = Results::default();
    let to = courier.sheet.as_ref().map(|to| to.file("results.html"));
    let view = RoundView {
        sheet_text: matches!(to, Some(None)).then(|| round.sheet.clone()),
        ..view(&round)
    };
    results.showing(&view);
    if round.brought.is_empty() {
        results.saying("Nothing on it is for this authority.");
    }
    for line in lines(&view) {
        results.saying(line);
    }
    let CourierRound {
        brought,
        sheet,
        trouble,
        ..
    } = round;
    for one in brought {
        let file = one.file.display().to_string();
        results.add(terminal, &file, reply(one));
    }
    if let Some(fault) = trouble {
        results.failing(terminal, fault.problem());
    }
    match to {
        None => {}
        Some(None) => results.copying(&sheet),
        Some(Some(file)) => {
            if let Err(fault) = write_file(&file, sheet.as_bytes()) {
                results.failing(terminal, fault.problem());
            }
        }
    }
    Ok(results)
}

/// What came of one token, as from `receive`, with where its answer is on the courier.
fn reply(one: Brought) -> Result<Reply, Failure> {
    let answer = AnswerView {
        answer: one.answer.as_ref().map(|file| file.display().to_string()),
    };
    match told(one.received, &mut Answers::Courier(one.answer)) {
        Ok(reply) => Ok(reply.briefly().showing(&answer)),
        Err(failure) => Err(failure.showing_also(&answer)),
    }
}

fn view(round: &CourierRound) -> RoundView {
    let count = |of: fn(&Brought) -> bool| round.brought.iter().filter(|one| of(one)).count();
    let (refused, damaged) = (count(Brought::is_refused), count(Brought::is_damaged));
    RoundView {
        answered: round.brought.len() - refused - damaged,
        refused,
        damaged,
        for_others: round.for_others,
        sheet: round
            .trouble
            .is_none()
            .then(|| round.sheet_file.display().to_string()),
        sheet_text: None,
    }
}

fn lines(round: &RoundView) -> Vec<String> {
    let mut lines = Vec::new();
    if round.for_others > 0 {
        lines.push(format!(
            "For other vendors, and left as it is: {}.",
            round.for_others
        ));
    }
    if let Some(sheet) = &round.sheet {
        lines.push(format!("A sheet to print is at {sheet}"));
    }
    if round.sheet.is_some() && round.answered + round.refused > 0 {
        lines.push(String::from(
            "Next: plug the courier into each computer again; each takes its own answer.",
        ));
    }
    lines
}
