//! What a browser does with passkeys: makes one, or answers with one.
//!
//! Options and answers travel in the JSON forms of WebAuthn level 3, which browsers read and write by themselves
//! (Chrome 129, Firefox 119, Safari 18.4).

#[cfg(feature = "hydrate")]
use js_sys::{Function, JSON, Object, Promise, Reflect};
#[cfg(feature = "hydrate")]
use leptos::wasm_bindgen::{JsCast as _, JsValue};

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "only a browser is refused")
)]
pub enum NoPasskey {
    /// The browser doesn't know how.
    Unsupported,
    /// The person said no, waited too long, or has none here.
    Refused,
    /// The authenticator has one for this account already.
    Known,
}

/// Makes a passkey; the answer as JSON.
pub async fn create(options: &str) -> Result<String, NoPasskey> {
    ask(options, "parseCreationOptionsFromJSON", "create").await
}

/// Answers with a passkey; the answer as JSON.
pub async fn get(options: &str) -> Result<String, NoPasskey> {
    ask(options, "parseRequestOptionsFromJSON", "get").await
}

#[cfg(feature = "hydrate")]
async fn ask(options: &str, parse: &str, verb: &str) -> Result<String, NoPasskey> {
    let unsupported = |_| NoPasskey::Unsupported;
    let of = |object: &JsValue, name: &str| Reflect::get(object, &JsValue::from_str(name));
    let function = |object: &JsValue, name: &str| -> Result<Function, NoPasskey> {
        let found = of(object, name).map_err(unsupported)?;
        found
            .dyn_into::<Function>()
            .map_err(|_| NoPasskey::Unsupported)
    };
    let class = of(&js_sys::global(), "PublicKeyCredential").map_err(unsupported)?;
    let parse = function(&class, parse)?;
    let options = JSON::parse(options).map_err(unsupported)?;
    let public_key = parse.call1(&class, &options).map_err(unsupported)?;
    let request = Object::new();
    Reflect::set(&request, &JsValue::from_str("publicKey"), &public_key).map_err(unsupported)?;
    let navigator = leptos::prelude::window().navigator();
    let credentials = of(&navigator, "credentials").map_err(unsupported)?;
    let promise: Promise = function(&credentials, verb)?
        .call1(&credentials, &request)
        .map_err(unsupported)?
        .dyn_into()
        .map_err(unsupported)?;
    let credential = wasm_bindgen_futures::JsFuture::from(promise)
        .await
        .map_err(|error| {
            let name = of(&error, "name").ok().and_then(|name| name.as_string());
            match name.as_deref() {
                // WebAuthn 5.1.3: an authenticator of `excludeCredentials` said that it is one of them.
                Some("InvalidStateError") => NoPasskey::Known,
                Some("NotSupportedError") => NoPasskey::Unsupported,
                _ => NoPasskey::Refused,
            }
        })?;
    // `toJSON` of the credential is what this calls.
    let text = JSON::stringify(&credential).map_err(unsupported)?;
    Ok(text.into())
}

/// There is no browser on the server.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "as in the browser")]
async fn ask(_: &str, _: &str, _: &str) -> Result<String, NoPasskey> {
    Err(NoPasskey::Unsupported)
}
