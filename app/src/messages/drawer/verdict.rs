//! The answer: one sentence, why, and what can be done.

use super::act::{ActButton, MessageAct};
use super::again::AgainButton;
use crate::activity::words::{actor_words, number};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::address::{customer_href, order_message_href};
use crate::messages::state::use_messages;
use crate::messages::words::{is_hidden, verdict_words};
use domain::message::MessageDirection;
use domain::view::MessageDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// What became of it.
#[component]
pub fn Verdict(detail: Arc<MessageDetail>) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let row = detail.row.clone();
    let sentence = verdict_words(
        locale,
        &detail.delivery.verdict,
        &detail.missed,
        row.offset_minutes,
        log.moment.today_untracked(),
    );
    let by = match &detail.message.rule {
        Some(rule) => tr!(locale, messages.drawer.by_rule, name = rule.name.as_str()),
        None => tr!(
            locale,
            messages.drawer.caused,
            name = actor_words(locale, &row.caused_by)
        ),
    };
    let order = row.order.clone().map(|order| {
        let words = tr!(locale, messages.drawer.order, number = order.as_str());
        view! {
            " " {tr!(locale, messages.drawer.for_order)} " "
            <a class="link" href=order_message_href(&order, row.id)>{words}</a>
        }
    });
    let may_open = log
        .viewer
        .with_value(|viewer| viewer.role.opens_customers());
    let customer = row.customer.clone().filter(|id| !is_hidden(id)).map(|id| {
        let name = row.counterpart_name.clone();
        let name = name.unwrap_or_else(|| tr!(locale, messages.drawer.customer).to_owned());
        let named = if may_open {
            view! { <a class="link" href=customer_href(&id)><bdi>{name}</bdi></a> }.into_any()
        } else {
            view! { <bdi>{name}</bdi> }.into_any()
        };
        view! { " · " {named} }
    });
    let reason = sentence
        .reason
        .map(|reason| view! { <p class="reason"><bdi dir="auto">{reason}</bdi></p> });
    let entry = detail.proof.as_ref().map(|proof| {
        let seq = number(proof.seq.0.unsigned_abs());
        let (class, glyph, title) = if proof.is_verified {
            (
                "chip success push",
                icons::SHIELD_CHECK,
                tr!(locale, activity.ledger.verified),
            )
        } else {
            (
                "chip failed push",
                icons::SHIELD_ALERT,
                tr!(locale, activity.ledger.not_verified),
            )
        };
        view! {
            <span class=class title=title>
                <Icon glyph />
                {tr!(locale, messages.drawer.entry, seq = seq)}
                <span class="vh">" " {title}</span>
            </span>
        }
    });
    view! {
        <div class="verdict">
            <h2 id="m-title">{sentence.text}</h2>
            {reason}
            <p><bdi>{by}</bdi> {order} {customer}</p>
            <Actions detail entry=entry.into_any() />
        </div>
    }
    .into_any()
}

#[component]
fn Actions(detail: Arc<MessageDetail>, entry: AnyView) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let id = detail.row.id;
    let may = detail.row.may;
    let role = (!log.may_send()).then(|| tr!(locale, messages.act.role_why));
    let elsewhere = detail
        .message
        .is_recorded
        .then(|| tr!(locale, messages.act.elsewhere_why));
    let why = |may: bool, words: &'static str| (!may).then(|| role.unwrap_or(words));
    let to = detail
        .message
        .to
        .first()
        .map(|to| to.address.clone())
        .unwrap_or_default();
    let missed = match &detail.delivery.verdict {
        domain::message::Verdict::HandedOver { missed, .. } => missed.as_slice(),
        _ => &[],
    };
    let to_missed = missed
        .iter()
        .filter(|missed| missed.retry_at.is_none() && may.send_again)
        .map(|missed| view! { <AgainButton id to=missed.address.clone() is_alone=true /> })
        .collect_view();
    let release = may
        .release
        .then(|| view! { <ActButton act=MessageAct::Release id /> });
    let not_restarted = if may.needs_provider {
        tr!(locale, messages.act.not_set_up)
    } else {
        elsewhere.unwrap_or(tr!(locale, messages.act.restart_why))
    };
    let is_outbound = detail.row.direction == MessageDirection::Outbound;
    let buttons = is_outbound.then(|| {
        view! {
            <AgainButton id to why_not=why(may.send_again, elsewhere.unwrap_or(tr!(locale, messages.act.again_why))) />
            {to_missed}
            <ActButton act=MessageAct::Stop id why_not=why(may.stop, tr!(locale, messages.act.stop_why)) />
            {release}
            <ActButton act=MessageAct::Restart id why_not=why(may.restart, not_restarted) />
        }
    });
    view! { <div class="actions">{buttons} {entry}</div> }.into_any()
}
