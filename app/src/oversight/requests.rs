//! The operations log: each call to the admin panel and API.

mod behind;
mod calls;
mod detail;
mod kind;
mod missing;
mod words;

use super::parts::{ip_cell, time_cell, who_cell};
use super::state::Watch;
use super::table::opener;
use super::watched::{Asked, Tabs, Watched};
use crate::activity::calls::{Answer, Plot};
use crate::activity::loaded::{LogRow, PageOf};
use crate::activity::search::Kind;
use crate::activity::words::number;
use crate::i18n::{Locale, tr};
use crate::icons::{Glyph, Icon};
pub use behind::call_behind;
use chrono::{DateTime, Utc};
use domain::export::Source;
use domain::request::Surface;
#[cfg(not(feature = "ssr"))]
use domain::view::WatchEvent;
use domain::view::{Count, LogFacets, RequestDetail, RequestPage, RequestRow, Viewer};
use domain::{Permission, Seq, TimeRange};
use leptos::prelude::*;
use std::sync::Arc;
use uuid::Uuid;
use words::{status_mark, status_words, surface_label, took};

impl LogRow for RequestRow {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.id
    }

    fn moment(&self) -> (DateTime<Utc>, i32) {
        (self.occurred_at, self.offset_minutes)
    }

    fn seq(&self) -> Option<Seq> {
        None
    }
}

impl From<RequestPage> for PageOf<RequestRow> {
    fn from(page: RequestPage) -> Self {
        Self::new(page.rows, page.next, page.searched_to)
    }
}

impl Watched for RequestRow {
    type Page = RequestPage;
    type Detail = RequestDetail;

    const PATH: &'static str = "/requests";
    const TOPIC: &'static str = "requests";
    const SOURCE: Source = Source::Requests;
    const NEEDS: Permission = Permission::ReadRequests;
    const HAS_BARS: bool = true;
    const TABLE: &'static str = "calls";

    fn kind() -> &'static Kind {
        &kind::REQUESTS
    }

    fn title(locale: Locale) -> &'static str {
        tr!(locale, oversight.requests.title)
    }

    fn mark(_locale: Locale) -> Option<(Glyph, &'static str)> {
        None
    }

    fn tabs(locale: Locale) -> Tabs {
        Tabs {
            qualifier: "surface",
            label: tr!(locale, oversight.requests.surface),
            values: Surface::ALL
                .iter()
                .map(|surface| (surface.as_str(), surface_label(locale, *surface)))
                .collect(),
        }
    }

    fn heads(locale: Locale) -> Vec<(&'static str, &'static str)> {
        vec![
            ("c-time", tr!(locale, activity.column.time)),
            ("c-actor", tr!(locale, oversight.column.who)),
            ("c-method", tr!(locale, oversight.column.method)),
            ("c-what", tr!(locale, oversight.column.path)),
            ("c-effects", tr!(locale, oversight.column.effects)),
            ("c-took", tr!(locale, oversight.requests.took)),
            ("c-outcome", tr!(locale, oversight.requests.status)),
            ("c-ip", tr!(locale, activity.column.ip)),
        ]
    }

    fn cells(log: Watch<Self>, row: &Self) -> AnyView {
        let path = row.path.clone();
        let link = opener(
            log,
            row.id,
            view! { <bdi dir="ltr">{path}</bdi> }.into_any(),
        );
        let effects = (row.effects > 0).then(|| {
            let effects = u64::from(row.effects);
            let title = tr!(log.locale, oversight.requests.caused, count = effects);
            let words = title.clone();
            view! { <span title=title>{number(effects)} <span class="vh">" " {words}</span></span> }
        });
        let words = status_words(log.locale, row.status);
        let is_slow = row.duration_us >= 500_000;
        let status = match status_mark(row.status) {
            None => view! {
                <span class="dim" title=words>
                    {row.status}
                </span>
            }
            .into_any(),
            Some((class, glyph)) => view! {
                <span class=format!("chip {class}") title=words>
                    <Icon glyph />
                    {row.status}
                </span>
            }
            .into_any(),
        };
        view! {
            {time_cell(log, row)}
            {who_cell(log, &row.actor, None)}
            <td role="cell" class="method">
                <code dir="ltr">{row.method.clone()}</code>
            </td>
            <td role="cell" class="what">
                <div>{link}</div>
            </td>
            <td role="cell" class="effects">
                {effects}
            </td>
            <td role="cell" class="took" class:slow=is_slow>
                <bdi dir="ltr">{took(row.duration_us)}</bdi>
            </td>
            <td role="cell" class="outcome">
                {status}
            </td>
            {ip_cell(row.ip.clone())}
        }
        .into_any()
    }

    fn sentence(locale: Locale, row: &Self) -> String {
        let words = status_words(locale, row.status);
        let time = took(row.duration_us);
        tr!(
            locale,
            oversight.requests.sentence,
            words = words,
            status = row.status,
            took = time
        )
    }

    fn row_of(detail: &RequestDetail) -> &Self {
        &detail.row
    }

    fn evidence(log: Watch<Self>, detail: Arc<RequestDetail>) -> AnyView {
        detail::evidence(log, &detail)
    }

    fn above(log: Watch<Self>, _viewer: &Viewer) -> AnyView {
        missing::notice(log)
    }

    fn list(q: String, after: Option<String>) -> Asked<Answer<RequestPage>> {
        Box::pin(calls::list(q, after))
    }

    fn facets(q: String) -> Asked<Answer<LogFacets>> {
        Box::pin(calls::facets(q))
    }

    fn bars(q: String, frame: Option<TimeRange>) -> Asked<Answer<Plot>> {
        Box::pin(calls::histogram(q, frame))
    }

    fn count(q: String) -> Asked<Count> {
        Box::pin(calls::count(q))
    }

    fn read(id: Uuid) -> Asked<Option<RequestDetail>> {
        Box::pin(calls::detail(id))
    }

    #[cfg(not(feature = "ssr"))]
    fn heard(event: WatchEvent) -> Option<Self> {
        match event {
            WatchEvent::RequestAdded { row } => Some(*row),
            WatchEvent::SecurityAdded { .. } | WatchEvent::Reload => None,
        }
    }
}
