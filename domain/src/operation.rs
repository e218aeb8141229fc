//! Bulk operations: many item changes under one name.
//!
//! What belongs here: what an operation, its items and its states are, which step may follow which, how they are read
//! from JSON ([`input`]), how one is taken back ([`revert`]), and through what ([`target`]). To add a kind: a line in [`OperationKind`] and its
//! words in `app/locales`.

mod cause;
mod input;
pub mod place;
pub mod revert;
pub mod target;
mod told;

pub use input::{ITEM_FIELDS, MAX_ITEMS, OPERATION_FIELDS, read_items, read_operation};
pub use told::{
    COMPLETION_FIELDS, CONFLICTS_FIELDS, ConflictsInput, FAILURE_FIELDS, MAX_RETRIED,
    PROGRESS_FIELDS, REVERT_FIELDS, RevertInput, WISH_FIELDS, Wish, read_completion,
    read_conflicts, read_failure, read_progress, read_revert, read_wish,
};

use crate::{Actor, Reference, RuleReference};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What whoever is too early with what failed is told.
const NOT_ENDED: &str = "this operation has not ended: what failed can be tried again once it has";

/// Why an operation was ended whose source never came back.
pub const SOURCE_GONE: &str = "its source is gone";

/// After how long without a word a running operation is called stalled, unless it says otherwise: seconds.
pub const STALLS_AFTER_S: u32 = 300;

/// An operation's id: the source's own, or a UUID made for it. 1 to 100 letters, digits and `_ . -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub String);

impl OperationId {
    /// Reads an id; none when it is too long or holds another character.
    pub fn parse(text: &str) -> Option<Self> {
        let is_good = (1..=100).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        // A path segment of dots would be taken for a way up.
        (is_good && text.bytes().any(|b| b != b'.')).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $variant:ident $text:literal $number:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$item_doc])* $variant),+ }

        impl $name {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in API and address.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The number as stored.
            pub const fn number(self) -> i16 {
                match self { $(Self::$variant => $number),+ }
            }

            /// The one of a stored number.
            pub const fn of_number(number: i16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or(())
            }
        }
    };
}

words! {
    /// Which items of a dry run a page of them lists.
    PlannedKind {
        /// Those that were changed since.
        ChangedSince "changed_since" 0,
        /// Those of whose later edits nothing is kept any more.
        Forgotten "forgotten" 1,
        /// Those of things that no longer exist.
        Missing "missing" 2,
        /// Those that can't be restored.
        Impossible "impossible" 3,
    }
}

words! {
    /// What an operation does.
    OperationKind {
        /// Any change of many things.
        BulkOperation "bulk_operation" 0,
        /// Tags put on or taken off.
        BulkTagUpdate "bulk_tag_update" 1,
        /// Spellings of tags made one, unused ones dropped.
        TagCleanUp "tag_clean_up" 2,
        /// Data put in order.
        DataCleanUp "data_clean_up" 3,
        /// Fields that the store defines itself.
        MetafieldUpdate "metafield_update" 4,
        /// Cost of goods.
        CostUpdate "cost_update" 5,
        /// What a webhook set off.
        WebhookProcessing "webhook_processing" 6,
        /// Data brought in.
        Import "import" 7,
        /// Another operation taken back.
        Revert "revert" 8,
    }
}

words! {
    /// The groups in which operations are listed.
    OperationTab {
        /// Tags.
        Tags "tags" 1,
        /// Changes of many things, and what takes them back.
        BulkOperations "bulk_operations" 2,
        /// Fields of the store's own, costs among them.
        Metafields "metafields" 3,
        /// Data put in order.
        DataCleaning "data_cleaning" 4,
        /// Webhooks and imports.
        System "system" 5,
    }
}

