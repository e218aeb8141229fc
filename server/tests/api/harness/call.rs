//! A call and its answer.

use super::Person;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use serde::Serialize;
use serde_json::Value;

/// A call that is being put together.
pub struct Call<'a> {
    client: &'a Client<HttpConnector, Full<Bytes>>,
    request: axum::http::request::Builder,
    body: Bytes,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        client: &'a Client<HttpConnector, Full<Bytes>>,
        method: &str,
        address: String,
    ) -> Self {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Self {
            client,
            request: Request::builder().method(method).uri(address),
            body: Bytes::new(),
        }
    }

    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        let name = HeaderName::from_bytes(name.as_ref().as_bytes()).unwrap();
        self.request = self.request.header(name, value.as_ref());
        self
    }

    /// With a key.
    pub fn key(self, secret: &str) -> Self {
        self.header("authorization", format!("Bearer {secret}"))
    }

    /// As a signed-in person's browser.
    pub fn person(self, person: &Person) -> Self {
        self.header("cookie", person.cookie())
    }

    /// With a body, as it is.
    pub fn body(mut self, kind: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header("content-type", kind)
    }

    pub fn json(self, body: &impl Serialize) -> Self {
        self.body("application/json", serde_json::to_vec(body).unwrap())
    }

    /// As a browser sends a form.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.body("application/x-www-form-urlencoded", form.finish())
    }

    pub async fn send(self) -> Answer {
        let request = self.request.body(Full::new(self.body)).unwrap();
        let response = self.client.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The answer, if it has the status; fails with its body otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}\n{:?}",
            self.text(),
            self.headers
        );
        self
    }

    /// That it is a problem with the status and code, in the shape of RFC 9457; gives its body.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Value {
        let answer = self.expect(status);
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "application/problem+json"
        );
        let body = answer.json();
        assert_eq!(body["status"], status, "{body}");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(
            body["type"],
            format!("urn:storetrail:problem:{code}"),
            "{body}"
        );
        assert!(body["title"].is_string(), "{body}");
        body
    }

    /// That it leads elsewhere by 303; gives where.
    #[track_caller]
    pub fn expect_see_other(self) -> String {
        let answer = self.expect(303);
        answer.header(header::LOCATION).to_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value; empty when it isn't there.
    pub fn header(&self, name: impl AsRef<str>) -> &str {
        self.headers
            .get(name.as_ref())
            .map_or("", |value| value.to_str().unwrap())
    }
}
