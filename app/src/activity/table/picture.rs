//! An actor as a picture: a person as a circle with initials, what is no person as a square with an icon.

use crate::icons::{self, Icon};
use crate::layout::Avatar;
use domain::{Actor, ActorType, MASK};
use leptos::prelude::*;

/// The picture of an actor. Decoration: the name stands beside it.
#[component]
pub fn Picture(
    /// Who.
    actor: Actor,
    /// Whether it is the large one of the drawer.
    #[prop(default = false)]
    is_large: bool,
) -> impl IntoView {
    let is_person = matches!(actor.kind, ActorType::User | ActorType::Customer);
    match actor.name.filter(|name| is_person && name != MASK) {
        Some(name) => view! { <Avatar name is_large /> }.into_any(),
        None => {
            let glyph = match actor.kind {
                ActorType::User | ActorType::Customer => icons::USER,
                ActorType::ApiKey => icons::KEY_ROUND,
                ActorType::Rule => icons::ZAP,
                ActorType::System => icons::COG,
            };
            view! {
                <span class="avatar thing" class:l=is_large aria-hidden="true">
                    <Icon glyph />
                </span>
            }
            .into_any()
        }
    }
}

/// The direction of a text that may be cut: of its first letter. What is cut must lose its end.
pub fn direction_of(text: &str) -> &'static str {
    let is_rtl = |c: char| matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}');
    if text.chars().find(|c| c.is_alphabetic()).is_some_and(is_rtl) {
        "rtl"
    } else {
        "ltr"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_own_end() {
        assert_eq!(direction_of("12 عباية"), "rtl");
        assert_eq!(direction_of("Abaya أسود"), "ltr");
        assert_eq!(direction_of("120.00"), "ltr");
    }
}
