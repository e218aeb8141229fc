//! The schedules: what makes itself, when next, what became of it last.

use super::calls;
use super::dialog::{Draft, repeat_words};
use super::state::{ExportLog, use_exports};
use super::words::{error_text, format_name, source_glyph, status_label, status_mark};
use crate::AppError;
use crate::activity::live::when_back;
use crate::activity::table::SkeletonRows;
use crate::activity::words::{ago, moment_title};
use crate::failed::Failed;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::ScheduleId;
use domain::view::{ExportRow, ScheduleView};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Goes up when a schedule was saved elsewhere on the page.
#[derive(Clone, Copy)]
pub struct Changed(RwSignal<u32>);

/// What is called when a schedule was saved; on a page without schedules it does nothing.
pub fn on_changed() -> Callback<()> {
    let changed = use_context::<Changed>();
    Callback::new(move |()| {
        if let Some(Changed(count)) = changed {
            count.update(|count| *count += 1);
        }
    })
}

/// For the dialogs of this page.
pub fn provide_changed() {
    provide_context(Changed(RwSignal::new(0)));
}

type Known = RwSignal<Option<Result<Vec<ScheduleView>, AppError>>>;

/// The schedules.
#[component]
pub fn Schedules() -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let known: Known = RwSignal::new(None);
    let Changed(count) = expect_context();
    let read = move || {
        spawn_local(async move {
            let answer = calls::list_schedules().await;
            known.try_set(Some(answer));
        });
    };
    Effect::new(move |_| {
        count.track();
        read();
    });
    when_back(log.live, move || {
        if known.with_untracked(|known| matches!(known, Some(Err(_)))) {
            read();
        }
    });
    let editing = expect_context::<RwSignal<Option<Draft>>>();
    let content = move || match known.get() {
        None => view! { <SkeletonRows /> }.into_any(),
        Some(Err(error)) => {
            let again = Callback::new(move |()| read());
            view! { <Failed title=tr!(locale, exports.failed) error again /> }.into_any()
        }
        Some(Ok(schedules)) if schedules.is_empty() => view! {
            <div class="blank">
                <Icon glyph=icons::CALENDAR_DAYS />
                <h2>{tr!(locale, exports.no_schedule)}</h2>
                <p>{tr!(locale, exports.no_schedule_why)}</p>
                <button
                    class="btn small"
                    type="button"
                    on:click=move |_| editing.set(Some(Draft::new_schedule()))
                >
                    <Icon glyph=icons::PLUS />
                    {tr!(locale, exports.new_schedule)}
                </button>
            </div>
        }
        .into_any(),
        Some(Ok(schedules)) => {
            let lines = schedules
                .into_iter()
                .map(|schedule| view! { <Line schedule known /> })
                .collect_view();
            view! {
                <ul class="jobs">{lines}</ul>
                <p class="end">
                    <button
                        class="btn small"
                        type="button"
                        on:click=move |_| editing.set(Some(Draft::new_schedule()))
                    >
                        <Icon glyph=icons::PLUS />
                        {tr!(locale, exports.new_schedule)}
                    </button>
                </p>
            }
            .into_any()
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, exports.schedules)>
            {content}
        </div>
    }
    .into_any()
}

