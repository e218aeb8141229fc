//! Erasing a person: what a legal hold keeps is found again, what names them in calls and webhooks goes too.

use crate::erase::{holding, people};
use crate::harness::{Case, activity, idempotency, on_both, on_sqlite};
use crate::hook::{connect, id_of, keep, process};
use chrono::Duration;
use domain::export::Source;
use domain::hook::{HookState, Platform};
use domain::message::Channel;
use domain::view::{ErasureRow, ErasureStatus};
use domain::{Actor, ActorType, HookId};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use storage::record::{Record, Recorded};
use storage::{CallAnswer, Reserved, Scope};

impl Case {
    /// Erases everything about a customer; `reason`: why.
    pub async fn erase_person(&self, scope: &Scope, customer: &str, reason: &str) -> ErasureRow {
        let found = self.storage.person_found(scope, customer).await;
        let found = found.expect("read").expect("known");
        let asked = self
            .storage
            .request_person_erasure(scope, customer, reason, found.to_type)
            .await
            .expect("asked for");
        self.work().await;
        let rows = self.storage.list_erasures(scope).await.expect("read");
        let row = rows.into_iter().find(|row| row.id == asked.id);
        let row = row.expect("there");
        assert_eq!(row.status, ErasureStatus::Completed, "{:?}", row.error);
        row
    }

    async fn is_customer(&self, scope: &Scope, customer: &str) -> bool {
        let page = self.storage.customer_page(scope, customer).await;
        page.expect("read").is_some()
    }
}

#[test]
fn who_is_held_in_part_is_found_again_and_erased_once_the_hold_is_released() {
    on_both(async |case| {
        let scope = people(&case).await;
        let held = case
            .storage
            .add_holds(
                &scope,
                &[Source::Messages],
                "to:noura.q@mail.example",
                "a case at court",
            )
            .await
            .expect("held");
        let first = case.erase_person(&scope, "c_71", "asked by mail").await;
        assert_eq!((first.report.messages, first.held), (0, 1));
        assert_eq!(
            (first.report.records, first.report.keeps_customer),
            (0, true)
        );
        assert_eq!(case.count(&scope, "about:customer/c_71").await, 0);
        assert!(case.is_customer(&scope, "c_71").await);
        let left = case.storage.person_found(&scope, "c_71").await;
        let left = left.expect("read").expect("still known");
        assert_eq!((left.messages, left.held), (1, 1));
        case.verified().await;

        case.storage
            .release_hold(&scope, held[0].id, "the case is closed")
            .await
            .expect("released");
        let second = case.erase_person(&scope, "c_71", "the rest").await;
        assert_eq!((second.report.messages, second.held), (1, 0));
        assert_eq!(
            (second.report.records, second.report.keeps_customer),
            (2, false)
        );
        assert_eq!(second.report.exports, 1, "the file with the message");
        assert!(!case.is_customer(&scope, "c_71").await);
        let gone = case.storage.person_found(&scope, "c_71").await;
        assert!(gone.expect("read").is_none());
        let orders = case.storage.list_orders(&scope, "1042", None, 10).await;
        assert_eq!(orders.expect("read").rows[0].customer, None);
        assert!(case.is_customer(&scope, "c_72").await);
        case.verified().await;
    });
}

#[test]
fn orders_that_no_hold_covers_lose_the_customer_and_those_it_covers_keep_them() {
    on_both(async |case| {
        let scope = people(&case).await;
        case.order("1050", "c_71", None).await;
        let owner = async |number: &str| {
            let found = case.storage.list_orders(&scope, number, None, 10).await;
            found.expect("read").rows[0].customer_name.clone()
        };
        let both = [Source::Activity, Source::Messages];
        let holds = case
            .storage
            .add_holds(&scope, &both, "order:1042", "a case at court")
            .await
            .expect("held");
        let found = case.storage.person_found(&scope, "c_71").await;
        let found = found.expect("read").expect("known");
        assert!(found.keeps_customer && found.held >= found.held_messages);
        assert_eq!(found.held_messages, 1);
        let first = case.erase_person(&scope, "c_71", "asked by mail").await;
        assert_eq!((first.report.messages, first.report.records), (0, 1));
        assert!(first.report.keeps_customer);
        assert_eq!(owner("1042").await.as_deref(), Some("Noura Alqahtani"));
        assert_eq!(owner("1043").await.as_deref(), Some("Basma Harbi"));
        assert_eq!(owner("1050").await, None);
        case.verified().await;

        for hold in holds {
            let released = case.storage.release_hold(&scope, hold.id, "closed").await;
            released.expect("released");
        }
        let second = case.erase_person(&scope, "c_71", "the rest").await;
        assert_eq!((second.report.messages, second.report.records), (1, 2));
        assert_eq!(owner("1042").await, None);
        assert!(!case.is_customer(&scope, "c_71").await);
        case.verified().await;
    });
}

