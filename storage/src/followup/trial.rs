//! What a rule would have done with what is in the log: the same code, on the past.

use super::event::is_history;
use crate::log::{activity_of, uuid_of, zone};
use crate::sql::{sql, values};
use crate::{Error, Page, Scope, Storage};
use chrono::{DateTime, Duration, Timelike as _, Utc};
use domain::followup::{Cause, Evaluation, FollowupRule, Occasion, Trigger};
use domain::view::{ActivityPage, RuleTrial, TrialRow};
use domain::{
    Activity, ActivityId, Clause, Cursor, Direction, Facts, Filter, Pattern, Permission, Reference,
    Test, TimeRange,
};
use sea_orm::FromQueryResult;
use std::collections::HashMap;
use std::time::Instant;

/// How many entries are looked at, in parts.
const LOOKED_AT: u64 = 20_000;
/// How many entries a part has.
const PART: u32 = 1_000;
/// After so long no other part is begun.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// How many examples are shown.
const EXAMPLES: usize = 20;
/// How many misses are shown.
const MISSES: usize = 5;
const MOST_DAYS: u32 = 31;

#[derive(FromQueryResult)]
struct Body {
    id: Vec<u8>,
    recorded_at: i64,
    body: String,
}

/// An entry as it was recorded.
pub(super) struct Past {
    pub(super) activity: Activity,
    id: ActivityId,
    recorded_at: DateTime<Utc>,
}

/// What is tried: what is known of it, and whether it came too late to set anything off.
struct Tried {
    facts: Facts,
    is_history: bool,
}

/// A walk through what a filter finds, from the newest on.
struct Walk {
    filter: Filter,
    after: Option<Cursor>,
    /// Back to when it came.
    reached: Option<DateTime<Utc>>,
    is_over: bool,
    begun: Instant,
}

impl Walk {
    fn new(mut filter: Filter, from: DateTime<Utc>) -> Self {
        filter.clauses.push(Clause {
            is_negated: false,
            test: Test::Created(vec![TimeRange {
                from: from.timestamp_micros(),
                to: i64::MAX,
            }]),
        });
        Self {
            filter,
            after: None,
            reached: None,
            is_over: false,
            begun: Instant::now(),
        }
    }
}

