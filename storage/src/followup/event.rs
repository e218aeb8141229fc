//! Rules that what happens sets off: read from the ledger after the commit, from a kept place on.
//!
//! What was looked at and what follows from it are one transaction with the place's moving on, so each event is
//! evaluated exactly once by the version of a rule that held when it was recorded, whoever dies in between and however
//! many processes there are.

use super::action::{About, RuleTask};
use super::version::Held;
use super::{actor_of, reference, rule_reference};
use crate::account::own_activity;
use crate::log::{activity_of, uuid_of, zone};
use crate::record::{Effect, Record, posting_hash};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Timelike as _, Utc};
use domain::followup::{Cause, Evaluation, FollowupRule, Occasion, Trigger};
use domain::view::StoreView;
use domain::{
    Activity, ActivityId, ActorType, Category, Code, Facts, Filter, Has, Reference, RuleId, fold,
};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;

/// How many ledger numbers one step looks through.
const CHUNK: i64 = 1_000;
/// What happened longer before it was told is history, which sets nothing off.
const FRESH: Duration = Duration::hours(24);
/// How long the traces of evaluations are kept; the entries go with the log's own retention.
const KEPT: Duration = Duration::days(90);
/// A place that moved on by less is not written while no rule looks at events.
const WORTH_WRITING: i64 = 5_000;

/// Results as they are stored.
pub(super) const SKIPPED: i16 = 0;
pub(super) const FIRED: i16 = 1;
pub(super) const DRY: i16 = 2;
pub(super) const HELD_BACK: i16 = 3;

#[derive(FromQueryResult)]
struct Entry {
    seq: i64,
    id: Vec<u8>,
    recorded_at: i64,
    body: String,
}

/// An event that a rule looks at.
pub(super) struct Event {
    pub(super) seq: i64,
    pub(super) facts: Facts,
}

/// Where an evaluation belongs.
pub(super) struct Run<'e> {
    pub(super) rule: &'e FollowupRule,
    pub(super) evaluation: &'e Evaluation,
    pub(super) event_seq: i64,
    pub(super) things: Vec<Reference>,
    pub(super) trace: Option<String>,
    pub(super) depth: u32,
    pub(super) at: DateTime<Utc>,
}

/// What evaluations lead to, gathered to be written at once.
#[derive(Default)]
pub(super) struct Following {
    pub(super) records: Vec<Record>,
    pub(super) effects: Vec<Effect>,
    /// How often each rule fired for each thing in this batch.
    fired: BTreeMap<(RuleId, i64), u64>,
    /// How deep each trace is by what this batch led to.
    depths: BTreeMap<i64, u32>,
}

impl Storage {
    /// Evaluates a store's rules on what was recorded after the kept place or `from`, whichever is later: at most 1,000
    /// ledger numbers. Returns up to where it was looked and whether there is more.
    ///
    /// # Errors
    /// When the database fails: nothing was evaluated then, and asking again is harmless.
    pub async fn evaluate_events(
        &self,
        store: &StoreView,
        from: i64,
    ) -> Result<(i64, bool), Error> {
        let scope = Scope::system("rules", store.clone());
        let kept = self.rule_cursor(&scope).await?;
        let place = kept.max(from);
        let end = self.ledger_size().await?;
        let to = end.min(place + CHUNK);
        if to <= place {
            return Ok((place, false));
        }
        let held = self.held_versions(&scope, place).await?;
        let looks = held.iter().any(|held| {
            let rule = held.rule.as_ref();
            rule.is_some_and(|rule| rule.is_enabled && is_by_event(rule))
        });
        let triggers = self.triggers_of(&scope, &held);
        let mut following = Following::default();
        let mut told = super::reported::Told::default();
        for entry in self.entries_of(&scope, place, to, looks).await? {
            let read = activity_of(&entry.body);
            let Some(activity) = Error::passed_over(read, entry.seq)? else {
                continue;
            };
            told.note(&scope, &activity, &held);
            let recorded_at = zone::time_of(entry.recorded_at);
            if looks && !is_own_trail(&activity) && !is_history(activity.occurred_at, recorded_at) {
                let event = Event {
                    seq: entry.seq,
                    facts: Facts::new(ActivityId(uuid_of(&entry.id)?), activity),
                };
                self.look_at(&scope, &held, &triggers, &event, &mut following)
                    .await?;
            }
        }
        let is_quiet = following.records.is_empty() && told.is_empty();
        if is_quiet && !looks && to - kept < WORTH_WRITING {
            return Ok((to, to < end));
        }
        following.effects.extend(told.into_effects());
        let store_id = scope.store_id().0;
        following.effects.push(Effect::statement(
            "INSERT INTO rule_cursor (store_id, seq) VALUES (?, 0) ON CONFLICT DO NOTHING",
            values![store_id],
        ));
        following.effects.push(Effect::one(
            "UPDATE rule_cursor SET seq = ? WHERE store_id = ? AND seq = ?",
            values![to, store_id, kept],
            "another process evaluated this",
        ));
        match self
            .write_records(&scope, following.records, following.effects)
            .await
        {
            Ok(()) => Ok((to, to < end)),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok((kept, true)),
            Err(error) => Err(error),
        }
    }

