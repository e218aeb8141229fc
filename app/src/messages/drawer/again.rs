//! Sending a message again, to the same or a corrected recipient.

use super::act::{Tell, reason, refused, say};
use crate::activity::browser;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::calls;
use domain::{Code, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The button and the dialog that it opens.
#[component]
pub fn AgainButton(
    /// The message.
    id: MessageId,
    /// To whom it went, or is to go.
    to: String,
    /// Whether it is to go to them alone, of several to whom it went.
    #[prop(optional)]
    is_alone: bool,
    /// Why it can't be sent again; none when it can.
    #[prop(optional_no_strip)]
    why_not: Option<&'static str>,
) -> impl IntoView {
    let locale = use_locale();
    let is_open = RwSignal::new(false);
    let label = if is_alone {
        tr!(locale, messages.act.again_alone, who = to.as_str())
    } else {
        tr!(locale, messages.act.again).to_owned()
    };
    let to = StoredValue::new(to);
    let tell = use_context::<Tell>();
    let press = move |_| match why_not {
        Some(why_not) => say(tell, why_not),
        None => is_open.set(true),
    };
    let (described_by, reason) = reason(format!("why-again-{id}"), why_not);
    view! {
        <button
            class="btn small"
            type="button"
            aria-disabled=why_not.map(|_| "true")
            aria-describedby=described_by
            title=why_not
            on:click=press
        >
            <Icon glyph=icons::SEND class="flip" />
            {label}
        </button>
        {reason}
        {move || is_open.get().then(|| view! { <Ask id to=to.get_value() is_alone is_open /> })}
    }
    .into_any()
}

#[component]
fn Ask(id: MessageId, to: String, is_alone: bool, is_open: RwSignal<bool>) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let tell = use_context::<Tell>();
    let first = StoredValue::new(to.clone());
    let value = RwSignal::new(to);
    let is_pending = RwSignal::new(false);
    let mistake = RwSignal::new(None::<String>);
    // The same try under the same key sends one message, however often it is made.
    let key = StoredValue::new(browser::new_key());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        let to = value.get_untracked();
        let to = (is_alone || first.get_value() != to).then_some(to);
        let key_now = key.get_value();
        spawn_local(async move {
            let answer = calls::again(id, to, key_now).await;
            is_pending.try_set(false);
            match answer {
                Ok(()) => {
                    say(tell, tr!(locale, messages.act.sent_again));
                    handle.close();
                }
                Err(error) => {
                    if error.code() == Code::IdempotencyConflict {
                        key.try_set_value(browser::new_key());
                    }
                    mistake.try_set(Some(refused(locale, &error)));
                }
            }
        });
    };
    view! {
        <Dialog
            title=tr!(locale, messages.act.again_title)
            handle
            on_close=Callback::new(move |()| is_open.set(false))
        >
            <form on:submit=submit>
                <div class="modal-body">
                    <p class="soft">{tr!(locale, messages.act.again_hint)}</p>
                    <div class="field">
                        <label for="again-to">{tr!(locale, messages.act.again_to)}</label>
                        <input
                            class="input"
                            id="again-to"
                            dir="ltr"
                            required
                            prop:value=move || value.get()
                            on:input=move |event| value.set(event_target_value(&event))
                        />
                    </div>
                    {move || mistake.get().map(|words| view! { <p class="error-text" role="alert" dir="auto">{words}</p> })}
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, messages.act.again_do) is_pending />
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
