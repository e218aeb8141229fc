//! The panel of values beside the list: each with its count under the filter; a click filters, with alt leaves out.

use super::calls;
use crate::AppError;
use crate::activity::browser;
use crate::activity::calls::Answer;
use crate::activity::search::{Search, use_search};
use crate::activity::words::{device_words, number};
use crate::asides::{Aside, aside};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::export::Source;
use domain::view::{FacetGroup, FacetValue, FacetValues};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

const COOKIE: &str = "storetrail_facets";
/// Counts are asked for so long after the filter changed.
const ASK_AFTER: Duration = Duration::from_millis(120);

/// Whether the panel is open: the person's choice, kept in a cookie. On a narrow screen, where it covers the list, only
/// what was opened on this page is shown, and nothing is kept. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Panel {
    is_open: RwSignal<bool>,
    /// Open since an earlier page: hidden by the style where the screen is narrow.
    is_left: RwSignal<bool>,
}

impl Panel {
    /// As the person left it, for everything below.
    pub fn provide() -> Self {
        let is_open = Self::is_left_open();
        let panel = Self {
            is_open: RwSignal::new(is_open),
            is_left: RwSignal::new(is_open),
        };
        provide_context(panel);
        panel
    }

    /// Whether the person left it open.
    pub fn is_left_open() -> bool {
        browser::cookie(COOKIE).as_deref() == Some("open")
    }

    fn put(self, is_open: bool) {
        self.is_left.set(false);
        self.is_open.set(is_open);
        if !browser::is_narrow() {
            browser::keep_cookie(COOKIE, if is_open { "open" } else { "closed" });
        }
    }

    fn toggle(self) {
        let is_hidden = self.is_left.get_untracked() && browser::is_narrow();
        self.put(is_hidden || !self.is_open.get_untracked());
    }
}

/// Opens and closes the panel.
#[component]
pub fn FacetButton() -> impl IntoView {
    let locale = use_search().locale;
    let panel = expect_context::<Panel>();
    view! {
        <button
            class="btn facet-button"
            type="button"
            aria-expanded=move || panel.is_open.get().to_string()
            aria-controls="facets"
            aria-label=tr!(locale, find.facets)
            title=tr!(locale, find.facets_title)
            on:click=move |_| panel.toggle()
        >
            <Icon glyph=icons::LIST_FILTER />
            <span class="only-wide">{tr!(locale, find.facets)}</span>
        </button>
    }
    .into_any()
}

/// The panel.
#[component]
pub fn FacetPanel(
    /// The log.
    source: Source,
) -> impl IntoView {
    let panel = expect_context::<Panel>();
    let list = FacetList {
        source,
        panel,
        known: RwSignal::new(None),
    };
    view! {
        <Show when=move || panel.is_open.get()>
            <Suspense>{Suspend::new(aside(Aside::Facets(list)))}</Suspense>
        </Show>
    }
    .into_any()
}

/// What the panel is made of; what was found stays while it is closed. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct FacetList {
    source: Source,
    panel: Panel,
    known: RwSignal<Option<Result<FacetValues, AppError>>>,
}

impl FacetList {
    /// The panel, open.
    pub fn shown(self) -> AnyView {
        let Self {
            source,
            panel,
            known,
        } = self;
        let search = use_search();
        let locale = search.locale;
        follow(source, search, known);
        let content = move || match known.get() {
            None => {
                let lines = [9, 7, 8, 5, 6, 7]
                    .map(|width| {
                        view! { <p><span class="skel" style=format!("inline-size:{width}rem")></span></p> }
                    })
                    .collect_view();
                view! { <div class="arriving" role="status" aria-label=tr!(locale, activity.table.loading)>{lines}</div> }
                    .into_any()
            }
            Some(Err(error)) => {
                view! { <p class="hint" role="alert">{trouble_text(locale, &error)}</p> }.into_any()
            }
            Some(Ok(values)) if values.groups.is_empty() => {
                let words = if values.is_exact {
                    tr!(locale, find.no_values)
                } else {
                    tr!(locale, find.no_values_newest)
                };
                view! { <p class="hint">{words}</p> }.into_any()
            }
            Some(Ok(values)) => {
                let shared = shared_among(&values.groups);
                let note = among_note(locale, shared);
                let groups = values
                    .groups
                    .into_iter()
                    .map(|mut group| {
                        group.among = group.among.filter(|_| shared.is_none());
                        view! { <Group group /> }
                    })
                    .collect_view();
                view! { {note} {groups} }.into_any()
            }
        };
        view! {
            <aside
                class="facet-panel"
                class:left=move || panel.is_left.get()
                id="facets"
                aria-label=tr!(locale, find.facets)
            >
                <div class="facet-head">
                    <h2>{tr!(locale, find.facets)}</h2>
                    <button
                        class="icon-btn push"
                        type="button"
                        aria-label=tr!(locale, common.close)
                        on:click=move |_| panel.put(false)
                    >
                        <Icon glyph=icons::X />
                    </button>
                </div>
                {content}
            </aside>
        }
        .into_any()
    }
}

