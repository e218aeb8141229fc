//! Exact words: from patterns to the numbers under which their postings stand.

use crate::record::posting_hash;
use crate::sql::sql;
use crate::{Error, Scope};
use domain::{Code, Pattern, Problem, SubjectPattern, Test};
use sea_orm::ConnectionTrait;

/// More words than this with one beginning are not searched.
const MOST_TERMS: usize = 1_000;
/// Postings are counted up to here when the leading index is chosen.
pub(super) const COUNTED: i64 = 5_000;

/// The numbers of all terms that a test names.
pub(super) async fn hashes(
    on: &impl ConnectionTrait,
    scope: &Scope,
    test: &Test,
) -> Result<Vec<i64>, Error> {
    let mut hashes = Vec::new();
    let order = |p: &Pattern| Pattern {
        text: format!("order/{}", p.text),
        is_prefix: p.is_prefix,
    };
    let wanted: Vec<(&str, Pattern)> = match test {
        Test::Subject(patterns) => patterns
            .iter()
            .flat_map(|pattern| match pattern {
                SubjectPattern::TypeAndId(p) => vec![("subject", p.clone())],
                SubjectPattern::Any(p) => ["subject-type", "subject-id", "subject-name"]
                    .map(|kind| (kind, p.clone()))
                    .to_vec(),
            })
            .collect(),
        Test::About(patterns) => patterns.iter().map(|p| ("about", p.clone())).collect(),
        Test::Order(patterns) => patterns.iter().map(|p| ("about", order(p))).collect(),
        Test::Rule(patterns) => patterns
            .iter()
            .flat_map(|p| [("rule", p.clone()), ("rule-id", p.clone())])
            .collect(),
        Test::Changed(patterns) => patterns.iter().map(|p| ("changed", p.clone())).collect(),
        Test::Operation(patterns) => patterns.iter().map(|p| ("operation", p.clone())).collect(),
        Test::Trace(patterns) => patterns.iter().map(|p| ("trace", p.clone())).collect(),
        _ => Vec::new(),
    };
    for (kind, pattern) in wanted {
        let text = format!("{kind}:{}", pattern.text);
        if pattern.is_prefix {
            hashes.extend(beginning_with(on, scope, &text).await?);
        } else {
            hashes.push(posting_hash(scope.store_id(), &text, false));
            if !scope.role().is_masked() {
                hashes.push(posting_hash(scope.store_id(), &text, true));
            }
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    Ok(hashes)
}

async fn beginning_with(
    on: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
) -> Result<Vec<i64>, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT text, is_personal FROM term WHERE store_id = ",
        [],
    );
    statement
        .bind(scope.store_id().0)
        .push(" AND text >= ")
        .bind(text);
    statement
        .push(" AND text < ")
        .bind(format!("{text}\u{10FFFF}"));
    if scope.role().is_masked() {
        statement.push(" AND is_personal = ").bind(false);
    }
    statement.push(" LIMIT ").bind(MOST_TERMS as i64 + 1);
    let rows = statement.rows(on).await?;
    if rows.len() > MOST_TERMS {
        let shown = text.split_once(':').map_or(text, |(_, value)| value);
        let message =
            format!("more than {MOST_TERMS} things begin with \"{shown}\"; write more of it");
        return Err(Problem::new(Code::InvalidQuery, message).into());
    }
    rows.iter()
        .map(|row| {
            let text: String = row.try_get_by_index(0)?;
            Ok(posting_hash(
                scope.store_id(),
                &text,
                row.try_get_by_index(1)?,
            ))
        })
        .collect()
}

/// The keys of the entries with these ids in the scope's store. One that was erased with its line has none any more.
pub(super) async fn keys_of(
    on: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[uuid::Uuid],
) -> Result<Vec<i64>, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT order_key FROM ledger WHERE kind = 'activity' AND order_key IS NOT NULL AND store_id = ",
        [],
    );
    statement
        .bind(scope.store_id().0)
        .push(" AND record_id IN ")
        .list(ids.iter().map(|id| id.as_bytes().to_vec()));
    let rows = statement.rows(on).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?)
}

/// How many postings the terms have, up to a bound.
pub(super) async fn bounded_size(on: &impl ConnectionTrait, hashes: &[i64]) -> Result<i64, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT COUNT(*) FROM (SELECT 1 FROM posting WHERE term IN ",
        [],
    );
    statement
        .list(hashes.iter().copied())
        .push(" LIMIT ")
        .bind(COUNTED)
        .push(") AS bounded");
    let row = statement.row(on).await?;
    Ok(row
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .unwrap_or(0))
}
