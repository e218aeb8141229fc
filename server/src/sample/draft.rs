//! An activity while it is being put into words.

use super::people::Who;
use domain::{Action, Activity, Category, CategorySet, Change, Outcome, Reference, RuleReference};
use serde_json::Value;

/// An automation of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// The store's own id.
    pub id: &'static str,
    /// As people call it.
    pub name: &'static str,
}

impl Rule {
    /// The rule as actor.
    pub fn acts(&self) -> Who {
        super::people::rule(self.id, self.name)
    }
}

/// The thing of that type, id and name.
pub(super) fn thing(kind: &str, id: impl Into<String>, name: impl Into<String>) -> Reference {
    Reference {
        kind: kind.to_owned(),
        id: id.into(),
        name: Some(name.into()),
    }
}

/// Actions of this shop that don't ship, and where they stand.
const OWN_ACTIONS: &[(&str, &[Category])] = &[
    ("loyalty.points_granted", &[Category::Other]),
    ("loyalty.points_redeemed", &[Category::Other]),
    ("gift_card.issued", &[Category::Other]),
    ("fitting.booked", &[Category::Other]),
    (
        "review.approved",
        &[Category::Products, Category::Customers],
    ),
    ("return.announced", &[Category::Orders]),
];

fn action(name: &str) -> Action {
    let categories = Action::shipped(name).map_or_else(
        || {
            OWN_ACTIONS
                .iter()
                .find(|(own, _)| *own == name)
                .map_or(CategorySet::of(&[Category::Other]), |(_, c)| {
                    CategorySet::of(c)
                })
        },
        |shipped| shipped.categories,
    );
    Action {
        name: name.to_owned(),
        categories,
    }
}

/// An activity without its time, which it gets when it happens.
pub(super) struct Draft(pub Box<Activity>);

impl Draft {
    /// `who` did `name`, with success.
    pub fn new(name: &str, who: Who) -> Self {
        Self(Box::new(Activity {
            action: action(name),
            outcome: Outcome::Success,
            occurred_at: chrono::DateTime::UNIX_EPOCH,
            actor: who.actor,
            subject: None,
            description: None,
            changes: Vec::new(),
            origin: who.origin,
            related: Vec::new(),
            operation_id: None,
            rule: None,
            error: None,
            details: None,
        }))
    }

    /// What it was done to.
    pub fn on(mut self, subject: Reference) -> Self {
        self.0.subject = Some(subject);
        self
    }

    /// In words.
    pub fn says(mut self, text: impl Into<String>) -> Self {
        self.0.description = Some(text.into());
        self
    }

    /// A field that was changed.
    pub fn change(mut self, field: &str, before: Value, after: Value) -> Self {
        self.0.changes.push(Change {
            field: field.to_owned(),
            before,
            after,
        });
        self
    }

    /// Something else concerned.
    pub fn with(mut self, related: Reference) -> Self {
        self.0.related.push(related);
        self
    }

    /// The automation that caused it.
    pub fn by_rule(mut self, rule: Rule) -> Self {
        self.0.rule = Some(RuleReference {
            id: Some(rule.id.to_owned()),
            name: rule.name.to_owned(),
        });
        self
    }

    /// The bulk operation it is part of.
    pub fn part_of(mut self, operation: &str) -> Self {
        self.0.operation_id = Some(operation.to_owned());
        self
    }

    /// The trace it belongs to.
    pub fn traced(mut self, trace: &str) -> Self {
        self.0.origin.trace_id = Some(trace.to_owned());
        self
    }

    /// What else there is.
    pub fn details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// It was not done, and why.
    pub fn failed(mut self, error: impl Into<String>) -> Self {
        self.0.outcome = Outcome::Failed;
        self.0.error = Some(error.into());
        self
    }
}
