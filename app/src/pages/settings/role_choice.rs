//! A choice of role with what each opens.

use crate::i18n::{Locale, tr, use_locale};
use crate::layout::{role_name, role_words};
use domain::view::RoleView;
use domain::{OwnRole, Role};
use leptos::prelude::*;

/// The role that a line of the roles page is.
pub fn role_of(view: &RoleView) -> Option<Role> {
    match Role::own_number(&view.id) {
        Some(number) => Some(Role::Own(OwnRole {
            number,
            access: view.access,
        })),
        None => view.id.parse().ok(),
    }
}

/// Its name: an own one's as the store gave it.
pub fn name_of(locale: Locale, view: &RoleView) -> String {
    role_of(view).map_or_else(
        || view.name.clone(),
        |role| role_words(locale, role, Some(&view.name)),
    )
}

/// Those of some roles that may be given.
pub fn offered(mut roles: Vec<RoleView>, may_give: impl Fn(Role) -> bool) -> Vec<RoleView> {
    roles.retain(|view| role_of(view).is_some_and(&may_give));
    roles
}

/// A choice of role. Sends the role's id as `role`.
#[component]
pub fn RoleChoice(
    /// The roles that may be given.
    roles: Vec<RoleView>,
    /// The id of the role chosen at first.
    #[prop(into)]
    chosen: String,
    /// What stands above.
    legend: &'static str,
    /// What a shipped role means here, in a line.
    text: fn(Locale, Role) -> &'static str,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <fieldset class="field roles">
            <legend class="label">{legend}</legend>
            {roles
                .into_iter()
                .filter_map(|view| Some((role_of(&view)?, view)))
                .map(|(role, view)| {
                    let (name, about) = match role {
                        Role::Own(_) => (view.name, view.description),
                        shipped => (role_name(locale, shipped).to_owned(), text(locale, shipped).to_owned()),
                    };
                    let is_chosen = view.id == chosen;
                    view! {
                        <label>
                            <input type="radio" name="role" value=view.id checked=is_chosen />
                            <span>
                                <b>
                                    <bdi>{name}</bdi>
                                </b>
                                <small dir="auto">{about}</small>
                            </span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
    .into_any()
}

/// What a role may do, in a line.
pub fn role_text(locale: Locale, role: Role) -> &'static str {
    match role {
        Role::SuperAdmin => tr!(locale, account.role_text.super_admin),
        Role::Admin => tr!(locale, account.role_text.admin),
        Role::Manager => tr!(locale, account.role_text.manager),
        Role::StoreKeeper => tr!(locale, account.role_text.store_keeper),
        Role::Staff => tr!(locale, account.role_text.staff),
        Role::Auditor => tr!(locale, account.role_text.auditor),
        Role::Own(_) => tr!(locale, access.roles.own_text),
    }
}
