//! The browser's part: files that `cargo xtask site` made, embedded in a release, read from disk while developing.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use leptos::WasmSplitManifest;
use leptos::config::LeptosOptions;
use leptos::prelude::ArcStoredValue;
use rust_embed::{Embed, EmbeddedFile};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

#[derive(Embed)]
#[folder = "../target/site"]
struct Site;

/// Where the browser's program lies in the site.
const PACKAGE: &str = "pkg";
const MANIFEST: &str = "pkg/__wasm_split_manifest.json";
const SPLIT_SCRIPT: &str = "__wasm_split.______________________.js";

/// For what a new version has under another address.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The service worker.
const WORKER: &str = "sw.js";
/// What it may do: fetch from here.
const WORKER_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'");
/// For what is asked after each time.
const ASK: HeaderValue = HeaderValue::from_static("no-cache");

/// The version of the browser's program: 16 hexadecimal digits, when it was built by xtask.
fn version<F: Embed>() -> Option<String> {
    let file = F::get("version.txt")?;
    let text = std::str::from_utf8(&file.data).ok()?.trim();
    let is_version = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_version.then(|| text.to_owned())
}

/// How pages name the browser's part: `/pkg/<version>/storetrail.js` and so on.
pub fn leptos_options() -> LeptosOptions {
    let package =
        version::<Site>().map_or_else(|| PACKAGE.to_owned(), |v| format!("{PACKAGE}/{v}"));
    LeptosOptions::builder()
        .output_name("storetrail")
        .site_root("target/site")
        .site_pkg_dir(package)
        .build()
}

/// Which parts of the program a page preloads. Leptos looks for it on the disk; a release has it in itself.
pub fn split_manifest(options: &LeptosOptions) -> Option<WasmSplitManifest> {
    let file = Site::get(MANIFEST)?;
    let parts: HashMap<String, Vec<String>> = serde_json::from_slice(&file.data).ok()?;
    Some(WasmSplitManifest(ArcStoredValue::new((
        format!("/{}", options.site_pkg_dir),
        parts,
        SPLIT_SCRIPT.to_owned(),
    ))))
}

/// The file at a path, if it is one of the site's.
pub fn answer(path: &str, headers: &HeaderMap) -> Option<Response> {
    answer_from::<Site>(path, headers)
}

fn answer_from<F: Embed>(path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.strip_prefix('/')?;
    let (name, is_versioned) = unversioned::<F>(path)?;
    if name == "version.txt" || name.is_empty() {
        return None;
    }
    let file = F::get(&name)?;
    let is_forever = is_versioned || name.starts_with("fonts/");
    let mut response = respond::<F>(&name, file, headers);
    let control = if is_forever { FOREVER } else { ASK };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, control);
    if name == WORKER {
        // A worker fetches under the policy of its own script (CSP 3 4.2.3), and this one does nothing else.
        headers.insert(header::CONTENT_SECURITY_POLICY, WORKER_POLICY);
    }
    Some(response)
}

/// The file's name in the site, and whether the address named this version of it. None for another version:
/// half of one program and half of another run nowhere.
fn unversioned<F: Embed>(path: &str) -> Option<(Cow<'_, str>, bool)> {
    let Some((digits, rest)) = path
        .strip_prefix("pkg/")
        .and_then(|rest| rest.split_once('/'))
        .filter(|(digits, _)| digits.len() == 16)
    else {
        return Some((Cow::Borrowed(path), false));
    };
    (version::<F>().as_deref() == Some(digits))
        .then(|| (Cow::Owned(format!("{PACKAGE}/{rest}")), true))
}

fn respond<F: Embed>(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    // Weak: the same content may go out in another coding.
    let tag =
        file.metadata.sha256_hash()[..16]
            .iter()
            .fold(String::from("W/\""), |mut tag, byte| {
                let _ = write!(tag, "{byte:02x}");
                tag
            })
            + "\"";
    let tag = HeaderValue::from_str(&tag).expect("hexadecimal digits in quotes");
    let compressed = F::get(&format!("{name}.br"));
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == tag || known.trim() == "*");
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = kind(name);
        match compressed.as_ref().filter(|_| accepts_brotli(headers)) {
            Some(_) => {
                let mut response = content(compressed.map_or(file.data, |file| file.data), kind);
                let coding = HeaderValue::from_static("br");
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, coding);
                response
            }
            None => content(file.data, kind),
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn content(data: Cow<'static, [u8]>, kind: HeaderValue) -> Response {
    let bytes = match data {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(read) => Bytes::from(read),
    };
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn kind(name: &str) -> HeaderValue {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    let text = match guess.type_() {
        mime_guess::mime::TEXT => format!("{}; charset=utf-8", guess.essence_str()),
        _ => guess.essence_str().to_owned(),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// Whether `br` is among the codings accepted and not turned off (RFC 9110 12.5.3).
fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            let is_off = quality
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.trim().parse() == Ok(0.0_f32));
            name.trim().eq_ignore_ascii_case("br") && !is_off
        })
}

#[cfg(test)]
mod tests;
