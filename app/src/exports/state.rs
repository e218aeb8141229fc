//! What the exports page knows, for all of its parts.

use super::calls;
use super::jobs::{Jobs, use_jobs};
use super::kind::EXPORTS;
use super::words::{is_under_way, missing_words};
use crate::AppError;
use crate::activity::address::encode;
use crate::activity::calls::Answer;
use crate::activity::clock::Moment;
use crate::activity::live::Live;
use crate::activity::search::Search;
use crate::activity::state::Going;
use crate::hint::say_for;
use crate::i18n::{Locale, tr};
use domain::ExportId;
use domain::query::{EXPORT, Query, QueryError};
use domain::view::{ExportDetail, ExportPage, ExportRow, Viewer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::params::ParamsMap;
use std::time::Duration;

/// How long something is said.
const SAID: Duration = Duration::from_secs(4);

/// What the address of the page holds: query, open export, whether schedules are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The query, as typed.
    pub q: String,
    /// The export open in the drawer, as it stands in the address.
    pub export: Option<String>,
    /// Whether the schedules are shown and not the log.
    pub is_schedules: bool,
}

impl Address {
    /// Reads `q`, `export` and `show`; what is not known is left out.
    pub fn of(params: &ParamsMap) -> Self {
        Self {
            q: params.get("q").unwrap_or_default(),
            export: params.get("export").filter(|id| !id.is_empty()),
            is_schedules: params.get("show").as_deref() == Some("schedules"),
        }
    }

    /// The address as text, from the root.
    pub fn href(&self) -> String {
        let mut text = super::PATH.to_owned();
        let mut mark = '?';
        let mut add = |name: &str, value: &str| {
            text.push(mark);
            mark = '&';
            text.push_str(name);
            text.push('=');
            encode(value, &mut text);
        };
        if self.is_schedules {
            add("show", "schedules");
        }
        if !self.q.is_empty() {
            add("q", &self.q);
        }
        if let Some(id) = &self.export {
            add("export", id);
        }
        text
    }

    /// The same list with an export open, or none.
    pub fn with_export(&self, export: Option<ExportId>) -> Self {
        Self {
            export: export.map(|id| id.to_string()),
            ..self.clone()
        }
    }
}

/// What was loaded before the page was shown.
pub struct First {
    /// The log.
    pub list: Result<Answer<ExportPage>, AppError>,
    /// The open export.
    pub opened: Option<Result<Option<ExportDetail>, AppError>>,
}

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct ExportLog {
    /// The language.
    pub locale: Locale,
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The address.
    pub address: Memo<Address>,
    /// The rows, newest first.
    pub rows: RwSignal<Vec<ExportRow>>,
    /// The cursor of the next page.
    pub next: RwSignal<Option<String>>,
    /// Whether rows are on their way.
    pub is_loading: RwSignal<bool>,
    /// The places of the query that were not understood.
    pub mistakes: RwSignal<Vec<QueryError>>,
    /// Why the log could not be read.
    pub failure: RwSignal<Option<AppError>>,
    /// The open export; none while it is loading.
    pub detail: RwSignal<Option<Result<Option<ExportDetail>, AppError>>>,
    /// The text in the query field.
    pub draft: RwSignal<String>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
    /// Something to be said for a moment.
    pub hint: RwSignal<Option<String>>,
    jobs: Jobs,
    going: Going,
}

