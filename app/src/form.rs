//! Fields of forms: label, hint, and what is wrong beside it.

use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::{Element, HtmlElement};

/// A line to type in. Keeps what was typed, whatever happens to the form.
#[component]
pub fn TextField(
    /// The field's name in the form; its id is `f-` and this.
    name: &'static str,
    /// What is asked for.
    label: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// What helps to fill it in.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What is wrong with what was typed.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Addresses, codes and passwords run from left to right in every language.
    #[prop(default = false)]
    is_code: bool,
    /// Whether the browser asks for it before it sends.
    #[prop(default = false)]
    is_required: bool,
    /// Whether the cursor starts here.
    #[prop(default = false)]
    is_first: bool,
    /// The id of a `datalist` with what could be meant.
    #[prop(optional)]
    list: Option<&'static str>,
    /// The most characters.
    #[prop(optional)]
    maxlength: Option<u32>,
) -> impl IntoView {
    let id = format!("f-{name}");
    let hint_id = hint.map(|_| format!("{id}-hint"));
    let error_id = format!("{id}-error");
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        move || {
            let error_id = error.with(Option::is_some).then_some(error_id.as_str());
            let ids: Vec<_> = error_id.into_iter().chain(hint_id.as_deref()).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    let is_invalid = move || error.with(Option::is_some).then_some("true");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                dir=if is_code { "ltr" } else { "auto" }
                required=is_required
                autofocus=is_first
                list=list
                maxlength=maxlength.map(|most| most.to_string())
                aria-invalid=is_invalid
                aria-describedby=described_by
            />
            <FieldError id=error_id error />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
    .into_any()
}

/// What is wrong with a field, once something is.
#[component]
pub fn FieldError(
    /// The id that the field describes itself by.
    id: String,
    /// What is wrong.
    error: Signal<Option<String>>,
) -> impl IntoView {
    move || {
        let id = id.clone();
        error.get().map(|text| {
            view! {
                <p class="error-text" id=id>
                    <Icon glyph=icons::CIRCLE_ALERT class="i-s" />
                    <span>{text}</span>
                </p>
            }
        })
    }
}

/// What went wrong with the form as a whole.
#[component]
pub fn FormNote(
    /// What, and what to do.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <div class="note failed" role="alert">
            <Icon glyph=icons::CIRCLE_ALERT />
            <p>{text}</p>
        </div>
    }
    .into_any()
}

/// What is wrong with a field, in the page's language. `fault` is the code of [`domain::FieldProblem`].
pub fn fault_text(locale: Locale, field: &str, fault: &str) -> &'static str {
    match (field, fault) {
        ("password", "too_short" | "required") => tr!(locale, account.fault.password_short),
        ("password", "too_long") => tr!(locale, account.fault.password_long),
        ("password", "contradiction") => tr!(locale, account.fault.password_address),
        ("password", "common") => tr!(locale, account.fault.password_common),
        ("password", "keyboard") => tr!(locale, account.fault.password_keyboard),
        ("password", "repeated") => tr!(locale, account.fault.password_repeated),
        ("password", "sequence") => tr!(locale, account.fault.password_sequence),
        ("password", "date") => tr!(locale, account.fault.password_date),
        ("password", "word") => tr!(locale, account.fault.password_word),
        ("password", "name") => tr!(locale, account.fault.password_name),
        ("password", "guessable") => tr!(locale, account.fault.password_guessable),
        ("name" | "store_name", _) => tr!(locale, account.fault.name),
        ("email", "contradiction") => tr!(locale, account.users.is_here),
        ("email", _) => tr!(locale, account.fault.email),
        ("domain", _) => tr!(locale, account.fault.domain),
        ("time_zone", _) => tr!(locale, account.fault.time_zone),
        _ => tr!(locale, account.fault.other),
    }
}

/// Puts the cursor into the first field that is wrong.
pub fn focus_first_fault(form: NodeRef<html::Form>) {
    // After the page has shown what is wrong.
    request_animation_frame(move || {
        // The dialog may be closed by then.
        let form = form.try_get_untracked().flatten();
        let field = form.and_then(|form| {
            let form: &Element = form.unchecked_ref();
            // Of a group that is wrong, its first choice: a group itself can't be said to be invalid.
            let wrong = "[aria-invalid=true], fieldset.wrong input";
            form.query_selector(wrong).ok().flatten()
        });
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}
