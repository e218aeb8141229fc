//! A message in the thread: an email as a card, an SMS or WhatsApp message as a bubble.

use super::state::use_thread;
use crate::activity::clock::{clock_short, day_of, local};
use crate::activity::words::{actor_words, moment_title};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::messages::address::href_of_message_in_thread;
use crate::messages::drawer::{ActButton, MessageAct};
use crate::messages::status::{StateMark, use_countdown};
use crate::messages::words::{
    State, channel_glyph, channel_label, counterpart, failure_words, is_hidden, late_words,
    state_of,
};
use crate::orders::composer::{EditButton, SendByOther, by_other};
use chrono::{DateTime, Utc};
use domain::ActorType;
use domain::message::{
    Attachment, Channel, DeliveryStatus, MessageDirection, NotSentReason, Verdict, shown_number,
};
use domain::view::MessageRow;
use leptos::prelude::*;

/// The seconds that a message is held.
const HOLD: u64 = 30;
/// The ring's way round, in its own units.
const RING: f64 = 50.3;

/// A message.
#[component]
pub fn Message(
    /// Its line.
    row: MessageRow,
    /// What it says.
    text: Option<String>,
    /// Whether it has HTML to be shown in a frame.
    has_html: bool,
    /// Its files.
    attachments: Vec<Attachment>,
) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let side = match row.direction {
        MessageDirection::Outbound => "out",
        MessageDirection::Inbound => "in",
    };
    let body = if row.channel == Channel::Email {
        view! { <Card row=row.clone() text=text.clone() has_html attachments /> }.into_any()
    } else {
        view! { <Bubble row=row.clone() text=text.clone() attachments /> }.into_any()
    };
    let (id, status) = (format!("m-{}", row.id), row.status);
    let author = author(locale, &row);
    let channel = row.channel;
    // Where it went: another address than the customer's would not be seen otherwise.
    let to = (row.direction == MessageDirection::Outbound)
        .then(|| row.to.as_deref().filter(|to| !is_hidden(to)))
        .flatten()
        .map(shown_number)
        .map(|to| {
            view! { <span class="dim">" " {tr!(locale, messages.drawer.to)} " " <bdi>{to}</bdi></span> }
        });
    let acts = view! { <Acts row text has_html /> }.into_any();
    view! {
        <li class=side id=id data-status=status.map(DeliveryStatus::as_str)>
            <p class="from">
                <Icon glyph=channel_glyph(channel) />
                <span>
                    <bdi>{author}</bdi> " "
                    <span class="dim">{channel_label(locale, channel)}</span>
                    {to}
                </span>
            </p>
            {body}
            {acts}
        </li>
    }
    .into_any()
}

/// Who wrote it.
fn author(locale: Locale, row: &MessageRow) -> String {
    match (row.direction, row.caused_by.kind) {
        (MessageDirection::Inbound, _) => counterpart(locale, row),
        (MessageDirection::Outbound, ActorType::Rule) => match &row.caused_by.name {
            Some(name) => tr!(locale, messages.thread.rule, name = name.as_str()),
            None => actor_words(locale, &row.caused_by),
        },
        (MessageDirection::Outbound, _) => actor_words(locale, &row.caused_by),
    }
}

/// What became of it, in one line: what failed says how often and why.
fn said(locale: Locale, row: &MessageRow, today: chrono::NaiveDate) -> State {
    let mut state = state_of(locale, row, today);
    if let Verdict::NotDelivered {
        reason, attempts, ..
    } = &row.verdict
    {
        state.below = Some(tr!(
            locale,
            messages.thread.failed_after,
            count = u64::from(*attempts).max(1),
            reason = failure_words(locale, *reason)
        ));
    }
    state
}

/// Time, ticks, words.
#[component]
fn Status(row: MessageRow, with_time: bool) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let today = log
        .moment
        .now
        .with_untracked(|now| crate::activity::clock::day_of(*now, row.offset_minutes));
    let time = with_time.then(|| view! { <Time row=row.clone() /> });
    let state = (row.direction == MessageDirection::Outbound).then(|| {
        let state = said(locale, &row, today);
        if state.until.is_some() {
            return view! { <StateMark state moment=log.moment /> }.into_any();
        }
        let class = match (state.class, state.below_class) {
            ("", "read") => "status read".to_owned(),
            (class, _) => format!("status {class}"),
        };
        // The words that say more stand for the word that says less, which is read out all the same.
        let is_whole = matches!(
            row.status,
            Some(DeliveryStatus::Sent | DeliveryStatus::Failed)
        );
        let words = match (&state.below, is_whole) {
            (Some(below), true) => below.clone(),
            (Some(below), false) => format!("{}: {below}", state.word),
            (None, _) => state.word.to_owned(),
        };
        view! { <span class=class><Icon glyph=state.glyph />{words}</span> }.into_any()
    });
    view! { {time} {state} }.into_any()
}

/// When it was written or came; of one that left late, or waits for a later time, when it was queued and when it left.
#[component]
fn Time(row: MessageRow) -> impl IntoView {
    let locale = use_thread().locale;
    let (at, offset) = (row.effective_at, row.effective_offset_minutes);
    let title = moment_title(locale, at, offset);
    // It stands below the day on which it left.
    let late = late_words(locale, &row, day_of(at, offset));
    let direction = late.is_none().then_some("ltr");
    let shown = late.unwrap_or_else(|| clock_short(local(row.occurred_at, row.offset_minutes)));
    view! { <time dir=direction title=title datetime=at.to_rfc3339()>{shown}</time> }.into_any()
}

