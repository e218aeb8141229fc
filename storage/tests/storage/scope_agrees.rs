//! The two sides of the read scope say the same: what SQL finds is what the predicate lets through, for
//! random records, roles and queries; and lists, counts, facets, histograms and days agree with it.

use crate::dataset::{PERSONAL, random};
use crate::dice::Dice;
use crate::harness::{Case, on_both, pages, trials};
use crate::people::email_of;
use crate::queries::{Piece, Vocabulary, queries};
use chrono::NaiveDate;
use domain::query::Query;
use domain::view::ActivityRow;
use domain::{
    Activity, ActivityId, Category, Clause, Direction, Facts, Filter, Outcome, Role, Seq, Test,
    fold,
};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sea_orm::{ConnectionTrait as _, Statement};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use storage::{Published, Scope};

/// How many rounds of queries in everyday tests.
const ROUNDS: u32 = 48;
const RECORDS: usize = 400;

/// What was recorded, in memory.
struct World {
    records: Vec<Published>,
    scopes: Vec<Scope>,
    vocabulary: Vocabulary,
}

/// How much was tried: a generator that only makes queries that find nothing would prove nothing.
#[derive(Default)]
struct Tried {
    queries: AtomicUsize,
    mistaken: AtomicUsize,
    finding: AtomicUsize,
}

/// Who asks for what.
#[derive(Debug, Clone)]
struct Round {
    role: Index,
    limit: u32,
    buckets: u32,
    queries: Vec<Vec<Piece>>,
}

fn rounds() -> impl Strategy<Value = Round> {
    (
        any::<Index>(),
        prop_oneof![4 => 40_u32..200, 1 => 3_u32..12],
        1_u32..=400,
        prop::collection::vec(queries(), 1..5),
    )
        .prop_map(|(role, limit, buckets, queries)| Round {
            role,
            limit,
            buckets,
            queries,
        })
}

#[test]
fn what_sql_finds_is_what_the_predicate_lets_through() {
    on_both(async |case| {
        // Always the same in everyday tests; in a soak others each time.
        let is_soak = trials() > 1;
        let seed = if is_soak {
            u64::from(std::process::id())
        } else {
            7
        };
        let world = world(&case, seed).await;
        let config = Config {
            cases: ROUNDS * trials(),
            failure_persistence: None,
            max_shrink_iters: 300,
            ..Config::default()
        };
        let mut runner = if is_soak {
            TestRunner::new(config)
        } else {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config, rng)
        };
        let tried = Tried::default();
        let result = tokio::task::block_in_place(|| {
            runner.run(&rounds(), |round| {
                let agrees = agrees(&case, &world, &round, &tried);
                tokio::runtime::Handle::current().block_on(agrees)
            })
        });
        if let Err(error) = result {
            panic!("with seed {seed} on {}: {error}", case.url);
        }
        let [queries, mistaken, finding] = [&tried.queries, &tried.mistaken, &tried.finding]
            .map(|count| count.load(Ordering::Relaxed));
        assert!(
            mistaken * 4 < queries && finding * 3 > queries,
            "of {queries} queries {mistaken} were mistaken and {finding} found something"
        );
    });
}

