//! `/settings/store`: name, address, time zone; adding another store; the sample store's removal.

mod add;

use super::SettingsPage;
use crate::dialog::SubmitButton;
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::sample::SampleSection;
use crate::pages::{field_now, stale_text, trouble_text};
use crate::parts::{Page, Panel, Place};
use crate::{AppError, use_viewer};
use add::AddDialog;
use domain::view::StoreView;
use domain::{Code, Permission};
use leptos::html;
use leptos::prelude::*;
use leptos::server;
use serde_json::Value;

/// Changes the store's settings. `was` is the [`StoreView`] that the form was loaded with, as JSON text.
///
/// # Errors
/// As [`storage::Storage::update_store_from`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "store-save")]
pub async fn save_store(
    was: Option<String>,
    name: String,
    domain: String,
    time_zone: String,
) -> Result<StoreView, AppError> {
    let context = crate::context::RequestContext::current();
    let settings = storage::StoreSettings {
        name,
        domain,
        time_zone,
    };
    let was = was.as_deref().map(super::parse::of).transpose()?;
    let was = was.map(|was: StoreView| storage::StoreSettings::of(&was));
    let scope = context.scope()?;
    let saved = context.storage.update_store_from(&scope, was, settings);
    Ok(saved.await?)
}

/// The time zones that a store can be in.
///
/// # Errors
/// When nobody is signed in.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "time-zones")]
pub async fn list_time_zones() -> Result<Vec<String>, AppError> {
    crate::context::RequestContext::current().scope()?;
    let zones = storage::Storage::time_zones();
    Ok(zones.into_iter().map(str::to_owned).collect())
}

/// The page of the store's settings.
pub struct StorePage {
    // Not the form's own: it is rendered anew with what was saved, and still says so.
    action: ServerAction<SaveStore>,
}

impl Page for StorePage {
    const PLACE: Place = Place::Panel(Panel::Store);

    fn start() -> Self {
        Self {
            action: ServerAction::new(),
        }
    }

    fn shown(self) -> AnyView {
        let StorePage { action } = self;
        let locale = use_locale();
        let is_adding = RwSignal::new(false);
        view! {
            <WithViewer let:viewer>
                {
                    let store = viewer.store.clone();
                    let zone = StoredValue::new(store.time_zone.clone());
                    let may_add = !store.is_sample && viewer.may(Permission::ManageSuperAdmins);
                    let may_remove = store.is_sample && viewer.may(Permission::ManageSample);
                    view! {
                        <SettingsPage
                            viewer
                            title=tr!(locale, common.place.store)
                            needs=Permission::ManageSettings
                            actions=move || {
                                may_add
                                    .then(|| {
                                        view! {
                                            <button
                                                class="btn small"
                                                type="button"
                                                on:click=move |_| is_adding.set(true)
                                            >
                                                <Icon glyph=icons::PLUS />
                                                {tr!(locale, account.stores.add)}
                                            </button>
                                        }
                                    })
                            }
                        >
                            <StoreForm store=store.clone() action />
                            {may_remove.then(|| view! { <SampleSection /> })}
                            <Show when=move || is_adding.get()>
                                <AddDialog
                                    zone=zone.get_value()
                                    on_close=Callback::new(move |()| is_adding.set(false))
                                />
                            </Show>
                        </SettingsPage>
                    }
                }
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn StoreForm(
    /// The store as it is.
    store: StoreView,
    /// What saves it.
    action: ServerAction<SaveStore>,
) -> impl IntoView {
    let locale = use_locale();
    let viewer = use_viewer();
    let form = NodeRef::<html::Form>::new();
    let value = action.value();
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
                let stale = stale_text(locale, error, |field, value| now(locale, field, value));
                let text = stale.unwrap_or_else(|| trouble_text(locale, error));
                Some(view! { <FormNote text /> })
            }
            _ => None,
        })
    };
    // Only what is answered from now on: the form may be rendered after an answer.
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            // Its name stands in the rail and in titles.
            Some(Ok(_)) => viewer.refetch(),
            Some(Err(_)) => focus_first_fault(form),
            None => {}
        },
        false,
    );
    // A plain structure of words and numbers is always JSON.
    let was = serde_json::to_string(&store).unwrap_or_default();
    let is_saved =
        move || !action.pending().get() && value.with(|answer| matches!(answer, Some(Ok(_))));
    view! {
        <ActionForm action node_ref=form attr:class="form" attr:novalidate=true>
            {note}
            <input type="hidden" name="was" value=was />
            <TextField
                name="name"
                label=tr!(locale, account.field.store_name)
                value=store.name
                maxlength=100
                is_required=true
                error=error("name")
            />
            <TextField
                name="domain"
                label=tr!(locale, account.field.domain)
                hint=tr!(locale, account.field.domain_hint)
                value=store.domain
                is_code=true
                error=error("domain")
            />
            <ZoneField name="time_zone" value=store.time_zone list="time-zones" error=error("time_zone") />
            <div class="row-flex">
                <SubmitButton label=tr!(locale, common.save) is_pending=action.pending() />
                <span class="done" role="status">
                    {move || {
                        is_saved()
                            .then(|| {
                                view! {
                                    <Icon glyph=icons::CHECK />
                                    {tr!(locale, common.saved)}
                                }
                            })
                    }}
                </span>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// What a field is now that somebody else has changed it.
fn now(locale: Locale, field: &str, value: &Value) -> Option<String> {
    let label = match field {
        "name" => tr!(locale, account.field.store_name),
        "domain" => tr!(locale, account.field.domain),
        "time_zone" => tr!(locale, account.field.time_zone),
        _ => return None,
    };
    Some(field_now(label, value))
}

/// The field of a store's time zone.
#[component]
fn ZoneField(
    /// Its name in the form.
    name: &'static str,
    /// What it holds at first.
    value: String,
    /// The id of the list of what can be chosen.
    list: &'static str,
    /// What is wrong with what was typed.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let locale = use_locale();
    let zones = RwSignal::new(Vec::<String>::new());
    // Six hundred names: asked for when someone looks for theirs.
    let load = move |_| {
        if zones.with_untracked(Vec::is_empty) {
            leptos::task::spawn_local(async move {
                if let Ok(names) = list_time_zones().await {
                    let _ = zones.try_set(names);
                }
            });
        }
    };
    view! {
        <div on:focusin=load>
            <TextField
                name
                label=tr!(locale, account.field.time_zone)
                hint=tr!(locale, account.field.time_zone_hint)
                value
                is_code=true
                is_required=true
                list
                error
            />
            <datalist id=list>
                {move || zones.get().into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}
            </datalist>
        </div>
    }
    .into_any()
}
