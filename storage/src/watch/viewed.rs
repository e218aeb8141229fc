//! Who looked at what: mails and threads that were opened, secrets that were shown, files that were taken.
//!
//! People only: what a key reads stands in the requests log, call by call. Nothing is noted of what was hidden.

use super::SecurityNote;
use crate::{Error, Principal, Scope, Storage};
use domain::message::Message;
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::MessageDetail;
use domain::{MessageId, Permission, Reference};

/// Something sensitive that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Viewed {
    /// A message's content.
    Message,
    /// A message's content that is a secret, such as a verification code.
    Secret,
    /// A message's file, or the mail as it was sent.
    File,
    /// The messages of an order.
    Thread,
    /// An export's file.
    Export,
}

impl Viewed {
    /// A message's content, by whether it is a secret.
    pub(crate) fn content_of(message: &Message) -> Self {
        if message.is_secret {
            Self::Secret
        } else {
            Self::Message
        }
    }

    const fn event(self) -> SecurityEventName {
        match self {
            Self::Secret => SecurityEventName::SecretViewed,
            _ => SecurityEventName::LogViewed,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Message => "message_opened",
            Self::Secret => "secret_shown",
            Self::File => "file_taken",
            Self::Thread => "thread_opened",
            Self::Export => "export_downloaded",
        }
    }
}

impl Storage {
    /// As [`Storage::get_message`] with the proof of its entry and the call that caused it, for a person who looks at
    /// it: that is on record (`log.viewed`, `secret.viewed`) before anything is shown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_message(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<Option<MessageDetail>, Error> {
        let Some(mut detail) = self.get_message(scope, id).await? else {
            return Ok(None);
        };
        if !detail.is_masked && !detail.row.is_hidden {
            let viewed = Viewed::content_of(&detail.message);
            self.note_viewed(scope, viewed, reference("message", id.to_string()))
                .await?;
        }
        if let Some(seq) = detail.row.seq {
            detail.proof = self.proof(scope, seq).await?;
        }
        if scope.role().may(Permission::ReadRequests) {
            detail.call = self.request_behind(scope, id.0).await?.map(Box::new);
        }
        Ok(Some(detail))
    }

    /// Notes that a person is shown messages of an order whole: in its thread, or as they come while they follow it.
    /// Masked roles are shown nothing that counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_thread(&self, scope: &Scope, number: &str) -> Result<(), Error> {
        if scope.role().is_masked() {
            return Ok(());
        }
        self.note_viewed(scope, Viewed::Thread, reference("order", number.to_owned()))
            .await
    }

    /// Notes that a person looked at something; alike within a minute is one event.
    pub(crate) async fn note_viewed(
        &self,
        scope: &Scope,
        viewed: Viewed,
        what: Reference,
    ) -> Result<(), Error> {
        if !matches!(scope.principal(), Principal::User { .. }) {
            return Ok(());
        }
        let mut note = SecurityNote::new(
            viewed.event(),
            SecurityOutcome::Success,
            scope.caller().clone(),
        );
        note.reason = Some(viewed.reason());
        note.subject = Some(what);
        self.note_security(Some(scope), note).await
    }
}

/// What was looked at, by its id.
pub(crate) fn reference(kind: &str, id: String) -> Reference {
    Reference {
        kind: kind.to_owned(),
        id,
        name: None,
    }
}
