//! Webhooks of the shop that wait or are out of tries: they are told first when it is asked why a rule did not fire.

use crate::harness::{Case, on_both};
use crate::hook::{connect, id_of, keep, process, product, row};
use crate::rule_engine::{happened, order, rule, tag};
use chrono::Duration;
use domain::followup::why::{Answer, Delivery, Step};
use domain::followup::{FollowupAction, FollowupRule, Often, Trigger};
use domain::hook::{HookState, Platform};
use domain::{HookId, Reference};
use serde_json::{Value, json};
use storage::SealedConnection;

fn thing(kind: &str, id: &str) -> Reference {
    Reference {
        kind: kind.to_owned(),
        ..order(id)
    }
}

/// The webhook that an answer tells first, and what it tells besides.
fn told(answer: Answer) -> (Delivery, Vec<Step>) {
    let mut steps = answer.steps.into_iter();
    match steps.next() {
        Some(Step::Delivered { delivery }) => (delivery, steps.collect()),
        other => panic!("{other:?}"),
    }
}

async fn switch(case: &Case, shop: &SealedConnection, is_on: bool) {
    let scope = case.scope();
    let switched = case
        .storage
        .switch_connection(&scope, shop.view.id, is_on)
        .await;
    switched.expect("switched");
}

async fn came(case: &Case, shop: &SealedConnection, topic: &str, body: &Value) -> HookId {
    let body = body.to_string();
    id_of(keep(case, shop, topic, &body, &body).await)
}

#[test]
fn what_a_connection_that_is_off_keeps_is_told_first() {
    on_both(async |case| {
        let saved = case
            .save(rule(&case, "action:product.updated", tag()))
            .await;
        let subject = json!({"type": "product", "id": "hk77"});
        for (platform, topic, body, about) in [
            (
                Platform::Standard,
                "product.updated",
                json!({"type": "product.updated", "data": {"subject": subject}}),
                thing("product", "hk77"),
            ),
            (
                Platform::Shopify,
                "products/update",
                json!({"id": 9002, "title": "Linen shirt"}),
                thing("product", "9002"),
            ),
            (
                Platform::Woocommerce,
                "order.updated",
                json!({"id": 727, "number": "1042"}),
                order("1042"),
            ),
        ] {
            let shop = connect(&case, platform, "linen").await;
            switch(&case, &shop, false).await;
            let kept = came(&case, &shop, topic, &body).await;
            let (waits, _) = told(case.why(&saved, &about).await.answer);
            assert_eq!((waits.id, waits.state), (kept, HookState::Received));
            assert_eq!(process(&case).await, [HookState::Failed]);
            let (failed, rest) = told(case.why(&saved, &about).await.answer);
            assert_eq!((failed.id, failed.state), (kept, HookState::Failed));
            let error = failed.error.as_deref().unwrap_or_default();
            assert!(error.contains("the connection is switched off"), "{error}");
            assert!(failed.due_at.is_some());
            assert_eq!(failed.due_at, row(&case, kept).await.due_at);
            assert_eq!(rest, [Step::NothingReceived]);
        }
        let marked = case.why(&saved, &order("#1042")).await;
        assert_eq!(marked, case.why(&saved, &order("1042")).await);
    });
}

#[test]
fn an_order_that_only_a_waiting_webhook_names_with_its_mark_is_meant_with_it() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        let shop = connect(&case, Platform::Standard, "own").await;
        let subject = json!({"type": "order", "id": "#1042"});
        let body = json!({"type": "order.refunded", "data": {"subject": subject}});
        let kept = came(&case, &shop, "order.refunded", &body).await;
        let (waits, _) = told(case.why(&saved, &order("#1042")).await.answer);
        assert_eq!(waits.id, kept);
    });
}

