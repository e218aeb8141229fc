//! The two sides of the read scope say the same of messages: what SQL finds is what the predicate lets
//! through, for random messages, roles and queries; and counts agree with lists.

use crate::dice::Dice;
use crate::harness::{Case, code, on_both, trials};
use crate::message_kit::{inbound, input, mailbox};
use crate::people::email_of;
use domain::message::{
    Answer, Channel, Confidence, DeliveryFact, FactKind, Mailbox, MessageInput, MessageType, Report,
};
use domain::view::MessageBucket;
use domain::{Code, MessageId, Role};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use storage::{Lane, PublishedMessage, Scope, ThreadPage};

const ADDRESSES: [&str; 5] = [
    "noura@mail.example",
    "O'Brien@mail.example",
    "sara+shop@mail.example",
    "+966551234567",
    "+12025550143",
];
const NAMES: [Option<&str>; 5] = [
    None,
    Some("Noura Al-Otaibi"),
    Some("نورة العتيبي"),
    Some("O'Brien_100%"),
    Some("Li"),
];
const TEXTS: [&str; 8] = [
    "Your parcel is on its way",
    "طلبك في الطريق",
    "Pay 100% now_",
    "🧵 thread",
    "x",
    "call me at 055 123 4567",
    "where is my order 1042",
    "'; DROP TABLE message; --",
];
const QUERIES: [&str; 52] = [
    "",
    "channel:sms",
    "channel:email,whatsapp",
    "-channel:email",
    "direction:inbound",
    "type:campaign,reply",
    "type:order*",
    "status:pending",
    "status:sent,failed",
    "-status:sent",
    "status:not_sent",
    "read:unread,unknown",
    "read:read",
    "-read:not_available",
    "to:noura",
    "to:mail.example",
    "to:\"noura al-otaibi\"",
    "to:+966551234567",
    "to:9665*",
    "to:nou*",
    "from:noura",
    "from:0096655*",
    "-to:noura",
    "subject:about",
    "subject:parcel*",
    "order:o_0",
    "order:o_0,o_1",
    "order:o_*",
    "-order:o_1",
    "customer:c_1",
    "customer:نورة",
    "customer:c*",
    "template:shipped",
    "trace:t1",
    "has:attachments",
    "-has:attachments",
    "parcel",
    "-parcel",
    "\"on its way\"",
    "في الطريق",
    "100%",
    "x",
    "-x",
    "055 123 4567",
    "0551234567",
    "+966 55 123 4567",
    "o'brien",
    "channel:sms status:pending parcel",
    "order:o_0 -direction:inbound",
    "created:today",
    "-created:2026",
    "created:2026-11-20 type:reply channel:email",
];

fn random(case: &Case, dice: &mut Dice) -> MessageInput {
    let channel = *dice.pick(Channel::ALL);
    let address = if channel == Channel::Email {
        dice.below(3)
    } else {
        3 + dice.below(2)
    };
    let mut input = input(case, channel, ADDRESSES[address], dice.pick::<&str>(&TEXTS));
    let message = &mut input.message;
    message.to[0].name = dice.pick(&NAMES).map(str::to_owned);
    message.kind = *dice.pick(MessageType::ALL);
    message.from = dice
        .chance(50)
        .then(|| Mailbox::parse("Shop <shop@maisonnoor.example>"))
        .flatten();
    message.order = dice.chance(70).then(|| format!("o_{}", dice.below(5)));
    message.customer = dice.chance(40).then(|| format!("c_{}", dice.below(3)));
    message.customer_name = message
        .customer
        .as_ref()
        .and_then(|_| dice.pick(&NAMES).map(str::to_owned));
    message.template = dice.chance(20).then(|| "Shipped".to_owned());
    message.trace_id = dice.chance(20).then(|| "t1".to_owned());
    message.is_secret = dice.chance(10);
    message.is_tracked = dice.chance(50);
    if dice.chance(15) {
        input.attachments.push(domain::message::NewAttachment {
            name: "invoice.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            content_id: None,
            content: b"hello".to_vec(),
        });
    }
    input
}

