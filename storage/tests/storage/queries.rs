//! Random queries in the query language, made from what a dataset holds.

use domain::query::{quote_text, quote_value};
use domain::{Activity, Category, Facts, Has, Outcome};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeSet;

/// What queries are made from: for each qualifier values that occur and some that don't.
pub struct Vocabulary {
    qualifiers: Vec<(&'static str, Vec<String>)>,
    texts: Vec<String>,
}

/// A term of a query before it is written down.
#[derive(Debug, Clone)]
pub struct Piece {
    is_negated: bool,
    /// Which qualifier; beyond the last one: free text.
    qualifier: Index,
    is_text: bool,
    values: Vec<(Index, Shape)>,
}

/// How a value is written.
#[derive(Debug, Clone)]
enum Shape {
    Whole,
    Upper,
    /// A beginning of so many characters with a `*`.
    Prefix(usize),
    /// So many characters from a place on.
    Part(Index, usize),
    /// Nothing that occurs.
    Unknown,
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        4 => Just(Shape::Whole),
        1 => Just(Shape::Upper),
        2 => (0_usize..5).prop_map(Shape::Prefix),
        5 => (any::<Index>(), 1_usize..7).prop_map(|(at, length)| Shape::Part(at, length)),
        1 => Just(Shape::Unknown),
    ]
}

/// Queries of up to four terms.
pub fn queries() -> impl Strategy<Value = Vec<Piece>> {
    let piece = (
        prop::bool::weighted(0.3),
        any::<Index>(),
        prop::bool::weighted(0.35),
        prop::collection::vec((any::<Index>(), shape()), 1..4),
    );
    let piece = piece.prop_map(|(is_negated, qualifier, is_text, values)| Piece {
        is_negated,
        qualifier,
        is_text,
        values,
    });
    prop::collection::vec(piece, 0..4)
}

impl Vocabulary {
    pub fn of(facts: &[Facts]) -> Self {
        let mut sets: Vec<(&'static str, BTreeSet<String>)> = [
            "actor",
            "role",
            "action",
            "category",
            "outcome",
            "ip",
            "device",
            "subject",
            "about",
            "order",
            "changed",
            "rule",
            "operation",
            "trace",
            "id",
            "created",
            "has",
        ]
        .map(|name| (name, BTreeSet::new()))
        .into();
        let mut texts = BTreeSet::new();
        let mut add = |name: &str, value: String| {
            if let Some((_, set)) = sets.iter_mut().find(|(known, _)| *known == name) {
                set.insert(value);
            }
        };
        for fact in facts {
            let activity = &fact.activity;
            for key in &fact.actor_keys {
                match key.text.strip_prefix("role:") {
                    Some(role) => add("role", role.to_owned()),
                    None => add("actor", key.text.clone()),
                }
            }
            for term in &fact.terms {
                let (kind, value) = term.text.split_once(':').expect("kind:value");
                match kind {
                    "subject" | "subject-type" | "subject-id" | "subject-name" => {
                        add("subject", value.to_owned());
                    }
                    "rule-id" => add("rule", value.to_owned()),
                    kind => add(kind, value.to_owned()),
                }
            }
            for order in activity.orders() {
                add("order", order.to_owned());
            }
            add("action", activity.action.name.clone());
            if let Some(ip) = activity.origin.ip {
                add("ip", ip.to_string());
            }
            if let Some(name) = &fact.device {
                add("device", name.clone());
                for part in name.split(" on ") {
                    add("device", part.to_owned());
                }
            }
            if fact.id.0.as_bytes()[15] < 16 {
                add("id", fact.id.to_string());
            }
            for text in texts_of(activity) {
                texts.insert(text);
            }
            for piece in fact.text.open.lines().chain(fact.text.personal.lines()) {
                texts.insert(piece.to_owned());
            }
            let second = activity.occurred_at.format("%Y-%m-%dT%H:%M:%SZ");
            if fact.id.0.as_bytes()[15] < 8 {
                add("created", second.to_string());
                add("created", format!("{second}.."));
                add("created", format!("..{second}"));
            }
        }
        for text in [
            "10.0.0.0/8",
            "203.0.113.0/24",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32",
            "2001:db8::/64",
            "198.51.100.77/31",
            "127.0.0.1",
            "::ffff:10.0.0.0/104",
        ] {
            add("ip", text.to_owned());
        }
        for text in [
            "2026-11-15",
            "2026-11-10..2026-11-15",
            "..2026-11-12",
            "2026-11-18T10:30..",
            "7d",
            "36h",
            "45m",
            "2w",
            "today",
            "yesterday",
            "last_week",
            "this_week",
            "this_month",
            "last_month",
            "2026-11",
            "2026",
            "2026-11-10T10:00:30..2026-11-12T07:59:59",
            "2025",
        ] {
            add("created", text.to_owned());
        }
        for category in Category::ALL {
            add("category", category.as_str().to_owned());
        }
        for outcome in Outcome::ALL {
            add("outcome", outcome.as_str().to_owned());
        }
        for (name, _) in Has::NAMES {
            add("has", name.to_owned());
        }
        for name in ["product/p_1", "order/", "order/o_1", "customer/c_1001"] {
            add("about", name.to_owned());
        }
        let qualifiers = sets
            .into_iter()
            .map(|(name, set)| (name, set.into_iter().collect()))
            .collect();
        Self {
            qualifiers,
            texts: texts.into_iter().collect(),
        }
    }

