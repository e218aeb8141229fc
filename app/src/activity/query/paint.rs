//! The painted copy of the text.

use super::editing::Editing;
use domain::query::{Query, Token, TokenKind};
use leptos::prelude::*;

/// The text, each term in its colour. What can't be read is underlined once it is worth saying.
#[component]
pub fn Painted(editing: Editing) -> impl IntoView {
    move || {
        let text = editing.log().draft.get();
        let query = Query::parse_as(&text, editing.log().dialect());
        let bad: Vec<(usize, usize)> = editing
            .visible_mistakes()
            .iter()
            .map(|error| (error.from, error.to))
            .collect();
        groups(query.tokens())
            .into_iter()
            .map(|group| paint(&text, group, &bad))
            .collect_view()
    }
}

/// The tokens of each term together, those between terms alone.
fn groups(tokens: &[Token]) -> Vec<&[Token]> {
    tokens
        .chunk_by(|one, next| one.term.is_some() && one.term == next.term)
        .collect()
}

fn paint(text: &str, group: &[Token], bad: &[(usize, usize)]) -> AnyView {
    let written = |token: &Token| {
        text.get(token.from..token.to)
            .unwrap_or_default()
            .to_owned()
    };
    let is_bad = |token: &Token| {
        bad.iter()
            .any(|(from, to)| token.from < *to && *from < token.to)
    };
    let is_term = group.iter().any(|token| {
        matches!(
            token.kind,
            TokenKind::Qualifier | TokenKind::Minus | TokenKind::Phrase
        )
    });
    if group.iter().any(is_bad) {
        let whole: String = group.iter().map(written).collect();
        return view! { <span class="q bad">{whole}</span> }.into_any();
    }
    if !is_term {
        return group.iter().map(written).collect::<String>().into_any();
    }
    let is_out = group
        .first()
        .is_some_and(|token| token.kind == TokenKind::Minus);
    let parts = group
        .iter()
        .map(|token| match token.kind {
            TokenKind::Minus | TokenKind::Qualifier => view! { <b>{written(token)}</b> }.into_any(),
            _ => written(token).into_any(),
        })
        .collect_view();
    view! { <span class=if is_out { "q not" } else { "q" }>{parts}</span> }.into_any()
}
