//! Finding an order among many.

use crate::harness::{Case, on_both};
use crate::message_kit::mailbox;
use chrono::Duration;
use domain::Role;
use domain::export::{Selection, Source};
use domain::message::Channel;
use storage::Scope;

/// Orders that stand above all others in the list: as many as a search looks through at a time.
async fn many_above(case: &Case) {
    let store = case.store.id.0;
    let made = case
        .tamper(&format!(
            "INSERT INTO order_thread (store_id, number, sort_key, message_count) \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
             SELECT {store}, 'x' || i, 9000000000000000 + i, 0 FROM n"
        ))
        .await;
    assert_eq!(made, 20_000);
}

#[test]
fn an_order_is_found_by_its_number_behind_any_number_of_others() {
    on_both(async |case| {
        case.order("O-1042", "c_1", None).await;
        many_above(&case).await;
        let scope = case.scope();
        let find = async |words: &str, after: Option<&str>| {
            let page = case.storage.list_orders(&scope, words, after, 10).await;
            let page = page.expect("listed");
            let numbers: Vec<String> = page.rows.into_iter().map(|o| o.number).collect();
            (numbers, page.next, page.is_partial)
        };
        for words in ["O-1042", "o-1042", "#O-1042", " O-1042 ", "c_1 O-1042"] {
            let (numbers, next, is_partial) = find(words, None).await;
            assert_eq!(numbers, ["O-1042"], "{words}");
            assert!(is_partial, "there may be more behind the bound");
            let (numbers, next, is_partial) = find(words, next.as_deref()).await;
            assert_eq!((numbers, next, is_partial), (Vec::new(), None, false));
        }
        // What is no number is looked for up to the bound, and then from there.
        let (numbers, next, is_partial) = find("processing", None).await;
        assert!(numbers.is_empty() && is_partial);
        let (numbers, next, is_partial) = find("processing", next.as_deref()).await;
        assert_eq!(numbers, ["O-1042"]);
        assert!(next.is_none() && !is_partial);
        // The very number stands above those that have it in theirs, once.
        let (numbers, next, _) = find("x5", None).await;
        assert_eq!((numbers.len(), numbers[0].as_str()), (10, "x5"));
        let (more, ..) = find("x5", next.as_deref()).await;
        assert!(more.iter().all(|number| !numbers.contains(number)));
        // Without words nothing has changed.
        let (numbers, next, is_partial) = find("", None).await;
        assert_eq!((numbers[0].as_str(), is_partial), ("x20000", false));
        assert!(next.is_some());
    });
}

#[test]
fn an_order_is_found_by_its_customers_email_and_number_in_any_spelling() {
    on_both(async |case| {
        case.customer("c_1", "Fatimah", "fatimah@mail.example", "+966545553236")
            .await;
        case.customer("c_2", "Usman", "usman@mail.example", "055 123 4567")
            .await;
        case.order("5184", "c_1", None).await;
        case.order("5330", "c_2", None).await;
        let scope = case.scope();
        let auditor = case.member("Aida", Role::Auditor).await.scope;
        let find = async |scope: &Scope, words: &str| {
            let page = case.storage.list_orders(scope, words, None, 10).await;
            let rows = page.expect("listed").rows.into_iter();
            rows.map(|order| order.number).collect::<Vec<_>>()
        };
        let selected = async |words: &str| {
            let selection = Selection::Matching {
                source: Source::Threads,
                q: words.to_owned(),
                up_to: None,
                except: Vec::new(),
            };
            let counted = case.storage.count_selection(&scope, &selection).await;
            counted.expect("counted").count.count
        };
        for (words, order, customer) in [
            ("5553236", "5184", "c_1"),
            ("0545553236", "5184", "c_1"),
            ("+966545553236", "5184", "c_1"),
            ("+966 54 555 3236", "5184", "c_1"),
            ("fatimah@mail", "5184", "c_1"),
            ("+966551234567", "5330", "c_2"),
        ] {
            assert_eq!(find(&scope, words).await, [order], "{words}");
            assert_eq!(selected(words).await, 1, "{words}");
            // Who may not see it does not find by it.
            assert!(find(&auditor, words).await.is_empty(), "{words}");
            let found = case.storage.find(&scope, words).await.expect("found");
            let customers: Vec<&str> = found.customers.iter().map(|c| c.id.as_str()).collect();
            assert_eq!(customers, [customer], "{words}");
            assert_eq!(found.orders.len(), 1, "{words}");
        }
        for words in ["order 5184", "Order #5184", "طلب ٥١٨٤"] {
            assert_eq!(find(&scope, words).await, ["5184"], "{words}");
            assert_eq!(find(&auditor, words).await, ["5184"], "{words}");
            assert_eq!(selected(words).await, 1, "{words}");
        }
        for words in ["5553237", "3236", "fatimah usman"] {
            assert!(find(&scope, words).await.is_empty(), "{words}");
        }
    });
}

