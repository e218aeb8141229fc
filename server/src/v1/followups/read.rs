//! Reads templates and rules, and names every field that is wrong.

use crate::v1::fields::{Fields, Lines, Wrong};
use domain::followup::{
    CALLABLE, Condition, FollowupAction, FollowupRule, Often, Template, Trigger, is_callable,
    wrong_parts,
};
use domain::message::{Channel, is_address};
use domain::query::MAX_QUERY_CHARS;
use domain::{Problem, RuleId};
use serde_json::Value;
use std::str::FromStr as _;

/// The fields of a template.
pub const TEMPLATE_FIELDS: [&str; 4] = ["name", "channel", "subject", "body"];
/// The fields of a rule.
pub const RULE_FIELDS: [&str; 6] = [
    "name",
    "is_enabled",
    "is_dry",
    "trigger",
    "conditions",
    "actions",
];

/// How many conditions or actions a rule has at most.
const MAX_PARTS: usize = 20;

/// A template as it was sent.
pub(super) fn template(id: RuleId, value: &Value) -> Result<Template, Problem> {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).map(|mut fields| {
        fields.refuse_unknown(&TEMPLATE_FIELDS);
        let channel = fields.text("channel", 20, Lines::One);
        Template {
            id,
            name: fields.needed("name", 200, Lines::One),
            channel: channel.and_then(|word| fields.channel("channel", &word)),
            subject: fields.text("subject", 998, Lines::One),
            body: fields.needed("body", 100_000, Lines::Many),
            version: 0,
        }
    });
    wrong.or(read)
}

/// A rule as it was sent, as far as it could be read.
pub(super) struct Draft {
    /// With the parts that could be read; none of what is no object.
    rule: Option<FollowupRule>,
    /// Its actions that could be read, each with its place among those that were sent.
    pub(super) actions: Vec<(usize, FollowupAction)>,
    /// What is wrong so far.
    pub(super) wrong: Wrong,
}

impl Draft {
    /// The rule, if nothing is wrong with it.
    pub(super) fn sound(self) -> Result<FollowupRule, Problem> {
        self.wrong.or(self.rule)
    }
}

/// A rule as it was sent.
pub(super) fn rule(id: RuleId, value: &Value) -> Result<FollowupRule, Problem> {
    draft(id, value).sound()
}

/// A rule as it was sent, with all that is wrong with it by itself.
pub(super) fn draft(id: RuleId, value: &Value) -> Draft {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).map(|mut fields| {
        fields.refuse_unknown(&RULE_FIELDS);
        let name = fields.needed("name", 200, Lines::One);
        let is_enabled = fields.flag("is_enabled", true);
        let is_dry = fields.flag("is_dry", false);
        let trigger = match fields.value("trigger") {
            None => Some(Trigger::default()),
            Some(trigger) => read_trigger(trigger, fields.wrong),
        };
        let conditions = fields.list("conditions", 0, MAX_PARTS);
        let actions = fields.list("actions", 1, MAX_PARTS);
        let conditions = each(conditions, "/conditions", fields.wrong, condition);
        let actions = each(actions, "/actions", fields.wrong, action);
        fields.wrong.also(wrong_parts(
            trigger.as_ref(),
            conditions.iter().map(|(at, condition)| (*at, condition)),
            actions.iter().map(|(at, action)| (*at, action)),
        ));
        let rule = FollowupRule {
            id,
            name,
            is_enabled,
            is_dry,
            version: 0,
            trigger: trigger.unwrap_or_default(),
            conditions: conditions.into_iter().map(|(_, one)| one).collect(),
            actions: actions.iter().map(|(_, one)| one.clone()).collect(),
        };
        (rule, actions)
    });
    let (rule, actions) = read.unzip();
    Draft {
        rule,
        actions: actions.unwrap_or_default(),
        wrong,
    }
}

/// What sets a rule off.
fn read_trigger(value: &Value, wrong: &mut Wrong) -> Option<Trigger> {
    let mut fields = Fields::open(value, "/trigger", wrong)?;
    let when = fields.needed("when", 50, Lines::One);
    let (known, trigger): (&[&str], _) = match when.as_str() {
        "message" => (&["when"], Some(Trigger::Message)),
        "event" => {
            let query = fields.needed("query", MAX_QUERY_CHARS, Lines::One);
            (&["when", "query"], Some(Trigger::Event { query }))
        }
        "schedule" => {
            let schedule = match fields.value("schedule") {
                Some(schedule) => read_schedule(schedule, fields.wrong),
                None => {
                    let message = "needed: `every` hour with `minute`, day with `at`, week with `weekday` and `at`, or month with `day` and `at`";
                    fields.add("schedule", "required", message);
                    None
                }
            };
            let trigger = schedule.map(|schedule| Trigger::Schedule { schedule });
            (&["when", "schedule"], trigger)
        }
        "" => return None,
        _ => {
            fields.add("when", "format", "message, event or schedule is expected");
            return None;
        }
    };
    fields.refuse_unknown(known);
    trigger
}

