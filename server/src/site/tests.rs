use super::*;
use axum::http::HeaderName;

/// A site as xtask makes it, in small.
#[derive(Embed)]
#[folder = "tests/site"]
struct Sample;

fn ask(path: &str, headers: &[(HeaderName, &str)]) -> Option<Response> {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.parse().unwrap()))
        .collect();
    answer_from::<Sample>(path, &headers)
}

fn header_of(response: &Response, name: HeaderName) -> &str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

async fn body_of(response: Response) -> Vec<u8> {
    axum::body::to_bytes(response.into_body(), 1_000)
        .await
        .unwrap()
        .to_vec()
}

#[tokio::test]
async fn a_file_comes_with_its_kind_and_a_tag() {
    let response = ask("/pkg/program.js", &[]).unwrap();
    assert_eq!(
        header_of(&response, header::CONTENT_TYPE),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(header_of(&response, header::CACHE_CONTROL), "no-cache");
    assert!(header_of(&response, header::ETAG).starts_with("W/\""));
    assert_eq!(body_of(response).await, b"export default \"plain\";\n");
}

#[tokio::test]
async fn who_accepts_brotli_gets_what_was_compressed_before() {
    let accept = (header::ACCEPT_ENCODING, "gzip, br");
    let response = ask("/pkg/program.js", std::slice::from_ref(&accept)).unwrap();
    assert_eq!(header_of(&response, header::CONTENT_ENCODING), "br");
    assert_eq!(header_of(&response, header::VARY), "accept-encoding");
    assert_eq!(
        header_of(&response, header::CONTENT_TYPE),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(body_of(response).await, b"brotli of it, or so");
    let response = ask("/favicon.svg", &[accept]).unwrap();
    assert_eq!(header_of(&response, header::CONTENT_ENCODING), "");
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let first = ask("/favicon.svg", &[]).unwrap();
    let tag = header_of(&first, header::ETAG);
    let again = ask("/favicon.svg", &[(header::IF_NONE_MATCH, tag)]).unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header_of(&again, header::ETAG), tag);
    assert!(body_of(again).await.is_empty());
    let other = ask("/favicon.svg", &[(header::IF_NONE_MATCH, "W/\"other\"")]).unwrap();
    assert_eq!(other.status(), StatusCode::OK);
}

#[test]
fn what_names_its_version_is_kept_forever() {
    for path in [
        "/pkg/0123456789abcdef/program_bg.wasm",
        "/fonts/inter.5.3.0.woff2",
    ] {
        let response = ask(path, &[]).unwrap();
        let control = header_of(&response, header::CACHE_CONTROL);
        assert_eq!(control, "public, max-age=31536000, immutable", "{path}");
    }
}

#[test]
fn another_version_is_not_there() {
    assert!(ask("/pkg/fedcba9876543210/program.js", &[]).is_none());
}

#[test]
fn what_is_no_file_of_the_site_is_not_there() {
    for path in [
        "/",
        "/pkg",
        "/pkg/none.js",
        "/version.txt",
        "/../Cargo.toml",
        "/pkg/../../site.rs",
    ] {
        assert!(ask(path, &[]).is_none(), "{path}");
    }
}

#[test]
fn webassembly_is_called_so() {
    let response = ask("/pkg/program_bg.wasm", &[]).unwrap();
    assert_eq!(
        header_of(&response, header::CONTENT_TYPE),
        "application/wasm"
    );
}

#[test]
fn brotli_goes_to_those_who_accept_it() {
    let accepts = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, text.parse().unwrap());
        accepts_brotli(&headers)
    };
    assert!(accepts("gzip, deflate, br, zstd"));
    assert!(accepts("br;q=0.8"));
    assert!(!accepts("gzip"));
    assert!(!accepts("br;q=0, gzip"));
}
