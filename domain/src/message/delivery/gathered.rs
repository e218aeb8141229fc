//! What is known of one try.

use super::AttemptView;
use crate::message::{Answer, DeliveryFact, FactKind, Missed, NotSentReason, Report, ReportStatus};
use crate::{Actor, AttemptId};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// That it was answered "later": when, until when, code and words; the latest counts.
pub(super) type Deferral = (DateTime<Utc>, DateTime<Utc>, Option<String>, Option<String>);

/// Everything about one try, gathered from facts in any order.
#[derive(Default, Clone)]
pub(super) struct Gathered {
    pub(super) id: Option<AttemptId>,
    pub(super) provider: Option<String>,
    pub(super) queued: Option<(Option<DateTime<Utc>>, bool, bool)>,
    /// Whether somebody ended its hold, or its schedule.
    pub(super) is_released: bool,
    pub(super) begun_at: Option<DateTime<Utc>>,
    pub(super) answered_at: Option<DateTime<Utc>>,
    pub(super) is_unknown: bool,
    /// Why nobody knows the answer.
    pub(super) unknown_words: Option<String>,
    pub(super) provider_id: Option<String>,
    pub(super) best: Option<Told>,
    pub(super) deferred: Option<Deferral>,
    pub(super) gave_up: Option<(DateTime<Utc>, Option<String>)>,
    pub(super) stopped: Option<(DateTime<Utc>, Option<Actor>)>,
    pub(super) delivered_at: Option<DateTime<Utc>>,
    pub(super) read_at: Option<DateTime<Utc>>,
    pub(super) not_sent: Option<NotSentReason>,
    /// To whom alone it went; empty when it went to all.
    pub(super) only: Vec<String>,
    /// Whose copies were not taken; none when nobody's was.
    pub(super) missed: Option<Vec<Missed>>,
    /// How far the copies came that somebody told of alone, by address.
    pub(super) parts: BTreeMap<String, Told>,
}

/// How far a report or answer says it came; compared by status, then time, then words, so that the choice
/// among equals does not depend on their order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    pub(super) status: ReportStatus,
    pub(super) at: DateTime<Utc>,
    pub(super) code: Option<String>,
    pub(super) words: Option<String>,
    pub(super) word: Option<String>,
}

impl Told {
    /// What a report says.
    pub(super) fn reported(report: &Report, at: DateTime<Utc>) -> Self {
        Self {
            status: ReportStatus::of(&report.status),
            at,
            code: report.code.clone(),
            words: report.words.clone(),
            word: Some(report.status.clone()),
        }
    }

    /// Whether it counts rather than another: it came further, or came as far and was told first.
    fn outweighs(&self, other: &Self) -> bool {
        self.status > other.status || (self.status == other.status && self < other)
    }
}

fn earliest(known: &mut Option<DateTime<Utc>>, at: DateTime<Utc>) {
    *known = Some(known.map_or(at, |known| known.min(at)));
}

impl Gathered {
    /// The provider's id; should it ever name two, always the same of them.
    pub(super) fn name(&mut self, provider_id: Option<&String>) {
        if provider_id > self.provider_id.as_ref() {
            self.provider_id = provider_id.cloned();
        }
    }

    /// Takes in how far it came.
    pub(super) fn tell(&mut self, told: Told) {
        match told.status {
            ReportStatus::Delivered => earliest(&mut self.delivered_at, told.at),
            ReportStatus::Read => earliest(&mut self.read_at, told.at),
            _ => {}
        }
        // The first time that the furthest point was told is when it came there.
        if self.best.as_ref().is_none_or(|best| told.outweighs(best)) {
            self.best = Some(told);
        }
    }

    /// Takes in how far one recipient's copy came.
    pub(super) fn tell_part(&mut self, address: &str, told: Told) {
        if self
            .parts
            .get(address)
            .is_none_or(|best| told.outweighs(best))
        {
            self.parts.insert(address.to_owned(), told);
        }
    }

