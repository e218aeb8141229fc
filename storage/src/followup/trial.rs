//! What a rule would have done with what is in the log: the same code, on the past.

use crate::log::{activity_of, uuid_of, zone};
use crate::sql::{sql, values};
use crate::{Error, Page, Scope, Storage};
use chrono::{DateTime, Duration, Timelike as _, Utc};
use domain::followup::{Cause, Evaluation, FollowupRule, Occasion, Trigger};
use domain::view::{ActivityPage, RuleTrial, TrialRow};
use domain::{
    Activity, ActivityId, Clause, Direction, Facts, Filter, Pattern, Permission, Reference, Test,
    TimeRange,
};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// How many entries are looked at.
const LOOKED_AT: u32 = 1_000;
/// How many examples are shown.
const EXAMPLES: usize = 20;
/// How many misses are shown.
const MISSES: usize = 5;
const MOST_DAYS: u32 = 31;

#[derive(FromQueryResult)]
struct Body {
    id: Vec<u8>,
    body: String,
}

impl Storage {
    /// What a rule, saved or not, would have done in the last `days` (1 to 31) with what is in the log, the newest first,
    /// at most 1,000 entries. Orders and customers count as
    /// they are now, unless the entry tells how they were, and nothing is held back for being often.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], each wrong part by its place, or a fault.
    pub async fn try_rule(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        days: u32,
    ) -> Result<RuleTrial, Error> {
        scope.require(Permission::ManageRules)?;
        if let Some(problem) = domain::followup::refusal(rule) {
            return Err(problem.into());
        }
        let days = days.clamp(1, MOST_DAYS);
        let now = self.ambient().clock.now();
        let from = now - Duration::days(i64::from(days));
        let mut trial = RuleTrial {
            days,
            ..RuleTrial::default()
        };
        // A trial is of what the rule says, whether it is on or off, dry or not.
        let rule = FollowupRule {
            is_enabled: true,
            is_dry: false,
            ..rule.clone()
        };
        match &rule.trigger {
            Trigger::Schedule { schedule } => {
                let zone = zone::of(scope.store());
                let mut since = from;
                let mut at = schedule.next_after(from, &zone);
                while at <= now && trial.looked_at < u64::from(LOOKED_AT) {
                    let evaluation = self.judge_time(scope, &rule, since, at).await?;
                    let row = trial_row(scope, at, None, evaluation);
                    trial.looked_at += 1;
                    note(&mut trial, row, true);
                    since = at;
                    at = schedule.next_after(at, &zone);
                }
                trial.has_more = at <= now;
            }
            Trigger::Event { query } => {
                let filter = self
                    .filter(scope, query)
                    .map_err(|errors| domain::query::query_problem(query, &errors))?;
                for (id, facts) in self.found_since(scope, filter, from, &mut trial).await? {
                    let evaluation = self.judge(scope, &rule, &facts, false, 0, 0).await?;
                    let activity = &facts.activity;
                    let at = activity.occurred_at;
                    let row = trial_row(scope, at, Some((id, activity)), evaluation);
                    note(&mut trial, row, false);
                }
            }
            Trigger::Message => {
                let filter = Filter {
                    clauses: vec![Clause {
                        is_negated: false,
                        test: Test::Action(vec![Pattern::exact("message.received")]),
                    }],
                };
                for (id, facts) in self.found_since(scope, filter, from, &mut trial).await? {
                    if let Some(row) = self.try_on_message(scope, &rule, id, &facts).await? {
                        note(&mut trial, row, false);
                    }
                }
            }
        }
        Ok(trial)
    }

