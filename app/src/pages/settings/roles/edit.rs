//! Making and changing an own role.

use super::calls::SaveRole;
use super::words::permission_words;
use crate::account::proof::{is_wanted, use_proof};
use crate::activity::words::category_label;
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::form::{FieldError, FormNote, TextField, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::pages::{field_now, stale_text, trouble_text};
use domain::view::{RoleInput, RoleView};
use domain::{
    Access, AccessFault, ActivityAccess, Category, CategorySet, Code, MessageAccess, Permission,
    PermissionSet, Role,
};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlInputElement;
use serde_json::Value;

/// What only roles that ship may do.
const ONLY_SHIPPED: [Permission; 2] = [Permission::ManageSample, Permission::ManageSuperAdmins];

/// What a new role opens until something is chosen: nothing. Whoever makes one adds what it needs.
const FIRST: Access = Access {
    activity: ActivityAccess::Nothing,
    messages: MessageAccess::Nothing,
    is_masked: false,
    permissions: PermissionSet::EMPTY,
};

/// A group of the form where something can be wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Activity,
    Messages,
    Personal,
}

/// What contradicts itself, and where that can be mended.
fn clash(locale: Locale, fault: AccessFault) -> Option<(Part, String)> {
    match fault {
        AccessFault::OnlyShipped => None,
        AccessFault::NoCategory => {
            let text = tr!(locale, access.roles.clash_empty).to_owned();
            Some((Part::Activity, text))
        }
        AccessFault::ShowsMasked(shows) => {
            let what = permission_words(locale, shows);
            let text = tr!(locale, access.roles.clash_masked, what = what);
            Some((Part::Personal, text))
        }
        AccessFault::NotReadable(acts, _) => {
            let part = if acts == Permission::Export {
                Part::Activity
            } else {
                Part::Messages
            };
            let what = permission_words(locale, acts);
            Some((part, tr!(locale, access.roles.clash_unread, what = what)))
        }
    }
}

