//! What a page shows when it can't show itself.

use super::stale::stale_text;
use crate::activity::live::sign_in::SignInAgain;
use crate::activity::words::day_words;
use crate::failed::{what_now, why};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::{role_words, roles_with};
use crate::{AppError, status};
use chrono::NaiveDate;
use domain::view::Viewer;
use domain::{Code, Need};
use leptos::prelude::*;
use leptos::server;
use leptos::server_fn::codec::Json;
use leptos_meta::Title;

/// What went wrong, what is safe and what to do next, in the page's language.
pub fn trouble_text(locale: Locale, error: &AppError) -> String {
    match error.code() {
        Code::Unauthenticated => tr!(locale, common.trouble.signed_out).to_owned(),
        Code::Forbidden if error.0.is_beyond() => tr!(locale, common.trouble.beyond).to_owned(),
        Code::Forbidden => tr!(locale, common.trouble.forbidden).to_owned(),
        Code::NotFound => tr!(locale, common.trouble.gone).to_owned(),
        Code::RateLimited => tr!(locale, common.trouble.too_often).to_owned(),
        Code::Unavailable => tr!(locale, common.trouble.unreachable).to_owned(),
        Code::InvalidFields => match error.0.gone_since() {
            Some(Some(day)) => {
                let words = day.parse::<NaiveDate>().map(|day| day_words(locale, day));
                let day = words.unwrap_or_else(|_| day.to_owned());
                tr!(locale, exports.all_erased, day = day)
            }
            Some(None) => tr!(locale, exports.all_gone).to_owned(),
            None => tr!(locale, common.trouble.fields).to_owned(),
        },
        Code::Conflict if error.0.is_stale() => {
            stale_text(locale, error, |_, _| None).unwrap_or_default()
        }
        _ => match &error.0.reference {
            Some(reference) => tr!(
                locale,
                common.trouble.failed_as,
                reference = reference.as_str()
            ),
            None => tr!(locale, common.trouble.failed).to_owned(),
        },
    }
}

/// A page whose content could not be loaded.
#[component]
pub fn Trouble(
    /// Why.
    error: AppError,
) -> impl IntoView {
    let locale = use_locale();
    let is_signed_out = error.code() == Code::Unauthenticated;
    // Nothing was typed yet that another tab would keep.
    let text = if is_signed_out {
        why(locale, &error).to_owned()
    } else {
        trouble_text(locale, &error)
    };
    view! {
        <section class="stage" aria-labelledby="trouble">
            <div class="blank" role="alert">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <h1 id="trouble">{tr!(locale, common.trouble.title)}</h1>
                <p>{text}</p>
                {if is_signed_out {
                    view! { <SignInAgain class="btn" /> }.into_any()
                } else {
                    view! {
                        <a class="btn" href="" rel="external">
                            <Icon glyph=icons::ROTATE_CCW />
                            {tr!(locale, common.try_again)}
                        </a>
                    }
                        .into_any()
                }}
            </div>
        </section>
    }
    .into_any()
}

/// A page whose content could not be read: why, and the way on.
pub fn not_read(
    title: &'static str,
    error: &AppError,
    again: impl Fn() + Send + Sync + 'static,
) -> AnyView {
    let again = Callback::new(move |()| again());
    view! {
        <section class="stage" aria-labelledby="h">
            <div class="blank" role="alert">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <h1 id="h">{title}</h1>
                {what_now(error, again)}
            </div>
        </section>
    }
    .into_any()
}

/// What the store's own roles that open a section are called.
///
/// # Errors
/// As [`storage::Storage::own_roles_with`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "openers", input = Json)]
pub async fn list_openers(need: Need) -> Result<Vec<String>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context.storage.own_roles_with(&scope, need).await?)
}

/// A section that the role doesn't open: which roles do, and who can change that.
#[component]
pub fn NoPermission(
    /// The section's name.
    section: &'static str,
    /// Who looks.
    viewer: Viewer,
    /// What the section asks for.
    #[prop(into)]
    needs: Need,
) -> impl IntoView {
    let locale = use_locale();
    status::set(403);
    let role = role_words(locale, viewer.role, viewer.role_name.as_deref());
    let own = crate::wire::told(|| (), move |()| list_openers(needs));
    view! {
        <Title text=section />
        <section class="stage" aria-labelledby="refused">
            <div class="blank">
                <Icon glyph=icons::LOCK />
                <h1 id="refused">{tr!(locale, common.no_permission.title, section = section)}</h1>
                <Suspense>
                    {Suspend::new(async move {
                        // Where they can't be read, those that ship are still told.
                        let openers = roles_with(locale, needs, own.await.unwrap_or_default());
                        view! {
                            <p>
                                {tr!(
                                    locale, common.no_permission.text, role = role.as_str(), openers = openers.as_str()
                                )}
                            </p>
                        }
                    })}
                </Suspense>
            </div>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Problem;

    #[test]
    fn the_day_of_an_erasure_is_said_as_other_days_are() {
        let erased = AppError(Problem::picked_gone(Some("2026-11-23")));
        for locale in [Locale::en, Locale::ar] {
            let words = trouble_text(locale, &erased);
            assert!(!words.contains("2026-11-23"), "{words}");
        }
        assert!(trouble_text(Locale::en, &erased).contains("on 23 November 2026"));
    }
}
