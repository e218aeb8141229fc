//! What a message said, taken into the composer once more.

use super::Draft;
use crate::activity::browser;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::calls;
use crate::messages::drawer::refused;
use crate::messages::words::{channel_glyph, channel_label};
use crate::orders::thread::use_thread;
use domain::MessageId;
use domain::message::Channel;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The channel by which the customer can be written to instead of this one; none where there is none.
pub fn by_other(channel: Channel) -> Memo<Option<Channel>> {
    let log = use_thread();
    Memo::new(move |_| {
        log.reachable.with(|reachable| {
            let mut others = reachable.iter().filter(|(other, _)| *other != channel);
            let fine = others
                .find(|(other, to)| log.is_set_up(*other) && log.failure(*other, to).is_none());
            fine.map(|(other, _)| *other)
        })
    })
}

/// Takes the text of a message that failed, or had no provider, into the composer, for another channel.
#[component]
pub fn SendByOther(
    /// That channel, while there is one: [`by_other`].
    other: Memo<Option<Channel>>,
    /// What it said.
    text: Option<String>,
) -> impl IntoView {
    let log = use_thread();
    let draft = expect_context::<Draft>();
    let text = StoredValue::new(text.unwrap_or_default());
    move || {
        other.get().map(|other| {
            let take = move |_| {
                draft.go_by(other);
                if draft.text.with_untracked(String::is_empty) {
                    draft.text.set(text.get_value());
                }
                browser::focus("#write");
            };
            view! {
                <button class="btn small" type="button" on:click=take>
                    <Icon glyph=channel_glyph(other) />
                    {channel_label(log.locale, other)}
                </button>
            }
        })
    }
}

/// Takes a message that was stopped into the composer, to be sent as another one.
#[component]
pub fn EditButton(
    /// The message.
    id: MessageId,
) -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let is_running = RwSignal::new(false);
    let take = move |_| {
        if is_running.get_untracked() {
            return;
        }
        is_running.set(true);
        spawn_local(async move {
            let answer = calls::detail(id).await;
            is_running.try_set(false);
            // Nothing to do on a page that was left meanwhile.
            if draft.text.try_with_untracked(String::is_empty).is_none() {
                return;
            }
            match answer {
                Ok(Some(detail)) if draft.is_blank() => draft.take_again(log, detail),
                Ok(Some(_)) => log.tell(tr!(locale, messages.composer.occupied).to_owned()),
                Ok(None) => log.tell(tr!(locale, messages.act.failed).to_owned()),
                Err(error) => log.tell(refused(locale, &error)),
            }
            browser::focus("#write");
        });
    };
    view! {
        <button
            class="btn small"
            type="button"
            aria-disabled=move || is_running.get().then_some("true")
            on:click=take
        >
            <Icon glyph=icons::PEN_LINE />
            {tr!(locale, messages.act.edit)}
        </button>
    }
    .into_any()
}