/// Records random activities and ends some of them; assigns orders; signs one person in of each role.
async fn world(case: &Case, seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let mut scopes: Vec<Scope> = Vec::new();
    for member in case.one_of_each_role().await {
        scopes.push(member.scope);
    }
    scopes.push(case.member("Second Staff", Role::Staff).await.scope);
    for role in [Role::StoreKeeper, Role::Staff, Role::Auditor] {
        let (_, grant) = case.key(role).await;
        scopes.push(Scope::of_api_key(&grant));
    }
    let mut assigned = HashMap::new();
    for (number, name) in ["The staff", "The staff", "Second Staff", "Nobody"]
        .iter()
        .enumerate()
    {
        let number = format!("o_{number}");
        case.assign(&number, Some("earlier@maisonnoor.example"))
            .await;
        case.assign(&number, Some(&email_of(name).to_uppercase()))
            .await;
        assigned.insert(number, fold(&email_of(name)));
    }
    case.assign("o_4", None).await;

    let mut activities: BTreeMap<i64, (ActivityId, Activity)> = BTreeMap::new();
    let items: Vec<Activity> = (0..RECORDS).map(|_| random(&mut dice)).collect();
    for batch in items.chunks(57) {
        let receipts = case.record(batch.to_vec()).await;
        for (receipt, item) in receipts.iter().zip(batch) {
            activities.insert(receipt.seq.0, (ActivityId(receipt.id), item.clone()));
        }
    }
    for (id, item) in activities.values_mut() {
        if item.outcome == Outcome::Pending && dice.chance(60) {
            let outcome = *dice.pick(&[Outcome::Success, Outcome::Failed]);
            let error = dice.maybe(50, &["Declined for Noura_%", "سبب"]);
            let ended = case.end(*id, outcome, error.as_deref()).await;
            ended.expect("ended");
            item.outcome = outcome;
            item.error = error.or(item.error.take());
        }
    }
    own_activities(case, &mut activities).await;
    let records: Vec<Published> = activities
        .into_iter()
        .map(|(seq, (id, item))| Published {
            seq: Seq(seq),
            activity_seq: Seq(seq),
            store_id: case.store.id,
            is_new: true,
            mark: String::new(),
            assigned_to: item
                .subject
                .as_ref()
                .filter(|s| s.kind == "order")
                .and_then(|s| assigned.get(&s.id).cloned()),
            facts: Arc::new(Facts::new(id, item)),
        })
        .collect();
    let facts: Vec<Facts> = records.iter().map(|r| (*r.facts).clone()).collect();
    World {
        vocabulary: Vocabulary::of(&facts),
        records,
        scopes,
    }
}

/// What Storetrail recorded of its own accord: users and keys that were added.
async fn own_activities(case: &Case, into: &mut BTreeMap<i64, (ActivityId, Activity)>) {
    let raw = case.raw().await;
    let text = "SELECT l.seq, l.record_id, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                WHERE l.kind = 'activity'";
    let statement = Statement::from_string(raw.get_database_backend(), text);
    for row in raw.query_all_raw(statement).await.expect("it runs") {
        let seq: i64 = row.try_get_by_index(0).expect("a number");
        let id: Vec<u8> = row.try_get_by_index(1).expect("an id");
        let body: String = row.try_get_by_index(2).expect("a body");
        let id = ActivityId(uuid::Uuid::from_slice(&id).expect("an id"));
        let own = || (id, serde_json::from_str(&body).expect("an activity"));
        into.entry(seq).or_insert_with(own);
    }
    raw.close().await.expect("closed");
}

async fn agrees(
    case: &Case,
    world: &World,
    round: &Round,
    tried: &Tried,
) -> Result<(), TestCaseError> {
    let scope = round.role.get(&world.scopes);
    for pieces in &round.queries {
        let q = world.vocabulary.text_of(pieces);
        tried.queries.fetch_add(1, Ordering::Relaxed);
        // A part of a text may hold nothing to search for: the query language says so.
        let Ok(filter) = case.storage.filter(scope, &q) else {
            tried.mistaken.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let asked = Asked {
            case,
            scope,
            filter: &filter,
            q: &q,
            world,
            found: found(world, scope, &filter),
        };
        if !asked.found.is_empty() {
            tried.finding.fetch_add(1, Ordering::Relaxed);
        }
        asked.list(round.limit).await?;
        asked.counts().await?;
        asked.histogram(round.buckets).await?;
        asked.days().await?;
    }
    Ok(())
}

struct Asked<'a> {
    case: &'a Case,
    world: &'a World,
    scope: &'a Scope,
    filter: &'a Filter,
    q: &'a str,
    /// What the list must hold, newest first.
    found: Vec<&'a Published>,
}

/// What the predicate lets through, newest first.
fn found<'w>(world: &'w World, scope: &Scope, filter: &Filter) -> Vec<&'w Published> {
    let mut found: Vec<&Published> = world
        .records
        .iter()
        .filter(|record| {
            let assigned_to = record.assigned_to.as_deref();
            scope.lets_through(&record.facts, record.store_id, assigned_to, filter)
        })
        .collect();
    found.sort_by_key(|r| std::cmp::Reverse((r.facts.activity.occurred_at, r.seq)));
    found
}

