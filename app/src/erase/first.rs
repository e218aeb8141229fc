//! A file of what is to be erased, made before it goes: how far it is, its download, and that it goes too.

use crate::AppError;
use crate::exports::calls;
use crate::exports::jobs::{Jobs, is_final};
use crate::exports::words::{
    error_text, file_href, is_under_way, progress, progress_words, status_label,
};
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::ExportId;
use domain::export::ExportStatus;
use domain::view::{ExportDetail, ExportRow};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often it is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(800);
/// How long it is waited where there was no answer.
const ASK_AGAIN: Duration = Duration::from_secs(4);
/// How many times it is asked whether a download that was begun is noted: for about a minute.
const DOWNLOAD_ASKS: u32 = 75;

/// The file that is made first. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct First {
    /// Whether it is being asked what the file shall be like.
    pub is_asking: RwSignal<bool>,
    /// The export, once it was asked for.
    row: RwSignal<Option<ExportRow>>,
    /// Why something about it could not be done.
    error: RwSignal<Option<AppError>>,
    /// Whether it goes without having been downloaded, as somebody said.
    is_waived: RwSignal<bool>,
}

/// How it stands with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody asked for one.
    None,
    /// It is being made.
    UnderWay,
    /// It can be downloaded.
    Ready,
    /// It was downloaded.
    Taken,
    /// There is no file (any more).
    Ended,
}

impl Stage {
    fn of(row: Option<&ExportRow>) -> Self {
        match row {
            None => Self::None,
            Some(row) if is_under_way(row.status) => Self::UnderWay,
            Some(row) if row.status == ExportStatus::Cancelled => Self::None,
            Some(row) if !row.has_file => Self::Ended,
            Some(row) if row.download_count == 0 => Self::Ready,
            Some(_) => Self::Taken,
        }
    }
}

impl First {
    /// None was asked for.
    pub fn new() -> Self {
        Self {
            is_asking: RwSignal::new(false),
            row: RwSignal::new(None),
            error: RwSignal::new(None),
            is_waived: RwSignal::new(false),
        }
    }

    /// Follows one that was asked for.
    pub fn follow(self, row: ExportRow) {
        let id = row.id;
        self.error.set(None);
        self.is_waived.set(false);
        self.row.set(Some(row));
        self.ask(id, 0, ASK_EVERY);
    }

    /// Whether nothing may be erased yet: there would be nothing left to write while it is being made, and nobody can bring it
    /// back before it was downloaded.
    pub fn holds_back(self) -> bool {
        match self.stage() {
            Stage::UnderWay => true,
            Stage::Ready => !self.is_waived.get(),
            Stage::None | Stage::Taken | Stage::Ended => false,
        }
    }

    /// Whether there is a file.
    pub fn has_file(self) -> bool {
        matches!(self.stage(), Stage::Ready | Stage::Taken)
    }

    /// Leaves one that nobody has downloaded to those that are followed beside the page: the dialog is closed, and nothing
    /// is erased.
    pub fn leave(self, jobs: Jobs) {
        if let Some(row) = self.row.get_untracked()
            && matches!(Stage::of(Some(&row)), Stage::UnderWay | Stage::Ready)
        {
            jobs.add(row);
        }
    }

    fn stage(self) -> Stage {
        self.row.with(|row| Stage::of(row.as_ref()))
    }

    fn id(self) -> Option<ExportId> {
        self.row
            .with_untracked(|row| row.as_ref().map(|row| row.id))
    }

    /// Asks how it stands, and again while it is being made, or so many times while no download is noted.
    fn ask(self, id: ExportId, asks: u32, after: Duration) {
        set_timeout(
            move || {
                spawn_local(async move {
                    let answer = calls::detail(id).await;
                    self.take(id, asks, answer);
                });
            },
            after,
        );
    }

    fn take(self, id: ExportId, asks: u32, answer: Result<Option<ExportDetail>, AppError>) {
        // The dialog is closed, or another file was asked for.
        let is_it = |row: &Option<ExportRow>| row.as_ref().is_some_and(|row| row.id == id);
        if self.row.try_with_untracked(is_it) != Some(true) {
            return;
        }
        match answer {
            Ok(Some(detail)) => {
                let stage = Stage::of(Some(&detail.row));
                self.row.set(Some(detail.row));
                if stage == Stage::UnderWay || (stage == Stage::Ready && asks > 0) {
                    self.ask(id, asks.saturating_sub(1), ASK_EVERY);
                }
            }
            // It is not for the reader any more.
            Ok(None) => self.row.set(None),
            Err(error) if is_final(&error) => {
                self.row.set(None);
                self.error.set(Some(error));
            }
            // The server, or the way to it, is away for a moment.
            Err(_) => self.ask(id, asks, ASK_AGAIN),
        }
    }

    fn cancel(self) {
        let Some(id) = self.id() else {
            return;
        };
        self.error.set(None);
        spawn_local(async move {
            match calls::cancel(id).await {
                Ok(row) => {
                    self.row.try_set(Some(row));
                }
                Err(error) => {
                    self.error.try_set(Some(error));
                }
            }
        });
    }
}

