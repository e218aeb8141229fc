//! Files that go with the message, read in the browser.

use super::Draft;
use crate::activity::browser;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::orders::thread::use_thread;
use domain::message::Channel;
use leptos::html::Input;
use leptos::prelude::*;

/// How large the files of a message may be together, in bytes: what a message holds, less the longest text.
pub const MOST: u64 = domain::message::MAX_MESSAGE_BYTES as u64 - 400_000;

/// A file that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDraft {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its bytes in base64 (RFC 4648 4).
    pub content: String,
}

/// The button that chooses files.
#[component]
pub fn Attach() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let draft = expect_context::<Draft>();
    let field = NodeRef::<Input>::new();
    let chosen = move |_| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        browser::read_files(&field, move |file| {
            let size = draft
                .files
                .with_untracked(|files| files.iter().map(|f| f.size_bytes).sum::<u64>());
            if size + file.size_bytes > MOST {
                let words = tr!(locale, messages.composer.too_large);
                draft.mistake.try_set(Some(words.to_owned()));
            } else {
                draft.files.try_update(|files| files.push(file));
            }
        });
    };
    let is_sms = move || draft.channel.get() == Channel::Sms;
    let label = move || {
        if is_sms() {
            tr!(locale, messages.composer.sms_no_files)
        } else {
            tr!(locale, messages.composer.attach)
        }
    };
    let open = move |_| {
        if let Some(field) = field.get_untracked().filter(|_| !untrack(is_sms)) {
            field.click();
        }
    };
    view! {
        <input type="file" multiple hidden node_ref=field on:change=chosen />
        <button
            class="icon-btn"
            type="button"
            aria-label=label
            title=label
            aria-disabled=move || is_sms().then_some("true")
            on:click=open
        >
            <Icon glyph=icons::PAPERCLIP />
        </button>
    }
    .into_any()
}

/// Bytes in base64 (RFC 4648 4).
#[cfg_attr(
    all(feature = "ssr", not(test)),
    expect(dead_code, reason = "only a browser reads files")
)]
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let part = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for at in 0..4 {
            if at <= group.len() {
                let letter = bits >> (18 - 6 * at) & 63;
                text.push(char::from(LETTERS[letter as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        // RFC 4648 10
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
