//! One's own exports that are under way: how far they are, in the rail, and a notice when they are done, as long as there
//! is a file.

use super::calls;
use super::words::{file_href, is_under_way, name_of, progress, progress_words};
use crate::AppError;
use crate::activity::calls::Answer;
use crate::activity::words::number;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use domain::export::ExportStatus;
use domain::view::ExportRow;
use domain::{Code, ExportId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often it is asked how far one is.
const ASK_EVERY: Duration = Duration::from_millis(800);
/// How long it is waited where there was no answer.
const ASK_AGAIN: Duration = Duration::from_secs(4);
/// A notice of something good goes by itself after so long.
const SAID: Duration = Duration::from_secs(20);

/// The reader's exports. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Jobs {
    running: RwSignal<Vec<ExportRow>>,
    done: RwSignal<Option<ExportRow>>,
    /// Those that were followed since the page was loaded: news of one that has ended may come late.
    followed: StoredValue<Vec<ExportId>>,
}

/// The reader's exports that are under way, as they stand when a page is loaded. What can't be read is not followed.
pub async fn under_way() -> Vec<ExportRow> {
    match calls::list("status:queued,running".to_owned(), None).await {
        Ok(Answer::Found(page)) => page.rows.into_iter().filter(|row| row.is_own).collect(),
        _ => Vec::new(),
    }
}

impl Jobs {
    /// For everything below.
    pub fn provide() -> Self {
        let jobs = Self {
            running: RwSignal::new(Vec::new()),
            done: RwSignal::new(None),
            followed: StoredValue::new(Vec::new()),
        };
        provide_context(jobs);
        jobs
    }

    /// Follows one that is under way, unless it was followed before.
    pub fn add(self, row: ExportRow) {
        let id = row.id;
        let is_new = self.followed.try_update_value(|followed| {
            let is_new = !followed.contains(&id);
            if is_new {
                followed.push(id);
            }
            is_new
        });
        if is_new == Some(true) {
            self.running.update(|running| running.push(row));
            self.ask(id, ASK_EVERY);
        }
    }

    /// Looks whether the file of the notice is still there, and takes the notice away where it is not: an erasure may have
    /// deleted it.
    pub fn look(self) {
        let Some(id) = self.file_of_notice() else {
            return;
        };
        spawn_local(async move {
            let is_gone = match calls::detail(id).await {
                Ok(detail) => detail.is_none_or(|detail| !detail.row.has_file),
                Err(error) => is_final(&error),
            };
            // By now it may be another notice.
            if is_gone && self.file_of_notice() == Some(id) {
                self.done.set(None);
            }
        });
    }

    /// Looks again and again, as long as the notice of an export offers its file.
    fn look_after(self, id: ExportId) {
        set_timeout(
            move || {
                if self.file_of_notice() == Some(id) {
                    self.look();
                    self.look_after(id);
                }
            },
            ASK_AGAIN,
        );
    }

    /// The export whose file the notice offers.
    fn file_of_notice(self) -> Option<ExportId> {
        let offered = |done: &Option<ExportRow>| {
            let row = done.as_ref()?;
            (row.status == ExportStatus::Completed && row.has_file).then_some(row.id)
        };
        self.done.try_with_untracked(offered).flatten()
    }

    fn ask(self, id: ExportId, after: Duration) {
        // A page that is being made waits for nothing.
        if cfg!(feature = "ssr") {
            return;
        }
        set_timeout(
            move || {
                spawn_local(async move {
                    match calls::detail(id).await {
                        Ok(detail) => self.take(id, detail.map(|detail| detail.row)),
                        Err(error) if is_final(&error) => self.take(id, None),
                        // The server, or the way to it, is away for a moment.
                        Err(_) => self.ask(id, ASK_AGAIN),
                    }
                });
            },
            after,
        );
    }

    fn take(self, id: ExportId, row: Option<ExportRow>) {
        match row {
            Some(row) if is_under_way(row.status) => {
                let is_shown = self.running.try_update(|running| {
                    let there = running.iter_mut().find(|there| there.id == id);
                    there.map(|there| *there = row).is_some()
                });
                if is_shown == Some(true) {
                    self.ask(id, ASK_EVERY);
                }
            }
            // It has ended, or is not for the reader any more.
            row => {
                self.running
                    .try_update(|running| running.retain(|there| there.id != id));
                if let Some(row) = row.filter(|row| row.status != ExportStatus::Cancelled) {
                    self.done.try_set(Some(row));
                    self.look_after(id);
                    set_timeout(
                        move || {
                            let is_it = |done: &Option<ExportRow>| {
                                done.as_ref().is_some_and(|row| {
                                    row.id == id && row.status == ExportStatus::Completed
                                })
                            };
                            if self.done.try_with_untracked(is_it) == Some(true) {
                                self.done.set(None);
                            }
                        },
                        SAID,
                    );
                }
            }
        }
    }
}

/// Whether asking again is of no use: who asks is signed out, or their role exports nothing any more.
pub fn is_final(error: &AppError) -> bool {
    matches!(error.code(), Code::Unauthenticated | Code::Forbidden)
}

/// The reader's exports.
pub fn use_jobs() -> Jobs {
    expect_context()
}

/// How far the reader's exports are, in the rail.
#[component]
pub fn RailJobs() -> impl IntoView {
    let locale = use_locale();
    let jobs = use_jobs();
    move || {
        jobs.running
            .get()
            .into_iter()
            .map(|row| {
                let part = progress(&row).map(|part| part.to_string());
                let percent = progress(&row).map(|part| format!("{}%", number(part / 10)));
                view! {
                    <a
                        class="job"
                        href=format!("/exports?export={}", row.id)
                        title=progress_words(locale, &row)
                    >
                        <span>
                            <span class="trunc">{name_of(locale, &row)}</span>
                            <span>{percent}</span>
                        </span>
                        <progress max="1000" value=part aria-label=tr!(locale, exports.progress)></progress>
                    </a>
                }
            })
            .collect_view()
    }
}

/// Says that an export is done, with its file.
#[component]
pub fn DoneNotice() -> impl IntoView {
    let locale = use_locale();
    let jobs = use_jobs();
    let notice = move || {
        jobs.done.get().map(|row| {
            let href = format!("/exports?export={}", row.id);
            let is_made = row.status == ExportStatus::Completed;
            let words = if is_made {
                tr!(locale, exports.ready, name = name_of(locale, &row))
            } else {
                tr!(locale, exports.not_ready, name = name_of(locale, &row))
            };
            let file = (is_made && row.has_file).then(|| {
                view! {
                    <a class="btn small" href=file_href(&row) rel="external" download="">
                        <Icon glyph=icons::FILE_DOWN />
                        {tr!(locale, exports.download)}
                    </a>
                }
            });
            view! {
                <div class="toast job-done">
                    <span><bdi>{words}</bdi></span>
                    {file}
                    <a class="link" href=href>{tr!(locale, exports.see)}</a>
                    <button
                        class="icon-btn"
                        type="button"
                        aria-label=tr!(locale, common.close)
                        on:click=move |_| jobs.done.set(None)
                    >
                        <Icon glyph=icons::X />
                    </button>
                </div>
            }
        })
    };
    view! { <div class="job-place" role="status">{notice}</div> }.into_any()
}
