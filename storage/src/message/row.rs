//! Lines of the message log, from columns or from a message in memory, as a scope may see them.

use crate::log::{uuid_of, zone};
use crate::record::message::damaged;
use crate::sql::sql;
use crate::{Error, Scope};
use chrono::{DateTime, Utc};
use domain::message::{
    BlobRef, Delivery, DeliveryFact, DeliveryStatus, FactKind, Mailbox, Message, MessageDirection,
    Missed, ReadMark, Verdict, WaitReason, words_of,
};
use domain::view::{MessageActions, MessageRow, ThreadItem};
use domain::{MASK, MessageId, OrderKey, Permission, Seq};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// How much of its text a line shows.
const PREVIEW_CHARS: usize = 200;
/// How much of its text a thread shows.
const THREAD_CHARS: usize = 10_000;

#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    shown: String,
    delivery: String,
    due_at: Option<i64>,
}

/// The message with no more content than a line shows.
pub(crate) fn slim(message: &Message) -> Message {
    Message {
        text: preview(message),
        html: None,
        headers: Vec::new(),
        references: Vec::new(),
        raw: None,
        ..message.clone()
    }
}

fn preview(message: &Message) -> Option<String> {
    let words = words_of(message, 4 * PREVIEW_CHARS)?;
    let joined: Vec<&str> = words.split_whitespace().collect();
    Some(joined.join(" ").chars().take(PREVIEW_CHARS).collect())
}

/// The lines of the keys given, in their order. The keys were found through the scope.
pub(crate) async fn of_keys(
    on: &impl ConnectionTrait,
    scope: &Scope,
    keys: &[OrderKey],
) -> Result<Vec<MessageRow>, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT m.order_key, m.seq, m.id, m.shown, m.delivery, o.due_at FROM message m \
         LEFT JOIN outbox o ON o.order_key = m.order_key AND o.state = 0 WHERE m.order_key IN ",
        [],
    );
    statement.list(keys.iter().map(|k| k.0));
    let mut columns: Vec<Columns> = if keys.is_empty() {
        Vec::new()
    } else {
        statement.all(on).await?
    };
    columns.sort_by_cached_key(|c| keys.iter().position(|k| k.0 == c.order_key));
    columns
        .into_iter()
        .map(|c| {
            let message: Message = serde_json::from_str(&c.shown).map_err(damaged)?;
            let delivery: Delivery = serde_json::from_str(&c.delivery).map_err(damaged)?;
            let id = MessageId(uuid_of(&c.id)?);
            Ok(of_message(
                scope,
                id,
                Seq(c.seq),
                &message,
                &delivery,
                c.due_at,
            ))
        })
        .collect()
}

/// Whether a secret's content is hidden from the scope's role.
pub(crate) fn is_hidden(scope: &Scope, message: &Message) -> bool {
    message.is_secret && !scope.role().may(Permission::ReadSecrets)
}

/// Where the raw mail is kept, as it came or as the last try handed it over; none where the scope may not read it.
pub(super) fn raw_of(scope: &Scope, message: &Message, facts: &[DeliveryFact]) -> Option<BlobRef> {
    if scope.role().is_masked() || is_hidden(scope, message) {
        return None;
    }
    let sent = || {
        facts.iter().rev().find_map(|fact| match &fact.kind {
            FactKind::Begun { raw, .. } => raw.clone(),
            _ => None,
        })
    };
    message.raw.clone().or_else(sent)
}