/// Sends, receives, answers and reports; returns the last published state of each message.
async fn world(case: &Case, dice: &mut Dice, count: u32) -> Vec<Arc<PublishedMessage>> {
    let mut published = case.storage.subscribe_messages();
    let scope = case.scope();
    case.storage
        .set_opt_out(&scope, Channel::Sms, "+12025550143", true)
        .await
        .expect("kept");
    for n in 0..count {
        if dice.chance(25) {
            let mut message = inbound(
                case,
                Channel::Email,
                ADDRESSES[dice.below(3)],
                dice.pick::<&str>(&TEXTS),
                &format!("in{n}"),
            );
            message.order = dice.chance(70).then(|| format!("o_{}", dice.below(5)));
            case.storage
                .receive_message(&scope, message, Vec::new(), None)
                .await
                .expect("received");
        } else {
            case.send(random(case, dice)).await;
        }
    }
    let mut due = Vec::new();
    for lane in Lane::ALL {
        let lease = chrono::Duration::minutes(5);
        let claimed = case.storage.claim_due(lane, count / 4, lease).await;
        due.extend(claimed.expect("claimed"));
    }
    for (n, claimed) in due.iter().enumerate() {
        case.storage
            .begin_handover(claimed, "twilio")
            .await
            .expect("begun");
        let answer = match dice.below(3) {
            0 => Answer::Refused {
                code: Some("550".to_owned()),
                words: Some("no noura@mail.example".to_owned()),
            },
            1 => Answer::Accepted {
                provider_id: Some(format!("SM{n}")),
                status: Some("queued".to_owned()),
                words: None,
                missed: Vec::new(),
            },
            _ => Answer::Accepted {
                provider_id: None,
                status: None,
                words: None,
                missed: Vec::new(),
            },
        };
        case.storage
            .record_answer(claimed, answer)
            .await
            .expect("answered");
        let now = case.ambient.clock.now();
        let report = |status: &str| Report {
            provider: "twilio".to_owned(),
            provider_id: Some(format!("SM{n}")),
            recipient: None,
            status: status.to_owned(),
            code: None,
            words: None,
            raw: None,
        };
        if dice.chance(40) {
            case.storage
                .record_report(
                    report(dice.pick::<&str>(&["delivered", "failed", "read"])),
                    None,
                    now,
                )
                .await
                .expect("told");
        }
        if dice.chance(30) {
            let kind = FactKind::Opened {
                confidence: Confidence::Person,
                reason: "x".to_owned(),
                device: None,
            };
            let fact = DeliveryFact {
                at: now,
                attempt: None,
                kind,
            };
            case.storage
                .record_fact(case.store.id, claimed.id, fact)
                .await
                .expect("told");
        }
    }
    let mut last: HashMap<MessageId, Arc<PublishedMessage>> = HashMap::new();
    // The follower hands on after the commit: one more message tells that all before it came.
    let end = case
        .send(input(case, Channel::Email, "end@mail.example", "the end"))
        .await;
    loop {
        let message = published.recv().await.expect("not lagged");
        let id = message.facts.id;
        last.insert(id, message);
        if id == end {
            break;
        }
    }
    last.into_values().collect()
}