impl ExportLog {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, address: Memo<Address>, first: First) -> Self {
        let moment = Moment::new(viewer.now, viewer.offset_minutes);
        let log = Self {
            locale,
            viewer: StoredValue::new(viewer),
            address,
            rows: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            is_loading: RwSignal::new(false),
            mistakes: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            detail: RwSignal::new(first.opened),
            draft: RwSignal::new(address.with_untracked(|address| address.q.clone())),
            moment,
            live: Live::new(),
            hint: RwSignal::new(None),
            jobs: use_jobs(),
            going: Going::new(),
        };
        log.take(first.list, false);
        log.note_gone();
        log
    }

    /// Loads what the address asks for from now on. Browser only: on the server effects never run.
    pub fn follow_address(self) {
        Effect::watch(
            move || self.address.with(|address| address.q.clone()),
            move |q, _, _| {
                if self.draft.with_untracked(|draft| draft.trim() != q) {
                    self.draft.set(q.clone());
                }
                self.reload();
            },
            false,
        );
        Effect::watch(
            move || self.address.with(|address| address.export.clone()),
            move |_, _, _| self.read_detail(true),
            false,
        );
        self.moment.go_on();
    }

    /// Reads the log from its beginning.
    pub fn reload(self) {
        self.read(None);
    }

    /// Reads the next page, unless there is none or it is on its way.
    pub fn go_on(self) {
        if let Some(after) = self.next.get_untracked() {
            self.read(Some(after));
        }
    }

    fn read(self, after: Option<String>) {
        if self.is_loading.get_untracked() && after.is_some() {
            return;
        }
        self.is_loading.set(true);
        let q = self.address.with_untracked(|address| address.q.clone());
        spawn_local(async move {
            let answer = calls::list(q.clone(), after.clone()).await;
            if self.address.try_with_untracked(|address| address.q == q) == Some(true) {
                self.take(answer, after.is_some());
            }
        });
    }

    fn take(self, answer: Result<Answer<ExportPage>, AppError>, is_next: bool) {
        self.is_loading.set(false);
        match answer {
            Ok(Answer::Found(page)) => {
                self.failure.set(None);
                self.mistakes.set(Vec::new());
                self.next.set(page.next);
                let shows_all = self.address.with_untracked(|address| address.q.is_empty());
                self.rows.update(|rows| {
                    if is_next {
                        rows.extend(page.rows);
                    } else {
                        let there = std::mem::replace(rows, page.rows);
                        keep_what_is_later(rows, there, shows_all);
                    }
                });
            }
            Ok(Answer::Mistaken(mistakes)) => self.mistakes.set(mistakes),
            Err(error) => self.failure.set(Some(error)),
        }
    }

    /// The export that the address opens.
    pub fn opened(self) -> Option<ExportId> {
        self.address
            .with(|address| address.export.as_deref()?.parse().ok())
    }

    /// Reads the open export; `is_other` when it is another one than before.
    pub fn read_detail(self, is_other: bool) {
        if is_other {
            self.detail.set(None);
        }
        let Some(id) = untrack(|| self.opened()) else {
            if self
                .address
                .with_untracked(|address| address.export.is_some())
            {
                self.detail.set(Some(Ok(None)));
            }
            return;
        };
        spawn_local(async move {
            let answer = calls::detail(id).await;
            if self
                .address
                .try_with_untracked(|a| a.export == Some(id.to_string()))
                == Some(true)
            {
                self.detail.set(Some(answer));
                self.note_gone();
            }
        });
    }

    /// The file of the export that is open is looked for, those of the list are not: its line offers none that is gone.
    fn note_gone(self) {
        let known = self.detail.with_untracked(|detail| match detail {
            Some(Ok(Some(detail))) => Some(detail.row.clone()),
            _ => None,
        });
        let Some(row) = known.filter(|row| !row.has_file && !is_under_way(row.status)) else {
            return;
        };
        let is_offered = |rows: &Vec<ExportRow>| {
            rows.iter()
                .any(|there| there.id == row.id && there.has_file)
        };
        if self.rows.with_untracked(is_offered) {
            self.rows.update(|rows| {
                if let Some(there) = rows.iter_mut().find(|there| there.id == row.id) {
                    *there = row;
                }
            });
        }
    }

    /// Puts an export as it is now into its place; a new one on top, when the log shows everything. One of the reader's
    /// that is under way is followed to its end, wherever the reader goes.
    pub fn put(self, row: ExportRow) {
        let id = row.id;
        let is_open = untrack(|| self.opened()) == Some(id);
        let shows_all = self.address.with_untracked(|address| address.q.is_empty());
        let has_ended = !is_under_way(row.status);
        if row.is_own && !has_ended {
            self.jobs.add(row.clone());
        }
        self.rows
            .try_update(|rows| match rows.iter_mut().find(|there| there.id == id) {
                Some(there) if is_overtaken(&row, there) => {}
                Some(there) => *there = row.clone(),
                None if shows_all => rows.insert(0, row.clone()),
                None => {}
            });
        if is_open {
            self.detail.try_update(|detail| {
                if let Some(Ok(Some(detail))) = detail
                    && !is_overtaken(&row, &detail.row)
                {
                    detail.row = row;
                }
            });
            if has_ended {
                self.read_detail(false);
            }
        }
    }

    /// Does something to an export on the server and shows what became of it.
    pub fn act(
        self,
        work: impl Future<Output = Result<ExportRow, AppError>> + 'static,
        done: &'static str,
    ) {
        spawn_local(async move {
            match work.await {
                Ok(row) => {
                    self.put(row);
                    self.say(done);
                }
                Err(error) => self.say(&crate::pages::trouble_text(self.locale, &error)),
            }
        });
    }

    /// Asks for an export again and says how much of what was picked for it is no longer there.
    pub fn ask_again(self, id: ExportId) {
        spawn_local(async move {
            match calls::again(id).await {
                Ok(row) => {
                    let asked = tr!(self.locale, exports.asked);
                    let missing = missing_words(self.locale, row.missing);
                    self.put(row);
                    match missing {
                        Some(missing) => self.say(&format!("{asked}: {missing}")),
                        None => self.say(asked),
                    }
                }
                Err(error) => self.say(&crate::pages::trouble_text(self.locale, &error)),
            }
        });
    }

    /// Opens an export in the drawer, or closes it.
    pub fn open(self, id: Option<ExportId>) {
        let address = self.address.get_untracked();
        let is_step = address.export.is_none() || id.is_none();
        self.going.to(&address.with_export(id).href(), is_step);
    }

    /// Says something for a moment.
    pub fn say(self, words: &str) {
        say_for(self.hint, words.to_owned(), SAID);
    }

    /// Puts text on the clipboard and says so.
    pub fn copy(self, text: &str) {
        crate::activity::browser::copy(text, move |is_allowed| {
            self.say(if is_allowed {
                tr!(self.locale, activity.copied)
            } else {
                tr!(self.locale, activity.not_copied)
            });
        });
    }

    /// What the query field and the filters need of it.
    pub fn search_of(self) -> Search {
        Search {
            locale: self.locale,
            kind: &EXPORTS,
            q: Memo::new(move |_| self.address.with(|address| address.q.clone())),
            beside: Memo::new(|_| Vec::new()),
            shown: Signal::derive(move || self.address.with(|address| address.q.clone())),
            draft: self.draft,
            mistakes: self.mistakes,
            plot: RwSignal::new(None),
            matching: Signal::derive(|| None),
            moment: self.moment,
            reader: StoredValue::new(self.viewer.with_value(|viewer| viewer.id.to_string())),
            go: Callback::new(move |(q, is_step): (String, bool)| self.search(&q, is_step)),
            count: Callback::new(|_| None),
        }
    }

    fn search(self, q: &str, is_step: bool) {
        let q = q.trim();
        let query = Query::parse_as(q, &EXPORT);
        self.mistakes.set(query.errors().to_vec());
        if !query.is_valid() {
            return;
        }
        if is_step {
            let reader = self.viewer.with_value(|viewer| viewer.id.to_string());
            crate::activity::recent::remember(EXPORTS.recent, &reader, q);
        }
        let address = self.address.get_untracked();
        if address.q != q {
            let address = Address {
                q: q.to_owned(),
                ..address
            };
            self.going.to(&address.href(), is_step);
        }
    }
}

/// Whether news of an export is older than what is known: one that has ended is never under way again. The answer to a
/// request and what arrives over the socket come in any order.
fn is_overtaken(news: &ExportRow, there: &ExportRow) -> bool {
    news.id == there.id && is_under_way(news.status) && !is_under_way(there.status)
}

/// What arrived while a list was read is later than the list.
fn keep_what_is_later(rows: &mut Vec<ExportRow>, there: Vec<ExportRow>, shows_all: bool) {
    let newest = rows.first().map(|row| row.requested_at);
    let mut arrived = Vec::new();
    for known in there {
        match rows.iter_mut().find(|row| row.id == known.id) {
            Some(row) if is_overtaken(row, &known) => *row = known,
            Some(_) => {}
            None if shows_all && newest.is_none_or(|newest| known.requested_at > newest) => {
                arrived.push(known);
            }
            None => {}
        }
    }
    rows.splice(0..0, arrived);
}

/// What the page knows.
pub fn use_exports() -> ExportLog {
    expect_context()
}
