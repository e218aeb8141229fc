//! A walk along a log's time index: columns decide what they can, the filter decides the rest, on a bounded
//! number of entries.

use super::filter::{Log, push_conditions};
use crate::log::{uuid_of, zone};
use crate::record::watch::{entry_of, event_of};
use crate::sql::{sql, values};
use crate::{Error, Page, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::entry::{EntryFacts, EntryFilter};
use domain::request::RequestEntry;
use domain::security::SecurityEvent;
use domain::view::{Count, Histogram, LogFacet, LogFacets};
use domain::{Cursor, Direction, OrderKey, Outcome, Permission, Seq};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// How many entries a count or histogram looks through.
const LOOKED_THROUGH: usize = 20_000;
/// How many entries a page looks through: few, since the browser goes on by itself.
const LOOKED_THROUGH_BY_PAGE: usize = 1_000;
const CHUNK: i64 = 500;

#[derive(FromQueryResult)]
pub(super) struct Columns {
    pub(super) order_key: i64,
    seq: i64,
    id: Vec<u8>,
    body: String,
}

/// An entry of either log.
pub(crate) struct Found {
    pub(crate) order_key: OrderKey,
    pub(crate) seq: Seq,
    pub(crate) id: Uuid,
    pub(crate) entry: Entry,
    pub(crate) facts: EntryFacts,
}

pub(crate) enum Entry {
    Security(Box<SecurityEvent>),
    Request(Box<RequestEntry>),
}

/// A page of a log.
pub(super) struct Part {
    pub(super) found: Vec<Found>,
    /// The cursor of the next page.
    pub(super) next: Option<String>,
    /// How far the search came, when it stopped before a page was full.
    pub(super) searched_to: Option<DateTime<Utc>>,
}

/// How much of a log a walk takes in: entries after a key in an order, so many at most, out of so many looked at.
struct Stretch {
    after: Option<OrderKey>,
    direction: Direction,
    most: usize,
    bound: usize,
}

impl Stretch {
    /// Whatever is found among the newest.
    const NEWEST: Self = Self {
        after: None,
        direction: Direction::Newest,
        most: usize::MAX,
        bound: LOOKED_THROUGH,
    };
}

/// What a walk found.
#[derive(Default)]
struct Walked {
    found: Vec<Found>,
    /// Where it stopped before the end.
    stopped_at: Option<OrderKey>,
}

impl Log {
    pub(super) const fn permission(self) -> Permission {
        match self {
            Self::Security => Permission::ReadSecurity,
            Self::Requests => Permission::ReadRequests,
        }
    }

    pub(super) const fn select(self) -> &'static str {
        match self {
            Self::Security => {
                "SELECT e.order_key, e.seq, e.id, p.body FROM security_event e JOIN payload p ON p.seq = e.seq"
            }
            Self::Requests => "SELECT e.order_key, e.seq, e.id, e.body FROM request_entry e",
        }
    }

    const fn first(self) -> &'static str {
        match self {
            Self::Security => "SELECT MIN(order_key) FROM security_event WHERE store_id = ?",
            Self::Requests => "SELECT MIN(order_key) FROM request_entry WHERE store_id = ?",
        }
    }

    pub(super) fn found(self, c: Columns) -> Result<Found, Error> {
        let id = uuid_of(&c.id)?;
        let (entry, facts) = match self {
            Self::Security => {
                let event = event_of(&c.body)?;
                let facts = event.facts(id);
                (Entry::Security(Box::new(event)), facts)
            }
            Self::Requests => {
                let entry = entry_of(&c.body)?;
                let facts = entry.facts();
                (Entry::Request(Box::new(entry)), facts)
            }
        };
        Ok(Found {
            order_key: OrderKey(c.order_key),
            seq: Seq(c.seq),
            id,
            entry,
            facts,
        })
    }
}

impl Found {
    /// How it counts in a histogram: held back and refused between done and failed.
    fn outcome(&self) -> Outcome {
        use domain::security::SecurityOutcome as S;
        match &self.entry {
            Entry::Security(event) => match event.outcome {
                S::Success => Outcome::Success,
                S::Denied => Outcome::Pending,
                S::Failed => Outcome::Failed,
            },
            Entry::Request(entry) => match entry.status {
                500.. => Outcome::Failed,
                400..=499 => Outcome::Pending,
                _ => Outcome::Success,
            },
        }
    }
}

