//! The security log and the operations log: what gets in, what is found, what is erased, and that it is live.

use crate::export::all;
use crate::harness::{Case, activity, code, on_both};
use crate::message_kit::input;
use crate::people::new_user;
use crate::sign_in::{events, from};
use chrono::{DateTime, Duration, Utc};
use domain::export::Source;
use domain::message::Channel;
use domain::request::{RequestEntry, Surface};
use domain::security::unusual::AlarmRule;
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::{RequestPage, WatchEvent};
use domain::{ActivityId, Actor, Code, Cursor, Direction, MessageId, Role};
use storage::record::Record;
use storage::{Page, Scope, SecurityNote};

pub fn call(case: &Case, at: DateTime<Utc>, status: u16, request_id: &str) -> RequestEntry {
    RequestEntry {
        id: case.ambient.uuid(),
        occurred_at: at,
        surface: Surface::Api,
        method: "POST".to_owned(),
        route: "/api/v1/activities".to_owned(),
        path: "/api/v1/activities".to_owned(),
        query: None,
        body: Some("{\"action\":\"product.updated\"}".to_owned()),
        body_bytes: 29,
        body_sha256: None,
        status,
        duration_us: 1_500,
        actor: Actor::system(),
        ip: Some("203.0.113.7".parse().expect("an address")),
        user_agent: Some("curl/8".to_owned()),
        request_id: request_id.to_owned(),
        trace_id: Some("4bf92f35".to_owned()),
        viewed: Vec::new(),
    }
}

pub async fn record(case: &Case, entries: Vec<RequestEntry>) {
    let entries = entries.into_iter().map(|e| (case.store.id, e)).collect();
    case.storage
        .record_requests(entries)
        .await
        .expect("recorded");
}

pub async fn page(
    case: &Case,
    scope: &Scope,
    q: &str,
    after: Option<&str>,
    limit: u32,
) -> RequestPage {
    let filter = case.storage.requests_filter(scope, q).expect(q);
    let page = Page {
        after: after.map(|text| Cursor::parse(text).expect("its own cursor")),
        direction: Direction::Newest,
        limit,
    };
    case.storage
        .list_requests(scope, &filter, page)
        .await
        .expect("a page")
}

#[test]
fn calls_are_found_paged_counted_and_verified() {
    on_both(async |case| {
        let start = crate::harness::start();
        let mut all = Vec::new();
        for n in 0..1_200 {
            let status = if n % 10 == 0 { 404 } else { 200 };
            // Many in the same microsecond.
            let at = start + Duration::microseconds(n / 50);
            all.push(call(&case, at, status, &format!("r_{n}")));
        }
        record(&case, all).await;
        let scope = case.scope();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let next = page(&case, &scope, "status:404", after.as_deref(), 50).await;
            seen.extend(next.rows.iter().map(|r| r.request_id.clone()));
            match next.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 120);
        for (q, expected) in [
            ("", 1_200),
            ("status:4*", 120),
            ("-status:404", 1_080),
            ("method:post surface:api", 1_200),
            ("request:r_7", 1),
            ("ip:203.0.113.0/24", 1_200),
            ("took:100ms", 0),
            ("has:body has:query", 0),
            ("who:system product", 1_200),
            ("trace:4bf92f35 route:/api/v1/*", 1_200),
            ("created:2026-01-01..2026-02-01", 0),
        ] {
            let filter = case.storage.requests_filter(&scope, q).expect(q);
            let count = case.storage.count_requests(&scope, &filter).await;
            let count = count.expect("counted");
            assert_eq!((count.count, count.is_exact), (expected, true), "{q}");
        }
        let filter = case
            .storage
            .requests_filter(&scope, "surface:hook")
            .expect("q");
        let facets = case.storage.requests_facets(&scope, &filter).await;
        let facets = facets.expect("facets");
        assert_eq!(facets.matching.count, 0);
        let api = facets
            .values
            .iter()
            .find(|f| f.value == "api")
            .expect("api");
        assert_eq!(api.count, 1_200);
        let filter = case.storage.requests_filter(&scope, "").expect("q");
        let histogram = case.storage.requests_histogram(&scope, &filter, 50).await;
        let buckets = histogram.expect("a histogram").buckets;
        assert_eq!(buckets.iter().map(|b| b.pending).sum::<u64>(), 120);
        case.verified().await;
    });
}