    /// Up to which ledger number a store's rules have seen what happens.
    pub(super) async fn rule_cursor(&self, scope: &Scope) -> Result<i64, Error> {
        let text = "SELECT seq FROM rule_cursor WHERE store_id = ?";
        let row = sql(self.backend(), text, values![scope.store_id().0])
            .row(self.readers())
            .await?;
        let seq: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(seq.unwrap_or(0))
    }

    /// The activities in a stretch of the ledger: all of them, or while no rule looks at events only those that name
    /// a rule, which are counted where it is the shop's.
    async fn entries_of(
        &self,
        scope: &Scope,
        after: i64,
        to: i64,
        is_all: bool,
    ) -> Result<Vec<Entry>, Error> {
        // One whose content was erased meanwhile can't be evaluated any more.
        let text = "SELECT l.seq, l.record_id AS id, l.recorded_at, p.body FROM ledger l JOIN payload p ON p.seq = l.seq";
        let mut statement = sql(self.backend(), text, []);
        if !is_all {
            statement
                .push(" JOIN activity a ON a.order_key = l.order_key AND (a.has & ")
                .bind(Has::RULE.bits())
                .push(") <> 0");
        }
        statement
            .push(" WHERE l.kind = 'activity' AND l.store_id = ")
            .bind(scope.store_id().0)
            .push(" AND l.seq > ")
            .bind(after)
            .push(" AND l.seq <= ")
            .bind(to)
            .push(" ORDER BY l.seq");
        statement.all(self.readers()).await
    }

    /// What each version looks for, if it is on and looks at events: read once for all events of a step. A trigger that
    /// can't be read finds nothing; the page says so, and `faults` names the place.
    fn triggers_of(&self, scope: &Scope, held: &[Held]) -> Vec<Option<Filter>> {
        let triggers = held.iter().map(|held| {
            let rule = held.rule.as_ref().filter(|rule| rule.is_enabled)?;
            match &rule.trigger {
                Trigger::Event { query } => self.filter(scope, query).ok(),
                _ => None,
            }
        });
        triggers.collect()
    }

    /// Shows an event to the rules that held when it was recorded.
    async fn look_at(
        &self,
        scope: &Scope,
        held: &[Held],
        triggers: &[Option<Filter>],
        event: &Event,
        following: &mut Following,
    ) -> Result<(), Error> {
        for at in in_force(held, event.seq) {
            let (Some(rule), Some(trigger)) = (&held[at].rule, &triggers[at]) else {
                continue;
            };
            if trigger.matches(&event.facts, false) {
                self.evaluate_on(scope, rule, event, following).await?;
            }
        }
        Ok(())
    }

