//! Reads what is asked for, and names every field that is wrong.

use crate::v1::fields::{Fields, Lines, Wrong};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::export::{
    ExportFormat, ExportOptions, ExportStatus, MAX_IDS, RecordedExport, Selection, Source,
};
use domain::{Code, Problem};
use serde_json::Value;
use storage::Error;

/// The fields of the body.
pub const FIELDS: [&str; 18] = [
    "record_only",
    "source",
    "q",
    "ids",
    "format",
    "columns",
    "time_zone",
    "language",
    "bom",
    "name",
    "category",
    "filter",
    "requester",
    "outcome",
    "error",
    "rows",
    "occurred_at",
    "file",
];
/// Those that only go with `record_only`.
const RECORDED: [&str; 8] = [
    "category",
    "filter",
    "requester",
    "outcome",
    "error",
    "rows",
    "occurred_at",
    "file",
];
/// Those that never go with it.
const MADE: [&str; 7] = [
    "source",
    "q",
    "ids",
    "columns",
    "time_zone",
    "language",
    "bom",
];

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// To make a file.
    Made(Selection, ExportOptions),
    /// To record one that the shop made, with its name and bytes.
    Recorded(RecordedExport, Option<(String, Vec<u8>)>),
}

/// Reads the body.
pub fn export(value: &Value) -> Result<Wanted, Problem> {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).and_then(|mut fields| {
        fields.refuse_unknown(&FIELDS);
        if fields.flag("record_only", false) {
            refuse(&mut fields, &MADE, "goes without `record_only`");
            recorded(&mut fields)
        } else {
            refuse(&mut fields, &RECORDED, "only goes with `record_only: true`");
            made(&mut fields)
        }
    });
    match wrong.or(read)? {
        Wanted::Made(selection, options) => {
            let options = options.checked(selection.source()).map_err(flat)?;
            selection.check().map_err(flat)?;
            Ok(Wanted::Made(selection, options))
        }
        Wanted::Recorded(recorded, file) => Ok(Wanted::Recorded(recorded.checked()?, file)),
    }
}

/// What storage found wrong, by the names that were sent.
pub fn as_sent(error: Error) -> Error {
    match error {
        Error::Problem(problem) => Error::Problem(flat(problem)),
        other => other,
    }
}

/// The body has no `selection` and `options`: their fields stand beside each other.
fn flat(mut problem: Problem) -> Problem {
    for field in &mut problem.fields {
        for inside in ["/options", "/selection"] {
            if let Some(rest) = field.pointer.strip_prefix(inside) {
                field.pointer = rest.replace("/has_bom", "/bom");
            }
        }
    }
    if problem.code == Code::InvalidFields {
        return Problem::invalid_fields(problem.fields);
    }
    problem
}

fn refuse(fields: &mut Fields<'_, '_>, names: &[&str], why: &str) {
    for name in names {
        if fields.value(name).is_some() {
            fields.add(name, "contradiction", format!("`{name}` {why}"));
        }
    }
}

fn made(fields: &mut Fields<'_, '_>) -> Option<Wanted> {
    let source = one_of(fields, "source", Source::NAMES);
    let format = one_of(fields, "format", ExportFormat::NAMES);
    let q = fields.text("q", 4_000, Lines::One);
    let ids = texts(fields, "ids", MAX_IDS);
    let columns = texts(fields, "columns", 100);
    if q.is_some() && ids.is_some() {
        fields.add("ids", "contradiction", "either `ids` or `q`");
    }
    let time_zone = fields.text("time_zone", 100, Lines::One);
    if time_zone
        .as_ref()
        .is_some_and(|zone| zone.parse::<chrono_tz::Tz>().is_err())
    {
        let message = "an IANA zone is expected, such as Asia/Riyadh";
        fields.add("time_zone", "format", message);
    }
    let language = fields.text("language", 10, Lines::One);
    let has_bom = fields.flag("bom", false);
    let name = fields.text("name", 100, Lines::One);
    let (source, format) = (source?, format?);
    let selection = match ids {
        Some(ids) => Selection::Ids { source, ids },
        None => Selection::Matching {
            source,
            q: q.unwrap_or_default(),
            up_to: None,
            except: Vec::new(),
        },
    };
    let options = ExportOptions {
        columns: columns.unwrap_or_default(),
        time_zone,
        language: language.unwrap_or_else(|| "en".to_owned()),
        has_bom,
        name,
        ..ExportOptions::of(format)
    };
    Some(Wanted::Made(selection, options))
}

