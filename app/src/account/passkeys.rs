//! Passkeys: a list of them, and another one.

use super::calls::{RemovePasskey, RenamePasskey, begin_passkey, finish_passkey, list_passkeys};
use super::codes::RecoveryCodes;
use super::page::Part;
use super::proof::{is_wanted, use_proof};
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, focus_first_fault};
use crate::format::{ago, day};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::ways::{no_passkey_text, read_ways};
use crate::pages::{Trouble, trouble_text};
use crate::wire::Told;
use crate::{AppError, passkey};
use chrono::{DateTime, Utc};
use domain::view::PasskeyView;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The passkeys as they were read.
pub type PasskeysResource = Told<Result<Vec<PasskeyView>, AppError>>;

/// Reads them, and whether there can be any here.
pub(super) fn read() -> (PasskeysResource, Told<bool>) {
    (
        crate::wire::told_first(|| (), |()| list_passkeys()),
        crate::wire::told_first(
            || (),
            |()| async { read_ways().await.is_ok_and(|ways| ways.passkeys) },
        ),
    )
}

/// The part about passkeys.
#[component]
pub fn PasskeysPart(
    /// The passkeys.
    passkeys: PasskeysResource,
    /// Whether browsers know any at this server's address.
    is_possible: Told<bool>,
    /// What reads it and the account again.
    read_again: Callback<()>,
    /// Whether it is being read again.
    is_listing: RwSignal<bool>,
    /// Called when it was read.
    on_read: Callback<()>,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    // Stay until the person says that they are kept.
    let codes = RwSignal::new(None::<Vec<String>>);
    let put_away = Callback::new(move |()| {
        codes.set(None);
        read_again.run(());
    });
    let added = Callback::new(move |made: Vec<String>| {
        if made.is_empty() {
            read_again.run(());
        } else {
            codes.set(Some(made));
        }
    });
    view! {
        <Part
            id="own-passkeys"
            title=tr!(locale, access.passkey.title)
            lead=tr!(locale, access.passkey.lead)
            is_waiting=is_listing
        >
            {move || codes.get().map(|codes| view! { <RecoveryCodes codes on_done=put_away /> })}
            <Transition>
                {move || Suspend::new(async move {
                    let listed = passkeys.await;
                    on_read.run(());
                    match listed {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(passkeys) if passkeys.is_empty() => ().into_any(),
                        Ok(passkeys) => {
                            view! {
                                <ul class="own-sessions">
                                    {passkeys
                                        .into_iter()
                                        .map(|passkey| view! { <Row passkey read_again now offset /> })
                                        .collect_view()}
                                </ul>
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
            <Transition>
                {move || Suspend::new(async move {
                    if is_possible.await {
                        view! { <Add added /> }.into_any()
                    } else {
                        view! { <p class="hint">{tr!(locale, access.passkey.no_host)}</p> }.into_any()
                    }
                })}
            </Transition>
        </Part>
    }
    .into_any()
}

/// The button that makes another one.
#[component]
fn Add(
    /// Called with recovery codes, if some were made.
    added: Callback<Vec<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let trouble = RwSignal::new(None::<String>);
    let is_pending = RwSignal::new(false);
    let turn = RwSignal::new(0_u32);
    let start = move || turn.update(|turn| *turn += 1);
    Effect::watch(
        move || turn.get(),
        move |_, _, _| {
            if is_pending.get_untracked() {
                return;
            }
            is_pending.set(true);
            trouble.set(None);
            spawn_local(async move {
                match make().await {
                    Ok(codes) => added.run(codes),
                    Err(Failed::Browser(why)) => {
                        trouble.set(Some(no_passkey_text(locale, why).to_owned()));
                    }
                    Err(Failed::Server(error)) if is_wanted(&error) => {
                        proof.ask(&error, start);
                    }
                    Err(Failed::Server(error)) => trouble.set(Some(trouble_text(locale, &error))),
                }
                is_pending.set(false);
            });
        },
        false,
    );
    view! {
        {move || trouble.get().map(|text| view! { <FormNote text /> })}
        <div class="row-flex">
            <button
                class="btn"
                type="button"
                aria-disabled=move || is_pending.get().then_some("true")
                on:click=move |_| start()
            >
                <Icon glyph=icons::KEY_ROUND />
                {tr!(locale, access.passkey.add)}
            </button>
        </div>
    }
    .into_any()
}

enum Failed {
    Browser(passkey::NoPasskey),
    Server(AppError),
}

async fn make() -> Result<Vec<String>, Failed> {
    let challenge = begin_passkey().await.map_err(Failed::Server)?;
    let made = passkey::create(&challenge.options).await;
    let credential = made.map_err(Failed::Browser)?;
    finish_passkey(challenge.ceremony, credential)
        .await
        .map_err(Failed::Server)
}

#[component]
fn Row(
    /// The passkey.
    passkey: PasskeyView,
    /// What reads the list again.
    read_again: Callback<()>,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let remove = ServerAction::<RemovePasskey>::new();
    let value = remove.value();
    let id = StoredValue::new(passkey.id.clone());
    let start = move || {
        remove.dispatch(RemovePasskey { id: id.get_value() });
    };
    Effect::watch(
        move || remove.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(())) => read_again.run(()),
            Some(Err(error)) => {
                proof.ask(&error, start);
            }
            None => {}
        },
        false,
    );
    let note = move || {
        let error = value.get().and_then(Result::err);
        error
            .filter(|error| !is_wanted(error))
            .map(|error| view! { <FormNote text=trouble_text(locale, &error) /> })
    };
    let used = passkey.last_used_at.map_or_else(
        || tr!(locale, access.passkey.unused).to_owned(),
        |at| tr!(locale, access.sessions.used, ago = ago(locale, now, at)),
    );
    let since = tr!(
        locale,
        access.sessions.since,
        day = day(locale, passkey.created_at, offset)
    );
    let rename_label = tr!(
        locale,
        access.passkey.rename_named,
        name = passkey.name.clone()
    );
    let remove_label = tr!(
        locale,
        access.passkey.remove_named,
        name = passkey.name.clone()
    );
    let is_renaming = RwSignal::new(false);
    let shown = passkey.clone();
    view! {
        <li>
            <Icon glyph=icons::KEY_ROUND />
            <p class="grow">
                <bdi class="strong">{passkey.name}</bdi>
                <small>{used} " · " {since}</small>
                {note}
            </p>
            <button
                class="btn small"
                type="button"
                aria-label=rename_label
                on:click=move |_| is_renaming.set(true)
            >
                {tr!(locale, access.passkey.rename)}
            </button>
            <button
                class="btn small danger"
                type="button"
                aria-label=remove_label
                on:click=move |_| start()
            >
                {tr!(locale, access.passkey.remove)}
            </button>
            <Show when=move || is_renaming.get()>
                <Rename
                    passkey=shown.clone()
                    read_again
                    on_close=Callback::new(move |()| is_renaming.set(false))
                />
            </Show>
        </li>
    }
    .into_any()
}

#[component]
fn Rename(
    /// The passkey.
    passkey: PasskeyView,
    /// What reads the list again.
    read_again: Callback<()>,
    /// Called when it was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let action = ServerAction::<RenamePasskey>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(())) => {
                handle.close();
                read_again.run(());
            }
            Some(Err(_)) => focus_first_fault(form),
            None => {}
        },
        false,
    );
    let error = Signal::derive(move || {
        value.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            Some(match error.field("name") {
                Some(_) => tr!(locale, access.passkey.name_fault).to_owned(),
                None => trouble_text(locale, error),
            })
        })
    });
    view! {
        <Dialog title=tr!(locale, access.passkey.rename_title) title_id="passkey-title" handle on_close>
            <ActionForm action node_ref=form attr:novalidate=true>
                <div class="modal-body">
                    <input type="hidden" name="id" value=passkey.id />
                    <TextField
                        name="name"
                        label=tr!(locale, access.passkey.name)
                        value=passkey.name
                        maxlength=60
                        is_required=true
                        is_first=true
                        error
                    />
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, access.passkey.rename) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
