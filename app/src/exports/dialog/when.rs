//! When a file is made: now, or each day, week or month.

use crate::activity::words::weekday_short;
use crate::i18n::{Locale, tr, use_locale};
use domain::export::{Every, ScheduleDraft};
use leptos::prelude::*;

/// When it is made again.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// How often.
    pub every: Every,
    /// `HH:MM` on the store's clock.
    pub at: String,
    /// To whom a link is sent, one address a line or between commas.
    pub email_to: String,
    /// Whether it runs.
    pub is_on: bool,
}

impl Default for Repeat {
    fn default() -> Self {
        Self {
            every: Every::Week { weekday: 0 },
            at: "07:00".to_owned(),
            email_to: String::new(),
            is_on: true,
        }
    }
}

impl Repeat {
    /// That of a schedule.
    pub fn of(draft: &ScheduleDraft) -> Self {
        Self {
            every: draft.every,
            at: draft.at.clone(),
            email_to: draft.email_to.join(", "),
            is_on: draft.is_on,
        }
    }

    /// The addresses.
    pub fn addresses(&self) -> Vec<String> {
        self.email_to
            .split([',', ';', '\n', ' '])
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// A weekday in full; 0 for Monday to 6 for Sunday.
pub fn weekday(locale: Locale, weekday: u8) -> &'static str {
    weekday_short(locale, u32::from(weekday)).0
}

/// How often, in words: `Each Monday at 07:00`.
pub fn repeat_words(locale: Locale, every: Every, at: &str) -> String {
    match every {
        Every::Day => tr!(locale, exports.each_day, time = at),
        Every::Week { weekday: day } => {
            tr!(
                locale,
                exports.each_week,
                day = weekday(locale, day),
                time = at
            )
        }
        Every::Month { day } => tr!(locale, exports.each_month, day = day, time = at),
    }
}

/// Now, or again and again.
#[component]
pub fn When(
    /// When; none for now, once.
    repeat: RwSignal<Option<Repeat>>,
    /// Whether it can be once as well.
    may_be_once: bool,
    /// What is wrong with the time.
    at_error: Signal<Option<String>>,
    /// What is wrong with the addresses.
    email_error: Signal<Option<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let kind = Memo::new(move |_| {
        repeat.with(|repeat| match repeat.as_ref().map(|repeat| repeat.every) {
            None => "once",
            Some(Every::Day) => "day",
            Some(Every::Week { .. }) => "week",
            Some(Every::Month { .. }) => "month",
        })
    });
    let choose = move |kind: &str| {
        let every = match kind {
            "day" => Every::Day,
            "week" => Every::Week { weekday: 0 },
            "month" => Every::Month { day: 1 },
            _ => {
                repeat.set(None);
                return;
            }
        };
        repeat.update(|repeat| repeat.get_or_insert_default().every = every);
    };
    let change = move |edit: &dyn Fn(&mut Repeat)| {
        repeat.update(|repeat| {
            if let Some(repeat) = repeat {
                edit(repeat);
            }
        });
    };
    let choices = [
        ("once", tr!(locale, exports.once)),
        ("day", tr!(locale, exports.daily)),
        ("week", tr!(locale, exports.weekly)),
        ("month", tr!(locale, exports.monthly)),
    ]
    .into_iter()
    .filter(|(value, _)| may_be_once || *value != "once")
    .map(|(value, label)| {
        view! {
            <button
                type="button"
                aria-pressed=move || (kind.get() == value).to_string()
                on:click=move |_| choose(value)
            >
                {label}
            </button>
        }
    })
    .collect_view();
    let day = move || match repeat.with(|repeat| repeat.as_ref().map(|repeat| repeat.every)) {
        Some(Every::Week { weekday: chosen }) => {
            let days = (0..7_u8)
                .map(|day| {
                    view! {
                        <option value=day.to_string() selected=day == chosen>{weekday(locale, day)}</option>
                    }
                })
                .collect_view();
            view! {
                <select
                    class="input"
                    aria-label=tr!(locale, exports.weekday)
                    on:change=move |event| {
                        if let Ok(weekday) = event_target_value(&event).parse() {
                            change(&|repeat| repeat.every = Every::Week { weekday });
                        }
                    }
                >
                    {days}
                </select>
            }
            .into_any()
        }
        Some(Every::Month { day: chosen }) => {
            let days = (1..=31_u8)
                .map(|day| {
                    view! { <option value=day.to_string() selected=day == chosen>{day}</option> }
                })
                .collect_view();
            view! {
                <select
                    class="input"
                    aria-label=tr!(locale, exports.month_day)
                    on:change=move |event| {
                        if let Ok(day) = event_target_value(&event).parse() {
                            change(&|repeat| repeat.every = Every::Month { day });
                        }
                    }
                >
                    {days}
                </select>
            }
            .into_any()
        }
        _ => ().into_any(),
    };
    // Made again only when another kind is chosen, not while it is typed into.
    let fields = move || {
        (kind.get() != "once").then(|| {
            let first = repeat.get_untracked().unwrap_or_default();
            view! {
                <div class="row-flex wrap">
                    {day}
                    <label class="row-flex">
                        {tr!(locale, exports.at)}
                        <input
                            class="input"
                            type="time"
                            required
                            value=first.at.clone()
                            aria-invalid=move || at_error.with(Option::is_some).then_some("true")
                            on:input=move |event| {
                                let at = event_target_value(&event);
                                change(&|repeat| repeat.at.clone_from(&at));
                            }
                        />
                    </label>
                </div>
                <p class="error-text" hidden=move || at_error.with(Option::is_none)>{at_error}</p>
                <p class="hint">{tr!(locale, exports.at_hint)}</p>
                <label for="x-mail">{tr!(locale, exports.email_to)}</label>
                <input
                    class="input"
                    id="x-mail"
                    type="text"
                    dir="ltr"
                    autocomplete="off"
                    placeholder="sara@store.example, omar@store.example"
                    value=first.email_to.clone()
                    aria-invalid=move || email_error.with(Option::is_some).then_some("true")
                    aria-describedby=move || {
                        email_error.with(Option::is_some).then_some("x-mail-error")
                    }
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        change(&|repeat| repeat.email_to.clone_from(&typed));
                    }
                />
                <p
                    class="error-text"
                    id="x-mail-error"
                    hidden=move || email_error.with(Option::is_none)
                >
                    {email_error}
                </p>
            }
        })
    };
    view! {
        <fieldset class="field">
            <legend class="label">{tr!(locale, exports.when)}</legend>
            <span class="seg">{choices}</span>
            {fields}
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_between_commas_spaces_or_on_lines() {
        let repeat = Repeat {
            email_to: " a@x.example,b@x.example;\nc@x.example  ".to_owned(),
            ..Repeat::default()
        };
        assert_eq!(
            repeat.addresses(),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
    }
}
