//! What was not understood, where, and what could stand there.

use super::editing::Editing;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use domain::query::{Mistake, QueryError};
use leptos::prelude::*;

/// The first mistake, under the field. It lies over the page: nothing moves.
#[component]
pub fn Correction(editing: Editing) -> impl IntoView {
    let log = editing.log();
    let locale = log.locale;
    let first = Memo::new(move |_| {
        let is_quiet = !editing.is_open();
        editing
            .visible_mistakes()
            .into_iter()
            .next()
            .filter(|_| is_quiet)
    });
    let content = move || {
        let error = first.get()?;
        let before = log
            .draft
            .with(|draft| draft.get(..error.from).unwrap_or_default().chars().count());
        let proposal = error.proposal.clone().filter(|text| !text.is_empty());
        // What means nothing else can still be looked for as it stands.
        let is_text = matches!(
            error.mistake,
            Mistake::UnknownQualifier | Mistake::MissingTerm
        ) && proposal.as_ref().is_some_and(|p| p.starts_with('"'));
        let (before_it, after_it) = if is_text {
            (tr!(locale, activity.query.as_text), "")
        } else {
            (
                tr!(locale, activity.query.did_you_mean),
                tr!(locale, activity.query.question_mark),
            )
        };
        let last = log
            .has_list()
            .then(|| tr!(locale, activity.query.still_last));
        let mend = {
            let error = error.clone();
            move || {
                let draft = log.draft.get_untracked();
                let Some(new) = &error.proposal else { return };
                let mended = format!(
                    "{}{new}{}",
                    draft.get(..error.from).unwrap_or_default(),
                    draft.get(error.to..).unwrap_or_default()
                );
                log.draft.set(mended.clone());
                log.search(&mended);
            }
        };
        Some(view! {
            <Icon glyph=icons::CIRCLE_ALERT class="i-s" />
            <span>
                {tr!(locale, activity.query.at, n = before + 1)} " " {said(locale, &error)}
                {proposal
                    .map(|proposal| {
                        view! {
                            " " {before_it} " "
                            <button class="link" type="button" on:click=move |_| mend()>
                                <bdi dir="ltr">{proposal}</bdi>
                            </button>
                            {after_it}
                        }
                    })} " " {last}
            </span>
        })
    };
    let dir = crate::i18n::direction(locale);
    view! {
        <div class="correction" id="correction" role="status" dir=dir class:empty=move || first.with(Option::is_none)>
            <p class="error-text">{content}</p>
        </div>
    }
}

/// What is wrong, in words.
fn said(locale: Locale, error: &QueryError) -> AnyView {
    let code = |text: &str| view! { <code>{text.to_owned()}</code> };
    let subject = error.subject.as_str();
    let about = |before: &'static str, after: &'static str| {
        view! { {before} " " {code(subject)} {after} }.into_any()
    };
    match error.mistake {
        Mistake::QueryTooLong => tr!(locale, activity.mistake.too_long).into_any(),
        Mistake::TooManyTerms => tr!(locale, activity.mistake.too_many_terms).into_any(),
        Mistake::TooManyValues => tr!(locale, activity.mistake.too_many_values).into_any(),
        Mistake::UnknownQualifier => about(tr!(locale, activity.mistake.unknown_qualifier), "."),
        Mistake::MissingValue => tr!(locale, activity.mistake.missing_value).into_any(),
        Mistake::MissingTerm => tr!(locale, activity.mistake.missing_term).into_any(),
        Mistake::UnclosedQuote => tr!(locale, activity.mistake.unclosed_quote).into_any(),
        Mistake::TextAfterQuote => tr!(locale, activity.mistake.text_after_quote).into_any(),
        Mistake::EmptyText => tr!(locale, activity.mistake.empty_text).into_any(),
        Mistake::UnknownValue => {
            let values: Vec<AnyView> = error
                .values
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    let and = (at > 0).then(|| tr!(locale, common.and));
                    view! { {and} {code(value)} }.into_any()
                })
                .collect();
            let taken = (!values.is_empty()).then(|| {
                view! { " " {tr!(locale, activity.mistake.one_of)} " " {values} "." }
            });
            view! { {about(tr!(locale, activity.mistake.unknown_value), ".")} {taken} }.into_any()
        }
        Mistake::NoPrefix => tr!(locale, activity.mistake.no_prefix).into_any(),
        Mistake::InvalidIp => about(tr!(locale, activity.mistake.invalid_ip), "."),
        Mistake::InvalidId => about(tr!(locale, activity.mistake.invalid_id), "."),
        Mistake::InvalidReference => about(tr!(locale, activity.mistake.invalid_reference), "."),
        Mistake::InvalidTime => about(tr!(locale, activity.mistake.invalid_time), "."),
        Mistake::ImpossibleTime => about(tr!(locale, activity.mistake.impossible_time), "."),
        Mistake::TimeOutOfRange => tr!(locale, activity.mistake.time_out_of_range).into_any(),
        Mistake::ReversedRange => tr!(locale, activity.mistake.reversed_range).into_any(),
    }
}
