//! Making and changing a rule.

use super::calls::SaveRule;
use super::form::RuleForm;
use super::trial::Trial;
use super::words::now;
use crate::AppError;
use crate::activity::browser;
use crate::activity::words::weekday_short;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FieldError, FormNote, TextField, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::messages::words::channel_label;
use crate::pages::{stale_text, trouble_text};
use domain::Code;
use domain::message::Channel;
use domain::view::RuleTrial;
use leptos::html;
use leptos::prelude::*;

type Answer = Signal<Option<Result<Option<RuleTrial>, AppError>>>;

/// Over how many days a rule is tried on the past.
const PERIODS: [&str; 3] = ["1", WEEK, "30"];
const WEEK: &str = "7";

fn period_words(locale: Locale, days: &str) -> &'static str {
    match days {
        "1" => tr!(locale, rules.period_day),
        "30" => tr!(locale, rules.period_month),
        _ => tr!(locale, rules.period_week),
    }
}

fn test_words(locale: Locale, days: &str) -> &'static str {
    match days {
        "1" => tr!(locale, rules.test_day),
        "30" => tr!(locale, rules.test_month),
        _ => tr!(locale, rules.test),
    }
}

/// When, and what then.
#[component]
pub fn EditDialog(
    /// The rule as it is.
    form: RuleForm,
    /// The names of the templates.
    templates: Vec<String>,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it was saved.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<SaveRule>::new();
    let value = action.value();
    let fields = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let is_changed = RwSignal::new(false);
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() != Code::InvalidFields => {
                let stale = stale_text(locale, error, |field, value| now(locale, field, value));
                let text = stale.unwrap_or_else(|| match error.code() {
                    Code::Conflict => tr!(locale, rules.name_taken).to_owned(),
                    _ => trouble_text(locale, error),
                });
                Some(view! { <FormNote text /> })
            }
            _ => None,
        })
    };
    let tested = RwSignal::new(None::<RuleTrial>);
    Effect::new(move || match value.get() {
        Some(Ok(None)) => {
            handle.close();
            on_done.run(());
        }
        Some(Err(error)) => {
            if error.0.is_stale() {
                on_done.run(());
            }
            tested.set(None);
            focus_first_fault(fields);
        }
        Some(Ok(Some(trial))) => {
            tested.set(Some(trial));
            // After the page has shown it, below everything else.
            request_animation_frame(|| browser::reveal(".modal-body > .trial"));
        }
        None => {}
    });
    // What is asked now was not tested.
    let changed = move |_| {
        if tested.with_untracked(Option::is_some) {
            tested.set(None);
        }
    };
    let title = if form.id.is_empty() {
        tr!(locale, rules.add).to_owned()
    } else {
        form.name.clone()
    };
    let is_enabled = form.is_enabled.is_some();
    let answer = Signal::derive(move || value.get());
    let is_dry = form.is_dry.is_some();
    let body = view! { <Fields form templates answer /> }.into_any();
    let days = RwSignal::new(WEEK.to_owned());
    let periods = PERIODS.map(|period| {
        let is_chosen = period == WEEK;
        view! { <option value=period selected=is_chosen>{period_words(locale, period)}</option> }
    });
    let periods = periods.collect_view();
    let tried = move || tested.get().map(|trial| view! { <Trial trial /> });
    view! {
        <Dialog title handle on_close is_changed>
            <ActionForm action node_ref=fields attr:novalidate=true>
                <div class="modal-body" on:input=changed>{note} {body} {tried}</div>
                <footer class="modal-foot">
                    <label class="check">
                        <input type="checkbox" name="form[is_enabled]" checked=is_enabled />
                        {tr!(locale, rules.is_on)}
                    </label>
                    <label class="check">
                        <input type="checkbox" name="form[is_dry]" checked=is_dry />
                        {tr!(locale, rules.dry_long)}
                    </label>
                    <select
                        class="input auto"
                        aria-label=tr!(locale, rules.test_over)
                        // It is no part of the rule: nothing is lost with it.
                        on:input=move |event| event.stop_propagation()
                        on:change:target=move |event| {
                            days.set(event.target().value());
                            tested.set(None);
                        }
                    >
                        {periods}
                    </select>
                    <button
                        class="btn"
                        type="submit"
                        name="form[try_days]"
                        value=move || days.get()
                        prop:disabled=move || action.pending().get()
                    >
                        {move || days.with(|days| test_words(locale, days))}
                    </button>
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, common.save) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// What is wrong with a field, in words.
fn fault(locale: Locale, field: &'static str, answer: Answer) -> Signal<Option<String>> {
    Signal::derive(move || {
        let code = answer.with(|answer| match answer {
            Some(Err(error)) => error.field(field).map(str::to_owned),
            _ => None,
        });
        code.map(|code| {
            // What is wrong with a query is said with its place.
            let said = answer.with(|answer| match answer {
                Some(Err(error)) if matches!(field, "query" | "also") => error
                    .0
                    .fields
                    .iter()
                    .find(|wrong| wrong.pointer.trim_start_matches('/') == field)
                    .map(|wrong| wrong.message.clone()),
                _ => None,
            });
            let words = match field {
                "name" => tr!(locale, rules.fault.name),
                "words" | "statuses" | "groups" => tr!(locale, rules.fault.words),
                "total_from" | "total_below" | "currency" => tr!(locale, rules.fault.total),
                "from" | "to" | "at" => tr!(locale, rules.fault.time),
                "query" | "also" => tr!(locale, rules.fault.query),
                "shop_tag" | "hold" | "tag" => tr!(locale, rules.fault.no_thing),
                "template" if code == "not_found" => tr!(locale, rules.fault.no_template),
                "template" => tr!(locale, rules.fault.nothing),
                "assign" if code == "not_found" => tr!(locale, rules.fault.no_colleague),
                "assign" => tr!(locale, account.fault.email),
                "url" if code == "required" => tr!(locale, rules.fault.nothing),
                "url" => tr!(locale, rules.fault.url),
                _ => tr!(locale, account.fault.other),
            };
            match said {
                Some(said) => format!("{words}: {said}"),
                None => words.to_owned(),
            }
        })
    })
}

