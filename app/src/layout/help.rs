//! Help: the keyboard map, as it works.

use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::preferences::use_preferences;
use crate::{activity, messages, orders};
use leptos::html;
use leptos::prelude::*;

/// The dialog of shortcuts. A popover, so that its buttons work before any script has come.
#[component]
pub fn Help() -> impl IntoView {
    let locale = use_locale();
    let preferences = use_preferences();
    let dialog = NodeRef::<html::Dialog>::new();
    super::keyboard::listen(dialog);
    view! {
        <dialog
            class="modal help"
            id="help"
            popover="auto"
            tabindex="-1"
            autofocus=true
            aria-labelledby="help-title"
            node_ref=dialog
        >
            <header class="modal-head">
                <div class="grow">
                    <h2 id="help-title">{tr!(locale, common.help.title)}</h2>
                    <p>
                        {tr!(locale, common.help.lead)} " "
                        <a class="link" href="/api/docs" rel="external">
                            {tr!(locale, common.help.api)}
                        </a>
                    </p>
                </div>
                <button
                    class="icon-btn"
                    type="button"
                    popovertarget="help"
                    popovertargetaction="hide"
                    aria-label=tr!(locale, common.close)
                >
                    <Icon glyph=icons::X />
                </button>
            </header>
            <div class="modal-body shortcuts" tabindex="0">
                <section aria-labelledby="help-everywhere">
                    <h3 id="help-everywhere">{tr!(locale, common.help.everywhere)}</h3>
                    <dl>
                        <Shortcut keys=&["?"] does=tr!(locale, common.help.this_map) />
                        <Shortcut keys=&["⌘ K"] does=tr!(locale, find.command) />
                        <Shortcut keys=&["g", "a"] does=tr!(locale, common.help.go_activity) />
                        <Shortcut keys=&["g", "m"] does=tr!(locale, common.help.go_messages) />
                        <Shortcut keys=&["g", "o"] does=tr!(locale, common.help.go_orders) />
                        <Shortcut keys=&["g", "b"] does=tr!(locale, common.help.go_operations) />
                        <Shortcut keys=&["g", "s"] does=tr!(locale, oversight.go) />
                        <Shortcut keys=&["Esc"] does=tr!(locale, common.help.close) />
                    </dl>
                </section>
                <section aria-labelledby="help-activity">
                    <h3 id="help-activity">{tr!(locale, common.place.activity)}</h3>
                    <dl>
                        {activity::shortcuts()
                            .into_iter()
                            .map(|(keys, does)| view! { <Shortcut keys does /> })
                            .collect_view()}
                    </dl>
                </section>
                <section aria-labelledby="help-messages">
                    <h3 id="help-messages">{tr!(locale, common.place.messages)}</h3>
                    <dl>
                        {messages::shortcuts()
                            .into_iter()
                            .map(|(keys, does)| view! { <Shortcut keys does /> })
                            .collect_view()}
                    </dl>
                </section>
                <section aria-labelledby="help-orders">
                    <h3 id="help-orders">{tr!(locale, common.place.orders)}</h3>
                    <dl>
                        {orders::shortcuts()
                            .into_iter()
                            .map(|(keys, does)| view! { <Shortcut keys does /> })
                            .collect_view()}
                    </dl>
                </section>
            </div>
            <footer class="modal-foot">
                <label class="row-flex">
                    <input
                        type="checkbox"
                        prop:checked=preferences.single_keys
                        checked=preferences.single_keys.get_untracked()
                        on:change=move |event| preferences.set_single_keys(event_target_checked(&event))
                    />
                    {tr!(locale, common.help.single_keys)}
                </label>
            </footer>
        </dialog>
    }
    .into_any()
}

/// One line of the map.
#[component]
fn Shortcut(
    /// The keys, one after the other.
    keys: &'static [&'static str],
    /// What they do.
    does: &'static str,
) -> impl IntoView {
    let preferences = use_preferences();
    let keys = keys
        .iter()
        .map(|key| view! { <kbd>{preferences.shortcut(key)}</kbd> })
        .collect_view();
    view! {
        <div>
            <dt>{keys}</dt>
            <dd>{does}</dd>
        </div>
    }
    .into_any()
}
