//! Reverts: dry run, conflicts, crashes, and random histories against a plain model.

use crate::dice::Dice;
use crate::harness::{Case, activity, code, on_both, reference, trials};
use crate::operation::{failed, item, operation};
use chrono::Duration;
use domain::operation::revert::{Choice, Part};
use domain::operation::{Control, OperationId, OperationState, OperationStep};
use domain::view::DryRun;
use domain::{Change, Code};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use storage::{ItemFilter, RevertBatch, Settled};

const LEASE: Duration = Duration::minutes(2);

pub fn keep() -> Choice {
    Choice::default()
}

pub fn overwrite() -> Choice {
    Choice {
        overwrite: true,
        except: Vec::new(),
    }
}

impl Case {
    pub async fn ended(
        &self,
        id: &str,
        items: Vec<domain::operation::OperationItem>,
    ) -> OperationId {
        let opened = operation(self, id, None);
        self.storage
            .open_operation(&self.scope(), opened, None)
            .await
            .expect("opened");
        let id = OperationId(id.to_owned());
        if !items.is_empty() {
            self.items(&id, items).await;
        }
        self.step(&id, OperationStep::Completed).await;
        id
    }

    pub async fn edit(&self, product: &str, field: &str, before: Value, after: Value) {
        let mut edited = activity("product.updated", 0);
        edited.occurred_at = self.ambient.clock.now();
        edited.subject = Some(reference("product", product, product));
        edited.changes = vec![Change {
            field: field.to_owned(),
            before,
            after,
        }];
        self.record(vec![edited]).await;
    }

    pub async fn delete(&self, product: &str) {
        let mut deleted = activity("product.deleted", 0);
        deleted.occurred_at = self.ambient.clock.now();
        deleted.subject = Some(reference("product", product, product));
        self.record(vec![deleted]).await;
    }

    pub async fn dry_run(&self, id: &OperationId, choice: &Choice) -> DryRun {
        self.storage
            .plan_revert(&self.scope(), id, choice, &Part::Whole, true)
            .await
            .expect("planned")
    }

    pub async fn revert(&self, id: &OperationId, choice: &Choice) -> OperationId {
        let run = self.dry_run(id, choice).await;
        let started = self
            .storage
            .start_revert(&self.scope(), id, choice, &Part::Whole, run.as_of)
            .await;
        started.expect("started").id
    }

    pub async fn take_on(&self, limit: u32) -> Option<RevertBatch> {
        let claimed = self.storage.claim_revert(limit, LEASE).await;
        claimed.expect("claimed")
    }

    async fn state_of(&self, id: &OperationId) -> OperationState {
        let found = self.storage.get_operation(&self.scope(), id).await;
        found.expect("read").expect("there").row.state
    }
}

#[test]
fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    on_both(async |case| {
        let mut items: Vec<_> = (1..=4)
            .map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)))
            .collect();
        items.push(failed("p_5", "refused"));
        items.push(item(
            "p_1",
            "tags",
            json!(["a", "old"]),
            json!(["a", "sale"]),
        ));
        let mut unknown = item("p_6", "price", json!(0), json!(8));
        unknown.before = None;
        items.push(unknown);
        let id = case.ended("sale", items).await;
        case.edit("p_2", "price", json!(8), json!(9)).await;
        case.edit(
            "p_1",
            "tags",
            json!(["a", "sale"]),
            json!(["a", "sale", "new"]),
        )
        .await;
        case.edit("p_4", "price", json!(8), json!(10)).await;
        case.delete("p_3").await;
        let before = case.verified().await;
        let run = case.dry_run(&id, &keep()).await;
        let tally = run.tally;
        assert_eq!(
            (tally.restored, tally.changed_since, tally.missing),
            (2, 1, 1)
        );
        assert_eq!((tally.already, tally.impossible, tally.writes()), (1, 1, 2));
        assert_eq!(run.conflicts[0].item.subject.id, "p_2");
        assert_eq!(run.missing[0].id, "p_3");
        assert_eq!(case.verified().await, before);
        assert_eq!(case.dry_run(&id, &overwrite()).await.tally.writes(), 3);
        let except = Choice {
            overwrite: true,
            except: vec![run.conflicts[0].item.place],
        };
        assert_eq!(case.dry_run(&id, &except).await.tally.writes(), 2);

        // Later edits of a list survive: only what was added goes, only what was removed comes back.
        let revert = case.revert(&id, &keep()).await;
        let batch = case.take_on(100).await.expect("a batch");
        let tags = batch
            .items
            .iter()
            .find(|i| i.field == "tags")
            .expect("tags");
        assert_eq!(tags.to, json!(["a", "old", "new"]));
        assert_eq!(batch.reverts, id);
        let again = case
            .storage
            .plan_revert(&case.scope(), &id, &keep(), &Part::Whole, true)
            .await;
        assert_eq!(code(again), Code::Conflict, "while it is taken back");
        let done: Vec<_> = batch
            .items
            .iter()
            .map(|i| (i.place, Settled::Done))
            .collect();
        case.storage
            .settle_revert(&batch, &done)
            .await
            .expect("settled");
        assert_eq!(case.state_of(&revert).await, OperationState::Completed);
        assert_eq!(case.dry_run(&id, &keep()).await.tally.writes(), 0);
        // A revert is an operation: it can be taken back.
        let back = case.dry_run(&revert, &keep()).await;
        assert_eq!((back.tally.restored, back.tally.changed_since), (2, 0));
        case.verified().await;
    });
}

