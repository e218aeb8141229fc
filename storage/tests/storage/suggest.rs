//! Values proposed while typing.

use crate::harness::{Case, activity, on_both, reference};
use domain::export::Source;
use domain::query::Query;
use domain::{ActorType, Role, RuleReference};
use storage::Scope;

async fn proposed(
    case: &Case,
    scope: &Scope,
    query: &str,
    qualifier: &str,
    prefix: &str,
) -> Vec<(String, Option<u64>)> {
    let found = case
        .storage
        .suggest(scope, &Query::parse(query), qualifier, prefix)
        .await;
    found
        .expect("proposals")
        .values
        .into_iter()
        .map(|s| (s.insert, s.count.map(|count| count.count)))
        .collect()
}

async fn inserts(case: &Case, scope: &Scope, qualifier: &str, prefix: &str) -> Vec<String> {
    let found = proposed(case, scope, "", qualifier, prefix).await;
    found.into_iter().map(|(insert, _)| insert).collect()
}

async fn fill(case: &Case) {
    let mut items = Vec::new();
    for n in 0..12 {
        let mut item = activity("product.updated", n);
        item.subject = Some(reference("product", &format!("p_{}", n % 3), "Linen shirt"));
        items.push(item);
    }
    for n in 0..5 {
        let mut item = activity("order.created", n);
        item.actor.kind = ActorType::Customer;
        item.actor.id = Some("c_9".to_owned());
        item.actor.name = Some("Noura Alotaibi".to_owned());
        item.actor.email = Some("noura@mail.example".to_owned());
        item.actor.role = None;
        item.subject = Some(reference("order", "1042", "Order of Noura Alotaibi"));
        item.related = vec![reference("customer", "c_9", "Noura Alotaibi")];
        item.rule = Some(RuleReference {
            id: None,
            name: "VIP tag".to_owned(),
        });
        item.operation_id = Some("op_7".to_owned());
        item.origin.trace_id = Some("trace-7".to_owned());
        item.origin.ip = Some("198.51.100.77".parse().expect("an address"));
        items.push(item);
    }
    case.record(items).await;
}

#[test]
fn the_most_used_values_come_first_with_their_counts() {
    on_both(async |case| {
        fill(&case).await;
        let scope = case.scope();
        let expect = async |query: &str, qualifier: &str, prefix: &str, first: (&str, u64)| {
            let found = proposed(&case, &scope, query, qualifier, prefix).await;
            let got = found
                .first()
                .map(|(text, n)| (text.as_str(), n.unwrap_or(0)));
            assert_eq!(got, Some(first), "{query} {qualifier}:{prefix} {found:?}");
        };
        expect("", "actor", "", ("actor:sara@maisonnoor.example", 12)).await;
        expect("", "actor", "NOU", ("actor:noura@mail.example", 5)).await;
        expect(
            "outcome:success",
            "actor",
            "nou",
            ("actor:noura@mail.example", 5),
        )
        .await;
        expect("", "role", "man", ("role:manager", 12)).await;
        expect("", "action", "created", ("action:order.created", 5)).await;
        expect("", "action", "order cr", ("action:order.created", 5)).await;
        expect("", "category", "", ("category:products", 12)).await;
        expect(
            "action:order.created",
            "outcome",
            "",
            ("outcome:success", 5),
        )
        .await;
        expect("", "subject", "order", ("subject:order/1042", 5)).await;
        expect("", "about", "p_", ("about:product/p_0", 4)).await;
        expect("", "order", "10", ("order:1042", 5)).await;
        expect("", "operation", "", ("operation:op_7", 5)).await;
        expect("", "ip", "198", ("ip:198.51.100.77", 5)).await;
        expect("", "rule", "vi", ("rule:\"vip tag\"", 0)).await;
        expect("", "trace", "tr", ("trace:trace-7", 0)).await;
        assert_eq!(inserts(&case, &scope, "actor", "zz").await, [""; 0]);
        assert_eq!(inserts(&case, &scope, "created", "").await, [""; 0]);
        assert_eq!(inserts(&case, &scope, "nonsense", "x").await, [""; 0]);
        // A rest with mistakes does not narrow the proposals.
        expect("outcome:maybe", "category", "", ("category:products", 12)).await;
    });
}

#[test]
fn what_is_proposed_finds_something_beside_the_rest_of_the_query() {
    on_both(async |case| {
        fill(&case).await;
        let scope = case.scope();
        let rest = "category:products";
        for (qualifier, prefix) in [
            ("actor", "nou"),
            ("rule", "vi"),
            ("trace", "tr"),
            ("ip", "198"),
            ("order", "10"),
        ] {
            let found = proposed(&case, &scope, rest, qualifier, prefix).await;
            assert_eq!(found, [], "{qualifier}");
            let found = proposed(&case, &scope, "", qualifier, prefix).await;
            assert_eq!(found.len(), 1, "{qualifier}");
        }
    });
}

#[test]
fn at_most_ten_values_are_proposed_and_each_finds_what_it_promises() {
    on_both(async |case| {
        let items = (0..60).map(|n| {
            let mut item = activity("product.updated", n);
            item.actor.id = Some(format!("u {n}"));
            item.actor.name = Some(format!("Worker, \"{n}\""));
            item.actor.email = None;
            item
        });
        case.record(items.collect()).await;
        let scope = case.scope();
        for qualifier in [
            "actor", "subject", "about", "action", "category", "ip", "role",
        ] {
            let found = proposed(&case, &scope, "", qualifier, "").await;
            assert!(!found.is_empty() && found.len() <= 10, "{qualifier}");
            for (insert, count) in found {
                let finds = case.count(&scope, &insert).await as u64;
                assert!(finds >= count.expect("a count").max(1), "{insert}");
            }
        }
    });
}

