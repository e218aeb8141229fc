//! `/settings/protection`: how long sessions last, what is scrubbed, what raises an alarm and who hears of it.

mod alarms;
mod calls;

use super::SettingsPage;
use crate::AppError;
use crate::account::proof::{is_wanted, use_proof};
use crate::form::{FormNote, TextField, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::{WithViewer, role_called};
use crate::pages::{Trouble, field_now, stale_text, trouble_text};
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use alarms::Alarms;
use calls::{SavePolicy, read_alarms, read_means, read_policy};
use domain::message::is_address;
use domain::security::unusual::AlarmSetting;
use domain::view::{Policy, Viewer, WatchMeans};
use domain::{Code, Permission};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlInputElement;
use serde_json::Value;

/// The page of the store's protection.
pub struct ProtectionPage {
    policy: Told<Result<Policy, AppError>>,
    alarms: Told<Result<Vec<AlarmSetting>, AppError>>,
    means: Told<Result<WatchMeans, AppError>>,
}

impl Page for ProtectionPage {
    const PLACE: Place = Place::Panel(Panel::Protection);

    fn start() -> Self {
        Self {
            policy: crate::wire::told_first(|| (), |()| read_policy()),
            alarms: crate::wire::told_first(|| (), |()| read_alarms()),
            means: crate::wire::told_first(|| (), |()| read_means()),
        }
    }

    fn shown(self) -> AnyView {
        let ProtectionPage {
            policy,
            alarms,
            means,
        } = self;
        view! {
            <WithViewer let:viewer>
                <Protection viewer policy alarms means />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Protection(
    /// Who is signed in.
    viewer: Viewer,
    /// The store's policy.
    policy: Told<Result<Policy, AppError>>,
    /// The rules that raise alarms.
    alarms: Told<Result<Vec<AlarmSetting>, AppError>>,
    /// What the server has for watching.
    means: Told<Result<WatchMeans, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let offset = viewer.offset_minutes;
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, access.protection.place)
            needs=Permission::ManageSettings
        >
            <Transition>
                {move || Suspend::new(async move {
                    match (policy.await, means.await) {
                        (Err(error), _) | (_, Err(error)) => view! { <Trouble error /> }.into_any(),
                        (Ok(policy), Ok(means)) => {
                            view! { <PolicyForm policy has_mail=means.has_mail /> }.into_any()
                        }
                    }
                })}
                {move || Suspend::new(async move {
                    match (alarms.await, means.await) {
                        (Err(error), _) | (_, Err(error)) => view! { <Trouble error /> }.into_any(),
                        (Ok(settings), Ok(means)) => {
                            view! { <Alarms settings offset has_places=means.has_places /> }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}

/// The parts of a list that is typed with commas.
fn list(text: &str) -> Vec<String> {
    text.split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[component]
fn PolicyForm(
    /// As it is.
    policy: Policy,
    /// Whether a mail server is set.
    has_mail: bool,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let action = ServerAction::<SavePolicy>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let known = StoredValue::new(policy.clone());
    let sent = StoredValue::new(Vec::<String>::new());
    let save = move || {
        let Some(form) = form.get_untracked() else {
            return;
        };
        let text = |name: &str| {
            form.query_selector(&format!("[name={name}]"))
                .ok()
                .flatten()
                .and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
                .map(|field| field.value())
                .unwrap_or_default()
        };
        // What is no number is out of bounds, and is refused beside its field.
        let number = |name: &str| text(name).replace(',', "").trim().parse().unwrap_or(0);
        let policy = Policy {
            second_factor_for: known.with_value(|policy| policy.second_factor_for.clone()),
            idle_minutes: number("idle_minutes"),
            lifetime_days: number("lifetime_days"),
            request_days: number("request_days"),
            scrubbed_names: list(&text("scrubbed_names")),
            alarm_emails: list(&text("alarm_emails")),
            alarm_url: Some(text("alarm_url")).filter(|url| !url.trim().is_empty()),
        };
        sent.set_value(policy.alarm_emails.clone());
        // A plain structure of words and numbers is always JSON.
        let policy = serde_json::to_string(&policy).unwrap_or_default();
        let was = known.with_value(|policy| serde_json::to_string(policy).ok());
        action.dispatch(SavePolicy { was, policy });
    };
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(saved)) => known.set_value(saved),
            Some(Err(error)) if !proof.ask(&error, save) => focus_first_fault(form),
            Some(Err(_)) | None => {}
        },
        false,
    );
    let error = move |field: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                let fault = error.field(field)?;
                Some(sent.with_value(|emails| fault_words(locale, field, fault, emails)))
            })
        })
    };
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() != Code::InvalidFields && !is_wanted(error) => {
                let stale = stale_text(locale, error, |field, value| now(locale, field, value));
                let text = stale.unwrap_or_else(|| trouble_text(locale, error));
                Some(view! { <FormNote text /> })
            }
            _ => None,
        })
    };
    let is_saved =
        move || !action.pending().get() && value.with(|answer| matches!(answer, Some(Ok(_))));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !action.pending().get_untracked() {
            save();
        }
    };
    let emails_hint = if has_mail {
        tr!(locale, access.protection.emails_hint)
    } else {
        tr!(locale, access.protection.emails_unsent)
    };
    view! {
        <form class="form" node_ref=form novalidate=true on:submit=submit>
            {note}
            <h2>{tr!(locale, access.protection.sessions)}</h2>
            <TextField
                name="idle_minutes"
                label=tr!(locale, access.protection.idle)
                hint=tr!(locale, access.protection.idle_hint)
                value=policy.idle_minutes.to_string()
                is_code=true
                is_required=true
                error=error("idle_minutes")
            />
            <TextField
                name="lifetime_days"
                label=tr!(locale, access.protection.lifetime)
                hint=tr!(locale, access.protection.lifetime_hint)
                value=policy.lifetime_days.to_string()
                is_code=true
                is_required=true
                error=error("lifetime_days")
            />
            <TextField
                name="request_days"
                label=tr!(locale, access.protection.request_days)
                hint=tr!(locale, access.protection.request_days_hint)
                value=policy.request_days.to_string()
                is_code=true
                is_required=true
                error=error("request_days")
            />
            <TextField
                name="scrubbed_names"
                label=tr!(locale, access.protection.scrubbed)
                hint=tr!(locale, access.protection.scrubbed_hint)
                value=policy.scrubbed_names.join(", ")
                is_code=true
                error=error("scrubbed_names")
            />
            <TextField
                name="alarm_emails"
                label=tr!(locale, access.protection.emails)
                hint=emails_hint
                value=policy.alarm_emails.join(", ")
                is_code=true
                error=error("alarm_emails")
            />
            <TextField
                name="alarm_url"
                label=tr!(locale, access.protection.url)
                hint=tr!(locale, access.protection.url_hint)
                value=policy.alarm_url.unwrap_or_default()
                is_code=true
                error=error("alarm_url")
            />
            <div class="row-flex">
                <button class="btn primary" aria-disabled=move || action.pending().get().then_some("true")>
                    {tr!(locale, common.save)}
                </button>
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
        </form>
    }
    .into_any()
}