#[test]
fn what_sql_finds_of_messages_is_what_the_predicate_lets_through() {
    on_both(async |case| {
        let mut dice = Dice::new(if trials() > 1 {
            u64::from(std::process::id())
        } else {
            11
        });
        let mut scopes: Vec<Scope> = case
            .one_of_each_role()
            .await
            .into_iter()
            .map(|m| m.scope)
            .collect();
        scopes.push(case.member("Second Staff", Role::Staff).await.scope);
        for (number, name) in ["The staff", "The staff", "Second Staff", "Nobody"]
            .iter()
            .enumerate()
        {
            case.assign(&format!("o_{number}"), Some(&email_of(name).to_uppercase()))
                .await;
        }
        let count = 150 * trials().min(4);
        let published = world(&case, &mut dice, count).await;
        let published: HashMap<MessageId, Arc<PublishedMessage>> =
            published.into_iter().map(|p| (p.facts.id, p)).collect();
        let all = case.found(&case.scope(), "").await;
        assert_eq!(all.len(), count as usize + 1);
        assert_eq!(published.len(), all.len());
        let mut found_something = 0;
        for q in QUERIES {
            for scope in &scopes {
                let filter = case
                    .storage
                    .message_filter(scope, q)
                    .unwrap_or_else(|e| panic!("{q}: {e:?}"));
                let by_sql: BTreeSet<MessageId> = case
                    .found(scope, q)
                    .await
                    .into_iter()
                    .map(|r| r.id)
                    .collect();
                let by_predicate: BTreeSet<MessageId> = all
                    .iter()
                    .filter(|row| {
                        published
                            .get(&row.id)
                            .is_some_and(|p| scope.sees_message(p, &filter))
                    })
                    .map(|row| row.id)
                    .collect();
                assert_eq!(
                    by_sql,
                    by_predicate,
                    "{q} as {} on {}",
                    scope.role(),
                    case.url
                );
                let counted = case
                    .storage
                    .count_messages(scope, &filter)
                    .await
                    .expect("counted");
                assert_eq!(
                    (counted.count, counted.is_exact),
                    (by_sql.len() as u64, true),
                    "{q} as {}",
                    scope.role()
                );
                let volumes = case
                    .storage
                    .message_volumes(scope, &filter)
                    .await
                    .expect("volumes");
                assert_eq!(
                    volumes.volumes.iter().map(|v| v.count).sum::<u64>(),
                    counted.count,
                    "{q}"
                );
                let bars = case
                    .storage
                    .message_histogram(scope, &filter, 30)
                    .await
                    .expect("bars");
                let sum: u64 = bars
                    .buckets
                    .iter()
                    .map(|b| b.by_status.iter().sum::<u64>() + b.received)
                    .sum();
                assert_eq!(sum, counted.count, "{q}");
                let facets = case
                    .storage
                    .message_facets(scope, &filter)
                    .await
                    .expect("facets");
                assert_eq!(facets.matching.count, counted.count, "{q}");
                let by_direction: u64 = facets.directions.iter().map(|(_, n)| n.count).sum();
                if q.contains("direction:") {
                    assert!(by_direction >= counted.count, "{q}");
                } else {
                    assert_eq!(by_direction, counted.count, "{q}");
                }
                // Riyadh changes no clock.
                let offsets = |b: &MessageBucket| (b.offset_minutes, b.to_offset_minutes);
                assert!(bars.buckets.iter().all(|b| offsets(b) == (180, 180)));
                found_something += usize::from(!by_sql.is_empty());
            }
        }
        assert!(
            found_something * 3 > QUERIES.len() * scopes.len(),
            "{found_something}"
        );
        case.verified().await;
    });
}

