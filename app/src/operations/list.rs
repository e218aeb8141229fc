//! The list of operations: what runs on top, with its progress, then what has ended.

use super::calls::{self, Stretch};
use super::figures::Bar;
use super::words::{
    asked_label, kind_label, length, opened_words, rate_words, state_of, tab_label,
};
use super::{OperationsRoute, href_of};
use crate::activity::clock::Moment;
use crate::activity::live::{self as socket, Live, dot::Dot};
use crate::activity::words::{moment_title, number};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::{Opening, admitted, not_read};
use crate::said::said_words;
use domain::Permission;
use domain::operation::OperationTab;
use domain::view::{OperationRow, Viewer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

/// What the list knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct OperationList {
    /// The tab.
    pub tab: StoredValue<Option<OperationTab>>,
    /// Those that have not ended, newest first.
    pub running: RwSignal<Vec<OperationRow>>,
    /// Those that have, newest first.
    pub rows: RwSignal<Vec<OperationRow>>,
    /// What comes after them: the cursor.
    pub next: RwSignal<Option<String>>,
    /// Whether more is on its way.
    pub is_loading: RwSignal<bool>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
}

impl OperationList {
    fn new(viewer: &Viewer, tab: Option<OperationTab>, stretch: Stretch) -> Self {
        let live = Live::new();
        live.follow("", Some(stretch.mark));
        Self {
            tab: StoredValue::new(tab),
            running: RwSignal::new(stretch.page.running),
            rows: RwSignal::new(stretch.page.rows),
            next: RwSignal::new(stretch.page.next),
            is_loading: RwSignal::new(false),
            moment: Moment::new(viewer.now, viewer.offset_minutes),
            live,
        }
    }

    /// Takes in how an operation stands now.
    #[cfg(not(feature = "ssr"))]
    pub fn arrive(self, row: OperationRow) {
        let tab = self.tab.try_get_value().flatten();
        if tab.is_some_and(|tab| tab != row.kind.tab()) {
            return;
        }
        let is_ended = row.state.is_ended();
        self.running.try_update(
            |running| match running.iter_mut().find(|r| r.id == row.id) {
                Some(_) if is_ended => running.retain(|r| r.id != row.id),
                Some(known) => *known = row.clone(),
                None if is_ended => {}
                None => running.insert(0, row.clone()),
            },
        );
        if is_ended {
            self.rows
                .try_update(|rows| match rows.iter_mut().find(|r| r.id == row.id) {
                    Some(known) => *known = row,
                    None => rows.insert(0, row),
                });
        }
    }

    /// Reads the first page again.
    #[cfg(not(feature = "ssr"))]
    pub fn reload(self) {
        let tab = self.tab.get_value();
        spawn_local(async move {
            if let Ok(stretch) = calls::list(tab, None).await {
                self.running.try_set(stretch.page.running);
                self.rows.try_set(stretch.page.rows);
                self.next.try_set(stretch.page.next);
            }
        });
    }

    fn go_on(self) {
        let Some(after) = self
            .next
            .get_untracked()
            .filter(|_| !self.is_loading.get_untracked())
        else {
            return;
        };
        self.is_loading.set(true);
        let tab = self.tab.get_value();
        spawn_local(async move {
            let answer = calls::list(tab, Some(after)).await;
            self.is_loading.try_set(false);
            if let Ok(stretch) = answer {
                self.rows.try_update(|rows| rows.extend(stretch.page.rows));
                self.next.try_set(stretch.page.next);
            }
        });
    }
}

/// The page.
#[component]
pub fn OperationsPage(source: OperationsRoute) -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let section = tr!(locale, operations.title);
    let content = move |viewer: Viewer| async move {
        match source.stretch.await {
            Ok(stretch) => {
                let tab = source.tab.get_untracked();
                let list = OperationList::new(&viewer, tab, stretch);
                view! { <Whole list tab /> }.into_any()
            }
            Err(error) => {
                let again = move || source.stretch.refetch();
                socket::when_online(again);
                not_read(tr!(locale, operations.failed_to_load), &error, again)
            }
        }
    };
    view! {
        <Title text=section />
        <Transition fallback=Opening>
            {move || Suspend::new(admitted(viewer, section, Permission::ReadOperations, content))}
        </Transition>
    }
    .into_any()
}

#[component]
fn Whole(list: OperationList, tab: Option<OperationTab>) -> impl IntoView {
    let locale = use_locale();
    list.moment.go_on();
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| socket::start(list));
        }
    });
    let is_blank = move || list.rows.with(Vec::is_empty) && list.running.with(Vec::is_empty);
    view! {
        <section class="stage operations" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, operations.title)}</h1>
                <span class="push"></span>
                <Dot live=list.live is_waiting=Signal::derive(|| false) />
            </header>
            <Tabs tab />
            <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, operations.list)>
                <Show when=move || !is_blank() fallback=Blank>
                    <section class="op-part" aria-labelledby="op-running">
                        <h2 id="op-running" class="op-head">{tr!(locale, operations.under_way)}</h2>
                        <ul class="op-list">
                            <For each=move || list.running.get() key=|row| row.id.clone() let:row>
                                <Running list id=row.id.0.clone() first=row />
                            </For>
                        </ul>
                        <Show when=move || list.running.with(Vec::is_empty)>
                            <p class="op-quiet dim">{tr!(locale, operations.nothing_runs)}</p>
                        </Show>
                    </section>
                    <section class="op-part" aria-labelledby="op-finished">
                        <h2 id="op-finished" class="op-head">{tr!(locale, operations.finished)}</h2>
                        <ul class="op-list">
                            <For each=move || list.rows.get() key=|row| (row.id.clone(), row.state) let:row>
                                <Finished row moment=list.moment />
                            </For>
                        </ul>
                    </section>
                    <Show when=move || list.next.with(Option::is_some)>
                        <p class="end">
                            <button class="btn" type="button" on:click=move |_| list.go_on()>
                                {tr!(locale, operations.more)}
                            </button>
                        </p>
                    </Show>
                </Show>
            </div>
        </section>
    }
    .into_any()
}

