//! Who asks, through which scope: what the server functions of this page share.

use crate::AppError;
use crate::activity::histogram::frame::{frame_of, within};
use crate::context::RequestContext;
use domain::query::QueryError;
use domain::view::ActivityPage;
use domain::{Cursor, Direction, Filter, Problem, TimeRange};
use storage::{Page, Scope, Storage};

/// How many rows a page of the list has.
const PAGE_ROWS: u32 = 100;
/// How many bars the histogram has at most.
pub const MAX_BARS: u32 = 190;

/// The storage and the scope of who is signed in.
pub struct Asking {
    pub storage: Storage,
    pub scope: Scope,
}

impl Asking {
    /// Of the request that is being answered.
    pub fn now() -> Result<Self, AppError> {
        let context = RequestContext::current();
        let scope = context.scope()?;
        Ok(Self {
            storage: context.storage,
            scope,
        })
    }

    /// The query as a filter.
    pub fn filter(&self, q: &str) -> Result<Filter, Vec<QueryError>> {
        self.storage.filter(&self.scope, q)
    }

    /// The newest mark. Taken before the list is read, so that nothing falls between the two.
    pub async fn mark(&self, is_wanted: bool) -> Result<Option<String>, AppError> {
        Ok(if is_wanted {
            Some(self.storage.current_mark(&self.scope).await?)
        } else {
            None
        })
    }

    /// A page of the list.
    pub async fn page(
        &self,
        filter: &Filter,
        direction: Direction,
        after: Option<String>,
    ) -> Result<ActivityPage, AppError> {
        let page = page_after(after, direction)?;
        Ok(self
            .storage
            .list_activities(&self.scope, filter, page)
            .await?)
    }

    /// What the store's clock adds to UTC at the ends of what is selected, in minutes.
    pub fn offsets_at(&self, selection: Option<TimeRange>) -> [i32; 2] {
        let range = selection.unwrap_or(TimeRange::ALL);
        self.storage.offsets_at(&self.scope, range)
    }

    /// The filter whose time is the frame of the bars, and what the query itself selects.
    pub fn framed(
        &self,
        q: &str,
        frame: Option<TimeRange>,
    ) -> Result<(Filter, Option<TimeRange>), Vec<QueryError>> {
        let filter = self.filter(q)?;
        let now = self.storage.ambient().clock.now().timestamp_micros();
        let selection = Some(filter.time_range()).filter(|range| *range != TimeRange::ALL);
        Ok(match selection {
            None => (filter, None),
            Some(selection) => (
                within(filter, frame_of(selection, frame, now)),
                Some(selection),
            ),
        })
    }
}

/// The page after a cursor, as it came from the browser; the first one when there is none.
pub fn page_after(after: Option<String>, direction: Direction) -> Result<Page, AppError> {
    let after = after
        .map(|text| Cursor::parse(&text))
        .transpose()
        .map_err(|_| Problem::invalid_cursor("after", "next"))?;
    Ok(Page {
        after,
        direction,
        limit: PAGE_ROWS,
    })
}
