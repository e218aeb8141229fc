//! The page's bar: its name, whether it is live, how the table looks.

use crate::activity::columns::{Column, Columns};
use crate::activity::live::dot::LiveDot;
use crate::activity::state::use_log;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::select::ExportButton;
use crate::{Density, use_preferences};
use leptos::prelude::*;

/// The page's bar.
#[component]
pub fn Heading() -> impl IntoView {
    let locale = use_log().locale;
    view! {
        <header class="bar">
            <h1 id="h">{tr!(locale, activity.title)}</h1>
            <span class="push"></span>
            <LiveDot />
            <span class="row-flex only-wide looks">
                <button
                    class="icon-btn"
                    type="button"
                    popovertarget="density"
                    aria-label=tr!(locale, activity.look.density)
                    title=tr!(locale, activity.look.density)
                    style="anchor-name:--density"
                >
                    <Icon glyph=icons::ROWS_3 />
                </button>
                <button
                    class="icon-btn"
                    type="button"
                    popovertarget="columns"
                    aria-label=tr!(locale, activity.look.columns)
                    title=tr!(locale, activity.look.columns)
                    style="anchor-name:--columns"
                >
                    <Icon glyph=icons::COLUMNS_3 />
                </button>
            </span>
            <ExportButton role=use_log().viewer.with_value(|viewer| viewer.role) />
            <DensityMenu />
            <ColumnMenu />
        </header>
    }
}

#[component]
fn DensityMenu() -> impl IntoView {
    let locale = use_log().locale;
    let preferences = use_preferences();
    let label = move |density| match density {
        Density::Compact => tr!(locale, activity.look.compact),
        Density::Regular => tr!(locale, activity.look.regular),
        Density::Roomy => tr!(locale, activity.look.roomy),
    };
    let choices = Density::ALL
        .map(|density| {
            let is_on = move || preferences.density.get() == density;
            view! {
                <li class:on=is_on>
                    <button
                        type="button"
                        aria-pressed=move || is_on().to_string()
                        on:click=move |_| preferences.set_density(density)
                    >
                        <span class="tick"><Icon glyph=icons::CHECK class="i-s" /></span>
                        <span class="grow">{label(density)}</span>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <div
            class="menu pop"
            id="density"
            popover="auto"
            role="group"
            aria-label=tr!(locale, activity.look.density)
            style="position-anchor:--density"
        >
            <ul class="choices">{choices}</ul>
        </div>
    }
}

#[component]
fn ColumnMenu() -> impl IntoView {
    let locale = use_log().locale;
    let columns = expect_context::<Columns>();
    let rows = move || {
        let shown = columns.shown();
        let hidden = Column::ALL
            .into_iter()
            .filter(|column| !shown.contains(column));
        let all: Vec<Column> = shown.iter().copied().chain(hidden).collect();
        all.into_iter()
            .map(|column| {
                let is_on = columns.has(column);
                let is_fixed = column == Column::What;
                let label = column.label(locale);
                view! {
                    <li class:on=is_on>
                        <button
                            type="button"
                            aria-pressed=is_on.to_string()
                            aria-disabled=is_fixed.then_some("true")
                            on:click=move |_| columns.toggle(column)
                        >
                            <span class="tick"><Icon glyph=icons::CHECK class="i-s" /></span>
                            <span class="grow">{label}</span>
                        </button>
                        <Show when=move || is_on>
                            <button
                                class="icon-btn"
                                type="button"
                                aria-label=tr!(locale, activity.look.earlier, name = label)
                                on:click=move |_| columns.shift(column, false)
                            >
                                <Icon glyph=icons::CHEVRON_UP class="i-s" />
                            </button>
                            <button
                                class="icon-btn"
                                type="button"
                                aria-label=tr!(locale, activity.look.later, name = label)
                                on:click=move |_| columns.shift(column, true)
                            >
                                <Icon glyph=icons::CHEVRON_DOWN class="i-s" />
                            </button>
                        </Show>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div
            class="menu pop"
            id="columns"
            popover="auto"
            role="group"
            aria-label=tr!(locale, activity.look.columns)
            style="position-anchor:--columns"
        >
            <ul class="choices">{rows}</ul>
            <hr />
            <button type="button" on:click=move |_| columns.reset()>
                <Icon glyph=icons::ROTATE_CCW class="flip" />
                {tr!(locale, activity.look.reset)}
            </button>
        </div>
    }
}
