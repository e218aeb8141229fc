//! What this log has of its own, for what all logs share.

use super::Log;
use crate::AppError;
use crate::activity::address::Address;
use crate::activity::any_log::{AnyLog, IdOf, Parts};
use crate::activity::browser;
use crate::activity::calls::{self, Answer};
use crate::activity::histogram::bars::frame;
use crate::activity::loaded::PageOf;
use crate::i18n::tr;
#[cfg(not(feature = "ssr"))]
use chrono::NaiveDate;
#[cfg(not(feature = "ssr"))]
use domain::Direction;
use domain::view::{ActivityRow, Count};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl AnyLog for Log {
    type Row = ActivityRow;
    type Wanted = Address;

    fn parts(self) -> Parts<ActivityRow> {
        Parts {
            locale: self.locale,
            list: self.list,
            selected: self.selected,
            opened: self.opened,
            is_loading: self.is_loading,
            more: self.more,
            failure: self.failure,
            live: self.live,
            going: self.going,
        }
    }

    fn shown(self) -> RwSignal<Address> {
        self.shown
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

    async fn page_after(wanted: Address, cursor: String) -> Option<PageOf<ActivityRow>> {
        match calls::list(wanted.q, wanted.direction, Some(cursor)).await {
            Ok(Answer::Found(listing)) => Some(listing.page.into()),
            _ => None,
        }
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

    fn read_counts(self) {
        let q = self.wanted.with_untracked(|wanted| wanted.q.clone());
        let is_same =
            move |q: &str| self.wanted.try_with_untracked(|wanted| wanted.q == q) == Some(true);
        spawn_local({
            let q = q.clone();
            async move {
                if let Ok(Answer::Found(facets)) = calls::facets(q.clone()).await
                    && is_same(&q)
                {
                    self.facets.set(Some(facets));
                }
            }
        });
        let kept = self
            .plot
            .with_untracked(|plot| plot.as_ref().and_then(|p| frame(&p.histogram)));
        spawn_local(async move {
            if let Ok(Answer::Found(plot)) = calls::histogram(q.clone(), kept).await
                && is_same(&q)
            {
                self.plot.set(Some(plot));
            }
        });
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
