//! What someone sent, on its way into the store: its order found, its sender named.

use crate::email::Party;
use crate::email::inbound::{DeliveryReport, InboundMail};
use crate::email::token::Purpose;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::tracked::Tracked;
use domain::message::{
    Channel, FactKind, Mailbox, Message, MessageDirection, MessageType, NewAttachment, Report,
};
use domain::view::StoreView;
use domain::{Actor, ActorType, MessageId};
use serde_json::{Value, json};
use storage::{Received, ReportOutcome};

use super::{scope, told};

/// How many headers of a mail are kept beside its raw form.
const MAX_HEADERS: usize = 200;

/// Takes a mail in. Answers what became of it.
pub(super) async fn take(
    state: &AppState,
    store: StoreView,
    mail: InboundMail,
    raw: Option<Vec<u8>>,
) -> Result<Value, ApiError> {
    if let Some(report) = &mail.report {
        let outcome = bounce(state, report, raw.as_deref()).await?;
        if !matches!(outcome, ReportOutcome::Unmatched) {
            return Ok(told(&outcome));
        }
    }
    let notes = mail.notes.clone();
    let message = message(state, &store, mail.clone()).await?;
    let files = mail.files.into_iter().map(|file| NewAttachment {
        name: file.name,
        content_type: file.media_type,
        content_id: file.content_id,
        content: file.bytes,
    });
    let scope = scope(store);
    let received = state
        .storage
        .receive_message(&scope, message, files.collect(), raw.as_deref())
        .await?;
    Ok(told_received(&received, &notes))
}

/// What the sender of something is told.
pub(super) fn told_received(received: &Received, notes: &[String]) -> Value {
    json!({
        "outcome": if received.is_new { "received" } else { "repeated" },
        "message": received.id,
        "order": received.order,
        "notes": notes,
    })
}

async fn message(
    state: &AppState,
    store: &StoreView,
    mail: InboundMail,
) -> Result<Message, ApiError> {
    let address = mail
        .from
        .as_ref()
        .map(|from| from.address.clone())
        .unwrap_or_default();
    let mut references = mail.references.clone();
    references.extend(
        mail.in_reply_to
            .iter()
            .filter(|id| !mail.references.contains(id))
            .cloned(),
    );
    // The thread's own address decides; else storage looks at what is answered, then at who wrote.
    let named = mail
        .reply_token
        .as_deref()
        .and_then(|token| state.tokens.read(Purpose::Reply, token));
    let answered = match named {
        Some(named) => Tracked::find(state, MessageId(named.message)).await?,
        None => None,
    };
    let answered = answered.filter(|answered| answered.store.id == store.id);
    let order = answered
        .as_ref()
        .and_then(|answered| answered.message().order.clone());
    let is_answer = answered.is_some() || !references.is_empty();
    let kind = if is_answer {
        MessageType::Reply
    } else {
        MessageType::Other
    };
    let now = state.storage.ambient().clock.now();
    let sender = customer(
        mail.from.as_ref().and_then(|from| from.name.clone()),
        &address,
    );
    let mut headers = mail.headers;
    headers.truncate(MAX_HEADERS);
    Ok(Message {
        from: mail.from.map(mailbox),
        to: mail.to.into_iter().map(mailbox).collect(),
        cc: mail.cc.into_iter().map(mailbox).collect(),
        reply_to: mail.reply_to.into_iter().next().map(mailbox),
        subject: Some(mail.subject).filter(|subject| !subject.is_empty()),
        text: mail.text,
        html: mail.html,
        headers,
        message_id: mail.message_id,
        references,
        order,
        ..Message::new(Channel::Email, MessageDirection::Inbound, kind, now, sender)
    })
}

/// Whoever wrote it, as far as is known.
pub(super) fn customer(name: Option<String>, address: &str) -> Actor {
    let is_mail = address.contains('@');
    Actor {
        kind: ActorType::Customer,
        name: name.or_else(|| (!is_mail && !address.is_empty()).then(|| address.to_owned())),
        email: is_mail.then(|| address.to_owned()),
        ..Actor::system()
    }
}

fn mailbox(party: Party) -> Mailbox {
    Mailbox {
        name: party.name.map(|name| name.chars().take(200).collect()),
        address: party.address.chars().take(254).collect(),
    }
}

/// Records what another server says of a mail of ours.
async fn bounce(
    state: &AppState,
    report: &DeliveryReport,
    raw: Option<&[u8]>,
) -> Result<ReportOutcome, ApiError> {
    let own = report.message_id.as_deref().and_then(own_message);
    let tracked = match own {
        Some(id) => Tracked::find(state, id).await?,
        None => None,
    };
    let status = match report.action.as_str() {
        "failed" => "bounced",
        "delayed" => "deferred",
        "relayed" | "expanded" => "sent",
        other => other,
    };
    let raw =
        raw.map(|raw| String::from_utf8_lossy(&raw[..raw.len().min(100_000)]).replace('\0', ""));
    let report = Report {
        provider: "mail".to_owned(),
        provider_id: report.message_id.clone(),
        status: status.to_owned(),
        code: report.status.clone(),
        words: report.diagnostic.clone(),
        raw,
    };
    let now = state.storage.ambient().clock.now();
    if let Some(tracked) = tracked {
        let id = tracked.detail.row.id;
        let is_new = tracked.record(state, FactKind::Report(report), now).await?;
        return Ok(if is_new {
            ReportOutcome::Matched(id)
        } else {
            ReportOutcome::Repeated(id)
        });
    }
    Ok(state.storage.record_report(report, None, now).await?)
}

/// The message that one of our own Message-IDs names.
fn own_message(id: &str) -> Option<MessageId> {
    id.split('@').next()?.parse().ok()
}
