//! What this log has of its own, for what all logs share.

use super::{MessageLog, plot_of};
use crate::AppError;
use crate::activity::any_log::{AnyLog, IdOf, Parts};
use crate::activity::browser;
use crate::activity::calls::Plot;
use crate::activity::loaded::PageOf;
use crate::i18n::tr;
use crate::messages::address::order_message_href;
use crate::messages::calls;
use domain::TimeRange;
use domain::view::{Count, MessageFacets, MessageRow};
use leptos::prelude::*;

impl AnyLog for MessageLog {
    type Row = MessageRow;
    type Facets = MessageFacets;
    type Wanted = String;

    fn parts(self) -> Parts<MessageRow, String, MessageFacets> {
        self.parts
    }

    fn list_href(self) -> String {
        self.address.with(|address| address.list().href())
    }

    fn back(self) -> Option<(String, &'static str)> {
        if !self.address.with(|address| address.is_from_thread) {
            return None;
        }
        let href = self.entry.with(|entry| {
            let detail = entry.as_ref()?.detail.as_ref()?.as_ref().ok()?.as_ref()?;
            let order = detail.row.order.as_ref()?;
            Some(order_message_href(order, detail.row.id))
        })?;
        Some((href, tr!(self.locale, messages.drawer.back_to_thread)))
    }

    fn row_href(self, id: IdOf<Self>) -> String {
        self.address.with(|address| address.with_message(id).href())
    }

    fn has_open(self) -> bool {
        self.address
            .with_untracked(|address| address.message.is_some())
    }

    async fn page_after(
        wanted: String,
        cursor: String,
    ) -> Result<Option<PageOf<MessageRow>>, AppError> {
        let answer = calls::list(wanted, Some(cursor)).await;
        Ok(answer?.into_found().map(|listing| listing.page.into()))
    }

    async fn facets_of(q: String) -> Option<MessageFacets> {
        calls::facets(q).await.ok()?.into_found()
    }

    async fn bars_of(q: String, frame: Option<TimeRange>) -> Option<Plot> {
        let bars = calls::histogram(q, frame).await.ok()?.into_found()?;
        Some(plot_of(bars))
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
