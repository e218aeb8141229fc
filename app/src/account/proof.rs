//! Asking again who sits there, before something dangerous is done.
//!
//! A call that wants a fresh proof is refused with `proof_required`; [`Proof::ask`] then opens the dialog and does the
//! call again once the proof is there.

use super::calls::{Prove, begin_proof, finish_proof, read_account};
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, focus_first_fault};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use crate::pages::ways::no_passkey_text;
use crate::{AppError, passkey};
use domain::Code;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is to be done again once the person has proved who they are. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Proof {
    again: RwSignal<Option<Callback<()>>>,
}

impl Proof {
    /// Hands one to everything below.
    pub fn provide() -> Self {
        let proof = Self {
            again: RwSignal::new(None),
        };
        provide_context(proof);
        proof
    }

    /// Whether a call was refused for want of a fresh proof: then the dialog opens and `again` does it again.
    pub fn ask(self, error: &AppError, again: impl Fn() + Send + Sync + 'static) -> bool {
        let is_wanted = is_wanted(error);
        if is_wanted {
            self.again.set(Some(Callback::new(move |()| again())));
        }
        is_wanted
    }
}

/// Whether a call was refused for want of a fresh proof. It is no failure: the dialog asks for one.
pub fn is_wanted(error: &AppError) -> bool {
    error.code() == Code::ProofRequired
}

/// The page's way to ask.
pub fn use_proof() -> Proof {
    expect_context()
}

/// The dialog, while a proof is wanted.
#[component]
pub fn ProofDialog(
    /// What waits for it.
    proof: Proof,
) -> impl IntoView {
    move || {
        proof.again.get().map(|done| {
            let on_close = Callback::new(move |()| proof.again.set(None));
            view! { <Ask done on_close /> }
        })
    }
}

#[component]
fn Ask(
    /// Called once it is proved.
    done: Callback<()>,
    /// Called when the dialog was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let action = ServerAction::<Prove>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    // Only who has a second factor is asked for its code.
    let own = LocalResource::new(read_account);
    let account = Memo::new(move |_| own.get().and_then(Result::ok));
    let has_factor = Memo::new(move |_| {
        account.with(|own| own.as_ref().is_some_and(|own| own.totp_since.is_some()))
    });
    let has_passkey =
        Memo::new(move |_| account.with(|own| own.as_ref().is_some_and(|own| own.passkeys > 0)));
    // Whose only second factor is a passkey proves it by that.
    let is_passkey_alone = move || has_passkey.get() && !has_factor.get();
    let proved = Callback::new(move |()| {
        handle.close();
        done.run(());
    });
    let error = move |field: &'static str, text: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                error.field(field).map(|_| text.to_owned())
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
    Effect::new(move || match value.get() {
        Some(Ok(())) => {
            handle.close();
            done.run(());
        }
        Some(Err(_)) => focus_first_fault(form),
        None => {}
    });
    view! {
        <Dialog title=tr!(locale, access.proof.title) title_id="proof-title" handle on_close>
            {move || {
                has_passkey
                    .get()
                    .then(|| {
                        view! {
                            <div class="modal-body">
                                <p class="soft">{tr!(locale, access.proof.lead)}</p>
                                <ProofByPasskey proved />
                            </div>
                        }
                    })
            }}
            <ActionForm action node_ref=form attr:novalidate=true attr:hidden=is_passkey_alone>
                <div class="modal-body">
                    {note}
                    {move || (!has_passkey.get()).then(|| view! { <p class="soft">{tr!(locale, access.proof.lead)}</p> })}
                    <TextField
                        name="password"
                        label=tr!(locale, account.field.password)
                        kind="password"
                        autocomplete="current-password"
                        is_code=true
                        is_required=true
                        is_first=true
                        error=error("password", tr!(locale, access.proof.wrong_password))
                    />
                    {move || if has_factor.get() {
                        view! {
                            <TextField
                                name="code"
                                label=tr!(locale, access.proof.code)
                                hint=tr!(locale, access.proof.code_hint)
                                autocomplete="one-time-code"
                                is_code=true
                                is_required=true
                                maxlength=32
                                error=error("code", tr!(locale, access.code.wrong))
                            />
                        }
                            .into_any()
                    } else {
                        view! { <input type="hidden" name="code" value="" /> }.into_any()
                    }}
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, access.go_on) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// The button that proves it by a passkey.
#[component]
fn ProofByPasskey(
    /// Called once it is proved.
    proved: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let trouble = RwSignal::new(None::<String>);
    let is_pending = RwSignal::new(false);
    let start = move |_| {
        if is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        trouble.set(None);
        spawn_local(async move {
            let outcome = async {
                let asked = begin_proof().await;
                let challenge = asked.map_err(|error| trouble_text(locale, &error))?;
                let answer = passkey::get(&challenge.options).await;
                let answer = answer.map_err(|why| no_passkey_text(locale, why).to_owned())?;
                finish_proof(challenge.ceremony, answer)
                    .await
                    .map_err(|error| match error.field("credential") {
                        Some(_) => tr!(locale, access.passkey.wrong).to_owned(),
                        None => trouble_text(locale, &error),
                    })
            };
            match outcome.await {
                Ok(()) => proved.run(()),
                Err(text) => trouble.set(Some(text)),
            }
            is_pending.try_set(false);
        });
    };
    view! {
        {move || trouble.get().map(|text| view! { <FormNote text /> })}
        <button
            class="btn primary"
            type="button"
            autofocus=true
            aria-disabled=move || is_pending.get().then_some("true")
            on:click=start
        >
            <Icon glyph=icons::KEY_ROUND />
            {tr!(locale, access.passkey.prove)}
        </button>
    }
    .into_any()
}
