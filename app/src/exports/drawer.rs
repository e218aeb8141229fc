//! The drawer: one export with everything about it.

use super::calls;
use super::dialog::Draft;
use super::state::{ExportLog, use_exports};
use super::words::{
    column_label, error_text, excepted_words, file_href, format_of, is_under_way, kind_words,
    missing_words, name_of, progress, progress_words, rows, size, status_label, status_mark,
};
use crate::activity::words::{moment_title, number};
use crate::failed::Failed;
use crate::form::FormNote;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::address::href_of_message;
use crate::messages::words::status_label as delivery_label;
use crate::pages::trouble_text;
use chrono::{DateTime, Utc};
use domain::export::ExportStatus;
use domain::view::{ExportDetail, ExportRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The drawer, while the address opens an export.
#[component]
pub fn Drawer() -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let is_open = Memo::new(move |_| log.address.with(|address| address.export.is_some()));
    let content = move || {
        match log.detail.get() {
        Some(Ok(Some(detail))) => view! { <Whole detail /> }.into_any(),
        Some(Ok(None)) => view! {
            <div class="blank">
                <Icon glyph=icons::SEARCH />
                <h2 id="x-title">{tr!(locale, exports.gone)}</h2>
                <p>{tr!(locale, exports.gone_why)}</p>
            </div>
        }
        .into_any(),
        Some(Err(error)) => {
            let again = Callback::new(move |()| log.read_detail(true));
            let title = tr!(locale, exports.failed_one);
            view! { <Failed title id="x-title" error again /> }.into_any()
        }
        None => view! {
            <div class="section arriving" role="status" aria-label=tr!(locale, activity.table.loading)>
                <h2 id="x-title"><span class="skel" style="inline-size:14rem"></span></h2>
                <p><span class="skel" style="inline-size:11rem"></span></p>
            </div>
        }
        .into_any(),
    }
    };
    view! {
        <Show when=move || is_open.get()>
            <aside class="drawer" id="export" tabindex="-1" aria-labelledby="x-title">
                <div class="drawer-bar">
                    <span class="strong nowrap">{tr!(locale, exports.one)}</span>
                    <span class="push"></span>
                    <button
                        class="icon-btn"
                        type="button"
                        aria-label=tr!(locale, common.close)
                        title=tr!(locale, common.close)
                        on:click=move |_| log.open(None)
                    >
                        <Icon glyph=icons::X />
                    </button>
                </div>
                {content}
            </aside>
        </Show>
    }
    .into_any()
}

#[component]
fn Whole(detail: ExportDetail) -> impl IntoView {
    let row = detail.row.clone();
    view! {
        <Verdict row=row.clone() />
        <Facts row />
        <Downloads detail=detail.clone() />
        <Emails detail />
    }
    .into_any()
}

/// How it stands, and what can be done.
#[component]
fn Verdict(row: ExportRow) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let (class, glyph) = status_mark(row.status);
    let state = match row.status {
        ExportStatus::Queued | ExportStatus::Running => {
            let done = progress(&row).map(|done| done.to_string());
            view! {
                <progress max="1000" value=done aria-label=tr!(locale, exports.progress)></progress>
                <p class="soft">{progress_words(locale, &row)}</p>
            }
            .into_any()
        }
        status => {
            let why = error_text(locale, &row);
            let class = format!("status {class}");
            view! {
                <p class=class><Icon glyph />{status_label(locale, status)}</p>
                {why.map(|why| view! { <p class="soft">{why}</p> })}
            }
            .into_any()
        }
    };
    view! {
        <div class="verdict export-verdict">
            <h2 id="x-title"><bdi>{name_of(locale, &row)}</bdi></h2>
            {state}
            <Acts row />
        </div>
    }
    .into_any()
}

