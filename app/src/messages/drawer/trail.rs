//! The chain that led to the verdict: tries, openings, and everything that became known.

use crate::activity::words::{device_words, moment_title};
use crate::i18n::{Locale, tr};
use crate::messages::state::use_messages;
use crate::messages::words::{moment_words, not_sent_words, status_label};
use chrono::{DateTime, NaiveDate, Utc};
use domain::message::{
    Answer, AttemptView, Channel, Confidence, DeliveryStatus, FactKind, ReadMark, ReportStatus,
};
use domain::view::{MessageDetail, MessageStep};
use leptos::prelude::*;
use std::sync::Arc;

/// Tries and openings beside each other.
#[component]
pub fn Trails(detail: Arc<MessageDetail>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    if detail.row.status.is_none() {
        return ().into_any();
    }
    let (offset, today) = (detail.row.offset_minutes, log.moment.today_untracked());
    let waits = detail.row.status == Some(DeliveryStatus::Pending);
    let attempts = detail
        .attempts()
        .iter()
        .rev()
        .enumerate()
        // Only the last one can wait.
        .map(|(at, attempt)| attempt_line(locale, attempt, waits && at == 0, offset, today))
        .collect_view();
    let opens = detail
        .opens
        .iter()
        .rev()
        .map(|mark| open_line(locale, mark, offset, today))
        .collect_view();
    let no_attempts = detail
        .attempts()
        .is_empty()
        .then(|| view! { <p class="dim small">{tr!(locale, messages.drawer.no_attempts)}</p> });
    let no_opens = detail.opens.is_empty().then(|| {
        let words = if detail.row.channel == Channel::Sms {
            tr!(locale, messages.drawer.no_reports)
        } else if detail.message.is_tracked || detail.row.channel == Channel::Whatsapp {
            tr!(locale, messages.drawer.no_opens)
        } else {
            tr!(locale, messages.drawer.not_tracked)
        };
        view! { <p class="dim small">{words}</p> }
    });
    view! {
        <div class="two rule">
            <section class="section" aria-labelledby="m-att">
                <h2 id="m-att">{tr!(locale, messages.drawer.attempts)}</h2>
                <ol class="trail">{attempts}</ol>
                {no_attempts}
            </section>
            <section class="section" aria-labelledby="m-op">
                <h2 id="m-op">{tr!(locale, messages.drawer.opens)}</h2>
                <ol class="trail">{opens}</ol>
                {no_opens}
            </section>
        </div>
    }
    .into_any()
}

fn attempt_line(
    locale: Locale,
    attempt: &AttemptView,
    waits: bool,
    offset: i32,
    today: NaiveDate,
) -> impl IntoView + use<> {
    let (class, words) = if attempt.retry_at.is_some() {
        ("wait", tr!(locale, messages.attempt.asked_to_wait))
    } else if attempt.is_answer_unknown {
        ("unsure", tr!(locale, messages.attempt.unknown))
    } else {
        match (attempt.status, attempt.begun_at) {
            (ReportStatus::Delivered, _) => ("good", tr!(locale, messages.progress.delivered)),
            (ReportStatus::Read, _) => ("good", tr!(locale, messages.progress.read)),
            (ReportStatus::Sent, _) => ("good", tr!(locale, messages.attempt.accepted)),
            (ReportStatus::Failed, _) => ("bad", tr!(locale, messages.attempt.refused)),
            (ReportStatus::Canceled, Some(_)) => ("", tr!(locale, messages.progress.canceled)),
            (ReportStatus::Canceled, None) => ("", tr!(locale, messages.attempt.stopped)),
            (ReportStatus::Underway, _) => ("wait", tr!(locale, messages.progress.underway)),
            (ReportStatus::Unknown, Some(_)) => ("wait", tr!(locale, messages.attempt.handing)),
            (ReportStatus::Unknown, None) if waits => ("", tr!(locale, messages.attempt.waiting)),
            // It never began, and never will.
            (ReportStatus::Unknown, None) => {
                ("", status_label(locale, Some(DeliveryStatus::NotSent)))
            }
        }
    };
    let at = attempt
        .status_at
        .or(attempt.answered_at)
        .or(attempt.begun_at);
    let said = [attempt.code.clone(), attempt.words.clone()];
    let said: Vec<String> = said.into_iter().flatten().collect();
    let said = (!said.is_empty()).then(|| view! { <code dir="ltr">{said.join(" ")}</code> " " });
    let by = attempt
        .provider
        .clone()
        .map(|name| tr!(locale, messages.attempt.by, name = name));
    let alone = (!attempt.only.is_empty()).then(|| {
        let who = attempt.only.join(", ");
        format!(" {}", tr!(locale, messages.attempt.alone, who = who))
    });
    let next = attempt.retry_at.map(|at| {
        let time = moment_words(locale, at, offset, today);
        format!(", {}", tr!(locale, messages.attempt.next_try, time = time))
    });
    view! {
        <li class=class>
            <span>{tr!(locale, messages.attempt.number, n = attempt.number)} ": " {words}</span>
            {at.map(|at| time_of(locale, at, offset, today))}
            <p>{said} {by} {alone} {next}</p>
        </li>
    }
}

