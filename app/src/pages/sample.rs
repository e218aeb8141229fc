//! Removing the sample store: a button and a question.

use crate::AppError;
use crate::dialog::{Dialog, DialogHandle};
use crate::i18n::{tr, use_locale};
use crate::pages::Removal;
use leptos::prelude::*;
use leptos::server;

/// Removes the sample store, also while another store is looked at.
///
/// # Errors
/// As [`storage::Storage::in_sample`] and [`storage::Storage::remove_sample`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "sample-remove")]
pub async fn remove_sample() -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.storage.in_sample(&context.scope()?).await?;
    Ok(context.storage.remove_sample(&scope).await?)
}

/// The sample store as a part of its own pages.
#[component]
pub fn SampleSection() -> impl IntoView {
    let locale = use_locale();
    let is_asking = RwSignal::new(false);
    view! {
        <section class="part" aria-labelledby="sample">
            <div class="grow">
                <h2 id="sample">{tr!(locale, account.sample.title)}</h2>
                <p class="soft">{tr!(locale, account.sample.text)}</p>
            </div>
            <button class="btn danger" type="button" on:click=move |_| is_asking.set(true)>
                {tr!(locale, account.sample.remove)}
            </button>
        </section>
        <RemoveQuestion is_asking />
    }
    .into_any()
}

/// What is asked before the sample store is removed.
#[component]
pub fn RemoveQuestion(
    /// Whether it is asked now.
    is_asking: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Show when=move || is_asking.get()>
            <RemoveDialog on_close=Callback::new(move |()| is_asking.set(false)) />
        </Show>
    }
    .into_any()
}

#[component]
fn RemoveDialog(
    /// Called when it was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let action = ServerAction::<RemoveSample>::new();
    let value = action.value();
    Effect::new(move || {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            // Everything on the page was about a store that is gone.
            let _ = window().location().set_href("/");
        }
    });
    view! {
        <Dialog title=tr!(locale, account.sample.question) handle on_close>
            <ActionForm action>
                <Removal handle answer=value label=tr!(locale, account.sample.remove) is_pending=action.pending()>
                    <p>{tr!(locale, account.sample.what_goes)}</p>
                    <p class="soft">{tr!(locale, account.sample.what_stays)}</p>
                </Removal>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
