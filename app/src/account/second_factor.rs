//! The second factor: an authenticator app or a passkey, and recovery codes for the day it is lost.

use super::calls::{BeginTotp, ConfirmTotp, NewRecoveryCodes, RemoveTotp};
use super::codes::RecoveryCodes;
use super::page::{AccountResource, Part};
use super::proof::{is_wanted, use_proof};
use crate::AppError;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FieldError, FormNote, focus_first_fault};
use crate::format::day;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use chrono::{DateTime, Utc};
use domain::Code;
use domain::view::{AccountView, TotpSetup};
use leptos::html;
use leptos::prelude::*;

/// The part about the second factor.
#[component]
pub fn SecondFactorPart(
    /// The account as it is.
    own: AccountView,
    /// What reads it again.
    account: AccountResource,
    /// What reads it and the passkeys again.
    read_again: Callback<()>,
    /// Whether it is being read again.
    is_reading: RwSignal<bool>,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    // Stays until the person says that they are kept.
    let codes = RwSignal::new(None::<Vec<String>>);
    let put_away = Callback::new(move |()| {
        codes.set(None);
        read_again.run(());
    });
    let show = Callback::new(move |made| codes.set(Some(made)));
    let shown = StoredValue::new(own);
    view! {
        <Part
            id="own-factor"
            title=tr!(locale, access.factor.title)
            lead=tr!(locale, access.factor.lead)
            is_waiting=is_reading
        >
            {move || match codes.get() {
                Some(codes) => view! { <RecoveryCodes codes on_done=put_away /> }.into_any(),
                None => {
                    let own = shown.get_value();
                    if own.totp_since.is_some() {
                        view! { <On own account show now offset /> }.into_any()
                    } else {
                        view! { <WithoutApp own show /> }.into_any()
                    }
                }
            }}
        </Part>
    }
    .into_any()
}

/// What went wrong with a call, unless only a proof is wanted.
fn note(error: Option<AppError>) -> Option<AnyView> {
    let locale = crate::i18n::use_locale();
    let error = error.filter(|error| !is_wanted(error))?;
    Some(view! { <FormNote text=trouble_text(locale, &error) /> }.into_any())
}

/// How many recovery codes are left, new ones, and what else can be done.
#[component]
fn CodesLeft(
    /// How many.
    left: u32,
    /// Shows new ones.
    show: Callback<Vec<String>>,
    /// The buttons beside.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let renew = ServerAction::<NewRecoveryCodes>::new();
    let value = renew.value();
    let start = move || {
        renew.dispatch(NewRecoveryCodes {});
    };
    Effect::watch(
        move || renew.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(codes)) => show.run(codes),
            Some(Err(error)) => {
                proof.ask(&error, start);
            }
            None => {}
        },
        false,
    );
    let left = u64::from(left);
    let few = left < 3;
    view! {
        {move || note(value.get().and_then(Result::err))}
        <p class:failed-text=few class:soft=!few>
            {tr!(locale, access.codes.left, count = left)}
        </p>
        <div class="row-flex">
            <button class="btn" type="button" on:click=move |_| start()>
                {tr!(locale, access.codes.renew)}
            </button>
            {children()}
        </div>
    }
    .into_any()
}

/// There is no authenticator app: begin, scan, confirm. A passkey is a second factor too.
#[component]
fn WithoutApp(
    /// The account as it is.
    own: AccountView,
    /// Shows the recovery codes.
    show: Callback<Vec<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let begin = ServerAction::<BeginTotp>::new();
    let value = begin.value();
    let setup = Memo::new(move |_| value.with(|answer| answer.as_ref()?.as_ref().ok().cloned()));
    let start = move || {
        begin.dispatch(BeginTotp {});
    };
    Effect::watch(
        move || begin.version().get(),
        move |_, _, _| {
            if let Some(Err(error)) = value.get_untracked() {
                proof.ask(&error, start);
            }
        },
        false,
    );
    let (must, left) = (own.must_have_second_factor, own.recovery_codes_left);
    let has_passkey = own.passkeys > 0;
    move || match setup.get() {
        Some(setup) => view! { <Connect setup show /> }.into_any(),
        None if has_passkey => view! {
            {note(value.get().and_then(Result::err))}
            <p class="row-flex own-state">
                <span class="chip success">
                    <Icon glyph=icons::SHIELD_CHECK />
                    {tr!(locale, access.factor.on)}
                </span>
                <span class="soft">{tr!(locale, access.factor.by_passkey)}</span>
            </p>
            <CodesLeft left show>
                <button class="btn" type="button" on:click=move |_| start()>
                    {tr!(locale, access.factor.begin)}
                </button>
            </CodesLeft>
        }
        .into_any(),
        None => view! {
            {note(value.get().and_then(Result::err))}
            <p class="row-flex own-state">
                <span class="chip">
                    <Icon glyph=icons::SHIELD />
                    {tr!(locale, access.factor.off)}
                </span>
                {must.then(|| tr!(locale, access.factor.must))}
            </p>
            <button class="btn primary" type="button" on:click=move |_| start()>
                {tr!(locale, access.factor.begin)}
            </button>
        }
        .into_any(),
    }
}

