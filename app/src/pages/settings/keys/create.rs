//! Making a key and showing its secret, once.

use super::calls::CreateKey;
use crate::AppError;
use crate::account::proof::{is_wanted, use_proof};
use crate::activity::words::category_label;
use crate::copy::CopyText;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::settings::role_choice::{RoleChoice, offered};
use crate::pages::trouble_text;
use domain::view::RoleView;
use domain::{Category, Code, Role};
use leptos::html;
use leptos::prelude::*;

/// The roles that make sense for a program, the one that opens least first.
const ROLES: [Role; 5] = [
    Role::StoreKeeper,
    Role::Auditor,
    Role::Manager,
    Role::Admin,
    Role::SuperAdmin,
];

/// Asks for a name, a role and to what it is narrowed, then shows the secret.
#[component]
pub fn CreateDialog(
    /// The role of who makes it.
    giver: Role,
    /// The roles there are, or why they are not known.
    roles: Result<Vec<RoleView>, AppError>,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when the key was made.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let action = ServerAction::<CreateKey>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let is_changed = RwSignal::new(false);
    let error = move |field: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                let fault = error.field(field)?;
                Some(match field {
                    "networks" => tr!(locale, access.keys.networks_fault).to_owned(),
                    _ => fault_text(locale, field, fault).to_owned(),
                })
            })
        })
    };
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() != Code::InvalidFields && !is_wanted(error) => {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    let secret = Memo::new(move |_| {
        value.with(|answer| Some(answer.as_ref()?.as_ref().ok()?.secret.clone()))
    });
    Effect::new(move || match value.get() {
        Some(Ok(_)) => {
            is_changed.set(false);
            on_done.run(());
        }
        Some(Err(error)) => {
            let again = move || {
                if let Some(form) = form.get_untracked() {
                    let _ = form.request_submit();
                }
            };
            if !proof.ask(&error, again) {
                focus_first_fault(form);
            }
        }
        None => {}
    });
    let roles = roles.map(|roles| offered(for_programs(roles), |role| giver.may_give_key(role)));
    let first = roles
        .as_ref()
        .map(|roles| roles.first().map(|view| view.id.clone()));
    let (Ok(roles), Ok(Some(first))) = (&roles, &first) else {
        let why = match first {
            Err(error) => view! { <FormNote text=trouble_text(locale, error) /> }.into_any(),
            Ok(_) => view! { <p>{tr!(locale, access.keys.no_role)}</p> }.into_any(),
        };
        return view! {
            <Dialog title=tr!(locale, account.keys.create) handle on_close>
                <div class="modal-body">{why}</div>
                <footer class="modal-foot">
                    <CancelButton handle is_first=true />
                </footer>
            </Dialog>
        }
        .into_any();
    };
    let (roles, first) = (
        StoredValue::new(roles.clone()),
        StoredValue::new(first.clone()),
    );
    view! {
        <Dialog title=tr!(locale, account.keys.create) handle on_close is_changed>
            // What was typed must survive the question for a proof: the form stays where it is.
            {move || secret.get().map(|secret| view! { <Secret secret handle /> })}
            <ActionForm action node_ref=form attr:novalidate=true attr:hidden=move || secret.get().is_some()>
                <div class="modal-body">
                    {note}
                    <TextField
                        name="name"
                        label=tr!(locale, account.keys.name)
                        hint=tr!(locale, account.keys.name_hint)
                        maxlength=100
                        is_required=true
                        is_first=true
                        error=error("name")
                    />
                    <RoleChoice
                        roles=roles.get_value()
                        chosen=first.get_value()
                        legend=tr!(locale, account.keys.may)
                        text=key_role_text
                    />
                    <details class="narrow">
                        <summary>
                            <Icon glyph=icons::CHEVRON_RIGHT class="i-s flip" />
                            {tr!(locale, access.keys.narrow)}
                        </summary>
                        <Categories />
                        <TextField
                            name="networks"
                            label=tr!(locale, access.keys.networks)
                            hint=tr!(locale, access.keys.networks_hint)
                            is_code=true
                            error=error("networks")
                        />
                    </details>
                    <Ending />
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton
                        label=tr!(locale, account.keys.create)
                        is_pending=action.pending()
                    />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// The roles that make sense for a program: the one that opens least first, those of people who are assigned orders not at all.
fn for_programs(roles: Vec<RoleView>) -> Vec<RoleView> {
    let (mut known, own): (Vec<_>, Vec<_>) = roles.into_iter().partition(|role| role.is_shipped);
    let place = |view: &RoleView| ROLES.iter().position(|role| role.as_str() == view.id);
    known.retain(|view| place(view).is_some());
    known.sort_by_key(place);
    known.extend(own);
    known
}

/// To which categories it is narrowed: a hidden field holds their names.
#[component]
fn Categories() -> impl IntoView {
    let locale = use_locale();
    let chosen = RwSignal::new(Vec::<&'static str>::new());
    view! {
        <fieldset class="field options">
            <legend class="label">{tr!(locale, access.keys.categories)}</legend>
            <input type="hidden" name="categories" prop:value=move || chosen.get().join(",") />
            <div class="options-in">
                {Category::ALL
                    .iter()
                    .copied()
                    .map(|category| {
                        let name = category.as_str();
                        view! {
                            <label class="row-flex">
                                <input
                                    type="checkbox"
                                    on:change=move |event| {
                                        let is_on = event_target_checked(&event);
                                        chosen
                                            .update(|chosen| {
                                                chosen.retain(|there| *there != name);
                                                if is_on {
                                                    chosen.push(name);
                                                }
                                            });
                                    }
                                />
                                {category_label(locale, category)}
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            <p class="hint">{tr!(locale, access.keys.categories_hint)}</p>
        </fieldset>
    }
    .into_any()
}

/// After how many days it ends by itself.
#[component]
fn Ending() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="field">
            <label for="f-days">{tr!(locale, access.keys.expires)}</label>
            <select class="input" id="f-days" name="days">
                <option value="0">{tr!(locale, access.keys.forever)}</option>
                {[30_u64, 90, 180, 365]
                    .map(|days| {
                        view! { <option value=days.to_string()>{tr!(locale, access.keys.days, count = days)}</option> }
                    })
                    .collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// What a role means for a program, in a line.
fn key_role_text(locale: Locale, role: Role) -> &'static str {
    match role {
        Role::SuperAdmin | Role::Admin => tr!(locale, account.key_role.records),
        Role::Manager => tr!(locale, account.key_role.reads),
        Role::StoreKeeper | Role::Staff => tr!(locale, account.key_role.reads_some),
        Role::Auditor => tr!(locale, account.key_role.reads_masked),
        Role::Own(_) => tr!(locale, access.roles.own_text),
    }
}

/// The secret, for the only time.
#[component]
pub fn Secret(
    /// It.
    secret: String,
    /// What closes the dialog.
    handle: DialogHandle,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="modal-body">
            <div class="note pending">
                <Icon glyph=icons::KEY_ROUND />
                <p>{tr!(locale, account.keys.once)}</p>
            </div>
            <CopyText text=secret label=tr!(locale, account.keys.secret) is_line=true />
        </div>
        <footer class="modal-foot">
            <button class="btn primary push" type="button" on:click=move |_| handle.close()>
                {tr!(locale, common.done)}
            </button>
        </footer>
    }
    .into_any()
}
