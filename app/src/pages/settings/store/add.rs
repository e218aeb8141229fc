//! Adding a store: its name and its clock.

use super::ZoneField;
use crate::AppError;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::i18n::{tr, use_locale};
use crate::pages::trouble_text;
use domain::Code;
use leptos::html;
use leptos::prelude::*;
use leptos::server;

/// Adds a store and makes the session look at it.
///
/// # Errors
/// As [`storage::Storage::add_store`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "store-add")]
pub async fn add_store(store_name: String, store_zone: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, scope) = (&context.storage, context.scope()?);
    let store = storage.add_store(&scope, store_name, store_zone).await?;
    Ok(storage.switch_store(context.session()?, store.id).await?)
}

/// Asks for its name and time zone, then leads to how its entries arrive.
#[component]
pub fn AddDialog(
    /// The time zone that it is likely to have.
    zone: String,
    /// Called when it was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<AddStore>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let error = move |field: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                Some(fault_text(locale, field, error.field(field)?).to_owned())
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
            // The session looks at another store now: everything on the page is another.
            let _ = window().location().set_href("/connect");
        }
        Some(Err(_)) => focus_first_fault(form),
        None => {}
    });
    view! {
        <Dialog title=tr!(locale, account.stores.add) handle on_close>
            <ActionForm action node_ref=form attr:novalidate=true>
                <div class="modal-body">
                    {note}
                    <p class="soft">{tr!(locale, account.stores.lead)}</p>
                    <TextField
                        name="store_name"
                        label=tr!(locale, account.field.store_name)
                        maxlength=100
                        is_required=true
                        is_first=true
                        error=error("name")
                    />
                    <ZoneField name="store_zone" value=zone list="zones-of-new" error=error("time_zone") />
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, account.stores.add) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