    /// Takes in a fact.
    pub(super) fn add(&mut self, fact: &DeliveryFact) {
        let at = fact.at;
        match &fact.kind {
            FactKind::Queued { due_at, is_held } => self.queued = Some((*due_at, *is_held, false)),
            FactKind::Restarted {
                due_at, is_held, ..
            } => self.queued = Some((*due_at, *is_held, true)),
            FactKind::Released { .. } => self.is_released = true,
            FactKind::NotSent { reason } => self.not_sent = self.not_sent.max(Some(*reason)),
            FactKind::Begun { provider, only, .. } => {
                earliest(&mut self.begun_at, at);
                self.provider = Some(provider.clone());
                if *only > self.only {
                    self.only.clone_from(only);
                }
            }
            FactKind::Answered(answer) => {
                earliest(&mut self.answered_at, at);
                match answer {
                    Answer::Accepted {
                        provider_id,
                        status,
                        words,
                        missed,
                    } => {
                        self.name(provider_id.as_ref());
                        if self.missed.as_ref().is_none_or(|known| missed > known) {
                            self.missed = Some(missed.clone());
                        }
                        let status = status.as_deref();
                        self.tell(Told {
                            status: status.map_or(ReportStatus::Sent, ReportStatus::of),
                            at,
                            code: None,
                            words: words.clone(),
                            word: status.map(str::to_owned),
                        });
                    }
                    Answer::Deferred {
                        code,
                        words,
                        retry_at,
                    } => {
                        let new = (at, *retry_at, code.clone(), words.clone());
                        if self.deferred.as_ref().is_none_or(|known| new > *known) {
                            self.deferred = Some(new);
                        }
                    }
                    Answer::Refused { code, words } => self.tell(Told {
                        status: ReportStatus::Failed,
                        at,
                        code: code.clone(),
                        words: words.clone(),
                        word: None,
                    }),
                }
            }
            FactKind::AnswerUnknown { words } => {
                self.is_unknown = true;
                if *words > self.unknown_words {
                    self.unknown_words.clone_from(words);
                }
            }
            FactKind::GaveUp { words }
                if self.gave_up.as_ref().is_none_or(|known| at < known.0) =>
            {
                self.gave_up = Some((at, words.clone()));
            }
            FactKind::Report(report) => {
                self.name(report.provider_id.as_ref());
                self.tell(Told::reported(report, at));
            }
            FactKind::Stopped { by } if self.stopped.as_ref().is_none_or(|known| at < known.0) => {
                self.stopped = Some((at, Some(by.clone())));
            }
            _ => {}
        }
    }

    /// How far it came.
    pub(super) fn status(&self) -> ReportStatus {
        self.best
            .as_ref()
            .map_or(ReportStatus::Unknown, |best| best.status)
    }

    /// Whether it was none in the end: it was found before it began that the message is not to be sent.
    pub(super) fn is_not_sent(&self) -> bool {
        self.not_sent.is_some() && self.begun_at.is_none()
    }

    /// Whether nobody knows what was answered.
    pub(super) fn is_unanswered(&self) -> bool {
        self.is_unknown && self.answered_at.is_none() && self.best.is_none()
    }

    /// When somebody stopped it, if it never left the provider.
    fn stopped_at(&self) -> Option<DateTime<Utc>> {
        let has_left = self.status() > ReportStatus::Underway;
        let (at, _) = self.stopped.as_ref().filter(|_| !has_left)?;
        Some(*at)
    }

    /// As it is shown.
    pub(super) fn view(&self, number: u32) -> AttemptView {
        let best = self.best.as_ref();
        let stopped_at = self.stopped_at();
        let deferred = self.deferred.as_ref();
        AttemptView {
            number,
            id: self.id.unwrap_or(AttemptId(uuid::Uuid::nil())),
            provider: self.provider.clone(),
            only: self.only.clone(),
            begun_at: self.begun_at,
            answered_at: self.answered_at,
            is_answer_unknown: self.is_unanswered(),
            provider_id: self.provider_id.clone(),
            // Whatever became of the message since: a try that somebody stopped waits no more.
            status: if stopped_at.is_some() {
                ReportStatus::Canceled
            } else {
                self.status()
            },
            status_at: stopped_at.or_else(|| best.map(|b| b.at)),
            code: best
                .and_then(|b| b.code.clone())
                .or_else(|| deferred.and_then(|d| d.2.clone())),
            words: best
                .and_then(|b| b.words.clone())
                .or_else(|| deferred.and_then(|d| d.3.clone()))
                .or_else(|| self.unknown_words.clone().filter(|_| self.is_unanswered())),
            retry_at: deferred
                .filter(|_| best.is_none() && stopped_at.is_none())
                .map(|d| d.1),
        }
    }
}