/// What is wrong with a field; `emails` are the addresses that were sent.
fn fault_words(locale: Locale, field: &str, fault: &str, emails: &[String]) -> String {
    let text = match (field, fault) {
        ("alarm_url", "unsigned") => tr!(locale, access.protection.url_unsigned),
        ("alarm_url", "internal") => tr!(locale, access.protection.url_internal),
        ("alarm_url", _) => tr!(locale, access.protection.url_fault),
        ("alarm_emails", "format") => {
            let wrong = emails.iter().find(|email| !is_address(email));
            let address = wrong.map_or("", String::as_str);
            return tr!(locale, access.protection.email_fault, address = address);
        }
        ("alarm_emails", _) => tr!(locale, access.protection.emails_fault),
        _ => tr!(locale, access.protection.fault),
    };
    text.to_owned()
}

/// What a field is now that somebody else has changed it.
fn now(locale: Locale, field: &str, value: &Value) -> Option<String> {
    let label = match field {
        "idle_minutes" => tr!(locale, access.protection.idle),
        "lifetime_days" => tr!(locale, access.protection.lifetime),
        "request_days" => tr!(locale, access.protection.request_days),
        "scrubbed_names" => tr!(locale, access.protection.scrubbed),
        "alarm_emails" => tr!(locale, access.protection.emails),
        "alarm_url" => tr!(locale, access.protection.url),
        "second_factor_for" => {
            let ids = value.as_array()?.iter().filter_map(Value::as_str);
            let roles: Vec<_> = ids.map(|id| role_called(locale, id).into()).collect();
            let label = tr!(locale, access.roles.needs_factor);
            return Some(field_now(label, &Value::Array(roles)));
        }
        _ => return None,
    };
    Some(field_now(label, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_typed_with_commas_spaces_or_lines() {
        assert_eq!(list(" a@b.c, d@e.f\n"), ["a@b.c", "d@e.f"]);
        assert!(list(" , ").is_empty());
    }

    #[test]
    fn the_address_that_is_wrong_is_named_among_those_that_are_right() {
        let emails = ["a@b.example".to_owned(), "nobody".to_owned()];
        for locale in [Locale::en, Locale::ar] {
            let words = fault_words(locale, "alarm_emails", "format", &emails);
            assert!(words.contains("nobody"), "{words}");
            assert!(!words.contains("a@b.example"), "{words}");
        }
    }
}
