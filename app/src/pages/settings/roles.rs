//! `/settings/roles`: what each role opens, exactly; the store's own roles.

mod calls;
mod edit;
mod words;

pub use calls::list_roles;
pub use words::{activity_words, permission_words};

use super::SettingsPage;
use super::role_choice::name_of;
use crate::AppError;
use crate::account::proof::{is_wanted, use_proof};
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::{Trouble, stale_text, trouble_text};
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use calls::{DeleteRole, RequireFactor};
use domain::view::{RoleView, Viewer};
use domain::{Code, ExportAccess, Permission, Role};
use edit::{EditDialog, input_of, json, now};
use leptos::prelude::*;
use words::{message_words, personal_words};

type Roles = Told<Result<Vec<RoleView>, AppError>>;

/// The page of the store's roles.
pub struct RolesPage {
    roles: Roles,
}

impl Page for RolesPage {
    const PLACE: Place = Place::Panel(Panel::Roles);

    fn start() -> Self {
        Self {
            roles: crate::wire::told_first(|| (), |()| list_roles()),
        }
    }

    fn shown(self) -> AnyView {
        let RolesPage { roles } = self;
        view! {
            <WithViewer let:viewer>
                <Page viewer roles />
            </WithViewer>
        }
        .into_any()
    }
}

/// Which role is being changed: a new one, or one that is there.
#[derive(Clone, PartialEq)]
enum Editing {
    New,
    Own(RoleView),
}

#[component]
fn Page(
    /// Who is signed in.
    viewer: Viewer,
    /// The store's roles.
    roles: Roles,
) -> impl IntoView {
    let locale = use_locale();
    let editing = RwSignal::new(None::<Editing>);
    let deleting = RwSignal::new(None::<RoleView>);
    let role = viewer.role;
    let may_make = viewer.may(Permission::ManageRoles);
    let changed = Callback::new(move |()| roles.refetch());
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, access.roles.place)
            needs=Permission::ManageUsers
            actions=move || {
                may_make
                    .then(|| {
                        view! {
                            <button
                                class="btn small primary"
                                type="button"
                                on:click=move |_| editing.set(Some(Editing::New))
                            >
                                <Icon glyph=icons::PLUS />
                                {tr!(locale, access.roles.make)}
                            </button>
                        }
                    })
            }
        >
            <p class="lead">{tr!(locale, access.roles.lead)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match roles.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(all) => {
                            view! {
                                <ul class="role-list">
                                    {all
                                        .into_iter()
                                        .map(|view| {
                                            view! { <Line view giver=role editing deleting changed /> }
                                        })
                                        .collect_view()}
                                </ul>
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
            {move || {
                editing
                    .get()
                    .map(|editing_now| {
                        let view = match editing_now {
                            Editing::New => None,
                            Editing::Own(view) => Some(view),
                        };
                        let on_close = Callback::new(move |()| editing.set(None));
                        view! { <EditDialog view giver=role on_close on_done=changed /> }
                    })
            }}
            {move || {
                deleting
                    .get()
                    .map(|view| {
                        let on_close = Callback::new(move |()| deleting.set(None));
                        view! { <DeleteDialog view on_close on_done=changed /> }
                    })
            }}
        </SettingsPage>
    }
    .into_any()
}

/// A role: its name, who has it, and on opening everything that it opens.
#[component]
fn Line(
    /// The role.
    view: RoleView,
    /// The role of who reads: nobody changes what opens more than they have.
    giver: Role,
    /// The role whose dialog is open.
    editing: RwSignal<Option<Editing>>,
    /// The role that may be deleted.
    deleting: RwSignal<Option<RoleView>>,
    /// Called when something was changed.
    changed: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let access = view.access;
    let shipped = view.id.parse::<Role>();
    let about = match (&view.description, shipped) {
        (_, Ok(role)) => super::role_choice::role_text(locale, role).to_owned(),
        (text, Err(())) => text.clone(),
    };
    let has = tr!(locale, access.roles.people, count = u64::from(view.users));
    let keys = (view.keys > 0).then(|| {
        let words = tr!(locale, access.roles.keys, count = u64::from(view.keys));
        format!(" · {words}")
    });
    let reads_team = shipped.is_ok_and(|role| role.export_access() == ExportAccess::Team);
    let permissions = Permission::ALL
        .iter()
        .map(|permission| {
            let is_team = reads_team && *permission == Permission::ExportAll;
            let is_in = is_team || access.permissions.contains(*permission);
            let (glyph, word) = if is_in {
                (icons::CHECK, tr!(locale, access.roles.yes))
            } else {
                (icons::MINUS, tr!(locale, access.roles.no))
            };
            let what = if is_team {
                tr!(locale, access.may.export_team)
            } else {
                permission_words(locale, *permission)
            };
            view! {
                <li class:off=!is_in>
                    <Icon glyph class="i-s" />
                    <span class="vh">{word} ": "</span>
                    {what}
                </li>
            }
        })
        .collect_view();
    let may_make = giver.may(Permission::ManageRoles);
    let may_change = access.is_within(giver.access());
    let own = (!view.is_shipped && may_make).then(|| {
        let (first, second) = (view.clone(), view.clone());
        view! {
            {may_change
                .then(|| {
                    view! {
                        <button
                            class="btn small"
                            type="button"
                            on:click=move |_| editing.set(Some(Editing::Own(first.clone())))
                        >
                            {tr!(locale, account.users.change)}
                        </button>
                    }
                })}
            <button class="btn small danger" type="button" on:click=move |_| deleting.set(Some(second.clone()))>
                {tr!(locale, access.roles.delete)}
            </button>
        }
    });
    let name = name_of(locale, &view);
    view! {
        <li>
            <details>
                <summary>
                    <Icon glyph=icons::CHEVRON_RIGHT class="i-s flip" />
                    <span class="grow">
                        <bdi class="strong">{name}</bdi>
                        <small dir="auto">{about}</small>
                    </span>
                    <span class="dim">{has} {keys}</span>
                </summary>
                <div class="role-body">
                    <dl class="facts">
                        <dt>{tr!(locale, common.place.activity)}</dt>
                        <dd>{activity_words(locale, access.activity)}</dd>
                        <dt>{tr!(locale, common.place.messages)}</dt>
                        <dd>{message_words(locale, access.messages)}</dd>
                        <dt>{tr!(locale, access.roles.personal)}</dt>
                        <dd>{personal_words(locale, access)}</dd>
                    </dl>
                    <ul class="may-list" aria-label=tr!(locale, access.roles.may)>
                        {permissions}
                    </ul>
                    <footer class="row-flex">
                        <Factor view may_change=may_make changed />
                        <span class="push"></span>
                        {own}
                    </footer>
                </div>
            </details>
        </li>
    }
    .into_any()
}

/// Whether people of the role need a second factor.
#[component]
fn Factor(
    /// The role.
    view: RoleView,
    /// Whether the reader may change it.
    may_change: bool,
    /// Called when it was changed.
    changed: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let action = ServerAction::<RequireFactor>::new();
    let is_required = RwSignal::new(view.requires_second_factor);
    let was_required = view.requires_second_factor;
    let id = StoredValue::new(view.id);
    let save = move || {
        action.dispatch(RequireFactor {
            id: id.get_value(),
            is_required: is_required.get_untracked(),
        });
    };
    let failed = RwSignal::new(None::<AppError>);
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match action.value().get_untracked() {
            Some(Ok(())) => changed.run(()),
            Some(Err(error)) if !proof.ask(&error, save) => {
                is_required.set(was_required);
                failed.set(Some(error));
            }
            _ => {}
        },
        false,
    );
    view! {
        <label class="row-flex">
            <input
                type="checkbox"
                disabled=!may_change
                prop:checked=is_required
                checked=was_required
                on:change=move |event| {
                    is_required.set(event_target_checked(&event));
                    save();
                }
            />
            {tr!(locale, access.roles.needs_factor)}
        </label>
        {move || failed.get().map(|error| view! { <FormNote text=trouble_text(locale, &error) /> })}
    }
    .into_any()
}

