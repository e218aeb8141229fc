//! What this log has of its own, for what all logs share.

use super::{MessageLog, plot_of};
use crate::AppError;
use crate::activity::any_log::{AnyLog, IdOf, Parts};
use crate::activity::browser;
use crate::activity::calls::Answer;
use crate::activity::histogram::bars::frame;
use crate::activity::loaded::PageOf;
use crate::i18n::tr;
use crate::messages::calls;
use domain::view::{Count, MessageRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl AnyLog for MessageLog {
    type Row = MessageRow;
    type Wanted = String;

    fn parts(self) -> Parts<MessageRow> {
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

    fn shown(self) -> RwSignal<String> {
        self.shown
    }

    fn list_href(self) -> String {
        self.address.with(|address| address.list().href())
    }

    fn row_href(self, id: IdOf<Self>) -> String {
        self.address.with(|address| address.with_message(id).href())
    }

    fn has_open(self) -> bool {
        self.address
            .with_untracked(|address| address.message.is_some())
    }

    async fn page_after(wanted: String, cursor: String) -> Option<PageOf<MessageRow>> {
        match calls::list(wanted, Some(cursor)).await {
            Ok(Answer::Found(listing)) => Some(listing.page.into()),
            _ => None,
        }
    }

    fn query_of(wanted: &String) -> &str {
        wanted
    }

    async fn count(q: String) -> Result<Count, AppError> {
        calls::count(q).await
    }

    fn reload(self) {
        self.load(self.address.with_untracked(|address| address.q.clone()));
        self.read_counts();
    }

    fn read_counts(self) {
        let q = self.address.with_untracked(|address| address.q.clone());
        let is_same =
            move |q: &str| self.address.try_with_untracked(|address| address.q == q) == Some(true);
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
            if let Ok(Answer::Found(bars)) = calls::histogram(q.clone(), kept).await
                && is_same(&q)
            {
                self.plot.set(Some(plot_of(bars)));
            }
        });
    }

    fn copy(self, text: String) {
        browser::copy(&text, move |is_copied| {
            if is_copied {
                self.tell(tr!(self.locale, common.copied).to_owned());
            }
        });
    }

    #[cfg(not(feature = "ssr"))]
    fn read_opened(self) {
        if let Some(id) = self.opened.try_get_untracked().flatten() {
            self.read_message(id, id.to_string());
        }
    }
}
