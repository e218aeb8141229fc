//! The document around the app. Rendered on the server only.

use crate::app::App;
use crate::i18n::{code, direction};
use crate::preferences::Preferences;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The whole document: language, direction, theme, density and the keyboard stand on `html` before anything is painted.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let preferences = Preferences::provide();
    let locale = preferences.locale;
    let style = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    let is_arabic = direction(locale) == "rtl";
    view! {
        <!DOCTYPE html>
        <html
            lang=code(locale)
            dir=direction(locale)
            data-theme=preferences.theme.get_untracked().as_str()
            data-density=preferences.density.get_untracked().as_str()
            data-keys=preferences.keys()
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="apple-touch-icon" href="/icons/icon-180.png" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f4f0" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#1a1816" />
                <script src="/register.js" defer nonce=leptos::nonce::use_nonce()></script>
                <link rel="stylesheet" href=style />
                <Font name="inter-latin.5.3.0" />
                {is_arabic.then(|| view! { <Font name="noto-sans-arabic.5.3.0" /> })}
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Asks for a typeface before the style sheet is read.
#[component]
fn Font(
    /// The file's name without its ending.
    name: &'static str,
) -> impl IntoView {
    let href = format!("/fonts/{name}.woff2");
    view! { <link rel="preload" href=href r#as="font" r#type="font/woff2" crossorigin="anonymous" /> }
}
