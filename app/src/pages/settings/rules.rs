//! `/settings/rules`: what messages, events and times set off, and what became of it.

mod actions;
mod calls;
mod edit;
mod follow;
mod form;
mod lately;
#[cfg(not(feature = "ssr"))]
mod live;
mod reported;
mod rule;
mod trial;
mod value;
mod why;
mod words;

pub use actions::action_words as action_of_rule;
pub use rule::RulePage;
pub use why::{WhyPage, why_href};

use super::SettingsPage;
use crate::AppError;
use crate::activity::live::dot::Dot;
use crate::dialog::{Dialog, DialogHandle};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::{Removal, Trouble};
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use actions::{Actions, Picked};
use calls::{DeleteRule, RulesAndWhatTheyDid, SwitchRule, list_rules};
use domain::followup::FollowupRule;
use domain::view::{RuleActionRow, RuleRow, Viewer};
use domain::{Permission, RuleId};
use edit::EditDialog;
use follow::follow;
use form::RuleForm;
use lately::Lately;
use leptos::prelude::*;
use leptos_router::components::A;
use reported::Reported;
use value::ValueDialog;

type Answer = Result<RulesAndWhatTheyDid, AppError>;

/// The page of the store's rules.
pub struct RulesPage {
    rules: Told<Answer>,
}

impl Page for RulesPage {
    const PLACE: Place = Place::Panel(Panel::Rules);

    fn start() -> Self {
        Self {
            rules: crate::wire::told_first(|| (), |()| list_rules()),
        }
    }

    fn shown(self) -> AnyView {
        let RulesPage { rules } = self;
        view! {
            <WithViewer let:viewer>
                <Rules viewer rules />
            </WithViewer>
        }
        .into_any()
    }
}

/// Which dialog is open.
#[derive(Clone, Copy)]
struct Opened {
    editing: RwSignal<Option<RuleForm>>,
    deleting: RwSignal<Option<FollowupRule>>,
    valuing: RwSignal<Option<RuleActionRow>>,
    picked: Picked,
    changed: Callback<()>,
}

#[component]
fn Rules(viewer: Viewer, rules: Told<Answer>) -> impl IntoView {
    let locale = use_locale();
    let opened = Opened {
        editing: RwSignal::new(None),
        deleting: RwSignal::new(None),
        valuing: RwSignal::new(None),
        picked: Picked::none(),
        changed: Callback::new(move |()| rules.refetch()),
    };
    let live = follow(&viewer, opened.changed);
    // None until they are read: a dialog opened before would offer none.
    let templates = RwSignal::new(None::<Vec<String>>);
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, common.place.rules)
            needs=Permission::ManageRules
            actions=move || {
                view! {
                    <Dot live is_waiting=Signal::derive(|| false) />
                    <button
                        class="btn small primary"
                        type="button"
                        disabled=move || templates.with(Option::is_none)
                        on:click=move |_| {
                            opened
                                .editing
                                .set(
                                    Some(RuleForm {
                                        is_enabled: Some("on".to_owned()),
                                        when: "message".to_owned(),
                                        ..RuleForm::default()
                                    }),
                                );
                        }
                    >
                        <Icon glyph=icons::PLUS />
                        {tr!(locale, rules.add)}
                    </button>
                }
            }
        >
            <p class="lead">
                {tr!(locale, rules.lead)} " "
                <A href="/settings/templates" attr:class="link">
                    {tr!(locale, rules.to_templates)}
                </A>
                " · "
                <A href="/settings/why" attr:class="link">
                    {tr!(locale, rules.why_title)}
                </A>
            </p>
            <Transition>
                {move || Suspend::new(async move {
                    match rules.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(found) => {
                            templates.set(Some(found.templates.clone()));
                            view! { <Found found opened /> }.into_any()
                        }
                    }
                })}
            </Transition>
            {move || {
                opened
                    .editing
                    .get()
                    .map(|form| {
                        view! {
                            <EditDialog
                                form
                                templates=templates.get_untracked().unwrap_or_default()
                                on_close=Callback::new(move |()| opened.editing.set(None))
                                on_done=opened.changed
                            />
                        }
                    })
            }}
            {move || opened.deleting.get().map(|rule| view! { <DeleteDialog rule opened /> })}
            <Valued opened />
        </SettingsPage>
    }
    .into_any()
}

