//! The rules: per log and category, content and the rest; what they would remove.

use super::calls;
use super::confirm::ConfirmDialog;
use super::days::Days;
use crate::AppError;
use crate::account::proof::use_proof;
use crate::activity::words::{category_label, count_words, number};
use crate::exports::words::source_label;
use crate::form::FormNote;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::{field_now, stale_text, trouble_text};
use crate::unsaved::use_unsaved;
use domain::Category;
use domain::export::Source;
use domain::view::{RetentionPreview, RetentionRule, RetentionView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

/// The rules with what they would remove, and a button that saves them.
#[component]
pub fn Rules(
    /// As they are.
    first: RetentionView,
) -> impl IntoView {
    let locale = use_locale();
    let rules = RwSignal::new(whole(first.rules.clone()));
    let days = RwSignal::new(first.export_days);
    let was = RwSignal::new((first.rules, first.export_days));
    let is_changed = Signal::derive(move || {
        was.with(|(kept, kept_days)| {
            days.get() != *kept_days || rules.with(|rules| *rules != whole(kept.clone()))
        })
    });
    use_unsaved().watch(is_changed);
    let preview = RwSignal::new(None::<Vec<RetentionPreview>>);
    // The rules that are being previewed: once they are changed, nobody waits for it any more.
    let asked = RwSignal::new(None::<Vec<RetentionRule>>);
    let is_previewing = Memo::new(move |_| {
        asked.with(|asked| {
            asked
                .as_ref()
                .is_some_and(|asked| rules.with(|rules| rules == asked))
        })
    });
    let error = RwSignal::new(None::<AppError>);
    let is_pending = RwSignal::new(false);
    let is_saved = RwSignal::new(false);
    // What was said of the rules as they were. What is wrong is named by a rule's place.
    let forget = move || {
        is_saved.set(false);
        preview.set(None);
        if error.with_untracked(|error| error.as_ref().is_some_and(is_of_days)) {
            error.set(None);
        }
    };
    let set = Callback::new(move |(at, rule): (usize, RetentionRule)| {
        forget();
        rules.update(|rules| {
            if let Some(there) = rules.get_mut(at) {
                *there = rule;
            }
        });
    });
    let remove = Callback::new(move |category: Category| {
        forget();
        rules.update(|rules| rules.retain(|rule| rule.category != Some(category)));
    });
    let show = move |_| {
        if is_previewing.get_untracked() {
            return;
        }
        error.set(None);
        preview.set(None);
        let now = rules.get_untracked();
        asked.set(Some(now.clone()));
        spawn_local(async move {
            let answer = calls::preview(now.clone()).await;
            // The page may be gone, or other rules were asked about since.
            if asked.try_get_untracked().flatten().as_ref() != Some(&now) {
                return;
            }
            asked.set(None);
            if rules.get_untracked() == now {
                match answer {
                    Ok(found) => preview.set(Some(found)),
                    Err(found) => error.set(Some(found)),
                }
            }
        });
    };
    let asking = RwSignal::new(None::<u64>);
    let proof = use_proof();
    let again = StoredValue::new(None::<Callback<Option<u64>>>);
    let send = move |confirmed: Option<u64>| {
        // The page may be gone since the number was asked for.
        let (Some(asked), Some(days), Some(loaded)) = (
            rules.try_get_untracked(),
            days.try_get_untracked(),
            was.try_get_untracked(),
        ) else {
            return;
        };
        spawn_local(async move {
            let answer = calls::save(Some(loaded), asked, days, confirmed).await;
            is_pending.try_set(false);
            match answer {
                Ok(view) => {
                    rules.try_set(whole(view.rules.clone()));
                    was.try_set((view.rules, view.export_days));
                    is_saved.try_set(true);
                }
                Err(found) => {
                    let is_asked = proof.ask(&found, move || {
                        if let Some(again) = again.try_get_value().flatten() {
                            again.run(confirmed);
                        }
                    });
                    error.try_set(Some(found).filter(|_| !is_asked));
                }
            }
        });
    };
    again.set_value(Some(Callback::new(send)));
    let save = move |_| {
        if is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        error.set(None);
        let work = calls::due(rules.get_untracked());
        spawn_local(async move {
            match work.await {
                Ok(0) => send(None),
                Ok(due) => {
                    is_pending.try_set(false);
                    asking.try_set(Some(due));
                }
                Err(found) => {
                    is_pending.try_set(false);
                    error.try_set(Some(found));
                }
            }
        });
    };
    let dialog = move || {
        asking.get().map(|due| {
            let on_close = Callback::new(move |()| asking.set(None));
            let on_confirm = Callback::new(move |()| {
                is_pending.set(true);
                send(Some(due));
            });
            view! { <ConfirmDialog due on_close on_confirm /> }
        })
    };
    let note = move || {
        error.with(|error| {
            // What is wrong with days is said beside them.
            let error = error.as_ref().filter(|error| !is_of_days(error))?;
            let stale = stale_text(locale, error, |field, value| now(locale, field, value));
            let text = stale.unwrap_or_else(|| match error.field("confirmed") {
                Some(_) => tr!(locale, retention.more_due).to_owned(),
                None => trouble_text(locale, error),
            });
            Some(view! { <FormNote text /> })
        })
    };
    // Of what they are, in their order: rows are made anew when that changes, not while somebody types.
    let shown = Memo::new(move |_| {
        rules.with(|rules| {
            let of = rules.iter().map(|rule| (rule.source, rule.category));
            of.collect::<Vec<_>>()
        })
    });
    let rows = move || {
        (0..shown.with(Vec::len))
            .map(|at| view! { <Rule at rules set remove preview is_previewing error /> })
            .collect_view()
    };
    let add = move |event| {
        if let Ok(category) = event_target_value(&event).parse::<Category>() {
            forget();
            rules.update(|rules| {
                let rule = RetentionRule {
                    source: Source::Activity,
                    category: Some(category),
                    content_days: None,
                    metadata_days: None,
                };
                if !rules.iter().any(|there| there.category == Some(category)) {
                    rules.push(rule);
                }
            });
        }
    };
    let others = move || {
        let named: Vec<Category> =
            rules.with(|all| all.iter().filter_map(|r| r.category).collect());
        Category::ALL
            .into_iter()
            .filter(|category| !named.contains(category))
            .map(|category| {
                view! { <option value=category.as_str()>{category_label(locale, category)}</option> }
            })
            .collect_view()
    };
    view! {
        <section class="block" aria-labelledby="r-rules">
            <h2 id="r-rules">{tr!(locale, retention.rules)}</h2>
            {note}
            <table class="list retention" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{tr!(locale, retention.what)}</th>
                        <th role="columnheader" scope="col">{tr!(locale, retention.content)}</th>
                        <th role="columnheader" scope="col">{tr!(locale, retention.metadata)}</th>
                        <th role="columnheader" scope="col">{tr!(locale, retention.due)}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
            <p class="row-flex wrap">
                <label class="row-flex">
                    {tr!(locale, retention.add)}
                    <select class="input" prop:value="" on:change=add>
                        <option value="">{tr!(locale, retention.choose)}</option>
                        {others}
                    </select>
                </label>
                <label class="row-flex push">
                    {tr!(locale, retention.export_days)}
                    <input
                        class="input days"
                        type="number"
                        min="1"
                        max="3650"
                        value=first.export_days.to_string()
                        on:input=move |event| {
                            if let Ok(typed) = event_target_value(&event).parse() {
                                is_saved.set(false);
                                days.set(typed);
                            }
                        }
                    />
                </label>
            </p>
            <p class="hint" id="r-hint">{tr!(locale, retention.hint)} " " {tr!(locale, retention.reverts_hint)}</p>
            <div class="row-flex">
                <button
                    class="btn"
                    type="button"
                    aria-disabled=move || is_previewing.get().then_some("true")
                    on:click=show
                >
                    {move || {
                        if is_previewing.get() {
                            view! { <Icon glyph=icons::LOADER class="i spin" /> }.into_any()
                        } else {
                            view! { <Icon glyph=icons::EYE /> }.into_any()
                        }
                    }}
                    {tr!(locale, retention.preview)}
                </button>
                <button
                    class="btn primary"
                    type="button"
                    aria-disabled=move || is_pending.get().then_some("true")
                    on:click=save
                >
                    {tr!(locale, common.save)}
                </button>
                <span class="done" role="status">
                    {move || {
                        is_saved
                            .get()
                            .then(|| view! { <Icon glyph=icons::CHECK /> {tr!(locale, common.saved)} })
                    }}
                </span>
            </div>
            {dialog}
        </section>
    }
    .into_any()
}

/// Whether it is about days of a rule.
fn is_of_days(error: &AppError) -> bool {
    let mut fields = error.0.fields.iter();
    fields.any(|field| field.pointer.starts_with("/rules/") && field.pointer.ends_with("_days"))
}

/// The rules with one for each log, which is for ever where none was made.
fn whole(rules: Vec<RetentionRule>) -> Vec<RetentionRule> {
    let of = |source: Source| {
        rules
            .iter()
            .find(|rule| rule.source == source && rule.category.is_none())
            .cloned()
            .unwrap_or(RetentionRule {
                source,
                category: None,
                content_days: None,
                metadata_days: None,
            })
    };
    let mut all = vec![of(Source::Activity), of(Source::Messages)];
    all.extend(rules.iter().filter(|rule| rule.category.is_some()).cloned());
    all
}

#[component]
fn Rule(
    at: usize,
    rules: RwSignal<Vec<RetentionRule>>,
    set: Callback<(usize, RetentionRule)>,
    remove: Callback<Category>,
    preview: RwSignal<Option<Vec<RetentionPreview>>>,
    is_previewing: Memo<bool>,
    error: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let Some(first) = rules.with_untracked(|rules| rules.get(at).cloned()) else {
        return ().into_any();
    };
    let name = name_of(locale, &first);
    let change = move |edit: &dyn Fn(&mut RetentionRule)| {
        if let Some(mut rule) = rules.with_untracked(|rules| rules.get(at).cloned()) {
            edit(&mut rule);
            set.run((at, rule));
        }
    };
    let content = Callback::new(move |days: Option<u32>| change(&|rule| rule.content_days = days));
    let rest = Callback::new(move |days: Option<u32>| change(&|rule| rule.metadata_days = days));
    let label = |what: &str| format!("{name}: {what}");
    let error_id = |field: &str| format!("r-{at}-{field}-error");
    let fault = |field: &'static str| {
        let name = name.clone();
        Signal::derive(move || {
            error.with(|error| {
                let code = error.as_ref()?.field(&format!("rules/{at}/{field}"))?;
                Some(if code == "contradiction" {
                    tr!(locale, retention.rest_first, name = name.as_str())
                } else {
                    tr!(locale, retention.out_of_range, name = name.as_str())
                })
            })
        })
    };
    let due = move || match preview.get() {
        None if is_previewing.get() => "…".into_any(),
        None => view! { <span class="unknown">"–"</span> }.into_any(),
        Some(found) => {
            let rule = rules.with(|rules| rules.get(at).cloned());
            let found = found
                .into_iter()
                .find(|found| Some(&found.rule) == rule.as_ref());
            found.map(|found| due_words(locale, &found)).into_any()
        }
    };
    let removal = first.category.map(|category| {
        let label = tr!(locale, retention.remove, name = name.as_str());
        view! {
            " "
            <button
                class="icon-btn"
                type="button"
                aria-label=label.clone()
                title=label
                on:click=move |_| remove.run(category)
            >
                <Icon glyph=icons::TRASH />
            </button>
        }
    });
    view! {
        <tr role="row">
            <td role="cell" class="strong">{name.clone()} {removal}</td>
            <td role="cell">
                <span class="only-narrow">{tr!(locale, retention.content)}</span>
                <Days
                    label=label(tr!(locale, retention.content))
                    error_id=error_id("content")
                    chosen=first.content_days
                    error=fault("content_days")
                    on_change=content
                />
            </td>
            <td role="cell">
                <span class="only-narrow">{tr!(locale, retention.metadata)}</span>
                <Days
                    label=label(tr!(locale, retention.metadata))
                    error_id=error_id("rest")
                    chosen=first.metadata_days
                    error=fault("metadata_days")
                    on_change=rest
                />
            </td>
            <td role="cell" class="dim">{due}</td>
        </tr>
    }
    .into_any()
}

