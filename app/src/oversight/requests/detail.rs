//! A call with everything about it: who, what was sent, what came of it.

use super::words::surface_label;
use crate::activity::address::Address as ActivityAddress;
use crate::activity::words::{action_label, device_words};
use crate::i18n::tr;
use crate::messages::address::href_of_message;
use crate::messages::words::{channel_label, counterpart, size_words};
use crate::oversight::address::Address;
use crate::oversight::parts::{by, fact, mini, proof_facts, section};
use crate::oversight::security::sentence;
use crate::oversight::state::Watch;
use domain::view::{RequestDetail, RequestRow, SecurityRow};
use leptos::prelude::*;

/// Who called, what was sent, what it showed and caused.
pub fn evidence(log: Watch<RequestRow>, detail: &RequestDetail) -> AnyView {
    view! {
        {call(log, detail)} {sent(log, detail)} {viewed(log, detail)} {caused(log, detail)}
        {proof_facts(log, detail.row.id.to_string(), None, detail.proof.clone())}
    }
    .into_any()
}

fn call(log: Watch<RequestRow>, detail: &RequestDetail) -> AnyView {
    let locale = log.locale;
    let (row, entry) = (&detail.row, &detail.entry);
    let name = row.actor.label().to_owned();
    let who = (!crate::oversight::parts::is_nobody(&row.actor)).then(|| {
        let value = row.actor.email.clone().unwrap_or_else(|| name.clone());
        by::<RequestRow>("who", value, Some(name.clone()))
    });
    let ip = row.ip.clone().map(|ip| by::<RequestRow>("ip", ip, None));
    let device = row
        .device
        .as_deref()
        .map(|device| device_words(locale, device))
        .or_else(|| entry.user_agent.clone())
        .map(|device| {
            let title = entry.user_agent.clone();
            view! { <bdi title=title>{device}</bdi> }.into_any()
        });
    let trace = row
        .trace_id
        .clone()
        .map(|trace| by::<RequestRow>("trace", trace, None));
    let facts = view! {
        <dl class="facts">
            {fact(tr!(locale, oversight.column.who), who)}
            <dt>{tr!(locale, oversight.requests.surface)}</dt>
            <dd>{surface_label(locale, row.surface)}</dd>
            <dt>{tr!(locale, oversight.requests.call)}</dt>
            <dd>
                <code dir="ltr" class="wrap">
                    {row.method.clone()} " " {row.path.clone()}
                </code>
            </dd>
            <dt>{tr!(locale, oversight.requests.route)}</dt>
            <dd>{by::<RequestRow>("route", row.route.clone(), None)}</dd>
            {fact(tr!(locale, activity.column.ip), ip)}
            {fact(tr!(locale, oversight.requests.device), device)}
            <dt>{tr!(locale, oversight.requests.request_id)}</dt>
            <dd>
                <code dir="ltr" class="wrap">{row.request_id.clone()}</code>
            </dd>
            {fact(tr!(locale, messages.drawer.trace), trace)}
        </dl>
    };
    section(
        "d-call",
        tr!(locale, oversight.requests.about),
        facts.into_any(),
    )
}

fn sent(log: Watch<RequestRow>, detail: &RequestDetail) -> Option<AnyView> {
    let locale = log.locale;
    let entry = &detail.entry;
    if entry.query.is_none() && entry.body_bytes == 0 && entry.body.is_none() {
        return None;
    }
    let query = entry.query.clone().map(|query| {
        view! {
            <h3>{tr!(locale, oversight.requests.query_string)}</h3>
            <div class="code">
                <pre dir="ltr" tabindex="0">{query}</pre>
            </div>
        }
    });
    let size = size_words(entry.body_bytes);
    let body = match &entry.body {
        Some(body) => {
            // As it was kept: pretty only where it is JSON.
            let shown = serde_json::from_str::<serde_json::Value>(body)
                .ok()
                .and_then(|value| serde_json::to_string_pretty(&value).ok())
                .unwrap_or_else(|| body.clone());
            view! {
                <h3>{tr!(locale, oversight.requests.body)} " · " <bdi>{size}</bdi></h3>
                <div class="code">
                    <pre dir="ltr" tabindex="0">{shown}</pre>
                </div>
            }
            .into_any()
        }
        None if entry.body_bytes > 0 => {
            let digest = entry.body_sha256.clone();
            let has_made = !detail.activities.is_empty() || !detail.messages.is_empty();
            let words = if detail.row.status < 400 || has_made {
                tr!(locale, oversight.requests.only_digest)
            } else {
                tr!(locale, oversight.requests.nothing_recorded)
            };
            view! {
                <h3>{tr!(locale, oversight.requests.body)} " · " <bdi>{size}</bdi></h3>
                <p class="soft">{words}</p>
                {digest.map(|digest| view! { <code dir="ltr" class="wrap">{digest}</code> })}
            }
            .into_any()
        }
        None => ().into_any(),
    };
    let content = view! {
        <p class="hint">{tr!(locale, oversight.requests.scrubbed)}</p>
        {query}
        {body}
    };
    Some(section(
        "d-sent",
        tr!(locale, oversight.requests.sent),
        content.into_any(),
    ))
}

fn viewed(log: Watch<RequestRow>, detail: &RequestDetail) -> Option<AnyView> {
    let viewed = &detail.entry.viewed;
    if viewed.is_empty() {
        return None;
    }
    let items = viewed
        .iter()
        .map(|reference| {
            let kind = crate::activity::words::noun(log.locale, &reference.kind);
            let name = reference.label().to_owned();
            let value = format!("{}/{}", reference.kind, reference.id);
            view! { <li>{kind} " " {by::<RequestRow>("viewed", value, Some(name))}</li> }
        })
        .collect_view();
    let list = view! { <ul>{items}</ul> };
    Some(section(
        "d-viewed",
        tr!(log.locale, oversight.requests.viewed),
        list.into_any(),
    ))
}

fn caused(log: Watch<RequestRow>, detail: &RequestDetail) -> Option<AnyView> {
    let locale = log.locale;
    if detail.activities.is_empty() && detail.messages.is_empty() && detail.security.is_empty() {
        return None;
    }
    let activities = detail
        .activities
        .iter()
        .map(|row| {
            let action = action_label(locale, &row.action).unwrap_or(&row.action);
            let words = match &row.subject {
                Some(subject) => format!("{action} · {}", subject.label()),
                None => action.to_owned(),
            };
            let href = ActivityAddress::default().with_entry(row.id).href();
            let at = (row.occurred_at, row.offset_minutes);
            mini(log, at, href, words, false)
        })
        .collect_view();
    let messages = detail
        .messages
        .iter()
        .map(|row| {
            let words = format!(
                "{} · {}",
                channel_label(locale, row.channel),
                counterpart(locale, row)
            );
            let at = (row.occurred_at, row.offset_minutes);
            mini(log, at, href_of_message(row.id), words, false)
        })
        .collect_view();
    let security = detail
        .security
        .iter()
        .map(|row: &SecurityRow| {
            let href = Address::default().with_entry(row.id).href("/security");
            let at = (row.occurred_at, row.offset_minutes);
            mini(log, at, href, sentence(locale, row), false)
        })
        .collect_view();
    let list = view! { <ul class="mini">{activities} {messages} {security}</ul> };
    Some(section(
        "d-caused",
        tr!(locale, oversight.requests.came_of_it),
        list.into_any(),
    ))
}
