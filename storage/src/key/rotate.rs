//! A new secret for a key, with the old one working on for a while.

use super::{new_value, prefix_of};
use crate::account::changing;
use crate::session::hash;
use crate::sql::values;
use crate::{Error, Scope, Storage};
use domain::security::SecurityEventName;
use domain::view::KeyView;
use domain::{Code, KeyId, Problem};

/// The longest overlap: 30 days.
const MOST_HOURS: u32 = 720;

impl Storage {
    /// Gives a key a new secret, returned this once; the old one works on for `overlap_hours` (0 to 720), one that
    /// was old already ends. Records `settings.updated` and `key.rotated`.
    ///
    /// # Errors
    /// Forbidden by role; not found; conflict for a key that has ended; invalid field `overlap_hours`.
    pub async fn rotate_key(
        &self,
        scope: &Scope,
        key: KeyId,
        overlap_hours: u32,
    ) -> Result<(KeyView, String), Error> {
        let key = self.own_key(scope, key).await?;
        if overlap_hours > MOST_HOURS {
            return Err(Problem::field("overlap_hours", "out_of_range", "0 to 720 hours").into());
        }
        let now = self.ambient().clock.now();
        if key.revoked_at.is_some() || key.expires_at.is_some_and(|at| at <= now) {
            return Err(
                Problem::new(Code::Conflict, "this key has ended; make another one").into(),
            );
        }
        let secret = self.new_secret();
        let until = now + chrono::Duration::hours(i64::from(overlap_hours));
        let effect = changing(
            "UPDATE api_key SET old_secret_hash = secret_hash, old_secret_until = ?, secret_hash = ?, prefix = ? \
             WHERE id = ? AND prefix = ? AND revoked_at IS NULL",
            values![
                until.timestamp_micros(),
                hash(&secret).to_vec(),
                prefix_of(&secret),
                key.id.0.as_bytes().to_vec(),
                key.prefix.clone(),
            ],
        );
        let description =
            format!("API key got a new secret; the old one works for {overlap_hours} hours");
        self.write_key(
            scope,
            &key,
            SecurityEventName::KeyRotated,
            description,
            vec![new_value("overlap_hours", overlap_hours.into())],
            vec![effect],
        )
        .await?;
        let key = KeyView {
            prefix: prefix_of(&secret),
            old_secret_until: Some(until),
            ..key
        };
        Ok((key, secret))
    }
}