#[test]
fn answers_kept_for_calls_that_are_sent_again_go_and_their_keys_stay_used() {
    on_both(async |case| {
        let scope = people(&case).await;
        let answer = CallAnswer {
            status: 200,
            location: None,
            body: b"{\"to\":\"noura.q@mail.example\"}".to_vec(),
        };
        let reserve = async || {
            let reserved = case.storage.reserve_key(&scope, "k", [1; 32]).await;
            reserved.expect("asked")
        };
        assert_eq!(reserve().await, Reserved::New);
        let kept = case.storage.keep_answer(&scope, "k", &answer).await;
        kept.expect("kept");
        let record = || vec![Record::Activity(activity("product.created", 0))];
        let recorder = case.storage.recorder();
        let recorded = recorder.record(&scope, record(), Some(idempotency("r", 1)));
        recorded.await.expect("recorded");
        assert_eq!(reserve().await, Reserved::Answered(answer));
        case.erase_person(&scope, "c_71", "asked by mail").await;
        assert_eq!(reserve().await, Reserved::Unanswered);
        // What the recorder keeps names ids and numbers alone.
        let again = recorder.record(&scope, record(), Some(idempotency("r", 1)));
        let again = again.await.expect("answered");
        assert!(matches!(again, Recorded::Replayed(stored) if !stored.is_empty()));
    });
}

#[test]
fn what_tells_of_an_erasure_keeps_no_customer() {
    on_both(async |case| {
        let scope = people(&case).await;
        let reason = "noura.q@mail.example asked for it";
        case.erase_person(&scope, "c_72", reason).await;
        let row = case.erase_person(&scope, "c_71", "asked by mail").await;
        assert_eq!((row.held, row.report.keeps_customer), (1, false));
        assert!(!case.is_customer(&scope, "c_71").await);
    });
}

#[test]
fn calls_that_asked_for_a_full_name_go_and_those_by_a_namesake_stay() {
    on_both(async |case| {
        let scope = case.scope();
        case.customer("c_81", "Huda Faris", "huda@mail.example", "+966551112233")
            .await;
        let call = |id: &str| crate::watch::call(&case, crate::harness::start(), 200, id);
        let mut calls = Vec::new();
        for (id, query) in [
            ("gone_1", "q=Huda%20Faris"),
            ("gone_2", "limit=5&q=huda+faris"),
            ("kept_1", "q=Huda"),
            ("kept_2", "q=Huda%20Farisi"),
        ] {
            let mut asked = call(id);
            asked.query = Some(query.to_owned());
            calls.push(asked);
        }
        let mut told = call("gone_3");
        told.body = Some("{\"q\":\"HUDA  \\u0046aris\"}".to_owned());
        let mut by = call("kept_3");
        by.actor = Actor {
            kind: ActorType::User,
            id: Some("u_1".to_owned()),
            name: Some("Huda Faris".to_owned()),
            ..Actor::system()
        };
        calls.extend([told, by]);
        crate::watch::record(&case, calls).await;
        case.erase_person(&scope, "c_81", "asked by mail").await;
        let rows = crate::watch::page(&case, &scope, "", None, 10).await.rows;
        let mut ids: Vec<&str> = rows.iter().map(|row| row.request_id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["kept_1", "kept_2", "kept_3"]);
        case.verified().await;
    });
}