/// Scan, then type the first code.
#[component]
fn Connect(
    /// What the app needs.
    setup: TotpSetup,
    /// Shows the recovery codes.
    show: Callback<Vec<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<ConfirmTotp>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let error = Signal::derive(move || {
        value.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            error
                .field("code")
                .map(|_| tr!(locale, access.factor.wrong).to_owned())
        })
    });
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
            Some(Ok(codes)) => show.run(codes),
            Some(Err(_)) => focus_first_fault(form),
            None => {}
        },
        false,
    );
    let is_invalid = move || error.with(Option::is_some).then_some("true");
    view! {
        <ol class="steps own-steps">
            <li>
                <p>{tr!(locale, access.factor.scan)}</p>
                <div class="own-qr" role="img" aria-label=tr!(locale, access.factor.qr) inner_html=setup.qr_svg></div>
                <p class="hint">
                    {tr!(locale, access.factor.by_hand)} " " <code dir="ltr" class="own-secret">{setup.secret}</code>
                    " · " <a class="link" href=setup.uri rel="external">{tr!(locale, access.factor.this_device)}</a>
                </p>
            </li>
            <li>
                <p>{tr!(locale, access.factor.type_code)}</p>
                <ActionForm action node_ref=form attr:class="form" attr:novalidate=true>
                    {note}
                    <div class="field">
                        <label class="vh" for="f-code">
                            {tr!(locale, access.proof.code)}
                        </label>
                        <input
                            class="input otp"
                            id="f-code"
                            name="code"
                            inputmode="numeric"
                            autocomplete="one-time-code"
                            maxlength="6"
                            dir="ltr"
                            required=true
                            aria-invalid=is_invalid
                            aria-describedby=move || error.with(Option::is_some).then_some("f-code-error")
                        />
                        <FieldError id="f-code-error".to_owned() error />
                    </div>
                    <div class="row-flex">
                        <SubmitButton label=tr!(locale, access.factor.confirm) is_pending=action.pending() />
                    </div>
                </ActionForm>
            </li>
        </ol>
    }
    .into_any()
}

/// There is an app: since when, how many recovery codes are left, what can be done.
#[component]
fn On(
    /// The account as it is.
    own: AccountView,
    /// What reads it again.
    account: AccountResource,
    /// Shows the recovery codes.
    show: Callback<Vec<String>>,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    let is_removing = RwSignal::new(false);
    let since = own.totp_since.unwrap_or(now);
    let since = tr!(
        locale,
        access.factor.since,
        day = day(locale, since, offset)
    );
    let left = own.recovery_codes_left;
    let has_passkey = own.passkeys > 0;
    // A passkey is enough for a role that asks for a second factor.
    let must = own.must_have_second_factor && !has_passkey;
    view! {
        <p class="row-flex own-state">
            <span class="chip success">
                <Icon glyph=icons::SHIELD_CHECK />
                {tr!(locale, access.factor.on)}
            </span>
            <span class="soft">{since}</span>
        </p>
        <CodesLeft left show>
            <button
                class="btn danger"
                type="button"
                aria-disabled=must.then_some("true")
                title=must.then(|| tr!(locale, access.factor.must))
                on:click=move |_| is_removing.set(!must)
            >
                {tr!(locale, access.factor.remove)}
            </button>
        </CodesLeft>
        <Show when=move || is_removing.get()>
            <RemoveDialog account has_passkey on_close=Callback::new(move |()| is_removing.set(false)) />
        </Show>
    }
    .into_any()
}

#[component]
fn RemoveDialog(
    /// What reads the account again.
    account: AccountResource,
    /// Whether a passkey stays the second factor.
    has_passkey: bool,
    /// Called when it was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let handle = DialogHandle::new();
    let action = ServerAction::<RemoveTotp>::new();
    let value = action.value();
    let start = move || {
        action.dispatch(RemoveTotp {});
    };
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(())) => {
                handle.close();
                account.refetch();
            }
            Some(Err(error)) => {
                proof.ask(&error, start);
            }
            None => {}
        },
        false,
    );
    let (title, text, stays) = if has_passkey {
        (
            tr!(locale, access.factor.remove_app_question),
            tr!(locale, access.factor.remove_app_text),
            tr!(locale, access.factor.remove_app_stays),
        )
    } else {
        (
            tr!(locale, access.factor.remove_question),
            tr!(locale, access.factor.remove_text),
            tr!(locale, access.factor.remove_stays),
        )
    };
    view! {
        <Dialog title handle on_close>
            <div class="modal-body">
                {move || note(value.get().and_then(Result::err))}
                <p>{text}</p>
                <p class="soft">{stays}</p>
            </div>
            <footer class="modal-foot">
                <CancelButton handle is_first=true />
                <button class="btn danger-solid" type="button" on:click=move |_| start()>
                    {tr!(locale, access.factor.remove)}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}
