//! From facts in any order to what a person is told: the same set of facts, the same answer.

mod gathered;
mod missed;
mod recipients;

use super::{
    Channel, Confidence, DeliveryFact, DeliveryStatus, FactKind, Message, MessageDirection, Missed,
    NotSentReason, ReadMark, ReadStatus, Report, ReportStatus, Verdict, WaitReason, failure_reason,
};
use crate::AttemptId;
use chrono::{DateTime, Duration, Utc};
use gathered::Gathered;
use recipients::OfOne;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of a message's way, derived from all its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// As a person sees it; none for an inbound message.
    pub status: Option<DeliveryStatus>,
    /// Whether it was read.
    pub read: ReadStatus,
    /// When a person read it first.
    pub read_at: Option<DateTime<Utc>>,
    /// In one sentence.
    pub verdict: Verdict,
    /// The provider's own words on the last thing it told: status, code and text.
    pub provider_words: Option<String>,
    /// Each try, first one first.
    pub attempts: Vec<AttemptView>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptView {
    /// From 1.
    pub number: u32,
    /// What the provider's callback names.
    pub id: AttemptId,
    /// To whom it was handed.
    pub provider: Option<String>,
    /// To whom alone it went: those whose copies were put off before. Empty when it went to all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// When it was handed over; none while it waits.
    pub begun_at: Option<DateTime<Utc>>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// Whether the process ended before the answer.
    pub is_answer_unknown: bool,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// How far it came.
    pub status: ReportStatus,
    /// When that was told.
    pub status_at: Option<DateTime<Utc>>,
    /// The provider's code.
    pub code: Option<String>,
    /// The provider's words.
    pub words: Option<String>,
    /// When the next try follows, after an answer that said "later".
    pub retry_at: Option<DateTime<Utc>>,
}

impl Delivery {
    /// What all facts about a message together say. A report on one recipient decides about the message only when it
    /// goes to nobody else (`to`): else their copy alone arrived, or is missed.
    pub fn of(message: &Message, facts: &[DeliveryFact]) -> Self {
        let (channel, created_at) = (message.channel, message.occurred_at);
        if message.direction == MessageDirection::Inbound {
            return Self {
                status: None,
                read: ReadStatus::NotAvailable,
                read_at: None,
                verdict: Verdict::Received { at: created_at },
                provider_words: None,
                attempts: Vec::new(),
            };
        }
        let tries = tries_of(message, facts);
        let missed = missed::missed(&tries);
        // What is tried again for single copies decides nothing about the message.
        let to_all = || tries.values().filter(|t| t.only.is_empty());
        let opened = opened(facts);
        let begun = to_all().filter(|t| t.begun_at.is_some()).count() as u32;
        let arrived = to_all()
            .rev()
            .find(|t| t.status() >= ReportStatus::Delivered);
        let current = arrived
            .or_else(|| to_all().next_back())
            .cloned()
            .unwrap_or_default();
        let of = |current: &Gathered| {
            let opened = opened.clone();
            verdict(channel, current, begun, created_at, opened, &missed)
        };
        let (status, verdict) = match current.not_sent {
            Some(reason) if current.begun_at.is_none() && current.best.is_none() => {
                // An earlier try may have gone out all the same.
                let unanswered = to_all().rev().find(|t| t.is_unanswered());
                unanswered.map_or((DeliveryStatus::NotSent, Verdict::NotSent { reason }), of)
            }
            _ => of(&current),
        };
        let told_read = tries.values().filter_map(|t| t.read_at).min();
        let by_person = opened
            .as_ref()
            .filter(|mark| mark.confidence == Confidence::Person)
            .map(|mark| mark.at);
        let read_at = [told_read, by_person].into_iter().flatten().min();
        let read = match channel {
            Channel::Sms => ReadStatus::NotAvailable,
            _ if read_at.is_some() => ReadStatus::Read,
            _ if status != DeliveryStatus::Sent || opened.is_some() => ReadStatus::Unknown,
            Channel::Whatsapp => ReadStatus::Unread,
            _ if message.is_tracked => ReadStatus::Unread,
            _ => ReadStatus::Unknown,
        };
        let is_readable = read == ReadStatus::Read;
        Self {
            status: Some(status),
            read,
            read_at: read_at.filter(|_| is_readable),
            verdict,
            provider_words: words(&current),
            attempts: tries
                .iter()
                .filter(|(_, t)| t.best.is_some() || t.id.is_some() && !t.is_not_sent())
                .map(|(number, t)| t.view(*number))
                .collect(),
        }
    }

