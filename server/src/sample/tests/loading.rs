use super::super::bulk_records::is_item;
use super::super::load::load_story;
use super::super::{ACTIVITIES, PASSWORD, SIGN_INS, SampleRecord, activities};
use super::{RECORDS, now};
use chrono::{DateTime, TimeDelta, Utc};
use domain::view::StoreView;
use domain::{Clause, Direction, Filter, Outcome, OutcomeSet, Test};
use std::path::Path;
use storage::{Ambient, Clock, Page, Scope, Storage};
use tokio::sync::Notify;

/// The first days of the story and its end: short enough for a test, long enough for what was pending to end.
fn short(end: DateTime<Utc>) -> impl Iterator<Item = SampleRecord> + Send {
    let mut last = RECORDS.last().unwrap().clone();
    if let SampleRecord::Activity { activity, .. } = &mut last {
        activity.occurred_at = end;
    }
    activities(end).take(3_000).chain([last])
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

/// Checks that everything is there, and that it ends at `end`.
async fn check(storage: &Storage, store: &StoreView, end: DateTime<Utc>) {
    // What an operation does item by item stands in its own records.
    let is_entry = |record: &SampleRecord| match record {
        SampleRecord::Activity { activity, .. } => !is_item(activity),
        _ => false,
    };
    let told = || short(end).filter(is_entry).count() as u64;
    // Besides the story: the store's own first entry, and one for each who signs in.
    let all = told() + 1 + SIGN_INS.len() as u64;
    assert_eq!(count(storage, store, Filter::default()).await, all);

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
        _ = load_story(&storage, PASSWORD, short, |done, _| if done > 900 { killed.notify_one() }) => {
            panic!("it was not killed")
        }
        () = killed.notified() => {}
    }
    drop(storage);

    let storage = open(folder.path(), now() + TimeDelta::hours(1)).await;
    let store = load_story(&storage, PASSWORD, short, |_, _| {})
        .await
        .unwrap();
    assert!(store.is_sample);
    assert_eq!(store.time_zone, "Asia/Riyadh");
    check(&storage, &store, now()).await;

    let again = load_story(&storage, PASSWORD, short, |done, all| {
        assert_eq!((done, all), (ACTIVITIES as u64, ACTIVITIES as u64));
    })
    .await
    .unwrap();
    assert_eq!(again, store);
    check(&storage, &store, now()).await;
}

#[tokio::test]
async fn a_load_that_was_killed_yesterday_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), now()).await;
    let killed = Notify::new();
    tokio::select! {
        _ = load_story(&storage, PASSWORD, short, |done, _| if done > 500 { killed.notify_one() }) => {
            panic!("it was not killed")
        }
        () = killed.notified() => {}
    }
    drop(storage);

    let tomorrow = now() + TimeDelta::days(1);
    let storage = open(folder.path(), tomorrow).await;
    let store = load_story(&storage, PASSWORD, short, |_, _| {})
        .await
        .unwrap();
    let stores = storage.list_stores().await.unwrap();
    assert_eq!(stores, std::slice::from_ref(&store));
    check(&storage, &store, tomorrow).await;
}
