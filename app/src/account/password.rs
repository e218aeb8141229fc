//! Another password for oneself.

use super::calls::ChangePassword;
use super::page::{Part, SessionsResource};
use crate::dialog::SubmitButton;
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::format::ago;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use chrono::{DateTime, Utc};
use domain::Code;
use domain::view::AccountView;
use leptos::html;
use leptos::prelude::*;

/// The part about the password.
#[component]
pub fn PasswordPart(
    /// The account as it is.
    own: AccountView,
    /// The sessions, of which all others end.
    sessions: SessionsResource,
    /// Now.
    now: DateTime<Utc>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<ChangePassword>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let error = move |field: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                let fault = error.field(field)?;
                Some(match field {
                    "current" => tr!(locale, access.proof.wrong_password).to_owned(),
                    _ => fault_text(locale, field, fault).to_owned(),
                })
            })
        })
    };
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() != Code::InvalidFields => {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(())) => {
                if let Some(form) = form.get_untracked() {
                    form.reset();
                }
                sessions.refetch();
            }
            Some(Err(_)) => focus_first_fault(form),
            None => {}
        },
        false,
    );
    let is_done =
        move || !action.pending().get() && value.with(|answer| matches!(answer, Some(Ok(()))));
    let changed = own
        .password_changed_at
        .map(|at| tr!(locale, access.password.changed, ago = ago(locale, now, at)));
    view! {
        <Part id="own-password" title=tr!(locale, account.field.password) lead=tr!(locale, access.password.lead)>
            <ActionForm action node_ref=form attr:class="form" attr:novalidate=true>
                {note}
                <input class="vh" type="email" autocomplete="username" value=own.email readonly=true tabindex="-1" aria-hidden="true" />
                <TextField
                    name="current"
                    label=tr!(locale, access.password.current)
                    kind="password"
                    autocomplete="current-password"
                    is_code=true
                    is_required=true
                    error=error("current")
                />
                <TextField
                    name="password"
                    label=tr!(locale, access.new_password)
                    kind="password"
                    autocomplete="new-password"
                    hint=tr!(locale, account.field.password_hint)
                    is_code=true
                    is_required=true
                    error=error("password")
                />
                <div class="row-flex">
                    <SubmitButton
                        label=tr!(locale, access.password.button)
                        class="btn"
                        is_pending=action.pending()
                    />
                    <span class="done" role="status">
                        {move || {
                            is_done()
                                .then(|| {
                                    view! {
                                        <Icon glyph=icons::CHECK />
                                        {tr!(locale, access.password.done)}
                                    }
                                })
                        }}
                    </span>
                </div>
                {move || {
                    let words = changed.clone().filter(|_| !is_done());
                    words.map(|words| view! { <p class="hint">{words}</p> })
                }}
            </ActionForm>
        </Part>
    }
    .into_any()
}