#[component]
fn Fields(form: RuleForm, templates: Vec<String>, answer: Answer) -> impl IntoView {
    let locale = use_locale();
    let error = move |field| fault(locale, field, answer);
    let channels = [
        ("form[email]", Channel::Email, form.email.is_some()),
        ("form[sms]", Channel::Sms, form.sms.is_some()),
        ("form[whatsapp]", Channel::Whatsapp, form.whatsapp.is_some()),
    ];
    let channels = channels.map(|(name, channel, is_on)| {
        view! {
            <label class="check">
                <input type="checkbox" name=name checked=is_on />
                {channel_label(locale, channel)}
            </label>
        }
    });
    let when = RwSignal::new(match form.when.as_str() {
        "event" | "schedule" => form.when.clone(),
        _ => "message".to_owned(),
    });
    let chosen = when.get_untracked();
    let is_schedule = move || when.with(|when| when == "schedule");
    let whens = [
        ("message", tr!(locale, rules.on_message)),
        ("event", tr!(locale, rules.on_event)),
        ("schedule", tr!(locale, rules.on_schedule)),
    ];
    let whens = whens.map(|(value, label)| {
        let is_chosen = value == chosen;
        view! { <option value=value selected=is_chosen>{label}</option> }
    });
    view! {
        <input type="hidden" name="form[id]" value=form.id />
        <input type="hidden" name="form[version]" value=form.version />
        <TextField
            name="form[name]"
            label=tr!(locale, rules.name)
            value=form.name
            maxlength=200
            is_required=true
            is_first=true
            error=error("name")
        />
        <fieldset class="group">
            <legend>{tr!(locale, rules.when_long)}</legend>
            <p class="hint" hidden=move || when.with(|when| when != "message")>{tr!(locale, rules.when_hint)}</p>
            <div class="field">
                <label for="f-when">{tr!(locale, rules.set_off)}</label>
                <select
                    class="input"
                    id="f-when"
                    name="form[when]"
                    on:change:target=move |event| when.set(event.target().value())
                >
                    {whens.collect_view()}
                </select>
            </div>
            <div class="part" hidden=move || when.with(|when| when != "event")>
                <TextField
                    name="form[query]"
                    label=tr!(locale, rules.query)
                    hint=tr!(locale, rules.query_hint)
                    value=form.query
                    is_code=true
                    maxlength=1000
                    error=error("query")
                />
            </div>
            <div class="part" hidden=move || when.with(|when| when != "schedule")>
                <Times every=form.every at=form.at weekday=form.weekday day=form.day error=error("at") />
            </div>
            <div class="part" hidden=move || when.with(|when| when == "message")>
                <TextField
                    name="form[also]"
                    label=tr!(locale, rules.also)
                    hint=tr!(locale, rules.also_hint)
                    value=form.also
                    is_code=true
                    maxlength=1000
                    error=error("also")
                />
            </div>
            <div class="field part" hidden=move || when.with(|when| when != "message")>
                <span class="label" id="rule-channels">{tr!(locale, rules.channels)}</span>
                <div class="checks-line" role="group" aria-labelledby="rule-channels">{channels.collect_view()}</div>
            </div>
            <div class="part" hidden=move || when.with(|when| when == "schedule")>
            <TextField
                name="form[words]"
                label=tr!(locale, rules.words)
                hint=tr!(locale, rules.words_hint)
                value=form.words
                error=error("words")
            />
            <TextField
                name="form[statuses]"
                label=tr!(locale, rules.statuses)
                hint=tr!(locale, rules.statuses_hint)
                value=form.statuses
                error=error("statuses")
            />
            <TextField
                name="form[groups]"
                label=tr!(locale, rules.groups)
                hint=tr!(locale, rules.groups_hint)
                value=form.groups
                error=error("groups")
            />
            <div class="pair">
                <TextField
                    name="form[total_from]"
                    label=tr!(locale, rules.at_least)
                    is_code=true
                    maxlength=40
                    value=form.total_from
                    error=error("total_from")
                />
                <TextField
                    name="form[total_below]"
                    label=tr!(locale, rules.below)
                    is_code=true
                    maxlength=40
                    value=form.total_below
                    error=error("total_below")
                />
            </div>
            <TextField
                name="form[currency]"
                label=tr!(locale, rules.currency)
                hint=tr!(locale, rules.currency_hint)
                is_code=true
                maxlength=3
                value=form.currency
                error=error("currency")
            />
            </div>
            <div class="pair">
                <TextField
                    name="form[from]"
                    label=tr!(locale, rules.from)
                    kind="time"
                    is_code=true
                    value=form.from
                    error=error("from")
                />
                <TextField
                    name="form[to]"
                    label=tr!(locale, rules.to)
                    hint=tr!(locale, rules.to_hint)
                    kind="time"
                    is_code=true
                    value=form.to
                    error=error("to")
                />
            </div>
        </fieldset>
        <fieldset class="group">
            <legend>{tr!(locale, rules.then_long)}</legend>
            <div class="part" hidden=is_schedule>
                <Template chosen=form.template templates error=error("template") />
                <TextField
                    name="form[assign]"
                    label=tr!(locale, rules.assign)
                    hint=tr!(locale, rules.assign_hint)
                    value=form.assign
                    is_code=true
                    maxlength=254
                    error=error("assign")
                />
                <TextField
                    name="form[tag]"
                    label=tr!(locale, rules.tag)
                    value=form.tag
                    maxlength=100
                    error=error("tag")
                />
            </div>
            <TextField
                name="form[url]"
                label=tr!(locale, rules.url)
                hint=tr!(locale, rules.url_hint)
                value=form.url
                is_code=true
                maxlength=2000
                error=error("url")
            />
            <div class="part" hidden=is_schedule>
                <TextField
                    name="form[shop_tag]"
                    label=tr!(locale, rules.shop_tag)
                    hint=tr!(locale, rules.shop_tag_hint)
                    value=form.shop_tag
                    maxlength=100
                    error=error("shop_tag")
                />
                <label class="check">
                    <input type="checkbox" name="form[hold]" checked=form.hold.is_some() />
                    {tr!(locale, rules.hold)}
                </label>
            </div>
            <TextField
                name="form[alarm]"
                label=tr!(locale, rules.alarm)
                hint=tr!(locale, rules.alarm_hint)
                value=form.alarm
                maxlength=500
                error=error("alarm")
            />
            <TextField
                name="form[operation]"
                label=tr!(locale, rules.operation)
                value=form.operation
                maxlength=300
                error=error("operation")
            />
        </fieldset>
    }
    .into_any()
}

