use super::super::people::{LENA, STAFF};
use super::super::{MessageStep, SampleRecord};
use super::{RECORDS, all};
use domain::{Activity, Change, Outcome};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn changes<'a>(activity: &'a Activity, field: &str) -> Option<&'a Change> {
    activity.changes.iter().find(|c| c.field == field)
}

fn subject(activity: &Activity) -> &str {
    activity.subject.as_ref().map_or("", |s| s.id.as_str())
}

/// Follows a field of each subject of a kind: what it was before is what it became before.
fn follow(kind: &str, field: &str) -> usize {
    let mut values: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut count = 0;
    for activity in all() {
        let is_kind = activity.subject.as_ref().is_some_and(|s| s.kind == kind);
        if activity.outcome == Outcome::Failed || !is_kind {
            continue;
        }
        if let Some(change) = changes(activity, field) {
            if let Some(last) = values.insert(subject(activity), &change.after) {
                assert_eq!(last, &change.before, "{field}: {activity:?}");
            }
            assert_ne!(change.before, Value::String(String::new()));
            count += 1;
        }
    }
    count
}

#[test]
fn what_a_field_was_is_what_it_became_before() {
    assert!(follow("product", "price") > 500);
    assert!(follow("product", "compare_at_price") > 50);
    assert!(follow("product", "stock") > 3_000);
    assert!(follow("product", "cost") > 300);
    assert!(follow("product", "is_shown") > 50);
    assert!(follow("product", "description") > 100);
    assert!(follow("customer", "address") > 50);
    assert!(follow("customer", "groups") > 300);
    assert!(follow("coupon", "is_active") > 30);
    assert!(follow("special_offer", "discount_percent") > 30);
    assert!(follow("settings", "delivery.zones") > 5);
    assert!(follow("order", "status") > 10_000);
}

#[test]
fn an_order_is_created_then_paid_then_packed_then_shipped() {
    let mut statuses: BTreeMap<&str, &str> = BTreeMap::new();
    for activity in all().filter(|a| a.outcome != Outcome::Failed) {
        let number = subject(activity);
        if activity.action.name == "order.created" {
            assert_eq!(statuses.insert(number, "new"), None);
            continue;
        }
        let is_order = activity.subject.as_ref().is_some_and(|s| s.kind == "order");
        if let Some(change) = changes(activity, "status").filter(|_| is_order) {
            let (before, after) = (change.before.as_str(), change.after.as_str().unwrap());
            assert_eq!(before, statuses.get(number).copied(), "order {number}");
            let may_follow: &[&str] = match after {
                "paid" | "confirmed" => &["new"],
                "packed" => &["paid", "confirmed"],
                "shipped" => &["packed"],
                "delivered" => &["shipped"],
                "completed" => &["delivered", "paid"],
                "cancelled" => &["new", "paid", "confirmed"],
                "refunded" | "partly refunded" => &["delivered", "completed"],
                other => panic!("order {number} is {other}"),
            };
            assert!(
                may_follow.contains(&before.unwrap()),
                "order {number}: {change:?}"
            );
            statuses.insert(number, after);
        }
    }
    assert!(
        (4_200..4_800).contains(&statuses.len()),
        "{}",
        statuses.len()
    );
    // What is known of each order at the end is what its activities say.
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for record in RECORDS.iter() {
        if let SampleRecord::Order { number, order } = record {
            known.insert(number, order.status.as_deref().unwrap());
        }
    }
    assert_eq!(known, statuses);
}

#[test]
fn stock_is_never_negative() {
    for activity in all().filter(|a| a.action.name == "stock.adjusted") {
        if let Some(change) = changes(activity, "stock")
            && activity.outcome == Outcome::Success
        {
            assert!(change.before.as_i64().unwrap() >= 0, "{activity:?}");
            assert!(change.after.as_i64().unwrap() >= 0, "{activity:?}");
        }
    }
}

#[test]
fn orders_and_customers_are_known_before_anything_is_said_of_them() {
    let (mut orders, mut customers) = (BTreeSet::new(), BTreeSet::new());
    for record in RECORDS.iter() {
        match record {
            SampleRecord::Order { number, order } => {
                orders.insert(number.as_str());
                assert!(customers.contains(order.customer_id.as_deref().unwrap()));
            }
            SampleRecord::Customer { id, .. } => {
                customers.insert(id.as_str());
            }
            SampleRecord::Activity { activity, .. } => {
                for reference in activity.subject.iter().chain(&activity.related) {
                    let known = match reference.kind.as_str() {
                        "order" => &orders,
                        "customer" => &customers,
                        _ => continue,
                    };
                    assert!(known.contains(reference.id.as_str()), "{activity:?}");
                }
            }
            SampleRecord::Ended { .. } | SampleRecord::Message { .. } => {}
        }
    }
    assert!(
        (850..1_150).contains(&customers.len()),
        "{}",
        customers.len()
    );
}

