//! What an action that waits or is out of tries is to be made with: another template, colleague, tag, address, text or name.

use super::actions::action_words;
use super::calls::EditAction;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::pages::trouble_text;
use domain::Code;
use domain::view::RuleActionRow;
use leptos::html;
use leptos::prelude::*;

/// Asks for it.
#[component]
pub fn ValueDialog(
    /// The action.
    row: RuleActionRow,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it is tried again.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<EditAction>::new();
    let answer = action.value();
    let fields = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    Effect::new(move || match answer.get() {
        Some(Ok(())) => {
            handle.close();
            on_done.run(());
        }
        Some(Err(_)) => focus_first_fault(fields),
        None => {}
    });
    let note = move || {
        answer.with(|answer| match answer {
            Some(Err(error)) if error.code() == Code::Conflict => {
                let text = tr!(locale, rules.edit_under_way).to_owned();
                Some(view! { <FormNote text /> })
            }
            Some(Err(error)) if error.code() != Code::InvalidFields => {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    let kind = row.action.clone();
    let error = Signal::derive(move || {
        let code = answer.with(|answer| match answer {
            Some(Err(error)) => error.field("value").map(str::to_owned),
            _ => None,
        });
        code.map(|code| fault(locale, &kind, &code).to_owned())
    });
    let title = format!("{}: {}", row.rule_name, action_words(locale, &row.action));
    view! {
        <Dialog title handle on_close>
            <ActionForm action node_ref=fields attr:novalidate=true>
                <input type="hidden" name="id" value=row.id.to_string() />
                <div class="modal-body">
                    {note} <p>{tr!(locale, rules.edit_lead)}</p>
                    <TextField
                        name="value"
                        label=label(locale, &row.action)
                        value=row.value.unwrap_or_default()
                        is_code=matches!(row.action.as_str(), "call_webhook" | "assign")
                        maxlength=2000
                        is_first=true
                        error
                    />
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, rules.retry) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// What is asked for, as the form of a rule asks for it.
fn label(locale: Locale, action: &str) -> &'static str {
    match action {
        "send_template" => tr!(locale, rules.template),
        "assign" => tr!(locale, rules.assign),
        "tag_order" => tr!(locale, rules.tag),
        "call_webhook" => tr!(locale, rules.url),
        "tag" => tr!(locale, rules.shop_tag),
        "alarm" => tr!(locale, rules.alarm),
        _ => tr!(locale, rules.operation),
    }
}

/// What is wrong with it, in words.
fn fault(locale: Locale, action: &str, code: &str) -> &'static str {
    match (action, code) {
        ("send_template", _) => tr!(locale, rules.fault.no_template),
        ("assign", "not_found") => tr!(locale, rules.fault.no_colleague),
        ("assign", _) => tr!(locale, account.fault.email),
        ("call_webhook", _) => tr!(locale, rules.fault.url),
        _ => tr!(locale, rules.fault.value),
    }
}