    /// When it was handed over, as its sentence has it; of one that failed when its last try began. None while it waits, of
    /// one that was not handed over, and where another system did not say.
    pub fn handed_over_at(&self) -> Option<DateTime<Utc>> {
        match &self.verdict {
            Verdict::HandedOver { at, .. } => *at,
            Verdict::HandingOver { at } | Verdict::AnswerUnknown { at, .. } => Some(*at),
            Verdict::NotDelivered { .. } => self
                .attempts
                .iter()
                .filter(|attempt| attempt.only.is_empty())
                .filter_map(|attempt| attempt.begun_at)
                .max(),
            Verdict::Received { .. }
            | Verdict::NotSent { .. }
            | Verdict::Waiting { .. }
            | Verdict::Stopped { .. } => None,
        }
    }

    /// Whose copies were not taken, or did not arrive, whatever became of the message itself.
    pub fn missed(message: &Message, facts: &[DeliveryFact]) -> Vec<Missed> {
        missed::missed(&tries_of(message, facts))
    }

    /// To whom alone the try goes that is due: those whose copies were put off. Empty when it goes to all.
    pub fn copies_due(message: &Message, facts: &[DeliveryFact]) -> Vec<String> {
        Self::missed(message, facts)
            .into_iter()
            .filter(|missed| missed.retry_at.is_some())
            .map(|missed| missed.address)
            .collect()
    }

    /// Whether a person may have it tried again: it was stopped, failed or was not sent for want of a provider, or nobody
    /// knows the end of it.
    pub fn is_restartable(&self) -> bool {
        matches!(
            self.status,
            Some(DeliveryStatus::Stopped | DeliveryStatus::Failed)
        ) || matches!(
            self.verdict,
            Verdict::AnswerUnknown { .. }
                | Verdict::NotSent {
                    reason: NotSentReason::NoSender
                }
        )
    }

    /// For how long it is held when it is restarted: as long as its last try was, if that one ended meanwhile without having
    /// begun, and nobody had released it.
    pub fn hold_again(facts: &[DeliveryFact]) -> Option<Duration> {
        let waited = stopped_while_waiting(facts).filter(|waited| waited.is_held);
        waited.map(|waited| waited.due_at - waited.since)
    }

    /// For when it is scheduled again when it is restarted: what its last try waited for, if that one ended before without
    /// having begun, and nobody had released it. Whoever takes a stop back wants what was meant before it.
    pub fn schedule_again(facts: &[DeliveryFact]) -> Option<DateTime<Utc>> {
        let waited = stopped_while_waiting(facts).filter(|waited| !waited.is_held);
        waited.map(|waited| waited.due_at)
    }
}

/// What a try waited for.
struct Waited {
    since: DateTime<Utc>,
    due_at: DateTime<Utc>,
    is_held: bool,
}

/// What the last try waited for when somebody stopped it, or when it was found that it can't be sent.
fn stopped_while_waiting(facts: &[DeliveryFact]) -> Option<Waited> {
    let last = facts.iter().map(try_of).max()?;
    let of_last = || facts.iter().filter(move |fact| try_of(fact) == last);
    if of_last().any(|fact| matches!(fact.kind, FactKind::Released { .. })) {
        return None;
    }
    let stopped_at = of_last()
        .find(|fact| {
            matches!(
                fact.kind,
                FactKind::Stopped { .. } | FactKind::NotSent { .. }
            )
        })?
        .at;
    of_last().find_map(|fact| match &fact.kind {
        FactKind::Queued {
            due_at: Some(due_at),
            is_held,
        }
        | FactKind::Restarted {
            due_at: Some(due_at),
            is_held,
            ..
        } if stopped_at < *due_at => Some(Waited {
            since: fact.at,
            due_at: *due_at,
            is_held: *is_held,
        }),
        _ => None,
    })
}

/// Which try a fact is about. A report that names none is about the first: the one that other systems know of.
fn try_of(fact: &DeliveryFact) -> u32 {
    fact.attempt.map_or(1, |attempt| attempt.number)
}

/// Each try with all that is known of it.
fn tries_of(message: &Message, facts: &[DeliveryFact]) -> BTreeMap<u32, Gathered> {
    let mut tries: BTreeMap<u32, Gathered> = BTreeMap::new();
    let mut of_single = Vec::new();
    for fact in facts {
        let number = try_of(fact);
        let gathered = tries.entry(number).or_default();
        gathered.id = fact.attempt.map(|a| a.id).or(gathered.id);
        match &fact.kind {
            FactKind::Report(
                report @ Report {
                    recipient: Some(recipient),
                    ..
                },
            ) => of_single.push(OfOne {
                at: fact.at,
                number,
                recipient,
                report,
            }),
            _ => gathered.add(fact),
        }
    }
    recipients::tell(&mut tries, message, &of_single);
    tries
}