#[test]
fn a_webhook_that_waits_is_told_before_what_became_of_an_older_event() {
    on_both(async |case| {
        let saved = case
            .save(rule(&case, "action:product.updated", tag()))
            .await;
        let shirt = thing("product", "7");
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let price = async |price: &str, minute: u32| {
            let body = product(price, &format!("2026-11-20T08:{minute:02}:00Z"));
            id_of(keep(&case, &shop, "products/update", price, &body).await)
        };
        price("129.00", 0).await;
        assert_eq!(process(&case).await, [HookState::Done]);
        case.look().await;
        let before = case.why(&saved, &shirt).await.answer;
        assert!(before.is_fired, "{before:?}");
        switch(&case, &shop, false).await;
        case.pass(Duration::minutes(1));
        let kept = price("119.00", 5).await;
        assert_eq!(process(&case).await, [HookState::Failed]);
        let answer = case.why(&saved, &shirt).await.answer;
        let verdict = (answer.is_fired, answer.is_done);
        assert_eq!(verdict, (before.is_fired, before.is_done));
        let (waits, rest) = told(answer);
        assert_eq!((waits.id, rest), (kept, before.steps));
        // Nor does what came after it and was processed hide it.
        let other = connect(&case, Platform::Shopify, "wool").await;
        let same = product("129.00", "2026-11-20T08:00:00Z");
        keep(&case, &other, "products/update", "1", &same).await;
        assert_eq!(process(&case).await, [HookState::Done]);
        let (waits, _) = told(case.why(&saved, &shirt).await.answer);
        assert_eq!(waits.id, kept);
        switch(&case, &shop, true).await;
        assert_eq!(process(&case).await, [HookState::Done]);
        case.look().await;
        let after = case.why(&saved, &shirt).await.answer;
        assert!(
            !matches!(after.steps[0], Step::Delivered { .. }),
            "{after:?}"
        );
    });
}

#[test]
fn a_webhook_with_a_wrong_field_is_told_by_what_can_be_read_of_it() {
    on_both(async |case| {
        let saved = case
            .save(rule(&case, "action:product.updated", tag()))
            .await;
        let own = |product: &str| {
            let subject = json!({"type": "product", "id": product});
            json!({"type": "product.updated", "data": {"subject": subject, "changes": "price"}})
        };
        let mut kept = Vec::new();
        for (platform, topic, body, about, wrong) in [
            (
                Platform::Standard,
                "product.updated",
                own("hk77"),
                thing("product", "hk77"),
                "/data/changes",
            ),
            (
                Platform::Shopify,
                "products/update",
                json!({"id": 9002, "variants": "none"}),
                thing("product", "9002"),
                "/variants",
            ),
            (
                Platform::Woocommerce,
                "order.updated",
                json!({"id": 727, "number": "1042", "line_items": "a shirt"}),
                order("1042"),
                "/line_items",
            ),
        ] {
            let shop = connect(&case, platform, "linen").await;
            kept.push(came(&case, &shop, topic, &body).await);
            assert_eq!(process(&case).await, [HookState::Dead]);
            let (dead, rest) = told(case.why(&saved, &about).await.answer);
            assert_eq!((dead.state, dead.due_at), (HookState::Dead, None));
            let error = dead.error.as_deref().unwrap_or_default();
            assert!(error.starts_with(wrong), "{error}");
            assert_eq!(rest, [Step::NothingReceived]);
        }
        // What was edited is about what it says now.
        let (scope, storage) = (case.scope(), &case.storage);
        let edited = own("hk78").to_string();
        let edited = storage.edit_hook(&scope, kept[0], edited).await;
        edited.expect("edited");
        storage.retry_hook(&scope, kept[0]).await.expect("again");
        assert_eq!(process(&case).await, [HookState::Dead]);
        let (dead, _) = told(case.why(&saved, &thing("product", "hk78")).await.answer);
        assert_eq!(dead.id, kept[0]);
        let before = case.why(&saved, &thing("product", "hk77")).await.answer;
        assert_eq!(before.steps, [Step::NothingKnown]);
        // What is no JSON names nothing.
        let shop = connect(&case, Platform::Standard, "own").await;
        let broken = id_of(keep(&case, &shop, "product.updated", "1", "{broken").await);
        assert_eq!(process(&case).await, [HookState::Dead]);
        assert_eq!(row(&case, broken).await.subject, None);
    });
}

