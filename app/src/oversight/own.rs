//! What these logs have of their own, for what all logs share.

use super::state::Watch;
use super::watched::Watched;
use crate::AppError;
use crate::activity::any_log::{AnyLog, IdOf, Parts};
use crate::activity::browser;
use crate::activity::calls::Answer;
use crate::activity::histogram::bars::frame;
use crate::activity::loaded::PageOf;
use crate::i18n::tr;
use domain::view::Count;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long a hint is shown.
const HINT: Duration = Duration::from_secs(4);

impl<R: Watched> AnyLog for Watch<R> {
    type Row = R;
    type Wanted = String;

    fn parts(self) -> Parts<R> {
        Parts {
            locale: self.locale,
            list: self.list,
            selected: self.selected,
            opened: self.opened,
            is_loading: self.is_loading,
            more: self.more,
            failure: self.failure,
            live: self.live,
            going: self.going,
        }
    }

    fn shown(self) -> RwSignal<String> {
        self.shown
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

    async fn page_after(wanted: String, cursor: String) -> Option<PageOf<R>> {
        match R::list(wanted, Some(cursor)).await {
            Ok(Answer::Found(page)) => Some(page.into()),
            _ => None,
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

    fn read_counts(self) {
        let q = self.address.with_untracked(|address| address.q.clone());
        let is_same =
            move |q: &str| self.address.try_with_untracked(|address| address.q == q) == Some(true);
        spawn_local({
            let q = q.clone();
            async move {
                if let Ok(Answer::Found(facets)) = R::facets(q.clone()).await
                    && is_same(&q)
                {
                    self.facets.set(Some(facets));
                }
            }
        });
        if !R::HAS_BARS {
            return;
        }
        let kept = self
            .plot
            .with_untracked(|plot| plot.as_ref().and_then(|p| frame(&p.histogram)));
        spawn_local(async move {
            if let Ok(Answer::Found(plot)) = R::bars(q.clone(), kept).await
                && is_same(&q)
            {
                self.plot.set(Some(plot));
            }
        });
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
