//! The dialog that takes an operation back, or a part of it: a dry run, a choice for each conflict, the number typed.

use super::calls;
use super::conflicts::{Choosing, Conflicts};
use super::href_of;
use super::planned::Listed;
use super::state::{Reverting, use_operation};
use super::words::clock_words;
use crate::AppError;
use crate::activity::live::sign_in::SignInAgain;
use crate::activity::loaded::PageOf;
use crate::activity::words::number;
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::failed::why;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::said::said_words;
use domain::Code;
use domain::operation::PlannedKind;
use domain::operation::revert::{Part, Tally as Counts};
use domain::view::{DryRun, ShopRead};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;

/// The dialog.
#[component]
pub fn RevertDialog(
    /// What is to be taken back.
    asked: Reverting,
) -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let handle = DialogHandle::new();
    let name = log.detail.with_untracked(|detail| detail.row.name.clone());
    let title = match &asked.part {
        Part::Whole => tr!(locale, operations.revert.title, name = name),
        Part::FailedOf(_) => tr!(locale, operations.retry.title, name = name),
        Part::These(_) | Part::AllBut(_) => tr!(locale, operations.revert.part_title, name = name),
    };
    let asked = StoredValue::new(asked);
    let run = LocalResource::new(move || {
        let asked = asked.get_value();
        calls::plan_revert(asked.id, asked.part)
    });
    let look_again = Callback::new(move |()| run.refetch());
    view! {
        <Dialog
            title
            handle
            on_close=Callback::new(move |()| log.reverting.set(None))
            is_wide=true
        >
            {move || match run.get() {
                None => view! { <div class="modal-body"><p role="status">{tr!(locale, operations.revert.looking)}</p></div> }.into_any(),
                Some(Ok(run)) => view! { <Plan run asked look_again handle /> }.into_any(),
                Some(Err(error)) => {
                    view! {
                        <div class="modal-body" role="alert">
                            <p><b>{tr!(locale, operations.revert.failed)}</b></p>
                            <p>{why(locale, &error)}</p>
                        </div>
                        <footer class="modal-foot">
                            <CancelButton handle is_first=true />
                            {if error.code() == Code::Unauthenticated {
                                view! { <SignInAgain class="btn" /> }.into_any()
                            } else {
                                view! {
                                    <button class="btn" type="button" on:click=move |_| look_again.run(())>
                                        {tr!(locale, operations.revert.again)}
                                    </button>
                                }
                                    .into_any()
                            }}
                        </footer>
                    }
                        .into_any()
                }
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Plan(
    run: DryRun,
    asked: StoredValue<Reverting>,
    look_again: Callback<()>,
    handle: DialogHandle,
) -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let choosing = Choosing::new();
    let tally = run.tally;
    let as_of = run.as_of;
    let has_target = run.has_target;
    let offset = log.moment.offset_minutes;
    let overwritten = Memo::new(move |_| choosing.overwritten(tally.changed_since));
    let writes = move || tally.restored + overwritten.get();
    let typed = RwSignal::new(String::new());
    let error = RwSignal::new(None::<AppError>);
    let is_pending = RwSignal::new(false);
    let is_ready = move || {
        has_target && writes() > 0 && typed.with(|typed| typed.trim() == writes().to_string())
    };
    let navigate = use_navigate();
    let start = move |_| {
        if !is_ready() || is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        let choice = choosing.choice();
        let (asked, navigate) = (asked.get_value(), navigate.clone());
        spawn_local(async move {
            let answer = calls::start_revert(asked.id, asked.part, choice, as_of).await;
            is_pending.try_set(false);
            match answer {
                Ok(row) => {
                    handle.close();
                    navigate(
                        &href_of(&row.id.0),
                        leptos_router::NavigateOptions::default(),
                    );
                }
                Err(failed) => {
                    error.try_set(Some(failed));
                }
            }
        });
    };
    let missing = (tally.missing > 0).then(|| {
        let words = tr!(
            locale,
            operations.revert.missing,
            count = tally.missing,
            n = number(tally.missing)
        );
        (PlannedKind::Missing, words)
    });
    let impossible = (tally.impossible > 0).then(|| {
        let n = number(tally.impossible);
        let words = tr!(locale, operations.revert.impossible_which, n = n);
        (PlannedKind::Impossible, words)
    });
    let forgotten = (tally.forgotten > 0).then(|| {
        let n = number(tally.forgotten);
        let words = tr!(locale, operations.revert.forgotten, n = n);
        (PlannedKind::Forgotten, words)
    });
    let listed = [forgotten, missing, impossible]
        .into_iter()
        .flatten()
        .map(|(kind, summary)| view! { <Listed kind summary as_of asked look_again /> })
        .collect_view();
    let hint = move || hint_words(locale, tally, overwritten.get());
    let sample = log
        .viewer
        .with_value(|viewer| viewer.store.is_sample)
        .then(|| view! { <p class="dim">{tr!(locale, operations.revert.sample)}</p> });
    let conflicts = (!run.conflicts.is_empty()).then(|| {
        let (first, count) = (
            PageOf::new(run.conflicts, run.next, None),
            tally.changed_since,
        );
        view! { <Conflicts first count as_of asked choosing look_again /> }
    });
    let may_set_up = log
        .viewer
        .with_value(|viewer| viewer.may(domain::Permission::ManageSettings));
    let read = run.read.as_ref().map(|read| read_words(locale, read));
    let unread = run.read.and_then(|read| read.error).map(|why| {
        view! {
            <p class="note pending">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <span dir="auto">{tr!(locale, operations.revert.read_why, why = said_words(locale, &why))}</span>
            </p>
        }
    });
    view! {
        <div class="modal-body">
            <p class="dim">{tr!(locale, operations.revert.dry, time = clock_words(run.at, offset))} " " {read}</p>
            {sample}
            {unread}
            <Tally tally />
            <p class="dim small">{tr!(locale, operations.revert.lists)}</p>
            {conflicts}
            {listed}
            {(!has_target).then(|| view! {
                <p class="note pending">
                    <Icon glyph=icons::TRIANGLE_ALERT />
                    <span>
                        {tr!(locale, operations.revert.no_target)} " "
                        {may_set_up.then(|| view! { <a class="link" href="/settings/targets">{tr!(locale, operations.revert.to_targets)}</a> })}
                    </span>
                </p>
            })}
            {move || error.get().map(|error| view! { <p class="field-error" role="alert">{error.0.message}</p> })}
        </div>
        <footer class="modal-foot">
            <Show
                when=move || writes() != 0
                fallback=move || view! { <p class="dim">{tr!(locale, operations.revert.nothing_left)}</p> }
            >
                <label class="confirm" for="revert-number">
                    <span>{move || tr!(locale, operations.revert.type_number, n = writes().to_string())}</span>
                    <input
                        class="input"
                        id="revert-number"
                        inputmode="numeric"
                        autocomplete="off"
                        dir="ltr"
                        prop:value=move || typed.get()
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                </label>
            </Show>
            <CancelButton handle />
            <button
                class="btn danger-solid"
                type="button"
                aria-disabled=move || (!is_ready() || is_pending.get()).then_some("true")
                on:click=start
            >
                <Icon glyph=icons::UNDO_2 class="flip" />
                {move || tr!(locale, operations.revert.run, count = writes(), n = number(writes()))}
            </button>
            <p class="hint whole">{hint}</p>
        </footer>
    }
    .into_any()
}

/// What it does, in sentences: none of what there is none of.
fn hint_words(locale: Locale, tally: Counts, overwritten: u64) -> String {
    let restored = (tally.restored > 0).then(|| {
        let (count, n) = (tally.restored, number(tally.restored));
        tr!(
            locale,
            operations.revert.hint_restored,
            count = count,
            n = n
        )
    });
    let over = (overwritten > 0).then(|| {
        let n = number(overwritten);
        tr!(
            locale,
            operations.revert.hint_overwritten,
            count = overwritten,
            n = n
        )
    });
    let kept = tally.changed_since.saturating_sub(overwritten);
    let kept = (kept > 0).then(|| {
        let n = number(kept);
        tr!(locale, operations.revert.hint_kept, count = kept, n = n)
    });
    let end = tr!(locale, operations.revert.hint_end).to_owned();
    let sentences = [restored, over, kept, Some(end)].into_iter().flatten();
    sentences.collect::<Vec<_>>().join(" ")
}

/// How far it rests on what the shop said a moment before.
fn read_words(locale: Locale, read: &ShopRead) -> String {
    let (target, n) = (read.target.as_str(), number(read.fields));
    if read.fields >= read.of {
        tr!(locale, operations.revert.read_all, target = target, n = n)
    } else {
        let of = number(read.of);
        tr!(
            locale,
            operations.revert.read_some,
            count = read.of,
            target = target,
            n = n,
            of = of
        )
    }
}

/// How the dry run counts.
#[component]
fn Tally(tally: Counts) -> impl IntoView {
    let locale = crate::i18n::use_locale();
    let parts = [
        (
            tally.restored,
            "ok",
            "swatch-ok",
            tr!(locale, operations.revert.restored),
            true,
        ),
        (
            tally.changed_since,
            "wait",
            "swatch-wait",
            tr!(locale, operations.revert.changed_since),
            true,
        ),
        (
            tally.already,
            "plain",
            "swatch-plain",
            tr!(locale, operations.revert.already),
            false,
        ),
        (
            tally.missing,
            "gone",
            "swatch-gone",
            tr!(locale, operations.revert.missing_short),
            true,
        ),
        (
            tally.impossible,
            "gone",
            "swatch-gone",
            tr!(locale, operations.revert.impossible),
            false,
        ),
    ];
    let figures = parts
        .into_iter()
        .filter(|(count, .., is_always)| *is_always || *count > 0)
        .map(|(count, _, swatch, words, _)| {
            view! { <div><dt><i class=swatch></i>{words}</dt><dd>{number(count)}</dd></div> }
        })
        .collect_view();
    let bars = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, class, ..)| view! { <i class=class style=format!("flex:{count}")></i> })
        .collect_view();
    let (restored, changed, missing) = (
        number(tally.restored),
        number(tally.changed_since),
        number(tally.missing),
    );
    let label = tr!(
        locale,
        operations.revert.tally,
        restored = restored,
        changed = changed,
        missing = missing
    );
    view! {
        <div>
            <dl class="figures">{figures}</dl>
            <div class="stack" role="img" aria-label=label>{bars}</div>
        </div>
    }
    .into_any()
}
