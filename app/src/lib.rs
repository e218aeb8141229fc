//! Pages, components and server functions.
//!
//! What belongs here: one folder or file a page, each a `parts::Page` that the browser loads when it is opened; the
//! frame around them; server functions of a few lines (scope, call, map). What doesn't: SQL, provider protocols,
//! rules about who may see what. To add a page: its file under `pages`, its route in `app.rs`, its place in
//! `layout/places.rs`, its words in `locales`.

// A page is one type of everything in it; the compiler follows it down.
#![recursion_limit = "512"]

// Where the page is rendered decides what is behind these: the answer or the document.
#[cfg(feature = "ssr")]
#[path = "status/answer.rs"]
mod status;
#[cfg(not(feature = "ssr"))]
#[path = "status/browser.rs"]
mod status;

pub mod account;
pub mod activity;
mod app;
mod asides;
mod asked;
#[cfg(feature = "ssr")]
pub mod context;
mod copy;
mod customers;
mod dialog;
mod erase;
mod error;
mod exports;
mod failed;
mod find;
mod form;
mod format;
mod hint;
pub mod i18n;
pub mod icons;
mod layout;
mod ledger;
mod messages;
mod operations;
mod orders;
pub mod oversight;
mod pages;
mod parts;
mod passkey;
mod preferences;
mod said;
mod select;
mod shell;
mod unsaved;
mod viewer;
mod webhooks;
mod wire;

pub use app::App;
#[cfg(not(feature = "ssr"))]
pub use asides::note_panic;
pub use error::AppError;
#[cfg(feature = "ssr")]
pub use error::Refusal;
pub use layout::{Avatar, PRESENT, WithViewer, is_single_key};
pub use pages::{NoPermission, Trouble, trouble_text};
pub use preferences::{Density, Preferences, Theme, use_preferences};
pub use shell::shell;
pub use viewer::{ViewerResource, use_viewer};