#[component]
fn Acts(row: ExportRow) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let editing = expect_context::<RwSignal<Option<Draft>>>();
    let id = row.id;
    if is_under_way(row.status) {
        return view! {
            <p class="row-flex">
                <button
                    class="btn small"
                    type="button"
                    on:click=move |_| log.act(calls::cancel(id), tr!(locale, exports.cancelled))
                >
                    {tr!(locale, exports.cancel)}
                </button>
            </p>
        }
        .into_any();
    }
    let file = row.has_file.then(|| {
        view! {
            <a class="btn small primary" href=file_href(&row) rel="external" download="">
                <Icon glyph=icons::FILE_DOWN />
                {tr!(locale, exports.download)}
            </a>
        }
    });
    // What the shop made can't be made again here.
    let repeat = (!row.is_recorded).then(|| {
        // Of one whose words were erased nobody knows any more what it was of.
        let is_known = row.q.is_some() || row.picked.is_some();
        let edit = move |_| {
            spawn_local(async move {
                match calls::asked(id).await {
                    Ok((selection, options)) => {
                        editing.try_set(Some(Draft::again(selection, options)));
                    }
                    Err(error) => log.say(&trouble_text(locale, &error)),
                }
            });
        };
        view! {
            <button
                class="btn small"
                type="button"
                on:click=move |_| log.ask_again(id)
            >
                <Icon glyph=icons::ROTATE_CCW class="flip" />
                {tr!(locale, exports.again)}
            </button>
            {is_known
                .then(|| {
                    view! {
                        <button class="btn small" type="button" on:click=edit>
                            <Icon glyph=icons::PEN_LINE />
                            {tr!(locale, exports.edit)}
                        </button>
                    }
                })}
        }
    });
    view! { <p class="row-flex wrap">{file} {repeat}</p> }.into_any()
}

#[component]
fn Facts(row: ExportRow) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let at = |at: DateTime<Utc>| moment_title(locale, at, row.offset_minutes);
    let filter = match (row.q.clone(), row.picked) {
        (Some(q), _) if q.is_empty() => tr!(locale, exports.everything).into_any(),
        (Some(q), _) => view! { <code dir="ltr">{q}</code> }.into_any(),
        (None, Some(picked)) => {
            tr!(locale, exports.picked, count = picked, n = number(picked)).into_any()
        }
        (None, None) => tr!(locale, exports.everything).into_any(),
    };
    let excepted = excepted_words(locale, row.excepted)
        .map(|words| view! { <span class="dim">{words}</span> });
    let missing =
        missing_words(locale, row.missing).map(|words| view! { <span class="dim">{words}</span> });
    let chosen = row.options.as_ref().map(|options| options.columns.clone());
    let source = row.source;
    let columns = chosen.filter(|columns| !columns.is_empty()).map(|columns| {
        let names: Vec<String> = columns
            .iter()
            .map(|column| column_label(locale, source, column))
            .collect();
        view! {
            <dt>{tr!(locale, exports.columns)}</dt>
            <dd>{names.join(tr!(locale, activity.comma))}</dd>
        }
    });
    let hash = row.sha256.clone().map(|hash| {
        let short = format!("{}…", hash.get(..16).unwrap_or(&hash));
        let whole = hash.clone();
        view! {
            <dt>"SHA-256"</dt>
            <dd>
                <code title=hash>{short}</code>
                " "
                <button
                    class="icon-btn copy"
                    type="button"
                    aria-label=tr!(locale, exports.copy_hash)
                    title=tr!(locale, exports.copy_hash)
                    on:click=move |_| log.copy(&whole)
                >
                    <Icon glyph=icons::COPY class="i-s" />
                </button>
            </dd>
        }
    });
    let line = |label: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{label}</dt> <dd><bdi>{value}</bdi></dd> })
    };
    let format = format_of(&row).map(str::to_owned);
    let zone = row
        .options
        .as_ref()
        .and_then(|options| options.time_zone.clone());
    // Without its file, why that went is said above.
    let kept = row
        .expires_at
        .filter(|_| row.status == ExportStatus::Completed);
    let written = (row.rows > 0 || row.has_file).then(|| rows(locale, row.rows));
    view! {
        <section class="section" aria-labelledby="x-facts">
            <h2 id="x-facts">{tr!(locale, exports.facts)}</h2>
            <dl class="facts">
                {line(tr!(locale, exports.of), Some(kind_words(locale, &row)))}
                <dt>{tr!(locale, exports.filter_head)}</dt>
                <dd>{filter} " " {excepted} " " {missing}</dd>
                {line(tr!(locale, exports.filter.format), format)}
                {columns}
                {line(tr!(locale, exports.zone), zone)}
                {line(tr!(locale, exports.requested_by), Some(row.by.clone()))}
                {line(tr!(locale, exports.requested), Some(at(row.requested_at)))}
                {line(tr!(locale, exports.finished), row.finished_at.map(at))}
                {line(tr!(locale, exports.size), row.bytes.map(size))}
                {line(tr!(locale, exports.rows_head), written)}
                {hash}
                {line(tr!(locale, exports.expires), kept.map(at))}
            </dl>
        </section>
    }
    .into_any()
}

