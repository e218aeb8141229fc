//! Who looks at a page is asked first: what stands there meanwhile, and instead for those whose role doesn't open it.

use super::NoPermission;
use crate::activity::table::SkeletonRows;
use crate::viewer::ViewerResource;
use domain::Permission;
use domain::view::Viewer;
use leptos::prelude::*;

/// What stands in a page's place while it is on its way.
#[component]
pub fn Opening() -> impl IntoView {
    view! { <section class="stage" aria-busy="true"><SkeletonRows /></section> }
}

/// A page's content, if the role of who looks has what it `needs`; which roles have it otherwise. To be awaited inside
/// `Suspend`.
pub async fn admitted<C>(
    viewer: ViewerResource,
    section: &'static str,
    needs: Permission,
    content: impl FnOnce(Viewer) -> C,
) -> AnyView
where
    C: Future<Output = AnyView>,
{
    match viewer.await {
        Ok(viewer) if viewer.may(needs) => content(viewer).await,
        Ok(viewer) => view! { <NoPermission section needs viewer /> }.into_any(),
        // The frame sends who is signed out to the sign-in page.
        Err(_) => ().into_any(),
    }
}