/// A log, or a category of the activity.
fn name_of(locale: Locale, rule: &RetentionRule) -> String {
    let log = source_label(locale, rule.source);
    match rule.category {
        Some(category) => format!("{log}: {}", category_label(locale, category)),
        None => log.to_owned(),
    }
}

/// After how many days, in words.
fn days_words(locale: Locale, days: Option<u32>) -> String {
    days.map_or_else(
        || tr!(locale, retention.forever).to_owned(),
        |days| tr!(locale, retention.days, count = u64::from(days), n = days),
    )
}

/// What a rule is, or for how many days files are kept, now that somebody else has changed it.
fn now(locale: Locale, field: &str, value: &Value) -> Option<String> {
    if field == "export_days" {
        return Some(field_now(tr!(locale, retention.export_days), value));
    }
    let (log, category) = field.split_once(':').unwrap_or((field, ""));
    // What has no rule any more is kept as long as the rest.
    let [content_days, metadata_days]: [Option<u32>; 2] =
        serde_json::from_value(value.clone()).unwrap_or_default();
    let rule = RetentionRule {
        source: log.parse().ok()?,
        category: category.parse().ok(),
        content_days,
        metadata_days,
    };
    Some(format!(
        "{}: {}{}{}",
        name_of(locale, &rule),
        days_words(locale, content_days),
        tr!(locale, common.and),
        days_words(locale, metadata_days)
    ))
}