/// The times of a schedule.
#[component]
fn Times(
    every: String,
    at: String,
    weekday: String,
    day: String,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let each = [
        ("day", tr!(locale, rules.each_day)),
        ("hour", tr!(locale, rules.each_hour)),
        ("week", tr!(locale, rules.each_week)),
        ("month", tr!(locale, rules.each_month)),
    ];
    let chosen = RwSignal::new(match every.as_str() {
        "hour" | "week" | "month" => every.clone(),
        _ => "day".to_owned(),
    });
    let each = each.map(|(value, label)| {
        let is_chosen = value == every;
        view! { <option value=value selected=is_chosen>{label}</option> }
    });
    let days = (0..7).map(|number: u32| {
        let is_chosen = number.to_string() == weekday;
        let (_, name) = weekday_short(locale, number);
        view! { <option value=number.to_string() selected=is_chosen>{name}</option> }
    });
    view! {
        <div class="pair">
            <div class="field">
                <label for="f-every">{tr!(locale, rules.every)}</label>
                <select
                    class="input"
                    id="f-every"
                    name="form[every]"
                    on:change:target=move |event| chosen.set(event.target().value())
                >
                    {each.collect_view()}
                </select>
            </div>
            <TextField
                name="form[at]"
                label=tr!(locale, rules.at)
                hint=tr!(locale, rules.at_hint)
                kind="time"
                is_code=true
                value=at
                error
            />
            <div class="part" hidden=move || chosen.with(|every| every != "week")>
                <div class="field">
                    <label for="f-weekday">{tr!(locale, rules.weekday)}</label>
                    <select class="input" id="f-weekday" name="form[weekday]">{days.collect_view()}</select>
                </div>
            </div>
            <div class="part" hidden=move || chosen.with(|every| every != "month")>
                <TextField
                    name="form[day]"
                    label=tr!(locale, rules.day)
                    kind="number"
                    is_code=true
                    value=day
                />
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Template(
    chosen: String,
    templates: Vec<String>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let locale = use_locale();
    // One that was deleted since stays what the rule names, until it is changed.
    let is_gone = !chosen.is_empty() && !templates.contains(&chosen);
    let gone = is_gone.then(|| chosen.clone());
    let options = gone
        .into_iter()
        .chain(templates)
        .map(|name| {
            let is_chosen = name == chosen;
            view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="f-template">{tr!(locale, rules.template)}</label>
            <select
                class="input"
                id="f-template"
                name="form[template]"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby="f-template-error"
            >
                <option value="">{tr!(locale, rules.no_answer)}</option>
                {options}
            </select>
            <FieldError id="f-template-error".to_owned() error />
        </div>
    }
    .into_any()
}
