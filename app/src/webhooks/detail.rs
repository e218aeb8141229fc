//! The page of one delivery: how it stands, its tries, its body, what it caused.

use super::WebhookRoute;
use super::calls;
use super::words::{cause_words, result_words, state_of, subject_words, waits_words};
use crate::AppError;
use crate::activity::address::href_of as activity_href;
use crate::activity::clock::Moment;
use crate::activity::live::{self as socket, Live, dot::Dot};
use crate::activity::words::moment_title;
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::{Opening, admitted, not_read, trouble_text};
use crate::said::said_words;
use domain::query::quote_value;
use domain::view::{HookAttempt, HookDetail, HookRow, Viewer};
use domain::{Code, Permission};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Delivery {
    /// The delivery.
    pub detail: RwSignal<HookDetail>,
    is_editing: RwSignal<bool>,
    is_busy: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    /// How often the delivery was read again: an answer that another reading has overtaken is dropped.
    readings: StoredValue<u32>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
}

impl Delivery {
    fn new(viewer: &Viewer, detail: HookDetail) -> Self {
        let live = Live::new();
        live.follow("", None);
        Self {
            detail: RwSignal::new(detail),
            is_editing: RwSignal::new(false),
            is_busy: RwSignal::new(false),
            error: RwSignal::new(None),
            readings: StoredValue::new(0),
            moment: Moment::new(viewer.now, viewer.offset_minutes),
            live,
        }
    }

    /// Reads the delivery again.
    pub fn reload(self) {
        let Some(id) = self.detail.try_with_untracked(|detail| detail.row.id) else {
            return;
        };
        let reading = self.readings.try_update_value(|readings| {
            *readings += 1;
            *readings
        });
        spawn_local(async move {
            if let Ok(Some(detail)) = calls::open(id.to_string()).await
                && self.readings.try_get_value() == reading
            {
                self.detail.try_set(detail);
            }
        });
    }

    fn act<F>(self, call: impl FnOnce(domain::HookId) -> F + 'static)
    where
        F: Future<Output = Result<HookRow, AppError>> + 'static,
    {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        let id = self.detail.with_untracked(|detail| detail.row.id);
        spawn_local(async move {
            let answer = call(id).await;
            self.is_busy.try_set(false);
            match answer {
                Ok(_) => {
                    self.error.try_set(None);
                    self.is_editing.try_set(false);
                }
                Err(error) => {
                    self.error.try_set(Some(error));
                }
            }
            self.reload();
        });
    }
}

/// The page.
#[component]
pub fn WebhookPage(source: WebhookRoute) -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let section = tr!(locale, webhooks.title);
    let content = move |viewer: Viewer| async move {
        match source.found.await {
            Ok(Some(detail)) => {
                let delivery = Delivery::new(&viewer, detail);
                view! { <Whole delivery /> }.into_any()
            }
            Ok(None) => view! { <Missing /> }.into_any(),
            Err(error) => {
                let again = move || source.found.refetch();
                socket::when_online(again);
                not_read(tr!(locale, webhooks.failed_one), &error, again)
            }
        }
    };
    view! {
        <Title text=tr!(locale, webhooks.one) />
        <Transition fallback=Opening>
            {move || Suspend::new(admitted(viewer, section, Permission::ManageWebhooks, content))}
        </Transition>
    }
    .into_any()
}