impl Asked<'_> {
    fn fail(&self, what: &str, detail: &str) -> TestCaseError {
        let (role, q) = (self.scope.role(), self.q);
        TestCaseError::fail(format!("{what} of {q} for {role}: {detail}"))
    }

    async fn list(&self, limit: u32) -> Result<(), TestCaseError> {
        let mut expected: Vec<ActivityRow> = self
            .found
            .iter()
            .filter_map(|record| self.scope.project(record))
            .collect();
        for direction in [Direction::Newest, Direction::Oldest] {
            let storage = &self.case.storage;
            let rows = pages(storage, self.scope, self.filter, direction, limit).await;
            let ids = |rows: &[ActivityRow]| rows.iter().map(|r| r.id).collect::<Vec<_>>();
            if ids(&rows) != ids(&expected) {
                let detail = format!("{:?}\nshould be {:?}", ids(&rows), ids(&expected));
                return Err(self.fail("list", &detail));
            }
            for (row, expected) in rows.iter().zip(&expected) {
                if row != expected {
                    let detail = format!("{row:?}\nshould be {expected:?}");
                    return Err(self.fail("row", &detail));
                }
            }
            if self.scope.role() == Role::Auditor {
                let json = serde_json::to_string(&rows).expect("JSON");
                if let Some(text) = PERSONAL.iter().find(|text| json.contains(**text)) {
                    return Err(self.fail("personal", text));
                }
            }
            expected.reverse();
        }
        Ok(())
    }

    async fn counts(&self) -> Result<(), TestCaseError> {
        let storage = &self.case.storage;
        let expected = self.found.len() as u64;
        let count = storage.count_activities(self.scope, self.filter).await;
        let count = count.expect("a count");
        if (count.count, count.is_exact) != (expected, true) {
            return Err(self.fail("count", &format!("{count:?}, not {expected}")));
        }
        let facets = storage.facets(self.scope, self.filter).await;
        let facets = facets.expect("facets");
        let is_category = |c: &Clause| matches!(c.test, Test::Category(_)) && !c.is_negated;
        let is_outcome = |c: &Clause| matches!(c.test, Test::Outcome(_)) && !c.is_negated;
        let without = |is_left_out: &dyn Fn(&Clause) -> bool| {
            let clauses = self.filter.clauses.iter().filter(|c| !is_left_out(c));
            let clauses: Vec<Clause> = clauses.cloned().collect();
            if clauses.len() == self.filter.clauses.len() {
                return self.found.clone();
            }
            found(self.world, self.scope, &Filter { clauses })
        };
        let open = without(&is_category);
        let of_category = |category: Category| {
            let held = open
                .iter()
                .filter(|r| r.facts.activity.action.categories.contains(category));
            held.count() as u64
        };
        let categories: Vec<(Category, u64)> = Category::ALL
            .into_iter()
            .map(|category| (category, of_category(category)))
            .filter(|(_, n)| *n > 0)
            .collect();
        let got: Vec<_> = facets
            .categories
            .iter()
            .map(|(category, count)| (*category, count.count))
            .collect();
        if got != categories {
            return Err(self.fail("categories", &format!("{got:?}, not {categories:?}")));
        }
        let by_outcome = without(&is_outcome);
        for (outcome, count) in &facets.outcomes {
            let found = by_outcome
                .iter()
                .filter(|r| r.facts.activity.outcome == *outcome);
            let found = found.count() as u64;
            if count.count != found {
                return Err(self.fail("outcomes", &format!("{outcome}: {count:?}, not {found}")));
            }
        }
        let got = (facets.all.count, facets.matching.count);
        if got != (open.len() as u64, expected) {
            let detail = format!("{got:?}, not {:?}", (open.len(), expected));
            return Err(self.fail("facets", &detail));
        }
        Ok(())
    }

    async fn histogram(&self, buckets: u32) -> Result<(), TestCaseError> {
        let storage = &self.case.storage;
        let histogram = storage.histogram(self.scope, self.filter, buckets).await;
        let histogram = histogram.expect("a histogram");
        let times: Vec<(i64, Outcome)> = self
            .found
            .iter()
            .map(|r| &r.facts.activity)
            .map(|a| (a.occurred_at.timestamp_micros(), a.outcome))
            .collect();
        let total: u64 = histogram.buckets.iter().map(|b| b.total()).sum();
        if total != times.len() as u64 || !histogram.is_exact {
            let detail = format!("{total} in the buckets, {} in the list", times.len());
            return Err(self.fail("histogram", &detail));
        }
        for bucket in &histogram.buckets {
            let got = [bucket.success, bucket.pending, bucket.failed];
            let inside = Outcome::ALL.map(|outcome| {
                let inside = times
                    .iter()
                    .filter(|(at, o)| *o == outcome && (bucket.from..bucket.to).contains(at));
                inside.count() as u64
            });
            if got != inside {
                return Err(self.fail("bucket", &format!("{bucket:?}, not {inside:?}")));
            }
        }
        Ok(())
    }

    async fn days(&self) -> Result<(), TestCaseError> {
        let days = ["2026-11-03", "2026-11-12", "2026-11-20"].map(str::to_owned);
        let storage = &self.case.storage;
        let counts = storage.day_counts(self.scope, self.filter, &days).await;
        let counts = counts.expect("counts");
        for (day, count) in days.iter().zip(&counts) {
            let date: NaiveDate = day.parse().expect("a day");
            let found = self.found.iter().filter(|r| {
                let local = r.facts.activity.occurred_at + chrono::Duration::hours(3);
                local.date_naive() == date
            });
            let found = found.count() as u64;
            if (count.day.as_str(), count.count.count) != (day.as_str(), found) {
                return Err(self.fail("day", &format!("{count:?}, not {found}")));
            }
        }
        Ok(())
    }
}

