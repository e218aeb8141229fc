use super::super::load::load_story;
use super::super::{ACTIVITIES, PASSWORD, SIGN_INS, SampleRecord, activities};
use super::{RECORDS, now};
use crate::sample_store::let_in;
use chrono::{DateTime, TimeDelta, Utc};
use domain::hook::HookState;
use domain::view::{HookRow, StoreView};
use domain::{Clause, Direction, Filter, Outcome, OutcomeSet, Pattern, Test};
use std::path::Path;
use std::time::Duration;
use storage::{Ambient, Clock, HookFilter, Page, Scope, Storage};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// The first days of the story and its end: short enough for a test, long enough for what was pending to end.
fn short(end: DateTime<Utc>) -> impl Iterator<Item = SampleRecord> + Send {
    begun(end, 3_000)
}

/// So many records of the story, and its end.
fn begun(end: DateTime<Utc>, records: usize) -> impl Iterator<Item = SampleRecord> + Send {
    let mut last = RECORDS.last().unwrap().clone();
    if let SampleRecord::Activity { activity, .. } = &mut last {
        activity.occurred_at = end;
    }
    activities(end).take(records).chain([last])
}

async fn open(folder: &Path, now: DateTime<Utc>) -> Storage {
    let url = format!("sqlite://{}", folder.join("sample.db").display());
    let ambient = Ambient {
        clock: Clock::fixed(now),
        ..Ambient::system()
    };
    Storage::open(&url, ambient).await.unwrap()
}

async fn count(storage: &Storage, store: &StoreView, filter: Filter) -> u64 {
    let scope = Scope::system("a test", store.clone());
    let count = storage.count_activities(&scope, &filter).await.unwrap();
    assert!(count.is_exact);
    count.count
}

/// How many entries the store's own rules and its webhooks made, each counted by what it is about.
async fn own(storage: &Storage, store: &StoreView) -> u64 {
    let scope = Scope::system("a test", store.clone());
    let rules = storage.list_rules(&scope).await.unwrap();
    let ids = rules
        .iter()
        .map(|rule| Pattern::exact(&rule.id.to_string()));
    let saved = [
        "rule.created",
        "rule.updated",
        "template.created",
        "connection.created",
    ];
    let mut entries = 0;
    for test in [
        Test::Rule(ids.collect()),
        Test::Action(saved.into_iter().map(Pattern::exact).collect()),
    ] {
        let clauses = vec![Clause {
            is_negated: false,
            test,
        }];
        entries += count(storage, store, Filter { clauses }).await;
    }
    for hook in hooks(storage, &scope).await {
        let failed = hook.tries - u32::from(hook.state == HookState::Done);
        entries += 1 + u64::from(failed);
    }
    entries
}

async fn hooks(storage: &Storage, scope: &Scope) -> Vec<HookRow> {
    let filter = HookFilter::default();
    let page = storage.list_hooks(scope, &filter, None, 1_000).await;
    page.unwrap().rows
}

/// Checks that the log holds what a story tells, without the items of bulk operations, and what comes besides: the store's
/// own first entry, one for each who signs in, and what rules and webhooks left behind.
async fn check_count(
    storage: &Storage,
    store: &StoreView,
    story: impl Iterator<Item = SampleRecord>,
) {
    let told = story.filter(SampleRecord::is_entry).count() as u64;
    let all = told + 1 + SIGN_INS.len() as u64 + own(storage, store).await;
    assert_eq!(count(storage, store, Filter::default()).await, all);
}