#[test]
fn a_changed_or_missing_call_is_noticed() {
    on_both(async |case| {
        let at = crate::harness::start();
        record(
            &case,
            vec![call(&case, at, 200, "r_1"), call(&case, at, 200, "r_2")],
        )
        .await;
        case.verified().await;
        case.tamper("UPDATE request_entry SET body = REPLACE(body, 'r_1', 'r_9')")
            .await;
        let faults = case.storage.verify().await.expect("verified").faults;
        assert_eq!(faults.len(), 1, "{faults:?}");
        case.tamper("UPDATE request_entry SET body = REPLACE(body, 'r_9', 'r_1')")
            .await;
        case.verified().await;
        case.tamper("DELETE FROM request_entry WHERE request_id = 'r_2'")
            .await;
        let faults = case.storage.verify().await.expect("verified").faults;
        assert!(faults[0].contains("operations log"), "{faults:?}");
    });
}

#[test]
fn a_changed_or_missing_event_is_noticed() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        case.verified().await;
        case.tamper("UPDATE security_event SET account = 'eve@maisonnoor.example'")
            .await;
        let faults = case.storage.verify().await.expect("verified").faults;
        assert!(faults[0].contains("security log"), "{faults:?}");
        case.tamper("DELETE FROM security_event").await;
        let faults = case.storage.verify().await.expect("verified").faults;
        assert!(faults[0].contains("security log"), "{faults:?}");
    });
}

#[test]
fn a_call_leads_to_what_it_caused_and_back() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Admin).await;
        let scope = sara.scope.clone().at(from("203.0.113.7"));
        let done = case
            .storage
            .recorder()
            .record(
                &scope,
                vec![
                    Record::Activity(activity("product.updated", 1)),
                    Record::Activity(activity("coupon.created", 2)),
                ],
                None,
            )
            .await;
        let storage::record::Recorded::New(receipts) = done.expect("recorded") else {
            panic!("replayed");
        };
        case.storage
            .add_user(&scope, new_user("Omar Haddad"), Role::Staff)
            .await
            .expect("added");
        record(
            &case,
            vec![call(&case, crate::harness::start(), 200, "r_1")],
        )
        .await;
        let rows = page(&case, &case.scope(), "", None, 10).await.rows;
        assert_eq!(rows[0].effects, 3);
        let detail = case.storage.get_request(&case.scope(), rows[0].id).await;
        let detail = detail.expect("asked").expect("found");
        let actions: Vec<_> = detail
            .activities
            .iter()
            .map(|r| r.action.as_str())
            .collect();
        assert_eq!(
            actions,
            ["product.updated", "coupon.created", "user.invited"]
        );
        assert_eq!(detail.security.len(), 1);
        assert_eq!(detail.security[0].event, SecurityEventName::UserInvited);
        assert!(detail.proof.expect("a proof").is_verified);
        for receipt in receipts {
            let behind = case.storage.request_behind(&case.scope(), receipt.id).await;
            let behind = behind.expect("asked").expect("found");
            assert_eq!(behind.request_id, "r_1");
        }
        let event = case
            .storage
            .get_security(&case.scope(), detail.security[0].id)
            .await;
        let event = event.expect("asked").expect("found");
        assert_eq!(event.request.expect("a call").id, rows[0].id);
        assert!(event.proof.expect("a proof").is_verified);
        // Without the right to it there is nothing to see.
        let manager = case.member("Mona Manager", Role::Manager).await;
        let refused = case.storage.get_request(&manager.scope, rows[0].id).await;
        assert_eq!(code(refused), Code::Forbidden);
    });
}

/// The calls behind an entry and a message, as who opens them is told.
async fn behind(
    case: &Case,
    scope: &Scope,
    (entry, message): (ActivityId, MessageId),
) -> [Option<String>; 2] {
    let around = case.storage.surroundings(scope, entry).await;
    let detail = case.storage.open_message(scope, message).await;
    [
        around.expect("read").expect("an entry").call,
        detail
            .expect("read")
            .expect("a message")
            .call
            .map(|call| *call),
    ]
    .map(|call| call.map(|call| call.request_id))
}

#[test]
fn what_is_opened_names_the_call_behind_it_to_who_may_read_the_calls() {
    on_both(async |case| {
        let scope = case.scope().at(from("203.0.113.7"));
        let letter = input(&case, Channel::Email, "noura@mail.example", "Hello");
        let message = case.send_as(&scope, letter).await;
        let entry = Record::Activity(activity("product.updated", 1));
        let done = case
            .storage
            .recorder()
            .record(&scope, vec![entry], None)
            .await;
        let storage::record::Recorded::New(receipts) = done.expect("recorded") else {
            panic!("replayed");
        };
        let entry = ActivityId(receipts[0].id);
        let opened = (entry, message);
        // A call is written after its answer.
        assert_eq!(behind(&case, &case.scope(), opened).await, [None, None]);
        record(
            &case,
            vec![call(&case, crate::harness::start(), 201, "r_1")],
        )
        .await;
        let call = Some("r_1".to_owned());
        let shown = behind(&case, &case.scope(), opened).await;
        assert_eq!(shown, [call.clone(), call]);
        let manager = case.member("Mona Manager", Role::Manager).await;
        assert_eq!(behind(&case, &manager.scope, opened).await, [None, None]);
    });
}

