//! `/setup?token=`: the one-time link of the first start makes the owner's account. A plain form, as sign-in.

use super::gate::Gate;
use super::trouble::trouble_text;
use crate::AppError;
use crate::activity::browser;
use crate::form::{FormNote, TextField, fault_text};
use crate::i18n::{tr, use_locale};
use crate::parts::{Door, Page, Place};
use crate::wire::Told;
use domain::Code;
use leptos::prelude::*;
use leptos::server;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlInputElement;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

/// The time zones that the first store can be in, if the one-time link works now.
///
/// # Errors
/// When the database fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "setup-token")]
pub async fn check_setup_token(token: String) -> Result<Option<Vec<String>>, AppError> {
    let context = crate::context::RequestContext::current();
    let works = context.storage.is_owner_token(&token).await?;
    let zones = storage::Storage::time_zones();
    Ok(works.then(|| zones.into_iter().map(str::to_owned).collect()))
}

/// The page of the one-time link.
pub struct SetupPage {
    zones: Told<Result<Option<Vec<String>>, AppError>>,
}

impl Page for SetupPage {
    const PLACE: Place = Place::Door(Door::Setup);

    fn start() -> Self {
        let token = use_query_map().get_untracked().get("token");
        Self {
            zones: crate::wire::told_first(
                || (),
                move |()| check_setup_token(token.clone().unwrap_or_default()),
            ),
        }
    }

    fn shown(self) -> AnyView {
        let SetupPage { zones } = self;
        let locale = use_locale();
        let query = use_query_map().get_untracked();
        view! {
            <Title text=format!("{} · Storetrail", tr!(locale, account.setup.title)) />
            <Gate>
                <Suspense>
                    {move || {
                        let query = query.clone();
                        Suspend::new(async move {
                            match zones.await {
                                Ok(Some(zones)) => view! { <Form query zones /> }.into_any(),
                                Ok(None) => view! { <Used /> }.into_any(),
                                Err(error) => {
                                    let text = trouble_text(locale, &error);
                                    view! {
                                        <div class="gate-body">
                                            <h1 id="h">{tr!(locale, common.trouble.title)}</h1>
                                            <FormNote text />
                                        </div>
                                    }
                                        .into_any()
                                }
                            }
                        })
                    }}
                </Suspense>
            </Gate>
        }
        .into_any()
    }
}

/// The link was used, is too old or never was one.
#[component]
fn Used() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="gate-body">
            <div>
                <h1 id="h">{tr!(locale, account.setup.used)}</h1>
                <p class="soft">{tr!(locale, account.setup.used_text)}</p>
            </div>
            <a class="btn primary" href="/sign-in">
                {tr!(locale, account.sign_in.button)}
            </a>
        </div>
    }
    .into_any()
}

#[component]
fn Form(
    /// What was typed before and what was wrong with it.
    query: ParamsMap,
    /// The time zones to choose from.
    zones: Vec<String>,
) -> impl IntoView {
    let locale = use_locale();
    let typed = |name: &str| query.get(name).unwrap_or_default();
    let wrong = query.get("field").unwrap_or_default();
    let fault = query.get("fault").unwrap_or_default();
    let error = |name: &str| {
        let text = (wrong == name).then(|| fault_text(locale, name, &fault).to_owned());
        Signal::stored(text)
    };
    let first = if wrong.is_empty() {
        "store_name"
    } else {
        wrong.as_str()
    };
    let note = query
        .get("problem")
        .filter(|_| wrong.is_empty())
        .map(|code| {
            if code == Code::Unavailable.as_str() {
                tr!(locale, account.sign_in.busy)
            } else {
                tr!(locale, common.trouble.failed)
            }
        });
    // The owner's own, unless something is there already: typed before, or while the page was loading.
    Effect::new(move |_| {
        let Some(zone) = browser::time_zone() else {
            return;
        };
        let field = document()
            .get_element_by_id("f-time_zone")
            .and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        if let Some(field) = field.filter(|field| field.value().is_empty()) {
            field.set_value(&zone);
        }
    });
    view! {
        <form method="post" action="/setup">
            <div>
                <h1 id="h">{tr!(locale, account.setup.title)}</h1>
                <p class="soft">{tr!(locale, account.setup.lead)}</p>
            </div>
            {note.map(|text| view! { <FormNote text /> })}
            <input type="hidden" name="token" value=typed("token") />
            <TextField
                name="store_name"
                label=tr!(locale, account.field.store_name)
                autocomplete="organization"
                is_required=true
                is_first=first == "store_name"
                value=typed("store_name")
                error=error("store_name")
            />
            <TextField
                name="time_zone"
                label=tr!(locale, account.field.time_zone)
                hint=tr!(locale, account.field.time_zone_hint)
                is_code=true
                is_required=true
                is_first=first == "time_zone"
                value=typed("time_zone")
                list="time-zones"
                error=error("time_zone")
            />
            <datalist id="time-zones">
                {zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}
            </datalist>
            <TextField
                name="name"
                label=tr!(locale, account.field.your_name)
                autocomplete="name"
                is_required=true
                is_first=first == "name"
                value=typed("name")
                error=error("name")
            />
            <TextField
                name="email"
                label=tr!(locale, account.field.email)
                kind="email"
                autocomplete="username"
                is_code=true
                is_required=true
                is_first=first == "email"
                value=typed("email")
                error=error("email")
            />
            <TextField
                name="password"
                label=tr!(locale, account.field.password)
                kind="password"
                autocomplete="new-password"
                hint=tr!(locale, account.field.password_hint)
                is_code=true
                is_required=true
                is_first=first == "password"
                error=error("password")
            />
            <button class="btn primary">{tr!(locale, account.setup.button)}</button>
        </form>
    }
    .into_any()
}
