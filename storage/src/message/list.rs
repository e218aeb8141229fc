//! Pages of the message log, by keyset.

use super::plan::Plan;
use super::row;
use crate::log::tie::{Rows, at_stop};
use crate::log::{walk, zone};
use crate::{Error, Page, Scope, Storage};
use domain::export::Source;
use domain::message::{MessageFilter, MessageTest};
use domain::query::{MESSAGE, Query, QueryError};
use domain::view::MessagePage;
use domain::{Cursor, Direction};

impl Storage {
    /// The query as a filter of messages, with times resolved on the store's clock.
    ///
    /// # Errors
    /// Each mistake with its position.
    pub fn message_filter(&self, scope: &Scope, q: &str) -> Result<MessageFilter, Vec<QueryError>> {
        Query::parse_as(q, &MESSAGE).to_message_filter(
            self.ambient().clock.now(),
            &zone::of(scope.store()),
            zone::week_start(scope.store()),
        )
    }

    /// A page of the message log.
    ///
    /// # Errors
    /// When the database fails, or too many things begin with a beginning.
    pub async fn list_messages(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
        page: Page,
    ) -> Result<MessagePage, Error> {
        self.messages_within(scope, filter, page, walk::BOUND_OF_PAGE)
            .await
    }

    /// The newest that a filter finds, for who never asks for a next page: looked for twenty times as far as a page is.
    ///
    /// # Errors
    /// As [`Self::list_messages`].
    pub(crate) async fn newest_messages(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
        most: u32,
    ) -> Result<MessagePage, Error> {
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: most,
        };
        self.messages_within(scope, filter, page, walk::BOUND).await
    }

    /// A page for which so many rows are looked through.
    pub(crate) async fn messages_within(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
        page: Page,
        bound: usize,
    ) -> Result<MessagePage, Error> {
        let direction = page.after.map_or(page.direction, |cursor| cursor.direction);
        let limit = page.limit.clamp(1, 1_000) as usize;
        let plan = Plan::new(self, scope, filter).await?;
        let after = self.key_of(scope, Rows::Messages, page.after).await?;
        let mut found = plan.keys_within(after, direction, limit + 1, bound).await?;
        let has_more = found.keys.len() > limit;
        found.keys.truncate(limit);
        let stopped_at = found.stopped_at.filter(|_| !has_more);
        let last = if has_more {
            found.keys.last().copied()
        } else {
            stopped_at
        };
        let is_time_only = filter.clauses.iter().all(|clause| {
            !clause.is_negated
                && matches!(&clause.test, MessageTest::Created(ranges) if ranges.len() == 1)
        });
        let gaps = if is_time_only && scope.reads_messages() {
            let part = (after, direction, last);
            self.gaps_of_page(scope, Source::Messages, filter.time_range(), part)
                .await?
        } else {
            Vec::new()
        };
        let is_nothing = found.keys.is_empty() && last.is_none() && after.is_none();
        let was_erased = is_nothing
            && scope.reads_messages()
            && self
                .has_gaps(scope, Source::Messages, filter.time_range())
                .await?;
        let next = match last.map(|after| Cursor { after, direction }) {
            Some(cursor) if has_more => {
                Some(self.cursor_after(scope, Rows::Messages, cursor).await?)
            }
            stopped => stopped.map(|cursor| at_stop(scope, &mut found.keys, cursor)),
        };
        let mut rows = row::of_keys(self.readers(), scope, &found.keys).await?;
        self.bar_restarts(scope, &mut rows);
        Ok(MessagePage {
            rows,
            next: next.map(|cursor| cursor.to_string()),
            searched_to: stopped_at.map(|key| zone::time_of(key.micros())),
            gaps,
            was_erased,
        })
    }
}