/// Checks that everything is there, and that it ends at `end`.
async fn check(storage: &Storage, store: &StoreView, end: DateTime<Utc>) {
    check_count(storage, store, short(end)).await;
    let pending: OutcomeSet = [Outcome::Pending].into_iter().collect();
    let filter = Filter {
        clauses: vec![Clause {
            is_negated: false,
            test: Test::Outcome(pending),
        }],
    };
    let marked = short(end).filter(|r| matches!(r, SampleRecord::Activity { mark: Some(_), .. }));
    let ended = short(end).filter(|r| matches!(r, SampleRecord::Ended { .. }));
    let (marked, ended) = (marked.count() as u64, ended.count() as u64);
    assert!(ended > 20, "{ended}");
    assert_eq!(count(storage, store, filter).await, marked - ended);

    let scope = Scope::system("a test", store.clone());
    let users = storage.list_users(&scope).await.unwrap();
    for (role, name, email) in SIGN_INS {
        let user = users.iter().find(|u| u.email == email).expect(email);
        assert_eq!((user.role, user.name.as_str()), (role, name));
    }
    let page = Page {
        after: None,
        direction: Direction::Oldest,
        limit: SIGN_INS.len() as u32 + 1,
    };
    let first = storage
        .list_activities(&scope, &Filter::default(), page)
        .await
        .unwrap();
    let opens = end - TimeDelta::days(120);
    let (people, story) = first.rows.split_at(SIGN_INS.len());
    assert_eq!(story[0].occurred_at, opens);
    for (row, (_, name, _)) in people.iter().zip(SIGN_INS) {
        assert_eq!(row.action, "user.invited");
        assert!(row.occurred_at < opens, "{name} came before they acted");
        let subject = row.subject.as_ref().and_then(|who| who.name.as_deref());
        assert_eq!(subject, Some(name));
    }
    assert!(
        people[1..]
            .iter()
            .all(|row| row.actor.name.as_deref() == Some(SIGN_INS[0].1))
    );
    assert_eq!(storage.findings(&scope, 90).await.unwrap(), []);
    assert_eq!(storage.verify().await.unwrap().faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_load_that_was_killed_goes_on_where_it_stopped_and_a_second_one_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), now()).await;
    let killed = Notify::new();
    tokio::select! {
        _ = load_story(&storage, Some(PASSWORD), short, |done, _| if done > 900 { killed.notify_one() }) => {
            panic!("it was not killed")
        }
        () = killed.notified() => {}
    }
    drop(storage);

    let storage = open(folder.path(), now() + TimeDelta::hours(1)).await;
    let store = load_story(&storage, Some(PASSWORD), short, |_, _| {})
        .await
        .unwrap();
    assert!(store.is_sample);
    assert_eq!(store.time_zone, "Asia/Riyadh");
    check(&storage, &store, now()).await;

    let again = load_story(&storage, Some(PASSWORD), short, |done, all| {
        assert_eq!((done, all), (ACTIVITIES as u64, ACTIVITIES as u64));
    })
    .await
    .unwrap();
    assert_eq!(again, store);
    check(&storage, &store, now()).await;
}

/// What was told: all entries, those of the store's own rules and webhooks, each rule with its version, and how it stands
/// with each delivery.
async fn told(
    storage: &Storage,
    store: &StoreView,
) -> (u64, u64, Vec<(String, u32)>, Vec<(HookState, u32)>) {
    let scope = Scope::system("a test", store.clone());
    let rules = storage.list_rules(&scope).await.unwrap().into_iter();
    let hooks = hooks(storage, &scope).await.into_iter();
    (
        count(storage, store, Filter::default()).await,
        own(storage, store).await,
        rules.map(|rule| (rule.name, rule.version)).collect(),
        hooks.map(|hook| (hook.state, hook.tries)).collect(),
    )
}

#[tokio::test]
async fn a_load_that_was_killed_before_its_last_record_tells_rules_and_webhooks_once() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), now()).await;
    let store = load_story(&storage, Some(PASSWORD), short, |_, _| {})
        .await
        .unwrap();
    let expected = told(&storage, &store).await;
    assert!(
        !expected.2.is_empty() && !expected.3.is_empty(),
        "{expected:?}"
    );

    // Rules and webhooks are told as the last record is taken; who asks for one more finds the process ended.
    let ending = |end| {
        let end_of_all = || -> SampleRecord { panic!("the process ends") };
        short(end).chain(std::iter::once_with(end_of_all))
    };
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), now()).await;
    let killed = storage.clone();
    let loading =
        tokio::spawn(async move { load_story(&killed, Some(PASSWORD), ending, |_, _| {}).await });
    assert!(loading.await.unwrap_err().is_panic());
    let begun = storage.list_stores().await.unwrap().remove(0);
    let (entries, own, rules, hooks) = told(&storage, &begun).await;
    assert!(entries < expected.0, "the last is missing");
    assert_eq!(
        (own, &rules, &hooks),
        (expected.1, &expected.2, &expected.3)
    );
    drop(storage);

    let storage = open(folder.path(), now() + TimeDelta::hours(1)).await;
    let store = load_story(&storage, Some(PASSWORD), short, |_, _| {})
        .await
        .unwrap();
    assert_eq!(store, begun);
    assert_eq!(told(&storage, &store).await, expected);
    check(&storage, &store, now()).await;
}

#[tokio::test]
async fn people_have_no_password_until_sign_ins_are_asked_for_and_keep_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), now()).await;
    let store = load_story(&storage, None, short, |_, _| {}).await.unwrap();
    let login = async |email: &str| storage.login_of(email).await.unwrap().unwrap();
    for (.., email) in SIGN_INS {
        assert_eq!(login(email).await.password_hash, None, "{email}");
    }
    let (.., owner) = SIGN_INS[0];
    let own = storage.set_password_hash(login(owner).await.user_id, "her own".to_owned());
    own.await.unwrap();
    for _ in 0..2 {
        let_in(&storage, &store, PASSWORD).await.unwrap();
    }
    for (.., email) in SIGN_INS {
        let expected = if email == owner { "her own" } else { PASSWORD };
        let hash = login(email).await.password_hash;
        assert_eq!(hash.as_deref(), Some(expected), "{email}");
    }
}