#[test]
fn an_edit_after_the_dry_run_stops_the_revert() {
    on_both(async |case| {
        let id = case
            .ended("sale", vec![item("p_1", "price", json!(10), json!(8))])
            .await;
        let run = case.dry_run(&id, &overwrite()).await;
        case.edit("p_1", "price", json!(8), json!(7)).await;
        let scope = case.scope();
        let whole = Part::Whole;
        let start = async |as_of| {
            case.storage
                .start_revert(&scope, &id, &overwrite(), &whole, as_of)
                .await
        };
        assert_eq!(code(start(run.as_of).await), Code::Conflict);
        assert!(case.take_on(10).await.is_none());
        let run = case.dry_run(&id, &overwrite()).await;
        assert_eq!(run.tally.overwritten, 1);
        start(run.as_of).await.expect("started");
        for role in domain::Role::ALL {
            let scope = case.scope_of(role).await;
            let run = case
                .storage
                .plan_revert(&scope, &id, &keep(), &Part::Whole, true)
                .await;
            let expected = if role.may(domain::Permission::Revert) {
                Code::Conflict
            } else {
                Code::Forbidden
            };
            assert_eq!(code(run), expected, "{role}");
        }
    });
}

#[test]
fn what_a_killed_worker_had_is_claimed_again_as_the_same_batch() {
    on_both(async |case| {
        let items = (1..=5)
            .map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)))
            .collect();
        let id = case.ended("sale", items).await;
        let revert = case.revert(&id, &keep()).await;
        let first = case.take_on(2).await.expect("a batch");
        assert_eq!(first.items.len(), 2);
        // Another worker takes others meanwhile.
        let second = case.take_on(2).await.expect("another");
        assert!(second.items.iter().all(|i| !first.items.contains(i)));
        case.pass(LEASE + Duration::seconds(1));
        let again = case.take_on(2).await.expect("the first again");
        assert_eq!(
            (again.id, &again.items, again.tries),
            (first.id, &first.items, 2)
        );
        // Partly acknowledged: what is open comes again at once.
        let one = vec![(again.items[0].place, Settled::Done)];
        case.storage
            .settle_revert(&again, &one)
            .await
            .expect("settled");
        let rest = case.take_on(2).await.expect("the rest");
        assert_eq!((rest.id, rest.items.len()), (first.id, 1));
        let why = Settled::Failed("the shop says no".to_owned());
        let failed = vec![(rest.items[0].place, why)];
        case.storage
            .settle_revert(&rest, &failed)
            .await
            .expect("settled");
        // The target is down for an hour.
        case.pass(LEASE + Duration::seconds(1));
        let down = case.take_on(2).await.expect("the second again");
        let retry_at = case.ambient.clock.now() + Duration::hours(1);
        case.storage
            .postpone_revert(&down, retry_at, "503")
            .await
            .expect("postponed");
        assert_eq!(case.state_of(&revert).await, OperationState::Stalled);
        let last = case.take_on(2).await.expect("the fifth");
        assert_eq!(last.items.len(), 1);
        assert!(case.take_on(2).await.is_none());
        let done = vec![(last.items[0].place, Settled::Done)];
        case.storage
            .settle_revert(&last, &done)
            .await
            .expect("settled");
        case.pass(Duration::hours(1));
        let back = case.take_on(2).await.expect("at last");
        assert_eq!(back.id, down.id);
        let done: Vec<_> = back
            .items
            .iter()
            .map(|i| (i.place, Settled::Done))
            .collect();
        case.storage
            .settle_revert(&back, &done)
            .await
            .expect("settled");
        let detail = case.storage.get_operation(&case.scope(), &revert).await;
        let row = detail.expect("read").expect("there").row;
        assert_eq!(
            (row.state, row.changed, row.failed),
            (OperationState::Completed, 4, 1)
        );
        // What failed is left to be taken back once more.
        assert_eq!(case.dry_run(&id, &keep()).await.tally.writes(), 1);
        case.verified().await;
    });
}

