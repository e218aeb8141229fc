//! Making and changing a rule.

use super::calls::SaveRule;
use super::form::RuleForm;
use crate::AppError;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FieldError, FormNote, TextField, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::messages::words::channel_label;
use crate::pages::trouble_text;
use domain::Code;
use domain::message::Channel;
use leptos::html;
use leptos::prelude::*;

type Answer = Signal<Option<Result<(), AppError>>>;

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
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() == Code::Conflict => {
                Some(view! { <FormNote text=tr!(locale, rules.name_taken) /> })
            }
            Some(Err(error)) if error.code() != Code::InvalidFields => {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    Effect::new(move || match value.get() {
        Some(Ok(())) => {
            handle.close();
            on_done.run(());
        }
        Some(Err(_)) => focus_first_fault(fields),
        None => {}
    });
    let title = if form.id.is_empty() {
        tr!(locale, rules.add).to_owned()
    } else {
        form.name.clone()
    };
    let is_enabled = form.is_enabled.is_some();
    let answer = Signal::derive(move || value.get());
    let body = view! { <Fields form templates answer /> }.into_any();
    view! {
        <Dialog title handle on_close>
            <ActionForm action node_ref=fields attr:novalidate=true>
                <div class="modal-body">{note} {body}</div>
                <footer class="modal-foot">
                    <label class="check">
                        <input type="checkbox" name="form[is_enabled]" checked=is_enabled />
                        {tr!(locale, rules.is_on)}
                    </label>
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
        let is_wrong = answer.with(|answer| match answer {
            Some(Err(error)) => error.field(field).is_some(),
            _ => false,
        });
        is_wrong.then(|| {
            let words = match field {
                "name" => tr!(locale, rules.fault.name),
                "words" | "statuses" => tr!(locale, rules.fault.words),
                "from" | "to" => tr!(locale, rules.fault.time),
                "template" => tr!(locale, rules.fault.nothing),
                "assign" => tr!(locale, account.fault.email),
                "url" => tr!(locale, rules.fault.url),
                _ => tr!(locale, account.fault.other),
            };
            words.to_owned()
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
    view! {
        <input type="hidden" name="form[id]" value=form.id />
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
            <p class="hint">{tr!(locale, rules.when_hint)}</p>
            <div class="field">
                <span class="label" id="rule-channels">{tr!(locale, rules.channels)}</span>
                <div class="checks-line" role="group" aria-labelledby="rule-channels">{channels.collect_view()}</div>
            </div>
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
                    kind="time"
                    is_code=true
                    value=form.to
                    error=error("to")
                />
            </div>
        </fieldset>
        <fieldset class="group">
            <legend>{tr!(locale, rules.then_long)}</legend>
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
            <TextField
                name="form[url]"
                label=tr!(locale, rules.url)
                hint=tr!(locale, rules.url_hint)
                value=form.url
                is_code=true
                maxlength=2000
                error=error("url")
            />
        </fieldset>
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
