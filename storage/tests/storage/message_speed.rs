//! How quickly a million messages are listed, searched and counted. Run by hand:
//! `cargo test -p storage --test storage --release -- --ignored million --nocapture`.

use crate::harness::{Case, on_sqlite};
use crate::message_kit::input;
use domain::Direction;
use domain::message::{Channel, MessageType};
use std::time::Instant;
use storage::Page;

const SEEDS: usize = 200;
const COPIES: usize = 5_000;

async fn seed(case: &Case) {
    for n in 0..SEEDS {
        let channel = Channel::ALL[n % 3];
        let to = if channel == Channel::Email {
            format!("customer{n}@mail.example")
        } else {
            format!("+9665512{n:05}")
        };
        let mut input = input(
            case,
            channel,
            &to,
            &format!("Your parcel {n} is on its way, thank you"),
        );
        input.message.kind = MessageType::ALL[n % MessageType::ALL.len()];
        input.message.order = Some(format!("{}", 1_000 + n));
        case.send(input).await;
    }
    let step = 3_600_000_000_i64 << 10;
    let copies = format!(
        "WITH RECURSIVE k (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM k WHERE n < {COPIES})"
    );
    for text in [
        format!(
            "{copies} INSERT INTO message SELECT order_key - n * {step}, store_id, seq, randomblob(16), occurred_at - n * 3600000000, facet, is_inbound, \
                 order_number || '-' || n, customer_id, attempt_number, shown, facts, delivery FROM k CROSS JOIN message"
        ),
        format!(
            "{copies} INSERT INTO message_text SELECT order_key - n * {step}, open || n, personal FROM k CROSS JOIN message_text"
        ),
        format!(
            "{copies} INSERT INTO message_posting SELECT term, order_key - n * {step} FROM k CROSS JOIN message_posting"
        ),
        format!(
            "{copies} INSERT INTO message_hour SELECT store_id, hour - n, facet, h.n FROM k CROSS JOIN message_hour h"
        ),
        format!("UPDATE message_total SET n = n * {}", COPIES + 1),
        "INSERT INTO message_fts (message_fts) VALUES ('rebuild')".to_owned(),
    ] {
        case.tamper(
            &text
                .replace(
                    "k CROSS JOIN message_hour h",
                    "(SELECT n FROM k) k CROSS JOIN message_hour h",
                )
                .replace("hour - n,", "hour - k.n,"),
        )
        .await;
    }
}

#[test]
#[ignore = "making a million messages takes minutes"]
fn a_million_messages_are_listed_and_searched_within_ten_milliseconds() {
    on_sqlite(async |case| {
        let begun = Instant::now();
        seed(&case).await;
        println!("seeded in {:?}", begun.elapsed());
        let scope = case.scope();
        for q in [
            "",
            "channel:sms",
            "status:failed",
            "status:pending type:campaign",
            "-channel:email read:unknown",
            "to:customer42*",
            "order:1042",
            "order:1042-77",
            "subject:parcel",
            "parcel",
            "\"parcel 17 is\"",
            "0551200017",
            "zzzzqqq",
            "thank you -parcel",
            "created:2026-10",
            "created:2026-10 channel:sms parcel",
            "x",
            "customer9",
        ] {
            let filter = case.storage.message_filter(&scope, q).expect("a filter");
            let mut times = Vec::new();
            let page = Page {
                after: None,
                direction: Direction::Newest,
                limit: 50,
            };
            let mut rows = 0;
            for _ in 0..20 {
                let begun = Instant::now();
                rows = case
                    .storage
                    .list_messages(&scope, &filter, page)
                    .await
                    .expect("a page")
                    .rows
                    .len();
                times.push(begun.elapsed());
            }
            times.sort();
            let begun = Instant::now();
            let count = case
                .storage
                .count_messages(&scope, &filter)
                .await
                .expect("counted");
            println!(
                "{q:40} {rows:4} rows, median {:?}, worst {:?}; count {} in {:?}",
                times[10],
                times[19],
                count.count,
                begun.elapsed()
            );
        }
    });
}
