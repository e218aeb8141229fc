//! What a reader is shown of erasures, legal holds and retention.

use super::Count;
use crate::export::Source;
use crate::{Category, ErasureId, HoldId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Where entries were erased from a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// When the first of them happened.
    pub from: DateTime<Utc>,
    /// When the last of them happened: where the gap stands in the list.
    pub to: DateTime<Utc>,
    /// What the store's clock adds to UTC then, in minutes.
    pub offset_minutes: i32,
    /// How many.
    pub count: u64,
    /// When they were erased.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// In which erasure.
    pub erasure: ErasureId,
}

/// What made an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureCause {
    /// Somebody selected entries.
    Selection,
    /// Somebody erased a customer.
    Person,
    /// Their time was over.
    Retention,
}

/// Where an erasure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStatus {
    /// It waits for its turn.
    Queued,
    /// It is at work.
    Running,
    /// It is done.
    Completed,
    /// It could not go on; what is erased is erased.
    Failed,
}

/// An erasure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErasureRow {
    /// Which one.
    pub id: ErasureId,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// What the store's clock adds to UTC then, in minutes.
    pub offset_minutes: i32,
    /// Who asked for it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What made it.
    pub cause: ErasureCause,
    /// Of which log; for a person, the customers.
    pub source: Source,
    /// The query, when it is one.
    pub q: Option<String>,
    /// How many were picked one by one, when it is no query.
    #[serde(default)]
    pub picked: Option<u64>,
    /// How many of what the query finds were left out one by one.
    #[serde(default)]
    pub excepted: u64,
    /// Where it stands.
    pub status: ErasureStatus,
    /// How many entries it is about.
    pub total: u64,
    /// How many were looked at.
    pub done: u64,
    /// How many of those were kept for a legal hold.
    pub held: u64,
    /// What was erased, once it is done.
    pub report: ErasureReport,
    /// Why it could not go on.
    pub error: Option<String>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl ErasureCause {
    /// All of them, what people did first.
    pub const ALL: [Self; 3] = [Self::Person, Self::Selection, Self::Retention];
}

impl ErasureRow {
    /// How many a page of the list has at most.
    pub const PAGE: usize = 50;

    /// How many of the number that was typed a legal hold keeps that came after it was asked for.
    pub fn held_since(&self) -> u64 {
        self.report.typed.map_or(0, |typed| {
            self.held.saturating_sub(self.total.saturating_sub(typed))
        })
    }
}

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ErasureReport {
    /// Entries of the activity log.
    pub activities: u64,
    /// Messages.
    pub messages: u64,
    /// Of both how many of which kind: category, or channel.
    pub kinds: BTreeMap<String, u64>,
    /// Their files.
    pub attachments: u64,
    /// Files of exports that held what was erased.
    pub exports: u64,
    /// Records of customers and orders.
    pub records: u64,
    /// Other places: security events, calls, items of bulk operations, opt-outs, unmatched reports, webhooks that waited,
    /// bodies of webhooks that came, saved views.
    pub others: u64,
    /// The customer's record stays, and the tie to it of orders that something kept is about, for a legal hold keeps
    /// something of theirs: they are to be erased again once it is released.
    pub keeps_customer: bool,
    /// Entries that were selected by how they stood, and of which something was told after the erasure was asked for: they
    /// were left.
    pub changed: u64,
    /// The number that was typed for a selection: what legal holds kept then is not in it.
    pub typed: Option<u64>,
    /// The ledger's size when that was counted.
    pub counted_at: Option<i64>,
    /// Of what was counted: what was not as selected any more, because something was told of it since.
    pub turned: u64,
    /// Of what was counted: what was gone before, by another erasure or by retention.
    pub gone: u64,
    /// Files that the shop recorded and that could not be searched: somebody has to look.
    pub unsearched_files: u64,
}

/// What there is about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonFound {
    /// Entries of the activity log about or by them.
    pub activities: u64,
    /// Messages to, from and about them.
    pub messages: u64,
    /// Their files.
    pub attachments: u64,
    /// Exports whose files hold some of it.
    pub exports: u64,
    /// How many entries and messages a legal hold keeps.
    pub held: u64,
    /// How many of those are messages.
    pub held_messages: u64,
    /// Whether their record stays for what a legal hold keeps.
    pub keeps_customer: bool,
    /// The number to be typed: entries and messages that will go.
    pub to_type: u64,
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// Which one.
    pub id: HoldId,
    /// Of which log: activity or messages.
    pub source: Source,
    /// What it holds, in the query language; relative times count from when it was set.
    pub q: String,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What the store's clock adds to UTC then, in minutes.
    pub offset_minutes: i32,
    /// How many entries it holds.
    pub count: Count,
}

/// How long a log is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRule {
    /// Activity or messages.
    pub source: Source,
    /// Of which category of activity; none for the rest of the log.
    #[serde(default)]
    pub category: Option<Category>,
    /// After how many days content goes, in [`RetentionRule::DAYS`]; none for never. What lines show besides words stays.
    #[serde(default)]
    pub content_days: Option<u32>,
    /// After how many days the rest goes too; none for never.
    #[serde(default)]
    pub metadata_days: Option<u32>,
}

impl RetentionRule {
    /// After how many days something goes at the earliest and at the latest.
    pub const DAYS: RangeInclusive<u32> = 1..=36_500;
}

/// Everything about how long logs are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetentionView {
    /// The rules; what has none is kept for ever.
    pub rules: Vec<RetentionRule>,
    /// The legal holds, newest first.
    pub holds: Vec<HoldView>,
    /// For how many days files of exports are kept.
    pub export_days: u32,
}

/// What a rule would remove.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetentionPreview {
    /// Which rule.
    pub rule: RetentionRule,
    /// How many entries would lose their content now.
    pub content_due: Count,
    /// How many would go altogether now.
    pub metadata_due: Count,
    /// When the next entry is due after those; none when there is none or never.
    pub next_at: Option<DateTime<Utc>>,
    /// How many bulk operations' dry runs could not show a later edit any more, or that a thing is gone.
    pub reverts: u64,
}
