//! A refusal, as [`crate::problem`] writes it: RFC 9457.

use super::activity::same_names;
use serde::Serialize;
use utoipa::ToSchema;

/// What every refusal looks like (RFC 9457, `application/problem+json`).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:storetrail:problem:invalid_fields", "title": "Fields are wrong", "status": 422,
    "detail": "one field is wrong: /0/actor/type: one of user, customer, api_key, rule, system",
    "code": "invalid_fields",
    "errors": [{"pointer": "/0/actor/type", "code": "format", "detail": "one of user, customer, api_key, rule, system"}]
}))]
pub struct Problem {
    /// Names the kind of problem; the last part is `code`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words; the same for every problem of the kind.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time and what to do. The words may change.
    detail: String,
    /// The kind, stable: programs count on it.
    code: Code,
    /// Each wrong field, at most 50.
    #[schema(required = false, nullable = false, max_items = 50)]
    errors: Option<Vec<WrongField>>,
    /// For a fault of ours: the number under which it is logged.
    #[schema(required = false, nullable = false)]
    reference: Option<String>,
}

/// One wrong field.
#[derive(Serialize, ToSchema)]
pub struct WrongField {
    /// JSON pointer (RFC 6901) into the body; of NDJSON it begins with the line, counted from 0 without blank
    /// ones. For a parameter or header its name.
    pointer: String,
    /// The kind of mistake, stable.
    code: FieldCode,
    /// What is wrong and what to do.
    detail: String,
}

/// What can be wrong with a field, parameter or header.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    /// It is not there, or empty.
    Required,
    /// There is no field of this name here, or no such word.
    Unknown,
    /// It is another kind of JSON.
    Type,
    /// A text of too many characters, or a list of too many items.
    TooLong,
    /// JSON of too many levels.
    TooDeep,
    /// Too many bytes.
    TooLarge,
    /// It is not written as it has to be.
    Format,
    /// A number or time that is too small or too large.
    OutOfRange,
    /// It contradicts another one.
    Contradiction,
    /// It doesn't go with the rest.
    Unexpected,
    /// What it names is not there.
    NotFound,
    /// It is there already, as something else.
    Conflict,
    /// It was there, and was erased or let go since.
    Gone,
    /// A message that can't be stopped or released: it was stopped before.
    Stopped,
    /// A message that can't be stopped or released: it was handed over.
    HandedOver,
    /// A message that can't be stopped: it went out, and only copies that were put off wait.
    CopiesWait,
    /// A message that can't be stopped: it doesn't wait.
    NotWaiting,
    /// A message that can't be released: it is neither held nor scheduled for later.
    NotHeld,
    /// A message on which only the system that sent it can act.
    SentElsewhere,
    /// A message that can't be restarted: no provider is set up here for its channel.
    NotSetUp,
}

/// The kinds of refusals.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: the body is not JSON, or not UTF-8.
    MalformedJson,
    /// 422: fields of the body or the query string are wrong; each is named.
    InvalidFields,
    /// 400: the query language was not understood; the place is named.
    InvalidQuery,
    /// 400: a cursor that this call did not hand out.
    InvalidCursor,
    /// 413: the body is larger than allowed.
    TooLarge,
    /// 413: more items than allowed in one call.
    TooMany,
    /// 415: the content type is not one that this call reads.
    UnsupportedMediaType,
    /// 401: no valid key or session.
    Unauthenticated,
    /// 403: the key or session may not do this at all.
    Forbidden,
    /// 403: this takes a proof of who you are that is fresher than yours; only a person's session is answered so.
    ProofRequired,
    /// 404: there is no such thing, or it is not open to this role.
    NotFound,
    /// 405: the method is not one that this path answers.
    MethodNotAllowed,
    /// 409: the request contradicts the present state.
    Conflict,
    /// 422: the idempotency key was used with another body.
    IdempotencyConflict,
    /// 429: too many calls in a short time.
    RateLimited,
    /// 503: not possible now; try again.
    Unavailable,
    /// 500: a fault of ours, logged under the reference given.
    Internal,
}

same_names!(domain::Code => Code {
    MalformedJson, InvalidFields, InvalidQuery, InvalidCursor, TooLarge, TooMany,
    UnsupportedMediaType, Unauthenticated, Forbidden, ProofRequired, NotFound, MethodNotAllowed, Conflict,
    IdempotencyConflict, RateLimited, Unavailable, Internal,
});
