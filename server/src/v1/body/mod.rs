//! What is sent: checked for its type and size, read whole, then read as JSON.

mod json;

use crate::problem::{ApiError, Fault};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use domain::{Code, FieldProblem, MAX_BATCH, Problem};
use http_body_util::BodyExt as _;
use serde_json::Value;

/// The largest body, in bytes: 8 MiB.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The largest body that holds a message with its files, in bytes: 30 MiB of files in base64, and 2 MiB for the rest.
pub const MAX_MESSAGE_BODY_BYTES: usize = 42 * 1024 * 1024;

/// Bodies from this size on are read on a thread that may block, in bytes.
const BLOCKING_FROM: usize = 128 * 1024;

/// The media types that calls read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// RFC 8259.
    Json,
    /// One JSON text a line.
    Ndjson,
}

impl MediaType {
    /// Its name, without parameters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// A body, unread.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What it says it is.
    pub media_type: MediaType,
    /// As sent.
    pub bytes: Bytes,
}

/// What a body holds.
#[derive(Debug, PartialEq)]
pub enum Content {
    /// One JSON text.
    One(Value),
    /// The lines of NDJSON.
    Lines(Vec<Value>),
}

impl<S: Sync> FromRequest<S> for Sent {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        Self::within(request, MAX_BODY_BYTES).await
    }
}

/// A body that may hold a message with its files, unread.
#[derive(Debug, Clone)]
pub struct SentMessage(pub Sent);

impl<S: Sync> FromRequest<S> for SentMessage {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        Sent::within(request, MAX_MESSAGE_BODY_BYTES)
            .await
            .map(Self)
    }
}

impl Sent {
    async fn within(request: Request, limit: usize) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let media_type = media_type(&parts.headers)?;
        let bytes = read_whole(&parts.headers, body, limit).await?;
        Ok(Self { media_type, bytes })
    }

    /// Reads the body.
    ///
    /// # Errors
    /// `malformed_json` with the place, `invalid_fields` for fields given twice, `too_many` lines.
    pub async fn content(&self) -> Result<Content, ApiError> {
        let sent = self.clone();
        let content = if sent.bytes.len() < BLOCKING_FROM {
            sent.read()
        } else {
            // Megabytes take long enough to hold up everybody else on this thread.
            let read = tokio::task::spawn_blocking(move || sent.read());
            read.await
                .map_err(|error| Fault::Defect(format!("reading a body: {error}").into()))
                .map_err(ApiError::Fault)?
        };
        Ok(content?)
    }

    /// Reads the body of a call that takes JSON only.
    ///
    /// # Errors
    /// As [`Sent::content`]; `unsupported_media_type` for NDJSON.
    pub async fn json(&self) -> Result<Value, ApiError> {
        match self.media_type {
            MediaType::Json => match self.content().await? {
                Content::One(value) => Ok(value),
                Content::Lines(_) => Err(unsupported("application/x-ndjson").into()),
            },
            MediaType::Ndjson => Err(unsupported("application/x-ndjson").into()),
        }
    }

    fn read(&self) -> Result<Content, Problem> {
        match self.media_type {
            MediaType::Json => json::read(&self.bytes, "").map(Content::One),
            MediaType::Ndjson => read_lines(&self.bytes).map(Content::Lines),
        }
    }
}

/// Reads NDJSON: blank lines are skipped and not counted.
fn read_lines(bytes: &[u8]) -> Result<Vec<Value>, Problem> {
    let mut values = Vec::new();
    let lines = bytes.split(|byte| *byte == b'\n');
    for line in lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace)) {
        if values.len() == MAX_BATCH {
            return Err(Problem::new(
                Code::TooMany,
                format!(
                    "at most {MAX_BATCH} lines in one call, these are more; nothing was stored"
                ),
            ));
        }
        values.push(json::read(line, &format!("/{}", values.len()))?);
    }
    if values.is_empty() {
        let message = "there is no line; send at least one";
        return Err(Problem::field("", "required", message));
    }
    Ok(values)
}

