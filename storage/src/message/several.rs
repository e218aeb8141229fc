//! Stopping and restarting several messages at once.

use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::{MessageId, Permission, Problem};
use tokio::task::JoinSet;

/// How many messages are acted on in one call.
pub const MAX_SEVERAL: usize = 1_000;
/// How many of them are written at the same time: they share commits.
const AT_ONCE: usize = 50;
/// The time between two that are restarted, so that a provider that failed them all is not flooded, and what was
/// restarted by mistake can be stopped again.
const APART: Duration = Duration::milliseconds(100);

/// What is done with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Stop,
    Restart,
}

impl Storage {
    /// Stops messages, at most [`MAX_SEVERAL`]: each for certain, or with the reason why not, in the order given.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::SendMessages`], or a fault: then some may have been stopped, and asking again
    /// is harmless.
    pub async fn stop_messages(
        &self,
        scope: &Scope,
        ids: &[MessageId],
    ) -> Result<Vec<(MessageId, Result<(), Problem>)>, Error> {
        self.each(scope, ids, What::Stop).await
    }

    /// Restarts messages, at most [`MAX_SEVERAL`], ten a second: the first is due now.
    ///
    /// # Errors
    /// As [`Storage::stop_messages`].
    pub async fn restart_messages(
        &self,
        scope: &Scope,
        ids: &[MessageId],
    ) -> Result<Vec<(MessageId, Result<(), Problem>)>, Error> {
        self.each(scope, ids, What::Restart).await
    }

    async fn each(
        &self,
        scope: &Scope,
        ids: &[MessageId],
        what: What,
    ) -> Result<Vec<(MessageId, Result<(), Problem>)>, Error> {
        scope.require(Permission::SendMessages)?;
        let mut due_at: DateTime<Utc> = self.ambient().clock.now();
        let mut done = Vec::with_capacity(ids.len().min(MAX_SEVERAL));
        let mut rest = ids.iter().take(MAX_SEVERAL).copied().enumerate();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some((place, id)) = rest.next()
            {
                let (storage, scope, due) = (self.clone(), scope.clone(), due_at);
                due_at += APART;
                under_way.spawn(async move {
                    let outcome = match what {
                        What::Stop => storage.stop_message(&scope, id).await,
                        What::Restart => storage.restart_at(&scope, id, due).await,
                    };
                    (place, id, outcome)
                });
            }
            let Some(ended) = under_way.join_next().await else {
                break;
            };
            let (place, id, outcome) = match ended {
                Ok(ended) => ended,
                // Nothing aborts them: one that ends otherwise has panicked, which is ours to pass on.
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            };
            match outcome {
                Ok(()) => done.push((place, id, Ok(()))),
                Err(Error::Problem(problem)) => done.push((place, id, Err(problem))),
                Err(error) => return Err(error),
            }
        }
        done.sort_by_key(|(place, ..)| *place);
        Ok(done
            .into_iter()
            .map(|(_, id, outcome)| (id, outcome))
            .collect())
    }
}
