//! What became of a link: mailed, or to be handed over.

use crate::account::LinkSent;
use crate::copy::CopyText;
use crate::dialog::DialogHandle;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use leptos::prelude::*;

/// That the link was mailed, or the link itself for the only time.
#[component]
pub fn Handed(
    /// What became of it.
    sent: LinkSent,
    /// What closes the dialog.
    handle: DialogHandle,
) -> impl IntoView {
    let locale = use_locale();
    let body = match sent {
        LinkSent::Mailed => view! {
            <div class="note success" role="status">
                <Icon glyph=icons::MAIL />
                <p>{tr!(locale, access.users.mailed)}</p>
            </div>
        }
        .into_any(),
        LinkSent::ByHand { url } => view! {
            <div class="note pending" role="status">
                <Icon glyph=icons::LINK />
                <p>{tr!(locale, access.users.by_hand)}</p>
            </div>
            <CopyText text=url label=tr!(locale, access.users.link) is_line=true />
        }
        .into_any(),
    };
    view! {
        <div class="modal-body">{body}</div>
        <footer class="modal-foot">
            <button class="btn primary push" type="button" on:click=move |_| handle.close()>
                {tr!(locale, common.done)}
            </button>
        </footer>
    }
    .into_any()
}