#[component]
fn Line(schedule: ScheduleView, known: Known) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let editing = expect_context::<RwSignal<Option<Draft>>>();
    let id = schedule.id;
    let draft = schedule.draft.clone();
    let is_on = draft.is_on;
    let next = schedule.next_at.map(|at| {
        let words = tr!(
            locale,
            exports.next_run,
            time = moment_title(locale, at, schedule.offset_minutes)
        );
        view! { <span>{words}</span> }
    });
    let off = (!is_on).then(|| view! { <span class="chip">{tr!(locale, exports.is_off)}</span> });
    let filter = (!draft.q.is_empty()).then(|| {
        let q = draft.q.clone();
        view! { <code class="q-in trunc" dir="ltr" title=q.clone()>{q.clone()}</code> }
    });
    let to = (!draft.email_to.is_empty()).then(|| {
        let to = draft.email_to.join(", ");
        view! { <span class="trunc"><Icon glyph=icons::MAIL class="i-s" /> <bdi dir="ltr">{to}</bdi></span> }
    });
    let last = schedule.last.clone().map(|last| view! { <Last last /> });
    let rests = schedule.rests_for_its_owner().then(|| {
        let words = tr!(locale, exports.off_not_allowed, name = schedule.by.as_str());
        view! { <p class="hint"><bdi>{words}</bdi></p> }
    });
    let whole = schedule.clone();
    let turn_label = if is_on {
        tr!(locale, exports.turn_off)
    } else {
        tr!(locale, exports.turn_on)
    };
    view! {
        <li class="job-line" class:off=!is_on>
            <span class="mark"><Icon glyph=source_glyph(draft.source) /></span>
            <div class="grow">
                <div class="line">
                    <bdi class="name">{draft.name.clone()}</bdi>
                    <span class="chip line">{format_name(draft.options.format)}</span>
                    {off}
                    {filter}
                </div>
                <div class="line dim">
                    <span>{repeat_words(locale, draft.every, &draft.at)}</span>
                    {next.map(|next| view! { " · " {next} })}
                    {to}
                </div>
                {last}
                {rests}
            </div>
            <span class="row-flex">
                <button
                    class="btn small"
                    type="button"
                    on:click=move |_| act(log, known, calls::turn_schedule(id, !is_on))
                >
                    {turn_label}
                </button>
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=tr!(locale, exports.change_named, name = draft.name.as_str())
                    title=tr!(locale, exports.change_schedule)
                    on:click=move |_| editing.set(Some(Draft::of_schedule(&whole)))
                >
                    <Icon glyph=icons::PEN_LINE />
                </button>
                <Delete log known id name=draft.name.clone() />
            </span>
        </li>
    }
    .into_any()
}

/// Ends a schedule; asks once more in its own place.
#[component]
fn Delete(log: ExportLog, known: Known, id: ScheduleId, name: String) -> impl IntoView {
    let locale = log.locale;
    let is_sure = RwSignal::new(false);
    let label = tr!(locale, exports.delete_named, name = name);
    move || {
        let label = label.clone();
        if is_sure.get() {
            view! {
                <button
                    class="btn small danger"
                    type="button"
                    autofocus
                    on:click=move |_| act(log, known, calls::delete_schedule(id))
                    on:blur=move |_| is_sure.set(false)
                >
                    {tr!(locale, exports.delete_sure)}
                </button>
            }
            .into_any()
        } else {
            view! {
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=label.clone()
                    title=label
                    on:click=move |_| is_sure.set(true)
                >
                    <Icon glyph=icons::TRASH />
                </button>
            }
            .into_any()
        }
    }
}

/// What became of it last.
#[component]
fn Last(last: ExportRow) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let (class, glyph) = status_mark(last.status);
    let at = last.requested_at;
    let when = move || ago(locale, log.moment.now.get(), at);
    let href = log
        .address
        .with_untracked(|address| super::state::Address {
            is_schedules: true,
            ..address.with_export(Some(last.id))
        })
        .href();
    let why = error_text(locale, &last);
    view! {
        <div class="line dim">
            <span>{tr!(locale, exports.last_run)}</span>
            <a class="link" href=href>{when}</a>
            <span class=format!("status {class}")>
                <Icon glyph />
                {status_label(locale, last.status)}
            </span>
            {why.map(|why| view! { <span class="trunc">{why}</span> })}
        </div>
    }
    .into_any()
}

/// Does something to the schedules on the server and shows them as they are then.
fn act(
    log: ExportLog,
    known: Known,
    work: impl Future<Output = Result<Vec<ScheduleView>, AppError>> + 'static,
) {
    spawn_local(async move {
        match work.await {
            Ok(schedules) => {
                known.try_set(Some(Ok(schedules)));
            }
            Err(error) => log.say(&trouble_text(log.locale, &error)),
        }
    });
}