#[test]
fn old_calls_are_erased_with_a_record_of_it_and_the_ledger_verifies() {
    on_both(async |case| {
        let start = crate::harness::start();
        for n in 0..3 {
            let old = (0..4)
                .map(|k| {
                    call(
                        &case,
                        start + Duration::seconds(n),
                        200,
                        &format!("r_{n}_{k}"),
                    )
                })
                .collect();
            record(&case, old).await;
            case.record(vec![activity("product.updated", n)]).await;
        }
        assert_eq!(case.storage.erase_old_requests().await.expect("erased"), 0);
        case.pass(Duration::days(91));
        let now = case.ambient.clock.now();
        record(&case, vec![call(&case, now, 200, "r_new")]).await;
        assert_eq!(case.storage.erase_old_requests().await.expect("erased"), 12);
        assert_eq!(case.storage.erase_old_requests().await.expect("erased"), 0);
        let left = page(&case, &case.scope(), "", None, 100).await.rows;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].request_id, "r_new");
        let (_, erased) = case.verified().await;
        assert_eq!(erased, 3);
    });
}

#[test]
fn old_calls_go_in_small_steps_and_with_the_files_that_hold_them() {
    on_both(async |case| {
        let start = crate::harness::start();
        for n in 0..3 {
            let at = start + Duration::seconds(n);
            let many = (0..300).map(|k| call(&case, at, 200, &format!("r_{n}_{k}")));
            record(&case, many.collect()).await;
        }
        let scope = case.scope();
        let holding = case.export(&scope, all(Source::Requests, "")).await;
        case.built(&case.claimed().await, b"x").await;
        let other = case
            .export(&scope, all(Source::Requests, "status:404"))
            .await;
        case.built(&case.claimed().await, b"x").await;
        case.pass(Duration::days(91));
        let step = async || case.storage.erase_old_requests().await.expect("erased");
        assert_eq!((step().await, step().await, step().await), (600, 300, 0));
        assert!(page(&case, &scope, "", None, 100).await.rows.is_empty());
        for (id, has_gone) in [(holding.id, true), (other.id, false)] {
            let row = case.storage.export_row(&scope, id).await;
            let error = row.expect("read").expect("there").error_code;
            assert_eq!(error.as_deref() == Some("erased"), has_gone);
        }
        let (_, erased) = case.verified().await;
        assert_eq!(erased, 3);
    });
}

#[test]
fn what_is_recorded_is_live_for_who_may_read_it() {
    on_both(async |case| {
        let beside = case.reopened().await;
        let manager = case.member("Mona Manager", Role::Manager).await;
        let filter = case
            .storage
            .security_filter(&case.scope(), "kind:people")
            .expect("a filter");
        for storage in [&case.storage, &beside] {
            let mut listener = storage.subscribe_watch();
            let name = format!("Sara {}", case.ambient.uuid());
            case.storage
                .add_user(&case.scope(), new_user(&name), Role::Staff)
                .await
                .expect("added");
            let published = tokio::time::timeout(std::time::Duration::from_secs(20), async {
                loop {
                    let published = listener.recv().await.expect("live");
                    if published.is_security() {
                        return published;
                    }
                }
            })
            .await
            .expect("within seconds");
            let Some(WatchEvent::SecurityAdded { row }) =
                published.event_for(&case.scope(), &filter)
            else {
                panic!("not let through");
            };
            assert_eq!(row.event, SecurityEventName::UserInvited);
            assert_eq!(published.event_for(&manager.scope, &filter), None);
            let other = storage
                .security_filter(&case.scope(), "kind:keys")
                .expect("a filter");
            assert_eq!(published.event_for(&case.scope(), &other), None);
        }
        let mut listener = case.storage.subscribe_watch();
        record(
            &case,
            vec![call(&case, crate::harness::start(), 500, "r_1")],
        )
        .await;
        let waiting = async { while listener.recv().await.expect("live").is_security() {} };
        tokio::time::timeout(std::time::Duration::from_secs(20), waiting)
            .await
            .expect("the call is live within seconds");
    });
}