    /// The query as it would be typed.
    pub fn text_of(&self, pieces: &[Piece]) -> String {
        let terms: Vec<String> = pieces.iter().map(|piece| self.term(piece)).collect();
        terms.join(" ")
    }

    fn term(&self, piece: &Piece) -> String {
        let minus = if piece.is_negated { "-" } else { "" };
        if piece.is_text {
            let (at, shape) = &piece.values[0];
            let source: &String = at.get(&self.texts);
            let (text, is_prefix) = shaped(source, shape);
            let star = if is_prefix { "*" } else { "" };
            return format!("{minus}{}{star}", quote_text(&text));
        }
        let (name, known) = piece.qualifier.get(&self.qualifiers);
        // A part of an exact value is a mistake for most qualifiers: they take it whole.
        let is_word = !matches!(
            *name,
            "category" | "outcome" | "has" | "ip" | "id" | "created"
        );
        let values: Vec<String> = piece
            .values
            .iter()
            .map(|(at, shape)| {
                let value: &String = at.get(known);
                if !is_word {
                    return quote_value(value);
                }
                let (text, is_prefix) = shaped(value, shape);
                let star = if is_prefix { "*" } else { "" };
                format!("{}{star}", quote_value(&text))
            })
            .collect();
        format!("{minus}{name}:{}", values.join(","))
    }
}

fn shaped(value: &str, shape: &Shape) -> (String, bool) {
    match shape {
        Shape::Whole => (value.to_owned(), false),
        Shape::Upper => (value.to_uppercase(), false),
        Shape::Prefix(length) => (value.chars().take(*length).collect(), true),
        Shape::Part(at, length) => {
            let chars: Vec<char> = value.chars().collect();
            let from = at.index(chars.len().max(1));
            (chars.into_iter().skip(from).take(*length).collect(), false)
        }
        Shape::Unknown => (format!("{value}#"), false),
    }
}

/// The texts of an activity as they were written.
fn texts_of(activity: &Activity) -> Vec<String> {
    let subject = activity.subject.as_ref();
    [
        activity.description.clone(),
        activity.error.clone(),
        activity.actor.name.clone(),
        activity.actor.email.clone(),
        subject.and_then(|s| s.name.clone()),
        subject.map(|s| s.id.clone()),
        activity.origin.ip.map(|ip| ip.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