/// Asks for the values, again when the filter changes and when something arrived.
fn follow(source: Source, search: Search, known: RwSignal<Option<Result<FacetValues, AppError>>>) {
    let asking = StoredValue::new(None::<TimeoutHandle>);
    let ask = move || {
        let q = search.q.get_untracked();
        spawn_local(async move {
            let answer = calls::facet_values(source, q.clone()).await;
            if search.q.try_get_untracked().as_ref() != Some(&q) {
                return;
            }
            match answer {
                Ok(Answer::Found(values)) => {
                    known.try_set(Some(Ok(values)));
                }
                // The field shows where it is wrong; the last good values stay.
                Ok(Answer::Mistaken(_)) => {}
                Err(error) => {
                    known.try_set(Some(Err(error)));
                }
            }
        });
    };
    Effect::new(move |_| {
        search.q.track();
        search.matching.track();
        if let Some(handle) = asking.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        asking.set_value(set_timeout_with_handle(ask, ASK_AFTER).ok());
    });
}

/// What a qualifier is called.
pub fn facet_name(locale: Locale, qualifier: &str) -> String {
    let known = match qualifier {
        "actor" => tr!(locale, find.facet.actor),
        "category" => tr!(locale, find.facet.category),
        "action" => tr!(locale, find.facet.action),
        "outcome" => tr!(locale, find.facet.outcome),
        "ip" => tr!(locale, find.facet.ip),
        "device" => tr!(locale, find.facet.device),
        "role" => tr!(locale, find.facet.role),
        "channel" => tr!(locale, find.facet.channel),
        "type" => tr!(locale, find.facet.kind),
        "status" => tr!(locale, find.facet.status),
        "read" => tr!(locale, find.facet.read),
        "has" => tr!(locale, find.facet.has),
        "direction" => tr!(locale, find.facet.direction),
        _ => return qualifier.to_owned(),
    };
    known.to_owned()
}

/// Among how many every group was counted, when that is one number: it is said once.
fn shared_among(groups: &[FacetGroup]) -> Option<u64> {
    let among = groups.first()?.among;
    among.filter(|_| groups.iter().all(|group| group.among == among))
}

/// That only the newest were counted; nothing when every one was.
fn among_note(locale: Locale, among: Option<u64>) -> Option<AnyView> {
    among.map(|among| {
        let words = tr!(locale, find.newest_counted, n = number(among));
        view! { <p class="hint">{words}</p> }.into_any()
    })
}

#[component]
fn Group(group: FacetGroup) -> impl IntoView {
    let search = use_search();
    let locale = search.locale;
    let most = group.values.first().map_or(1, |value| value.count.max(1));
    let qualifier = StoredValue::new(group.qualifier.clone());
    let more = (group.more > 0).then(|| {
        let words = tr!(
            locale,
            find.more_values,
            count = group.more,
            n = number(group.more)
        );
        view! { <p class="hint">{words}</p> }
    });
    let note = among_note(locale, group.among);
    let values = group
        .values
        .into_iter()
        .map(|value| view! { <Value qualifier value most /> })
        .collect_view();
    view! {
        <details open>
            <summary>{facet_name(locale, &group.qualifier)}</summary>
            {note}
            <ul>{values}</ul>
            {more}
        </details>
    }
    .into_any()
}

#[component]
fn Value(qualifier: StoredValue<String>, value: FacetValue, most: u64) -> impl IntoView {
    let search = use_search();
    let locale = search.locale;
    let name = qualifier.get_value();
    let label = search
        .value_label(&name, &value.value)
        .map(str::to_owned)
        .or(value.label)
        .unwrap_or_else(|| match name.as_str() {
            "device" => device_words(locale, &value.value),
            _ => value.value.clone(),
        });
    let exclude = tr!(locale, find.exclude, value = label.as_str());
    let part = format!("--part:{}%", value.count * 100 / most);
    let value_kept = StoredValue::new(value.value);
    let has = move |values: Vec<String>| value_kept.with_value(|value| values.contains(value));
    let is_on = move || {
        search
            .q
            .with(|q| qualifier.with_value(|name| has(search.dialect().values_of(q, name))))
    };
    let is_out = move || {
        search.q.with(|q| {
            qualifier.with_value(|name| has(search.dialect().excluded_values_of(q, name)))
        })
    };
    let toggle = move |is_out: bool| {
        search.toggle(&qualifier.get_value(), &value_kept.get_value(), is_out);
    };
    view! {
        <li class:on=is_on class:out=is_out style=part>
            <button
                type="button"
                aria-pressed=move || is_on().to_string()
                on:click=move |event| toggle(event.alt_key())
            >
                <bdi class="trunc" title=label.clone()>{label.clone()}</bdi>
                <span class="n">{number(value.count)}</span>
            </button>
            <button
                class="icon-btn exclude"
                type="button"
                aria-label=exclude.clone()
                title=exclude
                aria-pressed=move || is_out().to_string()
                on:click=move |_| toggle(true)
            >
                <Icon glyph=icons::BAN class="i-s" />
            </button>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(among: Option<u64>) -> FacetGroup {
        FacetGroup {
            qualifier: "ip".to_owned(),
            values: Vec::new(),
            more: 0,
            among,
        }
    }

    #[test]
    fn what_all_groups_were_counted_among_is_said_once() {
        let newest = Some(10_000);
        assert_eq!(shared_among(&[group(newest), group(newest)]), newest);
        assert_eq!(shared_among(&[group(newest), group(None)]), None);
        assert_eq!(shared_among(&[group(None), group(newest)]), None);
        assert_eq!(shared_among(&[group(None), group(None)]), None);
        assert_eq!(shared_among(&[]), None);
    }
}
