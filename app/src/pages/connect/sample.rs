//! The sample store: loading it, going to it, removing it.

use crate::AppError;
use crate::dialog::SubmitButton;
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::sample::{RemoveQuestion, SampleSection};
use crate::pages::trouble_text;
use domain::view::{StoreView, Viewer};
use leptos::prelude::*;
use leptos::server;
use std::time::Duration;

/// Loads the sample store and makes the session look at it.
///
/// # Errors
/// When the role may not, or something fails on the way.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "sample-load")]
pub async fn load_sample() -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let store = (context.load_sample)(context.scope()?).await?;
    let session = context.session()?;
    Ok(context.storage.switch_store(session, store).await?)
}

/// What can be done about the sample store from here.
#[component]
pub fn Sample(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let sample = viewer.stores.iter().find(|store| store.is_sample).cloned();
    match sample {
        Some(sample) if sample.id == viewer.store.id => view! { <SampleSection /> }.into_any(),
        Some(sample) => view! { <Loaded sample /> }.into_any(),
        None => view! { <Load /> }.into_any(),
    }
}

/// It is there, and another store is looked at.
#[component]
fn Loaded(
    /// The sample store.
    sample: StoreView,
) -> impl IntoView {
    let locale = use_locale();
    let is_asking = RwSignal::new(false);
    view! {
        <section class="part sample" aria-labelledby="sample">
            <Icon glyph=icons::BOXES class="i-l" />
            <div class="grow">
                <h2 id="sample">{tr!(locale, account.sample.is_there)}</h2>
                <p class="soft">{tr!(locale, account.sample.is_there_text)}</p>
            </div>
            <button class="btn danger" type="button" on:click=move |_| is_asking.set(true)>
                {tr!(locale, account.sample.remove)}
            </button>
            <form method="post" action="/switch-store">
                <button class="btn" name="store" value=sample.id.0.to_string()>
                    {tr!(locale, account.sample.open)}
                </button>
            </form>
        </section>
        <RemoveQuestion is_asking />
    }
    .into_any()
}

#[component]
fn Load() -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<LoadSample>::new();
    let value = action.value();
    let seconds = RwSignal::new(0_u32);
    Effect::new(move || {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            // The session looks at another store now: everything on the page is another.
            let _ = window().location().set_href("/activity");
        }
    });
    Effect::new(move || {
        if action.pending().get() {
            seconds.set(0);
            let count = move || {
                let _ = seconds.try_update(|seconds| *seconds += 1);
            };
            if let Ok(timer) = set_interval_with_handle(count, Duration::from_secs(1)) {
                on_cleanup(move || timer.clear());
            }
        }
    });
    view! {
        <section class="part sample" aria-labelledby="sample">
            <Icon glyph=icons::BOXES class="i-l" />
            <div class="grow">
                <h2 id="sample">{tr!(locale, account.sample.look)}</h2>
                <p class="soft">{tr!(locale, account.sample.look_text)}</p>
                {move || {
                    action
                        .pending()
                        .get()
                        .then(|| {
                            view! {
                                <p class="loading">
                                    <progress aria-label=tr!(locale, account.sample.loading)></progress>
                                    <span class="dim small" role="status">
                                        {tr!(locale, account.sample.loading)}
                                    </span>
                                    <span class="dim small" aria-hidden="true">
                                        {seconds} " s"
                                    </span>
                                </p>
                            }
                        })
                }}
                {move || {
                    value.with(|answer| {
                        let error = answer.as_ref()?.as_ref().err()?;
                        Some(view! { <FormNote text=trouble_text(locale, error) /> })
                    })
                }}
            </div>
            <ActionForm action>
                <SubmitButton
                    label=tr!(locale, account.sample.load)
                    is_pending=action.pending()
                    class="btn"
                />
            </ActionForm>
        </section>
    }
    .into_any()
}
