//! The OpenAPI 3.1 document.

use super::choices;
use super::routes;
use super::wire;
use crate::api_docs::ORIGIN;
use crate::session::Cookies;
use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Code;
use domain::query::ACTIVITY;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, HeaderBuilder, Object, Ref, RefOr, ResponseBuilder,
    SecurityRequirement, Type,
};

/// Get this document
///
/// The OpenAPI 3.1 document of this API, true to the running version. Needs no key.
#[utoipa::path(
    get, path = "/openapi.json", tag = "About", operation_id = "get_document", security(()),
    responses((status = 200, description = "The document.", body = Object)),
)]
pub async fn get_document(State(state): State<AppState>) -> Response {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| document().to_json().expect("the document is always JSON"));
    let origin = serde_json::Value::from(state.public_url.as_ref()).to_string();
    let text = TEXT.replace(ORIGIN, origin.trim_matches('"'));
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

/// The document, with every call of the router. It holds [`ORIGIN`] where this server's address belongs.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = routes().to_openapi();
    let paths = std::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.delete,
        ];
        operations.into_iter().flatten().for_each(complete);
        document.paths.paths.insert(format!("/api/v1{path}"), item);
    }
    choices::list_in_schemas(&mut document);
    document
}

/// What is the same for every call: words from lists, that a session may read, what any call can be refused with, and
/// the form of refusals.
fn complete(operation: &mut Operation) {
    choices::list_in_parameters(operation);
    if operation.security.is_none() {
        let needs = |scheme| SecurityRequirement::new(scheme, Vec::<String>::new());
        let is_reading = operation.request_body.is_none();
        operation.security = Some(if is_reading {
            vec![needs("api_key"), needs("session")]
        } else {
            vec![needs("api_key")]
        });
    }
    announce_everywhere(operation);
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if status.starts_with(['4', '5']) && response.content.is_empty() {
            let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
            let media_type = crate::problem::PROBLEM_JSON.to_owned();
            response.content.insert(media_type, problem.build().into());
        }
    }
}

/// Adds what any call can be refused with, where the call itself says nothing of it. Only a key comes from a wrong
/// network or calls too fast.
fn announce_everywhere(operation: &mut Operation) {
    let mut needed = operation.security.iter().flatten();
    let needs_key = needed.any(|needs| *needs != SecurityRequirement::default());
    let of_keys = [
        (
            "403",
            "`forbidden`: the key may not be used from this network.",
        ),
        (
            "429",
            "`rate_limited`: the key calls too fast; nothing of this call was read.",
        ),
    ];
    let of_all = [
        (
            "500",
            "`internal`: a fault of ours, logged under `reference`.",
        ),
        ("503", "`unavailable`: not possible now."),
    ];
    let of_keys = of_keys.into_iter().filter(|_| needs_key);
    for (status, words) in of_keys.chain(of_all) {
        let mut answer = ResponseBuilder::new().description(words);
        if matches!(status, "429" | "503") {
            let seconds = HeaderBuilder::new()
                .description(Some("After how many seconds to send the call again."))
                .schema(Some(Object::with_type(Type::Integer)));
            answer = answer.header("Retry-After", seconds.build());
        }
        let answers = &mut operation.responses.responses;
        answers
            .entry(status.to_owned())
            .or_insert_with(|| answer.into());
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Storetrail API"),
    components(schemas(wire::Problem, wire::Direction)),
    tags(
        (name = "Activities", description = "What someone or something did in the store: record it, read it, count it."),
        (name = "Messages", description = "Email, SMS and WhatsApp: send them, record them, see whether they arrived."),
        (name = "Orders and customers", description = "What threads and filters refer to."),
        (name = "Bulk operations", description = "Many changes under one name: told while they run, kept item by item, taken back."),
        (name = "Automatic follow-up", description = "Templates, and rules that inbound messages set off."),
        (name = "Shop webhooks", description = "What shops deliver by their own webhooks, and how it stands with it."),
        (name = "Exports", description = "Files taken out of the logs, here or by the shop, and their own log."),
        (name = "Ledger", description = "Signed heads and proofs, to be checked without Storetrail."),
        (name = "Security", description = "What was done to Storetrail itself."),
        (name = "Requests", description = "Each call to the panel and the API."),
        (name = "About", description = "The API itself."),
    ),
)]
struct Foundation;

/// The document without calls.
pub fn foundation() -> utoipa::openapi::OpenApi {
    let mut document = Foundation::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document.info.license = None;
    document.info.contact = None;
    document.info.description = Some(introduction());
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("st_...")
        .description(Some(
            "An API key of the store, made under Settings, API keys.",
        ));
    let plain = Cookies::Plain.name();
    let session = ApiKeyValue::with_description(
        Cookies::Secure.name().to_owned(),
        format!(
            "The session of a signed-in person, who may read and nothing else; `{plain}` behind plain http."
        ),
    );
    components.add_security_scheme("api_key", SecurityScheme::Http(bearer.build()));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    document
}