#[test]
fn alike_notes_within_a_minute_are_one_and_counted_into_the_next() {
    on_both(async |case| {
        let note = async |reason| {
            let mut note = SecurityNote::new(
                SecurityEventName::WebhookForged,
                SecurityOutcome::Denied,
                from("203.0.113.7"),
            );
            note.reason = Some(reason);
            note.account = Some("x\0y".repeat(500));
            case.storage.note_security(None, note).await.expect("noted");
        };
        for _ in 0..5 {
            note("twilio").await;
        }
        note("postmark").await;
        assert_eq!(events(&case, "event:webhook.forged").await.len(), 2);
        case.pass(Duration::seconds(61));
        note("twilio").await;
        let rows = events(&case, "event:webhook.forged reason:twilio").await;
        assert_eq!(rows.iter().map(|r| r.count).collect::<Vec<_>>(), [5, 1]);
        case.verified().await;
    });
}

#[test]
fn a_burst_is_counted_whole_when_its_minute_ends_and_when_the_server_stops() {
    on_both(async |case| {
        let note = async |times: u32| {
            for _ in 0..times {
                let note = SecurityNote::new(
                    SecurityEventName::WebhookForged,
                    SecurityOutcome::Denied,
                    from("203.0.113.7"),
                );
                case.storage.note_security(None, note).await.expect("noted");
            }
        };
        let counts = async || {
            let rows = events(&case, "event:webhook.forged").await;
            rows.iter().map(|row| row.count).collect::<Vec<_>>()
        };
        note(300).await;
        case.storage.settle_notes().await.expect("settled");
        assert_eq!(counts().await, [1], "the minute is not over");
        case.pass(Duration::seconds(61));
        for _ in 0..2 {
            case.storage.settle_notes().await.expect("settled");
            assert_eq!(counts().await, [299, 1]);
        }
        let attacks = AlarmRule::Attacks {
            count: 300,
            minutes: 10,
        };
        let trial = case.storage.try_alarm(&case.scope(), attacks, 90).await;
        assert_eq!(trial.expect("tried").alarms, 1);
        note(4).await;
        case.storage.settle_all_notes().await.expect("settled");
        assert_eq!(counts().await.iter().sum::<u32>(), 304);
        case.storage.settle_all_notes().await.expect("settled");
        assert_eq!(counts().await.iter().sum::<u32>(), 304);
        case.verified().await;
    });
}

#[test]
fn the_security_log_is_read_by_admins_alone_and_written_by_nobody() {
    on_both(async |case| {
        for member in case.one_of_each_role().await {
            let role = member.session.role;
            let may = matches!(role, Role::SuperAdmin | Role::Admin);
            let security = case.storage.security_filter(&member.scope, "").expect("q");
            let requests = case.storage.requests_filter(&member.scope, "").expect("q");
            let asked = [
                case.storage
                    .count_security(&member.scope, &security)
                    .await
                    .is_ok(),
                case.storage
                    .count_requests(&member.scope, &requests)
                    .await
                    .is_ok(),
                case.storage
                    .security_facets(&member.scope, &security)
                    .await
                    .is_ok(),
                case.storage
                    .security_histogram(&member.scope, &security, 9)
                    .await
                    .is_ok(),
                case.storage.findings(&member.scope, 7).await.is_ok(),
                case.storage
                    .get_security(&member.scope, case.ambient.uuid())
                    .await
                    .is_ok(),
                case.storage
                    .request_behind(&member.scope, case.ambient.uuid())
                    .await
                    .is_ok(),
            ];
            assert_eq!(asked, [may; 7], "{role}");
            let written = Record::Requests(vec![call(&case, crate::harness::start(), 200, "x")]);
            let refused = case
                .storage
                .recorder()
                .record(&member.scope, vec![written], None)
                .await;
            assert_eq!(code(refused), Code::Forbidden, "{role}");
        }
    });
}

#[test]
fn another_stores_events_and_calls_are_not_there() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        record(
            &case,
            vec![call(&case, crate::harness::start(), 200, "r_1")],
        )
        .await;
        let id = page(&case, &case.scope(), "", None, 1).await.rows[0].id;
        let event = events(&case, "").await[0].id;
        let other = case.storage.create_store(crate::harness::new_store()).await;
        let there = Scope::system("test", other.expect("a store"));
        assert_eq!(page(&case, &there, "", None, 10).await.rows, []);
        let found = case.storage.get_request(&there, id).await;
        assert_eq!(found.expect("asked"), None);
        let found = case.storage.get_security(&there, event).await;
        assert_eq!(found.expect("asked"), None);
    });
}
