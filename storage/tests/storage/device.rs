//! Entries by the device that they were made with: asked for, counted, proposed, and noted of what was recorded before.

use crate::harness::{Case, activity, on_both, record_in};
use crate::older::{first_step, goes_with_content};
use domain::export::Source;
use domain::query::Query;
use domain::{Activity, ActivityId, Role};
use storage::Scope;

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.0 Mobile/15E148 Safari/604.1";
const OLDER_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                            Version/17.4 Mobile/15E148 Safari/604.1";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
                   Chrome/131.0.0.0 Safari/537.36";

fn with(agent: &str, minutes: i64) -> Activity {
    let mut item = activity("product.updated", minutes);
    item.origin.user_agent = Some(agent.to_owned());
    item
}

/// Two of a telephone, one of a computer, one of a till that nobody knows, one that does not say.
async fn fill(case: &Case) {
    case.record(vec![
        with(IPHONE, 1),
        with(OLDER_IPHONE, 2),
        with(MAC, 3),
        with("TillOS/7.3.1", 4),
        activity("coupon.created", 5),
    ])
    .await;
}

async fn devices(case: &Case, scope: &Scope, q: &str) -> Vec<(String, u64)> {
    let found = case.storage.facet_values(scope, Source::Activity, q).await;
    let groups = found.expect("read").expect("understood").groups;
    let group = groups.into_iter().find(|group| group.qualifier == "device");
    group.map_or_else(Vec::new, |group| {
        let values = group.values.into_iter();
        values.map(|v| (v.value, v.count)).collect()
    })
}

fn owned(counted: &[(&str, u64)]) -> Vec<(String, u64)> {
    let counted = counted.iter();
    counted.map(|(name, n)| ((*name).to_owned(), *n)).collect()
}

#[test]
fn entries_are_found_by_browser_and_system_or_either() {
    on_both(async |case| {
        fill(&case).await;
        let scope = case.scope();
        for (q, count) in [
            ("device:\"Safari on iPhone\"", 2),
            ("device:IPHONE", 2),
            ("device:safari", 2),
            ("device:\"safari on\"*", 2),
            ("device:chrome,iphone", 3),
            ("device:chrome action:product.*", 1),
            ("device:chrome action:coupon.*", 0),
            ("device:chrome device:iphone", 0),
            ("device:*", 3),
            ("device:iph", 0),
            ("device:\"Safari 18 on iPhone\"", 0),
            ("device:TillOS", 0),
        ] {
            assert_eq!(case.count(&scope, q).await, count, "{q}");
        }
        let all = case.count(&scope, "").await;
        for (q, left_out) in [
            ("-device:iphone", 2),
            ("-device:nokia", 0),
            ("-device:chrome -device:safari", 3),
            ("-device:*", 3),
        ] {
            assert_eq!(case.count(&scope, q).await, all - left_out, "{q}");
        }
        case.verified().await;
    });
}

#[test]
fn devices_are_counted_and_proposed_as_the_detail_names_them() {
    on_both(async |case| {
        fill(&case).await;
        let scope = case.scope();
        let both = owned(&[("Safari on iPhone", 2), ("Chrome on Mac OSX", 1)]);
        assert_eq!(devices(&case, &scope, "").await, both);
        // Its own values don't narrow the group, others do.
        assert_eq!(devices(&case, &scope, "device:chrome").await, both);
        let mac = owned(&[("Chrome on Mac OSX", 1)]);
        assert_eq!(devices(&case, &scope, "subject:product/p_3").await, mac);
        assert_eq!(devices(&case, &scope, "-device:iphone").await, mac);
        assert!(devices(&case, &scope, "action:coupon.*").await.is_empty());
        let found = case
            .storage
            .suggest(&scope, &Query::parse(""), "device", "IPH")
            .await;
        let found = found.expect("proposals").values;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].insert, "device:\"Safari on iPhone\"");
        assert_eq!(found[0].count.map(|count| count.count), Some(2));
        let newest = case.all_rows(&scope, "device:chrome", 10).await;
        let detail = case.storage.get_activity(&scope, newest[0].id).await;
        let detail = detail.expect("read").expect("there");
        assert_eq!(detail.device.as_deref(), Some("Chrome 131 on Mac OSX"));
        assert_eq!(detail.device_name.as_deref(), Some("Chrome on Mac OSX"));
    });
}

