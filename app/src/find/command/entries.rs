//! What can be chosen: places, actions, views, last queries, and what the server finds.

use crate::activity::address::{encode, href_of as activity_href};
use crate::activity::recent::recent;
use crate::activity::words::{action_glyph, action_label, actor_words};
use crate::exports::words::name_of;
use crate::find::built_in::name_of as built_in_name;
use crate::find::views::{href_of as view_href, use_views};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use crate::layout::{all_places, settings_pages};
use crate::messages::address::{
    customer_href, href_of as messages_href, href_of_message, order_href,
};
use crate::messages::words::{channel_glyph, counterpart};
use domain::query::quote_text;
use domain::view::{BuiltInView, Found, Viewer};
use domain::{Need, Permission, fold};
use leptos::prelude::*;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Under which heading it stands.
    pub section: &'static str,
    /// Its icon.
    pub glyph: Glyph,
    /// What it is called.
    pub label: String,
    /// What stands beside it.
    pub beside: Option<String>,
    /// Where it leads.
    pub href: String,
}

/// What is known here: where to go, what to do, views, last queries; those that hold what is typed.
pub fn known(locale: Locale, viewer: &Viewer, typed: &str) -> Vec<Entry> {
    let words = fold(typed.trim());
    let fits = |label: &str| words.is_empty() || fold(label).contains(&words);
    let mut entries = Vec::new();
    let section = tr!(locale, find.section.views);
    use_views().all.with_untracked(|views| {
        for view in views.iter().filter(|view| fits(&view.name)) {
            entries.push(Entry {
                section,
                glyph: icons::BOOKMARK_PLUS,
                label: view.name.clone(),
                beside: Some(view.q.clone()),
                href: view_href(view),
            });
        }
    });
    let reads_activity = viewer.role.has(Need::ReadActivity);
    for view in BuiltInView::ALL.into_iter().filter(|_| reads_activity) {
        let label = built_in_name(locale, view);
        if fits(label) {
            entries.push(Entry {
                section,
                glyph: icons::BOOKMARK_PLUS,
                label: label.to_owned(),
                beside: Some(view.q().to_owned()),
                href: activity_href(view.q()),
            });
        }
    }
    let section = tr!(locale, find.section.places);
    let places = all_places(locale, viewer);
    for place in places.into_iter().chain(settings_pages(locale, viewer)) {
        if fits(place.label) {
            entries.push(Entry {
                section,
                glyph: place.glyph,
                label: place.label.to_owned(),
                beside: None,
                href: untrack(|| use_views().href_to(place.path)),
            });
        }
    }
    let section = tr!(locale, find.section.actions);
    for (label, glyph, href, needs) in actions(locale) {
        if viewer.role.has(needs) && fits(label) {
            entries.push(Entry {
                section,
                glyph,
                label: label.to_owned(),
                beside: None,
                href: href.to_owned(),
            });
        }
    }
    if words.is_empty() {
        entries.extend(last_queries(locale, viewer));
    }
    entries
}

type Action = (&'static str, Glyph, &'static str, Need);

/// What can be done from anywhere.
fn actions(locale: Locale) -> [Action; 4] {
    [
        (
            tr!(locale, find.action.export),
            icons::FILE_DOWN,
            "/exports?new=1",
            Need::May(Permission::Export),
        ),
        (
            tr!(locale, find.action.failed_today),
            icons::CIRCLE_ALERT,
            "/activity?q=outcome:failed%20created:today",
            Need::ReadActivity,
        ),
        (
            tr!(locale, find.action.failed_messages),
            icons::MAIL,
            "/messages?q=status:failed",
            Need::May(Permission::ReadMessages),
        ),
        (
            tr!(locale, find.action.key),
            icons::KEY_ROUND,
            "/settings/keys",
            Need::May(Permission::ManageKeys),
        ),
    ]
}

