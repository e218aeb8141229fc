//! The files of a message: name, size, SHA-256, download; and the raw mail.

use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::state::use_messages;
use crate::messages::words::size_words;
use domain::view::MessageDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// The files, when there are any.
#[component]
pub fn Files(detail: Arc<MessageDetail>) -> impl IntoView {
    let locale = use_messages().locale;
    let id = detail.row.id;
    let raw = detail.has_raw.then(|| {
        view! {
            <a class="link push" href=format!("/messages/{id}/raw") rel="external" download="">
                {tr!(locale, messages.drawer.download_raw)}
            </a>
        }
    });
    let missing = detail.message.missing_files();
    let missing = (missing > 0).then(|| {
        let words = tr!(locale, messages.drawer.missing_files, n = missing);
        view! { <p class="dim small">{words}</p> }
    });
    if detail.attachments().is_empty() && raw.is_none() && missing.is_none() {
        return ().into_any();
    }
    let files = detail
        .attachments()
        .iter()
        .enumerate()
        .map(|(at, file)| {
            let short: String = file.blob.sha256.chars().take(12).collect();
            let label = tr!(locale, messages.drawer.download, name = file.name.as_str());
            view! {
                <li>
                    <Icon glyph=icons::PAPERCLIP />
                    <div class="grow">
                        <bdi class="strong trunc">{file.name.clone()}</bdi>
                        <p class="dim small" dir="ltr">
                            {size_words(file.blob.size_bytes)} " · " {file.content_type.clone()} " · "
                            <abbr title=format!("SHA-256 {}", file.blob.sha256)>"SHA-256 " <code>{short}</code></abbr>
                        </p>
                    </div>
                    <a
                        class="icon-btn"
                        href=format!("/messages/{id}/attachments/{at}")
                        rel="external"
                        download=file.name.clone()
                        aria-label=label.clone()
                        title=label
                    >
                        <Icon glyph=icons::FILE_DOWN />
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="m-files">
            <div class="section-head">
                <h2 id="m-files">{tr!(locale, messages.drawer.attachments)}</h2>
                {raw}
            </div>
            <ul class="files">{files}</ul>
            {missing}
        </section>
    }
    .into_any()
}
