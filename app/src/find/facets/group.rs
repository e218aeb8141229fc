//! The values of one qualifier: the most frequent ones, or all of them with a field to find one.

use super::{ASK_AFTER, Known, among_note, facet_name, with_groups};
use crate::AppError;
use crate::activity::calls::Answer;
use crate::activity::listed_value::{ExcludeButton, ListedValue};
use crate::activity::search::{Search, use_search};
use crate::activity::words::{count_words, device_words, number};
use crate::find::calls;
use crate::i18n::tr;
use crate::pages::trouble_text;
use domain::export::Source;
use domain::fold;
use domain::view::{Count, FacetGroup, FacetValue};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How many more are listed each time that more are asked for.
const STEP: usize = 50;
/// Where there are more than so many, there is a field to find one.
const MANY: u64 = 20;

/// What is listed of a group.
#[derive(Debug, Clone, Default, PartialEq)]
struct Listed {
    values: Vec<FacetValue>,
    /// How many more can be listed.
    more: u64,
    /// How many there are that the server did not tell.
    untold: u64,
}

/// All of a group, once it was asked for. A handle: cheap to copy.
#[derive(Clone, Copy)]
struct Whole {
    /// How many are listed; none while only the most frequent are.
    most: RwSignal<Option<usize>>,
    group: RwSignal<Option<FacetGroup>>,
    failure: RwSignal<Option<AppError>>,
}

/// The values of a qualifier.
#[component]
pub fn Group(
    /// The log.
    source: Source,
    /// The qualifier.
    name: String,
    /// The most frequent of each qualifier.
    known: Known,
    /// Among how many all groups were counted, when that is said once.
    shared: Memo<Option<u64>>,
) -> impl IntoView {
    let search = use_search();
    let locale = search.locale;
    let title = facet_name(locale, &name);
    let find = tr!(locale, activity.filter.find, name = title.as_str());
    let qualifier = StoredValue::new(name);
    let first = Memo::new(move |_| {
        with_groups(known, |groups| {
            qualifier.with_value(|name| {
                let mut groups = groups.iter();
                groups.find(|group| group.qualifier == *name).cloned()
            })
        })
    });
    let whole = Whole {
        most: RwSignal::new(None),
        group: RwSignal::new(None),
        failure: RwSignal::new(None),
    };
    let words = RwSignal::new(String::new());
    let is_open = Memo::new(move |_| whole.most.with(Option::is_some));
    follow(source, search, qualifier, is_open, whole);
    let listed = Memo::new(move |_| {
        let Some(first) = first.get() else {
            return Listed::default();
        };
        match (whole.most.get(), whole.group.get()) {
            (Some(most), Some(group)) => {
                let wanted = words.with(|words| fold(words));
                some_of(group, most, |value| {
                    wanted.is_empty()
                        || fold(&value.value).contains(&wanted)
                        || qualifier.with_value(|name| {
                            fold(&label_of(search, name, value)).contains(&wanted)
                        })
                })
            }
            _ => Listed {
                values: first.values,
                more: first.more,
                untold: 0,
            },
        }
    });
    // The longest bar is that of the most frequent, whatever is looked for.
    let longest = Memo::new(move |_| {
        first.with(|first| {
            let most = first.as_ref().and_then(|first| first.values.first());
            most.map_or(1, |value| value.count.max(1))
        })
    });
    let is_exact =
        Memo::new(move |_| first.with(|first| first.as_ref().is_none_or(|f| f.among.is_none())));
    let note = move || {
        let among = first.with(|first| first.as_ref().and_then(|first| first.among));
        among_note(locale, among.filter(|_| shared.get().is_none()))
    };
    let has_field = Memo::new(move |_| {
        is_open.get()
            && first.with(|first| {
                first
                    .as_ref()
                    .is_some_and(|first| first.values.len() as u64 + first.more > MANY)
            })
    });
    let more = Memo::new(move |_| listed.with(|listed| listed.more));
    let has_button = Memo::new(move |_| is_open.get() || more.get() > 0);
    let button = move || match more.get() {
        0 => tr!(locale, find.fewer_values).to_owned(),
        n => tr!(locale, find.more_values, count = n, n = number(n)),
    };
    let press = move |_| {
        if more.get_untracked() > 0 {
            let now = listed.with_untracked(|listed| listed.values.len());
            whole.most.set(Some(now + STEP));
        } else {
            whole.most.set(None);
            whole.group.set(None);
            words.set(String::new());
        }
    };
    let untold = move || {
        let n = listed.with(|listed| listed.untold);
        (n > 0).then(|| {
            let text = tr!(locale, find.untold_values, count = n, n = number(n));
            view! { <p class="hint">{text}</p> }
        })
    };
    let failure = move || {
        whole.failure.get().map(|error| {
            view! { <p class="hint" role="alert">{trouble_text(locale, &error)}</p> }
        })
    };
    let has_none =
        Memo::new(move |_| is_open.get() && listed.with(|listed| listed.values.is_empty()));
    view! {
        <details open>
            <summary>{title}</summary>
            {note}
            <Show when=move || has_field.get()>
                <input
                    class="input"
                    type="search"
                    aria-label=find.clone()
                    placeholder=find.clone()
                    prop:value=move || words.get()
                    on:input=move |event| words.set(event_target_value(&event))
                />
            </Show>
            <ul>
                <For
                    each=move || listed.with(|listed| listed.values.clone())
                    key=|value: &FacetValue| (value.value.clone(), value.label.clone())
                    let:value
                >
                    <Value qualifier value listed longest is_exact />
                </For>
            </ul>
            <Show when=move || has_none.get()>
                <p class="hint" role="status">{tr!(locale, activity.filter.none)}</p>
            </Show>
            {untold}
            {failure}
            <Show when=move || has_button.get()>
                <button
                    class="link more-values"
                    type="button"
                    aria-expanded=move || is_open.get().to_string()
                    on:click=press
                >
                    {button}
                </button>
            </Show>
        </details>
    }
    .into_any()
}

