//! What someone sent, on its way into the store: its order found, its sender named.

use crate::email::Party;
use crate::email::inbound::{DeliveryReport, InboundMail};
use crate::email::token::Purpose;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::tracked::Tracked;
use domain::followup::message_guard;
use domain::message::{
    Channel, FactKind, Mailbox, Message, MessageDirection, MessageType, NewAttachment, Report,
};
use domain::view::StoreView;
use domain::{Actor, ActorType, MessageId};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use storage::{Received, ReportOutcome, Scope};

use super::{scope, told};

/// How many headers of a mail are kept beside its raw form.
const MAX_HEADERS: usize = 200;
/// How many of them are left to those that tell a program's mail.
const MAX_MARKS: usize = 20;
/// What the guard against loops looks at.
const MARKS: [&str; 7] = [
    "Auto-Submitted",
    "Precedence",
    "List-Id",
    "List-Unsubscribe",
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
];
/// The one that we add when something else than these tells it.
const MARK: &str = "X-Autorespond";

/// Takes a mail in. Answers what became of it.
pub(super) async fn take(
    state: &AppState,
    store: StoreView,
    mail: InboundMail,
    raw: Option<Vec<u8>>,
) -> Result<Value, ApiError> {
    let outcome = bounce(state, &mail.reports, raw.as_deref()).await?;
    if let Some(outcome) = outcome.filter(|outcome| *outcome != ReportOutcome::Unmatched) {
        return Ok(told(&outcome));
    }
    let notes = mail.notes.clone();
    let answered = answered(state, &mail).await?;
    // The thread's own address names its store, by whichever store's hook it came.
    let store = match &answered {
        Some(answered) => answered.store.clone(),
        None => store,
    };
    let message = message(state, mail.clone(), answered.as_ref(), raw.as_deref());
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
    follow_up(state, &scope, &received).await;
    Ok(told_received(&received, &notes))
}

/// Lets the store's rules follow up what came in for the first time. The message is safe already: a failure here is
/// told in the log and loses nothing.
pub(super) async fn follow_up(state: &AppState, scope: &Scope, received: &Received) {
    if !received.is_new {
        return;
    }
    let (storage, scope, id) = (state.storage.clone(), scope.clone(), received.id);
    // On a task of its own: it goes on when whoever called us hangs up.
    let evaluated = tokio::spawn(async move { storage.evaluate_followups(&scope, id).await });
    match evaluated.await {
        Ok(Ok(evaluations)) => {
            let matched = evaluations.iter().filter(|e| e.is_matched).count();
            tracing::debug!(message = %id, rules = evaluations.len(), matched, "rules were evaluated");
        }
        Ok(Err(error)) => {
            tracing::error!(%error, message = %id, "rules can't be evaluated; the message is kept, and the sweep tries again");
        }
        Err(error) => {
            tracing::error!(%error, message = %id, "evaluating rules broke off; the message is kept, and the sweep tries again");
        }
    }
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

/// The message whose own address a mail was sent to.
async fn answered(state: &AppState, mail: &InboundMail) -> Result<Option<Tracked>, ApiError> {
    let token = mail.reply_token.as_deref();
    match token.and_then(|token| state.tokens.read(Purpose::Reply, token)) {
        Some(named) => Tracked::find(state, MessageId(named.message)).await,
        None => Ok(None),
    }
}

/// What a mail is known by that brings no Message-ID, so that it counts once if it is brought twice.
fn digest(raw: &[u8]) -> String {
    let digest = Sha256::digest(raw);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn message(
    state: &AppState,
    mail: InboundMail,
    answered: Option<&Tracked>,
    raw: Option<&[u8]>,
) -> Message {
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
    let order = answered.and_then(|answered| answered.message().order.clone());
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
    let automatic = mail.automatic;
    let message = Message {
        from: mail.from.map(mailbox),
        to: mail.to.into_iter().map(mailbox).collect(),
        cc: mail.cc.into_iter().map(mailbox).collect(),
        reply_to: mail.reply_to.into_iter().next().map(mailbox),
        subject: Some(mail.subject).filter(|subject| !subject.is_empty()),
        text: mail.text,
        html: mail.html,
        headers: kept_headers(mail.headers),
        message_id: mail.message_id.or_else(|| raw.map(digest)),
        references,
        order,
        ..Message::new(Channel::Email, MessageDirection::Inbound, kind, now, sender)
    };
    marked(message, automatic)
}

/// The headers that are kept: the first ones, and wherever they stand those that tell a program's mail.
fn kept_headers(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let tells = |name: &str| MARKS.iter().any(|mark| name.eq_ignore_ascii_case(mark));
    let mut left = MAX_HEADERS;
    headers
        .into_iter()
        .filter(|(name, _)| {
            let is_kept = left > 0 && (left > MAX_MARKS || tells(name));
            left -= usize::from(is_kept);
            is_kept
        })
        .collect()
}

/// What tells that a program sent a mail reaches the guard against loops, which looks at headers: if it finds nothing
/// in them, a header of ours says what was found in the mail.
fn marked(mut message: Message, automatic: Option<&'static str>) -> Message {
    if let (Some(why), None) = (automatic, message_guard(&message, 0)) {
        message
            .headers
            .push((MARK.to_owned(), format!("{why} (noted by Storetrail)")));
    }
    message
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

/// Records what another server says of a mail of ours, to each recipient. Answers whether anything of it is
/// new; none when it says nothing.
async fn bounce(
    state: &AppState,
    reports: &[DeliveryReport],
    raw: Option<&[u8]>,
) -> Result<Option<ReportOutcome>, ApiError> {
    // All of one notification are about the same mail.
    let own = reports
        .first()
        .and_then(|report| report.message_id.as_deref());
    let tracked = match own.and_then(own_message) {
        Some(id) => Tracked::find(state, id).await?,
        None => None,
    };
    // The first that is new brings all that was sent, the others their own words.
    let mut raw =
        raw.map(|raw| String::from_utf8_lossy(&raw[..raw.len().min(100_000)]).replace('\0', ""));
    let now = state.storage.ambient().clock.now();
    let mut outcome = None;
    for report in reports {
        let report = kept(report, raw.clone());
        let one = match &tracked {
            Some(tracked) => {
                let id = tracked.detail.row.id;
                if tracked.record(state, FactKind::Report(report), now).await? {
                    ReportOutcome::Matched(id)
                } else {
                    ReportOutcome::Repeated(id)
                }
            }
            None => state.storage.record_report(report, None, now).await?,
        };
        if matches!(one, ReportOutcome::Repeated(_)) {
            outcome = outcome.or(Some(one));
        } else {
            outcome = Some(one);
            raw = None;
        }
    }
    Ok(outcome)
}

/// The report as it is kept.
fn kept(report: &DeliveryReport, raw: Option<String>) -> Report {
    let status = match report.action.as_str() {
        "failed" => "bounced",
        "delayed" => "deferred",
        "relayed" | "expanded" => "sent",
        other => other,
    };
    Report {
        provider: "mail".to_owned(),
        provider_id: report.message_id.clone(),
        recipient: report.recipient.clone(),
        status: status.to_owned(),
        code: report.status.clone(),
        words: report.diagnostic.clone(),
        raw,
    }
}

/// The message that one of our own Message-IDs names.
fn own_message(id: &str) -> Option<MessageId> {
    id.split('@').next()?.parse().ok()
}
