//! What one of these logs has that the other hasn't.

use super::state::Watch;
use crate::AppError;
use crate::activity::calls::{Answer, Plot};
use crate::activity::loaded::{LogRow, PageOf};
use crate::activity::search::Kind;
use crate::i18n::Locale;
use crate::icons::Glyph;
use domain::export::Source;
#[cfg(not(feature = "ssr"))]
use domain::view::WatchEvent;
use domain::view::{Count, LogFacets, Viewer};
use domain::{Permission, TimeRange};
use leptos::prelude::AnyView;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use uuid::Uuid;

/// An answer of the server, on its way.
pub type Asked<T> = Pin<Box<dyn Future<Output = Result<T, AppError>> + Send>>;

/// The groups above the list.
pub struct Tabs {
    /// The qualifier that they write.
    pub qualifier: &'static str,
    /// What they are called together.
    pub label: &'static str,
    /// Each value with its name.
    pub values: Vec<(&'static str, &'static str)>,
}

/// A row of a log that watches, and the log with it.
pub trait Watched: LogRow<Id = Uuid> {
    /// A page of the list as the server sends it.
    type Page: Into<PageOf<Self>> + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// An entry with everything about it.
    type Detail: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Where the log lives.
    const PATH: &'static str;
    /// What is followed over the socket.
    #[cfg_attr(feature = "ssr", expect(dead_code, reason = "only a browser follows"))]
    const TOPIC: &'static str;
    /// The log that its selection is of.
    const SOURCE: Source;
    /// What opens it.
    const NEEDS: Permission;
    /// Whether bars stand above the list.
    const HAS_BARS: bool;
    /// The class of its table.
    const TABLE: &'static str;

    /// The words of its query.
    fn kind() -> &'static Kind;
    /// Its name.
    fn title(locale: Locale) -> &'static str;
    /// The mark beside its name, if there is one.
    fn mark(locale: Locale) -> Option<(Glyph, &'static str)>;
    /// The groups above the list.
    fn tabs(locale: Locale) -> Tabs;
    /// The columns: class and name.
    fn heads(locale: Locale) -> Vec<(&'static str, &'static str)>;
    /// The cells of a row, one a column.
    fn cells(log: Watch<Self>, row: &Self) -> AnyView;
    /// The head of the drawer: one sentence.
    fn sentence(locale: Locale, row: &Self) -> String;
    /// What the list shows of an entry.
    fn row_of(detail: &Self::Detail) -> &Self;
    /// What the drawer shows below the sentence.
    fn evidence(log: Watch<Self>, detail: Arc<Self::Detail>) -> AnyView;
    /// What stands between the query and the list.
    fn above(log: Watch<Self>, viewer: &Viewer) -> AnyView;

    /// A page of the list, newest first.
    fn list(q: String, after: Option<String>) -> Asked<Answer<Self::Page>>;
    /// The numbers beside the filters.
    fn facets(q: String) -> Asked<Answer<LogFacets>>;
    /// The log over time.
    fn bars(q: String, frame: Option<TimeRange>) -> Asked<Answer<Plot>>;
    /// How many a query finds.
    fn count(q: String) -> Asked<Count>;
    /// An entry with everything about it; none when there is none or it is out of scope.
    fn read(id: Uuid) -> Asked<Option<Self::Detail>>;

    /// The row that was heard over the socket.
    #[cfg(not(feature = "ssr"))]
    fn heard(event: WatchEvent) -> Option<Self>;
}
