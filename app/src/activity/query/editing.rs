//! What typing, keys and choosing a proposal do.

use super::proposals::{Proposal, at_once, found};
use crate::activity::browser;
use crate::activity::recent::recent;
use crate::activity::search::Search;
use domain::query::{Completion, CompletionKind, Query, QueryError, byte_of_utf16, utf16_of_byte};
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html::Input;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast as _;
use std::time::Duration;
use web_sys::Element;

/// What is typed is shown after so long without a further key.
const APPLY_AFTER: Duration = Duration::from_millis(200);
/// Values are asked for after so long.
const ASK_AFTER: Duration = Duration::from_millis(120);

/// What is going on in the field. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Editing {
    log: Search,
    field: NodeRef<Input>,
    /// The caret, in bytes.
    caret: RwSignal<usize>,
    has_focus: RwSignal<bool>,
    /// Whether proposals are shown.
    is_listing: RwSignal<bool>,
    proposals: RwSignal<Vec<Proposal>>,
    active: RwSignal<Option<usize>>,
    /// Whether the address has changed since the field was entered: only the first change is a step.
    has_stepped: StoredValue<bool>,
    applying: StoredValue<Option<TimeoutHandle>>,
    asking: StoredValue<Option<TimeoutHandle>>,
}

impl Editing {
    pub fn new(log: Search, field: NodeRef<Input>) -> Self {
        Self {
            log,
            field,
            caret: RwSignal::new(usize::MAX),
            has_focus: RwSignal::new(false),
            is_listing: RwSignal::new(false),
            proposals: RwSignal::new(Vec::new()),
            active: RwSignal::new(None),
            has_stepped: StoredValue::new(false),
            applying: StoredValue::new(None),
            asking: StoredValue::new(None),
        }
    }

    pub const fn log(self) -> Search {
        self.log
    }

    pub fn is_open(self) -> bool {
        self.is_listing.get() && self.proposals.with(|proposals| !proposals.is_empty())
    }

    pub fn proposals(self) -> Vec<Proposal> {
        self.proposals.get()
    }

    pub fn is_active(self, at: usize) -> bool {
        self.active.get() == Some(at)
    }

    pub fn active_id(self) -> Option<String> {
        let at = self.active.get().filter(|_| self.is_open())?;
        Some(format!("proposal-{at}"))
    }

    /// Mistakes worth showing: while somebody types, not those at the caret, which may be half a word.
    pub fn visible_mistakes(self) -> Vec<QueryError> {
        let draft = self.log.draft.get();
        let mistakes = if self.log.q.with(|q| q == draft.trim()) || !self.has_focus.get() {
            self.log.mistakes.get()
        } else {
            Query::parse_as(&draft, self.log.dialect())
                .errors()
                .to_vec()
        };
        let (caret, has_focus) = (self.caret.get(), self.has_focus.get());
        mistakes
            .into_iter()
            .filter(|error| error.to <= draft.len())
            .filter(|error| !(has_focus && error.from <= caret && caret <= error.to))
            .collect()
    }

    pub fn entered(self) {
        self.has_focus.set(true);
        self.has_stepped.set_value(false);
        self.moved();
        self.is_listing
            .set(self.log.draft.with_untracked(String::is_empty));
    }

    pub fn left(self, event: &FocusEvent) {
        // A correction and the button that clears are parts of the field.
        let to = event
            .related_target()
            .and_then(|to| to.dyn_into::<Element>().ok());
        if !to.is_some_and(|to| matches!(to.closest(".query"), Ok(Some(_)))) {
            self.has_focus.set(false);
            self.is_listing.set(false);
            // What is shown is what stands in the field.
            cancel(self.applying);
            self.show(true);
        }
    }

    /// The text has changed.
    pub fn typed(self) {
        let Some(field) = self.field.get_untracked() else {
            return;
        };
        self.log.draft.set(field.value());
        self.moved();
        self.is_listing.set(true);
        cancel(self.applying);
        let completion = self.completion();
        // Half a qualifier or value finds nothing: the list would jump for nothing.
        let is_half = match &completion.kind {
            CompletionKind::Qualifier { prefix } => !prefix.is_empty(),
            CompletionKind::Value { .. } => true,
            CompletionKind::Text { .. } => false,
        };
        if !is_half {
            let apply = move || self.show(true);
            self.applying
                .set_value(set_timeout_with_handle(apply, APPLY_AFTER).ok());
        }
    }

    /// The caret may have moved.
    pub fn moved(self) {
        let Some(field) = self.field.get_untracked() else {
            return;
        };
        let caret = self
            .log
            .draft
            .with_untracked(|draft| byte_of_utf16(draft, browser::caret(&field)));
        self.caret.set(caret);
        self.propose();
    }

    fn completion(self) -> Completion {
        let caret = self.caret.get_untracked();
        self.log
            .draft
            .with_untracked(|draft| self.log.dialect().complete(draft, caret))
    }

