//! What else there is to know of a message.

use crate::activity::words::number;
use crate::find::MoreLike;
use crate::i18n::tr;
use crate::messages::address::href_of_message;
use crate::messages::state::use_messages;
use crate::messages::words::{
    address, channel_label, counterpart_qualifier, is_hidden, kind_label, status_label,
};
use crate::oversight::call_behind;
use domain::message::{Channel, MessageDirection, segments};
use domain::view::MessageDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// The facts; what shares one of them is asked for beside it, within what the list shows.
#[component]
pub fn Facts(detail: Arc<MessageDetail>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let message = &detail.message;
    let row = &detail.row;
    // What is hidden is shown as what it is, and can't be searched for.
    let like = |name: &'static str,
                qualifier: &'static str,
                value: Option<String>,
                label: Option<&'static str>| {
        value.map(|value| {
            let shown = label.map_or_else(|| value.clone(), str::to_owned);
            view! {
                <dt>{name}</dt>
                <dd>
                    <bdi>{shown}</bdi>
                    " "
                    <MoreLike qualifier value />
                </dd>
            }
        })
    };
    let side = match row.direction {
        MessageDirection::Outbound => tr!(locale, messages.drawer.to_label),
        MessageDirection::Inbound => tr!(locale, messages.drawer.from_label),
    };
    let side = like(
        side,
        counterpart_qualifier(row),
        address(row).map(str::to_owned),
        None,
    );
    // A mail's stands at its head.
    let is_text_sent = row.direction == MessageDirection::Outbound && row.channel != Channel::Email;
    let sender = like(
        tr!(locale, messages.drawer.from_label),
        "from",
        row.from.clone().filter(|_| is_text_sent),
        None,
    );
    let channel = like(
        tr!(locale, messages.filter.channel),
        "channel",
        Some(row.channel.as_str().to_owned()),
        Some(channel_label(locale, row.channel)),
    );
    let kind = like(
        tr!(locale, messages.drawer.kind),
        "type",
        Some(row.kind.as_str().to_owned()),
        Some(kind_label(locale, row.kind)),
    );
    let status = like(
        tr!(locale, messages.filter.status),
        "status",
        row.status.map(|status| status.as_str().to_owned()),
        Some(status_label(locale, row.status)),
    );
    let customer = like(
        tr!(locale, messages.orders.customer),
        "customer",
        row.customer.clone(),
        None,
    );
    let order = like(
        tr!(locale, messages.drawer.about_order),
        "order",
        row.order.clone(),
        None,
    );
    let template = like(
        tr!(locale, messages.drawer.template),
        "template",
        message.template.clone(),
        None,
    );
    let trace = like(
        tr!(locale, messages.drawer.trace),
        "trace",
        message.trace_id.clone(),
        None,
    );
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
    let call = detail.call.as_deref().map(|call| call_behind(locale, call));
    let seq = detail
        .row
        .seq
        .map(|seq| format!(" · {}", number(seq.0.unsigned_abs())));
    view! {
        <section class="section" aria-labelledby="m-facts">
            <h2 id="m-facts">{tr!(locale, messages.drawer.facts)}</h2>
            <dl class="facts">
                {side}
                {sender}
                {channel}
                {kind}
                {status}
                {customer}
                {order}
                {template}
                {parts}
                {words}
                {trace}
                {first}
                {again}
                {recorded}
                {call}
                <dt>{tr!(locale, messages.drawer.id)}</dt>
                <dd><code dir="ltr">{detail.row.id.to_string()}</code> {seq}</dd>
            </dl>
        </section>
    }
    .into_any()
}
