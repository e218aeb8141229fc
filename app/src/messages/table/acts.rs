//! What can be done with several messages, in the bar of the selection: stop, restart.

use super::ask::is_asked;
use crate::AppError;
use crate::activity::words::number;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::messages::calls::{self, Several};
use crate::messages::drawer::refused;
use crate::messages::state::{MessageLog, use_messages};
use crate::select::{Picking, use_picking};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// They are not sent.
    Stop,
    /// They are sent, ten a second.
    Restart,
}

/// Doing it. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Acts {
    log: MessageLog,
    picking: Picking,
    is_running: RwSignal<bool>,
    /// What is asked about before it is done.
    pub asked: RwSignal<Option<Deed>>,
}

impl Acts {
    /// With what is selected on this page.
    pub fn of_page() -> Self {
        Self {
            log: use_messages(),
            picking: use_picking(),
            is_running: RwSignal::new(false),
            asked: RwSignal::new(None),
        }
    }

    /// Does it, or asks first where there are many.
    fn press(self, deed: Deed) {
        if self.is_running.get_untracked() {
            return;
        }
        if is_asked(self.picking.count.get_untracked()) {
            self.asked.set(Some(deed));
        } else {
            self.run(deed);
        }
    }

    /// Does it with what is selected.
    pub fn run(self, deed: Deed) {
        let Self {
            log,
            picking,
            is_running,
            ..
        } = self;
        if is_running.get_untracked() {
            return;
        }
        is_running.set(true);
        let selection = picking.selection.run(());
        spawn_local(async move {
            let answer = match deed {
                Deed::Stop => calls::stop_several(selection).await,
                Deed::Restart => calls::restart_several(selection).await,
            };
            is_running.try_set(false);
            // What is left can be acted on at once: then it stays selected.
            if matches!(&answer, Ok(several) if !several.has_more) {
                picking.clear.try_run(());
            }
            log.tell(told(log.locale, deed, &answer));
        });
    }
}

/// The buttons, for those who may send.
#[component]
pub fn PickedActs(
    /// What they do.
    acts: Acts,
) -> impl IntoView {
    let log = acts.log;
    let locale = log.locale;
    let is_disabled = move || acts.is_running.get().then_some("true");
    view! {
        <Show when=move || log.may_send()>
            <button type="button" aria-disabled=is_disabled on:click=move |_| acts.press(Deed::Stop)>
                <Icon glyph=icons::CIRCLE_STOP />
                <span>{tr!(locale, messages.act.stop)}</span>
            </button>
            <button
                type="button"
                aria-disabled=is_disabled
                on:click=move |_| acts.press(Deed::Restart)
            >
                <Icon glyph=icons::ROTATE_CCW class="flip" />
                <span>{tr!(locale, messages.act.restart)}</span>
            </button>
        </Show>
    }
    .into_any()
}

/// What came of it, in words.
fn told(locale: Locale, deed: Deed, answer: &Result<Several, AppError>) -> String {
    let several = match answer {
        Ok(several) => several,
        Err(error) => return refused(locale, error),
    };
    let mut words = Vec::new();
    // That none was restarted is said with the reason.
    if several.done > 0 || several.not_set_up == 0 {
        let (count, n) = (several.done, number(several.done));
        words.push(match deed {
            Deed::Stop => tr!(locale, messages.several.stopped, count = count, n = n),
            Deed::Restart => tr!(locale, messages.several.restarted, count = count, n = n),
        });
    }
    if several.refused > 0 {
        let (count, n) = (several.refused, number(several.refused));
        words.push(match deed {
            Deed::Stop => tr!(locale, messages.several.not_stopped, count = count, n = n),
            Deed::Restart => tr!(locale, messages.several.not_restarted, count = count, n = n),
        });
    }
    if several.not_set_up > 0 {
        let (count, n) = (several.not_set_up, number(several.not_set_up));
        words.push(tr!(
            locale,
            messages.several.not_set_up,
            count = count,
            n = n
        ));
    }
    if several.has_more {
        words.push(tr!(locale, messages.several.more).to_owned());
    }
    words.join(" ")
}
