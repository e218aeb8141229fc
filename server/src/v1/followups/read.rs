//! Reads templates and rules, and names every field that is wrong.

use domain::followup::{Condition, FollowupAction, FollowupRule, Template};
use domain::message::{Channel, is_address};
use domain::{FieldProblem, Problem, RuleId, fold};
use serde_json::{Map, Value};
use std::str::FromStr as _;

/// The fields of a template.
pub const TEMPLATE_FIELDS: [&str; 4] = ["name", "channel", "subject", "body"];
/// The fields of a rule.
pub const RULE_FIELDS: [&str; 4] = ["name", "is_enabled", "conditions", "actions"];

/// How many wrong fields are named at most.
const MAX_WRONG: usize = 50;
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

/// A rule as it was sent.
pub(super) fn rule(id: RuleId, value: &Value) -> Result<FollowupRule, Problem> {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).map(|mut fields| {
        fields.refuse_unknown(&RULE_FIELDS);
        let name = fields.needed("name", 200, Lines::One);
        let is_enabled = fields.flag("is_enabled", true);
        let conditions = fields.list("conditions", 0, MAX_PARTS);
        let actions = fields.list("actions", 1, MAX_PARTS);
        FollowupRule {
            id,
            name,
            is_enabled,
            conditions: each(conditions, "/conditions", fields.wrong, condition),
            actions: each(actions, "/actions", fields.wrong, action),
        }
    });
    wrong.or(read)
}

fn each<T>(
    items: &[Value],
    at: &str,
    wrong: &mut Wrong,
    read: impl Fn(&mut Fields<'_, '_>) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    for (place, item) in items.iter().enumerate() {
        if let Some(mut fields) = Fields::open(item, &format!("{at}/{place}"), wrong) {
            found.extend(read(&mut fields));
        }
    }
    found
}

fn condition(fields: &mut Fields<'_, '_>) -> Option<Condition> {
    let kind = fields.needed("condition", 50, Lines::One);
    let known: &[&str] = match kind.as_str() {
        "time_of_day" => &["condition", "from", "to"],
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
        "time_of_day" => Condition::TimeOfDay {
            from: fields.minute("from", 1_439),
            to: fields.minute("to", 1_440),
        },
        "" => return None,
        _ => {
            let message = "channel, words, order_status or time_of_day is expected";
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
            let is_sound = url.starts_with("https://") && reqwest::Url::parse(&url).is_ok();
            if !url.is_empty() && !is_sound {
                let message = "an address that begins with https:// is expected";
                fields.add("url", "format", message);
            }
            ("url", FollowupAction::CallWebhook { url })
        }
        "" => return None,
        _ => {
            let message = "send_template, assign, tag_order or call_webhook is expected";
            fields.add("action", "format", message);
            return None;
        }
    };
    fields.refuse_unknown(&["action", field]);
    Some(action)
}

#[derive(Default)]
struct Wrong(Vec<FieldProblem>);

impl Wrong {
    fn add(&mut self, pointer: String, code: &str, message: impl Into<String>) {
        if self.0.len() < MAX_WRONG {
            self.0.push(FieldProblem {
                pointer,
                code: code.to_owned(),
                message: message.into(),
            });
        }
    }

    fn or<T>(self, read: Option<T>) -> Result<T, Problem> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => Err(Problem::invalid_fields(self.0)),
        }
    }
}

/// How many lines a text may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

/// One object of the body, with the pointer that leads to it.
struct Fields<'a, 'w> {
    map: &'a Map<String, Value>,
    at: String,
    wrong: &'w mut Wrong,
}

impl<'a, 'w> Fields<'a, 'w> {
    fn open(value: &'a Value, at: &str, wrong: &'w mut Wrong) -> Option<Self> {
        let Value::Object(map) = value else {
            wrong.add(at.to_owned(), "type", "an object is expected");
            return None;
        };
        let at = at.to_owned();
        Some(Self { map, at, wrong })
    }

    fn add(&mut self, field: &str, code: &str, message: impl Into<String>) {
        self.wrong
            .add(format!("{}/{field}", self.at), code, message);
    }

    fn refuse_unknown(&mut self, known: &[&str]) {
        for name in self
            .map
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
        {
            let shown: String = name.chars().take(100).collect();
            let message = format!(
                "`{shown}` is not a field here; known are {}",
                known.join(", ")
            );
            let escaped = shown.replace('~', "~0").replace('/', "~1");
            self.add(&escaped, "unknown", message);
        }
    }

    fn value(&self, field: &str) -> Option<&'a Value> {
        self.map.get(field).filter(|value| !value.is_null())
    }

    /// A text; without a character that can be seen it counts as absent.
    fn text(&mut self, field: &str, max: usize, lines: Lines) -> Option<String> {
        let value = self.value(field)?;
        self.text_of(value, field, max, lines)
    }

    fn text_of(&mut self, value: &Value, field: &str, max: usize, lines: Lines) -> Option<String> {
        let Value::String(text) = value else {
            self.add(field, "type", "a text is expected");
            return None;
        };
        let is_bad = |c: char| c == '\0' || (lines == Lines::One && c.is_control());
        let text = if lines == Lines::One {
            text.trim()
        } else {
            text
        };
        if text.chars().count() > max {
            self.add(field, "too_long", format!("at most {max} characters"));
        } else if text.chars().any(is_bad) {
            self.add(field, "format", "control characters can't be kept here");
        } else if !text.trim().is_empty() {
            return Some(text.to_owned());
        }
        None
    }

    /// A text that must be there; empty, and noted, when it isn't.
    fn needed(&mut self, field: &str, max: usize, lines: Lines) -> String {
        let before = self.wrong.0.len();
        let text = self.text(field, max, lines);
        if text.is_none() && self.wrong.0.len() == before {
            self.add(
                field,
                "required",
                format!("1 to {max} characters are needed"),
            );
        }
        text.unwrap_or_default()
    }

    fn flag(&mut self, field: &str, absent: bool) -> bool {
        match self.value(field) {
            None => absent,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.add(field, "type", "true or false is expected");
                absent
            }
        }
    }

    fn list(&mut self, field: &str, least: usize, most: usize) -> &'a [Value] {
        let items: &[Value] = match self.value(field) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.add(field, "type", "an array is expected");
                return &[];
            }
        };
        if items.len() < least {
            self.add(field, "required", format!("at least {least} is needed"));
        } else if items.len() > most {
            self.add(field, "too_long", format!("at most {most}"));
            return &[];
        }
        items
    }

    fn words(&mut self, field: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (at, item) in self.list(field, 1, 100).iter().enumerate() {
            let field = format!("{field}/{at}");
            let before = self.wrong.0.len();
            let word = self.text_of(item, &field, 200, Lines::One);
            match word.filter(|word| !fold(word).is_empty()) {
                Some(word) => words.push(word),
                None if self.wrong.0.len() == before => {
                    self.add(&field, "required", "1 to 200 characters are needed");
                }
                None => {}
            }
        }
        words
    }

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
        assert_eq!(wrong(&json!([])), [" type"]);
        assert_eq!(wrong(&json!({})), ["/name required", "/actions required"]);
    }
}
