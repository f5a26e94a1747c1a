//! Saying things to a person or to a program, reading what they bring, and asking.

use std::io::{self, ErrorKind, Read, Write};

use keyferry_catalogue::{Code, Exit, Language, Problem};

use crate::input::{open_file, read_file, read_stream};
use crate::reply::{Opening, joined};
use crate::visible::{visible, visible_json};
use crate::{Failure, MAX_INPUT, Manner, ReadFault, Reply, Results, Source, Streams, WriteFault};

/// The language in which the command lines speak.
pub const LANGUAGE: Language = Language::En;

/// The most that an answer to a question is read of, in bytes.
const LONGEST_ANSWER: usize = 4096;

/// A command's connection to whoever called it.
pub struct Terminal<'t, 's> {
    streams: &'t mut Streams<'s>,
    json: bool,
    asks: bool,
    input_used: bool,
}

impl<'t, 's> Terminal<'t, 's> {
    /// Over these streams, in the manner that the call asked for.
    pub fn new(streams: &'t mut Streams<'s>, manner: &Manner) -> Self {
        let asks = streams.interactive && !manner.no_input && !manner.json;
        Self {
            streams,
            json: manner.json,
            asks,
            input_used: false,
        }
    }

    /// Says a line to a person; programs that asked for JSON are not told.
    pub fn say(&mut self, line: &str) {
        if !self.json {
            self.message(line);
        }
    }

    /// Says a line that is to be seen in logs, too.
    pub fn warn(&mut self, line: &str) {
        self.message(line);
    }

    /// Reads a FILE of at most [`MAX_INPUT`] bytes.
    ///
    /// # Errors
    /// `file_not_found`, `file_unreadable`, `too_large`; `usage` when standard input was read
    /// before.
    pub fn read(&mut self, source: &Source) -> Result<Vec<u8>, Failure> {
        match source {
            Source::File(path) => Ok(read_file(path, MAX_INPUT)?),
            Source::Stream => {
                if std::mem::replace(&mut self.input_used, true) {
                    return Err(Problem::new(Code::Usage).into());
                }
                Ok(read_stream(&mut self.streams.input, MAX_INPUT)?)
            }
        }
    }

    /// Opens a FILE of any length, to be read piece by piece.
    ///
    /// # Errors
    /// `file_not_found`, `file_unreadable`; `usage` when standard input was read before.
    pub fn open(&mut self, source: &Source) -> Result<Box<dyn Read + 's>, Failure> {
        match source {
            Source::File(path) => Ok(Box::new(open_file(path)?)),
            Source::Stream => {
                if std::mem::replace(&mut self.input_used, true) {
                    return Err(Problem::new(Code::Usage).into());
                }
                let taken = Box::new(io::empty());
                Ok(std::mem::replace(&mut self.streams.input, taken))
            }
        }
    }

    /// Whether somebody sees at a terminal how far a command is.
    pub fn is_watched(&self) -> bool {
        !self.json && (self.streams.interactive || self.streams.bold)
    }

    /// Whether there is a person to ask.
    pub fn can_ask(&self) -> bool {
        self.asks
    }

    /// Asks a person, or gives `None` where nobody can be asked.
    ///
    /// # Errors
    /// `file_unreadable` when standard input fails.
    pub fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        if !self.asks {
            return Ok(None);
        }
        // A question that cannot be shown is answered by nobody; reading then tells.
        let _ = write!(self.streams.messages, "{} ", visible(question));
        let _ = self.streams.messages.flush();
        let answer =
            read_line(&mut self.streams.input).map_err(|source| ReadFault::Unreadable {
                path: String::from("-"),
                source,
            })?;
        Ok(Some(answer))
    }

    /// Whether a person says yes to a question; nobody does where nobody can be asked.
    ///
    /// # Errors
    /// `file_unreadable` when standard input fails.
    pub fn agrees(&mut self, question: &str) -> Result<bool, Failure> {
        let answer = self.ask(&format!("{question} yes/no"))?;
        let answer = answer.unwrap_or_default().to_lowercase();
        Ok(matches!(answer.as_str(), "yes" | "y"))
    }

    /// What cannot be undone is confirmed by the option `--yes`, or by a person who is asked.
    ///
    /// # Errors
    /// `confirmation_needed`; `file_unreadable` when standard input fails.
    pub fn confirm(&mut self, yes: bool, question: &str) -> Result<(), Failure> {
        if yes || self.agrees(question)? {
            Ok(())
        } else {
            Err(Problem::new(Code::ConfirmationNeeded).into())
        }
    }

    /// Says something while a command goes on: a line of its own in JSON, or its data. `false` when
    /// nobody reads along any more, and the command may end.
    pub fn tell(&mut self, reply: &Reply) -> bool {
        self.deliver(None, &reply.body, &reply.data, Exit::Runs) == Exit::Runs
    }

    /// Ends a command: prints its data and messages, and gives the exit code.
    pub fn finish(mut self, outcome: Result<Reply, Failure>) -> Exit {
        match outcome {
            Ok(reply) => {
                for line in &reply.said {
                    self.say(line);
                }
                self.deliver(None, &reply.body, &reply.data, reply.exit)
            }
            Err(failure) => {
                self.explain(&failure);
                let exit = failure.problem.code.exit();
                self.deliver(Some(&failure.problem), &failure.body, &failure.data, exit)
            }
        }
    }

    /// Ends a command over several files. Messages were said file by file.
    pub fn finish_all(mut self, results: Results) -> Exit {
        let finished = results.finish();
        for line in finished.summary.iter().chain(&finished.said) {
            self.say(line);
        }
        let (exit, problem) = match &finished.first {
            Some((exit, problem)) => (*exit, Some(problem)),
            None => (Exit::Runs, None),
        };
        self.deliver(problem, &finished.body, &finished.data, exit)
    }

    /// Says a problem: what is the matter, the one next step, and the reference for the phone.
    pub(crate) fn explain(&mut self, failure: &Failure) {
        for line in &failure.said {
            self.say(line);
        }
        let problem = &failure.problem;
        let message = problem.message(LANGUAGE);
        if self.streams.bold {
            self.message_in("\x1b[1m", &message, "\x1b[0m");
        } else {
            self.message(&message);
        }
        if failure.has_step {
            self.message(&problem.next_step(LANGUAGE));
        }
        self.message(&format!("Reference {}", problem.code.reference()));
    }

    fn deliver(&mut self, problem: Option<&Problem>, body: &str, data: &str, exit: Exit) -> Exit {
        let written = if self.json {
            let text = visible_json(&joined(&Opening::of_command(problem), body));
            writeln!(self.streams.output, "{text}")
        } else {
            self.streams.output.write_all(data.as_bytes())
        };
        match written.and_then(|()| self.streams.output.flush()) {
            Ok(()) => exit,
            // Whoever read along has seen enough; there is nobody to tell.
            Err(fault) if fault.kind() == ErrorKind::BrokenPipe => Exit::InputOutput,
            Err(fault) => {
                let fault = WriteFault::of(&"-", fault);
                self.explain(&Failure::from(fault));
                Exit::InputOutput
            }
        }
    }

    fn message(&mut self, line: &str) {
        self.message_in("", line, "");
    }

    fn message_in(&mut self, before: &str, line: &str, behind: &str) {
        let line = visible(line);
        // Standard error may be closed; the exit code still tells.
        let _ = writeln!(self.streams.messages, "{before}{line}{behind}");
    }
}

