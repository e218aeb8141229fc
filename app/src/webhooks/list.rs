//! The list of deliveries, live.

use super::WebhooksRoute;
use super::calls::{self, Asked, Stretch};
use super::words::{cause_words, result_words, state_label, state_of, subject_words};
use crate::activity::clock::Moment;
use crate::activity::live::{self as socket, Live, dot::Dot};
use crate::activity::words::moment_title;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::{Opening, admitted, not_read};
use crate::said::said_words;
use domain::Permission;
use domain::hook::{HookResult, HookState};
use domain::view::{HookRow, Viewer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// The states that have a tab.
const TABS: [HookState; 6] = [
    HookState::Received,
    HookState::Queued,
    HookState::Failed,
    HookState::Dead,
    HookState::Done,
    HookState::Discarded,
];

/// What the list knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct HookList {
    asked: StoredValue<Asked>,
    rows: RwSignal<Vec<HookRow>>,
    next: RwSignal<Option<String>>,
    is_loading: RwSignal<bool>,
    /// What has arrived since the list is being read again: the answer may be older.
    #[cfg(not(feature = "ssr"))]
    meanwhile: StoredValue<Option<Vec<HookRow>>>,
    /// How often the list was read again.
    #[cfg(not(feature = "ssr"))]
    readings: StoredValue<u32>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
}

impl HookList {
    fn new(viewer: &Viewer, asked: Asked, stretch: &Stretch) -> Self {
        let live = Live::new();
        live.follow("", None);
        Self {
            asked: StoredValue::new(asked),
            rows: RwSignal::new(stretch.page.rows.clone()),
            next: RwSignal::new(stretch.page.next.clone()),
            is_loading: RwSignal::new(false),
            #[cfg(not(feature = "ssr"))]
            meanwhile: StoredValue::new(None),
            #[cfg(not(feature = "ssr"))]
            readings: StoredValue::new(0),
            moment: Moment::new(viewer.now, viewer.offset_minutes),
            live,
        }
    }

    /// Takes in how a delivery stands now. One that doesn't fit what is asked for any more is taken out.
    #[cfg(not(feature = "ssr"))]
    pub fn arrive(self, row: HookRow) {
        self.meanwhile.try_update_value(|meanwhile| {
            if let Some(meanwhile) = meanwhile {
                meanwhile.push(row.clone());
            }
        });
        self.place(row);
    }

    #[cfg(not(feature = "ssr"))]
    fn place(self, row: HookRow) {
        let fits = self.asked.try_with_value(|asked| asked.fits(&row)) == Some(true);
        self.rows.try_update(|rows| {
            let place = rows.iter().position(|known| known.id == row.id);
            match place {
                Some(place) if fits => rows[place] = row,
                Some(place) => drop(rows.remove(place)),
                None if fits => {
                    // Ids rise with time.
                    let place = rows.partition_point(|known| known.id > row.id);
                    rows.insert(place, row);
                }
                None => {}
            }
        });
    }

    /// Reads the first page again.
    #[cfg(not(feature = "ssr"))]
    pub fn reload(self) {
        let Some(asked) = self.asked.try_get_value() else {
            return;
        };
        self.meanwhile.try_update_value(|meanwhile| {
            meanwhile.get_or_insert_default();
        });
        let reading = self.readings.try_update_value(|readings| {
            *readings += 1;
            *readings
        });
        spawn_local(async move {
            let answer = calls::list(asked, None).await;
            if self.readings.try_get_value() != reading {
                // A later reading answers for this one.
                return;
            }
            let meanwhile = self.meanwhile.try_update_value(Option::take).flatten();
            if let Ok(stretch) = answer {
                self.rows.try_set(stretch.page.rows);
                self.next.try_set(stretch.page.next);
                for row in meanwhile.into_iter().flatten() {
                    self.place(row);
                }
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
        let asked = self.asked.get_value();
        spawn_local(async move {
            let answer = calls::list(asked, Some(after)).await;
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
pub fn WebhooksPage(source: WebhooksRoute) -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let section = tr!(locale, webhooks.title);
    let content = move |viewer: Viewer| async move {
        match source.stretch.await {
            Ok(stretch) => {
                let asked = source.asked.get_untracked();
                let may_connect = viewer.may(Permission::ManageKeys);
                let list = HookList::new(&viewer, asked.clone(), &stretch);
                view! { <Whole list asked stretch may_connect /> }.into_any()
            }
            Err(error) => {
                let again = move || source.stretch.refetch();
                socket::when_online(again);
                not_read(tr!(locale, webhooks.failed_to_load), &error, again)
            }
        }
    };
    view! {
        <Title text=section />
        <Transition fallback=Opening>
            {move || Suspend::new(admitted(viewer, section, Permission::ManageWebhooks, content))}
        </Transition>
    }
    .into_any()
}

#[component]
fn Whole(list: HookList, asked: Asked, stretch: Stretch, may_connect: bool) -> impl IntoView {
    let locale = use_locale();
    list.moment.go_on();
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| socket::start(list));
        }
    });
    view! {
        <section class="stage operations" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, webhooks.title)}</h1>
                <span class="push"></span>
                <Dot live=list.live is_waiting=Signal::derive(|| false) />
                {may_connect.then(|| view! {
                    <a class="btn small" href="/connect">
                        <Icon glyph=icons::PLUS />
                        {tr!(locale, webhooks.connect)}
                    </a>
                })}
            </header>
            <Tabs asked=asked.clone() />
            <Choices asked connections=stretch.connections topics=stretch.topics />
            <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, webhooks.list)>
                <Show when=move || !list.rows.with(Vec::is_empty) fallback=Blank>
                    <ul class="op-list">
                        <For each=move || list.rows.get() key=|row| row.clone().into_key() let:row>
                            <Line row list />
                        </For>
                    </ul>
                    <Show when=move || list.next.with(Option::is_some)>
                        <p class="end">
                            <button class="btn" type="button" on:click=move |_| list.go_on()>
                                {tr!(locale, webhooks.more)}
                            </button>
                        </p>
                    </Show>
                </Show>
            </div>
        </section>
    }
    .into_any()
}

