//! Pages, one file or folder each. A page with a heavy part of its own is a `LazyRoute`.

mod connect;
mod gate;
mod home;
mod not_found;
mod sample;
mod settings;
mod setup;
mod sign_in;
mod trouble;

pub use connect::ConnectPage;
pub use home::Home;
pub use not_found::NotFound;
pub use settings::{
    KeysPage, RetentionPage, RulesPage, Settings, StorePage, TemplatesPage, UsersPage,
};
pub use setup::SetupPage;
pub use sign_in::SignInPage;
pub use trouble::{NoPermission, Trouble, trouble_text};
