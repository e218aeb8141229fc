//! What these logs have of their own, for what all logs share.

use super::state::Watch;
use super::watched::Watched;
use crate::AppError;
use crate::activity::any_log::{AnyLog, IdOf, Parts};
use crate::activity::browser;
use crate::activity::calls::Plot;
use crate::activity::loaded::PageOf;
use crate::i18n::tr;
use domain::TimeRange;
use domain::view::{Count, LogFacets};
use leptos::prelude::*;
use std::time::Duration;

/// How long a hint is shown.
const HINT: Duration = Duration::from_secs(4);

impl<R: Watched> AnyLog for Watch<R> {
    type Row = R;
    type Facets = LogFacets;
    type Wanted = String;

    fn parts(self) -> Parts<R, String, LogFacets> {
        self.parts
    }

    fn list_href(self) -> String {
        self.address.with(|address| address.list().href(R::PATH))
    }

    fn row_href(self, id: IdOf<Self>) -> String {
        self.address
            .with(|address| address.with_entry(id).href(R::PATH))
    }

    fn has_open(self) -> bool {
        self.address
            .with_untracked(|address| address.entry.is_some())
    }

    async fn page_after(wanted: String, cursor: String) -> Result<Option<PageOf<R>>, AppError> {
        let answer = R::list(wanted, Some(cursor)).await;
        Ok(answer?.into_found().map(Into::into))
    }

    async fn facets_of(q: String) -> Option<LogFacets> {
        R::facets(q).await.ok()?.into_found()
    }

    async fn bars_of(q: String, frame: Option<TimeRange>) -> Option<Plot> {
        if R::HAS_BARS {
            R::bars(q, frame).await.ok()?.into_found()
        } else {
            None
        }
    }

    fn query_of(wanted: &String) -> &str {
        wanted
    }

    async fn count(q: String) -> Result<Count, AppError> {
        R::count(q).await
    }

    fn reload(self) {
        self.load(self.address.with_untracked(|address| address.q.clone()));
        self.read_counts();
    }

    fn copy(self, text: String) {
        browser::copy(&text, move |is_copied| {
            if is_copied {
                self.hint
                    .try_set(Some(tr!(self.locale, common.copied).to_owned()));
                set_timeout(
                    move || {
                        self.hint.try_set(None);
                    },
                    HINT,
                );
            }
        });
    }
}
