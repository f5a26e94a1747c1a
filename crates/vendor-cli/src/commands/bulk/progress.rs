//! How far a command is: a bar at a terminal, now and then a line elsewhere; and the wish to stop.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use keyferry_bulk::{Tally, Watch};

use super::Shared;

/// How often a line says how far it is.
const INTERVAL: Duration = Duration::from_secs(10);

/// Whoever looks on while a list is worked through.
pub(crate) struct Progress<'p, 'm, 't, 's> {
    terminal: &'p Shared<'m, 't, 's>,
    bar: Option<ProgressBar>,
    stop: Arc<AtomicBool>,
    told: Cell<Instant>,
}

impl<'p, 'm, 't, 's> Progress<'p, 'm, 't, 's> {
    /// Begins to look on. `whole` is how much there is to do, if that is known: the numbers that
    /// [`Watch::seen`] is told count towards it.
    pub(crate) fn begin(terminal: &'p Shared<'m, 't, 's>, whole: Option<u64>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let wish = Arc::clone(&stop);
        tokio::spawn(async move {
            interrupted().await;
            wish.store(true, Ordering::Relaxed);
        });
        let watched = terminal.borrow().is_watched();
        Self {
            bar: watched.then(|| bar(whole)),
            terminal,
            stop,
            told: Cell::new(Instant::now()),
        }
    }
}

impl Watch for Progress<'_, '_, '_, '_> {
    fn seen(&self, tally: &Tally, consumed: u64) {
        let mut line = format!("{} rows", tally.rows);
        let refused = tally.of("refused");
        if refused > 0 {
            line = format!("{line}, {refused} of them refused");
        }
        if let Some(bar) = &self.bar {
            bar.set_message(line);
            bar.set_position(consumed);
        } else if self.told.get().elapsed() >= INTERVAL {
            self.told.set(Instant::now());
            self.terminal
                .borrow_mut()
                .say(&format!("Done so far: {line}."));
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Progress<'_, '_, '_, '_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(whole: Option<u64>) -> ProgressBar {
    let (bar, template) = match whole {
        Some(whole) => (
            ProgressBar::new(whole),
            "{bar:40} {percent:>3} %  {msg}  {elapsed_precise}, {eta_precise} left",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {msg}  {elapsed_precise}",
        ),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Waits until the user or the system asks the program to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Nothing tells of it on this system; the program then ends as any other.
        std::future::pending::<()>().await;
    }
}
