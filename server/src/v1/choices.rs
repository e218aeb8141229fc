//! Words of which a field or parameter takes one: the document lists them, from the lists by which they are read.

use domain::export::{ExportFormat, Source};
use domain::hook::{HookState, Platform};
use domain::message::{Channel, DeliveryStatus, MessageDirection, MessageType};
use domain::operation::target::TargetKind;
use domain::operation::{Control, ItemOutcome, OperationKind, OperationTab, PlannedKind};
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr, Schema};

/// Fields of what is sent: the schema, the field, its words.
fn fields() -> [(&'static str, &'static str, Vec<&'static str>); 16] {
    let kinds = OperationKind::ALL.iter().copied();
    // A revert is opened by reverting.
    let kinds: Vec<_> = kinds
        .filter(|kind| *kind != OperationKind::Revert)
        .collect();
    let channels = Channel::NAMES.to_vec();
    [
        ("NewOperation", "kind", words(&kinds, OperationKind::as_str)),
        (
            "OperationItemInput",
            "outcome",
            words(ItemOutcome::ALL, ItemOutcome::as_str),
        ),
        ("Progress", "state", vec!["running", "paused", "cancelled"]),
        ("Wish", "control", words(Control::ALL, Control::as_str)),
        ("RevertInput", "conflicts", vec!["keep", "overwrite"]),
        (
            "ConflictsInput",
            "kind",
            words(PlannedKind::ALL, PlannedKind::as_str),
        ),
        (
            "TargetInput",
            "kind",
            words(&TargetKind::ALL, TargetKind::as_str),
        ),
        ("TemplateInput", "channel", channels.clone()),
        ("NewMessage", "channel", channels),
        ("NewMessage", "type", MessageType::NAMES.to_vec()),
        ("NewMessage", "direction", MessageDirection::NAMES.to_vec()),
        ("NewMessage", "status", DeliveryStatus::NAMES.to_vec()),
        ("ExportInput", "source", Source::NAMES.to_vec()),
        ("ExportInput", "format", ExportFormat::NAMES.to_vec()),
        ("ExportInput", "language", vec!["en", "ar"]),
        ("ExportInput", "outcome", vec!["completed", "failed"]),
    ]
}

/// Parameters: the call, the parameter, its words.
fn parameters() -> [(&'static str, &'static str, Vec<&'static str>); 5] {
    let platforms = words(Platform::ALL, Platform::as_str);
    [
        (
            "list_operations",
            "tab",
            words(OperationTab::ALL, OperationTab::as_str),
        ),
        (
            "list_items",
            "outcome",
            words(ItemOutcome::ALL, ItemOutcome::as_str),
        ),
        (
            "list_webhooks",
            "state",
            words(HookState::ALL, HookState::as_str),
        ),
        ("put_connection", "platform", platforms.clone()),
        ("delete_connection", "platform", platforms),
    ]
}

fn words<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|one| name(*one)).collect()
}

/// Lists the words of fields.
pub fn list_in_schemas(document: &mut OpenApi) {
    let Some(components) = &mut document.components else {
        return;
    };
    for (schema, field, words) in fields() {
        if let Some(RefOr::T(Schema::Object(schema))) = components.schemas.get_mut(schema)
            && let Some(RefOr::T(Schema::Object(field))) = schema.properties.get_mut(field)
        {
            list(field, &words);
        }
    }
}

/// Lists the words of a call's parameters.
pub fn list_in_parameters(operation: &mut Operation) {
    for (call, name, words) in parameters() {
        if operation.operation_id.as_deref() != Some(call) {
            continue;
        }
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter
                && parameter.name == name
                && let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
            {
                list(schema, &words);
            }
        }
    }
}

fn list(schema: &mut Object, words: &[&str]) {
    let is_optional =
        matches!(&schema.schema_type, SchemaType::Array(types) if types.contains(&Type::Null));
    let null = is_optional.then_some(Value::Null);
    let words = words.iter().map(|word| Value::from(*word));
    schema.enum_values = Some(words.chain(null).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(schema: &Value) -> Vec<&str> {
        let words = schema["enum"].as_array().into_iter().flatten();
        words.filter_map(Value::as_str).collect()
    }

    #[test]
    fn each_list_is_in_the_document() {
        let document = serde_json::to_value(crate::v1::document()).unwrap();
        for (schema, field, words) in fields() {
            let schema = &document["components"]["schemas"][schema];
            let found = &schema["properties"][field];
            assert_eq!(listed(found), words, "{field}");
            let mut required = schema["required"].as_array().into_iter().flatten();
            let is_required = required.any(|name| name == field);
            let has_null = found["enum"].as_array().unwrap().contains(&Value::Null);
            assert_ne!(is_required, has_null, "{field}");
        }
        let paths = document["paths"].as_object().unwrap().values();
        let calls: Vec<&Value> = paths
            .flat_map(|path| path.as_object().unwrap().values())
            .collect();
        for (call, name, words) in parameters() {
            let call = calls.iter().find(|one| one["operationId"] == call).unwrap();
            let known = call["parameters"].as_array().unwrap();
            let found = known.iter().find(|one| one["name"] == name).unwrap();
            assert_eq!(listed(&found["schema"]), words, "{name}");
        }
    }
}