#[test]
fn a_restricted_role_is_proposed_only_what_it_sees() {
    on_both(async |case| {
        fill(&case).await;
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        let staff = case.member("Lina Staff", Role::Staff).await;
        for qualifier in [
            "actor",
            "role",
            "action",
            "category",
            "outcome",
            "subject",
            "about",
            "order",
            "operation",
            "ip",
            "device",
            "changed",
            "rule",
            "trace",
        ] {
            for prefix in ["", "n", "o", "1", "v", "t", "c"] {
                let found = inserts(&case, &keeper.scope, qualifier, prefix).await;
                let json = format!("{found:?}").to_lowercase();
                for hidden in [
                    "noura", "1042", "order.", "orders", "op_7", "198.51", "vip", "trace-7",
                    "customer", "user.", "settings",
                ] {
                    assert!(!json.contains(hidden), "{qualifier}:{prefix} {json}");
                }
                let of_staff = inserts(&case, &staff.scope, qualifier, prefix).await;
                assert_eq!(of_staff, [""; 0], "{qualifier}:{prefix}");
            }
        }
        let found = proposed(&case, &keeper.scope, "", "category", "").await;
        assert_eq!(found, [("category:products".to_owned(), Some(12))]);
    });
}

#[test]
fn an_auditor_is_proposed_nobody_s_address_and_no_customer() {
    on_both(async |case| {
        fill(&case).await;
        let auditor = case.member("Aya Auditor", Role::Auditor).await;
        for qualifier in [
            "actor",
            "role",
            "subject",
            "about",
            "order",
            "ip",
            "device",
            "changed",
            "rule",
            "trace",
            "operation",
        ] {
            for prefix in ["", "n", "noura", "c_9", "198", "sara", "@", "•"] {
                let found = case
                    .storage
                    .suggest(&auditor.scope, &Query::parse(""), qualifier, prefix)
                    .await
                    .expect("proposals");
                let json = serde_json::to_string(&found).expect("JSON").to_lowercase();
                for hidden in ["noura", "alotaibi", "@", "198.51", "c_9"] {
                    assert!(!json.contains(hidden), "{qualifier}:{prefix} {json}");
                }
                for suggestion in &found.values {
                    assert!(case.count(&auditor.scope, &suggestion.insert).await > 0);
                }
            }
        }
        let found = inserts(&case, &auditor.scope, "actor", "sara").await;
        assert_eq!(found, ["actor:\"Sara Nasser\""]);
        let found = inserts(&case, &auditor.scope, "actor", "cust").await;
        assert_eq!(found, ["actor:customer"]);
    });
}

#[test]
fn who_did_nothing_lately_is_found_by_name() {
    on_both(async |case| {
        // Sara and Noura lie further back than the newest that are looked at.
        let mut order = activity("order.created", -12_000);
        order.actor.kind = ActorType::Customer;
        order.actor.name = Some("Noura Alotaibi".to_owned());
        order.actor.email = Some("noura@mail.example".to_owned());
        order.actor.role = None;
        case.record(vec![activity("product.updated", -12_000), order])
            .await;
        let mut others: Vec<_> = (0..10_050)
            .map(|n| activity("product.updated", -n))
            .collect();
        for item in &mut others {
            item.actor.id = Some("u_77".to_owned());
            item.actor.name = Some("Huda Harbi".to_owned());
            item.actor.email = Some("huda@maisonnoor.example".to_owned());
        }
        for batch in others.chunks(1_000) {
            case.record(batch.to_vec()).await;
        }
        let scope = case.scope();
        let huda = ("actor:huda@maisonnoor.example".to_owned(), Some(10_000));
        let sara = ("actor:sara@maisonnoor.example".to_owned(), None);
        let rest = "category:products outcome:success";
        let found = proposed(&case, &scope, rest, "actor", "").await;
        assert_eq!(found, std::slice::from_ref(&huda));
        let found = proposed(&case, &scope, rest, "actor", "sar").await;
        assert_eq!(found, std::slice::from_ref(&sara));
        // Who did nothing of what is asked for is not proposed: there is nothing to be found.
        let found = proposed(&case, &scope, rest, "actor", "nou").await;
        assert_eq!(found, []);
        // Who is among them keeps the number and stands first.
        let found = proposed(&case, &scope, rest, "actor", "maisonnoor").await;
        assert_eq!(found, [huda, sara]);
        // The panel of values counts the same.
        let values = case
            .storage
            .facet_values(&scope, Source::Activity, rest)
            .await
            .expect("read")
            .expect("understood");
        let people = values.groups.iter().find(|g| g.qualifier == "actor");
        let people = people.expect("somebody");
        assert_eq!(people.among, Some(10_000));
        assert_eq!(people.values.first().map(|v| v.count), Some(10_000));
        let asked = async |scope: &Scope, prefix: &str| {
            let query = Query::parse(rest);
            let found = case.storage.suggest(scope, &query, "actor", prefix).await;
            let found = found.expect("proposals");
            (found.values.len(), found.looked_at)
        };
        assert_eq!(asked(&scope, "zz").await, (0, None));
        // Who may not see all is told of nobody else, and that the search ended.
        let keeper = case.member("Omar Store", Role::StoreKeeper).await;
        assert_eq!(asked(&keeper.scope, "noura").await, (0, Some(10_000)));
        assert_eq!(asked(&keeper.scope, "huda").await, (1, Some(10_000)));
    });
}
