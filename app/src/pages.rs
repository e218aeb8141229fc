//! Pages, one file or folder each. Each is a [`Page`](crate::parts::Page) of a part.

mod admitted;
mod code;
mod connect;
mod forgotten;
mod gate;
mod home;
mod link;
mod not_found;
mod removal;
mod sample;
mod settings;
mod setup;
mod sign_in;
mod stale;
mod trouble;
pub(crate) mod ways;

pub use admitted::{Opening, admitted};
pub use code::CodePage;
pub use connect::ConnectPage;
pub use forgotten::ForgottenPage;
pub use home::Home;
pub use link::LinkPage;
pub use not_found::NotFound;
pub use removal::Removal;
pub use settings::{
    KeysPage, ProtectionPage, RetentionPage, RolesPage, RulePage, RulesPage, Settings, StorePage,
    TargetsPage, TemplatesPage, UsersPage, WhyPage, action_of_rule, permission_words, why_href,
};
pub use setup::SetupPage;
pub use sign_in::SignInPage;
pub use stale::{field_now, stale_text};
pub use trouble::{NoPermission, Trouble, not_read, trouble_text};
