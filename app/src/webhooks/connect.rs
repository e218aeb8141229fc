//! Connecting a shop: which one, its address and secret, the steps in words, and a live wait for the first delivery.

use super::calls::{DeleteConnection, MakeConnection, SwitchConnection, list_connections};
use crate::AppError;
use crate::account::proof::{Proof, is_wanted};
use crate::copy::CopyText;
use crate::dialog::SubmitButton;
use crate::form::{FormNote, TextField, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use crate::wire::Told;
use domain::Code;
use domain::hook::Platform;
use domain::view::{ConnectionView, MadeConnection};
use leptos::html;
use leptos::prelude::*;
use std::time::Duration;

/// What one platform asks for.
fn steps(locale: Locale, platform: Platform) -> Vec<&'static str> {
    match platform {
        Platform::Shopify => vec![
            tr!(locale, webhooks.step.shopify_open),
            tr!(locale, webhooks.step.shopify_secret),
            tr!(locale, webhooks.step.shopify_make),
        ],
        Platform::Woocommerce => vec![
            tr!(locale, webhooks.step.woo_open),
            tr!(locale, webhooks.step.woo_fill),
            tr!(locale, webhooks.step.woo_topics),
        ],
        Platform::Standard => vec![
            tr!(locale, webhooks.step.standard_sign),
            tr!(locale, webhooks.step.standard_body),
        ],
    }
}

/// The form for one platform, then what to do in the shop.
#[component]
pub fn ConnectShop(
    /// Who will call.
    platform: Platform,
    /// The way to ask for a proof.
    proof: Proof,
    /// Called when a connection was made.
    on_made: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<MakeConnection>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    Effect::new(move || match value.get() {
        Some(Ok(_)) => on_made.run(()),
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
    });
    let error = move |field: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                error.field(field)?;
                Some(match (field, platform) {
                    ("secret", Platform::Shopify) => tr!(locale, webhooks.fault.secret).to_owned(),
                    _ => tr!(locale, webhooks.fault.name).to_owned(),
                })
            })
        })
    };
    let note = move || {
        value.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            let is_told = is_wanted(error) || error.code() == Code::InvalidFields;
            let text = match error.code() {
                Code::Conflict => tr!(locale, webhooks.fault.taken).to_owned(),
                _ => trouble_text(locale, error),
            };
            (!is_told).then(|| view! { <FormNote text /> })
        })
    };
    let made = Memo::new(move |_| value.with(|answer| answer.as_ref()?.as_ref().ok().cloned()));
    let words = steps(locale, platform);
    let steps = words
        .into_iter()
        .map(|words| view! { <li><p>{words}</p></li> });
    view! {
        <ol class="steps">{steps.collect_view()}</ol>
        {move || made.get().map(|made| view! { <Made made /> })}
        <ActionForm action node_ref=form attr:novalidate=true attr:hidden=move || made.with(Option::is_some)>
            <input type="hidden" name="platform" value=platform.as_str() />
            {note}
            <TextField
                name="name"
                label=tr!(locale, webhooks.name)
                hint=tr!(locale, webhooks.name_hint)
                is_code=true
                is_required=true
                error=error("name")
            />
            {platform.brings_secret().then(|| view! {
                <TextField
                    name="secret"
                    kind="password"
                    label=tr!(locale, webhooks.shopify_secret)
                    is_code=true
                    is_required=true
                    error=error("secret")
                />
            })}
            <SubmitButton label=tr!(locale, webhooks.make) is_pending=action.pending() />
        </ActionForm>
    }
    .into_any()
}

/// The address and secret of a connection that was made, and the wait for its first delivery.
#[component]
fn Made(made: MadeConnection) -> impl IntoView {
    let locale = use_locale();
    let secret = made.secret.map(|secret| {
        view! {
            <p>{tr!(locale, webhooks.secret)}</p>
            <CopyText text=secret label=tr!(locale, webhooks.secret) is_line=true />
            <p class="hint">{tr!(locale, webhooks.once)}</p>
        }
    });
    view! {
        <p>{tr!(locale, webhooks.url)}</p>
        <CopyText text=made.url label=tr!(locale, webhooks.url) is_line=true />
        {secret}
        <Listen connection=made.connection />
    }
    .into_any()
}

