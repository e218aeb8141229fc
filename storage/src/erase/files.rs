//! Files of exports that hold what is erased: they go with it, and those that are being made begin anew.

use super::work::{CHUNK, Doomed};
use super::{activities, messages};
use crate::export::{Holding, begun_anew, marked_erased};
use crate::record::Effect;
use crate::select::{Picked, Skips, What};
use crate::watch::Log;
use crate::{Error, Scope, Storage};
use domain::entry::EntryFacts;
use domain::export::{Selection, Source};
use domain::view::StoreView;
use domain::{Direction, ExportId, Permission, StoreId};

/// In how many parts of a selection a file's rows are looked for before it counts as one that holds some.
const LOOKS: usize = 50;

/// The exports of a store, as to what they hold of some entries.
pub(super) struct Files {
    store: StoreId,
    logs: Vec<Source>,
    /// Those that hold some, or will.
    holding: Vec<ExportId>,
    /// Those that are on their way and will hold none.
    spared: Vec<ExportId>,
    /// How many files go.
    pub(super) count: u64,
}

impl Files {
    /// What deletes the files, and begins anew what is being made, with the entries. An export that was finished, or
    /// begun, since this was read is met by what it is by then.
    pub(super) fn effects(&self) -> impl Iterator<Item = Effect> {
        let anew = begun_anew(self.store, self.logs.clone(), self.spared.clone());
        self.holding
            .iter()
            .map(|id| marked_erased(*id))
            .chain([anew])
    }

    /// None yet of a store, with the logs of whose entries they tell.
    const fn of(store: StoreId, logs: Vec<Source>) -> Self {
        Self {
            store,
            logs,
            holding: Vec::new(),
            spared: Vec::new(),
            count: 0,
        }
    }

    /// Takes in one that holds some, or doesn't.
    fn add(&mut self, export: &Holding, holds_some: bool) {
        if holds_some {
            self.count += u64::from(export.has_file);
            self.holding.push(export.id);
        } else if !export.has_file {
            self.spared.push(export.id);
        }
    }

    /// Those that change.
    fn holding(&self) -> &[ExportId] {
        &self.holding
    }
}

/// Whether a file may hold a message.
pub(super) fn has_message(file: &Picked, entry: &messages::Doomed) -> bool {
    match &file.what {
        What::Messages(filter) => entry.seq <= file.up_to && filter.matches(&entry.facts, false),
        // A thread is whole when it is made, whatever came since it was asked for.
        _ => file.source == Source::Threads && entry.facts.message.order.is_some(),
    }
}

/// Whether a file may hold an entry. Threads tell what happened to their order, too.
pub(super) fn has_activity(file: &Picked, entry: &activities::Doomed) -> bool {
    let activity = &entry.facts.activity;
    match &file.what {
        What::Activity(filter) => entry.seq <= file.up_to && filter.matches(&entry.facts, false),
        _ => {
            file.source == Source::Threads
                && !activity.action.name.starts_with("message.")
                && activity.orders().next().is_some()
        }
    }
}

fn has_any(file: &Picked, doomed: &Doomed) -> bool {
    match doomed {
        Doomed::Activities(entries) => entries.iter().any(|entry| has_activity(file, entry)),
        Doomed::Messages(entries) => entries.iter().any(|entry| has_message(file, entry)),
    }
}

impl Storage {
    /// The exports that hold any of some entries, or will.
    pub(super) async fn files_with(
        &self,
        store: &StoreView,
        doomed: &Doomed,
    ) -> Result<Files, Error> {
        let log = match doomed {
            Doomed::Activities(_) => Source::Activity,
            Doomed::Messages(_) => Source::Messages,
        };
        let mut files = Files::of(store.id, vec![log, Source::Threads]);
        for export in self.exports_holding(store).await? {
            files.add(&export, has_any(&export.picked, doomed));
        }
        Ok(files)
    }

    /// The exports that hold any of some calls, or will. Each call with the ledger number of its entry.
    pub(super) async fn files_with_calls(
        &self,
        store: &StoreView,
        calls: &[(i64, EntryFacts)],
    ) -> Result<Files, Error> {
        let mut files = Files::of(store.id, vec![Source::Requests]);
        for export in self.exports_holding(store).await? {
            let up_to = export.picked.up_to;
            let holds_some = match &export.picked.what {
                What::Watch(Log::Requests, filter) => calls
                    .iter()
                    .any(|(seq, facts)| *seq <= up_to && filter.matches(facts, false)),
                _ => false,
            };
            files.add(&export, holds_some);
        }
        Ok(files)
    }

    /// Deletes the files that were marked, and says which exports changed. A file that a stop leaves here is deleted by who
    /// looks for those whose time is over.
    pub(super) async fn drop_marked(&self, files: &Files) -> Result<(), Error> {
        if !files.holding().is_empty() {
            self.expire_exports().await?;
        }
        for export in files.holding() {
            self.export_changed(files.store, *export);
        }
        Ok(())
    }

    /// How many files of exports go when a selection is erased: those that hold some of it that no legal hold keeps.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`], or as [`Storage::count_selection`].
    pub async fn count_files(&self, scope: &Scope, selection: &Selection) -> Result<u64, Error> {
        scope.require(Permission::Erase)?;
        let now = self.ambient().clock.now();
        let picked = self.pick(scope, selection, None, now).await?;
        let mut count = 0;
        for (_, file) in self.exports_with_files(scope.store()).await? {
            count += u64::from(self.holds_some(scope, &picked, &file).await?);
        }
        Ok(count)
    }

    async fn holds_some(
        &self,
        scope: &Scope,
        picked: &Picked,
        file: &Picked,
    ) -> Result<bool, Error> {
        let what = match file.source {
            Source::Threads => Some(picked.what.clone()),
            _ => picked.what.and(&file.what),
        };
        let Some(what) = what else {
            return Ok(false);
        };
        let both = Picked {
            what,
            ..picked.clone()
        };
        let mut after = None;
        for _ in 0..LOOKS {
            let on = self.readers().into();
            let part = both
                .part(on, scope, &Skips::none(), after, Direction::Newest, CHUNK)
                .await?;
            let chunk = self.doomed_of(scope.store(), &both, &part.keys).await?;
            if has_any(file, &chunk.doomed) {
                return Ok(true);
            }
            match part.next {
                Some(next) => after = Some(next),
                None => return Ok(false),
            }
        }
        // One file too many is said rather than one too few.
        Ok(true)
    }
}