/// Under which name a log's queries are kept, and the address of one.
type Log = (&'static str, fn(&str) -> String);

fn last_queries(locale: Locale, viewer: &Viewer) -> Vec<Entry> {
    let person = viewer.id.to_string();
    let logs: [Log; 2] = [
        ("activity", |q| activity_href(q)),
        ("messages", |q| messages_href(q)),
    ];
    logs.into_iter()
        .flat_map(|(log, href)| recent(log, &person).into_iter().map(move |q| (q, href)))
        .map(|(q, href)| Entry {
            section: tr!(locale, find.section.recent),
            glyph: icons::HISTORY,
            href: href(&q),
            label: q,
            beside: None,
        })
        .collect()
}

/// The words as a query of each log.
pub fn searches(locale: Locale, viewer: &Viewer, typed: &str) -> Vec<Entry> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Vec::new();
    }
    let q = quote_text(typed);
    let section = tr!(locale, find.section.search);
    let mut entries = Vec::new();
    if viewer.role.has(Need::ReadActivity) {
        entries.push(Entry {
            section,
            glyph: icons::ACTIVITY,
            label: tr!(locale, find.search_activity, words = typed),
            beside: None,
            href: activity_href(&q),
        });
    }
    if viewer.may(Permission::ReadMessages) {
        let mut orders = "/orders?q=".to_owned();
        encode(typed, &mut orders);
        entries.push(Entry {
            section,
            glyph: icons::MAIL,
            label: tr!(locale, find.search_messages, words = typed),
            beside: None,
            href: messages_href(&q),
        });
        entries.push(Entry {
            section,
            glyph: icons::SHOPPING_BAG,
            label: tr!(locale, find.search_orders, words = typed),
            beside: None,
            href: orders,
        });
    }
    entries
}

/// What the server found.
pub fn found(locale: Locale, found: &Found) -> Vec<Entry> {
    let mut entries = Vec::new();
    let section = tr!(locale, exports.source.orders);
    entries.extend(found.orders.iter().map(|order| {
        Entry {
            section,
            glyph: icons::SHOPPING_BAG,
            label: tr!(
                locale,
                messages.thread.title,
                number = order.number.as_str()
            ),
            beside: order
                .customer_name
                .clone()
                .or_else(|| order.customer.clone()),
            href: order_href(&order.number),
        }
    }));
    let section = tr!(locale, exports.source.customers);
    entries.extend(found.customers.iter().map(|customer| Entry {
        section,
        glyph: icons::USER,
        label: customer.name.clone().unwrap_or_else(|| customer.id.clone()),
        beside: customer.email.clone().or_else(|| customer.phone.clone()),
        href: customer_href(&customer.id),
    }));
    let section = tr!(locale, exports.source.messages);
    entries.extend(found.messages.iter().map(|row| Entry {
        section,
        glyph: channel_glyph(row.channel),
        label: counterpart(locale, row),
        beside: row.subject.clone().or_else(|| row.preview.clone()),
        href: href_of_message(row.id),
    }));
    let section = tr!(locale, exports.source.activity);
    entries.extend(found.activities.iter().map(|row| {
        let action =
            action_label(locale, &row.action).map_or_else(|| row.action.clone(), str::to_owned);
        let subject = row
            .subject
            .as_ref()
            .map(|subject| subject.label().to_owned());
        Entry {
            section,
            glyph: action_glyph(&row.action, row.categories),
            label: subject.map_or_else(|| action.clone(), |name| format!("{action}: {name}")),
            beside: Some(actor_words(locale, &row.actor)),
            href: format!("/activity?entry={}", row.id),
        }
    }));
    let section = tr!(locale, common.place.exports);
    entries.extend(found.exports.iter().map(|row| Entry {
        section,
        glyph: icons::FILE_DOWN,
        label: name_of(locale, row),
        beside: Some(row.by.clone()),
        href: format!("/exports?export={}", row.id),
    }));
    entries
}
