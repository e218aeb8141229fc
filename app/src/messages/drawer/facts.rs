//! What else there is to know of a message.

use crate::activity::words::number;
use crate::i18n::tr;
use crate::messages::address::{href_of, href_of_message};
use crate::messages::state::use_messages;
use crate::messages::words::{is_hidden, kind_label};
use domain::message::{Channel, segments};
use domain::query::quote_value;
use domain::view::MessageDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// The facts, with links to what shares them.
#[component]
pub fn Facts(detail: Arc<MessageDetail>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let message = &detail.message;
    let by = |qualifier: &str, value: &Option<String>| {
        value
            .clone()
            .filter(|value| !is_hidden(value))
            .map(|value| {
                let href = href_of(&format!("{qualifier}:{}", quote_value(&value)));
                view! { <a class="link" href=href><bdi>{value}</bdi></a> }
            })
    };
    let template = by("template", &message.template)
        .map(|link| view! { <dt>{tr!(locale, messages.drawer.template)}</dt> <dd>{link}</dd> });
    let trace = by("trace", &message.trace_id)
        .map(|link| view! { <dt>{tr!(locale, messages.drawer.trace)}</dt> <dd>{link}</dd> });
    let parts = message
        .text
        .as_deref()
        .filter(|text| detail.row.channel == Channel::Sms && !is_hidden(text))
        .map(|text| {
            let parts = u64::from(segments(text).count);
            let words = tr!(locale, messages.drawer.segments, count = parts);
            view! { <dt>{tr!(locale, messages.channel.sms)}</dt> <dd>{words}</dd> }
        });
    let words = detail.delivery.provider_words.clone().map(|words| {
        view! {
            <dt>{tr!(locale, messages.drawer.provider)}</dt>
            <dd><code dir="ltr">{words}</code></dd>
        }
    });
    let recorded = (message.is_recorded && detail.row.status.is_some())
        .then(|| view! { <dt></dt> <dd>{tr!(locale, messages.drawer.recorded)}</dd> });
    let first = message.resend_of.map(|id| {
        view! {
            <dt>{tr!(locale, messages.drawer.resend_of)}</dt>
            <dd><a class="link" href=href_of_message(id)>{tr!(locale, messages.drawer.another)}</a></dd>
        }
    });
    let again = (!detail.sent_again_as.is_empty()).then(|| {
        let links = detail
            .sent_again_as
            .iter()
            .map(|id| {
                view! {
                    <a class="link" href=href_of_message(*id)>{tr!(locale, messages.drawer.another)}</a> " "
                }
            })
            .collect_view();
        view! { <dt>{tr!(locale, messages.drawer.sent_again_as)}</dt> <dd>{links}</dd> }
    });
    let seq = detail
        .row
        .seq
        .map(|seq| format!(" · {}", number(seq.0.unsigned_abs())));
    view! {
        <section class="section" aria-labelledby="m-facts">
            <h2 id="m-facts">{tr!(locale, messages.drawer.facts)}</h2>
            <dl class="facts">
                <dt>{tr!(locale, messages.drawer.kind)}</dt>
                <dd>{kind_label(locale, detail.row.kind)}</dd>
                {template}
                {parts}
                {words}
                {trace}
                {first}
                {again}
                {recorded}
                <dt>{tr!(locale, messages.drawer.id)}</dt>
                <dd><code dir="ltr">{detail.row.id.to_string()}</code> {seq}</dd>
            </dl>
        </section>
    }
    .into_any()
}
