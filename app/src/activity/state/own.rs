//! What this log has of its own, for what all logs share.

use super::Log;
use crate::AppError;
use crate::activity::address::Address;
use crate::activity::any_log::{AnyLog, IdOf, Parts};
use crate::activity::browser;
use crate::activity::calls::{self, Plot};
use crate::activity::loaded::PageOf;
use crate::i18n::tr;
#[cfg(not(feature = "ssr"))]
use chrono::NaiveDate;
#[cfg(not(feature = "ssr"))]
use domain::Direction;
use domain::TimeRange;
use domain::view::{ActivityRow, Count, Facets};
use leptos::prelude::*;

impl AnyLog for Log {
    type Row = ActivityRow;
    type Facets = Facets;
    type Wanted = Address;

    fn parts(self) -> Parts<ActivityRow, Address, Facets> {
        self.parts
    }

    fn list_href(self) -> String {
        self.address.with(|address| address.list().href())
    }

    fn row_href(self, id: IdOf<Self>) -> String {
        self.address.with(|address| address.with_entry(id).href())
    }

    fn has_open(self) -> bool {
        self.address
            .with_untracked(|address| address.entry.is_some())
    }

    async fn page_after(
        wanted: Address,
        cursor: String,
    ) -> Result<Option<PageOf<ActivityRow>>, AppError> {
        let answer = calls::list(wanted.q, wanted.direction, Some(cursor)).await;
        Ok(answer?.into_found().map(|listing| listing.page.into()))
    }

    async fn facets_of(q: String) -> Option<Facets> {
        calls::facets(q).await.ok()?.into_found()
    }

    async fn bars_of(q: String, frame: Option<TimeRange>) -> Option<Plot> {
        calls::histogram(q, frame).await.ok()?.into_found()
    }

    fn query_of(wanted: &Address) -> &str {
        &wanted.q
    }

    async fn count(q: String) -> Result<Count, AppError> {
        calls::count(q).await
    }

    fn reload(self) {
        self.load(self.wanted.get_untracked());
        self.read_counts();
    }

    fn copy(self, text: String) {
        browser::copy(&text, move |is_allowed| {
            self.say(if is_allowed {
                tr!(self.locale, activity.copied)
            } else {
                tr!(self.locale, activity.not_copied)
            });
        });
    }

    fn rows_came(self) {
        self.read_days();
    }

    #[cfg(not(feature = "ssr"))]
    fn read_opened(self) {
        if let Some(id) = self.opened.try_get_untracked().flatten() {
            self.read_entry(id, id.to_string());
        }
    }

    #[cfg(not(feature = "ssr"))]
    fn count_again(self) {
        self.read_counts();
        let days: Vec<NaiveDate> = self.list.loaded.with_untracked(|loaded| {
            let newest = loaded.days();
            match self.shown.with_untracked(|shown| shown.direction) {
                Direction::Newest => newest.take(2).collect(),
                Direction::Oldest => Vec::new(),
            }
        });
        self.count_days(&days);
    }
}