/// The dialog: name, what it is for, what it reads, what it may do.
#[component]
pub fn EditDialog(
    /// The role as it is; none makes one.
    view: Option<RoleView>,
    /// The role of who makes it: nobody gives more than they have.
    giver: Role,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it was saved.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let handle = DialogHandle::new();
    let is_changed = RwSignal::new(false);
    let action = ServerAction::<SaveRole>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let title = match &view {
        None => tr!(locale, access.roles.make).to_owned(),
        Some(view) => view.name.clone(),
    };
    let (id, first) = match view {
        None => (None, None),
        Some(view) => (Some(view.id.clone()), Some(input_of(&view))),
    };
    let was = StoredValue::new(first.as_ref().map(json));
    let (name, description, access) = first.map_or_else(
        || (String::new(), String::new(), FIRST),
        |first| (first.name, first.description, first.access),
    );
    let access = RwSignal::new(access);
    let id = StoredValue::new(id);
    let save = move || {
        let Some(form) = form.get_untracked() else {
            return;
        };
        let text = |name: &str| {
            form.query_selector(&format!("[name={name}]"))
                .ok()
                .flatten()
                .and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
                .map(|field| field.value())
                .unwrap_or_default()
        };
        let input = RoleInput {
            name: text("name"),
            description: text("description"),
            access: access.get_untracked(),
        };
        action.dispatch(SaveRole {
            id: id.get_value(),
            was: was.get_value(),
            input: json(&input),
        });
    };
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(_)) => {
                handle.close();
                on_done.run(());
            }
            Some(Err(error)) if !proof.ask(&error, save) => {
                if error.0.is_stale() {
                    on_done.run(());
                }
                focus_first_fault(form);
            }
            Some(Err(_)) | None => {}
        },
        false,
    );
    // Gone as soon as it is mended.
    let clash = Memo::new(move |_| {
        let is_refused = value.with(
            |answer| matches!(answer, Some(Err(error)) if error.code() == Code::InvalidFields),
        );
        let fault = is_refused.then(|| access.get().of_own_role().err())??;
        clash(locale, fault)
    });
    let name_error = Signal::derive(move || {
        value.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            if error.code() == Code::Conflict && !error.0.is_stale() {
                return Some(tr!(locale, access.roles.name_taken).to_owned());
            }
            error
                .field("name")
                .map(|_| tr!(locale, access.roles.name_fault).to_owned())
        })
    });
    let note = move || {
        value.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            if let Some(text) = stale_text(locale, error, |field, value| now(locale, field, value))
            {
                return Some(view! { <FormNote text /> });
            }
            if is_wanted(error) || error.code() == Code::Conflict || error.field("name").is_some() {
                return None;
            }
            let text = match error.code() {
                // Said where it can be mended.
                Code::InvalidFields if clash.with_untracked(Option::is_some) => return None,
                Code::InvalidFields => tr!(locale, access.roles.access_fault).to_owned(),
                _ => trouble_text(locale, error),
            };
            Some(view! { <FormNote text /> })
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !action.pending().get_untracked() {
            save();
        }
    };
    view! {
        <Dialog title handle on_close is_changed>
            <form node_ref=form novalidate=true on:submit=submit>
                <div class="modal-body">
                    <TextField
                        name="name"
                        label=tr!(locale, account.users.name)
                        value=name
                        maxlength=60
                        is_required=true
                        is_first=true
                        error=name_error
                    />
                    <TextField
                        name="description"
                        label=tr!(locale, access.roles.description)
                        hint=tr!(locale, access.roles.description_hint)
                        value=description
                        maxlength=200
                    />
                    <Reading access giver clash />
                    <Permissions access giver />
                </div>
                <div class="modal-note">{note}</div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <button class="btn primary" aria-disabled=move || action.pending().get().then_some("true")>
                        {tr!(locale, common.save)}
                    </button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// A role as a form holds it.
pub fn input_of(view: &RoleView) -> RoleInput {
    RoleInput {
        name: view.name.clone(),
        description: view.description.clone(),
        access: view.access,
    }
}

/// As JSON, which a plain structure of words and numbers always is.
pub fn json(input: &RoleInput) -> String {
    serde_json::to_string(input).unwrap_or_default()
}

/// What a field is now that somebody else has changed it.
pub fn now(locale: Locale, field: &str, value: &Value) -> Option<String> {
    let label = match field {
        "name" => tr!(locale, account.users.name),
        "description" => tr!(locale, access.roles.description),
        "access" => return Some(tr!(locale, access.roles.opens_else).to_owned()),
        _ => return None,
    };
    Some(field_now(label, value))
}

/// A group of choices, with what is wrong with them.
#[component]
fn Group(
    /// What is chosen here.
    legend: &'static str,
    /// Which one it is.
    part: Part,
    /// What contradicts itself, and where that can be mended.
    clash: Memo<Option<(Part, String)>>,
    /// The choices.
    children: Children,
) -> impl IntoView {
    let error = Signal::derive(move || {
        clash
            .get()
            .filter(|(at, _)| *at == part)
            .map(|(_, text)| text)
    });
    let is_wrong = move || error.with(Option::is_some);
    let id = match part {
        Part::Activity => "role-activity-error",
        Part::Messages => "role-messages-error",
        Part::Personal => "role-personal-error",
    };
    view! {
        <fieldset
            class="field options"
            class:wrong=is_wrong
            aria-describedby=move || is_wrong().then_some(id)
        >
            <legend class="label">{legend}</legend>
            <FieldError id=id.to_owned() error />
            {children()}
        </fieldset>
    }
    .into_any()
}

/// A line with a button of a group.
fn radio(
    group: &'static str,
    label: &'static str,
    is_on: Signal<bool>,
    choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <label class="row-flex">
            <input type="radio" name=group prop:checked=is_on on:change=move |_| choose() />
            {label}
        </label>
    }
}

/// Reading some categories only.
const fn some(categories: &[Category]) -> ActivityAccess {
    ActivityAccess::Categories(CategorySet::of(categories))
}

