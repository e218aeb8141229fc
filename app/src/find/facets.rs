//! The panel of values beside the list: each with its count under the filter; a click filters, with alt leaves out.

mod group;

use super::calls;
use crate::AppError;
use crate::activity::browser;
use crate::activity::calls::Answer;
use crate::activity::search::{Search, use_search};
use crate::activity::words::number;
use crate::asides::{Aside, aside};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::export::Source;
use domain::view::{FacetGroup, FacetValues};
use group::Group;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// What the server has answered; none while nothing has come yet.
type Known = RwSignal<Option<Result<FacetValues, AppError>>>;

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
    known: Known,
}

/// What there is to show.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    /// It is on its way.
    Arriving,
    /// Nothing could be read.
    Failed(AppError),
    /// No value at all; whether every entry was looked at.
    Nothing { is_exact: bool },
    /// Groups of values.
    Groups,
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
        // New counts must not make the groups again: somebody may be looking for a value in one of them.
        let state = Memo::new(move |_| {
            known.with(|known| match known {
                None => Shown::Arriving,
                Some(Err(error)) => Shown::Failed(error.clone()),
                Some(Ok(values)) if values.groups.is_empty() => Shown::Nothing {
                    is_exact: values.is_exact,
                },
                Some(Ok(_)) => Shown::Groups,
            })
        });
        let content = move || match state.get() {
            Shown::Arriving => {
                let lines = [9, 7, 8, 5, 6, 7]
                    .map(|width| {
                        view! { <p><span class="skel" style=format!("inline-size:{width}rem")></span></p> }
                    })
                    .collect_view();
                view! { <div class="arriving" role="status" aria-label=tr!(locale, activity.table.loading)>{lines}</div> }
                    .into_any()
            }
            Shown::Failed(error) => {
                view! { <p class="hint" role="alert">{trouble_text(locale, &error)}</p> }.into_any()
            }
            Shown::Nothing { is_exact } => {
                let words = if is_exact {
                    tr!(locale, find.no_values)
                } else {
                    tr!(locale, find.no_values_newest)
                };
                view! { <p class="hint">{words}</p> }.into_any()
            }
            Shown::Groups => groups_of(source, locale, known),
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

/// The groups; each stays as it is opened while its counts change.
fn groups_of(source: Source, locale: Locale, known: Known) -> AnyView {
    let shared = Memo::new(move |_| with_groups(known, shared_among));
    let names = Memo::new(move |_| {
        with_groups(known, |groups| {
            groups
                .iter()
                .map(|group| group.qualifier.clone())
                .collect::<Vec<_>>()
        })
    });
    view! {
        {move || among_note(locale, shared.get())}
        <For each=move || names.get() key=Clone::clone let:name>
            <Group source name known shared />
        </For>
    }
    .into_any()
}

/// Reads the groups; there are none while nothing is known.
fn with_groups<T>(known: Known, read: impl FnOnce(&[FacetGroup]) -> T) -> T {
    known.with(|known| match known {
        Some(Ok(values)) => read(&values.groups),
        _ => read(&[]),
    })
}

/// Asks for the values, again when the filter changes and when something arrived.
fn follow(source: Source, search: Search, known: Known) {
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