#[test]
fn a_revert_waits_goes_on_and_ends_when_a_person_says_so() {
    on_both(async |case| {
        let items = (1..=4)
            .map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)))
            .collect();
        let id = case.ended("sale", items).await;
        let revert = case.revert(&id, &keep()).await;
        let ask = async |control: Control| {
            let asked = case
                .storage
                .ask_operation(&case.scope(), &revert, control)
                .await;
            asked.expect("asked").state
        };
        let under_way = case.take_on(1).await.expect("a batch");
        assert_eq!(ask(Control::Pause).await, OperationState::Paused);
        assert!(
            case.take_on(1).await.is_none(),
            "nothing begins while it waits"
        );
        assert_eq!(ask(Control::Resume).await, OperationState::Running);
        assert_ne!(ask(Control::Cancel).await, OperationState::Cancelled);
        assert!(case.take_on(1).await.is_none());
        let done = vec![(under_way.items[0].place, Settled::Done)];
        case.storage
            .settle_revert(&under_way, &done)
            .await
            .expect("what was under way is still recorded");
        assert_eq!(case.state_of(&revert).await, OperationState::Cancelled);
        assert_eq!(case.dry_run(&revert, &keep()).await.tally.restored, 1);
    });
}

/// The shop: what each product holds, while it is there.
type Shop = BTreeMap<String, BTreeMap<&'static str, Value>>;

/// A list without its order, any other value as it is.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut texts: Vec<String> = items.iter().map(ToString::to_string).collect();
            texts.sort();
            json!(texts)
        }
        other => other.clone(),
    }
}

/// What a field should hold after it was taken back, told once more in other words.
fn modelled(before: &Value, after: &Value, now: &Value, overwrites: bool) -> Value {
    let (Some(before_items), Some(after_items), Some(now_items)) =
        (before.as_array(), after.as_array(), now.as_array())
    else {
        return if now == after || overwrites {
            before.clone()
        } else {
            now.clone()
        };
    };
    let set = |items: &[Value]| -> BTreeSet<String> {
        items
            .iter()
            .map(|i| i.as_str().unwrap_or("").to_owned())
            .collect()
    };
    let (before, after, now) = (set(before_items), set(after_items), set(now_items));
    let added: BTreeSet<_> = after.difference(&before).cloned().collect();
    let removed: BTreeSet<_> = before.difference(&after).cloned().collect();
    let left: BTreeSet<_> = now.difference(&added).cloned().collect();
    json!(left.union(&removed).cloned().collect::<Vec<_>>())
}

struct History<'c> {
    case: &'c Case,
    dice: Dice,
    shop: Shop,
    ended: Vec<OperationId>,
    name: String,
}