#[component]
fn Downloads(detail: ExportDetail) -> impl IntoView {
    let locale = use_exports().locale;
    let offset = detail.row.offset_minutes;
    let none = detail.downloads.is_empty().then(|| {
        view! { <p class="dim">{tr!(locale, exports.no_download)}</p> }
    });
    let lines = detail
        .downloads
        .into_iter()
        .map(|download| {
            view! {
                <li>
                    <bdi>{download.by}</bdi>
                    <time class="dim" datetime=download.at.to_rfc3339()>
                        {moment_title(locale, download.at, offset)}
                    </time>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="x-downloads">
            <h2 id="x-downloads">{tr!(locale, exports.downloads)}</h2>
            {none}
            <ul class="pairs">{lines}</ul>
        </section>
    }
    .into_any()
}

/// To whom it was sent and whether that arrived, and sending it once more.
#[component]
fn Emails(detail: ExportDetail) -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let id = detail.row.id;
    let lines = detail
        .emails
        .iter()
        .map(|sent| {
            let word = delivery_label(locale, sent.status);
            let state = view! { <a class="link" href=href_of_message(sent.message)>{word}</a> };
            view! { <li><bdi dir="ltr">{sent.to.clone()}</bdi> <span class="dim">{state}</span></li> }
        })
        .collect_view();
    let unsent = |addresses: &[String], state: &'static str| {
        addresses
            .iter()
            .map(|to| {
                view! { <li><bdi dir="ltr">{to.clone()}</bdi> <span class="dim">{state}</span></li> }
            })
            .collect_view()
    };
    let owed = unsent(&detail.owed, tr!(locale, exports.owed));
    let refused = unsent(&detail.refused, tr!(locale, exports.refused));
    let form = detail.row.has_file.then(|| view! { <Send log id /> });
    view! {
        <section class="section" aria-labelledby="x-emails">
            <h2 id="x-emails">{tr!(locale, exports.emails)}</h2>
            <ul class="pairs">{owed} {refused} {lines}</ul>
            {form}
        </section>
    }
    .into_any()
}

#[component]
fn Send(log: ExportLog, id: domain::ExportId) -> impl IntoView {
    let locale = log.locale;
    let to = RwSignal::new(log.viewer.with_value(|viewer| viewer.email.clone()));
    let note = RwSignal::new(None::<String>);
    let is_sending = RwSignal::new(false);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if is_sending.get_untracked() {
            return;
        }
        is_sending.set(true);
        note.set(None);
        spawn_local(async move {
            let answer = calls::email(id, to.get_untracked().trim().to_owned()).await;
            is_sending.try_set(false);
            match answer {
                Ok(()) => {
                    log.say(tr!(locale, exports.sent));
                    log.read_detail(false);
                }
                Err(error) if error.field("to").is_some() => {
                    note.try_set(Some(tr!(locale, account.fault.email).to_owned()));
                }
                Err(error) => {
                    note.try_set(Some(trouble_text(locale, &error)));
                }
            }
        });
    };
    view! {
        <form class="send-link" on:submit=send>
            {move || note.get().map(|text| view! { <FormNote text /> })}
            <label class="vh" for="x-to">{tr!(locale, exports.send_to)}</label>
            <div class="row-flex">
                <input
                    class="input"
                    id="x-to"
                    type="email"
                    dir="ltr"
                    autocomplete="email"
                    prop:value=to
                    on:input=move |event| to.set(event_target_value(&event))
                />
                <button class="btn" aria-disabled=move || is_sending.get().then_some("true")>
                    <Icon glyph=icons::SEND />
                    {tr!(locale, exports.send)}
                </button>
            </div>
            <p class="hint">{tr!(locale, exports.send_hint)}</p>
        </form>
    }
    .into_any()
}
