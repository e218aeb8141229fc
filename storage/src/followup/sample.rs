//! The rules of the sample store: what each would have made of the story, by the same evaluation and in the same records
//! as at work. Nothing of it is queued, so nothing is ever done.

use super::action::{About, RuleJob, RuleTask, task_id};
use super::answer::made_of;
use super::event::{Run, things_of, traced};
use super::{list, reference, version};
use crate::account::own_activity;
use crate::log::zone;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sample::require_sample;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use domain::followup::{
    Cause, Concerned, Evaluation, FollowupAction, FollowupRule, Occasion, Template, Trigger,
};
use domain::message::{Answer, Attempt, Channel, DeliveryFact, FactKind, Message};
use domain::{
    Activity, ActivityId, Actor, AttemptId, Category, Change, Facts, MessageId, Origin, Permission,
};
use serde_json::{Value, json};

/// How many records go in one transaction.
const PART: usize = 500;
/// How long after something happened a rule looked at it.
const LOOKED_AFTER: TimeDelta = TimeDelta::milliseconds(350);

/// A rule as it was saved once in the past of a sample store.
#[derive(Debug, Clone)]
pub struct SampleVersion {
    /// When.
    pub at: DateTime<Utc>,
    /// Who saved it.
    pub by: Actor,
    /// From where.
    pub origin: Origin,
    /// The rule, with the number of its version.
    pub rule: FollowupRule,
}

/// What the rules of a sample store looked at.
#[derive(Debug, Clone, Default)]
pub struct SamplePast {
    /// What happened.
    pub events: Vec<(ActivityId, Activity)>,
    /// The messages that came in.
    pub messages: Vec<(MessageId, Message)>,
}

/// What is told, gathered to be written a part at a time.
#[derive(Default)]
struct Told {
    records: Vec<Record>,
    effects: Vec<Effect>,
    parts: u32,
}