/// The times of a schedule: each kind has its own fields, and no other.
fn read_schedule(value: &Value, wrong: &mut Wrong) -> Option<Often> {
    let mut fields = Fields::open(value, "/trigger/schedule", wrong)?;
    let every = fields.needed("every", 50, Lines::One);
    let (known, schedule): (&[&str], _) = match every.as_str() {
        "hour" => {
            let minute = fields.number("minute", 0, 59);
            (&["every", "minute"], Often::Hour { minute })
        }
        "day" => {
            let at = fields.minute("at", 1_439);
            (&["every", "at"], Often::Day { at })
        }
        "week" => {
            let (weekday, at) = (fields.number("weekday", 0, 6), fields.minute("at", 1_439));
            (&["every", "weekday", "at"], Often::Week { weekday, at })
        }
        "month" => {
            let (day, at) = (fields.number("day", 1, 31), fields.minute("at", 1_439));
            (&["every", "day", "at"], Often::Month { day, at })
        }
        "" => return None,
        _ => {
            fields.add("every", "format", "hour, day, week or month is expected");
            return None;
        }
    };
    fields.refuse_unknown(known);
    Some(schedule)
}

/// Those that could be read, each with its place.
fn each<T>(
    items: &[Value],
    at: &str,
    wrong: &mut Wrong,
    read: impl Fn(&mut Fields<'_, '_>) -> Option<T>,
) -> Vec<(usize, T)> {
    let mut found = Vec::new();
    for (place, item) in items.iter().enumerate() {
        if let Some(mut fields) = Fields::open(item, &format!("{at}/{place}"), wrong) {
            found.extend(read(&mut fields).map(|one| (place, one)));
        }
    }
    found
}

fn condition(fields: &mut Fields<'_, '_>) -> Option<Condition> {
    let kind = fields.needed("condition", 50, Lines::One);
    let known: &[&str] = match kind.as_str() {
        "time_of_day" => &["condition", "from", "to"],
        "query" => &["condition", "query"],
        "order_total" => &["condition", "currency", "at_least", "below"],
        _ => &["condition", "any_of"],
    };
    let condition = match kind.as_str() {
        "channel" => {
            let words = fields.words("any_of");
            let channels = words.iter().enumerate();
            let any_of = channels
                .filter_map(|(at, word)| fields.channel(&format!("any_of/{at}"), word))
                .collect();
            Condition::Channel { any_of }
        }
        "words" => Condition::Words {
            any_of: fields.words("any_of"),
        },
        "order_status" => Condition::OrderStatus {
            any_of: fields.words("any_of"),
        },
        "customer_group" => Condition::CustomerGroup {
            any_of: fields.words("any_of"),
        },
        "order_total" => Condition::OrderTotal {
            currency: fields.needed("currency", 3, Lines::One),
            at_least: fields.text("at_least", 40, Lines::One),
            below: fields.text("below", 40, Lines::One),
        },
        "time_of_day" => Condition::TimeOfDay {
            from: fields.minute("from", 1_439),
            to: fields.minute("to", 1_440),
        },
        "query" => Condition::Query {
            query: fields.needed("query", MAX_QUERY_CHARS, Lines::One),
        },
        "" => return None,
        _ => {
            let message = "channel, words, order_status, customer_group, order_total, time_of_day or query is expected";
            fields.add("condition", "format", message);
            return None;
        }
    };
    fields.refuse_unknown(known);
    Some(condition)
}