#[test]
fn about_three_hundred_orders_are_assigned_to_the_colleague_of_the_role_staff() {
    let orders: BTreeSet<&str> = RECORDS
        .iter()
        .filter_map(|record| match record {
            SampleRecord::Order { number, order } => {
                let is_hers = order.assigned_to.as_deref() == Some(STAFF[LENA].email);
                is_hers.then_some(number.as_str())
            }
            _ => None,
        })
        .collect();
    assert!((220..380).contains(&orders.len()), "{}", orders.len());
}

#[test]
fn who_is_named_is_also_referred_to_so_that_names_can_be_hidden() {
    let names: BTreeSet<&str> = RECORDS
        .iter()
        .filter_map(|record| match record {
            SampleRecord::Customer { customer, .. } => customer.name.as_deref(),
            _ => None,
        })
        .collect();
    for activity in all().step_by(7) {
        let Some(words) = activity.description.as_deref() else {
            continue;
        };
        let referred: Vec<&str> = activity
            .subject
            .iter()
            .chain(&activity.related)
            .filter(|r| r.is_person())
            .filter_map(|r| r.name.as_deref())
            .collect();
        // The names of colleagues are their own affair.
        for name in names.iter().filter(|n| words.contains(**n)) {
            let is_hidden = referred.iter().any(|r| r.contains(name));
            assert!(
                is_hidden || activity.actor.name.as_deref() == Some(name),
                "{activity:?}"
            );
        }
    }
}

#[test]
fn a_bulk_operation_has_hundreds_of_items_between_its_start_and_its_end() {
    let mut items: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut started, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for activity in all() {
        let Some(id) = activity.operation_id.as_deref() else {
            continue;
        };
        match activity.action.name.as_str() {
            "operation.started" => assert!(started.insert(id)),
            "operation.completed" | "operation.failed" => assert!(ended.insert(id)),
            "operation.reverted" => assert!(ended.contains(id)),
            _ => {
                assert!(started.contains(id) && !ended.contains(id));
                *items.entry(id).or_default() += 1;
            }
        }
    }
    assert_eq!(started, ended);
    assert!(started.len() >= 15, "{}", started.len());
    assert!(
        items.values().filter(|n| **n >= 150).count() >= 8,
        "{items:?}"
    );
    assert!(items.values().sum::<usize>() > 2_500);
}

#[test]
fn a_message_shares_the_trace_of_what_caused_it() {
    let mut causes: BTreeSet<&str> = BTreeSet::new();
    let (mut linked, mut all_sent) = (0, 0);
    for activity in all() {
        let Some(trace) = activity.origin.trace_id.as_deref() else {
            continue;
        };
        match activity.action.name.as_str() {
            name if name.starts_with("order.") => {
                causes.insert(trace);
            }
            "message.sent" => {
                all_sent += 1;
                linked += usize::from(causes.contains(trace));
            }
            _ => {}
        }
    }
    assert!(linked * 10 > all_sent * 6, "{linked} of {all_sent}");
}

#[test]
fn a_rule_says_whether_it_fired_and_why() {
    let mut fired = [0; 2];
    let evaluated =
        |a: &&Activity| a.action.name == "rule.evaluated" && a.outcome == Outcome::Success;
    for activity in all().filter(evaluated) {
        assert!(activity.rule.is_some(), "{activity:?}");
        let details = activity.details.as_ref().expect("why");
        let is_fired = details["fired"].as_bool().unwrap();
        assert!(!details["because"].as_array().unwrap().is_empty());
        let words = activity.description.as_deref().unwrap();
        assert!(words.starts_with(if is_fired { "Fired" } else { "Skipped" }));
        fired[usize::from(is_fired)] += 1;
    }
    assert!(fired[0] > 500 && fired[1] > 500, "{fired:?}");
}

#[test]
fn changes_come_as_numbers_texts_lists_and_nested_values() {
    let after = |field: &str| {
        all()
            .filter_map(|a| changes(a, field))
            .map(|c| &c.after)
            .find(|v| !v.is_null())
            .unwrap_or_else(|| panic!("no change of {field}"))
    };
    assert!(after("price").is_number());
    assert_eq!(after("compare_at_price")["currency"], "SAR");
    assert!(after("description").as_str().unwrap().len() > 30);
    assert!(after("tags").is_array());
    assert!(after("delivery.zones")["Riyadh"]["days"].is_array());
    let with_cents = |c: &Change| c.after.as_f64().is_some_and(|v| v.fract() > 0.0);
    assert!(all().filter_map(|a| changes(a, "price")).any(with_cents));
}

#[test]
fn a_message_is_written_before_anything_becomes_known_of_it() {
    let mut written = BTreeSet::new();
    let (mut outbound, mut inbound) = (0, 0);
    for record in RECORDS.iter() {
        let SampleRecord::Message { id, step } = record else {
            continue;
        };
        match step {
            MessageStep::Written(message) => {
                let is_inbound = message.direction == domain::message::MessageDirection::Inbound;
                *(if is_inbound {
                    &mut inbound
                } else {
                    &mut outbound
                }) += 1;
                assert!(!message.to.is_empty() && message.text.is_some());
                assert!(written.insert(id));
            }
            MessageStep::Fact(_) => assert!(written.contains(&id), "{id}"),
        }
    }
    assert!(outbound > 5_000 && inbound > 300, "{outbound} {inbound}");
}
