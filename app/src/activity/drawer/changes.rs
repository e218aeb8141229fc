//! Before and after.

use super::difference::difference;
use super::parts::By;
use crate::activity::state::use_log;
use crate::activity::words::{Reader, field_label};
use crate::i18n::tr;
use domain::Change;
use domain::diff::diff;
use domain::view::ActivityDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// Every change, readable; as JSON when asked for.
#[component]
pub fn Changes(detail: Arc<ActivityDetail>) -> impl IntoView {
    if detail.changes.is_empty() {
        return ().into_any();
    }
    let locale = use_log().locale;
    let is_raw = RwSignal::new(false);
    let reader = Reader::of(locale, &detail.row);
    let content = move || {
        if is_raw.get() {
            let text = serde_json::to_string_pretty(&detail.changes).unwrap_or_default();
            return view! { <div class="code"><pre tabindex="0">{text}</pre></div> }.into_any();
        }
        let rows = detail
            .changes
            .iter()
            .map(|change: &Change| {
                let what = difference(reader, &change.field, diff(&change.before, &change.after));
                view! {
                    <tr>
                        <th scope="row" title=change.field.clone()>
                            <By qualifier="changed" value=change.field.clone() label=field_label(locale, &change.field) />
                        </th>
                        {what}
                    </tr>
                }
            })
            .collect_view();
        view! { <table class="diff"><tbody>{rows}</tbody></table> }.into_any()
    };
    view! {
        <section class="section" aria-labelledby="d-changes">
            <div class="section-head">
                <h2 id="d-changes">{tr!(locale, activity.entry.changes)}</h2>
                <button
                    class="link push"
                    type="button"
                    aria-pressed=move || is_raw.get().to_string()
                    on:click=move |_| is_raw.update(|is_raw| *is_raw = !*is_raw)
                >
                    {tr!(locale, activity.entry.as_json)}
                </button>
            </div>
            {content}
        </section>
    }
    .into_any()
}
