//! Another address for oneself: it counts once both ends have confirmed it.

use super::calls::{AskEmailChange, CancelEmailChange};
use super::page::{AccountResource, Part};
use super::proof::{is_wanted, use_proof};
use crate::dialog::SubmitButton;
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::i18n::{tr, tr_view, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::Code;
use domain::view::AccountView;
use leptos::html;
use leptos::prelude::*;

/// The part about the address.
#[component]
pub fn EmailPart(
    /// The account as it is.
    own: AccountView,
    /// What reads it again.
    account: AccountResource,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Part id="own-email" title=tr!(locale, account.field.email) lead=tr!(locale, access.email.lead)>
            <p>
                <bdi class="strong" dir="ltr">
                    {own.email}
                </bdi>
            </p>
            {match own.pending_email {
                Some(email) => view! { <Pending email account /> }.into_any(),
                None => view! { <Change account /> }.into_any(),
            }}
        </Part>
    }
    .into_any()
}

/// A change that waits for its confirmation.
#[component]
fn Pending(
    /// The new address.
    email: String,
    /// What reads the account again.
    account: AccountResource,
) -> impl IntoView {
    let locale = use_locale();
    let cancel = ServerAction::<CancelEmailChange>::new();
    let value = cancel.value();
    Effect::watch(
        move || cancel.version().get(),
        move |_, _, _| {
            if value.with_untracked(|answer| matches!(answer, Some(Ok(())))) {
                account.refetch();
            }
        },
        false,
    );
    view! {
        <div class="note info" role="status">
            <Icon glyph=icons::MAIL />
            <p>
                {tr_view!(
                    locale, access.email.pending, email = move || view! { <bdi dir="ltr">{email.clone()}</bdi> }
                )} " " <button class="link" type="button" on:click=move |_| {
                    cancel.dispatch(CancelEmailChange {});
                }>{tr!(locale, access.email.cancel)}</button>
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn Change(
    /// What reads the account again.
    account: AccountResource,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let action = ServerAction::<AskEmailChange>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let error = Signal::derive(move || {
        value.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            Some(fault_text(locale, "email", error.field("email")?).to_owned())
        })
    });
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() == Code::Unavailable => {
                Some(view! { <FormNote text=tr!(locale, access.email.no_mail) /> })
            }
            Some(Err(error)) if error.code() != Code::InvalidFields && !is_wanted(error) => {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(())) => account.refetch(),
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
        },
        false,
    );
    view! {
        <ActionForm action node_ref=form attr:class="form" attr:novalidate=true>
            {note}
            <TextField
                name="email"
                label=tr!(locale, access.email.new_address)
                kind="email"
                autocomplete="email"
                maxlength=254
                is_code=true
                is_required=true
                error
            />
            <div class="row-flex">
                <SubmitButton label=tr!(locale, access.email.button) class="btn" is_pending=action.pending() />
            </div>
        </ActionForm>
    }
    .into_any()
}