#[test]
fn an_auditor_reads_no_personal_word_in_any_answer() {
    on_both(async |case| {
        let world = world(&case, 11).await;
        let auditor = world
            .scopes
            .iter()
            .find(|scope| scope.role() == Role::Auditor);
        let scope = auditor.expect("an auditor");
        let storage = &case.storage;
        let everything = Filter::default();
        let mut answers = Vec::new();
        let mut json = |answer: &dyn erased::Json| answers.push(answer.json());
        json(&pages(storage, scope, &everything, Direction::Newest, 100).await);
        for record in &world.records {
            let id = record.facts.id;
            let detail = storage.get_activity(scope, id).await.expect("read");
            json(&detail.expect("in scope"));
            if id.0.as_bytes()[15] < 64 {
                let around = storage.surroundings(scope, id).await.expect("read");
                json(&around.expect("in scope"));
            }
            json(&record.event_for(scope, &everything));
        }
        json(&storage.facets(scope, &everything).await.expect("facets"));
        let empty = Query::parse("");
        for qualifier in [
            "actor",
            "role",
            "action",
            "category",
            "outcome",
            "ip",
            "device",
            "subject",
            "about",
            "order",
            "changed",
            "rule",
            "operation",
            "trace",
            "id",
            "created",
            "has",
        ] {
            let prefixes = PERSONAL.iter().copied();
            for prefix in prefixes.chain(["", "n", "c_", "2", "@", "1"]) {
                let found = storage.suggest(scope, &empty, qualifier, prefix).await;
                json(&found.expect("proposals"));
            }
        }
        for mark in [
            "start".to_owned(),
            storage.current_mark(scope).await.expect("a mark"),
        ] {
            let events = storage.changes_since(scope, &everything, &mark).await;
            json(&events.expect("read"));
        }
        for answer in &answers {
            for text in PERSONAL {
                assert!(!answer.contains(text), "{text} stands in {answer}");
            }
        }
        // Nor can personal words be found by.
        for text in PERSONAL {
            let q = domain::query::quote_text(text);
            assert_eq!(case.count(scope, &q).await, 0, "{text}");
            let q = format!("actor:{}", domain::query::quote_value(text));
            assert_eq!(case.count(scope, &q).await, 0, "{text}");
        }
    });
}

mod erased {
    //! Anything that can be written as JSON.

    pub trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).expect("JSON")
        }
    }
}
