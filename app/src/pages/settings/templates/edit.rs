//! Making and changing a template.

use super::calls::{SaveTemplate, TemplateForm};
use crate::activity::words::number;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FieldError, FormNote, TextField, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::messages::words::channel_label;
use crate::pages::{field_now, stale_text, trouble_text};
use domain::Code;
use domain::followup::{Filling, fill, unfinished_place, unknown_place};
use domain::message::Channel;
use leptos::html;
use leptos::prelude::*;
use serde_json::Value;

/// The places that a text can have.
const PLACES: [&str; 5] = [
    "{{customer}}",
    "{{order}}",
    "{{status}}",
    "{{total}}",
    "{{store}}",
];

/// Name, channel, subject and text, with an example of what comes of it.
#[component]
pub fn EditDialog(
    /// The template as it is.
    form: TemplateForm,
    /// The store's name, for the example.
    store: String,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it was saved.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<SaveTemplate>::new();
    let value = action.value();
    let fields = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let is_changed = RwSignal::new(false);
    let body = RwSignal::new(form.body.clone());
    let error = move |field: &'static str| {
        Signal::derive(move || {
            let is_wrong = value.with(|answer| match answer {
                Some(Err(error)) => error.field(field).is_some(),
                _ => false,
            });
            is_wrong.then(|| match field {
                "name" => tr!(locale, rules.fault.name).to_owned(),
                "body" => body.with(|body| body_fault(locale, body)),
                _ => tr!(locale, account.fault.other).to_owned(),
            })
        })
    };
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
    Effect::new(move || match value.get() {
        Some(Ok(())) => {
            handle.close();
            on_done.run(());
        }
        Some(Err(error)) => {
            if error.0.is_stale() {
                on_done.run(());
            }
            focus_first_fault(fields);
        }
        None => {}
    });
    let title = if form.id.is_empty() {
        tr!(locale, rules.add_template).to_owned()
    } else {
        form.name.clone()
    };
    let channel = RwSignal::new(form.channel.clone());
    let has_subject = move || channel.with(|channel| matches!(channel.as_str(), "" | "email"));
    let example = Filling {
        customer: tr!(locale, rules.example_customer).to_owned(),
        order: "1042".to_owned(),
        status: tr!(locale, rules.example_status).to_owned(),
        total: "642.00 SAR".to_owned(),
        store,
    };
    let shown = move || body.with(|body| fill(body, &example));
    let options = [Channel::Email, Channel::Sms, Channel::Whatsapp].map(|each| {
        let is_chosen = form.channel == each.as_str();
        view! { <option value=each.as_str() selected=is_chosen>{channel_label(locale, each)}</option> }
    });
    let places = PLACES
        .map(|place| view! { <li><code dir="ltr">{place}</code></li> })
        .collect_view();
    let text = view! {
        <div class="field">
            <label for="f-body">{tr!(locale, rules.text)}</label>
            <textarea
                class="input"
                id="f-body"
                name="form[body]"
                rows="6"
                dir="auto"
                maxlength="100000"
                aria-invalid=move || error("body").with(Option::is_some).then_some("true")
                aria-describedby="f-body-error f-body-hint"
                prop:value=move || body.get()
                on:input=move |event| body.set(event_target_value(&event))
            >
                {form.body.clone()}
            </textarea>
            <FieldError id="f-body-error".to_owned() error=error("body") />
            <div class="hint" id="f-body-hint">
                {tr!(locale, rules.places)}
                <ul class="places">{places}</ul>
            </div>
        </div>
        <Show when=move || body.with(|body| !body.trim().is_empty())>
            <figure class="example">
                <figcaption class="small dim">{tr!(locale, rules.example)}</figcaption>
                <p dir="auto">{shown.clone()}</p>
            </figure>
        </Show>
    }
    .into_any();
    let head = view! {
        <input type="hidden" name="form[id]" value=form.id />
        <input type="hidden" name="form[was]" value=form.was />
        <TextField
            name="form[name]"
            label=tr!(locale, rules.name)
            value=form.name
            maxlength=200
            is_required=true
            is_first=true
            error=error("name")
        />
        <div class="field">
            <label for="f-channel">{tr!(locale, messages.filter.channel)}</label>
            <select
                class="input"
                id="f-channel"
                name="form[channel]"
                on:change=move |event| channel.set(event_target_value(&event))
            >
                <option value="">{tr!(locale, rules.any_channel)}</option>
                {options.collect_view()}
            </select>
        </div>
        <div hidden=move || !has_subject()>
            <TextField
                name="form[subject]"
                label=tr!(locale, rules.subject)
                hint=tr!(locale, rules.subject_hint)
                value=form.subject
                maxlength=998
                error=error("subject")
            />
        </div>
    }
    .into_any();
    view! {
        <Dialog title handle on_close is_changed>
            <ActionForm action node_ref=fields attr:novalidate=true>
                <div class="modal-body">{note} {head} {text}</div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, common.save) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// What is wrong with a text: the place that nothing fills, or the one that has no end; else its length.
fn body_fault(locale: Locale, body: &str) -> String {
    if let Some(at) = unfinished_place(body) {
        return tr!(locale, rules.fault.place_open, at = number(at as u64));
    }
    match unknown_place(body) {
        Some(name) => {
            let name = format!("{{{{{name}}}}}");
            tr!(locale, rules.fault.place_unknown, name = name)
        }
        None => tr!(locale, rules.fault.body).to_owned(),
    }
}

/// What a field is now that somebody else has changed it.
fn now(locale: Locale, field: &str, value: &Value) -> Option<String> {
    let label = match field {
        "name" => tr!(locale, rules.name),
        "subject" => tr!(locale, rules.subject),
        "channel" => {
            let channel: Option<Channel> = value.as_str().and_then(|name| name.parse().ok());
            let words = match channel {
                Some(channel) => channel_label(locale, channel),
                None => tr!(locale, rules.any_channel),
            };
            let label = tr!(locale, messages.filter.channel);
            return Some(field_now(label, &Value::from(words)));
        }
        // Too long to be said.
        "body" => return Some(tr!(locale, rules.says_else).to_owned()),
        _ => return None,
    };
    Some(field_now(label, value))
}