#[tokio::test]
async fn a_load_that_was_killed_yesterday_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), now()).await;
    let killed = Notify::new();
    tokio::select! {
        _ = load_story(&storage, Some(PASSWORD), short, |done, _| if done > 500 { killed.notify_one() }) => {
            panic!("it was not killed")
        }
        () = killed.notified() => {}
    }
    drop(storage);

    let tomorrow = now() + TimeDelta::days(1);
    let storage = open(folder.path(), tomorrow).await;
    let store = load_story(&storage, Some(PASSWORD), short, |_, _| {})
        .await
        .unwrap();
    let stores = storage.list_stores().await.unwrap();
    assert_eq!(stores, std::slice::from_ref(&store));
    check(&storage, &store, tomorrow).await;
}

#[tokio::test]
async fn own_rules_and_webhooks_are_there_and_go_with_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), now()).await;
    // Long enough for refunds and for more webhooks than are told.
    let weeks = |end| begun(end, 15_000);
    let store = load_story(&storage, Some(PASSWORD), weeks, |_, _| {})
        .await
        .unwrap();
    let scope = Scope::system("a test", store.clone());
    let is_item = |record: &SampleRecord| match record {
        SampleRecord::Activity { .. } => !record.is_entry(),
        _ => false,
    };
    assert!(weeks(now()).any(|record| is_item(&record)));
    check_count(&storage, &store, weeks(now())).await;

    let rules = storage.list_rule_rows(&scope).await.unwrap();
    assert_eq!(rules.len(), 5);
    assert_eq!(rules.iter().filter(|row| !row.rule.is_enabled).count(), 1);
    assert_eq!(rules.iter().filter(|row| row.rule.is_dry).count(), 1);
    assert!(rules.iter().all(|row| row.faults.is_empty()), "{rules:?}");
    let changed = rules.iter().find(|row| row.rule.version == 2).unwrap();
    let versions = storage.list_rule_versions(&scope, changed.rule.id);
    assert_eq!(versions.await.unwrap().len(), 2);
    let (mut fired, mut skipped) = (0, 0);
    for row in &rules {
        let evaluations = storage.list_rule_evaluations(&scope, row.rule.id, 200);
        for made in evaluations.await.unwrap() {
            if made.evaluation.is_fired() {
                fired += 1;
            } else if !made.evaluation.is_matched {
                skipped += 1;
            }
        }
    }
    assert!(fired > 0 && skipped > 0, "{fired}, {skipped}");
    // Nothing waits to be done, so nobody is ever told.
    assert_eq!(storage.list_rule_actions(&scope, None).await.unwrap(), []);

    let hooks_there = hooks(&storage, &scope).await;
    let count_of = |state| hooks_there.iter().filter(|row| row.state == state).count();
    assert!(count_of(HookState::Done) > 300, "{}", hooks_there.len());
    assert_eq!(count_of(HookState::Failed), 3);
    assert_eq!(count_of(HookState::Dead), 2);
    for row in &hooks_there {
        let has_words = row.error.as_ref().is_some_and(|words| !words.is_empty());
        assert_eq!(has_words, row.state != HookState::Done, "{row:?}");
    }
    let in_trace = Filter {
        clauses: vec![Clause {
            is_negated: false,
            test: Test::Trace(vec![Pattern::exact(&hooks_there[200].trace_id)]),
        }],
    };
    assert!(count(&storage, &store, in_trace).await > 1);
    assert_eq!(storage.list_connections(&scope).await.unwrap().len(), 1);

    storage.remove_sample(&scope).await.unwrap();
    let gone = async || {
        while !(storage.list_rules(&scope).await.unwrap().is_empty()
            && storage.list_templates(&scope).await.unwrap().is_empty()
            && storage
                .list_rule_evaluations(&scope, changed.rule.id, 1)
                .await
                .unwrap()
                .is_empty()
            && hooks(&storage, &scope).await.is_empty()
            && storage.list_connections(&scope).await.unwrap().is_empty())
        {
            sleep(Duration::from_millis(20)).await;
        }
        let versions = storage.list_rule_versions(&scope, changed.rule.id);
        versions.await.unwrap_err();
    };
    timeout(Duration::from_secs(60), gone()).await.unwrap();
}
