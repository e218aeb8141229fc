//! What happened as one sentence, and in a line.

use super::fields::capital;
use super::nouns::{actor_type, is_nameless, noun_any, someone};
use super::{Reader, action_label, field_label, noun, number, subject_words};
use crate::i18n::{Locale, tr};
use crate::pages::action_of_rule;
use domain::view::ActivityRow;
use domain::{Actor, ActorType, Outcome};

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words of the interface.
    Word(String),
    /// A name that keeps its own direction.
    Name(String),
    /// A code, as it was sent.
    Code(String),
}

macro_rules! verbs {
    ($($verb:ident)+) => {
        /// What was done, with `{a}` for the actor and `{o}` for the thing.
        fn done(locale: Locale, verb: &str) -> Option<&'static str> {
            Some(match verb {
                $(stringify!($verb) => tr!(locale, activity.done.$verb),)+
                _ => return None,
            })
        }

        /// What was tried, without who.
        fn tried(locale: Locale, verb: &str) -> Option<&'static str> {
            Some(match verb {
                $(stringify!($verb) => tr!(locale, activity.tried.$verb),)+
                _ => return None,
            })
        }
    };
}

verbs! {
    created updated deleted blocked unblocked added_to_group removed_from_group signed_in hidden shown
    adjusted activated deactivated status_changed completed cancelled refunded recorded applied cleaned_up
    bulk_updated started failed reverted received queued evaluated sent delivered read stopped released restarted
    invited removed role_changed branding_updated requested downloaded erased viewed restored
    acted action_failed action_retried action_discarded retried discarded edited opted_out opted_in uninstalled
}

/// What happened, as one sentence.
pub fn verdict(locale: Locale, row: &ActivityRow) -> Vec<Piece> {
    let mut pieces = sentence(locale, row);
    if let Some(Piece::Word(first)) = pieces.first_mut() {
        *first = capital(first);
    }
    add_told(locale, row, &mut pieces);
    pieces
}

/// What an entry of a rule tells besides its action, in the reader's language: which action was done, whether the rule
/// fired.
pub fn told_by_rule(locale: Locale, row: &ActivityRow) -> Option<String> {
    let told = row.description.as_deref()?;
    let own = row.action.strip_prefix("rule.")?;
    if own != "evaluated" && own != "acted" && !own.starts_with("action_") {
        return None;
    }
    let (name, rest) = match told.split_once(": ") {
        Some((name, rest)) => (name, Some(rest)),
        None => (told, None),
    };
    let name = match name {
        "fired" => tr!(locale, rules.told.fired).to_owned(),
        "skipped" => tr!(locale, rules.told.skipped).to_owned(),
        "held back" => tr!(locale, rules.told.held_back).to_owned(),
        "on trial" => tr!(locale, rules.told.on_trial).to_owned(),
        action => action_of_rule(locale, action),
    };
    Some(match rest {
        Some(rest) => format!("{name}: {rest}"),
        None => name,
    })
}

fn add_told(locale: Locale, row: &ActivityRow, pieces: &mut Vec<Piece>) {
    if let Some(told) = told_by_rule(locale, row) {
        pieces.push(Piece::Word(": ".to_owned()));
        pieces.push(Piece::Name(told));
    }
}

fn sentence(locale: Locale, row: &ActivityRow) -> Vec<Piece> {
    if let Some(template) = own_template(locale, row) {
        return filled(locale, template, row, "");
    }
    let verb = row.action.rsplit('.').next().unwrap_or_default();
    let (Some(done), Some(tried)) = (done(locale, verb), tried(locale, verb)) else {
        let template = if row.subject.is_some() {
            tr!(locale, activity.verdict.other)
        } else {
            tr!(locale, activity.verdict.other_alone)
        };
        return filled(locale, template, row, "");
    };
    match row.outcome {
        // "failed" is what happened: it needs no second word for it.
        _ if matches!(verb, "failed" | "action_failed") => filled(locale, done, row, ""),
        Outcome::Failed => filled(locale, tr!(locale, activity.verdict.failed), row, tried),
        Outcome::Pending => filled(locale, tr!(locale, activity.verdict.pending), row, tried),
        Outcome::Success => {
            changed(locale, row, verb).unwrap_or_else(|| filled(locale, done, row, ""))
        }
    }
}

/// The sentence of what rules do where its subject is not what its action names: a webhook about an order, an action on
/// nothing in particular.
fn own_template(locale: Locale, row: &ActivityRow) -> Option<&'static str> {
    let kind = row.subject.as_ref().map(|subject| subject.kind.as_str());
    Some(match (row.action.as_str(), kind) {
        ("rule.acted", None) => tr!(locale, activity.verdict.acted_alone),
        ("rule.action_failed", None) => tr!(locale, activity.verdict.action_failed_alone),
        ("webhook.delivered", None) => tr!(locale, activity.verdict.called_alone),
        ("webhook.delivered", Some(_)) => tr!(locale, activity.verdict.called),
        ("webhook.failed", None) if row.actor.kind == ActorType::Rule => {
            tr!(locale, activity.verdict.not_called_alone)
        }
        ("webhook.failed", Some(_)) if row.actor.kind == ActorType::Rule => {
            tr!(locale, activity.verdict.not_called)
        }
        _ => return None,
    })
}

/// Changes said by what they changed.
fn changed(locale: Locale, row: &ActivityRow, verb: &str) -> Option<Vec<Piece>> {
    let change = row.first_change.as_ref()?;
    match (verb, row.change_count) {
        ("status_changed", _) if change.after.is_string() => {
            let template = tr!(locale, activity.verdict.status_to);
            Some(filled(locale, template, row, ""))
        }
        ("updated", 1) => Some(filled(
            locale,
            tr!(locale, activity.verdict.changed_one),
            row,
            "",
        )),
        ("updated", count) if count > 1 => {
            let count = u64::from(count);
            let template = tr!(
                locale,
                activity.verdict.changed_many,
                count = count,
                n = number(count)
            );
            Some(filled(locale, &template, row, ""))
        }
        _ => None,
    }
}