/// Status and sentence of the try that counts.
fn verdict(
    channel: Channel,
    current: &Gathered,
    attempts: u32,
    created_at: DateTime<Utc>,
    opened: Option<ReadMark>,
    missed: &[Missed],
) -> (DeliveryStatus, Verdict) {
    let failed = |at, code: Option<String>, words: Option<String>| {
        let reason = failure_reason(channel, code.as_deref(), words.as_deref());
        let verdict = Verdict::NotDelivered {
            at,
            reason,
            code,
            words,
            attempts: attempts.max(1),
        };
        (DeliveryStatus::Failed, verdict)
    };
    let handed_over = |is_underway| Verdict::HandedOver {
        at: current.begun_at,
        delivered_at: [current.delivered_at, current.read_at]
            .into_iter()
            .flatten()
            .min(),
        opened: opened.clone().or_else(|| {
            current
                .read_at
                .filter(|_| channel != Channel::Sms)
                .map(|at| ReadMark {
                    at,
                    confidence: Confidence::Person,
                    reason: "provider".to_owned(),
                    device: None,
                })
        }),
        is_underway,
        missed: missed.to_vec(),
    };
    if let Some(best) = &current.best {
        match best.status {
            ReportStatus::Delivered | ReportStatus::Read | ReportStatus::Sent => {
                return (DeliveryStatus::Sent, handed_over(false));
            }
            ReportStatus::Failed => return failed(best.at, best.code.clone(), best.words.clone()),
            ReportStatus::Canceled => {
                let (at, by) = current.stopped.clone().unwrap_or((best.at, None));
                return (DeliveryStatus::Stopped, Verdict::Stopped { at, by });
            }
            ReportStatus::Underway | ReportStatus::Unknown => {}
        }
    }
    if let Some((at, by)) = &current.stopped {
        let verdict = Verdict::Stopped {
            at: *at,
            by: by.clone(),
        };
        return (DeliveryStatus::Stopped, verdict);
    }
    if let Some((at, words)) = &current.gave_up {
        let (code, last) = current
            .deferred
            .as_ref()
            .map_or((None, None), |d| (d.2.clone(), d.3.clone()));
        let words = words.clone().or(last);
        let (status, verdict) = failed(*at, code.or_else(|| Some("4".to_owned())), words);
        return (status, without_invented_code(verdict));
    }
    let pending = |verdict| (DeliveryStatus::Pending, verdict);
    if current.best.is_some() {
        return pending(handed_over(true));
    }
    if let Some((_, retry_at, _, words)) = &current.deferred {
        return pending(Verdict::Waiting {
            reason: WaitReason::Retry,
            until: Some(*retry_at),
            attempts,
            words: words.clone(),
        });
    }
    if let Some(at) = current.begun_at {
        return pending(if current.is_unknown {
            Verdict::AnswerUnknown {
                at,
                words: current.unknown_words.clone(),
            }
        } else {
            Verdict::HandingOver { at }
        });
    }
    let (due_at, is_held, _) = current.queued.unwrap_or_default();
    let due_at = due_at.filter(|_| !current.is_released);
    let reason = match due_at.filter(|due| *due > created_at) {
        None => WaitReason::Queue,
        Some(_) if is_held => WaitReason::Hold,
        Some(_) => WaitReason::Schedule,
    };
    pending(Verdict::Waiting {
        reason,
        until: due_at,
        attempts,
        words: None,
    })
}

/// Giving up without an answer has no code; the class only served to find the reason.
fn without_invented_code(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::NotDelivered {
            at,
            reason,
            code,
            words,
            attempts,
        } => Verdict::NotDelivered {
            at,
            reason,
            code: code.filter(|code| code != "4"),
            words,
            attempts,
        },
        other => other,
    }
}

/// The first opening by a person, else the first by a proxy, else by a scanner.
fn opened(facts: &[DeliveryFact]) -> Option<ReadMark> {
    facts
        .iter()
        .filter_map(DeliveryFact::read_mark)
        .min_by(|a, b| {
            (a.confidence, a.at, &a.device, &a.reason).cmp(&(
                b.confidence,
                b.at,
                &b.device,
                &b.reason,
            ))
        })
}

fn words(current: &Gathered) -> Option<String> {
    let (word, code, words) = match (&current.best, &current.gave_up, &current.deferred) {
        (Some(best), _, _) => (best.word.clone(), best.code.clone(), best.words.clone()),
        (None, Some((_, words)), _) => (None, None, words.clone()),
        (None, None, Some(deferred)) => (None, deferred.2.clone(), deferred.3.clone()),
        (None, None, None) => return None,
    };
    let parts: Vec<String> = [word, code, words].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
