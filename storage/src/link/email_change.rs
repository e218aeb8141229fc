//! Another address for an account: it changes when both ends have confirmed, the old address and the new one.

use super::{about_oneself, email_change, use_up};
use crate::account::changing;
use crate::record::{Effect, Record};
use crate::session::{hash, hex};
use crate::session_list::sessions_ended;
use crate::sign_in::person;
use crate::sql::{sql, values};
use crate::{Caller, Error, NewUser, Scope, Session, Storage};
use chrono::Duration;
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::LinkPurpose;
use domain::{Code, Problem, UserId};
use sea_orm::ConnectionTrait as _;

const HOURS: i64 = 24;

/// The two links to be mailed, one to each end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailChangeLinks {
    /// For the address as it is.
    pub old: String,
    /// For the address to be.
    pub new: String,
    /// The address to be, lower case.
    pub new_email: String,
}

/// What a confirmation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailChange {
    /// The other end still has to confirm.
    Waiting,
    /// Both have: the address is another now. Every session has ended.
    Changed {
        /// The address before.
        old: String,
        /// The address now.
        new: String,
    },
}

impl Storage {
    /// Begins a change of one's own address, for a day; an earlier one that waits ends.
    ///
    /// # Errors
    /// Invalid field `email`: no address, or the one that is there. That it belongs to somebody else is not told
    /// before the change.
    pub async fn ask_email_change(
        &self,
        session: &Session,
        new_email: &str,
        caller: &Caller,
    ) -> Result<EmailChangeLinks, Error> {
        let wanted = NewUser {
            name: session.name.clone(),
            email: new_email.to_owned(),
            password_hash: None,
        }
        .checked()?;
        if wanted.email == session.email {
            return Err(
                Problem::field("email", "contradiction", "this is your address already").into(),
            );
        }
        let links = EmailChangeLinks {
            old: hex(&self.ambient().entropy.bytes::<24>()),
            new: hex(&self.ambient().entropy.bytes::<24>()),
            new_email: wanted.email,
        };
        let expires_at = self.ambient().clock.now() + Duration::hours(HOURS);
        let mut effects = Vec::new();
        for (token, purpose) in [
            (&links.old, LinkPurpose::OldEmail),
            (&links.new, LinkPurpose::NewEmail),
        ] {
            effects.extend(self.new_link(
                token,
                purpose,
                session.user_id,
                None,
                Some(links.new_email.clone()),
                None,
                expires_at,
            ));
        }
        let scope = Scope::of_session(session).at(caller.clone());
        let mut event = self.event(
            &scope,
            SecurityEventName::EmailChangeAsked,
            SecurityOutcome::Success,
        );
        event.changes = vec![email_change(&session.email, &links.new_email)];
        self.write_records(&scope, vec![Record::Security(Box::new(event))], effects)
            .await?;
        Ok(links)
    }

    /// Takes a change of one's own address back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cancel_email_change(&self, session: &Session) -> Result<(), Error> {
        self.recorder()
            .apply(vec![end_links(session.user_id)])
            .await
    }

    /// Confirms one end. When both are, the address changes, every session ends, and `email.changed` is recorded.
    ///
    /// # Errors
    /// Not found for a link that is used, old or unknown; conflict when the address was taken meanwhile.
    pub async fn confirm_email_end(
        &self,
        token: &str,
        caller: &Caller,
    ) -> Result<EmailChange, Error> {
        let gone = || Problem::not_found("link; it works for a day, and a later change ends it");
        let link = self.link_columns(token).await?.ok_or_else(gone)?;
        let other = match LinkPurpose::of_str(&link.purpose) {
            Some(LinkPurpose::OldEmail) => LinkPurpose::NewEmail,
            Some(LinkPurpose::NewEmail) => LinkPurpose::OldEmail,
            _ => return Err(gone().into()),
        };
        let new = link.new_email.clone().ok_or_else(gone)?;
        let user = UserId(crate::log::uuid_of(&link.user_id)?);
        let id = user.0.as_bytes().to_vec();
        let now = self.ambient().clock.now().timestamp_micros();
        if link.confirmed_at.is_none() {
            let confirm = changing(
                "UPDATE account_link SET confirmed_at = ? WHERE token_hash = ? AND expires_at > ?",
                values![now, hash(token).to_vec(), now],
            );
            self.recorder().apply(vec![confirm]).await?;
        }
        let text = "SELECT 1 FROM account_link WHERE user_id = ? AND purpose = ? AND new_email = ? \
                    AND confirmed_at IS NOT NULL AND expires_at > ?";
        let values = values![id.clone(), other.as_str(), new.clone(), now];
        let both = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?
            .is_some();
        if !both {
            return Ok(EmailChange::Waiting);
        }
        let (name, old) = self.name_of(user).await?;
        let effects = vec![
            use_up(token),
            take_address(user, new.clone()),
            end_links(user),
            Effect::statement(
                "UPDATE account_link SET expires_at = 0 WHERE user_id = ?",
                values![id.clone()],
            ),
            Effect::statement("DELETE FROM session WHERE user_id = ?", values![id]),
        ];
        let mut event = SecurityEvent::new(
            SecurityEventName::EmailChanged,
            SecurityOutcome::Success,
            self.ambient().clock.now(),
        );
        event.actor = person(user, &name, &old);
        event.account = Some(new.clone());
        event.origin = caller.origin();
        event.request_id.clone_from(&caller.request_id);
        event.changes = vec![email_change(&old, &new)];
        let mut activity = about_oneself(self, user, &name, event.changes.clone());
        activity.actor = event.actor.clone();
        activity.origin = caller.origin();
        let open = self.count_sessions(user, None).await?;
        let ended = sessions_ended(&event, open, "email_changed");
        let mut records = vec![
            Record::Activity(activity),
            Record::Security(Box::new(event)),
        ];
        records.extend(ended);
        match self.store_of_person(user).await? {
            Some(store) => {
                let by = crate::record::By {
                    principal: String::new(),
                    request_id: caller.request_id.clone(),
                    held_to: None,
                };
                self.recorder()
                    .write(store, by, records, effects, None)
                    .await?;
            }
            None => self.recorder().apply(effects).await?,
        }
        Ok(EmailChange::Changed { old, new })
    }
}

/// Gives an account its new address, unless somebody has it.
fn take_address(user: UserId, email: String) -> Effect {
    Effect::new(move |transaction| {
        let email = email.clone();
        Box::pin(async move {
            let backend = transaction.get_database_backend();
            let text = "SELECT 1 FROM user_account WHERE email = ?";
            let taken = sql(backend, text, values![email.clone()]);
            if taken.row(transaction).await?.is_some() {
                return Err(Problem::new(
                    Code::Conflict,
                    "this address belongs to another account now; nothing was changed",
                )
                .into());
            }
            let text = "UPDATE user_account SET email = ? WHERE id = ?";
            let values = values![email, user.0.as_bytes().to_vec()];
            sql(backend, text, values)
                .execute(transaction)
                .await
                .map(drop)
        })
    })
}

fn end_links(user: UserId) -> Effect {
    Effect::statement(
        "UPDATE account_link SET expires_at = 0 WHERE user_id = ? AND purpose IN ('old_email', 'new_email')",
        values![user.0.as_bytes().to_vec()],
    )
}
