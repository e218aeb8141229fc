//! What rules leave in the log is followed: what is shown is read again when one was saved, fired or did something.

use crate::activity::clock::Moment;
use crate::activity::live::{self as socket, Live};
use domain::Permission;
use domain::view::Viewer;
use leptos::prelude::*;

/// The entries that rules leave, and those of who changes them.
const FOLLOWED: &str = "action:rule.*,webhook.delivered,webhook.failed";

/// What follows. A handle: cheap to copy.
#[cfg_attr(
    feature = "ssr",
    expect(dead_code, reason = "nothing arrives on the server")
)]
#[derive(Clone, Copy)]
pub struct Following {
    /// How it stands with the socket.
    pub live: Live,
    /// The store's clock.
    pub moment: Moment,
    /// Called when there is something to be read again.
    pub changed: Callback<()>,
    /// Whether that is about to happen.
    pub is_due: StoredValue<bool>,
}

/// Calls `changed` after rules did something or were changed, until the page is left; for those who may manage them.
pub fn follow(viewer: &Viewer, changed: Callback<()>) -> Live {
    let live = Live::new();
    live.follow(FOLLOWED, None);
    let following = Following {
        live,
        moment: Moment::new(viewer.now, viewer.offset_minutes),
        changed,
        is_due: StoredValue::new(false),
    };
    if viewer.may(Permission::ManageRules) {
        let owner = Owner::current();
        // Only a browser follows: effects don't run on the server.
        Effect::new(move |_| {
            if let Some(owner) = &owner {
                owner.with(|| socket::start(following));
            }
        });
    }
    live
}