/// The class of its bubble or card: none when it is as it should be.
fn fate(row: &MessageRow) -> &'static str {
    let is_opted_out = matches!(
        row.verdict,
        Verdict::NotSent {
            reason: NotSentReason::OptedOut
        }
    );
    match row.status {
        Some(DeliveryStatus::Pending) => "waiting",
        Some(DeliveryStatus::Stopped) => "off",
        Some(DeliveryStatus::NotSent) if is_opted_out => "off",
        Some(DeliveryStatus::Failed | DeliveryStatus::NotSent) => "failed",
        _ => "",
    }
}

#[component]
fn Bubble(row: MessageRow, text: Option<String>, attachments: Vec<Attachment>) -> impl IntoView {
    let class = format!("bubble {}", fate(&row));
    let files = view! { <Files row=row.clone() attachments /> }.into_any();
    view! {
        <div class=class dir="auto">
            <bdi class="said">{text}</bdi>
            {files}
        </div>
        <p class="under">
            <Status row with_time=true />
        </p>
    }
    .into_any()
}

#[component]
fn Card(
    row: MessageRow,
    text: Option<String>,
    has_html: bool,
    attachments: Vec<Attachment>,
) -> impl IntoView {
    let locale = use_thread().locale;
    let class = format!("mailcard {}", fate(&row));
    let subject = row.subject.clone().filter(|subject| !subject.is_empty());
    let subject = subject.unwrap_or_else(|| tr!(locale, messages.thread.no_subject).to_owned());
    let title = has_html.then(|| tr!(locale, messages.thread.open_message));
    let files = view! { <Files row=row.clone() attachments /> }.into_any();
    view! {
        <article class=class>
            <p class="top">
                <a href=href_of_message_in_thread(row.id) title=title><bdi>{subject}</bdi></a>
                <span class="push dim small"><Time row=row.clone() /></span>
            </p>
            <p class="peek" dir="auto">{text}</p>
            <p class="bottom">
                <Status row with_time=false />
                {files}
            </p>
        </article>
    }
    .into_any()
}

#[component]
fn Files(row: MessageRow, attachments: Vec<Attachment>) -> impl IntoView {
    let id = row.id;
    attachments
        .into_iter()
        .enumerate()
        .map(|(at, file)| {
            let name = file.name.clone();
            view! {
                <a
                    class="status file"
                    href=format!("/messages/{id}/attachments/{at}")
                    rel="external"
                    download=file.name
                >
                    <Icon glyph=icons::PAPERCLIP />
                    <bdi>{name}</bdi>
                </a>
            }
        })
        .collect_view()
        .into_any()
}

/// Stop and Send now while it is held, Restart and Edit when it was stopped, Restart and another channel when it failed; a link to it
/// for everybody.
#[component]
fn Acts(row: MessageRow, text: Option<String>, has_html: bool) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let id = row.id;
    let ring = match (&row.verdict, row.may.stop) {
        (
            Verdict::Waiting {
                until: Some(until), ..
            },
            true,
        ) => Some(view! { <Ring until=*until /> }),
        _ => None,
    };
    let stop = row
        .may
        .stop
        .then(|| view! { <ActButton act=MessageAct::Stop id /> });
    let release = row
        .may
        .release
        .then(|| view! { <ActButton act=MessageAct::Release id /> });
    let may_restart = row.may.restart || row.may.needs_provider;
    let why_not = row
        .may
        .needs_provider
        .then(|| tr!(locale, messages.act.not_set_up));
    let restart = may_restart.then(|| view! { <ActButton act=MessageAct::Restart id why_not /> });
    // The composer writes text to one person.
    let is_plain = !has_html && row.to_count == 1 && !row.is_hidden;
    let is_seen = row.to.as_deref().is_some_and(|to| !is_hidden(to));
    let is_stopped = row.status == Some(DeliveryStatus::Stopped) && may_restart;
    let edit = (is_stopped && is_plain && is_seen).then(|| view! { <EditButton id /> });
    // What nobody took goes by another channel, also where none is set up for its own.
    let is_failed = row.status == Some(DeliveryStatus::Failed)
        || matches!(
            row.verdict,
            Verdict::NotSent {
                reason: NotSentReason::NoSender
            }
        );
    let channel = (is_failed && log.may_send()).then(|| by_other(row.channel));
    let has_own = stop.is_some() || restart.is_some();
    let acts = if has_own {
        let other = channel.map(|other| view! { <SendByOther other text /> });
        view! { <p class="act-line">{ring} {stop} {release} {restart} {edit} {other}</p> }
            .into_any()
    } else {
        // What another system sent can't be restarted from here; there is no line where there is no other way either.
        let text = StoredValue::new(text);
        let line = channel.map(|other| {
            move || {
                other.with(Option::is_some).then(|| {
                    let text = text.get_value();
                    view! { <p class="act-line"><SendByOther other text /></p> }
                })
            }
        });
        view! { {line} }.into_any()
    };
    view! {
        {acts}
        <button
            class="icon-btn m-link"
            type="button"
            aria-label=tr!(locale, messages.thread.copy_link)
            title=tr!(locale, messages.thread.copy_link)
            on:click=move |_| log.copy_link(id)
        >
            <Icon glyph=icons::LINK class="i-s" />
        </button>
    }
    .into_any()
}

/// How much of the hold is left, as a ring.
#[component]
fn Ring(until: DateTime<Utc>) -> impl IntoView {
    let left = use_countdown(use_thread().moment, until);
    let offset = move || {
        let part = left.get().min(HOLD) as f64 / HOLD as f64;
        format!("{:.1}", RING * (1.0 - part))
    };
    view! {
        <svg class="ring" viewBox="0 0 20 20" aria-hidden="true">
            <circle cx="10" cy="10" r="8"></circle>
            <circle cx="10" cy="10" r="8" stroke-dasharray=RING.to_string() stroke-dashoffset=offset></circle>
        </svg>
    }
    .into_any()
}