fn recorded(fields: &mut Fields<'_, '_>) -> Option<Wanted> {
    let name = fields.needed("name", 200, Lines::One);
    let category = fields.needed("category", 100, Lines::One);
    let outcome = match fields.value("outcome") {
        None => Some(ExportStatus::Completed),
        Some(_) => one_of(fields, "outcome", &["completed", "failed"]),
    };
    let format = match fields.value("format") {
        None => None,
        Some(_) => one_of(fields, "format", ExportFormat::NAMES),
    };
    let rows = match fields.value("rows") {
        None => None,
        Some(value) => {
            let rows = value.as_u64().filter(|rows| i64::try_from(*rows).is_ok());
            if rows.is_none() {
                fields.add("rows", "out_of_range", "a whole number from 0 is expected");
            }
            rows
        }
    };
    let occurred_at = time(fields, "occurred_at");
    let recorded = RecordedExport {
        name,
        category,
        filter: fields.text("filter", 2_000, Lines::Many),
        requester: fields.text("requester", 200, Lines::One),
        outcome: outcome?,
        error: fields.text("error", 2_000, Lines::Many),
        format,
        rows,
        occurred_at,
    };
    let file = match fields.value("file") {
        None => None,
        Some(value) => Some(file(value, fields.wrong)?),
    };
    Some(Wanted::Recorded(recorded, file))
}

fn file(value: &Value, wrong: &mut Wrong) -> Option<(String, Vec<u8>)> {
    let mut fields = Fields::open(value, "/file", wrong)?;
    fields.refuse_unknown(&["name", "content"]);
    let name = fields.needed("name", 200, Lines::One);
    let content = match fields.value("content") {
        Some(Value::String(content)) => STANDARD.decode(content).ok(),
        _ => None,
    };
    if content.is_none() {
        fields.add(
            "content",
            "format",
            "the file's bytes in base64 are expected",
        );
    }
    Some((name, content?))
}

fn time(fields: &mut Fields<'_, '_>, field: &str) -> Option<DateTime<Utc>> {
    let text = fields.text(field, 40, Lines::One)?;
    let time = DateTime::parse_from_rfc3339(&text);
    if time.is_err() {
        let message = "a time with its zone is expected, such as 2026-11-20T09:14:03Z";
        fields.add(field, "format", message);
    }
    time.ok().map(|time| time.to_utc())
}

fn one_of<T: std::str::FromStr>(
    fields: &mut Fields<'_, '_>,
    field: &str,
    known: &[&str],
) -> Option<T> {
    let word = match fields.value(field) {
        None => {
            let message = format!("one of {} is needed", known.join(", "));
            fields.add(field, "required", message);
            return None;
        }
        Some(_) => fields.text(field, 50, Lines::One)?,
    };
    let found = word.parse().ok().filter(|_| known.contains(&word.as_str()));
    if found.is_none() {
        let message = format!("one of {} is expected", known.join(", "));
        fields.add(field, "format", message);
    }
    found
}

/// A list of texts; none when it is absent.
fn texts(fields: &mut Fields<'_, '_>, field: &str, most: usize) -> Option<Vec<String>> {
    fields.value(field)?;
    let mut texts = Vec::new();
    for (at, item) in fields.list(field, 1, most).iter().enumerate() {
        texts.extend(fields.text_of(item, &format!("{field}/{at}"), 200, Lines::One));
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(value: &Value) -> Vec<String> {
        let problem = export(value).unwrap_err();
        let fields = problem.fields.iter();
        fields
            .map(|f| format!("{} {}", f.pointer, f.code))
            .collect()
    }

    #[test]
    fn what_is_wrong_is_named_as_it_was_sent() {
        assert_eq!(
            wrong(
                &json!({"source": "activity", "format": "csv", "columns": ["time", "colour"], "language": "fr"})
            ),
            ["/columns/1 unknown", "/language unknown"]
        );
        assert_eq!(
            wrong(
                &json!({"source": "moon", "q": "a", "ids": ["1"], "time_zone": "Mars", "rows": 3})
            ),
            [
                "/rows contradiction",
                "/source format",
                "/format required",
                "/ids contradiction",
                "/time_zone format",
            ]
        );
        assert_eq!(
            wrong(
                &json!({"record_only": true, "name": "Sales", "category": "sales", "q": "x", "rows": -1,
                "outcome": "running", "occurred_at": "yesterday"})
            ),
            [
                "/q contradiction",
                "/outcome format",
                "/rows out_of_range",
                "/occurred_at format"
            ]
        );
        let file = json!({"record_only": true, "name": "Sales", "category": "sales", "file": {"name": "a.csv", "content": "?"}});
        assert_eq!(wrong(&file), ["/file/content format"]);
    }

    #[test]
    fn an_export_of_the_shop_is_read_with_its_file() {
        let sent = json!({"record_only": true, "name": "Sales", "category": "sales", "rows": 2,
            "file": {"name": "sales.csv", "content": "YSxi"}});
        let Ok(Wanted::Recorded(recorded, file)) = export(&sent) else {
            panic!("it is an export of the shop")
        };
        assert_eq!(recorded.outcome, ExportStatus::Completed);
        assert_eq!(file, Some(("sales.csv".to_owned(), b"a,b".to_vec())));
    }
}
