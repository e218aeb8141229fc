//! `/forgot`: asks for a link to set a new one. The answer is the same whether the address is known.

use super::gate::Gate;
use super::sign_in::refusal;
use crate::form::{FormNote, TextField};
use crate::i18n::{tr, tr_view, use_locale};
use crate::icons::{self, Icon};
use crate::parts::{Door, Page, Place};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page of those who forgot their password.
#[derive(Debug)]
pub struct ForgottenPage;

impl Page for ForgottenPage {
    const PLACE: Place = Place::Door(Door::Forgotten);

    fn start() -> Self {
        Self
    }

    fn shown(self) -> AnyView {
        let ForgottenPage = self;
        let locale = use_locale();
        let query = use_query_map().get_untracked();
        let email = query.get("email").unwrap_or_default();
        let is_sent = query.get("sent").is_some();
        let minutes = query.get("minutes").and_then(|text| text.parse().ok());
        let note = query
            .get("problem")
            .map(|code| refusal(locale, &code, minutes));
        view! {
            <Title text=format!("{} · Storetrail", tr!(locale, access.forgotten.title)) />
            <Gate>
                {if is_sent {
                    view! { <Sent email /> }.into_any()
                } else {
                    view! {
                        <form method="post" action="/forgot">
                            <div>
                                <h1 id="h">{tr!(locale, access.forgotten.title)}</h1>
                                <p class="soft">{tr!(locale, access.forgotten.lead)}</p>
                            </div>
                            {note.map(|text| view! { <FormNote text /> })}
                            <TextField
                                name="email"
                                label=tr!(locale, account.field.email)
                                kind="email"
                                autocomplete="username"
                                is_code=true
                                is_required=true
                                is_first=true
                                value=email
                            />
                            <button class="btn primary">{tr!(locale, access.forgotten.button)}</button>
                            <p class="hint">
                                <a class="link" href="/sign-in">
                                    {tr!(locale, access.back_to_sign_in)}
                                </a>
                            </p>
                        </form>
                    }
                        .into_any()
                }}
            </Gate>
        }
        .into_any()
    }
}

/// What happens now, in words that are true for a known and an unknown address.
#[component]
fn Sent(
    /// The address that was typed.
    email: String,
) -> impl IntoView {
    let locale = use_locale();
    let text = if email.is_empty() {
        tr!(locale, access.forgotten.sent_text).into_any()
    } else {
        tr_view!(
            locale,
            access.forgotten.sent_text_to,
            email = move || view! { <bdi dir="ltr">{email.clone()}</bdi> }
        )
        .into_any()
    };
    view! {
        <div class="gate-body">
            <div>
                <h1 id="h">{tr!(locale, access.forgotten.sent)}</h1>
                <p class="soft">{text}</p>
            </div>
            <div class="note">
                <Icon glyph=icons::MAIL />
                <p>{tr!(locale, access.forgotten.no_mail)}</p>
            </div>
            <a class="btn" href="/sign-in">
                {tr!(locale, access.back_to_sign_in)}
            </a>
        </div>
    }
    .into_any()
}
