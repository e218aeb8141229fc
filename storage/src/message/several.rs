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
        let mut clauses = self.ended_messages(scope);
        clauses.extend(self.off(scope).map(|test| MessageClause {
            is_negated: true,
            test,
        }));
        clauses
    }

    /// The clauses that leave of what a query finds the messages that could be restarted if a provider were set up for their
    /// channel; none where each channel has one.
    pub fn without_provider(&self, scope: &Scope) -> Option<Vec<MessageClause>> {
        let test = self.off(scope)?;
        let mut clauses = self.ended_messages(scope);
        clauses.push(MessageClause {
            is_negated: false,
            test,
        });
        Some(clauses)
    }

    /// What was stopped, failed, or was not sent for want of a provider.
    fn ended_messages(&self, scope: &Scope) -> Vec<MessageClause> {
        let mut clauses = self.in_states(scope, "status:stopped,failed,not_sent");
        clauses.push(MessageClause {
            is_negated: true,
            test: MessageTest::NotSentForGood,
        });
        clauses
    }

    /// That it goes by a channel without a provider; none where each has one.
    fn off(&self, scope: &Scope) -> Option<MessageTest> {
        let off = self.not_set_up(scope.store());
        if off.is_empty() {
            return None;
        }
        let bits = off
            .iter()
            .fold(0, |bits, channel| bits | (1 << channel.number()));
        Some(MessageTest::Channel(bits))
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
        let acts_on = self.stoppable(scope);
        let selected = self.selected(scope, selection, acts_on, MAX_SEVERAL);
        let (ids, has_more) = selected.await?;
        Ok((self.stop_messages(scope, &ids).await?, has_more))
    }

    /// Restarts what a selection means, as [`Storage::stop_selected`] reads it: ten a second. When nothing is left of a query
    /// that can be restarted, those that lack a provider are told of, each with that reason.
    ///
    /// # Errors
    /// As [`Storage::stop_selected`].
    pub async fn restart_selected(
        &self,
        scope: &Scope,
        selection: &Selection,
    ) -> Result<(Done, bool), Error> {
        let acts_on = self.restartable(scope);
        let selected = self.selected(scope, selection, acts_on, MAX_SEVERAL);
        let (mut ids, has_more) = selected.await?;
        if let (Selection::Matching { .. }, false, Some(barred)) =
            (selection, has_more, self.without_provider(scope))
        {
            let left = MAX_SEVERAL.saturating_sub(ids.len());
            let (barred, _) = self.selected(scope, selection, barred, left).await?;
            ids.extend(barred);
        }
        Ok((self.restart_messages(scope, &ids).await?, has_more))
    }

    /// The messages of a selection, newest first, at most `limit`; of a query those that these clauses leave. True when there
    /// may be more.
    async fn selected(
        &self,
        scope: &Scope,
        selection: &Selection,
        acts_on: Vec<MessageClause>,
        limit: usize,
    ) -> Result<(Vec<MessageId>, bool), Error> {
        scope.require(Permission::SendMessages)?;
        let now = self.ambient().clock.now();
        let mut picked = self.pick(scope, selection, None, now).await?;
        let Picks::Messages(filter) = &mut picked.what else {
            let message = "only messages are stopped and restarted";
            return Err(Problem::field("/selection/source", "unknown", message).into());
        };
        if let Selection::Matching { .. } = selection {
            filter.clauses.extend(acts_on);
        }
        let skips = picked.skips(self.readers(), scope).await?;
        let (mut keys, mut next) = (Vec::new(), Some(None));
        while let Some(after) = next.filter(|_| keys.len() < limit) {
            let on = self.readers().into();
            let left = limit - keys.len();
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
