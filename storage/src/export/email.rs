//! Telling people of a file by email: through the outbox, so that the log says whether it arrived.

use super::row::Spec;
use crate::log::uuid_of;
use crate::record::{Effect, Idempotency, Receipt, Recorded};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::message::{
    Channel, Mailbox, Message, MessageDirection, MessageInput, MessageType, is_address,
};
use domain::{Code, ExportId, MessageId, Permission, Problem, StoreId};
use sea_orm::FromQueryResult;
use sha2::{Digest as _, Sha256};

/// An export to which links are owed.
#[derive(FromQueryResult)]
struct Owing {
    id: Vec<u8>,
    store_id: i64,
    requester: String,
    spec: String,
}

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
        let to = to.trim();
        let message = self.send_link(scope, id, to, link, None).await?;
        let effects = vec![self.mailed(id, to, message)];
        self.recorder().apply(effects).await?;
        self.export_changed(scope.store_id(), id);
        Ok(message)
    }

    /// Sends the links that are owed for files that are done, each once, however often a process died meanwhile. One
    /// that can't be sent is noted with its export. `page`: what an export's id is appended to.
    ///
    /// # Errors
    /// When the database fails; what is owed still is sent by the next call.
    pub async fn send_owed_links(&self, page: &str) -> Result<(), Error> {
        // Within a text of the query each quote has a backslash before it.
        let text = "SELECT id, store_id, requester, spec FROM export WHERE status = 'completed' AND schedule_id IS NOT NULL \
                    AND spec LIKE '%\"owed\":[\"%' ORDER BY finished_at LIMIT 100";
        let owing: Vec<Owing> = sql(self.readers().get_database_backend(), text, [])
            .all(self.readers())
            .await?;
        let mut failed = None;
        for owing in owing {
            if let Err(error) = self.send_owed_of(owing, page).await {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn send_owed_of(&self, owing: Owing, page: &str) -> Result<(), Error> {
        let (id, store) = (ExportId(uuid_of(&owing.id)?), StoreId(owing.store_id));
        let link = format!("{page}{id}");
        let scope = self.scope_of_requester(&owing.requester, store).await?;
        let mut kept = owing.spec;
        let mut spec = Spec::of_json(&kept)?;
        while !spec.owed.is_empty() {
            let to = spec.owed.remove(0);
            let sent = match &scope {
                Some(scope) => {
                    let once = Some(once(id, &to));
                    self.send_link(scope, id, &to, &link, once).await
                }
                // Who asked for it is not here any more, and nobody may send it in their name.
                None => Err(Problem::not_found("requester").into()),
            };
            let told = match sent {
                Ok(message) => Some(self.mailed(id, &to, message)),
                Err(Error::Problem(problem)) if problem.code != Code::Unavailable => {
                    spec.refused.push(to);
                    None
                }
                Err(error) => return Err(error),
            };
            let next = spec.to_json()?;
            let noted = Effect::one(
                "UPDATE export SET spec = ? WHERE id = ? AND spec = ?",
                values![next.clone(), owing.id.clone(), kept],
                "what is owed was changed meanwhile",
            );
            let effects = [noted].into_iter().chain(told).collect();
            self.recorder().apply(effects).await?;
            self.export_changed(store, id);
            kept = next;
        }
        Ok(())
    }

    /// What notes that somebody was told of a file.
    fn mailed(&self, id: ExportId, to: &str, message: MessageId) -> Effect {
        Effect::statement(
            "INSERT INTO export_email (export_id, at, recipient, message_id) VALUES (?, ?, ?, ?)",
            values![
                id.0.as_bytes().to_vec(),
                self.ambient().clock.now().timestamp_micros(),
                to,
                message.0.as_bytes().to_vec()
            ],
        )
    }

    /// Puts a link into the outbox. `once`: the key under which the same one was put there already, perhaps.
    async fn send_link(
        &self,
        scope: &Scope,
        id: ExportId,
        to: &str,
        link: &str,
        once: Option<Idempotency>,
    ) -> Result<MessageId, Error> {
        scope.require(Permission::Export)?;
        let row = self.export_row(scope, id).await?;
        let row = row.ok_or_else(|| Problem::not_found("export"))?;
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
        let input = MessageInput::new(message);
        // Who may export may tell of it: the outbox is used in Storetrail's own name.
        let own = Scope::system("an export's link", scope.store().clone());
        match self.send_messages(&own, vec![input], once).await? {
            Recorded::New(receipts) => Ok(MessageId(uuid_of(&sent_id(&receipts))?)),
            Recorded::Replayed(sent) => Ok(MessageId(uuid_of(&sent)?)),
        }
    }
}

/// The id of the message that was sent.
fn sent_id(receipts: &[Receipt]) -> Vec<u8> {
    let first = receipts.first();
    first.map_or_else(Vec::new, |receipt| receipt.id.as_bytes().to_vec())
}

/// The key of the one link to an export that somebody is owed.
fn once(id: ExportId, to: &str) -> Idempotency {
    let digest = Sha256::digest(to);
    Idempotency {
        key: format!("link to {id} for {}", crate::session::hex(&digest)),
        request_digest: digest.into(),
        answer: sent_id,
    }
}
