//! What a reader is shown to find things: saved views, values to filter by, everything at once.

use super::{ActivityRow, Count, CustomerRow, ExportRow, MessageRow, OrderRow};
use crate::ViewId;
use crate::export::Source;
use crate::problem::Problem;
use crate::query::{ACTIVITY, MESSAGE, Query};
use serde::{Deserialize, Serialize};

/// A view as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDraft {
    /// Which one is changed; none for a new one.
    #[serde(default)]
    pub id: Option<ViewId>,
    /// Of which log: activity or messages.
    pub log: Source,
    /// What it is called, 1 to 60 characters.
    pub name: String,
    /// The query language.
    pub q: String,
    /// Whether everybody in the store has it.
    #[serde(default)]
    pub is_shared: bool,
    /// Whether the log opens with it for this person.
    #[serde(default)]
    pub is_default: bool,
}

impl ViewDraft {
    /// The same with its name trimmed.
    ///
    /// # Errors
    /// The first wrong field.
    pub fn checked(mut self) -> Result<Self, Problem> {
        self.name = self.name.trim().to_owned();
        let count = self.name.chars().count();
        if !(1..=60).contains(&count) || self.name.chars().any(char::is_control) {
            let message = "a name of 1 to 60 characters";
            return Err(Problem::field("/name", "required", message));
        }
        let dialect = match self.log {
            Source::Activity => &ACTIVITY,
            Source::Messages => &MESSAGE,
            _ => {
                let message = "views are of `activity` or `messages`";
                return Err(Problem::field("/log", "unknown", message));
            }
        };
        let query = Query::parse_as(&self.q, dialect);
        if let Some(error) = query.errors().first() {
            return Err(Problem::field("/q", "format", error.message.clone()));
        }
        self.q = self.q.trim().to_owned();
        Ok(self)
    }
}

/// A view that somebody keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedView {
    /// Which one.
    pub id: ViewId,
    /// Of which log.
    pub log: Source,
    /// What it is called.
    pub name: String,
    /// The query.
    pub q: String,
    /// Whether everybody in the store has it.
    pub is_shared: bool,
    /// Whether this reader made it, and so may change it.
    pub is_own: bool,
    /// Whether the log opens with it for this reader.
    pub is_default: bool,
    /// Its place in this reader's order, from 0.
    pub place: u32,
    /// How many are new since this reader last looked; none before they looked the first time.
    pub new_count: Option<Count>,
}

/// A view of the activity log that everybody in each store has: nobody keeps it, and nobody changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuiltInView {
    /// Who may do what: people, roles and keys.
    PermissionChanges,
    /// What was deleted or erased.
    Deletions,
    /// What was changed at once.
    BulkOperations,
}

impl BuiltInView {
    /// Every one, in the order in which they are listed.
    pub const ALL: [Self; 3] = [
        Self::PermissionChanges,
        Self::Deletions,
        Self::BulkOperations,
    ];

    /// The query.
    pub const fn q(self) -> &'static str {
        match self {
            Self::PermissionChanges => {
                "subject:user,role,permission,api_key -action:user.updated,user.signed_in,user.signed_out"
            }
            Self::Deletions => {
                "action:product.deleted,order.deleted,customer.deleted,customer_group.deleted,contact.deleted,\
                 coupon.deleted,special_offer.deleted,expense.deleted,log.erased"
            }
            Self::BulkOperations => "category:bulk_operations",
        }
    }

    /// The view with a query.
    pub fn of_query(q: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.q() == q.trim())
    }
}

/// A value that can be filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetValue {
    /// What stands behind the qualifier in the query, not yet quoted.
    pub value: String,
    /// A name beside it, when the value alone says little.
    pub label: Option<String>,
    /// How many entries have it.
    pub count: u64,
}

/// The values of one qualifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetGroup {
    /// Which qualifier.
    pub qualifier: String,
    /// The most frequent first: at most 12 beside those of other qualifiers, 1,000 of one that is asked for alone.
    pub values: Vec<FacetValue>,
    /// How many more values there are.
    pub more: u64,
    /// How many were counted, when only the newest were; none when every one was.
    pub among: Option<u64>,
}

/// Values to filter by, with counts under the filter and scope.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FacetValues {
    /// A group for each qualifier that has values.
    pub groups: Vec<FacetGroup>,
    /// False when for some qualifier only the newest were counted.
    pub is_exact: bool,
}

/// What some words find everywhere, at most five of each.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Found {
    /// Entries of the activity log, newest first.
    pub activities: Vec<ActivityRow>,
    /// Messages, newest first.
    pub messages: Vec<MessageRow>,
    /// Orders.
    pub orders: Vec<OrderRow>,
    /// Customers.
    pub customers: Vec<CustomerRow>,
    /// Exports, newest first.
    pub exports: Vec<ExportRow>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SHIPPED_ACTIONS;

    #[test]
    fn the_queries_of_the_views_that_are_built_in_are_understood_and_tell_them_apart() {
        for view in BuiltInView::ALL {
            assert!(Query::parse(view.q()).errors().is_empty(), "{view:?}");
            assert_eq!(
                BuiltInView::of_query(&format!(" {} ", view.q())),
                Some(view)
            );
        }
        assert_eq!(BuiltInView::of_query(""), None);
    }

    #[test]
    fn each_deletion_that_ships_is_among_the_deletions() {
        let actions = BuiltInView::Deletions.q().trim_start_matches("action:");
        let listed: Vec<&str> = actions.split(',').collect();
        for shipped in SHIPPED_ACTIONS {
            let is_deletion = shipped.name.ends_with(".deleted") || shipped.name == "log.erased";
            assert_eq!(
                listed.contains(&shipped.name),
                is_deletion,
                "{}",
                shipped.name
            );
        }
    }
}
