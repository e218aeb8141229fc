//! Languages: typed keys for `locales/<language>/<namespace>.json`.
//!
//! ```text
//! let locale = use_locale();
//! view! { <h1>{tr!(locale, common.activity)}</h1> }
//! ```
//!
//! The language is the page's: it changes by loading the page in another one. So a text is a plain `&'static str`
//! (a `String` where it takes values) that attributes take as well, and no text on the page is reactive.
//!
//! To add a text: its key in each language's file; the build stops where one is missing. A namespace is a file and
//! stands in `build.rs`.

use leptos::prelude::*;
use leptos_i18n::Direction;

// Public, or what is generated and not used here is warned about.
#[doc(hidden)]
pub mod generated {
    include!(concat!(env!("OUT_DIR"), "/i18n.rs"));
}

pub use generated::i18n::Locale;
/// As [`tr`], as a view that may hold elements: `tr_view!(locale, common.drop, <b> = <bdi />)`.
pub use leptos_i18n::td as tr_view;
/// The text of a key in a language: `tr!(locale, common.sign_out)`, with values `tr!(locale, common.by, name = "Sara")`.
pub use leptos_i18n::td_string as tr;

/// Every language with its name in itself.
pub const LANGUAGES: [(Locale, &str); 2] = [(Locale::en, "English"), (Locale::ar, "العربية")];

/// The page's language.
pub fn use_locale() -> Locale {
    use_context().unwrap_or_default()
}

/// `ltr` or `rtl`.
pub fn direction(locale: Locale) -> &'static str {
    match leptos_i18n::Locale::direction(locale) {
        Direction::RightToLeft => "rtl",
        Direction::LeftToRight | Direction::Auto => "ltr",
    }
}

/// `en`, `ar`.
pub fn code(locale: Locale) -> &'static str {
    leptos_i18n::Locale::as_str(locale)
}