/// The template with `{a}` the actor, `{o}` the thing, `{c}` the action's code, `{f}` the first changed
/// field, `{v}` its value after, `{x}` what was tried.
fn filled(locale: Locale, template: &str, row: &ActivityRow, tried: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, (mark, after))) = rest
        .split_once('{')
        .and_then(|(before, marked)| Some((before, marked.split_once('}')?)))
    {
        add_word(&mut pieces, before);
        match mark {
            "a" => pieces.push(actor_piece(locale, &row.actor)),
            "o" => object(locale, row, &mut pieces),
            "c" => pieces.push(Piece::Code(row.action.clone())),
            "x" => pieces.extend(filled(locale, tried, row, "")),
            "f" | "v" => {
                if let Some(change) = &row.first_change {
                    let word = if mark == "f" {
                        uncapitalised(locale, field_label(locale, &change.field))
                    } else {
                        Reader::of(locale, row).brief(&change.field, &change.after)
                    };
                    pieces.push(Piece::Name(word));
                }
            }
            _ => {}
        }
        rest = after;
    }
    add_word(&mut pieces, rest);
    pieces
}

fn add_word(pieces: &mut Vec<Piece>, word: &str) {
    if !word.is_empty() {
        pieces.push(Piece::Word(word.to_owned()));
    }
}

/// A label of the interface inside a sentence. What the store named itself may be an abbreviation.
fn uncapitalised(locale: Locale, label: String) -> String {
    let is_word = label.chars().nth(1).is_some_and(char::is_lowercase);
    if locale == Locale::en && is_word {
        label.to_lowercase()
    } else {
        label
    }
}

fn object(locale: Locale, row: &ActivityRow, pieces: &mut Vec<Piece>) {
    let own = row.action.split('.').next().unwrap_or_default();
    match &row.subject {
        Some(subject) if is_nameless(subject) => {
            let word = noun_any(locale, &subject.kind);
            let word = word.map_or_else(|| noun(locale, &subject.kind), str::to_owned);
            pieces.push(Piece::Word(word));
        }
        Some(subject) => {
            pieces.push(Piece::Word(format!("{} ", noun(locale, &subject.kind))));
            pieces.push(Piece::Name(subject.label().to_owned()));
        }
        None => {
            let word = noun_any(locale, own).map_or_else(|| own.replace('_', " "), str::to_owned);
            pieces.push(Piece::Word(word));
        }
    }
}

/// Who did it: a name, or what somebody without a name is called.
fn actor_piece(locale: Locale, actor: &Actor) -> Piece {
    match actor_name(actor) {
        Some(name) => Piece::Name(name.to_owned()),
        None => Piece::Word(someone(locale, actor.kind).to_owned()),
    }
}

fn actor_name(actor: &Actor) -> Option<&str> {
    [&actor.name, &actor.email, &actor.id]
        .into_iter()
        .find_map(|name| name.as_deref())
}

/// The actor as a line names them.
pub fn actor_words(locale: Locale, actor: &Actor) -> String {
    actor_name(actor)
        .unwrap_or_else(|| actor_type(locale, actor.kind))
        .to_owned()
}

/// The action as a line names it: its label, else the code.
fn action_words(locale: Locale, action: &str) -> Piece {
    action_label(locale, action).map_or_else(
        || Piece::Code(action.to_owned()),
        |label| Piece::Word(label.to_owned()),
    )
}

/// An entry in the history of its subject: what changed, else the action, and who.
pub fn history_line(locale: Locale, row: &ActivityRow) -> Vec<Piece> {
    let mut pieces = match &row.first_change {
        Some(change) => {
            let reader = Reader::of(locale, row);
            let mut pieces = vec![Piece::Word(format!(
                "{} ",
                field_label(locale, &change.field)
            ))];
            if !change.before.is_null() {
                pieces.push(Piece::Name(reader.brief(&change.field, &change.before)));
                pieces.push(Piece::Word(format!(" {} ", tr!(locale, activity.to))));
            }
            pieces.push(Piece::Name(reader.brief(&change.field, &change.after)));
            if row.change_count > 1 {
                let count = u64::from(row.change_count - 1);
                pieces.push(Piece::Word(format!(
                    " {}",
                    tr!(locale, activity.and_more, count = count, n = number(count))
                )));
            }
            pieces
        }
        None => {
            let mut pieces = vec![action_words(locale, &row.action)];
            add_told(locale, row, &mut pieces);
            pieces
        }
    };
    pieces.push(Piece::Word(" · ".to_owned()));
    pieces.push(actor_piece(locale, &row.actor));
    pieces
}

/// An entry among those around another: the subject, the action, and who when that is not the same.
pub fn moment_line(locale: Locale, row: &ActivityRow, with_actor: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if let Some(subject) = &row.subject {
        pieces.push(Piece::Name(subject_words(locale, subject)));
        pieces.push(Piece::Word(" · ".to_owned()));
    }
    pieces.push(action_words(locale, &row.action));
    add_told(locale, row, &mut pieces);
    if with_actor {
        pieces.push(Piece::Word(" · ".to_owned()));
        pieces.push(actor_piece(locale, &row.actor));
    }
    pieces
}

/// The sentence without marks.
#[cfg(test)]
fn plain(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Word(text) | Piece::Name(text) | Piece::Code(text) => text.as_str(),
        })
        .collect()
}

#[cfg(test)]
#[path = "sentence_tests.rs"]
mod tests;