/// What a line is shown anew for.
trait Keyed {
    fn into_key(self) -> (domain::HookId, HookState, u32, u32, bool);
}

impl Keyed for HookRow {
    fn into_key(self) -> (domain::HookId, HookState, u32, u32, bool) {
        let has_due = self.due_at.is_some();
        (self.id, self.state, self.tries, self.repeats, has_due)
    }
}

/// How they stand: links, so that each has an address.
#[component]
fn Tabs(asked: Asked) -> impl IntoView {
    let locale = use_locale();
    let link = move |state: Option<HookState>| {
        let href = Asked {
            state,
            ..asked.clone()
        }
        .href();
        let label = state.map_or(tr!(locale, webhooks.all), |one| state_label(locale, one));
        view! { <a href=href aria-current=(state == asked.state).then_some("page")>{label}</a> }
    };
    let all = link(None);
    let tabs = TABS.iter().map(|one| link(Some(*one))).collect_view();
    view! { <nav class="op-tabs" aria-label=tr!(locale, webhooks.list)>{all} {tabs}</nav> }
        .into_any()
}

/// Which connection and topic.
#[component]
fn Choices(asked: Asked, connections: Vec<String>, topics: Vec<String>) -> impl IntoView {
    let locale = use_locale();
    let navigate = StoredValue::new(use_navigate());
    let go = move |asked: Asked| {
        navigate.with_value(|navigate| navigate(&asked.href(), NavigateOptions::default()));
    };
    let chosen = |value: String| Some(value).filter(|value| !value.is_empty());
    let options = |names: Vec<String>, current: Option<String>| {
        names
            .into_iter()
            .map(|name| {
                let is_chosen = current.as_ref() == Some(&name);
                view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
            })
            .collect_view()
    };
    let (of_connection, of_topic) = (asked.clone(), asked.clone());
    view! {
        <div class="hook-choices">
            <label>
                <span class="vh">{tr!(locale, webhooks.connection)}</span>
                <select
                    class="input"
                    on:change=move |event| {
                        let connection = chosen(event_target_value(&event));
                        go(Asked { connection, ..of_connection.clone() });
                    }
                >
                    <option value="">{tr!(locale, webhooks.every_connection)}</option>
                    {options(connections, asked.connection.clone())}
                </select>
            </label>
            <label>
                <span class="vh">{tr!(locale, webhooks.topic)}</span>
                <select
                    class="input"
                    on:change=move |event| {
                        let topic = chosen(event_target_value(&event));
                        go(Asked { topic, ..of_topic.clone() });
                    }
                >
                    <option value="">{tr!(locale, webhooks.every_topic)}</option>
                    {options(topics, asked.topic.clone())}
                </select>
            </label>
        </div>
    }
    .into_any()
}

#[component]
fn Line(row: HookRow, list: HookList) -> impl IntoView {
    let locale = use_locale();
    let (class, glyph, word) = state_of(locale, row.state);
    // What went well is quiet.
    let state = (row.state != HookState::Done).then(|| {
        view! { <span class=class><Icon glyph />{word}</span> }
    });
    let title = moment_title(locale, row.received_at, row.offset_minutes);
    let today = list.moment.today_untracked();
    let time = crate::operations::moment_words(locale, row.received_at, row.offset_minutes, today);
    let repeats = (row.repeats > 0).then(|| {
        let count = u64::from(row.repeats);
        view! { <span class="dim">{tr!(locale, webhooks.repeated, count = count)}</span> }
    });
    let result = row.result.filter(|result| *result != HookResult::Recorded);
    let words = match (row.cause, result) {
        (Some(cause), _) if !row.state.is_settled() || row.state == HookState::Dead => {
            Some(cause_words(locale, cause))
        }
        (_, result) => result.map(|result| result_words(locale, result)),
    };
    view! {
        <li class="op-line">
            <div class="line">
                <a class="name" href=format!("/webhooks/{}", row.id)><bdi dir="ltr">{row.topic.clone()}</bdi></a>
                {subject_words(&row).map(|words| view! { <bdi>{words}</bdi> })}
                {state}
                <span class="push"></span>
                <time class="dim nowrap" title=title datetime=row.received_at.to_rfc3339()>{time}</time>
            </div>
            <div class="line small dim">
                <span><bdi>{row.connection.clone()}</bdi></span>
                <span>{row.platform.label()}</span>
                {repeats}
                {words.map(|words| view! { <span>{words}</span> })}
                {row.error.as_deref().map(|error| view! { <span class="trunc" dir="auto">{said_words(locale, error)}</span> })}
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
            <Icon glyph=icons::WEBHOOK />
            <h2>{tr!(locale, webhooks.none)}</h2>
            <p>{tr!(locale, webhooks.none_why)}</p>
        </div>
    }
    .into_any()
}