    async fn evaluate_on(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        event: &Event,
        following: &mut Following,
    ) -> Result<(), Error> {
        let facts = &event.facts;
        let activity = &facts.activity;
        let things = things_of(activity);
        let main = things.first().map_or(0, |thing| thing_hash(scope, thing));
        let trace = activity.origin.trace_id.clone();
        let trace_key = trace.as_deref().map_or(0, |trace| trace_hash(scope, trace));
        let is_caused = activity.rule.is_some() || activity.actor.kind == ActorType::Rule;
        let depth = if is_caused && trace_key != 0 {
            let known = self.depth_of(scope, trace_key).await?;
            known.max(following.depths.get(&trace_key).copied().unwrap_or(0))
        } else {
            0
        };
        let id = rule.id.to_string();
        let is_own = activity.rule.as_ref().and_then(|r| r.id.as_deref()) == Some(&id)
            || activity.actor.kind == ActorType::Rule && activity.actor.id.as_deref() == Some(&id);
        let before = self.recent_firings(scope, rule.id, main).await?;
        let here = following.fired.get(&(rule.id, main)).copied().unwrap_or(0);
        let evaluation = self
            .judge(scope, rule, facts, is_own, depth, before + here)
            .await?;
        if evaluation.is_fired() {
            *following.fired.entry((rule.id, main)).or_default() += 1;
            if trace_key != 0 {
                following.depths.insert(trace_key, depth + 1);
            }
        }
        let run = Run {
            rule,
            evaluation: &evaluation,
            event_seq: event.seq,
            things: things.clone(),
            // What follows carries a trace, so that a chain of rules can be followed and ended.
            trace: trace.or_else(|| Some(format!("rule-{}", facts.id))),
            depth: depth + 1,
            at: self.ambient().clock.now(),
        };
        let about = About {
            event: Some(facts.id),
            happened: activity.action.name.clone(),
            subject: things.first().cloned(),
            order: activity.orders().next().map(str::to_owned),
            message: None,
            trace: run.trace.clone(),
        };
        self.follow(scope, &run, &about, following)
    }

    /// What becomes of a rule on an event; also for trials.
    pub(super) async fn judge(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        facts: &Facts,
        is_own: bool,
        depth: u32,
        recent_firings: u64,
    ) -> Result<Evaluation, Error> {
        let number = facts.activity.orders().next();
        let customer = super::order::customer_of(&facts.activity);
        let concerned = self.concerned_by(scope, rule, number, customer).await?;
        let local = facts
            .activity
            .occurred_at
            .with_timezone(&zone::of(scope.store()));
        Ok(rule.evaluate(&Occasion {
            cause: Cause::Event {
                facts,
                is_own,
                depth,
                recent_firings,
            },
            concerned: concerned.at_time_of(&facts.activity),
            minute_of_day: u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0),
            read: &|query| self.read_query(scope, query),
        }))
    }

    /// A query of the activity log, or in words what is wrong with it.
    pub(super) fn read_query(&self, scope: &Scope, query: &str) -> Result<Filter, String> {
        self.filter(scope, query)
            .map_err(|errors| domain::query::query_problem(query, &errors).message)
    }

    /// Records an evaluation with its trace, and puts what the rule does into the queue.
    pub(super) fn follow(
        &self,
        scope: &Scope,
        run: &Run<'_>,
        about: &About,
        following: &mut Following,
    ) -> Result<(), Error> {
        let entry = ActivityId(self.ambient().uuid());
        let activity = self.trail(run, about);
        following
            .records
            .push(Record::ActivityAs(entry, Box::new(activity)));
        following.effects.extend(traced(scope, run, entry));
        if !run.evaluation.is_fired() {
            return Ok(());
        }
        for (place, action) in run.rule.actions.iter().enumerate() {
            let task = RuleTask::of(run.rule, (place, action), about.clone());
            let queued = self.queue_action(scope, &task, entry)?;
            following.effects.push(queued);
        }
        Ok(())
    }

    /// The entry that says what a rule made of an event or a time.
    pub(super) fn trail(&self, run: &Run<'_>, about: &About) -> Activity {
        let mut activity = own_activity(
            self.ambient(),
            "rule.evaluated",
            Category::System,
            run.things.first().cloned(),
            Vec::new(),
        );
        activity.actor = actor_of(run.rule);
        activity.rule = Some(rule_reference(run.rule));
        activity.description = Some(run.evaluation.in_short());
        activity.origin.trace_id.clone_from(&run.trace);
        activity.related = run.things.iter().skip(1).cloned().collect();
        activity.related.extend(
            about
                .event
                .map(|event| reference("activity", &event.to_string())),
        );
        activity.details = serde_json::to_value(run.evaluation).ok();
        activity
    }

    /// How deep a trace is already: how many rules fired in it, one because of the other.
    async fn depth_of(&self, scope: &Scope, trace: i64) -> Result<u32, Error> {
        let text =
            "SELECT MAX(depth) FROM rule_run WHERE store_id = ? AND trace = ? AND result = ?";
        let values = values![scope.store_id().0, trace, FIRED];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let depth: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        Ok(depth
            .and_then(|depth| u32::try_from(depth).ok())
            .unwrap_or(0))
    }

    /// How often a rule fired for a thing in the last hour.
    pub(super) async fn recent_firings(
        &self,
        scope: &Scope,
        rule: RuleId,
        thing: i64,
    ) -> Result<u64, Error> {
        let from = self.ambient().clock.now() - Duration::hours(1);
        let text = "SELECT COUNT(*) FROM rule_run WHERE store_id = ? AND rule_id = ? AND thing = ? AND at > ? AND result = ?";
        let id = rule.0.as_bytes().to_vec();
        let values = values![
            scope.store_id().0,
            id,
            thing,
            from.timestamp_micros(),
            FIRED
        ];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let count: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(count.unwrap_or(0).max(0).unsigned_abs())
    }

    /// Drops traces of evaluations, and of actions that are done or discarded, that are older than 90 days. The entries
    /// themselves go with the log's retention.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_rule_runs(&self) -> Result<(), Error> {
        let before = (self.ambient().clock.now() - KEPT).timestamp_micros();
        let text = "DELETE FROM rule_run WHERE at < ?";
        let done = "DELETE FROM rule_action WHERE state >= 2 AND due_at < ?";
        self.recorder()
            .apply(vec![
                Effect::statement(text, values![before]),
                Effect::statement(done, values![before]),
            ])
            .await
    }
}

