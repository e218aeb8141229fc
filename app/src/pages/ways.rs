//! The ways in besides the password: a passkey, a provider.

use crate::AppError;
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use crate::passkey;
use domain::view::{Factors, PasskeyChallenge, SignInWays};
use leptos::html;
use leptos::prelude::*;
use leptos::server;
use leptos::task::spawn_local;

/// The ways in besides the password, and whether anybody can have an account yet.
///
/// # Errors
/// A database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "sign-in/ways")]
pub async fn read_ways() -> Result<SignInWays, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.sign_in_ways().await?)
}

/// What the browser's half sign-in waits for; none when there is none.
///
/// # Errors
/// A database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "sign-in/step")]
pub async fn read_step() -> Result<Option<Factors>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.step_factors().await?)
}

/// Asks the browser for any passkey of this server's.
///
/// # Errors
/// As [`crate::context::Accounts::begin_passkey_sign_in`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "sign-in/passkey")]
pub async fn ask_passkey() -> Result<PasskeyChallenge, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.begin_passkey_sign_in(false).await?)
}

/// Asks for one of the passkeys of whose password was right.
///
/// # Errors
/// As [`crate::context::Accounts::begin_passkey_sign_in`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "sign-in/step-passkey")]
pub async fn ask_step_passkey() -> Result<PasskeyChallenge, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.begin_passkey_sign_in(true).await?)
}

/// Why a browser gave no passkey, in words.
pub(crate) fn no_passkey_text(
    locale: crate::i18n::Locale,
    why: passkey::NoPasskey,
) -> &'static str {
    match why {
        passkey::NoPasskey::Unsupported => tr!(locale, access.passkey.unsupported),
        passkey::NoPasskey::Refused => tr!(locale, access.passkey.refused),
        passkey::NoPasskey::Known => tr!(locale, access.passkey.known),
    }
}

/// The button that signs in with a passkey. Its form is sent by the browser, so that cookies and the way on are as with
/// a password.
#[component]
pub fn PasskeyButton(
    /// Whether it is the second factor of a half sign-in.
    is_step: bool,
    /// Where to go afterwards.
    next: Option<String>,
    /// Whether it is what one mainly does here.
    #[prop(default = false)]
    is_primary: bool,
) -> impl IntoView {
    let locale = use_locale();
    let form = NodeRef::<html::Form>::new();
    let ceremony = NodeRef::<html::Input>::new();
    let credential = NodeRef::<html::Input>::new();
    let trouble = RwSignal::new(None::<String>);
    let is_pending = RwSignal::new(false);
    let start = move |_| {
        if is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        trouble.set(None);
        spawn_local(async move {
            let asked = if is_step {
                ask_step_passkey().await
            } else {
                ask_passkey().await
            };
            let outcome = match asked {
                Ok(challenge) => passkey::get(&challenge.options)
                    .await
                    .map(|answer| (challenge.ceremony, answer))
                    .map_err(|why| no_passkey_text(locale, why).to_owned()),
                Err(error) => Err(trouble_text(locale, &error)),
            };
            match outcome {
                Ok((sealed, answer)) => {
                    if let (Some(form), Some(ceremony), Some(credential)) = (
                        form.get_untracked(),
                        ceremony.get_untracked(),
                        credential.get_untracked(),
                    ) {
                        ceremony.set_value(&sealed);
                        credential.set_value(&answer);
                        let _ = form.submit();
                    }
                }
                Err(text) => {
                    is_pending.set(false);
                    trouble.set(Some(text));
                }
            }
        });
    };
    view! {
        <form method="post" action="/sign-in/passkey" class="ways-in" node_ref=form>
            <input type="hidden" name="ceremony" node_ref=ceremony />
            <input type="hidden" name="credential" node_ref=credential />
            <input type="hidden" name="is_step" value=if is_step { "true" } else { "false" } />
            {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
            {move || trouble.get().map(|text| view! { <FormNote text /> })}
            <button
                class="btn"
                class:primary=is_primary
                type="button"
                aria-disabled=move || is_pending.get().then_some("true")
                on:click=start
            >
                <Icon glyph=icons::KEY_ROUND />
                {tr!(locale, access.passkey.sign_in)}
            </button>
        </form>
    }
    .into_any()
}