#[test]
fn a_customer_page_tells_an_opt_out_behind_any_number_of_others() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        let scope = case.scope();
        for channel in [Channel::Email, Channel::Whatsapp] {
            let address = match channel {
                Channel::Email => "Noura@mail.example",
                _ => "00966 55 123 4567",
            };
            let out = case.storage.set_opt_out(&scope, channel, address, true);
            out.await.expect("kept");
        }
        let (store, channel) = (case.store.id.0, Channel::Email.number());
        let made = case
            .tamper(&format!(
                "INSERT INTO opt_out (store_id, channel, address, since) \
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                 SELECT {store}, {channel}, 'x' || i, 9000000000000000 + i FROM n"
            ))
            .await;
        assert_eq!(made, 1_000);
        let page = case.storage.customer_page(&scope, "c_1").await;
        let page = page.expect("read").expect("there");
        let out: Vec<Channel> = page.opt_outs.iter().map(|o| o.channel).collect();
        assert_eq!(out, [Channel::Email, Channel::Whatsapp]);
    });
}

#[test]
fn a_wish_that_is_told_twice_changes_nothing_the_second_time() {
    on_both(async |case| {
        let scope = case.scope();
        let from = "+966551234567";
        let tell = async |id: &str, is_out: bool| {
            let text = if is_out { "STOP" } else { "START" };
            let mut message = crate::message_kit::inbound(&case, Channel::Sms, from, text, id);
            message.to = vec![mailbox("+14155550100")];
            let received = case
                .storage
                .receive_wish(&scope, message, Vec::new(), None, is_out)
                .await;
            received.expect("received").is_new
        };
        let is_out = async || {
            let asked = case.storage.is_opted_out(&scope, Channel::Sms, from).await;
            asked.expect("asked")
        };
        assert!(tell("SM1", true).await && is_out().await);
        assert!(tell("SM2", false).await && !is_out().await);
        assert!(tell("SM3", true).await && is_out().await);
        assert!(!tell("SM2", false).await);
        assert!(is_out().await, "a repeated START undid a later STOP");
        let actions: Vec<String> = case
            .all_rows(&scope, "category:contacts", 50)
            .await
            .into_iter()
            .map(|row| row.action)
            .collect();
        assert_eq!(
            actions,
            ["contact.opted_out", "contact.opted_in", "contact.opted_out"]
        );
        case.verified().await;
    });
}

#[test]
fn a_wish_that_a_provider_tells_late_or_again_undoes_no_newer_one() {
    on_both(async |case| {
        let scope = case.scope();
        let start = crate::harness::start();
        case.pass(Duration::hours(2));
        let tell = async |minute: i64, is_out: bool| {
            let at = start + Duration::minutes(minute);
            let told = case
                .storage
                .report_opt_out(&scope, "Noura@mail.example", is_out, at);
            let is_newer = told.await.expect("told");
            let asked = case
                .storage
                .is_opted_out(&scope, Channel::Email, "noura@mail.example");
            (is_newer, asked.await.expect("asked"))
        };
        for (minute, wants_none, expected) in [
            (10, true, (true, true)),
            (10, true, (false, true)),
            (20, false, (true, false)),
            // The first again, and one that comes late.
            (10, true, (false, false)),
            (15, true, (false, false)),
            (30, true, (true, true)),
            (20, false, (false, true)),
            // Told anew, so that what is older than this changes nothing either.
            (40, true, (true, true)),
            (35, false, (false, true)),
            (50, false, (true, false)),
            (60, false, (true, false)),
            (55, true, (false, false)),
            // Ahead of our clock: it counts as of now, and holds back nothing that is done later.
            (500, true, (true, true)),
        ] {
            let found = tell(minute, wants_none).await;
            assert_eq!(found, expected, "{minute} {wants_none}");
        }
        case.pass(Duration::minutes(1));
        assert_eq!(tell(121, false).await, (true, false));
        // What somebody says here counts as of now.
        case.pass(Duration::minutes(1));
        let out = case
            .storage
            .set_opt_out(&scope, Channel::Email, "noura@mail.example", true);
        out.await.expect("kept");
        assert_eq!(tell(121, false).await, (false, true));
        case.verified().await;
    });
}

