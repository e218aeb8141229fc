//! Pages, filters, search.

use crate::harness::{activity, on_both};
use domain::{Cursor, Direction};
use storage::Page;

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    on_both(async |case| {
        case.record(
            (0..95)
                .map(|n| activity("product.updated", n / 3))
                .collect(),
        )
        .await;
        let filter = case
            .storage
            .filter(&case.scope(), "category:products")
            .expect("a filter");
        for direction in [Direction::Newest, Direction::Oldest] {
            let mut seen = Vec::new();
            let mut after: Option<Cursor> = None;
            loop {
                let page = Page {
                    after,
                    direction,
                    limit: 10,
                };
                let page = case
                    .storage
                    .list_activities(&case.scope(), &filter, page)
                    .await
                    .expect("a page");
                seen.extend(
                    page.rows
                        .iter()
                        .map(|row| row.seq.expect("open to this role").0),
                );
                match page.next {
                    Some(next) => after = Some(Cursor::parse(&next).expect("its own cursor")),
                    None => break,
                }
            }
            let mut expected: Vec<i64> = (2..=96).collect();
            if direction == Direction::Newest {
                expected.reverse();
            }
            assert_eq!(seen, expected);
        }
    });
}

#[test]
fn each_qualifier_finds_what_it_names() {
    on_both(async |case| {
        let mut other = activity("coupon.deleted", 5);
        other.actor.name = Some("عبدالله القحطاني".to_owned());
        other.actor.email = None;
        other.description = Some("كوبون قديم 50% off_now".to_owned());
        other.origin.ip = None;
        other.origin.trace_id = Some("trace-9".to_owned());
        case.record(vec![
            activity("product.updated", 1),
            activity("product.hidden", 2),
            other,
        ])
        .await;
        for (q, expected) in [
            ("", 4),
            ("actor:sara", 2),
            ("-actor:sara", 2),
            ("actor:sara action:product.*", 2),
            ("action:product.hidden", 1),
            ("category:products,coupons", 3),
            ("ip:203.0.113.0/24", 2),
            ("-ip:203.0.113.0/24", 2),
            ("subject:product/p_1", 1),
            ("subject:product", 3),
            ("subject:product/*", 3),
            ("about:product/p_2", 1),
            ("role:manager", 3),
            ("trace:trace-9", 1),
            ("outcome:success", 4),
            ("outcome:failed", 0),
            ("has:ip", 2),
            ("\"price changed\"", 2),
            ("rice", 2),
            ("كوبون", 1),
            ("القحطاني", 1),
            ("50% off_n", 1),
            ("off-n", 0),
            ("-price category:products", 0),
            ("pr", 3),
            ("created:2026-11-20", 4),
            ("created:..2026-11-19", 0),
        ] {
            let filter = case
                .storage
                .filter(&case.scope(), q)
                .unwrap_or_else(|e| panic!("{q}: {e:?}"));
            let page = Page {
                after: None,
                direction: Direction::Newest,
                limit: 50,
            };
            let page = case
                .storage
                .list_activities(&case.scope(), &filter, page)
                .await
                .expect("a page");
            assert_eq!(page.rows.len(), expected, "{q} on {}", case.url);
            let count = case
                .storage
                .count_activities(&case.scope(), &filter)
                .await
                .expect("a count");
            assert_eq!(
                (count.count, count.is_exact),
                (expected as u64, true),
                "count of {q} on {}",
                case.url
            );
        }
    });
}
