#![cfg(target_arch = "wasm32")]
//! Where the browser's part begins: it takes over the page that the server rendered.
//!
//! Nothing else belongs here; pages and components live in `app`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the rendered page. `HydrationScripts` calls it once the module is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    // Without it a panic says no more than `unreachable executed`.
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.to_string();
        leptos::logging::error!("{words}");
        app::note_panic(&words);
    }));
    leptos::mount::hydrate_lazy(app::App);
}