fn action(fields: &mut Fields<'_, '_>) -> Option<FollowupAction> {
    let kind = fields.needed("action", 50, Lines::One);
    let (field, action) = match kind.as_str() {
        "send_template" => {
            let template = fields.needed("template", 200, Lines::One);
            ("template", FollowupAction::SendTemplate { template })
        }
        "assign" => {
            let to = fields.needed("to", 254, Lines::One);
            if !to.is_empty() && !is_address(&to) {
                fields.add("to", "format", "a colleague is named by their email");
            }
            ("to", FollowupAction::Assign { to })
        }
        "tag_order" => {
            let tag = fields.needed("tag", 100, Lines::One);
            ("tag", FollowupAction::TagOrder { tag })
        }
        "call_webhook" => {
            let url = fields.needed("url", 2_000, Lines::One);
            let is_sound = is_callable(&url) && reqwest::Url::parse(&url).is_ok();
            if !url.is_empty() && !is_sound {
                fields.add("url", "format", CALLABLE);
            }
            ("url", FollowupAction::CallWebhook { url })
        }
        "tag" => {
            let tag = fields.needed("tag", 100, Lines::One);
            ("tag", FollowupAction::Tag { tag })
        }
        "hold_messages" => ("action", FollowupAction::HoldMessages),
        "alarm" => {
            let text = fields.needed("text", 500, Lines::One);
            ("text", FollowupAction::Alarm { text })
        }
        "open_operation" => {
            let name = fields.needed("name", 300, Lines::One);
            ("name", FollowupAction::OpenOperation { name })
        }
        "" => return None,
        _ => {
            let message = "send_template, assign, tag_order, call_webhook, tag, hold_messages, alarm or open_operation is expected";
            fields.add("action", "format", message);
            return None;
        }
    };
    fields.refuse_unknown(&["action", field]);
    Some(action)
}

/// What only templates and rules hold.
trait FollowupFields {
    fn channel(&mut self, field: &str, word: &str) -> Option<Channel>;
    fn minute(&mut self, field: &str, most: u16) -> u16;
    fn number(&mut self, field: &str, least: u8, most: u8) -> u8;
}

impl FollowupFields for Fields<'_, '_> {
    fn channel(&mut self, field: &str, word: &str) -> Option<Channel> {
        let channel = Channel::from_str(word).ok();
        if channel.is_none() {
            self.add(field, "format", "email, sms or whatsapp is expected");
        }
        channel
    }

    fn minute(&mut self, field: &str, most: u16) -> u16 {
        let Some(value) = self.value(field) else {
            self.add(field, "required", "minutes since midnight are needed");
            return 0;
        };
        let minute = value.as_u64().and_then(|minute| u16::try_from(minute).ok());
        match minute.filter(|minute| *minute <= most) {
            Some(minute) => minute,
            None => {
                let message = format!("minutes since midnight are expected, 0 to {most}");
                self.add(field, "out_of_range", message);
                0
            }
        }
    }

