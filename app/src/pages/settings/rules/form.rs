//! A rule as its form has it: one condition and one action of each kind at most.

use domain::followup::{
    CALLABLE, Condition, FollowupAction, FollowupRule, Often, Trigger, is_callable,
};
use domain::message::{Channel, is_address};
use domain::{FieldProblem, Problem, RuleId};
use serde::{Deserialize, Serialize};

/// The end of a day, in minutes since its beginning.
const MIDNIGHT: u16 = 1_440;

/// What the form holds; a field that is blank asks nothing and does nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    /// The rule's id; blank for a new one.
    pub id: String,
    /// The version with which the form was loaded; blank for a rule that was never saved.
    pub version: String,
    /// As people call it.
    pub name: String,
    /// Whether it is evaluated; a box that is not ticked is not sent.
    pub is_enabled: Option<String>,
    /// Whether it is only evaluated; a box that is not ticked is not sent.
    pub is_dry: Option<String>,
    /// Over how many days it is tried on the past; blank when it is to be saved.
    pub try_days: String,
    /// `event`, `schedule`; anything else is a message.
    pub when: String,
    /// The query of the activity log by which events set it off.
    pub query: String,
    /// `hour`, `week`, `month`; anything else is a day.
    pub every: String,
    /// `09:00`: of an hour only the minutes count.
    pub at: String,
    /// 0 for Monday to 6 for Sunday.
    pub weekday: String,
    /// 1 to 31.
    pub day: String,
    /// A query that must find the event, or anything since the time before.
    pub also: String,
    /// By email.
    pub email: Option<String>,
    /// By SMS.
    pub sms: Option<String>,
    /// By WhatsApp.
    pub whatsapp: Option<String>,
    /// Words or phrases, separated by commas of either script.
    pub words: String,
    /// States of the order, separated in the same way.
    pub statuses: String,
    /// Groups of the customer, separated in the same way.
    pub groups: String,
    /// What the order comes to at least.
    pub total_from: String,
    /// What it comes to less than.
    pub total_below: String,
    /// Of which currency both are.
    pub currency: String,
    /// `22:00`.
    pub from: String,
    /// `06:00`; `00:00` is the midnight at which the day ends.
    pub to: String,
    /// The name of the template that answers.
    pub template: String,
    /// The email of the colleague.
    pub assign: String,
    /// The tag.
    pub tag: String,
    /// The webhook's address.
    pub url: String,
    /// The tag in the shop.
    pub shop_tag: String,
    /// Whether messages about the order are stopped.
    pub hold: Option<String>,
    /// What those are told who get alarms.
    pub alarm: String,
    /// The name of the operation that is opened.
    pub operation: String,
}

impl RuleForm {
    /// The form of a rule; none when the rule holds more than the form, as the API allows.
    pub fn of(rule: &FollowupRule) -> Option<Self> {
        let on = |is_on: bool| is_on.then(|| "on".to_owned());
        let version = Some(rule.version).filter(|version| *version > 0);
        let mut form = Self {
            id: rule.id.to_string(),
            version: version.map_or_else(String::new, |version| version.to_string()),
            name: rule.name.clone(),
            is_enabled: on(rule.is_enabled),
            is_dry: on(rule.is_dry),
            when: rule.trigger.as_str().to_owned(),
            ..Self::default()
        };
        match &rule.trigger {
            Trigger::Message => {}
            Trigger::Event { query } => form.query.clone_from(query),
            Trigger::Schedule { schedule } => form.hold_schedule(*schedule),
        }
        for condition in &rule.conditions {
            match condition {
                Condition::Channel { any_of } => {
                    form.email = on(any_of.contains(&Channel::Email));
                    form.sms = on(any_of.contains(&Channel::Sms));
                    form.whatsapp = on(any_of.contains(&Channel::Whatsapp));
                }
                Condition::Words { any_of } => form.words = any_of.join(", "),
                Condition::OrderStatus { any_of } => form.statuses = any_of.join(", "),
                Condition::CustomerGroup { any_of } => form.groups = any_of.join(", "),
                Condition::OrderTotal {
                    currency,
                    at_least,
                    below,
                } => {
                    form.currency.clone_from(currency);
                    form.total_from = at_least.clone().unwrap_or_default();
                    form.total_below = below.clone().unwrap_or_default();
                }
                Condition::TimeOfDay { from, to } => {
                    form.from = clock(*from);
                    form.to = clock(*to);
                }
                Condition::Query { query } => form.also.clone_from(query),
            }
        }
        for action in &rule.actions {
            match action {
                FollowupAction::SendTemplate { template } => form.template.clone_from(template),
                FollowupAction::Assign { to } => form.assign.clone_from(to),
                FollowupAction::TagOrder { tag } => form.tag.clone_from(tag),
                FollowupAction::CallWebhook { url } => form.url.clone_from(url),
                FollowupAction::Tag { tag } => form.shop_tag.clone_from(tag),
                FollowupAction::HoldMessages => form.hold = on(true),
                FollowupAction::Alarm { text } => form.alarm.clone_from(text),
                FollowupAction::OpenOperation { name } => form.operation.clone_from(name),
            }
        }
        // What comes back out of the form must be what went in: else saving it would lose something.
        let back = form.rule(rule.id).ok()?;
        let same = |a: &FollowupRule, b: &FollowupRule| {
            a.trigger == b.trigger
                && a.conditions.len() == b.conditions.len()
                && a.actions.len() == b.actions.len()
                && a.conditions
                    .iter()
                    .all(|c| b.conditions.contains(&to_midnight(c)))
                && a.actions.iter().all(|c| b.actions.contains(c))
        };
        same(rule, &back).then_some(form)
    }

