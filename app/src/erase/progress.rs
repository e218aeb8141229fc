//! How far an erasure is, and what it erased.

use super::calls;
use crate::activity::words::{category_label, number};
use crate::dialog::DialogHandle;
use crate::exports::jobs::Jobs;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::words::channel_label;
use domain::message::Channel;
use domain::view::{ErasureRow, ErasureStatus};
use domain::{Category, ErasureId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often it is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(700);

/// Follows an erasure to its end.
#[component]
pub fn Progress(
    /// As it was asked for.
    row: ErasureRow,
    /// What closes the dialog.
    handle: DialogHandle,
    /// Called when it has ended.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let id = row.id;
    let row = RwSignal::new(row);
    let jobs = use_context::<Jobs>();
    let on_done = Callback::new(move |()| {
        // The notice of a file that went with it goes, too.
        if let Some(jobs) = jobs {
            jobs.look();
        }
        on_done.run(());
    });
    // A signal that is gone: the dialog was closed, the erasure goes on.
    let is_shown = move |found: Option<ErasureRow>| match found {
        Some(found) => row.try_set(found).is_none(),
        None => row.try_with_untracked(|_| ()).is_some(),
    };
    follow(id, is_shown, on_done);
    let has_ended = Memo::new(move |_| row.with(has_ended));
    let body = move || {
        let row = row.get();
        match row.status {
            ErasureStatus::Queued | ErasureStatus::Running => {
                let words = tr!(
                    locale,
                    erase.done_of,
                    done = number(row.done),
                    total = number(row.total)
                );
                let total = row.total.max(1).to_string();
                view! {
                    <progress
                        max=total
                        value=row.done.to_string()
                        aria-label=tr!(locale, erase.progress)
                    ></progress>
                    <p class="soft">{words}</p>
                    <p class="soft">{tr!(locale, erase.goes_on)}</p>
                }
                .into_any()
            }
            ErasureStatus::Completed => view! { <Report row /> }.into_any(),
            ErasureStatus::Failed => {
                let why = row.error.clone();
                view! {
                    <div class="note failed" role="alert">
                        <Icon glyph=icons::CIRCLE_ALERT />
                        <p>{tr!(locale, erase.failed)} " " {why}</p>
                    </div>
                }
                .into_any()
            }
        }
    };
    view! {
        <div class="modal-body" role="status">{body}</div>
        <footer class="modal-foot">
            <button class="btn primary push" type="button" on:click=move |_| handle.close()>
                {move || {
                    if has_ended.get() { tr!(locale, common.done) } else { tr!(locale, common.close) }
                }}
            </button>
        </footer>
    }
    .into_any()
}

const fn has_ended(row: &ErasureRow) -> bool {
    matches!(row.status, ErasureStatus::Completed | ErasureStatus::Failed)
}

/// Asks how far an erasure is until it is over. `is_wanted`: is told what was answered, and says whether anybody still wants
/// to know.
pub fn follow(
    id: ErasureId,
    is_wanted: impl Fn(Option<ErasureRow>) -> bool + 'static,
    on_done: Callback<()>,
) {
    set_timeout(
        move || {
            spawn_local(async move {
                let found = calls::list(None, None)
                    .await
                    .ok()
                    .and_then(|rows| rows.into_iter().find(|row| row.id == id));
                let is_over = found.as_ref().is_some_and(has_ended);
                if !is_wanted(found) {
                    return;
                }
                if is_over {
                    on_done.run(());
                } else {
                    follow(id, is_wanted, on_done);
                }
            });
        },
        ASK_EVERY,
    );
}

/// What was erased, by kind.
#[component]
pub fn Report(
    /// The erasure.
    row: ErasureRow,
) -> impl IntoView {
    let locale = use_locale();
    let lines = report_lines(locale, &row)
        .into_iter()
        .map(|(label, count)| view! { <dt>{label}</dt> <dd>{number(count)}</dd> })
        .collect_view();
    let kinds = kind_words(locale, &row);
    let held = (row.held > 0).then(|| {
        view! {
            <div class="note pending">
                <Icon glyph=icons::LOCK />
                <p>{tr!(locale, erase.kept, count = row.held, n = number(row.held))}</p>
            </div>
        }
    });
    let keeps_customer = row.report.keeps_customer.then(|| {
        view! {
            <div class="note pending">
                <Icon glyph=icons::LOCK />
                <p>{tr!(locale, erase.keeps_customer)}</p>
            </div>
        }
    });
    let left = left_words(locale, &row)
        .into_iter()
        .map(|words| {
            view! {
                <div class="note pending">
                    <Icon glyph=icons::TRIANGLE_ALERT />
                    <p>{words}</p>
                </div>
            }
        })
        .collect_view();
    let unsearched = (row.report.unsearched_files > 0).then(|| {
        let count = row.report.unsearched_files;
        view! {
            <div class="note pending">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <p>{tr!(locale, erase.unsearched, count = count, n = number(count))}</p>
            </div>
        }
    });
    view! {
        <div class="note success">
            <Icon glyph=icons::CHECK />
            <p>{tr!(locale, erase.done)}</p>
        </div>
        <dl class="facts">{lines}</dl>
        {(!kinds.is_empty()).then(|| view! { <p class="soft">{kinds}</p> })}
        {held}
        {keeps_customer}
        {left}
        {unsearched}
    }
    .into_any()
}

/// Why fewer were erased than were counted, and what of the selection came too late for it: each reason with its number.
pub fn left_words(locale: Locale, row: &ErasureRow) -> Vec<String> {
    let report = &row.report;
    let (changed, held) = (report.changed, row.held_since());
    let (turned, gone) = (report.turned, report.gone);
    [
        (
            changed,
            tr!(locale, erase.changed, count = changed, n = number(changed)),
        ),
        (
            held,
            tr!(locale, erase.held_since, count = held, n = number(held)),
        ),
        (
            turned,
            tr!(locale, erase.turned, count = turned, n = number(turned)),
        ),
        (
            gone,
            tr!(locale, erase.gone, count = gone, n = number(gone)),
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(_, words)| words)
    .collect()
}

/// `coupons 3,001, products 481`: what was erased by category or channel, the largest first.
pub fn kind_words(locale: Locale, row: &ErasureRow) -> String {
    let kinds = row.report.kinds.iter();
    let mut kinds: Vec<(String, u64)> = kinds.map(|(kind, n)| (kind.clone(), *n)).collect();
    kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    kinds_of(locale, &kinds)
}

/// Kinds with how many there are of each: categories of activity, channels of messages.
pub fn kinds_of(locale: Locale, kinds: &[(String, u64)]) -> String {
    let name = |kind: &str| {
        let category = kind.parse::<Category>().ok();
        let channel = || kind.parse::<Channel>().ok();
        category
            .map(|category| category_label(locale, category))
            .or_else(|| channel().map(|channel| channel_label(locale, channel)))
    };
    let parts: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{} {}", name(kind).unwrap_or(kind), number(*count)))
        .collect();
    parts.join(tr!(locale, activity.comma))
}

/// What was erased: the kinds of which there was something.
pub fn report_lines(locale: Locale, row: &ErasureRow) -> Vec<(&'static str, u64)> {
    let report = &row.report;
    [
        (tr!(locale, erase.kind.activities), report.activities),
        (tr!(locale, erase.kind.messages), report.messages),
        (tr!(locale, erase.kind.attachments), report.attachments),
        (tr!(locale, erase.kind.exports), report.exports),
        (tr!(locale, erase.kind.records), report.records),
        (tr!(locale, erase.kind.others), report.others),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::export::Source;
    use domain::view::{ErasureCause, ErasureReport};

    #[test]
    fn what_was_not_erased_of_the_number_that_was_typed_is_said_with_why() {
        let row = ErasureRow {
            id: ErasureId(uuid::Uuid::nil()),
            at: chrono::DateTime::UNIX_EPOCH,
            offset_minutes: 0,
            by: "Sara Nasser".to_owned(),
            reason: "asked".to_owned(),
            cause: ErasureCause::Selection,
            source: Source::Activity,
            q: None,
            picked: None,
            excepted: 0,
            status: ErasureStatus::Completed,
            // Two of ten were held from the start, and one came under a hold.
            total: 10,
            done: 6,
            held: 3,
            report: ErasureReport {
                activities: 3,
                typed: Some(8),
                turned: 3,
                gone: 1,
                ..ErasureReport::default()
            },
            error: None,
            finished_at: None,
        };
        assert_eq!(row.held_since(), 1);
        let words = left_words(Locale::en, &row);
        let begins: Vec<&str> = words
            .iter()
            .filter_map(|words| words.split(':').next())
            .collect();
        assert_eq!(
            begins,
            [
                "1 of those you counted came under a legal hold before its turn.",
                "3 of those you counted stayed",
                "1 of those you counted was gone before its turn",
            ]
        );
        assert_eq!(left_words(Locale::ar, &row).len(), 3);
        let row = ErasureRow {
            held: 2,
            report: ErasureReport::default(),
            ..row
        };
        assert_eq!(left_words(Locale::en, &row), Vec::<String>::new());
    }
}
