//! Conditions on folded text, alike for the logs of activities and messages.

use crate::sql::Sql;

/// Each text as a phrase of the trigram index (a substring); a masked role's only in the open column.
pub(crate) fn match_expression(texts: &[String], is_masked: bool) -> String {
    let column = if is_masked { "{open} : " } else { "" };
    let phrases: Vec<String> = texts
        .iter()
        .map(|t| format!("({column}\"{}\")", t.replace('"', "\"\"")))
        .collect();
    phrases.join(" AND ")
}

/// Appends that the folded text is a substring. On PostgreSQL as LIKE, which its trigram index serves.
pub(crate) fn push_text(statement: &mut Sql, text: &str, is_masked: bool) {
    let columns: &[&str] = if is_masked {
        &["t.open"]
    } else {
        &["t.open", "t.personal"]
    };
    statement.push("(");
    for (at, column) in columns.iter().enumerate() {
        statement.push(if at == 0 { "" } else { " OR " });
        if statement.is_sqlite() {
            statement
                .push("instr(")
                .push(column)
                .push(", ")
                .bind(text)
                .push(") > 0");
        } else {
            let escaped = text
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_");
            statement
                .push(column)
                .push(" LIKE ")
                .bind(format!("%{escaped}%"));
        }
    }
    statement.push(")");
}
