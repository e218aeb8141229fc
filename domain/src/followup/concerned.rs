//! The order and the customer that a rule looks at: what is known of them, and what an entry tells of its own time.

use super::observe::short;
use crate::same::{as_text, compare_amounts};
use crate::{Activity, fold};
use serde_json::Value;
use std::cmp::Ordering;

/// What is known of the order and the customer concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concerned {
    /// The order's state, in the shop's words.
    pub order_status: Option<String>,
    /// What the order comes to: a decimal number in text.
    pub order_total: Option<String>,
    /// In which currency (ISO 4217).
    pub currency: Option<String>,
    /// The customer's groups; none where no customer is known.
    pub customer_groups: Option<Vec<String>>,
}

impl Concerned {
    /// The same at the time of an entry: what the entry says became of its order or customer counts, whatever became of
    /// them since.
    #[must_use]
    pub fn at_time_of(mut self, activity: &Activity) -> Self {
        let kind = activity.subject.as_ref().map(|subject| &*subject.kind);
        for change in &activity.changes {
            match (kind, change.field.as_str()) {
                (Some("order"), "status") => self.order_status = as_text(&change.after),
                (Some("order"), "currency") => self.currency = as_text(&change.after),
                (Some("order"), "total") => self.tell_total(&change.after),
                (Some("customer"), "groups") => {
                    let groups = change.after.as_array().into_iter().flatten();
                    self.customer_groups = Some(groups.filter_map(as_text).collect());
                }
                _ => {}
            }
        }
        self
    }

    /// A total as a number or a text, or with its currency beside it.
    fn tell_total(&mut self, total: &Value) {
        let Value::Object(money) = total else {
            self.order_total = as_text(total);
            return;
        };
        self.order_total = money.get("amount").and_then(as_text);
        if let Some(currency) = money.get("currency").and_then(as_text) {
            self.currency = Some(currency);
        }
    }

    /// Whether the order is in one of these states, and the state that it is in.
    pub(super) fn is_order_in(&self, any_of: &[String]) -> (bool, Option<String>) {
        let status = self.order_status.as_deref().map(fold);
        let is_met = status.is_some_and(|status| any_of.iter().any(|one| fold(one) == status));
        (is_met, self.order_status.clone())
    }

    /// Whether the customer is in one of these groups, and that group, else those they are in.
    pub(super) fn is_customer_in(&self, any_of: &[String]) -> (bool, Option<String>) {
        let Some(groups) = &self.customer_groups else {
            return (false, None);
        };
        let wanted: Vec<String> = any_of.iter().map(|group| fold(group)).collect();
        let found = groups.iter().find(|group| wanted.contains(&fold(group)));
        let seen = found.map_or_else(|| short(&groups.join(", ")), String::clone);
        (found.is_some(), Some(seen))
    }

    /// Whether the order comes to at least one amount and less than another in a currency, and what it comes to. An
    /// amount in another currency is neither more nor less.
    pub(super) fn is_total_within(
        &self,
        currency: &str,
        at_least: Option<&str>,
        below: Option<&str>,
    ) -> (bool, Option<String>) {
        let Some(total) = &self.order_total else {
            return (false, None);
        };
        let seen = match &self.currency {
            Some(currency) => format!("{total} {currency}"),
            None => total.clone(),
        };
        let than = |bound: &str| compare_amounts(total, bound);
        let is_met = self.currency.as_deref() == Some(currency)
            && at_least.is_none_or(|bound| than(bound).is_some_and(Ordering::is_ge))
            && below.is_none_or(|bound| than(bound).is_some_and(Ordering::is_lt));
        (is_met, Some(seen))
    }
}