fn open_line(
    locale: Locale,
    mark: &ReadMark,
    offset: i32,
    today: NaiveDate,
) -> impl IntoView + use<> {
    let (class, words, why) = match mark.confidence {
        Confidence::Person => (
            "here",
            tr!(locale, messages.open.person),
            tr!(locale, messages.open.person_why),
        ),
        Confidence::PrivacyProxy => (
            "unsure",
            tr!(locale, messages.open.privacy_proxy),
            tr!(locale, messages.open.privacy_proxy_why),
        ),
        Confidence::Scanner => (
            "unsure",
            tr!(locale, messages.open.scanner),
            tr!(locale, messages.open.scanner_why),
        ),
    };
    let seen = match mark.device.as_deref() {
        Some(device) => device_words(locale, device),
        None => match reason_words(locale, &mark.reason) {
            Some(reason) => format!("{reason} · {why}"),
            None => why.to_owned(),
        },
    };
    view! {
        <li class=class>
            <span>{words}</span>
            {time_of(locale, mark.at, offset, today)}
            <p><bdi>{seen}</bdi></p>
        </li>
    }
}

/// Why an opening is taken for a program's; none for a person's, and for a reason that is not known here.
fn reason_words(locale: Locale, reason: &str) -> Option<&'static str> {
    Some(match reason {
        "gmail_proxy" | "google_network" => tr!(locale, messages.open.by_google),
        "apple_proxy" | "apple_network" => tr!(locale, messages.open.by_apple),
        "yahoo_proxy" => tr!(locale, messages.open.by_yahoo),
        "duckduckgo_proxy" => tr!(locale, messages.open.by_duckduckgo),
        "microsoft_network" => tr!(locale, messages.open.by_microsoft),
        "no_user_agent" => tr!(locale, messages.open.no_user_agent),
        "head_request" => tr!(locale, messages.open.head_request),
        "known_scanner" => tr!(locale, messages.open.known_scanner),
        "too_fast" => tr!(locale, messages.open.too_fast),
        _ => return None,
    })
}

fn time_of(
    locale: Locale,
    at: DateTime<Utc>,
    offset: i32,
    today: NaiveDate,
) -> impl IntoView + use<> {
    let title = moment_title(locale, at, offset);
    let words = moment_words(locale, at, offset, today);
    view! { <time datetime=at.to_rfc3339() title=title><bdi>{words}</bdi></time> }
}

