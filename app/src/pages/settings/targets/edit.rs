//! Setting up and changing a target.

use super::calls::{SaveTarget, TargetForm};
use super::kind_label;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, focus_first_fault};
use crate::i18n::{tr, use_locale};
use crate::pages::trouble_text;
use domain::Code;
use domain::operation::target::TargetKind;
use leptos::html;
use leptos::prelude::*;

/// Name, kind, address and what opens it.
#[component]
pub fn EditDialog(
    /// The target as it is.
    form: TargetForm,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it was saved.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<SaveTarget>::new();
    let value = action.value();
    let fields = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let is_changed = RwSignal::new(false);
    let is_new = form.name.is_empty();
    let error = move |field: &'static str| {
        Signal::derive(move || {
            let code = value.with(|answer| match answer {
                Some(Err(error)) => error.field(field).map(str::to_owned),
                _ => None,
            })?;
            Some(match field {
                "name" => tr!(locale, operations.target.fault.name).to_owned(),
                "address" => tr!(locale, operations.target.fault.address).to_owned(),
                "version" => tr!(locale, operations.target.fault.version).to_owned(),
                "key" => tr!(locale, operations.target.fault.key).to_owned(),
                "secret" if code == "required" && !is_new => {
                    tr!(locale, operations.target.fault.secret_again).to_owned()
                }
                _ => tr!(locale, operations.target.fault.secret).to_owned(),
            })
        })
    };
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() == Code::Conflict => {
                Some(view! { <FormNote text=tr!(locale, operations.target.fault.many) /> })
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
    let title = if is_new {
        tr!(locale, operations.target.add).to_owned()
    } else {
        form.name.clone()
    };
    let first = TargetKind::ALL[0].as_str().to_owned();
    let kind = RwSignal::new(
        Some(form.kind.clone())
            .filter(|k| !k.is_empty())
            .unwrap_or(first),
    );
    let is_kind = move |wanted: TargetKind| kind.with(|kind| kind == wanted.as_str());
    let options = TargetKind::ALL.map(|each| {
        let is_chosen = form.kind == each.as_str();
        view! { <option value=each.as_str() selected=is_chosen>{kind_label(locale, each)}</option> }
    });
    let name = if is_new {
        view! {
            <TextField
                name="form[name]"
                label=tr!(locale, operations.target.name)
                hint=tr!(locale, operations.target.name_hint)
                maxlength=50
                is_code=true
                is_required=true
                is_first=true
                error=error("name")
            />
        }
        .into_any()
    } else {
        view! { <input type="hidden" name="form[name]" value=form.name /> }.into_any()
    };
    let hint = move || {
        if is_kind(TargetKind::Shopify) {
            tr!(locale, operations.target.shopify_hint)
        } else if is_kind(TargetKind::Woocommerce) {
            tr!(locale, operations.target.woocommerce_hint)
        } else {
            tr!(locale, operations.target.bridge_hint)
        }
    };
    let secret_label = if is_new {
        tr!(locale, operations.target.secret)
    } else {
        tr!(locale, operations.target.secret_new)
    };
    let body = view! {
        {name}
        <div class="field">
            <label for="f-kind">{tr!(locale, operations.target.kind)}</label>
            <select
                class="input"
                id="f-kind"
                name="form[kind]"
                aria-describedby="f-kind-hint"
                on:change=move |event| kind.set(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
            <p class="hint" id="f-kind-hint">{hint}</p>
        </div>
        <TextField
            name="form[address]"
            label=tr!(locale, operations.target.address)
            value=form.address
            maxlength=500
            is_code=true
            is_required=true
            error=error("address")
        />
        <div hidden=move || !is_kind(TargetKind::Shopify)>
            <TextField
                name="form[version]"
                label=tr!(locale, operations.target.version)
                hint=tr!(locale, operations.target.version_hint)
                value=form.version
                maxlength=20
                is_code=true
                error=error("version")
            />
        </div>
        <div hidden=move || !is_kind(TargetKind::Woocommerce)>
            <TextField
                name="form[key]"
                label=tr!(locale, operations.target.key)
                value=form.key
                maxlength=200
                is_code=true
                error=error("key")
            />
        </div>
        <TextField
            name="form[secret]"
            label=secret_label
            hint=tr!(locale, operations.target.secret_hint)
            kind="password"
            autocomplete="new-password"
            maxlength=500
            is_code=true
            error=error("secret")
        />
    }
    .into_any();
    let is_default = form.is_default.is_some();
    view! {
        <Dialog title handle on_close is_changed>
            <ActionForm action node_ref=fields attr:novalidate=true>
                <div class="modal-body">{note} {body}</div>
                <footer class="modal-foot">
                    <label class="check">
                        <input type="checkbox" name="form[is_default]" checked=is_default />
                        {tr!(locale, operations.target.is_default)}
                    </label>
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, common.save) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
