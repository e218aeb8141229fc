//! "Your own code": a key made on the spot and the call that uses it.

use crate::account::proof::{Proof, ProofDialog, is_wanted};
use crate::copy::CopyText;
use crate::dialog::SubmitButton;
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::pages::settings::CreateKey;
use crate::pages::trouble_text;
use domain::Role;
use leptos::html;
use leptos::prelude::*;

/// Two steps: the key, the call.
#[component]
pub fn OwnCode() -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<CreateKey>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let proof = Proof::provide();
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| {
            if let Some(Err(error)) = value.get_untracked() {
                proof.ask(&error, move || {
                    if let Some(form) = form.get_untracked() {
                        let _ = form.request_submit();
                    }
                });
            }
        },
        false,
    );
    let made = Memo::new(move |_| value.with(|answer| answer.as_ref()?.as_ref().ok().cloned()));
    let note = move || {
        value.with(|answer| {
            let error = answer
                .as_ref()?
                .as_ref()
                .err()
                .filter(|error| !is_wanted(error))?;
            Some(view! { <FormNote text=trouble_text(locale, error) /> })
        })
    };
    view! {
        <ol class="steps">
            <li>
                <p>{tr!(locale, account.connect.step_key)}</p>
                {move || match made.get() {
                    None => {
                        view! {
                            <ActionForm action node_ref=form>
                                <input type="hidden" name="name" value=tr!(locale, account.connect.key_name) />
                                <input type="hidden" name="role" value=Role::Admin.as_str() />
                                <SubmitButton
                                    label=tr!(locale, account.keys.create)
                                    is_pending=action.pending()
                                />
                                {note}
                            </ActionForm>
                        }
                            .into_any()
                    }
                    Some(new) => {
                        view! {
                            <CopyText text=new.secret label=tr!(locale, account.keys.secret) is_line=true />
                            <p class="hint">{tr!(locale, account.keys.once)}</p>
                        }
                            .into_any()
                    }
                }}
            </li>
            <li>
                <p>{tr!(locale, account.connect.step_call)}</p>
                {move || {
                    let label = tr!(locale, account.connect.call);
                    match made.get() {
                        Some(new) => {
                            view! { <CopyText text=call(&new.public_url, &new.secret) label /> }.into_any()
                        }
                        // How it will look; nothing to copy yet.
                        None => {
                            view! {
                                <div class="code off">
                                    <pre tabindex="0" role="region" aria-label=label>
                                        {call("https://…", "st_…")}
                                    </pre>
                                </div>
                            }
                                .into_any()
                        }
                    }
                }}
            </li>
        </ol>
        <ProofDialog proof />
    }
    .into_any()
}

/// The call.
fn call(url: &str, secret: &str) -> String {
    let body = r#"{"action": "product.updated",
       "actor": {"type": "user", "name": "Sara Nasser"},
       "subject": {"type": "product", "id": "981", "name": "Linen shirt"},
       "changes": [{"field": "price", "before": 120, "after": 95}]}"#;
    format!(
        "curl {url}/api/v1/activities \\\n  \
         -H 'Content-Type: application/json' \\\n  \
         -H 'Authorization: Bearer {secret}' \\\n  \
         -d '{body}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_the_call_is_json() {
        let call = call("http://127.0.0.1:3000", "st_secret");
        let body = call
            .split("-d '")
            .nth(1)
            .and_then(|rest| rest.strip_suffix('\''));
        let body: serde_json::Value = serde_json::from_str(body.unwrap()).unwrap();
        assert_eq!(body["action"], "product.updated");
    }
}
