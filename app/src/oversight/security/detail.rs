//! An event with everything about it.

use super::words::{
    in_words, kind_label, outcome_label, reference_words, sentence, way_words, why_words,
};
use crate::activity::words::{Reader, device_words, field_label};
use crate::i18n::tr;
use crate::oversight::address::Address;
use crate::oversight::parts::{
    by, call_link, fact, is_nobody, look_alike_mark, mini, proof_facts, section,
};
use crate::oversight::state::Watch;
use domain::Permission;
use domain::view::{SecurityDetail, SecurityRow};
use leptos::prelude::*;
use serde_json::Value;

/// The facts, what changed, what else the account did and what else came from the address.
pub fn evidence(log: Watch<SecurityRow>, detail: &SecurityDetail) -> AnyView {
    let locale = log.locale;
    let account = others(
        log,
        "d-account",
        tr!(locale, oversight.security.same_account),
        detail,
        &detail.same_account,
    );
    let address = others(
        log,
        "d-address",
        tr!(locale, oversight.security.same_address),
        detail,
        &detail.same_address,
    );
    let id = detail.row.id.to_string();
    view! {
        {facts(log, detail)} {changes(log, detail)} {account} {address}
        {proof_facts(log, id.clone(), Some(id), detail.proof.clone())}
    }
    .into_any()
}

fn facts(log: Watch<SecurityRow>, detail: &SecurityDetail) -> AnyView {
    let locale = log.locale;
    let (row, event) = (&detail.row, &detail.event);
    let who = (!is_nobody(&row.actor)).then(|| {
        let name = row.actor.label().to_owned();
        let value = row.actor.email.clone().unwrap_or_else(|| name.clone());
        by::<SecurityRow>("who", value, Some(name))
    });
    let account = row.account.clone().map(|account| {
        let mark = look_alike_mark(locale, Some(account.as_str()));
        view! { {by::<SecurityRow>("who", account, None)} " " {mark} }.into_any()
    });
    let subject = row.subject.as_ref().map(|subject| {
        let value = format!("{}/{}", subject.kind, subject.id);
        by::<SecurityRow>("subject", value, Some(reference_words(locale, subject)))
    });
    let is_way = row
        .reason
        .as_deref()
        .and_then(|reason| way_words(locale, reason))
        .is_some();
    let reason_label = if is_way {
        tr!(locale, oversight.security.way)
    } else {
        tr!(locale, oversight.security.reason)
    };
    let reason = why_words(locale, row).map(|words| words.into_any());
    let ip = row.ip.clone().map(|ip| {
        let new = row
            .is_new_address
            .then(|| view! { " " <span class="chip info">{tr!(locale, oversight.has.new_address)}</span> });
        view! { {by::<SecurityRow>("ip", ip, None)} {new} }.into_any()
    });
    let place = event
        .place
        .as_ref()
        .map(|place| view! { <bdi>{place.words.clone()}</bdi> }.into_any());
    let agent = event.origin.user_agent.clone();
    let device = row
        .device
        .as_deref()
        .map(|device| device_words(locale, device));
    let device = device.or_else(|| agent.clone()).map(|device| {
        let new = row.is_new_device.then(
            || view! { " " <span class="chip info">{tr!(locale, oversight.has.new_device)}</span> },
        );
        view! { <bdi title=agent>{device}</bdi> {new} }.into_any()
    });
    let may_follow = log
        .viewer
        .with_value(|viewer| viewer.may(Permission::ReadRequests));
    let request = detail
        .request
        .as_ref()
        .filter(|_| may_follow)
        .map(|request| call_link(request, &request.path));
    let count = (row.count > 1).then(|| {
        tr!(
            locale,
            oversight.security.stands_for,
            count = u64::from(row.count)
        )
        .into_any()
    });
    let list = view! {
        <dl class="facts">
            {fact(tr!(locale, oversight.column.who), who)}
            {fact(tr!(locale, oversight.security.account), account)}
            {fact(tr!(locale, oversight.security.subject), subject)}
            {fact(reason_label, reason)}
            {fact(tr!(locale, oversight.security.times), count)}
            <dt>{tr!(locale, activity.column.outcome)}</dt>
            <dd>{outcome_label(locale, row.outcome)}</dd>
            <dt>{tr!(locale, oversight.security.kind)}</dt>
            <dd>{kind_label(locale, row.kind)}</dd>
            {fact(tr!(locale, activity.column.ip), ip)}
            {fact(tr!(locale, oversight.security.from_place), place)}
            {fact(tr!(locale, oversight.requests.device), device)}
            {fact(tr!(locale, oversight.requests.call), request)}
        </dl>
    };
    section(
        "d-facts",
        tr!(locale, oversight.security.facts),
        list.into_any(),
    )
}

/// A value as text: roles and categories by name, words without quotes, lists with commas, times on the store's clock.
fn plain(reader: Reader, field: &str, value: &Value) -> String {
    if let Some(names) = reader.named(field, value) {
        return names;
    }
    match value {
        Value::Null => "–".to_owned(),
        Value::Array(items) => {
            let items = items.iter().map(|item| plain(reader, field, item));
            let items: Vec<_> = items.collect();
            items.join(tr!(reader.locale(), common.and))
        }
        other => reader.whole(field, other),
    }
}

fn changes(log: Watch<SecurityRow>, detail: &SecurityDetail) -> Option<AnyView> {
    let changes = &detail.event.changes;
    if changes.is_empty() {
        return None;
    }
    let row = &detail.row;
    let reader = Reader::at(log.locale, row.occurred_at, row.offset_minutes);
    let rows = changes
        .iter()
        .map(|change| {
            view! {
                <tr>
                    <th scope="row">{field_label(log.locale, &change.field)}</th>
                    <td>
                        <del dir="auto">{plain(reader, &change.field, &change.before)}</del>
                        " "
                        <span class="arrow-to flip" aria-hidden="true">"→"</span>
                        " "
                        <ins dir="auto">{plain(reader, &change.field, &change.after)}</ins>
                    </td>
                </tr>
            }
        })
        .collect_view();
    let table = view! {
        <table class="diff">
            <tbody>{rows}</tbody>
        </table>
    };
    Some(section(
        "d-changes",
        tr!(log.locale, oversight.security.changes),
        table.into_any(),
    ))
}

fn others(
    log: Watch<SecurityRow>,
    id: &'static str,
    title: &'static str,
    detail: &SecurityDetail,
    rows: &[SecurityRow],
) -> Option<AnyView> {
    // Itself alone is no company.
    if !rows.iter().any(|row| row.id != detail.row.id) {
        return None;
    }
    let items = rows
        .iter()
        .map(|row| {
            let href = Address::default().with_entry(row.id).href("/security");
            let words = if id == "d-account" {
                let event = super::words::event_label(log.locale, row.event);
                let words = in_words(log.locale, row);
                if words == event {
                    words
                } else {
                    format!("{event} · {words}")
                }
            } else {
                sentence(log.locale, row)
            };
            let at = (row.occurred_at, row.offset_minutes);
            mini(log, at, href, words, row.id == detail.row.id)
        })
        .collect_view();
    let list = view! { <ul class="mini">{items}</ul> };
    Some(section(id, title, list.into_any()))
}
