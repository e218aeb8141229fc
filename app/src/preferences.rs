//! What belongs to the person and their browser: language, theme, density, single keys. Kept in cookies, so that the
//! server renders the first paint right.

use crate::i18n::Locale;
use leptos::prelude::*;

// Where the page is rendered decides where the preferences are read: from the request or from the document.
#[cfg(not(feature = "ssr"))]
#[path = "preferences/browser.rs"]
mod source;
#[cfg(feature = "ssr")]
#[path = "preferences/request.rs"]
mod source;

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How high the rows of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Density {
    /// 30 px.
    Compact,
    /// 36 px.
    #[default]
    Regular,
    /// 44 px.
    Roomy,
}

impl Theme {
    /// Each one, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value of the cookie and of `data-theme`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }
}

impl Density {
    /// Each one, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Compact, Self::Regular, Self::Roomy];

    /// The value of the cookie and of `data-density`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Regular => "regular",
            Self::Roomy => "roomy",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|density| density.as_str() == text)
    }
}

/// What the person has chosen in this browser.
#[derive(Debug, Clone, Copy)]
pub struct Preferences {
    /// The language; changes only with a new page.
    pub locale: Locale,
    /// Light or dark.
    pub theme: RwSignal<Theme>,
    /// How high rows are.
    pub density: RwSignal<Density>,
    /// Whether single keys such as `j` do something.
    pub single_keys: RwSignal<bool>,
    /// Whether the keyboard has a command key, as those of Apple's systems do: elsewhere it is Ctrl. The system's, not
    /// chosen.
    pub has_command_key: bool,
}

impl Preferences {
    /// Reads them and hands them to everything below.
    pub(crate) fn provide() -> Self {
        let read = source::read;
        let preferences = Self {
            locale: source::locale(),
            theme: RwSignal::new(
                read(THEME)
                    .and_then(|text| Theme::parse(&text))
                    .unwrap_or_default(),
            ),
            density: RwSignal::new(
                read(DENSITY)
                    .and_then(|text| Density::parse(&text))
                    .unwrap_or_default(),
            ),
            single_keys: RwSignal::new(read(KEYS).is_none_or(|text| text != "off")),
            has_command_key: source::has_command_key(),
        };
        provide_context(preferences.locale);
        provide_context(preferences);
        preferences
    }

    /// A shortcut as the keyboard has it: of what is written with ⌘.
    pub fn shortcut(self, keys: &str) -> String {
        match keys.strip_prefix('⌘') {
            Some(key) if !self.has_command_key => format!("Ctrl {}", key.trim_start()),
            _ => keys.to_owned(),
        }
    }

    /// The value of `data-keys`, by which the browser knows what the server took the keyboard for.
    pub(crate) const fn keys(self) -> &'static str {
        if self.has_command_key {
            COMMAND
        } else {
            "control"
        }
    }

    /// Changes the theme at once and keeps it.
    pub fn set_theme(self, theme: Theme) {
        self.theme.set(theme);
        source::keep(THEME, theme.as_str());
        source::set_attribute("data-theme", theme.as_str());
    }

    /// Changes the density at once and keeps it.
    pub fn set_density(self, density: Density) {
        self.density.set(density);
        source::keep(DENSITY, density.as_str());
        source::set_attribute("data-density", density.as_str());
    }

    /// Turns single keys on or off and keeps it.
    pub fn set_single_keys(self, are_on: bool) {
        self.single_keys.set(are_on);
        source::keep(KEYS, if are_on { "on" } else { "off" });
    }
}

/// What the person has chosen in this browser.
pub fn use_preferences() -> Preferences {
    expect_context()
}

const THEME: &str = "storetrail_theme";
const DENSITY: &str = "storetrail_density";
const KEYS: &str = "storetrail_keys";
/// The value of `data-keys` where there is a command key.
const COMMAND: &str = "command";
const YEAR_SECONDS: u32 = 31_536_000;