/// What a rule would remove.
fn due_words(locale: Locale, found: &RetentionPreview) -> String {
    let (content, rest) = (found.content_due, found.metadata_due);
    if content.count == 0 && rest.count == 0 {
        return match found.next_at {
            Some(at) => tr!(
                locale,
                retention.next,
                day = crate::format::day(locale, at, 0)
            ),
            None => tr!(locale, retention.nothing).to_owned(),
        };
    }
    let (content_words, rest_words) = (count_words(content), count_words(rest));
    let goes = match (content.count, rest.count) {
        (_, 0) => tr!(locale, retention.goes_content, content = content_words),
        (0, _) => tr!(locale, retention.goes_whole, rest = rest_words),
        _ => tr!(
            locale,
            retention.goes,
            content = content_words,
            rest = rest_words
        ),
    };
    if found.reverts == 0 {
        return goes;
    }
    let reverts = tr!(
        locale,
        retention.reverts,
        count = found.reverts,
        n = number(found.reverts)
    );
    format!("{goes}. {reverts}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::view::Count;

    #[test]
    fn what_a_rule_is_now_is_said_with_its_days() {
        let said = |field: &str, value: Value| now(Locale::en, field, &value);
        let words = said("messages", serde_json::json!([90, null])).unwrap_or_default();
        assert!(words.ends_with(": 90 days, For ever"), "{words}");
        let gone = said("activity:orders", Value::Null).unwrap_or_default();
        assert!(gone.ends_with(": For ever, For ever"), "{gone}");
        let files = said("export_days", Value::from(7)).unwrap_or_default();
        assert!(files.ends_with(": 7"), "{files}");
        assert_eq!(said("unknown", Value::Null), None);
    }

    #[test]
    fn where_counting_stopped_is_not_shown_as_the_whole() {
        let counted = |count, is_exact| Count { count, is_exact };
        let preview = RetentionPreview {
            rule: RetentionRule {
                source: Source::Activity,
                category: None,
                content_days: Some(30),
                metadata_days: Some(60),
            },
            content_due: counted(10_000, false),
            metadata_due: counted(3, true),
            next_at: None,
            reverts: 0,
        };
        let words = due_words(Locale::en, &preview);
        assert!(words.contains("10,000+"), "{words}");
        assert!(!words.contains("3+"), "{words}");
        assert!(!words.contains("revert"), "{words}");
        let preview = RetentionPreview {
            reverts: 2,
            ..preview
        };
        let words = due_words(Locale::en, &preview);
        assert!(words.contains("2 bulk operations"), "{words}");
        // What goes of nothing is not said.
        let words = |content, rest| {
            let found = RetentionPreview {
                content_due: counted(content, true),
                metadata_due: counted(rest, true),
                reverts: 0,
                ..preview.clone()
            };
            due_words(Locale::en, &found)
        };
        assert_eq!(words(5, 0), "Content of 5");
        assert_eq!(words(0, 3), "All of 3");
    }
}