    /// Shows what the text finds. The first time since the field was entered that is a step.
    fn show(self, is_typing: bool) {
        let draft = self.log.draft.get_untracked();
        if is_typing && self.has_stepped.get_value() {
            self.log.search_while_typing(&draft);
        } else {
            let is_other = self.log.q.with_untracked(|q| q != draft.trim());
            self.log.search(&draft);
            self.has_stepped.update_value(|has| *has |= is_other);
        }
    }

    /// Enter: what is typed counts.
    pub fn apply(self) {
        cancel(self.applying);
        self.is_listing.set(false);
        self.show(false);
        self.has_stepped.set_value(false);
        self.caret.set(usize::MAX);
    }

    fn propose(self) {
        cancel(self.asking);
        let draft = self.log.draft.get_untracked();
        let completion = self.completion();
        let reader = self.log.reader.get_value();
        let queries = recent(self.log.kind.recent, &reader);
        let known = untrack(|| at_once(self.log, &draft, &completion, &queries));
        let picks_first = matches!(&completion.kind, CompletionKind::Value { prefix, .. } if !prefix.is_empty())
            || known
                .first()
                .is_some_and(|first| first.is_whole && first.typed > 1);
        self.active.set(picks_first.then_some(0));
        self.proposals.set(known.clone());
        let ask = move || {
            spawn_local(async move {
                let more = found(self.log, &draft, &completion).await;
                if self.log.draft.try_with_untracked(|now| *now == draft) != Some(true)
                    || more.is_empty()
                {
                    return;
                }
                // Proposals with a count of this query replace those without.
                let mut all = more;
                for proposal in known {
                    if !all.iter().any(|other| other.insert == proposal.insert) {
                        all.push(proposal);
                    }
                }
                all.sort_by_key(|proposal| proposal.section);
                all.truncate(14);
                self.proposals.try_set(all);
            });
        };
        self.asking
            .set_value(set_timeout_with_handle(ask, ASK_AFTER).ok());
    }

    /// Puts a proposal into the text; `is_out` leaves out what it finds.
    pub fn accept(self, proposal: &Proposal, is_out: bool) {
        let draft = self.log.draft.get_untracked();
        let (text, caret) = proposal.applied_to(&draft, is_out);
        self.log.draft.set(text.clone());
        self.caret.set(caret);
        if let Some(field) = self.field.get_untracked() {
            field.set_value(&text);
            browser::focus("#query");
            browser::set_caret(&field, utf16_of_byte(&text, caret));
        }
        if proposal.is_whole {
            cancel(self.applying);
            self.show(true);
            self.is_listing.set(false);
        } else {
            self.is_listing.set(true);
        }
        self.propose();
    }

    fn active_proposal(self) -> Option<Proposal> {
        let at = untrack(|| self.is_open()).then(|| self.active.get_untracked())??;
        self.proposals
            .with_untracked(|proposals| proposals.get(at).cloned())
    }

    /// A key. While letters are being composed, keys belong to the input method.
    pub fn key(self, event: &KeyboardEvent) {
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => self.step(1),
            "ArrowUp" => self.step(-1),
            "Enter" => match self.active_proposal() {
                Some(proposal) if !self.changes_nothing(&proposal) => {
                    self.accept(&proposal, event.alt_key());
                }
                _ => self.apply(),
            },
            "Tab" if !event.shift_key() => {
                let is_typing = self.completion().from != self.completion().to;
                let first = || {
                    let is_open = untrack(|| self.is_open());
                    let first = self.proposals.with_untracked(|all| all.first().cloned());
                    first.filter(|_| is_open && is_typing)
                };
                match self.active_proposal().or_else(first) {
                    Some(proposal) if !self.changes_nothing(&proposal) => {
                        self.accept(&proposal, false)
                    }
                    _ => return,
                }
            }
            "Escape" => {
                event.stop_propagation();
                if untrack(|| self.is_open()) {
                    self.is_listing.set(false);
                } else {
                    browser::blur();
                }
            }
            "ArrowLeft" | "ArrowRight" | "Home" | "End" => {
                request_animation_frame(move || self.moved());
                return;
            }
            _ => return,
        }
        event.prevent_default();
    }

    fn changes_nothing(self, proposal: &Proposal) -> bool {
        let draft = self.log.draft.get_untracked();
        proposal.applied_to(&draft, false).0.trim_end() == draft.trim_end()
    }

    fn step(self, by: isize) {
        self.is_listing.set(true);
        let count = self.proposals.with_untracked(Vec::len);
        if count == 0 {
            return;
        }
        let at = match (self.active.get_untracked(), by) {
            (None, 1..) => Some(0),
            (None, _) => Some(count - 1),
            (Some(at), _) => at.checked_add_signed(by).filter(|at| *at < count),
        };
        self.active.set(at);
        if let Some(at) = at {
            request_animation_frame(move || browser::reveal(&format!("#proposal-{at}")));
        }
    }
}

fn cancel(timeout: StoredValue<Option<TimeoutHandle>>) {
    if let Some(handle) = timeout.try_update_value(Option::take).flatten() {
        handle.clear();
    }
}