/// Waits for the first delivery and leads to it.
#[component]
fn Listen(connection: ConnectionView) -> impl IntoView {
    let locale = use_locale();
    // One that is given another secret was called before.
    let before = connection.last_at;
    let id = connection.id;
    let has_arrived = RwSignal::new(false);
    Effect::new(move || {
        let ask = move || {
            if document().hidden() || has_arrived.try_get_untracked().unwrap_or(true) {
                return;
            }
            leptos::task::spawn_local(async move {
                // What fails is asked again in a second.
                let Ok(known) = list_connections().await else {
                    return;
                };
                let own = known.into_iter().find(|one| one.id == id);
                if own.is_some_and(|own| own.last_at > before) {
                    let _ = has_arrived.try_set(true);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(ask, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    let href = format!("/webhooks?connection={}", connection.name);
    let status = move || {
        if has_arrived.get() {
            view! {
                <Icon glyph=icons::CIRCLE_CHECK />
                <span>{tr!(locale, webhooks.arrived)}</span>
                <a class="link push" href=href.clone()>{tr!(locale, webhooks.see)}</a>
            }
            .into_any()
        } else {
            view! {
                <span class="pulse"></span>
                <span>{tr!(locale, webhooks.waiting)}</span>
            }
            .into_any()
        }
    };
    view! { <div class="listen" class:here=has_arrived role="status">{status}</div> }.into_any()
}

/// The connections there are: switched on or off, deleted.
#[component]
pub fn Connections(
    /// They.
    connections: Told<Result<Vec<ConnectionView>, AppError>>,
    /// The way to ask for a proof.
    proof: Proof,
) -> impl IntoView {
    let locale = use_locale();
    let switching = ServerAction::<SwitchConnection>::new();
    let deleting = ServerAction::<DeleteConnection>::new();
    let (switched, deleted) = (switching.value(), deleting.value());
    Effect::new(move || {
        let error = match switched.get() {
            Some(Ok(_)) => return connections.refetch(),
            Some(Err(error)) => error,
            None => return,
        };
        let again = move || {
            if let Some(input) = switching.input().get_untracked() {
                switching.dispatch(input);
            }
        };
        proof.ask(&error, again);
    });
    Effect::new(move || {
        let error = match deleted.get() {
            Some(Ok(())) => return connections.refetch(),
            Some(Err(error)) => error,
            None => return,
        };
        proof.ask(&error, || {});
    });
    let row = move |connection: ConnectionView| {
        let id = connection.id;
        let is_enabled = connection.is_enabled;
        let named = connection.name.clone();
        let href = format!("/webhooks?connection={named}");
        let label = if is_enabled {
            tr!(locale, webhooks.switch_off)
        } else {
            tr!(locale, webhooks.switch_on)
        };
        view! {
            <li class="op-line">
                <div class="line">
                    <a class="name" href=href><bdi>{named}</bdi></a>
                    <span class="dim">{connection.platform.label()}</span>
                    {(!is_enabled).then(|| view! { <span class="chip line">{tr!(locale, webhooks.is_off)}</span> })}
                    <span class="push"></span>
                    <button
                        class="btn small"
                        type="button"
                        on:click=move |_| {
                            switching.dispatch(SwitchConnection { connection: id, is_enabled: !is_enabled });
                        }
                    >
                        {label}
                    </button>
                    <button
                        class="btn small danger"
                        type="button"
                        on:click=move |_| {
                            deleting.dispatch(DeleteConnection { connection: id });
                        }
                    >
                        {tr!(locale, webhooks.delete)}
                    </button>
                </div>
                <div class="line small dim"><code dir="ltr">{connection.path()}</code></div>
            </li>
        }
    };
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let known = connections.await.unwrap_or_default();
                (!known.is_empty()).then(|| view! {
                    <section class="part hook-connections" aria-labelledby="connections">
                        <h2 id="connections">{tr!(locale, webhooks.connections)}</h2>
                        <ul class="op-list">{known.into_iter().map(row).collect_view()}</ul>
                    </section>
                })
            })}
        </Transition>
    }
    .into_any()
}
