//! How one value changed, as a cell of the table of changes.

use super::parts::value;
use crate::activity::words::{Reader, field_label};
use crate::i18n::{Locale, tr};
use domain::diff::{FieldDiff, Segment, SegmentKind};
use leptos::prelude::*;
use serde_json::Value;

/// The cell.
pub fn difference(reader: Reader, field: &str, what: FieldDiff) -> AnyView {
    let locale = reader.locale();
    match what {
        FieldDiff::Text(segments) => {
            view! { <td class="same" dir="auto">{text(segments)}</td> }.into_any()
        }
        FieldDiff::Nested(parts) if parts.is_empty() => {
            view! { <td class="same">{tr!(locale, activity.value.unchanged)}</td> }.into_any()
        }
        FieldDiff::Nested(parts) => {
            let parts = parts
                .into_iter()
                .map(|(path, part)| {
                    view! {
                        <li>
                            <span class="path"><bdi>{field_label(locale, &path)}</bdi></span>
                            <div>{inline(reader, &path, part)}</div>
                        </li>
                    }
                })
                .collect_view();
            view! { <td><ul class="nested">{parts}</ul></td> }.into_any()
        }
        other => view! { <td>{inline(reader, field, other)}</td> }.into_any(),
    }
}

fn inline(reader: Reader, field: &str, what: FieldDiff) -> AnyView {
    let locale = reader.locale();
    let whole = |v: &Value| match v {
        Value::Null => reader.brief(field, v),
        other => reader.whole(field, other),
    };
    match what {
        FieldDiff::Scalar { before, after } => {
            pair(locale, del(whole(&before)), ins(whole(&after)))
        }
        FieldDiff::Added(after) => {
            let nothing = view! { <span class="dim">{reader.brief(field, &Value::Null)}</span> };
            pair(locale, nothing.into_any(), ins(whole(&after)))
        }
        FieldDiff::Removed(before) => {
            let nothing = view! { <span class="dim">{reader.brief(field, &Value::Null)}</span> };
            pair(locale, del(whole(&before)), nothing.into_any())
        }
        FieldDiff::List {
            removed,
            added,
            kept,
            is_reordered,
        } => {
            let gone = removed.iter().map(|item| del(whole(item))).collect_view();
            let new = added.iter().map(|item| ins(whole(item))).collect_view();
            let kept = (kept > 0).then(|| tr!(locale, activity.value.kept, count = kept as u64));
            let order = is_reordered.then(|| tr!(locale, activity.value.reordered));
            view! {
                <span class="items">{gone}{new}</span>
                {kept.map(|kept| view! { <span class="dim small">{kept}</span> })}
                {order.map(|order| view! { <span class="dim small">{order}</span> })}
            }
            .into_any()
        }
        FieldDiff::Text(segments) => text(segments),
        // Never inside another one.
        FieldDiff::Nested(_) => ().into_any(),
    }
}

fn pair(locale: Locale, before: AnyView, after: AnyView) -> AnyView {
    view! {
        {before}
        <span class="arrow-to flip" aria-hidden="true">"→"</span>
        <span class="vh">" "{tr!(locale, activity.to)}" "</span>
        {after}
    }
    .into_any()
}

fn del(text: String) -> AnyView {
    view! { <del>{value(text)}</del> }.into_any()
}

fn ins(text: String) -> AnyView {
    view! { <ins>{value(text)}</ins> }.into_any()
}

/// The parts in reading order; long ones that stayed are cut until somebody asks for them.
fn text(segments: Vec<Segment>) -> AnyView {
    let is_whole = RwSignal::new(false);
    segments
        .into_iter()
        .map(|segment| match segment.kind {
            SegmentKind::Same => segment.text.into_any(),
            SegmentKind::Removed => view! { <del>{segment.text}</del> }.into_any(),
            SegmentKind::Added => view! { <ins>{segment.text}</ins> }.into_any(),
            SegmentKind::Elided => {
                let whole = segment.text;
                (move || {
                    if is_whole.get() {
                        whole.clone().into_any()
                    } else {
                        view! {
                            <button class="link" type="button" on:click=move |_| is_whole.set(true)>" … "</button>
                        }
                        .into_any()
                    }
                })
                .into_any()
            }
        })
        .collect_view()
        .into_any()
}
