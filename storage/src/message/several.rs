//! Stopping and restarting several messages at once.

use crate::log::uuid_of;
use crate::select::What as Picks;
use crate::sql::sql;
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::export::Selection;
use domain::message::{MessageClause, MessageTest};
use domain::{Direction, MessageId, Permission, Problem};
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

/// What was done with several messages: each with the reason why not.
type Done = Vec<(MessageId, Result<(), Problem>)>;

impl Storage {
    /// The clauses that leave of what a query finds the messages that can be stopped.
    pub fn stoppable(&self, scope: &Scope) -> Vec<MessageClause> {
        self.in_states(scope, "status:pending")
    }

    /// The clauses that leave of what a query finds the messages that can be restarted: stopped, failed, or not sent for want
    /// of a provider; but none for a channel that has none still, since whoever calls until nothing is left would call for
    /// ever.
    pub fn restartable(&self, scope: &Scope) -> Vec<MessageClause> {
        let mut clauses = self.in_states(scope, "status:stopped,failed,not_sent");
        let without = |test| MessageClause {
            is_negated: true,
            test,
        };
        clauses.push(without(MessageTest::NotSentForGood));
        let off = self.not_set_up(scope.store());
        if !off.is_empty() {
            let bits = off
                .iter()
                .fold(0, |bits, channel| bits | (1 << channel.number()));
            clauses.push(without(MessageTest::Channel(bits)));
        }
        clauses
    }

    fn in_states(&self, scope: &Scope, states: &str) -> Vec<MessageClause> {
        // It is our own query: it is understood.
        let filter = self.message_filter(scope, states);
        filter.unwrap_or_default().clauses
    }

    /// Stops what a selection means: those picked by id, or of those that a query finds the newest that wait, at most
    /// [`MAX_SEVERAL`]. True when there may be more.
    ///
    /// # Errors
    /// As [`Storage::stop_messages`] and [`Storage::request_export`] read them.
    pub async fn stop_selected(
        &self,
        scope: &Scope,
        selection: &Selection,
    ) -> Result<(Done, bool), Error> {
        let (ids, has_more) = self.selected(scope, selection, What::Stop).await?;
        Ok((self.stop_messages(scope, &ids).await?, has_more))
    }

    /// Restarts what a selection means, as [`Storage::stop_selected`] reads it: ten a second.
    ///
    /// # Errors
    /// As [`Storage::stop_selected`].
    pub async fn restart_selected(
        &self,
        scope: &Scope,
        selection: &Selection,
    ) -> Result<(Done, bool), Error> {
        let (ids, has_more) = self.selected(scope, selection, What::Restart).await?;
        Ok((self.restart_messages(scope, &ids).await?, has_more))
    }

    /// The messages of a selection that are acted on, newest first.
    async fn selected(
        &self,
        scope: &Scope,
        selection: &Selection,
        what: What,
    ) -> Result<(Vec<MessageId>, bool), Error> {
        scope.require(Permission::SendMessages)?;
        let now = self.ambient().clock.now();
        let mut picked = self.pick(scope, selection, None, now).await?;
        let Picks::Messages(filter) = &mut picked.what else {
            let message = "only messages are stopped and restarted";
            return Err(Problem::field("/selection/source", "unknown", message).into());
        };
        if let Selection::Matching { .. } = selection {
            filter.clauses.extend(match what {
                What::Stop => self.stoppable(scope),
                What::Restart => self.restartable(scope),
            });
        }
        let skips = picked.skips(self.readers(), scope).await?;
        let (mut keys, mut next) = (Vec::new(), Some(None));
        while let Some(after) = next.filter(|_| keys.len() < MAX_SEVERAL) {
            let on = self.readers().into();
            let left = MAX_SEVERAL - keys.len();
            let part = picked.part(on, scope, &skips, after, Direction::Newest, left);
            let part = part.await?;
            keys.extend(part.keys);
            next = part.next.map(Some);
        }
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT order_key, id FROM message WHERE order_key IN ",
            [],
        );
        statement.list(keys.iter().map(|key| key.0));
        let mut found: Vec<(i64, MessageId)> = Vec::with_capacity(keys.len());
        for row in statement.rows(self.readers()).await? {
            let id = uuid_of(&row.try_get_by_index::<Vec<u8>>(1)?)?;
            found.push((row.try_get_by_index(0)?, MessageId(id)));
        }
        found.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
        Ok((
            found.into_iter().map(|(_, id)| id).collect(),
            next.is_some(),
        ))
    }

    /// Stops messages, at most [`MAX_SEVERAL`]: each for certain, or with the reason why not, in the order given.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::SendMessages`], or a fault: then some may have been stopped, and asking again
    /// is harmless.
    pub async fn stop_messages(&self, scope: &Scope, ids: &[MessageId]) -> Result<Done, Error> {
        self.each(scope, ids, What::Stop).await
    }

    /// Restarts messages, at most [`MAX_SEVERAL`], ten a second: the first is due now.
    ///
    /// # Errors
    /// As [`Storage::stop_messages`].
    pub async fn restart_messages(&self, scope: &Scope, ids: &[MessageId]) -> Result<Done, Error> {
        self.each(scope, ids, What::Restart).await
    }

    async fn each(&self, scope: &Scope, ids: &[MessageId], what: What) -> Result<Done, Error> {
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