/// A line without its end. Read byte by byte, so that nothing behind it is lost to a buffer.
fn read_line(input: &mut dyn Read) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LONGEST_ANSWER && input.read(&mut byte)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a command ends with, prints and says, with this typed at a terminal.
    fn ended(
        manner: &Manner,
        typed: &str,
        command: impl FnOnce(&mut Terminal<'_, '_>) -> Result<Reply, Failure>,
    ) -> (Exit, String, String) {
        let (mut output, mut messages) = (Vec::new(), Vec::new());
        let mut streams = Streams {
            input: Box::new(typed.as_bytes()),
            output: Box::new(&mut output),
            messages: Box::new(&mut messages),
            interactive: true,
            bold: false,
        };
        let mut terminal = Terminal::new(&mut streams, manner);
        let outcome = command(&mut terminal);
        let exit = terminal.finish(outcome);
        drop(streams);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (exit, text(output), text(messages))
    }

    fn refused(_: &mut Terminal<'_, '_>) -> Result<Reply, Failure> {
        Err(Failure::from(Problem::new(Code::ActivationSuperseded)).printing("the refusal"))
    }

    #[test]
    fn a_failure_prints_the_answer_that_says_no() {
        let (exit, output, messages) = ended(&Manner::default(), "", refused);
        assert_eq!((exit, output.as_str()), (Exit::Other, "the refusal\n"));
        assert!(messages.contains("Reference KF-209"), "{messages}");
        let json = Manner {
            json: true,
            no_input: false,
        };
        let (_, output, _) = ended(&json, "", refused);
        assert!(
            output.starts_with("{\"schema\":1,\"ok\":false,"),
            "{output}"
        );
    }

    #[test]
    fn what_is_final_is_confirmed_by_an_option_or_a_person() {
        let ask = |yes| {
            move |terminal: &mut Terminal<'_, '_>| {
                terminal.confirm(yes, "Is it?")?;
                Ok(Reply::of(&()))
            }
        };
        let manner = Manner::default();
        let (exit, _, messages) = ended(&manner, "", ask(true));
        assert_eq!((exit, messages.as_str()), (Exit::Runs, ""));
        let (exit, _, messages) = ended(&manner, "Yes\n", ask(false));
        assert_eq!((exit, messages.as_str()), (Exit::Runs, "Is it? yes/no "));
        for typed in ["no\n", "\n", "", "yes please\n"] {
            assert_eq!(ended(&manner, typed, ask(false)).0, Exit::Usage, "{typed}");
        }
        let silent = Manner {
            json: false,
            no_input: true,
        };
        let (exit, _, messages) = ended(&silent, "yes\n", ask(false));
        assert_eq!(exit, Exit::Usage);
        assert!(messages.contains("Reference KF-703"), "{messages}");
        assert!(!messages.contains("yes/no"), "{messages}");
    }
}
