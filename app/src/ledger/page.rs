//! The page.

use super::calls::{self, LedgerPageView};
use crate::AppError;
use crate::activity::clock::{clock, day_of, local};
use crate::activity::live::sign_in::SignInAgain;
use crate::activity::words::{day_words, moment_title, number};
use crate::copy::CopyText;
use crate::failed::why;
use crate::form::FormNote;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::{NoPermission, Trouble, trouble_text};
use crate::wire::Told;
use chrono::{DateTime, Utc};
use domain::view::{CheckpointView, Viewer};
use domain::{Code, Permission};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

/// How it stands with the ledger, and what is needed to verify it elsewhere.
#[component]
pub fn LedgerPage(
    /// What was loaded.
    source: Told<Result<LedgerPageView, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Title text=tr!(locale, ledger.title) />
        <WithViewer let:viewer>
            {if viewer.may(Permission::ReadLedger) {
                view! { <Loaded viewer source /> }.into_any()
            } else {
                view! {
                    <NoPermission
                        section=tr!(locale, ledger.title)
                        needs=Permission::ReadLedger
                        viewer
                    />
                }
                    .into_any()
            }}
        </WithViewer>
    }
    .into_any()
}

#[component]
fn Loaded(viewer: Viewer, source: Told<Result<LedgerPageView, AppError>>) -> impl IntoView {
    let viewer = StoredValue::new(viewer);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match source.await {
                    Ok(first) => view! { <Whole viewer first /> }.into_any(),
                    Err(error) => view! { <Trouble error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

/// `20 November 2026 09:14:22`, on the store's clock.
fn at_words(locale: Locale, at: DateTime<Utc>, offset_minutes: i32) -> String {
    format!(
        "{} {}",
        day_words(locale, day_of(at, offset_minutes)),
        clock(local(at, offset_minutes))
    )
}

#[component]
fn Whole(viewer: StoredValue<Viewer>, first: LedgerPageView) -> impl IntoView {
    let locale = use_locale();
    let known = RwSignal::new(first);
    let error = RwSignal::new(None::<AppError>);
    let is_signing = RwSignal::new(false);
    let sign = move |_| {
        if is_signing.get_untracked() {
            return;
        }
        is_signing.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = calls::sign().await;
            is_signing.try_set(false);
            match answer {
                Ok(now) => {
                    known.try_set(now);
                }
                Err(found) => {
                    error.try_set(Some(found));
                }
            }
        });
    };
    let covered = move || {
        known.with(|known| {
            let newest = known.checkpoints.first()?;
            let behind = known.summary.size.saturating_sub(newest.size);
            Some(if behind == 0 {
                tr!(locale, ledger.all_covered).to_owned()
            } else {
                tr!(
                    locale,
                    ledger.not_covered,
                    count = behind,
                    n = number(behind)
                )
            })
        })
    };
    let head = move || {
        known.with(|known| {
            let summary = &known.summary;
            let offset = summary.offset_minutes;
            let time = |at: Option<DateTime<Utc>>| at.map(|at| at_words(locale, at, offset));
            view! {
                <dl class="facts ledger-facts">
                    <dt>{tr!(locale, ledger.size)}</dt>
                    <dd><b class="figure">{number(summary.size)}</b></dd>
                    <dt>{tr!(locale, ledger.head)}</dt>
                    <dd><code dir="ltr">{summary.root.to_hex()}</code></dd>
                    <dt>{tr!(locale, ledger.first)}</dt>
                    <dd>{time(summary.first_at)}</dd>
                    <dt>{tr!(locale, ledger.last)}</dt>
                    <dd>{time(summary.last_at)}</dd>
                </dl>
            }
        })
    };
    let key = Signal::derive(move || known.with(|known| known.public_key.clone()));
    let checkpoints = move || {
        let all = known.with(|known| known.checkpoints.clone());
        if all.is_empty() {
            return view! { <li class="dim">{tr!(locale, ledger.none)}</li> }.into_any();
        }
        all.into_iter()
            .map(|checkpoint| view! { <Checkpoint checkpoint /> })
            .collect_view()
            .into_any()
    };
    let entry = RwSignal::new(None::<u64>);
    let proof = move || {
        entry.get().map(|seq| {
            let href = format!("/ledger/{seq}/proof");
            view! {
                <a class="btn small" href=href rel="external" download="">
                    <Icon glyph=icons::FILE_DOWN />
                    {tr!(locale, ledger.download_proof)}
                </a>
            }
        })
    };
    let zone = viewer.with_value(|viewer| viewer.zone_label.clone());
    view! {
        <section class="stage ledger" aria-labelledby="h">
            <header class="bar rule">
                <h1 id="h">{tr!(locale, ledger.title)}</h1>
                <span class="push"></span>
                <button
                    class="btn small"
                    type="button"
                    aria-disabled=move || is_signing.get().then_some("true")
                    on:click=sign
                >
                    <Icon glyph=icons::FINGERPRINT />
                    {tr!(locale, ledger.sign)}
                </button>
            </header>
            <div class="scroll" tabindex="0">
                <div class="settings">
                    <p class="lead">{tr!(locale, ledger.lead)}</p>
                    {move || {
                        error
                            .with(|error| {
                                let error = error.as_ref()?;
                                Some(refused(locale, error))
                            })
                    }}
                    <section class="block" aria-labelledby="l-now">
                        <h2 id="l-now">{tr!(locale, ledger.now)}</h2>
                        {head}
                        <p class="soft" role="status">{covered}</p>
                    </section>
                    <section class="block" aria-labelledby="l-key">
                        <h2 id="l-key">{tr!(locale, ledger.key)}</h2>
                        <p class="soft">{tr!(locale, ledger.key_text)}</p>
                        <CopyText text=key label=tr!(locale, ledger.key) is_line=true />
                        <p class="row-flex wrap">
                            <a class="btn small" href="/ledger/key" rel="external" download="">
                                <Icon glyph=icons::KEY_ROUND />
                                {tr!(locale, ledger.download_key)}
                            </a>
                            <a class="btn small" href="/ledger/checkpoint" rel="external" download="">
                                <Icon glyph=icons::FILE_DOWN />
                                {tr!(locale, ledger.download_checkpoint)}
                            </a>
                        </p>
                    </section>
                    <section class="block" aria-labelledby="l-verify">
                        <h2 id="l-verify">{tr!(locale, ledger.verify)}</h2>
                        <p class="soft">{tr!(locale, ledger.verify_text)}</p>
                        <CopyText
                            text="storetrail verify --checkpoint checkpoint.txt".to_owned()
                            label=tr!(locale, ledger.verify)
                            is_line=true
                        />
                        <p class="row-flex wrap">
                            <label class="row-flex">
                                {tr!(locale, ledger.entry_number)}
                                <input
                                    class="input days"
                                    type="number"
                                    min="1"
                                    on:input=move |event| {
                                        entry.set(event_target_value(&event).parse().ok());
                                    }
                                />
                            </label>
                            {proof}
                        </p>
                    </section>
                    <section class="block" aria-labelledby="l-checkpoints">
                        <h2 id="l-checkpoints">{tr!(locale, ledger.checkpoints)}</h2>
                        <p class="soft">{tr!(locale, ledger.zone)} " " <bdi>{zone}</bdi></p>
                        <ul class="checkpoints">{checkpoints}</ul>
                    </section>
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// Why the head was not signed, and the way back in where that is all there is to do.
fn refused(locale: Locale, error: &AppError) -> AnyView {
    if error.code() == Code::Unauthenticated {
        let text = why(locale, error);
        view! { <p class="row-flex wrap" role="alert">{text} " " <SignInAgain class="btn small" /></p> }
            .into_any()
    } else {
        view! { <FormNote text=trouble_text(locale, error) /> }.into_any()
    }
}

/// A signed head: when, how many entries, whether it was sent outside, and its text.
#[component]
fn Checkpoint(checkpoint: CheckpointView) -> impl IntoView {
    let locale = use_locale();
    let offset = checkpoint.offset_minutes;
    let root = checkpoint.root.to_hex();
    let short = format!("{}…", root.get(..16).unwrap_or(&root));
    let tries = u64::from(checkpoint.post_tries);
    let again = checkpoint.next_try_at.map(|at| {
        let time = at_words(locale, at, offset);
        let words = tr!(
            locale,
            ledger.tried_again,
            count = tries,
            n = number(tries),
            time = time
        );
        view! { <span class="soft">{words}</span> }
    });
    let posted = match (checkpoint.posted_at, checkpoint.post_error.clone()) {
        (Some(at), _) => {
            let title = moment_title(locale, at, offset);
            view! {
                <span class="status success" title=title>
                    <Icon glyph=icons::CHECK />
                    {tr!(locale, ledger.posted)}
                </span>
            }
            .into_any()
        }
        (None, Some(why)) => view! {
            <span class="status failed" title=why.clone()>
                <Icon glyph=icons::CIRCLE_ALERT />
                {tr!(locale, ledger.not_posted)} " " <bdi class="trunc">{why.clone()}</bdi>
            </span>
            {again}
        }
        .into_any(),
        (None, None) => ().into_any(),
    };
    view! {
        <li>
            <details>
                <summary>
                    <span>{at_words(locale, checkpoint.at, offset)}</span>
                    <b>{tr!(locale, ledger.entries, count = checkpoint.size, n = number(checkpoint.size))}</b>
                    <code class="dim" dir="ltr">{short}</code>
                    {posted}
                </summary>
                <CopyText text=checkpoint.text label=tr!(locale, ledger.note) />
            </details>
        </li>
    }
    .into_any()
}