impl Storage {
    /// What a rule, saved or not, would have done in the last `days` (1 to 31) with what is in the log, the newest first:
    /// at most 20,000 entries, and no more than ten seconds take. Orders and customers count as they are now, unless the
    /// entry tells how they were, and nothing is held back for being often. What was told too late to set anything off is
    /// no firing here either.
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
            since: from,
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
                while at <= now {
                    let evaluation = self.judge_time(scope, &rule, since, at).await?;
                    let row = trial_row(scope, at, None, evaluation);
                    trial.looked_at += 1;
                    note(&mut trial, row, true);
                    since = at;
                    at = schedule.next_after(at, &zone);
                }
            }
            Trigger::Event { query } => {
                let filter = self
                    .filter(scope, query)
                    .map_err(|errors| domain::query::query_problem(query, &errors))?;
                let mut walk = Walk::new(filter.clone(), from);
                while let Some(part) = self.next_part(scope, &mut walk, &mut trial).await? {
                    for Tried { facts, is_history } in part {
                        let evaluation = self.judge(scope, &rule, &facts, false, 0, 0).await?;
                        let at = facts.activity.occurred_at;
                        let mut row = trial_row(scope, at, Some(&facts), evaluation);
                        row.is_history = is_history;
                        note(&mut trial, row, false);
                    }
                }
                if trial.looked_at == 0 && !trial.has_more {
                    trial.is_unknown = self.finds_nothing(scope, &filter).await?;
                }
            }
            Trigger::Message => {
                let filter = Filter {
                    clauses: vec![Clause {
                        is_negated: false,
                        test: Test::Action(vec![Pattern::exact("message.received")]),
                    }],
                };
                let mut walk = Walk::new(filter, from);
                while let Some(part) = self.next_part(scope, &mut walk, &mut trial).await? {
                    for Tried { facts, is_history } in part {
                        if let Some(mut row) = self.try_on_message(scope, &rule, &facts).await? {
                            row.is_history = is_history;
                            note(&mut trial, row, false);
                        }
                    }
                }
            }
        }
        trial.offset_minutes = zone::offset_minutes(zone::of(scope.store()), trial.since);
        Ok(trial)
    }

    /// Whether the log holds nothing that a filter finds, whenever it came; false when that could not be said.
    async fn finds_nothing(&self, scope: &Scope, filter: &Filter) -> Result<bool, Error> {
        let found = self.newest_activities(scope, filter, 1).await?;
        Ok(found.rows.is_empty() && found.next.is_none())
    }

    async fn try_on_message(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
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
        let (number, customer) = (message.order.as_deref(), message.customer.as_deref());
        let concerned = self.concerned_by(scope, rule, number, customer).await?;
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
        let at = message.occurred_at;
        Ok(Some(trial_row(scope, at, Some(facts), evaluation)))
    }

    /// The next part of what a filter finds, the newest first, with what is known of it; none at the end, or once that is
    /// enough. Notes how far it came.
    async fn next_part(
        &self,
        scope: &Scope,
        walk: &mut Walk,
        trial: &mut RuleTrial,
    ) -> Result<Option<Vec<Tried>>, Error> {
        if walk.is_over {
            return Ok(None);
        }
        let page = Page {
            after: walk.after,
            direction: Direction::Newest,
            limit: PART,
        };
        let found = self.list_activities(scope, &walk.filter, page).await?;
        let recorded = self.recorded(scope, &found).await?.into_iter();
        // The rules of a sample look at its whole story, which is told at once.
        let may_be_late = !scope.store().is_sample;
        let tried: Vec<Tried> = recorded
            .map(|past| Tried {
                is_history: may_be_late && is_history(past.activity.occurred_at, past.recorded_at),
                facts: Facts::new(past.id, past.activity),
            })
            .collect();
        trial.looked_at += tried.len() as u64;
        let reached = found.searched_to;
        let reached = reached.or_else(|| found.rows.last().map(|row| row.occurred_at));
        walk.reached = reached.or(walk.reached);
        walk.after = found.next.and_then(|next| Cursor::parse(&next).ok());
        trial.has_more = walk.after.is_some();
        let is_enough = trial.looked_at >= LOOKED_AT || walk.begun.elapsed() >= PATIENCE;
        walk.is_over = is_enough || !trial.has_more;
        if walk.is_over && trial.has_more {
            trial.since = walk.reached.unwrap_or(trial.since);
        }
        Ok(Some(tried))
    }

    /// The entries of a page as they were recorded, in its order, without those whose content was erased.
    pub(super) async fn recorded(
        &self,
        scope: &Scope,
        page: &ActivityPage,
    ) -> Result<Vec<Past>, Error> {
        let mut statement = sql(
            self.backend(),
            "SELECT a.id, l.recorded_at, p.body FROM activity a JOIN payload p ON p.seq = a.seq \
             JOIN ledger l ON l.seq = a.seq WHERE a.store_id = ? AND a.id IN ",
            values![scope.store_id().0],
        );
        statement.list(page.rows.iter().map(|r| r.id.0.as_bytes().to_vec()));
        let found: Vec<Body> = statement.all(self.readers()).await?;
        let mut bodies = HashMap::with_capacity(found.len());
        for kept in found {
            bodies.insert(ActivityId(uuid_of(&kept.id)?), kept);
        }
        let mut all = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            if let Some(kept) = bodies.get(&row.id) {
                all.push(Past {
                    activity: activity_of(&kept.body)?,
                    id: row.id,
                    recorded_at: zone::time_of(kept.recorded_at),
                });
            }
        }
        Ok(all)
    }
}

/// Without an entry it is a time of a schedule.
fn trial_row(
    scope: &Scope,
    at: DateTime<Utc>,
    entry: Option<&Facts>,
    evaluation: Evaluation,
) -> TrialRow {
    let activity = entry.map(|facts| &facts.activity);
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
        entry: entry.map(|facts| facts.id),
        action: action.to_owned(),
        subject: activity.and_then(|activity| activity.subject.clone()),
        about,
        evaluation,
        is_history: false,
    }
}

/// Counts a row and keeps it as an example; `is_ascending`: later ones are newer.
fn note(trial: &mut RuleTrial, row: TrialRow, is_ascending: bool) {
    let (rows, most) = if row.evaluation.is_fired() && !row.is_history {
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