#[component]
fn Found(found: RulesAndWhatTheyDid, opened: Opened) -> impl IntoView {
    let locale = use_locale();
    let rules = if found.rules.is_empty() {
        view! {
            <div class="blank">
                <Icon glyph=icons::WAND_SPARKLES />
                <h2>{tr!(locale, rules.none)}</h2>
                <p>{tr!(locale, rules.none_text)}</p>
            </div>
        }
        .into_any()
    } else {
        let offset_minutes = found.offset_minutes;
        let rows = found.rules.into_iter();
        let rows = rows
            .map(|row| view! { <Row row offset_minutes opened /> })
            .collect_view();
        view! {
            <table class="list rules" role="table">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{tr!(locale, rules.rule)}</th>
                        <th role="columnheader" scope="col">{tr!(locale, rules.is_on)}</th>
                        <th role="columnheader" scope="col">
                            <span class="vh">{tr!(locale, rules.change)}</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        {rules}
        <Actions
            actions=found.actions
            dead=found.dead
            rule=None
            offset_minutes=found.offset_minutes
            picked=opened.picked
            valuing=opened.valuing
            changed=opened.changed
        />
        <Reported rules=found.reported offset_minutes=found.offset_minutes hint=tr!(locale, rules.reported_hint) />
        <Lately evaluations=found.evaluations />
    }
    .into_any()
}

#[component]
fn Row(row: RuleRow, offset_minutes: i32, opened: Opened) -> impl IntoView {
    let locale = use_locale();
    let rule = row.rule.clone();
    let href = format!("/settings/rules/{}", rule.id);
    let form = RuleForm::of(&rule);
    let is_of_api = form.is_none();
    let is_off = !rule.is_enabled;
    let (when, then) = (words::when(locale, &rule), words::then(locale, &rule));
    let change = tr!(locale, rules.change_named, name = rule.name.as_str());
    let delete = tr!(locale, rules.delete_named, name = rule.name.as_str());
    let name = rule.name.clone();
    let edit = form.map(|form| {
        view! {
            <button
                class="btn small"
                type="button"
                aria-label=change
                on:click=move |_| opened.editing.set(Some(form.clone()))
            >
                {tr!(locale, rules.change)}
            </button>
        }
    });
    let switch = view! { <Switch id=rule.id name=name.clone() is_on=rule.is_enabled opened /> };
    view! {
        <tr role="row" class:off=is_off>
            <td role="cell">
                <span class="trunc rule-words">
                    <a class="link strong" href=href><bdi>{name}</bdi></a>
                    <br />
                    <span class="soft"><span class="dim">{tr!(locale, rules.when)}</span> " " <bdi>{when}</bdi></span>
                    <br />
                    <span class="soft"><span class="dim">{tr!(locale, rules.then)}</span> " " <bdi>{then}</bdi></span>
                    {is_of_api.then(|| view! { <br /> <span class="dim">{tr!(locale, rules.by_api)}</span> })}
                </span>
                <Facts row offset_minutes />
            </td>
            <td role="cell">{switch}</td>
            <td role="cell" class="acts">
                {edit} " "
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=delete.clone()
                    title=delete
                    on:click=move |_| opened.deleting.set(Some(rule.clone()))
                >
                    <Icon glyph=icons::TRASH />
                </button>
            </td>
        </tr>
    }
    .into_any()
}

/// How a rule does: what is wrong with it, whether it is on trial, how often it fired, when it is due.
#[component]
fn Facts(row: RuleRow, offset_minutes: i32) -> impl IntoView {
    let locale = use_locale();
    let dry = row.rule.is_dry.then(|| {
        view! { <span class="chip pending"><Icon glyph=icons::CIRCLE_SLASH />{tr!(locale, rules.dry)}</span> " " }
    });
    let counts = tr!(
        locale,
        rules.counts,
        count = row.fired,
        fired = row.fired.to_string(),
        skipped = row.skipped.to_string()
    );
    let would_have = row.would_have_fired;
    let would_have = (row.rule.is_dry || would_have > 0).then(|| {
        tr!(
            locale,
            rules.would_have_fired,
            count = would_have,
            n = would_have.to_string()
        )
    });
    let last = row.fired_at.map(|at| {
        tr!(
            locale,
            rules.last_fired,
            at = actions::moment(locale, at, offset_minutes)
        )
    });
    let due = row.due_at.map(|at| {
        tr!(
            locale,
            rules.due_next,
            at = actions::moment(locale, at, offset_minutes)
        )
    });
    let said = [Some(counts), would_have, last, due].into_iter().flatten();
    let said = said.collect::<Vec<_>>().join(" · ");
    let faults = row.faults.into_iter().map(|fault| {
        let words = why::fault_words(&fault.pointer, &fault.message);
        view! {
            <span class="chip failed"><Icon glyph=icons::CIRCLE_ALERT />{tr!(locale, rules.is_broken)}</span>
            " "
            <bdi class="rule-fault">{words}</bdi>
            <br />
        }
    });
    view! {
        <p class="small soft rule-words">{dry} {said} <br /> {faults.collect_view()}</p>
    }
    .into_any()
}

/// On or off, at once.
#[component]
fn Switch(id: RuleId, name: String, is_on: bool, opened: Opened) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<SwitchRule>::new();
    let value = action.value();
    let label = tr!(locale, rules.on_named, name = name);
    Effect::new(move || {
        // Refused or done: the list says how it stands.
        if value.with(Option::is_some) {
            opened.changed.run(());
        }
    });
    view! {
        <input
            type="checkbox"
            role="switch"
            class="switch"
            aria-label=label
            prop:checked=is_on
            checked=is_on
            prop:disabled=move || action.pending().get()
            on:change=move |_| {
                action
                    .dispatch(SwitchRule {
                        id,
                        is_enabled: !is_on,
                    });
            }
        />
    }
    .into_any()
}

/// The dialog of the action that is edited, if one is.
#[component]
fn Valued(opened: Opened) -> impl IntoView {
    move || {
        opened.valuing.get().map(|row| {
            view! {
                <ValueDialog
                    row
                    on_close=Callback::new(move |()| opened.valuing.set(None))
                    on_done=opened.changed
                />
            }
        })
    }
}

#[component]
fn DeleteDialog(rule: FollowupRule, opened: Opened) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let action = ServerAction::<DeleteRule>::new();
    let value = action.value();
    Effect::new(move || {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            handle.close();
            opened.changed.run(());
        }
    });
    let on_close = Callback::new(move |()| opened.deleting.set(None));
    view! {
        <Dialog title=tr!(locale, rules.question, name = rule.name) handle on_close>
            <ActionForm action>
                <input type="hidden" name="id" value=rule.id.to_string() />
                <Removal handle answer=value label=tr!(locale, rules.delete) is_pending=action.pending()>
                    <p>{tr!(locale, rules.what_goes)}</p>
                </Removal>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
