//! What is told of one recipient. A mail may go to several, and each one's server tells of its own copy alone.

use super::gathered::{Gathered, Told};
use crate::fold;
use crate::message::{Mailbox, Message, Report, ReportStatus};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// A report that names its recipient.
pub(super) struct OfOne<'a> {
    /// When.
    pub(super) at: DateTime<Utc>,
    /// The try that it names.
    pub(super) number: u32,
    /// The recipient, as told.
    pub(super) recipient: &'a str,
    /// What it says.
    pub(super) report: &'a Report,
}

/// Takes in what is told of single recipients, once it is known to whom each try went.
pub(super) fn tell(tries: &mut BTreeMap<u32, Gathered>, message: &Message, told: &[OfOne<'_>]) {
    for one in told {
        let address = address_of(message, one.recipient);
        // Whoever tells names the last try; that one may have gone to others alone.
        let number = tries
            .range(..=one.number)
            .rev()
            .find(|(_, gathered)| gathered.only.is_empty() || holds(&gathered.only, address))
            .map_or(one.number, |(number, _)| *number);
        if let Some(gathered) = tries.get_mut(&number) {
            tell_one(gathered, &message.to, address, one);
        }
    }
    for gathered in tries.values_mut() {
        join(gathered, &message.to);
    }
}

fn tell_one(gathered: &mut Gathered, to: &[Mailbox], address: &str, one: &OfOne<'_>) {
    gathered.name(one.report.provider_id.as_ref());
    let told = Told::reported(one.report, one.at);
    let is_to_all = gathered.only.is_empty();
    let is_alone = match (is_to_all, to, gathered.only.as_slice()) {
        (true, [only], _) => is_same(&only.address, address),
        (false, _, [only]) => is_same(only, address),
        _ => false,
    };
    if is_alone {
        gathered.tell(told.clone());
    } else if is_to_all
        && matches!(
            told.status,
            ReportStatus::Sent
                | ReportStatus::Failed
                | ReportStatus::Delivered
                | ReportStatus::Read
        )
    {
        // A server that speaks of one copy shows that all went out, and no more.
        gathered.tell(Told {
            status: ReportStatus::Sent,
            at: one.at,
            code: None,
            words: None,
            word: None,
        });
    }
    if !is_alone || !is_to_all {
        gathered.tell_part(address, told);
    }
}

/// What all of several recipients came to, the message came to.
fn join(gathered: &mut Gathered, to: &[Mailbox]) {
    if to.len() < 2 || !gathered.only.is_empty() {
        return;
    }
    let parts = to.iter().map(|one| gathered.parts.get(&one.address));
    let Some(parts) = parts.collect::<Option<Vec<&Told>>>() else {
        return;
    };
    let is_there = parts.iter().all(|p| p.status >= ReportStatus::Delivered);
    let is_lost = parts.iter().all(|p| p.status == ReportStatus::Failed);
    if !is_there && !is_lost {
        return;
    }
    let least = parts.iter().map(|part| part.status).min();
    let last = parts.iter().max_by_key(|part| (part.at, **part));
    if let (Some(status), Some(last)) = (least, last) {
        let told = Told {
            status,
            ..Told::clone(last)
        };
        gathered.tell(told);
    }
}

/// The address as the message has it. Whom it doesn't name got it from somebody whom it names: from the only one, if
/// there is no other, else nobody knows from whom.
fn address_of<'a>(message: &'a Message, told: &'a str) -> &'a str {
    let everybody: Vec<&Mailbox> = message
        .to
        .iter()
        .chain(&message.cc)
        .chain(&message.bcc)
        .collect();
    let named = everybody.iter().find(|one| is_same(&one.address, told));
    match (named, everybody.as_slice()) {
        (Some(one), _) => &one.address,
        (None, [only]) => &only.address,
        (None, _) => told,
    }
}

fn holds(addresses: &[String], address: &str) -> bool {
    addresses.iter().any(|one| is_same(one, address))
}

fn is_same(a: &str, b: &str) -> bool {
    fold(a) == fold(b)
}
