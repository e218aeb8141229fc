//! A file as an answer: to be kept and never to be shown in place, for it may be anything.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ledger::Hash;
use domain::{Code, Problem};
use futures_util::stream::try_unfold;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::Path;
use tokio::io::AsyncReadExt as _;

/// How much of a file is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// The answer with a file.
pub fn answer(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    // A page or a script under our own origin could act for whoever opens it. Workbooks (`...openxmlformats...`) are none.
    let essence = media_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let is_active = ["html", "/xml", "+xml", "xsl", "svg", "script"]
        .iter()
        .any(|word| essence.contains(word));
    let kind = HeaderValue::from_str(media_type)
        .ok()
        .filter(|_| !is_active);
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, kind.unwrap_or(octets));
    if let Ok(value) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// The answer with a file of the disk, read while it is sent, with its digest (RFC 9530).
///
/// # Errors
/// `conflict` when it is not there any more.
pub async fn stream(
    name: &str,
    media_type: &str,
    path: &Path,
    sha256: &str,
) -> Result<Response, Problem> {
    let gone = |error: std::io::Error| {
        tracing::error!(%error, path = %path.display(), "the file of an export can't be read");
        Problem::new(
            Code::Conflict,
            "the file is not in its folder any more: somebody removed it. Make the export again",
        )
    };
    let file = tokio::fs::File::open(path).await.map_err(gone)?;
    let length = file.metadata().await.map_err(gone)?.len();
    let parts = try_unfold(
        (file, vec![0; CHUNK_BYTES]),
        |(mut file, mut buffer)| async {
            let count = file.read(&mut buffer).await?;
            let part = axum::body::Bytes::copy_from_slice(&buffer[..count]);
            Ok::<_, std::io::Error>((count > 0).then_some((part, (file, buffer))))
        },
    );
    let mut response = answer(name, media_type, Vec::new());
    *response.body_mut() = Body::from_stream(parts);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(hash) = Hash::of_hex(sha256)
        && let Ok(value) = format!("sha-256=:{}:", STANDARD.encode(hash.0)).try_into()
    {
        headers.insert("repr-digest", value);
    }
    Ok(response)
}

/// RFC 6266 with RFC 8187's form of the name beside a plain one.
fn disposition(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " ._-()".contains(c);
    let plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let exact = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_act_is_never_shown_as_what_it_is() {
        for kind in [
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/javascript",
            "text/xml; charset=utf-8",
            "TEXT/HTML",
            " Image/SVG+XML ;a=b",
            "a\r\nb",
        ] {
            let answer = answer("a", kind, Vec::new());
            assert_eq!(
                answer.headers()[header::CONTENT_TYPE],
                "application/octet-stream",
                "{kind}"
            );
        }
        for kind in ["image/png", domain::export::ExportFormat::Xlsx.media_type()] {
            assert_eq!(
                answer("a", kind, Vec::new()).headers()[header::CONTENT_TYPE],
                kind
            );
        }
        assert_eq!(
            disposition("ا\r\n\".pdf"),
            "attachment; filename=\"____.pdf\"; filename*=UTF-8''%D8%A7%0D%0A%22%2Epdf"
        );
    }
}
