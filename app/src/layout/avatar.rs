//! A person's initials on a colour of their own.

use leptos::prelude::*;

/// A round avatar. Decoration: the name stands beside it.
#[component]
pub fn Avatar(
    /// Whose.
    #[prop(into)]
    name: String,
    /// 36 px instead of 22.
    #[prop(default = false)]
    is_large: bool,
) -> impl IntoView {
    let initials = initials(&name);
    // Letters of a script that joins them are no initials in pairs: one is shown, larger.
    let is_single = initials.chars().count() == 1;
    view! {
        <span
            class="avatar"
            class:l=is_large
            class:ar=is_single
            style=format!("--hue:{}", hue(&name))
            aria-hidden="true"
        >
            {initials}
        </span>
    }
    .into_any()
}

/// The first letters of the first and the last word; of an Arabic name the first letter.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let Some(first) = words.next().and_then(|word| word.chars().next()) else {
        return String::new();
    };
    let last = words
        .next_back()
        .and_then(|word| word.chars().next())
        .filter(|letter| first.is_ascii() == letter.is_ascii() && !is_joining(*letter));
    [Some(first), last]
        .into_iter()
        .flatten()
        .flat_map(char::to_uppercase)
        .collect()
}

/// Whether a letter belongs to the Arabic block (U+0600 to U+06FF).
fn is_joining(letter: char) -> bool {
    ('\u{600}'..='\u{6ff}').contains(&letter)
}

/// A hue of 0 to 345 degrees that stays with the name.
fn hue(name: &str) -> u32 {
    let sum = name.chars().fold(7_u32, |sum, letter| {
        sum.wrapping_mul(31).wrapping_add(u32::from(letter))
    });
    sum % 24 * 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        assert_eq!(initials("Omar Haddad"), "OH");
        assert_eq!(initials("  mei   lin chen "), "MC");
        assert_eq!(initials("Ingrid"), "I");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn an_arabic_name_has_one_letter() {
        assert_eq!(initials("عمر حداد"), "ع");
    }
}
