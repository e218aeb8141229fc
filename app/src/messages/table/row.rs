//! A row: one message.

use crate::activity::any_log::{AnyLog as _, frame};
use crate::activity::clock::{clock_short, day_of, local};
use crate::activity::loaded::Line;
use crate::activity::words::moment_title;
use crate::find::MoreLike;
use crate::i18n::tr;
use crate::icons::Icon;
use crate::messages::drawer::{ActButton, MessageAct};
use crate::messages::state::use_messages;
use crate::messages::status::StateMark;
use crate::messages::words::{
    address, channel_glyph, channel_label, counterpart, counterpart_qualifier, kind_label,
    late_words, left_words, state_of,
};
use domain::message::{MessageDirection, MessageType, shown_number};
use domain::view::MessageRow;
use leptos::prelude::*;

/// A message as a row of two lines.
#[component]
pub fn Row(
    /// The message.
    line: Line<MessageRow>,
) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let is_fresh = line.is_fresh;
    let row = line.row;
    let id = row.id;
    let state = state_of(
        locale,
        &row,
        log.moment
            .now
            .with_untracked(|now| day_of(*now, row.offset_minutes)),
    );
    // The time of the row is that at which it was queued.
    let queued_on = day_of(row.occurred_at, row.offset_minutes);
    let late = late_words(locale, &row, queued_on);
    let below = [left_words(locale, &row), state.below.clone()];
    let below: Vec<String> = below.into_iter().flatten().collect();
    let below = (!below.is_empty()).then(|| {
        let class = format!("sub {}", state.below_class);
        view! { <span class=class title=late>{below.join(" · ")}</span> }
    });
    let kind = (row.kind != MessageType::Other).then(|| {
        view! { {kind_label(locale, row.kind)} {like("type", Some(row.kind.as_str()))} }
    });
    let status = row.status.map(|status| status.as_str());
    let time = clock_short(local(row.occurred_at, row.offset_minutes));
    let title = moment_title(locale, row.occurred_at, row.offset_minutes);
    let label = tr!(
        locale,
        find.select.row,
        time = time.as_str(),
        what = counterpart(locale, &row)
    );
    let channel = channel_label(locale, row.channel);
    let direction = match row.direction {
        MessageDirection::Outbound => tr!(locale, messages.direction.outbound),
        MessageDirection::Inbound => tr!(locale, messages.direction.inbound),
    };
    let act = if row.may.stop {
        view! { <ActButton act=MessageAct::Stop id is_link=true /> }.into_any()
    } else if row.may.restart || row.may.needs_provider {
        let why_not = row
            .may
            .needs_provider
            .then(|| tr!(locale, messages.act.not_set_up));
        view! { <ActButton act=MessageAct::Restart id why_not is_link=true /> }.into_any()
    } else {
        ().into_any()
    };
    let cells = view! {
        <td role="cell" class="channel" title=format!("{channel}, {direction}")>
            <Icon glyph=channel_glyph(row.channel) />
            <span class="vh">{channel} ", " {direction}</span>
            {like("channel", Some(row.channel.as_str()))}
        </td>
        <td role="cell" class="what"><Who row=(*row).clone() /></td>
        <td role="cell" class="kind">{kind}</td>
        <td role="cell" class="state">
            <StateMark state moment=log.moment />
            {below}
            {like("status", status)}
        </td>
        <td role="cell" class="end">
            <time dir="ltr" title=title datetime=row.occurred_at.to_rfc3339()>{time}</time>
            {act}
        </td>
    };
    frame::row(log, id, is_fresh, label, cells.into_any())
}

/// What shares a value of the row, if it has one.
fn like(qualifier: &'static str, value: Option<&str>) -> impl IntoView + use<> {
    value.map(|value| view! { <MoreLike qualifier value is_in_tab_order=false /> })
}

/// To or from whom, and what it says.
#[component]
fn Who(row: MessageRow) -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let id = row.id;
    let name = counterpart(locale, &row);
    let beside = address(&row)
        .map(shown_number)
        .filter(|address| *address != name)
        .map(|address| view! { <bdi class="addr" dir="ltr">{address}</bdi> });
    let more = (row.to_count > 1).then(|| {
        let more = u64::from(row.to_count - 1);
        let words = tr!(locale, messages.table.to_more, count = more, n = more);
        view! { <span class="addr">{words}</span> }
    });
    let customer = like("customer", row.customer.as_deref());
    let recipient = like(counterpart_qualifier(&row), address(&row));
    let order = like("order", row.order.as_deref());
    let hidden = row.is_hidden.then(|| tr!(locale, messages.hidden_secret));
    let (first, second) = match (row.subject, row.preview) {
        (Some(subject), preview) => (Some(subject), preview),
        (None, preview) => (preview, None),
    };
    view! {
        <div class="line">
            <a
                class="name"
                href=move || log.row_href(id)
                on:click=move |event| log.follow_link(id, &event)
            >
                <bdi>{name}</bdi>
            </a>
            {customer}
            {beside}
            {recipient}
            {more}
        </div>
        <div class="line" title=hidden>
            {first.map(|text| view! { <span class="subj" dir="auto">{text}</span> })}
            {second.map(|text| view! { <span class="body" dir="auto">{text}</span> })}
            {order}
        </div>
    }
    .into_any()
}