    fn number(&mut self, field: &str, least: u8, most: u8) -> u8 {
        let Some(value) = self.value(field) else {
            let message = format!("a number is needed, {least} to {most}");
            self.add(field, "required", message);
            return least;
        };
        let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => number,
            None => {
                let message = format!("a number is expected, {least} to {most}");
                self.add(field, "out_of_range", message);
                least
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn wrong(value: &Value) -> Vec<String> {
        let problem = rule(RuleId(Uuid::nil()), value).unwrap_err();
        let fields = problem.fields.iter();
        fields
            .map(|f| format!("{} {}", f.pointer, f.code))
            .collect()
    }

    #[test]
    fn a_rule_is_read_as_it_is_shown() {
        let sent = json!({
            "name": " Late ", "conditions": [
                {"condition": "channel", "any_of": ["sms", "email"]},
                {"condition": "words", "any_of": ["where"]},
                {"condition": "order_status", "any_of": ["shipped"]},
                {"condition": "customer_group", "any_of": ["VIP"]},
                {"condition": "order_total", "currency": "SAR", "at_least": "500.00", "below": "1000"},
                {"condition": "time_of_day", "from": 1320, "to": 360},
            ],
            "actions": [
                {"action": "send_template", "template": "Late"}, {"action": "assign", "to": "sara@linen.example"},
                {"action": "tag_order", "tag": "late"}, {"action": "call_webhook", "url": "https://hooks.example/x"},
            ],
        });
        let read = rule(RuleId(Uuid::nil()), &sent).unwrap();
        assert!(read.is_enabled && read.name == "Late");
        let shown = serde_json::to_value(&read).unwrap();
        assert_eq!(shown["conditions"], sent["conditions"]);
        assert_eq!(shown["actions"], sent["actions"]);
    }

    #[test]
    fn everything_that_is_wrong_is_named_by_its_pointer() {
        let sent = json!({"name": "x", "colour": 1, "is_enabled": "yes", "conditions": [
            {"condition": "channel", "any_of": ["email", "fax"]}, {"condition": "words", "any_of": []},
            {"condition": "time_of_day", "from": 1440, "to": "x"}, {"condition": "moon"}, 7,
        ], "actions": [
            {"action": "assign", "to": "sara"}, {"action": "call_webhook", "url": "http://hooks.example"},
            {"action": "tag_order", "tag": " ", "x/y": 1}, {},
        ]});
        assert_eq!(
            wrong(&sent),
            [
                "/colour unknown",
                "/is_enabled type",
                "/conditions/0/any_of/1 format",
                "/conditions/1/any_of required",
                "/conditions/2/from out_of_range",
                "/conditions/2/to out_of_range",
                "/conditions/3/condition format",
                "/conditions/4 type",
                "/actions/0/to format",
                "/actions/1/url format",
                "/actions/2/tag required",
                "/actions/2/x~1y unknown",
                "/actions/3/action required",
            ]
        );
        let total = |condition: Value| json!({"name": "x", "conditions": [condition], "actions": [{"action": "tag_order", "tag": "x"}]});
        for (condition, named) in [
            (
                json!({"condition": "order_total", "currency": "sar", "below": "1"}),
                "/conditions/0/currency format",
            ),
            (
                json!({"condition": "order_total", "currency": "SAR"}),
                "/conditions/0/at_least required",
            ),
            (
                json!({"condition": "order_total", "currency": "SAR", "at_least": 5}),
                "/conditions/0/at_least type",
            ),
            (
                json!({"condition": "customer_group", "any_of": []}),
                "/conditions/0/any_of required",
            ),
        ] {
            assert_eq!(wrong(&total(condition)), [named]);
        }
        let by_clock = |schedule: Value| {
            json!({"name": "x", "trigger": {"when": "schedule", "schedule": schedule},
                "actions": [{"action": "alarm", "text": "Look"}]})
        };
        for (schedule, named) in [
            (
                json!({"every": "hour", "minute": 5, "at": 540}),
                "/trigger/schedule/at unknown",
            ),
            (
                json!({"every": "day", "at": 540, "minute": 5}),
                "/trigger/schedule/minute unknown",
            ),
            (
                json!({"every": "hour"}),
                "/trigger/schedule/minute required",
            ),
            (
                json!({"every": "week", "weekday": 7, "at": 540}),
                "/trigger/schedule/weekday out_of_range",
            ),
            (
                json!({"every": "month", "day": 0, "at": 540}),
                "/trigger/schedule/day out_of_range",
            ),
            (
                json!({"every": "year", "at": 540}),
                "/trigger/schedule/every format",
            ),
            (json!("hour"), "/trigger/schedule type"),
            (json!(null), "/trigger/schedule required"),
        ] {
            assert_eq!(wrong(&by_clock(schedule)), [named]);
        }
        for schedule in [
            json!({"every": "hour", "minute": 59}),
            json!({"every": "day", "at": 1_439}),
            json!({"every": "week", "weekday": 6, "at": 0}),
            json!({"every": "month", "day": 31, "at": 0}),
        ] {
            let read = rule(RuleId(Uuid::nil()), &by_clock(schedule.clone())).unwrap();
            let shown = serde_json::to_value(&read.trigger).unwrap();
            assert_eq!(shown["schedule"], schedule);
        }
        // What can be read is looked into in the same round, each part at the place where it was sent.
        let both = json!({"name": "x", "trigger": {"when": "event", "query": "colour:red"}, "conditions": [
            7, {"condition": "query", "query": "ip:x"},
            {"condition": "order_total", "currency": "sar", "at_least": "1,5"},
            {"condition": "channel", "any_of": ["sms"]},
        ], "actions": [{"action": "moon"}, {"action": "hold_messages", "x": 1}]});
        assert_eq!(
            wrong(&both),
            [
                "/conditions/0 type",
                "/actions/0/action format",
                "/actions/1/x unknown",
                "/trigger/query unknown",
                "/conditions/1/query format",
                "/conditions/2/currency format",
                "/conditions/2/at_least format",
                "/conditions/3/condition unexpected",
            ]
        );
        // Nobody knows what goes with a trigger that can't be read.
        let unread = json!({"name": "x", "trigger": {"when": "moon"}, "conditions": [
            {"condition": "query", "query": "ip:x"}, {"condition": "channel", "any_of": ["sms"]},
        ], "actions": [{"action": "hold_messages"}]});
        let named = ["/trigger/when format", "/conditions/0/query format"];
        assert_eq!(wrong(&unread), named);
        assert_eq!(wrong(&json!([])), [" type"]);
        assert_eq!(wrong(&json!({})), ["/name required", "/actions required"]);
    }
}