/// Asks for all of a group while it is open, again when the filter changes and when something arrived.
fn follow(
    source: Source,
    search: Search,
    qualifier: StoredValue<String>,
    is_open: Memo<bool>,
    whole: Whole,
) {
    let asking = StoredValue::new(None::<TimeoutHandle>);
    let ask = move || {
        let wanted = search.q.try_get_untracked().zip(qualifier.try_get_value());
        // The panel may have been closed meanwhile.
        let Some((q, name)) = wanted else { return };
        spawn_local(async move {
            let answer = calls::facet_group(source, q.clone(), name).await;
            if search.q.try_get_untracked().as_ref() != Some(&q) {
                return;
            }
            match answer {
                Ok(Answer::Found(group)) => {
                    whole.failure.try_set(None);
                    whole.group.try_set(group);
                }
                // The field shows where it is wrong; the last good values stay.
                Ok(Answer::Mistaken(_)) => {}
                Err(error) => {
                    whole.failure.try_set(Some(error));
                }
            }
        });
    };
    Effect::new(move |was_open: Option<bool>| {
        search.q.track();
        search.matching.track();
        if let Some(handle) = asking.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        let is_open = is_open.get();
        if is_open && was_open == Some(true) {
            asking.set_value(set_timeout_with_handle(ask, ASK_AFTER).ok());
        } else if is_open {
            // Somebody waits for it.
            ask();
        }
        is_open
    });
}

/// At most so many of the values that are wanted.
fn some_of(group: FacetGroup, most: usize, is_wanted: impl Fn(&FacetValue) -> bool) -> Listed {
    let mut values: Vec<FacetValue> = group
        .values
        .into_iter()
        .filter(|value| is_wanted(value))
        .collect();
    let more = values.len().saturating_sub(most) as u64;
    values.truncate(most);
    Listed {
        values,
        more,
        untold: group.more,
    }
}

/// What a value is called.
fn label_of(search: Search, qualifier: &str, value: &FacetValue) -> String {
    search
        .value_label(qualifier, &value.value)
        .map(str::to_owned)
        .or_else(|| value.label.clone())
        .unwrap_or_else(|| match qualifier {
            "device" => device_words(search.locale, &value.value),
            _ => value.value.clone(),
        })
}

#[component]
fn Value(
    qualifier: StoredValue<String>,
    value: FacetValue,
    listed: Memo<Listed>,
    longest: Memo<u64>,
    is_exact: Memo<bool>,
) -> impl IntoView {
    let search = use_search();
    let label = qualifier.with_value(|name| label_of(search, name, &value));
    let exclude = tr!(search.locale, find.exclude, value = label.as_str());
    let first_count = value.count;
    let value =
        qualifier.with_value(|name| ListedValue::new(search, name, value.value, value.label));
    let count = Memo::new(move |_| {
        listed.with(|listed| {
            value.with(|_, named| {
                let mut values = listed.values.iter();
                values
                    .find(|other| {
                        other.value == named.value && other.label.as_deref() == named.label
                    })
                    .map_or(first_count, |other| other.count)
            })
        })
    });
    let part = move || {
        let part = (count.get() * 100 / longest.get()).min(100);
        format!("--part:{part}%")
    };
    let counted = move || {
        count_words(Count {
            count: count.get(),
            is_exact: is_exact.get(),
        })
    };
    view! {
        <li class:on=move || value.is_on() class:out=move || value.is_out() style=part>
            <button
                type="button"
                aria-pressed=move || value.is_on().to_string()
                on:click=move |event| value.toggle(event.alt_key())
            >
                <bdi class="trunc" title=label.clone()>{label.clone()}</bdi>
                <span class="n">{counted}</span>
            </button>
            <ExcludeButton value says=exclude />
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_listed_in_steps() {
        let values = (0..70_u64)
            .map(|n| FacetValue {
                value: format!("203.0.113.{n}"),
                label: None,
                count: 100 - n,
            })
            .collect();
        let group = FacetGroup {
            qualifier: "ip".to_owned(),
            values,
            more: 5,
            among: None,
        };
        let all = some_of(group.clone(), 62, |_| true);
        assert_eq!((all.values.len(), all.more, all.untold), (62, 8, 5));
        let found = some_of(group, 62, |value| value.value.ends_with(".69"));
        assert_eq!((found.values.len(), found.more), (1, 0));
    }
}