#[test]
fn a_store_keeper_sees_no_message_and_staff_only_those_of_their_orders() {
    on_both(async |case| {
        case.order("1", "c_1", Some(&email_of("The staff"))).await;
        case.order("2", "c_1", None).await;
        case.customer(
            "c_1",
            "Noura Al-Otaibi",
            "noura@mail.example",
            "+966551234567",
        )
        .await;
        let mut ids = Vec::new();
        for number in ["1", "2"] {
            let mut input = input(&case, Channel::Email, "noura@mail.example", "Hello");
            input.message.order = Some(number.to_owned());
            input.message.text = Some("Dear Noura".to_owned());
            ids.push(case.send(input).await);
        }
        let open = async |scope: &Scope, id| {
            case.storage
                .get_message(scope, id)
                .await
                .expect("read")
                .is_some()
        };
        let page = |number: &str| {
            (
                number.to_owned(),
                ThreadPage {
                    limit: 50,
                    ..ThreadPage::default()
                },
            )
        };
        let thread = async |scope: &Scope, number: &str| {
            let (number, page) = page(number);
            case.storage
                .thread(scope, &number, page)
                .await
                .expect("read")
                .is_some()
        };
        for member in case.one_of_each_role().await {
            let (scope, role) = (member.scope, member.session.role);
            let seen = (open(&scope, ids[0]).await, open(&scope, ids[1]).await);
            let threads = (thread(&scope, "1").await, thread(&scope, "2").await);
            let stop = async |id| case.storage.stop_message(&scope, id).await;
            let release = async |id| case.storage.release_message(&scope, id).await;
            let to_send = |order: &str| {
                let mut input = input(&case, Channel::Email, "noura@mail.example", "Hi");
                input.message.order = Some(order.to_owned());
                vec![input]
            };
            let send = async |order: &str| {
                case.storage
                    .send_messages(&scope, to_send(order), None)
                    .await
            };
            match role {
                Role::Own(_) => panic!("own_role.rs tries these"),
                Role::StoreKeeper => {
                    assert_eq!((seen, threads), ((false, false), (false, false)));
                    assert_eq!(code(stop(ids[0]).await), Code::NotFound);
                    assert_eq!(code(release(ids[0]).await), Code::NotFound);
                    assert_eq!(code(send("1").await), Code::Forbidden);
                    assert_eq!(
                        code(case.storage.list_orders(&scope, "", None, 10).await),
                        Code::Forbidden
                    );
                    assert!(case.found(&scope, "").await.is_empty());
                    assert_eq!(
                        code(case.storage.mark_seen(&scope, "1").await),
                        Code::NotFound
                    );
                }
                Role::Staff => {
                    assert_eq!((seen, threads), ((true, false), (true, false)));
                    assert_eq!(code(stop(ids[1]).await), Code::NotFound);
                    assert_eq!(code(release(ids[1]).await), Code::NotFound);
                    assert_eq!(code(send("2").await), Code::NotFound);
                    let mut none = to_send("1");
                    none[0].message.order = None;
                    assert_eq!(
                        code(case.storage.send_messages(&scope, none, None).await),
                        Code::NotFound
                    );
                    send("1").await.expect("sent");
                    let orders = case
                        .storage
                        .list_orders(&scope, "", None, 10)
                        .await
                        .expect("listed");
                    assert_eq!(
                        orders
                            .rows
                            .iter()
                            .map(|o| o.number.as_str())
                            .collect::<Vec<_>>(),
                        ["1"]
                    );
                    assert!(
                        case.storage
                            .customer_page(&scope, "c_1")
                            .await
                            .expect("read")
                            .is_none()
                    );
                    assert!(
                        case.storage
                            .attachment(&scope, ids[1], 0)
                            .await
                            .expect("read")
                            .is_none()
                    );
                }
                Role::Auditor => {
                    assert_eq!((seen, threads), ((true, true), (true, true)));
                    assert_eq!(code(stop(ids[0]).await), Code::Forbidden);
                    assert_eq!(code(release(ids[0]).await), Code::Forbidden);
                    assert_eq!(code(send("1").await), Code::Forbidden);
                    let everything = (
                        case.storage
                            .get_message(&scope, ids[0])
                            .await
                            .expect("read"),
                        case.found(&scope, "").await,
                        case.storage
                            .thread(&scope, "1", page("1").1)
                            .await
                            .expect("read"),
                        case.storage
                            .list_orders(&scope, "", None, 10)
                            .await
                            .expect("listed"),
                        case.storage
                            .customer_page(&scope, "c_1")
                            .await
                            .expect("read"),
                    );
                    let shown = serde_json::to_string(&everything).expect("json");
                    for hidden in [
                        "noura",
                        "Noura",
                        "Dear",
                        "c_1",
                        "Hello",
                        "+966",
                        "@maisonnoor",
                    ] {
                        assert!(!shown.contains(hidden), "{hidden} in {shown}");
                    }
                    assert!(case.found(&scope, "noura").await.is_empty());
                }
                Role::SuperAdmin | Role::Admin | Role::Manager => {
                    assert_eq!((seen, threads), ((true, true), (true, true)));
                }
            }
        }
    });
}

#[test]
fn a_secret_is_shown_to_super_admins_only_and_found_by_nobody() {
    on_both(async |case| {
        let mut code_message = input(&case, Channel::Sms, "+966551234567", "Your code is 471147");
        code_message.message.kind = MessageType::VerificationCode;
        code_message.message.is_secret = true;
        let id = case.send(code_message).await;
        let returned = Report {
            provider: "mail".to_owned(),
            provider_id: None,
            recipient: None,
            status: "queued".to_owned(),
            code: None,
            words: None,
            raw: Some("Your code is 471147".to_owned()),
        };
        let fact = DeliveryFact {
            at: case.ambient.clock.now(),
            attempt: None,
            kind: FactKind::Report(returned),
        };
        let told = case.storage.record_fact(case.store.id, id, fact).await;
        assert!(told.expect("told"));
        for member in case.one_of_each_role().await {
            let scope = member.scope;
            assert!(case.found(&scope, "471147").await.is_empty());
            let Some(detail) = case.storage.get_message(&scope, id).await.expect("read") else {
                continue;
            };
            let shown = serde_json::to_string(&detail).expect("json");
            let is_open = member.session.role == Role::SuperAdmin;
            assert_eq!(shown.contains("471147"), is_open, "{}", member.session.role);
            assert_eq!(detail.row.is_hidden, !is_open);
            if member.session.role == Role::Admin {
                let again = case
                    .storage
                    .send_again(&scope, id, Some(mailbox("+12025550143")))
                    .await;
                assert_eq!(code(again), Code::Forbidden);
            }
        }
        let log = serde_json::to_string(&case.all_rows(&case.scope(), "", 50).await).expect("json");
        assert!(!log.contains("471147"));
    });
}