    /// The rule that the form describes.
    ///
    /// # Errors
    /// `invalid_fields` that names each field.
    pub fn rule(&self, id: RuleId) -> Result<FollowupRule, Problem> {
        let mut wrong = Vec::new();
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
            wrong.push(field("name", "required", "one line of 1 to 200 characters"));
        }
        let trigger = self.trigger(&mut wrong);
        let conditions = self.conditions(&trigger, &mut wrong);
        let is_schedule = trigger.is_schedule();
        let actions = self.actions(is_schedule, &mut wrong);
        if actions.is_empty() && wrong.is_empty() {
            // The first that the form shows.
            let name = if is_schedule { "url" } else { "template" };
            wrong.push(field(name, "required", "a rule does something"));
        }
        if !wrong.is_empty() {
            return Err(Problem::invalid_fields(wrong));
        }
        let rule = FollowupRule {
            id,
            name: name.to_owned(),
            is_enabled: self.is_enabled.is_some(),
            is_dry: self.is_dry.is_some(),
            version: 0,
            trigger,
            conditions,
            actions,
        };
        match domain::followup::refusal(&rule) {
            None => Ok(rule),
            Some(problem) => Err(in_form(problem, &rule)),
        }
    }

    fn hold_schedule(&mut self, schedule: Often) {
        let (every, at) = match schedule {
            Often::Hour { minute } => ("hour", u16::from(minute)),
            Often::Day { at } => ("day", at),
            Often::Week { weekday, at } => {
                self.weekday = weekday.to_string();
                ("week", at)
            }
            Often::Month { day, at } => {
                self.day = day.to_string();
                ("month", at)
            }
        };
        every.clone_into(&mut self.every);
        self.at = clock(at);
    }

    fn trigger(&self, wrong: &mut Vec<FieldProblem>) -> Trigger {
        match self.when.as_str() {
            "event" => Trigger::Event {
                query: self.query.trim().to_owned(),
            },
            "schedule" => {
                let at = minute(&self.at).ok().flatten();
                if at.is_none() {
                    wrong.push(field("at", "format", "a time such as 09:00"));
                }
                let at = at.unwrap_or(0);
                let schedule = match self.every.as_str() {
                    "hour" => Often::Hour {
                        minute: u8::try_from(at % 60).unwrap_or(0),
                    },
                    "week" => Often::Week {
                        weekday: self.weekday.parse().unwrap_or(0),
                        at,
                    },
                    "month" => Often::Month {
                        day: self.day.parse().unwrap_or(1),
                        at,
                    },
                    _ => Often::Day { at },
                };
                Trigger::Schedule { schedule }
            }
            _ => Trigger::Message,
        }
    }

    fn conditions(&self, trigger: &Trigger, wrong: &mut Vec<FieldProblem>) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let is_message = *trigger == Trigger::Message;
        let is_schedule = trigger.is_schedule();
        let also = self.also.trim();
        if !is_message && !also.is_empty() {
            let query = also.to_owned();
            conditions.push(Condition::Query { query });
        }
        let channels = [
            (&self.email, Channel::Email),
            (&self.sms, Channel::Sms),
            (&self.whatsapp, Channel::Whatsapp),
        ];
        let any_of: Vec<Channel> = channels
            .into_iter()
            .filter_map(|(ticked, channel)| ticked.as_ref().map(|_| channel))
            .collect();
        if is_message && !any_of.is_empty() {
            conditions.push(Condition::Channel { any_of });
        }
        for (name, text) in [
            ("words", &self.words),
            ("statuses", &self.statuses),
            ("groups", &self.groups),
        ] {
            let any_of = parts(text);
            let is_sound = any_of.len() <= 100
                && any_of
                    .iter()
                    .all(|part| part.chars().count() <= 200 && !domain::fold(part).is_empty());
            if !is_sound {
                wrong.push(field(name, "format", "words separated by commas"));
            } else if !is_schedule && !any_of.is_empty() {
                conditions.push(match name {
                    "words" => Condition::Words { any_of },
                    "statuses" => Condition::OrderStatus { any_of },
                    _ => Condition::CustomerGroup { any_of },
                });
            }
        }
        let at_least = filled(&self.total_from);
        let below = filled(&self.total_below);
        if !is_schedule && (at_least.is_some() || below.is_some()) {
            conditions.push(Condition::OrderTotal {
                currency: self.currency.trim().to_uppercase(),
                at_least,
                below,
            });
        }
        match (minute(&self.from), minute(&self.to)) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(from)), Ok(Some(to))) => {
                conditions.push(to_midnight(&Condition::TimeOfDay { from, to }));
            }
            (Err(()) | Ok(None), _) => {
                wrong.push(field("from", "format", "a time such as 22:00"));
            }
            (_, Err(()) | Ok(None)) => wrong.push(field("to", "format", "a time such as 06:00")),
        }
        conditions
    }

    /// What needs an order or a product is left out on a schedule, where the form does not show it.
    fn actions(&self, is_schedule: bool, wrong: &mut Vec<FieldProblem>) -> Vec<FollowupAction> {
        let mut actions = Vec::new();
        let of_thing = |text: &String| filled(text).filter(|_| !is_schedule);
        actions.extend(
            of_thing(&self.template).map(|template| FollowupAction::SendTemplate { template }),
        );
        if let Some(to) = of_thing(&self.assign) {
            if !is_address(&to) {
                wrong.push(field("assign", "format", "an email"));
            }
            actions.push(FollowupAction::Assign { to });
        }
        if let Some(tag) = of_thing(&self.tag) {
            if tag.chars().count() > 100 {
                wrong.push(field("tag", "too_long", "at most 100 characters"));
            }
            actions.push(FollowupAction::TagOrder { tag });
        }
        if let Some(url) = filled(&self.url) {
            if !is_callable(&url) {
                wrong.push(field("url", "format", CALLABLE));
            }
            actions.push(FollowupAction::CallWebhook { url });
        }
        actions.extend(of_thing(&self.shop_tag).map(|tag| FollowupAction::Tag { tag }));
        let holds = self.hold.is_some() && !is_schedule;
        actions.extend(holds.then_some(FollowupAction::HoldMessages));
        actions.extend(filled(&self.alarm).map(|text| FollowupAction::Alarm { text }));
        actions.extend(filled(&self.operation).map(|name| FollowupAction::OpenOperation { name }));
        actions
    }
}