    async fn try_on_message(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        entry: ActivityId,
        facts: &Facts,
    ) -> Result<Option<TrialRow>, Error> {
        let things = facts.activity.subject.iter().chain(&facts.activity.related);
        let id = things
            .filter(|thing| thing.kind == "message")
            .find_map(|thing| thing.id.parse::<domain::MessageId>().ok());
        let Some(id) = id else { return Ok(None) };
        let Some(message) = self.came_in(scope, id).await? else {
            return Ok(None);
        };
        let order = match &message.order {
            Some(number) => self.order_columns(scope, number).await?,
            None => None,
        };
        let customer = message.customer.as_deref();
        let concerned = self.concerned(scope, order.as_ref(), customer).await?;
        let local = message.occurred_at.with_timezone(&zone::of(scope.store()));
        let evaluation = rule.evaluate(&Occasion {
            cause: Cause::Message {
                message: &message,
                recent_replies: 0,
                recent_firings: 0,
            },
            concerned,
            minute_of_day: u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0),
            read: &|query| self.read_query(scope, query),
        });
        let entry = Some((entry, &facts.activity));
        let at = message.occurred_at;
        Ok(Some(trial_row(scope, at, entry, evaluation)))
    }

    /// What a filter finds since a time, the newest first, with what is known of it.
    async fn found_since(
        &self,
        scope: &Scope,
        mut filter: Filter,
        from: DateTime<Utc>,
        trial: &mut RuleTrial,
    ) -> Result<Vec<(ActivityId, Facts)>, Error> {
        filter.clauses.push(Clause {
            is_negated: false,
            test: Test::Created(vec![TimeRange {
                from: from.timestamp_micros(),
                to: i64::MAX,
            }]),
        });
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: LOOKED_AT,
        };
        let found = self.list_activities(scope, &filter, page).await?;
        trial.has_more = found.next.is_some();
        let recorded = self.recorded(scope, &found).await?.into_iter();
        let facts: Vec<(ActivityId, Facts)> = recorded
            .map(|(id, activity)| (id, Facts::new(id, activity)))
            .collect();
        trial.looked_at = facts.len() as u64;
        Ok(facts)
    }

    /// The entries of a page as they were recorded, in its order, without those whose content was erased.
    async fn recorded(
        &self,
        scope: &Scope,
        page: &ActivityPage,
    ) -> Result<Vec<(ActivityId, Activity)>, Error> {
        let mut statement = sql(
            self.backend(),
            "SELECT a.id, p.body FROM activity a JOIN payload p ON p.seq = a.seq WHERE a.store_id = ? AND a.id IN ",
            values![scope.store_id().0],
        );
        statement.list(page.rows.iter().map(|r| r.id.0.as_bytes().to_vec()));
        let found: Vec<Body> = statement.all(self.readers()).await?;
        let mut bodies = HashMap::with_capacity(found.len());
        for kept in found {
            bodies.insert(ActivityId(uuid_of(&kept.id)?), kept.body);
        }
        let mut all = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            if let Some(body) = bodies.get(&row.id) {
                all.push((row.id, activity_of(body)?));
            }
        }
        Ok(all)
    }
}

/// Without an entry it is a time of a schedule.
fn trial_row(
    scope: &Scope,
    at: DateTime<Utc>,
    entry: Option<(ActivityId, &Activity)>,
    evaluation: Evaluation,
) -> TrialRow {
    let activity = entry.map(|(_, activity)| activity);
    let things = activity
        .into_iter()
        .flat_map(|activity| activity.subject.iter().chain(&activity.related));
    let about: Vec<Reference> = things
        .filter(|thing| matches!(thing.kind.as_str(), "order" | "customer"))
        .cloned()
        .collect();
    let action = activity.map_or("schedule", |activity| activity.action.name.as_str());
    TrialRow {
        at,
        offset_minutes: zone::offset_minutes(zone::of(scope.store()), at),
        entry: entry.map(|(id, _)| id),
        action: action.to_owned(),
        subject: activity.and_then(|activity| activity.subject.clone()),
        about,
        evaluation,
    }
}

/// Counts a row and keeps it as an example; `is_ascending`: later ones are newer.
fn note(trial: &mut RuleTrial, row: TrialRow, is_ascending: bool) {
    let (rows, most) = if row.evaluation.is_fired() {
        trial.fired += 1;
        (&mut trial.examples, EXAMPLES)
    } else {
        (&mut trial.misses, MISSES)
    };
    if is_ascending {
        rows.insert(0, row);
        rows.truncate(most);
    } else if rows.len() < most {
        rows.push(row);
    }
}
