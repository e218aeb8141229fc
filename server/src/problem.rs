//! A refusal as an answer: RFC 9457 problem details.
//!
//! Handlers return [`ApiError`]; `?` turns a [`Problem`] or a [`storage::Error`] into one. A fault of ours is
//! carried along in the answer's extensions and logged once, by [`crate::observe`], under the request's id; the code of
//! every refusal is, too, for [`crate::requests`].

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Code, Problem};
use serde::Serialize;
use std::sync::Arc;

/// The media type of problem details (RFC 9457 3).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What a handler refuses with.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// The caller's fault.
    Problem(Problem),
    /// The caller's, which is none after so many seconds.
    Later(Problem, u32),
    /// Ours.
    Fault(Fault),
}

/// A fault of ours on its way to the log. The caller learns the reference and nothing else.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Of the database or what is stored in it.
    Storage(Arc<storage::Error>),
    /// Of a handler that panicked, or anything else that must not happen.
    Defect(Arc<str>),
}

impl Fault {
    /// What the caller is told.
    pub fn to_problem(&self, reference: &str) -> Problem {
        match self {
            Self::Storage(error) => error.to_problem(reference),
            Self::Defect(_) => Problem {
                reference: Some(reference.to_owned()),
                ..Problem::new(
                    Code::Internal,
                    format!("something failed on our side; it is logged under {reference}"),
                )
            },
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Storage(error) => error.fmt(f),
            Self::Defect(text) => f.write_str(text),
        }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<storage::Error> for ApiError {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Problem(problem) => Self::Problem(problem),
            fault => Self::Fault(Fault::Storage(Arc::new(fault))),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => answer(&problem),
            Self::Later(problem, seconds) => {
                let mut response = answer(&problem);
                let headers = response.headers_mut();
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
            Self::Fault(fault) => {
                let mut response = answer(&fault.to_problem("this request's id"));
                response.extensions_mut().insert(fault);
                response
            }
        }
    }
}

/// The body of a refusal (RFC 9457 3.1), with Storetrail's own members `code`, `errors` and `reference`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody<'a> {
    /// Names the kind of problem; the last part is `code`.
    #[serde(rename = "type")]
    #[schema(example = "urn:storetrail:problem:invalid_fields")]
    pub kind: String,
    /// The kind in words; the same for every problem of the kind.
    #[schema(example = "Fields are wrong")]
    pub title: &'a str,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What happened this time and what to do.
    pub detail: &'a str,
    /// Stable: programs count on it.
    #[schema(value_type = String, example = "invalid_fields")]
    pub code: &'a str,
    /// Each wrong field, at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldBody<'a>>,
    /// For a fault of ours: the number under which it is logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'a str>,
}

/// One wrong field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FieldBody<'a> {
    /// JSON pointer (RFC 6901) into the body; for the query string the parameter's name.
    #[schema(example = "/3/actor/type")]
    pub pointer: &'a str,
    /// Stable, such as `required`, `unknown`, `type`, `too_long`.
    pub code: &'a str,
    /// What is wrong and what to do.
    pub detail: &'a str,
}

impl<'a> ProblemBody<'a> {
    /// The body for a problem.
    pub fn of(problem: &'a Problem) -> Self {
        let code = problem.code.as_str();
        Self {
            kind: format!("urn:storetrail:problem:{code}"),
            title: title(problem.code),
            status: problem.code.status(),
            detail: &problem.message,
            code,
            errors: problem
                .fields
                .iter()
                .map(|field| FieldBody {
                    pointer: &field.pointer,
                    code: &field.code,
                    detail: &field.message,
                })
                .collect(),
            reference: problem.reference.as_deref(),
        }
    }
}

/// The problem as an answer with its status.
pub fn answer(problem: &Problem) -> Response {
    with_body(problem, &ProblemBody::of(problem))
}

/// The problem as a server function's caller reads it: the members of RFC 9457 and those of [`Problem`] itself.
pub fn server_function_answer(problem: &Problem) -> Response {
    #[derive(Serialize)]
    struct Both<'a> {
        #[serde(rename = "type")]
        kind: String,
        title: &'a str,
        status: u16,
        #[serde(flatten)]
        problem: &'a Problem,
    }
    let body = ProblemBody::of(problem);
    with_body(
        problem,
        &Both {
            kind: body.kind,
            title: body.title,
            status: body.status,
            problem,
        },
    )
}

fn with_body(problem: &Problem, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).expect("text and numbers are always JSON");
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() =
        StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(problem.code);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    match problem.code {
        Code::Unauthenticated => {
            // RFC 6750 3: a refusal for want of a key names the scheme.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Code::Unavailable | Code::RateLimited => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        _ => {}
    }
    response
}

const fn title(code: Code) -> &'static str {
    match code {
        Code::MalformedJson => "The body is not JSON",
        Code::InvalidFields => "Fields are wrong",
        Code::InvalidQuery => "The query was not understood",
        Code::InvalidCursor => "The cursor is not one of this list",
        Code::TooLarge => "The body is too large",
        Code::TooMany => "Too many items in one call",
        Code::UnsupportedMediaType => "The content type is not read here",
        Code::Unauthenticated => "No valid key or session",
        Code::Forbidden => "Not allowed",
        Code::ProofRequired => "A fresh proof is needed",
        Code::NotFound => "Not found",
        Code::MethodNotAllowed => "The method is not answered here",
        Code::Conflict => "The present state contradicts",
        Code::IdempotencyConflict => "The idempotency key was used with another body",
        Code::RateLimited => "Too many calls",
        Code::Unavailable => "Not possible at the moment",
        Code::Internal => "A fault on our side",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::FieldProblem;

    #[test]
    fn a_problem_names_type_status_code_and_each_field() {
        let problem = Problem::invalid_fields(vec![FieldProblem {
            pointer: "/0/action".to_owned(),
            code: "required".to_owned(),
            message: "an action is needed".to_owned(),
        }]);
        insta::assert_json_snapshot!(ProblemBody::of(&problem), @r#"
        {
          "type": "urn:storetrail:problem:invalid_fields",
          "title": "Fields are wrong",
          "status": 422,
          "detail": "one field is wrong: /0/action: an action is needed",
          "code": "invalid_fields",
          "errors": [
            {
              "pointer": "/0/action",
              "code": "required",
              "detail": "an action is needed"
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_fault_tells_its_reference_and_nothing_else() {
        let fault = Fault::Storage(Arc::new(storage::Error::Damaged {
            what: "payload",
            detail: "secret detail".to_owned(),
        }));
        let problem = fault.to_problem("0199");
        let body = serde_json::to_string(&ProblemBody::of(&problem)).expect("JSON");
        assert!(body.contains("0199"), "{body}");
        assert!(!body.contains("secret"), "{body}");
    }
}