/// The same refusal with the places of the form.
pub fn in_form(mut problem: Problem, rule: &FollowupRule) -> Problem {
    for wrong in &mut problem.fields {
        if wrong.pointer == "/name" {
            continue;
        }
        let place = |list: &str| {
            let rest = wrong.pointer.strip_prefix(list)?.strip_prefix('/')?;
            rest.split('/').next()?.parse::<usize>().ok()
        };
        let name = if wrong.pointer.starts_with("/trigger/schedule") {
            "at"
        } else if wrong.pointer.starts_with("/trigger") {
            "query"
        } else if let Some(condition) = place("/conditions").and_then(|at| rule.conditions.get(at))
        {
            match condition {
                Condition::Query { .. } => "also",
                Condition::Words { .. } => "words",
                Condition::OrderStatus { .. } => "statuses",
                Condition::CustomerGroup { .. } => "groups",
                Condition::OrderTotal { .. } if wrong.pointer.ends_with("/currency") => "currency",
                Condition::OrderTotal { .. } if wrong.pointer.ends_with("/below") => "total_below",
                Condition::OrderTotal { .. } => "total_from",
                Condition::TimeOfDay { .. } => "from",
                Condition::Channel { .. } => "email",
            }
        } else if let Some(action) = place("/actions").and_then(|at| rule.actions.get(at)) {
            match action {
                FollowupAction::SendTemplate { .. } => "template",
                FollowupAction::Assign { .. } => "assign",
                FollowupAction::TagOrder { .. } => "tag",
                FollowupAction::CallWebhook { .. } => "url",
                FollowupAction::Tag { .. } => "shop_tag",
                FollowupAction::HoldMessages => "hold",
                FollowupAction::Alarm { .. } => "alarm",
                FollowupAction::OpenOperation { .. } => "operation",
            }
        } else {
            "template"
        };
        wrong.pointer = format!("/{name}");
    }
    problem
}

fn field(name: &str, code: &str, message: &str) -> FieldProblem {
    FieldProblem {
        pointer: format!("/{name}"),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

/// What was typed, unless it is blank.
fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Texts separated by commas, those of Arabic too.
fn parts(text: &str) -> Vec<String> {
    text.split([',', '،', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A window to the midnight at which the next day begins, as one to that at which the day ends: the same window, with one
/// spelling. Anything else as it is.
fn to_midnight(condition: &Condition) -> Condition {
    match *condition {
        Condition::TimeOfDay { from, to: 0 } => Condition::TimeOfDay { from, to: MIDNIGHT },
        _ => condition.clone(),
    }
}

/// Whether a window is the whole day, as one is that ends at the time of day at which it begins.
pub fn is_all_day(from: u16, to: u16) -> bool {
    from == to % MIDNIGHT
}

/// `22:00`; midnight is `00:00`.
pub fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60 % 24, minute % 60)
}

/// Minutes since midnight.
fn minute(text: &str) -> Result<Option<u16>, ()> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (hours, minutes) = text.split_once(':').ok_or(())?;
    let read = |part: &str, most: u16| {
        let value: u16 = part.parse().map_err(|_| ())?;
        if value < most { Ok(value) } else { Err(()) }
    };
    Ok(Some(read(hours, 24)? * 60 + read(minutes, 60)?))
}

#[cfg(test)]
mod tests;
