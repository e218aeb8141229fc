//! The views of who is signed in: which there are, which is shown.

use super::calls;
use crate::AppError;
use crate::activity::address::encode;
use crate::wire::Told;
use domain::ViewId;
use domain::export::Source;
use domain::view::SavedView;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The views. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Views {
    /// In the person's order.
    pub all: RwSignal<Vec<SavedView>>,
    /// Why what was last asked for was not done.
    pub error: RwSignal<Option<AppError>>,
    saved: Told<Vec<SavedView>>,
    is_started: StoredValue<bool>,
}

impl Views {
    /// For everything below. `saved`: as they are loaded with the page.
    pub fn provide(saved: Told<Vec<SavedView>>) -> Self {
        let views = Self {
            all: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
            saved,
            is_started: StoredValue::new(false),
        };
        provide_context(views);
        views
    }

    /// Waits for what is loaded with the page. Later answers are newer.
    pub async fn ready(self) {
        let all = self.saved.await;
        if !self.is_started.get_value() {
            self.is_started.set_value(true);
            self.all.set(all);
        }
    }

    /// Does something to the views on the server and takes what they are then; `done` is called after that. Where it
    /// could not be done [`Views::error`] says why.
    pub fn act(
        self,
        work: impl Future<Output = Result<Vec<SavedView>, AppError>> + 'static,
        done: fn(),
    ) {
        self.error.set(None);
        spawn_local(async move {
            match work.await {
                Ok(all) => {
                    self.all.try_set(all);
                    done();
                }
                Err(found) => {
                    self.error.try_set(Some(found));
                }
            }
        });
    }

    /// Notes that a view was looked at. When that fails what is new is counted from earlier, which misleads nobody.
    pub fn looked_at(self, id: ViewId) {
        spawn_local(async move {
            if let Ok(all) = calls::looked_at_view(id).await {
                self.all.try_set(all);
            }
        });
    }

    /// The view with a query. Followed.
    pub fn with_query(self, log: Source, q: &str) -> Option<SavedView> {
        self.all.with(|all| {
            all.iter()
                .find(|view| view.log == log && view.q == q)
                .cloned()
        })
    }

    /// The view that a log opens with. Followed.
    pub fn default_of(self, log: Source) -> Option<SavedView> {
        self.all.with(|all| {
            all.iter()
                .find(|view| view.log == log && view.is_default)
                .cloned()
        })
    }

    /// The address of a place: a log opens with the view that the person chose for that. Followed.
    pub fn href_to(self, path: &str) -> String {
        let chosen = log_at(path).and_then(|log| self.default_of(log));
        chosen.map_or_else(|| path.to_owned(), |view| href_of(&view))
    }

    /// Moves a view one place up or down among those of its log.
    pub fn shift(self, id: ViewId, is_down: bool) {
        let mut ids: Vec<ViewId> = self
            .all
            .with_untracked(|all| all.iter().map(|view| view.id).collect());
        let logs: Vec<Source> = self
            .all
            .with_untracked(|all| all.iter().map(|view| view.log).collect());
        let Some(at) = ids.iter().position(|there| *there == id) else {
            return;
        };
        let is_neighbour = |to: &usize| logs.get(*to) == logs.get(at);
        let to = if is_down {
            (at + 1..ids.len()).find(is_neighbour)
        } else {
            (0..at).rev().find(is_neighbour)
        };
        if let Some(to) = to {
            ids.swap(at, to);
            self.act(calls::order_views(ids), || {});
        }
    }
}

/// The views.
pub fn use_views() -> Views {
    expect_context()
}

/// The log that lives at a place, if it is one that views are of.
pub fn log_at(path: &str) -> Option<Source> {
    let logs = [Source::Activity, Source::Messages];
    logs.into_iter().find(|log| path_of(*log) == path)
}

/// Where a log lives.
pub const fn path_of(log: Source) -> &'static str {
    match log {
        Source::Messages => crate::messages::address::PATH,
        _ => crate::activity::address::PATH,
    }
}

/// The address of a view.
pub fn href_of(view: &SavedView) -> String {
    let mut href = format!("{}?q=", path_of(view.log));
    encode(&view.q, &mut href);
    href
}