/// The places of the versions that hold for a ledger number: of each rule the last one saved before.
fn in_force(held: &[Held], seq: i64) -> impl Iterator<Item = usize> {
    held.iter().enumerate().filter_map(move |(at, version)| {
        let next = held.get(at + 1);
        let is_replaced =
            next.is_some_and(|next| next.rule_id == version.rule_id && next.from_seq < seq);
        (version.from_seq < seq && !is_replaced).then_some(at)
    })
}

pub(super) fn is_by_event(rule: &FollowupRule) -> bool {
    matches!(rule.trigger, Trigger::Event { .. })
}

/// Whether something had happened so long before it was told that it sets nothing off.
pub(super) fn is_history(occurred_at: DateTime<Utc>, recorded_at: DateTime<Utc>) -> bool {
    recorded_at - occurred_at >= FRESH
}

/// Whether the rules themselves left this behind: it sets nothing off.
fn is_own_trail(activity: &Activity) -> bool {
    activity.action.name.starts_with("rule.") && activity.actor.kind == ActorType::Rule
}

/// The subject and what else is concerned, each once, at most 20; records of the log itself are none.
pub(super) fn things_of(activity: &Activity) -> Vec<Reference> {
    let mut things: Vec<Reference> = Vec::new();
    for thing in activity.subject.iter().chain(&activity.related) {
        let is_new = !things
            .iter()
            .any(|t| t.kind == thing.kind && t.id == thing.id);
        if is_new && things.len() < 20 {
            things.push(thing.clone());
        }
    }
    things
}

/// The number under which a thing's evaluations stand.
pub(super) fn thing_hash(scope: &Scope, thing: &Reference) -> i64 {
    let term = format!("thing:{}/{}", fold(&thing.kind), fold(&thing.id));
    posting_hash(scope.store_id(), &term, false)
}

fn trace_hash(scope: &Scope, trace: &str) -> i64 {
    posting_hash(scope.store_id(), &format!("trace:{}", fold(trace)), false)
}

/// The rows by which an evaluation is found again.
pub(super) fn traced(scope: &Scope, run: &Run<'_>, entry: ActivityId) -> Vec<Effect> {
    let evaluation = run.evaluation;
    let result = if evaluation.is_fired() {
        FIRED
    } else if !evaluation.is_matched {
        SKIPPED
    } else if evaluation
        .guard
        .as_ref()
        .is_some_and(domain::followup::LoopGuard::stops_all)
    {
        HELD_BACK
    } else {
        DRY
    };
    let trace = run
        .trace
        .as_deref()
        .map_or(0, |trace| trace_hash(scope, trace));
    let mut things: Vec<i64> = run.things.iter().map(|t| thing_hash(scope, t)).collect();
    if things.is_empty() {
        things.push(0);
    }
    let rows = things.into_iter().enumerate().map(|(at, thing)| {
        Effect::statement(
            "INSERT INTO rule_run (store_id, rule_id, thing, at, entry, event_seq, version, result, is_main, trace, depth) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![
                scope.store_id().0,
                run.rule.id.0.as_bytes().to_vec(),
                thing,
                run.at.timestamp_micros(),
                entry.0.as_bytes().to_vec(),
                run.event_seq,
                i64::from(run.rule.version),
                result,
                at == 0,
                trace,
                i64::from(run.depth),
            ],
        )
    });
    rows.collect()
}