impl History<'_> {
    fn product(&mut self) -> String {
        format!("{}-p{}", self.name, self.dice.below(5))
    }

    fn value(&mut self, field: &str, old: &Value) -> Value {
        if field == "price" {
            return json!(self.dice.below(4));
        }
        let mut tags: Vec<String> = old
            .as_array()
            .map(|tags| {
                tags.iter()
                    .filter_map(|t| t.as_str().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default();
        let tag = (*self.dice.pick(&["a", "b", "c", "d"])).to_owned();
        match tags.iter().position(|t| *t == tag) {
            Some(at) => drop(tags.remove(at)),
            None => tags.push(tag),
        }
        json!(tags)
    }

    async fn bulk(&mut self, number: usize) {
        let mut items = Vec::new();
        for product in self.shop.keys().cloned().collect::<Vec<_>>() {
            for field in ["price", "tags"] {
                if self.dice.chance(45) {
                    continue;
                }
                let old = self.shop[&product][field].clone();
                let new = self.value(field, &old);
                self.shop
                    .get_mut(&product)
                    .expect("there")
                    .insert(field, new.clone());
                items.push(item(&product, field, old, new));
            }
        }
        let name = format!("{}-op{number}", self.name);
        let id = self.case.ended(&name, items).await;
        self.ended.push(id);
    }

    async fn edit(&mut self) {
        let product = self.product();
        let field = if self.dice.chance(50) {
            "price"
        } else {
            "tags"
        };
        let Some(old) = self.shop.get(&product).map(|p| p[field].clone()) else {
            return;
        };
        let new = self.value(field, &old);
        self.shop
            .get_mut(&product)
            .expect("there")
            .insert(field, new.clone());
        self.case.edit(&product, field, old, new).await;
    }

    async fn delete(&mut self) {
        let product = self.product();
        if self.shop.remove(&product).is_some() {
            self.case.delete(&product).await;
        }
    }

    async fn revert(&mut self) {
        let Some(at) = (!self.ended.is_empty()).then(|| self.dice.below(self.ended.len())) else {
            return;
        };
        let id = self.ended[at].clone();
        let mut choice = if self.dice.chance(50) {
            keep()
        } else {
            overwrite()
        };
        if self.dice.chance(30) {
            choice.except.push(1 + self.dice.below(6) as u64);
        }
        let run = self.case.dry_run(&id, &choice).await;
        let expected = self.expected(&id, &choice, &run).await;
        let scope = self.case.scope();
        let started = self
            .case
            .storage
            .start_revert(&scope, &id, &choice, &Part::Whole, run.as_of)
            .await;
        if run.tally.writes() == 0 {
            assert_eq!(code(started), Code::Conflict);
            return;
        }
        let revert = started.expect("started").id;
        self.work().await;
        for (product, fields) in &self.shop {
            for (field, value) in fields {
                let should = &expected[product][field];
                assert_eq!(
                    plain(value),
                    plain(should),
                    "{}: {product} {field}",
                    self.name
                );
            }
        }
        assert_eq!(self.case.state_of(&revert).await, OperationState::Completed);
        self.ended.push(revert);
    }

    /// What the shop should hold afterwards; every later edit that goes must have been shown.
    async fn expected(&self, id: &OperationId, choice: &Choice, run: &DryRun) -> Shop {
        let page = self
            .case
            .storage
            .list_items(&self.case.scope(), id, ItemFilter::default(), None, 100)
            .await
            .expect("items");
        let mut expected = self.shop.clone();
        for row in page.rows {
            let Some(fields) = self.shop.get(&row.subject.id) else {
                continue;
            };
            let field = if row.field == "price" {
                "price"
            } else {
                "tags"
            };
            let (before, after) = (row.before.expect("told"), row.after.expect("told"));
            let now = &fields[field];
            let should = modelled(&before, &after, now, choice.overwrites(row.place));
            let is_later_edit = now.is_number() && *now != after && *now != before;
            if is_later_edit && should != *now {
                let shown = run.conflicts.iter().any(|c| c.item.place == row.place);
                assert!(shown, "{}: an edit goes unseen", self.name);
            }
            expected
                .get_mut(&row.subject.id)
                .expect("there")
                .insert(field, should);
        }
        expected
    }

    /// Workers that are killed now and then, before or after they wrote to the shop.
    async fn work(&mut self) {
        loop {
            let limit = 1 + self.dice.below(4) as u32;
            let Some(batch) = self.case.take_on(limit).await else {
                return;
            };
            if self.dice.chance(15) {
                self.case.pass(LEASE + Duration::seconds(1));
                continue;
            }
            let mut settled = Vec::new();
            for item in &batch.items {
                let fields = self
                    .shop
                    .get_mut(&item.subject.id)
                    .expect("missing ones aren't written");
                let field = if item.field == "price" {
                    "price"
                } else {
                    "tags"
                };
                let holds = &fields[field];
                assert!(
                    *holds == item.now || *holds == item.to,
                    "{}: {holds} is neither {} nor {}",
                    self.name,
                    item.now,
                    item.to
                );
                fields.insert(field, item.to.clone());
                settled.push((item.place, Settled::Done));
            }
            if self.dice.chance(15) {
                self.case.pass(LEASE + Duration::seconds(1));
                continue;
            }
            self.case
                .storage
                .settle_revert(&batch, &settled)
                .await
                .expect("settled");
        }
    }
}

#[test]
fn random_histories_end_as_a_plain_model_says() {
    on_both(async |case| {
        for number in 0..50 * trials() {
            let name = format!("h{number}");
            let shop = (0..5)
                .map(|p| {
                    let fields = [("price", json!(9)), ("tags", json!(["a"]))];
                    (format!("{name}-p{p}"), BTreeMap::from(fields))
                })
                .collect();
            let mut history = History {
                case: &case,
                dice: Dice::new(u64::from(number) + 77),
                shop,
                ended: Vec::new(),
                name,
            };
            history.bulk(0).await;
            for step in 1..9 {
                match history.dice.below(10) {
                    0..=1 => history.bulk(step).await,
                    2..=4 => history.edit().await,
                    5 => history.delete().await,
                    _ => history.revert().await,
                }
            }
        }
        case.verified().await;
    });
}