#[component]
fn Missing() -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="stage" aria-labelledby="h">
            <div class="blank" role="alert">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <h1 id="h">{tr!(locale, webhooks.one)}</h1>
                <p>{tr!(locale, webhooks.gone)}</p>
                <a class="btn small" href="/webhooks">{tr!(locale, webhooks.back)}</a>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Whole(delivery: Delivery) -> impl IntoView {
    let locale = use_locale();
    delivery.moment.go_on();
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| socket::start(delivery));
        }
    });
    let topic = delivery.detail.with_untracked(|d| d.row.topic.clone());
    let note = move || {
        let error = delivery.error.get()?;
        let text = match error.code() {
            Code::Conflict => error.0.message.clone(),
            _ => trouble_text(locale, &error),
        };
        (!delivery.is_editing.get()).then(|| view! { <FormNote text /> })
    };
    view! {
        <section class="stage operation" aria-labelledby="h">
            <header class="bar rule op-bar">
                <a class="icon-btn only-narrow" href="/webhooks" aria-label=tr!(locale, webhooks.back)>
                    <Icon glyph=icons::ARROW_LEFT class="flip" />
                </a>
                <h1 id="h">
                    <a class="dim only-wide" href="/webhooks">{tr!(locale, webhooks.title)}</a>
                    <span class="dim only-wide">" / "</span>
                    <bdi dir="ltr">{topic}</bdi>
                </h1>
                {move || {
                    let (class, glyph, word) = state_of(locale, delivery.detail.with(|d| d.row.state));
                    view! { <span class=class><Icon glyph />{word}</span> }
                }}
                <span class="push"></span>
                <Dot live=delivery.live is_waiting=Signal::derive(|| false) />
            </header>
            <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, webhooks.one)>
                <div class="hook">
                    {note}
                    <Acts delivery />
                    {move || delivery.detail.with(|detail| facts(locale, detail))}
                    {move || delivery.detail.with(|detail| tries(locale, detail))}
                    {move || delivery.detail.with(|detail| bodies(locale, detail))}
                </div>
            </div>
        </section>
        <Show when=move || delivery.is_editing.get()>
            <EditDialog delivery />
        </Show>
    }
    .into_any()
}

/// What can be done about one that failed.
#[component]
fn Acts(delivery: Delivery) -> impl IntoView {
    let locale = use_locale();
    let has_body = move || delivery.detail.with(|d| d.body.is_some());
    let can_retry = move || delivery.detail.with(|d| d.row.state.can_retry()) && has_body();
    let can_discard = move || delivery.detail.with(|d| d.row.state.can_discard());
    view! {
        <Show when=move || can_retry() || can_discard()>
            <p class="row-flex hook-acts">
                <Show when=can_retry>
                    <button class="btn small primary" type="button" on:click=move |_| delivery.act(calls::retry)>
                        <Icon glyph=icons::ROTATE_CCW />
                        {tr!(locale, webhooks.retry)}
                    </button>
                    <button class="btn small" type="button" on:click=move |_| delivery.is_editing.set(true)>
                        <Icon glyph=icons::PEN_LINE />
                        {tr!(locale, webhooks.edit)}
                    </button>
                </Show>
                <Show when=can_discard>
                    <button class="btn small danger" type="button" on:click=move |_| delivery.act(calls::discard)>
                        <Icon glyph=icons::BAN />
                        {tr!(locale, webhooks.discard)}
                    </button>
                </Show>
            </p>
        </Show>
    }
    .into_any()
}