fn media_type(headers: &HeaderMap) -> Result<MediaType, Problem> {
    if let Some(coding) = headers.get(header::CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(Problem {
            fields: vec![named("Content-Encoding", "bodies are sent uncompressed")],
            ..Problem::new(
                Code::UnsupportedMediaType,
                "bodies are sent uncompressed; leave out Content-Encoding",
            )
        });
    }
    let value = match headers.get(header::CONTENT_TYPE) {
        None => "",
        Some(value) => value.to_str().unwrap_or("?"),
    };
    let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
    let media_type = [MediaType::Json, MediaType::Ndjson]
        .into_iter()
        .find(|known| essence.trim().eq_ignore_ascii_case(known.as_str()))
        .ok_or_else(|| unsupported(value))?;
    let charset = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    match charset {
        Some((_, charset))
            if !charset
                .trim()
                .trim_matches('"')
                .eq_ignore_ascii_case("utf-8") =>
        {
            Err(unsupported(value))
        }
        _ => Ok(media_type),
    }
}

fn unsupported(sent: &str) -> Problem {
    let sent: String = sent.chars().take(100).collect();
    let sent = match sent.as_str() {
        "" => "no Content-Type was sent".to_owned(),
        sent => format!("this call does not read `{sent}`"),
    };
    Problem {
        fields: vec![named("Content-Type", &sent)],
        ..Problem::new(
            Code::UnsupportedMediaType,
            format!(
                "{sent}; send `Content-Type: application/json` in UTF-8 (many activities also as application/x-ndjson)"
            ),
        )
    }
}

fn named(pointer: &str, message: &str) -> FieldProblem {
    FieldProblem {
        pointer: pointer.to_owned(),
        code: "format".to_owned(),
        message: message.to_owned(),
    }
}

fn too_large(limit: usize) -> Problem {
    let message = if limit == MAX_MESSAGE_BODY_BYTES {
        format!(
            "a message with its files is a body of at most {limit} bytes (42 MiB), which 30 MiB of files fit into as base64; \
             leave files out or send a link; nothing was sent"
        )
    } else {
        format!(
            "a body holds at most {limit} bytes (8 MiB); send fewer activities in one call; nothing was stored"
        )
    };
    Problem::new(Code::TooLarge, message)
}

async fn read_whole(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Bytes, Problem> {
    let announced: usize = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok())
        .unwrap_or(0);
    if announced > limit {
        return Err(too_large(limit));
    }
    let mut bytes = Vec::with_capacity(announced);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error, || too_large(limit)))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes.into())
}

/// Why a body ended early: a limit further out, or the connection.
pub(crate) fn broken(error: &axum::Error, too_large: impl FnOnce() -> Problem) -> Problem {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return too_large();
        }
        cause = error.source();
    }
    let message = "the connection broke before the body had arrived; nothing was stored";
    Problem::new(Code::MalformedJson, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(value: &str) -> Result<MediaType, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
        media_type(&headers)
    }

    #[test]
    fn json_and_ndjson_in_utf8_are_read() {
        assert_eq!(typed("application/json"), Ok(MediaType::Json));
        assert_eq!(
            typed("Application/JSON; Charset=\"UTF-8\""),
            Ok(MediaType::Json)
        );
        assert_eq!(
            typed("application/x-ndjson;charset=utf-8"),
            Ok(MediaType::Ndjson)
        );
    }

    #[test]
    fn other_types_are_refused_by_name() {
        for value in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "application/json; charset=latin1",
        ] {
            let problem = typed(value).unwrap_err();
            assert_eq!(problem.code, Code::UnsupportedMediaType);
            assert!(problem.message.contains(value), "{}", problem.message);
        }
        assert!(media_type(&HeaderMap::new()).is_err());
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
        assert!(media_type(&headers).is_err());
    }

    #[test]
    fn blank_lines_are_skipped_and_not_counted() {
        let lines = read_lines(b"\n{\"a\":1}\r\n\n  \n{\"b\":2}").unwrap();
        assert_eq!(lines.len(), 2);
        let problem = read_lines(b"{}\n\n{\"a\":1,\"a\":2}").unwrap_err();
        assert_eq!(problem.fields[0].pointer, "/1/a");
        let problem = read_lines(b"{}\n{nope}\n").unwrap_err();
        assert_eq!(problem.fields[0].pointer, "/1");
        assert!(
            problem.message.starts_with("line 1 (counted from 0)"),
            "{}",
            problem.message
        );
    }

    #[test]
    fn a_thousand_lines_are_enough() {
        assert_eq!(read_lines(&b"{}\n".repeat(1000)).unwrap().len(), 1000);
        let problem = read_lines(&b"{}\n".repeat(1001)).unwrap_err();
        assert_eq!(problem.code, Code::TooMany);
        assert!(read_lines(b" \n").is_err());
    }
}