impl Storage {
    /// Tells the rules of a sample store with a template and with what they made of its past. The versions stand in the
    /// order of their rules and times. The same `key` tells it once.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], `conflict` when the store is not a sample, or a fault.
    pub async fn tell_sample_rules(
        &self,
        scope: &Scope,
        template: &Template,
        versions: &[SampleVersion],
        past: &SamplePast,
        key: &str,
    ) -> Result<(), Error> {
        scope.require(Permission::ManageRules)?;
        require_sample(
            scope,
            "only rules of the sample store have a past that is told",
        )?;
        let mut told = Told::default();
        if let Some(first) = versions.first() {
            self.tell_template(scope, template, first, &mut told)?;
        }
        for (place, saved) in versions.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|at| versions.get(at));
            let before = before.filter(|before| before.rule.id == saved.rule.id);
            self.tell_version(scope, saved, before, &mut told)?;
        }
        self.write_told(scope, &mut told, key).await?;
        for (place, saved) in versions.iter().enumerate() {
            let next = versions.get(place + 1);
            let until = next.filter(|next| next.rule.id == saved.rule.id);
            let until = until.map_or(DateTime::<Utc>::MAX_UTC, |next| next.at);
            if !saved.rule.is_enabled {
                continue;
            }
            let held = |at: DateTime<Utc>| saved.at <= at && at < until;
            match &saved.rule.trigger {
                Trigger::Event { query } => {
                    // A trigger that can't be read finds nothing, as at work.
                    let Ok(filter) = self.filter(scope, query) else {
                        continue;
                    };
                    for (id, activity) in &past.events {
                        if !held(activity.occurred_at) {
                            continue;
                        }
                        let facts = Facts::new(*id, activity.clone());
                        if filter.matches(&facts, false) {
                            self.tell_event(scope, &saved.rule, &facts, &mut told)
                                .await?;
                        }
                        if told.records.len() >= PART {
                            self.write_told(scope, &mut told, key).await?;
                        }
                    }
                }
                Trigger::Message => {
                    for (id, message) in &past.messages {
                        if !held(message.occurred_at) {
                            continue;
                        }
                        self.tell_heard(scope, &saved.rule, template, (*id, message), &mut told);
                        if told.records.len() >= PART {
                            self.write_told(scope, &mut told, key).await?;
                        }
                    }
                }
                Trigger::Schedule { .. } => {}
            }
        }
        self.write_told(scope, &mut told, key).await
    }

    /// Writes what was gathered, as the next part.
    async fn write_told(&self, scope: &Scope, told: &mut Told, key: &str) -> Result<(), Error> {
        let records = std::mem::take(&mut told.records);
        let effects = std::mem::take(&mut told.effects);
        if records.is_empty() {
            return Ok(());
        }
        let key = format!("{key}-{}", told.parts);
        told.parts += 1;
        self.tell_past(scope, records, effects, key).await
    }

    /// A template, saved by whoever saved the first rule.
    fn tell_template(
        &self,
        scope: &Scope,
        template: &Template,
        first: &SampleVersion,
        told: &mut Told,
    ) -> Result<(), Error> {
        let value = serde_json::to_value(template).map_err(damaged)?;
        told.effects.push(Effect::statement(
            "INSERT INTO template (store_id, id, name, definition) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values![
                scope.store_id().0,
                template.id.0.as_bytes().to_vec(),
                template.name.clone(),
                value.to_string(),
            ],
        ));
        let thing = ("template", template.id.to_string(), template.name.clone());
        self.tell_saving(thing, first, (Value::Null, value), told);
        Ok(())
    }

    /// A version of a rule, with what the rule was before.
    fn tell_version(
        &self,
        scope: &Scope,
        saved: &SampleVersion,
        before: Option<&SampleVersion>,
        told: &mut Told,
    ) -> Result<(), Error> {
        let rule = &saved.rule;
        let value = serde_json::to_value(rule).map_err(damaged)?;
        let before = before.map(|before| serde_json::to_value(&before.rule).map_err(damaged));
        let before = before.transpose()?.unwrap_or_default();
        let definition = value.to_string();
        let by = saved.by.name.clone().unwrap_or_default();
        let kept = Some(definition.clone());
        told.effects.push(version::kept_by(
            scope,
            by,
            rule.id,
            rule.version,
            kept,
            saved.at,
        ));
        told.effects.push(Effect::statement(
            "INSERT INTO followup_rule (store_id, id, name, definition) VALUES (?, ?, ?, ?) \
             ON CONFLICT (store_id, id) DO UPDATE SET name = excluded.name, definition = excluded.definition",
            values![
                scope.store_id().0,
                rule.id.0.as_bytes().to_vec(),
                rule.name.clone(),
                definition,
            ],
        ));
        let thing = ("rule", rule.id.to_string(), rule.name.clone());
        self.tell_saving(thing, saved, (before, value), told);
        Ok(())
    }

    /// That somebody saved a template or a rule.
    fn tell_saving(
        &self,
        (kind, id, name): (&str, String, String),
        saved: &SampleVersion,
        (before, after): (Value, Value),
        told: &mut Told,
    ) {
        let verb = if before.is_null() {
            "created"
        } else {
            "updated"
        };
        let mut subject = reference(kind, &id);
        subject.name = Some(name);
        let change = Change {
            field: "definition".to_owned(),
            before,
            after,
        };
        let mut activity = own_activity(
            self.ambient(),
            &format!("{kind}.{verb}"),
            Category::Settings,
            Some(subject),
            vec![change],
        );
        activity.actor = saved.by.clone();
        activity.origin = saved.origin.clone();
        activity.occurred_at = saved.at;
        told.records.push(Record::Activity(activity));
    }

    /// What a rule made of something that happened.
    async fn tell_event(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        facts: &Facts,
        told: &mut Told,
    ) -> Result<(), Error> {
        let activity = &facts.activity;
        let text = "SELECT seq FROM ledger WHERE record_id = ? AND store_id = ?";
        let values = values![facts.id.0.as_bytes().to_vec(), scope.store_id().0];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let seq: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        let evaluation = self.judge(scope, rule, facts, false, 0, 0).await?;
        let run = Run {
            rule,
            evaluation: &evaluation,
            event_seq: seq.unwrap_or(0),
            things: things_of(activity),
            trace: activity
                .origin
                .trace_id
                .clone()
                .or_else(|| Some(format!("rule-{}", facts.id))),
            depth: 1,
            at: self.looked_at(activity.occurred_at),
        };
        let about = About {
            event: Some(facts.id),
            happened: activity.action.name.clone(),
            subject: run.things.first().cloned(),
            order: activity.orders().next().map(str::to_owned),
            message: None,
            trace: run.trace.clone(),
        };
        let entry = ActivityId(self.ambient().uuid());
        let evaluated = self.trail(&run, &about);
        tell_run(scope, &run, entry, evaluated, told);
        if evaluation.is_fired() {
            self.tell_actions(scope, &run, &about, entry, told)?;
        }
        Ok(())
    }

    /// That what a rule does was done.
    fn tell_actions(
        &self,
        scope: &Scope,
        run: &Run<'_>,
        about: &About,
        entry: ActivityId,
        told: &mut Told,
    ) -> Result<(), Error> {
        for (place, action) in run.rule.actions.iter().enumerate() {
            let job = RuleJob {
                id: task_id(entry, place),
                store: scope.store().clone(),
                entry: Some(entry),
                task: RuleTask::of(run.rule, (place, action), about.clone()),
                tries: 1,
            };
            let at = run.at.timestamp_micros();
            told.effects.push(Effect::statement(
                "INSERT INTO rule_action (id, store_id, rule_id, entry, definition, state, created_at, due_at, tries) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING",
                values![
                    job.id.as_bytes().to_vec(),
                    scope.store_id().0,
                    run.rule.id.0.as_bytes().to_vec(),
                    entry.0.as_bytes().to_vec(),
                    serde_json::to_string(&job.task).map_err(damaged)?,
                    list::DONE,
                    at,
                    at,
                ],
            ));
            if let (FollowupAction::TagOrder { tag }, Some(order)) = (action, &about.order) {
                let mut tagged = self.by_rule(run.rule, "tag.applied", Category::Tags);
                tagged.subject = Some(reference("order", order));
                tagged.details = Some(json!({ "tag": tag }));
                tagged.origin.trace_id.clone_from(&run.trace);
                tagged.occurred_at = run.at;
                told.records.push(Record::Activity(tagged));
            }
            let mut acted = self.about_action(&job, "rule.acted");
            acted.occurred_at = run.at;
            told.records.push(Record::Activity(acted));
        }
        Ok(())
    }

    /// What a rule made of a message that came in, and its answer.
    fn tell_heard(
        &self,
        scope: &Scope,
        rule: &FollowupRule,
        template: &Template,
        (id, message): (MessageId, &Message),
        told: &mut Told,
    ) {
        let local = message.occurred_at.with_timezone(&zone::of(scope.store()));
        let evaluation = rule.evaluate(&Occasion {
            cause: Cause::Message {
                message,
                recent_replies: 0,
                recent_firings: 0,
            },
            concerned: Concerned::default(),
            minute_of_day: u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0),
            read: &|query| self.read_query(scope, query),
        });
        let evaluated = self.evaluated(id, message, rule, &evaluation);
        let run = Run {
            rule,
            evaluation: &evaluation,
            event_seq: 0,
            things: things_of(&evaluated),
            trace: evaluated.origin.trace_id.clone(),
            depth: 1,
            at: self.looked_at(message.occurred_at),
        };
        let entry = ActivityId(self.ambient().uuid());
        tell_run(scope, &run, entry, evaluated, told);
        if answers(&evaluation, rule, template)
            && let Some(to) = message.from.clone()
        {
            let by = (rule.id, rule.name.as_str());
            let mut answer = made_of(scope, template, message, None, to, by, run.at);
            answer.from = message.to.first().cloned();
            answer.trace_id.clone_from(&message.trace_id);
            let facts = self.sent(answer.channel, run.at);
            let id = MessageId(self.ambient().uuid());
            told.records.push(Record::message_told(id, answer, facts));
        }
    }

    /// What became of an answer: it was taken at once.
    fn sent(&self, channel: Channel, at: DateTime<Utc>) -> Vec<DeliveryFact> {
        let attempt = Attempt {
            number: 1,
            id: AttemptId(self.ambient().uuid()),
        };
        let (provider, status) = match channel {
            Channel::Email => ("smtp", None),
            _ => ("twilio", Some("sent".to_owned())),
        };
        let kinds = [
            FactKind::Queued {
                due_at: None,
                is_held: false,
            },
            FactKind::Begun {
                provider: provider.to_owned(),
                raw: None,
                only: Vec::new(),
            },
            FactKind::Answered(Answer::Accepted {
                provider_id: Some(attempt.id.0.simple().to_string()),
                status,
                words: None,
                missed: Vec::new(),
            }),
        ];
        let fact = |kind| DeliveryFact {
            at,
            attempt: Some(attempt),
            kind,
        };
        kinds.into_iter().map(fact).collect()
    }

    /// When a rule looked at something: never later than now.
    fn looked_at(&self, happened: DateTime<Utc>) -> DateTime<Utc> {
        (happened + LOOKED_AFTER).min(self.ambient().clock.now())
    }
}

/// Whether an evaluation led to an answer by this template.
fn answers(evaluation: &Evaluation, rule: &FollowupRule, template: &Template) -> bool {
    let by_it = |action: &FollowupAction| matches!(action, FollowupAction::SendTemplate { template: name } if *name == template.name);
    evaluation.is_fired() && evaluation.guard.is_none() && rule.actions.iter().any(by_it)
}

/// An evaluation at its time, with the rows by which it is found again.
fn tell_run(
    scope: &Scope,
    run: &Run<'_>,
    entry: ActivityId,
    mut evaluated: Activity,
    told: &mut Told,
) {
    evaluated.occurred_at = run.at;
    let record = Record::ActivityAs(entry, Box::new(evaluated));
    told.records.push(record);
    told.effects.extend(traced(scope, run, entry));
}
