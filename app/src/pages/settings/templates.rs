//! `/settings/templates`: texts to be sent again and again, by people and by rules.

mod calls;
mod edit;

use super::SettingsPage;
use crate::AppError;
use crate::dialog::{Dialog, DialogHandle};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::messages::words::{channel_glyph, channel_label};
use crate::orders::composer::{BuiltIn, built_in};
use crate::pages::{Removal, Trouble};
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use calls::{DeleteTemplate, TemplateForm, list_templates};
use domain::Permission;
use domain::followup::Template;
use domain::view::Viewer;
use edit::EditDialog;
use leptos::prelude::*;

type Answer = Result<Vec<Template>, AppError>;

/// The page of the store's templates.
pub struct TemplatesPage {
    templates: Told<Answer>,
}

impl Page for TemplatesPage {
    const PLACE: Place = Place::Panel(Panel::Templates);

    fn start() -> Self {
        Self {
            templates: crate::wire::told_first(|| (), |()| list_templates()),
        }
    }

    fn shown(self) -> AnyView {
        let TemplatesPage { templates } = self;
        view! {
            <WithViewer let:viewer>
                <Templates viewer templates />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Templates(viewer: Viewer, templates: Told<Answer>) -> impl IntoView {
    let locale = use_locale();
    let editing = RwSignal::new(None::<TemplateForm>);
    let deleting = RwSignal::new(None::<Template>);
    let changed = Callback::new(move |()| templates.refetch());
    let store = StoredValue::new(viewer.store.name.clone());
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, common.place.templates)
            needs=Permission::ManageRules
            actions=move || {
                view! {
                    <button
                        class="btn small primary"
                        type="button"
                        on:click=move |_| editing.set(Some(TemplateForm::default()))
                    >
                        <Icon glyph=icons::PLUS />
                        {tr!(locale, rules.add_template)}
                    </button>
                }
            }
        >
            <p class="lead">{tr!(locale, rules.templates_lead)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match templates.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(templates) if templates.is_empty() => {
                            view! {
                                <Nothing />
                                <BuiltInTexts templates editing />
                            }
                                .into_any()
                        }
                        Ok(templates) => {
                            view! {
                                <Found templates=templates.clone() editing deleting />
                                <BuiltInTexts templates editing />
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
            {move || {
                editing
                    .get()
                    .map(|form| {
                        view! {
                            <EditDialog
                                form
                                store=store.get_value()
                                on_close=Callback::new(move |()| editing.set(None))
                                on_done=changed
                            />
                        }
                    })
            }}
            {move || {
                deleting
                    .get()
                    .map(|template| {
                        view! {
                            <DeleteDialog
                                template
                                on_close=Callback::new(move |()| deleting.set(None))
                                on_done=changed
                            />
                        }
                    })
            }}
        </SettingsPage>
    }
    .into_any()
}

#[component]
fn Nothing() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="blank">
            <Icon glyph=icons::MESSAGE_SQUARE_TEXT />
            <h2>{tr!(locale, rules.templates_none)}</h2>
            <p>{tr!(locale, rules.templates_none_text)}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Found(
    templates: Vec<Template>,
    editing: RwSignal<Option<TemplateForm>>,
    deleting: RwSignal<Option<Template>>,
) -> impl IntoView {
    let locale = use_locale();
    let rows = templates
        .into_iter()
        .map(|template| view! { <Row template editing deleting /> })
        .collect_view();
    view! {
        <table class="list templates" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{tr!(locale, rules.template_column)}</th>
                    <th role="columnheader" scope="col">{tr!(locale, messages.filter.channel)}</th>
                    <th role="columnheader" scope="col">
                        <span class="vh">{tr!(locale, rules.change)}</span>
                    </th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(
    template: Template,
    editing: RwSignal<Option<TemplateForm>>,
    deleting: RwSignal<Option<Template>>,
) -> impl IntoView {
    let locale = use_locale();
    let change = tr!(locale, rules.change_named, name = template.name.as_str());
    let delete = tr!(locale, rules.delete_named, name = template.name.as_str());
    let channel = match template.channel {
        Some(channel) => view! {
            <span class="status"><Icon glyph=channel_glyph(channel) />{channel_label(locale, channel)}</span>
        }
        .into_any(),
        None => tr!(locale, rules.any_channel).into_any(),
    };
    let form = TemplateForm::of(&template);
    let (name, body) = (template.name.clone(), template.body.clone());
    view! {
        <tr role="row">
            <td role="cell">
                <span class="trunc">
                    <bdi class="strong">{name}</bdi>
                    <br />
                    <span class="soft clamp" dir="auto">{body}</span>
                </span>
            </td>
            <td role="cell" class="soft nowrap">{channel}</td>
            <td role="cell" class="acts">
                <button
                    class="btn small"
                    type="button"
                    aria-label=change
                    on:click=move |_| editing.set(Some(form.clone()))
                >
                    {tr!(locale, rules.change)}
                </button>
                " "
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=delete.clone()
                    title=delete
                    on:click=move |_| deleting.set(Some(template.clone()))
                >
                    <Icon glyph=icons::TRASH />
                </button>
            </td>
        </tr>
    }
    .into_any()
}

/// The texts that come with Storetrail, each to be taken over as a template of the store.
#[component]
fn BuiltInTexts(
    templates: Vec<Template>,
    editing: RwSignal<Option<TemplateForm>>,
) -> impl IntoView {
    let locale = use_locale();
    // Where the composer has the number of its order, a template has a place.
    let rows = built_in(locale, "{{order}}")
        .map(|text| {
            let is_replaced = text.is_replaced(&templates);
            view! { <BuiltInRow text is_replaced editing /> }
        })
        .collect_view();
    view! {
        <section class="built-in-texts" aria-labelledby="built-in-texts">
            <h2 id="built-in-texts">{tr!(locale, rules.built_in)}</h2>
            <p class="lead">{tr!(locale, rules.built_in_lead)}</p>
            <table class="list templates" role="table" aria-labelledby="built-in-texts">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{tr!(locale, rules.template_column)}</th>
                        <th role="columnheader" scope="col">
                            <span class="vh">{tr!(locale, rules.take_over)}</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

#[component]
fn BuiltInRow(
    text: BuiltIn,
    is_replaced: bool,
    editing: RwSignal<Option<TemplateForm>>,
) -> impl IntoView {
    let locale = use_locale();
    let BuiltIn {
        name,
        subject,
        text: body,
    } = text;
    let form = TemplateForm {
        name: name.to_owned(),
        subject,
        body: body.clone(),
        ..TemplateForm::default()
    };
    let act = if is_replaced {
        view! { <span class="soft">{tr!(locale, rules.taken_over)}</span> }.into_any()
    } else {
        view! {
            <button
                class="btn small"
                type="button"
                aria-label=tr!(locale, rules.take_over_named, name = name)
                on:click=move |_| editing.set(Some(form.clone()))
            >
                {tr!(locale, rules.take_over)}
            </button>
        }
        .into_any()
    };
    view! {
        <tr role="row">
            <td role="cell">
                <span class="trunc">
                    <span class="strong">{name}</span>
                    " "
                    <span class="chip">{tr!(locale, rules.built_in)}</span>
                    <br />
                    <span class="soft clamp" dir="auto">{body}</span>
                </span>
            </td>
            <td role="cell" class="acts">{act}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn DeleteDialog(
    template: Template,
    on_close: Callback<()>,
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let action = ServerAction::<DeleteTemplate>::new();
    let value = action.value();
    Effect::new(move || {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            handle.close();
            on_done.run(());
        }
    });
    view! {
        <Dialog title=tr!(locale, rules.template_question, name = template.name) handle on_close>
            <ActionForm action>
                <input type="hidden" name="id" value=template.id.to_string() />
                <Removal handle answer=value label=tr!(locale, rules.delete) is_pending=action.pending()>
                    <p>{tr!(locale, rules.template_goes)}</p>
                </Removal>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
