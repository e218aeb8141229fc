//! A file as an answer: to be kept and never to be shown in place, for it may be anything.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The answer with a file.
pub fn answer(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    // A page or a script under our own origin could act for whoever opens it.
    let is_active = ["html", "xml", "svg", "script"]
        .iter()
        .any(|word| media_type.contains(word));
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
            "a\r\nb",
        ] {
            let answer = answer("a", kind, Vec::new());
            assert_eq!(
                answer.headers()[header::CONTENT_TYPE],
                "application/octet-stream",
                "{kind}"
            );
        }
        assert_eq!(
            answer("a", "image/png", Vec::new()).headers()[header::CONTENT_TYPE],
            "image/png"
        );
        assert_eq!(
            disposition("ا\r\n\".pdf"),
            "attachment; filename=\"____.pdf\"; filename*=UTF-8''%D8%A7%0D%0A%22%2Epdf"
        );
    }
}
