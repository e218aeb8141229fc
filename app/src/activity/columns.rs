//! Which columns the table has, and in what order: the person's choice, kept in a cookie so that the
//! server renders them right.

use crate::activity::browser;
use crate::i18n::{Locale, tr};
use leptos::prelude::*;

const COOKIE: &str = "storetrail_activity_columns";

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// When.
    Time,
    /// Who.
    Actor,
    /// What was done.
    Action,
    /// To what, and in words. Always there: it carries the link.
    What,
    /// How it ended.
    Outcome,
    /// From where.
    Ip,
    /// The entry's id, in short.
    Id,
}

impl Column {
    /// Each one, in the order in which they stand unless the person changes it.
    pub const ALL: [Self; 7] = [
        Self::Time,
        Self::Actor,
        Self::Action,
        Self::What,
        Self::Outcome,
        Self::Ip,
        Self::Id,
    ];
    /// Those that are shown unless the person changes it.
    const SHOWN: [Self; 6] = [
        Self::Time,
        Self::Actor,
        Self::Action,
        Self::What,
        Self::Outcome,
        Self::Ip,
    ];

    /// The class of its head and the word in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Actor => "actor",
            Self::Action => "action",
            Self::What => "what",
            Self::Outcome => "outcome",
            Self::Ip => "ip",
            Self::Id => "id",
        }
    }

    /// The class of its head.
    pub const fn head_class(self) -> &'static str {
        match self {
            Self::Time => "c-time",
            Self::Actor => "c-actor",
            Self::Action => "c-action",
            Self::What => "c-what",
            Self::Outcome => "c-outcome",
            Self::Ip => "c-ip",
            Self::Id => "c-id",
        }
    }

    /// Its head.
    pub fn label(self, locale: Locale) -> &'static str {
        match self {
            Self::Time => tr!(locale, activity.column.time),
            Self::Actor => tr!(locale, activity.column.actor),
            Self::Action => tr!(locale, activity.column.action),
            Self::What => tr!(locale, activity.column.what),
            Self::Outcome => tr!(locale, activity.column.outcome),
            Self::Ip => tr!(locale, activity.column.ip),
            Self::Id => tr!(locale, activity.column.id),
        }
    }
}

/// The columns shown, in order.
#[derive(Clone, Copy)]
pub struct Columns(RwSignal<Vec<Column>>);

impl Columns {
    /// As the person left them.
    pub fn kept() -> Self {
        let kept = browser::cookie(COOKIE).map(|text| parse(&text));
        Self(RwSignal::new(
            kept.unwrap_or_else(|| Column::SHOWN.to_vec()),
        ))
    }

    /// Those shown, in order.
    pub fn shown(self) -> Vec<Column> {
        self.0.get()
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.0.with(Vec::len)
    }

    /// Whether a column is shown.
    pub fn has(self, column: Column) -> bool {
        self.0.with(|columns| columns.contains(&column))
    }

    /// Shows or hides a column; the one with the link stays.
    pub fn toggle(self, column: Column) {
        if column == Column::What {
            return;
        }
        self.0.update(
            |columns| match columns.iter().position(|there| *there == column) {
                Some(at) => {
                    columns.remove(at);
                }
                None => {
                    let is_before = |other: &Column| (*other as usize) < (column as usize);
                    let at = columns.iter().rposition(is_before).map_or(0, |at| at + 1);
                    columns.insert(at, column);
                }
            },
        );
        self.keep();
    }

    /// Moves a column one place towards the start or the end.
    pub fn shift(self, column: Column, is_to_end: bool) {
        self.0.update(|columns| {
            let Some(at) = columns.iter().position(|there| *there == column) else {
                return;
            };
            let to = if is_to_end {
                at + 1
            } else {
                at.wrapping_sub(1)
            };
            if to < columns.len() {
                columns.swap(at, to);
            }
        });
        self.keep();
    }

    /// As they stand unless the person changes it.
    pub fn reset(self) {
        self.0.set(Column::SHOWN.to_vec());
        self.keep();
    }

    fn keep(self) {
        let names: Vec<&str> = self
            .0
            .with_untracked(|c| c.iter().map(|c| c.as_str()).collect());
        browser::keep_cookie(COOKIE, &names.join("."));
    }
}

fn parse(text: &str) -> Vec<Column> {
    let mut columns = Vec::new();
    for name in text.split('.') {
        let known = Column::ALL
            .into_iter()
            .find(|column| column.as_str() == name);
        if let Some(column) = known.filter(|column| !columns.contains(column)) {
            columns.push(column);
        }
    }
    if !columns.contains(&Column::What) {
        columns.push(Column::What);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_cookie_says_the_link_is_there_once() {
        assert_eq!(
            parse("ip.time.ip.nonsense"),
            [Column::Ip, Column::Time, Column::What]
        );
        assert_eq!(parse("what.id"), [Column::What, Column::Id]);
    }
}