/// Whether the body of a delivery is still there.
async fn has_body(case: &Case, id: HookId) -> bool {
    let found = case.storage.get_hook(&case.scope(), id).await;
    found.expect("read").expect("there").body.is_some()
}

/// What a shop tells of another customer who is called the same.
const NAMESAKE: &str = r#"{"id":82,"first_name":"Huda","last_name":"Faris","email":"other@mail.example",
    "note":"Huda Faris","created_at":"2026-11-20T08:00:00Z","updated_at":"2026-11-20T08:00:00Z"}"#;

#[test]
fn webhooks_that_failed_or_meant_nothing_lose_a_body_that_names_an_erased_person() {
    on_both(async |case| {
        let scope = case.scope();
        case.customer("c_81", "Huda Faris", "huda@mail.example", "+966551112233")
            .await;
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let own = connect(&case, Platform::Standard, "own").await;
        let mut ids = Vec::new();
        for (connection, topic, key, body) in [
            (&own, "product.updated", "1", "{broken HUDA@mail.example"),
            (
                &shop,
                "themes/publish",
                "2",
                "{\"by\":\"\\u0048uda Faris\"}",
            ),
            (&own, "product.updated", "3", "{broken basma@mail.example"),
            (&shop, "themes/publish", "4", "{\"by\":\"Huda\"}"),
            (&shop, "customers/create", "6", NAMESAKE),
            (
                &own,
                "customer.updated",
                "7",
                "{broken Huda Faris, other@mail.example",
            ),
            (&own, "customer.updated", "8", "{broken Huda Faris, c_81"),
        ] {
            ids.push(id_of(keep(&case, connection, topic, key, body).await));
        }
        let mut states = process(&case).await;
        states.sort_unstable();
        let (dead, done) = (HookState::Dead, HookState::Done);
        assert_eq!(states, [done, done, done, dead, dead, dead, dead]);
        let waits = keep(
            &case,
            &shop,
            "themes/publish",
            "5",
            "{\"by\":\"Huda Faris\"}",
        )
        .await;
        case.erase_person(&scope, "c_81", "asked by mail").await;
        let mut bodies = Vec::new();
        for id in ids {
            bodies.push(has_body(&case, id).await);
        }
        assert_eq!(bodies, [false, false, true, true, true, true, false]);
        assert!(
            has_body(&case, id_of(waits)).await,
            "it is not processed yet"
        );
        case.verified().await;
    });
}

