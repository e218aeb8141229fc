//! Finding: values to filter by beside the list, saved views, everything at once.
//!
//! What belongs here: the panel of values ([`FacetPanel`]), the views in the rail and the way to keep one
//! ([`SaveView`]), the dialog behind cmd-K ([`CommandK`]). [`calls`] asks the server.

mod built_in;
pub(crate) mod calls;
mod command;
mod facets;
mod more_like;
mod rail;
mod save_view;
mod views;

pub use command::{Command, CommandButton, CommandDialog, CommandK};
pub use facets::{FacetButton, FacetList, FacetPanel, Panel};
pub use more_like::MoreLike;
pub use rail::RailViews;
pub use save_view::{SaveView, ViewPanel};
pub use views::{Views, log_at, use_views};
