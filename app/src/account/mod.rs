//! One's own account: `/account` with name, address, password, second factor, sessions.
//!
//! What belongs here: what a person changes of their own account, and the dialog that asks again who they are
//! ([`proof`]). What doesn't: what admins change of others (`pages::settings::users`), and the forms of who is not
//! signed in (`pages`).

pub(crate) mod calls;
mod codes;
mod email;
mod page;
mod passkeys;
mod password;
pub(crate) mod proof;
mod second_factor;
mod sessions;

pub use calls::LinkSent;
pub use domain::view::TotpSetup;
pub use page::AccountPage;
