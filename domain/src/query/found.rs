//! Values as lists name them: which values of a query find one, and turning it on and off by those.

use super::edit::{collect_where, edited, is_same, minus, with_value};
use super::value::{Meaning, meaning};
use super::{Dialect, Qualifier, Query, Value};
use crate::{Device, fold};
use std::net::IpAddr;

/// A value as a list names it.
#[derive(Debug, Clone, Copy)]
pub struct Named<'v> {
    /// How a query is written that finds it.
    pub value: &'v str,
    /// What it is called, where that is something else.
    pub label: Option<&'v str>,
}

impl Dialect {
    /// Whether a qualifier's positive terms find a value, or with `is_out` its negated ones: as it is written, by a
    /// pattern such as `om*` or a network, or by a word of an actor's name.
    pub fn has_value(
        &'static self,
        text: &str,
        qualifier: &str,
        named: Named<'_>,
        is_out: bool,
    ) -> bool {
        let query = Query::parse_as(text, self);
        !finding(&query, qualifier, named, is_out).is_empty()
    }

    /// Turns a value on or off, or with `is_out` leaves it out or no longer. What finds it leaves the query, though that
    /// may have found others too; where nothing does, the value joins as with [`Dialect::toggle_value`] and
    /// [`Dialect::exclude_value`].
    pub fn toggle_named(
        &'static self,
        text: &str,
        qualifier: &str,
        named: Named<'_>,
        is_out: bool,
    ) -> String {
        let query = Query::parse_as(text, self);
        let there = finding(&query, qualifier, named, is_out);
        if !there.is_empty() {
            return edited(&query, None, |term| {
                minus(&query, term, qualifier, is_out, &there)
            });
        }
        let mut against = finding(&query, qualifier, named, !is_out);
        against.push(named.value.to_owned());
        with_value(&query, qualifier, named.value, is_out, &against)
    }
}

/// The values of a qualifier's terms of that sign that find a value, each once; those of closed lists by their names.
fn finding(query: &Query, qualifier: &str, named: Named<'_>, is_negated: bool) -> Vec<String> {
    collect_where(query, qualifier, is_negated, |qualifier, value, form| {
        finds(qualifier, value, named) || is_same(form, named.value)
    })
}

/// Whether a value finds another by what it means. Names of closed lists find themselves alone.
fn finds(qualifier: &Qualifier, value: &Value, named: Named<'_>) -> bool {
    match meaning(qualifier, value) {
        Ok(Meaning::Pattern(pattern)) => match qualifier.name {
            "actor" => keys_of(named).iter().any(|key| pattern.matches(key)),
            "device" => Device::is_found(named.value, &[pattern]),
            _ => pattern.matches(&fold(named.value)),
        },
        Ok(Meaning::Ip(range)) => named
            .value
            .parse::<IpAddr>()
            .is_ok_and(|ip| range.contains(ip)),
        _ => false,
    }
}

/// What finds an actor of whom a list knows address and name, as [`Actor::keys`](crate::Actor::keys) has it: each whole
/// and in words, and what stands before an `@`.
fn keys_of(named: Named<'_>) -> Vec<String> {
    let mut keys = Vec::new();
    for text in [Some(named.value), named.label].into_iter().flatten() {
        let text = fold(text);
        if let Some((local, _)) = text.split_once('@') {
            keys.push(local.to_owned());
        }
        keys.extend(text.split_whitespace().map(str::to_owned));
        keys.push(text);
    }
    keys
}
