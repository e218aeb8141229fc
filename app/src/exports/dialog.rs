//! The dialog that asks for an export: of what, in which form; now, or again and again.

mod columns;
mod fields;
mod form;
mod when;

use crate::asked::{Asked, AskedDialog};
use crate::select::{Act, Picking};
use domain::export::{ExportFormat, ExportOptions, Selection, Source};
use domain::view::{ExportRow, ScheduleView};
use domain::{Permission, Role, ScheduleId};
pub use form::ExportForm;
use leptos::prelude::*;
use when::Repeat;
pub use when::repeat_words;

/// What an export is asked for with, until it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Which rows.
    pub selection: Selection,
    /// How the file looks.
    pub options: ExportOptions,
    /// When; none for now, once.
    repeat: Option<Repeat>,
    /// The schedule that is changed.
    schedule: Option<ScheduleId>,
    /// Whether the log can be chosen in the dialog.
    is_free: bool,
    /// Whether it is for now alone: a schedule can't be made of it.
    is_once: bool,
}

impl Draft {
    /// Everything of the activity log.
    pub fn new() -> Self {
        let selection = Selection::Matching {
            source: Source::Activity,
            q: String::new(),
            up_to: None,
            except: Vec::new(),
        };
        Self {
            is_free: true,
            ..Self::of_selection(selection)
        }
    }

    /// A new schedule.
    pub fn new_schedule() -> Self {
        Self {
            repeat: Some(Repeat::default()),
            ..Self::new()
        }
    }

    /// What is selected.
    pub fn of_selection(selection: Selection) -> Self {
        Self {
            selection,
            options: ExportOptions::of(ExportFormat::Csv),
            repeat: None,
            schedule: None,
            is_free: false,
            is_once: false,
        }
    }

    /// What is selected, now: it is about to be erased.
    pub fn once(selection: Selection) -> Self {
        Self {
            is_once: true,
            ..Self::of_selection(selection)
        }
    }

    /// One that was asked for before, to be changed first. Rows that were picked one by one stay as they are.
    pub fn again(selection: Selection, options: ExportOptions) -> Self {
        Self {
            options,
            is_free: selection.q().is_some(),
            ..Self::of_selection(selection)
        }
    }

    /// A schedule, to be changed.
    pub fn of_schedule(schedule: &ScheduleView) -> Self {
        let draft = &schedule.draft;
        let mut options = draft.options.clone();
        options.name = Some(draft.name.clone());
        Self {
            options,
            repeat: Some(Repeat::of(draft)),
            schedule: draft.id,
            ..Self::of_query(draft.source, draft.q.clone())
        }
    }

    fn of_query(source: Source, q: String) -> Self {
        let selection = Selection::Matching {
            source,
            q,
            up_to: None,
            except: Vec::new(),
        };
        Self {
            is_free: true,
            ..Self::of_selection(selection)
        }
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the dialog opens when there is a draft. Its code is loaded then.
#[component]
pub fn ExportDialogPlace(
    /// What is asked for; none while the dialog is closed.
    draft: RwSignal<Option<Draft>>,
    /// The role of who asks.
    role: Role,
    /// Called with the export that was asked for.
    on_made: Callback<ExportRow>,
) -> impl IntoView {
    let is_open = Memo::new(move |_| draft.with(Option::is_some));
    move || {
        if !is_open.get() || !role.may(Permission::Export) {
            return ().into_any();
        }
        let Some(first) = draft.get_untracked() else {
            return ().into_any();
        };
        let on_close = Callback::new(move |()| draft.set(None));
        let asked = Asked::Export {
            draft: first,
            role,
            on_made,
        };
        view! { <AskedDialog asked on_close /> }.into_any()
    }
}

/// The dialog for what is selected or found in the list that is shown.
#[component]
pub fn ExportSelected(
    /// What is selected.
    picking: Picking,
    /// The role of who asks.
    role: Role,
) -> impl IntoView {
    let draft = RwSignal::new(None::<Draft>);
    let jobs = super::jobs::use_jobs();
    Effect::new(move |_| {
        if picking.act.get() == Some(Act::Export) {
            draft.set(Some(Draft::of_selection(picking.selection.run(()))));
        }
    });
    Effect::new(move |_| {
        if draft.with(Option::is_none) && picking.act.get_untracked() == Some(Act::Export) {
            picking.act.set(None);
        }
    });
    view! {
        <ExportDialogPlace
            draft
            role
            on_made=Callback::new(move |row| {
                picking.clear.run(());
                jobs.add(row);
            })
        />
    }
    .into_any()
}