/// The line of a message in its present state.
pub(crate) fn of_message(
    scope: &Scope,
    id: MessageId,
    seq: Seq,
    message: &Message,
    delivery: &Delivery,
    due_at: Option<i64>,
) -> MessageRow {
    let is_masked = scope.role().is_masked();
    let shown = message.shown_to(scope.role());
    let address = |mailbox: &Mailbox| mailbox.address.clone();
    let name = message
        .counterpart()
        .and_then(|m| m.name.clone())
        .or_else(|| message.customer_name.clone());
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let effective_at = effective_at(message, delivery, due_at);
    MessageRow {
        id,
        seq: (!scope.role().is_restricted()).then_some(seq),
        occurred_at: message.occurred_at,
        offset_minutes: zone::offset_minutes(zone::of(scope.store()), message.occurred_at),
        channel: message.channel,
        direction: message.direction,
        kind: message.kind,
        status: delivery.status,
        read: delivery.read,
        verdict: verdict(&delivery.verdict, is_masked),
        provider_words: words(delivery.provider_words.as_ref(), is_masked),
        from: shown.from.as_ref().map(address),
        to: shown.to.first().map(address),
        counterpart_name: name.map(|name| if is_masked { MASK.to_owned() } else { name }),
        to_count: count(message.to.len()),
        preview: preview(&shown),
        subject: shown.subject,
        order: shown.order,
        customer: shown.customer,
        caused_by: shown.caused_by,
        template: shown.template,
        attachment_count: count(message.attachments.len()),
        attempt_count: count(
            delivery
                .attempts
                .iter()
                .filter(|a| a.begun_at.is_some() && a.only.is_empty())
                .count(),
        ),
        is_hidden: is_hidden(scope, message),
        due_at: due_at.map(zone::time_of),
        effective_at,
        effective_offset_minutes: zone::offset_minutes(zone::of(scope.store()), effective_at),
        may: may(scope, message, delivery, due_at),
    }
}

/// Where a message stands in a thread.
fn effective_at(message: &Message, delivery: &Delivery, due_at: Option<i64>) -> DateTime<Utc> {
    let known = match &delivery.verdict {
        // Of one that was released the outbox knows the new time.
        Verdict::Waiting { until, .. } => due_at.map(zone::time_of).or(*until),
        _ => delivery.handed_over_at(),
    };
    // Another system may have told of a try before the message.
    known.map_or(message.occurred_at, |at| at.max(message.occurred_at))
}

/// The microsecond at which a message of a key stands in a thread.
pub(super) fn place(row: &MessageRow, key: OrderKey) -> i64 {
    if row.effective_at > row.occurred_at {
        row.effective_at.timestamp_micros()
    } else {
        key.micros()
    }
}

/// A provider's words may hold the address.
fn words(words: Option<&String>, is_masked: bool) -> Option<String> {
    words.map(|words| {
        if is_masked {
            MASK.to_owned()
        } else {
            words.clone()
        }
    })
}

/// The sentence without the provider's words, in which addresses may stand, for a masked role.
fn verdict(verdict: &Verdict, is_masked: bool) -> Verdict {
    let mut shown = verdict.clone();
    if is_masked {
        match &mut shown {
            Verdict::NotDelivered { words: told, .. }
            | Verdict::Waiting { words: told, .. }
            | Verdict::AnswerUnknown { words: told, .. } => {
                *told = words(told.as_ref(), true);
            }
            Verdict::Stopped { by: Some(by), .. } => *by = domain::mask_actor(by),
            Verdict::HandedOver { missed, .. } => mask_missed(missed),
            _ => {}
        }
    }
    shown
}

/// Whose copies were not taken or did not arrive, as the scope may see it.
pub(super) fn missed(scope: &Scope, message: &Message, facts: &[DeliveryFact]) -> Vec<Missed> {
    let mut missed = Delivery::missed(message, facts);
    if scope.role().is_masked() {
        mask_missed(&mut missed);
    }
    missed
}

/// Whose copies were not taken: their addresses, and words in which those may stand.
fn mask_missed(missed: &mut [Missed]) {
    for missed in missed {
        MASK.clone_into(&mut missed.address);
        missed.words = words(missed.words.as_ref(), true);
    }
}

fn mask_all(addresses: &mut [String]) {
    for address in addresses {
        MASK.clone_into(address);
    }
}