impl OperationKind {
    /// Under which tab it is listed.
    pub const fn tab(self) -> OperationTab {
        match self {
            Self::BulkOperation | Self::Revert => OperationTab::BulkOperations,
            Self::BulkTagUpdate | Self::TagCleanUp => OperationTab::Tags,
            Self::DataCleanUp => OperationTab::DataCleaning,
            Self::MetafieldUpdate | Self::CostUpdate => OperationTab::Metafields,
            Self::WebhookProcessing | Self::Import => OperationTab::System,
        }
    }
}

words! {
    /// Where an operation stands.
    OperationState {
        /// Opened; nothing has been done yet.
        Planned "planned" 0,
        /// Items come in.
        Running "running" 1,
        /// Its source waits.
        Paused "paused" 2,
        /// Its source has not been heard of for too long.
        Stalled "stalled" 3,
        /// All done.
        Completed "completed" 4,
        /// Broken off by an error; what is done stays.
        Failed "failed" 5,
        /// Stopped on purpose; what is done stays.
        Cancelled "cancelled" 6,
    }
}

impl OperationState {
    /// Whether nothing more can come.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// What became of an item.
    ItemOutcome {
        /// It is now as `after` says.
        Changed "changed" 0,
        /// It needed no change.
        Unchanged "unchanged" 1,
        /// It could not be changed.
        Failed "failed" 2,
    }
}

words! {
    /// What a person may ask of an operation, and its source may be able to do.
    Control {
        /// Wait.
        Pause "pause" 0,
        /// Go on.
        Resume "resume" 1,
        /// End; what is done stays.
        Cancel "cancel" 2,
        /// Try what failed again, once it has ended: in an operation of its own.
        Retry "retry" 3,
    }
}

/// An operation as it was opened: what the ledger holds of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// As people call it, 1 to 300 characters.
    pub name: String,
    /// What it does.
    pub kind: OperationKind,
    /// In words, at most 5,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it was to be done to, in the source's own query language, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// How many items are planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Who started it.
    pub actor: Actor,
    /// The automation behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleReference>,
    /// After how long without a word it counts as stalled: 10 to 86,400 seconds.
    pub stalls_after_s: u32,
    /// What its source can be asked to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
    /// Where the source is told what is asked of it: `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_url: Option<String>,
    /// The store's target through which it is taken back; the default one when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<target::TargetName>,
    /// The operation that it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<OperationId>,
    /// The operation whose failed items it tries again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<OperationId>,
    /// The trace that it belongs to, from its start to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

/// What an operation did to one field of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationItem {
    /// The thing.
    pub subject: Reference,
    /// The field's name in the store, 1 to 200 characters.
    pub field: String,
    /// The value before: null when there was none; absent when nobody knows.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub before: Option<Value>,
    /// The value after; absent where nothing was changed.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub after: Option<Value>,
    /// What became of it.
    pub outcome: ItemOutcome,
    /// Why it failed, at most 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A value that is there, null too.
///
/// # Errors
/// When there is no value to be read.
pub fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl OperationItem {
    /// The group that its error belongs to: numbers apart, unless they are codes, equal errors have equal causes. At
    /// most 200 characters.
    pub fn cause(&self) -> Option<String> {
        self.error.as_deref().map(cause::of)
    }
}

/// What became of an operation, besides its items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationEvent {
    /// What.
    pub step: OperationStep,
    /// When.
    pub at: DateTime<Utc>,
    /// Who told it, or asked for it.
    pub by: Actor,
    /// In words: why it failed, why it waits. At most 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many items there are, when that is told at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// The operation in which what failed is tried again, when that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retried_by: Option<OperationId>,
    /// The places of the failed items that are asked to be tried again, when they were picked; none named: all of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub only: BTreeSet<u64>,
}

