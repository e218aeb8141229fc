//! `/settings/rules/:id`: one rule, what it was before, what it did and what it has yet to do.

use super::actions::{Actions, Picked, moment};
use super::calls::{OneRule, RestoreRule, read_rule};
use super::edit::EditDialog;
use super::follow::follow;
use super::form::RuleForm;
use super::lately::Lately;
use super::why::AskForm;
use super::{Facts, Opened, SettingsPage, Valued, words};
use crate::AppError;
use crate::activity::live::dot::Dot;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::{Trouble, trouble_text};
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use domain::view::{RuleVersion, Viewer};
use domain::{Permission, RuleId};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;

type Answer = Result<OneRule, AppError>;

/// The page of one rule.
pub struct RulePage {
    rule: Told<Answer>,
}

impl Page for RulePage {
    const PLACE: Place = Place::Panel(Panel::Rule);

    fn start() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
        Self {
            rule: crate::wire::told_first(move || id.get(), read_rule),
        }
    }

    fn shown(self) -> AnyView {
        let rule = self.rule;
        view! {
            <WithViewer let:viewer>
                <Page viewer rule />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Page(viewer: Viewer, rule: Told<Answer>) -> impl IntoView {
    let locale = use_locale();
    let opened = Opened {
        editing: RwSignal::new(None),
        deleting: RwSignal::new(None),
        valuing: RwSignal::new(None),
        picked: Picked::none(),
        changed: Callback::new(move |()| rule.refetch()),
    };
    let live = follow(&viewer, opened.changed);
    let templates = RwSignal::new(Vec::<String>::new());
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, common.place.rules)
            needs=Permission::ManageRules
            actions=move || view! { <Dot live is_waiting=Signal::derive(|| false) /> }
        >
            <p class="lead">
                <A href="/settings/rules" attr:class="link">{tr!(locale, rules.to_all)}</A>
            </p>
            <Transition>
                {move || Suspend::new(async move {
                    match rule.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(found) => {
                            templates.set(found.templates.clone());
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
                                templates=templates.get_untracked()
                                on_close=Callback::new(move |()| opened.editing.set(None))
                                on_done=opened.changed
                            />
                        }
                    })
            }}
            <Valued opened />
        </SettingsPage>
    }
    .into_any()
}

#[component]
fn Found(found: OneRule, opened: Opened) -> impl IntoView {
    let locale = use_locale();
    let OneRule {
        row,
        versions,
        evaluations,
        actions,
        dead,
        offset_minutes,
        ..
    } = found;
    let newest = versions.iter().find_map(|version| version.rule.clone());
    let id = newest.as_ref().map(|rule| rule.id);
    let is_on_schedule = newest
        .as_ref()
        .is_some_and(|rule| rule.trigger.is_schedule());
    let current = row.as_ref().map(|row| row.rule.version);
    let name = newest
        .as_ref()
        .map(|rule| rule.name.clone())
        .unwrap_or_default();
    let deleted = row
        .is_none()
        .then(|| view! { <p class="dim">{tr!(locale, rules.is_deleted)}</p> });
    let head = row.map(|row| {
        let form = RuleForm::of(&row.rule);
        let (when, then) = (
            words::when(locale, &row.rule),
            words::then(locale, &row.rule),
        );
        let edit = form.map(|form| {
            view! {
                <button
                    class="btn small"
                    type="button"
                    on:click=move |_| opened.editing.set(Some(form.clone()))
                >
                    {tr!(locale, rules.change)}
                </button>
            }
        });
        view! {
            <p>
                <span class="dim">{tr!(locale, rules.when)}</span> " " <bdi>{when}</bdi>
                <br />
                <span class="dim">{tr!(locale, rules.then)}</span> " " <bdi>{then}</bdi>
            </p>
            <Facts row offset_minutes />
            <p>{edit}</p>
        }
    });
    let lines = versions.into_iter();
    let lines = lines
        .map(|version| view! { <Version version id current offset_minutes opened /> })
        .collect_view();
    view! {
        <div class="rule-head">
            <h2><bdi>{name}</bdi></h2>
            {deleted}
            {head}
        </div>
        <section aria-labelledby="ask">
            <div class="part-head"><h2 id="ask">{tr!(locale, rules.why_title)}</h2></div>
            <AskForm
                rules=Vec::new()
                rule=id.map(|id| id.to_string()).unwrap_or_default()
                is_on_schedule
                kind=String::new()
                id=String::new()
            />
        </section>
        <Actions
            actions
            dead
            rule=id
            offset_minutes
            picked=opened.picked
            valuing=opened.valuing
            changed=opened.changed
        />
        <Lately evaluations />
        <section aria-labelledby="versions">
            <div class="part-head"><h2 id="versions">{tr!(locale, rules.versions)}</h2></div>
            <ol class="evaluations">{lines}</ol>
        </section>
    }
    .into_any()
}

#[component]
fn Version(
    version: RuleVersion,
    id: Option<RuleId>,
    current: Option<u32>,
    offset_minutes: i32,
    opened: Opened,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<RestoreRule>::new();
    let value = action.value();
    Effect::new(move || {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            opened.changed.run(());
        }
    });
    let refused = move || {
        value.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            let gone = |field: &str| {
                let mut wrong = error.0.fields.iter();
                wrong.any(|wrong| wrong.code == "not_found" && wrong.pointer.ends_with(field))
            };
            let words = if gone("/template") {
                tr!(locale, rules.fault.no_template).to_owned()
            } else if gone("/to") {
                tr!(locale, rules.fault.no_colleague).to_owned()
            } else {
                trouble_text(locale, error)
            };
            Some(view! { <span class="field-error" role="alert">{words}</span> })
        })
    };
    let number = version.version;
    let is_current = current == Some(number);
    let said = match &version.rule {
        None => tr!(locale, rules.version_deleted).to_owned(),
        Some(rule) => {
            let mut said = format!(
                "{}: {}",
                words::when(locale, rule),
                words::then(locale, rule)
            );
            if !rule.is_enabled {
                said = format!("{} · {said}", tr!(locale, rules.is_off));
            }
            if rule.is_dry {
                said = format!("{} · {said}", tr!(locale, rules.dry));
            }
            said
        }
    };
    let label = tr!(locale, rules.restore_named, n = number.to_string());
    let restore = id
        .filter(|_| !is_current && version.rule.is_some())
        .map(|id| {
            view! {
                <button
                    class="btn small"
                    type="button"
                    aria-label=label
                    on:click=move |_| {
                        action.dispatch(RestoreRule { id, version: number });
                    }
                >
                    {tr!(locale, rules.restore)}
                </button>
            }
        });
    let name = tr!(locale, rules.version, n = number.to_string());
    let saved = moment(locale, version.saved_at, offset_minutes);
    let mark = is_current.then(|| {
        view! { <span class="chip success"><Icon glyph=icons::CIRCLE_CHECK />{tr!(locale, rules.in_force)}</span> }
    });
    view! {
        <li>
            <span class="strong nowrap">{name}</span>
            <span class="what">
                <bdi>{said}</bdi>
                " "
                <span class="soft"><bdi>{version.saved_by}</bdi> " " {saved}</span>
                {refused}
            </span>
            <span>{mark} {restore}</span>
        </li>
    }
    .into_any()
}