/// The button that asks for the file, then how far it is, then its download.
#[component]
pub fn FileFirst(
    /// The file.
    first: First,
) -> impl IntoView {
    let locale = use_locale();
    let stage = Memo::new(move |_| first.stage());
    let ask = move || {
        view! {
            <button class="btn small" type="button" on:click=move |_| first.is_asking.set(true)>
                <Icon glyph=icons::FILE_DOWN />
                {tr!(locale, erase.export_first)}
            </button>
        }
    };
    let download = move |class: &'static str| {
        let href = first.row.with_untracked(|row| row.as_ref().map(file_href));
        let see = move |_| {
            if let Some(id) = first.id() {
                first.ask(id, DOWNLOAD_ASKS, ASK_EVERY);
            }
        };
        view! {
            <a class=class href=href rel="external" download="" on:click=see>
                <Icon glyph=icons::FILE_DOWN />
                {tr!(locale, exports.download)}
            </a>
        }
    };
    let waive = move || {
        let is_open = !first.is_waived.get();
        is_open.then(|| {
            view! {
                <button class="btn small" type="button" on:click=move |_| first.is_waived.set(true)>
                    {tr!(locale, erase.first.waive)}
                </button>
            }
        })
    };
    let shown = move || match stage.get() {
        Stage::None => ask().into_any(),
        Stage::UnderWay => view! { <UnderWay first /> }.into_any(),
        Stage::Ready => view! {
            <div class="note pending">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <p>{tr!(locale, erase.first.ready)}</p>
            </div>
            <div class="erase-file">{download("btn small primary")} {waive}</div>
        }
        .into_any(),
        Stage::Taken => view! {
            <div class="note success">
                <Icon glyph=icons::CHECK />
                <p>{tr!(locale, erase.first.taken)}</p>
            </div>
            {download("btn small")}
        }
        .into_any(),
        Stage::Ended => {
            let why = first.row.with_untracked(|row| {
                let row = row.as_ref()?;
                error_text(locale, row)
                    .or_else(|| Some(status_label(locale, row.status).to_owned()))
            });
            let note = why.map(|text| view! { <FormNote text /> });
            view! {
                {note}
                {ask()}
            }
            .into_any()
        }
    };
    let trouble = move || {
        first.error.with(|error| {
            let text = trouble_text(locale, error.as_ref()?);
            Some(view! { <FormNote text /> })
        })
    };
    view! {
        <div class="erase-first" role="status">
            {trouble}
            {shown}
        </div>
    }
    .into_any()
}

/// How far it is, and what stops it.
#[component]
fn UnderWay(first: First) -> impl IntoView {
    let locale = use_locale();
    let part = move || {
        first
            .row
            .with(|row| row.as_ref().and_then(progress).map(|part| part.to_string()))
    };
    let words = move || {
        first
            .row
            .with(|row| row.as_ref().map(|row| progress_words(locale, row)))
    };
    view! {
        <progress max="1000" value=part aria-label=tr!(locale, exports.progress)></progress>
        <p class="soft">{words}</p>
        <p>{tr!(locale, erase.first.under_way)}</p>
        <button class="btn small" type="button" on:click=move |_| first.cancel()>
            {tr!(locale, erase.first.cancel)}
        </button>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: ExportStatus, has_file: bool, download_count: u64) -> ExportRow {
        ExportRow {
            id: ExportId(uuid::Uuid::nil()),
            name: "Secrets".to_owned(),
            source: None,
            kind: "activity".to_owned(),
            q: None,
            picked: None,
            excepted: 0,
            missing: 0,
            options: None,
            status,
            rows: 0,
            total: None,
            bytes: None,
            sha256: None,
            error_code: None,
            error: None,
            requested_at: chrono::DateTime::UNIX_EPOCH,
            offset_minutes: 0,
            finished_at: None,
            expires_at: None,
            by: "Sara Nasser".to_owned(),
            is_own: true,
            is_recorded: false,
            schedule: None,
            has_file,
            download_count,
            seconds_left: None,
        }
    }

    #[test]
    fn a_file_is_offered_until_it_is_gone_and_said_to_be_taken_once_it_was() {
        for (status, has_file, downloads, stage) in [
            (ExportStatus::Queued, false, 0, Stage::UnderWay),
            (ExportStatus::Running, false, 0, Stage::UnderWay),
            (ExportStatus::Completed, true, 0, Stage::Ready),
            (ExportStatus::Completed, true, 2, Stage::Taken),
            // Another erasure took it.
            (ExportStatus::Expired, false, 2, Stage::Ended),
            (ExportStatus::Failed, false, 0, Stage::Ended),
            (ExportStatus::Cancelled, false, 0, Stage::None),
        ] {
            assert_eq!(Stage::of(Some(&row(status, has_file, downloads))), stage);
        }
        assert_eq!(Stage::of(None), Stage::None);
    }
}