/// The delivery as a masked role sees it.
pub(crate) fn mask_delivery(delivery: &Delivery) -> Delivery {
    let mut shown = delivery.clone();
    shown.verdict = verdict(&delivery.verdict, true);
    shown.provider_words = words(delivery.provider_words.as_ref(), true);
    for attempt in &mut shown.attempts {
        attempt.words = words(attempt.words.as_ref(), true);
        mask_all(&mut attempt.only);
    }
    shown
}

/// A fact as the scope may see it.
pub(super) fn fact(scope: &Scope, message: &Message, fact: DeliveryFact) -> DeliveryFact {
    let mut shown = if scope.role().is_masked() {
        mask_fact(&fact)
    } else {
        fact
    };
    // What comes back often holds all that went out.
    if let FactKind::Report(report) = &mut shown.kind
        && is_hidden(scope, message)
    {
        report.raw = None;
    }
    shown
}

/// That it was opened, as the scope may see it; none for a fact that tells of something else.
pub(super) fn read_mark(scope: &Scope, fact: &DeliveryFact) -> Option<ReadMark> {
    let mark = fact.read_mark()?;
    Some(ReadMark {
        device: mark.device.filter(|_| !scope.role().is_masked()),
        ..mark
    })
}

/// A fact as a masked role sees it.
fn mask_fact(fact: &DeliveryFact) -> DeliveryFact {
    use domain::message::Answer;
    let mut shown = fact.clone();
    match &mut shown.kind {
        FactKind::Begun { only, .. } => mask_all(only),
        FactKind::Answered(Answer::Accepted {
            words: told,
            missed,
            ..
        }) => {
            *told = words(told.as_ref(), true);
            mask_missed(missed);
        }
        FactKind::Answered(
            Answer::Deferred { words: told, .. } | Answer::Refused { words: told, .. },
        )
        | FactKind::GaveUp { words: told }
        | FactKind::AnswerUnknown { words: told } => *told = words(told.as_ref(), true),
        FactKind::Report(report) => {
            report.recipient = words(report.recipient.as_ref(), true);
            report.words = words(report.words.as_ref(), true);
            report.raw = None;
        }
        FactKind::Stopped { by }
        | FactKind::Released { by }
        | FactKind::Restarted { by, .. }
        | FactKind::Resent { by, .. } => *by = domain::mask_actor(by),
        FactKind::Clicked { url, .. } => MASK.clone_into(url),
        _ => {}
    }
    shown
}

fn may(
    scope: &Scope,
    message: &Message,
    delivery: &Delivery,
    due_at: Option<i64>,
) -> MessageActions {
    let is_ours = scope.role().may(Permission::SendMessages)
        && message.direction == MessageDirection::Outbound
        && !message.is_recorded;
    let is_unknown = matches!(delivery.verdict, Verdict::AnswerUnknown { .. });
    let is_held = matches!(
        delivery.verdict,
        Verdict::Waiting {
            reason: WaitReason::Hold | WaitReason::Schedule,
            ..
        }
    );
    MessageActions {
        stop: is_ours && due_at.is_some() && delivery.status == Some(DeliveryStatus::Pending),
        release: is_ours && due_at.is_some() && is_held,
        // While copies that were put off wait, they are tried first.
        restart: is_ours && delivery.is_restartable() && due_at.is_none(),
        // What is set up is known to the storage alone: `Storage::bar_restarts`.
        needs_provider: false,
        send_again: is_ours
            && (is_unknown || delivery.status != Some(DeliveryStatus::Pending))
            && !is_hidden(scope, message),
    }
}

/// A message of which no more is told than its line.
pub(crate) fn line(row: MessageRow) -> ThreadItem {
    ThreadItem::Message {
        row: Box::new(row),
        text: None,
        has_html: false,
        attachments: Vec::new(),
    }
}

/// The item of a thread.
pub(crate) fn item(scope: &Scope, row: MessageRow, message: &Message) -> ThreadItem {
    let shown = message.shown_to(scope.role());
    ThreadItem::Message {
        row: Box::new(row),
        text: words_of(&shown, THREAD_CHARS),
        has_html: shown.html.is_some(),
        attachments: shown.attachments,
    }
}
