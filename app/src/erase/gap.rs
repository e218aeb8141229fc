//! Where entries were erased: a line that says how many, when, by whom and why.

use super::calls;
use crate::activity::words::{moment_title, number};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use domain::ActivityId;
use domain::view::Gap;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A gap in a list, as a row.
#[component]
pub fn GapRow(
    /// The gap.
    gap: Gap,
    /// How many columns it spans.
    #[prop(into)]
    columns: Signal<usize>,
) -> impl IntoView {
    let locale = use_locale();
    let words = gap_words(locale, &gap);
    let title = moment_title(locale, gap.at, gap.offset_minutes);
    view! {
        <tr role="row" class="gap">
            <td role="cell" colspan=columns title=title>
                <Icon glyph=icons::ERASER class="i-s" />
                <span class="trunc" dir="auto">{words}</span>
            </td>
        </tr>
    }
    .into_any()
}

/// How many were erased, by whom and why.
pub fn gap_words(locale: Locale, gap: &Gap) -> String {
    tr!(
        locale,
        erase.gap,
        count = gap.count,
        n = number(gap.count),
        by = gap.by.as_str(),
        reason = gap.reason.as_str()
    )
}

/// Says of a list that shows nothing that what it asks for may have been erased: of what was, nobody knows what it was about.
#[component]
pub fn WasErased(
    /// Whether something was erased in the time that the list asks for.
    #[prop(into)]
    is_so: Signal<bool>,
    /// Whether the reader may see what was.
    may_look: bool,
) -> impl IntoView {
    let locale = use_locale();
    move || {
        is_so.get().then(|| {
            let link = may_look.then(|| {
                view! {
                    " "
                    <a class="link" href="/settings/retention#r-erasures">
                        {tr!(locale, retention.erasures)}
                    </a>
                }
            });
            view! {
                <p>
                    <Icon glyph=icons::ERASER class="i-s" />
                    " "
                    {tr!(locale, erase.was_erased)}
                    {link}
                </p>
            }
        })
    }
}

/// Why an entry or message is gone, when it was erased.
#[component]
pub fn ErasedNote(
    /// Its id, as it stands in the address.
    id: String,
) -> impl IntoView {
    let locale = use_locale();
    let found = RwSignal::new(None::<Gap>);
    Effect::new(move |_| {
        let Ok(id) = id.parse::<ActivityId>() else {
            return;
        };
        spawn_local(async move {
            if let Ok(gap) = calls::erased(id).await {
                found.try_set(gap);
            }
        });
    });
    move || {
        found.get().map(|gap| {
            let words = tr!(
                locale,
                erase.erased_on,
                time = moment_title(locale, gap.at, gap.offset_minutes),
                by = gap.by.as_str(),
                reason = gap.reason.as_str()
            );
            view! {
                <p class="strong" role="status">
                    <Icon glyph=icons::ERASER class="i-s" />
                    " "
                    {words}
                </p>
            }
        })
    }
}