/// What it reads. What the reader doesn't read is not offered.
#[component]
fn Reading(
    /// What the role opens.
    access: RwSignal<Access>,
    /// The role of who makes it.
    giver: Role,
    /// What contradicts itself, and where that can be mended.
    clash: Memo<Option<(Part, String)>>,
) -> impl IntoView {
    let locale = use_locale();
    let activity = move |to: ActivityAccess| access.update(|access| access.activity = to);
    let messages = move |to: MessageAccess| access.update(|access| access.messages = to);
    let may_read = move |what: ActivityAccess| what.is_within(giver.access().activity);
    let may_hear = move |what: MessageAccess| what.is_within(giver.access().messages);
    let is_some =
        Signal::derive(move || matches!(access.get().activity, ActivityAccess::Categories(_)));
    let reads = move |what: ActivityAccess| Signal::derive(move || access.get().activity == what);
    let hears = move |what: MessageAccess| Signal::derive(move || access.get().messages == what);
    let chosen = move || match access.get().activity {
        ActivityAccess::Categories(set) => set,
        _ => CategorySet::default(),
    };
    let toggle = move |category: Category, is_on: bool| {
        access.update(|access| {
            let set = match access.activity {
                ActivityAccess::Categories(set) => set,
                _ => CategorySet::default(),
            };
            let members: Vec<_> = Category::ALL
                .iter()
                .copied()
                .filter(|there| {
                    if *there == category {
                        is_on
                    } else {
                        set.contains(*there)
                    }
                })
                .collect();
            access.activity = ActivityAccess::Categories(CategorySet::of(&members));
        });
    };
    let categories = move || {
        is_some.get().then(|| {
            Category::ALL
                .iter()
                .copied()
                .filter(|category| may_read(some(&[*category])))
                .map(|category| {
                    view! {
                        <label class="row-flex">
                            <input
                                type="checkbox"
                                prop:checked=move || chosen().contains(category)
                                on:change=move |event| toggle(category, event_target_checked(&event))
                            />
                            {category_label(locale, category)}
                        </label>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <Group legend=tr!(locale, common.place.activity) part=Part::Activity clash>
            {may_read(ActivityAccess::All)
                .then(|| {
                    radio(
                        "activity",
                        tr!(locale, access.roles.activity_all),
                        reads(ActivityAccess::All),
                        move || activity(ActivityAccess::All),
                    )
                })}
            {may_read(some(&[]))
                .then(|| {
                    radio(
                        "activity",
                        tr!(locale, access.roles.activity_pick),
                        is_some,
                        move || activity(some(&[])),
                    )
                })}
            <div class="options-in">{categories}</div>
            {may_read(ActivityAccess::AssignedOrders)
                .then(|| {
                    radio(
                        "activity",
                        tr!(locale, access.roles.activity_assigned),
                        reads(ActivityAccess::AssignedOrders),
                        move || activity(ActivityAccess::AssignedOrders),
                    )
                })}
            {radio(
                "activity",
                tr!(locale, access.roles.activity_none),
                reads(ActivityAccess::Nothing),
                move || activity(ActivityAccess::Nothing),
            )}
        </Group>
        <Group legend=tr!(locale, common.place.messages) part=Part::Messages clash>
            {may_hear(MessageAccess::All)
                .then(|| {
                    radio(
                        "messages",
                        tr!(locale, access.roles.messages_all),
                        hears(MessageAccess::All),
                        move || messages(MessageAccess::All),
                    )
                })}
            {may_hear(MessageAccess::AssignedOrders)
                .then(|| {
                    radio(
                        "messages",
                        tr!(locale, access.roles.messages_assigned),
                        hears(MessageAccess::AssignedOrders),
                        move || messages(MessageAccess::AssignedOrders),
                    )
                })}
            {radio(
                "messages",
                tr!(locale, access.roles.messages_none),
                hears(MessageAccess::Nothing),
                move || messages(MessageAccess::Nothing),
            )}
        </Group>
        <Group legend=tr!(locale, access.roles.personal) part=Part::Personal clash>
            <label class="row-flex">
                <input
                    type="checkbox"
                    prop:checked=move || access.get().is_masked
                    on:change=move |event| {
                        let is_masked = event_target_checked(&event);
                        access.update(|access| access.is_masked = is_masked);
                    }
                />
                {tr!(locale, access.roles.masked)}
            </label>
        </Group>
    }
    .into_any()
}

/// What it may do. What the reader may not do is not offered, nor what follows from what the role reads.
#[component]
fn Permissions(
    /// What the role opens.
    access: RwSignal<Access>,
    /// The role of who makes it.
    giver: Role,
) -> impl IntoView {
    let locale = use_locale();
    let toggle = move |permission: Permission, is_on: bool| {
        access.update(|access| {
            let there = access.permissions;
            let members: Vec<_> = Permission::ALL
                .iter()
                .copied()
                .filter(|other| {
                    if *other == permission {
                        is_on
                    } else {
                        there.contains(*other)
                    }
                })
                .collect();
            access.permissions = PermissionSet::of(&members);
        });
    };
    view! {
        <fieldset class="field options">
            <legend class="label">{tr!(locale, access.roles.may)}</legend>
            {Permission::ALL
                .iter()
                .copied()
                .filter(|permission| {
                    giver.may(*permission) && !ONLY_SHIPPED.contains(permission)
                        && !Permission::BY_READING.contains(permission)
                })
                .map(|permission| {
                    view! {
                        <label class="row-flex">
                            <input
                                type="checkbox"
                                prop:checked=move || access.get().permissions.contains(permission)
                                on:change=move |event| toggle(permission, event_target_checked(&event))
                            />
                            {permission_words(locale, permission)}
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
    .into_any()
}