#[test]
fn what_names_an_order_by_the_shops_own_id_is_found_under_its_number() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.deleted", tag())).await;
        let shop = connect(&case, Platform::Woocommerce, "linen").await;
        let made = json!({"id": 727, "number": "1042", "status": "pending"});
        came(&case, &shop, "order.created", &made).await;
        // It came before it was known by which number the order goes.
        switch(&case, &shop, false).await;
        let gone = came(&case, &shop, "order.deleted", &json!({"id": 727})).await;
        assert_eq!(process(&case).await, [HookState::Failed; 2]);
        switch(&case, &shop, true).await;
        let jobs = case.storage.claim_hooks(1, Duration::minutes(1)).await;
        let job = jobs.expect("claimed").remove(0);
        let done = case.storage.process_hook(&job).await;
        assert_eq!(done.expect("settled"), HookState::Done);
        switch(&case, &shop, false).await;
        assert_eq!(process(&case).await, [HookState::Failed]);
        let (waits, rest) = told(case.why(&saved, &order("1042")).await.answer);
        assert_eq!(waits.id, gone);
        assert!(matches!(rest[..], [Step::NothingFits { .. }]), "{rest:?}");
    });
}

#[test]
fn an_erased_customer_is_named_by_no_webhook_that_is_out_of_tries() {
    on_both(async |case| {
        case.customer("26", "Noura", "noura@mail.example", "+966551234567")
            .await;
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let body = json!({"id": 26, "email": "noura@mail.example", "tags": 7});
        let kept = came(&case, &shop, "customers/update", &body).await;
        assert_eq!(process(&case).await, [HookState::Dead]);
        let subject = row(&case, kept).await.subject;
        assert_eq!(subject.map(|s| s.id).as_deref(), Some("26"));
        case.erase_person(&case.scope(), "26", "asked by mail")
            .await;
        assert_eq!(row(&case, kept).await.subject, None);
    });
}

#[test]
fn a_rule_that_is_off_says_so_where_nothing_came_too() {
    on_both(async |case| {
        let scope = case.scope();
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        let hourly = FollowupRule {
            name: "Hourly".to_owned(),
            trigger: Trigger::Schedule {
                schedule: Often::Hour { minute: 0 },
            },
            actions: vec![FollowupAction::Alarm {
                text: "Look".to_owned(),
            }],
            ..rule(&case, "", tag())
        };
        let hourly = case.save(hourly).await;
        case.record(vec![happened(&case, "order.cancelled", "8")])
            .await;
        let asked = async |rule: &FollowupRule, number: &str| {
            let answer = case.why(rule, &order(number)).await.answer;
            answer.steps
        };
        assert_eq!(asked(&saved, "9").await, [Step::NothingKnown]);
        for rule in [&saved, &hourly] {
            let switched = case.storage.switch_rule(&scope, rule.id, false).await;
            switched.expect("off");
        }
        let (unknown, unfit) = (asked(&saved, "9").await, asked(&saved, "8").await);
        let ahead = asked(&hourly, "any").await;
        assert!(
            matches!(unknown[..], [Step::NothingKnown, Step::OffNow { .. }]),
            "{unknown:?}"
        );
        assert!(
            matches!(
                unfit[..],
                [
                    Step::NothingFits { .. },
                    Step::OffNow {
                        version: 2,
                        since: Some(_)
                    }
                ]
            ),
            "{unfit:?}"
        );
        assert!(
            matches!(ahead[..], [Step::NotDue { .. }, Step::OffNow { .. }]),
            "{ahead:?}"
        );
    });
}