/// Everything that became known, in the order in which it was recorded.
#[component]
pub fn History(detail: Arc<MessageDetail>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let today = log.moment.today_untracked();
    let steps = detail
        .history
        .iter()
        .rev()
        .map(|step| {
            let (words, said) = fact_words(locale, step, today);
            let said = said.map(|said| view! { <p><code dir="ltr">{said}</code></p> });
            view! {
                <li>
                    <span><bdi>{words}</bdi></span>
                    {time_of(locale, step.fact.at, step.offset_minutes, today)}
                    {said}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="m-hist">
            <h2 id="m-hist">{tr!(locale, messages.drawer.history)}</h2>
            <ol class="trail">{steps}</ol>
        </section>
    }
    .into_any()
}

/// A fact in words, and what was said with it.
fn fact_words(locale: Locale, step: &MessageStep, today: NaiveDate) -> (String, Option<String>) {
    let joined = |parts: [&Option<String>; 2]| {
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let name = |by: &domain::Actor| crate::activity::words::actor_words(locale, by);
    let time = |at| moment_words(locale, at, step.offset_minutes, today);
    match &step.fact.kind {
        FactKind::Queued { is_held: true, .. } => {
            (tr!(locale, messages.fact.held).to_owned(), None)
        }
        FactKind::Queued {
            due_at: Some(at), ..
        } => (tr!(locale, messages.fact.scheduled, time = time(*at)), None),
        FactKind::Queued { .. } => (tr!(locale, messages.fact.queued).to_owned(), None),
        FactKind::NotSent { reason } => {
            let reason = not_sent_words(locale, *reason);
            (tr!(locale, messages.fact.not_sent, reason = reason), None)
        }
        FactKind::Received => (tr!(locale, messages.fact.received).to_owned(), None),
        FactKind::Begun { provider, only, .. } if !only.is_empty() => {
            let who = only.join(", ");
            let name = provider.as_str();
            let words = tr!(locale, messages.fact.begun_alone, name = name, who = who);
            (words, None)
        }
        FactKind::Begun { provider, .. } => (
            tr!(locale, messages.fact.begun, name = provider.as_str()),
            None,
        ),
        FactKind::Answered(Answer::Accepted {
            status,
            words,
            missed,
            ..
        }) => {
            let told = joined([status, words]);
            let missed = missed.iter().map(|missed| {
                let said = joined([&missed.code, &missed.words]).unwrap_or_default();
                format!("{} {said}", missed.address)
            });
            let told: Vec<String> = told.into_iter().chain(missed).collect();
            let words = tr!(locale, messages.fact.accepted).to_owned();
            (words, (!told.is_empty()).then(|| told.join("; ")))
        }
        FactKind::Answered(Answer::Deferred { code, words, .. }) => (
            tr!(locale, messages.fact.deferred).to_owned(),
            joined([code, words]),
        ),
        FactKind::Answered(Answer::Refused { code, words }) => (
            tr!(locale, messages.fact.refused).to_owned(),
            joined([code, words]),
        ),
        FactKind::AnswerUnknown { words } => (
            tr!(locale, messages.fact.answer_unknown).to_owned(),
            words.clone(),
        ),
        FactKind::GaveUp { words } => {
            (tr!(locale, messages.fact.gave_up).to_owned(), words.clone())
        }
        FactKind::Report(report) => {
            let told = joined([&report.code, &report.words]);
            let told = [report.recipient.clone(), told].into_iter().flatten();
            let told: Vec<String> = told.collect();
            (
                tr!(locale, messages.fact.report, word = report.status.as_str()),
                (!told.is_empty()).then(|| told.join(": ")),
            )
        }
        FactKind::Stopped { by } => (tr!(locale, messages.fact.stopped, name = name(by)), None),
        FactKind::Released { by } => (tr!(locale, messages.fact.released, name = name(by)), None),
        FactKind::Restarted { by, .. } => {
            (tr!(locale, messages.fact.restarted, name = name(by)), None)
        }
        FactKind::Resent { by, .. } => (tr!(locale, messages.fact.resent, name = name(by)), None),
        FactKind::Opened { device, .. } => {
            (tr!(locale, messages.fact.opened).to_owned(), device.clone())
        }
        FactKind::Clicked { url, .. } => (
            tr!(locale, messages.fact.clicked).to_owned(),
            Some(url.clone()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_an_opening_proves_nothing_is_said() {
        let reasons = [
            "gmail_proxy",
            "google_network",
            "apple_proxy",
            "apple_network",
            "yahoo_proxy",
            "duckduckgo_proxy",
            "microsoft_network",
            "no_user_agent",
            "head_request",
            "known_scanner",
            "too_fast",
        ];
        for locale in [Locale::en, Locale::ar] {
            for reason in reasons {
                assert!(reason_words(locale, reason).is_some(), "{reason}");
            }
            assert_eq!(reason_words(locale, "ordinary"), None);
        }
        assert_eq!(
            reason_words(Locale::en, "too_fast"),
            Some("Seconds after it was handed over")
        );
    }
}
