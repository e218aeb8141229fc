//! `/settings/retention`: how long each log is kept, what would go, what is held, what was erased.

mod calls;
mod confirm;
mod days;
mod erasures;
mod holds;
mod rules;

use super::SettingsPage;
use crate::AppError;
use crate::erase::calls::list as list_erasures;
use crate::i18n::{tr, use_locale};
use crate::layout::WithViewer;
use crate::pages::Trouble;
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use domain::Permission;
use domain::view::{ErasureRow, RetentionView, Viewer};
use erasures::Erasures;
use holds::Holds;
use leptos::prelude::*;
use rules::Rules;

/// The page of how long things are kept.
pub struct RetentionPage {
    view: Told<Result<RetentionView, AppError>>,
    erasures: Told<Result<Vec<ErasureRow>, AppError>>,
}

impl Page for RetentionPage {
    const PLACE: Place = Place::Panel(Panel::Retention);

    fn start() -> Self {
        Self {
            view: crate::wire::told_first(|| (), |()| calls::read()),
            erasures: crate::wire::told_first(|| (), |()| list_erasures(None, None)),
        }
    }

    fn shown(self) -> AnyView {
        let RetentionPage {
            view: known,
            erasures,
        } = self;
        view! {
            <WithViewer let:viewer>
                <Page viewer known erasures />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Page(
    viewer: Viewer,
    known: Told<Result<RetentionView, AppError>>,
    erasures: Told<Result<Vec<ErasureRow>, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let (now, offset) = (viewer.now, viewer.offset_minutes);
    view! {
        <SettingsPage viewer title=tr!(locale, common.place.retention) needs=Permission::ManageRetention>
            <p class="lead">{tr!(locale, retention.lead)}</p>
            <Transition>
                {move || Suspend::new(async move {
                    match known.await {
                        Ok(view) => {
                            let erased = erasures.await;
                            view! {
                                <Rules first=view.clone() />
                                <Holds first=view.holds now />
                                <Erasures known=erased offset />
                            }
                                .into_any()
                        }
                        Err(error) => view! { <Trouble error /> }.into_any(),
                    }
                })}
            </Transition>
        </SettingsPage>
    }
    .into_any()
}