/// The groups: links, so that each has an address.
#[component]
fn Tabs(tab: Option<OperationTab>) -> impl IntoView {
    let locale = use_locale();
    let link = move |one: Option<OperationTab>| {
        let href = one.map_or_else(
            || "/operations".to_owned(),
            |tab| format!("/operations?tab={}", tab.as_str()),
        );
        let label = one.map_or(tr!(locale, operations.all), |tab| tab_label(locale, tab));
        view! { <a href=href aria-current=(one == tab).then_some("page")>{label}</a> }
    };
    let tabs = OperationTab::ALL
        .iter()
        .map(|one| link(Some(*one)))
        .collect_view();
    view! { <nav class="op-tabs" aria-label=tr!(locale, operations.list)>{link(None)} {tabs}</nav> }
        .into_any()
}

/// One that runs: its progress, live.
#[component]
fn Running(list: OperationList, id: String, first: OperationRow) -> impl IntoView {
    let locale = use_locale();
    let href = href_of(&id);
    let name = first.name.clone();
    let kind = kind_label(locale, first.kind);
    let row = Memo::new(move |before: Option<&OperationRow>| {
        let now = list
            .running
            .with(|rows| rows.iter().find(|row| row.id.0 == id).cloned());
        now.unwrap_or_else(|| before.cloned().unwrap_or_else(|| first.clone()))
    });
    let state = move || row.with(|row| state_of(locale, row.state));
    let count = move || {
        row.with(|row| match (row.total, row.other_than_planned()) {
            (_, Some(planned)) => {
                let (done, planned) = (number(row.done()), number(planned));
                tr!(
                    locale,
                    operations.of_planned,
                    done = done,
                    planned = planned
                )
            }
            (Some(total), None) => format!("{} / {}", number(row.done()), number(total)),
            (None, None) => number(row.done()),
        })
    };
    let left = move || {
        row.with(|row| {
            let rate = rate_words(row.per_second()?);
            let left = length(row.seconds_left()?);
            Some(view! { <span><bdi dir="ltr">{left}</bdi> " " {tr!(locale, operations.left, rate = rate)}</span> })
        })
    };
    let asked = move || row.with(|row| row.asked.map(|control| asked_label(locale, control)));
    view! {
        <li class="op-line">
            <div class="line">
                <a class="name" href=href><bdi>{name}</bdi></a>
                <span class="dim">{kind}</span>
                <span class=move || state().0>{move || view! { <Icon glyph=state().1 /> }} {move || state().2}</span>
                <span class="dim">{asked}</span>
                <span class="push"></span>
                <bdi class="num" dir="auto">{count}</bdi>
            </div>
            <Bar row=row.into() />
            <div class="line small dim">
                <span><bdi>{move || row.with(|row| row.actor.label().to_owned())}</bdi></span>
                {left}
                {move || row.with(|row| (row.failed > 0).then(|| {
                    view! { <span class="status failed">{number(row.failed)} " " {tr!(locale, operations.failed)}</span> }
                }))}
            </div>
        </li>
    }
    .into_any()
}

/// One that has ended.
#[component]
fn Finished(row: OperationRow, moment: Moment) -> impl IntoView {
    let locale = use_locale();
    let (class, glyph, word) = state_of(locale, row.state);
    let today = moment.today_untracked();
    // What went well is quiet.
    let state = (row.state != domain::operation::OperationState::Completed).then(|| {
        view! { <span class=class><Icon glyph />{word}</span> }
    });
    let failed = (row.failed > 0).then(|| {
        view! { <span class="status failed">{number(row.failed)} " " {tr!(locale, operations.failed)}</span> }
    });
    let title = moment_title(locale, row.opened_at, row.offset_minutes);
    let time = opened_words(locale, &row, today);
    let opened_at = row.opened_at.to_rfc3339();
    view! {
        <li class="op-line">
            <div class="line">
                <a class="name" href=href_of(&row.id.0)><bdi>{row.name.clone()}</bdi></a>
                <span class="times">"×"{number(row.done())}</span>
                {state}
                <span class="push"></span>
                {failed}
                <time class="dim nowrap" title=title datetime=opened_at>{time}</time>
            </div>
            <div class="line small dim">
                <span>{kind_label(locale, row.kind)}</span>
                <span><bdi>{row.actor.label().to_owned()}</bdi></span>
                {row.rule.clone().map(|name| view! { <span>{tr!(locale, operations.rule, name = name)}</span> })}
                {row.error.clone().map(|error| view! { <span class="trunc" dir="auto">{said_words(locale, &error)}</span> })}
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn Blank() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="blank">
            <Icon glyph=icons::LAYERS />
            <h2>{tr!(locale, operations.none)}</h2>
            <p>{tr!(locale, operations.none_why)}</p>
            <a class="btn" href="/api/docs" rel="external">{tr!(locale, operations.none_how)}</a>
        </div>
    }
    .into_any()
}
