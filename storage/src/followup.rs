//! Templates and rules, and what rules do with what comes and happens: each evaluation is recorded.
//!
//! An inbound message is evaluated by whoever took it in ([`due`] finds what was left over); events are read from the
//! ledger ([`event`]), times from a clock in the database ([`schedule`]). What follows is queued ([`action`], [`webhook`]).

mod action;
mod answer;
mod attempts;
mod due;
mod edit;
mod event;
mod list;
mod order;
mod perform;
mod record;
mod reported;
mod sample;
mod schedule;
mod settle;
mod tag;
mod trial;
mod version;
mod webhook;
mod why;

pub use action::{About, RuleJob, RuleTask, Undone};
pub use sample::{SamplePast, SampleVersion};
pub use settle::DeadActions;
pub use tag::TagItem;
pub(crate) use webhook::queued_call;
pub use webhook::{WebhookJob, WebhookResult};

use crate::account::own_activity;
use crate::log::zone;
use crate::record::message::{damaged, message_of};
use crate::record::{Effect, NewMessage, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{Duration, Timelike as _};
use domain::followup::{
    Cause, Evaluation, FollowupAction, FollowupRule, Occasion, Template, Trigger,
};
use domain::message::{Message, MessageFilter};
use domain::{
    Activity, ActivityId, Actor, ActorType, Category, Code, MessageId, OrderUpsert, Reference,
    RuleId, RuleReference, Said,
};
use order::OrderColumns;

/// How often a message is evaluated anew where its order was overtaken meanwhile.
const TRIES: u32 = 3;

/// Everything that rules want done, gathered to be recorded at once.
#[derive(Default)]
struct Doing {
    messages: Vec<NewMessage>,
    records: Vec<Record>,
    effects: Vec<Effect>,
    order: Option<OrderUpsert>,
}

impl Storage {
    /// Those of the rules that were there when a message was recorded: it may be looked at a while later.
    async fn there_before(
        &self,
        scope: &Scope,
        id: MessageId,
        rules: Vec<FollowupRule>,
    ) -> Result<Vec<FollowupRule>, Error> {
        if rules.is_empty() {
            return Ok(rules);
        }
        let text = "SELECT MIN(seq) FROM ledger WHERE record_id = ? AND store_id = ?";
        let values = values![id.0.as_bytes().to_vec(), scope.store_id().0];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let seq: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        let Some(seq) = seq else { return Ok(rules) };
        let held = self.held_versions(scope, seq - 1).await?;
        let was_there = |rule: &FollowupRule| {
            let mut mine = held.iter().filter(|held| held.rule_id == rule.id);
            mine.any(|held| held.from_seq < seq && held.rule.is_some())
        };
        Ok(rules.into_iter().filter(was_there).collect())
    }

    /// Evaluates the store's rules on an inbound message, once, and does what the matching ones say: answers,
    /// assigns, tags, queues webhooks. Every evaluation is recorded as `rule.evaluated`, in the transaction of
    /// what follows from it. Empty for a message that was evaluated before, or that no rule follows up: what was
    /// not inbound, or had happened long before it was told.
    ///
    /// # Errors
    /// When the database fails, and a conflict where the message's order changes again and again: it stays due then.
    pub async fn evaluate_followups(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<Vec<Evaluation>, Error> {
        scope.require(domain::Permission::Record)?;
        for _ in 0..TRIES {
            if let Some(evaluations) = self.evaluate_inbound(scope, id).await? {
                return Ok(evaluations);
            }
        }
        let message = "what the message is about changes again and again";
        Err(domain::Problem::new(Code::Conflict, message).into())
    }

    /// One try of it; none when it was overtaken and has to be looked at anew.
    async fn evaluate_inbound(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<Option<Vec<Evaluation>>, Error> {
        let rules = self.rules_of(scope).await?;
        let message = self.inbound_of(scope, id).await?;
        let Some(message) = message else {
            return Ok(Some(Vec::new()));
        };
        let rules: Vec<FollowupRule> = rules
            .into_iter()
            .filter(|rule| rule.is_enabled && rule.trigger == Trigger::Message)
            .collect();
        let rules = self.there_before(scope, id, rules).await?;
        if rules.is_empty() {
            self.recorder().apply(vec![due::taken_out(id)]).await?;
            return Ok(Some(Vec::new()));
        }
        let order = match &message.order {
            Some(number) => self.order_columns(scope, number).await?,
            None => None,
        };
        // When it came, not when it is looked at: that may be after a restart.
        let local = message.occurred_at.with_timezone(&zone::of(scope.store()));
        let mut recent_replies = self.recent_replies(scope, &message).await?;
        let customer = message.customer.as_deref();
        let concerned = self.concerned(scope, order.as_ref(), customer).await?;
        let about = thing_of(&message);
        let mut doing = Doing::default();
        let mut evaluations = Vec::new();
        for rule in &rules {
            let entry = ActivityId(self.ambient().uuid());
            let recent_firings = match &about {
                Some(thing) => {
                    let thing = event::thing_hash(scope, thing);
                    self.recent_firings(scope, rule.id, thing).await?
                }
                None => 0,
            };
            let evaluation = rule.evaluate(&Occasion {
                cause: Cause::Message {
                    message: &message,
                    recent_replies,
                    recent_firings,
                },
                concerned: concerned.clone(),
                minute_of_day: u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0),
                read: &|query| self.read_query(scope, query),
            });
            if evaluation.is_fired() {
                let before = doing.messages.len();
                let order = order.as_ref();
                self.act_on(
                    scope,
                    id,
                    entry,
                    &message,
                    order,
                    rule,
                    &evaluation,
                    &mut doing,
                )
                .await?;
                recent_replies += (doing.messages.len() - before) as u64;
            }
            let evaluated = self.evaluated(id, &message, rule, &evaluation);
            let mut things = event::things_of(&evaluated);
            things.extend(about.clone().filter(|thing| thing.kind == "sender"));
            let run = event::Run {
                rule,
                evaluation: &evaluation,
                event_seq: 0,
                things,
                trace: evaluated.origin.trace_id.clone(),
                depth: 1,
                at: self.ambient().clock.now(),
            };
            doing.effects.extend(event::traced(scope, &run, entry));
            doing
                .records
                .push(Record::ActivityAs(entry, Box::new(evaluated)));
            evaluations.push(evaluation);
        }
        let assigned = doing.order.take();
        if let (Some(order), Some(number), Some(read)) = (assigned, &message.order, &order) {
            doing.effects.push(read.unless_overtaken(scope, number));
            let number = number.clone();
            doing.records.push(Record::Order { number, order });
        }
        doing.effects.insert(0, due::once(id));
        match self.record_followups(scope, doing).await {
            Ok(()) => Ok(Some(evaluations)),
            // Another process evaluated it at the same moment, or its order is not what was read any more.
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The message, if it came from outside and was not evaluated yet.
    async fn inbound_of(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>, Error> {
        let text = "SELECT 1 FROM followup_due WHERE message_id = ?";
        let due = sql(self.backend(), text, values![id.0.as_bytes().to_vec()]);
        match due.row(self.readers()).await? {
            Some(_) => self.came_in(scope, id).await,
            None => Ok(None),
        }
    }

    /// A message that came from outside, unless its content was erased.
    async fn came_in(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>, Error> {
        let text = "SELECT p.body FROM message m JOIN payload p ON p.seq = m.seq WHERE m.id = ? AND m.store_id = ? \
                    AND m.is_inbound = ?";
        let values = values![id.0.as_bytes().to_vec(), scope.store_id().0, true];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let Some(row) = row else { return Ok(None) };
        message_of(&row.try_get_by_index::<String>(0)?).map(Some)
    }

    /// How many automatic answers the thread, or else the sender, got in the last hour.
    async fn recent_replies(&self, scope: &Scope, message: &Message) -> Result<u64, Error> {
        use domain::message::{MessageClause, MessageTest};
        let now = self.ambient().clock.now();
        let clause = |test| MessageClause {
            is_negated: false,
            test,
        };
        let about = match (&message.order, &message.from) {
            (Some(order), _) => ("order", order.clone()),
            (None, Some(from)) => (
                "to",
                domain::message::phone_digits(&from.address)
                    .unwrap_or_else(|| from.address.clone()),
            ),
            (None, None) => return Ok(0),
        };
        let filter = MessageFilter {
            clauses: vec![
                clause(MessageTest::Direction(1)),
                clause(MessageTest::Term(
                    about.0,
                    vec![domain::Pattern::exact(&about.1)],
                )),
                clause(MessageTest::Created(vec![domain::TimeRange {
                    from: (now - Duration::hours(1)).timestamp_micros(),
                    to: i64::MAX,
                }])),
            ],
        };
        let found = self.newest_messages(scope, &filter, 100).await?;
        let by_rule = found
            .rows
            .iter()
            .filter(|row| row.caused_by.kind == ActorType::Rule);
        Ok(by_rule.count() as u64)
    }

    /// Gathers what a matching rule does. What can't be done at once is queued as an action that was tried once: it is
    /// tried again by the plan, or waits for a person.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one evaluation; a struct would only be taken apart here"
    )]
    async fn act_on(
        &self,
        scope: &Scope,
        id: MessageId,
        entry: ActivityId,
        message: &Message,
        order: Option<&OrderColumns>,
        rule: &FollowupRule,
        evaluation: &Evaluation,
        doing: &mut Doing,
    ) -> Result<(), Error> {
        let by = (rule.id, rule.name.as_str());
        for (place, action) in rule.actions.iter().enumerate() {
            let task = task_of(id, message, rule, (place, action));
            let done = match action {
                FollowupAction::SendTemplate { .. } if evaluation.guard.is_some() => Ok(()),
                FollowupAction::SendTemplate { template } => {
                    match self.answer(scope, message, order, by, template).await? {
                        Ok(mut new) => {
                            new.message.trace_id = Some(trace_of(id, message));
                            doing.messages.push(new);
                            Ok(())
                        }
                        Err(why) => Err(Undone::never(why)),
                    }
                }
                FollowupAction::Assign { to } => match (order, &message.order) {
                    (Some(known), _) => {
                        let mut order = doing.order.take().unwrap_or_else(|| known.upsert());
                        order.assigned_to = Some(to.clone());
                        doing.order = Some(order);
                        Ok(())
                    }
                    (None, Some(number)) => Err(perform::not_known(number)),
                    (None, None) => Err(Undone::never(Said::NoOrder)),
                },
                FollowupAction::TagOrder { tag } => match &message.order {
                    Some(number) => {
                        let mut tagged = self.by_rule(rule, "tag.applied", Category::Tags);
                        tagged.subject = Some(reference("order", number));
                        tagged.origin.trace_id = Some(trace_of(id, message));
                        tagged.details = Some(serde_json::json!({ "tag": tag }));
                        doing.records.push(Record::Activity(tagged));
                        Ok(())
                    }
                    None => Err(Undone::never(Said::NoOrder)),
                },
                FollowupAction::CallWebhook { url } => {
                    let call = (entry, place);
                    let webhook = self.webhook(scope, (id, message), rule, call, url);
                    doing.effects.push(webhook);
                    Ok(())
                }
                FollowupAction::Tag { .. }
                | FollowupAction::HoldMessages
                | FollowupAction::Alarm { .. }
                | FollowupAction::OpenOperation { .. } => {
                    doing.effects.push(self.queue_action(scope, &task, entry)?);
                    Ok(())
                }
            };
            if let Err(undone) = done {
                let (queued, failed) = self.queue_undone(scope, task, entry, &undone)?;
                doing.effects.push(queued);
                doing.records.push(failed);
            }
        }
        Ok(())
    }

    fn by_rule(&self, rule: &FollowupRule, action: &str, category: Category) -> Activity {
        let mut activity = own_activity(self.ambient(), action, category, None, Vec::new());
        activity.actor = actor_of(rule);
        activity.rule = Some(rule_reference(rule));
        activity
    }

    fn evaluated(
        &self,
        id: MessageId,
        message: &Message,
        rule: &FollowupRule,
        evaluation: &Evaluation,
    ) -> Activity {
        let mut activity = self.by_rule(rule, "rule.evaluated", Category::System);
        activity.subject = Some(reference("message", &id.to_string()));
        activity.description = Some(evaluation.in_short());
        activity.origin.trace_id = Some(trace_of(id, message));
        activity.related = message
            .order
            .iter()
            .map(|number| reference("order", number))
            .collect();
        activity.details = serde_json::to_value(evaluation).ok();
        activity
    }

    async fn record_followups(&self, scope: &Scope, doing: Doing) -> Result<(), Error> {
        let noted: Vec<Record> = doing
            .messages
            .iter()
            .map(|new| crate::message::noted_created(self.ambient(), new))
            .collect();
        let messages = doing
            .messages
            .into_iter()
            .map(|new| Record::Message(Box::new(new)));
        let records = messages.chain(noted).chain(doing.records).collect();
        self.write_records(scope, records, doing.effects).await?;
        self.inner.outbox.notify_one();
        Ok(())
    }

    pub(crate) fn backend(&self) -> sea_orm::DbBackend {
        self.readers().get_database_backend()
    }

    async fn rules_of(&self, scope: &Scope) -> Result<Vec<FollowupRule>, Error> {
        let text = "SELECT definition FROM followup_rule WHERE store_id = ? ORDER BY name, id";
        self.definitions(scope, text).await
    }

    async fn templates_of(&self, scope: &Scope) -> Result<Vec<Template>, Error> {
        let text = "SELECT definition FROM template WHERE store_id = ? ORDER BY name";
        self.definitions(scope, text).await
    }

    async fn definitions<T: serde::de::DeserializeOwned>(
        &self,
        scope: &Scope,
        text: &str,
    ) -> Result<Vec<T>, Error> {
        let rows = sql(self.backend(), text, values![scope.store_id().0])
            .rows(self.readers())
            .await?;
        rows.iter()
            .map(|row| serde_json::from_str(&row.try_get_by_index::<String>(0)?).map_err(damaged))
            .collect()
    }
}

fn reference(kind: &str, id: &str) -> Reference {
    Reference {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: None,
    }
}

/// What a message's firings are counted for: its order, else its sender.
fn thing_of(message: &Message) -> Option<Reference> {
    let order = message.order.as_deref();
    let sender = message.from.as_ref();
    order
        .map(|number| reference("order", number))
        .or_else(|| sender.map(|from| reference("sender", &from.address)))
}

/// The trace of what follows from a message: the message's own, else one by its id, so that a chain of rules can be followed
/// and ended.
fn trace_of(id: MessageId, message: &Message) -> String {
    let own = message.trace_id.clone();
    own.unwrap_or_else(|| format!("message-{id}"))
}

/// An action of a rule that a message set off.
fn task_of(
    id: MessageId,
    message: &Message,
    rule: &FollowupRule,
    action: (usize, &FollowupAction),
) -> RuleTask {
    let order = message.order.as_deref();
    let about = About {
        happened: "message.received".to_owned(),
        subject: order.map(|number| reference("order", number)),
        order: message.order.clone(),
        message: Some(id),
        trace: Some(trace_of(id, message)),
        ..About::default()
    };
    RuleTask::of(rule, action, about)
}

fn rule_reference(rule: &FollowupRule) -> RuleReference {
    reference_of_rule(rule.id, &rule.name)
}

fn reference_of_rule(id: RuleId, name: &str) -> RuleReference {
    RuleReference {
        id: Some(id.to_string()),
        name: name.to_owned(),
    }
}

fn actor_of(rule: &FollowupRule) -> Actor {
    actor_of_rule(rule.id, &rule.name)
}

fn actor_of_rule(id: RuleId, name: &str) -> Actor {
    Actor {
        kind: ActorType::Rule,
        id: Some(id.to_string()),
        name: Some(name.to_owned()),
        email: None,
        role: None,
    }
}

/// What is refused of a rule or template, as a problem of one field.
fn refused(field: &str, message: &str) -> Error {
    domain::Problem::field(&format!("/{field}"), "format", message).into()
}

/// A name that is taken.
fn taken(what: &str) -> Error {
    domain::Problem::new(
        Code::Conflict,
        format!("there is another {what} of this name; give it another name"),
    )
    .into()
}