/// What is known of it, and where what it caused is found.
fn facts(locale: crate::i18n::Locale, detail: &HookDetail) -> AnyView {
    let row = &detail.row;
    let moment = |at| moment_title(locale, at, row.offset_minutes);
    let caused = activity_href(&format!("trace:{}", quote_value(&row.trace_id)));
    let result = row.result.map(|result| result_words(locale, result));
    let due = row.due_at.map(|at| {
        view! { <div><dt>{tr!(locale, webhooks.next_try)}</dt><dd>{moment(at)}</dd></div> }
    });
    let plan = (!detail.plan.is_empty()).then(|| {
        let waits = waits_words(locale, &detail.plan);
        view! { <div><dt>{tr!(locale, webhooks.plan)}</dt><dd><bdi>{waits}</bdi></dd></div> }
    });
    let repeats = (row.repeats > 0).then(|| {
        let count = u64::from(row.repeats);
        view! { <div><dt>{tr!(locale, webhooks.again)}</dt><dd>{tr!(locale, webhooks.repeated, count = count)}</dd></div> }
    });
    view! {
        <dl class="hook-facts">
            <div>
                <dt>{tr!(locale, webhooks.connection)}</dt>
                <dd><bdi>{row.connection.clone()}</bdi> " · " {row.platform.label()}</dd>
            </div>
            <div><dt>{tr!(locale, webhooks.received_at)}</dt><dd>{moment(row.received_at)}</dd></div>
            {subject_words(row).map(|words| view! {
                <div><dt>{tr!(locale, webhooks.about)}</dt><dd><bdi>{words}</bdi></dd></div>
            })}
            {result.map(|words| view! { <div><dt>{tr!(locale, webhooks.came_of_it)}</dt><dd>{words}</dd></div> })}
            {repeats}
            {due}
            {plan}
            <div>
                <dt>{tr!(locale, webhooks.trace)}</dt>
                <dd>
                    <code dir="ltr">{row.trace_id.clone()}</code>
                    " "
                    <a class="link" href=caused>{tr!(locale, webhooks.caused)}</a>
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

/// Each try with its error in words.
fn tries(locale: crate::i18n::Locale, detail: &HookDetail) -> AnyView {
    if detail.attempts.is_empty() {
        return view! { <p class="dim">{tr!(locale, webhooks.no_try)}</p> }.into_any();
    }
    let offset = detail.row.offset_minutes;
    let line = |attempt: &HookAttempt| {
        let result = attempt.result.map(|result| result_words(locale, result));
        let cause = attempt.cause.map(|cause| cause_words(locale, cause));
        view! {
            <li>
                <b>{tr!(locale, webhooks.attempt, n = attempt.number)}</b>
                " "
                <span class="dim">{moment_title(locale, attempt.at, offset)}</span>
                <br />
                {result}
                {cause}
                {attempt.error.as_deref().map(|error| view! { ": " <span dir="auto">{said_words(locale, error)}</span> })}
            </li>
        }
    };
    let lines = detail.attempts.iter().map(line).collect_view();
    view! {
        <h2>{tr!(locale, webhooks.attempts)}</h2>
        <ol class="hook-tries">{lines}</ol>
    }
    .into_any()
}

/// Headers and bodies.
fn bodies(locale: crate::i18n::Locale, detail: &HookDetail) -> AnyView {
    let headers = detail.headers.iter().map(|(name, value)| {
        view! { <div><dt><code dir="ltr">{name.clone()}</code></dt><dd><bdi dir="ltr">{value.clone()}</bdi></dd></div> }
    });
    let edited = detail.edited.clone().map(|text| {
        let label = tr!(locale, webhooks.edited);
        view! {
            <h2>{label}</h2>
            <div class="code"><pre tabindex="0" role="region" aria-label=label dir="ltr">{text}</pre></div>
        }
    });
    let label = tr!(locale, webhooks.body);
    let body = match &detail.body {
        Some(body) => {
            let text = pretty(body);
            view! { <div class="code"><pre tabindex="0" role="region" aria-label=label dir="ltr">{text}</pre></div> }
                .into_any()
        }
        None => view! { <p class="dim">{tr!(locale, webhooks.body_gone)}</p> }.into_any(),
    };
    view! {
        {edited}
        <h2>{label}</h2>
        {body}
        <p class="dim small">
            {tr!(locale, webhooks.bytes, n = detail.bytes)} " · SHA-256 " <code dir="ltr">{detail.sha256.clone()}</code>
        </p>
        <h2>{tr!(locale, webhooks.headers)}</h2>
        <dl class="hook-facts">{headers.collect_view()}</dl>
    }
    .into_any()
}

/// JSON with indents; anything else as it is.
fn pretty(body: &str) -> String {
    serde_json::from_str::<serde_json::Value>(body)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| body.to_owned())
}

/// Edits the body as it is processed, and tries again.
#[component]
fn EditDialog(delivery: Delivery) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let text = NodeRef::<html::Textarea>::new();
    let at_first = delivery.detail.with_untracked(|detail| {
        let body = detail.edited.as_ref().or(detail.body.as_ref());
        body.map(|body| pretty(body)).unwrap_or_default()
    });
    let note = move || {
        let error = delivery.error.get()?;
        let text = match error.field("body") {
            Some(_) => tr!(locale, webhooks.no_json).to_owned(),
            None => trouble_text(locale, &error),
        };
        Some(view! { <FormNote text /> })
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(text) = text.get_untracked() else {
            return;
        };
        let body = text.value();
        delivery.act(move |id| calls::edit(id, body));
    };
    view! {
        <Dialog
            title=tr!(locale, webhooks.edit_title)
            handle
            is_wide=true
            on_close=Callback::new(move |()| {
                delivery.error.set(None);
                delivery.is_editing.set(false);
            })
        >
            <form on:submit=save>
                <div class="modal-body">
                    {note}
                    <p>{tr!(locale, webhooks.edit_text)}</p>
                    <label class="vh" for="f-hook-body">{tr!(locale, webhooks.body)}</label>
                    <textarea class="input hook-edit" id="f-hook-body" dir="ltr" rows="16" spellcheck="false" node_ref=text>
                        {at_first}
                    </textarea>
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <button class="btn primary" type="submit">{tr!(locale, webhooks.save_and_retry)}</button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
