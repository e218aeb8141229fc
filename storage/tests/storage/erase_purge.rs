//! Deleted texts leave SQLite's text indexes: soon where somebody asked for it, within a day where retention let them go.

use crate::erase::holding;
use crate::erase_retention::rule;
use crate::export::all;
use crate::harness::{Case, activity, on_sqlite};
use crate::message_kit::input;
use chrono::Duration;
use domain::export::Source;
use domain::message::Channel;
use domain::{Activity, ActivityId, Category, Outcome};
use std::path::PathBuf;
use storage::Storage;

/// Three letters of scripts that nothing else here is written in: one piece of the index, which stands in it as it is.
const NEEDLE: &str = "ꔀ𐎀㐀";

fn about_the_needle(action: &str, minutes: i64) -> Activity {
    Activity {
        description: Some(format!("Told of {NEEDLE} once")),
        ..activity(action, minutes)
    }
}

/// Entries of which each says something that no other does.
fn different(from: u64, count: u64) -> Vec<Activity> {
    let told = |n: u64| {
        let words: Vec<String> = (0..12_u64)
            .map(|word| {
                format!(
                    "{:x}",
                    (n * 12 + word + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                )
            })
            .collect();
        Activity {
            description: Some(words.join(" ")),
            ..activity("product.updated", n as i64 % 1000)
        }
    };
    (from..from + count).map(told).collect()
}

async fn purge(storage: &Storage) {
    while !storage.purge_step().await.expect("a step") {}
}

impl Case {
    fn folder(&self) -> PathBuf {
        let exports = self.storage.export_folder().expect("a folder");
        exports.parent().expect("a folder").to_owned()
    }

    /// Sends a mail of which only its text is its own.
    async fn send_text(&self, to: &str, text: &str) {
        let mut message = input(self, Channel::Email, to, text);
        message.message.subject = Some("About your order".to_owned());
        self.send(message).await;
        self.hand_over().await;
    }

    /// The files that hold the needle once the write-ahead log is folded.
    async fn holding_the_needle(&self) -> Vec<String> {
        assert!(self.storage.fold_log().await.expect("tried"));
        holding(&self.folder(), NEEDLE)
    }

    /// That SQLite finds the indexes as they should be.
    async fn check_indexes(&self) {
        for name in ["activity_fts", "message_fts"] {
            let check = format!("INSERT INTO {name} ({name}, rank) VALUES ('integrity-check', 1)");
            self.tamper(&check).await;
        }
    }
}

#[test]
fn what_was_erased_is_in_no_index_once_that_is_merged() {
    on_sqlite(async |case| {
        case.record(different(0, 20)).await;
        let mut pending = about_the_needle("stock.adjusted", 5);
        pending.outcome = Outcome::Pending;
        let receipts = case.record(vec![pending]).await;
        // Its text is taken out and told anew.
        let id = ActivityId(receipts[0].id);
        let ended = case.end(id, Outcome::Failed, Some("No stock"));
        ended.await.expect("ended");
        case.send_text("lina@mail.example", "Your parcel is there")
            .await;
        case.send_text("noura@mail.example", NEEDLE).await;
        case.erase(all(Source::Activity, "action:stock.adjusted"), 1)
            .await;
        case.erase(all(Source::Messages, "to:noura@mail.example"), 1)
            .await;
        assert!(!case.holding_the_needle().await.is_empty());
        purge(&case.storage).await;
        assert_eq!(case.holding_the_needle().await, Vec::<String>::new());
        let scope = case.scope();
        assert_eq!(case.count(&scope, NEEDLE).await, 0);
        assert_eq!(case.count(&scope, "9e3779b97f4a7c15").await, 1);
        case.check_indexes().await;
        case.verified().await;
        // What comes after it is found, and goes like the first.
        case.send_text("basma@mail.example", &format!("{NEEDLE} again"))
            .await;
        assert_eq!(case.found(&scope, NEEDLE).await.len(), 1);
        case.erase(all(Source::Messages, "to:basma@mail.example"), 1)
            .await;
        purge(&case.storage).await;
        assert_eq!(case.holding_the_needle().await, Vec::<String>::new());
        case.check_indexes().await;
    });
}

#[test]
fn it_ends_while_others_write_and_goes_on_after_a_restart() {
    on_sqlite(async |case| {
        for part in 0..6 {
            case.record(different(part * 100, 100)).await;
        }
        case.record(vec![about_the_needle("stock.adjusted", 5)])
            .await;
        case.erase(all(Source::Activity, "action:stock.adjusted"), 1)
            .await;
        assert!(!case.storage.purge_step().await.expect("a step"));
        assert!(!case.holding_the_needle().await.is_empty());
        // The first process knew what it had begun; this one begins again.
        let reopened = case.reopened().await;
        let mut steps = 0;
        let mut number = 1000;
        while !reopened.purge_step().await.expect("a step") {
            steps += 1;
            assert!(steps < 500, "it does not end");
            for _ in 0..5 {
                case.record(different(number, 1)).await;
                number += 1;
            }
        }
        assert!(steps > 1, "{steps} steps");
        assert!(reopened.fold_log().await.expect("tried"));
        assert_eq!(case.holding_the_needle().await, Vec::<String>::new());
        let written = case.count(&case.scope(), "action:product.updated").await;
        assert_eq!(written as u64, number - 400);
        case.check_indexes().await;
        case.verified().await;
    });
}

#[test]
fn a_person_is_gone_when_the_erasure_says_so() {
    on_sqlite(async |case| {
        case.record(different(0, 100)).await;
        case.record(different(100, 100)).await;
        let mut about = about_the_needle("customer.updated", 7);
        about.subject = Some(crate::harness::reference("customer", "c_71", "Noura"));
        case.record(vec![about]).await;
        let scope = case.scope();
        let found = case.storage.person_found(&scope, "c_71").await;
        let to_type = found.expect("read").expect("known").to_type;
        case.storage
            .request_person_erasure(&scope, "c_71", "asked by mail", to_type)
            .await
            .expect("asked for");
        assert!(!holding(&case.folder(), NEEDLE).is_empty());
        case.work().await;
        assert_eq!(holding(&case.folder(), NEEDLE), Vec::<String>::new());
        case.check_indexes().await;
    });
}

#[test]
fn what_retention_lets_go_leaves_the_index_within_a_day() {
    on_sqlite(async |case| {
        let rules = || vec![rule(Category::Inventory, None, Some(10))];
        case.record(different(0, 20)).await;
        case.record(vec![about_the_needle("stock.adjusted", 5)])
            .await;
        case.pass(Duration::days(40));
        case.let_go(rules()).await;
        purge(&case.storage).await;
        assert_eq!(case.holding_the_needle().await, Vec::<String>::new());
        // What goes soon after that waits.
        case.record(vec![about_the_needle("stock.adjusted", 6)])
            .await;
        case.record(different(20, 20)).await;
        case.let_go(rules()).await;
        assert!(case.storage.purge_step().await.expect("a step"));
        case.pass(Duration::hours(25));
        purge(&case.storage).await;
        assert_eq!(case.holding_the_needle().await, Vec::<String>::new());
    });
}
