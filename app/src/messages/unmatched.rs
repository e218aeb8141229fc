//! What providers told of messages that nobody knows: a button for who manages rules, and the list it opens.

use super::calls;
use super::state::{MessageLog, use_messages};
use crate::AppError;
use crate::activity::words::moment_title;
use crate::failed::{WayOn, why};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::operations::moment_words;
use domain::Permission;
use domain::view::UnmatchedReport;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What was read so far. A handle: cheap to copy.
#[derive(Clone, Copy)]
struct Reports {
    /// The reports; none until they are asked for.
    rows: RwSignal<Option<Vec<UnmatchedReport>>>,
    /// Where they go on.
    next: RwSignal<Option<String>>,
    /// Why they could not be read.
    failure: RwSignal<Option<AppError>>,
}

impl Reports {
    fn new() -> Self {
        Self {
            rows: RwSignal::new(None),
            next: RwSignal::new(None),
            failure: RwSignal::new(None),
        }
    }

    /// Reads the first page, or the one after a cursor.
    fn read(self, after: Option<String>) {
        spawn_local(async move {
            let is_first = after.is_none();
            match calls::unmatched(after).await {
                Ok(page) => {
                    self.failure.try_set(None);
                    self.next.try_set(page.next);
                    self.rows.try_update(|rows| {
                        if is_first {
                            *rows = None;
                        }
                        rows.get_or_insert_with(Vec::new).extend(page.rows);
                    });
                }
                Err(error) => {
                    self.failure.try_set(Some(error));
                }
            }
        });
    }
}

/// The button and what it opens; nothing for a role that doesn't manage rules.
#[component]
pub fn Unmatched() -> impl IntoView {
    let log = use_messages();
    let may = |viewer: &domain::view::Viewer| viewer.may(Permission::ManageRules);
    log.viewer.with_value(may).then(|| view! { <Listed log /> })
}

#[component]
fn Listed(log: MessageLog) -> impl IntoView {
    let locale = log.locale;
    let reports = Reports::new();
    let content = move || {
        if let Some(error) = reports.failure.get() {
            let again = Callback::new(move |()| reports.read(None));
            return view! {
                <p class="hint" role="alert">
                    {why(locale, &error)} " " <WayOn code=error.code() again />
                </p>
            }
            .into_any();
        }
        reports.rows.with(|rows| match rows {
            None => {
                view! { <p><span class="skel" style="inline-size:14rem"></span></p> }.into_any()
            }
            Some(rows) if rows.is_empty() => {
                view! { <p class="hint">{tr!(locale, messages.unmatched.none)}</p> }.into_any()
            }
            Some(rows) => view! { <Shown log rows=rows.clone() /> }.into_any(),
        })
    };
    let more = move || {
        reports.next.get().map(|next| {
            view! {
                <button
                    class="btn small"
                    type="button"
                    on:click=move |_| reports.read(Some(next.clone()))
                >
                    {tr!(locale, messages.unmatched.more)}
                </button>
            }
        })
    };
    view! {
        <button
            class="btn small"
            type="button"
            popovertarget="unmatched"
            aria-label=tr!(locale, messages.unmatched.title)
            style="anchor-name:--unmatched"
            on:click=move |_| reports.read(None)
        >
            <Icon glyph=icons::INBOX />
            <span class="only-wide">{tr!(locale, messages.unmatched.title)}</span>
        </button>
        <div
            class="menu pop volumes unmatched"
            id="unmatched"
            popover="auto"
            role="dialog"
            aria-label=tr!(locale, messages.unmatched.open)
            style="position-anchor:--unmatched"
        >
            {content}
            {more}
        </div>
    }
    .into_any()
}

#[component]
fn Shown(log: MessageLog, rows: Vec<UnmatchedReport>) -> impl IntoView {
    let locale = log.locale;
    let offset = log.moment.offset_minutes;
    let today = log.moment.today_untracked();
    let rows = rows
        .into_iter()
        .map(|row| {
            let (at, report) = (row.received_at, row.report);
            view! {
                <tr>
                    <td>
                        <time
                            class="nowrap"
                            title=moment_title(locale, at, offset)
                            datetime=at.to_rfc3339()
                        >
                            {moment_words(locale, at, offset, today)}
                        </time>
                    </td>
                    <td><bdi>{report.provider}</bdi></td>
                    <td><bdi dir="ltr">{report.provider_id}</bdi></td>
                    <td>
                        <bdi dir="ltr">{report.status}</bdi>
                        {report.code.map(|code| view! { " " <bdi dir="ltr">{code}</bdi> })}
                        {report.words.map(|words| view! { <p class="dim" dir="auto">{words}</p> })}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <p class="hint">{tr!(locale, messages.unmatched.why)}</p>
        <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, messages.unmatched.open)>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{tr!(locale, messages.unmatched.time)}</th>
                        <th scope="col">{tr!(locale, messages.unmatched.provider)}</th>
                        <th scope="col">{tr!(locale, messages.unmatched.id)}</th>
                        <th scope="col">{tr!(locale, messages.unmatched.told)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
