//! Erasing everything about a customer.

use super::calls;
use super::dialog::{Confirm, Sending};
use super::progress::{Progress, follow};
use crate::AppError;
use crate::activity::words::number;
use crate::asked::{Asked, AskedDialog};
use crate::dialog::{Dialog, DialogHandle};
use crate::exports::words::records;
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::export::Source;
use domain::view::{ErasureRow, PersonFound};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A button that opens the dialog, whose code is loaded then.
#[component]
pub fn ErasePerson(
    /// The store's id for the customer.
    customer: String,
    /// What they are called.
    name: String,
    /// Called when the erasure is over and its dialog is closed: what the page shows is gone.
    on_erased: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let is_open = RwSignal::new(false);
    let asked = RwSignal::new(None::<ErasureRow>);
    let is_over = StoredValue::new(false);
    let on_done = Callback::new(move |()| is_over.set_value(true));
    let on_close = Callback::new(move |()| {
        is_open.set(false);
        if is_over.get_value() {
            on_erased.run(());
        } else if let Some(row) = asked.get_untracked() {
            // Closed while it goes on; opened again, the dialog sees to the rest.
            let is_wanted = move |_| is_open.try_get_untracked() == Some(false);
            follow(row.id, is_wanted, on_erased);
        }
    });
    let dialog = move || {
        is_open.get().then(|| {
            let dialog = Asked::Person {
                customer: customer.clone(),
                name: name.clone(),
                asked,
                on_done,
            };
            view! { <AskedDialog asked=dialog on_close /> }
        })
    };
    view! {
        <button class="btn small danger push" type="button" on:click=move |_| is_open.set(true)>
            <Icon glyph=icons::ERASER />
            {tr!(locale, erase.person)}
        </button>
        {dialog}
    }
    .into_any()
}

/// The dialog.
#[component]
pub fn PersonDialog(
    /// The store's id for the customer.
    customer: String,
    /// What they are called.
    name: String,
    /// The erasure, once it was asked for.
    asked: RwSignal<Option<ErasureRow>>,
    /// Called when it has ended.
    on_done: Callback<()>,
    /// Called when it was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let customer = StoredValue::new(customer);
    let found = RwSignal::new(None::<Result<Option<PersonFound>, AppError>>);
    Effect::new(move |_| {
        spawn_local(async move {
            let answer = calls::person_found(customer.get_value()).await;
            found.try_set(Some(answer));
        });
    });
    let content = move || {
        if let Some(row) = asked.get() {
            return view! { <Progress row handle on_done /> }.into_any();
        }
        match found.get() {
            None => view! {
                <div class="modal-body" role="status" aria-label=tr!(locale, activity.table.loading)>
                    <p><span class="skel" style="inline-size:14rem"></span></p>
                    <p><span class="skel" style="inline-size:10rem"></span></p>
                </div>
            }
            .into_any(),
            Some(Err(error)) => {
                let text = trouble_text(locale, &error);
                view! { <div class="modal-body"><FormNote text /></div> }.into_any()
            }
            Some(Ok(None)) => view! {
                <div class="modal-body">{tr!(locale, messages.customer.gone_why)}</div>
            }
            .into_any(),
            Some(Ok(Some(found))) => view! { <Ask found customer handle asked /> }.into_any(),
        }
    };
    view! {
        <Dialog title=tr!(locale, erase.person_question, name = name) handle on_close>
            {content}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Ask(
    found: PersonFound,
    customer: StoredValue<String>,
    handle: DialogHandle,
    asked: RwSignal<Option<ErasureRow>>,
) -> impl IntoView {
    let locale = use_locale();
    let lines = [
        (tr!(locale, erase.kind.activities), found.activities),
        (tr!(locale, erase.kind.messages), found.messages),
        (tr!(locale, erase.kind.attachments), found.attachments),
        (tr!(locale, erase.kind.exports), found.exports),
    ]
    .map(|(label, count)| view! { <dt>{label}</dt> <dd>{number(count)}</dd> })
    .collect_view();
    let held = (found.held > 0).then(|| {
        let entries = found.held.saturating_sub(found.held_messages);
        let kinds = [
            records(locale, Source::Activity, entries),
            records(locale, Source::Messages, found.held_messages),
        ];
        view! {
            <div class="note pending">
                <Icon glyph=icons::LOCK />
                <p>
                    {tr!(locale, erase.held, count = found.held, n = number(found.held))}
                    <br />
                    {kinds.join(tr!(locale, activity.comma))}
                </p>
            </div>
        }
    });
    let goes = if found.keeps_customer {
        tr!(locale, erase.person_goes_held)
    } else {
        tr!(locale, erase.person_goes)
    };
    let start = view! {
        <dl class="facts">{lines}</dl>
        {held}
        <p>{goes}</p>
        <p class="soft">{tr!(locale, erase.what_stays)}</p>
    }
    .into_any();
    let send = Callback::new(move |(reason, typed): (String, u64)| {
        Sending::of(calls::request_person(customer.get_value(), reason, typed))
    });
    let label = tr!(locale, erase.person_button).to_owned();
    view! { <Confirm start number_to_type=found.to_type label send handle asked /> }.into_any()
}
