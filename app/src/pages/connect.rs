//! `/connect`, the first run: how entries get here. Offers only what works.

mod own_code;
mod sample;
mod ways;

use super::NoPermission;
use crate::AppError;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::WithViewer;
use crate::parts::{Page, Panel, Place};
use crate::viewer::load_viewer;
use crate::webhooks::list_connections;
use crate::wire::Told;
use domain::Permission;
use domain::view::{ConnectionView, Viewer};
use leptos::prelude::*;
use leptos_meta::Title;
use sample::Sample;
use std::time::Duration;
use ways::Ways;

/// The first-run page.
pub struct ConnectPage {
    connections: Told<Result<Vec<ConnectionView>, AppError>>,
}

impl Page for ConnectPage {
    const PLACE: Place = Place::Panel(Panel::Connect);

    fn start() -> Self {
        Self {
            connections: crate::wire::told_first(|| (), |()| list_connections()),
        }
    }

    fn shown(self) -> AnyView {
        let ConnectPage { connections } = self;
        view! {
            <WithViewer let:viewer>
                <Connect viewer connections />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Connect(
    /// Who is signed in.
    viewer: Viewer,
    /// The connections there are.
    connections: Told<Result<Vec<ConnectionView>, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let title = tr!(locale, account.connect.title);
    if !viewer.may(Permission::ManageKeys) {
        return view! { <NoPermission section=title viewer needs=Permission::ManageKeys /> }
            .into_any();
    }
    let has_arrived = RwSignal::new(viewer.has_entries);
    let lead = move || {
        if has_arrived.get() {
            tr!(locale, account.connect.lead_more)
        } else {
            tr!(locale, account.connect.lead)
        }
    };
    view! {
        <Title text=title />
        <section class="stage" aria-labelledby="h">
            <div class="scroll">
                <div class="first">
                    <header>
                        <h1 id="h">{title}</h1>
                        <p class="lead">{lead}</p>
                    </header>
                    <Ways has_arrived connections />
                    {viewer.may(Permission::ManageSample).then(|| view! { <Sample viewer=viewer.clone() /> })}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// Waits for the first entry and leads to it.
#[component]
fn Listen(
    /// Whether there is one: set when it arrives.
    has_arrived: RwSignal<bool>,
) -> impl IntoView {
    let locale = use_locale();
    let had_entries = has_arrived.get_untracked();
    Effect::new(move || {
        if has_arrived.get_untracked() {
            return;
        }
        let ask = move || {
            if document().hidden() || has_arrived.try_get_untracked().unwrap_or(true) {
                return;
            }
            leptos::task::spawn_local(async move {
                // What fails is asked again in a second.
                if load_viewer().await.is_ok_and(|viewer| viewer.has_entries) {
                    let _ = has_arrived.try_set(true);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(ask, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    let status = move || {
        if has_arrived.get() {
            view! {
                <Icon glyph=icons::CIRCLE_CHECK />
                <span>
                    {if had_entries {
                        tr!(locale, account.connect.arrives)
                    } else {
                        tr!(locale, account.connect.arrived)
                    }}
                </span>
                // Loaded anew: the frame learns that there are entries.
                <a class="link push" href="/activity" rel="external">
                    {tr!(locale, account.connect.see)}
                </a>
            }
            .into_any()
        } else {
            view! {
                <span class="pulse"></span>
                <span>{tr!(locale, account.connect.waiting)}</span>
            }
            .into_any()
        }
    };
    view! { <div class="listen" class:here=has_arrived role="status">{status}</div> }.into_any()
}
