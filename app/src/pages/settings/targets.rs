//! `/settings/targets`: through what bulk operations are taken back.

mod calls;
mod edit;

use super::SettingsPage;
use crate::AppError;
use crate::dialog::{Dialog, DialogHandle};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::pages::{Removal, Trouble};
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use calls::{DeleteTarget, TargetForm, list_targets};
use domain::Permission;
use domain::operation::target::{Target, TargetKind};
use domain::view::Viewer;
use edit::EditDialog;
use leptos::prelude::*;

type Answer = Result<Vec<Target>, AppError>;

/// The page of the store's targets.
pub struct TargetsPage {
    targets: Told<Answer>,
}

impl Page for TargetsPage {
    const PLACE: Place = Place::Panel(Panel::Targets);

    fn start() -> Self {
        Self {
            targets: crate::wire::told_first(|| (), |()| list_targets()),
        }
    }

    fn shown(self) -> AnyView {
        let TargetsPage { targets } = self;
        view! {
            <WithViewer let:viewer>
                <Targets viewer targets />
            </WithViewer>
        }
        .into_any()
    }
}

/// What a kind of target is called.
fn kind_label(locale: Locale, kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Shopify => tr!(locale, operations.target.shopify),
        TargetKind::Woocommerce => tr!(locale, operations.target.woocommerce),
        TargetKind::Bridge => tr!(locale, operations.target.bridge),
    }
}

#[component]
fn Targets(viewer: Viewer, targets: Told<Answer>) -> impl IntoView {
    let locale = use_locale();
    let editing = RwSignal::new(None::<TargetForm>);
    let deleting = RwSignal::new(None::<Target>);
    let changed = Callback::new(move |()| targets.refetch());
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, operations.target.place)
            needs=Permission::ManageSettings
            actions=move || {
                view! {
                    <button
                        class="btn small primary"
                        type="button"
                        on:click=move |_| editing.set(Some(TargetForm::default()))
                    >
                        <Icon glyph=icons::PLUS />
                        {tr!(locale, operations.target.add)}
                    </button>
                }
            }
        >
            <p class="lead">{tr!(locale, operations.target.lead)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match targets.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(targets) if targets.is_empty() => {
                            view! {
                                <div class="blank">
                                    <Icon glyph=icons::UNDO_2 class="flip" />
                                    <h2>{tr!(locale, operations.target.none)}</h2>
                                    <p>{tr!(locale, operations.target.none_text)}</p>
                                </div>
                            }
                                .into_any()
                        }
                        Ok(targets) => view! { <Found targets editing deleting /> }.into_any(),
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
                                on_close=Callback::new(move |()| editing.set(None))
                                on_done=changed
                            />
                        }
                    })
            }}
            {move || {
                deleting
                    .get()
                    .map(|target| {
                        view! {
                            <DeleteDialog
                                target
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
fn Found(
    targets: Vec<Target>,
    editing: RwSignal<Option<TargetForm>>,
    deleting: RwSignal<Option<Target>>,
) -> impl IntoView {
    let locale = use_locale();
    let rows = targets
        .into_iter()
        .map(|target| view! { <Row target editing deleting /> })
        .collect_view();
    view! {
        <table class="list templates" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{tr!(locale, operations.target.name)}</th>
                    <th role="columnheader" scope="col">{tr!(locale, operations.target.kind)}</th>
                    <th role="columnheader" scope="col">
                        <span class="vh">{tr!(locale, operations.target.change)}</span>
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
    target: Target,
    editing: RwSignal<Option<TargetForm>>,
    deleting: RwSignal<Option<Target>>,
) -> impl IntoView {
    let locale = use_locale();
    let name = target.name.0.clone();
    let change = tr!(locale, operations.target.change_named, name = name.as_str());
    let delete = tr!(locale, operations.target.delete_named, name = name.as_str());
    let form = TargetForm::of(&target);
    let address = target.address.clone();
    let kind = kind_label(locale, target.kind);
    let default = target
        .is_default
        .then(|| view! { <span class="chip line">{tr!(locale, operations.target.default)}</span> });
    view! {
        <tr role="row">
            <td role="cell">
                <span class="trunc">
                    <bdi class="strong">{name}</bdi>
                    " "
                    {default}
                    <br />
                    <span class="soft clamp" dir="ltr">{address}</span>
                </span>
            </td>
            <td role="cell" class="soft nowrap">{kind}</td>
            <td role="cell" class="acts">
                <button
                    class="btn small"
                    type="button"
                    aria-label=change
                    on:click=move |_| editing.set(Some(form.clone()))
                >
                    {tr!(locale, operations.target.change)}
                </button>
                " "
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=delete.clone()
                    title=delete
                    on:click=move |_| deleting.set(Some(target.clone()))
                >
                    <Icon glyph=icons::TRASH />
                </button>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn DeleteDialog(target: Target, on_close: Callback<()>, on_done: Callback<()>) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let action = ServerAction::<DeleteTarget>::new();
    let value = action.value();
    let default = target
        .is_default
        .then(|| view! { <p>{tr!(locale, operations.target.default_goes)}</p> });
    let name = target.name.0;
    Effect::new(move || {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            handle.close();
            on_done.run(());
        }
    });
    view! {
        <Dialog title=tr!(locale, operations.target.question, name = name.as_str()) handle on_close>
            <ActionForm action>
                <input type="hidden" name="name" value=name.clone() />
                <Removal handle answer=value label=tr!(locale, operations.target.delete) is_pending=action.pending()>
                    <p>{tr!(locale, operations.target.what_goes)}</p>
                    {default}
                </Removal>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
