//! Links that don't work, as the security log hears of them.

use crate::session::hash;
use crate::sql::{sql, values};
use crate::{Caller, Error, Storage};
use domain::UserId;
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};

impl Storage {
    /// Notes that a link was tried which doesn't work: `link.refused`, of the account that it was for where that is known.
    /// Alike tries within a minute are one. No link at all is no try.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_refused(&self, token: &str, caller: &Caller) -> Result<(), Error> {
        if token.is_empty() {
            return Ok(());
        }
        let text = "SELECT l.user_id, l.expires_at, u.email FROM account_link l JOIN user_account u ON u.id = l.user_id \
                    WHERE l.token_hash = ?";
        let values = values![hash(token).to_vec()];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let now = self.ambient().clock.now();
        let mut event =
            SecurityEvent::new(SecurityEventName::LinkRefused, SecurityOutcome::Denied, now);
        event.origin = caller.origin();
        event.request_id.clone_from(&caller.request_id);
        let (store, reason) = match row {
            Some(row) => {
                let user = UserId(crate::log::uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?);
                let expires_at: i64 = row.try_get_by_index(1)?;
                event.account = Some(row.try_get_by_index(2)?);
                let reason = match expires_at {
                    0 => "used_link",
                    at if at <= now.timestamp_micros() => "expired",
                    _ => "other_link",
                };
                (self.store_of_person(user).await?, reason)
            }
            None => {
                let house = self.house_store().await?;
                (house.map(|store| store.id), "unknown_link")
            }
        };
        event.reason = Some(reason.to_owned());
        match store {
            Some(store) => self.note_event(store, event).await,
            None => Ok(()),
        }
    }
}