#[test]
fn a_customer_is_found_by_id_and_address_behind_any_number_of_others() {
    on_both(async |case| {
        let store = case.store.id.0;
        let made = case
            .tamper(&format!(
                "INSERT INTO customer (store_id, id, name, email, \"groups\", updated_seq) \
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
                 SELECT {store}, 'a' || i, 'Aisha', 'a' || i || '@mail.example', '[]', 0 FROM n"
            ))
            .await;
        assert_eq!(made, 20_000);
        case.customer("z7", "Zaid a7", "zaid@mail.example", "+966551234567")
            .await;
        let find = async |scope: &Scope, words: &str| {
            let found = case.storage.find(scope, words).await.expect("found");
            let ids = found.customers.into_iter().map(|customer| customer.id);
            ids.collect::<Vec<_>>()
        };
        let scope = case.scope();
        assert_eq!(find(&scope, "z7").await, ["z7"]);
        assert_eq!(find(&scope, "Zaid@Mail.example").await, ["z7"]);
        // Who is called so stands before those who have it in theirs, once.
        let found = find(&scope, "a7").await;
        assert_eq!((found.len(), found[0].as_str()), (5, "a7"));
        assert_eq!(found.iter().filter(|id| *id == "a7").count(), 1);
        assert_eq!(find(&scope, "aisha").await.len(), 5);
        let auditor = case.member("Aida", Role::Auditor).await.scope;
        for words in ["z7", "zaid@mail.example", "aisha", "zai", "0551234567"] {
            assert!(find(&auditor, words).await.is_empty(), "{words}");
        }
        let other = Scope::system("test", case.sample().await);
        for words in [
            "zai",
            "zaid@m",
            "1234567",
            "00966 55 123 4567",
            "zaid 055 123 4567",
        ] {
            assert_eq!(find(&scope, words).await, ["z7"], "{words}");
            assert!(find(&other, words).await.is_empty(), "{words}");
        }
        for words in ["aid", "zaid sara"] {
            assert!(find(&scope, words).await.is_empty(), "{words}");
        }
        // What is known of them replaces what was known.
        case.customer("z7", "Omar", "omar@mail.example", "+966559876543")
            .await;
        assert!(find(&scope, "zai").await.is_empty());
        assert!(find(&scope, "0551234567").await.is_empty());
        assert_eq!(find(&scope, "oma").await, ["z7"]);
        assert_eq!(find(&scope, "0559876543").await, ["z7"]);
    });
}

#[test]
fn customers_told_of_before_their_words_were_kept_are_looked_at_in_steps() {
    on_both(async |case| {
        let store = case.store.id.0;
        let made = case
            .tamper(&format!(
                "INSERT INTO customer (store_id, id, name, \"groups\", updated_seq) \
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
                 SELECT {store}, 'a' || i, 'Aisha', '[]', 0 FROM n"
            ))
            .await;
        assert_eq!(made, 20_000);
        case.tamper(&format!(
            "INSERT INTO customer (store_id, id, name, phone, \"groups\", updated_seq) \
             VALUES ({store}, 'z8', 'Zuhra Aisha', '055 123 4567', '[]', 0)"
        ))
        .await;
        let scope = case.scope();
        let find = async |words: &str| {
            let found = case.storage.find(&scope, words).await.expect("found");
            let ids = found.customers.into_iter().map(|customer| customer.id);
            ids.collect::<Vec<_>>()
        };
        assert!(!case.storage.older_step().await.expect("a step"));
        assert!(find("zuhra").await.is_empty());
        case.tamper("INSERT INTO customer_waiting (id, store_id, customer_id) VALUES (1, 0, '')")
            .await;
        assert!(case.storage.older_step().await.expect("a step"));
        assert!(find("zuhra").await.is_empty());
        while case.storage.older_step().await.expect("a step") {}
        assert_eq!(find("zuhra").await, ["z8"]);
        assert_eq!(find("+966551234567").await, ["z8"]);
        // Looked for along the rarest of the words: of the other are more than are looked through.
        assert_eq!(find("aisha zuh").await, ["z8"]);
    });
}