#[component]
fn DeleteDialog(
    /// The role.
    view: RoleView,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it was deleted.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let handle = DialogHandle::new();
    let action = ServerAction::<DeleteRole>::new();
    let was = StoredValue::new(json(&input_of(&view)));
    let id = StoredValue::new(view.id);
    let start = move || {
        action.dispatch(DeleteRole {
            id: id.get_value(),
            was: Some(was.get_value()),
        });
    };
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match action.value().get_untracked() {
            Some(Ok(())) => {
                handle.close();
                on_done.run(());
            }
            Some(Err(error)) => {
                if error.0.is_stale() {
                    on_done.run(());
                }
                proof.ask(&error, start);
            }
            None => {}
        },
        false,
    );
    let note = move || {
        let error = action
            .value()
            .get()?
            .err()
            .filter(|error| !is_wanted(error))?;
        let stale = stale_text(locale, &error, |field, value| now(locale, field, value));
        let text = stale.unwrap_or_else(|| match error.code() {
            Code::Conflict => tr!(locale, access.roles.in_use).to_owned(),
            _ => trouble_text(locale, &error),
        });
        Some(view! { <FormNote text /> })
    };
    view! {
        <Dialog title=tr!(locale, access.roles.delete_question, name = view.name) handle on_close>
            <div class="modal-body">
                {note} <p>{tr!(locale, access.roles.delete_text)}</p>
            </div>
            <footer class="modal-foot">
                <CancelButton handle is_first=true />
                <button class="btn danger-solid" type="button" on:click=move |_| start()>
                    {tr!(locale, access.roles.delete)}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}