#[test]
fn in_what_a_shop_told_a_number_is_found_as_an_erased_persons_id() {
    on_both(async |case| {
        let scope = case.scope();
        case.customer("8201", "Huda Faris", "huda@mail.example", "+966551112233")
            .await;
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let mut ids = Vec::new();
        for (topic, key, body) in [
            ("orders/create", "1", r#"{"customer":{"id":8201}}"#),
            (
                "customers/data_request",
                "2",
                r#"{"shop_id":5,"customer":{"id":8201}}"#,
            ),
            (
                "customers/update_consent",
                "3",
                r#"{"id":8201,"state":"on"}"#,
            ),
            (
                "orders/create",
                "4",
                r#"{"customer":{"id":82015,"orders_count":8201}}"#,
            ),
            ("customers/update_consent", "5", r#"{"id":5,"tags":[8201]}"#),
            ("themes/publish", "6", r#"{"id":8201}"#),
        ] {
            ids.push(id_of(keep(&case, &shop, topic, key, body).await));
        }
        let mut states = process(&case).await;
        states.sort_unstable();
        let (dead, done) = (HookState::Dead, HookState::Done);
        assert_eq!(states, [done, done, done, done, dead, dead]);
        case.erase_person(&scope, "8201", "asked by mail").await;
        let mut bodies = Vec::new();
        for id in ids {
            bodies.push(has_body(&case, id).await);
        }
        assert_eq!(bodies, [false, false, false, true, true, true]);
        case.verified().await;
    });
}

#[test]
fn an_item_that_a_hold_keeps_keeps_the_customer() {
    on_both(async |case| {
        let scope = people(&case).await;
        crate::erase::operation_about(&case).await;
        let q = "action:operation.item";
        let activity = [Source::Activity];
        let held = case.storage.add_holds(&scope, &activity, q, "audit");
        let held = held.await.expect("held");
        let first = case.erase_person(&scope, "c_71", "asked by mail").await;
        assert_eq!((first.held, first.report.keeps_customer), (0, true));
        assert!(case.is_customer(&scope, "c_71").await);
        case.storage
            .release_hold(&scope, held[0].id, "over")
            .await
            .expect("released");
        let second = case.erase_person(&scope, "c_71", "the rest").await;
        assert!(!second.report.keeps_customer);
        assert!(!case.is_customer(&scope, "c_71").await);
        case.verified().await;
    });
}

#[test]
fn what_stands_under_an_earlier_address_goes_with_whose_it_was() {
    on_sqlite(async |case| {
        let scope = case.scope();
        let write = async |to: &str, channel: Channel| {
            let input = crate::message_kit::input(&case, channel, to, "Your parcel");
            case.send(input).await;
        };
        let name = "Amal Said";
        case.customer("c_91", name, "amal@old.example", "+966551110000")
            .await;
        write("amal@old.example", Channel::Email).await;
        case.customer("c_91", name, "amal@new.example", "+966552220000")
            .await;
        write("amal@new.example", Channel::Email).await;
        // The number has become somebody else's.
        case.customer("c_92", "Rima Saad", "rima@mail.example", "+966551110000")
            .await;
        write("+966551110000", Channel::Sms).await;
        let row = case.erase_person(&scope, "c_91", "asked by mail").await;
        assert_eq!((row.report.messages, row.report.records), (2, 2));
        let folder = case.storage.export_folder().expect("a folder");
        let folder = folder.parent().expect("a folder");
        for needle in ["amal@old", "amal@new", "966552220000"] {
            assert_eq!(holding(folder, needle), Vec::<String>::new(), "{needle}");
        }
        assert_eq!(case.found(&scope, "to:+966551110000").await.len(), 1);
        assert!(case.is_customer(&scope, "c_92").await);
        case.verified().await;
    });
}

#[test]
fn an_erasure_is_over_when_nobody_reads_what_was_and_nobody_waits_for_that() {
    on_sqlite(async |case| {
        let scope = people(&case).await;
        let folder = case.storage.export_folder().expect("a folder");
        let folder = folder.parent().expect("a folder");
        let raw = case.raw().await;
        let reading = raw.begin().await.expect("begun");
        let looked = reading.execute_unprepared("SELECT size FROM ledger_head");
        looked.await.expect("read");
        let found = case.storage.person_found(&scope, "c_71").await;
        let to_type = found.expect("read").expect("known").to_type;
        case.storage
            .request_person_erasure(&scope, "c_71", "asked by mail", to_type)
            .await
            .expect("asked for");
        let job = case.storage.claim_erasure(Duration::minutes(5)).await;
        let job = job.expect("claimed").expect("one waits");
        // It takes it out of the index before it waits.
        let step = loop {
            let step = case.storage.erase_step(&job).await.expect("a step");
            if step.is_finished || step.is_waiting {
                break step;
            }
        };
        assert_eq!((step.is_finished, step.is_waiting), (false, true));
        let status = async || {
            let rows = case.storage.list_erasures(&scope).await;
            rows.expect("read")[0].status
        };
        assert_eq!(status().await, ErasureStatus::Running);
        assert!(!holding(folder, "noura.q@mail").is_empty());
        assert!(!case.storage.fold_log().await.expect("tried"));
        case.record(vec![activity("product.updated", 1)]).await;
        assert_eq!(case.count(&scope, "action:product.updated").await, 1);

        reading.rollback().await.expect("ended");
        raw.close().await.expect("closed");
        // It can be taken again in a moment, long before the first lease ran out.
        case.pass(Duration::seconds(2));
        case.work().await;
        assert_eq!(status().await, ErasureStatus::Completed);
        for needle in ["noura.q@mail", "Noura Alqahtani", "966551234567"] {
            assert_eq!(holding(folder, needle), Vec::<String>::new(), "{needle}");
        }
        assert_eq!(case.count(&scope, "action:log.erased").await, 1);
        case.verified().await;
    });
}