#[test]
fn from_whom_origins_are_hidden_devices_are_hidden() {
    on_both(async |case| {
        fill(&case).await;
        let auditor = case.member("Aida", Role::Auditor).await.scope;
        assert_eq!(case.count(&auditor, "device:iphone").await, 0);
        let all = case.count(&auditor, "").await;
        assert_eq!(case.count(&auditor, "-device:iphone").await, all);
        assert!(devices(&case, &auditor, "").await.is_empty());
        let found = case
            .storage
            .suggest(&auditor, &Query::parse(""), "device", "")
            .await;
        assert!(found.expect("proposals").values.is_empty());
        let rows = case.all_rows(&auditor, "action:product.*", 10).await;
        let detail = case.storage.get_activity(&auditor, rows[0].id).await;
        let detail = detail.expect("read").expect("there");
        assert_eq!((detail.device, detail.device_name), (None, None));
        // Who sees a part of the log counts that part.
        let keeper = case.member("Kim", Role::StoreKeeper).await.scope;
        let mut hidden = with(MAC, 7);
        hidden.action = activity("coupon.created", 7).action;
        case.record(vec![hidden]).await;
        let seen = owned(&[("Safari on iPhone", 2), ("Chrome on Mac OSX", 1)]);
        assert_eq!(devices(&case, &keeper, "").await, seen);
    });
}

#[test]
fn what_was_recorded_before_is_noted_in_steps_newest_first() {
    on_both(async |case| {
        let scope = case.scope();
        for batch in [0..600, 600..1_200] {
            let items = batch.map(|n| with(if n % 2 == 0 { IPHONE } else { MAC }, -n));
            case.record(items.collect()).await;
        }
        let forget = ["UPDATE activity SET device_id = NULL", "DELETE FROM device"];
        let storage = first_step(&case, &scope, "device:*", forget).await;
        // The newest ones: those that were recorded last.
        let oldest = case.all_rows(&scope, "-device:*", 200).await;
        assert!(oldest.iter().any(|row| row.seq.is_some_and(|s| s.0 < 100)));
        let newest = case.all_rows(&scope, "device:*", 200).await;
        assert!(newest.iter().all(|row| row.seq.is_some_and(|s| s.0 > 600)));
        while storage.older_step().await.expect("a step") {}
        assert_eq!(case.count(&scope, "device:iphone").await, 600);
        assert_eq!(case.count(&scope, "device:chrome").await, 600);
        // Nothing is left to do, and what is recorded now has its device at once.
        assert!(!storage.older_step().await.expect("a step"));
        record_in(&storage, &scope, vec![with(IPHONE, 9)]).await;
        assert_eq!(case.count(&scope, "device:iphone").await, 601);
        case.verified().await;
    });
}

#[test]
fn with_its_content_an_entry_loses_its_device_for_good() {
    on_both(async |case| {
        let scope = case.scope();
        let receipts = case.record(vec![with(IPHONE, 1)]).await;
        goes_with_content(&case, &scope, "device:iphone").await;
        assert_eq!(case.count(&scope, "ip:203.0.113.7").await, 1);
        let id = ActivityId(receipts[0].id);
        let detail = case.storage.get_activity(&scope, id).await;
        assert_eq!(detail.expect("read").expect("a line").device_name, None);
    });
}

#[test]
fn a_program_is_called_by_its_own_name_also_where_it_was_recorded_under_another() {
    on_both(async |case| {
        let scope = case.scope();
        case.record(vec![with("curl/8.9", 1)]).await;
        case.tamper("UPDATE device SET name = 'HTTP Library curl'")
            .await;
        let storage = case.reopened().await;
        record_in(&storage, &scope, vec![with("curl/8.11", 2)]).await;
        assert_eq!(case.count(&scope, "device:curl").await, 2);
        let counted = owned(&[("curl", 2)]);
        assert_eq!(devices(&case, &scope, "").await, counted);
    });
}
