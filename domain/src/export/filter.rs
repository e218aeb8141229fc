//! What the list of exports is asked for.

use super::{ExportFormat, ExportStatus};
use crate::filter::{Pattern, TimeRange};
use crate::{ExportId, fold};
use uuid::Uuid;

/// All clauses must hold. The empty filter holds for everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ExportFilter {
    /// The clauses, as they stand in the query.
    pub clauses: Vec<ExportClause>,
}

/// One test, possibly turned round.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExportClause {
    /// Whether it must not hold.
    pub is_negated: bool,
    /// What is tested.
    pub test: ExportTest,
}

/// What one clause asks; several values mean any of them. Closed lists are bits by number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExportTest {
    /// `kind:`: the log it is of, or the category of one that the shop made.
    Kind(Vec<Pattern>),
    /// `format:`, bits of [`ExportFormat`].
    Format(u32),
    /// `status:`, bits of [`ExportStatus`].
    Status(u32),
    /// `by:`: a word of who asked for it, or all of it.
    By(Vec<Pattern>),
    /// `id:`.
    Id(Vec<Uuid>),
    /// `created:`: when it was asked for.
    Created(Vec<TimeRange>),
    /// Free text: a folded substring of its words.
    Text(String),
}

/// What the filter looks at.
#[derive(Debug, Clone)]
pub struct ExportFacts<'e> {
    /// Its id.
    pub id: ExportId,
    /// The log it is of, or its category.
    pub kind: &'e str,
    /// How it is written, if known.
    pub format: Option<ExportFormat>,
    /// Where it stands.
    pub status: ExportStatus,
    /// Who asked for it.
    pub by: &'e str,
    /// When it was asked for, microseconds since 1970 UTC.
    pub requested_at: i64,
    /// Folded: its name, query, requester and error.
    pub words: &'e str,
}

impl ExportFilter {
    /// Whether an export matches.
    pub fn matches(&self, facts: &ExportFacts<'_>) -> bool {
        self.clauses
            .iter()
            .all(|c| c.test.matches(facts) != c.is_negated)
    }
}

impl ExportTest {
    fn matches(&self, facts: &ExportFacts<'_>) -> bool {
        let holds = |bits: u32, number: i16| bits >> number & 1 == 1;
        match self {
            Self::Kind(patterns) => patterns.iter().any(|p| p.matches(&fold(facts.kind))),
            Self::Format(bits) => facts.format.is_some_and(|f| holds(*bits, f.number())),
            Self::Status(bits) => holds(*bits, facts.status.number()),
            Self::By(patterns) => {
                let by = fold(facts.by);
                patterns
                    .iter()
                    .any(|p| p.matches(&by) || by.split(' ').any(|word| p.matches(word)))
            }
            Self::Id(ids) => ids.contains(&facts.id.0),
            Self::Created(ranges) => ranges.iter().any(|r| r.contains(facts.requested_at)),
            Self::Text(text) => facts.words.contains(text.as_str()),
        }
    }
}
