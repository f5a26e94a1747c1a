//! What the portal does while nobody waits for it: it makes the licenses of lists that were begun, those
//! of another portal among them that ended without a word.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keyferry_authority::ListWorker;
use keyferry_bulk::work_on_list;

use crate::{Portal, panics::caught};

/// How often it looks for a list that nobody works on, besides when somebody looks at one.
const LOOK: Duration = Duration::from_secs(10);

impl Portal {
    /// Works until it is told to stop. Run it beside [`crate::serve`]; in several portals over one
    /// database each list has one worker at a time.
    pub async fn work(self, stop: impl Future<Output = ()> + Send + 'static) {
        let Ok(worker) = ListWorker::new() else {
            tracing::error!("there is no randomness: lists are left to other portals");
            return;
        };
        let stopped = Arc::new(AtomicBool::new(false));
        let told = async {
            stop.await;
            stopped.store(true, Ordering::Relaxed);
            self.wake();
        };
        let work = async {
            while !stopped.load(Ordering::Relaxed) {
                if self.clone().work_once(worker, Arc::clone(&stopped)).await {
                    continue;
                }
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    () = self.woken() => {}
                }
            }
        };
        tokio::join!(told, work);
    }

    /// Whether there was something to do.
    fn work_once(self, worker: ListWorker, stopped: Arc<AtomicBool>) -> Work {
        Box::pin(async move {
            match caught(work_on_list(self.authority(), worker, &stopped)).await {
                Some(Ok(done)) => done,
                Some(Err(fault)) => {
                    tracing::error!(code = fault.code().as_str(), "a list does not go on");
                    false
                }
                // Over taking one or saying what came of it; it is taken up again when the hold on it is over.
                None => false,
            }
        })
    }
}

type Work = Pin<Box<dyn Future<Output = bool> + Send>>;
