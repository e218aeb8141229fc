//! What the pages about one's account ask of the server: scope, call, map.

use crate::AppError;
use domain::SessionId;
use domain::view::{AccountView, LinkView, PasskeyChallenge, PasskeyView, SessionView, TotpSetup};
use leptos::server;
use serde::{Deserialize, Serialize};

/// How a link reached the person it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkSent {
    /// By mail.
    Mailed,
    /// Not at all, since the server can't send mail or the store is the sample: whoever asked hands it over.
    ByHand {
        /// The whole address. This is the only time it is known.
        url: String,
    },
}

/// What an emailed link is for; none when it no longer works, and that it was tried is then on record.
///
/// # Errors
/// When the database fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "link")]
pub async fn read_link(token: String) -> Result<Option<LinkView>, AppError> {
    let context = crate::context::RequestContext::current();
    let link = context.storage.link_view(&token).await?;
    if link.is_none() {
        let refused = context.storage.link_refused(&token, &context.caller);
        refused.await?;
    }
    Ok(link)
}

/// The account of who is signed in.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/read")]
pub async fn read_account() -> Result<AccountView, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.account(context.session()?).await?)
}

/// Proves anew who sits there. The code stays empty where there is no second factor.
///
/// # Errors
/// As [`crate::context::Accounts::reauthenticate`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/prove")]
pub async fn prove(password: String, code: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let session = context.session()?;
    Ok(context
        .accounts
        .reauthenticate(session, password, code)
        .await?)
}

/// Gives the person another password.
///
/// # Errors
/// As [`crate::context::Accounts::change_password`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/password")]
pub async fn change_password(current: String, password: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let session = context.session()?;
    let change = context.accounts.change_password(session, current, password);
    Ok(change.await?)
}

/// Asks both addresses whether the person's address is to change.
///
/// # Errors
/// As [`crate::context::Accounts::ask_email_change`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/email")]
pub async fn ask_email_change(email: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let asked = context.accounts.ask_email_change(context.session()?, email);
    Ok(asked.await?)
}

/// Begins an authenticator app.
///
/// # Errors
/// As [`crate::context::Accounts::begin_totp`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/totp-begin")]
pub async fn begin_totp() -> Result<TotpSetup, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.begin_totp(context.session()?).await?)
}

/// Switches the authenticator app on; answers the recovery codes.
///
/// # Errors
/// As [`crate::context::Accounts::confirm_totp`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/totp-confirm")]
pub async fn confirm_totp(code: String) -> Result<Vec<String>, AppError> {
    let context = crate::context::RequestContext::current();
    let codes = context.accounts.confirm_totp(context.session()?, code);
    Ok(codes.await?)
}

/// Switches the authenticator app off.
///
/// # Errors
/// As [`crate::context::Accounts::remove_totp`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/totp-remove")]
pub async fn remove_totp() -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.remove_totp(context.session()?).await?)
}

/// Makes new recovery codes.
///
/// # Errors
/// As [`crate::context::Accounts::new_recovery_codes`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/recovery-codes")]
pub async fn new_recovery_codes() -> Result<Vec<String>, AppError> {
    let context = crate::context::RequestContext::current();
    let codes = context.accounts.new_recovery_codes(context.session()?);
    Ok(codes.await?)
}

/// The person's passkeys, oldest first.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/passkeys")]
pub async fn list_passkeys() -> Result<Vec<PasskeyView>, AppError> {
    let context = crate::context::RequestContext::current();
    let passkeys = context.storage.list_passkeys(context.session()?);
    Ok(passkeys.await?)
}

/// Asks the browser for a new passkey.
///
/// # Errors
/// As [`crate::context::Accounts::begin_passkey`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/passkey-begin")]
pub async fn begin_passkey() -> Result<PasskeyChallenge, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.begin_passkey(context.session()?).await?)
}

/// Keeps the passkey that the browser made; answers recovery codes if it is the first second factor.
///
/// # Errors
/// As [`crate::context::Accounts::finish_passkey`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/passkey-finish")]
pub async fn finish_passkey(ceremony: String, credential: String) -> Result<Vec<String>, AppError> {
    let context = crate::context::RequestContext::current();
    let session = context.session()?;
    let finished = context
        .accounts
        .finish_passkey(session, ceremony, credential);
    Ok(finished.await?)
}

/// Gives one of the person's passkeys another name.
///
/// # Errors
/// Not found, a name that can't be used.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/passkey-rename")]
pub async fn rename_passkey(id: String, name: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, session) = (&context.storage, context.session()?);
    Ok(storage.rename_passkey(session, &id, &name).await?)
}

/// Takes one of the person's passkeys away.
///
/// # Errors
/// As [`crate::context::Accounts::remove_passkey`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/passkey-remove")]
pub async fn remove_passkey(id: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let removed = context.accounts.remove_passkey(context.session()?, id);
    Ok(removed.await?)
}

/// Asks for one of the person's passkeys, to prove anew who sits there.
///
/// # Errors
/// As [`crate::context::Accounts::begin_proof`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/proof-begin")]
pub async fn begin_proof() -> Result<PasskeyChallenge, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.accounts.begin_proof(context.session()?).await?)
}

/// Proves anew who sits there, by a passkey.
///
/// # Errors
/// As [`crate::context::Accounts::finish_proof`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/proof-finish")]
pub async fn finish_proof(ceremony: String, credential: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let session = context.session()?;
    let proved = context.accounts.finish_proof(session, ceremony, credential);
    Ok(proved.await?)
}

/// Forgets a change of address that was asked for.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/email-cancel")]
pub async fn cancel_email_change() -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, session) = (&context.storage, context.session()?);
    Ok(storage.cancel_email_change(session).await?)
}

/// The person's sessions, the one that asks first.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/sessions")]
pub async fn list_sessions() -> Result<Vec<SessionView>, AppError> {
    let context = crate::context::RequestContext::current();
    let sessions = context.storage.list_own_sessions(context.session()?);
    Ok(sessions.await?)
}

/// Ends one of the person's sessions.
///
/// # Errors
/// Not found, not signed in, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/session-end")]
pub async fn end_session(session: SessionId) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, own) = (&context.storage, context.session()?);
    Ok(storage
        .end_own_session(own, session, &context.caller)
        .await?)
}

/// Ends all of the person's sessions but the one that asks.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "account/sessions-end")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, own) = (&context.storage, context.session()?);
    storage.end_other_sessions(own, &context.caller).await?;
    Ok(())
}
