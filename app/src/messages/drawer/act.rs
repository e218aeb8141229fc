//! What can be done with a message: stop, send now, restart. Unusable ones say why.

use crate::AppError;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::calls;
use domain::message::NotStopped;
use domain::{Code, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Says what an action did, to whoever shows it. The page provides one.
#[derive(Clone, Copy)]
pub struct Tell(pub Callback<String>);

/// What can be done with one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageAct {
    /// One that waits is not sent.
    Stop,
    /// One that is held or scheduled is sent at once.
    Release,
    /// One that was stopped, failed or had no provider is sent.
    Restart,
}

impl MessageAct {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Release => "release",
            Self::Restart => "restart",
        }
    }

    /// Why it was refused. Of what went out only a stop says that it can't be stopped.
    fn refused(self, locale: Locale, error: &AppError) -> String {
        match (self, NotStopped::of(&error.0)) {
            (Self::Release, Some(NotStopped::HandedOver)) => {
                tr!(locale, messages.act.went_out).to_owned()
            }
            _ => refused(locale, error),
        }
    }

    async fn ask(self, id: MessageId) -> Result<(), AppError> {
        match self {
            Self::Stop => calls::stop(id).await,
            Self::Release => calls::release(id).await,
            Self::Restart => calls::restart(id).await,
        }
    }
}

/// Stops a message, sends it at once or restarts it.
#[component]
pub fn ActButton(
    /// Which of them.
    act: MessageAct,
    /// The message.
    id: MessageId,
    /// Why it can't be done; none when it can.
    #[prop(optional_no_strip)]
    why_not: Option<&'static str>,
    /// Whether it is a word in a row rather than a button.
    #[prop(default = false)]
    is_link: bool,
) -> impl IntoView {
    let locale = use_locale();
    let is_running = RwSignal::new(false);
    let tell = use_context::<Tell>();
    let (label, done) = match act {
        MessageAct::Stop => (
            tr!(locale, messages.act.stop),
            tr!(locale, messages.act.stopped),
        ),
        MessageAct::Release => (
            tr!(locale, messages.act.send_now),
            tr!(locale, messages.act.released),
        ),
        MessageAct::Restart => (
            tr!(locale, messages.act.restart),
            tr!(locale, messages.act.restarted),
        ),
    };
    let class = match (act, is_link) {
        (MessageAct::Stop | MessageAct::Release, true) => "link",
        (MessageAct::Stop | MessageAct::Release, false) => "btn small",
        (MessageAct::Restart, true) => "link restart",
        (MessageAct::Restart, false) => "btn small restart",
    };
    let icon = (!is_link).then(|| match act {
        MessageAct::Stop => view! { <Icon glyph=icons::CIRCLE_STOP /> }.into_any(),
        MessageAct::Release => view! { <Icon glyph=icons::SEND class="flip" /> }.into_any(),
        MessageAct::Restart => view! { <Icon glyph=icons::ROTATE_CCW class="flip" /> }.into_any(),
    });
    let run = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        if let Some(why_not) = why_not {
            say(tell, why_not);
            return;
        }
        if is_running.get_untracked() {
            return;
        }
        is_running.set(true);
        spawn_local(async move {
            let words = match act.ask(id).await {
                Ok(()) => done.to_owned(),
                Err(error) => act.refused(locale, &error),
            };
            is_running.try_set(false);
            say(tell, &words);
        });
    };
    // The row and what opens beside it can both say why.
    let place = if is_link { "row-" } else { "" };
    let (described_by, reason) = reason(format!("why-{place}{}-{id}", act.as_str()), why_not);
    view! {
        <button
            class=class
            type="button"
            aria-disabled=move || (why_not.is_some() || is_running.get()).then_some("true")
            aria-describedby=described_by
            title=why_not
            on:click=run
        >
            {icon}
            {label}
        </button>
        {reason}
    }
    .into_any()
}

/// Why a button can't be used, for who has no pointer to rest on it: its id for `aria-describedby` and the words, which no
/// eye sees beside it. Who presses the button is told them by [`say`].
pub(super) fn reason(id: String, why_not: Option<&'static str>) -> (Option<String>, AnyView) {
    match why_not {
        Some(words) => (
            Some(id.clone()),
            view! { <span id=id hidden>{words}</span> }.into_any(),
        ),
        None => (None, ().into_any()),
    }
}

/// Why an action was refused: by its code, else as the server says it.
pub fn refused(locale: Locale, error: &AppError) -> String {
    if let Some(why) = NotStopped::of(&error.0) {
        return not_stopped(locale, why).to_owned();
    }
    match (error.code(), error.words()) {
        (Code::Unavailable, _) => tr!(locale, activity.failure.unreachable).to_owned(),
        (Code::IdempotencyConflict, _) => tr!(locale, messages.act.sent_before).to_owned(),
        (_, Some(words)) => words.to_owned(),
        (_, None) => tr!(locale, messages.act.failed).to_owned(),
    }
}

/// Why a message can't be stopped, released or restarted.
fn not_stopped(locale: Locale, why: NotStopped) -> &'static str {
    match why {
        NotStopped::Stopped => tr!(locale, messages.act.stopped_before),
        NotStopped::HandedOver => tr!(locale, messages.act.handed_over),
        NotStopped::CopiesWait => tr!(locale, messages.act.copies_wait),
        NotStopped::NotWaiting => tr!(locale, messages.act.not_waiting),
        NotStopped::NotHeld => tr!(locale, messages.act.not_held),
        NotStopped::SentElsewhere => tr!(locale, messages.act.sent_elsewhere),
        NotStopped::NotSetUp => tr!(locale, messages.act.not_set_up),
    }
}

/// Says something, when there is somebody to say it.
pub fn say(tell: Option<Tell>, words: &str) {
    if let Some(Tell(tell)) = tell {
        tell.try_run(words.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Problem;

    #[test]
    fn who_is_refused_is_told_what_the_server_said() {
        let said = |code| {
            refused(
                Locale::en,
                &AppError(Problem::new(code, "as the server says")),
            )
        };
        for code in [Code::Conflict, Code::Forbidden, Code::InvalidFields] {
            assert_eq!(said(code), "as the server says");
        }
        for why in NotStopped::ALL {
            let error = AppError(Problem::from(why));
            for locale in [Locale::en, Locale::ar] {
                let words = refused(locale, &error);
                assert_eq!(words, not_stopped(locale, why));
                assert_ne!(words, why.words(), "{locale:?} has words of its own");
            }
            assert_ne!(refused(Locale::ar, &error), refused(Locale::en, &error));
        }
        assert!(said(Code::Internal).starts_with("That did not work"));
        assert!(said(Code::Unavailable).starts_with("The server can’t be reached"));
        assert!(said(Code::IdempotencyConflict).starts_with("The first try did go out"));
    }
}
