//! Who is signed in, loaded once for the whole page.

use crate::AppError;
use crate::wire::Told;
use domain::view::Viewer;
use leptos::prelude::*;
use leptos::server;

/// Who is signed in, in the store they look at.
///
/// # Errors
/// `unauthenticated` when nobody is.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "viewer")]
pub async fn load_viewer() -> Result<Viewer, AppError> {
    let context = crate::context::RequestContext::current();
    let session = context.session()?;
    Ok(context.storage.viewer(session).await?)
}

/// What the frame has loaded; pages await it.
pub type ViewerResource = Told<Result<Viewer, AppError>>;

/// Who is signed in. Await it inside `Suspend`; the frame has asked for it already.
pub fn use_viewer() -> ViewerResource {
    expect_context()
}

/// Starts loading who is signed in, for everything below.
pub(crate) fn provide_viewer() -> ViewerResource {
    let resource = crate::wire::told_first(|| (), |()| load_viewer());
    provide_context(resource);
    resource
}
