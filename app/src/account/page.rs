//! The page: a part for each thing that can be changed.

use super::calls::{list_sessions, read_account};
use super::email::EmailPart;
use super::passkeys::{PasskeysPart, PasskeysResource};
use super::password::PasswordPart;
use super::proof::{Proof, ProofDialog};
use super::second_factor::SecondFactorPart;
use super::sessions::SessionsPart;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::Trouble;
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use crate::{AppError, use_viewer};
use domain::view::{AccountView, SessionView, Viewer};
use leptos::prelude::*;
use leptos_meta::Title;

/// The account as it was read.
pub type AccountResource = Told<Result<AccountView, AppError>>;
/// The sessions as they were read.
pub type SessionsResource = Told<Result<Vec<SessionView>, AppError>>;

/// `/account`.
pub struct AccountPage {
    account: AccountResource,
    sessions: SessionsResource,
    passkeys: (PasskeysResource, Told<bool>),
}

impl Page for AccountPage {
    const PLACE: Place = Place::Panel(Panel::Account);

    fn start() -> Self {
        Self {
            account: crate::wire::told_first(|| (), |()| read_account()),
            sessions: crate::wire::told_first(|| (), |()| list_sessions()),
            passkeys: super::passkeys::read(),
        }
    }

    fn shown(self) -> AnyView {
        let AccountPage {
            account,
            sessions,
            passkeys,
        } = self;
        view! {
            <WithViewer let:viewer>
                <Account viewer account sessions passkeys />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Account(
    /// Who is signed in.
    viewer: Viewer,
    /// Their account.
    account: AccountResource,
    /// Their sessions.
    sessions: SessionsResource,
    /// Their passkeys, and whether there can be any.
    passkeys: (PasskeysResource, Told<bool>),
) -> impl IntoView {
    let locale = use_locale();
    let (passkeys, is_possible) = passkeys;
    let proof = Proof::provide();
    let must_enrol = viewer.must_enrol;
    let (now, offset) = (viewer.now, viewer.offset_minutes);
    let known = use_viewer();
    // What is pressed in a part that is being read again would be gone with it.
    let (is_listing, is_reading) = (RwSignal::new(false), RwSignal::new(false));
    let read_again = Callback::new(move |()| {
        is_listing.set(true);
        is_reading.set(true);
        passkeys.refetch();
        account.refetch();
        // Nothing else that the frame knows changes here; once it is known the page is made anew.
        if must_enrol {
            known.refetch();
        }
    });
    // Until then nothing is pressed.
    let is_read = move |is_waiting: RwSignal<bool>| {
        if !must_enrol {
            is_waiting.try_set(false);
        }
    };
    view! {
        <Title text=tr!(locale, access.account.title) />
        <section class="stage" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, access.account.title)}</h1>
            </header>
            <div class="scroll">
                <div class="settings own">
                    {must_enrol
                        .then(|| {
                            view! {
                                <div class="note pending" role="status">
                                    <Icon glyph=icons::SHIELD_ALERT />
                                    <p>{tr!(locale, access.account.must_enrol)}</p>
                                </div>
                            }
                        })}
                    <PasskeysPart
                        passkeys
                        is_possible
                        read_again
                        is_listing
                        on_read=Callback::new(move |()| is_read(is_listing))
                        now
                        offset
                    />
                    <Transition>
                        {move || Suspend::new(async move {
                            let own = account.await;
                            is_read(is_reading);
                            match own {
                                Err(error) => view! { <Trouble error /> }.into_any(),
                                Ok(own) => {
                                    view! {
                                        <SecondFactorPart own=own.clone() account read_again is_reading now offset />
                                        <PasswordPart own=own.clone() sessions now />
                                        <EmailPart own account />
                                    }
                                        .into_any()
                                }
                            }
                        })}
                    </Transition>
                    <SessionsPart sessions now offset />
                    <ProofDialog proof />
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// A part of the page: what it is on one side, what can be done on the other.
#[component]
pub fn Part(
    /// The id of its heading.
    id: &'static str,
    /// Its name.
    title: &'static str,
    /// What it is good for.
    lead: &'static str,
    /// Whether it is being read again: until then nothing in it can be pressed.
    #[prop(optional)]
    is_waiting: Option<RwSignal<bool>>,
    /// What can be done.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="own-part" aria-labelledby=id inert=move || is_waiting.is_some_and(|is_waiting| is_waiting.get())>
            <div class="own-about">
                <h2 id=id>{title}</h2>
                <p>{lead}</p>
            </div>
            <div class="own-do">{children()}</div>
        </section>
    }
    .into_any()
}
