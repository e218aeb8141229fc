//! Rules that the store's clock sets off: each time once, whoever looks.

use super::action::About;
use super::event::{Following, Run};
use crate::log::plan::Plan;
use crate::log::{walk, zone};
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Timelike as _, Utc};
use domain::followup::{Cause, Concerned, Condition, Evaluation, FollowupRule, Occasion, Trigger};
use domain::view::StoreView;
use domain::{Clause, Code, Direction, Filter, RuleId, Test, TimeRange};
use sea_orm::FromQueryResult;

/// How many matches of a query are counted.
const COUNTED: usize = 1_000;

#[derive(FromQueryResult)]
struct Columns {
    version: i64,
    last_at: i64,
    due_at: i64,
}

impl Storage {
    /// Evaluates the rules of a store whose time has come: each once a time. Times that passed while nobody looked are
    /// one. Returns how many were evaluated.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn evaluate_schedules(&self, store: &StoreView) -> Result<u32, Error> {
        let scope = Scope::system("rules", store.clone());
        let mut count = 0;
        for rule in self.rules_of(&scope).await? {
            let Trigger::Schedule { schedule } = rule.trigger else {
                continue;
            };
            if !rule.is_enabled {
                continue;
            }
            let now = self.ambient().clock.now();
            let zone = zone::of(scope.store());
            let clock = self.rule_clock(&scope, rule.id).await?;
            let version = i64::from(rule.version);
            match clock.filter(|clock| clock.version == version) {
                None => {
                    let due = schedule.next_after(now, &zone);
                    self.recorder()
                        .apply(set_clock(&scope, &rule, now, due))
                        .await?;
                }
                Some(clock) if clock.due_at <= now.timestamp_micros() => {
                    let next = schedule.next_after(now, &zone);
                    if self.tick(&scope, &rule, &clock, now, next).await? {
                        count += 1;
                    }
                }
                Some(_) => {}
            }
        }
        Ok(count)
    }

    async fn rule_clock(&self, scope: &Scope, id: RuleId) -> Result<Option<Columns>, Error> {
        let text =
            "SELECT version, last_at, due_at FROM rule_clock WHERE store_id = ? AND rule_id = ?";
        let values = values![scope.store_id().0, id.0.as_bytes().to_vec()];
        sql(self.backend(), text, values).one(self.readers()).await
    }

    /// When a rule's schedule is due next, if it has one that runs.
    pub(super) async fn rule_due_at(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        let Trigger::Schedule { schedule } = rule.trigger else {
            return Ok(None);
        };
        if !rule.is_enabled {
            return Ok(None);
        }
        let clock = self.rule_clock(scope, rule.id).await?;
        let clock = clock.filter(|clock| clock.version == i64::from(rule.version));
        Ok(Some(match clock {
            Some(clock) => zone::time_of(clock.due_at),
            None => schedule.next_after(self.ambient().clock.now(), &zone::of(scope.store())),
        }))
    }

    async fn tick(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        clock: &Columns,
        now: DateTime<Utc>,
        next: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let since = zone::time_of(clock.last_at);
        let evaluation = self.judge_time(scope, rule, since, now).await?;
        let run = Run {
            rule,
            evaluation: &evaluation,
            event_seq: 0,
            things: Vec::new(),
            trace: Some(format!("rule-{}-{}", rule.id, clock.due_at)),
            depth: 1,
            at: now,
        };
        let about = About {
            happened: "schedule".to_owned(),
            trace: run.trace.clone(),
            ..About::default()
        };
        let mut following = Following::default();
        self.follow(scope, &run, &about, &mut following)?;
        following.effects.push(Effect::one(
            "UPDATE rule_clock SET last_at = ?, due_at = ? WHERE store_id = ? AND rule_id = ? AND due_at = ?",
            values![
                now.timestamp_micros(),
                next.timestamp_micros(),
                scope.store_id().0,
                rule.id.0.as_bytes().to_vec(),
                clock.due_at,
            ],
            "another process evaluated this",
        ));
        match self
            .write_records(scope, following.records, following.effects)
            .await
        {
            Ok(()) => Ok(true),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What becomes of a rule at a time, with what happened since another.
    pub(super) async fn judge_time(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Evaluation, Error> {
        let mut found = Vec::with_capacity(rule.conditions.len());
        for condition in &rule.conditions {
            found.push(match condition {
                Condition::Query { query } => match self.filter(scope, query) {
                    Ok(filter) => self.count_between(scope, filter, since, now).await?,
                    Err(_) => 0,
                },
                _ => 0,
            });
        }
        let local = now.with_timezone(&zone::of(scope.store()));
        Ok(rule.evaluate(&Occasion {
            cause: Cause::Tick { found: &found },
            concerned: Concerned::default(),
            minute_of_day: u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0),
            read: &|query| self.read_query(scope, query),
        }))
    }

    async fn count_between(
        &self,
        scope: &Scope,
        mut filter: Filter,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        filter.clauses.push(Clause {
            is_negated: false,
            test: Test::Created(vec![TimeRange {
                from: since.timestamp_micros(),
                to: now.timestamp_micros(),
            }]),
        });
        let plan = Plan::new(self, scope, &filter).await?;
        let (mut after, mut count) = (None, 0);
        loop {
            let found = plan
                .keys_within(
                    after,
                    Direction::Newest,
                    COUNTED - count,
                    walk::BOUND_OF_PAGE,
                )
                .await?;
            count += found.keys.len();
            // A search that stopped early has not said yet how many there are.
            match found.stopped_at {
                Some(stopped_at) if count < COUNTED => after = Some(stopped_at),
                _ => return Ok(count as u64),
            }
        }
    }
}

fn set_clock(
    scope: &Scope,
    rule: &FollowupRule,
    now: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Vec<Effect> {
    vec![Effect::statement(
        "INSERT INTO rule_clock (store_id, rule_id, version, last_at, due_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (store_id, rule_id) DO UPDATE SET version = excluded.version, last_at = excluded.last_at, \
         due_at = excluded.due_at",
        values![
            scope.store_id().0,
            rule.id.0.as_bytes().to_vec(),
            i64::from(rule.version),
            now.timestamp_micros(),
            due.timestamp_micros(),
        ],
    )]
}