/// The words around the calls, with the tables that the code decides.
fn introduction() -> String {
    let codes =
        CODES.map(|(code, means)| format!("| `{}` | {} | {means} |", code.as_str(), code.status()));
    let qualifiers = QUALIFIERS.map(|(name, finds)| {
        let example = ACTIVITY.find(name).map_or("", |known| known.example);
        format!("| `{name}:` | {finds} | `{name}:{example}` |")
    });
    include_str!("introduction.md")
        .replace("{CODES}", &codes.join("\n"))
        .replace("{QUALIFIERS}", &qualifiers.join("\n"))
}

/// What each code means. A test holds the names against the schema.
const CODES: [(Code, &str); 17] = [
    (Code::MalformedJson, "the body is not JSON, or not UTF-8"),
    (
        Code::InvalidFields,
        "fields, parameters or headers are wrong; each is named",
    ),
    (
        Code::InvalidQuery,
        "the query language was not understood; the place is named",
    ),
    (
        Code::InvalidCursor,
        "`after` is not the `next` of an earlier answer",
    ),
    (
        Code::TooLarge,
        "the body is larger than 8 MiB, or than 42 MiB for a message with files",
    ),
    (Code::TooMany, "more than 1,000 activities in one call"),
    (
        Code::UnsupportedMediaType,
        "the content type is not one that the call reads",
    ),
    (Code::Unauthenticated, "no valid key or session"),
    (
        Code::Forbidden,
        "the key's role may not do this, or the key may not be used from this network",
    ),
    (
        Code::ProofRequired,
        "a person has to enter their password again first; keys are never answered so",
    ),
    (
        Code::NotFound,
        "there is no such thing, or it is not open to this role",
    ),
    (
        Code::MethodNotAllowed,
        "the path answers other methods; `Allow` names them",
    ),
    (Code::Conflict, "the present state contradicts"),
    (
        Code::IdempotencyConflict,
        "the idempotency key was used with another body",
    ),
    (
        Code::RateLimited,
        "too many calls in a short time; send it again after `Retry-After` seconds",
    ),
    (
        Code::Unavailable,
        "not possible now; try again after `Retry-After` seconds",
    ),
    (Code::Internal, "a fault of ours, logged under `reference`"),
];

/// What each qualifier finds. A test holds the names against the query language itself.
const QUALIFIERS: [(&str, &str); 17] = [
    (
        "actor",
        "who did it: type, id, name, a word of the name, email or its part before the @; `user:` is another word for it",
    ),
    ("role", "the actor's role at that time"),
    ("action", "the dotted name"),
    ("category", "any category of the action"),
    ("outcome", "`success`, `pending` or `failed`"),
    ("ip", "an address or a network"),
    (
        "device",
        "browser and system without versions, or either alone",
    ),
    (
        "subject",
        "what it was done to: `type/id`, or a type, id or name",
    ),
    ("about", "subject or related record, as `type/id`"),
    ("order", "an order's number, as subject or related record"),
    ("changed", "the name of a field that changed"),
    ("rule", "the rule's name or id"),
    ("operation", "the bulk operation's id"),
    ("trace", "the trace's id"),
    ("id", "the entry's own id"),
    (
        "created",
        "when it happened, on the store's clock: `today`, `yesterday`, `7d`, `2026-11-20`, `2026-11-01..2026-11-20`",
    ),
    (
        "has",
        "a part that it has: `changes`, `error`, `rule`, `details`, `related`, `operation`, `ip`, `description`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_tables_name_every_code_and_every_qualifier() {
        let document = serde_json::to_value(document()).unwrap();
        let known: Vec<&str> = CODES.iter().map(|(code, _)| code.as_str()).collect();
        let schema = &document["components"]["schemas"]["Code"]["enum"];
        assert_eq!(schema, &Value::from(known));
        let named: Vec<&str> = QUALIFIERS.iter().map(|(name, _)| *name).collect();
        let known: Vec<&str> = ACTIVITY.qualifiers.iter().map(|q| q.name).collect();
        assert_eq!(named, known);
    }

    #[test]
    fn every_call_names_the_refusals_that_any_call_can_get() {
        let document = serde_json::to_value(document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let items = paths.values().filter_map(Value::as_object);
        for operation in items.flat_map(|item| item.values()) {
            let id = &operation["operationId"];
            let is_open = id == "get_document";
            for (status, is_of_keys, says_when) in [
                ("403", true, false),
                ("429", true, true),
                ("500", false, false),
                ("503", false, true),
            ] {
                let answer = &operation["responses"][status];
                assert_eq!(answer.is_null(), is_open && is_of_keys, "{id} {status}");
                let problem = &answer["content"][crate::problem::PROBLEM_JSON];
                assert_eq!(problem.is_null(), answer.is_null(), "{id} {status}");
                let seconds = &answer["headers"]["Retry-After"]["schema"]["type"];
                let is_told = says_when && !answer.is_null();
                assert_eq!(*seconds == "integer", is_told, "{id} {status}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str));
                    fields.values().for_each(|inner| references(inner, found));
                }
                Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
                _ => {}
            }
        }
        let document = serde_json::to_value(document()).unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}
