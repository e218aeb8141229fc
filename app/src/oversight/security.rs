//! The security log: what was done to Storetrail itself. Nobody can change it.

mod calls;
mod deeds;
mod detail;
pub(super) mod findings;
mod habits;
mod kind;
pub(crate) mod words;

pub use words::sentence;

use super::parts::{ip_cell, look_alike_mark, time_cell, who_cell};
use super::state::Watch;
use super::table::opener;
use super::watched::{Asked, Tabs, Watched};
use crate::activity::calls::{Answer, Plot};
use crate::activity::loaded::{LogRow, PageOf};
use crate::activity::search::Kind;
use crate::activity::words::number;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph, Icon};
use chrono::{DateTime, Utc};
use domain::export::Source;
use domain::security::{SecurityKind, SecurityOutcome};
#[cfg(not(feature = "ssr"))]
use domain::view::WatchEvent;
use domain::view::{Count, LogFacets, SecurityDetail, SecurityPage, SecurityRow, Viewer};
use domain::{Permission, Seq, TimeRange};
use leptos::prelude::*;
use std::sync::Arc;
use uuid::Uuid;
use words::{call_of, event_label, in_words, kind_glyph, kind_label, outcome_label};

impl LogRow for SecurityRow {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.id
    }

    fn moment(&self) -> (DateTime<Utc>, i32) {
        (self.occurred_at, self.offset_minutes)
    }

    fn seq(&self) -> Option<Seq> {
        self.seq
    }
}

impl From<SecurityPage> for PageOf<SecurityRow> {
    fn from(page: SecurityPage) -> Self {
        Self::new(page.rows, page.next, page.searched_to)
    }
}

impl Watched for SecurityRow {
    type Page = SecurityPage;
    type Detail = SecurityDetail;

    const PATH: &'static str = "/security";
    const TOPIC: &'static str = "security";
    const SOURCE: Source = Source::Security;
    const NEEDS: Permission = Permission::ReadSecurity;
    const HAS_BARS: bool = false;
    const TABLE: &'static str = "events";

    fn kind() -> &'static Kind {
        &kind::SECURITY
    }

    fn title(locale: Locale) -> &'static str {
        tr!(locale, oversight.security.title)
    }

    fn mark(locale: Locale) -> Option<(Glyph, &'static str)> {
        Some((icons::LOCK, tr!(locale, oversight.security.read_only)))
    }

    fn tabs(locale: Locale) -> Tabs {
        Tabs {
            qualifier: "kind",
            label: tr!(locale, oversight.security.kind),
            values: SecurityKind::ALL
                .iter()
                .map(|kind| (kind.as_str(), kind_label(locale, *kind)))
                .collect(),
        }
    }

    fn heads(locale: Locale) -> Vec<(&'static str, &'static str)> {
        vec![
            ("c-time", tr!(locale, activity.column.time)),
            ("c-action", tr!(locale, oversight.column.event)),
            ("c-actor", tr!(locale, oversight.column.who)),
            ("c-what", tr!(locale, oversight.column.words)),
            ("c-outcome", tr!(locale, activity.column.outcome)),
            ("c-ip", tr!(locale, activity.column.ip)),
        ]
    }

    fn cells(log: Watch<Self>, row: &Self) -> AnyView {
        let locale = log.locale;
        let glyph = kind_glyph(row.kind);
        let flip = if matches!(row.kind, SecurityKind::SignIn | SecurityKind::Sessions) {
            "flip"
        } else {
            ""
        };
        let link = opener(log, row.id, in_words(locale, row).into_any());
        let times = (row.count > 1).then(|| {
            let count = u64::from(row.count);
            view! {
                <span class="times">"×" {number(count)}</span>
            }
        });
        let call = call_of(row).map(|call| {
            view! {
                <bdi class="desc" dir="ltr">{call.to_owned()}</bdi>
            }
        });
        let label = outcome_label(locale, row.outcome);
        // What is normal is quiet.
        let outcome = match row.outcome {
            SecurityOutcome::Success => view! { <span class="vh">{label}</span> }.into_any(),
            SecurityOutcome::Denied => view! {
                <span class="chip pending">
                    <Icon glyph=icons::BAN />
                    {label}
                </span>
            }
            .into_any(),
            SecurityOutcome::Failed => view! {
                <span class="chip failed">
                    <Icon glyph=icons::CIRCLE_ALERT />
                    {label}
                </span>
            }
            .into_any(),
        };
        view! {
            {time_cell(log, row)}
            <td role="cell" class="action" title=row.event.as_str()>
                <Icon glyph class=flip />
                {event_label(locale, row.event)}
            </td>
            {who_cell(log, &row.actor, row.account.as_deref())}
            <td role="cell" class="what">
                <div>{link} {look_alike_mark(locale, row.account.as_deref())} {times} {call}</div>
            </td>
            <td role="cell" class="outcome">
                {outcome}
            </td>
            {ip_cell(row.ip.clone())}
        }
        .into_any()
    }

    fn sentence(locale: Locale, row: &Self) -> String {
        sentence(locale, row)
    }

    fn row_of(detail: &SecurityDetail) -> &Self {
        &detail.row
    }

    fn evidence(log: Watch<Self>, detail: Arc<SecurityDetail>) -> AnyView {
        detail::evidence(log, &detail)
    }

    fn above(log: Watch<Self>, _viewer: &Viewer) -> AnyView {
        view! { {findings::findings(log)} {habits::habits(log)} }.into_any()
    }

    fn list(q: String, after: Option<String>) -> Asked<Answer<SecurityPage>> {
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

    fn read(id: Uuid) -> Asked<Option<SecurityDetail>> {
        Box::pin(calls::detail(id))
    }

    #[cfg(not(feature = "ssr"))]
    fn heard(event: WatchEvent) -> Option<Self> {
        match event {
            WatchEvent::SecurityAdded { row } => Some(*row),
            WatchEvent::RequestAdded { .. } | WatchEvent::Reload => None,
        }
    }
}
