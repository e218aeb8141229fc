//! Telling people of a file by email: through the outbox, so that the log says whether it arrived.

use crate::record::{Effect, Recorded};
use crate::sql::values;
use crate::{Error, Scope, Storage};
use domain::message::{
    Channel, Mailbox, Message, MessageDirection, MessageInput, MessageType, is_address,
};
use domain::{Code, ExportId, MessageId, Permission, Problem};

impl Storage {
    /// Sends a link to an export's file. The link takes a sign-in: whoever opens it sees the file only as far as
    /// their role allows.
    ///
    /// # Errors
    /// `not_found`; `forbidden` without [`Permission::Export`]; an address that is none; `conflict` when it has
    /// no file.
    pub async fn email_export(
        &self,
        scope: &Scope,
        id: ExportId,
        to: &str,
        link: &str,
    ) -> Result<MessageId, Error> {
        scope.require(Permission::Export)?;
        let row = self.export_row(scope, id).await?;
        let row = row.ok_or_else(|| Problem::not_found("export"))?;
        let to = to.trim();
        if !is_address(to) {
            let message = "an email address, such as sara@store.example";
            return Err(Problem::field("/to", "format", message).into());
        }
        if !row.has_file {
            let message = "this export has no file to send a link to";
            return Err(Problem::new(Code::Conflict, message).into());
        }
        let store = &scope.store().name;
        let until = row
            .expires_at
            .map(|at| format!("\n\nIt is kept until {}.", at.format("%Y-%m-%d")))
            .unwrap_or_default();
        let message = Message {
            to: vec![Mailbox {
                name: None,
                address: to.to_owned(),
            }],
            subject: Some(format!("{} \u{2013} export of {store}", row.name)),
            text: Some(format!(
                "The export \"{}\" of {store} is ready: {} rows.\n\nSign in to download it:\n{link}{until}\n",
                row.name, row.rows
            )),
            ..Message::new(
                Channel::Email,
                MessageDirection::Outbound,
                MessageType::Other,
                self.ambient().clock.now(),
                scope.actor(),
            )
        };
        let input = MessageInput {
            message,
            attachments: Vec::new(),
            send_at: None,
            hold_seconds: None,
            status: None,
            attempts: Vec::new(),
        };
        // Who may export may tell of it: the outbox is used in Storetrail's own name.
        let own = Scope::system("an export's link", scope.store().clone());
        let sent = self.send_messages(&own, vec![input], None).await?;
        let Recorded::New(receipts) = sent else {
            return Err(Error::Damaged {
                what: "export",
                detail: "its email was not recorded".to_owned(),
            });
        };
        let message = MessageId(receipts.first().map_or_else(uuid::Uuid::nil, |r| r.id));
        let effect = Effect::statement(
            "INSERT INTO export_email (export_id, at, recipient, message_id) VALUES (?, ?, ?, ?)",
            values![
                id.0.as_bytes().to_vec(),
                self.ambient().clock.now().timestamp_micros(),
                to,
                message.0.as_bytes().to_vec()
            ],
        );
        self.recorder().apply(vec![effect]).await?;
        self.export_changed(scope.store_id(), id);
        Ok(message)
    }
}
