//! Where one can go, by permission. What a role may not open is not shown to it.

use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::view::Viewer;
use domain::{Need, Permission};

/// A place in the rail, the tab bar or the head of the settings.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its address.
    pub path: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Its icon.
    pub glyph: Glyph,
}

impl Place {
    /// Whether a page is here or further in. The router's own link compares the query too, and one to a log may have one.
    pub fn holds(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// What is worked with.
pub fn work(locale: Locale, viewer: &Viewer) -> Vec<Place> {
    let mut places = Vec::new();
    if viewer.role.has(Need::ReadActivity) {
        places.push(Place {
            path: "/activity",
            label: tr!(locale, common.place.activity),
            glyph: icons::ACTIVITY,
        });
    }
    if viewer.may(Permission::ReadMessages) {
        places.push(Place {
            path: "/messages",
            label: tr!(locale, common.place.messages),
            glyph: icons::MAIL,
        });
        places.push(Place {
            path: "/orders",
            label: tr!(locale, common.place.orders),
            glyph: icons::SHOPPING_BAG,
        });
    }
    if viewer.may(Permission::ReadOperations) {
        places.push(Place {
            path: "/operations",
            label: tr!(locale, common.place.operations),
            glyph: icons::LAYERS,
        });
    }
    if viewer.may(Permission::ManageWebhooks) {
        places.push(Place {
            path: "/webhooks",
            label: tr!(locale, common.place.webhooks),
            glyph: icons::WEBHOOK,
        });
    }
    if viewer.may(Permission::Export) {
        places.push(Place {
            path: "/exports",
            label: tr!(locale, common.place.exports),
            glyph: icons::FILE_DOWN,
        });
    }
    // Until something has arrived, how to make it arrive is the next thing to do.
    if !viewer.has_entries && viewer.may(Permission::ManageKeys) {
        places.push(Place {
            path: "/connect",
            label: tr!(locale, common.place.connect),
            glyph: icons::PLUS,
        });
    }
    places
}

/// Where what is recorded, and what is done to Storetrail itself, is watched over.
pub fn oversight(locale: Locale, viewer: &Viewer) -> Vec<Place> {
    let places = [
        (
            Permission::ReadSecurity,
            Place {
                path: "/security",
                label: tr!(locale, oversight.security.place),
                glyph: icons::SHIELD,
            },
        ),
        (
            Permission::ReadRequests,
            Place {
                path: "/requests",
                label: tr!(locale, oversight.requests.place),
                glyph: icons::ARROW_LEFT_RIGHT,
            },
        ),
        (
            Permission::ReadLedger,
            Place {
                path: "/ledger",
                label: tr!(locale, common.place.ledger),
                glyph: icons::LINK,
            },
        ),
    ];
    places
        .into_iter()
        .filter_map(|(permission, place)| viewer.may(permission).then_some(place))
        .collect()
}

/// Every place, the settings' pages apart.
pub fn all(locale: Locale, viewer: &Viewer) -> Vec<Place> {
    let mut places = work(locale, viewer);
    places.extend(oversight(locale, viewer));
    places
}

/// The address of the first page that the role opens; the own account is everybody's.
pub fn first(locale: Locale, viewer: &Viewer) -> &'static str {
    let places = all(locale, viewer);
    let mut places = places.into_iter().chain(settings(locale, viewer));
    places.next().map_or("/account", |place| place.path)
}

/// The settings' entry, for those who may open one of its pages.
pub fn settings(locale: Locale, viewer: &Viewer) -> Option<Place> {
    (!settings_pages(locale, viewer).is_empty()).then_some(Place {
        path: "/settings",
        label: tr!(locale, common.place.settings),
        glyph: icons::SETTINGS_2,
    })
}

/// The pages of the settings.
pub fn settings_pages(locale: Locale, viewer: &Viewer) -> Vec<Place> {
    let pages = [
        (
            Permission::ManageSettings,
            Place {
                path: "/settings/store",
                label: tr!(locale, common.place.store),
                glyph: icons::STORE,
            },
        ),
        (
            Permission::ManageUsers,
            Place {
                path: "/settings/users",
                label: tr!(locale, common.place.users),
                glyph: icons::USERS,
            },
        ),
        (
            Permission::ManageUsers,
            Place {
                path: "/settings/roles",
                label: tr!(locale, access.roles.place),
                glyph: icons::SHIELD,
            },
        ),
        (
            Permission::ManageKeys,
            Place {
                path: "/settings/keys",
                label: tr!(locale, common.place.keys),
                glyph: icons::KEY_ROUND,
            },
        ),
        (
            Permission::ManageRules,
            Place {
                path: "/settings/rules",
                label: tr!(locale, common.place.rules),
                glyph: icons::WAND_SPARKLES,
            },
        ),
        (
            Permission::ManageRules,
            Place {
                path: "/settings/templates",
                label: tr!(locale, common.place.templates),
                glyph: icons::MESSAGE_SQUARE_TEXT,
            },
        ),
        (
            Permission::ManageSettings,
            Place {
                path: "/settings/targets",
                label: tr!(locale, operations.target.place),
                glyph: icons::UNDO_2,
            },
        ),
        (
            Permission::ManageRetention,
            Place {
                path: "/settings/retention",
                label: tr!(locale, common.place.retention),
                glyph: icons::HISTORY,
            },
        ),
        (
            Permission::ManageSettings,
            Place {
                path: "/settings/protection",
                label: tr!(locale, access.protection.place),
                glyph: icons::SHIELD_CHECK,
            },
        ),
    ];
    pages
        .into_iter()
        .filter_map(|(permission, place)| viewer.may(permission).then_some(place))
        .collect()
}
