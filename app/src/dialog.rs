//! A dialog that asks for something: modal, labelled by its title, closed by Esc.
//!
//! One in which much is written asks before Esc or the cross throws that away.

use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use leptos::ev::{Event, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::HtmlDialogElement;

/// What closes a dialog. Closed like this, and not by taking it out of the page, the focus returns to where it was.
#[derive(Debug, Clone, Copy)]
pub struct DialogHandle(NodeRef<html::Dialog>);

impl DialogHandle {
    /// A handle for a dialog that is about to be rendered.
    pub fn new() -> Self {
        Self(NodeRef::new())
    }

    /// Closes it; its owner is told by `on_close`.
    pub fn close(self) {
        if let Some(dialog) = self.0.get_untracked() {
            dialog.close();
        }
    }
}

/// Shows a dialog as modal once it stands in the page: one whose code was loaded first is made before it does.
pub fn show_modal(dialog: HtmlDialogElement) {
    if dialog.open() {
        return;
    }
    if dialog.is_connected() {
        // Fails only when it is no longer in the page.
        let _ = dialog.show_modal();
    } else {
        request_animation_frame(move || {
            // It was taken away again before it could be shown.
            if dialog.is_connected() {
                show_modal(dialog);
            }
        });
    }
}

/// A modal dialog, open as long as it is rendered.
#[component]
pub fn Dialog(
    /// What it asks, as a title.
    #[prop(into)]
    title: Signal<String>,
    /// The id of the title: another one where two dialogs lie over each other.
    #[prop(default = "dialog-title")]
    title_id: &'static str,
    /// What closes it.
    handle: DialogHandle,
    /// Called when it was closed, by Esc too: the owner takes it out of the page.
    on_close: Callback<()>,
    /// Whether it holds a table.
    #[prop(default = false)]
    is_wide: bool,
    /// Whether something was written in it: set here by whatever is typed or chosen, and asked about before Esc or the
    /// cross throws it away. Without this nothing is asked.
    #[prop(optional)]
    is_changed: Option<RwSignal<bool>>,
    /// Its body and foot.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let dialog = handle.0;
    let is_asking = RwSignal::new(false);
    // Asks if something would be lost; whether it did.
    let asks = move || {
        let is_lost = is_changed.is_some_and(|is_changed| is_changed.get_untracked());
        if is_lost {
            is_asking.set(true);
        }
        is_lost
    };
    let leave = move |_| {
        if !asks() {
            handle.close();
        }
    };
    // The key is answered before the browser is: of two in a row, the second would close the dialog unasked.
    let on_key = move |event: KeyboardEvent| {
        let is_escape = event.key() == "Escape" && !event.is_composing();
        let is_free = !event.default_prevented() && !is_asking.get_untracked();
        if is_escape && is_free && asks() {
            event.prevent_default();
        }
    };
    // By the key while nothing in it has the focus, or by another gesture.
    let on_cancel = move |event: Event| {
        if !is_asking.get_untracked() && asks() {
            event.prevent_default();
        }
    };
    let on_input = move |_| {
        if let Some(is_changed) = is_changed {
            is_changed.set(true);
        }
    };
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            show_modal(dialog);
        }
    });
    view! {
        <dialog
            class=if is_wide { "modal" } else { "modal narrow" }
            aria-labelledby=title_id
            node_ref=dialog
            on:keydown=on_key
            on:cancel=on_cancel
            on:input=on_input
            on:close=move |_| on_close.run(())
        >
            <header class="modal-head">
                <h2 id=title_id class="grow">
                    {title}
                </h2>
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=tr!(locale, common.close)
                    on:click=leave
                >
                    <Icon glyph=icons::X />
                </button>
            </header>
            {children()}
            {move || {
                is_asking
                    .get()
                    .then(|| {
                        let on_discard = Callback::new(move |()| handle.close());
                        // The dialog below may be gone by then.
                        let on_close = Callback::new(move |()| {
                            is_asking.try_set(false);
                        });
                        discard(on_discard, on_close)
                    })
            }}
        </dialog>
    }
    .into_any()
}

/// Asks whether what was written in a dialog or on a page may go.
pub(crate) fn discard(on_discard: Callback<()>, on_close: Callback<()>) -> AnyView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let leave = move |_| {
        handle.close();
        on_discard.run(());
    };
    view! {
        <Dialog title=tr!(locale, common.discard.title) title_id="discard-title" handle on_close>
            <div class="modal-body">
                <p>{tr!(locale, common.discard.text)}</p>
            </div>
            <footer class="modal-foot">
                <button class="btn push" type="button" autofocus=true on:click=move |_| handle.close()>
                    {tr!(locale, common.discard.keep)}
                </button>
                <button class="btn danger-solid" type="button" on:click=leave>
                    {tr!(locale, common.discard.button)}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// The button that closes a dialog without doing anything.
#[component]
pub fn CancelButton(
    /// What closes the dialog.
    handle: DialogHandle,
    /// Whether the focus starts on it: where the other button can't be taken back.
    #[prop(default = false)]
    is_first: bool,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <button class="btn push" type="button" autofocus=is_first on:click=move |_| handle.close()>
            {tr!(locale, common.cancel)}
        </button>
    }
    .into_any()
}

/// The button of a form: says that it works while it does, and can't be pressed twice.
#[component]
pub fn SubmitButton(
    /// What it does.
    label: &'static str,
    /// Whether it is being done.
    #[prop(into)]
    is_pending: Signal<bool>,
    /// `primary`, `danger-solid` or nothing.
    #[prop(default = "btn primary")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <button class=class aria-disabled=move || is_pending.get().then_some("true") on:click=move |event| {
            if is_pending.get_untracked() {
                event.prevent_default();
            }
        }>
            {move || is_pending.get().then(|| view! { <Icon glyph=icons::LOADER class="i spin" /> })}
            {label}
        </button>
    }
    .into_any()
}
