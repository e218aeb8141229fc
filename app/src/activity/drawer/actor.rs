//! Who, from where, with what; and what it belongs to.

use super::around::around;
use super::facts::page_of;
use super::parts::{By, value};
use crate::activity::state::use_log;
use crate::activity::table::Picture;
use crate::activity::words::{actor_words, ago, device_words, outcome_label, subject_words};
use crate::i18n::{Locale, tr};
use crate::layout::role_name;
use crate::oversight::call_behind;
use domain::MASK;
use domain::view::ActivityDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// The actor with role and address, and the facts of the call.
#[component]
pub fn ActorSection(detail: Arc<ActivityDetail>) -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let actor = detail.row.actor.clone();
    let name = actor_words(locale, &actor);
    // Where all of it is hidden, its kind can still be asked for.
    let key = actor.key().unwrap_or(actor.kind.as_str()).to_owned();
    let role = actor.role.clone();
    let email = actor.email.clone().filter(|email| *email != name);
    let ip = detail.row.ip.clone();
    let outcome = detail.row.outcome;
    let subject = detail.row.subject.as_ref().map(|subject| {
        let label = subject_words(locale, subject);
        // Names come again; the id is what the shop knows it by.
        let id = Some(subject.id.clone()).filter(|id| !label.contains(id) && !id.contains(MASK));
        let href = detail
            .has_page(&subject.kind, &subject.id)
            .then(|| page_of(&detail, subject))
            .flatten();
        (format!("{}/{}", subject.kind, subject.id), label, id, href)
    });
    let known = known(locale, &detail, log.moment.now.get_untracked());
    let call = move || {
        let around = around(log)?;
        around.call.as_ref().map(|call| call_behind(locale, call))
    };
    let agent = detail.user_agent.clone();
    let device = match (&detail.device, &detail.device_name) {
        (Some(device), Some(name)) => {
            let label = device_words(locale, device);
            Some(view! { <By qualifier="device" value=name.clone() label /> }.into_any())
        }
        // What is not known can only be read.
        _ => agent
            .clone()
            .map(|agent| view! { <bdi>{agent}</bdi> }.into_any()),
    };
    view! {
        <section class="section" aria-labelledby="d-actor">
            <h2 id="d-actor" class="vh">{tr!(locale, activity.column.actor)}</h2>
            <div class="person">
                <Picture actor=actor is_large=true />
                <p>
                    <b class="strong"><By qualifier="actor" value=key label=name /></b>
                    " "
                    {role
                        .map(|role| {
                            let words = role_words(locale, &role);
                            view! { <span class="chip line"><By qualifier="role" value=role label=words /></span> }
                        })}
                    {email.map(|email| view! { <br /> <span class="dim" dir="ltr">{value(email)}</span> })}
                </p>
            </div>
            <dl class="facts">
                {ip
                    .map(|ip| {
                        view! {
                            <dt>{tr!(locale, activity.entry.ip)}</dt>
                            <dd><By qualifier="ip" value=ip /> {known.map(|known| view! { " " <span class="dim">"· " {known}</span> })}</dd>
                        }
                    })}
                {device
                    .map(|device| {
                        view! {
                            <dt>{tr!(locale, activity.entry.device)}</dt>
                            <dd title=agent>{device}</dd>
                        }
                    })}
                {detail
                    .rule
                    .clone()
                    .map(|rule| {
                        let key = rule.id.unwrap_or_else(|| rule.name.clone());
                        view! {
                            <dt>{tr!(locale, activity.entry.rule)}</dt>
                            <dd><By qualifier="rule" value=key label=rule.name /></dd>
                        }
                    })}
                {detail
                    .row
                    .operation_id
                    .clone()
                    .map(|operation| {
                        let href = detail
                            .has_page("operation", &operation)
                            .then(|| crate::operations::href_of(&operation));
                        view! {
                            <dt>{tr!(locale, activity.entry.operation)}</dt>
                            <dd>
                                <By qualifier="operation" value=operation />
                                {href
                                    .map(|href| {
                                        view! { <a class="link" href=href>{tr!(locale, activity.entry.operation_open)}</a> }
                                    })}
                            </dd>
                        }
                    })}
                {detail
                    .trace_id
                    .clone()
                    .map(|trace| {
                        view! {
                            <dt>{tr!(locale, activity.entry.trace)}</dt>
                            <dd><By qualifier="trace" value=trace /></dd>
                        }
                    })}
                <dt>{tr!(locale, activity.column.action)}</dt>
                <dd><By qualifier="action" value=detail.row.action.clone() /></dd>
                {subject
                    .map(|(value, label, id, href)| {
                        view! {
                            <dt>{tr!(locale, activity.entry.subject)}</dt>
                            <dd>
                                <By qualifier="subject" value label />
                                {id.map(|id| view! { " " <bdi class="dim">{id}</bdi> })}
                                {href
                                    .map(|href| {
                                        view! { " " <a class="link" href=href>{tr!(locale, activity.entry.subject_open)}</a> }
                                    })}
                            </dd>
                        }
                    })}
                <dt>{tr!(locale, activity.column.outcome)}</dt>
                <dd><By qualifier="outcome" value=outcome.as_str() label=outcome_label(locale, outcome) /></dd>
                {call}
            </dl>
        </section>
    }
}

/// A role that Storetrail knows in its words, another as the store calls it.
fn role_words(locale: Locale, role: &str) -> String {
    role.parse().map_or_else(
        |()| role.to_owned(),
        |role| role_name(locale, role).to_owned(),
    )
}

/// Since when the actor has used the address.
fn known(
    locale: Locale,
    detail: &ActivityDetail,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<String> {
    if detail.row.ip.as_deref()?.contains(MASK) {
        return None;
    }
    Some(match detail.ip_known_since {
        Some(since) => tr!(
            locale,
            activity.entry.known_since,
            ago = ago(locale, now, since)
        ),
        None => tr!(locale, activity.entry.first_time).to_owned(),
    })
}