words! {
    /// A step of an operation.
    OperationStep {
        /// Its source began.
        Started "started" 0,
        /// Its source waits.
        Paused "paused" 1,
        /// Its source goes on.
        Resumed "resumed" 2,
        /// Its source has not been heard of for too long.
        Stalled "stalled" 3,
        /// All done.
        Completed "completed" 4,
        /// Broken off by an error.
        Failed "failed" 5,
        /// Stopped on purpose.
        Cancelled "cancelled" 6,
        /// A person asked it to wait.
        PauseAsked "pause_asked" 7,
        /// A person asked it to go on.
        ResumeAsked "resume_asked" 8,
        /// A person asked it to end.
        CancelAsked "cancel_asked" 9,
        /// A person asked for what failed to be tried again.
        RetryAsked "retry_asked" 10,
        /// Its source tries what failed again, in another operation.
        Retried "retried" 11,
        /// Its source could not be told what is asked of it.
        Untold "untold" 12,
    }
}

impl OperationStep {
    /// The step of asking.
    pub const fn asking(control: Control) -> Self {
        match control {
            Control::Pause => Self::PauseAsked,
            Control::Resume => Self::ResumeAsked,
            Control::Cancel => Self::CancelAsked,
            Control::Retry => Self::RetryAsked,
        }
    }

    /// What is asked by it, if something is.
    pub const fn asks(self) -> Option<Control> {
        match self {
            Self::PauseAsked => Some(Control::Pause),
            Self::ResumeAsked => Some(Control::Resume),
            Self::CancelAsked => Some(Control::Cancel),
            Self::RetryAsked => Some(Control::Retry),
            _ => None,
        }
    }

    /// Whether it is about what failed: it comes after the end and changes no state.
    pub const fn is_again(self) -> bool {
        matches!(self, Self::RetryAsked | Self::Retried)
    }

    /// Whether it is only noted, whenever it comes, after the end too: it changes nothing.
    pub const fn is_note(self) -> bool {
        matches!(self, Self::Untold)
    }
}

impl OperationState {
    /// Where the operation stands after a step. Those of [`OperationStep::is_again`] lead nowhere: see [`Self::again`];
    /// those of [`OperationStep::is_note`] are not asked about.
    ///
    /// # Errors
    /// Why this step can't follow, in words.
    pub const fn after(self, step: OperationStep) -> Result<Self, &'static str> {
        use OperationStep as S;
        if self.is_ended() {
            return Err("this operation has ended; open another one for what is left");
        }
        Ok(match step {
            S::Started | S::Resumed => Self::Running,
            S::Paused => Self::Paused,
            S::Stalled => match self {
                // Stalled again: for another reason.
                Self::Running | Self::Planned | Self::Stalled => Self::Stalled,
                _ => return Err("only what runs can stall"),
            },
            S::Completed => Self::Completed,
            S::Failed => Self::Failed,
            S::Cancelled => Self::Cancelled,
            S::PauseAsked => match self {
                Self::Paused => return Err("this operation waits already"),
                other => other,
            },
            S::ResumeAsked => match self {
                Self::Running => return Err("this operation runs already"),
                other => other,
            },
            S::CancelAsked | S::Untold => self,
            S::RetryAsked | S::Retried => return Err(NOT_ENDED),
        })
    }

    /// Whether what failed, so many items, can be tried again.
    ///
    /// # Errors
    /// Why not, in words.
    pub const fn again(self, failed: u64) -> Result<(), &'static str> {
        if !self.is_ended() {
            return Err(NOT_ENDED);
        }
        if failed == 0 {
            return Err("nothing failed in this operation");
        }
        Ok(())
    }

    /// Where it stands once an item came in: whoever sends items runs.
    ///
    /// # Errors
    /// Why no item can come any more, in words.
    pub const fn after_item(self) -> Result<Self, &'static str> {
        match self {
            Self::Completed => {
                Err("this operation is completed: no item can come any more; open another one")
            }
            Self::Failed => {
                Err("this operation has failed: no item can come any more; open another one")
            }
            Self::Cancelled => Err("this operation was cancelled: no item can come any more"),
            // What its source had sent before it stopped still arrives.
            Self::Paused => Ok(Self::Paused),
            _ => Ok(Self::Running),
        }
    }
}