impl Storage {
    /// Entries of a stretch that the filter lets through.
    async fn walk(
        &self,
        scope: &Scope,
        log: Log,
        filter: &EntryFilter,
        stretch: Stretch,
    ) -> Result<Walked, Error> {
        scope.require(log.permission())?;
        let is_masked = scope.role().is_masked();
        let most = stretch.most;
        let (step, order) = match stretch.direction {
            Direction::Newest => (" AND e.order_key < ", " ORDER BY e.order_key DESC LIMIT "),
            Direction::Oldest => (" AND e.order_key > ", " ORDER BY e.order_key LIMIT "),
        };
        let mut walked = Walked::default();
        let (mut after, mut looked) = (stretch.after, 0);
        loop {
            let mut statement = sql(self.readers().get_database_backend(), log.select(), []);
            statement
                .push(" WHERE e.store_id = ")
                .bind(scope.store_id().0);
            push_conditions(log, filter, is_masked, &mut statement);
            if let Some(after) = after {
                statement.push(step).bind(after.0);
            }
            // A page without a search is one small read.
            let chunk = CHUNK.min(i64::try_from(most).unwrap_or(CHUNK).max(50));
            statement.push(order).bind(chunk);
            let columns: Vec<Columns> = statement.all(self.readers()).await?;
            let count = columns.len();
            for c in columns {
                after = Some(OrderKey(c.order_key));
                let found = log.found(c)?;
                if filter.matches(&found.facts, is_masked) {
                    walked.found.push(found);
                    if walked.found.len() >= most {
                        return Ok(walked);
                    }
                }
            }
            looked += count;
            if (count as i64) < chunk {
                return Ok(walked);
            }
            if looked >= stretch.bound {
                walked.stopped_at = after;
                return Ok(walked);
            }
        }
    }

    /// A page: what was found, the next cursor, and how far the search came.
    pub(super) async fn page_of(
        &self,
        scope: &Scope,
        log: Log,
        filter: &EntryFilter,
        page: Page,
    ) -> Result<Part, Error> {
        let direction = page.after.map_or(page.direction, |cursor| cursor.direction);
        let limit = page.limit.clamp(1, 1_000) as usize;
        let stretch = Stretch {
            after: page.after.map(|cursor| cursor.after),
            direction,
            most: limit + 1,
            bound: LOOKED_THROUGH_BY_PAGE,
        };
        let mut walked = self.walk(scope, log, filter, stretch).await?;
        let has_more = walked.found.len() > limit;
        walked.found.truncate(limit);
        let last = if has_more {
            walked.found.last().map(|found| found.order_key)
        } else {
            walked.stopped_at
        };
        Ok(Part {
            next: last.map(|after| Cursor { after, direction }.to_string()),
            searched_to: walked
                .stopped_at
                .filter(|_| !has_more)
                .map(|key| zone::time_of(key.micros())),
            found: walked.found,
        })
    }

    pub(super) async fn count_of(
        &self,
        scope: &Scope,
        log: Log,
        filter: &EntryFilter,
    ) -> Result<Count, Error> {
        let walked = self.walk(scope, log, filter, Stretch::NEWEST).await?;
        Ok(Count {
            count: walked.found.len() as u64,
            is_exact: walked.stopped_at.is_none(),
        })
    }

    /// How many match, and for each member of each closed list how many would, whatever the query asks of that
    /// list itself.
    pub(super) async fn facets_of(
        &self,
        scope: &Scope,
        log: Log,
        filter: &EntryFilter,
        lists: &[(&'static str, &'static [&'static str])],
    ) -> Result<LogFacets, Error> {
        let is_masked = scope.role().is_masked();
        let open = lists.iter().fold(filter.clone(), |filter, (name, _)| {
            filter.without_members(name)
        });
        let walked = self.walk(scope, log, &open, Stretch::NEWEST).await?;
        let mut facets = LogFacets::default();
        facets.matching.is_exact = walked.stopped_at.is_none();
        facets.matching.count = walked
            .found
            .iter()
            .filter(|found| filter.matches(&found.facts, is_masked))
            .count() as u64;
        for (name, words) in lists {
            let others = filter.without_members(name);
            let mut counts = vec![0; words.len()];
            for found in &walked.found {
                if !others.matches(&found.facts, is_masked) {
                    continue;
                }
                let held = found.facts.members.iter().find(|(kind, _)| kind == name);
                let bits = held.map_or(0, |(_, bits)| *bits);
                for (number, count) in counts.iter_mut().enumerate() {
                    *count += u64::from(bits >> number & 1);
                }
            }
            facets
                .values
                .extend(words.iter().zip(counts).map(|(word, count)| LogFacet {
                    qualifier: (*name).to_owned(),
                    value: (*word).to_owned(),
                    count,
                }));
        }
        Ok(facets)
    }

    pub(super) async fn histogram_of(
        &self,
        scope: &Scope,
        log: Log,
        filter: &EntryFilter,
        buckets: u32,
    ) -> Result<Histogram, Error> {
        scope.require(log.permission())?;
        let row = sql(
            self.readers().get_database_backend(),
            log.first(),
            values![scope.store_id().0],
        )
        .row(self.readers())
        .await?;
        let first: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        let first = first.map(|key| zone::time_of(OrderKey(key).micros()));
        let mut histogram = self.empty_histogram(scope, filter.time_range(), first, buckets);
        let walked = self.walk(scope, log, filter, Stretch::NEWEST).await?;
        for found in &walked.found {
            crate::log::add_to_histogram(
                &mut histogram.buckets,
                found.order_key.micros(),
                found.outcome(),
            );
        }
        if let Some(stopped_at) = walked.stopped_at {
            histogram.is_exact = false;
            histogram.counted_from = Some(zone::time_of(stopped_at.micros()));
        }
        Ok(histogram)
    }
}
